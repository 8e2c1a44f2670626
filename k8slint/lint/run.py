"""A whole run: files in, reports out, in the same order whatever the number of workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate

from k8slint.kubernetes.cluster import ALONE, Cluster
from k8slint.lint.judge import (
    PartReport,
    blank_report,
    is_in_parts,
    join_parts,
    judge_part,
    lint_file,
    lint_whole,
)
from k8slint.lint.parsed import ParsedFiles
from k8slint.lint.reports import FileReport
from k8slint.lint.scope import scope_for
from k8slint.lint.survey import (
    ANY_FACTS,
    FileFacts,
    build_cluster,
    has_facts_in_parts,
    is_worth_linting,
    join_facts,
    read_facts,
)
from k8slint.lint.task import (
    NO_CONTEXT,
    Context,
    RunOptions,
    Task,
    distinct_settings,
    input_size,
    read_input,
)
from k8slint.lint.workers import is_stopped, share, writing
from k8slint.type_names import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from k8slint.kubernetes.census import Census
    from k8slint.lint.rendered.beside import Rendered
    from k8slint.lint.rendered.recipes import Recipes
    from k8slint.lint.units import WorkUnit

T = TypeVar("T")

# Below this many bytes to read, starting workers costs more than they save (`make bench`).
POOL_ABOVE = 2_000_000
# To repair files that need it costs several times as much; where none does, 0.05 s are lost.
_FIX_POOL_ABOVE = 300_000
_SURVEY_POOL_ABOVE = 12_000_000
# So many repaired files are kept back to be written together, fewer of those that take memory.
_WRITTEN_TOGETHER = 64
_KEPT_BACK = 100_000


def run_batch(
    tasks: Sequence[Task],
    mode: RunOptions,
    jobs: int,
    around: Context = NO_CONTEXT,
    recipes: Recipes | None = None,
) -> Iterator[FileReport]:
    """Lint, or fix, every file; reports come in the order of the tasks.

    Of what the recipes render, that is linted in place of the files it is made of.
    """
    if mode.writes:
        from k8slint.lint.write import remove_leftovers

        remove_leftovers(task.path for task in tasks)
    parsed = ParsedFiles()
    surveyed, cluster = survey_files(tasks, jobs, around, parsed)
    rendered: Rendered | None = None
    if recipes:
        from k8slint.lint.rendered.run import run_rendered

        rendered = run_rendered(recipes, tasks, mode, jobs, surveyed, around)
    worth = [
        task
        for task, facts in zip(tasks, surveyed, strict=False)
        if not (rendered and rendered.whole(task.path)) and is_worth_linting(task, facts)
    ]
    yield from _in_order(tasks, _run(worth, mode, jobs, cluster, parsed), cluster, rendered)


def _run(
    tasks: Sequence[Task], mode: RunOptions, jobs: int, cluster: Cluster, parsed: ParsedFiles
) -> Iterator[FileReport]:
    """The reports on files, without their texts."""

    def is_cut(data: bytes, task: Task) -> bool:
        return is_in_parts(data, task, mode, cluster)

    def join(task: Task, parts: Iterable[PartReport]) -> FileReport:
        joined = join_parts(task, parts)
        return joined or _run_task(task, mode, cluster, lint_whole)[1]._replace(text=None)

    above = min(POOL_ABOVE, _FIX_POOL_ABOVE) if mode.changes else POOL_ABOVE
    if jobs < 2 or not _are_more(tasks, above):
        return _run_tasks(tasks, mode, cluster, parsed)
    from k8slint.lint.units import Cutting

    return share(tasks, jobs, partial(_run_unit, mode=mode), Cutting(is_cut, join), cluster)


def survey_files(
    tasks: Sequence[Task], jobs: int, around: Context, parsed: ParsedFiles | None = None
) -> tuple[Sequence[FileFacts], Cluster]:
    """Return what all files say, in the order of the tasks, and how that joins."""
    joins = any(scope_for(settings).joins for settings in distinct_settings(tasks))
    if not joins:
        return [ANY_FACTS] * len(tasks), ALONE
    every = [*tasks, *around.context]
    surveyed = _survey(every, jobs, parsed)
    cluster = build_cluster(surveyed, is_complete=around.is_complete)
    if _counts_pods(tasks, cluster):
        from k8slint.lint.census import may_be_whole

        if cluster.has_budget_of_all or (
            may_be_whole(every) and not _select_own_pods(every, surveyed, jobs, parsed)
        ):
            cluster = cluster.counting([*_count(every, jobs)])
    return surveyed, cluster


def _counts_pods(tasks: Iterable[Task], cluster: Cluster) -> bool:
    """Whether a rule looks at which pods there are, and all of them are known."""
    return cluster.can_count and any(
        scope_for(settings).counts_pods for settings in distinct_settings(tasks)
    )


def _select_own_pods(
    tasks: Sequence[Task],
    surveyed: Sequence[FileFacts],
    jobs: int,
    parsed: ParsedFiles | None = None,
) -> bool:
    """Whether each budget selects pods of its own file, so that no others make a difference.

    Where findings are hidden, those that are not there matter, too.
    """
    if any(task.known for task in tasks) or any(facts.hides for facts in surveyed):
        return False
    found = [(task, facts) for task, facts in zip(tasks, surveyed, strict=True) if facts.budgets]
    if not all(facts.may_have_pods for _, facts in found):
        return False
    from k8slint.kubernetes.census import select_pods

    counted = _count([task for task, _ in found], jobs, parsed)
    return all(
        select_pods(facts.budgets, census)
        for (_, facts), census in zip(found, counted, strict=False)
    )


def run_bytes(
    data: bytes, task: Task, mode: RunOptions, around: Context = NO_CONTEXT, jobs: int = 1
) -> FileReport:
    """Lint, or fix, what came in on standard input; `text` is what it is to be replaced by."""
    cluster = ALONE
    given = task._replace(given=data)
    if scope_for(task.settings).joins:
        every = [given, *around.context]
        surveyed = _survey(every, jobs)
        cluster = build_cluster(surveyed, is_complete=around.is_complete)
        if _counts_pods([task], cluster) and not _select_own_pods(every, surveyed, jobs):
            cluster = cluster.counting([*_count(every, jobs)])
    if jobs < 2 or mode.changes:
        return lint_file(data, task, mode, cluster)
    (report,) = _run([given], mode, jobs, cluster, ParsedFiles())
    return report._replace(text=data)


def _in_order(
    tasks: Sequence[Task],
    found: Iterator[FileReport],
    cluster: Cluster,
    rendered: Rendered | None,
) -> Iterator[FileReport]:
    """The reports of all files; they include those that were skipped because they hold no pods."""
    report = next(found, None)
    for task in tasks:
        if rendered and (whole := rendered.whole(task.path)):
            yield whole
            continue
        if report and report.path == task.path:
            plain, report = report, next(found, None)
        else:
            plain = blank_report(task, cluster)
        yield rendered.complete(plain) if rendered else plain


def _survey(
    tasks: Sequence[Task], jobs: int, parsed: ParsedFiles | None = None
) -> list[FileFacts]:
    """What all files say, read before any of them is linted."""
    if jobs < 2 or not _are_more(tasks, _SURVEY_POOL_ABOVE):
        return [read_facts(task, parsed=parsed) for task in tasks]
    from k8slint.lint.units import Cutting

    cutting = Cutting(has_facts_in_parts, join_facts)
    return [*share(tasks, jobs, partial(_read_unit, read=read_facts), cutting)]


def _count(
    tasks: Sequence[Task], jobs: int, parsed: ParsedFiles | None = None
) -> Iterable[Census]:
    """Whose pods all files show."""
    from k8slint.lint.census import read_census

    if jobs < 2 or not _are_more(tasks, _SURVEY_POOL_ABOVE):
        return map(partial(read_census, parsed=parsed), tasks)
    return [*share(tasks, jobs, partial(_read_unit, read=read_census))]


def _read_unit(unit: WorkUnit, _: Cluster, read: Callable[..., T]) -> list[T] | T:
    if unit.part:
        return read(unit.tasks[0], unit.part)
    return [read(task) for task in unit.tasks if not is_stopped()]


def _run_unit(unit: WorkUnit, cluster: Cluster, mode: RunOptions) -> list[FileReport] | PartReport:
    if unit.part is None:
        return [*_run_tasks(unit.tasks, mode, cluster)]
    if is_stopped():
        return PartReport()
    return judge_part(unit.part, unit.tasks[0], mode, cluster)


def _run_tasks(
    tasks: Iterable[Task], mode: RunOptions, cluster: Cluster, parsed: ParsedFiles | None = None
) -> Iterator[FileReport]:
    """The reports on files."""
    read = (
        (task, *_run_task(task, mode, cluster, parsed=parsed))
        for task in tasks
        if not is_stopped()
    )
    if mode.writes:
        yield from _written(read, mode, cluster)
    else:
        yield from (report._replace(text=None) for _, _, report in read)


def _run_task(
    task: Task,
    mode: RunOptions,
    cluster: Cluster,
    lint: Callable[[bytes, Task, RunOptions, Cluster], FileReport] = lint_file,
    parsed: ParsedFiles | None = None,
) -> tuple[bytes, FileReport]:
    """What a file holds, and the report on it."""
    try:
        data = read_input(task)
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        return b"", FileReport(task.path, error=what, text=b"")
    if parsed and (known := parsed.take(task.path, data)):
        return data, lint_whole(data, task, mode, cluster, known)
    return data, lint(data, task, mode, cluster)


def _written(
    read: Iterator[tuple[Task, bytes, FileReport]], mode: RunOptions, cluster: Cluster
) -> Iterator[FileReport]:
    """The reports on files once those that are repaired are written, some at a time.

    One that is not written is reported as it is.
    """
    from k8slint.lint.write import FileReplacement, replace_files

    for some in _groups(read):
        wanted = [
            FileReplacement(task.path, old, report.text)
            for task, old, report in some
            if report.text is not None and report.text != old
        ]
        with writing:
            problems = replace_files(wanted, mode.roots)
        for task, old, report in some:
            if reason := problems.get(task.path):
                report = lint_file(old, task, mode._replace(fix=False, ignores=False), cluster)
                undone = "nothing was written" if mode.ignores else "not fixed"
                report = report._replace(error=f"{undone}: {reason}")
            yield report._replace(text=None)


def _groups(
    read: Iterator[tuple[Task, bytes, FileReport]],
) -> Iterator[list[tuple[Task, bytes, FileReport]]]:
    """Some files at a time."""
    some: list[tuple[Task, bytes, FileReport]] = []
    size = 0
    for one in read:
        some.append(one)
        size += len(one[1])
        if len(some) == _WRITTEN_TOGETHER or size > _KEPT_BACK:
            yield some
            some, size = [], 0
    if some:
        yield some


def _are_more(tasks: Sequence[Task], above: int) -> bool:
    """Whether there are more bytes in files than that."""
    return any(size > above for size in accumulate(map(input_size, tasks)))
