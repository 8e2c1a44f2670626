"""How new text looks: indentation, dashes, quotes and line ends like the text around it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from k8slint.manifest.tree import content_end, start_of, walk
from k8slint.manifest.values import resolve


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that is already written: its own text moves along, whatever its style.

    `start` is where that text begins, comments above the first entry included.
    """

    node: Node
    start: int


def kept(text: str, key: Node, node: Node) -> Kept:
    """The value of a pair with the comment lines between it and its key."""
    start = start_of(node)
    below = text.find("\n", key.end_mark.index) + 1
    if _is_inline(Kept(node, start)) or not 0 < below <= start:
        return Kept(node, start)
    return Kept(node, below)


Data: TypeAlias = "str | int | Kept | Sequence[Data] | Mapping[str, Data]"

_BLANKS = re.compile(r"[ \t]*")
_PLAIN = re.compile(r"[A-Za-z_/][\w./-]*(?: [\w./-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Block:
    """Indentation of nested block collections."""

    step: int = 2
    offset: int = 0
    dash: int = 2


@dataclass(frozen=True, slots=True)
class Flow:
    """Spacing and quotes of a flow collection; `expanded` ones have a line for each entry."""

    quoted: bool
    colon: str = ": "
    comma: str = ", "
    padding: str = ""
    expanded: bool = False
    step: str = "  "
    trailing_comma: bool = False


def newline(text: str, offset: int) -> str:
    """The line end used around an offset: that of its own line, else of the line before."""
    end = text.find("\n", offset)
    if end < 0:
        end = text.rfind("\n", 0, offset)
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def line_end(text: str, offset: int) -> int:
    """Where a line's content ends, before its line end."""
    end = text.find("\n", offset)
    if end < 0:
        return len(text)
    return end - 1 if end > offset and text[end - 1] == "\r" else end


def column(text: str, offset: int) -> int:
    return offset - line_start(text, offset)


def block_style(text: str, chain: Sequence[Node]) -> Block:
    """Indentation by the nearest evidence: a chain of nodes from its inner end, the document."""
    steps: list[int] = []
    lists: list[tuple[int, int]] = []
    for node in (*reversed(chain), *walk(chain[0])):
        if not isinstance(node, MappingNode) or node.flow_style:
            continue
        for key, value in node.value:
            if value.flow_style if isinstance(value, (MappingNode, SequenceNode)) else True:
                continue
            indent = column(text, start_of(value)) - column(text, start_of(key))
            if isinstance(value, MappingNode) and value.value and indent > 0:
                steps.append(indent)
            elif isinstance(value, SequenceNode) and value.value:
                first = value.value[0]
                inline = line_start(text, start_of(first)) == line_start(text, start_of(value))
                width = start_of(first) - start_of(value) if inline else 2
                lists.append((indent, max(width, 2)))
        if steps and lists:
            break
    offset, dash = lists[0] if lists else (0, 2)
    return Block(steps[0] if steps else 2, max(offset, 0), dash)


def plain_or_quoted(value: str | int) -> str:
    """A scalar in its shortest safe spelling for a block collection."""
    if isinstance(value, int):
        return str(value)
    if _PLAIN.fullmatch(value) and isinstance(resolve(value), str):
        return value
    return json.dumps(value, ensure_ascii=False)


def block_lines(value: Data, style: Block, text: str) -> Iterator[str]:
    """A value as block text, line by line, the first line at column 0."""
    if isinstance(value, Kept):
        yield from _kept_lines(value, text)
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from pair_lines(plain_or_quoted(key), child, style, text)
    elif isinstance(value, (str, int)):
        yield plain_or_quoted(value)
    else:
        for child in value:
            head, *rest = block_lines(child, style, text)
            yield f"-{' ' * (style.dash - 1)}{head}"
            yield from _indented(rest, style.dash)


def pair_lines(key: str, value: Data, style: Block, text: str) -> Iterator[str]:
    """`key: value` as block text, nested collections on the lines below the key."""
    if _is_inline(value):
        head, *rest = block_lines(value, style, text)
        yield f"{key}: {head}"
        yield from rest
        return
    is_list = isinstance(value, Sequence) or (
        isinstance(value, Kept) and isinstance(value.node, SequenceNode)
    )
    yield f"{key}:"
    lines = block_lines(value, style, text)
    yield from _indented(lines, style.offset if is_list else style.step)


def flow_text(value: Data, style: Flow, text: str, eol: str, indent: str = "") -> str:
    """A value as flow text; `indent` is that of the line it starts on."""
    if isinstance(value, Kept):
        start, end = start_of(value.node), value.node.end_mark.index
        return text[start:end]
    if isinstance(value, (str, int)):
        return json.dumps(value, ensure_ascii=False) if style.quoted else plain_or_quoted(value)
    if isinstance(value, Mapping):
        inner = indent + style.step
        entries = [
            f"{flow_key(key, style)}{style.colon}{flow_text(child, style, text, eol, inner)}"
            for key, child in value.items()
        ]
        if not style.expanded:
            return "{" + style.padding + style.comma.join(entries) + style.padding + "}"
        last = "," if style.trailing_comma else ""
        lines = f",{eol}{inner}".join(entries)
        return "{" + f"{eol}{inner}{lines}{last}{eol}{indent}" + "}"
    return "[" + style.comma.join(flow_text(item, style, text, eol) for item in value) + "]"


def flow_key(key: str, style: Flow) -> str:
    return json.dumps(key) if style.quoted else plain_or_quoted(key)


def flow_style(text: str, mapping: MappingNode) -> Flow:
    """Spacing and quotes by the pairs a flow mapping has."""
    start, end = start_of(mapping), mapping.end_mark.index
    body = text[start + 1 : end - 1]
    pairs = mapping.value
    if not pairs:
        return Flow(quoted=_is_json(text), padding=" " if body == " " else "")
    quoted = all(isinstance(key, ScalarNode) and key.style == '"' for key, _ in pairs)
    padding = " " if body.startswith(" ") and "\n" not in body else ""
    (first_key, first_value), (last_key, last_value) = pairs[0], pairs[-1]
    compact = quoted and text[first_key.end_mark.index : start_of(first_value)] == ":"
    trailing = text[last_value.end_mark.index : end - 1].split("#")[0].strip() == ","
    style = Flow(
        quoted,
        colon=":" if compact else ": ",
        comma="," if compact else ", ",
        padding=padding,
        trailing_comma=trailing and "\n" in body,
    )
    if not on_own_line(text, start_of(last_key)):
        return style
    inner, outer = indentation(text, start_of(last_key)), indentation(text, start)
    step = inner[len(outer) :] if inner.startswith(outer) and inner != outer else "  "
    expanded = _expands(text, (value for _, value in pairs))
    return replace(style, expanded=expanded, step=step)


def indentation(text: str, offset: int) -> str:
    """The blanks at the start of an offset's line."""
    match = _BLANKS.match(text, line_start(text, offset))
    return match[0] if match else ""


def on_own_line(text: str, offset: int) -> bool:
    """Whether only blanks stand before an offset on its line."""
    return not text[line_start(text, offset) : offset].strip()


def _is_json(text: str) -> bool:
    return text.lstrip().startswith("{") and '"' in text


def _expands(text: str, values: Iterable[Node]) -> bool:
    """Whether collections among the values are written over several lines."""
    nested = [value for value in values if isinstance(value, (MappingNode, SequenceNode))]
    return any("\n" in text[start_of(node) : node.end_mark.index] for node in nested)


def _is_inline(value: Data) -> bool:
    if isinstance(value, Kept):
        node = value.node
        is_block = isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style
        return not is_block
    return isinstance(value, (str, int)) or not value


def _kept_lines(value: Kept, text: str) -> Iterator[str]:
    indent = 0 if _is_inline(value) else column(text, start_of(value.node))
    first, *rest = text[value.start : content_end(value.node, text)].split("\n")
    yield first.rstrip("\r").lstrip(" ")
    for line in rest:
        line = line.rstrip("\r")
        yield line[indent:] if not line[:indent].strip() else line.lstrip(" ")


def _indented(lines: Iterable[str], width: int) -> Iterator[str]:
    for line in lines:
        yield " " * width + line if line else line
