"""Edits of pairs that stand on lines of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from k8slint.manifest import style
from k8slint.manifest.changes import Addition, Insertion, PairReplacement
from k8slint.manifest.comments import refuse_lost_comments
from k8slint.manifest.geometry import (
    body_start,
    content_end,
    is_block_scalar,
    keeps_blank_lines,
    last_leaf,
    scalar_grows,
    start_of,
)
from k8slint.manifest.kept import Data, kept_in, kept_spans
from k8slint.manifest.lines import column, leading_start, line_end, line_start, newline, next_line
from k8slint.manifest.pyyaml import MappingNode, Node, ScalarNode, SequenceNode
from k8slint.manifest.splice import Edit, Refused
from k8slint.manifest.tree import Document


def insert_in_block(document: Document, insertions: Sequence[Insertion]) -> Edit:
    """New pairs on the lines below one pair, or above all of them."""
    text, first = document.text, insertions[0]
    owner = first.owner
    indent = column(text, start_of(owner.value[0][0]))
    looks = style.block_style(text, first.chain)
    lines: list[str] = []
    for insertion in insertions:
        key = written_key(owner, insertion.key)
        written = [*style.pair_lines(key, insertion.value, looks, text)]
        written[-1 if style.is_inline(insertion.value) else 0] += insertion.comment
        lines += (*insertion.leading, *written)
    if first.after < 0:
        at = leading_start(text, start_of(owner.value[0][0]))
    else:
        at = _line_below(text, owner.value[first.after][1], indent)
    return _lines_at(text, at, lines, indent, insertions[-1].value)


def append_to_block(document: Document, additions: Sequence[Addition]) -> Edit:
    """New items on the lines below the last one of a list."""
    text, owner = document.text, additions[0].owner
    looks = style.block_style(text, (*additions[0].chain, owner.value[-1]))
    looks = looks._replace(dash=_dash_width(text, owner))
    items = [addition.value for addition in additions]
    return _items_below(text, owner, style.block_lines(items, looks, text), items)


def append_words(document: Document, owner: SequenceNode, words: Iterable[str]) -> Edit:
    """New words, already in their quotes, on the lines below the last item of a list."""
    dash = "-".ljust(_dash_width(document.text, owner))
    return _items_below(document.text, owner, [dash + word for word in words], ())


def replace_collection(document: Document, change: PairReplacement) -> Edit:
    """Other data in the lines of a collection."""
    text = document.text
    key, value = change.owner.value[change.at]
    start, end = body_start(value, text), content_end(value, text)
    if isinstance(value, MappingNode) is not style.is_list(change.value):
        indent = column(text, start)
    else:
        indent = column(text, start_of(key)) + _depth(document, change)
    eol = newline(text, start)
    looks = style.block_style(text, change.chain)
    begin = min([line_start(text, start), *(kept.start for kept in kept_in(change.value))])
    end = begin + len(text[begin:end].rstrip("\r\n"))
    refuse_lost_comments(document, (begin, end), "replaced", kept_spans(change.value, text))
    return Edit(begin, end, _joined(style.block_lines(change.value, looks, text), indent, eol))


def fill(document: Document, change: PairReplacement, span: tuple[int, int]) -> Iterator[Edit]:
    """A mapping on the lines below a key, in place of a value on the key's line."""
    text, (start, end) = document.text, span
    key = change.owner.value[change.at][0]
    if start < end:
        begin = len(text[:start].rstrip())
        # Where the value has a line of its own, so may have a comment after it.
        stop = line_end(text, end) if "\n" in text[begin:start] else end
        refuse_lost_comments(document, (begin, stop), "replaced", kept_spans(change.value, text))
        yield Edit(begin, end, " " if text.startswith("#", end) else "")
    looks = style.block_style(text, change.chain)
    indent = column(text, start_of(key)) + _depth(document, change)
    lines = style.block_lines(change.value, looks, text)
    at = _line_below(text, change.owner.value[change.at][1], column(text, start_of(key)))
    yield _lines_at(text, at, lines, indent, change.value)


def written_key(owner: MappingNode, name: str) -> str:
    """A key quoted as its siblings are."""
    quotes = {key.style for key, _ in owner.value if isinstance(key, ScalarNode)}
    if quotes == {'"'}:
        return f'"{name}"'
    return style.plain_or_quoted(name)


def _depth(document: Document, change: PairReplacement) -> int:
    looks = style.block_style(document.text, change.chain)
    return looks.offset if style.is_list(change.value) else looks.step


def _lines_at(text: str, at: int, lines: Iterable[str], indent: int, value: Data) -> Edit:
    """Lines at the start of a line; at the end of a file without a line end, below it."""
    eol = newline(text, max(at - 1, 0))
    new = _joined(lines, indent, eol)
    moved = [last_leaf(kept.node) for kept in kept_in(value)]
    if at < len(text) or text.endswith("\n"):
        if any(scalar_grows(leaf, text, at, indent) for leaf in moved):
            raise Refused("a block scalar would grow by the lines below")
        return Edit(at, at, new + eol, indent)
    if any(map(is_block_scalar, moved)):
        _refuse_without_line_end(text)
    return Edit(at, at, eol + new, indent)


def _refuse_without_line_end(text: str) -> None:
    if not text.endswith("\n"):
        raise Refused("the file ends in a block scalar without a line end")


def _joined(lines: Iterable[str], indent: int, eol: str) -> str:
    return eol.join(" " * indent + line if line else line for line in lines)


def _items_below(text: str, owner: SequenceNode, lines: Iterable[str], items: Data) -> Edit:
    indent = column(text, body_start(owner, text))
    at = _line_below(text, owner.value[-1], indent)
    # A list may stand at the column of its key; its items come before the next key all the same.
    return _lines_at(text, at, lines, indent, items)._replace(depth=indent + 1)


def _dash_width(text: str, owner: SequenceNode) -> int:
    """From the last dash of a list to its item; the usual 2 where the dash has its own line."""
    item = start_of(owner.value[-1])
    dash = line_start(text, item) + column(text, body_start(owner, text))
    return max(item - dash, 2) if text.startswith("-", dash) else 2


def _line_below(text: str, value: Node, indent: int) -> int:
    """The start of the line where what follows a value at a column would be written.

    Comment lines indented deeper still belong to what stands above them, and so do commented-out
    items of a list written at the column itself.
    """
    end = content_end(value, text)
    leaf = last_leaf(value)
    if keeps_blank_lines(leaf, text) and end == line_start(text, end):
        return end
    at = next_line(text, end)
    zero_indent = (
        isinstance(value, SequenceNode)
        and not value.flow_style
        and column(text, body_start(value, text)) == indent
    )
    while at < len(text):
        line = text[at : line_end(text, at)]
        comment = line.lstrip(" \t")
        depth = len(line) - len(comment)
        is_item = zero_indent and depth == indent and comment.lstrip("#").strip().startswith("- ")
        if not comment.startswith("#") or (depth <= indent and not is_item):
            break
        at = next_line(text, at)
    if at == len(text) and is_block_scalar(leaf):
        _refuse_without_line_end(text)
    return at
