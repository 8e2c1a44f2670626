"""Values that are already written and move along: their own text, re-indented."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from k8slint.manifest.geometry import (
    body_start,
    content_end,
    is_block,
    is_block_scalar,
    last_leaf,
    start_of,
)
from k8slint.manifest.lines import column, margin
from k8slint.manifest.pyyaml import MappingNode, Node, ScalarNode, SequenceNode
from k8slint.manifest.splice import Refused
from k8slint.manifest.values import read_scalar
from k8slint.type_names import TypeAlias

_BRACKETS = re.compile(r"[,\[\]{}]")


# No dataclass, for which Python imports more than a file with findings needs.
class Kept:
    """A written value that keeps its own text, whatever its style.

    `start` is where that text begins, comments above the first entry included; `indent` is the
    column its lines are indented against.
    """

    def __init__(self, node: Node, start: int, indent: int) -> None:
        self.node = node
        self.start = start
        self.indent = indent


Data: TypeAlias = "str | int | Kept | Sequence[Data] | Mapping[str, Data]"


def capture_value(text: str, key: Node, node: Node) -> Kept:
    """The value of a pair with the comment lines between it and its key.

    Raises Refused.
    """
    if is_block_scalar(last_leaf(node)) and text.find("\n", content_end(node, text) - 1) < 0:
        raise Refused("the file ends in a block scalar without a line end")
    if not is_block(node):
        return Kept(node, start_of(node), margin(text, start_of(key)))
    if node.tag is not None or text.startswith(("&", "!"), start_of(node)):
        raise Refused("the part to be moved has an anchor or a tag")
    below = text.find("\n", key.end_mark.index) + 1
    return Kept(node, below, column(text, body_start(node, text)))


def kept_end(value: Kept, text: str) -> int:
    """Where the text of a kept value ends, before the line end that follows it."""
    end = content_end(value.node, text)
    if text[end - 1] != "\n":
        return end
    return end - 2 if text[end - 2] == "\r" else end - 1


def kept_lines(value: Kept, text: str) -> Iterator[str]:
    """The text of a kept value line by line, the lines below the first at their own depth."""
    first, *rest = text[value.start : kept_end(value, text)].split("\n")
    yield first.rstrip("\r").lstrip(" ")
    for line in rest:
        line = line.rstrip("\r")
        yield line[value.indent :] if not line[: value.indent].strip() else line.lstrip(" \t")


def kept_in(value: Data) -> Iterator[Kept]:
    """The kept values inside new data."""
    if isinstance(value, Kept):
        yield value
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from kept_in(child)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for child in value:
            yield from kept_in(child)


def kept_spans(value: Data, text: str) -> list[tuple[int, int]]:
    """Where the kept values inside new data stand."""
    return [(kept.start, kept_end(kept, text)) for kept in kept_in(value)]


def needs_rewriting(node: Node) -> bool:
    """Whether a node's text cannot stand inside brackets as it is."""
    if isinstance(node, ScalarNode) and not node.style:
        return bool(_BRACKETS.search(node.value))
    return is_block(node) or is_block_scalar(node)


def as_new_data(node: Node, text: str) -> Data:
    """A node as new data, for text that cannot stand inside brackets.

    Raises Refused where that would not read the same.
    """
    if text.startswith(("&", "!"), start_of(node)) or node.tag is not None:
        raise Refused("the part to be moved has an anchor or a tag")
    if isinstance(node, SequenceNode):
        return [as_new_data(item, text) for item in node.value]
    if isinstance(node, MappingNode):
        data = {_key(key): as_new_data(value, text) for key, value in node.value}
        if len(data) == len(node.value):
            return data
        raise Refused("the part to be moved has a key twice")
    if not isinstance(node, ScalarNode):
        raise Refused("the part to be moved holds an alias")
    value = read_scalar(node)
    return value if isinstance(value, (str, int)) else Kept(node, start_of(node), 0)


def _key(key: Node) -> str:
    if isinstance(key, ScalarNode) and isinstance(read_scalar(key), str) and not key.tag:
        return str(key.value)
    raise Refused("the part to be moved has a key that is not plain text")
