"""A script as a tree: what the grammar's many nodes come down to for whoever runs it.

Nobody changes a node. They are not frozen only because a frozen one takes four times as long to
build, and a long script has hundreds.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Text:
    """Characters that stand for themselves; `quoted` ones are not split and match no files."""

    text: str
    quoted: bool = False


@dataclass(slots=True, eq=False)
class Variable:
    """`$name` or `${name<operator><operand>}`; the operator is empty for the plain form."""

    name: str
    operator: str = ""
    operand: Word | None = None
    quoted: bool = False


@dataclass(slots=True, eq=False)
class Arithmetic:
    """`$((...))`, its expansions still to be made."""

    expression: Word
    quoted: bool = False


@dataclass(slots=True, eq=False)
class Substitution:
    """`$(...)` or backquotes."""

    body: Block
    source: str
    quoted: bool = False


@dataclass(slots=True, eq=False)
class Opaque:
    """A part that the shells read differently, or that is not read here."""

    why: str
    quoted: bool = False


Part = Text | Variable | Arithmetic | Substitution | Opaque


@dataclass(slots=True, eq=False)
class Word:
    """One word of the script, from `start` to `end`; `literal` when nothing in it is expanded."""

    parts: tuple[Part, ...]
    source: str
    start: int
    end: int
    literal: str | None = None


@dataclass(slots=True, eq=False)
class Assignment:
    """`name=value`; no value where it is an array or an element of one."""

    name: str
    value: Word | None
    appends: bool = False


@dataclass(slots=True, eq=False)
class Redirect:
    """`fd` is empty for the operator's own; a here-document has its text as the target."""

    operator: str
    fd: str
    target: Word | None


@dataclass(slots=True, eq=False)
class Simple:
    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...]
    redirects: tuple[Redirect, ...]
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Declaration:
    """`export`, `local`, `readonly`, `declare` and `typeset`."""

    keyword: str
    assignments: tuple[Assignment, ...]
    names: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Test:
    """`[ ... ]` or, when `double`, `[[ ... ]]`."""

    words: tuple[Word, ...]
    double: bool


@dataclass(slots=True, eq=False)
class Calculation:
    """`((...))`, which only bash knows."""

    expression: Word


@dataclass(slots=True, eq=False)
class Pipeline:
    commands: tuple[Command, ...]
    negated: bool


@dataclass(slots=True, eq=False)
class AndOr:
    first: Command
    rest: tuple[tuple[str, Command], ...]


@dataclass(slots=True, eq=False)
class Group:
    body: Block


@dataclass(slots=True, eq=False)
class Subshell:
    body: Block


@dataclass(slots=True, eq=False)
class If:
    branches: tuple[tuple[Block, Block], ...]
    otherwise: Block | None


@dataclass(slots=True, eq=False)
class Loop:
    """`while`, or `until`, with its whole `source`; from `start` to `end` of its first line."""

    condition: Block
    body: Block
    until: bool
    source: str
    start: int
    end: int


@dataclass(slots=True, eq=False)
class For:
    """`words` is None where the loop goes over the positional parameters."""

    name: str
    words: tuple[Word, ...] | None
    body: Block
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Case:
    subject: Word
    items: tuple[tuple[tuple[Word, ...], Block], ...]


@dataclass(slots=True, eq=False)
class Function:
    name: str
    body: Command


@dataclass(slots=True, eq=False)
class Redirected:
    command: Command
    redirects: tuple[Redirect, ...]


@dataclass(slots=True, eq=False)
class Unread:
    """A command that is valid but not read here."""

    why: str
    start: int
    end: int


Command = (
    Simple
    | Declaration
    | Test
    | Calculation
    | Pipeline
    | AndOr
    | Group
    | Subshell
    | If
    | Loop
    | For
    | Case
    | Function
    | Redirected
    | Unread
)


@dataclass(slots=True, eq=False)
class Statement:
    command: Command
    background: bool = False


@dataclass(slots=True, eq=False)
class Block:
    """Statements one after the other."""

    statements: tuple[Statement, ...]
