"""A run over what overlays and charts render: findings and repairs of the files they are made of.

A finding of several renderings is told once. A repair is made where a value was written, when all
renderings with that file want it. Then they are rendered again, and it is kept only where what
comes out is changed as intended, and no rule finds anything new in it.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from k8slint.kubernetes.kustomization import NAMES
from k8slint.lint.diagnosis import Diagnosis, Fix, Offer
from k8slint.lint.diff import unified_diff
from k8slint.lint.engine import Found, examine
from k8slint.lint.files import discover, repository_of
from k8slint.lint.fix import applied_to, counted
from k8slint.lint.recipes import Recipes
from k8slint.lint.repairs import Policy, fix_of, shown
from k8slint.lint.rewritten import Rewriting, Wish, wishes
from k8slint.lint.run import Around, FileReport, Mode, Task, guard_for, scope_for
from k8slint.lint.settings import Settings
from k8slint.lint.suppress import hidden
from k8slint.lint.survey import Facts
from k8slint.lint.traced import Asked, Look, Recipe, Tracer, look_at, render_all
from k8slint.lint.write import NotWritten, replace_file
from k8slint.manifest.edit import plan
from k8slint.manifest.prove import Unproved
from k8slint.manifest.source import Location
from k8slint.manifest.splice import Refused, apply
from k8slint.manifest.values import Pointer
from k8slint.render.helm import Chart
from k8slint.render.kustomize import overlays
from k8slint.render.tools import NotRendered, Workshop, workshop
from k8slint.render.written import Files, meaning

# A key that may be that of a secret, and its value.
_SECRET = re.compile(
    r"""([\w.-]*(?:pass|secret|token|key|cred|auth|cert)[\w.-]*["']?\s*:[ ]+)([^,{}\[\]\s]+)""",
    re.IGNORECASE,
)


@dataclass(eq=False, repr=False)
class Session:
    """What the renderings of a run have in common.

    `tasks` are the files to report on, by the paths they go by; `facts` are those of files that
    are not rendered.
    """

    tasks: Mapping[str, Task]
    files: Files
    place: Workshop
    mode: Mode
    jobs: int
    facts: Sequence[Facts] = ()
    is_complete: bool = False
    unrendered: list[Recipe] = field(default_factory=list)
    left_out: dict[tuple[str, int, str], str] = field(default_factory=dict)
    failed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @cached_property
    def elsewhere(self) -> Mapping[str, Sequence[str]]:
        """The overlays of the repositories by the files that are in them."""
        roots = {repository_of(str(Path(task.path).parent)) for task in self.tasks.values()}
        found = (path for root in filter(None, roots) for path, _ in discover([str(root)]))
        folders = {str(Path(path).resolve().parent) for path in found if Path(path).name in NAMES}
        known: dict[str, list[str]] = defaultdict(list)
        for overlay in overlays(sorted(folders), (), self.files):
            for file in overlay.files:
                known[file].append(overlay.at)
        return known

    def path_of(self, task: Task) -> str:
        """The absolute path of a file."""
        return str(Path(task.path).resolve())


class Told(NamedTuple):
    """A finding, and the renderings it is in, each with the number of its own finding."""

    diagnosis: Diagnosis
    members: tuple[tuple[Look, int], ...] = ()


def run_rendered(
    recipes: Recipes,
    tasks: Sequence[Task],
    mode: Mode,
    jobs: int,
    surveyed: Sequence[Facts],
    around: Around,
) -> dict[str, FileReport]:
    """Lint, or fix, what is rendered; a report for each file that is in it, by its path."""
    asked = [_asked(*one) for one in recipes.wanted]
    files = Files(recipes.show)
    inside = {files.name(file) for one in asked for file in one.recipe.files}
    every = [*tasks, *around.context]
    facts = [one for task, one in zip(every, surveyed, strict=False) if task.path not in inside]
    timeout = max((one.render_timeout for _, one in recipes.wanted), default=0)
    with workshop(timeout, network=recipes.network) as place:
        by_path = {task.path: task for task in tasks}
        session = Session(by_path, files, place, mode, jobs, facts, around.is_complete)
        return _run(session, asked)


def _asked(recipe: Recipe, settings: Settings) -> Asked:
    scope = scope_for(settings)
    policy = Policy(settings.fail_on, scope.selection)
    return Asked(recipe, scope, guard_for(settings), policy)


def _run(session: Session, asked: Sequence[Asked]) -> dict[str, FileReport]:
    looks: list[Look] = []
    errors: dict[str, str] = {}
    for one, text in zip(asked, _rendered(session, asked, session.files), strict=True):
        if isinstance(text, NotRendered):
            here = f"{os.path.realpath(os.curdir)}{os.sep}"
            reason = str(text).replace(here, "")
            errors[session.files.name(one.recipe.at)] = f"not rendered: {reason}"
            session.unrendered.append(one.recipe)
        else:
            looks.append(_look(session, one, text, session.files))
    told = _told(session, looks)
    before = [one.diagnosis for one in told]
    if (session.mode.fix or session.mode.diff) and looks:
        looks = _repaired(session, looks)
        told = _told(session, looks)
    left = _with_fixes(session, looks, told)
    return _reports(session, looks, before, left, errors)


def _rendered(
    session: Session, asked: Sequence[Asked], files: Files
) -> Iterator[str | NotRendered]:
    return render_all(asked, files, session.place, session.jobs)


def _look(session: Session, asked: Asked, text: str, files: Files) -> Look:
    look = look_at(asked, text, session.facts, is_complete=session.is_complete)
    tracer = Tracer(look, files, session.place)
    look.told = [tracer.told(found) for found in look.examined.found]
    look.unread = [tracer.moved(one) for one in look.examined.unreadable]
    return look


def _told(session: Session, looks: Sequence[Look]) -> list[Told]:
    """The findings of all renderings, each once, with what hides them in their files."""
    groups: dict[tuple[object, ...], list[tuple[Look, int, Diagnosis]]] = defaultdict(list)
    for look in looks:
        alike = Counter[tuple[object, ...]]()  # Two pods of one rendering are two findings.
        for number, one in enumerate([*look.told, *look.unread]):
            key = (one.code, one.at, one.because, one.message, one.suppressed)
            alike[key] += 1
            groups[*key, alike[key]].append((look, number, one))
    told = []
    for members in groups.values():
        first = members[0][2]
        task = session.tasks.get(first.at.path)
        if task and first.code in scope_for(task.settings).selection.codes:
            through = tuple(dict.fromkeys(look.recipe.name for look, _, _ in members))
            places = tuple((look, at) for look, at, _ in members if at < len(look.told))
            told.append(Told(first._replace(through=through), places))
    told = _hidden(session, looks, told)
    for diagnosis, places in told:
        for look, number in places:
            found = look.examined.found[number]
            look.examined.found[number] = found._replace(suppressed=diagnosis.suppressed)
    return sorted(told, key=lambda one: one.diagnosis.order)


def _hidden(session: Session, looks: Sequence[Look], told: Sequence[Told]) -> list[Told]:
    """The findings, with those that comments and the baseline hide marked."""
    found = [one.diagnosis for one in told]
    more: list[Diagnosis] = []
    for path in sorted({file for look in looks for file in look.recipe.files}):
        source = session.files.source(path)
        task = session.tasks.get(source.name)
        if task and "k8slint" in source.text:
            hides, today = session.mode.hides, session.mode.today
            scope = scope_for(task.settings)._replace(hides=hides, today=today)
            found, remarks = hidden(found, source, session.files.documents(path), scope)
            more += remarks
    known = [one.known for one in session.tasks.values() if one.known]
    if known:
        found, more = _known(session, found), _known(session, more)
    return [*map(Told, found, (members for _, members in told)), *map(Told, more)]


def _known(session: Session, found: Sequence[Diagnosis]) -> list[Diagnosis]:
    """The findings, with those marked that the baseline knows in their files."""
    by_path: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(found):
        by_path[one.at.path].append(number)
    marked = [*found]
    for path, numbers in by_path.items():
        if known := session.tasks[path].known:
            hidden_here = known.hidden(found[number] for number in numbers)
            for number, one in zip(numbers, hidden_here, strict=True):
                marked[number] = one
    return marked


def _with_fixes(session: Session, looks: Sequence[Look], told: Sequence[Told]) -> list[Diagnosis]:
    """The findings with what would repair each."""
    offered: dict[int, tuple[Rewriting, Offer]] = {}
    for offer in ("named", "unsafe", "fix"):  # What takes less replaces what takes more.
        for one in _agreed(session, looks, unsafe=offer != "fix", all_found=offer == "named"):
            for wish in one.wishes:
                offered.update((id(found), (one, offer)) for found in wish.repair.found)
    found = []
    for diagnosis, members in told:
        ids = (id(look.examined.found[number]) for look, number in members)
        known = next((offered[one] for one in ids if one in offered), None)
        fix = _fix(session, *known, diagnosis.at.path) if known else None
        found.append(diagnosis._replace(fix=fix))
    return found


def _fix(session: Session, one: Rewriting, offer: Offer, path: str) -> Fix:
    """A repair as plain data: edits only where they are for the file of the finding."""
    source = one.plan.plan.document.source if one.plan.plan else session.files.source(one.file)
    fix = fix_of(one.plan, source, offer)
    if reason := session.left_out.get(one.key):
        fix = fix._replace(refused=reason, edits=())
    if one.file and source.name != path:
        fix = fix._replace(title=f"{fix.title}, in {source.name}", edits=())
    return fix


def _agreed(
    session: Session, looks: Sequence[Look], *, unsafe: bool, all_found: bool = False
) -> Iterator[Rewriting]:
    """The repairs of files, each with whether all renderings with the file want it."""
    together: dict[tuple[str, int, str], list[Wish]] = defaultdict(list)
    for look in looks:
        tracer = Tracer(look, session.files, session.place)
        is_for: Callable[[Found], bool] = look.asked.policy.is_for
        for wish in wishes(tracer, bool if all_found else is_for, unsafe=unsafe):
            if wish.refused:
                refused = wish.repair._replace(plan=None, refused=wish.refused)
                yield Rewriting("", refused, (wish,))
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
    session: Session, looks: Sequence[Look], same: Sequence[Wish], *, is_disputed: bool
) -> Rewriting:
    first = same[0]
    assert first.document
    found = tuple(one for wish in same for one in wish.repair.found)
    repair = first.repair.repair._replace(operations=first.operations)
    whole = first.repair._replace(repair=repair, found=found, plan=None)
    try:
        if is_disputed:
            raise Refused("other pods want another value in the same place")  # noqa: TRY301
        made = Rewriting(
            first.file,
            whole._replace(plan=plan(first.document, first.operations)),
            tuple(same),
        )
        _refuse_disagreement(session, looks, made)
    except Refused as reason:
        return Rewriting(first.file, whole._replace(refused=str(reason)), tuple(same))
    return made


def _refuse_disagreement(session: Session, looks: Sequence[Look], made: Rewriting) -> None:
    """Raise Refused for a repair of a file that is for others too, who do not want it."""
    file, name = made.file, session.files.name(made.file)
    if not any(Path(file).is_relative_to(Path(root).resolve()) for root in session.mode.roots):
        raise Refused(f"{name} is outside of what was named: name its folder too")
    wanting = {id(wish.look) for wish in made.wishes}
    seen = {one.recipe.at for one in looks}
    unseen = [at for at in session.elsewhere.get(file, ()) if at not in seen]
    unseen += (one.at for one in session.unrendered if file in one.files)
    if unseen:
        names = _listed(map(session.files.name, unseen))
        raise Refused(f"{name} is also in what was not looked at: {names}")
    for wish in made.wishes:
        recipe = wish.look.recipe
        if isinstance(recipe, Chart) and recipe.is_chosen and file not in recipe.values:
            raise Refused(f"{name} is also for other values than those of this call")
    others = [one for one in looks if file in one.recipe.files and id(one) not in wanting]
    try:
        if others and (changing := _changing(session, others, made)):
            raise Refused(f"{_listed(changing)} would change too and has no need of it")
        if any(isinstance(wish.look.recipe, Chart) for wish in made.wishes):
            _tried(session, looks, [made])  # What a template makes of a value, only a trial tells.
    except NotBetter as reason:
        raise Refused(str(reason)) from None


def _changing(session: Session, looks: Sequence[Look], made: Rewriting) -> list[str]:
    """The renderings that change with a repair, by their names. Raises NotBetter."""
    changed = {made.file: _rewritten(session, made.file, [made])}
    files = session.files.with_changes(changed)
    texts = _rendered(session, [one.asked for one in looks], files)
    return [
        look.recipe.name
        for look, text in zip(looks, texts, strict=True)
        if isinstance(text, NotRendered) or meaning(text) != meaning(look.source.text)
    ]


def _repaired(session: Session, looks: list[Look]) -> list[Look]:
    """Make the repairs that hold, and look at what is rendered then."""
    while True:
        agreed = [
            one
            for one in _agreed(session, looks, unsafe=session.mode.unsafe)
            if one.plan.plan and one.key not in session.left_out
        ]
        if not agreed:
            return looks
        for some in ([agreed] if agreed[1:] else []) + [[one] for one in agreed]:
            try:
                session.files, looks = _tried(session, looks, some)
                _told(session, looks)  # Who is hidden is not repaired next.
                break
            except NotBetter as reason:
                if len(some) == 1:
                    session.left_out[some[0].key] = str(reason)


class NotBetter(Exception):
    """A repair does not do what it is for, or more; the text says what."""


def _tried(
    session: Session, looks: Sequence[Look], some: Sequence[Rewriting]
) -> tuple[Files, list[Look]]:
    """The files with some repairs made, and what is rendered of them. Raises NotBetter."""
    changed = {
        file: _rewritten(session, file, [one for one in some if one.file == file])
        for file in {one.file for one in some}
    }
    files = session.files.with_changes(changed)
    affected = [
        number for number, look in enumerate(looks) if not look.recipe.files.isdisjoint(changed)
    ]
    texts = _rendered(session, [looks[number].asked for number in affected], files)
    after = [*looks]
    for number, text in zip(affected, texts, strict=True):
        look = looks[number]
        if isinstance(text, NotRendered):
            raise NotBetter(f"{look.recipe.name} can no longer be rendered: {text}")
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
        if unlike := _unlike(meaning(text), meaning(wanted), meaning(look.source.text)):
            raise NotBetter(f"rendered again, {unlike}")
        after[number] = _look(session, look.asked, text, files)
        _compare(
            look, after[number], [one for one in some for wish in one.wishes if wish.look is look]
        )
    return files, after


def _without_secrets(one: Diagnosis, files: Container[str]) -> Diagnosis:
    """A finding, without what may be secrets on the lines of some files that it shows."""

    def masked(location: Location) -> Location:
        return _masked(location) if location.path in files else location

    return one._replace(
        at=masked(one.at),
        because=masked(one.because) if one.because else None,
        chain=tuple(map(masked, one.chain)),
    )


def _masked(location: Location) -> Location:
    """A place in a file of values, without what may be secrets on its line."""
    return location._replace(
        text=_SECRET.sub(lambda match: match[1] + "*" * len(match[2]), location.text)
    )


def _unlike(got: Sequence[Any], wanted: Sequence[Any], before: Sequence[Any]) -> str:
    """What is not as it was wanted; empty where all is."""
    if len(got) != len(wanted):
        return "there would be other objects"
    for one, other, old in zip(got, wanted, before, strict=True):
        if one != other:
            metadata = other.get("metadata") if isinstance(other, dict) else None
            name = f"{other.get('kind')} {metadata.get('name')}" if metadata else "a document"
            return f"{name} would {'change too' if other == old else 'not be as wanted'}"
    return ""


def _rewritten(session: Session, file: str, some: Sequence[Rewriting]) -> bytes:
    """The bytes of a file with repairs made, each proved. Raises NotBetter."""
    source = session.files.source(file)
    text, broken = applied_to(source, [one.plan for one in some])
    for repair, reason in broken:
        if isinstance(reason, Unproved):
            code = repair.found[0].rule.code
            session.failed[source.name].append(f"{code}: {reason}")
        raise NotBetter(str(reason))
    return source.encode(text)


def _compare(before: Look, after: Look, made: Sequence[Rewriting]) -> None:
    """Look for what rules find that they did not find before. Raises NotBetter."""
    asked = after.asked
    guard = asked.guard._replace(cluster=asked.scope.cluster)
    old = counted(examine(before.source, guard._replace(cluster=before.asked.scope.cluster)))
    new = counted(examine(after.source, guard)) - old
    if new:
        code = min(key.code for key in new)
        raise NotBetter(f"{asked.recipe.name} would have a new finding, {code}")
    gone = {key.code for key in counted(before.examined) - counted(after.examined)}
    if any(gone.isdisjoint(found.rule.code for found in one.plan.found) for one in made):
        raise NotBetter(f"{asked.recipe.name} would have the same findings as before")


def _reports(
    session: Session,
    looks: Sequence[Look],
    before: Sequence[Diagnosis],
    left: Sequence[Diagnosis],
    errors: Mapping[str, str],
) -> dict[str, FileReport]:
    """A report on each file that is in a rendering, once the changed ones are written."""
    values = _of_charts(session, looks)
    before = [_without_secrets(one, values) for one in before]
    left = [_without_secrets(one, values) for one in left]
    diffs: Mapping[str, str] = {}
    if session.mode.diff:
        diffs = _diffs(session, values)
    elif unwritten := _written(session):
        errors, left = {**errors, **unwritten}, before
    fixed = _gone(before, left)
    workloads = Counter[str]()
    for look in looks:
        workloads[session.files.name(look.recipe.at)] += look.examined.workloads
    reports = {}
    inside = {session.files.name(file) for one in looks for file in one.recipe.files}
    for path in sorted((inside & session.tasks.keys()) | errors.keys()):
        report = FileReport(
            path,
            workloads[path],
            fixed=tuple(one for one in fixed if one.at.path == path),
            error=errors.get(path, ""),
            failed=tuple(dict.fromkeys(session.failed.get(path, ()))),
            diff=diffs.get(path, ""),
            judged=_judged(session, looks, path),
        ).with_found([one for one in left if one.at.path == path])
        least = session.tasks[path].settings.fail_on if path in session.tasks else 0
        fails = bool(report.diff) or any(one.severity >= least for one in report.diagnoses)
        reports[path] = report._replace(fails=fails)
    return reports


def _of_charts(session: Session, looks: Sequence[Look]) -> set[str]:
    """The files of charts, in which secrets may stand."""
    charts = (one.recipe for one in looks if isinstance(one.recipe, Chart))
    return {session.files.name(file) for chart in charts for file in chart.files}


def _judged(session: Session, looks: Sequence[Look], path: str) -> frozenset[str]:
    """The rules that saw all there is of a file."""
    scopes = [
        one.asked.scope
        for one in looks
        if any(session.files.name(file) == path for file in one.recipe.files)
    ]
    every = [frozenset(code for code in s.selection.codes if s.was_run(code)) for s in scopes]
    return frozenset.intersection(*every) if every else frozenset()


def _written(session: Session) -> dict[str, str]:
    """Write the changed files, and tell of each that is not written why."""
    problems = {}
    for path, new in session.files.changed.items():
        name, old = session.files.name(path), session.files.originals[path]
        try:
            replace_file(name, old, new, session.mode.roots)
        except NotWritten as reason:
            problems[name] = f"not fixed: {reason}"
    return problems


def _diffs(session: Session, with_secrets: Container[str]) -> dict[str, str]:
    """What would be written, by the names of the files."""
    diffs = {}
    for path, new in session.files.changed.items():
        name, old = session.files.name(path), session.files.originals[path]
        diff = _masked_diff if name in with_secrets else unified_diff
        diffs[name] = diff(name, old.decode(), new.decode())
    return diffs


def _masked_diff(name: str, old: str, new: str) -> str:
    """A diff that shows no secret of a file of values: no lines around it, and masks on its own.

    A masked one is for reading: no tool applies it.
    """
    diff = unified_diff(name, old, new)
    if not _SECRET.search(diff):
        return diff
    return _SECRET.sub(r"\1***", unified_diff(name, old, new, context=0))


def _gone(before: Sequence[Diagnosis], after: Sequence[Diagnosis]) -> list[Diagnosis]:
    """The findings of before that are not there any more."""

    def key(one: Diagnosis) -> tuple[object, ...]:
        return one.code, one.at.path, str(one.resource), one.through

    rest = Counter(map(key, shown(after)))
    gone = []
    for one in shown(before):
        if rest[key(one)]:
            rest[key(one)] -= 1
        else:
            gone.append(one)
    return gone


def _listed(names: Iterable[str]) -> str:
    first, *others = dict.fromkeys(names)
    return f"{first} and {len(others)} more" if others else first
