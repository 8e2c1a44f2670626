"""Proof that a changed document says what was intended and nothing else.

V1 it parses; V2 its tree is the old tree with the changes made; V3 undoing the edits gives the
old bytes; V4 every comment is still there; V5 ruamel.yaml's own parser reads the same tree. That
the rules find nothing new is for the caller to see.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from k8slint.manifest.changes import Change, Insertion, Removal, Replacement
from k8slint.manifest.comments import comments
from k8slint.manifest.edit import Edit, apply
from k8slint.manifest.style import Data, Kept, line_end
from k8slint.manifest.tree import (
    AliasNode,
    Chunk,
    Document,
    Unreadable,
    content_end,
    documents,
    second_reading,
    start_of,
)
from k8slint.manifest.values import read


class Unproved(Exception):
    """The edits do not do what was intended: a bug here, so nothing may be written."""


def prove(document: Document, changes: Sequence[Change], edits: Sequence[Edit]) -> str:
    """The document's text after the edits, given in offsets of its source.

    Raises Unproved, or Refused where edits touch.
    """
    local = [
        Edit(e.start - document.start, e.end - document.start, e.text, e.depth) for e in edits
    ]
    text = apply(document.text, local)
    if _undone(document.text, text, local) != document.text:
        raise Unproved("undoing the edits does not give the old text back")
    try:
        after = documents(document.source, Chunk(document.start, text))
    except Unreadable as error:
        raise Unproved(f"the result is no YAML: {error.reason}") from None
    if len(after) != 1:
        raise Unproved(f"the result has {len(after)} documents")
    try:
        if not _same(document.root, after[0].root, _Reading(document, after[0].anchors, changes)):
            raise Unproved("the result does not say what was intended")
        _prove_comments(document, changes, after[0])
        _prove_second_reading(document, changes, text)
    except RecursionError:
        raise Unproved("the document is nested too deeply to be compared") from None
    _prove_json(document.text, text)
    return text


class _Reading:
    """What a new tree is compared with: the old one, and the changes by their mapping."""

    def __init__(
        self, document: Document, anchors: Mapping[int, str], changes: Iterable[Change]
    ) -> None:
        self.before, self.after = document.anchors, anchors
        self.changes: dict[int, list[Change]] = {}
        for change in changes:
            self.changes.setdefault(id(change.owner), []).append(change)


def _same(old: Node, new: Node, reading: _Reading) -> bool:
    if type(old) is not type(new) or old.tag != new.tag:
        return False
    if reading.before.get(id(old)) != reading.after.get(id(new)):
        return False
    if isinstance(old, AliasNode) and isinstance(new, AliasNode):
        return old.name == new.name
    if isinstance(old, ScalarNode) and isinstance(new, ScalarNode):
        return bool(old.value == new.value and bool(old.style) == bool(new.style))
    if isinstance(old, SequenceNode):
        return len(old.value) == len(new.value) and all(
            _same(a, b, reading) for a, b in zip(old.value, new.value, strict=True)
        )
    assert isinstance(old, MappingNode)
    wanted = _wanted(old, reading)
    return len(wanted) == len(new.value) and all(
        _matches(key, new_key, reading) and _matches(value, new_value, reading)
        for (key, value), (new_key, new_value) in zip(wanted, new.value, strict=True)
    )


def _wanted(old: MappingNode, reading: _Reading) -> list[tuple[Data | Node, Data | Node]]:
    pairs: list[list[tuple[Data | Node, Data | Node]]] = [[pair] for pair in old.value]
    for change in reading.changes.get(id(old), ()):
        match change:
            case Insertion(after=after, key=key, value=value):
                pairs[after].append((key, value))
            case Replacement(index=index, key=key, value=value):
                old_key = old.value[index][0]
                pairs[index][0] = (old_key if old_key.value == key else key, value)
            case Removal(index=index):
                del pairs[index][0]
    return [pair for group in pairs for pair in group]


def _matches(wanted: Data | Node, new: Node, reading: _Reading) -> bool:
    if isinstance(wanted, Node):
        return _same(wanted, new, reading)
    if isinstance(wanted, Kept):
        return _same(wanted.node, new, reading)
    if new.tag is not None:
        return False
    if isinstance(wanted, (str, int)):
        return isinstance(new, ScalarNode) and _reads(wanted, new)
    if isinstance(wanted, Mapping):
        return (
            isinstance(new, MappingNode)
            and [key.value for key, _ in new.value] == [*wanted]
            and all(_matches(wanted[key.value], value, reading) for key, value in new.value)
        )
    return (
        isinstance(new, SequenceNode)
        and len(new.value) == len(wanted)
        and all(_matches(a, b, reading) for a, b in zip(wanted, new.value, strict=True))
    )


def _reads(wanted: str | int, new: ScalarNode) -> bool:
    value = read(new)
    return value == wanted and type(value) is type(wanted)


def _undone(old: str, new: str, edits: Iterable[Edit]) -> str:
    pieces: list[str] = []
    at = shift = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end > e.start, -e.depth)):
        begin = edit.start + shift
        pieces += (new[at:begin], old[edit.start : edit.end])
        at = begin + len(edit.text)
        shift += len(edit.text) - (edit.end - edit.start)
    return "".join([*pieces, new[at:]])


def _prove_comments(before: Document, changes: Sequence[Change], after: Document) -> None:
    gone = [
        span
        for c in changes
        if isinstance(c, Removal) and not c.with_leading
        for span in [_lines_of(before, c)]
    ]
    kept = [
        comment.text
        for comment in comments(before)
        if not any(start <= comment.start < end for start, end in gone)
    ]
    found = [comment.text for comment in comments(after)]
    moved = any(isinstance(change, Removal) and change.with_leading for change in changes)
    if (Counter(kept) != Counter(found)) if moved else (kept != found):
        raise Unproved("a comment would be lost or changed")


def _lines_of(document: Document, change: Removal) -> tuple[int, int]:
    key, value = change.owner.value[change.index]
    return start_of(key), line_end(document.text, content_end(value, document.text))


def _prove_second_reading(document: Document, changes: Sequence[Change], text: str) -> None:
    try:
        ((root, anchors),) = second_reading(text)
    except (Unreadable, ValueError) as error:
        try:
            second_reading(document.text)
        except Unreadable:
            return  # ruamel.yaml cannot read what was there either, tabs for example.
        raise Unproved(f"ruamel.yaml does not read the result: {error}") from None
    if not _same(document.root, root, _Reading(document, anchors, changes)):
        raise Unproved("ruamel.yaml reads something else in the result")


def _prove_json(old: str, new: str) -> None:
    if not old.lstrip().startswith("{"):
        return
    try:
        json.loads(old)
    except ValueError:
        return
    try:
        json.loads(new)
    except ValueError as error:
        raise Unproved(f"the result is no JSON any more: {error}") from None
