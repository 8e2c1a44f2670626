"""A file's bytes as text, and where in it a position is."""

import re
from collections.abc import Sequence

from k8slint.lazy import cached_property
from k8slint.records import NamedTuple
from k8slint.type_names import Literal, Protocol, TypeAlias

Encoding: TypeAlias = Literal["utf-8", "utf-16"]

_BOM = "\ufeff"
_EXOTIC_BREAKS = "\r(?!\n)|[\x85\u2028\u2029]"
UTF16_BE = b"\xfe\xff"
UTF16 = (b"\xff\xfe", UTF16_BE)
_UTF32_BE = b"\x00\x00\xfe\xff"
_WIDE_MARKS = (*UTF16, _UTF32_BE)
# Of a line as long as a file, this much before and after a place is enough to show it.
_NEAR = 500

# Once places were counted through the text four times, and through this much more, all lines are
# found: in half a megabyte, that takes as long as to count them 10 times.
_FAR = 2_000_000


class NotText(Exception):
    """The bytes are no UTF-8 text; `offset` is that of the first bad byte."""

    def __init__(self, reason: str, offset: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class Location(NamedTuple):
    """A stretch of a file, lines and columns counted from 1, with the text of its first line.

    Of a very long line the text is what is near; `cut` characters are missing before it. Without
    a line (0) it is somewhere in the file.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    label: str = ""
    cut: int = 0

    @property
    def place(self) -> str:
        """The path, with line and column if they are known."""
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class Stretch(NamedTuple):
    """Where something starts and ends, lines and columns counted from 1."""

    line: int
    column: int
    end_line: int
    end_column: int


class Stretching(Protocol):
    """What has a start and an end, its columns counted in code points."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def end_line(self) -> int: ...
    @property
    def end_column(self) -> int: ...


class Source:
    """A text with a name to report it by; offsets count code points after the byte order mark.

    Where it is a part of a stream, `above` is the number of lines above it, and `below` the line
    that comes next.
    """

    def __init__(
        self, name: str, text: str, *, bom: bool = False, above: int = 0, below: str = ""
    ) -> None:
        self.name = name
        self.text = text
        self.bom = bom
        self.above = above
        self.below = below
        # The place that was asked for last: its offset, the line breaks above it, where its line
        # begins. Then how far places were from each other; once that is far, all lines are found.
        self._seen = 0, 0, 0
        self._walked = 0

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        breaks, start = self._line_of(offset)
        return self.above + breaks + 1, offset - start + 1

    def line(self, offset: int) -> str:
        """The line of an offset, without its line end."""
        _, start = self._line_of(offset)
        if start == len(self.text):
            return self.below
        end = self.text.find("\n", offset)
        return self.text[start : len(self.text) if end < 0 else end].rstrip("\r\n")

    def count_columns(self, place: Stretching, encoding: Encoding) -> Stretch:
        """A place in the text with its columns in code units of an encoding, as editors count.

        The byte order mark is no part of the first line.
        """
        return Stretch(
            place.line,
            self._count(place.line, place.column, encoding),
            place.end_line,
            self._count(place.end_line, place.end_column, encoding),
        )

    def _count(self, line: int, column: int, encoding: Encoding) -> int:
        breaks = line - self.above - 1
        start = self._line_starts[breaks - 1] if breaks else 0
        before = self.text[start : start + column - 1]
        if before.isascii():
            return column
        if encoding == "utf-8":
            return len(before.encode("utf-8", "surrogatepass")) + 1
        return len(before.encode("utf-16-le", "surrogatepass")) // 2 + 1

    @cached_property
    def _line_starts(self) -> Sequence[int]:
        from array import array

        return array("Q", (match.end() for match in re.finditer("\n", self.text)))

    def _line_of(self, offset: int) -> tuple[int, int]:
        """The line breaks above an offset, and where its line begins."""
        if self._walked > 4 * len(self.text) + _FAR:
            from bisect import bisect_right

            breaks = bisect_right(self._line_starts, offset)
            return breaks, self._line_starts[breaks - 1] if breaks else 0
        # From the place that was asked for last, which mostly is near, and far cheaper than a list
        # of all lines for the few places that are asked for.
        seen, breaks, start = self._seen
        if offset >= seen:
            if more := self.text.count("\n", seen, offset):
                breaks += more
                start = self.text.rfind("\n", seen, offset) + 1
        else:
            breaks -= self.text.count("\n", offset, seen)
            if offset < start:
                start = self.text.rfind("\n", 0, offset) + 1
        self._seen = offset, breaks, start
        self._walked += abs(offset - seen)
        return breaks, start

    def locate(self, span: tuple[int, int], label: str = "") -> Location:
        """Where a stretch between two offsets is, with what it says about a finding."""
        line, column = self.position(span[0])
        end_line, end_column = self.position(span[1])
        text, cut = self._near(span[0], column)
        return Location(self.name, line, column, end_line, end_column, text, label, cut)

    def somewhere(self, label: str = "") -> Location:
        """Return the location of something of which only the file is known."""
        return Location(self.name, 0, 0, 0, 0, "", label)

    def _near(self, offset: int, column: int) -> tuple[str, int]:
        """The line of an offset, or what is near in it, and how much of it is missing before."""
        cut = max(0, column - 1 - _NEAR)
        start = offset - column + 1 + cut
        near = self.text[start : offset + _NEAR].partition("\n")[0].rstrip("\r")
        return near or self.line(offset), cut

    def saying(self, text: str) -> "Source":
        """The same with another text."""
        return Source(self.name, text, bom=self.bom, above=self.above, below=self.below)

    def encode(self, text: str) -> bytes:
        """Another text in this file's encoding."""
        return ((_BOM if self.bom else "") + text).encode()


def is_wide(data: bytes) -> bool:
    """Whether a manifest is UTF-16 or UTF-32, with its byte order mark or without."""
    if data.startswith(_WIDE_MARKS):
        return True
    return 0 in data and b"kind" not in data and b"kind" in data.replace(b"\0", b"")


def searchable(data: bytes) -> str:
    """Return bytes as text in which to look for ASCII words.

    That takes a tenth of the time: `in` of bytes tries each word as a number first, and drops the
    error that this raises.
    """
    return data.decode("latin-1")


def decode(data: bytes, name: str) -> Source:
    """Read bytes as UTF-8, with or without a byte order mark.

    Raises NotText for any other encoding.
    """
    if is_wide(data):
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
    if text.isascii() and "\r" not in text:  # A pattern without a first letter takes long.
        return None
    match = re.search(_EXOTIC_BREAKS, text)
    return match.start() if match else None
