"""The workers of a run: who shares files among them, and how they end."""

from __future__ import annotations

import gc
import os
from _thread import allocate_lock
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, groupby, islice
from operator import itemgetter

from k8slint.kubernetes.cluster import ALONE, Cluster
from k8slint.lint.task import Task
from k8slint.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.connection import Connection

    from k8slint.lint.units import Cutting, WorkUnit

# Batches and parts for each worker that are sent to it, that at which it is included.
_AHEAD = 2
# As many processes as Windows can wait for.
_MOST_WORKERS = 61
# Seconds until a worker ends that the main process has told to, whatever it is at.
_PATIENCE = 2.0


def share(
    tasks: Sequence[Task],
    jobs: int,
    work: Callable[[WorkUnit, Cluster], Any],
    cutting: Cutting | None = None,
    cluster: Cluster = ALONE,
) -> Iterator[Any]:
    """What work makes of each file, in their order, by workers where there is enough for two."""
    from k8slint.lint.units import WorkUnit, work_units

    jobs = min(jobs, _MOST_WORKERS)
    units = work_units(tasks, jobs, cutting)
    first = [*islice(units, jobs)]
    if len(first) < 2:
        yield from work(WorkUnit(tasks), cluster)
        return
    with _pool(jobs, len(first), cluster) as pool:
        done = _spread(pool, work, chain(first, units), jobs)
        for whole, found in groupby(done, key=itemgetter(0)):
            results = (one for _, one in found)
            if cutting and whole:
                yield cutting.join(whole, results)
            else:
                yield from chain.from_iterable(results)


def _spread(
    pool: ProcessPoolExecutor,
    work: Callable[[WorkUnit, Cluster], Any],
    units: Iterable[WorkUnit],
    jobs: int,
) -> Iterator[tuple[Task | None, Any]]:
    """What workers make of units, in their order, each with the file that it is a part of.

    No more are sent ahead than keep the workers busy: they hold bytes of long files.
    """
    from concurrent.futures import FIRST_COMPLETED, wait

    sent: deque[tuple[Task | None, Future[Any]]] = deque()
    waiting: set[Future[Any]] = set()
    for unit in units:
        if len(waiting) >= _AHEAD * jobs:
            _, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        whole = unit.tasks[0] if unit.part else None
        if whole:  # The part alone is sent.
            unit = unit._replace(tasks=(whole._replace(given=None),))
        waiting.add(future := pool.submit(_in_worker, work, unit))
        sent.append((whole, future))
        while sent and sent[0][1].done():
            whole, future = sent.popleft()
            yield whole, future.result()
    while sent:
        whole, future = sent.popleft()
        yield whole, future.result()


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
    import signal

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
    with writing:
        os._exit(1)


_cluster = ALONE
_is_stopped = False
# A worker that holds this does not end meanwhile. That of `threading` takes longer to import.
writing = allocate_lock()


def is_stopped() -> bool:
    """Whether this is a worker that is to end: nothing more is begun."""
    return _is_stopped


def _in_worker(work: Callable[[WorkUnit, Cluster], Any], unit: WorkUnit) -> Any:
    return work(unit, _cluster)
