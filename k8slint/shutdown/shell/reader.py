"""Reading a command that is more than a sleep."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from k8slint.shutdown.seconds import Kind, Seconds, exactly, unknown
from k8slint.shutdown.shell import mistakes
from k8slint.shutdown.shell.interpret import INTERPRETER
from k8slint.shutdown.shell.launch import launch
from k8slint.shutdown.shell.notes import FileFinder, Notes
from k8slint.shutdown.shell.reading import Intention, Reading
from k8slint.shutdown.shell.shells import Argument, Shell
from k8slint.shutdown.shell.state import ANYTHING, Job, State, Value

_MAX_CONDITIONS = 5
_REFERENCE = r"\$\([^)]*\)"


def read(
    command: Sequence[str],
    env: Mapping[str, str | None],
    *,
    env_is_open: bool = False,
    find_file: FileFinder | None = None,
) -> Reading:
    """Read any argument vector of an exec hook."""
    if not command:
        return Reading(unknown("the command is empty"))
    return _follow(Notes(command, env, env_is_open=env_is_open, find_file=find_file))


def intend(
    reading: Reading,
    command: Sequence[str],
    env: Mapping[str, str | None],
    *,
    env_is_open: bool = False,
    find_file: FileFinder | None = None,
) -> Intention | None:
    """Read a command again as its author means it; None where that takes as long."""

    def follow(doubted: frozenset[str]) -> tuple[Seconds, tuple[str, ...]]:
        notes = Notes(command, env, env_is_open=env_is_open, find_file=find_file)
        notes.assumed, notes.doubted = {}, doubted
        return _follow(notes).takes, tuple(notes.assumed or ())

    intended, provided = follow(frozenset())
    if _is_as_long(intended, reading.takes):
        return None
    if 1 < len(provided) <= _MAX_CONDITIONS:
        needless: frozenset[str] = frozenset()
        for condition in provided:
            if _is_as_long(follow(needless | {condition})[0], intended):
                needless |= {condition}
        provided = tuple([one for one in provided if one not in needless])
    return Intention(intended, provided)


def _is_as_long(one: Seconds, other: Seconds) -> bool:
    return (one.low, one.high) == (other.low, other.high)


def _follow(notes: Notes) -> Reading:
    mistakes.check_arguments(notes)
    if notes.broken:
        return _reading(notes, exactly(0, "it fails at once"))
    sh = Shell(notes, INTERPRETER)
    sh.is_direct = True
    st = State({name: _value(text) for name, text in notes.env.items()})
    arguments = [
        Argument(word, (index, 0, len(word)), word) for index, word in enumerate(notes.command)
    ]
    try:
        end = launch(arguments, sh, st)
    except RecursionError:
        return _reading(notes, unknown("the script nests more deeply than is followed"))
    end = sh.exited or end
    notes.only_sleeps = notes.only_sleeps and end.status == 0
    return _reading(notes, _with_children(end, notes))


def _value(text: str | None) -> Value:
    """The kubelet has put other variables into the value where it has `$(NAME)`."""
    return ANYTHING if text is None or re.search(_REFERENCE, text) else text


def _with_children(end: State, notes: Notes) -> Seconds:
    """Children that still hold the hook's output may hold the hook too (kubernetes#92057)."""
    takes = end.clock
    for job in (*end.jobs, *end.orphans):
        if job.holds_output and job.ends.high > end.clock.low:
            takes = _stretch(takes, job, notes)
    return takes


def _stretch(takes: Seconds, job: Job, notes: Notes) -> Seconds:
    why = f"{job.source} goes on in the background and holds the hook's output open"
    notes.never_ends(job.where, why, lingers=True)
    if takes.kind >= Kind.UNKNOWN:
        return takes
    if not job.ends.is_known:
        return Seconds(takes.low, math.inf, Kind.UNKNOWN, why)
    if job.ends.high <= takes.high:
        return takes
    return Seconds(takes.low, job.ends.high, Kind.ESTIMATED, why)


def _reading(notes: Notes, takes: Seconds) -> Reading:
    if not takes.why and takes.high > 0 and takes.is_known:
        takes = takes.because(", ".join(notes.reasons))
    if notes.scripts and takes.why:
        takes = takes.because(f"{takes.why} in {notes.scripts[0].label}")
    is_pure_sleep = notes.only_sleeps and takes.is_exact and takes.low > 0 and not notes.broken
    before_signals = notes.sent[0].after if notes.sent else takes
    # With the names of the fields it takes twice as long.
    return Reading(
        takes,
        is_pure_sleep,
        before_signals.low > 0,
        notes.signals() if notes.sent else (),
        tuple(notes.needs),
        tuple(notes.broken.values()),
        tuple(notes.endless.values()),
        notes.may_assume and not notes.broken,
        tuple(notes.scripts),
        tuple([notes.place(where) for where in notes.timed]) if notes.timed else (),
    )
