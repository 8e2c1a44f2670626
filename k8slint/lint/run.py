"""A whole run: files in, reports out, in the same order whatever the number of workers."""

from __future__ import annotations

import gc
import os
import signal
from _thread import allocate_lock
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

from k8slint.kubernetes.cluster import ALONE, Cluster
from k8slint.lint.judge import blank_report, lint_file
from k8slint.lint.reports import FileReport
from k8slint.lint.scope import scope_for
from k8slint.lint.survey import (
    ANY_FACTS,
    FileFacts,
    build_cluster,
    collect_facts,
    is_worth_linting,
    read_facts,
)
from k8slint.lint.task import NO_CONTEXT, Context, RunOptions, Task, display_path, read_input

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.connection import Connection

    from k8slint.lint.rendered.beside import Rendered
    from k8slint.lint.rendered.recipes import Recipes

T = TypeVar("T")

# Below this many bytes to read, starting workers costs more than they save (`make bench`).
POOL_ABOVE = 2_000_000
# To repair files that need it costs several times as much; where none does, 0.05 s are lost.
_FIX_POOL_ABOVE = 300_000
_SURVEY_POOL_ABOVE = 12_000_000
# Files at a time, fewer where each worker would not get as many batches.
_BATCH = 200
_BATCHES_EACH = 8
# So many repaired files are kept back to be written together, fewer of those that take memory.
_WRITTEN_TOGETHER = 64
_KEPT_BACK = 100_000
# As many processes as Windows can wait for.
_MOST_WORKERS = 61
# Seconds until a worker ends that the main process has told to, whatever it is at.
_PATIENCE = 2.0


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
    surveyed, cluster = survey_files(tasks, jobs, around)
    rendered: Rendered | None = None
    if recipes:
        from k8slint.lint.rendered.run import run_rendered

        rendered = run_rendered(recipes, tasks, mode, jobs, surveyed, around)
    worth = [
        task
        for task, facts in zip(tasks, surveyed, strict=False)
        if not (rendered and rendered.whole(task.path)) and is_worth_linting(task, facts)
    ]
    above = min(POOL_ABOVE, _FIX_POOL_ABOVE) if mode.changes else POOL_ABOVE
    if jobs < 2 or not _pays(worth, above):
        found = _run_tasks(worth, mode, cluster)
        yield from _in_order(tasks, found, cluster, rendered)
        return
    batches = _batches(worth, jobs)
    with _pool(jobs, len(batches), cluster) as pool:
        done = pool.map(_run_batch, batches, [mode] * len(batches))
        found = (report for reports in done for report in reports)
        yield from _in_order(tasks, found, cluster, rendered)


def survey_files(
    tasks: Sequence[Task], jobs: int, around: Context
) -> tuple[Sequence[FileFacts], Cluster]:
    """Return what all files say, in the order of the tasks, and how that joins."""
    joins = any(scope_for(settings).joins for settings in {task.settings for task in tasks})
    if not joins:
        return [ANY_FACTS] * len(tasks), ALONE
    every = [*tasks, *around.context]
    surveyed = _survey(every, jobs, read_facts)
    cluster = build_cluster(surveyed, is_complete=around.is_complete)
    if _counts_pods(tasks, cluster):
        from k8slint.lint.census import may_be_whole, read_census

        if cluster.has_budget_of_all or may_be_whole(every):
            cluster = cluster.counting(_survey(every, jobs, read_census))
    return surveyed, cluster


def _counts_pods(tasks: Iterable[Task], cluster: Cluster) -> bool:
    """Whether a rule looks at which pods there are, and all of them are known."""
    settings = {task.settings for task in tasks}
    return cluster.can_count and any(scope_for(one).counts_pods for one in settings)


def run_bytes(
    data: bytes, task: Task, mode: RunOptions, around: Context = NO_CONTEXT
) -> FileReport:
    """Lint, or fix, what came in on standard input; `text` is what it is to be replaced by."""
    cluster = ALONE
    scope = scope_for(task.settings)
    if scope.joins:
        own = collect_facts(data, display_path(task.path), scope.kinds, task.kustomized)
        found = [own, *map(read_facts, around.context)]
        cluster = build_cluster(found, is_complete=around.is_complete)
        if _counts_pods([task], cluster):
            from k8slint.lint.census import read_census

            every = [task._replace(given=data), *around.context]
            cluster = cluster.counting([*map(read_census, every)])
    return lint_file(data, task, mode, cluster)


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


def _survey(tasks: Sequence[Task], jobs: int, read: Callable[[Task], T]) -> list[T]:
    """What all files say, read before any of them is linted."""
    if jobs < 2 or not _pays(tasks, _SURVEY_POOL_ABOVE):
        return [*map(read, tasks)]
    batches = _batches(tasks, jobs)
    with _pool(jobs, len(batches)) as pool:
        done = pool.map(_read_batch, batches, [read] * len(batches))
        return [one for batch in done for one in batch]


@contextmanager
def _pool(jobs: int, batches: int, cluster: Cluster = ALONE) -> Iterator[ProcessPoolExecutor]:
    """Workers. Where the run ends early, each ends with the file it is at; alone, none goes on."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import Pipe

    from k8slint.outside.programs import importing_nothing_here

    told, tell = Pipe(duplex=False)
    workers = min(jobs, batches, _MOST_WORKERS)
    with (
        importing_nothing_here(),
        told,
        tell,
        ProcessPoolExecutor(
            workers, initializer=_start_worker, initargs=(cluster, told, tell)
        ) as pool,
    ):
        try:
            yield pool
        except BaseException:
            tell.close()
            raise


def _start_worker(cluster: Cluster, told: Connection, tell: Connection) -> None:
    """Every batch of a worker is about one cluster, which is sent only once."""
    global _cluster  # noqa: PLW0603 - there is no other way into a worker
    gc.disable()
    # They reach all processes of a terminal or job, and are for the first one to deal with: a
    # worker that ends while it answers leaves half an answer, for which that one waits forever.
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    from threading import Thread

    _cluster = cluster
    tell.close()
    Thread(target=_end_with, args=(told,), daemon=True).start()


def _end_with(told: Connection) -> None:
    """End this worker once the other end of a pipe is closed: at once where its owner is gone."""
    global _is_stopped  # noqa: PLW0603 - the main thread of a worker looks at it
    from multiprocessing import parent_process

    with suppress(EOFError, OSError):
        told.recv_bytes()
    _is_stopped = True
    if main := parent_process():
        main.join(_PATIENCE)
    with _writing:
        os._exit(1)


_cluster = ALONE
_is_stopped = False
_writing = allocate_lock()  # That of `threading`, whose import takes longer.


def _read_batch(tasks: Sequence[Task], read: Callable[[Task], T]) -> list[T]:
    return [read(task) for task in tasks if not _is_stopped]


def _run_batch(tasks: Sequence[Task], mode: RunOptions) -> list[FileReport]:
    return [*_run_tasks(tasks, mode, _cluster)]


def _run_tasks(tasks: Sequence[Task], mode: RunOptions, cluster: Cluster) -> Iterator[FileReport]:
    """The reports on files."""
    read = ((task, *_run_task(task, mode, cluster)) for task in tasks if not _is_stopped)
    if mode.writes:
        yield from _written(read, mode, cluster)
    else:
        yield from (report._replace(text=None) for _, _, report in read)


def _run_task(task: Task, mode: RunOptions, cluster: Cluster) -> tuple[bytes, FileReport]:
    """What a file holds, and the report on it."""
    try:
        data = read_input(task)
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        return b"", FileReport(task.path, error=what, text=b"")
    return data, lint_file(data, task, mode, cluster)


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
        with _writing:
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


def _pays(tasks: Sequence[Task], above: int) -> bool:
    """Whether there are several files, and more bytes in them than that."""
    sizes = accumulate(_size(task.path) for task in tasks)
    return len(tasks) > 1 and any(size > above for size in sizes)


def _batches(tasks: Sequence[Task], jobs: int) -> list[Sequence[Task]]:
    size = min(_BATCH, len(tasks) // (_BATCHES_EACH * jobs) + 1)
    return [tasks[at : at + size] for at in range(0, len(tasks), size)]


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except OSError:
        return 0
