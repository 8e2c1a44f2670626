"""Applying repairs: choose, apply, prove, lint again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.lint.diagnosis import Diagnosis
from k8slint.lint.engine import Examined, Found, Remark, Scope, examine
from k8slint.lint.repairs import Planned, Policy, diagnose, planned, shown, tidied
from k8slint.lint.rule import Severity
from k8slint.manifest.edit import Edit, apply
from k8slint.manifest.prove import Unproved, prove
from k8slint.manifest.source import Source
from k8slint.manifest.splice import Refused
from k8slint.manifest.tree import Document

MAX_ROUNDS = 10


@dataclass(slots=True)
class Fixed:
    """A source after its repairs, and what became of its findings."""

    source: Source
    fixed: list[Diagnosis] = field(default_factory=list)
    left: list[Diagnosis] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    applied: dict[_Key, Found] = field(default_factory=dict)
    examined: Examined | None = None


class _Key(NamedTuple):
    """A finding across rounds, in which lines and values change, but no pod comes or goes."""

    code: str
    pod: int | None
    container: str

    @classmethod
    def of(cls, one: Found | Diagnosis | Remark) -> _Key:
        if isinstance(one, Found):
            return cls(one.rule.code, one.pod, one.container.name if one.container else "")
        if isinstance(one, Remark):
            return cls(one.rule.code, None, "")
        return cls(one.code, one.pod, one.resource.container if one.resource else "")


def fix(
    before: Examined,
    found: Sequence[Diagnosis],
    scope: Scope,
    guard: Scope,
    policy: Policy,
    kustomized: Kustomized = AS_WRITTEN,
    *,
    unsafe: bool,
) -> Fixed:
    """Repair an examined source, of which `found` was told, in memory.

    `guard` holds the rules that must find nothing new, whichever were selected. What they find
    that was not there before, in a hook that came to life for example, is repaired as well. A
    repair whose result would still have a new finding, or whose proof fails, is left out and the
    rest done again.
    """
    is_wider = guard.selection.codes != scope.selection.codes
    seen: list[Examined] = []

    def look_with(rules: Scope, source: Source) -> Examined:
        seen.append(examine(source, rules, kustomized))
        return seen[-1]

    @lru_cache(maxsize=2)
    def look(source: Source) -> Examined:
        return look_with(scope, source)

    @lru_cache(maxsize=2)
    def look_widely(source: Source) -> Examined:
        # Mostly both are the same rules, and what is there is looked at once.
        return look_with(guard, source) if is_wider else look(source)

    def brought(source: Source) -> list[Planned]:
        examined = look_widely(source)
        new = (counted(examined) - guarded).keys() - left_out.keys()

        def is_followed(found: Found) -> bool:
            # Nobody asked for what mere advice could make worse.
            is_advice = found.severity is Severity.INFO and found.rule.fix != "safe"
            return _Key.of(found) in new and not is_advice

        return planned(examined, is_followed, unsafe=unsafe)

    guarded = counted(look_widely(before.source) if is_wider else before)
    left_out: dict[_Key, str] = {}
    failed: list[str] = []
    while True:
        result = _rounds(before, look, brought, policy, left_out, failed, unsafe=unsafe)
        assert result.examined
        new = counted(look_widely(result.source)) - guarded if result.applied else Counter()
        culprits = _culprits(result.applied, new)
        if not culprits:
            break
        left_out |= culprits
    left = found if result.examined is before else diagnose(result.examined, policy)
    result.left = _with_reasons(left, left_out)
    result.fixed = _gone(shown(found), shown(result.left))
    result.failed = list(dict.fromkeys(failed))
    for examined in seen:
        examined.forget()
    return result


def _rounds(
    before: Examined,
    look: Callable[[Source], Examined],
    brought: Callable[[Source], Sequence[Planned]],
    policy: Policy,
    left_out: dict[_Key, str],
    failed: list[str],
    *,
    unsafe: bool,
) -> Fixed:
    """The wanted repairs, and those for what these bring up, until there is nothing to do."""

    def is_wanted(found: Found | Remark) -> bool:
        return policy.is_for(found) and _Key.of(found) not in left_out

    result = Fixed(before.source, examined=before)
    for _ in range(MAX_ROUNDS):
        assert result.examined
        chosen = planned(result.examined, is_wanted, unsafe=unsafe)
        repairs = wanted = [repair for repair in chosen if repair.plan]
        if not wanted and result.applied:
            repairs = [repair for repair in brought(result.source) if repair.plan]
        if not repairs:  # Only now it is certain what is left to hide.
            repairs = [repair for repair in tidied(result.examined, is_wanted) if repair.plan]
        text, broken = applied_to(result.source, repairs)
        for repair, reason in broken:
            for found in repair.found:
                left_out[_Key.of(found)] = str(reason)
                if isinstance(reason, Unproved):
                    failed.append(f"{found.rule.code} ({found.rule.name}): {reason}")
        if text == result.source.text:
            if not broken:
                break
            continue
        result.source = before.source.saying(text)
        result.examined = look(result.source)
        repaired = (found for repair in wanted for found in repair.found)
        result.applied |= {_Key.of(one): one for one in repaired if isinstance(one, Found)}
    return result


def applied_to(
    source: Source, repairs: Sequence[Planned]
) -> tuple[str, list[tuple[Planned, Unproved | Refused]]]:
    """The text with the repairs made that do not touch each other, proved document by document."""
    broken: list[tuple[Planned, Unproved | Refused]] = []
    edits: list[Edit] = []
    by_document: dict[int, list[Planned]] = {}
    for repair in repairs:
        assert repair.plan
        by_document.setdefault(id(repair.plan.document), []).append(repair)
    for together in by_document.values():
        assert together[0].plan
        document = together[0].plan.document
        accepted = _compatible(together)
        while accepted:
            text = _proved(document, accepted)
            if isinstance(text, str):
                edits.append(Edit(document.start, document.start + len(document.text), text))
                break
            if len(accepted) == 1:
                broken.append((accepted[0], text))
            accepted = accepted[: len(accepted) // 2]
    return apply(source.text, edits), broken


def _proved(document: Document, repairs: Sequence[Planned]) -> str | Unproved | Refused:
    plans = [repair.plan for repair in repairs if repair.plan]
    changes = [change for plan in plans for change in plan.changes]
    edits = [edit for plan in plans for edit in plan.edits]
    cuts = [edit for plan in plans for edit in plan.cuts]
    try:
        return prove(document, changes, edits, cuts)
    except (Unproved, Refused) as error:
        return error


def _compatible(repairs: Sequence[Planned]) -> list[Planned]:
    """The repairs that change different mappings; the others wait for the next round."""
    taken: set[int] = set()
    accepted = []
    for repair in repairs:
        assert repair.plan
        owners = {id(change.owner) for change in repair.plan.changes}
        if not owners & taken:
            accepted.append(repair)
            taken |= owners
    return accepted


def counted(examined: Examined) -> Counter[_Key]:
    """The findings nothing may be added to."""
    return Counter(map(_Key.of, examined.found))


def _culprits(applied: Mapping[_Key, Found], new: Iterable[_Key]) -> dict[_Key, str]:
    """The likeliest cause of each new finding: a repair nearby, an unsafe one before the others.

    Where it was another one, the next attempt blames that.
    """

    def innocence(suspect: _Key) -> tuple[bool, str]:
        need = applied[suspect].finding.need
        return not (need and need.unsafe), suspect.code

    reasons = {}
    for key in sorted(new, key=lambda key: key.code, reverse=True):
        suspects = (
            [one for one in applied if (one.pod, one.container) == (key.pod, key.container)]
            or [one for one in applied if one.pod == key.pod]
            or applied
        )
        culprit = min(suspects, key=innocence)
        reasons[culprit] = f"the result would have a new finding, {key.code}"
    return reasons


def _with_reasons(left: Sequence[Diagnosis], left_out: dict[_Key, str]) -> list[Diagnosis]:
    found = []
    for one in left:
        reason = left_out.get(_Key.of(one))
        if reason and one.fix:
            one = one._replace(fix=one.fix._replace(refused=reason, edits=()))
        found.append(one)
    return found


def _gone(before: Sequence[Diagnosis], after: Sequence[Diagnosis]) -> list[Diagnosis]:
    """The findings of before that are not there any more."""
    rest = Counter(_Key.of(one) for one in after)
    gone = []
    for one in reversed(before):
        key = _Key.of(one)
        if rest[key]:
            rest[key] -= 1
        else:
            gone.append(one)
    return gone[::-1]
