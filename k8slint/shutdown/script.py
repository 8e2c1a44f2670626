"""The simple commands of a shell script that starts a program.

This is no shell: it splits at separators, and says nothing about a script in which it meets
anything else than simple commands, conditions and loops.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_EXPANSION = r"\$(?!\()|\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`"
_TOKEN = re.compile(
    rf"""(?P<blank>(?:[ \t]|\\\n)+)
    |(?P<comment>\#[^\n]*)
    |(?P<here><<)
    |(?P<redirection>\d*(?:>>|>\||[<>])&?(?:\d+|-)?|&>>?)
    |(?P<separator>&&|\|\||;;|[;|&\n()])
    |(?P<word>(?:[^\s;|&()<>'"\\`$]|\\.|'[^']*'|"(?:[^"\\`$]|\\.|{_EXPANSION})*"|{_EXPANSION})+)
    """,
    re.VERBOSE | re.DOTALL,
)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_PIECE = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^'"\\]+)""", re.DOTALL)
_OPENING = frozenset({"if", "while", "until", "for", "select", "{"})
_CLOSING = frozenset({"fi", "done", "}"})
_LEADING = frozenset({"then", "else", "elif", "do", "!", "time"}) | _OPENING
_BEYOND = frozenset({"case", "function", "[["})


@dataclass(slots=True)
class Statement:
    """One simple command: its words without quotes, where it starts, and what is around it."""

    start: int = 0
    words: list[str] = field(default_factory=list)
    before: str = ""
    after: str = ""
    is_nested: bool = False
    is_redirected: bool = False
    assigns: bool = False


def statements(script: str) -> list[Statement] | None:
    """The simple commands in order; None where the script has more than this can follow."""
    found: list[Statement] = []
    current = Statement()
    depth = at = 0
    is_target = False
    while at < len(script):
        match = _TOKEN.match(script, at)
        if not match or match.lastgroup == "here":
            return None
        kind, text, at = str(match.lastgroup), match[0], match.end()
        if kind == "comment" and match.start() and script[match.start() - 1] not in " \t\n;":
            return None
        if kind == "redirection":
            current.is_redirected = True
            is_target = text[-1] in "<>|&"
        elif kind == "separator":
            if text in ("(", ")", ";;"):
                return None
            current.after = text
            if current.words or current.assigns:
                found.append(current)
            current = Statement(before=text, is_nested=depth > 0)
        elif kind == "word" and is_target:
            is_target = False
        elif kind == "word" and not current.words and text in _BEYOND:
            return None
        elif kind == "word":
            depth = _take(current, text, match.start(), depth)
    if current.words or current.assigns:
        current.after = ""
        found.append(current)
    return found if depth == 0 else None


def _take(statement: Statement, text: str, start: int, depth: int) -> int:
    """Add a word to a statement; the depth of conditions and loops behind it."""
    if not statement.words:
        if text in _CLOSING:
            statement.is_nested = True
            statement.words.append(text)
            return depth - 1
        if text in _LEADING:
            statement.is_nested = True
            return depth + (text in _OPENING)
        if _ASSIGNMENT.match(text):
            statement.assigns = True
            return depth
        statement.start = start
    statement.is_nested = statement.is_nested or depth > 0
    statement.words.append(_unquoted(text))
    return depth


def _unquoted(text: str) -> str:
    if not {"'", '"', "\\"} & {*text}:
        return text
    return "".join(
        single or re.sub(r"\\(.)", r"\1", double) or escaped or plain
        for single, double, escaped, plain in _PIECE.findall(text)
    )
