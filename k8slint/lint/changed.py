"""Which lines of two texts differ, found in linear time.

`difflib` takes a quarter of a minute for a manifest of 2 MB, whose lines repeat so often. Repairs
are small, so the lines that two texts have in common again are near, and only what lies between is
left to it, or is cut at lines that either text has once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from k8slint.lazy import cached_property
from k8slint.records import NamedTuple

# So many equal lines end a difference.
_ENOUGH = 3
# Of so many lines times lines at most each is compared with each.
_SMALL = 40_000


class LineChange(NamedTuple):
    """Lines `start` to `end` of the old text are replaced by others of the new one."""

    start: int
    end: int
    new_start: int
    new_end: int

    def shifted(self, by: int, new_by: int) -> LineChange:
        return LineChange(
            self.start + by, self.end + by, self.new_start + new_by, self.new_end + new_by
        )


class Changes:
    """The changes that make other lines of some, in their order."""

    def __init__(self, before: Sequence[str], after: Sequence[str]) -> None:
        self.before = before
        self.after = after

    def __iter__(self) -> Iterator[LineChange]:
        at = new_at = 0
        while at < len(self.before) or new_at < len(self.after):
            if self.before[at : at + 1] == self.after[new_at : new_at + 1]:
                at, new_at = at + 1, new_at + 1
                continue
            end, new_end = self._together_again(at, new_at)
            for change in _between(self.before[at:end], self.after[new_at:new_end]):
                yield change.shifted(at, new_at)
            at, new_at = end, new_end

    def _together_again(self, at: int, new_at: int) -> tuple[int, int]:
        """The nearest places from which both go on with the same lines, or end."""
        nearest = len(self.before) - at, len(self.after) - new_at
        skipped = 0
        while skipped < sum(nearest):
            end = at + skipped
            places = self._places.get(tuple(self.before[end : end + _ENOUGH]), [])
            number = bisect_left(places, new_at)
            if number < len(places) and skipped + places[number] - new_at < sum(nearest):
                nearest = skipped, places[number] - new_at
            skipped += 1
        return at + nearest[0], new_at + nearest[1]

    @cached_property
    def _places(self) -> dict[tuple[str, ...], list[int]]:
        """Where in the new text some lines follow each other; at its end fewer, or none."""
        places: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number in range(len(self.after) + 1):
            places[tuple(self.after[number : number + _ENOUGH])].append(number)
        return places


def _between(before: Sequence[str], after: Sequence[str]) -> Iterator[LineChange]:
    """The changes in lines that have few in common."""
    waiting = [LineChange(0, len(before), 0, len(after))]
    while waiting:
        part = waiting.pop()
        old, new = before[part.start : part.end], after[part.new_start : part.new_end]
        if not old or not new or len(old) == len(new) == 1:
            if old != new:
                yield part
        elif len(old) * len(new) <= _SMALL:
            # Most repairs add lines, or change one.
            from difflib import SequenceMatcher

            matcher = SequenceMatcher(None, old, new, autojunk=False)
            for tag, *lines in matcher.get_opcodes():
                if tag != "equal":
                    yield LineChange(*lines).shifted(part.start, part.new_start)
        elif parts := [*_parts(old, new)]:
            waiting += (one.shifted(part.start, part.new_start) for one in reversed(parts))
        else:
            yield part


def _parts(old: Sequence[str], new: Sequence[str]) -> Iterator[LineChange]:
    """What lies between the lines that either text has once; nothing where there are none."""
    places = {line: number for number, line in enumerate(new)}
    in_old, in_new = Counter(old), Counter(new)
    common = [
        (number, places[line])
        for number, line in enumerate(old)
        if in_old[line] == in_new[line] == 1
    ]
    start = new_start = 0
    for number, place in _in_order(common):
        yield LineChange(start, number, new_start, place)
        start, new_start = number + 1, place + 1
    if start:
        yield LineChange(start, len(old), new_start, len(new))


def _in_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most pairs of which both numbers grow: the longest rising subsequence."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [index]
        before.append(last[length - 1] if length else -1)
    found = []
    index = last[-1] if last else -1
    while index >= 0:
        found.append(pairs[index])
        index = before[index]
    return found[::-1]
