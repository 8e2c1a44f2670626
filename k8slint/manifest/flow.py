"""Edits inside `{ }`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence

from k8slint.manifest import style
from k8slint.manifest.changes import Insertion, Replacement, colon_behind
from k8slint.manifest.comments import refuse_lost_comments
from k8slint.manifest.kept import Data, kept_end, kept_in, kept_spans, needs_rewriting
from k8slint.manifest.lines import (
    column,
    indentation,
    line_end,
    newline,
    on_own_line,
)
from k8slint.manifest.splice import Edit, Refused
from k8slint.manifest.style import Flow
from k8slint.manifest.tree import Document, start_of

_COMMA = re.compile(r"[ \t]*,")
_REST_OF_LINE = re.compile(r"[ \t]*,?[ \t]*(?:#.*)?\r?(?=\n|\Z)")


def insert(document: Document, insertions: Sequence[Insertion]) -> Iterator[Edit]:
    """New entries behind one entry: on its line, or on lines of their own where it has one."""
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
    eol, indent, depth = newline(text, start), indentation(text, start), column(text, start)
    entries = [
        f"{style.flow_key(new.key, looks)}{looks.colon}"
        f"{style.flow_text(new.value, looks, text, eol, indent)}"
        for new in insertions
    ]
    if not (on_own_line(text, start) and _REST_OF_LINE.match(text, end)):
        yield Edit(end, end, space + "".join(looks.comma + entry for entry in entries), depth)
        return
    comma = "," if _COMMA.match(text, end) else ""
    if not comma:
        yield Edit(end, end, f"{space},", depth)
    stop = line_end(text, end)
    lines = f",{eol}{indent}".join(entries)
    yield Edit(stop, stop, f"{eol}{indent}{lines}{comma}", depth - 1)


def replace_value(
    document: Document, change: Replacement, span: tuple[int, int], looks: Flow
) -> Edit:
    """Another value in the place of one that is on one line or in brackets."""
    text, (start, end) = document.text, span
    _refuse_comments_to_rewrite(document, change.value)
    eol, indent = newline(text, start), indentation(text, start)
    new = style.flow_text(change.value, looks, text, eol, indent)
    refuse_lost_comments(document, span, "replaced", kept_spans(change.value, text))
    # A new value comes before a new entry behind it.
    return Edit(start, end, new) if start < end else Edit(start, end, f" {new}", sys.maxsize)


def _refuse_comments_to_rewrite(document: Document, value: Data) -> None:
    for kept in kept_in(value):
        if needs_rewriting(kept.node):
            span = kept.start, kept_end(kept, document.text)
            refuse_lost_comments(document, span, "moved")
