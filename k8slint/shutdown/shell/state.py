"""What a shell knows while it runs: its clock, variables, jobs and options."""

from __future__ import annotations

import math
import re
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
Functions = dict[str, s.Command | None]
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


class State:
    """One shell process at one moment.

    `status` is the last exit status, FAILED for a failure with an open number, None when unknown.
    `orphans` are children of children, which `wait` does not see; `sent` are the signals sent on
    the way here, by their index in the notes. `errexit` is None when it is not known
    whether a failure ends the shell. `output_saved`: a command around has redirected the output,
    and the shell keeps the original one for afterwards, as its children do. `input_ends` is when
    all has been written to the pipe it reads from; None where it has no input. What
    `ignores_signals` is never ended by one, nor are its children. `live` is False once the shell
    surely is no longer here.
    """

    def __init__(
        self,
        clock: Seconds = ZERO,
        variables: dict[str, Value] | None = None,
        functions: Functions | None = None,
        positional: tuple[Field, ...] | None = (),
        jobs: tuple[Job, ...] = (),
        orphans: tuple[Job, ...] = (),
        sent: frozenset[int] = frozenset(),
        exported: frozenset[str] = frozenset(),
        readonly: frozenset[str] = frozenset(),
        *,
        errexit: bool | None = False,
        pipefail: bool | None = False,
        nounset: bool = False,
        output_redirected: bool = False,
        output_saved: bool = False,
        input_ends: Seconds | None = None,
        exit_trap: bool = False,
        traps_signals: bool = False,
        ignores_signals: bool = False,
        status: int | None = 0,
    ) -> None:
        self.clock = clock
        self.variables = {} if variables is None else variables
        self.functions = {} if functions is None else functions
        self.positional = positional
        self.jobs = jobs
        self.orphans = orphans
        self.sent = sent
        self.exported = exported
        self.readonly = readonly
        self.errexit = errexit
        self.pipefail = pipefail
        self.nounset = nounset
        self.output_redirected = output_redirected
        self.output_saved = output_saved
        self.input_ends = input_ends
        self.exit_trap = exit_trap
        self.traps_signals = traps_signals
        self.ignores_signals = ignores_signals
        self.status = status
        self.live = True

    def copy(self) -> State:
        other = State()
        vars(other).update(vars(self))
        other.variables = dict(self.variables)
        other.functions = dict(self.functions)
        return other

    def forked(self) -> State:
        """What a child of the shell starts with."""
        inside = self.copy()
        inside.jobs = inside.orphans = ()
        inside.exit_trap = False
        return inside

    def await_input(self) -> None:
        """Something is run that may read its input to the end."""
        if self.input_ends is not None:
            self.clock = stretch_to(self.clock, self.input_ends)

    def known(self) -> tuple[object, ...]:
        """All that decides what the next round of a loop does, the clock left out."""
        return (
            dict(self.variables),
            dict(self.functions),
            self.positional,
            len(self.jobs),
            self.errexit,
            self.sent,
        )


def join(first: State, second: State) -> State:
    """What holds whichever of the two happened."""
    if not first.live:
        return second
    if not second.live:
        return first
    return State(
        clock=first.clock if first.clock is second.clock else either(first.clock, second.clock),
        variables=_join_variables(first.variables, second.variables),
        functions=_join_functions(first.functions, second.functions),
        positional=first.positional if first.positional == second.positional else None,
        jobs=join_jobs(first.jobs, second.jobs),
        orphans=join_jobs(first.orphans, second.orphans),
        sent=first.sent | second.sent,
        exported=first.exported | second.exported,
        readonly=first.readonly | second.readonly,
        errexit=first.errexit if first.errexit == second.errexit else None,
        pipefail=first.pipefail if first.pipefail == second.pipefail else None,
        nounset=first.nounset or second.nounset,
        output_redirected=first.output_redirected and second.output_redirected,
        output_saved=first.output_saved or second.output_saved,
        input_ends=first.input_ends or second.input_ends,
        exit_trap=first.exit_trap or second.exit_trap,
        traps_signals=first.traps_signals or second.traps_signals,
        ignores_signals=first.ignores_signals or second.ignores_signals,
        status=_join_status(first.status, second.status),
    )


def _join_status(first: int | None, second: int | None) -> int | None:
    if first == second:
        return first
    return FAILED if first and second else None


def _join_functions(first: Functions, second: Functions) -> Functions:
    if first == second:
        return dict(first)
    return {
        name: first[name]
        if name in first and name in second and first[name] is second[name]
        else None
        for name in first.keys() | second.keys()
    }


def _join_variables(first: dict[str, Value], second: dict[str, Value]) -> dict[str, Value]:
    if first == second:
        return dict(first)
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


def join_jobs(first: tuple[Job, ...], second: tuple[Job, ...]) -> tuple[Job, ...]:
    """Jobs of either way; one that exists on one way only may already be over."""
    if first == second:
        return first
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
