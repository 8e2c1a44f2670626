"""Add measured stops to a file of measured drains, which people review and may comment.

A row keeps how many stops took how long, so that median and p99 of several runs are those of all
their stops. Times are rounded up to 0.1 s, and neighbours are counted as the longer of the two
where a row would hold more than `MOST_TIMES`: no figure is ever too short, and the longest is
exact.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from k8slint.errors import UsageError
from k8slint.images.name import is_plain
from k8slint.lint.write import (
    FileReplacement,
    NotWritten,
    check_writable,
    replace_files,
    write_report,
)
from k8slint.measure.drains.file import DrainsFile, parse_drains
from k8slint.measure.drains.text import identity_of, render_drains
from k8slint.outside.files import DRAINS_LIMIT, FileRefused, read_bytes
from k8slint.outside.terminal import LONGEST_NAME, clipped, echoed
from k8slint.records import NamedTuple
from k8slint.shutdown.measured import MeasuredDrain

MOST_TIMES = 24
# A deployment a day would otherwise add a row a day; rolling back needs the last ones.
MOST_IMAGES = 3


class MeasuredStop(NamedTuple):
    """One stop of one container.

    `workload` is a `workload_key`, `image` an `image_key`, both of `shutdown/measured.py`; `by` is
    `observe` or `drill`, and `day` the day of the stop in UTC, such as 2026-11-20. `seconds` is
    the time from the stop signal to the end of the container, without the preStop hook; where the
    length of the hook is not known, `covers_hook` is set and the time is that from the start of
    the hook. `killed` tells that SIGKILL ended it, so that it would have taken longer.
    """

    workload: str
    container: str
    image: str
    by: str
    day: str
    seconds: float
    killed: bool = False
    covers_hook: bool = False


class DrainsWritten(NamedTuple):
    """The rows that were added or changed in a file, and those of old images that were dropped."""

    changed: tuple[MeasuredDrain, ...] = ()
    dropped: tuple[MeasuredDrain, ...] = ()


def write_drains(path: str, stops: Iterable[MeasuredStop]) -> DrainsWritten:
    """Add stops to a file of measured drains, which may be empty or not be there yet.

    Stops of the same workload, container, image and `by` are added to one row. Of each container,
    the rows of the three images that were measured last are kept. The file is replaced whole or
    not at all, and left alone where there are no stops. Raises UsageError, which names the file,
    for one that is not such a file, that changes meanwhile or that cannot be written.
    """
    stops = [*stops]
    for stop in stops:
        if not is_plain(stop.image):
            what = f"{stop.workload} runs {echoed(stop.image)}, which is not the name of an image"
            raise _unwritten(path, f"{what}, and no row can be about it")
    target = os.path.realpath(path)
    data = _read(path, target) if os.path.lexists(target) else None
    old = _parse(data or b"", path)
    before = old.rows if old else ()
    every, written = merge_stops(before, stops)
    if not written.changed:
        return written
    text = render_drains(every, old).encode()
    again = parse_drains(text, path).rows
    assert [_unplaced(row) for row in again] == [_unplaced(row) for row in every]
    _store(path, target, data, text)
    return written


def check_drains(path: str) -> None:
    """Look whether stops can be added to a file, before the work for it is done.

    Raises UsageError, as write_drains does.
    """
    target = os.path.realpath(path)
    if os.path.lexists(target):
        _parse(_read(path, target), path)
    try:
        check_writable(target)
    except NotWritten as error:
        raise _unwritten(path, error) from None


def _parse(data: bytes, path: str) -> DrainsFile | None:
    return parse_drains(data, path) if data.strip() else None


def merge_stops(
    rows: Iterable[MeasuredDrain], stops: Iterable[MeasuredStop]
) -> tuple[list[MeasuredDrain], DrainsWritten]:
    """Return the rows with some stops added, in order, and what changed."""
    found = {identity_of(row): row for row in rows}
    changed = {}
    for key, group in groupby(sorted(stops, key=_row_of), key=_row_of):
        changed[key] = _with_stops(found.get(key), key, [*group])
    found |= changed
    kept = _kept(found.values(), {*changed.values()})
    dropped = [row for row in found.values() if row not in kept]
    for row in dropped:
        found.pop(identity_of(row))
        changed.pop(identity_of(row), None)
    written = DrainsWritten(tuple(changed.values()), tuple(dropped))
    return [found[key] for key in sorted(found)], written


def _row_of(stop: MeasuredStop) -> tuple[str, str, str, str, bool]:
    return stop.workload, stop.container, stop.image, stop.by, stop.covers_hook


def _with_stops(
    old: MeasuredDrain | None, key: tuple[str, str, str, str, bool], stops: Sequence[MeasuredStop]
) -> MeasuredDrain:
    """Return a row with more stops; without `old`, it is a new one."""
    took = Counter(_round(max(stop.seconds, 0)) for stop in stops)
    days = [stop.day for stop in stops]
    killed = sum(stop.killed for stop in stops)
    count = len(stops)
    longest = max(took)
    times: Counter[float] | None = took
    if old:
        # A row that somebody wrote may not say how long each stop took.
        before = Counter({_round(time): number for time, number in old.times})
        times = took + before if before else None
        days += [old.first, old.until]
        killed += old.killed
        count += old.stops
        longest = max(longest, _round(old.longest))
    workload, container, image, by, covers_hook = key
    return MeasuredDrain(
        workload,
        container,
        image,
        by,
        count,
        min(days),
        max(days),
        longest,
        killed,
        covers_hook,
        _quantile(times, 0.5) if times else None,
        _quantile(times, 0.99) if times else None,
        _coarse(times) if times else (),
    )


def _round(seconds: float) -> float:
    """Return a time in tenths of a second, rounded up but for what floats add."""
    return math.ceil(round(seconds * 10, 6)) / 10


def _quantile(times: Mapping[float, int], part: float) -> float:
    """Return the shortest of some times that is as long as a part of them at least."""
    rank = math.ceil(part * sum(times.values()))
    for time, count in sorted(times.items()):
        rank -= count
        if rank <= 0:
            return time
    raise AssertionError("a part is between 0 and 1")


def _coarse(times: Mapping[float, int]) -> tuple[tuple[float, int], ...]:
    """Return at most MOST_TIMES of some times, neighbours that are alike as the longer one."""
    left = sorted(times.items())
    while len(left) > MOST_TIMES:
        pairs = range(len(left) - 1)
        first = min(pairs, key=lambda index: left[index + 1][0] / max(left[index][0], 0.1))
        (_, count), (time, more) = left[first : first + 2]
        left[first : first + 2] = [(time, count + more)]
    return tuple(left)


def _kept(rows: Iterable[MeasuredDrain], changed: Container[MeasuredDrain]) -> set[MeasuredDrain]:
    """Return the rows without those of images that were measured long before others."""
    newest: dict[tuple[str, str, str, bool], list[MeasuredDrain]] = {}
    for row in sorted(rows, key=lambda row: (row in changed, row.until), reverse=True):
        key = row.workload, row.container, row.by, row.covers_hook
        newest.setdefault(key, []).append(row)
    return {row for found in newest.values() for row in found[:MOST_IMAGES]}


def _unplaced(row: MeasuredDrain) -> MeasuredDrain:
    return row._replace(place="")


def _read(path: str, target: str) -> bytes:
    try:
        return read_bytes(target, DRAINS_LIMIT)
    except OSError as error:
        why = error if isinstance(error, FileRefused) else error.strerror or error
        raise UsageError(f"{clipped(path, LONGEST_NAME)}: cannot be read: {why}") from None


def _store(path: str, target: str, old: bytes | None, new: bytes) -> None:
    try:
        if old is None:
            check_writable(target)
            write_report(target, new)
            return
    except NotWritten as error:
        raise _unwritten(path, error) from None
    wanted = [FileReplacement(target, old, new)]
    if reason := replace_files(wanted, [str(Path(target).parent)]).get(target):
        raise _unwritten(path, reason)


def _unwritten(path: str, why: object) -> UsageError:
    return UsageError(f"{clipped(path, LONGEST_NAME)}: cannot be written: {why}")
