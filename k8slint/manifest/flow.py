"""Edits inside `{ }` and `[ ]`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence

from k8slint.manifest import style
from k8slint.manifest.binding import colon_behind
from k8slint.manifest.changes import Addition, Insertion, PairReplacement
from k8slint.manifest.comments import refuse_lost_comments
from k8slint.manifest.geometry import body_start, start_of
from k8slint.manifest.kept import Data, kept_end, kept_in, kept_spans, needs_rewriting
from k8slint.manifest.lines import (
    column,
    indentation,
    line_end,
    newline,
    on_own_line,
)
from k8slint.manifest.pyyaml import MappingNode, Node, SequenceNode
from k8slint.manifest.splice import Edit, Refused
from k8slint.manifest.style import FlowStyle
from k8slint.manifest.tree import Document

COMMA = re.compile(r"[ \t]*,")
REST_OF_LINE = re.compile(r"[ \t]*(?:,[ \t]*)?(?:#.*)?\r?(?=\n|\Z)")


def insert_in_flow(document: Document, insertions: Sequence[Insertion]) -> Iterator[Edit]:
    """New entries after one entry: on its line, or on lines of their own where it has one."""
    text, owner = document.text, insertions[0].owner
    for insertion in insertions:
        if insertion.comment or insertion.leading:
            raise Refused("its comment has no place inside `{ }`")
        _refuse_comments_to_rewrite(document, insertion.value)
    key, value = owner.value[insertions[0].after]
    start, end = start_of(key), value.end_mark.index
    # `a:,` would be text.
    space = "" if start_of(value) < end else " "
    if space:
        end = colon_behind(text, owner, key)
    looks = style.flow_style(text, insertions[0].chain)
    eol, indent = newline(text, start), indentation(text, start)
    entries = [
        f"{style.flow_key(new.key, looks)}{looks.colon}"
        f"{style.flow_text(new.value, looks, text, eol, indent)}"
        for new in insertions
    ]
    yield from _behind(text, (start, end), entries, looks.comma, space)


def append_to_flow(document: Document, additions: Sequence[Addition]) -> Iterator[Edit]:
    """New items after the last one of a list: on its line, or on lines of their own as it is."""
    text, last = document.text, additions[0].owner.value[-1]
    start, end = start_of(last), last.end_mark.index
    if body_start(last, text) >= end or _is_bare_pair(last, text):
        raise Refused("the last item of the list is empty or a pair without braces")
    for addition in additions:
        _refuse_comments_to_rewrite(document, addition.value)
    looks = _item_style(text, additions[0])
    eol, indent = newline(text, start), indentation(text, start)
    items = [style.flow_text(new.value, looks, text, eol, indent) for new in additions]
    yield from _behind(text, (start, end), items, looks.comma)


def replace_value(
    document: Document, change: PairReplacement, span: tuple[int, int], looks: FlowStyle
) -> Edit:
    """Another value in the place of one that is on one line or in brackets."""
    text, (start, end) = document.text, span
    _refuse_comments_to_rewrite(document, change.value)
    eol, indent = newline(text, start), indentation(text, start)
    new = style.flow_text(change.value, looks, text, eol, indent)
    refuse_lost_comments(document, span, "replaced", kept_spans(change.value, text))
    # A new value comes before a new entry after it.
    return Edit(start, end, new) if start < end else Edit(start, end, f" {new}", sys.maxsize)


def style_of(text: str, chain: Sequence[Node], mapping: MappingNode) -> FlowStyle:
    """The style of a mapping that has entries, for another one in its place or after it."""
    spread = on_own_line(text, start_of(mapping.value[0][0]))
    return style.flow_style(text, (*chain, mapping))._replace(expands_mappings=spread)


def _behind(
    text: str, span: tuple[int, int], entries: Sequence[str], comma: str, space: str = ""
) -> Iterator[Edit]:
    """New entries after the one at `span`."""
    start, end = span
    depth = column(text, start)
    if not (on_own_line(text, start) and REST_OF_LINE.match(text, end)):
        yield Edit(end, end, space + "".join(comma + entry for entry in entries), depth)
        return
    eol, indent = newline(text, start), indentation(text, start)
    last = "," if COMMA.match(text, end) else ""
    if not last:
        yield Edit(end, end, f"{space},", depth)
    stop = line_end(text, end)
    lines = f",{eol}{indent}".join(entries)
    yield Edit(stop, stop, f"{eol}{indent}{lines}{last}", depth - 1)


def _is_bare_pair(item: Node, text: str) -> bool:
    return isinstance(item, MappingNode) and text[body_start(item, text)] != "{"


def _item_style(text: str, addition: Addition) -> FlowStyle:
    """The style of the last item, else of what the list stands in."""
    last, chain = addition.owner.value[-1], addition.chain
    if isinstance(last, MappingNode) and last.value:
        return style_of(text, chain, last)
    while len(chain) > 1 and isinstance(chain[-1], SequenceNode):
        chain = chain[:-1]
    if isinstance(chain[-1], MappingNode) and chain[-1].flow_style:
        return style.flow_style(text, chain)
    return FlowStyle(style.usual_quote(text, chain[0]))


def _refuse_comments_to_rewrite(document: Document, value: Data) -> None:
    for kept in kept_in(value):
        if needs_rewriting(kept.node):
            span = kept.start, kept_end(kept, document.text)
            refuse_lost_comments(document, span, "moved")
