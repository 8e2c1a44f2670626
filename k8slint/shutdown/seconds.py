"""A span of time that knows how sure it is, and why."""

from __future__ import annotations

import math
from enum import IntEnum

from k8slint.records import NamedTuple

# 317 years; Go's durations end after 292.
LONGEST_TIME = 1e10


class Kind(IntEnum):
    """How much is known about a span, from everything to nothing."""

    EXACT = 0
    ESTIMATED = 1
    UNKNOWN = 2
    UNBOUNDED = 3


# A tuple, though it is none to its users: to make a dataclass of it takes 0.4 ms at every start.
class Seconds(NamedTuple):
    """Between `low` and `high` seconds.

    `UNKNOWN` means that more may come on top of `low`; `UNBOUNDED` means that nothing limits it
    but the grace period. Both have an infinite `high`, so neither can be mistaken for zero.
    `why` says in words where the span comes from or what is not known about it.
    """

    low: float
    high: float
    kind: Kind
    why: str = ""

    @property
    def is_exact(self) -> bool:
        return self.kind is Kind.EXACT

    @property
    def is_known(self) -> bool:
        """Whether the span has an upper limit."""
        return self.kind <= Kind.ESTIMATED

    def __add__(self, later: Seconds) -> Seconds:  # type: ignore[override]
        """One after the other."""
        # Every command of a script is added to its clock, and most take no time.
        if later.high == 0 and not later.why:
            return self
        if self.high == 0 and not self.why:
            return later
        return _join(self, later, self.low + later.low, self.high + later.high)

    def because(self, why: str) -> Seconds:
        """The same span for another reason."""
        return Seconds(self.low, self.high, self.kind, why)

    def __str__(self) -> str:
        if self.kind is Kind.EXACT:
            return format_number(self.low)
        if self.kind is Kind.ESTIMATED:
            return f"{format_number(self.low)} to {format_number(self.high)}"
        return f"at least {format_number(self.low)}"


def exactly(seconds: float, why: str = "") -> Seconds:
    return Seconds(seconds, seconds, Kind.EXACT, why)


def between(low: float, high: float, why: str = "") -> Seconds:
    """A span with both ends known; exact when they are the same."""
    if low == high:
        return exactly(low, why)
    if math.isinf(high):
        return unknown(why, low)
    return Seconds(low, high, Kind.ESTIMATED, why)


def unknown(why: str, at_least: float = 0) -> Seconds:
    return Seconds(at_least, math.inf, Kind.UNKNOWN, why)


def unbounded(why: str, at_least: float = 0) -> Seconds:
    return Seconds(at_least, math.inf, Kind.UNBOUNDED, why)


def longest(first: Seconds, second: Seconds) -> Seconds:
    """Both at the same time: done when the slower one is."""
    return _join(first, second, max(first.low, second.low), max(first.high, second.high))


def either(first: Seconds, second: Seconds) -> Seconds:
    """One of the two, and it is not known which."""
    return _join(first, second, min(first.low, second.low), max(first.high, second.high))


def _join(first: Seconds, second: Seconds, low: float, high: float) -> Seconds:
    vaguer = second if second.kind > first.kind else first
    if vaguer.kind >= Kind.UNKNOWN:
        return Seconds(low, math.inf, vaguer.kind, vaguer.why)
    if not second.why or second.why == first.why:
        return between(low, high, first.why)
    return between(low, high, f"{first.why}, {second.why}" if first.why else second.why)


def format_number(value: float) -> str:
    """A count of seconds as a person writes it: `5`, `0.5`."""
    return str(int(value)) if value == int(value) else f"{value:.3f}".rstrip("0")
