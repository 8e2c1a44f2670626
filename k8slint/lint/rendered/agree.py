"""Repairs of source files that all renderings with the file want."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from k8slint.lint.findings import IgnoreFinding, Violation
from k8slint.lint.rendered.rewrite import RenderedRepair, SourceRepair, find_rendered_repairs
from k8slint.lint.rendered.session import Session
from k8slint.lint.rendered.trace import Recipe, RenderedResult, Tracer
from k8slint.lint.rendered.trial import NotBetter, find_changed_rendering, try_repairs
from k8slint.manifest.edit import plan
from k8slint.manifest.source import Location
from k8slint.manifest.splice import Refused
from k8slint.manifest.values import Pointer
from k8slint.render.charts.helm import Chart
from k8slint.render.charts.ordered import Ordered


def reconcile_repairs(
    session: Session, looks: Sequence[RenderedResult], *, unsafe: bool, all_found: bool = False
) -> Iterator[SourceRepair]:
    """Yield the repairs of source files, refused unless all renderings with the file agree."""
    together: dict[tuple[str, int, str], list[RenderedRepair]] = defaultdict(list)
    for look in looks:
        tracer = Tracer(look, session.files, session.place)
        is_for: Callable[[Violation], bool] = look.asked.policy.is_for
        for wish in find_rendered_repairs(tracer, bool if all_found else is_for, unsafe=unsafe):
            if wish.refused:
                refused = wish.repair._replace(plan=None, refused=wish.refused)
                yield SourceRepair("", refused, (wish,))
            else:
                together[wish.key].append(wish)
    rivals: dict[tuple[str, int, Pointer], set[str]] = defaultdict(set)
    for (file, start, wanted), same in together.items():
        for operation in same[0].operations:
            rivals[file, start, operation.pointer].add(wanted)
    for (file, start, _), same in together.items():
        pointers = [operation.pointer for operation in same[0].operations]
        is_disputed = any(len(rivals[file, start, pointer]) > 1 for pointer in pointers)
        yield _planned(session, looks, same, is_disputed=is_disputed)


def _planned(
    session: Session,
    looks: Sequence[RenderedResult],
    same: Sequence[RenderedRepair],
    *,
    is_disputed: bool,
) -> SourceRepair:
    first = same[0]
    assert first.document
    found = tuple(one for wish in same for one in wish.repair.found)
    repair = first.repair.repair._replace(operations=first.operations)
    whole = first.repair._replace(repair=repair, found=found, plan=None)
    try:
        if is_disputed:
            raise Refused("pods need conflicting values for this key")  # noqa: TRY301
        made = SourceRepair(
            first.file,
            whole._replace(plan=plan(first.document, first.operations)),
            tuple(same),
        )
        if reason := find_disagreement(session, looks, made):
            raise Refused(reason)  # noqa: TRY301
    except Refused as reason:
        return SourceRepair(first.file, whole._replace(refused=str(reason)), tuple(same))
    return made


def find_disagreement(
    session: Session, looks: Sequence[RenderedResult], made: SourceRepair
) -> str:
    """Return why a file must not be changed, or nothing; determined once per repair."""
    wanting = frozenset(wish.look.recipe.name for wish in made.wishes)
    question = made.key, wanting, len(session.files.changed)
    if question not in session.answers:
        try:
            _refuse_disagreement(session, looks, made)
            session.answers[question] = ""
        except Refused as reason:
            session.answers[question] = str(reason)
    return session.answers[question]


def _refuse_disagreement(
    session: Session, looks: Sequence[RenderedResult], made: SourceRepair
) -> None:
    """Raise Refused for a repair of a file that others use, too, and that they do not want."""
    file, name = made.file, session.files.name(made.file)
    if not any(Path(file).is_relative_to(root) for root in session.mode.roots):
        raise Refused(f"{name} is outside the named folders: name its folder too")
    wanting = {wish.look for wish in made.wishes}
    seen = {one.recipe.at for one in looks}
    if failed := [one.name for one in session.unrendered if _may_use(session, one, made)]:
        raise Refused(f"{name} is also used by what could not be rendered: {_listed(failed)}")
    if unseen := [at for at in session.elsewhere.get(file, ()) if at not in seen]:
        names = _listed(map(session.files.name, unseen))
        raise Refused(f"{name} is also used by renderings outside this run: {names}")
    for wish in made.wishes:
        recipe = wish.look.recipe
        if isinstance(recipe, Chart) and recipe.is_chosen and file not in recipe.values:
            raise Refused(f"{name} may also be rendered with other values than those of this call")
    others = [one for one in looks if one.may_have(file) and one not in wanting]
    if session.mode.ignores and not others:
        return  # All annotations are proved at once, later.
    try:
        if changed := find_changed_rendering(session, others, made):
            if session.mode.ignores:
                raise Refused(f"{changed} would also change")
            reason = next(filter(None, (_why_unfixed(one, changed, made) for one in others)), "")
            why = f"and there {reason}" if reason else "but does not need the fix"
            raise Refused(f"{changed} would also change, {why}")
        is_of_chart = any(isinstance(wish.look.recipe, Chart) for wish in made.wishes)
        if is_of_chart and not session.mode.ignores:
            try_repairs(
                session, looks, [made]
            )  # Only a trial shows what a template makes of a value.
    except NotBetter as reason:
        raise Refused(str(reason)) from None


def _why_unfixed(look: RenderedResult, name: str, made: SourceRepair) -> str:
    """Return why a rendering of that name has the same finding, but no such fix; else nothing."""
    if look.recipe.name != name:
        return ""
    wanted = {place for wish in made.wishes for place in _places(wish.look, wish.repair.found)}
    fixed = [
        found
        for repair in look.planner.plan(bool, unsafe=True)
        if not repair.refused
        for found in repair.found
    ]
    unfixed = (one.unfixed for one in look.traced if (one.code, one.at) in wanted)
    return "" if wanted & _places(look, fixed) else next(unfixed, "")


def _places(
    look: RenderedResult, some: Iterable[Violation | IgnoreFinding]
) -> set[tuple[str, Location]]:
    """Return the codes of findings with where they are written."""
    keys = {found.key for found in some}
    every = zip(look.examined.found, look.traced, strict=True)
    return {(one.code, one.at) for found, one in every if found.key in keys}


def _may_use(session: Session, recipe: Recipe, made: SourceRepair) -> bool:
    """Whether a file has a part in a rendering that failed, apart from ordering it.

    The values of one rendering of a chart have none in others with other values.
    """
    file = made.file
    if isinstance(recipe, Ordered):
        return file in recipe.files - {recipe.owner}
    if not isinstance(recipe, Chart) or file in (*recipe.values, *recipe.own_values):
        return file in recipe.files
    others = (wish.look.recipe for wish in made.wishes)
    if any(isinstance(one, Chart) and file in one.values for one in others):
        return any("Files" in session.files.source(path).text for path in recipe.own_files)
    return file in recipe.files


def _listed(names: Iterable[str]) -> str:
    first, *others = dict.fromkeys(names)
    return f"{first} and {len(others)} more" if others else first
