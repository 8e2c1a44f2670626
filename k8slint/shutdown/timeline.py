"""The kubelet's termination of a pod, phase by phase and container by container.

    G  the grace period, whole seconds
    H  what the preStop hook takes, at most G; it is skipped where G is 0
    W  how long a sidecar waits for its turn, at most what is left of G
    T  = max(G - floor(H) - floor(W), 2)

The stop signal goes out at H + W and SIGKILL T seconds later. Sources: `killContainer` in
`pkg/kubelet/kuberuntime/kuberuntime_container.go`, `minimumGracePeriodInSeconds` in
`kuberuntime_manager.go`, `waitForTurn` in `kuberuntime_termination_order.go`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum, StrEnum

from k8slint.images.fact import Fact
from k8slint.records import NamedTuple
from k8slint.shutdown.seconds import Seconds, between, exactly
from k8slint.shutdown.triggers import DELETE, Affected, Trigger
from k8slint.type_names import Literal

MINIMUM_STOP = 2


class Phase(StrEnum):
    """What a container does in a stretch of its shutdown."""

    HOOK = "hook"
    WAIT = "wait"
    """A sidecar still serves: the containers it serves have not ended."""
    DRAIN = "drain"
    OVERRUN = "overrun"
    """The time that SIGKILL takes away from the drain."""
    SLACK = "slack"


class Certainty(Enum):
    """Whether something happens."""

    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


class ContainerStop(NamedTuple):
    """What one container does when it is stopped; `hook` is None where it has none.

    `intended` is what the hook takes on a condition that its author takes for granted, with that
    condition in words. Without a `signal_fact` the image decides which signal it is, and that is
    unknown. `starting` is what its postStart hook takes: a pod that is deleted meanwhile is not
    stopped before it has ended.
    """

    name: str
    role: Literal["main", "sidecar"]
    hook: Seconds | None
    drain: Seconds
    signal: str = "SIGTERM"
    intended: tuple[Seconds, str] | None = None
    signal_fact: Fact | None = None
    drain_fact: Fact | None = None
    starting: Seconds | None = None


class Interval(NamedTuple):
    """A phase from `start` to `end`; `takes` is what it would take with no limit."""

    phase: Phase
    start: Seconds
    end: Seconds
    takes: Seconds

    @property
    def is_open(self) -> bool:
        """Whether its length is unknown, so that only the kill limits it."""
        return not self.takes.is_known


class Track(NamedTuple):
    """One container: its phases in order, the stop signal, the kill and the end."""

    name: str
    role: Literal["main", "sidecar"]
    stretches: tuple[Interval, ...]
    signal: str
    signalled_at: Seconds
    killed_at: Seconds
    killed: Certainty
    ends: Seconds
    hook_is_cut: Certainty = Certainty.NO
    intended: tuple[Seconds, str] | None = None
    signal_fact: Fact | None = None
    drain_fact: Fact | None = None
    starting: Seconds | None = None


class Timeline(NamedTuple):
    """The end of a pod under one trigger."""

    trigger: Trigger
    grace: int
    lanes: tuple[Track, ...]
    ends: Seconds


class _Range(NamedTuple):
    """The earliest and the latest moment."""

    low: float
    high: float

    @property
    def fraction(self) -> float:
        """At most so much of a second is lost where the kubelet counts whole ones."""
        return self.low % 1 if self.low == self.high else 1.0

    def seconds(self, why: str = "") -> Seconds:
        return between(self.low, self.high, why)


_START = _Range(0, 0)


def play(
    parts: Sequence[ContainerStop], grace: int, trigger: Trigger = DELETE, *, container: str = ""
) -> Timeline:
    """Let a pod end; `container` is the one that a probe failure or a change stops."""
    chosen = [part for part in parts if _is_stopped(part, trigger, container)]
    mains = [
        _lane(part, grace, trigger, turn=_START)
        for part in chosen
        if part.role == "main" or trigger.scope is Affected.CONTAINER
    ]
    sidecars: list[Track] = []
    if trigger.scope is not Affected.CONTAINER:
        turn = _last(mains)
        for part in reversed(chosen):
            if part.role == "sidecar":
                sidecars.append(_lane(part, grace, trigger, turn))
                ends = sidecars[-1].ends
                turn = _Range(max(turn.low, ends.low), max(turn.high, ends.high))
    lanes = (*mains, *reversed(sidecars))
    return Timeline(trigger, grace, lanes, _last(lanes).seconds())


def _is_stopped(part: ContainerStop, trigger: Trigger, container: str) -> bool:
    match trigger.scope:
        case Affected.POD:
            return True
        case Affected.CONTAINER:
            return part.name == container
        case Affected.SIDECARS:
            return part.role == "sidecar"


def _last(lanes: Sequence[Track]) -> _Range:
    lows = [lane.ends.low for lane in lanes]
    highs = [lane.ends.high for lane in lanes]
    return _Range(max(lows, default=0), max(highs, default=0))


def _lane(part: ContainerStop, grace: int, trigger: Trigger, turn: _Range) -> Track:
    full = part.hook if trigger.runs_hooks and grace > 0 else None
    hook = _Range(min(full.low, grace), min(full.high, grace)) if full is not None else _START
    waited = _waited(hook, turn, grace)
    # A hook that took 9.5 s counts as 9, so a sidecar can wait until 0.5 s past the period.
    latest = grace + hook.fraction
    earliest = latest if hook.low == hook.high else grace
    signal = _Range(max(hook.low, min(turn.low, earliest)), max(hook.high, min(turn.high, latest)))
    timeout = _Range(
        max(grace - math.floor(hook.high) - math.floor(waited.high), MINIMUM_STOP),
        max(grace - math.floor(hook.low) - math.floor(waited.low), MINIMUM_STOP),
    )
    kill = _killed(signal, timeout, latest + waited.fraction, grace)
    end = _Range(
        min(signal.low + part.drain.low, kill.low), min(signal.high + part.drain.high, kill.high)
    )
    return Track(
        part.name,
        part.role,
        tuple(_stretches(part, full, hook, signal, end, grace, timeout)),
        part.signal,
        signal.seconds(),
        kill.seconds(),
        _exceeds(part.drain, timeout),
        end.seconds(part.drain.why),
        _exceeds(full, _Range(grace, grace)) if full is not None else Certainty.NO,
        part.intended if full is not None else None,
        part.signal_fact,
        part.drain_fact,
        part.starting if trigger.scope is Affected.POD else None,
    )


def _waited(hook: _Range, turn: _Range, grace: int) -> _Range:
    """How long a sidecar waits after its hook, at most for what is left of the grace period."""
    left = _Range(grace - math.floor(hook.high), grace - math.floor(hook.low))
    return _Range(
        min(max(turn.low - hook.high, 0), left.low), min(max(turn.high - hook.low, 0), left.high)
    )


def _killed(signal: _Range, timeout: _Range, latest: float, grace: int) -> _Range:
    """When SIGKILL comes.

    A second that has begun counts as none, so a hook of 9.5 s leaves 21 of 30 s.
    """
    if signal.low == signal.high and timeout.low == timeout.high:
        return _Range(signal.low + timeout.low, signal.low + timeout.low)
    return _Range(max(grace, signal.low + MINIMUM_STOP), max(latest, signal.high + MINIMUM_STOP))


def _exceeds(span: Seconds, limit: _Range) -> Certainty:
    if span.low > limit.high:
        return Certainty.YES
    return Certainty.NO if span.high <= limit.low else Certainty.MAYBE


def _stretches(
    part: ContainerStop,
    full: Seconds | None,
    hook: _Range,
    signal: _Range,
    end: _Range,
    grace: int,
    timeout: _Range,
) -> list[Interval]:
    found = []
    if full is not None:
        found.append(Interval(Phase.HOOK, exactly(0), hook.seconds(full.why), full))
    if signal != hook:
        waits = between(max(signal.low - hook.high, 0), signal.high - hook.low)
        found.append(Interval(Phase.WAIT, hook.seconds(), signal.seconds(), waits))
    found.append(Interval(Phase.DRAIN, signal.seconds(), end.seconds(part.drain.why), part.drain))
    if _exceeds(part.drain, timeout) is not Certainty.NO:
        drain = part.drain
        lost = _like(drain, max(drain.low - timeout.high, 0), drain.high - timeout.low)
        done = _like(drain, signal.low + drain.low, signal.high + drain.high)
        found.append(Interval(Phase.OVERRUN, end.seconds(), done, lost))
    if end.low < grace:
        left = between(max(grace - end.high, 0), grace - end.low)
        found.append(Interval(Phase.SLACK, end.seconds(), exactly(grace), left))
    return found


def _like(span: Seconds, low: float, high: float) -> Seconds:
    """Other numbers, known as well as those of a span and for the same reason."""
    if span.is_known:
        return between(low, high, span.why)
    return Seconds(low, high, span.kind, span.why)
