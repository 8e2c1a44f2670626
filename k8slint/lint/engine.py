"""The rules, run over every workload and every disruption budget of a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from k8slint.errors import EndedBySignal
from k8slint.kubernetes.cluster import Cluster
from k8slint.kubernetes.kustomization import Kustomized
from k8slint.kubernetes.mounts import mounts_known_config
from k8slint.kubernetes.workload import Container, Workload, workloads
from k8slint.kubernetes.written_budget import KIND, written_budgets
from k8slint.lint.findings import SYNTAX_ERROR, Violation
from k8slint.lint.reading import (
    IgnoredText,
    Template,
    UnreadableDocument,
    read_chunk,
    refused_by_kubectl,
    syntax_error,
)
from k8slint.lint.result import LintResult, RuleCrash
from k8slint.lint.rule import Finding, Severity, Spot
from k8slint.lint.rulebook import Runnable
from k8slint.lint.scope import LintScope
from k8slint.manifest.kubectl import refusals_of_document
from k8slint.manifest.stream import Chunk
from k8slint.manifest.tree import Document
from k8slint.shutdown.glance import Glimpse, Surroundings, glance_at
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.programs.known import Programs
from k8slint.shutdown.traffic import Traffic
from k8slint.type_names import Any


def examine_chunk(
    chunk: Chunk,
    glimpse: Glimpse | None,
    scope: LintScope,
    around: Surroundings,
    examined: LintResult,
) -> list[Document]:
    """Run the rules over the workloads of a part of a source, and over its budgets.

    `glimpse` is of its only document. Returns its documents.
    """
    documents = []
    for read in read_chunk(examined.source, chunk):
        match read:
            case Template(_, skip):
                examined.skipped, examined.is_broken = skip, True
            case UnreadableDocument(offset, reason, _):
                examined.is_broken = True
                message = f"the document cannot be read: {reason}"
                examined.unreadable.append(syntax_error(examined.source, message, offset, scope))
            case IgnoredText(offset):
                message = "kubectl ignores what is written after `...`"
                ignored = syntax_error(examined.source, message, offset, scope, Severity.WARNING)
                examined.unreadable.append(ignored)
            case Document():
                seen = glimpse or glance_at(read, around, scope.selection.wanted)
                if seen.may_repeat_keys:  # All its keys are texts otherwise.
                    refusals = refusals_of_document(read)
                    examined.unreadable += refused_by_kubectl(
                        examined.source, "document", refusals, scope
                    )
                found = workloads(read, scope.kinds, around.kustomized, scope.cluster.config_maps)
                examine_workloads(found, seen, scope, examined)
                if scope.selection.about_budgets and KIND in chunk.text:
                    _examine_budgets(read, around.kustomized, scope, examined)
                documents.append(read)
    return documents


def examine_budgets(
    chunk: Chunk, scope: LintScope, kustomized: Kustomized, examined: LintResult
) -> list[Document]:
    """Run the rules about budgets over a part of a source without workloads.

    Returns its documents.
    """
    read = [one for one in read_chunk(examined.source, chunk) if isinstance(one, Document)]
    for document in read:
        _examine_budgets(document, kustomized, scope, examined)
    return read


def examine_workloads(
    found: Iterator[Workload], glimpse: Glimpse, scope: LintScope, examined: LintResult
) -> None:
    """Run the rules that a glimpse asks for over workloads.

    What a controller of the run made is left to that.
    """
    owners = scope.cluster.owners
    for workload in found:
        count = owners.stands_for(workload.value) if owners else 1
        if not count:
            continue
        examined.workloads += 1
        examined.looked_at.append(workload)
        if SYNTAX_ERROR in scope.selection.codes and glimpse.may_repeat_keys:
            from k8slint.lint.duplicates import find_duplicate_keys

            examined.unreadable += find_duplicate_keys(workload, scope)
        rules = scope.selection.about(glimpse.features_of(workload.value.node))
        for pod in workload.pods:
            shutdown = Shutdown(pod, scope.target, scope.programs, scope.cluster)
            traffic = Traffic(shutdown, scope.cluster)
            violations = run_rules(traffic, rules, examined)
            if owners:
                from k8slint.lint.live import as_live

                violations = [as_live(one, workload, count) for one in violations]
            examined.found += violations
            examined.pods += 1


def _examine_budgets(
    document: Document, kustomized: Kustomized, scope: LintScope, examined: LintResult
) -> None:
    for budget in written_budgets(document, scope.target, kustomized):
        examined.budgets.append(budget)
        for runnable in scope.selection.about_budgets:
            for finding in _findings(runnable, budget, scope.cluster):
                key = next(examined.keys)
                examined.found.append(Violation(runnable[0], finding, budget, None, None, key))


def run_rules(
    traffic: Traffic, rules: Sequence[Runnable], examined: LintResult
) -> list[Violation]:
    """What rules find in a pod, of several that say the same the strongest."""
    return _strongest(_run(traffic, rules, examined))


def _run(traffic: Traffic, rules: Sequence[Runnable], examined: LintResult) -> list[Violation]:
    shutdown = traffic.shutdown
    pod = shutdown.pod
    found = []
    for runnable in rules:
        for view in _views(shutdown, runnable[0].subject):
            for finding in _findings(runnable, view, traffic):
                container = pod.container_around(finding.at.value.pointer)
                if container:
                    finding = _with_dockerfile(finding, container, shutdown.programs)
                    finding = _with_mounted(finding, container, shutdown)
                key = next(examined.keys)
                found.append(
                    Violation(runnable[0], finding, shutdown, container, examined.pods, key)
                )
    return found


def _with_dockerfile(finding: Finding, container: Container, programs: Programs) -> Finding:
    """Add the instruction of a Dockerfile where a finding is about what an image runs."""
    image = container.value.get("image")
    spots = (finding.at, finding.because)
    if not container.image or all(
        spot is None or spot.value.pointer != image.pointer for spot in spots
    ):
        return finding
    place = programs.dockerfile_of(container.image)
    return finding._replace(chain=(*finding.chain, place)) if place else finding


def _with_mounted(finding: Finding, container: Container, shutdown: Shutdown) -> Finding:
    """Add the places in ConfigMaps that a finding rests on."""
    if not mounts_known_config(container):
        return finding
    # Few containers run what a ConfigMap mounts.
    from k8slint.shutdown.mounted import places_behind

    stops = (stop for stop in shutdown.stops if stop.container is container)
    places = [place for stop in stops for place in places_behind(stop, finding.at.value)]
    return finding._replace(chain=(*finding.chain, *dict.fromkeys(places)))


def _findings(runnable: Runnable, view: Any, others: Traffic | Cluster) -> list[Finding]:
    """What a rule finds; `others` are for one that joins objects."""
    rule, options = runnable
    joined = (others,) if rule.joins else ()
    try:
        return [_checked(finding) for finding in rule.loaded.check(view, *joined, **options)]
    except EndedBySignal:
        raise
    except (Exception, SystemExit) as error:
        raise RuleCrash(rule, error) from error


def _checked(finding: object) -> Finding:
    """Return what a rule has yielded; raise TypeError if it is not what a rule yields."""
    if not isinstance(finding, Finding):
        raise TypeError(f"{type(finding).__name__} yielded, not a Finding")
    places: tuple[object, ...] = (finding.at, finding.because or finding.at)
    for place in places:
        if not isinstance(place, Spot):
            raise TypeError(f"{type(place).__name__} as a place of a Finding, not a Spot")
    if "${__" in finding.message:  # A shell may have been shown it in place of an action.
        from k8slint.manifest.masking import show_actions

        label = show_actions(finding.at.label)
        at = finding.at._replace(label=label)
        return finding._replace(message=show_actions(finding.message), at=at)
    return finding


def _views(shutdown: Shutdown, subject: str) -> Sequence[Any]:
    """What of a pod a rule is called with; a workload goes with its first pod."""
    pod = shutdown.pod
    if subject == "Shutdown":
        return (shutdown,)
    if subject == "Pod":
        return (pod,)
    if subject == "Container":
        return pod.containers
    return (pod.workload,) if pod is pod.workload.pods[0] else ()


def _strongest(found: list[Violation]) -> list[Violation]:
    """Drop what a stronger rule already says about the same container, or the same pod."""
    spoken = {(one.rule.code, _place(one)) for one in found}
    return [
        one
        for one in found
        if not any((code, _place(one)) in spoken for code in one.rule.yields_to)
    ]


def _place(found: Violation) -> str:
    return found.container.name if found.container else ""
