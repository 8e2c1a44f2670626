"""A file's bytes as text, and where in it a position is."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_BOM = "\ufeff"
_EXOTIC_BREAKS = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF32_BE = b"\x00\x00\xfe\xff"


class NotText(Exception):
    """The bytes are no UTF-8 text; `offset` is that of the first bad byte."""

    def __init__(self, reason: str, offset: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class Location(NamedTuple):
    """A stretch of a file, lines and columns counted from 1, with the text of its first line."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    label: str = ""


@dataclass(eq=False, repr=False)
class Source:
    """A text with a name to report it by; offsets count code points after the byte order mark."""

    name: str
    text: str
    bom: bool = False

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """One line by its number, without its line end."""
        starts = self._line_starts
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def locate(self, span: tuple[int, int], label: str = "") -> Location:
        """Where a stretch between two offsets is, with what it says about a finding."""
        line, column = self.position(span[0])
        end_line, end_column = self.position(span[1])
        return Location(self.name, line, column, end_line, end_column, self.line(line), label)

    def encode(self, text: str) -> bytes:
        """Another text in this file's encoding."""
        return ((_BOM if self.bom else "") + text).encode()


def decode(data: bytes, name: str) -> Source:
    """Read bytes as UTF-8, with or without a byte order mark.

    Raises NotText for any other encoding.
    """
    if data.startswith((*UTF16, _UTF32_BE)):
        raise NotText("the file is UTF-16 or UTF-32")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        bad = data[error.start]
        raise NotText(f"byte 0x{bad:02x} is not valid UTF-8", error.start) from None
    if text.startswith(_BOM):
        return Source(name, text[1:], bom=True)
    return Source(name, text)


def exotic_break(text: str) -> int | None:
    """Offset of the first line break other than LF and CRLF, on which tools disagree."""
    match = _EXOTIC_BREAKS.search(text)
    return match.start() if match else None
