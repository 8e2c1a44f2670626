"""What a shell knows while it runs: its clock, variables, jobs and options."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from enum import Enum

from k8slint.records import NamedTuple
from k8slint.shutdown.seconds import Kind, Seconds, either, exactly, longest
from k8slint.shutdown.shell import syntax as s

ZERO = exactly(0)
MAX_CHOICES = 4
_PLAIN_VALUE = re.compile(r"[\w.:/-]+", re.ASCII)
FAILED = -1


class Unknown(NamedTuple):
    """Unknown text; `many` if it may also be no word or several.

    `pids_of` names the program when the text is known to be its process ids, and `job` says that
    it is the process id of a background job of this script. Where it is one of a few words, those
    are its `choices`.
    """

    many: bool = False
    pids_of: str = ""
    job: int | None = None
    choices: frozenset[str] = frozenset()


class Unset(Enum):
    """The script itself has unset the variable: the image cannot have set it."""

    UNSET = "unset"


SOMETHING = Unknown()
ANYTHING = Unknown(many=True)
UNSET = Unset.UNSET

Field = str | Unknown
Value = str | Unknown | Unset
_Variables = Mapping[str, Value]
Functions = Mapping[str, s.Command | None]
"""None stands for a function of which it is not known what it does."""


class Job(NamedTuple):
    """A background child, and when on the shell's clock it ends.

    `holds_stdout`: a substitution waits for it. `holds_output`: it keeps the output or the
    errors of the whole hook open.
    """

    number: int
    ends: Seconds
    holds_output: bool
    holds_stdout: bool
    source: str
    where: tuple[int, int, int]


class ShellOptions(NamedTuple):
    """What `set` and `trap` change.

    `errexit` is None when it is not known whether a failure ends the shell. What
    `ignores_signals` is never ended by one, nor are its children.
    """

    errexit: bool | None = False
    pipefail: bool | None = False
    nounset: bool = False
    exit_trap: bool = False
    traps_signals: bool = False
    ignores_signals: bool = False


class Streams(NamedTuple):
    """Where input comes from and output goes.

    Where the output is `saved`, a command around has redirected it, and the shell keeps the
    original one for afterwards, as its children do. `input_ends` is when all has been written to
    the pipe it reads from; None where it has no input.
    """

    redirected: bool = False
    saved: bool = False
    input_ends: Seconds | None = None


_NO_OPTIONS = ShellOptions()
_NO_STREAMS = Streams()


class State:
    """One shell process at one moment.

    `status` is the last exit status, FAILED for a failure with an open number, None when unknown.
    `orphans` are children of children, which `wait` does not see; `sent` are the signals sent on
    the way here, by their index in the notes. `live` is False once the shell surely is no longer
    here. Copies share the variables and functions: a change puts others in their place.
    """

    def __init__(self, variables: _Variables) -> None:
        self.clock = ZERO
        self.variables = variables
        self.functions: Functions = {}
        self.positional: tuple[Field, ...] | None = ()
        self.jobs: tuple[Job, ...] = ()
        self.orphans: tuple[Job, ...] = ()
        self.sent: frozenset[int] = frozenset()
        self.exported: frozenset[str] = frozenset()
        self.readonly: frozenset[str] = frozenset()
        self.options = _NO_OPTIONS
        self.streams = _NO_STREAMS
        self.status: int | None = 0
        self.live = True

    def copy(self) -> State:
        other = State.__new__(State)
        other.clock = self.clock
        other.variables = self.variables
        other.functions = self.functions
        other.positional = self.positional
        other.jobs = self.jobs
        other.orphans = self.orphans
        other.sent = self.sent
        other.exported = self.exported
        other.readonly = self.readonly
        other.options = self.options
        other.streams = self.streams
        other.status = self.status
        other.live = self.live
        return other

    def store(self, name: str, value: Value) -> None:
        """Give a variable a value."""
        self.variables = {**self.variables, name: value}

    def forked(self) -> State:
        """What a child of the shell starts with."""
        inside = self.copy()
        inside.jobs = inside.orphans = ()
        if inside.options.exit_trap:
            inside.options = inside.options._replace(exit_trap=False)
        return inside

    def await_input(self) -> None:
        """Something is run that may read its input to the end."""
        if self.streams.input_ends is not None:
            self.clock = stretch_to(self.clock, self.streams.input_ends)

    def known(self) -> tuple[object, ...]:
        """All that decides what the next round of a loop does, the clock left out."""
        return (
            self.variables,
            self.functions,
            self.positional,
            len(self.jobs),
            self.options.errexit,
            self.sent,
        )


def join(first: State, second: State) -> State:
    """What holds whichever of the two happened."""
    if not first.live:
        return second
    if not second.live:
        return first
    joined = first.copy()
    if first.clock is not second.clock:
        joined.clock = either(first.clock, second.clock)
    if first.variables is not second.variables:
        joined.variables = _join_variables(first.variables, second.variables)
    if first.functions is not second.functions:
        joined.functions = _join_functions(first.functions, second.functions)
    if first.positional != second.positional:
        joined.positional = None
    if first.jobs != second.jobs:
        joined.jobs = _join_jobs(first.jobs, second.jobs)
    if first.orphans != second.orphans:
        joined.orphans = _join_jobs(first.orphans, second.orphans)
    if first.sent is not second.sent:
        joined.sent |= second.sent
    if first.exported is not second.exported:
        joined.exported |= second.exported
    if first.readonly is not second.readonly:
        joined.readonly |= second.readonly
    if first.options != second.options:
        joined.options = _join_options(first.options, second.options)
    if first.streams != second.streams:
        joined.streams = _join_streams(first.streams, second.streams)
    if first.status != second.status:
        joined.status = FAILED if first.status and second.status else None
    return joined


def _join_options(first: ShellOptions, second: ShellOptions) -> ShellOptions:
    return ShellOptions(
        errexit=first.errexit if first.errexit == second.errexit else None,
        pipefail=first.pipefail if first.pipefail == second.pipefail else None,
        nounset=first.nounset or second.nounset,
        exit_trap=first.exit_trap or second.exit_trap,
        traps_signals=first.traps_signals or second.traps_signals,
        ignores_signals=first.ignores_signals or second.ignores_signals,
    )


def _join_streams(first: Streams, second: Streams) -> Streams:
    return Streams(
        redirected=first.redirected and second.redirected,
        saved=first.saved or second.saved,
        input_ends=first.input_ends or second.input_ends,
    )


def _join_functions(first: Functions, second: Functions) -> Functions:
    if first == second:
        return first
    return {
        name: first[name]
        if name in first and name in second and first[name] is second[name]
        else None
        for name in first.keys() | second.keys()
    }


def _join_variables(first: _Variables, second: _Variables) -> _Variables:
    if first == second:
        return first
    joined: dict[str, Value] = {}
    for name in first.keys() | second.keys():
        one, other = first.get(name, ANYTHING), second.get(name, ANYTHING)
        joined[name] = one if one == other else _join_values(one, other)
    return joined


def _join_values(one: Value, other: Value) -> Value:
    choices = _choices_of(one) | _choices_of(other)
    known = all(_choices_of(value) for value in (one, other))
    return Unknown(choices=choices) if known and len(choices) <= MAX_CHOICES else ANYTHING


def _choices_of(value: Value) -> frozenset[str]:
    """The plain words that a value may be; none where it may be something else."""
    if isinstance(value, Unknown):
        return value.choices
    if isinstance(value, str) and _PLAIN_VALUE.fullmatch(value):
        return frozenset({value})
    return frozenset()


def _join_jobs(first: tuple[Job, ...], second: tuple[Job, ...]) -> tuple[Job, ...]:
    """Jobs of either way; one that exists on one way only may already be over."""
    ones, others = ({job.number: job for job in jobs} for jobs in (first, second))
    joined: list[Job] = []
    for number in sorted(ones.keys() | others.keys()):
        one, other = ones.get(number), others.get(number)
        job = one or other
        assert job is not None
        ends = either(one.ends if one else ZERO, other.ends if other else ZERO)
        joined.append(job._replace(ends=ends))
    return tuple(joined)


def wait_for(clock: Seconds, jobs: tuple[Job, ...]) -> Seconds:
    """The clock once all these jobs are over."""
    for job in jobs:
        clock = longest(clock, job.ends)
    return clock


def stretch_to(low: Seconds, high: Seconds) -> Seconds:
    """From the beginning of the one to the end of the other, when that is later."""
    if high == low:
        return low
    if high.kind >= Kind.UNKNOWN:
        return Seconds(low.low, math.inf, high.kind, high.why)
    return Seconds(low.low, high.high, Kind.ESTIMATED, low.why) if high.high > low.high else low


def lower_bound_to(span: Seconds, low: float) -> Seconds:
    """The same span when it may already end at `low`."""
    if low >= span.low:
        return span
    kind = Kind.ESTIMATED if span.kind is Kind.EXACT else span.kind
    return Seconds(low, span.high, kind, span.why)
