"""The text of a file of measured drains: new rows in one style, old ones as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from k8slint.manifest.scalars import resolve
from k8slint.measure.drains.file import DRAINS_VERSION, DrainsFile
from k8slint.records import NamedTuple
from k8slint.shutdown.measured import MeasuredDrain
from k8slint.shutdown.seconds import format_number

_ABOUT = """\
# How long containers take to stop, measured by k8slint. Times are seconds: `drain` from the stop
# signal to the end of the container, `stop` with the preStop hook before it. Comments above a row
# are kept. See https://github.com/k8slint/k8slint/blob/main/docs/recipes/measured.md
"""
_KEYS = f"version: {DRAINS_VERSION}\ndrains:\n"
_ROW_START = r"( *)- +[\w{\"']"
_NO_DATA = r"\s*(?:#.*)?"


class RowText(NamedTuple):
    """The lines of a row, with the comments and blank lines above it apart."""

    above: tuple[str, ...]
    own: tuple[str, ...]


class TextParts(NamedTuple):
    """A file in parts: what is above its rows, the text of each row, and comments at the end."""

    head: tuple[str, ...]
    rows: tuple[RowText, ...]
    tail: tuple[str, ...]
    indent: str = ""


def render_drains(rows: Iterable[MeasuredDrain], old: DrainsFile | None) -> str:
    """Return the text of a file with some rows.

    Those that are rows of `old` keep their text, and all others the comments of the row that they
    replace. Where the rows of `old` do not each start a line, all are written anew.
    """
    if old is None:
        return _ABOUT + _KEYS + "".join(line for row in rows for line in row_lines(row))
    text = old.source.text
    parts = _cut(re.findall(r"[^\n]+\n?|\n", text.replace("\r\n", "\n")), old)
    texts = dict(zip(old.rows, parts.rows, strict=False))
    replaced = {identity_of(row): text for row, text in texts.items()}
    lines = [*parts.head]
    for row in rows:
        known = texts.get(row)
        before = replaced.get(identity_of(row), RowText((), ()))
        lines += before.above
        if known:
            lines += known.own
        else:
            lines += _comments(before.own)
            lines += (f"{parts.indent}{line}" for line in row_lines(row))
    lines += parts.tail
    joined = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
    return joined.replace("\n", "\r\n") if "\r\n" in text else joined


def identity_of(row: MeasuredDrain) -> tuple[str, str, str, str, bool]:
    """Return what tells a row from all others of a file, in the order in which they stand."""
    return row.workload, row.container, row.image, row.by, row.covers_hook


def row_lines(row: MeasuredDrain) -> Iterator[str]:
    """Yield the lines of a row in the style of this file."""
    yield f"- workload: {row.workload}\n"
    yield f"  container: {_quote(row.container)}\n"
    yield f"  image: {_quote(row.image)}\n"
    yield f"  by: {row.by}\n"
    yield f"  stops: {row.stops}\n"
    if row.killed:
        yield f"  killed: {row.killed}\n"
    yield f"  first: {row.first}\n"
    yield f"  until: {row.until}\n"
    named = (("median", row.median), ("p99", row.p99), ("max", row.longest))
    took = ", ".join(f"{key}: {format_number(value)}" for key, value in named if value is not None)
    yield f"  {'stop' if row.covers_hook else 'drain'}: {{{took}}}\n"
    if row.times:
        times = ", ".join(f"{format_number(time)}: {count}" for time, count in row.times)
        yield f"  times: {{{times}}}\n"


def _cut(lines: Sequence[str], old: DrainsFile) -> TextParts:
    starts = [line - 1 for line in old.lines]
    found = [re.match(_ROW_START, lines[start]) for start in starts]
    indents = {match[1] if match else None for match in found}
    is_plain = [*old.plain.data] == ["version", "drains"] and starts == sorted({*starts})
    if not starts or not is_plain or len(indents) > 1 or None in indents:
        return TextParts((*_comments(lines), _KEYS), (), ())
    ends = [
        _end_of_data(lines, start, end)
        for start, end in zip(starts, [*starts[1:], None], strict=True)
    ]
    (indent,) = indents
    rows, above = [], _end_of_data(lines, 0, starts[0])
    head = tuple(lines[:above])
    for start, end in zip(starts, ends, strict=True):
        rows.append(RowText(tuple(lines[above:start]), tuple(lines[start:end])))
        above = end
    return TextParts(head, tuple(rows), tuple(lines[above:]), indent or "")


def _end_of_data(lines: Sequence[str], start: int, end: int | None) -> int:
    """Return the place after the last of some lines that is not a comment or blank."""
    place = len(lines) if end is None else end
    while place > start and re.fullmatch(_NO_DATA, lines[place - 1].rstrip("\n")):
        place -= 1
    return place


def _comments(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in lines if re.fullmatch(r"\s*#.*", line.rstrip("\n")))


def _quote(text: str) -> str:
    """Return a name in quotes where it would be read as a number or another value."""
    return text if resolve(text) == text else json.dumps(text)
