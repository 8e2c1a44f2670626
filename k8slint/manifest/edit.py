"""Changes to a document as text edits in the file's own style, every other byte left alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from k8slint.manifest import style
from k8slint.manifest.changes import (
    Change,
    Insertion,
    Operation,
    Refused,
    Removal,
    Replacement,
    agreed,
    is_block,
    leading_start,
)
from k8slint.manifest.comments import comments
from k8slint.manifest.source import exotic_break
from k8slint.manifest.style import Data, Kept, column, line_end, line_start, newline
from k8slint.manifest.tree import (
    Document,
    content_end,
    is_block_scalar,
    keeps_blank_lines,
    last_leaf,
    start_of,
)


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text between two offsets of a source; `depth` orders insertions at one place."""

    start: int
    end: int
    text: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a group of operations changes in a document, as nodes and as text."""

    document: Document
    changes: tuple[Change, ...]
    edits: tuple[Edit, ...]


def plan(document: Document, operations: Sequence[Operation]) -> Plan:
    """Bind operations to nodes and turn them into edits.

    Raises Refused.
    """
    if exotic_break(document.text) is not None:
        raise Refused("the file has line breaks that tools read differently (CR, NEL, LS or PS)")
    changes = agreed(document, operations)
    edits = [
        replace(edit, start=edit.start + document.start, end=edit.end + document.start)
        for edit in _edits(document, changes)
    ]
    return Plan(document, changes, tuple(sorted(edits, key=_order)))


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made.

    Raises Refused where two of them touch the same bytes.
    """
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=_order):
        if edit.start < at:
            raise Refused("two changes touch the same text")
        pieces += (text[at : edit.start], edit.text)
        at = edit.end
    return "".join([*pieces, text[at:]])


def _order(edit: Edit) -> tuple[int, int, int]:
    return edit.start, edit.end > edit.start, -edit.depth


def _edits(document: Document, changes: Sequence[Change]) -> Iterator[Edit]:
    together: dict[tuple[int, int], list[Insertion]] = defaultdict(list)
    for change in changes:
        match change:
            case Insertion():
                together[id(change.owner), change.after].append(change)
            case Replacement():
                yield from _replace(document, change)
            case Removal():
                yield from _remove(document, change)
    for insertions in together.values():
        if insertions[0].owner.flow_style:
            yield from _insert_in_flow(document, insertions)
        else:
            yield _insert_in_block(document, insertions)


def _insert_in_block(document: Document, insertions: Sequence[Insertion]) -> Edit:
    text, first = document.text, insertions[0]
    owner = first.owner
    indent = column(text, start_of(owner.value[0][0]))
    looks = style.block_style(text, first.chain)
    lines: list[str] = []
    for insertion in insertions:
        head, *rest = style.pair_lines(_key(owner, insertion.key), insertion.value, looks, text)
        lines += (*insertion.leading, head + insertion.comment, *rest)
    at = _line_below(text, owner, first.after)
    eol = newline(text, max(at - 1, 0))
    new = eol.join(" " * indent + line if line else line for line in lines)
    if at < len(text) or text.endswith("\n"):
        return Edit(at, at, new + eol, indent)
    if is_block_scalar(last_leaf(owner.value[first.after][1])):
        raise Refused("the file ends in a block scalar without a line end")
    return Edit(at, at, eol + new, indent)


def _line_below(text: str, owner: MappingNode, index: int) -> int:
    """The start of the line where a pair that follows another would be written.

    Comment lines indented deeper than the key still belong to what stands above them, and so do
    commented-out items of a list written at the key's own column.
    """
    key, value = owner.value[index]
    end = content_end(value, text)
    leaf = last_leaf(value)
    if keeps_blank_lines(leaf, text) and end == line_start(text, end):
        return end
    at = _next_line(text, end)
    indent = column(text, start_of(key))
    zero_indent = (
        isinstance(value, SequenceNode)
        and not value.flow_style
        and column(text, start_of(value)) == indent
    )
    while at < len(text):
        line = text[at : line_end(text, at)]
        comment = line.lstrip(" \t")
        depth = len(line) - len(comment)
        is_item = zero_indent and depth == indent and comment.lstrip("#").strip().startswith("- ")
        if not comment.startswith("#") or (depth <= indent and not is_item):
            break
        at = _next_line(text, at)
    return at


def _next_line(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end + 1


def _insert_in_flow(document: Document, insertions: Sequence[Insertion]) -> Iterator[Edit]:
    text, owner, after = document.text, insertions[0].owner, insertions[0].after
    if any(insertion.comment or insertion.leading for insertion in insertions):
        raise Refused("its comment has no place inside `{ }`")
    looks = style.flow_style(text, owner)
    start = start_of(owner.value[after][0])
    end = owner.value[after][1].end_mark.index
    eol, indent = newline(text, start), style.indentation(text, start)
    entries = [
        f"{style.flow_key(new.key, looks)}{looks.colon}"
        f"{style.flow_text(new.value, looks, text, eol, indent)}"
        for new in insertions
    ]
    depth = column(text, start)
    rest_of_line = text[end : line_end(text, end)]
    comma = rest_of_line.lstrip().startswith(",")
    last_on_line = not rest_of_line.lstrip(" ,\t").split("#")[0]
    if not (style.on_own_line(text, start) and last_on_line and start > start_of(owner)):
        yield Edit(end, end, "".join(looks.comma + entry for entry in entries), depth)
        return
    stop = line_end(text, end)
    lines = f",{eol}{indent}".join(entries)
    if not comma:
        yield Edit(end, end, ",", depth)
    yield Edit(stop, stop, f"{eol}{indent}{lines}" + ("," if comma else ""), depth - 1)


def _replace(document: Document, change: Replacement) -> Iterator[Edit]:
    text = document.text
    key, value = change.owner.value[change.index]
    if change.key != key.value:
        if id(key) in document.anchors:
            raise Refused("its key is an anchor")
        yield Edit(start_of(key), key.end_mark.index, _key(change.owner, change.key))
    start, end = _value_span(document, value)
    empty = start == end
    colon = text.index(":", key.end_mark.index) + 1
    if isinstance(change.value, (str, int)):
        if is_block_scalar(value) or is_block(value):
            raise Refused("the value is written over several lines")
        quoted = change.owner.flow_style and style.flow_style(text, change.owner).quoted
        new = style.flow_text(change.value, style.Flow(bool(quoted)), text, "")
        yield Edit(colon, colon, f" {new}") if empty else Edit(start, end, new)
        return
    if change.owner.flow_style:
        yield _replace_in_flow(document, change, (colon, colon) if empty else (start, end))
        return
    eol = newline(text, start)
    looks = style.block_style(text, change.chain)
    if is_block(value):
        yield _replace_block(document, change, eol, looks)
    elif isinstance(value, (MappingNode, SequenceNode)) and value.value:
        inline = style.Flow(quoted=False)
        if isinstance(value, MappingNode):
            inline = style.flow_style(text, value)
        yield _checked(
            document,
            Edit(
                start,
                end,
                style.flow_text(change.value, inline, text, eol, style.indentation(text, start)),
            ),
            change.value,
        )
    elif isinstance(change.value, Kept) or not isinstance(change.value, Mapping):
        new = style.flow_text(change.value, style.Flow(quoted=False), text, eol)
        yield Edit(colon, colon, f" {new}") if empty else Edit(start, end, new)
    else:
        if is_block_scalar(value):
            raise Refused("the value is written over several lines")
        below = _below(text, key, looks, change.value, eol)
        if not empty:
            yield Edit(colon, end, "")
        stop = line_end(text, max(end, colon))
        yield Edit(stop, stop, below)


def _replace_in_flow(document: Document, change: Replacement, span: tuple[int, int]) -> Edit:
    text, (start, end) = document.text, span
    value = change.owner.value[change.index][1]
    looks = style.flow_style(text, value if isinstance(value, MappingNode) else change.owner)
    if isinstance(value, MappingNode) and value.value:
        looks = replace(looks, expanded=style.on_own_line(text, start_of(value.value[0][0])))
    eol, indent = newline(text, start), style.indentation(text, start)
    new = style.flow_text(change.value, looks, text, eol, indent)
    edit = Edit(start, end, f" {new}" if start == end else new)
    return _checked(document, edit, change.value)


def _replace_block(document: Document, change: Replacement, eol: str, looks: style.Block) -> Edit:
    text = document.text
    key, value = change.owner.value[change.index]
    outer = column(text, start_of(key))
    inner = column(text, start_of(value))
    start, end = start_of(value), content_end(value, text)
    if not isinstance(value, MappingNode) or inner <= outer:
        inner = outer + looks.step
    lines = [*style.block_lines(change.value, looks, text)]
    new = eol.join(" " * inner + line if line else line for line in lines)
    edit = Edit(line_start(text, start), end, new)
    if not style.on_own_line(text, start):
        edit = Edit(start, end, new[inner:])
    return _checked(document, edit, change.value)


def _below(text: str, key: Node, looks: style.Block, value: Data, eol: str) -> str:
    indent = column(text, start_of(key)) + looks.step
    lines = style.block_lines(value, looks, text)
    return "".join(f"{eol}{' ' * indent}{line}" for line in lines)


def _remove(document: Document, change: Removal) -> Iterator[Edit]:
    text, pairs, index = document.text, change.owner.value, change.index
    key, value = pairs[index]
    if change.owner.flow_style:
        yield _checked(document, _removal_in_flow(text, pairs, index))
        return
    start, end = start_of(key), content_end(value, text)
    if style.on_own_line(text, start):
        if change.with_leading:
            start = leading_start(text, start)
        stop = end if end == line_start(text, end) else _next_line(text, end)
        begin = line_start(text, start)
        if stop == len(text) and not text.endswith("\n"):
            begin = max(line_end(text, begin - 1), 0) if begin else 0
        yield Edit(begin, stop, "")
        return
    if index + 1 == len(pairs):
        raise Refused("nothing is left to stand at the dash")
    stop = start_of(pairs[index + 1][0])
    gap = text[line_end(text, end) : stop]
    if gap.strip():
        raise Refused("a comment stands between it and the next key")
    yield Edit(start, stop, "")


def _removal_in_flow(text: str, pairs: Sequence[tuple[Node, Node]], index: int) -> Edit:
    key, value = pairs[index]
    start, end = start_of(key), value.end_mark.index
    if index + 1 < len(pairs):
        return Edit(start, start_of(pairs[index + 1][0]), "")
    if index:
        return Edit(pairs[index - 1][1].end_mark.index, end, "")
    return Edit(start, end, "")


def _checked(document: Document, edit: Edit, kept: Data = "") -> Edit:
    """The edit, unless it would drop a comment that its new text does not carry along."""
    for comment in comments(document):
        if edit.start <= comment.start < edit.end and comment.text not in edit.text:
            line, _ = document.source.position(document.start + comment.start)
            raise Refused(f"a comment stands inside the part to be replaced (line {line})")
    return edit


def _value_span(document: Document, value: Node) -> tuple[int, int]:
    """Offsets of a value's own text, behind its anchor.

    Raises Refused for a tagged value, whose tag would no longer be true.
    """
    start, end = start_of(value), content_end(value, document.text)
    if document.text[start:end].startswith("!") or value.tag is not None:
        raise Refused("the value has a tag")
    if name := document.anchors.get(id(value)):
        body = document.text[start + len(name) + 1 : end]
        start = end - len(body.lstrip())
    return start, end


def _key(owner: MappingNode, name: str) -> str:
    """A key quoted as its siblings are."""
    quotes = {key.style for key, _ in owner.value if isinstance(key, ScalarNode)}
    if quotes == {'"'}:
        return f'"{name}"'
    return style.plain_or_quoted(name)
