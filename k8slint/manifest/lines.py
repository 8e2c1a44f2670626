"""Lines of a text: where they begin and end, and what stands in front of an offset."""

from __future__ import annotations

import re

_BLANKS = re.compile(r"[ \t]*")
_INDICATORS = re.compile(r"[ \t]*(?:[-?:][ \t]+)*")


def line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def line_end(text: str, offset: int) -> int:
    """Where a line's content ends, before its line end."""
    end = text.find("\n", offset)
    if end < 0:
        return len(text)
    return end - 1 if end > offset and text[end - 1] == "\r" else end


def next_line(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end + 1


def newline(text: str, offset: int) -> str:
    """The line end used around an offset: that of its own line, else of the line before."""
    end = text.find("\n", offset)
    if end < 0:
        end = text.rfind("\n", 0, offset)
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
    return not text[line_start(text, offset) : offset].strip()


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
