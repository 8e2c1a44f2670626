"""Comments of a document: every `#` that no value holds."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache

from k8slint.manifest.geometry import is_block_scalar, start_of, walk_nodes
from k8slint.manifest.pyyaml import MappingNode, Node, SequenceNode
from k8slint.manifest.splice import Refused
from k8slint.manifest.tree import Document
from k8slint.records import NamedTuple

_COMMENT = re.compile(r"(?:(?<=[\s\[\]{},\"':])|(?<=^))#[^\r\n]*", re.MULTILINE)


class Comment(NamedTuple):
    """A comment from its `#` to the end of the line, at an offset of the document's text."""

    start: int
    text: str


def comments(text: str, roots: Iterable[Node]) -> Iterator[Comment]:
    """The comments of a text that reads as these trees, in the order of the text."""
    if "#" not in text:
        return
    at = 0
    for root in roots:
        for start, end in _scalars(root, text):
            if text.find("#", at, start) >= 0:
                yield from _between(text, at, start)
            at = max(at, end)
    yield from _between(text, at, len(text))


def refuse_lost_comments(
    document: Document,
    span: tuple[int, int],
    done: str,
    carried: Iterable[tuple[int, int]] = (),
) -> None:
    """Raise Refused if a span holds a comment that is not carried along."""
    start, end = span
    if "#" not in document.text[start:end]:
        return
    spans = [*carried]
    written = _written(document)
    for comment in written[bisect_left(written, (start, "")) : bisect_left(written, (end, ""))]:
        if not any(begin <= comment.start < stop for begin, stop in spans):
            line, _ = document.source.position(document.start + comment.start)
            raise Refused(f"a comment stands inside the part to be {done} (line {line})")


@lru_cache(maxsize=1)
def _written(document: Document) -> list[Comment]:
    return [*comments(document.text, [document.root])]


def _between(text: str, start: int, end: int) -> Iterator[Comment]:
    for match in _COMMENT.finditer(text, start, end):
        yield Comment(match.start(), match[0])


def _scalars(root: Node, text: str) -> Iterator[tuple[int, int]]:
    """Spans of the texts in which a `#` is content."""
    for node in walk_nodes(root):
        if isinstance(node, (MappingNode, SequenceNode)):
            continue
        start, end = start_of(node), node.end_mark.index
        if is_block_scalar(node):
            start = text.find("\n", start, end)
            if start < 0:
                continue
        yield start, end
