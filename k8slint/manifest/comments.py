"""Comments of a document: every `#` that no value holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from yaml.nodes import MappingNode, Node, SequenceNode

from k8slint.manifest.tree import Document, is_block_scalar, start_of, walk

_COMMENT = re.compile(r"(?:(?<=\s)|(?<=^)|(?<=[\[{,]))#[^\r\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment from its `#` to the end of the line, at an offset of the document's text."""

    start: int
    text: str


def comments(document: Document) -> Iterator[Comment]:
    """The comments of a document, in the order of the text."""
    text = document.text
    if "#" not in text:
        return
    at = 0
    for start, end in _scalars(document.root, text):
        yield from _between(text, at, start)
        at = max(at, end)
    yield from _between(text, at, len(text))


def _between(text: str, start: int, end: int) -> Iterator[Comment]:
    for match in _COMMENT.finditer(text, start, end):
        yield Comment(match.start(), match[0])


def _scalars(root: Node, text: str) -> Iterator[tuple[int, int]]:
    """Spans of the texts in which a `#` is content."""
    for node in walk(root):
        if isinstance(node, (MappingNode, SequenceNode)):
            continue
        start, end = start_of(node), node.end_mark.index
        if is_block_scalar(node):
            start = text.find("\n", start, end)
            if start < 0:
                continue
        yield start, end
