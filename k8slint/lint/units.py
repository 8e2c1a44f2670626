"""What workers look at in one go: some files, or a part of a long one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from k8slint.lint.task import Task, input_size, read_input
from k8slint.manifest.stream import StreamPart, is_long, split_stream
from k8slint.records import NamedTuple
from k8slint.type_names import Any

# Files at a time, fewer where each worker would not get as many batches.
_BATCH = 200
_BATCHES_EACH = 8


class WorkUnit(NamedTuple):
    """What a worker looks at in one go: some files, or a `part` of one."""

    tasks: Sequence[Task]
    part: StreamPart | None = None


class Cutting(NamedTuple):
    """Which long files are looked at in parts, and how what is made of these is joined."""

    applies: Callable[[bytes, Task], bool]
    join: Callable[[Task, Iterable[Any]], Any]


def work_units(tasks: Sequence[Task], jobs: int, cutting: Cutting | None) -> Iterator[WorkUnit]:
    """Yield all there is to look at, in the order of the files."""
    size = min(_BATCH, len(tasks) // (_BATCHES_EACH * jobs) + 1)
    some: list[Task] = []
    for task in tasks:
        parts = _parts(task, cutting) if cutting and is_long(input_size(task)) else None
        if parts is None:
            some.append(task)
        if some and (parts or len(some) == size):
            yield WorkUnit(some)
            some = []
        yield from (WorkUnit((task,), part) for part in parts or ())
    if some:
        yield WorkUnit(some)


def _parts(task: Task, cutting: Cutting) -> Iterator[StreamPart] | None:
    """The parts of a long file, made as they are asked for; None where it stays whole."""
    try:
        data = read_input(task)
    except OSError:
        return None
    parts = split_stream(data)
    first = next(parts)
    is_cut = len(first.data) < len(data) and cutting.applies(data, task)
    return chain((first,), parts) if is_cut else None
