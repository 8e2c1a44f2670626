"""Where a part of a scalar's value stands in the text."""

from __future__ import annotations

from yaml.nodes import ScalarNode

from k8slint.manifest.tree import content_end, start_of
from k8slint.manifest.values import Value


def within(value: Value, start: int, end: int) -> tuple[int, int]:
    """Offsets in the source of characters `start` to `end` of a scalar's value.

    The whole value where escapes or folding hide the part.
    """
    node = value.node
    if not isinstance(node, ScalarNode) or end <= start:
        return value.mark
    text, begin = value.document.text, start_of(node)
    raw = text[begin : content_end(node, text)]
    base = value.document.start + begin
    quote = 1 if node.style in ("'", '"') else 0
    if raw[quote : len(raw) - quote] == node.value:
        return base + quote + start, base + quote + end
    if node.style != "|":
        return value.mark
    first, last = _in_block(raw, node.value, start), _in_block(raw, node.value, end - 1)
    if first is None or last is None:
        return value.mark
    return base + first, base + last + 1


def _in_block(raw: str, value: str, offset: int) -> int | None:
    """The offset in a literal block scalar's text of one in its value."""
    number = value.count("\n", 0, offset)
    column = offset - (value.rfind("\n", 0, offset) + 1)
    lines = raw.split("\n")
    if number + 1 >= len(lines):
        return None
    wanted = value.split("\n")[number]
    line = lines[number + 1].rstrip("\r")
    if not line.endswith(wanted):
        return None
    return (
        sum(len(before) + 1 for before in lines[: number + 1]) + len(line) - len(wanted) + column
    )
