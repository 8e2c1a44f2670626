"""Text for people: `full` shows source lines, `concise` and `grouped` a line for each finding."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from k8slint.lint.reports import Report
from k8slint.outside.terminal import NO_BREAK, escaped, keep_units_together, printable
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from k8slint.lint.diagnosis import Diagnostic, Fix
    from k8slint.manifest.source import Location

_WIDEST = 160
# A narrower window shows too little around a mark, and narrower sentences are hard to read.
_NARROWEST = 60
# More of them are no overview.
_MOST_FOLDERS = 20
_HUNK = r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@"
_NOTE = "   = "
# One character for each, as marks are drawn below the line.
_HIDDEN = "\ufffd"
_GAP = "..."


class ExcerptLine(NamedTuple):
    """A line of source with its number, or marks below one: blanks, and what a role is for.

    The number is blank for marks, and `...` where lines are left out.
    """

    number: str
    text: str = ""
    mark: str = ""
    role: str = ""


class Paint(Protocol):
    """Colours a text by its role, or leaves it plain.

    A code can link to the page of `rule`, its rule's name.
    """

    def __call__(self, text: str, role: str, rule: str = "") -> str: ...


def plain(text: str, role: str, rule: str = "") -> str:
    return text


def full(report: Report, paint: Paint = plain, width: int | None = None) -> str:
    """Return every finding with its source lines and its fix.

    Sentences are wrapped at a terminal's width, in columns, and long source lines are cut there.
    """
    room = width and max(width, _NARROWEST)
    return "".join(f"{_full(one, paint, room)}\n" for one in report.diagnoses)


def concise(report: Report, paint: Paint = plain) -> str:
    """Return one line for each finding, in the form that editors parse."""
    return "".join(f"{concise_line(one, paint)}\n" for one in report.diagnoses)


def grouped(report: Report, paint: Paint = plain) -> str:
    """Return the findings of each file below its path, a line for each."""
    files = groupby(report.diagnoses, key=lambda one: one.at.path)
    return "\n".join(
        f"{paint(printable(path), 'path')}:\n{_lines_of_file([*found], paint)}"
        for path, found in files
    )


def _lines_of_file(found: Sequence[Diagnostic], paint: Paint) -> str:
    places = [f"{one.at.line}:{one.at.column}" if one.at.line else "" for one in found]
    width = max(map(len, places))
    return "".join(
        f"  {place:>{width}}  {_code_and_sentence(one, paint)}\n"
        for place, one in zip(places, found, strict=True)
    )


def statistics(report: Report, paint: Paint = plain) -> str:
    """Return how many findings there are of each rule, and in each folder if there are several."""
    by_folder = Counter(str(Path(one.at.path).parent) for one in report.diagnoses)
    folders = f"\n{_count_by_folder(by_folder)}" if len(by_folder) > 1 else ""
    return f"{_count_by_rule(report, paint)}{folders}"


def _count_by_folder(by_folder: Counter[str]) -> str:
    """Return one line for each of the folders with most findings, and one for the rest."""
    ranked = sorted(by_folder.items(), key=lambda item: (-item[1], item[0]))
    lines = [(count, printable(folder)) for folder, count in ranked[:_MOST_FOLDERS]]
    if rest := ranked[_MOST_FOLDERS:]:
        others = "1 other folder" if len(rest) == 1 else f"{len(rest)} other folders"
        lines.append((sum(count for _, count in rest), f"in {others}"))
    width = max(len(str(count)) for count, _ in lines)
    return "".join(f"{count:>{width}}  {folder}\n" for count, folder in lines)


def _count_by_rule(report: Report, paint: Paint) -> str:
    """Return one line for each rule: count, code, whether `--fix` fixes it, name."""
    counts = Counter((one.code, one.name) for one in report.diagnoses)
    marks = {one.code: _mark(one.fix) for one in report.diagnoses if _mark(one.fix) == "[-]"}
    marks |= {one.code: _mark(one.fix) for one in report.diagnoses if _mark(one.fix) == "[*]"}
    width = len(str(max(counts.values(), default=0)))
    lines = (
        f"{count:>{width}}  {paint(code, 'code')}  {marks.get(code, '   ')}  {name}\n"
        for (code, name), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
    return "".join(lines)


def paint_diff(patch: str, paint: Paint) -> str:
    """Colour a unified diff as git does."""
    return "\n".join(_paint_lines(patch.split("\n"), paint))


def _paint_lines(lines: Sequence[str], paint: Paint) -> Iterator[str]:
    # A removed line can look like a header, so the lines of each hunk are counted.
    removed = added = 0
    for line in lines:
        if removed or added:
            removed -= line[:1] in (" ", "-")
            added -= line[:1] in (" ", "+")
            role = {"-": "removed", "+": "added"}.get(line[:1], "")
        elif ranges := re.match(_HUNK, line):
            removed, added = (int(count or 1) for count in ranges.groups())
            role = "hunk"
        else:
            role = "" if line.startswith("\\") else "path"
        yield paint(line, role) if role and line else line


def concise_line(one: Diagnostic, paint: Paint = plain) -> str:
    place = paint(f"{printable(one.at.place)}:", "path")
    return f"{place} {_code_and_sentence(one, paint)}"


def _code_and_sentence(one: Diagnostic, paint: Paint) -> str:
    mark = _mark(one.fix)
    code = paint(one.code, str(one.severity)) + (f" {paint(mark, 'mark')}" if mark else "")
    return f"{code} {printable(one.sentence)}"


def _mark(fix: Fix | None) -> str:
    """Return `[*]` for what `--fix` fixes, `[-]` for what also takes `--unsafe-fixes`."""
    if fix is None or fix.refused:
        return ""
    return {"fix": "[*]", "unsafe": "[-]", "named": ""}[fix.offered]


def _full(one: Diagnostic, paint: Paint, width: int | None) -> str:
    place = paint(printable(one.at.place), "path")
    level = paint(f"{one.severity} ", str(one.severity))
    level += paint(one.code, str(one.severity), one.name)
    head = f"{level} {paint(one.name, 'dim')}: "
    taken = len(f"{one.severity} {one.code} {one.name}: ")
    lines = [
        head + _wrap(printable(one.message), width, taken, "  "),
        f"  {paint('-->', 'dim')} {place}{_of_resource(one, paint, width)}",
        *_picture(one, paint, width),
    ]
    lines += (
        f"   {paint('=', 'dim')} {_elsewhere(location, paint)}" for location in beyond_excerpt(one)
    )
    notes: list[tuple[str, str]] = []
    if one.through:
        notes.append(("", f"rendered by {printable(one.renderers)}"))
    if one.fix:
        notes.append(("help: ", how_to_fix(one.fix)))
    elif one.unfixed:
        notes.append(("", f"no fix: {printable(one.unfixed)}"))
    for title, note in notes:
        said = _wrap(note, width, len(_NOTE + title), " " * len(_NOTE))
        lines.append(f"   {paint('=', 'dim')} {paint(title, 'help') if title else ''}{said}")
    return "".join(f"{line}\n" for line in lines)


def _of_resource(one: Diagnostic, paint: Paint, width: int | None) -> str:
    """Return what is at fault, on the line of its place if it fits there."""
    if not one.resource:
        return ""
    name = printable(str(one.resource.bounded()))
    place = f"  --> {printable(one.at.place)}"
    fits = width is None or len(place) + 2 + len(name) <= width
    return f"{'  ' if fits else chr(10) + ' ' * 6}{paint(name, 'dim')}"


def _wrap(text: str, width: int | None, taken: int, indent: str) -> str:
    """Wrap a sentence whose first line begins after `taken` columns; its words stay whole."""
    if width is None:
        return text
    import textwrap

    lines = textwrap.wrap(
        keep_units_together(text),
        width,
        initial_indent=" " * taken,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines)[taken:].replace(NO_BREAK, " ")


def _picture(one: Diagnostic, paint: Paint, width: int | None) -> Iterator[str]:
    for number, text, mark, role in excerpt(one, width):
        if number == _GAP:
            yield paint(_GAP, "dim")
            continue
        is_numbered = not number.isspace()
        bar = paint(f"{number} |", "dim") if is_numbered else f"{number} {paint('|', 'dim')}"
        yield f"{bar} {text}{paint(mark, role) if role else ''}".rstrip()


def excerpt(one: Diagnostic, width: int | None = None) -> Iterator[ExcerptLine]:
    """Yield the source lines of a finding, its marks below them; none if its line is unknown.

    Lines are cut at a width in columns.
    """
    if not one.at.line:
        return
    marked = [(one.at, "^", str(one.severity))]
    if one.because and _is_beside(one):
        marked.append((one.because, "-", "because"))
    marked.sort(key=lambda item: (item[0].line, item[0].column))
    digits = max(len(str(location.line)) for location, _, _ in marked)
    room = min(_WIDEST, width - digits - len(" | ")) if width else _WIDEST
    blank = " " * digits
    yield ExcerptLine(blank)
    previous = 0
    for line, group in groupby(marked, key=lambda item: item[0].line):
        if previous and line > previous + 1:
            yield ExcerptLine(_GAP)
        previous = line
        marks = [*group]
        text, cut = _window([location for location, _, _ in marks], room)
        yield ExcerptLine(f"{line:>{digits}}", text)
        for location, sign, role in marks:
            below = _underline(location, text, cut, sign, room)
            yield from (ExcerptLine(blank, before, said, role) for before, said in below)


def beyond_excerpt(one: Diagnostic) -> list[Location]:
    """Return the places a finding is about that its excerpt does not show."""
    return [
        location for location in one.related if location is not one.because or not _is_beside(one)
    ]


def _is_beside(one: Diagnostic) -> bool:
    """Whether the reason of a finding is shown in one picture with it."""
    because = one.because
    return bool(because and because.path == one.at.path and because.line and one.at.line)


def _elsewhere(location: Location, paint: Paint) -> str:
    place = paint(printable(location.place), "path")
    return f"{printable(location.label)}: {place}"


def _window(locations: Sequence[Location], room: int) -> tuple[str, int]:
    """Return their line, cut around the marks if it is too long, and where the cut begins."""
    first = locations[0]
    text = escaped(first.text, lambda _: _HIDDEN, kept="\t")
    if len(text) <= room:
        return text, first.cut
    left = min(location.column for location in locations) - 1 - first.cut
    right = max(_end(location, text, first.cut) for location in locations)
    # Marks that are too far apart, or one that is too long, are seen at their beginning.
    middle = (left + right) // 2 if right - left <= room else left + room // 2
    start = max(0, min(middle - room // 2, len(text) - room))
    return text[start : start + room], first.cut + start


def _end(location: Location, text: str, cut: int) -> int:
    """Return where a mark ends in a text that begins after `cut` characters."""
    return location.end_column - 1 - cut if location.end_line == location.line else len(text)


def _underline(
    location: Location, text: str, cut: int, sign: str, room: int
) -> Iterator[tuple[str, str]]:
    """Yield blanks and marks with their label: beside the marks, or below where it is too wide."""
    start = min(location.column - 1 - cut, len(text))
    marked = text[start : _end(location, text, cut)]
    # A tab stays one: the terminal decides how wide it is.
    before = "\t".join(" " * _columns(part) for part in text[:start].split("\t"))
    marks = sign * max(1, _columns(marked))
    label = printable(location.label)
    if room >= _WIDEST or len(before) + len(marks) + len(label) < room:
        yield before, f"{marks} {label}".rstrip()
        return
    yield before, marks
    yield before[: max(0, room - len(label))], label


def _columns(text: str) -> int:
    """Return how many columns a text takes in a terminal."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(char: str) -> int:
    """Return how many columns a character takes in a terminal."""
    if char.isascii():
        return 1
    import unicodedata

    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def how_to_fix(fix: Fix) -> str:
    """Say what repairs a finding, and what it takes to apply that."""
    text = printable(fix.title)
    if fix.refused:
        return f"{text} by hand (--fix cannot: {printable(fix.refused)})"
    if fix.offered == "named":
        risk = f", unsafe: {printable(fix.unsafe)}" if fix.unsafe else ""
        return f"{text} (--fix applies it only if the rule is selected by name{risk})"
    if fix.unsafe:
        return f"{text} (--fix --unsafe-fixes: {printable(fix.unsafe)})"
    return f"{text} (--fix)"
