"""One shell while its script is being followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from k8slint.shutdown.seconds import Seconds
from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell.notes import Notes, Where
from k8slint.shutdown.shell.state import ZERO, Field, State, Value, join


class Argument(NamedTuple):
    """One word of a command as the program gets it, and where it was written."""

    field: Field
    where: Where
    source: str


@dataclass(slots=True)
class Loop:
    """A loop that is being run: the states in which it has been left or taken up again."""

    left: State | None = None
    continued: State | None = None


@dataclass(frozen=True, slots=True)
class Follow:
    """The ways in which following one thing leads to following another."""

    substitute: Callable[[s.Substitution, Shell, State], Value]
    block: Callable[[s.Block, Shell, State], State]
    process: Callable[[s.Block, Shell, State], State]
    call: Callable[[list[Argument], Shell, State], State]
    give_up: Callable[[Shell, State, str], State]


@dataclass(slots=True)
class Shell:
    """A shell process, or, without a script, the kubelet that runs a program directly.

    `argument` and `start` say where the script stands in the command; `fixed` replaces them for
    a script that was put together at run time. `is_bash` is None for `sh`, which may be bash,
    dash or BusyBox. `tested` counts the conditions around: a failure in one ends no shell.
    """

    notes: Notes
    follow: Follow
    argument: int = 0
    fixed: Where | None = None
    is_bash: bool | None = None
    base: Seconds = ZERO
    tested: int = 0
    rounds: int = 0
    name: Field = ""
    script: str = ""
    is_direct: bool = False
    loops: list[Loop] = field(default_factory=list)
    returned: list[list[State]] = field(default_factory=list)
    local: list[dict[str, Value]] = field(default_factory=list)
    exited: State | None = None

    def where(self, start: int, end: int) -> Where:
        return self.fixed or (self.argument, start, end)

    def forked(self, tested: int | None = None) -> Shell:
        """A child of this shell: it goes through the same script, in nothing begun here."""
        return Shell(
            self.notes,
            self.follow,
            self.argument,
            self.fixed,
            self.is_bash,
            self.base,
            self.tested if tested is None else tested,
            self.rounds,
            self.name,
            self.script,
            self.is_direct,
        )

    def leave(self, state: State) -> State:
        """The shell may end here, in this state."""
        gone = state.copy()
        self.exited = gone if self.exited is None else join(self.exited, gone)
        return gone


def merged(first: State | None, second: State) -> State:
    """`join` where the first may not exist yet; both stay as they are."""
    return second.copy() if first is None else join(first, second.copy())
