"""A drill for a terminal: what happened, drawn under what was predicted."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from k8slint.images.fact import Fact, Strength
from k8slint.measure.drill.requests import Outcome, SentRequest
from k8slint.measure.drill.run import Drill
from k8slint.measure.drill.words import end_sentence, remarks, signal_sentence
from k8slint.outside.terminal import LONGEST_NAME, clipped, printable
from k8slint.picture.bars import horizon
from k8slint.picture.terminal import (
    BLOCKS,
    NARROWEST,
    WIDEST,
    Glyphs,
    Layout,
    draw_lanes,
)
from k8slint.picture.words import sentence
from k8slint.report.text import Paint, plain
from k8slint.shutdown.timeline import Timeline

_NAMES = len("in flight")
# What a column of requests shows, the worst last.
_MARKS = {"": " ", "answered": "+", "connected": "o", "refused": "-", "closing": "~", "lost": "x"}
_ORDER = tuple(_MARKS)
_READING = (
    "requests by when they were sent: + answered, o accepted, - refused, ~ cut off while the "
    "listener closed, x lost"
)
_ROLES = {"lost": "kill", "answered": "drain"}


def drill_text(
    drill: Drill,
    title: str,
    paint: Paint = plain,
    *,
    width: int = 80,
    wrap: bool = True,
    glyphs: Glyphs = BLOCKS,
) -> str:
    """Draw a drill, and say what happened; `title` says what was drilled."""
    width = min(max(width, NARROWEST), WIDEST)
    page = Layout(paint, glyphs, width, _NAMES, wrap)
    lines = [*_lines(drill, title, page)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def drill_timeline(drill: Drill) -> Timeline:
    """Return what was predicted and what was measured, one under the other."""
    measured = drill.happened._replace(
        name="measured", signal_fact=Fact(Strength.MEASURED, "this drill")
    )
    lanes = (drill.plan.predicted._replace(name="expected"), measured)
    return Timeline(drill.plan.trigger, drill.plan.grace, lanes, measured.ends)


def lane_captions(drill: Drill) -> tuple[str, str]:
    """Say what was expected, and what happened."""
    happened = printable(f"{signal_sentence(drill)}; {end_sentence(drill)}")
    return sentence(drill.plan.predicted, drill.plan.grace), happened


def verdict_on(drill: Drill) -> str:
    """Say in a line whether the application stopped well."""
    return f"failed: {', '.join(drill.problems)}" if drill.problems else "passed"


def drill_heading(drill: Drill, command: Sequence[str]) -> str:
    """Say what was drilled, and how it was ended."""
    plan = drill.plan
    said = f"{plan.trigger.name}, grace period {plan.grace} s"
    return printable(f"{clipped(shlex.join(command), LONGEST_NAME)} ({said})")


def _lines(drill: Drill, title: str, page: Layout) -> Iterator[str]:
    yield page.paint(title, "path")
    yield ""
    timeline = drill_timeline(drill)
    yield from draw_lanes(timeline, lane_captions(drill), page)
    if drill.traffic:
        yield from _request_rows(drill, horizon(timeline), page)
    yield ""
    about = ""
    for remark in remarks(drill):
        name = "" if remark.about == about else remark.about
        about = remark.about
        role = "overrun" if remark.is_problem else ""
        yield from page.text(name, "dim", printable(clipped(remark.text)), role)
    yield ""
    role = "overrun" if drill.problems else "drain"
    yield from page.text("drill", "dim", verdict_on(drill), role)


def _request_rows(drill: Drill, end: float, page: Layout) -> Iterator[str]:
    """Yield a row of marks for the clients, and one for connections after the stop signal."""
    assert drill.traffic
    seen = drill.traffic
    lost, closing = {*seen.lost}, {*seen.closing}
    scale = page.scale(end)

    def row(name: str, requests: Sequence[SentRequest]) -> str:
        columns = [""] * page.bar
        for one in requests:
            column = round(max(one.started, 0) * scale)
            if column < len(columns):
                mark = _mark(one, is_lost=one in lost, is_closing=one in closing)
                columns[column] = max(columns[column], mark, key=_ORDER.index)
        painted = (
            page.paint(_MARKS[one], _ROLES[one]) if one in _ROLES else _MARKS[one]
            for one in columns
        )
        return page.row(name, "dim", "".join(painted))

    yield row(
        "in flight", [one for one in seen.requests if one.started < seen.signalled <= one.ended]
    )
    yield row("new", seen.later)
    yield from page.text("", "dim", _READING, "dim")


def _mark(one: SentRequest, *, is_lost: bool, is_closing: bool) -> str:
    if is_lost:
        return "lost"
    if is_closing:
        return "closing"
    match one.outcome:
        case Outcome.REFUSED:
            return "refused"
        case Outcome.CONNECTED:
            return "connected"
    return "answered"
