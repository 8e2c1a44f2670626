"""One shell while its script is being followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from k8slint.records import NamedTuple
from k8slint.shutdown.seconds import Seconds, unknown
from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell.notes import Notes, Where
from k8slint.shutdown.shell.reading import Afterwards
from k8slint.shutdown.shell.state import FAILED, ZERO, Field, State, Value, join


class Argument:
    """One word of a command as the program gets it, and where it was written.

    Nobody changes one. Most of what is made to read a script are these, and a tuple takes longer.
    """

    def __init__(self, field: Field, where: Where, source: str) -> None:
        self.field = field
        self.where = where
        self.source = source


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
        base: Seconds = ZERO,
        rounds: int = 0,
    ) -> None:
        self.notes = notes
        self.interpreter = interpreter
        self.base = base
        self.rounds = rounds
        self.argument = 0
        self.fixed: Where | None = None
        self.name: Field = ""
        self.script = ""
        self.parent: Shell | None = None
        self.tested = 0
        self.asked = 0
        self.is_bash: bool | None = None
        self.is_direct = False
        self.piped = False
        self.is_sheltered = False
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
        child = Shell(self.notes, self.interpreter, self.base, self.rounds)
        child.argument = self.argument
        child.fixed = self.fixed
        child.name = self.name
        child.script = self.script
        child.parent = self
        child.tested = self.tested if tested is None else tested
        child.asked = self.asked
        child.is_bash = self.is_bash
        child.is_direct = self.is_direct
        child.piped = self.piped
        child.is_sheltered = self.is_sheltered or (tested == 0 and self.tested > 0)
        return child

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
        if self.asked:
            return False
        start, end = s.find_extent(command)
        if start == end:
            return False
        if self.notes.assumed is None:
            self.notes.may_assume = True
            return False  # without the words
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
