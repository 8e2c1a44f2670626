"""Text for people: `full` shows source lines, `concise` one line for each finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from k8slint.lint.reports import Report
from k8slint.outside.terminal import escaped, printable

if TYPE_CHECKING:
    from k8slint.lint.diagnosis import Diagnostic, Fix
    from k8slint.manifest.source import Location

_WIDEST = 160
# One character for each, as marks are drawn below the line.
_HIDDEN = "\ufffd"


class Paint(Protocol):
    """Colours a text by its role, or leaves it plain.

    A code can link to the page of `rule`, its rule's name.
    """

    def __call__(self, text: str, role: str, rule: str = "") -> str: ...


def plain(text: str, role: str, rule: str = "") -> str:
    return text


def full(report: Report, paint: Paint = plain) -> str:
    """Return every finding with its source lines and its fix."""
    return "".join(f"{_full(one, paint)}\n" for one in report.diagnoses)


def concise(report: Report, paint: Paint = plain) -> str:
    """Return one line for each finding, in the form that editors parse."""
    return "".join(f"{concise_line(one, paint)}\n" for one in report.diagnoses)


def statistics(report: Report, paint: Paint = plain) -> str:
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


def concise_line(one: Diagnostic, paint: Paint = plain) -> str:
    place = paint(f"{printable(one.at.path)}:{one.at.line}:{one.at.column}:", "path")
    mark = _mark(one.fix)
    code = paint(one.code, str(one.severity)) + (f" {paint(mark, 'mark')}" if mark else "")
    return f"{place} {code} {printable(one.sentence)}"


def _mark(fix: Fix | None) -> str:
    """Return `[*]` for what `--fix` fixes, `[-]` for what also takes `--unsafe-fixes`."""
    if fix is None or fix.refused:
        return ""
    return {"fix": "[*]", "unsafe": "[-]", "named": ""}[fix.offered]


def _full(one: Diagnostic, paint: Paint) -> str:
    place = paint(f"{printable(one.at.path)}:{one.at.line}:{one.at.column}", "path")
    level = paint(f"{one.severity} ", str(one.severity))
    level += paint(one.code, str(one.severity), one.name)
    resource = ""
    if one.resource:
        resource = f"  {paint(printable(str(one.resource.bounded())), 'dim')}"
    lines = [
        f"{level} {paint(one.name, 'dim')}: {printable(one.message)}",
        f"  {paint('-->', 'dim')} {place}{resource}",
        *_picture(one, paint),
    ]
    lines += (
        f"   {paint('=', 'dim')} {_elsewhere(location, paint)}"
        for location in one.related
        if location is not one.because or location.path != one.at.path
    )
    if one.through:
        lines.append(f"   {paint('=', 'dim')} rendered by {printable(one.renderers)}")
    if one.fix:
        lines.append(f"   {paint('=', 'dim')} {_help(one.fix, paint)}")
    elif one.unfixed:
        lines.append(f"   {paint('=', 'dim')} no fix: {printable(one.unfixed)}")
    return "".join(f"{line}\n" for line in lines)


def _picture(one: Diagnostic, paint: Paint) -> Iterator[str]:
    marked = [(one.at, "^", str(one.severity))]
    if one.because and one.because.path == one.at.path:
        marked.append((one.because, "-", "because"))
    marked.sort(key=lambda item: (item[0].line, item[0].column))
    width = max(len(str(location.line)) for location, _, _ in marked)
    margin = f"{' ' * width} {paint('|', 'dim')}"
    yield margin
    previous = 0
    for location, sign, role in marked:
        if location.line != previous:
            if previous and location.line > previous + 1:
                yield paint("...", "dim")
            number = paint(f"{location.line:>{width}} |", "dim")
            yield f"{number} {_window(location)[0]}".rstrip()
        yield f"{margin} {_underline(location, sign, role, paint)}"
        previous = location.line


def _elsewhere(location: Location, paint: Paint) -> str:
    place = paint(f"{printable(location.path)}:{location.line}:{location.column}", "path")
    return f"{printable(location.label)}: {place}"


def _window(location: Location) -> tuple[str, int]:
    """Return a line, cut around its mark if it is very long, and where the cut begins."""
    text = escaped(location.text, lambda _: _HIDDEN, kept="\t")
    if len(text) <= _WIDEST:
        return text, location.cut
    middle = location.column - location.cut
    start = max(0, min(middle - _WIDEST // 2, len(text) - _WIDEST))
    return text[start : start + _WIDEST], location.cut + start


def _underline(location: Location, sign: str, role: str, paint: Paint) -> str:
    text, cut = _window(location)
    start = location.column - 1 - cut
    on_one_line = location.end_line == location.line
    end = location.end_column - 1 - cut if on_one_line else len(text)
    before = "".join("\t" if char == "\t" else " " * _cells(char) for char in text[:start])
    marks = paint(sign * max(1, sum(map(_cells, text[start:end]))), role)
    return f"{before}{marks} {paint(printable(location.label), role)}".rstrip()


def _cells(char: str) -> int:
    """Return how many columns a character takes in a terminal."""
    if char.isascii():
        return 1
    import unicodedata

    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _help(fix: Fix, paint: Paint) -> str:
    text = f"{paint('help:', 'help')} {printable(fix.title)}"
    if fix.refused:
        return f"{text} by hand (--fix cannot: {printable(fix.refused)})"
    if fix.offered == "named":
        risk = f", unsafe: {printable(fix.unsafe)}" if fix.unsafe else ""
        return f"{text} (--fix applies it only if the rule is selected by name{risk})"
    if fix.unsafe:
        return f"{text} (--fix --unsafe-fixes: {printable(fix.unsafe)})"
    return f"{text} (--fix)"
