"""Lines of a text: where they begin and end, and what stands in front of an offset."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

# Mostly the next line end is nearer than that; from farther away it is looked up.
_NEAR = 500

_BLANKS = re.compile(r"[ \t]*")
_INDICATORS = re.compile(r"[ \t]*(?:[-?:][ \t]+)*")


def line_start(text: str, offset: int) -> int:
    return _break_before(text, offset) + 1


def line_end(text: str, offset: int) -> int:
    """Where a line's content ends, before its line end."""
    end = _break_behind(text, offset)
    if end < 0:
        return len(text)
    return end - 1 if end > offset and text[end - 1] == "\r" else end


def next_line(text: str, offset: int) -> int:
    end = _break_behind(text, offset)
    return len(text) if end < 0 else end + 1


def newline(text: str, offset: int) -> str:
    """The line end used around an offset: that of its own line, else of the line before."""
    end = _break_behind(text, offset)
    if end < 0:
        end = _break_before(text, offset)
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def column(text: str, offset: int) -> int:
    return offset - line_start(text, offset)


def indentation(text: str, offset: int) -> str:
    """The blanks at the start of an offset's line."""
    match = _BLANKS.match(text, line_start(text, offset))
    return match[0] if match else ""


def margin(text: str, offset: int) -> int:
    """The column that the lines below an offset are indented against: past dashes, before keys."""
    match = _INDICATORS.match(text, line_start(text, offset), offset)
    return len(match[0]) if match else 0


def on_own_line(text: str, offset: int) -> bool:
    """Whether only blanks stand before an offset on its line."""
    at = offset
    while not (chunk := text[max(at - _NEAR, 0) : at].rpartition("\n"))[2].strip():
        at -= _NEAR
        if chunk[1] or at <= 0:
            return True
    return False


def leading_start(text: str, start: int) -> int:
    """Where the comment lines begin that stand directly above a key, at its column."""
    at = line_start(text, start)
    indent = text[at:start]
    while at:
        above = line_start(text, at - 1)
        if not text.startswith(indent + "#", above):
            break
        at = above
    return at


def _break_before(text: str, offset: int) -> int:
    """The offset of the line feed before an offset; -1 where there is none."""
    near = max(offset - _NEAR, 0)
    found = text.rfind("\n", near, offset)
    if found >= 0 or not near:
        return found
    breaks = _breaks(text)
    number = bisect_left(breaks, offset)
    return breaks[number - 1] if number else -1


def _break_behind(text: str, offset: int) -> int:
    """The offset of the line feed at an offset or after it; -1 where there is none."""
    near = offset + _NEAR
    found = text.find("\n", offset, near)
    if found >= 0 or near >= len(text):
        return found
    breaks = _breaks(text)
    number = bisect_left(breaks, offset)
    return breaks[number] if number < len(breaks) else -1


# Of a text, and of what an edit makes of it.
@lru_cache(maxsize=2)
def _breaks(text: str) -> Sequence[int]:
    return array("Q", (match.start() for match in re.finditer("\n", text)))
