"""How programs read their operands: durations, signals, options."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from enum import Enum

from k8slint.shutdown.seconds import LONGEST_TIME
from k8slint.shutdown.shell.state import Field, Unknown


class Odd(Enum):
    """An operand that is not a plain duration."""

    BAD = "every sleep refuses it"
    UNCLEAR = "some accept it, or it is unknown"


_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([smhd]?)", re.ASCII)
# Compiled where they are asked for: nearly all durations are numbers.
_ENDLESS = r"(?i)inf(inity)?"
# GNU sleep reads what strtod reads, which is more than BusyBox does.
_STRTOD = (
    r"(?ais)\s*\+?(?:0[xX][0-9a-fA-F.]+(?:[pP][-+]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
    r"|inf(?:inity)?)[smhd]?|--.*"
)
# Helm, Flux and envsubst put the value in before the manifest is applied.
_TO_BE_FILLED_IN = r"\{\{|\$\{?[A-Za-z_]"

_NUMBERS = {
    "1": "HUP", "2": "INT", "3": "QUIT", "6": "ABRT", "9": "KILL", "10": "USR1", "12": "USR2",
    "13": "PIPE", "14": "ALRM", "15": "TERM", "17": "CHLD", "18": "CONT", "19": "STOP",
    "23": "URG", "28": "WINCH",
}  # fmt: skip
_NAMES = frozenset({*_NUMBERS.values(), "TRAP", "BUS", "SEGV", "TSTP", "TTIN", "TTOU", "PWR"})


def duration(operand: Field) -> float | Odd:
    """Seconds; infinite for `infinity`, and for more than any pod lasts."""
    if isinstance(operand, Unknown):
        return Odd.UNCLEAR
    if found := _DURATION.fullmatch(operand):
        seconds = float(found[1]) * _UNITS[found[2]]
        return seconds if seconds < LONGEST_TIME else math.inf
    if re.fullmatch(_ENDLESS, operand):
        return math.inf
    if re.search(_TO_BE_FILLED_IN, operand):
        return Odd.UNCLEAR
    return Odd.UNCLEAR if re.fullmatch(_STRTOD, operand) else Odd.BAD


def corrected_duration(operand: str) -> str | None:
    """What somebody who wrote `5sec` or `5;` evidently meant; None when it is not evident."""
    text = operand.strip(" \t\n\r\f\v")
    found = re.fullmatch(r"(\d+)(?:\s*([A-Za-z]+))?(?:\s*[;,])?", text, re.ASCII)
    if not found:
        return None
    unit = (found[2] or "").lower()
    words = {"s": {"sec", "secs", "second", "seconds"}, "m": {"min", "mins", "minute", "minutes"}}
    words["h"] = {"hour", "hours", "hr", "hrs"}
    if unit in {"", "s", "m", "h"}:
        return found[1] + unit
    return next((found[1] + short for short, long in words.items() if unit in long), None)


def signal_name(text: Field) -> str | None:
    """`TERM` for `TERM`, `SIGTERM`, `sigterm` and `15`; `0` for the probe; None when unknown."""
    if isinstance(text, Unknown):
        return None
    if text == "0":
        return "0"
    name = text.upper().removeprefix("SIG")
    return name if name in _NAMES else _NUMBERS.get(text)


def option(operands: Sequence[Field], short: str, *long: str) -> Field | None:
    """The value of an option, whichever way it is written; None when it is not given."""
    for index, field in enumerate(operands):
        if isinstance(field, Unknown) or field[:1] != "-":
            continue
        if field == short or field in long:
            return operands[index + 1] if index + 1 < len(operands) else None
        for name in (short, *long):
            if len(name) > 2 and field.startswith(f"{name}="):
                return field.removeprefix(f"{name}=")
        if len(short) == 2 and field.startswith(short) and not field.startswith("--"):
            return field[2:]
    return None
