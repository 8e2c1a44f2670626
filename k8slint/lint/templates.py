"""What the rules find in a Go template, by what stands in it literally."""

from __future__ import annotations

import re
from collections.abc import Iterator

from k8slint.kubernetes.defaults import GRACE_KEY
from k8slint.kubernetes.gitops import is_helmfile_template
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.workload import Workload, workloads
from k8slint.lint.engine import examine_workloads
from k8slint.lint.files import SHELL_SCRIPTS, TEMPLATE
from k8slint.lint.findings import IgnoreFinding, Violation
from k8slint.lint.in_values import examine_given
from k8slint.lint.result import LintResult
from k8slint.lint.scope import LintScope
from k8slint.manifest.actions import BadTemplate
from k8slint.manifest.masking import FIRST, View, open_before, views_of
from k8slint.manifest.openings import open_document, read_literals
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import Document, YamlError
from k8slint.manifest.values import Pointer
from k8slint.records import NamedTuple
from k8slint.shutdown.glance import Glimpse, Surroundings, glance_at
from k8slint.shutdown.model import Shutdown

# How often a block is opened because what follows it goes on with what it writes.
_PATIENCE = 5
_KIND = re.compile(r"(?m)^kind[ \t]*:[ \t]*(.?)")


class _ViewRead(NamedTuple):
    """The documents of a view that may have pods, each with what a glimpse shows.

    Those that no rule is about are `passed_over`, by where they begin. Where the view `is_broken`,
    some are missing.
    """

    documents: list[tuple[Document, Glimpse]]
    passed_over: list[int]
    is_broken: bool


def inspect_template(unread: LintResult, scope: LintScope, around: Surroundings) -> LintResult:
    """Run the rules over the views of a template, the text of which is not YAML.

    Of a file that helmfile fills in, they are run over the values of its releases. What several
    views show is reported once. Where no view can be read, all is left unread.
    """
    source = unread.source
    try:
        views = views_of(source.text)
    except BadTemplate:
        return unread
    merged = _Merged(unread)
    if unread.in_values:
        merged.take_values(unread)
    for view in views:
        read = _read(view, source, scope, around)
        merged.add(_examine(read, source, scope, around), read)
    if is_helmfile_template(source.text, source.name):
        if not merged.result.workloads:
            return unread
        merged.result.in_values = {0: merged.result.workloads}
    return merged.result if merged.result.in_part else unread


def _read(view: View, source: Source, scope: LintScope, around: Surroundings) -> _ViewRead:
    """Read a view, with more of it opened where what is literal is not YAML without."""
    for _ in range(_PATIENCE):
        read = _ViewRead([], [], is_broken=False)
        problem = _read_into(read, view, source, scope, around)
        opened = open_before(view, problem) if problem is not None else None
        if opened is None:
            return read._replace(is_broken=problem is not None)
        view = opened
    return read._replace(is_broken=True)


def _read_into(
    read: _ViewRead, view: View, source: Source, scope: LintScope, around: Surroundings
) -> int | None:
    """Add the documents of a view; the offset of the first problem."""
    problem = None
    hides = "k8slint" in source.text
    has_scripts = any(end in source.text for end in SHELL_SCRIPTS)
    gives_values = is_helmfile_template(source.text, source.name)
    for chunk in split_documents(view.text):
        may_have_pods = _may_give_pods if gives_values else _may_have_pods
        if not may_have_pods(chunk.text, around.kinds):
            continue
        try:
            for document in read_literals(source, chunk, view):
                glimpse = glance_at(document, around, scope.selection.wanted)
                has_rules = glimpse.pods != 0 and scope.selection.about(glimpse.features)
                is_read = hides or has_rules or has_scripts or gives_values
                if glimpse.pods is None or is_read:
                    open_document(document)
                    read.documents.append((document, glimpse))
                else:
                    read.passed_over.append(chunk.start)
        except YamlError as error:
            problem = problem or chunk.start + error.offset
    return problem


def _may_have_pods(text: str, kinds: Kinds) -> bool:
    kind = _KIND.search(text)
    if kind is None or kind[1] == FIRST:
        return "containers" in text
    return kinds.is_candidate(text)


def _may_give_pods(text: str, _: Kinds) -> bool:
    return GRACE_KEY in text and "preStop" in text


def _examine(
    read: _ViewRead, source: Source, scope: LintScope, around: Surroundings
) -> LintResult:
    """What the rules find in a view."""
    examined = LintResult(source)
    # Literals alone do not show which suppressions are in vain.
    examined.is_broken = True
    hides = "k8slint" in source.text
    gives_values = is_helmfile_template(source.text, source.name)
    for document, glimpse in read.documents:
        if gives_values:
            examine_given(document, scope, examined)
        else:
            _examine_document(document, glimpse, scope, around, examined)
        examined.documents += [document] if hides else []
    if hides:
        from k8slint.lint.suppress import suppress

        suppress(examined, scope)
    return examined


def _examine_document(
    document: Document,
    glimpse: Glimpse,
    scope: LintScope,
    around: Surroundings,
    examined: LintResult,
) -> None:
    """Add what the rules find in a document whether or not its actions write hooks."""
    glimpse = glimpse._replace(may_repeat_keys=False)
    examine_workloads(_with_pods(document, around), glimpse, scope, examined)
    first = next((n for n, one in enumerate(examined.found) if one.document is document), None)
    if first is None or not any(map(_may_have_hook, examined.looked_at)):
        return
    hooked = LintResult(examined.source)
    document.has_hooks_of_actions = True
    examine_workloads(_with_pods(document, around), glimpse, scope, hooked)
    document.has_hooks_of_actions = False
    also = {_place_of(one) for one in hooked.found}
    examined.found[first:] = [one for one in examined.found[first:] if _place_of(one) in also]
    hooked.forget()


def _may_have_hook(workload: Workload) -> bool:
    return any(one.may_have_hook for pod in workload.pods for one in pod.containers)


def _place_of(found: Violation) -> tuple[object, ...]:
    at, because = found.finding.at, found.finding.because
    return found.rule.code, at.mark, because.mark if because else None


def _with_pods(document: Document, around: Surroundings) -> Iterator[Workload]:
    """The workloads of a document; that it has pods is all that shows one of an unknown kind."""
    found = workloads(document, around.kinds, around.kustomized)
    return (one for one in found if one.pods or not one.value.get("kind").is_unknown)


def _is_about_unknown(found: Violation) -> bool:
    """Whether a finding points at what an action decides, or whether it is there at all."""
    at, because = found.finding.at, found.finding.because
    return at.value.is_unknown or (because is not None and because.value.is_unknown)


class _Merged:
    """What the views of a template show together."""

    def __init__(self, unread: LintResult) -> None:
        self.result = LintResult(unread.source, unreadable=unread.unreadable)
        self.result.delivers, self.result.in_values = unread.delivers, unread.in_values
        self.result.deliveries = unread.deliveries
        self._seen: set[tuple[object, ...]] = set()
        self._pods: dict[tuple[int, int], int] = {}
        self._workloads: set[tuple[int, Pointer]] = set()

    def take_values(self, unread: LintResult) -> None:
        """Take what was found in values of charts, which hold no actions."""
        self.result.found += (self._numbered(one) for one in unread.found if self._is_new(one))
        self.result.documents += unread.documents

    def add(self, examined: LintResult, read: _ViewRead) -> None:
        """Add what one view shows, but for what another has shown at the same place."""
        result = self.result
        if read.documents or read.passed_over:
            result.in_part = TEMPLATE
        if read.is_broken:
            result.skipped, result.is_broken = TEMPLATE, True
        self._workloads.update((start, ()) for start in read.passed_over)
        for workload in examined.looked_at:
            value = workload.value
            self._workloads.add((value.document.start, value.pointer))
            for pod in workload.pods:
                self._pods.setdefault(pod.spec.head, len(self._pods))
        known = (one for one in examined.found if not _is_about_unknown(one))
        result.found += (self._numbered(one) for one in known if self._is_new(one))
        result.remarks += (one for one in examined.remarks if self._is_new(one))
        result.looked_at += examined.looked_at
        result.documents += examined.documents
        result.workloads = len(self._workloads)
        result.pods = len(self._pods)

    def _is_new(self, found: Violation | IgnoreFinding) -> bool:
        if isinstance(found, IgnoreFinding):
            key: tuple[object, ...] = found.key
        else:
            key = _place_of(found)
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new

    def _numbered(self, found: Violation) -> Violation:
        key = next(self.result.keys)
        if not isinstance(found.subject, Shutdown):
            return found._replace(key=key)
        return found._replace(key=key, pod=self._pods.get(found.subject.pod.spec.head, found.pod))
