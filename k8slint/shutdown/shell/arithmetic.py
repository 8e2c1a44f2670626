"""`$((...))` over the numbers that dash, bash and BusyBox read alike."""

from __future__ import annotations

import re
from collections.abc import Callable

from k8slint.type_names import NoReturn


class Unclear(Exception):
    """The expression has no value here, or the shells would not agree on it."""


def _shift(count: int) -> int:
    return count if 0 <= count < 63 else _unclear()


def _divide(a: int, b: int) -> int:
    quotient = abs(a) // abs(b) if b else _unclear()
    return quotient if (a < 0) == (b < 0) else -quotient


def _remainder(a: int, b: int) -> int:
    return a - _divide(a, b) * b


def _unclear() -> NoReturn:
    raise Unclear


# Compiled where they are asked for: few scripts calculate.
_TOKEN = (
    r"(?a)\s*(?:(0[xX][0-9a-fA-F]+|\d+)|([A-Za-z_]\w*)"
    r"|(<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%()<>!~&|^?:]))"
)
_BINARY: tuple[dict[str, Callable[[int, int], int]], ...] = (
    {"|": lambda a, b: a | b},
    {"^": lambda a, b: a ^ b},
    {"&": lambda a, b: a & b},
    {"==": lambda a, b: int(a == b), "!=": lambda a, b: int(a != b)},
    {
        "<": lambda a, b: int(a < b),
        "<=": lambda a, b: int(a <= b),
        ">": lambda a, b: int(a > b),
        ">=": lambda a, b: int(a >= b),
    },
    {"<<": lambda a, b: a << _shift(b), ">>": lambda a, b: a >> _shift(b)},
    {"+": lambda a, b: a + b, "-": lambda a, b: a - b},
    {"*": lambda a, b: a * b, "/": _divide, "%": _remainder},
)
_MAX_NESTING = 50
_CHANGED = (
    r"(?a)\b([A-Za-z_]\w*)\s*(?:[-+*/%&|^]|<<|>>)?=(?!=)|(?:\+\+|--)\s*([A-Za-z_]\w*)|"
    r"\b([A-Za-z_]\w*)\s*(?:\+\+|--)"
)


def evaluate(expression: str, value_of: Callable[[str], int | None]) -> int | None:
    """The value of the expression; None when it is not known or the shells differ.

    `value_of` gives the number in a variable. Assignments have no value here.
    """
    try:
        tokens = _tokens(expression)
        if not tokens:
            return None
        value, end = _Reader(tokens, value_of).logical_or(0)
        return value if end == len(tokens) else None
    except Unclear:
        return None


def assigned_names(expression: str) -> frozenset[str]:
    """The variables that the expression may change."""
    if not any(sign in expression for sign in ("=", "++", "--")):
        return frozenset()
    found = re.findall(_CHANGED, expression)
    return frozenset(name for names in found for name in names if name)


class _Reader:
    def __init__(self, tokens: list[str], value_of: Callable[[str], int | None]) -> None:
        self.tokens = tokens
        self.value_of = value_of
        self.depth = 0

    def peek(self, at: int) -> str:
        return self.tokens[at] if at < len(self.tokens) else ""

    def logical_or(self, at: int) -> tuple[int, int]:
        value, at = self.logical_and(at)
        while self.peek(at) == "||":
            other, at = self.logical_and(at + 1)
            value = int(bool(value) or bool(other))
        return value, at

    def logical_and(self, at: int) -> tuple[int, int]:
        value, at = self.binary(0, at)
        while self.peek(at) == "&&":
            other, at = self.binary(0, at + 1)
            value = int(bool(value) and bool(other))
        return value, at

    def binary(self, level: int, at: int) -> tuple[int, int]:
        if level == len(_BINARY):
            return self.unary(at)
        value, at = self.binary(level + 1, at)
        while self.peek(at) in _BINARY[level]:
            operate = _BINARY[level][self.peek(at)]
            other, at = self.binary(level + 1, at + 1)
            value = _in_range(operate(value, other))
        return value, at

    def unary(self, at: int) -> tuple[int, int]:
        self.depth += 1
        if self.depth > _MAX_NESTING:
            raise Unclear
        token = self.peek(at)
        try:
            if token in {"-", "+", "!", "~"}:
                value, end = self.unary(at + 1)
                return {"-": -value, "+": value, "!": int(not value), "~": ~value}[token], end
            if token == "(":
                value, end = self.logical_or(at + 1)
                if self.peek(end) != ")":
                    raise Unclear
                return value, end + 1
            return self.operand(token), at + 1
        finally:
            self.depth -= 1

    def operand(self, token: str) -> int:
        value = number(token) if token[:1].isdigit() else self.value_of(token) if token else None
        if value is None:
            raise Unclear
        return value


def number(text: str) -> int | None:
    """A shell's integer: decimal, octal with a leading zero, hexadecimal."""
    body = text.lstrip("+-") if text[:1] in "+-" else text
    negative = text.startswith("-")
    try:
        value = int(body, 16) if body[:2].lower() == "0x" else int(body, _base(body))
    except ValueError:
        return None
    if value >= 2**63 or not body.isascii() or not body[:1].isdigit() or "_" in body:
        return None
    return -value if negative else value


def _base(digits: str) -> int:
    return 8 if digits.startswith("0") else 10


def _tokens(expression: str) -> list[str]:
    tokens: list[str] = []
    end = 0
    text = expression.strip()
    token_at = re.compile(_TOKEN).match
    while end < len(text):
        token = token_at(text, end)
        if not token:
            raise Unclear
        # `++` and `--` are two signs in dash and a change in bash.
        if tokens and token[0] in {"+", "-"} and tokens[-1] == token[0]:
            raise Unclear
        tokens.append(token[0].strip())
        end = token.end()
    return tokens


def _in_range(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise Unclear
    return value
