"""Try repairs: change the files in memory, and render again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from k8slint.kubernetes.gitops import GITOPS_GROUPS
from k8slint.lint.add_ignores import NOT_HIDDEN
from k8slint.lint.fix import apply_repairs, count_findings
from k8slint.lint.identity import Identity
from k8slint.lint.inspect import inspect
from k8slint.lint.rendered.rewrite import SourceRepair
from k8slint.lint.rendered.session import Session
from k8slint.lint.rendered.trace import RenderedResult
from k8slint.manifest.prove import Unproved
from k8slint.manifest.splice import Refused, apply
from k8slint.manifest.values import Pointer, json_pointer
from k8slint.render.charts.helm import Chart
from k8slint.render.charts.varying import differences, without
from k8slint.render.tools import NotRendered
from k8slint.render.written import SourceFiles, TooLarge, meaning
from k8slint.type_names import Any


class NotBetter(Exception):
    """A repair does not do what it is meant to do, or does more; the text says what."""


def try_repairs(
    session: Session, looks: Sequence[RenderedResult], some: Sequence[SourceRepair]
) -> tuple[SourceFiles, list[RenderedResult]]:
    """Return the files with some repairs made, and their renderings. Raises NotBetter."""
    changed = {
        file: _rewritten(session, file, [one for one in some if one.file == file])
        for file in {one.file for one in some}
    }
    files = session.files.with_changes(changed)
    affected = [
        number for number, look in enumerate(looks) if not look.recipe.files.isdisjoint(changed)
    ]
    texts = session.render([looks[number].asked for number in affected], files)
    after = [*looks]
    for number, text in zip(affected, texts, strict=True):
        look = looks[number]
        if isinstance(text, NotRendered):
            raise _no_longer_rendered(look, text)
        edits = [
            edit
            for one in some
            for wish in one.wishes
            if wish.look is look and wish.repair.plan
            for edit in wish.repair.plan.edits
        ]
        try:
            wanted = apply(look.source.text, edits)
        except Refused as reason:
            raise NotBetter(str(reason)) from None
        _compare_data(session, look, text, wanted)
        after[number] = session.look(look.asked, text, files)
        compare = _compare_visible if session.mode.ignores else _compare
        made = [one for one in some if any(wish.look is look for wish in one.wishes)]
        compare(look, after[number], made)
    return files, after


def find_changed_rendering(
    session: Session, looks: Sequence[RenderedResult], made: SourceRepair
) -> str:
    """Return the name of a rendering that a repair changes. Raises NotBetter."""
    for look in looks:
        if not look.is_understood:  # Its files are not known, so it may change.
            return look.recipe.name
    changed = {made.file: _rewritten(session, made.file, [made])}
    files = session.files.with_changes(changed)
    for start in range(0, len(looks), session.jobs):
        some = looks[start : start + session.jobs]
        texts = session.render([one.asked for one in some], files)
        for look, text in zip(some, texts, strict=True):
            if isinstance(text, NotRendered):
                raise _no_longer_rendered(look, text)
            if _has_changed(session, look, text):
                return look.recipe.name
    return ""


def _no_longer_rendered(look: RenderedResult, why: NotRendered) -> NotBetter:
    return NotBetter(f"{look.recipe.name} could no longer be rendered: {why}")


def _rewritten(session: Session, file: str, some: Sequence[SourceRepair]) -> bytes:
    """Return the bytes of a file with repairs made, each proved. Raises NotBetter."""
    source = session.files.source(file)
    text, broken = apply_repairs(source, [one.plan for one in some])
    for repair, reason in broken:
        if isinstance(reason, Unproved):
            code = repair.found[0].rule.code
            session.failed[source.name].append(f"{code}: {reason}")
        raise NotBetter(str(reason))
    return source.encode(text)


def _compare_data(session: Session, look: RenderedResult, text: str, wanted: str) -> None:
    """Raise NotBetter if a rendered text does not say what is wanted, and nothing else.

    What differs from one rendering to the next by itself is set aside, unless it is what is to
    change.
    """
    got, goal, before = map(_meaning, (text, wanted, look.source.text))
    if not (unlike := _unlike(got, goal, before)):
        return
    if varying := _varying(session, look):
        aside = [without(one, varying) for one in (got, goal, before)]
        if goal != before and aside[1] == aside[2]:
            raise NotBetter("what it changes differs from one rendering to the next by itself")
        unlike = _unlike(*aside)
    if unlike:
        raise NotBetter(f"after rendering again, {unlike}")


def _has_changed(session: Session, look: RenderedResult, text: str) -> bool:
    """Whether a rendered text says something else, apart from what differs by itself."""
    got, before = map(_meaning, (text, look.source.text))
    if got == before:
        return False
    varying = _varying(session, look)
    return bool(without(got, varying) != without(before, varying))


def _varying(session: Session, look: RenderedResult) -> frozenset[Pointer]:
    """Return what differs if a chart is rendered once more, unchanged."""
    recipe = look.recipe
    if not isinstance(recipe, Chart):
        return frozenset()
    if recipe not in session.varying:
        (text,) = session.render([look.asked], session.files)
        again = "" if isinstance(text, NotRendered) else text
        found = differences(_meaning(look.source.text), _meaning(again))
        session.varying[recipe] = frozenset(found) - {()}
    return session.varying[recipe]


def _meaning(text: str) -> list[Any]:
    """Return the documents of a rendered text as plain data. Raises NotBetter.

    What a GitOps object delivers is looked at by itself.
    """
    try:
        return [one for one in meaning(text) if not _is_gitops(one)]
    except TooLarge:
        raise NotBetter("the rendered text is too large to compare") from None


def _is_gitops(content: Any) -> bool:
    if not isinstance(content, dict):
        return False
    group = str(content.get("apiVersion", "")).partition("/")[0]
    return GITOPS_GROUPS.get(str(content.get("kind"))) == group


def _compare(before: RenderedResult, after: RenderedResult, made: Sequence[SourceRepair]) -> None:
    """Raise NotBetter if the rules find anything new, or no less than before."""
    asked = after.asked
    guard = asked.guard._replace(cluster=asked.scope.cluster)
    old = count_findings(
        inspect(before.source, guard._replace(cluster=before.asked.scope.cluster))
    )
    new = count_findings(inspect(after.source, guard)) - old
    if new:
        code = min(key.code for key in new)
        raise NotBetter(f"the fix would introduce a new finding in {asked.recipe.name} ({code})")
    gone = {key.code for key in count_findings(before.examined) - count_findings(after.examined)}
    if any(gone.isdisjoint(found.rule.code for found in one.plan.found) for one in made):
        raise NotBetter(f"{asked.recipe.name} would still have the same findings")


def _compare_visible(
    before: RenderedResult, after: RenderedResult, made: Sequence[SourceRepair]
) -> None:
    """Raise NotBetter unless annotations hide the findings that they are for, and no other codes.

    They also hide those with the same codes in the same objects that nobody would be told of.
    """
    old, new = map(_not_annotated, (before, after))
    name = before.recipe.name
    if more := new - old:
        code = min(key.code for key in more)
        raise NotBetter(f"{name} would have a new finding ({code})")
    wishes = [wish for one in made for wish in one.wishes if wish.look is before]
    hidden = Counter(found.identity for wish in wishes for found in wish.repair.found)
    if hidden - (old - new):
        raise NotBetter(f"{NOT_HIDDEN} in {name}")
    codes = {found.rule.code for one in made for found in one.plan.found}
    if others := {key.code for key in old - new} - codes:
        raise NotBetter(f"it would also hide {min(others)} in {name}")


def _not_annotated(look: RenderedResult) -> Counter[Identity]:
    """Return the findings that no annotation hides, whatever else does."""
    return Counter(
        one.identity
        for one in look.examined.found
        if not one.suppressed or one.suppressed.by != "annotation"
    )


def _unlike(got: Sequence[Any], wanted: Sequence[Any], before: Sequence[Any]) -> str:
    """Return what is not as intended; empty if everything is."""
    if len(got) != len(wanted):
        return "there would be other objects"
    for one, other, old in zip(got, wanted, before, strict=True):
        if one != other:
            metadata = other.get("metadata") if isinstance(other, dict) else None
            name = f"{other.get('kind')} {metadata.get('name')}" if metadata else "a document"
            return f"{name} would {_how_unlike(one, other, old)}"
    return ""


def _how_unlike(got: Any, wanted: Any, before: Any) -> str:
    """Return what an object would do that is not wanted, and at which key if it is to change."""
    if wanted == before:
        return "also change"
    at = next(differences(got, wanted), ())
    is_kept = bool(at) and at not in differences(before, wanted)
    return f"{'also change' if is_kept else 'not be as intended'} at {json_pointer(at) or '/'}"
