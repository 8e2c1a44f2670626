"""A program that is run, and what that comes to."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from k8slint.records import NamedTuple
from k8slint.shutdown.seconds import Seconds, between, exactly, unbounded
from k8slint.shutdown.shell.notes import Where
from k8slint.shutdown.shell.reading import Afterwards
from k8slint.shutdown.shell.shells import Argument, Shell
from k8slint.shutdown.shell.state import ZERO, Field, State


class Call(NamedTuple):
    """A program that is run, with its arguments and where they stand."""

    name: str
    arguments: Sequence[Argument]
    sh: Shell
    st: State

    @property
    def operands(self) -> list[Field]:
        return [argument.field for argument in self.arguments[1:]]

    @property
    def where(self) -> Where:
        """The whole of the call, as far as it stands in one argument of the hook."""
        first, last = self.arguments[0].where, self.arguments[-1].where
        return (first[0], first[1], last[2]) if first[0] == last[0] else first

    @property
    def operand_where(self) -> Where:
        """The whole of the call, or its first operand where each word is an argument."""
        return self.arguments[1].where if self.sh.is_direct else self.where

    @property
    def quoted(self) -> str:
        text = " ".join([argument.source for argument in self.arguments])
        line = text.partition("\n")[0]
        return f"`{line if len(line) <= 60 else line[:57] + '...'}`"

    @property
    def now(self) -> Seconds:
        return self.sh.base + self.st.clock


class Effect(NamedTuple):
    """How long a program runs and its exit status, None when that is not known."""

    takes: Seconds
    status: int | None = None
    may_end_shell: bool = False


Program = Callable[[Call], Effect]
NOTHING = Effect(ZERO)


def returns_at_once(status: int | None) -> Program:
    effect = Effect(ZERO, status)
    return lambda _: effect


def record_sleep(call: Call, seconds: float) -> Effect:
    call.sh.notes.later(call.st, Afterwards.SLEEPS)
    if math.isinf(seconds):
        call.sh.notes.never_ends(call.operand_where, f"{call.quoted} never ends")
        return Effect(unbounded(f"{call.quoted} never ends"), 0)
    call.sh.notes.reasons[call.quoted] = None
    call.sh.notes.takes_time(call.where)
    return Effect(exactly(seconds), 0)


def run_endlessly(call: Call, why: str) -> Effect:
    call.sh.notes.never_ends(call.where, why)
    return Effect(unbounded(why))


def estimate(call: Call, low: float, high: float) -> Effect:
    if high > 0:
        call.sh.notes.reasons[call.quoted] = None
        call.sh.notes.takes_time(call.where)
        call.sh.notes.later(call.st, Afterwards.GOES_ON)
    return Effect(between(low, high))


def probe(call: Call) -> Effect:
    """It asks whether a process is there: in a loop that is waiting for its end."""
    if call.sh.rounds:
        call.sh.notes.later(call.st, Afterwards.WATCHES)
    return NOTHING


def read_number(field: Field | None) -> float | None:
    if isinstance(field, str) and re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", field, re.ASCII):
        return float(field)
    return None
