"""Start other programs, and end them together with all that they started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, Thread, Timer
from time import monotonic

from k8slint.type_names import IO

# The most that a program may print, and the most memory that it may take on Linux, in bytes.
MOST_PRINTED = 64_000_000
MOST_MEMORY = 2_000_000_000
# How much of standard error is kept, in bytes.
_MOST_SAID = 65_536
_AT_ONCE = 1 << 16
# Seconds that the system may take to end a killed program.
_GRACE = 5
_IS_WINDOWS = os.name == "nt"
# What a program needs to run and to write text; none of it is secret.
_KEPT = frozenset(
    {
        *("LANG", "LANGUAGE", "TZ"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "PATHEXT", "NUMBER_OF_PROCESSORS"),
    }
)
_HOMES = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
_TEMPORARY = ("TMPDIR", "TEMP", "TMP")


class TimedOut(Exception):
    """A program did not end in time."""


class TooMuch(Exception):
    """A program printed more than it may."""


class Ended(Exception):
    """A program was ended with its crew, or no longer started."""


class Crew:
    """Programs that run at the same time and end together."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self.is_over = False

    def start(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start a program in its own process group. Raises OSError, and Ended."""
        with self._lock:
            if self.is_over:
                raise Ended
            process = subprocess.Popen(  # noqa: S603 - the words are ours, and no shell reads them
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
            self._running.add(process)
        return process

    def leave(self, process: subprocess.Popen[bytes]) -> None:
        """End a program and everything it started."""
        with self._lock:
            self._running.discard(process)
        _kill(process)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)

    def end(self) -> None:
        """End all running programs, and start no more."""
        with self._lock:
            self.is_over = True
            for process in self._running:
                _kill(process)


class _Reader(Thread):
    """Reads what a program prints, up to `most` bytes.

    After that the pipe breaks for the program, unless the rest `is_passed_over`.
    """

    def __init__(self, stream: IO[bytes], most: int, *, is_passed_over: bool = False) -> None:
        super().__init__(daemon=True)
        self.stream = stream
        self.most = most
        self.is_passed_over = is_passed_over
        self.data = bytearray()
        self.is_full = False
        self.start()

    def run(self) -> None:
        with suppress(OSError, ValueError), self.stream:
            while part := os.read(self.stream.fileno(), _AT_ONCE):
                room = self.most - len(self.data)
                self.data += part[:room]
                self.is_full = len(part) > room
                if self.is_full and not self.is_passed_over:
                    return


def run_program(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    timeout: float,
    *,
    most: int = MOST_PRINTED,
    memory: int = MOST_MEMORY,
    crew: Crew | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end, within a number of seconds.

    It gets the given environment and an empty standard input. Whatever happens, neither it nor
    anything that it started keeps running. Raises TimedOut, TooMuch, Ended, and OSError where it
    cannot be started.
    """
    crew = crew or Crew()
    deadline = monotonic() + timeout
    process = crew.start(command, folder, environment)
    try:
        _limit(process.pid, timeout, memory)
        assert process.stdout
        assert process.stderr
        out = _Reader(process.stdout, most)
        err = _Reader(process.stderr, _MOST_SAID, is_passed_over=True)
        for reader in (out, err):
            reader.join(max(0, deadline - monotonic()))
            if out.is_full:
                raise TooMuch
            if reader.is_alive():
                raise TimedOut
        code = process.wait(max(_GRACE, deadline - monotonic()))
    except subprocess.TimeoutExpired:
        raise TimedOut from None
    finally:
        crew.leave(process)
    if crew.is_over:
        raise Ended
    return subprocess.CompletedProcess(command, code, bytes(out.data), bytes(err.data))


def follow_program(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    timeout: float,
    crew: Crew,
    *,
    longest: int = MOST_PRINTED,
) -> Generator[bytes, None, subprocess.CompletedProcess[bytes]]:
    """Yield each line that a program prints, of at most `longest` bytes, and return how it ended.

    It runs until it ends, or its seconds are over, or its crew is ended, or nobody reads on;
    nothing that it started is left running. Raises TimedOut, TooMuch, Ended, and OSError where it
    cannot be started.
    """
    process = crew.start(command, folder, environment)
    is_late = Event()

    def kill() -> None:
        is_late.set()
        _kill(process)

    timer = Timer(timeout, kill)
    timer.daemon = True
    timer.start()
    try:
        assert process.stdout
        assert process.stderr
        err = _Reader(process.stderr, _MOST_SAID, is_passed_over=True)
        with process.stdout as printed:
            while line := printed.readline(longest + 1):
                if len(line) > longest:
                    raise TooMuch
                yield line
        timer.cancel()
        err.join(_GRACE)
        with suppress(subprocess.TimeoutExpired):  # Its output is closed; it is killed below.
            process.wait(_GRACE)
    finally:
        timer.cancel()
        crew.leave(process)
    if crew.is_over:
        raise Ended
    if is_late.is_set():
        raise TimedOut
    return subprocess.CompletedProcess(command, process.returncode, b"", bytes(err.data))


def find_program(name: str, apart_from: Iterable[str] = ()) -> str | None:
    """Return the path of a program on the PATH that no linted repository can have provided.

    Nothing in or below the folders of `apart_from` is considered.
    """
    shunned = _shunned(apart_from)
    ending = ".exe" if _IS_WINDOWS else ""
    for folder in _search_path(shunned):
        path = os.path.join(folder, f"{name}{ending}")
        if os.path.isfile(path) and os.access(path, os.X_OK) and not _is_below(path, shunned):
            return path
    return None


def environment(home: Path, apart_from: Iterable[str] = ()) -> dict[str, str]:
    """Return the variables that a program needs, without any secret; its home is `home`."""
    kept = {
        name: text
        for name, text in os.environ.items()
        if name.upper() in _KEPT or name.upper().startswith("LC_")
    }
    places = dict.fromkeys((*_HOMES, *_TEMPORARY), str(home))
    return {**kept, **places, "PATH": os.pathsep.join(_search_path(_shunned(apart_from)))}


def environment_with(
    is_kept: Callable[[str], bool], apart_from: Iterable[str] = ()
) -> dict[str, str]:
    """Return the variables that a program of the user's own needs, and those that are kept."""
    always = {*_KEPT, *_HOMES, *_TEMPORARY}
    kept = {
        name: text
        for name, text in os.environ.items()
        if name.upper() in always or name.upper().startswith("LC_") or is_kept(name.upper())
    }
    return {**kept, "PATH": os.pathsep.join(_search_path(_shunned(apart_from)))}


def _search_path(shunned: Sequence[str]) -> list[str]:
    """Return the folders of the PATH that are neither relative nor a stranger's.

    A name without a folder would also be looked up in the working folder, on Windows first.
    """
    here = _real(os.curdir)
    return [
        folder
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if os.path.isabs(folder) and _real(folder) != here and not _is_below(folder, shunned)
    ]


def _shunned(folders: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(_real, folders))


def _is_below(path: str, folders: Sequence[str]) -> bool:
    return _real(path).startswith(tuple(folders))


def _real(path: str) -> str:
    """Return the real path in a form that is a prefix of all paths below it."""
    return os.path.join(os.path.normcase(os.path.realpath(path)), "")


def _limit(pid: int, timeout: float, memory: int) -> None:
    """Let the system stop a program that takes too much, even after we are gone."""
    if sys.platform != "linux":
        return
    import resource

    seconds = int(timeout + 1) * (os.cpu_count() or 1)
    for kind, most in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(
            OSError, ValueError
        ):  # The limit is lower already, or the program has ended.
            resource.prlimit(pid, kind, (most, most))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and all of its process group."""
    if _IS_WINDOWS:
        tool = Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "taskkill.exe")
        words = [str(tool), "/T", "/F", "/PID", str(process.pid)]
        with suppress(OSError):
            subprocess.run(words, capture_output=True, check=False)  # noqa: S603 - our own words
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(OSError):
        process.kill()


@contextmanager
def importing_nothing_here() -> Iterator[None]:
    """Keep every Python started meanwhile from importing from the working folder.

    Workers that are not forked start as `python -c`, which looks for modules there first, and a
    linted repository may have one called `multiprocessing`.
    """
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_SAFE_PATH, None)
        else:
            os.environ[_SAFE_PATH] = before


_SAFE_PATH = "PYTHONSAFEPATH"
