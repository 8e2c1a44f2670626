"""Show stops as they come, and their sums in the end."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import IO, TYPE_CHECKING, Self

from k8slint.cli.output import OutputTarget, write, write_file
from k8slint.errors import UsageError
from k8slint.measure.observe.following import Unreachable
from k8slint.measure.observe.json import stop_json
from k8slint.measure.observe.observer import EVENTS, ObservedStop
from k8slint.measure.observe.prometheus import prometheus_text
from k8slint.measure.observe.session import Watching
from k8slint.measure.observe.tally import Tally
from k8slint.measure.observe.text import note_lines, stop_line, table_lines
from k8slint.outside.terminal import printable
from k8slint.records import NamedTuple

if TYPE_CHECKING:
    from rich.live import Live

    from k8slint.measure.drains.write import MeasuredStop

_ROLE = "https://github.com/k8slint/k8slint/blob/main/docs/recipes/observe.md"
# Seconds after which the table is drawn anew.
_DRAWN = 1.0
# No terminal has more lines; drawing all of thousands of workloads would take all the time.
_MOST_DRAWN = 200
# Seconds after which a file of sums is written anew, for what collects them.
_SUMS = 15.0
# Stops after which measured drains are added to their file.
_MOST_KEPT = 1_000


class Wanted(NamedTuple):
    """What an observation is for: where it goes, how long it lasts, and of what it is."""

    targets: Sequence[OutputTarget]
    drains: str | None
    seconds: float
    about: str


def watch_stops(watching: Watching, wanted: Wanted) -> int:
    """Watch until the time is over or a signal comes, and show what was seen; the exit code.

    Raises UsageError where pods cannot be read, or nothing be written.
    """
    gc.enable()  # Each prediction leaves cycles, and this goes on for hours.
    until = monotonic() + wanted.seconds
    with _signals() as came, _Sinks(wanted, watching) as sinks:
        while not came and (left := until - monotonic()) > 0:
            for found in watching.step(left):
                if isinstance(found, ObservedStop):
                    sinks.add(found)
                elif isinstance(found, Unreachable):
                    sinks.say(_trouble(found))
            sinks.refresh()
        for stop in watching.end():
            sinks.add(stop)
    return sinks.finish()


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Collect the first signal that asks for the end; a second one ends at once."""
    came: list[int] = []
    asking = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}
    usual = {number: signal.getsignal(number) for number in asking}

    def restore() -> None:
        for number, handler in usual.items():
            if callable(handler):
                signal.signal(number, handler)

    def end(number: int, _: object) -> None:
        came.append(number)
        restore()

    for number, handler in usual.items():
        if callable(handler):  # `nohup` ignores one of them.
            signal.signal(number, end)
    try:
        yield came
    finally:
        restore()


def _trouble(found: Unreachable) -> str:
    """Return what cannot be read, in words; raises UsageError where nothing is left to watch."""
    if not found.is_final:
        return f"{found.kind}: {found.error}; trying again"
    if found.kind == EVENTS:
        return f"Events cannot be read, so failed preStop hooks are not seen: {found.error}"
    needed = f"; what is needed: {_ROLE}" if found.error.is_forbidden else ""
    raise UsageError(f"{found.kind} cannot be read: {found.error}{needed}")


class _Sinks:
    """Where stops go, one by one and as sums."""

    def __init__(self, wanted: Wanted, watching: Watching) -> None:
        self._wanted = wanted
        self._watching = watching
        self._tally = Tally()
        self._measured: list[MeasuredStop] = []
        self._summed_at = monotonic()
        self._drawn_at = 0.0
        self._said: list[str] = []
        self._problems: list[str] = []
        self._streams: list[IO[bytes]] = []
        self._live: Live | None = None
        printed = [one.format for one in wanted.targets if not one.file]
        self._prints_text, self._prints_json = "text" in printed, "jsonl" in printed

    def __enter__(self) -> Self:
        for target in self._wanted.targets:
            if target.format == "jsonl" and target.file:
                self._streams.append(_open_stops(target.file))
        if self._prints_text and sys.stdout.isatty():
            self._live = _live_view()
            self._live.start()
            self.refresh()
        else:
            write(sys.stderr, f"{self._wanted.about}\n")
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()
        for stream in self._streams:
            stream.close()

    def add(self, stop: ObservedStop) -> None:
        """Show a stop, and add it to the sums."""
        self._tally.add(stop)
        line = stop_json(stop) if self._prints_json or self._streams else ""
        if self._prints_json:
            write(sys.stdout, line)
        for stream in self._streams:
            stream.write(line.encode())
        if self._prints_text and not self._live:
            write(sys.stdout, f"{stop_line(stop)}\n")
        if self._wanted.drains:
            from k8slint.measure.observe.drains import measured_stops

            self._measured += measured_stops(stop)
            if len(self._measured) >= _MOST_KEPT:
                self._keep_drains(self._wanted.drains)

    def say(self, text: str) -> None:
        """Say what cannot be read now, once."""
        if text not in self._said[-2:]:
            self._said = [*self._said[-9:], text]
            if not self._live:
                write(sys.stderr, f"{printable(text)}\n")

    def refresh(self) -> None:
        """Show the sums as they are now, where that is asked for."""
        if self._live and monotonic() - self._drawn_at > _DRAWN:
            from rich.text import Text

            self._drawn_at = monotonic()
            lines = [self._wanted.about, self._state(), *self._said[-2:], ""]
            lines = [*map(printable, lines), *table_lines(self._tally)[:_MOST_DRAWN]]
            self._live.update(Text("\n".join(lines), no_wrap=True), refresh=True)
        if monotonic() - self._summed_at > _SUMS:
            self._summed_at = monotonic()
            self._write_files("prometheus")

    def finish(self) -> int:
        """Show all sums; the exit code. Raises UsageError where nothing was seen."""
        if not self._watching.are_read:
            raise UsageError("kubectl has not listed the pods in this time: nothing was seen")
        if self._wanted.drains:
            self._keep_drains(self._wanted.drains)
        self._write_files("prometheus")
        self._write_files("text")
        for target in self._wanted.targets:
            if not target.file and target.format != "jsonl":
                write(sys.stdout, self._sums(target.format))
        said = self._said if self._live else []
        lines = [*self._problems, *said, *note_lines(self._tally), *self._limits()]
        write(sys.stderr, "".join(f"{printable(line)}\n" for line in lines))
        return 2 if self._problems else 0

    def _state(self) -> str:
        return f"Stops: {self._tally.stops}. Stopping now: {self._watching.observer.unfinished}."

    def _limits(self) -> Iterator[str]:
        observer = self._watching.observer
        if observer.unfinished:
            yield f"Still stopping at the end, not counted: {observer.unfinished}."
        if observer.passed_over:
            yield f"Stopping while too many others did, not counted: {observer.passed_over}."
        if self._watching.unseen:
            yield f"Nothing was seen for up to {self._watching.unseen:.0f} s in between."

    def _sums(self, name: str) -> str:
        if name == "prometheus":
            return prometheus_text(self._tally)
        return "".join(f"{line}\n" for line in table_lines(self._tally))

    def _write_files(self, name: str) -> None:
        for target in self._wanted.targets:
            if target.file and target.format == name:
                problems = write_file(target.file, self._sums(name))
                self._problems += (one for one in problems if one not in self._problems)

    def _keep_drains(self, path: str) -> None:
        from k8slint.measure.drains.write import write_drains

        try:
            write_drains(path, self._measured)
        except UsageError as error:
            self._problems.append(str(error))
        self._measured = []


def _open_stops(file: str) -> IO[bytes]:
    """Return a file for stops as they come; raises UsageError."""
    try:
        return Path(file).open("wb", buffering=0)
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror or error}") from None


def _live_view() -> Live:
    from rich.console import Console
    from rich.live import Live

    return Live(
        console=Console(file=sys.stdout),
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
