"""Unified diffs of texts that differ in few places.

`difflib` takes a quarter of a minute for a manifest of 2 MB, whose lines repeat so often. Repairs
are small, so the lines that two texts have in common again are near, and only what lies between is
left to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import count
from typing import NamedTuple

from k8slint.outside.terminal import quoted

# So many equal lines end a difference.
_ENOUGH = 3


class _Change(NamedTuple):
    """Lines `start` to `end` of the old text are replaced by others of the new one."""

    start: int
    end: int
    new_start: int
    new_end: int


def unified_diff(name: str, old: str, new: str, context: int = 3) -> str:
    """A diff that `patch -p0` and `git apply -p0` take; empty where nothing changed.

    A name that is not plain is quoted as git quotes it, so that none can end its line. Without
    lines of `context`, git wants to be told (`--unidiff-zero`).
    """
    if old == new:
        return ""
    label = f"{quoted(name)}\t" if " " in name else quoted(name)
    before, after = _lines(old), _lines(new)
    hunks = _hunks([*_changes(before, after)], context)
    body = (line for hunk in hunks for line in _written(hunk, before, after, context))
    return "".join([f"--- {label}\n+++ {label}\n", *body])


def _lines(text: str) -> list[str]:
    """Lines with their line feed; `str.splitlines` would also split at other breaks."""
    *whole, rest = text.split("\n")
    return [f"{line}\n" for line in whole] + ([rest] if rest else [])


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[_Change]:
    at = new_at = 0
    while at < len(before) or new_at < len(after):
        if before[at : at + 1] == after[new_at : new_at + 1]:
            at, new_at = at + 1, new_at + 1
            continue
        end, new_end = _together_again(before, at, after, new_at)
        stretch = SequenceMatcher(None, before[at:end], after[new_at:new_end], autojunk=False)
        for tag, *lines in stretch.get_opcodes():
            if tag != "equal":
                yield _Change(at + lines[0], at + lines[1], new_at + lines[2], new_at + lines[3])
        at, new_at = end, new_end


def _together_again(
    before: Sequence[str], at: int, after: Sequence[str], new_at: int
) -> tuple[int, int]:
    """The nearest places from which both go on with the same lines, or end."""
    for distance in count(1):
        for skipped in range(distance + 1):
            end, new_end = at + skipped, new_at + distance - skipped
            if end > len(before) or new_end > len(after):
                continue
            if before[end : end + _ENOUGH] == after[new_end : new_end + _ENOUGH]:
                return end, new_end
    raise AssertionError("two texts end together at the latest")


def _hunks(changes: Sequence[_Change], context: int) -> Iterator[list[_Change]]:
    """Changes grouped where their context would overlap."""
    hunk: list[_Change] = []
    for change in changes:
        if hunk and change.start - hunk[-1].end > 2 * context:
            yield hunk
            hunk = []
        hunk.append(change)
    yield hunk


def _written(
    hunk: Sequence[_Change], before: Sequence[str], after: Sequence[str], context: int
) -> Iterator[str]:
    first, last = hunk[0], hunk[-1]
    lead = min(context, first.start)
    tail = min(context, len(before) - last.end)
    old_range = _range(first.start - lead, last.end + tail)
    new_range = _range(first.new_start - lead, last.new_end + tail)
    yield f"@@ -{old_range} +{new_range} @@\n"
    at = first.start - lead
    for change in hunk:
        yield from _marked(" ", before[at : change.start])
        yield from _marked("-", before[change.start : change.end])
        yield from _marked("+", after[change.new_start : change.new_end])
        at = change.end
    yield from _marked(" ", before[at : at + tail])


def _range(start: int, end: int) -> str:
    """Lines as a hunk's head counts them: from 1, and an empty stretch by the line before it."""
    length = end - start
    if length == 1:
        return f"{start + 1}"
    return f"{start + 1 if length else start},{length}"


def _marked(sign: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield f"{sign}{line}"
        if not line.endswith("\n"):
            yield "\n\\ No newline at end of file\n"
