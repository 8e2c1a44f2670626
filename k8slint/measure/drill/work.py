"""Whether an application without a port has work in progress, by a file or a command."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread
from time import monotonic

from k8slint.errors import UsageError
from k8slint.measure.drill.ready import last_words, refuse_ended
from k8slint.outside.app import AppProcess
from k8slint.records import NamedTuple

_FILE_EVERY = 0.02
_COMMAND_EVERY = 0.2
_COMMAND_TAKES = 5


class BusySign(NamedTuple):
    """What says that work is in progress: a file that exists, or a command that exits with 0."""

    file: str = ""
    command: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.file or " ".join(self.command)


class WorkPeriod(NamedTuple):
    """Work in progress, by seconds since the stop began; `is_done` unless the end came first."""

    started: float
    ended: float
    is_done: bool


class WorkWatch:
    """Looks at the sign as long as the application runs, and a last time when it has ended."""

    def __init__(self, sign: BusySign, app: AppProcess) -> None:
        self.sign = sign
        self.app = app
        self._changes: list[tuple[float, bool]] = []
        self._is_over = Event()
        self._is_busy = Event()
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()

    def wait_until_busy(self, limit: float) -> None:
        """Return when work is in progress. Raises UsageError if there is none in time."""
        deadline = monotonic() + limit
        while not self._is_busy.wait(_FILE_EVERY) and monotonic() < deadline:
            refuse_ended(self.app, "before it had work")
        if not self._is_busy.is_set():
            raise UsageError(f"no work after {limit:g} s: {self.sign}{last_words(self.app)}")

    def finish(self, began: float, *, was_killed: bool) -> tuple[WorkPeriod, ...]:
        """Return the periods of work, by seconds since the stop began.

        A file that is still there was left behind; a command cannot be asked any more, so its last
        answer counts where the application was killed.
        """
        self._is_over.set()
        self._thread.join(_COMMAND_TAKES)
        periods: list[WorkPeriod] = []
        started: float | None = None
        for at, is_busy in self._changes:
            if is_busy and started is None:
                started = at
            elif not is_busy and started is not None:
                periods.append(WorkPeriod(started - began, at - began, is_done=True))
                started = None
        if started is not None:
            ended = self.app.ended_at or monotonic()
            is_done = bool(self.sign.command) and not was_killed
            periods.append(WorkPeriod(started - began, ended - began, is_done))
        return tuple(periods)

    def _look(self) -> None:
        every = _COMMAND_EVERY if self.sign.command else _FILE_EVERY
        while not self._is_over.is_set() and not self.app.ended.is_set():
            self._note()
            self.app.ended.wait(every)
        if self.sign.file:
            self._note()

    def _note(self) -> None:
        is_busy = Path(self.sign.file).exists() if self.sign.file else self._says_busy()
        if not self._changes or self._changes[-1][1] != is_busy:
            self._changes.append((monotonic(), is_busy))
        if is_busy:
            self._is_busy.set()
        else:
            self._is_busy.clear()

    def _says_busy(self) -> bool:
        try:
            process = self.app.start_beside(self.sign.command)
        except OSError:
            return False
        try:
            return self.app.wait_beside(process, _COMMAND_TAKES) == 0
        finally:
            self.app.end_beside(process)
