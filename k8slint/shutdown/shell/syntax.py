"""A script as a tree: what the grammar's many nodes come down to for whoever runs it.

Nobody changes a node. Those that others of their kind can stand in are no tuples, which mypy would
unfold without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from k8slint.records import NamedTuple

CLOSERS = frozenset({"then", "do", "done", "fi", "else", "elif", "esac", "}"})
KEYWORDS = frozenset({"if", "while", "until", "for", "case", "{", "!"}) | CLOSERS
BASH_KEYWORDS = frozenset({"time", "coproc", "select", "function"})
NOT_SIMPLE = BASH_KEYWORDS | {"export", "local", "readonly", "declare", "typeset"}
PLAIN_WORD = re.compile(r"[\w./:=@%+,-]+", re.ASCII)


class Unreadable(Exception):
    """The script cannot be read; the message says why, in words for the user."""


class Statement:
    def __init__(self, command: Command, *, background: bool = False) -> None:
        self.command = command
        self.background = background


class Block:
    """Statements one after the other; a script that `bash_only` reads is refused by the others."""

    def __init__(self, statements: tuple[Statement, ...], *, bash_only: bool = False) -> None:
        self.statements = statements
        self.bash_only = bash_only


class Word:
    """One word of the script, from `start` to `end`; `literal` when nothing in it is expanded.

    It has no parts where all of it stands for itself.
    """

    def __init__(
        self,
        parts: tuple[Part, ...],
        source: str,
        start: int,
        end: int,
        literal: str | None = None,
    ) -> None:
        self.parts = parts
        self.source = source
        self.start = start
        self.end = end
        self.literal = literal


class Text(NamedTuple):
    """Characters that stand for themselves; `quoted` ones are not split and match no files."""

    text: str
    quoted: bool = False


class Variable(NamedTuple):
    """`$name` or `${name<operator><operand>}`; the operator is empty for the plain form.

    It is `#` for the length, `%` for all that every shell cuts off, and `/` for what dash refuses.
    """

    name: str
    operator: str = ""
    operand: Word | None = None
    quoted: bool = False


class Arithmetic(NamedTuple):
    """`$((...))`, its expansions still to be made."""

    expression: Word
    quoted: bool = False


class Substitution(NamedTuple):
    """`$(...)` or backquotes."""

    body: Block
    source: str
    quoted: bool = False


class Opaque(NamedTuple):
    """A part that the shells read differently, or that is not read here.

    Where it `runs` something, that takes an unknown time.
    """

    why: str
    quoted: bool = False
    runs: bool = False


Part = Text | Variable | Arithmetic | Substitution | Opaque


class Assignment(NamedTuple):
    """`name=value`; no value where it is an array or an element of one."""

    name: str
    value: Word | None
    appends: bool = False


class Redirect(NamedTuple):
    """`fd` is empty for the operator's own; a here-document has its text as the target."""

    operator: str
    fd: str
    target: Word | None


class Simple(NamedTuple):
    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...]
    redirects: tuple[Redirect, ...]
    start: int
    end: int


class Declaration(NamedTuple):
    """`export`, `local`, `readonly`, `declare` and `typeset`."""

    keyword: str
    assignments: tuple[Assignment, ...]
    names: tuple[str, ...]


class Test(NamedTuple):
    """`[ ... ]` or, when `double`, `[[ ... ]]`."""

    words: tuple[Word, ...]
    double: bool


class Calculation(NamedTuple):
    """`((...))`, which only bash knows."""

    expression: Word


class Pipeline:
    def __init__(self, commands: tuple[Command, ...], *, negated: bool) -> None:
        self.commands = commands
        self.negated = negated


class AndOr:
    def __init__(self, first: Command, rest: tuple[tuple[str, Command], ...]) -> None:
        self.first = first
        self.rest = rest


class Group(NamedTuple):
    body: Block


class Subshell(NamedTuple):
    body: Block


class If(NamedTuple):
    branches: tuple[tuple[Block, Block], ...]
    otherwise: Block | None


class Loop(NamedTuple):
    """`while`, or `until`, with its whole `source`; from `start` to `end` of its first line."""

    condition: Block
    body: Block
    until: bool
    source: str
    start: int
    end: int


class For(NamedTuple):
    """`words` is None where the loop goes over the positional parameters."""

    name: str
    words: tuple[Word, ...] | None
    body: Block
    start: int
    end: int


class Case(NamedTuple):
    subject: Word
    items: tuple[tuple[tuple[Word, ...], Block], ...]


class Function:
    def __init__(self, name: str, body: Command) -> None:
        self.name = name
        self.body = body


class Redirected:
    def __init__(self, command: Command, redirects: tuple[Redirect, ...]) -> None:
        self.command = command
        self.redirects = redirects


class Unread(NamedTuple):
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


def walk(block: Block) -> Iterator[Command]:
    """Every command of a block, in order, with those inside it; substitutions are left out."""
    for statement in block.statements:
        yield from _walk(statement.command)


def _walk(command: Command) -> Iterator[Command]:
    yield command
    match command:
        case Pipeline():
            for part in command.commands:
                yield from _walk(part)
        case AndOr():
            for part in (command.first, *(part for _, part in command.rest)):
                yield from _walk(part)
        case Group() | Subshell() | For():
            yield from walk(command.body)
        case If():
            for condition, body in command.branches:
                yield from walk(condition)
                yield from walk(body)
            if command.otherwise:
                yield from walk(command.otherwise)
        case Loop():
            yield from walk(command.condition)
            yield from walk(command.body)
        case Case():
            for _, body in command.items:
                yield from walk(body)
        case Function():
            yield from _walk(command.body)
        case Redirected():
            yield from _walk(command.command)


def find_extent(command: Command) -> tuple[int, int]:
    """Where a command stands, as far as its parts show."""
    match command:
        case Simple() | Loop() | For() | Unread():
            return command.start, command.end
        case Group() | Subshell():
            return _find_block_extent(command.body)
        case Pipeline():
            return find_extent(command.commands[0])[0], find_extent(command.commands[-1])[1]
        case AndOr():
            return find_extent(command.first)[0], find_extent(command.rest[-1][1])[1]
        case Redirected():
            return find_extent(command.command)
        case If():
            return _find_block_extent(command.branches[0][0])
        case Case():
            return command.subject.start, command.subject.end
        case Test() if command.words:
            return command.words[0].start, command.words[-1].end
    return 0, 0


def _find_block_extent(block: Block) -> tuple[int, int]:
    statements = block.statements
    if not statements:
        return 0, 0
    return find_extent(statements[0].command)[0], find_extent(statements[-1].command)[1]


def has_substitution(word: Word) -> bool:
    return word.literal is None and any(isinstance(part, Substitution) for part in word.parts)


def first_line(text: str) -> str:
    """What a message quotes of a long piece of script."""
    line = text.strip().split("\n")[0]
    return line if len(line) <= 60 else f"{line[:57]}..."
