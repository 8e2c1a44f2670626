"""Load on an application: requests in flight, idle connections, and new ones during the drain.

It uses threads and the HTTP client of the standard library: a drill has to know of each connection
whether it was refused, reset or closed, which libraries hide behind pools and retries.
"""

from __future__ import annotations

import math
import socket
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, IncompleteRead
from threading import BoundedSemaphore, Event, Thread
from time import monotonic

from k8slint.errors import UsageError
from k8slint.measure.drill.actions import HttpAction
from k8slint.measure.drill.http import FAILURES, ask, connection_to, read_out, reason_of
from k8slint.measure.drill.requests import IdleConnection, Outcome, SentRequest, TrafficSeen
from k8slint.records import NamedTuple
from k8slint.shutdown.senders import SERVICE

# Seconds between two requests of one client, and between two new connections during a drain.
_BETWEEN = 0.25
_NEW_EVERY = 0.1
# New connections at most once a Service sends no more, and how many of them may wait for their
# answers at the same time.
_MOST_NEW = 600
# Of more requests the last are kept.
_MOST_KEPT = 20_000
_MOST_WAITING = 2
# Seconds: until a connection is there, and until the clients are done after the end.
_CONNECTING = 1.0
_DONE = 2.0
_AGENT = "k8slint-drill"


class LoadPlan(NamedTuple):
    """What to send requests to, how many at once, and how many connections to leave idle."""

    action: HttpAction
    clients: int = 4
    idle: int = 2


class Load:
    """Clients of an application; `limit` is the longest time in seconds that a request waits."""

    def __init__(self, plan: LoadPlan, limit: float) -> None:
        self.plan = plan
        self.limit = limit
        self._sent: deque[SentRequest] = deque(maxlen=_MOST_KEPT)
        self._idle: list[IdleConnection] = []
        self._open: list[socket.socket] = []
        self._is_draining = Event()
        self._is_over = Event()
        self._threads: list[Thread] = []

    def start(self, hold: float) -> None:
        """Send a first request, which tells how long one takes, then let the clients begin."""
        first = self._send()
        latency = min(first.ended - first.started, hold)
        for index in range(self.plan.clients):
            # Spread over the time of one request, so that some are half-way at any moment.
            self._begin(self._keep_asking, latency * index / self.plan.clients)
        for _ in range(self.plan.idle):
            self._begin(self._stay_idle)

    def refuse_unanswered(self) -> None:
        """Raise UsageError if no request was answered so far."""
        if not any(one.outcome is Outcome.ANSWERED for one in self._sent):
            said = {f"{one.outcome} {one.detail}".strip() for one in self._sent}
            raise UsageError(
                f"--load: no request was answered before the stop: {self.plan.action}: "
                f"{', '.join(sorted(said)) or 'no answer yet; a longer --hold waits for it'}"
            )

    def begin_stop(self, longest: float) -> None:
        """Open new connections as long as the stop can last, and send requests on the first.

        Requests arrive as long as through a Service; later ones would never be sent to a pod.
        """
        self._begin(self._keep_connecting, max(_NEW_EVERY, longest / _MOST_NEW))

    def begin_drain(self) -> None:
        """Send no more requests on behalf of the clients: they have heard of the stop by now."""
        self._is_draining.set()

    def finish(
        self, began: float, signalled: float, ended: float, *, was_killed: bool
    ) -> TrafficSeen:
        """Wait for the last answers, and return what was seen by seconds since the stop began."""
        self._is_draining.set()
        self._is_over.set()
        self._join()
        self.close()
        self._join()
        sent = sorted(
            one._replace(started=one.started - began, ended=one.ended - began)
            for one in [*self._sent]
        )
        idle = tuple(one._replace(closed=_before(one.closed, ended) - began) for one in self._idle)
        return TrafficSeen(tuple(sent), idle, signalled - began, ended - began, was_killed)

    def _join(self) -> None:
        deadline = monotonic() + _DONE
        for thread in [*self._threads]:
            thread.join(max(0, deadline - monotonic()))

    def close(self) -> None:
        """Close all connections, which ends the clients."""
        self._is_draining.set()
        self._is_over.set()
        for one in [*self._open]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _begin(self, run: Callable[..., None], *words: object) -> None:
        thread = Thread(target=run, args=words, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _keep_asking(self, delay: float) -> None:
        self._is_draining.wait(delay)
        while not self._is_draining.is_set():
            sent = self._send()
            self._is_draining.wait(max(0, _BETWEEN - (sent.ended - sent.started)))

    def _keep_connecting(self, every: float) -> None:
        free = BoundedSemaphore(_MOST_WAITING)
        last = monotonic() + SERVICE.seconds
        while not self._is_over.is_set():
            begun = monotonic()
            if begun < last and free.acquire(blocking=False):
                self._begin(self._send_once, free)
            else:
                self._connect()
            pause = _NEW_EVERY if begun < last else every
            self._is_over.wait(max(0, pause - (monotonic() - begun)))

    def _send_once(self, free: BoundedSemaphore) -> None:
        try:
            self._send()
        finally:
            free.release()

    def _send(self) -> SentRequest:
        """Send a request on a connection of its own."""
        return self._try(lambda connection: ask(connection, self.plan.action, _AGENT, last=True))

    def _connect(self) -> None:
        self._try(lambda _: 0)

    def _try(self, use: Callable[[HTTPConnection], int]) -> SentRequest:
        """Note what becomes of a new connection, and of what is sent on it."""
        begun = monotonic()
        outcome, status, detail = Outcome.REFUSED, 0, ""
        try:
            with self._connected() as connection:
                outcome = Outcome.TIMED_OUT
                status = use(connection)
                outcome = _outcome_of_status(status)
        except FAILURES as error:
            detail = reason_of(error)
            # A reset tells that the connection had been accepted.
            if outcome is not Outcome.REFUSED or isinstance(error, ConnectionResetError):
                outcome = _outcome_of(error)
        sent = SentRequest(begun, monotonic(), outcome, status, detail)
        self._sent.append(sent)
        return sent

    def _stay_idle(self) -> None:
        """Ask once, then leave the connection open until the server closes it."""
        try:
            with self._connected() as connection:
                connection.putrequest("GET", self.plan.action.path)
                connection.putheader("User-Agent", _AGENT)
                connection.endheaders()
                response = connection.getresponse()
                read_out(response)
                if connection.sock is None or response.will_close:
                    self._idle.append(IdleConnection(is_kept=False))
                    return
                connection.sock.settimeout(None)
                closed = _closed_at(connection.sock)
        except FAILURES:
            return
        self._idle.append(IdleConnection(is_kept=True, closed=closed))

    @contextmanager
    def _connected(self) -> Iterator[HTTPConnection]:
        connection = connection_to(self.plan.action, _CONNECTING)
        try:
            connection.connect()
            connection.sock.settimeout(self.limit)
            self._open.append(connection.sock)
            yield connection
        finally:
            connection.close()


def _closed_at(sock: socket.socket) -> float:
    with suppress(OSError):
        sock.recv(1)
    return monotonic()


def _before(moment: float, ended: float) -> float:
    """Leave out what the end of the application closed."""
    return moment if moment < ended else math.inf


def _outcome_of_status(status: int) -> Outcome:
    if not status:
        return Outcome.CONNECTED
    return Outcome.ERROR if status >= 500 else Outcome.ANSWERED


def _outcome_of(error: Exception) -> Outcome:
    match error:
        case TimeoutError():
            return Outcome.TIMED_OUT
        case IncompleteRead():
            return Outcome.CUT
    return Outcome.RESET
