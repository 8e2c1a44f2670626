"""Comments added to a document: where one can stand, and the proof that nothing else changed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache

from k8slint.manifest.comments import Comment, comments
from k8slint.manifest.geometry import content_end, is_block, is_block_scalar, start_of, walk_nodes
from k8slint.manifest.lines import line_end, line_start, newline
from k8slint.manifest.prove import Unproved, prove, prove_second_reading
from k8slint.manifest.pyyaml import MappingNode, Node, SequenceNode
from k8slint.manifest.splice import Edit, Refused, apply, in_order
from k8slint.manifest.stream import Chunk
from k8slint.manifest.tree import Document, YamlError, documents


def line_for_comment(document: Document, at: int) -> int:
    """Return where the line ends on which a comment covers an offset of the document's text.

    For the content of a block scalar that is its first line. Raises Refused where a `#` would be
    part of a value, or stand inside of a collection in braces.
    """
    text = document.text
    _refuse_json(document)
    if holder := _holder(document, line_end(text, at)):
        if not is_block_scalar(holder):
            raise Refused("its line ends inside a value that goes on below")
        at = start_of(holder)
    end = line_end(text, at)
    holder = _holder(document, end)
    if holder and not (is_block_scalar(holder) and line_end(text, start_of(holder)) == end):
        raise Refused("its line ends inside a value that goes on below")
    return end


def entry_around(document: Document, at: int, inside: int) -> int:
    """Return where the key or item starts above which a comment covers an offset.

    It is the innermost one that begins a line, after the offset `inside`, at which the object
    starts. Raises Refused where only a comment on the whole object would do.
    """
    _refuse_json(document)
    found = None
    for start, end in _entries_around(document.root, document.text, at):
        begin = line_start(document.text, start)
        before = document.text[begin:start].strip(" ")
        if start > inside and before in ("", "-") and at < end:
            found = document.text.index("-", begin) if before else start
    if found is None:
        raise Refused("only a comment on the whole object would cover it")
    return found


def comment_behind(document: Document, end: int, comment: str) -> Edit:
    """Return the edit that puts a comment at the end of a line, which may have one already."""
    text = document.text
    line = text[line_start(text, end) : end]
    own = [one for one in _comments_of(document) if one.start + len(one.text) == end]
    blanks = " " if own or not line.strip() else "  "
    kept = len(line) - len(line.rstrip(" \t"))
    return Edit(end, end, f"{blanks[kept:]}{comment}")


def comment_on_own_line(document: Document, at: int, comment: str) -> Edit:
    """Return the edit that puts a comment above the line of an offset, at its column."""
    text = document.text
    start = line_start(text, at)
    return Edit(start, start, f"{' ' * (at - start)}{comment}{newline(text, start)}")


def prove_comments_added(document: Document, edits: Sequence[Edit]) -> str:
    """Return the document's text with comments added by edits of its source.

    It is proved in reverse: to take the comments away is to be a cut of comments alone, whose
    result is the old text. Raises Unproved or Refused.
    """
    local = in_order(edit.shifted(-document.start) for edit in edits)
    text = apply(document.text, local)
    try:
        read = documents(document.source, Chunk(document.start, text), keep=False)
    except YamlError as error:
        raise Unproved(f"the result is not valid YAML: {error.reason}") from None
    if len(read) != 1:
        raise Unproved(f"the result has {len(read)} documents")
    cuts = [cut.shifted(document.start) for cut in _taken_away(local)]
    if prove(read[0], (), cuts, cuts) != document.text:
        raise Unproved("more than comments would be added")
    prove_second_reading(read, (), text)
    return text


def _taken_away(added: Sequence[Edit]) -> Iterator[Edit]:
    """What takes insertions away from the text that they were made in."""
    shift = 0
    for edit in added:
        if edit.end > edit.start:
            raise Unproved("something would be replaced")
        begin = edit.start + shift
        yield Edit(begin, begin + len(edit.text), "")
        shift += len(edit.text)


def _refuse_json(document: Document) -> None:
    if getattr(document.root, "flow_style", False):
        raise Refused("JSON has no comments")


@lru_cache(maxsize=1)
def _comments_of(document: Document) -> list[Comment]:
    return [*comments(document.text, [document.root])]


def _holder(document: Document, offset: int) -> Node | None:
    """Return the outermost scalar or collection in braces that goes on after an offset."""
    starts, nodes, ends = _solid(document)
    number = bisect_right(starts, offset) - 1
    return nodes[number] if number >= 0 and offset < ends[number] else None


@lru_cache(maxsize=1)
def _solid(document: Document) -> tuple[list[int], list[Node], list[int]]:
    """What comments may not be put into: outermost first, by where they start and end."""
    starts: list[int] = []
    nodes: list[Node] = []
    ends: list[int] = []
    for node in walk_nodes(document.root):
        start = start_of(node)
        if is_block(node) or (ends and start < ends[-1]):
            continue
        starts.append(start)
        nodes.append(node)
        ends.append(content_end(node, document.text))
    return starts, nodes, ends


def _entries_around(root: Node, text: str, at: int) -> Iterator[tuple[int, int]]:
    """Where the keys and items of block collections around an offset start and end."""
    node: Node | None = root
    while node is not None and is_block(node):
        pairs = _pairs(node)
        number = bisect_right([start_of(key) for key, _ in pairs], at) - 1
        if number < 0:
            return
        key, node = pairs[number]
        yield start_of(key), content_end(node, text) + 1


def _pairs(node: Node) -> list[tuple[Node, Node]]:
    if isinstance(node, MappingNode):
        return [*node.value]
    assert isinstance(node, SequenceNode)
    return [(item, item) for item in node.value]
