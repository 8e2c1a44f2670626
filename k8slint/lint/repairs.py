"""What can be repaired in a source: the needs of its findings, solved pod by pod and planned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from k8slint.kubernetes.written_budget import WrittenBudget
from k8slint.lint.diagnosis import Diagnostic, Fix, Offer, text_edit
from k8slint.lint.findings import IgnoreFinding, Violation
from k8slint.lint.identity import Identity
from k8slint.lint.result import LintResult
from k8slint.lint.rule import Severity
from k8slint.lint.rulebook import Selection
from k8slint.manifest.source import Location, Source
from k8slint.manifest.splice import Refused
from k8slint.manifest.tree import Document
from k8slint.manifest.values import json_pointer
from k8slint.records import NamedTuple
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need, Repair, risk_of, separately, solve
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.manifest.edit import Plan


# Where a repair has more edits, counted for each of its findings, the first has them all.
_MOST_EDITS = 10_000
BROKEN = "the file holds a document that cannot be read"


class PlannedRepair(NamedTuple):
    """One repair with the findings it is for; without a plan the text is not changed."""

    repair: Repair
    found: tuple[Violation | IgnoreFinding, ...]
    plan: Plan | None
    refused: str = ""


class Policy(NamedTuple):
    """Which findings `--fix` is for: the ones that would fail the run, and those named.

    It is not for those that are `left`, which are identities `across_repairs`.
    """

    fail_on: Severity
    selection: Selection
    left: frozenset[Identity] = frozenset()

    def is_for(self, found: Violation | IgnoreFinding) -> bool:
        if self.left and found.identity.across_repairs() in self.left:
            return False
        return found.severity >= self.fail_on or found.rule.code in self.selection.named


class Planner:
    """The repairs for findings of one source, each worked out once."""

    def __init__(self, examined: LintResult) -> None:
        self.examined = examined
        self.source = examined.source
        self._solved: dict[tuple[int, ...], list[PlannedRepair]] = {}

    def plan(self, is_for: Callable[[Violation], bool], *, unsafe: bool) -> list[PlannedRepair]:
        """The repairs for the chosen findings, unsafe ones only where they are wanted."""
        subjects = _by_subject(self.examined.found, is_for)
        return [repair for one in subjects for repair in self._plan_one(one, unsafe=unsafe)]

    def _plan_one(self, found: Sequence[Violation], *, unsafe: bool) -> Iterator[PlannedRepair]:
        if not unsafe and len(found) > 1:
            found = [one for one in found if _is_safe_alone(one)]
        asked = tuple(one.key for one in found)
        if asked not in self._solved:
            self._solved[asked] = [*_solved(self.examined, found)]
        return (one for one in self._solved[asked] if unsafe or not one.repair.unsafe)


def plan_ignore_cleanup(
    examined: LintResult, is_for: Callable[[IgnoreFinding], bool]
) -> Iterator[PlannedRepair]:
    """The repairs that take away what hides nothing."""
    from k8slint.manifest.edit import plan, plan_cuts

    for remark in examined.remarks:
        if not remark.title or remark.suppressed or not is_for(remark):
            continue
        repair = Repair((), remark.operations, remark.title, "")
        document = remark.document
        if document is None:
            yield PlannedRepair(repair, (remark,), None, "what is below it cannot be read")
            continue
        try:
            cuts = plan_cuts(document, remark.cuts)
            whole = plan(document, remark.operations) if remark.operations else cuts
            yield PlannedRepair(repair, (remark,), whole)
        except Refused as reason:
            yield PlannedRepair(repair, (remark,), None, str(reason))


def diagnose(planner: Planner, policy: Policy) -> list[Diagnostic]:
    """The findings of a source as plain data, each with what would repair it."""
    examined = planner.examined
    if not examined.found and not examined.remarks:
        return sorted(examined.unreadable, key=lambda diagnosis: diagnosis.order)
    safe = _fixes(planner.plan(policy.is_for, unsafe=False), examined, "fix")
    unsafe = _fixes(planner.plan(policy.is_for, unsafe=True), examined, "unsafe")
    named: dict[object, Fix] = {}
    if any(one.need and not policy.is_for(one) for one in examined.found):
        named = _fixes(planner.plan(lambda _: True, unsafe=True), examined, "named")
    fixes = named | unsafe | safe
    if examined.remarks:
        fixes |= _fixes([*plan_ignore_cleanup(examined, lambda _: True)], examined, "named")
        fixes |= _fixes([*plan_ignore_cleanup(examined, policy.is_for)], examined, "fix")
    found = [_diagnosis(examined.source, one, fixes.get(one.key)) for one in examined.found]
    found += (
        ignore_diagnostic(examined.source, one, fixes.get(one.key)) for one in examined.remarks
    )
    return sorted([*examined.unreadable, *found], key=lambda diagnosis: diagnosis.order)


def without_edits(diagnoses: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The findings of a file in which, as it turned out, a document cannot be read."""
    return [
        one._replace(fix=one.fix._replace(edits=(), refused=BROKEN)) if one.fix else one
        for one in diagnoses
    ]


def _solved(examined: LintResult, found: Sequence[Violation]) -> Iterator[PlannedRepair]:
    # Most files have nothing to repair, and the edits are a fifth of what there is to import.
    from k8slint.manifest.edit import plan

    needs = [one.need for one in found if one.need]
    for repair in _repairs(found[0].subject, needs) if found else ():
        cause = tuple(found[index] for index in repair.needs)
        if examined.is_broken:
            reason = BROKEN
            yield PlannedRepair(repair, cause, None, reason)
            continue
        try:
            yield PlannedRepair(repair, cause, plan(cause[0].document, repair.operations))
        except Refused as problem:
            yield PlannedRepair(repair, cause, None, str(problem))


def _repairs(subject: Shutdown | WrittenBudget, needs: Sequence[Need]) -> Iterator[Repair]:
    if isinstance(subject, WrittenBudget):
        return separately(needs, range(len(needs)))
    return solve(subject, needs)


def _is_safe_alone(found: Violation) -> bool:
    need = found.need
    assert need
    if isinstance(found.subject, WrittenBudget):
        return not need.unsafe
    return not risk_of(found.subject, need)


def _by_subject(
    found: Sequence[Violation], is_for: Callable[[Violation], bool]
) -> Iterator[list[Violation]]:
    subjects: dict[Shutdown | WrittenBudget, list[Violation]] = {}
    for one in found:
        if one.need and not one.suppressed and is_for(one):
            subjects.setdefault(one.subject, []).append(one)
    yield from subjects.values()


def _fixes(
    repairs: Sequence[PlannedRepair], examined: LintResult, offered: Offer
) -> dict[object, Fix]:
    fixes: dict[object, Fix] = {}
    for repair in repairs:
        fix = fix_of(repair, examined.source, offered)
        fixes.update((one.key, fix) for one in repair.found)
        if len(fix.edits) * len(repair.found) > _MOST_EDITS:
            fixes.update((one.key, fix._replace(edits=())) for one in repair.found[1:])
    return fixes


def fix_of(repair: PlannedRepair, source: Source, offered: Offer) -> Fix:
    """A repair of a source as plain data."""
    edits = repair.plan.edits if repair.plan else ()
    return Fix(
        "unsafe" if repair.repair.unsafe else "safe",
        offered,
        repair.repair.title,
        tuple(text_edit(source, edit) for edit in edits),
        repair.repair.unsafe,
        repair.refused,
    )


def to_diagnostic(
    found: Violation, at: Location, because: Location | None, chain: tuple[Location, ...]
) -> Diagnostic:
    """A finding as plain data, without what would repair it."""
    return Diagnostic(
        found.rule.code,
        found.rule.name,
        found.severity,
        found.finding.message,
        at,
        because,
        found.resource,
        json_pointer(found.finding.at.value.pointer),
        chain=chain,
        pod=found.pod,
        suppressed=found.suppressed,
        unfixed=found.unfixed,
        owners=found.owners,
    )


def _template_of(document: Document) -> Iterator[Location]:
    """The template that a document was rendered from, where helm says so above it."""
    if "# Source: " in document.text[:200]:
        from k8slint.render.charts.source_comments import source_of

        if template := source_of(document.text):
            yield Location(template, 0, 0, 0, 0, "", "rendered from the template")


def _diagnosis(source: Source, found: Violation, fix: Fix | None) -> Diagnostic:
    at, because = found.finding.at, found.finding.because
    told = to_diagnostic(
        found,
        source.locate(at.mark, at.label),
        source.locate(because.mark, because.label) if because else None,
        (*found.finding.chain, *_template_of(at.value.document)),
    )
    return told.with_fix(fix) if fix else told


def ignore_diagnostic(source: Source, remark: IgnoreFinding, fix: Fix | None) -> Diagnostic:
    """A finding about a suppression as plain data."""
    rule, at = remark.rule, source.locate(remark.span)
    told = Diagnostic(
        rule.code,
        rule.name,
        remark.severity,
        remark.message,
        at,
        suppressed=remark.suppressed,
        unfixed=rule.unfixed,
    )
    return told.with_fix(fix) if fix else told
