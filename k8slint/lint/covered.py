"""What a comment covers: its line or, where it is alone on one, the node below it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from k8slint.lazy import cached_property
from k8slint.manifest.comments import Comment
from k8slint.manifest.geometry import content_end, is_block_scalar, start_of, walk_nodes
from k8slint.manifest.lines import line_start, on_own_line
from k8slint.manifest.pyyaml import MappingNode, Node, SequenceNode
from k8slint.manifest.source import Source
from k8slint.manifest.tree import Document
from k8slint.records import NamedTuple
from k8slint.type_names import Any, TypeAlias

_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*[ \t]*\Z")
# A dash of an item; what is in a comment is none.
_DASH = re.compile(r"#[^\n]*|(?<!\S)-(?!\S)")

TextPosition: TypeAlias = tuple[int, int]


class Lines(NamedTuple):
    """What a comment covers: all that starts between two positions; `words` name it."""

    start: TextPosition
    end: TextPosition
    words: str


WHOLE_FILE = Lines((0, 0), (1 << 62, 0), "in this file")


class Covered:
    """The documents of one text, in which comments are asked for one after the other."""

    def __init__(self, source: Source, documents: Sequence[Document]) -> None:
        self.source = source
        self.documents = documents
        self.text = documents[0].text
        self.base = documents[0].start
        self.entries = [_Entries(one.root, self.text) for one in documents]

    def by(self, comment: Comment) -> Lines | str:
        """What a comment covers, or why that is nothing."""
        line, column = self._position(comment.start)
        if on_own_line(self.text, comment.start):
            at = comment.start + len(comment.text)
            found = next((one for part in self.entries if (one := part.below(at))), None)
            if not found:
                return "no key and no list item follows this comment"
            end, words = found
            return Lines((line, column), self._position(end), words)
        stop = (line + 1, 0)
        if _BLOCK_HEADER.search(self.text, line_start(self.text, comment.start), comment.start):
            stop = max(stop, self._block_ends.get(line, stop))
        return Lines((line, 0), stop, "on this line")

    def _position(self, offset: int) -> TextPosition:
        return self.source.position(self.base + offset)

    @cached_property
    def _block_ends(self) -> Mapping[int, TextPosition]:
        """Where the block scalars end that begin on a line."""
        ends: dict[int, TextPosition] = {}
        for node in (node for part in self.entries for node in walk_nodes(part.root)):
            if is_block_scalar(node):
                line, _ = self._position(start_of(node))
                end = self._position(content_end(node, self.text))
                ends[line] = max(end, ends.get(line, end))
        return ends


class _Entries:
    """The keys and list items of a document, by where they start."""

    def __init__(self, root: Node, text: str) -> None:
        self.root = root
        self.text = text
        self._ends: dict[Node, int] = {}
        # The dashes before an entry, as far as they were looked for.
        self._dashes: tuple[int, int, list[int]] = -1, -1, []

    def below(self, at: int) -> tuple[int, str] | None:
        """Where the entry ends that comes first after an offset, and what it is."""
        number = bisect_left(self._starts, at)
        if number == len(self._starts):
            return None
        if number == 0:
            return self._end(self.root), "in this document"
        start = self._starts[number]
        here = self._by_start[start]
        dashes = self._dashes_between(at, start)
        items = [node for node, is_item in here if is_item]
        keys = [node for node, is_item in here if not is_item]
        node = items[-dashes] if 0 < dashes <= len(items) else (keys or items)[0]
        return self._end(node), "in what is below"

    def _end(self, node: Node) -> int:
        if node not in self._ends:
            self._ends[node] = content_end(node, self.text)
        return self._ends[node]

    def _dashes_between(self, at: int, start: int) -> int:
        """How many dashes stand before an entry, after the comment at an offset."""
        first, entry, dashes = self._dashes
        if entry != start or at < first:
            found = _DASH.finditer(self.text, at, start)
            dashes = [match.start() for match in found if match[0] == "-"]
            self._dashes = at, start, dashes
        return len(dashes) - bisect_left(dashes, at)

    @cached_property
    def _by_start(self) -> Mapping[int, Sequence[tuple[Any, bool]]]:
        """The values of the entries, each with whether it is an item; the outermost first."""
        found: dict[int, list[tuple[Any, bool]]] = defaultdict(list)
        for start, node, is_item in _entries(self.root):
            found[start].append((node, is_item))
        return found

    @cached_property
    def _starts(self) -> list[int]:
        return sorted(self._by_start)


def _entries(root: Node) -> Iterator[tuple[int, Any, bool]]:
    """Where each key and list item starts, its value, and which it is; outermost first."""
    for node in walk_nodes(root):
        if isinstance(node, MappingNode):
            yield from ((start_of(key), value, False) for key, value in node.value)
        elif isinstance(node, SequenceNode):
            yield from ((start_of(item), item, True) for item in node.value)
