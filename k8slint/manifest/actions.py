"""The actions of a Go template, and the blocks that its control actions make.

Source: `lex.go` and `parse.go` in `text/template/parse` of Go 1.25.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from k8slint.records import NamedTuple
from k8slint.type_names import TypeAlias

_OPEN = re.compile(r"\{\{(?:-[ \t\r\n])?[ \t\r\n]*(/\*)?")
_CLOSE_COMMENT = re.compile(r"\*/(?:[ \t\r\n]+-)?\}\}")
# The end of an action, or a string in it, whose last group is empty where it has no end.
_TOKEN = re.compile(r"""(\}\})|"(?:[^"\\\n]|\\[^\n])*("?)|'(?:[^'\\\n]|\\[^\n])*('?)|`[^`]*(`?)""")
_WORD = re.compile(
    r"(?:(if|else|end|range|with|define|block|template|fail)\b|(\$\w*[ \t\r\n]*:?=(?!=)))?"
)
# No template that is written by hand is nested as deep.
_MAX_DEPTH = 100
_OPENERS = frozenset({"if", "range", "with", "define", "block"})


class BadTemplate(Exception):
    """Go refuses the template, or it is nested too deeply."""


class Action(NamedTuple):
    """What stands between `{{` and `}}`, these included.

    `word` is its keyword, `silent` for a comment or an assignment, and empty for what prints. It
    may take away the blanks before it (`trims_before`) and after it (`trims_behind`).
    """

    start: int
    end: int
    word: str
    trims_before: bool
    trims_behind: bool


class Branch(NamedTuple):
    """What a control action guards, from its end to the next control action of its block."""

    guard: Action
    end: int
    parts: tuple[TemplatePart, ...]


class ControlBlock(NamedTuple):
    """A control action with its branches, up to its `end`."""

    start: int
    end: int
    branches: tuple[Branch, ...]

    @property
    def word(self) -> str:
        return self.branches[0].guard.word


TemplatePart: TypeAlias = "Action | ControlBlock"


def find_actions(text: str) -> Iterator[Action]:
    """The actions of a template in their order.

    Raises BadTemplate for one that does not end.
    """
    at = text.find("{{")
    while at >= 0:
        opened = _OPEN.match(text, at)
        assert opened
        if opened[1]:
            closed = _CLOSE_COMMENT.search(text, opened.end())
            if closed is None:
                raise BadTemplate("a comment does not end")
            end, word = closed.end(), "silent"
        else:
            end = _end_of(text, opened.end())
            found = _WORD.match(text, opened.end())
            assert found
            word = found[1] or ("silent" if found[2] else "")
        trims_behind = text[end - 3] == "-" and text[end - 4].isspace()
        yield Action(at, end, word, text[at + 2] == "-" and opened.end() > at + 3, trims_behind)
        at = text.find("{{", end)


def _end_of(text: str, at: int) -> int:
    for token in _TOKEN.finditer(text, at):
        if token[1]:
            return token.end()
        if not any(token.groups()):
            raise BadTemplate("a string in an action does not end")
    raise BadTemplate("an action does not end")


def parse_template(text: str) -> tuple[TemplatePart, ...]:
    """The actions of a template, those between a control action and its `end` in a block.

    Raises BadTemplate.
    """
    parts: list[TemplatePart] = []
    around: list[_OpenBlock] = []
    for action in find_actions(text):
        if action.word in _OPENERS:
            if len(around) >= _MAX_DEPTH:
                raise BadTemplate(f"nested deeper than {_MAX_DEPTH} control actions")
            around.append(_OpenBlock(action, parts))
            parts = []
        elif action.word in ("else", "end"):
            if not around:
                raise BadTemplate(f"`{action.word}` ends no block")
            around[-1].close_branch(action, parts)
            parts = []
            if action.word == "end":
                done = around.pop()
                parts = done.before
                parts.append(ControlBlock(done.start, action.end, tuple(done.branches)))
        else:
            parts.append(action)
    if around:
        raise BadTemplate("a block has no `end`")
    return tuple(parts)


class _OpenBlock:
    """A block whose `end` has not come yet, and the parts before it."""

    __slots__ = ("before", "branches", "guard", "start")

    def __init__(self, guard: Action, before: list[TemplatePart]) -> None:
        self.start = guard.start
        self.guard = guard
        self.before = before
        self.branches: list[Branch] = []

    def close_branch(self, action: Action, parts: list[TemplatePart]) -> None:
        self.branches.append(Branch(self.guard, action.start, tuple(parts)))
        self.guard = action
