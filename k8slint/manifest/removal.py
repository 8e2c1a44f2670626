"""Removing pairs, in blocks and inside `{ }`.

The comment after a pair goes with it. The lines above stay unless it moves: only their author
knows whether they speak of this pair alone, and a stale comment is seen, a lost one is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from k8slint.manifest.changes import Removal
from k8slint.manifest.comments import refuse_lost_comments
from k8slint.manifest.flow import COMMA, REST_OF_LINE
from k8slint.manifest.geometry import (
    content_end,
    is_block_scalar,
    last_leaf,
    scalar_grows,
    start_of,
)
from k8slint.manifest.lines import (
    column,
    leading_start,
    line_end,
    line_start,
    next_line,
    on_own_line,
)
from k8slint.manifest.pyyaml import MappingNode
from k8slint.manifest.splice import Edit, Refused
from k8slint.manifest.tree import Document

Span = tuple[int, int]


def remove(document: Document, removals: Sequence[Removal]) -> Iterator[Edit]:
    """Pairs of one mapping without a trace: no blank line, no comma too many."""
    owner = removals[0].owner
    for run in _runs(removals):
        if owner.flow_style:
            yield from _remove_in_flow(document, owner, run)
        else:
            yield from _remove_in_block(document, owner, run)


def own_span(text: str, removal: Removal) -> Span:
    """A removed pair with the comment after it."""
    key, value = removal.owner.value[removal.at]
    end = content_end(value, text)
    return start_of(key), end if end == line_start(text, end) else line_end(text, end)


def _remove_in_block(
    document: Document, owner: MappingNode, run: Sequence[Removal]
) -> Iterator[Edit]:
    text, pairs = document.text, owner.value
    first, last = run[0].at, run[-1].at
    if on_own_line(text, start_of(pairs[first][0])):
        lines = [_block_lines(text, removal) for removal in run]
        if first:
            key, value = pairs[first - 1]
            depth = column(text, start_of(key))
            if scalar_grows(last_leaf(value), text, lines[-1][1], depth):
                raise Refused("the block scalar above would grow by the lines below")
        for removal, span in zip(run, lines, strict=True):
            yield _edit(document, [removal], span)
        return
    # The first keys, on the line of a dash: the next one slides there.
    if last + 1 == len(pairs):
        raise Refused("nothing is left to stand at the dash")
    yield _edit(document, run, (start_of(pairs[0][0]), start_of(pairs[last + 1][0])))


def _block_lines(text: str, removal: Removal) -> Span:
    pairs, index = removal.owner.value, removal.at
    key, value = pairs[index]
    start, end = start_of(key), content_end(value, text)
    begin = leading_start(text, start) if removal.moves else line_start(text, start)
    stop = end if end == line_start(text, end) else next_line(text, end)
    if stop < len(text) or text.endswith("\n"):
        return begin, stop
    if not begin or (index and is_block_scalar(last_leaf(pairs[index - 1][1]))):
        raise Refused("what would then end the file needs a line end")
    return line_end(text, begin - 1), stop


def _remove_in_flow(
    document: Document, owner: MappingNode, run: Sequence[Removal]
) -> Iterator[Edit]:
    text, pairs = document.text, owner.value
    first, last = run[0].at, run[-1].at
    is_tail = last + 1 == len(pairs)
    before = pairs[first - 1][1].end_mark.index
    comma = COMMA.match(text, before) if first else None
    lines = [_flow_lines(text, removal) for removal in run]
    if not all(lines) or (is_tail and not comma):
        start, end = start_of(pairs[first][0]), pairs[last][1].end_mark.index
        span = (before, end) if is_tail else (start, start_of(pairs[last + 1][0]))
        yield _edit(document, run, span)
        return
    if comma and is_tail and not COMMA.match(text, pairs[last][1].end_mark.index):
        yield Edit(*comma.span(), "")
    for removal, line in zip(run, lines, strict=True):
        assert line
        yield _edit(document, [removal], line)


def _flow_lines(text: str, removal: Removal) -> Span | None:
    """The lines of an entry that shares them with no other one."""
    key, value = removal.owner.value[removal.at]
    start, end = start_of(key), value.end_mark.index
    if not on_own_line(text, start) or not REST_OF_LINE.match(text, end):
        return None
    begin = leading_start(text, start) if removal.moves else line_start(text, start)
    return begin, next_line(text, end)


def _edit(document: Document, run: Sequence[Removal], span: Span) -> Edit:
    own: list[Span] = []
    for removal in run:
        own += removal.carried if removal.moves else [own_span(document.text, removal)]
    refuse_lost_comments(document, span, "removed", own)
    return Edit(*span, "")


def _runs(removals: Sequence[Removal]) -> Iterator[list[Removal]]:
    """Removals of neighbouring pairs together."""
    ordered = sorted(removals, key=lambda removal: removal.at)
    for _, run in groupby(enumerate(ordered), key=lambda item: item[1].at - item[0]):
        yield [removal for _, removal in run]
