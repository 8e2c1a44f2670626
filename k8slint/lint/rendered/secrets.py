"""Keep secrets in values files out of what is shown.

A secret cannot be recognized by its key or its looks. So of a line in such a file only the part
that a finding or a change is about is shown, with the key before it.
"""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import zip_longest

from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.diff import unified_diff
from k8slint.manifest.source import Location

_KEY_BEFORE = re.compile(r"(?:- +)?[\w./-]+ *: *[\"']?\Z")
# The most characters of a key, with what is around it.
_LONGEST = 300
_VISIBLE = re.compile(r"\S")


def redact_finding(one: Diagnostic, files: Container[str]) -> Diagnostic:
    """Return a finding without the rest of the lines that it shows of some files."""

    def masked(location: Location) -> Location:
        if location.path not in files:
            return location
        end = location.end_column if location.end_line == location.line else location.column
        start, end = location.column - 1 - location.cut, end - 1 - location.cut
        return location._replace(text=_masked(location.text, start, end))

    return one._replace(
        at=masked(one.at),
        because=masked(one.because) if one.because else None,
        chain=tuple(map(masked, one.chain)),
    )


def redact_diff(name: str, old: str, new: str) -> str:
    """Return a diff of a values file that shows what changes and nothing else.

    If a changed line has anything else on it, the diff is only for reading: no tool applies it.
    """
    lines = unified_diff(name, old, new, context=0).splitlines(keepends=True)
    gone = [line for line in lines[2:] if line.startswith("-")]
    come = [line for line in lines[2:] if line.startswith("+")]
    masked = {
        line: _changed(line, other)
        for one, another in ((gone, come), (come, gone))
        for line, other in zip_longest(one, another, fillvalue="")
        if line
    }
    return "".join((*lines[:2], *(masked.get(line, line) for line in lines[2:])))


def _changed(line: str, other: str) -> str:
    """Return a line of a diff that shows only the words that differ from another line."""
    start = 1
    while start < min(len(line), len(other)) and line[start] == other[start]:
        start += 1
    end, behind = len(line), len(other)
    while end > start and behind > start and line[end - 1] == other[behind - 1]:
        end, behind = end - 1, behind - 1
    while start > 1 and line[start - 1].isdigit():
        start -= 1
    while end < len(line) and line[end].isdigit():
        end += 1
    return line[0] + _masked(line[1:], start - 1, end - 1)


def _masked(text: str, start: int, end: int) -> str:
    """Return a line with only a stretch of it and the key right before that."""
    above = max(0, start - _LONGEST)
    key = _KEY_BEFORE.search(text[above:start])
    shown = above + key.start() if key else start
    return _VISIBLE.sub("*", text[:shown]) + text[shown:end] + _VISIBLE.sub("*", text[end:])
