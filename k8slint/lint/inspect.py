"""What the rules find in a source, with what hides it."""

from __future__ import annotations

from k8slint.kubernetes.gitops import (
    GITOPS_OBJECTS,
    is_delivery,
    is_helmfile_template,
    is_mere_template,
    may_deliver,
    may_give_pod,
    may_spell_pod,
)
from k8slint.kubernetes.kinds import RESOURCE_VERSION
from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.kubernetes.written_budget import BUDGETS
from k8slint.lint.files import SHELL_SCRIPTS, TEMPLATE
from k8slint.lint.parsed import ChunkWithKinds, divide
from k8slint.lint.result import LintResult
from k8slint.lint.scope import LintScope
from k8slint.manifest.source import Source
from k8slint.manifest.stream import Chunk, find_refusals
from k8slint.manifest.tree import Document, YamlError, documents
from k8slint.shutdown.glance import Surroundings, glance_at
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def inspect(
    source: Source,
    scope: LintScope,
    kustomized: Kustomized = AS_WRITTEN,
    chunks: Iterable[ChunkWithKinds] | None = None,
) -> LintResult:
    """Run the rules over a source, and mark what its comments, annotations and baseline hide.

    `chunks` are its documents where they are known.
    """
    if scope.cluster.owners is None and RESOURCE_VERSION in source.text:
        from k8slint.lint.live import with_owners

        scope = with_owners(scope, source)
    around = Surroundings(scope.kinds, scope.programs, scope.cluster, kustomized)
    examined = _inspect_as_written(source, chunks or divide(source.text), scope, around)
    if examined.skipped == TEMPLATE or (
        examined.delivers and is_helmfile_template(source.text, source.name)
    ):
        from k8slint.lint.templates import inspect_template

        examined = inspect_template(examined, scope, around)
    if scope.known:
        scope.known.hide(examined)
    if scope.owner_labels and examined.found:
        from k8slint.lint.owners import with_label_owner

        examined.found = [with_label_owner(one, scope.owner_labels) for one in examined.found]
    return examined


def _inspect_as_written(
    source: Source, chunks: Iterable[ChunkWithKinds], scope: LintScope, around: Surroundings
) -> LintResult:
    examined = LintResult(source)
    # What hides findings may stand in a document that has none.
    hides = "k8slint" in source.text
    if is_mere_template(source.text, source.name):
        examined.delivers = True
        examined.skipped = TEMPLATE
    for chunk, kinds in chunks:
        if scope.kinds.may_be_among(kinds):
            _inspect_chunk(chunk, scope, around, examined, hides=hides)
        elif scope.selection.about_budgets and BUDGETS.may_be_among(kinds):
            from k8slint.lint.engine import examine_budgets

            documents = examine_budgets(chunk, scope, around.kustomized, examined)
            examined.documents += documents if hides else ()
        if is_delivery(kinds, source.name) and may_deliver(source.text, source.name):
            examined.delivers = True
            if GITOPS_OBJECTS.may_be_among(kinds):
                examined.deliveries.append(chunk)
            if not (hides or may_give_pod(chunk.text) or may_spell_pod(chunk.text)):
                continue
            from k8slint.lint.in_values import examine_values

            documents = examine_values(chunk, scope, examined)
            examined.documents += documents if hides else ()
    refusals = [*find_refusals(source.text)] if examined.workloads else ()
    if refusals:
        from k8slint.lint.reading import refused_by_kubectl

        examined.unreadable += refused_by_kubectl(source, "file", refusals, scope)
    if hides:
        from k8slint.lint.suppress import suppress

        suppress(examined, scope)
    return examined


def _inspect_chunk(
    chunk: Chunk, scope: LintScope, around: Surroundings, examined: LintResult, *, hides: bool
) -> None:
    """Run the rules over a document with workloads, unless a glance rules all of them out."""
    is_live = scope.cluster.owners is not None and RESOURCE_VERSION in chunk.text
    document = None if is_live or hides else _sole_document(examined.source, chunk)
    glimpse = glance_at(document, around, scope.selection.wanted) if document else None
    if glimpse and glimpse.pods is not None:
        has_rules = glimpse.pods and scope.selection.about(glimpse.features)
        # A script that a container starts is counted, whichever rules look.
        if not has_rules and not any(end in chunk.text for end in SHELL_SCRIPTS):
            examined.workloads += 1
            examined.pods += glimpse.pods
            return
    from k8slint.lint.engine import examine_chunk

    documents = examine_chunk(chunk, glimpse, scope, around, examined)
    examined.documents += documents if hides else ()


def _sole_document(source: Source, chunk: Chunk) -> Document | None:
    """The document of a chunk that is one and nothing else; None where that is not certain."""
    text = chunk.text
    # One character is found in a twentieth of the time that two take.
    may_be_template = "{" in text and ("{{" in text or "{%" in text)
    if may_be_template or ("#@" in text) or ("\n..." in text):
        return None
    try:
        found = documents(source, chunk)
    except YamlError:
        return None
    return found[0] if len(found) == 1 else None
