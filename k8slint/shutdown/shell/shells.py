"""One shell while its script is being followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from k8slint.records import NamedTuple
from k8slint.shutdown.seconds import Seconds, unknown
from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell.notes import Notes, Where
from k8slint.shutdown.shell.reading import Afterwards
from k8slint.shutdown.shell.state import FAILED, ZERO, Field, State, Value, join


class Argument(NamedTuple):
    """One word of a command as the program gets it, and where it was written."""

    field: Field
    where: Where
    source: str


class Loop:
    """A loop that is being run: the states in which it has been left or taken up again."""

    def __init__(self) -> None:
        self.left: State | None = None
        self.continued: State | None = None


class Interpreter(NamedTuple):
    """The ways in which following one thing leads to following another."""

    substitute: Callable[[s.Substitution, Shell, State], Value]
    block: Callable[[s.Block, Shell, State], State]
    run: Callable[[s.Command, Shell, State], State]
    process: Callable[[s.Block, Shell, State], State]
    call: Callable[[list[Argument], Shell, State], State]


class Shell:
    """A shell process, or, without a script, the kubelet that runs a program directly.

    `argument` and `start` say where the script stands in the command; `fixed` replaces them for
    a script that was put together at run time. `is_bash` is None for `sh`, which may be bash,
    dash or BusyBox. `tested` counts the lists and conditions around: a failure in one ends no
    shell. `asked` counts the conditions alone, in which no is as good an answer as yes. `piped`
    says that it writes to a pipe, whose reader may be gone; `is_sheltered` that only some shells
    count a list or condition around its parent, in which a failure ends nothing.
    """

    def __init__(
        self,
        notes: Notes,
        interpreter: Interpreter,
        argument: int = 0,
        fixed: Where | None = None,
        base: Seconds = ZERO,
        tested: int = 0,
        asked: int = 0,
        rounds: int = 0,
        name: Field = "",
        script: str = "",
        parent: Shell | None = None,
        *,
        is_bash: bool | None = None,
        is_direct: bool = False,
        piped: bool = False,
        is_sheltered: bool = False,
    ) -> None:
        self.notes = notes
        self.interpreter = interpreter
        self.argument = argument
        self.fixed = fixed
        self.base = base
        self.tested = tested
        self.asked = asked
        self.rounds = rounds
        self.name = name
        self.script = script
        self.parent = parent
        self.is_bash = is_bash
        self.is_direct = is_direct
        self.piped = piped
        self.is_sheltered = is_sheltered
        self.loops: list[Loop] = []
        self.returned: list[list[State]] = []
        self.local: list[dict[str, Value]] = []
        self.exited: State | None = None

    @property
    def main(self) -> Shell:
        """The shell that was started with the script: `$$` is its process id."""
        return self.parent.main if self.parent else self

    @property
    def is_in_function(self) -> bool:
        return bool(self.local) or (self.parent is not None and self.parent.is_in_function)

    def where(self, start: int, end: int) -> Where:
        return self.fixed or (self.argument, start, end)

    def forked(self, tested: int | None = None) -> Shell:
        """A child of this shell: it goes through the same script, in nothing begun here."""
        return Shell(
            self.notes,
            self.interpreter,
            self.argument,
            self.fixed,
            self.base,
            self.tested if tested is None else tested,
            self.asked,
            self.rounds,
            self.name,
            self.script,
            self,
            is_bash=self.is_bash,
            is_direct=self.is_direct,
            piped=self.piped,
            is_sheltered=self.is_sheltered or (tested == 0 and self.tested > 0),
        )

    def leave(self, state: State) -> State:
        """The shell may end here, in this state."""
        gone = state.copy()
        self.exited = gone if self.exited is None else join(self.exited, gone)
        return gone

    def ask(self, levels: int) -> None:
        """Enter a condition with 1, and leave it with -1."""
        self.tested += levels
        self.asked += levels

    def give_up(self, state: State, why: str) -> State:
        """From here on nothing is known: neither what happens nor how long it takes."""
        self.notes.only_sleeps = False
        self.notes.later(state, Afterwards.GOES_ON)
        gone = state.copy()
        gone.clock += unknown(why)
        gone.status = None
        self.leave(gone)
        state.live = False
        return state

    def protect(self, state: State, names: Iterable[str]) -> bool:
        """Whether a variable that is about to change must not; what shells do then differs."""
        fixed = state.readonly.intersection(names) if state.readonly else ()
        for name in fixed:
            self.give_up(state, f"`{name}` is read-only")
        return bool(fixed)

    def assumes_success(self, command: s.Command, of: str = "succeeds") -> bool:
        """Whether the reading takes it for granted that a command succeeds, as its author does."""
        start, end = s.find_extent(command)
        if start == end or self.asked:
            return False
        return self.notes.assumes(f"{self.notes.quote(self.where(start, end))} {of}")

    def kill(self, state: State, why: str) -> State:
        """It, or the shell it is a child of, may get a signal that ends it."""
        if state.options.traps_signals:
            if self.main is not self:
                gone = self.main.leave(state)
                gone.clock += unknown(why)
                gone.jobs, gone.status = (), None
            return self.give_up(state, f"{why}, and a trap of its own runs")
        self.leave(state).status = FAILED
        if self.main is not self:
            # Its other children go on, but nobody waits for them.
            gone = self.main.leave(state)
            gone.jobs, gone.status = (), FAILED
        return state

    def check_failure(self, state: State, command: s.Command) -> State:
        """`set -e`: a failure outside a condition ends the shell."""
        errexit = state.options.errexit
        if errexit is False or self.tested or state.status == 0 or not state.live:
            return state
        is_sure = errexit and not self.is_sheltered
        if is_sure and state.status is None and self.assumes_success(command):
            state.status = 0
            return state
        gone = self.leave(state)
        if is_sure and state.status is not None:
            state.live = False
        elif is_sure:
            state.status = 0
            gone.status = FAILED
        return state


def merged(first: State | None, second: State) -> State:
    """`join` where the first may not exist yet; both stay as they are."""
    return second.copy() if first is None else join(first, second.copy())
