"""Run the program of a drill: its signals, what it prints, and what it leaves behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from errno import EINVAL
from threading import Event, Lock, Thread
from time import monotonic

from k8slint.records import NamedTuple
from k8slint.type_names import Self

# So many lines are kept, and so much of each, in bytes.
_MOST_LINES = 400
_LONGEST_LINE = 1_000
# Seconds that the system may take to end killed processes.
_PATIENCE = 5
_PAUSE = 0.01
# A signal that is blocked at so many looks, a pause apart, is waited for by the program.
_LOOKS = 10
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER in linux/prctl.h
# Is told a process group, ends it once nobody is left to say more, and runs what else is named.
_KEEPER = ("/bin/sh", "-c", 'read -r group; read -r _; kill -KILL "-$group"; "$@"', "keeper")


class PrintedLine(NamedTuple):
    """A line that a program printed, and when by the monotonic clock."""

    at: float
    text: str


class AppProcess:
    """A program in a session of its own, which ends with all that it started.

    Raises OSError where it cannot be started. It is a context manager: whatever happens inside,
    nothing is left running, and keepers see to that even where this process is killed.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.ended = Event()
        self.ended_at = 0.0
        self.lines: deque[PrintedLine] = deque(maxlen=_MOST_LINES)
        self._beside: list[subprocess.Popen[bytes]] = []
        self._keepers: dict[int, subprocess.Popen[bytes]] = {}
        self._lock = Lock()
        _adopt_orphans(wanted=True)
        # Children of this process that nobody has left to it.
        self._ours = {pid for pid, one in _processes() if one.parent == os.getpid()}
        self.process = self._start(command, subprocess.PIPE, self.ending_command)
        for target in (self._read, self._wait):
            Thread(target=target, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self.process.returncode if self.ended.is_set() else None

    @property
    def ending_command(self) -> Sequence[str]:
        """The command that ends what its process group does not hold."""
        return ()

    def send(self, number: int) -> None:
        """Send a signal to the program alone, as a container runtime does."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def hears(self, number: int) -> bool:
        """Whether it handles, ignores or keeps blocking a signal; True where that cannot be known.

        The kernel drops any other signal to process 1 of a container (sig_task_ignored in
        kernel/signal.c), also once a blocked one is unblocked (get_signal). Starting a thread
        blocks all signals for a moment (pthread_create of glibc 2.36).
        """
        for _ in range(_LOOKS):
            try:
                blocked, *others = _masks(self.process.pid)
            except OSError:
                return True
            if any(_holds(mask, number) for mask in others):
                return True
            if not _holds(blocked, number):
                return False
            Event().wait(_PAUSE)
        return True

    def start_beside(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a command where the program runs, such as a hook. Raises OSError."""
        with self._lock:
            process = self._start(self.beside_command(command), subprocess.DEVNULL)
            self._beside.append(process)
        return process

    def beside_command(self, command: Sequence[str]) -> Sequence[str]:
        return command

    def wait_beside(self, process: subprocess.Popen[bytes], timeout: float) -> int | None:
        """Return the exit code of such a command; None if it goes on after so many seconds."""
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def end_beside(self, process: subprocess.Popen[bytes]) -> None:
        """End a command with all of its process group."""
        _kill_group(process.pid)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
        with self._lock, suppress(ValueError):
            self._beside.remove(process)
        _dismiss(self._keepers.pop(process.pid, None))

    def left(self) -> list[str]:
        """Return the names of the processes that it started and that still run."""
        if sys.platform != "linux":
            return ["a process of its group"] if _has_group(self.process.pid) else []
        return [one.name for pid, one in self._family() if pid != self.process.pid]

    def end(self) -> None:
        """End it, all that it started and all that was started beside it."""
        with self._lock:
            beside, self._beside = self._beside, []
        for process in beside:
            self.end_beside(process)
        self.end_family()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_PATIENCE)
        _dismiss(self._keepers.pop(self.process.pid, None))
        _adopt_orphans(wanted=False)

    def end_family(self) -> None:
        """Kill the program and all that it started, also what left its process group."""
        deadline = monotonic() + _PATIENCE
        _kill_group(self.process.pid)
        while (family := [*self._family()]) and monotonic() < deadline:
            for pid, _ in family:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            Event().wait(_PAUSE)
        for pid, one in _processes():
            if one.is_dead and one.parent == os.getpid() and self._is_adopted(pid, one):
                with suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)

    def _start(
        self, command: Sequence[str], output: int, ending: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        """Start a command, and before it a keeper. Raises OSError."""
        keeper = _start_keeper(ending)
        try:
            process = subprocess.Popen(  # noqa: S603 - words of the user, and no shell reads them
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            _dismiss(keeper)
            if isinstance(error, OSError):
                raise
            # A NUL, or a variable whose name has a `=`.
            raise OSError(EINVAL, str(error)) from None
        self._ours.add(process.pid)
        if keeper and keeper.stdin:
            with suppress(OSError):  # Somebody has ended the keeper.
                keeper.stdin.write(b"%d\n" % process.pid)
            self._ours.add(keeper.pid)
            self._keepers[process.pid] = keeper
        return process

    def _read(self) -> None:
        assert self.process.stdout
        with suppress(OSError, ValueError), self.process.stdout as stream:
            while line := stream.readline(_LONGEST_LINE):
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                self.lines.append(PrintedLine(monotonic(), text))

    def _wait(self) -> None:
        self.process.wait()
        self.ended_at = monotonic()
        self.ended.set()

    def _family(self) -> Iterator[tuple[int, _Process]]:
        """Yield the running processes that come from the program, itself included."""
        table = dict(_processes())
        root = self.process.pid
        found = {
            pid
            for pid, one in table.items()
            if pid == root or root in (one.session, one.group) or self._is_adopted(pid, one)
        }
        while more := {pid for pid, one in table.items() if one.parent in found} - found:
            found |= more
        yield from ((pid, table[pid]) for pid in sorted(found) if not table[pid].is_dead)

    def _is_adopted(self, pid: int, one: _Process) -> bool:
        """Whether it left the session of the program, and came to us when its parent ended."""
        with self._lock:  # What is being started is not known yet.
            is_ours = pid in self._ours
        is_apart = one.session != os.getsid(0)
        return one.parent == os.getpid() and is_apart and not is_ours


class _Process(NamedTuple):
    """A process of this machine, as /proc shows it."""

    name: str
    parent: int
    group: int
    session: int
    is_dead: bool


def _processes() -> Iterator[tuple[int, _Process]]:
    """Yield the processes of this machine; none where there is no /proc."""
    if sys.platform != "linux":
        return
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            with suppress(OSError):
                with open(f"/proc/{entry}/stat", "rb") as file:
                    before, _, after = file.read().rpartition(b")")
                state, parent, group, session = after.split()[:4]
                name = before.partition(b"(")[2].decode("utf-8", "replace")
                is_dead = state in (b"Z", b"X")
                yield int(entry), _Process(name, int(parent), int(group), int(session), is_dead)


def _masks(pid: int) -> tuple[int, ...]:
    """Return the signals that a process blocks, ignores and handles. Raises OSError."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        fields = dict(line.split(":", 1) for line in file if line.startswith("Sig"))
    return tuple(int(fields[name], 16) for name in ("SigBlk", "SigIgn", "SigCgt"))


def _holds(mask: int, number: int) -> bool:
    return bool(mask >> (number - 1) & 1)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _has_group(pid: int) -> bool:
    """Whether there is a process in a group whose first one has ended."""
    try:
        os.killpg(pid, 0)
    except PermissionError:
        return True
    except ProcessLookupError:
        return False
    return True


def _start_keeper(ending: Sequence[str]) -> subprocess.Popen[bytes] | None:
    """Start what ends a process group if this process is killed; None without a shell."""
    try:
        return subprocess.Popen(  # noqa: S603 - our own words
            (*_KEEPER, *ending),
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None


def _dismiss(keeper: subprocess.Popen[bytes] | None) -> None:
    if keeper:
        keeper.kill()
        keeper.communicate()


def _adopt_orphans(*, wanted: bool) -> None:
    """Have what a program leaves in sessions of its own come to us, where Linux can do that."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SUBREAPER, int(wanted), 0, 0, 0)
