"""Programs that sleep: `sleep`, `usleep`, and interpreters with a line of code that does."""

from __future__ import annotations

import re

from k8slint.shutdown.seconds import between, unknown
from k8slint.shutdown.shell.effects import Call, Effect, record_sleep
from k8slint.shutdown.shell.operands import Odd, corrected_duration, duration
from k8slint.shutdown.shell.reading import Afterwards
from k8slint.shutdown.shell.shells import Argument
from k8slint.shutdown.shell.state import ZERO, Field, Unknown

_NUMBER = r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*"
# Compiled where they are asked for: few hooks sleep in such a language.
_SLEEP_CODE: dict[str, tuple[str, str, float]] = {
    "python": (
        "-c",
        (
            rf"\s*(?:import time\s*[;\n]\s*time\.sleep\({_NUMBER}\)"
            rf"|from time import sleep\s*[;\n]\s*sleep\({_NUMBER}\)"
            rf"|__import__\(['\"]time['\"]\)\.sleep\({_NUMBER}\))\s*;?\s*"
        ),
        1,
    ),
    "perl": (
        "-e",
        rf"\s*(?:sleep\s*\(?\s*([0-9]{{1,9}})\s*\)?|select\((?:\s*undef\s*,){{3}}{_NUMBER}\))\s*;?\s*",
        1,
    ),
    "node": (
        "-e",
        rf"\s*setTimeout\((?:\(\)\s*=>\s*\{{\s*\}}|function\s*\(\)\s*\{{\s*\}}),{_NUMBER}\)\s*;?\s*",
        1 / 1000,
    ),
    "ruby": ("-e", rf"\s*sleep[ (]{_NUMBER}\)?\s*", 1),
    "php": ("-r", r"\s*sleep\(\s*([0-9]{1,9})\s*\)\s*;\s*", 1),
}


def run_sleep(call: Call) -> Effect:
    if not call.operands:
        _report_no_operand(call)
        return Effect(ZERO, 1)
    durations = [_durations_of(field) for field in call.operands]
    bad = next((index for index, each in enumerate(durations) if each == [Odd.BAD]), None)
    if bad is not None:
        _report_bad_operand(call, call.arguments[1 + bad])
        return Effect(ZERO, 1)
    low = high = 0.0
    for argument, each in zip(call.arguments[1:], durations, strict=True):
        seconds = [value for value in each if isinstance(value, float)]
        if len(seconds) < len(each):
            return _run_unclear_sleep(call, argument)
        low, high = low + min(seconds), high + max(seconds)
    return record_sleep(call, low) if low == high else _record_choice(call, low, high)


def _durations_of(field: Field) -> list[float | Odd]:
    """What an operand comes to, once for each word that it may be."""
    if isinstance(field, Unknown) and field.choices:
        return [duration(choice) for choice in field.choices]
    return [duration(field)]


def _record_choice(call: Call, low: float, high: float) -> Effect:
    call.sh.notes.later(call.st, Afterwards.SLEEPS)
    call.sh.notes.takes_time(call.where)
    call.sh.notes.reasons[call.quoted] = None
    return Effect(between(low, high), 0)


def _run_unclear_sleep(call: Call, vague: Argument) -> Effect:
    call.sh.notes.later(call.st, Afterwards.SLEEPS)
    return Effect(unknown(f"{call.quoted}: the value of `{vague.source}` is not known"))


def _report_no_operand(call: Call) -> None:
    if not call.sh.notes.broken:  # else why it has none has been said
        reason = f"{call.quoted} gives sleep no time: it fails at once"
        call.sh.notes.break_down(call.where, reason)


def _report_bad_operand(call: Call, argument: Argument) -> None:
    field = str(argument.field)
    right = corrected_duration(field)
    repair = None
    if right and field == argument.source:
        repair = _replace_source(call, argument, right)
    shown = f"`{field}`" if field else "an empty text"
    by = "" if field == argument.source else f" (from `{argument.source}`)"
    reason = f"{call.quoted}: {shown}{by} is not a duration that sleep accepts: it fails at once"
    call.sh.notes.break_down(argument.where, reason, repair)


def _replace_source(call: Call, argument: Argument, text: str) -> tuple[str, ...] | None:
    notes = call.sh.notes
    index, start, end = argument.where
    if notes.text_of(index)[start:end] != argument.source:
        return None
    return notes.replaced(argument.where, text)


def run_usleep(call: Call) -> Effect:
    match call.operands:
        case [str(micros)] if micros.isascii() and micros.isdigit() and len(micros) < 16:
            return record_sleep(call, int(micros) / 1_000_000)
    return Effect(unknown(f"{call.quoted} is not read"))


def run_code(call: Call) -> Effect:
    language = re.sub(r"[\d.]+$", "", call.name)
    flag, pattern, unit = _SLEEP_CODE["node" if language == "nodejs" else language]
    match call.operands:
        case [str(given), str(code)] if given == flag:
            if found := re.fullmatch(pattern, code):
                return record_sleep(call, round(float(found[found.lastindex or 1]) * unit, 9))
            return Effect(unknown(f"what {call.quoted} does is not read"))
    return Effect(unknown(f"what {call.quoted} does is not known"))
