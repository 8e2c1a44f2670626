"""Unified diffs, as `patch` and git take them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from k8slint.lint.changed import Changes, LineChange
from k8slint.outside.terminal import quoted


def unified_diff(name: str, old: str, new: str, context: int = 3) -> str:
    """A diff that `patch -p0` and `git apply -p0` take; empty where nothing changed.

    A name that is not plain is quoted as git quotes it, so that none can end its line. Without
    lines of `context`, git wants to be told (`--unidiff-zero`).
    """
    if old == new:
        return ""
    label = f"{quoted(name)}\t" if " " in name else quoted(name)
    before, after = _lines(old), _lines(new)
    hunks = _hunks([*Changes(before, after)], context)
    body = (line for hunk in hunks for line in _written(hunk, before, after, context))
    return "".join([f"--- {label}\n+++ {label}\n", *body])


def _lines(text: str) -> list[str]:
    """Lines with their line feed; `str.splitlines` would also split at other breaks."""
    *whole, rest = text.split("\n")
    return [f"{line}\n" for line in whole] + ([rest] if rest else [])


def _hunks(changes: Sequence[LineChange], context: int) -> Iterator[list[LineChange]]:
    """Changes grouped where their context would overlap."""
    hunk: list[LineChange] = []
    for change in changes:
        if hunk and change.start - hunk[-1].end > 2 * context:
            yield hunk
            hunk = []
        hunk.append(change)
    yield hunk


def _written(
    hunk: Sequence[LineChange], before: Sequence[str], after: Sequence[str], context: int
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
