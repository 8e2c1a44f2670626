"""Script text to a tree, through tree-sitter's bash grammar.

Plain commands need no grammar: most hooks and container commands are nothing else.
"""

from __future__ import annotations

import re
import sys
from functools import cache, lru_cache
from importlib import import_module

from k8slint.shutdown.shell import syntax as s
from k8slint.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tree_sitter import Parser

MAX_LENGTH = 64 * 1024
MAX_NESTING = 200

# Compiled where they are asked for, by long scripts and by those in other letters.
_OPENING_WORDS = ("if", "while", "until", "for", "case", "do")
_BRACKETS = r"[(\[{)\]}]"
_OPENERS = rf"{_BRACKETS}|\b(?:{'|'.join(_OPENING_WORDS)})\b"
_NOT_PLAIN = re.compile(r"[^\w./:=@%+,\s;&|-]", re.ASCII)
_PLAIN_TOKEN = re.compile(r"[ \t]+|(\n|;|&&|\|\|)|([\w./:=@%+,-]+)|(.)", re.ASCII | re.DOTALL)
_NO_NAMES = s.KEYWORDS | s.NOT_SIMPLE
_PLAIN_NAME = re.compile(r"[\w./-]+", re.ASCII)


@lru_cache(maxsize=256)  # charts give many workloads the same hook
def parse(script: str) -> s.Block:
    """The script as a tree; Unreadable when its syntax is not understood."""
    refuse_huge(script)
    if not _NOT_PLAIN.search(script) and (block := read_plain(script)):
        return block
    # The scanner of tree-sitter-bash 0.25.1 looks a character up in a table of ctype.h, and reads
    # far after it where one is beyond 255: `{` and U+F0000 end the process. All such characters
    # are plain to a shell; `%` is too, and no part of a name.
    source = (script if script.isascii() else re.sub(r"[^\x00-\x7f]", "%", script)).encode()
    root = _parser().parse(source).root_node
    if root.has_error:
        raise s.Unreadable("its syntax is not understood")
    # Its patterns take long to compile, and few scripts need them.
    from k8slint.shutdown.shell.nodes import CommandReader

    reader = CommandReader(script, source)
    block = reader.read_block(root.children)
    return s.Block(block.statements, bash_only=reader.words.bash_only)


def refuse_huge(script: str) -> None:
    """The grammar's time grows with the square of the nesting: refuse before it starts."""
    if len(script) > MAX_LENGTH:
        raise s.Unreadable(f"the script is longer than {MAX_LENGTH // 1024} kB")
    if "\0" in script:
        raise s.Unreadable("the script has a NUL byte")
    if "\r" in script:
        raise s.Unreadable("the script has carriage returns")
    # A word adds one level at most, and to look for words takes much longer than for brackets.
    words = sum(map(script.count, _OPENING_WORDS))
    if (
        words + sum(map(script.count, "([{")) > MAX_NESTING
        and words + _depth_of(_BRACKETS, script) > MAX_NESTING
        and _depth_of(_OPENERS, script) > MAX_NESTING
    ):
        raise s.Unreadable(f"the script nests deeper than {MAX_NESTING} levels")


def _depth_of(marks: str, script: str) -> int:
    depth = deepest = 0
    for mark in re.findall(marks, script):
        if mark not in ")]}":
            depth += 1
            deepest = max(deepest, depth)
        elif depth:
            depth -= 1
    return deepest


def read_plain(script: str) -> s.Block | None:
    """A list of commands of plain words, which needs no grammar; None for anything else."""
    statements: list[s.Statement] = []
    words: list[s.Word] = []
    operator = ""
    for token in _PLAIN_TOKEN.finditer(f"{script}\n"):
        mark, text, other = token.groups()
        if other:
            return None
        if text:
            if not words and (text in _NO_NAMES or not _PLAIN_NAME.fullmatch(text)):
                return None
            words.append(s.Word((), text, *token.span(), text))
        elif mark and words:
            command: s.Command = s.Simple(tuple(words), (), (), words[0].start, words[-1].end)
            if operator in {"&&", "||"}:
                command = _chain(statements.pop().command, operator, command)
            statements.append(s.Statement(command))
            words, operator = [], mark
        elif mark and mark != "\n":
            return None
    return None if operator in {"&&", "||"} else s.Block(tuple(statements))


def _chain(first: s.Command, operator: str, command: s.Command) -> s.AndOr:
    rest = first.rest if isinstance(first, s.AndOr) else ()
    first = first.first if isinstance(first, s.AndOr) else first
    return s.AndOr(first, (*rest, (operator, command)))


@cache
def _parser() -> Parser:
    # Loading the grammar costs more than a whole run without a script: only when one is met.
    made, grammar = _binding_of("tree_sitter"), _binding_of("tree_sitter_bash")
    parser: Parser = made.Parser(made.Language(grammar.language()))
    return parser


def _binding_of(name: str) -> Any:
    """The extension of a package, without the package: they import `typing` and much more."""
    from importlib.machinery import PathFinder
    from importlib.util import find_spec, module_from_spec

    package = None if name in sys.modules else find_spec(name)
    places = package.submodule_search_locations if package else ()
    found = PathFinder.find_spec(f"{name}._binding", places)
    if found is None or found.loader is None:
        return import_module(name)
    binding = module_from_spec(found)
    found.loader.exec_module(binding)
    return binding
