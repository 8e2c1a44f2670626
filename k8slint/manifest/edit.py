"""Changes to a document as text edits in the file's own style, every other byte left alone."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from k8slint.manifest import block, flow, style
from k8slint.manifest.binding import colon_behind, merge_changes
from k8slint.manifest.changes import Addition, Insertion, NodeChange, PairReplacement, Removal
from k8slint.manifest.geometry import (
    body_start,
    content_end,
    find_odd_key,
    is_block,
    is_block_scalar,
    scalar_grows,
    start_of,
    walk_nodes,
)
from k8slint.manifest.items import changed_items
from k8slint.manifest.kept import Data, Kept
from k8slint.manifest.lines import indentation, line_end, line_start, next_line, on_own_line
from k8slint.manifest.literal import changed_literal
from k8slint.manifest.operations import Operation
from k8slint.manifest.pyyaml import MappingNode, Node, ScalarNode, SequenceNode
from k8slint.manifest.removal import remove
from k8slint.manifest.source import exotic_break
from k8slint.manifest.splice import Edit, Refused, apply, in_order, refuse_touching
from k8slint.manifest.tree import Document
from k8slint.manifest.values import reads_as
from k8slint.records import NamedTuple

__all__ = ["Edit", "Plan", "apply", "plan", "plan_cuts"]


class Plan(NamedTuple):
    """What a group of operations changes in a document, as nodes and as text.

    Those of the edits that are `cuts` take away comments, or parts of them.
    """

    document: Document
    changes: tuple[NodeChange, ...]
    edits: tuple[Edit, ...]
    cuts: tuple[Edit, ...] = ()


def plan(document: Document, operations: Sequence[Operation]) -> Plan:
    """Bind operations to nodes and turn them into edits.

    Raises Refused.
    """
    if document.template is not None:
        return _plan_in_template(document, operations)
    if _has_actions(document.text):
        from k8slint.manifest.template_edits import refuse_masked

        refuse_masked(operations)
    return _plan(document, operations)


def _plan_in_template(document: Document, operations: Sequence[Operation]) -> Plan:
    from k8slint.manifest import template_edits

    template_edits.refuse_unwritten(document, operations)
    planned = _plan(template_edits.literals_of(document), operations)
    template_edits.refuse_all_but_scalars(planned.changes)
    return planned


def plan_literals(literals: Document, operations: Sequence[Operation]) -> Plan:
    """Like `plan`, for the literals of a template, in which new keys come above all others.

    What actions do is for the caller to know. Raises Refused.
    """
    return _plan(literals, operations, is_above=True)


def _plan(document: Document, operations: Sequence[Operation], *, is_above: bool = False) -> Plan:
    if hazard := _hazard(document):
        raise Refused(hazard)
    try:
        changes = merge_changes(document, operations)
        if is_above:
            changes = tuple(map(_above_all, changes))
        edits = in_order(_edits(document, changes))
    except RecursionError:
        raise Refused("the document is nested too deeply") from None
    refuse_touching(edits)
    return Plan(document, changes, tuple(edit.shifted(document.start) for edit in edits))


def _above_all(change: NodeChange) -> NodeChange:
    return change._replace(after=-1) if isinstance(change, Insertion) else change


def plan_cuts(document: Document, spans: Sequence[tuple[int, int]]) -> Plan:
    """Take away comments of a document, or parts of them, between offsets in its text.

    With a whole comment go the blanks before it, or its line where it has one of its own. Raises
    Refused.
    """
    if hazard := _hazard(document):
        raise Refused(hazard)
    if document.template is not None:
        raise Refused("the file is a template, in which no comments are edited")
    cuts = tuple(_cut(document, *span).shifted(document.start) for span in spans)
    return Plan(document, (), cuts, cuts)


def _cut(document: Document, start: int, end: int) -> Edit:
    text = document.text
    if end == line_end(text, start) and on_own_line(text, start):
        _refuse_growth(document, next_line(text, start))
        start, end = line_start(text, start), next_line(text, start)
        if end == len(text) and not text.endswith("\n") and start:
            start = line_end(text, start - 1)
    elif end == line_end(text, start):
        start = line_start(text, start) + len(text[line_start(text, start) : start].rstrip(" \t"))
    return Edit(start, end, "")


def _refuse_growth(document: Document, below: int) -> None:
    """Raise Refused if a comment separates a block scalar from what is below."""
    text = document.text
    scalars = _scalars(document)
    number = bisect_left(scalars, below, key=start_of)
    above = scalars[number - 1] if number else None
    if above is None or not is_block_scalar(above):
        return
    depth = len(indentation(text, start_of(above)))
    if scalar_grows(above, text, below, depth):
        raise Refused("the block scalar above would grow by the lines below")


@lru_cache(maxsize=1)
def _scalars(document: Document) -> list[Node]:
    """The scalars of a document, in the order of the text."""
    return [node for node in walk_nodes(document.root) if isinstance(node, ScalarNode)]


# There may be many documents in one text.
@lru_cache(maxsize=1)
def _has_exotic_break(text: str) -> bool:
    return exotic_break(text) is not None


@lru_cache(maxsize=1)
def _has_actions(text: str) -> bool:
    return "{{" in text


@lru_cache(maxsize=1)
def _hazard(document: Document) -> str:
    """Why nothing in a document is edited, if so."""
    if _has_exotic_break(document.text):
        return "the file has line breaks that tools read differently (CR, NEL, LS or PS)"
    if odd := find_odd_key(document.root):
        line, _ = document.source.position(document.start + start_of(odd))
        return f"a key is not plain text (line {line})"
    return ""


def _edits(document: Document, changes: Sequence[NodeChange]) -> Iterator[Edit]:
    insertions: dict[tuple[Node, int], list[Insertion]] = defaultdict(list)
    removals: dict[Node, list[Removal]] = defaultdict(list)
    additions: dict[Node, list[Addition]] = defaultdict(list)
    for change in changes:
        match change:
            case Insertion():
                insertions[change.owner, change.after].append(change)
            case PairReplacement():
                yield from _replace(document, change)
            case Removal():
                removals[change.owner].append(change)
            case Addition():
                additions[change.owner].append(change)
    for together in insertions.values():
        if together[0].owner.flow_style:
            yield from flow.insert_in_flow(document, together)
        else:
            yield block.insert_in_block(document, together)
    for leaving in removals.values():
        yield from remove(document, leaving)
    for coming in additions.values():
        if coming[0].owner.flow_style:
            yield from flow.append_to_flow(document, coming)
        else:
            yield block.append_to_block(document, coming)


def _replace(document: Document, change: PairReplacement) -> Iterator[Edit]:
    text, owner, new = document.text, change.owner, change.value
    key, value = owner.value[change.at]
    if change.key != key.value:
        if key in document.anchors or key.tag is not None:
            raise Refused("its key has an anchor or a tag")
        name = block.written_key(owner, change.key)
        if isinstance(key, ScalarNode) and key.style == '"':
            import json

            name = json.dumps(change.key)
        yield Edit(start_of(key), key.end_mark.index, name)
    if change.key == key.value and _reads(value, new):
        return
    span = _value_span(document, change)
    if edit := changed_items(document, value, new) or changed_literal(document, value, new):
        yield edit
        return
    many_lines = is_block(value) or is_block_scalar(value)
    if many_lines and (isinstance(new, (str, int)) or is_block_scalar(value)):
        raise Refused("the value is written over several lines")
    if many_lines:
        yield block.replace_collection(document, change)
    elif owner.flow_style or style.is_inline(new) or style.is_list(new) or _has_entries(value):
        looks = _flow_style(text, change)
        yield flow.replace_value(document, change, span, looks)
    else:
        yield from block.fill(document, change, span)


def _reads(node: Node, wanted: Data) -> bool:
    """Whether a value already says what is wanted."""
    if isinstance(wanted, Kept):
        return wanted.node is node
    if isinstance(wanted, int):  # `060` reads as 48, and still is to be written as such.
        return isinstance(node, ScalarNode) and not node.style and node.value == str(wanted)
    if isinstance(wanted, str):
        return isinstance(node, ScalarNode) and reads_as(wanted, node)
    if isinstance(wanted, Mapping):
        return (
            isinstance(node, MappingNode)
            and [key.value for key, _ in node.value] == [*wanted]
            and all(_reads(value, wanted[key.value]) for key, value in node.value)
        )
    return (
        isinstance(node, SequenceNode)
        and len(node.value) == len(wanted)
        and all(map(_reads, node.value, wanted))
    )


def _has_entries(value: Node) -> bool:
    return isinstance(value, MappingNode) and bool(value.value)


def _flow_style(text: str, change: PairReplacement) -> style.FlowStyle:
    """The style of the value to be replaced, else of what it stands in."""
    value = change.owner.value[change.at][1]
    if isinstance(value, MappingNode) and value.value:
        return flow.style_of(text, change.chain, value)
    if change.owner.flow_style:
        return style.flow_style(text, change.chain)
    return style.FlowStyle(style.usual_quote(text, change.chain[0]))


def _value_span(document: Document, change: PairReplacement) -> tuple[int, int]:
    """Offsets of a value's own text, after its anchor; of an empty one, after its colon.

    Raises Refused for a tagged value, whose tag would no longer be true.
    """
    text = document.text
    key, value = change.owner.value[change.at]
    colon = colon_behind(text, change.owner, key)
    if value.tag is not None or text.startswith("!", start_of(value)):
        raise Refused("the value has a tag")
    start, end = body_start(value, text), content_end(value, text)
    behind_anchor = start_of(value) + 1 + len(document.anchors.get(value, ""))
    if value in document.anchors and text[behind_anchor:end].strip() != text[start:end]:
        raise Refused("the value stands right after its anchor")
    return (start, end) if start_of(value) < end else (colon, colon)
