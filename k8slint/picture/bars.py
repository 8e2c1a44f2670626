"""A lane as a row of pieces: the longest each phase can take, and how certain it is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from k8slint.shutdown.seconds import Seconds
from k8slint.shutdown.timeline import Certainty, Interval, Phase, Timeline, Track

# An overrun of an hour must not squeeze the half minute before it.
_BEYOND = 1.5
_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)

# For one that only the image knows.
UNKNOWN_SIGNAL = "stop signal"

# Everything that is drawn, in the order of the legend. An open phase has no known end.
STYLES = {
    "hook": "preStop hook",
    "hook-maybe": "perhaps still the hook",
    "hook-open": "hook of unknown length",
    "wait": "sidecar keeps serving",
    "wait-maybe": "perhaps keeps serving",
    "wait-open": "keeps serving, duration unknown",
    "signal": "stop signal",
    "drain": "drain",
    "drain-maybe": "drain, at most",
    "drain-open": "drain of unknown length",
    "kill": "SIGKILL",
    "kill-maybe": "SIGKILL, if it still runs",
    "overrun": "lost to SIGKILL",
    "overrun-maybe": "perhaps lost to SIGKILL",
    "overrun-open": "perhaps lost, continues",
    "slack": "slack",
}


@dataclass(frozen=True, slots=True)
class Segment:
    """A phase, or the part of it that is certain, or the part that is not.

    `takes` is the time of the whole phase without any limit. An open segment lasts for an unknown
    time, or longer than is drawn.
    """

    phase: Phase
    start: float
    end: float
    takes: Seconds
    is_sure: bool
    is_open: bool = False

    @property
    def style(self) -> str:
        """The key in `STYLES`."""
        if self.is_sure:
            return str(self.phase)
        return f"{self.phase}-{'open' if self.is_open else 'maybe'}"


@dataclass(frozen=True, slots=True)
class SignalMark:
    """A signal to the container."""

    signal: str
    start: float
    is_sure: bool

    @property
    def end(self) -> float:
        return self.start

    @property
    def style(self) -> str:
        """The key in `STYLES`."""
        if self.signal != "SIGKILL":
            return "signal"
        return "kill" if self.is_sure else "kill-maybe"


Piece: TypeAlias = Segment | SignalMark


def split_segments(lane: Track, until: float = math.inf) -> list[Piece]:
    """Return what happens to a container, in order, up to the second `until`."""
    found: list[Piece] = []
    for stretch in lane.stretches:
        if stretch.phase is Phase.DRAIN:
            signal = lane.signal if lane.signal_fact else UNKNOWN_SIGNAL
            found.append(SignalMark(signal, lane.signalled_at.high, is_sure=True))
        elif stretch.phase is Phase.OVERRUN:
            found.append(
                SignalMark("SIGKILL", lane.killed_at.high, is_sure=lane.killed is Certainty.YES)
            )
        found += _segments(stretch, until)
    return found


def horizon(timeline: Timeline) -> float:
    """Return the last second that is drawn."""
    row = [piece for lane in timeline.lanes for piece in split_segments(lane)]
    kept = [piece.end for piece in row if not _is_overrun(piece)]
    end = max([*kept, timeline.grace, 1])
    longest = max([*(piece.end for piece in row), end])
    return min(longest, end * _BEYOND)


def styles_in(timelines: Iterable[Timeline]) -> frozenset[str]:
    """Return the styles that a picture needs."""
    return frozenset(
        piece.style
        for timeline in timelines
        for until in (horizon(timeline),)
        for lane in timeline.lanes
        for piece in split_segments(lane, until)
    )


def ticks(end: float, apart: float) -> Sequence[int]:
    """Return round seconds from 0 to the end, at least `apart` seconds apart."""
    step = next((step for step in _STEPS if step >= apart), math.ceil(apart))
    return range(0, math.floor(end) + 1, step)


def _is_overrun(piece: Piece) -> bool:
    return isinstance(piece, Segment) and piece.phase is Phase.OVERRUN


def _segments(stretch: Interval, until: float) -> Iterator[Segment]:
    start, end = stretch.start.high, stretch.end.high
    if stretch.phase is Phase.SLACK:
        if end > start:
            yield Segment(stretch.phase, start, end, stretch.takes, is_sure=True)
        return
    sure = min(start + stretch.takes.low, end)
    if math.isinf(end):
        end = sure
    is_open = stretch.is_open or end > until
    sure, end = min(sure, until), min(end, until)
    if sure > start:
        is_last = sure == end
        yield Segment(
            stretch.phase, start, sure, stretch.takes, is_sure=True, is_open=is_open and is_last
        )
    if end > sure:
        yield Segment(stretch.phase, sure, end, stretch.takes, is_sure=False, is_open=is_open)
