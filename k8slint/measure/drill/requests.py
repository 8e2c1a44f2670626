"""What became of the requests and connections of a drill."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum

from k8slint.records import NamedTuple

# A request that comes while a listener closes is cut off by the best of servers, since the kernel
# had accepted its connection, or turned away. Up to so many seconds before the first refusal, or
# before the stop signal, count as that moment.
CLOSING = 0.3
# An application that closes its listener goes on; one that exits cuts off requests as it ends.
_EXITING = 0.1
# One sent so shortly before the signal may not have reached the application yet.
_ARRIVING = 0.05

# The status of an application that had begun to answer; others say that none would.
_FAILED = 500


class Outcome(StrEnum):
    """How a request ended."""

    ANSWERED = "answered"
    ERROR = "server error"
    """Status 500 and above."""
    CUT = "answer cut off"
    RESET = "reset"
    """Closed or reset without an answer."""
    REFUSED = "refused"
    """No connection was made, so nothing was sent."""
    TIMED_OUT = "timed out"
    CONNECTED = "connected"
    """Accepted; nothing was asked on it."""


class SentRequest(NamedTuple):
    """A request, by seconds since the stop began; `status` is 0 without an answer."""

    started: float
    ended: float
    outcome: Outcome
    status: int = 0
    detail: str = ""


class IdleConnection(NamedTuple):
    """A connection without a request: whether the server kept it, and when it was closed.

    `closed` is infinite for one that was still open when the application ended.
    """

    is_kept: bool
    closed: float = math.inf


class TrafficSeen(NamedTuple):
    """All requests of a drill, in the order in which they were sent.

    `signalled` and `ended` are when the stop signal went out and the application ended.
    """

    requests: tuple[SentRequest, ...]
    idle: tuple[IdleConnection, ...]
    signalled: float
    ended: float
    was_killed: bool

    @property
    def before(self) -> Sequence[SentRequest]:
        """Those that were over when the stop began."""
        return [one for one in self.requests if one.ended < 0]

    @property
    def in_hook(self) -> Sequence[SentRequest]:
        """Those that were over between the beginning of the stop and the signal."""
        return [
            one for one in self.requests if 0 <= one.ended < self.signalled and not _probes(one)
        ]

    @property
    def in_flight(self) -> Sequence[SentRequest]:
        """Those that waited for their answers when the stop signal went out."""
        return [one for one in self.requests if one.started < self.signalled <= one.ended]

    @property
    def is_telling(self) -> bool:
        """Whether a request had been in flight for long enough to tell a loss from bad luck."""
        return any(self.signalled - one.started >= CLOSING for one in self.in_flight)

    @property
    def later(self) -> Sequence[SentRequest]:
        """New connections after the stop signal, while the application ran."""
        return [one for one in self.requests if self.signalled <= one.started < self.ended]

    @property
    def first_refusal(self) -> float:
        """When new connections were refused from; infinite if none was."""
        return min((max(one.started, 0) for one in self._refused), default=math.inf)

    @property
    def closing(self) -> Sequence[SentRequest]:
        """Those that came while the listener closed, and so were not answered."""
        return [one for one in self._unanswered if self._is_closing(one)]

    @property
    def lost(self) -> Sequence[SentRequest]:
        """Those that a client sent while it could expect an answer, and that got none."""
        return [one for one in self._unanswered if not self._is_closing(one)]

    @property
    def _unanswered(self) -> Iterable[SentRequest]:
        return (one for one in self.requests if one.ended >= 0 and self._is_unanswered(one))

    @property
    def _closed(self) -> float:
        """When the listener was closed at the latest; infinite for one that never was."""
        refused = (one.ended for one in self._refused)
        return min(refused, default=math.inf if self.was_killed else self.ended)

    @property
    def _refused(self) -> Iterable[SentRequest]:
        """Those that the running application refused since the stop began."""
        return (
            one
            for one in self.requests
            if one.outcome is Outcome.REFUSED and one.started < self.ended and one.ended >= 0
        )

    def _is_unanswered(self, one: SentRequest) -> bool:
        """Whether it got no answer; one may be refused, and after the signal be turned away."""
        match one.outcome:
            case Outcome.ANSWERED | Outcome.CONNECTED | Outcome.REFUSED:
                return False
            case Outcome.ERROR:
                return one.started < self.signalled
        return one.started < self.ended

    def _is_closing(self, one: SentRequest) -> bool:
        was_taken = one.started < self.signalled - _ARRIVING
        if was_taken and self.ended - one.ended <= _EXITING:
            return False
        match one.outcome:
            case Outcome.RESET:
                return self._closed - CLOSING <= one.started <= self._closed
            case Outcome.ERROR:
                was_turned_away = one.status != _FAILED
                return was_turned_away and one.started >= self.signalled - CLOSING
        return False


def _probes(one: SentRequest) -> bool:
    return one.outcome is Outcome.CONNECTED
