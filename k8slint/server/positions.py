"""Positions as editors count them: lines and columns from 0, columns in units of an encoding."""

from __future__ import annotations

import re
from bisect import bisect_right

from lsprotocol.types import Position, Range

from k8slint.manifest.source import Stretching
from k8slint.records import NamedTuple

_BOM = "\ufeff"
# A CR alone ends a line for an editor, and for k8slint it does not.
_LINE_ENDS = re.compile("\r\n|\n|\r")


class Splice(NamedTuple):
    """Replace what stands between two offsets by `content`."""

    start: int
    end: int
    content: str


class EditorText:
    """A text with its lines, as an editor that counts in `encoding` has it."""

    def __init__(self, text: str, encoding: str) -> None:
        self.text = text
        self.encoding = encoding
        self._starts = [0, *(match.end() for match in _LINE_ENDS.finditer(text))]
        # Places in the text that k8slint reads count from after the byte order mark.
        self.skipped = int(text.startswith(_BOM))
        has_same_lines = "\r" not in text.replace("\r\n", "")
        self._own_starts = (
            self._starts
            if has_same_lines
            else [0, *(match.end() for match in re.finditer("\n", text))]
        )

    @property
    def data(self) -> bytes:
        """The bytes to be linted; half of a surrogate pair, which no file can hold, is `?`."""
        return self.text.encode("utf-8", "replace")

    def offset(self, position: Position) -> int:
        """Return the offset of a position; one after the end of a line is that end."""
        if position.line >= len(self._starts):
            return len(self.text)
        start = self._starts[position.line]
        line = self.line(position.line)
        return start + _code_points(line, position.character, self.encoding)

    def line(self, number: int) -> str:
        """Return a line, counted from 0, without its end; empty for one after the last."""
        if number >= len(self._starts):
            return ""
        start = self._starts[number]
        is_last = number + 1 == len(self._starts)
        end = len(self.text) if is_last else self._starts[number + 1]
        return self.text[start:end].rstrip("\r\n")

    def position(self, offset: int) -> Position:
        """Return the position of an offset."""
        line = bisect_right(self._starts, offset) - 1
        before = self.text[self._starts[line] : offset]
        return Position(line, _units(before, self.encoding))

    def column(self, position: Position) -> tuple[int, int]:
        """Return the line of a position, and how many code points are before it there."""
        offset = self.offset(position)
        line = self.position(offset).line
        return line, offset - self._starts[line]

    def own_offset(self, line: int, column: int) -> int:
        """Return the offset of a line and column as k8slint counts them; 0 without a line."""
        if not line:
            return 0
        number = min(line, len(self._own_starts)) - 1
        start = self._own_starts[number]
        is_last = number + 1 == len(self._own_starts)
        end = len(self.text) if is_last else self._own_starts[number + 1] - 1
        shift = self.skipped if number == 0 else 0
        return min(start + shift + column - 1, max(end, start))

    def own_place(self, offset: int) -> int:
        """Return the offset that k8slint has for one in this text."""
        return max(offset - self.skipped, 0)

    def locate(self, place: Stretching) -> Range:
        """Return the range of what k8slint found."""
        return self.range_of(
            self.own_offset(place.line, place.column),
            self.own_offset(place.end_line, place.end_column),
        )

    def range_of(self, start: int, end: int) -> Range:
        return Range(self.position(start), self.position(end))

    def changed(self, at: Range | None, content: str) -> EditorText:
        """Return the text with a range replaced, or all of it."""
        if at is None:
            return EditorText(content, self.encoding)
        start, end = self.offset(at.start), self.offset(at.end)
        text = f"{self.text[:start]}{content}{self.text[max(start, end) :]}"
        return EditorText(text, self.encoding)


def _units(text: str, encoding: str) -> int:
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _code_points(line: str, units: int, encoding: str) -> int:
    """How many code points of a line are so many units, at most all; a half counts as none."""
    if encoding == "utf-32" or line.isascii():
        return min(units, len(line))
    counts = range(len(line) + 1)
    return bisect_right(counts, units, key=lambda count: _units(line[:count], encoding)) - 1
