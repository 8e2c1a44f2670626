"""Where a rendered value of a chart comes from: the key of a value, and a template."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from k8slint.manifest.pyyaml import ScalarNode
from k8slint.manifest.scalars import decimal
from k8slint.manifest.splice import Edit, apply
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Pointer, Value, root
from k8slint.manifest.within import locate_within
from k8slint.render.charts.helm import Chart
from k8slint.render.charts.source_comments import source_of
from k8slint.render.charts.trials import render_with, same_object
from k8slint.render.tools import Workshop
from k8slint.render.written import (
    SourceFiles,
    SourcePlace,
    TooLarge,
    data,
    every,
    find_value,
    scalars,
)

# The most values to try for one rendered value, and the number from which all are tried at once
# first.
_MOST_EACH = 6
_FEW = 2
# Numbers from here on are placeholders for values that are tried at once.
_DYE = 71_001


def places(
    chart: Chart, document: Document, pointer: Pointer, files: SourceFiles, place: Workshop
) -> list[SourcePlace]:
    """Return the value that a rendered value provably comes from.

    The proof is an experiment: with another value, the rendered text changes.
    """
    wanted = find_value(root(document), pointer)
    try:
        return _places(chart, document, wanted, files, place) if wanted.is_written else []
    except TooLarge:
        return []


def _places(
    chart: Chart, document: Document, wanted: Value, files: SourceFiles, place: Workshop
) -> list[SourcePlace]:
    pointer = wanted.pointer
    likely = sorted(_values(chart, wanted, files), key=lambda one: _unlike(one[1], pointer))
    if len(likely) > _FEW:
        likely = _first_of_many(chart, likely, document, pointer, files, place)
    for path, value in likely[:_MOST_EACH]:
        scalar = next(scalars(value))
        after = _with_others(chart, [(path, scalar, _other(scalar))], files, place)
        same = same_object(after, document)
        if not same or not (found := find_value(root(same), pointer)).is_written:
            continue
        is_exact = found.text == _other(scalar) if value is scalar else data(found) != data(wanted)
        if is_exact or data(found) != data(wanted):
            if found.text != _other(scalar) and _varies(chart, document, wanted, files, place):
                return []
            return [SourcePlace(path, value, is_exact)]
    return []


def _varies(
    chart: Chart, document: Document, wanted: Value, files: SourceFiles, place: Workshop
) -> bool:
    """Whether a rendered value differs from one rendering to the next, whatever the values."""
    same = same_object(_with_others(chart, (), files, place), document)
    return same is None or data(find_value(root(same), wanted.pointer)) != data(wanted)


def template_of(chart: Chart, document: Document) -> str:
    """Return the template file of a rendered document."""
    _, *inside = (source_of(document.text) or "").split("/")
    path = os.path.join(chart.folder, *inside)
    match inside:
        case ["charts", name, *rest] if name in chart.local:
            path = os.path.join(chart.local[name], *rest)
    return (
        path if path in chart.files else chart.at
    )  # A template may claim any path in that comment.


def _values(chart: Chart, wanted: Value, files: SourceFiles) -> Iterator[tuple[str, Value]]:
    """Return the values that can produce a rendered one, each with its file.

    Those with the highest precedence come first.
    """
    for path, top in chart.values_written(files):
        for value in every(top):
            if _can_make(value, wanted):
                yield path, value


def _first_of_many(
    chart: Chart,
    likely: Sequence[tuple[str, Value]],
    document: Document,
    pointer: Pointer,
    files: SourceFiles,
    place: Workshop,
) -> list[tuple[str, Value]]:
    """Reorder values: first those that show in the result when all are changed at once."""
    dyes = [str(_DYE + number) for number in range(len(likely))]
    dyed = [
        (path, next(scalars(value)), dye) for (path, value), dye in zip(likely, dyes, strict=True)
    ]
    after = _with_others(chart, dyed, files, place)
    same = same_object(after, document)
    if not same:
        return [*likely]
    words = set(re.findall(r"\d+", str(data(find_value(root(same), pointer)))))
    return [
        one for one, _ in sorted(zip(likely, dyes, strict=True), key=lambda it: it[1] not in words)
    ]


def _with_others(
    chart: Chart, changes: Sequence[tuple[str, Value, str]], files: SourceFiles, place: Workshop
) -> str:
    """Render with other texts in place of values; nothing if that fails."""

    def changed() -> dict[str, bytes]:
        edits: dict[str, list[Edit]] = {}
        for path, value, text in changes:
            span = locate_within(value, 0, len(value.text or ""))
            edits.setdefault(path, []).append(Edit(*span, text))
        sources = {path: files.source(path) for path in edits}
        return {
            path: source.encode(apply(source.text, sorted(edits[path])))
            for path, source in sources.items()
        }

    key = tuple((path, value.document.start, value.pointer) for path, value, _ in changes)
    return render_with(chart, key, changed, files, place)


def _unlike(value: Value, pointer: Pointer) -> int:
    """Return how unlike the key of a value is to that of the rendered one."""
    key, wanted = str(value.pointer[-1]).lower(), str(pointer[-1]).lower()
    return 0 if key == wanted else 1 if key in wanted or wanted in key else 2


def _can_make(value: Value, wanted: Value) -> bool:
    """Whether a value may produce a rendered one: they are equal, or share a number."""
    if not isinstance(wanted.node, ScalarNode):
        is_like = type(value.node) is type(wanted.node) and _size(value) == _size(wanted)
        return is_like and data(value) == data(wanted) and any(scalars(value))
    text, part = wanted.text or "", value.text or ""
    if not part or isinstance(value.scalar, bool):
        return False
    return part == text or (part.isdigit() and bool(re.search(rf"\b{part}\b", text)))


def _size(value: Value) -> int:
    return len(value.node.value) if value.node else 0


def _other(value: Value) -> str:
    """Return another text of the same kind."""
    text = value.text or ""
    number = decimal(text)
    return f"{text}1" if number is None else str(number + 1)
