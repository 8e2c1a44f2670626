"""A Go template as YAML of the same length: what is literal stays in its place.

An action within a line becomes a word that no text holds, whose value is unknown. One on lines of
its own becomes blank lines and leaves a hole, which says what may be written there. A block as a
whole is such a hole, or it is opened: then one of its branches is read as if it were taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from k8slint.manifest.actions import (
    Action,
    BadTemplate,
    Branch,
    ControlBlock,
    TemplatePart,
    parse_template,
)
from k8slint.manifest.branches import NOT_RENDERED_HERE, Opened, choose_views
from k8slint.manifest.lines import line_start, on_own_line
from k8slint.records import NamedTuple

# The first character of a masked action, and those that follow: private use, which YAML allows.
FIRST, REST = "\ue001", "\ue000"
_NOT_A_BREAK = re.compile(r"[^\r\n]+")
_INDENT = re.compile(r"\b(n?)indent[ \t]+(\d{1,3})[ \t)]*-?\}\}\Z")
_LONGEST_TAIL = 60
# No line is indented as deep that stands for itself.
_DEEPEST = 1_000
_LINE_END = re.compile(r"[ \t]*\r?(?:\n|\Z)")
_LINE = re.compile(r"(?m)^( *)([^\s#].*)")
_NEXT_LINE = re.compile(r"[ \t]*\r?\n( *)")
_IN_TEXT = re.compile(r"""\{\{(?:(?!\}\})[^`"]|`[^`]*`|"(?:[^"\\]|\\.)*")*\}\}""", re.DOTALL)
_STANDS_IN = re.compile(r"\$\{__+\}")
_KEY = re.compile(r"""(?:"([\w./$-]+)"|'([\w./$-]+)'|([\w./$-]+))[ \t]*:(?=\s|\Z)""", re.ASCII)
_SILENT = frozenset({"silent", "fail"})
_RENDERED_ELSEWHERE = "define"


class Hole(NamedTuple):
    """Where lines may be written: at which columns, and which keys; None for any.

    What `is_list` writes items and no keys. What `is_glued` may go on with what is before it.
    """

    start: int
    end: int
    columns: frozenset[int] | None
    names: frozenset[str] | None = None
    is_list: bool = False
    is_glued: bool = False


class View(NamedTuple):
    """A template with some branches opened; `inline` are the places of masked actions."""

    template: str
    opened: Opened
    text: str
    inline: tuple[tuple[int, int], ...]
    holes: tuple[Hole, ...]


class _Written(NamedTuple):
    """What a branch writes: at which column, and which keys there; None for any.

    Where it is not `is_clear`, some of it is written anywhere.
    """

    column: int
    names: frozenset[str] | None
    is_list: bool
    is_clear: bool


class _Piece(NamedTuple):
    """Something that is no literal of a view: it is blank there, masked, or a hole.

    It may stand for a part of a line (`is_word`), unless what it writes `begins_a_line`.
    """

    start: int
    end: int
    hole: Hole | None
    is_word: bool
    begins_a_line: bool = False


def show_actions(text: str) -> str:
    """A text about masked words, in which actions are told from other variables."""
    return _STANDS_IN.sub("{{ ... }}", text)


def has_masked_words(text: str) -> bool:
    return _STANDS_IN.search(text) is not None


def mask_words(text: str) -> str:
    """A text of the same length in which variables of a shell stand for actions."""
    if "{{" not in text:
        return text
    return _IN_TEXT.sub(lambda action: f"${{{'_' * (len(action[0]) - 3)}}}", text)


def views_of(text: str) -> list[View]:
    """The views of a template, which together show what matters in it.

    Raises BadTemplate.
    """
    refuse_masks(text)
    parts = parse_template(text)
    return [view_of(text, parts, opened) for opened in choose_views(text, parts)]


def refuse_masks(text: str) -> None:
    """Raise BadTemplate for a text with characters that stand for actions here."""
    if FIRST in text or REST in text:
        raise BadTemplate("it holds a character that stands for actions here")


def view_of(text: str, parts: Sequence[TemplatePart], opened: Opened) -> View:
    """A template with some branches opened."""
    written: list[str] = []
    inline: list[tuple[int, int]] = []
    holes: list[Hole] = []
    at = 0
    for together in _by_line(text, _pieces(text, parts, opened)):
        if _is_alone(text, together):
            start = line_start(text, together[0].start)
            written.append(text[at:start])
            at = together[-1].end
            written.append(_blank_lines(text, start, at))
            holes += (piece.hole for piece in together if piece.hole)
            continue
        for number, piece in enumerate(together):
            written.append(text[at : piece.start])
            at = piece.end
            is_last = number == len(together) - 1 and _ends_line(text, at)
            if piece.is_word and not (is_last and piece.begins_a_line):
                written.append(FIRST + REST * (at - piece.start - 1))
                inline.append((piece.start, at))
            else:
                written.append(_NOT_A_BREAK.sub(_blanks, text[piece.start : at]))
                holes += [piece.hole] if piece.hole else []
    written.append(text[at:])
    return View(text, opened, "".join(written), tuple(inline), tuple(holes))


def open_before(view: View, offset: int) -> View | None:
    """The view with the last block before an offset opened, too; None where there is none.

    What follows a block may go on with what is written in it, and is no YAML alone.
    """
    parts = parse_template(view.template)
    block = _last_closed(parts, view.opened, offset)
    return view_of(view.template, parts, {**view.opened, block.start: 0}) if block else None


def _last_closed(
    parts: Sequence[TemplatePart], opened: Opened, offset: int
) -> ControlBlock | None:
    for part in reversed(parts):
        if isinstance(part, Action) or part.start >= offset or part.word in NOT_RENDERED_HERE:
            continue
        if part.start not in opened:
            return part
        if found := _last_closed(part.branches[opened[part.start]].parts, opened, offset):
            return found
    return None


def _blank_lines(text: str, start: int, end: int) -> str:
    """Blank lines in place of some lines, none wider than the one that follows is indented.

    Where a block scalar begins, wider ones are an error.
    """
    below = _NEXT_LINE.match(text, end)
    line = " " * (len(below[1]) if below else 0) + "\n"

    def fill(match: re.Match[str]) -> str:
        times, rest = divmod(len(match[0]), len(line))
        return "\n" * rest + line * times

    return _NOT_A_BREAK.sub(fill, text[start:end])


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _ends_line(text: str, at: int) -> bool:
    return _LINE_END.match(text, at) is not None


def _is_alone(text: str, pieces: Sequence[_Piece]) -> bool:
    """Whether the lines of some pieces hold nothing else."""
    first, last = pieces[0].start, pieces[-1].end
    between = pairwise(pieces)
    is_between_blank = all(not text[a.end : b.start].strip() for a, b in between)
    return is_between_blank and on_own_line(text, first) and _ends_line(text, last)


def _by_line(text: str, pieces: Iterator[_Piece]) -> Iterator[list[_Piece]]:
    """Pieces with no line end between them."""
    together: list[_Piece] = []
    for piece in pieces:
        if together and "\n" in text[together[-1].end : piece.start]:
            yield together
            together = []
        together.append(piece)
    if together:
        yield together


def _pieces(text: str, parts: Sequence[TemplatePart], opened: Opened) -> Iterator[_Piece]:
    for part in parts:
        if isinstance(part, Action):
            yield _piece_of_action(text, part)
        elif part.start in opened:
            yield from _opened(text, part, opened)
        else:
            hole = None if part.word == _RENDERED_ELSEWHERE else _hole_of_block(text, part)
            is_word = "\n" not in text[part.start : part.end]
            begins_a_line = all(_begins_a_line(text, branch) for branch in part.branches)
            yield _Piece(part.start, part.end, hole, is_word, begins_a_line)


def _opened(text: str, block: ControlBlock, opened: Opened) -> Iterator[_Piece]:
    """A block of which one branch is read: the others are not there."""
    branch = block.branches[opened[block.start]]
    hole = None
    if block.word == "range":
        hole = _hole_of_block(text, block)
    yield _Piece(block.start, branch.guard.end, hole, is_word=False)
    yield from _pieces(text, branch.parts, opened)
    yield _Piece(branch.end, block.end, None, is_word=False)


def _piece_of_action(text: str, action: Action) -> _Piece:
    if action.word in _SILENT:
        around = text[action.start - 1 : action.start], text[action.end : action.end + 1]
        is_in_word = any(one and not one.isspace() for one in around)
        is_glued = action.trims_before or action.trims_behind
        return _Piece(action.start, action.end, None, is_word=is_in_word or is_glued)
    found = _indent(text, action)
    columns = None if action.trims_behind or found is None else frozenset({int(found[2])})
    is_glued = action.trims_before and not (found and found[1])
    if columns and not is_glued and found and not found[1]:  # `indent` does not begin a line.
        before = action.start - line_start(text, action.start)
        columns |= {before + int(found[2])}
        is_glued = not on_own_line(text, action.start)
    hole = Hole(action.start, action.end, columns, is_glued=is_glued)
    begins_a_line = columns is not None and bool(found and found[1])
    return _Piece(action.start, action.end, hole, is_word=True, begins_a_line=begins_a_line)


def _begins_a_line(text: str, branch: Branch) -> bool:
    """Whether all that a branch writes begins on a line of its own."""
    written = _LINE.search("".join(_flat(text, branch)))
    return written is None or written[2].startswith(REST)


def _indent(text: str, action: Action) -> re.Match[str] | None:
    return _INDENT.search(text, max(action.start, action.end - _LONGEST_TAIL), action.end)


def _hole_of_block(text: str, block: ControlBlock) -> Hole | None:
    """What a block may write, whichever of its branches is taken."""
    columns: set[int] = set()
    names: set[str] | None = set()
    is_list, is_clear = True, block.word != "block"
    for branch in block.branches:
        written = _written_by(text, branch)
        if written is None:
            continue
        is_clear = is_clear and written.is_clear
        columns.add(written.column)
        is_list = is_list and written.is_list
        names = None if names is None or written.names is None else names | written.names
    if not columns and is_clear:
        return None
    guard = block.branches[0].guard
    is_glued = guard.trims_before and not _ends_line(text, guard.end)
    return Hole(
        block.start,
        block.end,
        frozenset(columns) if is_clear else None,
        frozenset(names) if names is not None and is_clear and not is_list else None,
        is_list=is_list and is_clear,
        is_glued=is_glued,
    )


def _written_by(text: str, branch: Branch) -> _Written | None:
    """What the lines of a branch are, comments left out; None where it has none."""
    guard = branch.guard
    before = " " * min(guard.start - line_start(text, guard.start), _DEEPEST)
    flat = before + "".join(_flat(text, branch))
    lines = _LINE.findall(flat)
    if not lines:
        return None
    least = min(lines)[0]
    is_clear = FIRST not in flat or all(line.strip(f"{FIRST} \r") for _, line in lines)
    outer = ["", *(line for indent, line in lines if indent == least)]
    # A list may stand at the column of its key.
    outer = [
        line
        for above, line in pairwise(outer)
        if not (line.startswith(REST) and above.rstrip().endswith(":"))
    ]
    keys = [*map(_KEY.match, outer)]
    names = frozenset(key[1] or key[2] or key[3] for key in keys if key) if all(keys) else None
    is_list = all(line.startswith("-") for line in outer)
    return _Written(len(least), names, is_list, is_clear)


def _flat(text: str, branch: Branch) -> Iterator[str]:
    at = branch.guard.end
    for part in branch.parts:
        yield text[at : part.start]
        at = part.end
        if isinstance(part, ControlBlock):
            for one in part.branches if part.word != _RENDERED_ELSEWHERE else ():
                yield from _flat(text, one)
        elif part.word not in _SILENT:
            found = _indent(text, part)
            yield f"\n{' ' * int(found[2])}{REST}\n" if found else FIRST
    yield text[at : branch.end]
