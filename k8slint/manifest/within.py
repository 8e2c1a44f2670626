"""Where a part of a scalar's value stands in the text."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate

from k8slint.manifest.geometry import content_end, start_of
from k8slint.manifest.pyyaml import ScalarNode
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Value
from k8slint.type_names import TypeAlias

# Where each line of a value begins in the value, and in the text; None where it reads otherwise.
_Lines: TypeAlias = tuple[list[int], list[int | None]]


def locate_within(value: Value, start: int, end: int) -> tuple[int, int]:
    """Offsets in the source of characters `start` to `end` of a scalar's value.

    The whole value where escapes or folding hide the part.
    """
    node = value.node
    if not isinstance(node, ScalarNode) or end <= start:
        return value.mark
    lines = _lines(value.document, node)
    first, last = _place(lines, start), _place(lines, end - 1)
    if first is None or last is None:
        return value.mark
    base = value.document.start + start_of(node)
    return base + first, base + last + 1


def _place(lines: _Lines, offset: int) -> int | None:
    """The offset in a scalar's text of one in its value."""
    starts, places = lines
    number = bisect_right(starts, offset) - 1
    place = places[number] if number < len(places) else None
    return None if place is None else place + offset - starts[number]


# Many parts of one value may be asked for.
@lru_cache(maxsize=1)
def _lines(document: Document, node: ScalarNode) -> _Lines:
    text, begin = document.text, start_of(node)
    raw = text[begin : content_end(node, text)]
    quote = 1 if node.style in ("'", '"') else 0
    if raw[quote : len(raw) - quote] == node.value:
        return [0], [quote]
    if node.style != "|":
        return [0], [None]
    header, *written = raw.split("\n")
    read = node.value.split("\n")
    starts = accumulate((len(line) + 1 for line in read), initial=0)
    below = accumulate((len(line) + 1 for line in written), initial=len(header) + 1)
    places = [
        start + len(bare) - len(line) if (bare := one.rstrip("\r")).endswith(line) else None
        for one, line, start in zip(written, read, below, strict=False)
    ]
    return [*starts][:-1], places
