"""Edits of a Go template: only of scalars that stand in it literally, its actions left alone."""

from __future__ import annotations

from collections.abc import Sequence

from k8slint.manifest.actions import BadTemplate, parse_template
from k8slint.manifest.changes import NodeChange, PairReplacement
from k8slint.manifest.geometry import is_block_scalar, start_of
from k8slint.manifest.masking import FIRST, View, has_masked_words, view_of
from k8slint.manifest.openings import read_literals
from k8slint.manifest.operations import Operation, Set
from k8slint.manifest.prove import Unproved
from k8slint.manifest.pyyaml import ScalarNode
from k8slint.manifest.splice import Edit, Refused, apply
from k8slint.manifest.stream import Chunk
from k8slint.manifest.tree import Document, UnknownNode
from k8slint.manifest.values import Pointer, Value, root

_ONLY_LITERALS = (
    "the file is a template, of which only values that stand in it literally are edited"
)


def literals_of(document: Document) -> Document:
    """A document of a template as it is edited: in its tree nothing stands for actions."""
    if document.literals is None:
        assert document.template is not None
        chunk = Chunk(document.start, document.text)
        read = read_literals(document.source, chunk, document.template)
        place = start_of(document.root)
        document.literals = next(one for one in read if start_of(one.root) == place)
    return document.literals


def refuse_unwritten(document: Document, operations: Sequence[Operation]) -> None:
    """Raise Refused unless all operations are about scalars that no action has a part in."""
    for operation in operations:
        if not isinstance(operation, Set) or operation.key is not None:
            raise Refused(_ONLY_LITERALS)
        node = _value_at(document, operation.pointer).node
        if not isinstance(node, ScalarNode) or isinstance(node, UnknownNode) or not node.value:
            raise Refused(_ONLY_LITERALS)
        if "{{" in node.value or "{{" in str(operation.value):
            raise Refused(_ONLY_LITERALS)


def refuse_masked(operations: Sequence[Operation]) -> None:
    """Raise Refused if operations would write what a shell was shown in place of actions."""
    if any(map(has_masked_words, map(repr, operations))):
        raise Refused("the text holds `{{ ... }}`, which another program replaces")


def refuse_all_but_scalars(changes: Sequence[NodeChange]) -> None:
    """Raise Refused unless all changes replace a scalar in a line by another."""
    for change in changes:
        if not isinstance(change, PairReplacement) or not isinstance(change.value, (str, int)):
            raise Refused(_ONLY_LITERALS)
        key, value = change.owner.value[change.at]
        if change.key != key.value or FIRST in value.value or is_block_scalar(value):
            raise Refused(_ONLY_LITERALS)


def prove_in_template(view: View, edits: Sequence[Edit]) -> None:
    """Raise Unproved unless edits leave all actions of a template as they are, and where they are.

    What they do to the literals is proved by that of the view.
    """
    changed = apply(view.template, edits)
    opened = {_moved(start, edits): branch for start, branch in view.opened.items()}
    try:
        new = view_of(changed, parse_template(changed), opened)
    except BadTemplate as reason:
        raise Unproved(f"the result is not a template: {reason}") from None
    if new.text != apply(view.text, edits) or _actions(new) != _actions(view):
        raise Unproved("an action of the template would be changed")


def _moved(offset: int, edits: Sequence[Edit]) -> int:
    return offset + sum(
        len(edit.text) - (edit.end - edit.start) for edit in edits if edit.end <= offset
    )


def _actions(view: View) -> list[str]:
    places = [*view.inline, *((hole.start, hole.end) for hole in view.holes)]
    return [view.template[start:end] for start, end in places]


def _value_at(document: Document, pointer: Pointer) -> Value:
    value = root(document)
    for part in pointer:
        if isinstance(part, int):
            items = [*value.items()]
            if part >= len(items):
                raise Refused(_ONLY_LITERALS)
            value = items[part]
        else:
            value = value.get(part)
    return value
