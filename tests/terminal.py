"""A person at a terminal: what they see, type and press, without a new Python."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.copies import be_program

CTRL_C, CTRL_D = "\x03", "\x04"
_COLORS = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")
_PATIENCE = 30.0


class Terminal:
    """A terminal with a call of k8slint in it; `code` is its exit code once it has ended."""

    def __init__(self, process: int, end: int) -> None:
        self.process = process
        self.shown = ""
        self.code: int | None = None
        self._end = end
        self._seen = 0

    def wait_for(self, *texts: str) -> str:
        """Return what is shown until one of some texts appears; raises TimeoutError."""
        until = time.monotonic() + _PATIENCE
        wanted = re.compile("|".join(map(re.escape, texts)))
        while not (found := wanted.search(self.shown, self._seen)):
            if not self._read(until):
                raise TimeoutError(f"{texts} is not shown: {self.shown[self._seen :]}")
        before, self._seen = self.shown[self._seen : found.start()], found.end()
        return before

    def type(self, text: str) -> None:
        """Type a line, or press a key with Ctrl."""
        end = "" if text in (CTRL_C, CTRL_D) else "\n"
        os.write(self._end, (text + end).encode())

    def finish(self) -> str:
        """Return what is shown until the call ends."""
        until = time.monotonic() + _PATIENCE
        while self._read(until):
            pass
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        return self.shown[self._seen :]

    def _read(self, until: float) -> bool:
        """Take in what is shown next; False at the end."""
        if not select.select([self._end], [], [], max(until - time.monotonic(), 0))[0]:
            os.kill(self.process, signal.SIGKILL)
            raise TimeoutError(f"nothing is shown: {self.shown[self._seen :]}")
        try:
            part = os.read(self._end, 65536)
        except OSError:  # How Linux says that nobody holds the other end.
            return False
        self.shown += _COLORS.sub("", part.decode("utf-8", "replace")).replace("\r\n", "\n")
        return bool(part)


@contextmanager
def at_terminal(
    folder: Path, *arguments: str, columns: int = 80, env: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Call k8slint at a terminal of its own."""
    sys.stdout.flush()
    process, end = pty.fork()
    if not process:
        _run(folder, arguments, env or {})
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    terminal = Terminal(process, end)
    try:
        yield terminal
    finally:
        if terminal.code is None:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        os.close(end)


def _run(folder: Path, arguments: tuple[str, ...], env: Mapping[str, str]) -> None:
    """Be the call, in a copy of this process."""
    code: object = 1
    try:
        os.environ.pop("COLUMNS", None)
        be_program(folder, *arguments, env=env)
    except SystemExit as end:
        code = end.code
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0)
