"""`test`, `[` and `[[`: their exit status, if the operands determine it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from k8slint.shutdown.shell.state import Field

_COMPARE = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"}
_INTEGER = re.compile(r"\s*[-+]?\d{1,18}\s*", re.ASCII)
_BINARY = _COMPARE | {"=", "!=", "==", "=~", "<", ">", "-nt", "-ot", "-ef"}
_SPECIAL = _BINARY | {"!", "(", ")", "-a", "-o", "&&", "||"}


def test(operands: Sequence[Field]) -> int | None:
    """The exit status of `test operands`; None where it is not known or the shells differ."""
    if any(
        isinstance(operand, str) is False and operand.many
        for operand in operands
        if not isinstance(operand, str)
    ):
        return None
    match len(operands):
        case 0:
            return 1
        case 1:
            return _nonempty(operands[0])
        case 2:
            return _two(operands[0], operands[1])
        case 3:
            return _three(*operands)
        case 4 if operands[0] == "!":
            return invert(_three(*operands[1:]))
    return None


def invert(status: int | None) -> int | None:
    return None if status is None else int(not status)


def _nonempty(operand: Field) -> int | None:
    return int(not operand) if isinstance(operand, str) else None


def _two(operator: Field, operand: Field) -> int | None:
    if operator == "!":
        return invert(_nonempty(operand))
    if operator == "-n":
        return _nonempty(operand)
    if operator == "-z":
        return invert(_nonempty(operand))
    return None


def _three(left: Field, operator: Field, right: Field) -> int | None:
    if left == "!" and operator not in _BINARY:
        return invert(_two(operator, right))
    if not isinstance(left, str) or not isinstance(right, str) or not isinstance(operator, str):
        return None
    if left in _SPECIAL or operator not in _BINARY:
        return None
    if operator == "=":
        return int(left != right)
    if operator == "!=":
        return int(left == right)
    if operator in _COMPARE:
        return _compare(left, operator, right)
    return None


def _compare(left: str, operator: str, right: str) -> int | None:
    if not _INTEGER.fullmatch(left) or not _INTEGER.fullmatch(right):
        # Every shell complains and fails, but with statuses of its own: 2 in all three.
        return 2
    a, b = int(left), int(right)
    holds = {
        "-eq": a == b,
        "-ne": a != b,
        "-lt": a < b,
        "-le": a <= b,
        "-gt": a > b,
        "-ge": a >= b,
    }[operator]
    return int(not holds)
