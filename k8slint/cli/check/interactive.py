"""`check --fix --interactive`: a person decides about each repair at a terminal."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from k8slint.cli.check.validate import why_no_reason
from k8slint.cli.output import make_painter, terminal_width, write
from k8slint.errors import EndedBySignal, UsageError
from k8slint.lint.diff import unified_diff
from k8slint.lint.reports import FileReport, Report
from k8slint.lint.review import Decision, OfferedRepair, RepairReview
from k8slint.lint.task import Context, RunOptions, Task, display_path
from k8slint.outside.files import read_bytes
from k8slint.outside.terminal import printable
from k8slint.picture.run import play_bytes
from k8slint.picture.scene import Played, Scene
from k8slint.picture.terminal import glyphs_for, render
from k8slint.report import text

if TYPE_CHECKING:
    from k8slint.cli.check.options import CheckOptions

# As those of `git add --patch`.
_KEYS = "y,n,a,d,i,q,?"
_HELP = """\
y - make this repair
n - leave it
a - make this repair and all others of this file
d - leave this repair and all others of this file
i - write a comment instead that hides the finding
q - quit: leave this repair and all others; what was accepted is written
? - show this help
"""
_MOST_PICTURES = 2


def review_files(
    tasks: Sequence[Task], mode: RunOptions, options: CheckOptions, around: Context
) -> list[FileReport]:
    """Ask about each repair, write what was accepted, and return the reports.

    Raises UsageError where nobody can be asked. A run that is ended by Ctrl-C or SIGTERM says what
    was written.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "--interactive asks questions: standard input or output is not a terminal"
        )
    review = RepairReview(mode, _Person(options).decide)
    try:
        with _ended_by_signals():
            return [*review.files(tasks, options.jobs or os.cpu_count() or 1, around)]
    except _Ended as end:
        _stop(review, end.number)
    except KeyboardInterrupt:
        _stop(review, signal.SIGINT)


class _Ended(EndedBySignal):
    """It ends a run that says what was done."""


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Turn SIGTERM into an exception, so that what was done can be reported."""

    def end(number: int, _: object) -> None:
        raise _Ended(number)

    usual = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, usual)


def _stop(review: RepairReview, number: int) -> NoReturn:
    """Say what was written and what was not, and exit as a shell expects it."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    said = [f"Ended by {signal.Signals(number).name}."]
    written, current = [*review.written], review.current
    if current and current.new != current.old:
        if _holds(current.path, current.new):
            written.append(current.path)
        else:
            count = "1 repair" if review.accepted == 1 else f"{review.accepted} repairs"
            said.append(f"{display_path(current.path)} was not changed: {count} accepted there.")
    said += [f"{display_path(path)} was written." for path in dict.fromkeys(written)]
    if len(said) == 1:
        said.append("No file was changed.")
    write(sys.stderr, "".join(f"{printable(line)}\n" for line in ("", *said)))
    raise SystemExit(128 + number)


def _holds(path: str, data: bytes) -> bool:
    try:
        return read_bytes(path) == data
    except OSError:
        return False


class _Person:
    """Who sits at the terminal, and has perhaps decided about the rest of a file already."""

    def __init__(self, options: CheckOptions) -> None:
        self.paint = make_painter(options.color, sys.stdout)
        self.width = terminal_width(sys.stdout) or 80
        self.rest: tuple[str, Decision] | None = None

    def decide(self, offer: OfferedRepair) -> Decision:
        """Show a repair and return what is to be done with it."""
        if self.rest and self.rest[0] == offer.task.path and not offer.problem:
            return self.rest[1]
        self._show(f"cannot be ignored: {offer.problem}\n" if offer.problem else self._said(offer))
        while True:
            key = self._answer(f"Repair {display_path(offer.task.path)}? [{_KEYS}] ")
            match key[:1].lower():
                case "y":
                    return Decision("apply")
                case "n":
                    return Decision("leave")
                case "a":
                    return self._for_all(offer, Decision("apply"))
                case "d":
                    return self._for_all(offer, Decision("leave"))
                case "i":
                    return Decision("ignore", self._reason())
                case "q" | "\x04":
                    return Decision("quit")
                case _:
                    self._show(_HELP)

    def _for_all(self, offer: OfferedRepair, decision: Decision) -> Decision:
        self.rest = offer.task.path, decision
        return decision

    def _reason(self) -> str:
        while True:
            reason = self._answer("Reason, or nothing: ").strip("\x04").strip()
            if not reason or not (problem := why_no_reason(reason)):
                return reason
            self._show(f"the reason {problem}\n")

    def _answer(self, question: str) -> str:
        """Return a line that was typed; at the end of the input that of Ctrl-D."""
        self._show(self.paint(printable(question), "mark"))
        if line := sys.stdin.readline():
            return line.strip()
        self._show("\n")
        return "\x04"

    def _said(self, offer: OfferedRepair) -> str:
        """Return a repair with its findings, its effect on the shutdown, and its diff."""
        path = display_path(offer.task.path)
        found = Report((FileReport(path).with_found(offer.found),))
        patch = unified_diff(path, offer.before.decode(), offer.after.decode())
        parts = (
            text.full(found, self.paint, self.width).rstrip("\n") + "\n",
            *self._pictures(offer),
            text.paint_diff(patch, self.paint),
        )
        return "\n" + "\n".join(parts)

    def _pictures(self, offer: OfferedRepair) -> Iterator[str]:
        """Yield how pods end before and after a repair, where that differs."""
        maps = offer.cluster.config_maps
        before, after = (
            play_bytes(data, offer.task, Played(), maps).scenes
            for data in (offer.before, offer.after)
        )
        changed = [
            pair
            for pair in zip(before, after, strict=False)
            if _without_place(pair[0]) != _without_place(pair[1])
        ]
        for one, other in changed[:_MOST_PICTURES]:
            yield f"{self.paint('before:', 'removed')} {self._picture(one)}"
            yield f"{self.paint('after:', 'added')} {self._picture(other)}"
        if more := len(changed[_MOST_PICTURES:]):
            yield f"The picture of {more} more pod{'s changes' if more > 1 else ' changes'}.\n"

    def _picture(self, scene: Scene) -> str:
        from dataclasses import replace

        glyphs = glyphs_for(sys.stdout.encoding)
        scene = replace(scene, costs=None)
        drawn = render([scene], self.paint, width=self.width, glyphs=glyphs, legend=False)
        return drawn.rstrip("\n") + "\n"

    def _show(self, said: str) -> None:
        write(sys.stdout, said)


def _without_place(scene: Scene) -> object:
    """What a scene shows, wherever its lines are."""
    return scene.timeline, scene.needed.seconds, scene.missing
