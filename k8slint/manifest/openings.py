"""The trees of a template's view, in which is unknown what actions decide."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import count

from k8slint.manifest.geometry import body_start, content_end, is_block_scalar, start_of
from k8slint.manifest.lines import indentation
from k8slint.manifest.masking import FIRST, REST, Hole, View
from k8slint.manifest.pyyaml import MappingNode, Mark, Node, ScalarNode, SequenceNode
from k8slint.manifest.source import Source
from k8slint.manifest.stream import Chunk
from k8slint.manifest.tree import Document, OpenMapping, UnknownNode, YamlError, documents
from k8slint.records import NamedTuple
from k8slint.type_names import cast

_MASK = re.compile(f"{FIRST}{REST}*")
_CONTENT_INDENT = re.compile(r"[^\n]*\n(?:[ \t]*\r?\n)*( *)")
_MOST_SHOWN = 200


def read_literals(source: Source, chunk: Chunk, view: View) -> list[Document]:
    """The documents of a part of a view, as if actions wrote nothing but words within lines.

    Raises YamlError where what is literal is not YAML.
    """
    # Trees are changed where they are opened, and must not be met again.
    found = documents(source, chunk, keep=False)
    for document in found:
        document.template = view
    return found


def open_document(document: Document) -> None:
    """Mark in the tree of a document what actions decide.

    Raises YamlError where what is literal goes on with what an action writes.
    """
    assert document.template is not None
    _Opener(document, document.template).open()


class _Leaf(NamedTuple):
    """A node without others in it, what it stands in, and whether it is a key.

    `pair` is the number of the pair of a key without a value.
    """

    start: int
    end: int
    node: Node
    parent: Node | None
    is_key: bool = False
    pair: int | None = None


class _Opener:
    """Marks what is unknown in a document of a view."""

    def __init__(self, document: Document, view: View) -> None:
        self.document = document
        self.text = document.text
        self.view = view
        self.parents: dict[Node, Node | None] = {}
        self.leaves = [*self._walk()]
        self.done: set[tuple[object, ...]] = set()

    def open(self) -> None:
        starts = [leaf.start for leaf in self.leaves]
        base, holes = self.document.start, self.view.holes
        first = bisect_left(holes, base, key=lambda hole: hole.start)
        last = bisect_left(holes, base + len(self.text), key=lambda hole: hole.start)
        for hole in holes[first:last]:
            at = hole.start - base
            self._apply(hole, at, bisect_left(starts, at))
        for leaf in self.leaves:
            if isinstance(leaf.node, ScalarNode) and FIRST in leaf.node.value:
                self._restore(leaf)

    def _walk(self) -> Iterator[_Leaf]:
        """The leaves in the order of the text."""
        stack: list[tuple[Node, Node | None, bool, int | None]] = [
            (self.document.root, None, False, None)
        ]
        while stack:
            node, parent, is_key, pair = stack.pop()
            self.parents[node] = parent
            if isinstance(node, MappingNode) and node.value:
                for number in range(len(node.value) - 1, -1, -1):
                    key, value = node.value[number]
                    is_empty = _is_left_out(value)
                    if not is_empty:
                        stack.append((value, node, False, None))
                    stack.append((key, node, True, number if is_empty else None))
            elif isinstance(node, SequenceNode) and node.value:
                stack += [
                    (item, node, False, None)
                    for item in reversed(node.value)
                    if not _is_left_out(item)
                ]
            else:
                end = node.end_mark.index
                if is_block_scalar(node):
                    end = content_end(node, self.text)
                yield _Leaf(node.start_mark.index, end, node, parent, is_key, pair)

    def _apply(self, hole: Hole, at: int, number: int) -> None:
        """Mark what a hole may write to; the leaf of that number is the first one after it."""
        before = self.leaves[number - 1] if number else None
        behind = self.leaves[number] if number < len(self.leaves) else None
        is_inside = before is not None and self._is_inside(hole, at, before)
        # There may be very many holes at one place.
        asked = number, is_inside, *hole[2:]
        if asked in self.done:
            return
        self.done.add(asked)
        is_read = before is not None and (is_inside or self._may_follow(hole, before))
        if before and is_read:
            self._forget(before, hole)
        if is_inside:
            return
        if behind is not None and self._goes_on(hole, behind):
            raise YamlError("it goes on with what an action writes", behind.start)
        if before and before.pair is not None and is_read and not self._is_deeper(hole, before):
            return  # A list may stand at the column of its key.
        around = [*self._around(before), *self._around(behind)]
        wanted = [node for node in around if _is_written_to(node, hole, at)]
        for node in wanted:
            self._open(node, hole)
        for node in () if wanted or is_read else around:
            self._open(node, hole._replace(names=None, is_list=False))

    def _around(self, leaf: _Leaf | None) -> Iterator[Node]:
        node = leaf.parent if leaf else None
        while node is not None:
            yield node
            node = self.parents[node]

    def _is_inside(self, hole: Hole, at: int, leaf: _Leaf) -> bool:
        """Whether a hole is in the text of a scalar, or goes on with one in a block."""
        if not isinstance(leaf.node, ScalarNode):
            return False
        if at < leaf.end or not is_block_scalar(leaf.node):
            return at < leaf.end
        indent = _CONTENT_INDENT.match(self.text, body_start(leaf.node, self.text))
        depth = len(indent[1]) if indent else 0
        return hole.columns is None or max(hole.columns) >= depth

    def _may_follow(self, hole: Hole, leaf: _Leaf) -> bool:
        """Whether a hole may write the value of the key before it, or go on with the scalar."""
        if leaf.pair is None:
            return hole.is_glued and not leaf.is_key
        column = leaf.node.start_mark.column
        is_below = hole.columns is None or hole.is_glued or max(hole.columns) > column
        is_list = hole.names is None and hole.columns is not None and column in hole.columns
        return is_below or is_list

    def _is_deeper(self, hole: Hole, key: _Leaf) -> bool:
        """Whether a hole may write below a key as well as at its column."""
        column = key.node.start_mark.column
        return hole.columns is None or hole.is_glued or hole.columns != {column}

    def _goes_on(self, hole: Hole, behind: _Leaf) -> bool:
        """Whether what follows is deeper than what a hole writes, so that it is a part of that."""
        at = hole.start - self.document.start
        is_on_next_line = self.text.find("\n", at, behind.start) >= 0
        depth = len(indentation(self.text, behind.start))
        return is_on_next_line and hole.columns is not None and depth > max(hole.columns)

    def _forget(self, leaf: _Leaf, hole: Hole) -> None:
        """Make a scalar, or the value of a key, unknown."""
        if leaf.pair is not None and isinstance(leaf.parent, MappingNode):
            leaf.parent.value[leaf.pair] = leaf.node, self._unknown(hole)
        elif isinstance(leaf.node, ScalarNode):
            leaf.node.__class__ = UnknownNode
            leaf.node.value = self._shown(hole)
            if leaf.is_key and leaf.parent:
                self._open(leaf.parent, hole._replace(names=None, is_list=False))

    def _open(self, node: Node, hole: Hole) -> None:
        if isinstance(node, MappingNode):
            if hole.is_list:
                return
            if not isinstance(node, OpenMapping):
                node.__class__ = OpenMapping
                vars(node)["writers"] = []
            assert isinstance(node, OpenMapping)
            node.writers.append((hole.names, self._unknown(hole)))
        elif isinstance(node, SequenceNode) and not isinstance(node.value[-1], UnknownNode):
            node.value.append(self._unknown(hole))

    def _unknown(self, hole: Hole) -> UnknownNode:
        at = hole.start - self.document.start
        mark = Mark("", at, 0, 0, None, 0)
        return UnknownNode(cast("str", None), self._shown(hole), mark, mark)

    def _shown(self, hole: Hole) -> str:
        text = self._text(hole.start, min(hole.end, hole.start + _MOST_SHOWN))
        return text.partition("\n")[0]

    def _text(self, start: int, end: int) -> str:
        return self.view.template[start:end]

    def _restore(self, leaf: _Leaf) -> None:
        """Show the actions in a scalar as they are written."""
        node, base, inline = leaf.node, self.document.start, self.view.inline
        assert isinstance(node, ScalarNode)
        number = bisect_left(inline, (base + leaf.start, 0))
        is_whole = not node.style and not _MASK.sub("", node.value).strip()
        places = (inline[n] for n in count(number))
        node.value = _MASK.sub(lambda _: self._text(*next(places)), node.value)
        if is_whole:
            node.__class__ = UnknownNode
        if leaf.is_key and leaf.parent:
            start, end = inline[number]
            self._open(leaf.parent, Hole(start, end, None))


def _is_left_out(node: Node) -> bool:
    """Whether nothing is written for a value: its mark stands at what comes next."""
    return (
        isinstance(node, ScalarNode) and not node.style and start_of(node) == node.end_mark.index
    )


def _is_written_to(node: Node, hole: Hole, at: int) -> bool:
    """Whether a hole may write into a collection: that of its column, or one it is inside of."""
    if isinstance(node, (MappingNode, SequenceNode)) and node.flow_style:
        return start_of(node) < at < node.end_mark.index
    if hole.columns is None:
        return True
    is_kind = isinstance(node, MappingNode) or hole.is_list or hole.names is None
    return is_kind and _column(node) in hole.columns


def _column(node: Node) -> int:
    first = node.value[0][0] if isinstance(node, MappingNode) else node
    return int(first.start_mark.column)
