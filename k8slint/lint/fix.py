"""Applying repairs: choose, apply, prove, lint again."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.findings import IgnoreFinding, Violation, visible
from k8slint.lint.identity import Identity
from k8slint.lint.inspect import inspect
from k8slint.lint.repairs import PlannedRepair, Planner, Policy, diagnose, plan_ignore_cleanup
from k8slint.lint.result import LintResult
from k8slint.lint.rule import Severity
from k8slint.lint.scope import LintScope
from k8slint.manifest.edit import Edit, apply
from k8slint.manifest.prove import Unproved, prove
from k8slint.manifest.pyyaml import Node
from k8slint.manifest.source import Source
from k8slint.manifest.splice import Refused

MAX_ROUNDS = 10
# So often one repair is blamed for each new finding.
_PATIENCE = 5
# Texts looked at again: that before a round and that after it, by both sets of rules.
_KEPT = 4


class RepairedSource:
    """A source after its repairs, and what became of its findings."""

    def __init__(self, source: Source, planner: Planner) -> None:
        self.source = source
        self.planner = planner
        self.fixed: list[Diagnostic] = []
        self.left: list[Diagnostic] = []
        self.failed: list[str] = []
        self.applied: dict[Identity, Violation] = {}


def repair_source(
    before: Planner,
    found: Sequence[Diagnostic],
    scope: LintScope,
    guard: LintScope,
    policy: Policy,
    kustomized: Kustomized = AS_WRITTEN,
    *,
    unsafe: bool,
) -> RepairedSource:
    """Repair an examined source, of which `found` was reported, in memory.

    `guard` holds the rules that must find nothing new, whichever were selected. What they find
    that was not there before, in a hook that came to life for example, is repaired as well. A
    repair whose result would still have a new finding, or whose proof fails, is left out and the
    rest done again.
    """
    looks = _Looks(before, scope, guard, kustomized)
    left_out: dict[Identity, str] = {}
    failed: list[str] = []
    for attempt in count():
        result = _rounds(before, looks, policy, left_out, failed, unsafe=unsafe)
        new = looks.new_in(result.source) if result.applied else Counter()
        # Where one at a time does not help, twice as many each time.
        most = 2 ** max(attempt - _PATIENCE, 0)
        culprits = _culprits(result.applied, new, most)
        if not culprits:
            break
        left_out |= culprits
    left = found if result.planner is before else diagnose(result.planner, policy)
    result.left = _with_reasons(left, left_out)
    result.fixed = findings_gone(visible(found), visible(result.left))
    result.failed = list(dict.fromkeys(failed))
    looks.forget()
    return result


class _Looks:
    """What the rules of a run, and those of its guard, find in texts on the way to a repair."""

    def __init__(
        self, before: Planner, scope: LintScope, guard: LintScope, kustomized: Kustomized
    ) -> None:
        self.scope = scope
        # Mostly both are the same rules, and what is there is looked at once.
        self.guard = scope if guard.selection.codes == scope.selection.codes else guard
        self.kustomized = kustomized
        self.seen: list[LintResult] = []
        self._latest: dict[tuple[Source, bool], Planner] = {}
        first = before if self.guard is scope else self.look(before.source, widely=True)
        self.guarded = count_findings(first.examined)

    def look(self, source: Source, *, widely: bool = False) -> Planner:
        """What the rules find in a text, those of the guard where it is looked at `widely`."""
        scope = self.guard if widely else self.scope
        asked = source, scope is self.scope
        if asked not in self._latest:
            self.seen.append(inspect(source, scope, self.kustomized))
            while len(self._latest) >= _KEPT:
                del self._latest[next(iter(self._latest))]
            self._latest[asked] = Planner(self.seen[-1])
        return self._latest[asked]

    def new_in(self, source: Source) -> Counter[Identity]:
        """The findings that were not there before."""
        return count_findings(self.look(source, widely=True).examined) - self.guarded

    def follow_up(
        self, source: Source, left_out: Mapping[Identity, str], *, unsafe: bool
    ) -> list[PlannedRepair]:
        """Return the repairs for findings that were not there before."""
        new = self.new_in(source).keys() - left_out.keys()

        def is_followed(found: Violation) -> bool:
            # Nobody asked for what mere advice could make worse.
            is_advice = found.severity is Severity.INFO and found.rule.fix != "safe"
            return found.identity.across_repairs() in new and not is_advice

        return self.look(source, widely=True).plan(is_followed, unsafe=unsafe)

    def forget(self) -> None:
        for examined in self.seen:
            examined.forget()


def _rounds(
    before: Planner,
    looks: _Looks,
    policy: Policy,
    left_out: dict[Identity, str],
    failed: list[str],
    *,
    unsafe: bool,
) -> RepairedSource:
    """The wanted repairs, and those for what these bring up, until there is nothing to do."""

    def is_wanted(found: Violation | IgnoreFinding) -> bool:
        return policy.is_for(found) and found.identity.across_repairs() not in left_out

    result = RepairedSource(before.source, before)
    for _ in range(MAX_ROUNDS):
        chosen = result.planner.plan(is_wanted, unsafe=unsafe)
        repairs = wanted = [repair for repair in chosen if repair.plan]
        if not wanted and result.applied:
            brought = looks.follow_up(result.source, left_out, unsafe=unsafe)
            repairs = [repair for repair in brought if repair.plan]
        if not repairs:  # Only now it is certain what is left to hide.
            tidying = plan_ignore_cleanup(result.planner.examined, is_wanted)
            repairs = [repair for repair in tidying if repair.plan]
        text, broken = apply_repairs(result.source, repairs)
        for repair, reason in broken:
            for found in repair.found:
                left_out[found.identity.across_repairs()] = str(reason)
                if isinstance(reason, Unproved):
                    failed.append(f"{found.rule.code} ({found.rule.name}): {reason}")
        if text == result.source.text:
            if not broken:
                break
            continue
        result.source = before.source.saying(text)
        result.planner = looks.look(result.source)
        repaired = (found for repair in wanted for found in repair.found)
        result.applied |= {
            one.identity.across_repairs(): one for one in repaired if isinstance(one, Violation)
        }
    return result


def apply_repairs(
    source: Source, repairs: Sequence[PlannedRepair]
) -> tuple[str, list[tuple[PlannedRepair, Unproved | Refused]]]:
    """The text with the repairs made that do not touch each other, proved document by document.

    Documents of one text, which have no `---` between them, are proved together.
    """
    broken: list[tuple[PlannedRepair, Unproved | Refused]] = []
    edits: list[Edit] = []  # In the order of the text.
    by_text: dict[int, list[PlannedRepair]] = {}
    for repair in repairs:
        assert repair.plan
        by_text.setdefault(repair.plan.document.start, []).append(repair)
    for together in by_text.values():
        assert together[0].plan
        document = together[0].plan.document
        span = document.start, document.start + len(document.text)
        before = bisect_left(edits, (span[1], 0), key=_place)
        if before and span[0] < edits[before - 1].end:
            continue  # It is in a scalar of one that changes already: the next round is for it.
        if document.template is not None:  # The views of a template are repaired one by one.
            together = [one for one in together if one.plan and one.plan.document is document]
        accepted = _compatible(together)
        while accepted:
            proved = _proved(accepted)
            if isinstance(proved, list):
                for edit in proved:
                    insort(edits, edit, key=_place)
                break
            if len(accepted) == 1:
                broken.append((accepted[0], proved))
            accepted = accepted[: len(accepted) // 2]
    return apply(source.text, edits), broken


def _place(edit: Edit) -> tuple[int, int]:
    return edit.start, edit.end


def _proved(repairs: Sequence[PlannedRepair]) -> list[Edit] | Unproved | Refused:
    """The edits that make the changes of some repairs in the text of their documents."""
    plans = [repair.plan for repair in repairs if repair.plan]
    document, *others = dict.fromkeys(plan.document for plan in plans)
    changes = [change for plan in plans for change in plan.changes]
    edits = [edit for plan in plans for edit in plan.edits]
    cuts = [edit for plan in plans for edit in plan.cuts]
    try:
        text = prove(document, changes, edits, cuts, others)
        if document.template is not None:
            from k8slint.manifest.template_edits import prove_in_template

            prove_in_template(document.template, edits)
    except (Unproved, Refused) as error:
        return error
    if document.template is not None:
        return edits
    return [Edit(document.start, document.start + len(document.text), text)]


def _compatible(repairs: Sequence[PlannedRepair]) -> list[PlannedRepair]:
    """The repairs that change different mappings; the others wait for the next round."""
    taken: set[Node] = set()
    accepted = []
    for repair in repairs:
        assert repair.plan
        owners = {change.owner for change in repair.plan.changes}
        if not owners & taken:
            accepted.append(repair)
            taken |= owners
    return accepted


def count_findings(examined: LintResult) -> Counter[Identity]:
    """The findings nothing may be added to."""
    return Counter(one.identity.across_repairs() for one in examined.found)


def _culprits(
    applied: Mapping[Identity, Violation], new: Iterable[Identity], most: int
) -> dict[Identity, str]:
    """The likeliest causes of each new finding, at most `most`.

    That is a repair nearby, an unsafe one before the others. Where it was another one, the next
    attempt blames that.
    """

    def innocence(suspect: Identity) -> tuple[bool, str]:
        need = applied[suspect].need
        return not (need and need.unsafe), suspect.code

    near: dict[tuple[object, ...], list[Identity]] = defaultdict(list)
    for suspect in sorted(applied, key=innocence):
        for place in ((suspect.pod, suspect.container), (suspect.pod,), ()):
            near[place].append(suspect)
    reasons: dict[Identity, str] = {}
    for key in sorted(new, key=lambda key: key.code, reverse=True):
        places = ((key.pod, key.container), (key.pod,), ())
        suspects = next((near[place] for place in places if place in near), [])
        reason = f"the result would have a new finding, {key.code}"
        reasons |= dict.fromkeys(suspects[:most], reason)
    return reasons


def _with_reasons(left: Sequence[Diagnostic], left_out: dict[Identity, str]) -> list[Diagnostic]:
    found = []
    for one in left:
        reason = left_out.get(one.identity.across_repairs())
        if reason and one.fix:
            one = one._replace(fix=one.fix._replace(refused=reason, edits=()))
        found.append(one)
    return found


def findings_gone(before: Sequence[Diagnostic], after: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The findings of before that are not there any more."""
    rest = Counter(one.identity.across_repairs() for one in after)
    gone = []
    for one in reversed(before):
        key = one.identity.across_repairs()
        if rest[key]:
            rest[key] -= 1
        else:
            gone.append(one)
    return gone[::-1]
