"""`for`, `while` and `until`: round by round for as long as the rounds differ."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from k8slint.shutdown.seconds import Kind, Seconds
from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell import words
from k8slint.shutdown.shell.notes import MAX_STEPS
from k8slint.shutdown.shell.reading import Afterwards
from k8slint.shutdown.shell.shells import Loop, Shell, merged
from k8slint.shutdown.shell.state import ANYTHING, FAILED, SOMETHING, Field, State, Unknown, join

# Compiled where they are asked for: few hooks have a loop.
_CLOCK_WORDS = r"\b(?:date|SECONDS|EPOCHSECONDS|EPOCHREALTIME|read|timeout)\b"
_COUNTING = r"\b(?:expr|let)\b|\(\("
_COUNTED = (
    r"\b([A-Za-z_]\w*)=[\"']?(?:\$\(\(|\$\(\s*expr\b|`\s*expr\b)"
    r"|(?:\(\(|\blet\s)\s*(?:[\"']\s*)?(?:(?:\+\+|--)\s*)?([A-Za-z_]\w*)\s*(?:\+\+|--|[-+*/]?=(?!=))"
)
_RESET = r"\b([A-Za-z_]\w*)=[\"']?\d+[\"']?(?=[\s;&|)]|$)"


def run_loop(command: s.Loop, sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    loop = Loop()
    sh.loops.append(loop)
    sh.rounds += 1
    mark = _Mark(sh)
    rounds = 0
    status: int | None = 0
    try:
        while True:
            before, open_condition = st.known(), False
            sh.ask(1)
            st = sh.interpreter.block(command.condition, sh, st)
            sh.ask(-1)
            if st.live:
                leaving = st.status is None or (st.status == 0) == command.until
                if leaving:
                    left = st.copy()
                    left.status = status
                    loop.left = merged(loop.left, left)
                if st.status is not None and leaving:
                    break
                open_condition = st.status is None
                st.status = FAILED if command.until else 0
                st = sh.interpreter.block(command.body, sh, st)
                status = st.status if st.live else status
            st = _taken_up(loop, st)
            if not st.live:
                break
            rounds += 1
            sh.notes.steps += 1
            if st.known() == before or sh.notes.steps > MAX_STEPS:
                return _endless(command, sh, st, loop, mark, same=st.known() == before)
            if open_condition:
                sh.notes.later(st, Afterwards.GOES_ON)
    finally:
        sh.loops.pop()
        sh.rounds -= 1
    return _left(loop, st)


class _Mark:
    """The ways out of the shell as they were before a loop."""

    def __init__(self, sh: Shell) -> None:
        self.exited = sh.exited
        self.returned = [len(states) for states in sh.returned]
        self.loops = [(loop.left, loop.continued) for loop in sh.loops]

    def stretch(self, sh: Shell, clock: Callable[[Seconds], Seconds]) -> None:
        """Let every way out that the loop has added be taken in any later round too."""
        if sh.exited is not None and sh.exited is not self.exited:
            sh.exited.clock = clock(sh.exited.clock)
        for states, count in zip(sh.returned, self.returned, strict=True):
            for state in states[count:]:
                state.clock = clock(state.clock)
        for loop, (left, continued) in zip(sh.loops, self.loops, strict=True):
            if loop.left is not None and loop.left is not left:
                loop.left.clock = clock(loop.left.clock)
            if loop.continued is not None and loop.continued is not continued:
                loop.continued.clock = clock(loop.continued.clock)


def _endless(
    command: s.Loop | s.For, sh: Shell, st: State, loop: Loop, mark: _Mark, *, same: bool
) -> State:
    """A loop that goes on as it is, or for longer than it is followed."""
    where = sh.where(command.start, command.end)
    at = sh.notes.at_line(where)
    if not same:
        why, kind = f"the loop{at} goes on for longer than it is followed", Kind.UNKNOWN
    elif isinstance(command, s.For):
        why, kind = f"how often the loop{at} goes round is not known", Kind.UNKNOWN
    elif _has_own_limit(command):
        why, kind = f"how long the loop{at} goes on is not known", Kind.UNKNOWN
    else:
        why, kind = f"loop with no limit{at}", Kind.UNBOUNDED
        sh.notes.never_ends(where, why)
    if loop.left is not None:
        sh.notes.later(st, Afterwards.WATCHES)

    def stretched(clock: Seconds) -> Seconds:
        return clock if clock.kind > kind else Seconds(clock.low, math.inf, kind, why)

    mark.stretch(sh, stretched)
    if loop.left is not None:
        loop.left.clock = stretched(loop.left.clock)
        return loop.left
    endless = sh.leave(st)
    assert sh.exited is not None
    if sh.exited is endless:
        endless.clock = stretched(endless.clock)
    sh.exited.clock = stretched(sh.exited.clock)
    st.live = False
    return st


def _has_own_limit(command: s.Loop) -> bool:
    """Whether it looks at a clock, reads input or counts: that limits it in an unknown way.

    A counter that the loop itself sets back to a number limits nothing.
    """
    source = command.source
    if re.search(_CLOCK_WORDS, source):
        return True
    counted = {one or other for one, other in re.findall(_COUNTED, source)}
    if not counted:
        return re.search(_COUNTING, source) is not None
    return not counted <= {*re.findall(_RESET, source)}


def _taken_up(loop: Loop, st: State) -> State:
    """What the next round starts with: the end of the body or a `continue`."""
    if loop.continued is None:
        return st
    st = join(st, loop.continued)
    loop.continued = None
    return st


def _left(loop: Loop, st: State) -> State:
    if loop.left is None:
        st.live = False
        return st
    return loop.left


def run_for(command: s.For, sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    if command.words is None:
        values: list[Field] = list(st.positional) if st.positional is not None else [ANYTHING]
    else:
        values = [field for word in command.words for field in words.split_word(word, sh, st)]
    if not st.live or (values and sh.protect(st, (command.name,))):
        return st
    loop = Loop()
    sh.loops.append(loop)
    sh.rounds += 1
    mark = _Mark(sh)
    if not values:
        st.status = 0
    elif any(s.has_substitution(word) for word in command.words or ()):
        st.status = None
    try:
        for value in values:
            if isinstance(value, Unknown) and value.many:
                st = _for_some(command, sh, st, loop, mark)
                break
            st.store(command.name, value)
            st = _taken_up(loop, sh.interpreter.block(command.body, sh, st))
            sh.notes.steps += 1
            if not st.live:
                break
            if sh.notes.steps > MAX_STEPS:
                loop.left = merged(loop.left, st)
                return _endless(command, sh, st, loop, mark, same=False)
    finally:
        sh.loops.pop()
        sh.rounds -= 1
    if st.live:
        loop.left = merged(loop.left, st)
    return _left(loop, st)


def _for_some(command: s.For, sh: Shell, st: State, loop: Loop, mark: _Mark) -> State:
    """Any number of rounds, also none."""
    none = st.copy()
    none.status = 0
    loop.left = merged(loop.left, none)
    while st.live:
        st.store(command.name, SOMETHING)
        before = st.known()
        clock = st.clock
        st = _taken_up(loop, sh.interpreter.block(command.body, sh, st))
        sh.notes.steps += 1
        if not st.live:
            break
        loop.left = merged(loop.left, st)
        if st.known() == before or sh.notes.steps > MAX_STEPS:
            if st.clock == clock and st.known() == before:
                break
            return _endless(command, sh, st, loop, mark, same=st.known() == before).copy()
    return st
