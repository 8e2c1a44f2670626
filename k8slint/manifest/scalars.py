"""What the API server reads from a scalar, and what a text may be before it is rendered."""

from __future__ import annotations

import re
from functools import lru_cache

from k8slint.type_names import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

_INT64 = range(-(2**63), 2**63)
# Python refuses to read a number of more than 4,300 digits.
_LONGEST_NUMBER = 1_000

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(
        ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True
    ),
    **dict.fromkeys(
        ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False
    ),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
# Compiled when they are needed, as few files hold what they are for.
_INTEGER = r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))"
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
# A word of capitals waits for a substitution, but for the durations of ISO 8601, such as PT10S.
_PLACEHOLDER = (
    r"\{\{|\$\{|\$\(|\$[A-Za-z_]|<%|%\w+%|@\w+@|__\w+__|<[A-Za-z][\w .-]*>"
    r"|\{[A-Za-z_][\w.]*\}|\A(?!PT?\d)[A-Z][A-Z0-9_]{2,}\Z"
)
_OF_PLACEHOLDERS = frozenset("{$<%@_")
# An expression or a statement of ytt, which stands in a comment of YAML.
_YTT = (
    r"(?m)[:-][ \t]+#@[ \t]|^[ \t]*#@(?:[ \t]*(?:if|elif|else|for|def|end|load)\b"
    r"|(?:overlay|data|schema|yaml|library|text)/)"
)


def resolve(text: str) -> Scalar:
    """A plain scalar's value by goyaml.v2's rules: `060` is 48, `08` is 8, `1:30` is a string."""
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first in "+-.":  # Mostly an option of a command.
        first = text.lstrip("+-._")[:1]
    if not first.isdigit():
        return text
    bare = text.replace("_", "")
    if bare.isdecimal() and bare.isascii() and bare[0] != "0" and len(bare) <= 64:
        return int(bare)
    if match := _compiled(_INTEGER).fullmatch(bare):
        sign, hexadecimal, binary, octal, decimal = match.groups()
        digits, base = (
            (hexadecimal, 16)
            if hexadecimal
            else (binary, 2)
            if binary
            else (octal, 8)
            if octal
            else (decimal, 10)
        )
        if len(digits) <= 64:
            return int(digits, base) * (-1 if sign == "-" else 1)
    if re.fullmatch(_FLOAT, bare):
        return float(bare)
    return text


def decimal(text: str) -> int | None:
    """The number that a text of plain digits is; None for any other text, and beyond int64."""
    is_number = text.isascii() and text.isdecimal() and len(text) < _LONGEST_NUMBER
    return int(text) if is_number and int(text) in _INT64 else None


def as_int64(value: Scalar) -> int | None:
    """The integer the API server makes of a value, None where it rejects it.

    A float without a fraction is an integer after the way over JSON.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    return int(value) if int(value) in _INT64 else None


def is_placeholder(text: str) -> bool:
    """Whether a text waits for a template engine or a substitution."""
    if _OF_PLACEHOLDERS.isdisjoint(text) and not text.isupper():
        return False
    return bool(_compiled(_PLACEHOLDER).search(text))


def is_ytt(text: str) -> bool:
    """Whether a document is a template of ytt, which is YAML with code in its comments."""
    return "#@" in text and re.search(_YTT, text) is not None


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
