"""Run over rendered overlays and charts, and report on each of their files."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence

from k8slint.coverage import Extent, Portion, PortionKind, Reason
from k8slint.lint.add_ignores import why_never
from k8slint.lint.diagnosis import Diagnostic, Fix, Offer
from k8slint.lint.diff import unified_diff
from k8slint.lint.files import CHART, OVERLAY
from k8slint.lint.findings import visible
from k8slint.lint.rendered.agree import reconcile_repairs
from k8slint.lint.rendered.annotations import find_annotations, why_unannotated
from k8slint.lint.rendered.beside import Rendered, combine_portions, with_portions
from k8slint.lint.rendered.findings import MergedFinding, merge_duplicates
from k8slint.lint.rendered.recipes import Recipes
from k8slint.lint.rendered.redact import Redaction, names, rule_texts
from k8slint.lint.rendered.rewrite import SourceRepair
from k8slint.lint.rendered.secrets import redact_diff, redact_finding
from k8slint.lint.rendered.session import Session
from k8slint.lint.rendered.trace import Recipe, RenderedResult, RenderRequest
from k8slint.lint.rendered.trial import NotBetter, try_repairs
from k8slint.lint.repairs import Policy, fix_of
from k8slint.lint.reports import FileReport
from k8slint.lint.scope import guard_for, scope_for
from k8slint.lint.settings import Settings
from k8slint.lint.survey import FileFacts
from k8slint.lint.task import Context, RunOptions, Task
from k8slint.lint.write import FileReplacement, replace_files
from k8slint.render.charts.helm import Chart
from k8slint.render.charts.ordered import Ordered
from k8slint.render.tools import NotRendered, workshop
from k8slint.render.written import SourceFiles

# The most words of values to redact.
_MOST_WORDS = 200_000
_UNWRITTEN = "not every file could be written"


def run_rendered(
    recipes: Recipes,
    tasks: Sequence[Task],
    mode: RunOptions,
    jobs: int,
    surveyed: Sequence[FileFacts],
    around: Context,
) -> Rendered:
    """Lint, or fix, what is rendered, and report on each of its files."""
    asked = [_asked(*one, mode) for one in recipes.wanted]
    files = SourceFiles(recipes.show)
    inside = {files.name(file) for one in asked for file in one.recipe.replaced}
    every = [*tasks, *around.context]
    facts = [one for task, one in zip(every, surveyed, strict=False) if task.path not in inside]
    timeout = max((one.render_timeout for _, one in recipes.wanted), default=0)
    crew, network, limit = recipes.crew, recipes.network, recipes.limit
    with workshop(
        timeout, limit, network=network, roots=mode.roots, jobs=jobs, crew=crew
    ) as place:
        by_path = {task.path: task for task in tasks}
        session = Session(
            by_path,
            files,
            place,
            mode,
            jobs,
            recipes.bound_of,
            facts,
            around.is_complete,
            every,
            inside,
        )
        return _run(session, asked, recipes)


def _of_releases(
    session: Session, asked: Sequence[RenderRequest]
) -> Iterator[tuple[str, Portion]]:
    """Yield how far each GitOps object was read whose charts are at hand, with its file."""
    every: dict[tuple[str, int, str], list[NotRendered | None]] = defaultdict(list)
    for one in asked:
        recipe = one.recipe
        if isinstance(recipe, Ordered):
            key = session.files.name(recipe.owner), recipe.line, recipe.title
            every[key].append(session.unrendered.get(recipe))
    for (path, line, title), failed in every.items():
        why = next(filter(None, failed), None)
        extent = Extent.READ if not why else Extent.NOT_READ if all(failed) else Extent.IN_PART
        reason, said = (why.reason, _told(why)) if why else (None, "")
        yield path, Portion(PortionKind.GITOPS, extent, reason, title, line, said)


def _asked(recipe: Recipe, settings: Settings, mode: RunOptions) -> RenderRequest:
    scope = scope_for(settings)._replace(hides=mode.hides, today=mode.today)
    policy = Policy(settings.fail_on, scope.selection)
    return RenderRequest(recipe, scope, guard_for(settings), policy)


def _run(session: Session, asked: Sequence[RenderRequest], recipes: Recipes) -> Rendered:
    every = asked
    looks: list[RenderedResult] = []
    asked = [one for one in asked if _knows_secrets(session, one.recipe)]
    rendered = recipes.watch(session.render(asked, session.files), len(asked))
    for one, text in zip(asked, rendered, strict=True):
        if isinstance(text, NotRendered):
            session.unrendered[one.recipe] = text
            continue
        if isinstance(one.recipe, Ordered):
            session.delivered.add((one.recipe.kind, one.recipe.object_name))
        looks.append(session.look(one, text, session.files))
        looks[-1].trace()
    told = merge_duplicates(session, looks)
    before = [one.diagnosis for one in told]
    if session.mode.changes and looks:
        looks = _changed(session, looks, told)
        told = merge_duplicates(session, looks)
    left = _with_fixes(session, looks, told)
    unignored = _unignored(session, looks, told) if session.mode.ignores else None
    redaction = _redaction(session, looks)
    portions: dict[str, list[Portion]] = defaultdict(list)
    for path, portion in (*recipes.passed, *_of_releases(session, every)):
        if portion.extent is Extent.NOT_READ and portion.name in session.in_values:
            portion = portion._replace(extent=Extent.IN_PART)
        portions[path].append(portion._replace(detail=redaction.text(portion.detail)))
    portions = {path: combine_portions(some) for path, some in portions.items()}
    reports = {
        path: redaction.report(
            report if path in recipes.beside else with_portions(report, portions.get(path, ()))
        )
        for path, report in _reports(session, looks, before, left, unignored).items()
    }
    return Rendered(reports, session.delivered, portions, recipes.beside)


def _knows_secrets(session: Session, recipe: Recipe) -> bool:
    """Whether the words to redact in a rendering are known."""
    try:
        session.secrets.update(recipe.secrets(session.files))
        if len(session.secrets) > _MOST_WORDS:
            said = "it has too many values to redact them"
            raise NotRendered(said, Reason.TOO_LARGE)  # noqa: TRY301
    except NotRendered as reason:
        session.unrendered[recipe] = reason
        return False
    return True


def _changed(
    session: Session, looks: list[RenderedResult], told: Sequence[MergedFinding]
) -> list[RenderedResult]:
    """Make the repairs that hold up, or hide findings, and lint the new renderings."""
    while True:
        if session.mode.ignores:
            possible = find_annotations(session, looks, told)
        else:
            possible = reconcile_repairs(session, looks, unsafe=session.mode.unsafe)
        wanted = [one for one in possible if one.plan.plan and one.key not in session.left_out]
        if not wanted:
            return looks
        waiting = [wanted]
        while waiting:
            some = waiting.pop()
            try:
                session.files, looks = try_repairs(session, looks, some)
                if session.mode.ignores and len(some) == len(wanted):
                    return looks  # No annotation calls for another one.
                # Suppressed findings are not repaired next.
                told = merge_duplicates(session, looks)
                break
            except NotBetter as reason:
                if len(some) == 1:
                    session.left_out[some[0].key] = str(reason)
                    continue
                # One repair may call for another, so each new one is tried on its own.
                size = (len(some) + 1) // 2 if session.mode.ignores else 1
                parts = [some[at : at + size] for at in range(0, len(some), size)]
                waiting += reversed(parts)


def _unignored(
    session: Session, looks: Sequence[RenderedResult], told: Sequence[MergedFinding]
) -> list[str]:
    """Return why each finding is not hidden now; empty for those that are."""
    known = why_unannotated(session, looks, told)
    found = []
    for diagnosis, members in told:
        keys = ((look, look.examined.found[number].key) for look, number in members)
        why = next((known[key] for key in keys if key in known), "")
        found.append("" if diagnosis.suppressed else why or why_never(diagnosis.code))
    return found


def _with_fixes(
    session: Session, looks: Sequence[RenderedResult], told: Sequence[MergedFinding]
) -> list[Diagnostic]:
    """Return the findings, each with its fix."""
    offered: dict[tuple[RenderedResult, object], tuple[SourceRepair, Offer]] = {}
    offers: tuple[Offer, ...] = ("named", "unsafe", "fix")
    for offer in offers:  # A fix that needs fewer options replaces others.
        for one in reconcile_repairs(
            session, looks, unsafe=offer != "fix", all_found=offer == "named"
        ):
            for wish in one.wishes:
                offered.update(
                    ((wish.look, found.key), (one, offer)) for found in wish.repair.found
                )
    found = []
    for diagnosis, members in told:
        keys = ((look, look.examined.found[number].key) for look, number in members)
        known = next((offered[key] for key in keys if key in offered), None)
        fix = _fix(session, *known, diagnosis.at.path) if known else None
        found.append(diagnosis.with_fix(fix) if fix else diagnosis)
    return found


def _fix(session: Session, one: SourceRepair, offer: Offer, path: str) -> Fix:
    """Return a repair as plain data, with edits only if they are in the finding's file."""
    source = one.plan.plan.document.source if one.plan.plan else session.files.source(one.file)
    fix = fix_of(one.plan, source, offer)
    if reason := session.left_out.get(one.key):
        fix = fix._replace(refused=reason, edits=())
    if one.file and source.name != path:
        fix = fix._replace(title=f"{fix.title}, in {source.name}", edits=())
    return fix


def _reports(
    session: Session,
    looks: Sequence[RenderedResult],
    before: Sequence[Diagnostic],
    left: Sequence[Diagnostic],
    unignored: Sequence[str] | None,
) -> dict[str, FileReport]:
    """Write the changed files, and return a report on each file of a rendering.

    If findings were to be hidden, `unignored` says of each one that is left why it is not.
    """
    values = _of_charts(session, looks)
    before = [redact_finding(one, values) for one in before]
    left = [redact_finding(one, values) for one in left]
    diffs: Mapping[str, str] = {}
    errors: Mapping[str, str] = {}
    if session.mode.diff:
        diffs = _diffs(session, values)
    elif errors := _written(session):
        left = before
    gone = _gone(before, left)
    workloads = Counter[str]()
    for look in looks:
        workloads[session.files.name(look.recipe.at)] += look.examined.workloads
    reports = {}
    inside = {session.files.name(file) for one in looks for file in one.recipe.files}
    coverage = _coverage(session, looks)
    for path in sorted((inside & session.tasks.keys()) | errors.keys() | coverage.keys()):
        report = FileReport(
            path,
            workloads[path],
            skipped=_skipped(coverage[path]),
            error=errors.get(path, ""),
            failed=tuple(dict.fromkeys(session.failed.get(path, ()))),
            diff=diffs.get(path, ""),
            judged=_judged(session, looks, path),
            coverage=tuple(coverage[path]),
        ).with_found([one for one in left if one.at.path == path])
        here = tuple(one for one in gone if one.at.path == path)
        if unignored is None:
            report = report._replace(fixed=here)
        else:
            pairs = zip(left, unignored, strict=True)
            why = [
                reason or _UNWRITTEN
                for one, reason in pairs
                if one.at.path == path and not one.suppressed
            ]
            pairs = zip(report.diagnoses, why, strict=True)
            report = report._replace(ignored=len(here), unignored=tuple(pairs))
        least = session.tasks[path].settings.fail_on if path in session.tasks else 0
        fails = bool(report.diff) or any(one.severity >= least for one in report.diagnoses)
        reports[path] = report._replace(fails=fails)
    return reports


def _coverage(session: Session, looks: Sequence[RenderedResult]) -> dict[str, list[Portion]]:
    """Return the overlays and charts by the paths of their files, and whether they are rendered.

    Where a chart is rendered with some values and not with others, it is read in part.
    """
    found: dict[str, list[Portion]] = defaultdict(list)
    for recipe in (look.recipe for look in looks):
        if not isinstance(recipe, Ordered):
            one = Portion(_kind(recipe), Extent.READ, name=recipe.name)
            found[session.files.name(recipe.at)].append(one)
    for recipe, why in session.unrendered.items():
        if not isinstance(recipe, Ordered):
            some = found[session.files.name(recipe.at)]
            is_read = any(one.extent is Extent.READ for one in some)
            extent = Extent.IN_PART if is_read else Extent.NOT_READ
            said = _told(why)
            some.append(Portion(_kind(recipe), extent, why.reason, recipe.name, detail=said))
    return found


def _told(why: NotRendered) -> str:
    """Return why something was not rendered, with paths from the working folder."""
    return str(why).replace(f"{os.path.realpath(os.curdir)}{os.sep}", "")


def _skipped(portions: Sequence[Portion]) -> str:
    """Return as what a file is skipped as a whole, if it is."""
    if any(one.extent is not Extent.NOT_READ for one in portions) or not portions:
        return ""
    return CHART if portions[0].kind is PortionKind.CHART else OVERLAY


def _kind(recipe: Recipe) -> PortionKind:
    return PortionKind.CHART if isinstance(recipe, Chart) else PortionKind.OVERLAY


def _redaction(session: Session, looks: Sequence[RenderedResult]) -> Redaction:
    """Return what redacts the words of values and Secrets in reports."""
    return Redaction(session.secrets, _public(session, looks))


def _public(session: Session, looks: Sequence[RenderedResult]) -> Iterator[str]:
    """What is for all to read, values or not; found out where a word asks for it."""
    yield from session.tasks
    for recipe in (*(look.recipe for look in looks), *session.unrendered):
        yield from (recipe.name, *recipe.files)
        for chart in [recipe] if isinstance(recipe, Chart) else recipe.charts:
            yield from chart.public(session.files)
    for look in looks:
        yield from names(look.source)
    yield from rule_texts(look.asked.scope.book for look in looks)


def _written(session: Session) -> dict[str, str]:
    """Write the changed files, and return why each of the others was not written."""
    wanted = [
        FileReplacement(session.files.name(path), session.files.originals[path], new)
        for path, new in session.files.changed.items()
    ]
    problems = replace_files(wanted, session.mode.roots)
    undone = "nothing was written" if session.mode.ignores else "not fixed"
    return {name: f"{undone}: {reason}" for name, reason in problems.items()}


def _diffs(session: Session, with_secrets: Container[str]) -> dict[str, str]:
    """Return the diffs of what would be written, by the names of the files."""
    diffs = {}
    for path, new in session.files.changed.items():
        name, old = session.files.name(path), session.files.originals[path]
        diff = redact_diff if name in with_secrets else unified_diff
        diffs[name] = diff(name, old.decode(), new.decode())
    return diffs


def _of_charts(session: Session, looks: Sequence[RenderedResult]) -> set[str]:
    """Return the files of charts, which may contain secrets."""
    return {
        session.files.name(file)
        for recipe in (look.recipe for look in looks)
        for chart in ([recipe] if isinstance(recipe, Chart) else recipe.charts)
        for file in chart.files
    }


def _judged(session: Session, looks: Sequence[RenderedResult], path: str) -> frozenset[str]:
    """Return the rules that saw a file completely."""
    scopes = [
        one.asked.scope
        for one in looks
        if any(session.files.name(file) == path for file in one.recipe.files)
    ]
    every = [frozenset(code for code in s.selection.codes if s.was_run(code)) for s in scopes]
    return frozenset.intersection(*every) if every else frozenset()


def _gone(before: Sequence[Diagnostic], after: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return the findings of before that are gone."""

    def key(one: Diagnostic) -> tuple[object, ...]:
        return one.identity.in_object(), one.at.path, one.through

    rest = Counter(map(key, visible(after)))
    gone = []
    for one in visible(before):
        if rest[key(one)]:
            rest[key(one)] -= 1
        else:
            gone.append(one)
    return gone
