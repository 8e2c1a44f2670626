"""Syntax that dash, bash and BusyBox all refuse.

The grammar takes much that is no shell, so this looks on its own: at plain words, quotes and
operators only, and at nothing it does not fully understand.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Compiled where it is asked for: few hooks are refused.
_TOKEN = (
    r"(?P<blank>[ \t]+|\\\n)|(?P<comment>(?<![^\s;&|()])#[^\n]*)"
    r"|(?P<operator>;;|&&|\|\||[;&|()\n])"
    r"|(?P<word>(?:[^\s;&|()<>'\"`\\$#]|(?<=\S)#|\\[^\n]|'[^']*'|\"[^\"`$\\]*\"|\$\w+)+)"
)
_CLOSES = {"fi": "then", "done": "do", "esac": "case", "}": "{", ")": "("}
_LEADS_TO = {"then": "if", "do": "loop"}
_WANTS = {"if": "then", "then": "fi", "loop": "do", "do": "done", "{": "}", "(": ")"}

Refusal = tuple[str, int, int]


@lru_cache(maxsize=16)  # An alias can stand for the same long script in hundreds of pods.
def refusal(script: str) -> Refusal | None:
    """Why every shell refuses the script, and where; None when that is not certain."""
    if quote := _open_quote(script):
        return quote
    tokens = _tokens(script)
    return None if tokens is None else _Balance().check(tokens)


def _open_quote(script: str) -> Refusal | None:
    """A quote that is never closed, in a script whose quotes are plain."""
    if re.search(r"[`\\#]|<<|\$\(|\$\{|\$'", script):
        return None
    at = 0
    while (found := re.compile(r"['\"]").search(script, at)) is not None:
        end = script.find(found[0], found.end())
        if end < 0:
            return f"the quote `{found[0]}` is never closed", found.start(), len(script)
        at = end + 1
    return None


def _tokens(script: str) -> list[tuple[str, str, int]] | None:
    """Kind, text and start of every token; None when something is not plain."""
    tokens: list[tuple[str, str, int]] = []
    token = re.compile(_TOKEN)
    at = 0
    while at < len(script):
        found = token.match(script, at)
        if not found:
            return None
        kind = found.lastgroup or ""
        if kind in {"operator", "word"}:
            tokens.append((kind, found[0], at))
        at = found.end()
    if any(
        text in {"case", "function", "select", "coproc", "time", "[[", "in"}
        for _, text, _ in tokens
    ):
        return None
    return tokens


class _Balance:
    """Openers and closers, and where a command has to begin."""

    def __init__(self) -> None:
        self.open: list[tuple[str, int]] = []
        self.heads = True
        self.empty = True
        self.after = ""
        self.at = 0

    def check(self, tokens: list[tuple[str, str, int]]) -> Refusal | None:
        for index, (kind, text, at) in enumerate(tokens):
            following = tokens[index + 1][1] if index + 1 < len(tokens) else ""
            if (text == "(" and not self.heads) or (following == "(" and kind == "word"):
                return None
            self.at = at
            reason = self.operator(text) if kind == "operator" else self.word(text)
            if reason is not None:
                return (reason, at, at + len(text)) if reason else None
            if kind == "word" and text == "for":
                return None
        if self.after in {"&&", "||", "|"}:
            return f"nothing follows the last `{self.after}`", tokens[-1][2], tokens[-1][2] + 2
        if self.open:
            name, at = self.open[-1]
            wanted = _WANTS[name]
            opener = {"loop": "while", "then": "if", "do": "while"}.get(name, name)
            return f"`{opener}` has no `{wanted}`", at, at + len(opener)
        return None

    def operator(self, text: str) -> str | None:
        if text == ";;":
            return "`;;` stands outside a `case`"
        if text == "(":
            self.push("(")
            return None
        if text == ")":
            return self.close("(", ")")
        if text == "\n":
            if not self.after:
                self.heads = True
            return None
        if self.heads:
            return f"`{text}` has no command before it"
        self.heads = True
        self.after = text if text in {"&&", "||", "|"} else ""
        self.empty = bool(self.after)
        return None

    def word(self, text: str) -> str | None:
        if not self.heads:
            return None
        if text in {"if", "while", "until", "{"}:
            self.push("loop" if text in {"while", "until"} else text)
            return None
        if text in {"then", "do"}:
            return self.turn(_LEADS_TO[text], text)
        if text in {"fi", "done", "}"}:
            return self.close(_CLOSES[text], text)
        if text in {"else", "elif", "!", "esac"} or "=" in text:
            # Rare enough not to be looked at.
            return ""
        self.heads, self.after, self.empty = False, "", False
        return None

    def push(self, name: str) -> None:
        self.open.append((name, self.at))
        self.heads, self.after, self.empty = True, "", True

    def turn(self, opener: str, text: str) -> str | None:
        if not self.open or self.open[-1][0] != opener:
            return f"`{text}` has no beginning"
        if self.after or self.empty:
            return f"`{text}` stands where a command should be"
        _, self.at = self.open.pop()
        self.push(text)
        return None

    def close(self, opener: str, text: str) -> str | None:
        if not self.open or self.open[-1][0] != opener:
            return f"`{text}` has no beginning"
        if self.after or self.empty:
            return f"`{text}` stands where a command should be"
        self.open.pop()
        self.heads, self.after, self.empty = False, "", False
        return None
