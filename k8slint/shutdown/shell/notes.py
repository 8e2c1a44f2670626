"""What is noticed while a command is being read, and where it stands in the command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from k8slint.kubernetes.mounts import MountedFile
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.shutdown.seconds import Seconds
from k8slint.shutdown.shell.reading import Afterwards, Broken, Endless, Place, Signal
from k8slint.shutdown.shell.state import State
from k8slint.shutdown.shell.syntax import first_line
from k8slint.type_names import TypeAlias

MAX_STEPS = 10_000
MAX_DEPTH = 20
MAX_JOBS = 50

Where = tuple[int, int, int]
"""An argument of the command and the start and end of a part of it.

Behind the last argument come the mounted scripts that it runs.
"""
FileFinder: TypeAlias = Callable[[str], MountedFile | None]


class Sent:
    """A signal, and what has been seen to come after it so far."""

    def __init__(
        self, name: str | None, pid: int | None, program: str | None, after: Seconds, where: Where
    ) -> None:
        self.name = name
        self.pid = pid
        self.program = program
        self.after = after
        self.where = where
        self.afterwards = Afterwards.RETURNS


class Notes:
    """Everything found in one command; `only_sleeps` falls with the first other thing it does.

    With `env_is_open` there may be more variables. `assumed` holds what the reading takes for
    granted, without what is `doubted`; None for one that takes nothing for granted. `find_file`
    finds what a ConfigMap puts under a path, `scripts` are those that have been run, and `timed`
    is where they take time.
    """

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str | None],
        *,
        env_is_open: bool = False,
        find_file: FileFinder | None = None,
    ) -> None:
        self.command = command
        self.env = env
        self.env_is_open = env_is_open
        self.find_file = find_file
        self.assumed: dict[str, None] | None = None
        self.doubted: frozenset[str] = frozenset()
        self.may_assume = False
        self.only_sleeps = True
        self.sent: list[Sent] = []
        self.needs: dict[str, None] = {}
        self.reasons: dict[str, None] = {}
        self.broken: dict[Where, Broken] = {}
        self.endless: dict[Where, Endless] = {}
        self.steps = 0
        self.depth = 0
        self.writes = 0
        self.traps = 0
        self.scripts: list[MountedFile] = []
        self.timed: dict[Where, None] = {}

    def text_of(self, argument: int) -> str:
        """An argument of the command, or a script that it runs."""
        beyond = argument - len(self.command)
        return self.command[argument] if beyond < 0 else self.scripts[beyond].text or ""

    def number_of(self, script: MountedFile) -> int:
        """The number under which places in a script are known."""
        if script not in self.scripts:
            self.scripts.append(script)
        return len(self.command) + self.scripts.index(script)

    def takes_time(self, where: Where) -> None:
        """Something that takes a known time stands there."""
        if where[0] >= len(self.command):
            self.timed.setdefault(where)

    def place(self, where: Where) -> Place:
        """The place as a caller wants it, with line and column."""
        argument, start, end = where
        text = self.text_of(argument)
        line_start = text.rfind("\n", 0, start) + 1
        line = text.count("\n", 0, start) + 1
        return Place(argument, start, end, line, start - line_start + 1, text[start:end])

    def at_line(self, where: Where) -> str:
        """`at line 3 of the hook` for a script of several lines, else nothing."""
        if "\n" not in self.text_of(where[0]).strip():
            return ""
        beyond = where[0] - len(self.command)
        of = "the hook" if beyond < 0 else clipped(self.scripts[beyond].key, LONGEST_NAME)
        return f" at line {self.place(where).line} of {of}"

    def quote(self, where: Where) -> str:
        """That part of the command as a message quotes it."""
        argument, start, end = where
        return f"`{first_line(self.text_of(argument)[start:end])}`"

    def assumes(self, condition: str) -> bool:
        """Whether the reading takes a condition for granted; if so, it is kept with the others."""
        self.may_assume = True
        if self.assumed is None or condition in self.doubted:
            return False
        self.assumed[condition] = None
        return True

    def later(self, state: State, what: Afterwards) -> None:
        """Something follows the signals that have been sent on the way here."""
        for index in state.sent:
            sent = self.sent[index]
            sent.afterwards = max(sent.afterwards, what)

    def send(
        self,
        state: State,
        where: Where,
        name: str | None,
        after: Seconds,
        *,
        pid: int | None = None,
        program: str | None = None,
    ) -> None:
        """A signal has been sent; the same place counts once, however often a loop comes by."""
        for index, sent in enumerate(self.sent):  # noqa: B007
            if (sent.where, sent.name, sent.pid, sent.program) == (where, name, pid, program):
                break
        else:
            index = len(self.sent)
            self.sent.append(Sent(name, pid, program, after, where))
        state.sent |= {index}

    def signals(self) -> tuple[Signal, ...]:
        return tuple(
            [
                Signal(s.name, s.pid, s.program, s.after, s.afterwards, self.place(s.where))
                for s in self.sent
            ]
        )

    def break_down(self, where: Where, reason: str, repair: tuple[str, ...] | None = None) -> None:
        if where[0] >= len(self.command):  # It can be corrected in the ConfigMap only.
            repair = None
        self.broken.setdefault(where, Broken(reason, self.place(where), repair))

    def never_ends(self, where: Where, reason: str, *, lingers: bool = False) -> None:
        self.endless.setdefault(where, Endless(reason, self.place(where), lingers))

    def replaced(self, where: Where, text: str) -> tuple[str, ...] | None:
        """The command with that part of it written differently; None for a part of a script."""
        argument, start, end = where
        if argument >= len(self.command):
            return None
        command = list(self.command)
        command[argument] = command[argument][:start] + text + command[argument][end:]
        return tuple(command)
