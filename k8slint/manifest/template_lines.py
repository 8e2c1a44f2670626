"""New lines of a Go template, where it stays literal whatever its actions write."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache

from k8slint.manifest.actions import (
    Action,
    BadTemplate,
    Branch,
    ControlBlock,
    TemplatePart,
    parse_template,
)
from k8slint.manifest.branches import Opened
from k8slint.manifest.changes import Insertion, NodeChange
from k8slint.manifest.edit import Plan, plan_literals
from k8slint.manifest.geometry import start_of
from k8slint.manifest.lines import line_start
from k8slint.manifest.masking import View, refuse_masks, view_of
from k8slint.manifest.openings import open_document, read_literals
from k8slint.manifest.operations import Set
from k8slint.manifest.pyyaml import MappingNode, Node
from k8slint.manifest.source import Source
from k8slint.manifest.splice import Refused
from k8slint.manifest.stream import Chunk, split_documents
from k8slint.manifest.template_edits import literals_of, refuse_all_but_scalars
from k8slint.manifest.tree import Document, YamlError
from k8slint.manifest.values import is_merge, root

# The blocks whose branches are rendered at most once where they stand.
_ONCE = frozenset({"if", "with"})


def read_around(source: Source, offset: int) -> Document:
    """Return the document of a template that has a literal at an offset.

    Only the blocks around the offset are opened: what all others may write is unknown. Raises
    Refused, also where the literal may be rendered several times or elsewhere.
    """
    try:
        refuse_masks(source.text)
        parts = _parse(source.text)
    except BadTemplate as reason:
        raise Refused(f"its template cannot be read: {reason}") from None
    view, chunks = _view(source.text, tuple(_blocks_around(parts, offset).items()))
    chunk = chunks[bisect_right(chunks, offset, key=lambda one: one.start) - 1]
    try:
        before = [
            one
            for one in read_literals(source, chunk, view)
            if one.start + start_of(one.root) <= offset
        ]
        for document in before[-1:]:
            open_document(document)
            return document
    except YamlError:
        pass
    raise Refused("what stands literally in its template is not YAML without the rest")


def plan_lines(document: Document, operations: Sequence[Set]) -> Plan:
    """Turn operations on a document of `read_around` into new lines, or other literal scalars.

    New lines stand between two lines without actions, in a mapping into which no action may write
    the same key. Raises Refused.
    """
    for operation in operations:
        _refuse_unknown(document, operation)
    planned = plan_literals(literals_of(document), operations)
    for change in planned.changes:
        _refuse_uncertain(planned.document, change)
    return planned


# The objects of a template are looked at one after another.
_parse = lru_cache(maxsize=1)(parse_template)


@lru_cache(maxsize=1)
def _view(text: str, opened: tuple[tuple[int, int], ...]) -> tuple[View, list[Chunk]]:
    view = view_of(text, _parse(text), dict(opened))
    return view, [*split_documents(view.text)]


def _blocks_around(parts: Sequence[TemplatePart], offset: int) -> Opened:
    """Return the branches that an offset is in; raises Refused for others than of conditions."""
    opened: dict[int, int] = {}
    while block := _block_at(parts, offset):
        if block.word not in _ONCE:
            raise Refused(f"its template writes it in a `{block.word}`, maybe several times")
        number, branch = _branch_at(block, offset)
        opened[block.start] = number
        parts = branch.parts
    return opened


def _block_at(parts: Sequence[TemplatePart], offset: int) -> ControlBlock | None:
    for part in parts:
        if part.start <= offset < part.end:
            if isinstance(part, Action):
                raise Refused("an action of its template writes it")
            return part
    return None


def _branch_at(block: ControlBlock, offset: int) -> tuple[int, Branch]:
    for number, branch in enumerate(block.branches):
        if branch.guard.end <= offset < branch.end:
            return number, branch
    raise Refused("an action of its template writes it")


def _refuse_unknown(document: Document, operation: Set) -> None:
    """Raise Refused where an action of the template may write what is to be said, or a part."""
    value = root(document)
    for part in operation.pointer:
        value = value.get(str(part))
        if value.is_unknown:
            raise Refused(f"an action of its template writes its `{part}`, or may write it")
        if isinstance(value.node, MappingNode) and value.node.flow_style:
            raise Refused(f"its `{part}` is written in braces in its template")
    if "{{" in (value.text or ""):
        raise Refused(f"an action of its template writes a part of its `{operation.pointer[-1]}`")
    if any("{{" in str(one) for one in (*operation.pointer, operation.value)):
        raise Refused("its template would take `{{` for the beginning of an action")


def _refuse_uncertain(literals: Document, change: NodeChange) -> None:
    """Raise Refused unless a change is of a scalar, or new lines stand between literal ones."""
    if not isinstance(change, Insertion):
        refuse_all_but_scalars([change])
        return
    key = _key_of(change)
    if key is None or any(is_merge(one) for one, _ in change.owner.value):
        raise Refused("its template does not write it as a mapping of its own")
    view, base = literals.template, literals.start
    assert view is not None
    start, end = line_start(literals.text, start_of(key)), change.owner.value[0][0].end_mark.index
    if view.template[base + start : base + end] != literals.text[start:end]:
        raise Refused(f"an action follows `{key.value}:` in its template, on that line or below")
    if _blocks_around(_parse(view.template), base + start) != view.opened:
        raise Refused(f"its `{key.value}` is written in another branch of its template")


def _key_of(change: Insertion) -> Node | None:
    """Return the key under which the mapping stands that lines are added to."""
    above = change.chain[-2] if len(change.chain) > 1 else None
    pairs = above.value if isinstance(above, MappingNode) else ()
    return next((key for key, value in pairs if value is change.owner), None)
