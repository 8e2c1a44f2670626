"""Findings of a document that cannot be read at the moment: the last ones stay, marked as old."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.findings import SYNTAX_ERROR
from k8slint.lint.reading import Template, UnreadableDocument, chunks_of, read_chunk
from k8slint.lint.reports import FileReport
from k8slint.lint.scope import scope_for
from k8slint.lint.task import Task
from k8slint.manifest.source import Location, Source
from k8slint.records import NamedTuple

_NOTE = "as of the last text that could be read"


class Shown(NamedTuple):
    """What an editor was shown of a text: `found` of it, and `old` of an earlier one."""

    text: str
    found: tuple[Diagnostic, ...]
    old: tuple[Diagnostic, ...] = ()


def show_again(before: Shown | None, text: str, report: FileReport, task: Task) -> Shown:
    """Return what to show of a text: what is found, and what was found where nothing is read."""
    shown = Shown(text, report.diagnoses)
    if before is None or not (before.found or before.old) or not may_be_broken(report):
        return shown
    broken = [*_unreadable_lines(text, task)]
    if not broken:
        return shown
    moves = _Moves(before.text, text)
    kept = (moves.move(one) for one in (*before.found, *before.old) if one.code != SYNTAX_ERROR)
    old = (one for one in kept if any(one.at.line in lines for lines in broken))
    return shown._replace(old=tuple(_mark_old(old)))


def may_be_broken(report: FileReport) -> bool:
    """Whether something in a file may not have been read."""
    return bool(report.skipped) or any(one.code == SYNTAX_ERROR for one in report.diagnoses)


def _unreadable_lines(text: str, task: Task) -> Iterator[range]:
    """Yield the lines of each document that cannot be read."""
    source = Source(task.path, text.removeprefix("\ufeff"))
    for chunk in chunks_of(source, scope_for(task.settings).kinds):
        if any(
            isinstance(one, (UnreadableDocument, Template)) for one in read_chunk(source, chunk)
        ):
            first, _ = source.position(chunk.start)
            last, _ = source.position(chunk.start + len(chunk.text))
            yield range(first, last + 1)


def _mark_old(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield findings that say that they are old; nothing can be repaired by them."""
    for one in found:
        message = one.message if one.message.endswith(_NOTE) else f"{one.message}; {_NOTE}"
        yield one._replace(message=message, fix=None)


class _Moves:
    """Where lines of one text are in a later one: those above and below what has changed."""

    def __init__(self, before: str, after: str) -> None:
        old, new = before.split("\n"), after.split("\n")
        self.count = len(new)
        self.above = _common(old, new)
        rest = min(len(old), len(new)) - self.above
        self.below = min(rest, _common(old[::-1], new[::-1]))
        self.last_unmoved = len(old) - self.below
        self.shift = len(new) - len(old)

    def move(self, one: Diagnostic) -> Diagnostic:
        path = one.at.path

        def moved(place: Location) -> Location:
            return self._move(place) if place.path == path else place

        return one._replace(
            at=moved(one.at),
            because=moved(one.because) if one.because else None,
            chain=tuple(map(moved, one.chain)),
        )

    def _move(self, place: Location) -> Location:
        return place._replace(line=self._line(place.line), end_line=self._line(place.end_line))

    def _line(self, line: int) -> int:
        if line <= self.above:
            return line
        if line > self.last_unmoved:
            return line + self.shift
        return max(1, min(line, self.count - self.below))


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
