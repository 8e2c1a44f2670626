"""The template line that renders a value, proved by a marker.

A comment at the end of a template line changes no data. So every line that may get one gets a
numbered one, the chart is rendered once more, and the number on a rendered line is that of the
line it comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from k8slint.manifest.source import Location, Source
from k8slint.manifest.splice import Edit, apply
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Value, root
from k8slint.render.charts.helm import Chart
from k8slint.render.charts.trials import render_with, same_object
from k8slint.render.tools import Workshop
from k8slint.render.written import SourceFiles, TemplateLine, find_value

# A line that begins with a literal key, or with the dash of a list item.
_MARKABLE = re.compile(r"[ \t]*(?:- +)*(?:-(?= |$)|[\"']?[A-Za-z][\w./-]{0,200}[\"']?:(?= |$))")
_BLOCK_SCALAR = re.compile(r"(?::|-)[ \t]+[|>][-+0-9]{0,3}[ \t]*$")
# An action that continues on lines of its own, below what is before it.
_BELOW = re.compile(r"\{\{-?[^{}]{0,1000}\bnindent\b[^{}]{0,1000}\}\}[ \t]*$")
_MARK = re.compile(r" #k8slint-(\d{1,7})$")
# The characters of a line that is looked at, and the lines that are marked.
_LONGEST = 4_000
_MOST_LINES = 100_000


def template_line(
    chart: Chart, document: Document, value: Value, files: SourceFiles, place: Workshop
) -> Location | None:
    """Return the place of `find_template_line`, from its first character to its last."""
    line = find_template_line(chart, document, value, files, place)
    return _locate(line, files) if line else None


def find_template_line(
    chart: Chart, document: Document, value: Value, files: SourceFiles, place: Workshop
) -> TemplateLine | None:
    """Return the template line that renders the line of a value, if a marker proves it."""
    while value.node is None and value.parent:
        value = value.parent
    wanted = document.source.line(value.mark[0]).rstrip()
    trials = files.trials_of(chart.name)
    trials.lines = lines = trials.lines or tuple(_lines(chart, files))
    for some in _tries(lines, _key(wanted)):
        change = partial(_mark, lines, some, files)
        text = render_with(chart, ("marks", some), change, files, place)
        same = same_object(text, document)
        found = find_value(root(same), value.pointer) if same else None
        if same and found and (number := _number(same, found, value, wanted)) is not None:
            return lines[number] if number < len(lines) else None
    return None


def _tries(lines: Sequence[TemplateLine], key: str) -> Iterator[tuple[int, ...]]:
    """Yield which lines to mark: all, and where that breaks a template, only the likely ones."""
    yield tuple(range(len(lines)))
    yield tuple(number for number, line in enumerate(lines) if key and _key(line.text) == key)


def _number(same: Document, found: Value, value: Value, wanted: str) -> int | None:
    """Return the marker on the line of a value, if it is the only thing that is new there."""
    shown = same.source.line(found.mark[0]).rstrip()
    match = _MARK.search(shown)
    is_same = found.node is not None and found.text == value.text
    if match is None or not is_same or shown[: match.start()].rstrip() != wanted:
        return None
    return int(match[1])


def _locate(line: TemplateLine, files: SourceFiles) -> Location:
    text = line.text
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    return files.source(line.path).locate((line.start + start, line.start + end))


def _key(text: str) -> str:
    match = _MARKABLE.match(text[:_LONGEST])
    return match[0].strip() if match else ""


def _lines(chart: Chart, files: SourceFiles) -> Iterator[TemplateLine]:
    """Yield the lines of a chart's templates that may get a marker."""
    left = _MOST_LINES
    for path in sorted(chart.templates):
        for line in markable_lines(files.source(path), path):
            if left := left - 1:
                yield line
            else:
                return


def markable_lines(source: Source, path: str) -> Iterator[TemplateLine]:
    """Yield the lines that begin with a key or a dash, outside of actions and of block scalars."""
    start, is_inside = 0, False
    scalar: int | None = None  # The indentation of a line that begins a block scalar.
    for whole in source.text.split("\n"):
        text = whole.removesuffix("\r")
        line = TemplateLine(path, start, text)
        start += len(whole) + 1
        was_inside, is_inside = is_inside, _ends_inside(text, is_inside=is_inside)
        words = text.lstrip()
        indent = len(text) - len(words)
        if scalar is not None and (indent > scalar or not words or words.startswith("{{")):
            continue
        scalar = None
        if was_inside or len(text) > _LONGEST or not _MARKABLE.match(text):
            continue
        if _BLOCK_SCALAR.search(text):
            scalar = indent
        if not is_inside and not text.rstrip().endswith(("-}}", "\\")):
            yield line


def _ends_inside(text: str, *, is_inside: bool) -> bool:
    """Whether a line ends inside of an action."""
    opened, closed = text.rfind("{{"), text.rfind("}}")
    return is_inside if opened == closed else opened > closed


def _mark(
    lines: Sequence[TemplateLine], numbers: Sequence[int], files: SourceFiles
) -> Mapping[str, bytes]:
    """Return the templates with markers on some lines."""
    by_path: dict[str, list[int]] = {}
    for number in numbers:
        by_path.setdefault(lines[number].path, []).append(number)
    marked = {}
    for path, some in by_path.items():
        source = files.source(path)
        edits = [Edit(at := _end(lines[one]), at, f" #k8slint-{one}") for one in some]
        marked[path] = source.encode(apply(source.text, edits))
    return marked


def _end(line: TemplateLine) -> int:
    """Return where a marker belongs: at the end, or before an action for the lines below."""
    below = _BELOW.search(line.text)
    text = line.text[: below.start()] if below else line.text
    return line.start + len(text.rstrip())
