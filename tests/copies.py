"""`k8slint` as a process of its own without a new Python: a copy of this one.

A new one imports all that is imported here, which takes longer than most calls: 0.1 s for `check`,
0.3 s for `observe`, 0.4 s for `server`.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
import warnings
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Self

from k8slint import __main__ as program
from tests.command import Ran, visible

# Seconds that anything may take on a busy machine.
PATIENCE = 60.0


class Copy:
    """A call of k8slint that runs beside the test, and is killed where `with` ends."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        is_joined: bool = False,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> None:
        """Start a call in a folder and a session of its own.

        Of the environment it sees what is given. Its errors are `is_joined` with its output. What
        is written to a stream that is given is not kept here.
        """
        self._errors = TemporaryFile()  # noqa: SIM115 - until `with` ends
        self._output, written = os.pipe()
        with Path(os.devnull).open("rb") as nothing:
            streams = (
                nothing.fileno() if stdin is None else stdin,
                written if stdout is None else stdout,
                written if is_joined else self._errors.fileno() if stderr is None else stderr,
            )
            self._process = _forked(folder, arguments, env or {}, streams)
        os.close(written)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
        self._errors.close()
        os.close(self._output)

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.is_alive()

    def send(self, number: int) -> None:
        os.kill(self.pid, number)

    def prints_within(self, seconds: float) -> bool:
        """Whether there is something to read, or the end, after at most so many seconds."""
        return bool(select.select([self._output], [], [], max(seconds, 0))[0])

    def read(self, seconds: float = PATIENCE) -> bytes:
        """Return what it prints next; nothing in the end. Raises TimeoutError."""
        if not self.prints_within(seconds):
            raise TimeoutError(f"it prints nothing for {seconds} s")
        return os.read(self._output, 65536)

    def finish(self, seconds: float = PATIENCE) -> Ran:
        """Wait for its end; returns what it printed and was not read. Raises TimeoutError."""
        until = time.monotonic() + seconds
        parts = []
        while part := self.read(until - time.monotonic()):
            parts.append(part)
        self._process.join(max(until - time.monotonic(), 0))
        if self._process.exitcode is None:
            raise TimeoutError(f"it goes on after {seconds} s")
        self._errors.seek(0)
        return Ran(self._process.exitcode, b"".join(parts), self._errors.read().decode())


def _forked(
    folder: Path, arguments: tuple[str, ...], env: Mapping[str, str], streams: tuple[int, int, int]
) -> BaseProcess:
    process = get_context("fork").Process(target=_run, args=(folder, arguments, env, streams))
    with warnings.catch_warnings():
        # Of threads that the copy has not: a server of the test waits for requests.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    return process


def _run(
    folder: Path, arguments: tuple[str, ...], env: Mapping[str, str], streams: tuple[int, ...]
) -> None:
    """Be the call."""
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    try:
        be_program(folder, *arguments, env=env)
    finally:
        sys.stdout.flush()  # Python reports what is left and cannot be written, `fork` does not.


def be_program(folder: Path, *arguments: str, env: Mapping[str, str]) -> None:
    """Do in a copy of this process what the program does; raises SystemExit."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(folder)
    seen = visible(env)
    os.environ.clear()
    os.environ.update(seen)
    for stream, name in enumerate(("stdin", "stdout", "stderr")):
        # Python keeps two names of each: a stream that nobody names is closed.
        vars(sys)[name] = vars(sys)[f"__{name}__"] = _stream(stream)
    sys.argv = ["k8slint", *arguments]
    program.main()


def _stream(number: int) -> IO[str]:
    """A stream as Python opens it at its start."""
    encoding = os.environ.get("PYTHONIOENCODING", "utf-8")
    errors, size = ("backslashreplace", 1) if number == 2 else ("strict", -1)
    return open(number, "rww"[number], size, encoding=encoding, errors=errors, closefd=False)
