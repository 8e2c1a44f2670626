"""A drill in words."""

from __future__ import annotations

import math
import signal
from collections import Counter
from collections.abc import Iterator, Sequence

from k8slint.measure.drill.hook import HookEnd
from k8slint.measure.drill.requests import CLOSING, SentRequest, TrafficSeen
from k8slint.measure.drill.run import Drill, counted, seconds
from k8slint.records import NamedTuple
from k8slint.shutdown.senders import SERVICE

# Lines that were printed after the signal, and processes that were left.
_SHOWN = 10


class Remark(NamedTuple):
    """A sentence about a drill, under a heading, and whether it is about a problem."""

    about: str
    text: str
    is_problem: bool = False


def remarks(drill: Drill) -> Iterator[Remark]:
    """Yield what happened, in the order of time."""
    asked = drill.plan.check or drill.exercise.busy
    after = f"after {seconds(drill.ready)}"
    yield Remark("ready", after if asked else "not asked for: --ready URL waits for it")
    if drill.hook:
        why = f": {drill.hook.why}" if drill.hook.end is HookEnd.FAILED else ""
        text = f"{drill.hook.action}: {drill.hook.end} after {seconds(drill.hook.took)}{why}"
        yield Remark("preStop", text)
    yield Remark("signal", signal_sentence(drill))
    is_bad = drill.was_killed or drill.ended_early or _is_late(drill)
    yield Remark("end", end_sentence(drill), is_bad)
    if drill.traffic:
        yield from _traffic(drill.traffic)
    for period in drill.work:
        if period.ended >= 0:
            yield Remark(
                "work",
                _work(period.started, period.ended, is_done=period.is_done),
                not period.is_done,
            )
    if drill.left:
        names = ", ".join(sorted({*drill.left})[:_SHOWN])
        verb = "process was" if len(drill.left) == 1 else "processes were"
        yield Remark("left", f"{len(drill.left)} {verb} left running and killed: {names}")
    yield from _printed(drill)


def signal_sentence(drill: Drill) -> str:
    """Say when the stop signal was sent, or why not."""
    name = drill.plan.signal
    if drill.delivered:
        return f"{name} at {seconds(drill.signalled)}"
    if drill.ended < drill.signalled:
        return "not needed: it had ended before"
    return (
        f"{name} at {seconds(drill.signalled)} is lost: no handler, and the kernel sends "
        f"process 1 of a container no signal that it does not handle"
    )


def end_sentence(drill: Drill) -> str:
    """Say when and how the application ended."""
    if drill.was_killed:
        return f"SIGKILL at {seconds(drill.deadline)}: it had not ended by itself"
    early = ", before the stop signal" if drill.ended_early else ""
    late = f", later than {seconds(drill.exercise.within or 0)}" if _is_late(drill) else ""
    return f"by itself at {seconds(drill.ended)}, {code_in_words(drill.code)}{early}{late}"


def code_in_words(code: int) -> str:
    """Return an exit code as Kubernetes shows it: 128 and more for a signal."""
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"by {name} (exit code {128 - code})"


def _is_late(drill: Drill) -> bool:
    within = drill.exercise.within
    return within is not None and drill.ended > within


def _traffic(seen: TrafficSeen) -> Iterator[Remark]:
    lost = {*seen.lost}
    if seen.before:
        yield Remark("requests", f"before the stop: {_outcomes(seen.before)}")
    for when, found in (
        ("until the stop signal", seen.in_hook),
        ("in flight at the stop signal", seen.in_flight),
    ):
        if found:
            last = f", the last at {seconds(max(one.ended for one in found))}"
            is_lost = not lost.isdisjoint(found)
            yield Remark("requests", f"{when}: {_outcomes(found)}{last}", is_lost)
    yield Remark("requests", _later(seen), not lost.isdisjoint(seen.later))
    gone = min(seen.first_refusal, seen.ended)
    if gone < SERVICE.seconds:
        yield Remark(
            "requests",
            f"refused from {seconds(gone)}: a Service may still send some, for about "
            f"{SERVICE.seconds} s after the stop began; a preStop hook that sleeps avoids that",
        )
    if seen.closing:
        number = counted(len(seen.closing), "request")
        yield Remark(
            "requests",
            f"{number} cut off within {CLOSING:g} s of the closing listener: "
            "not counted, since no server can avoid it",
        )
    if not seen.is_telling:
        yield Remark(
            "requests",
            f"none had been in flight for {CLOSING:g} s at the stop signal: "
            "a URL that takes longer shows more",
        )
    if seen.idle:
        yield Remark("idle", _idle(seen))


def _later(seen: TrafficSeen) -> str:
    """Say what became of new connections after the stop signal."""
    if not seen.later:
        return "no new connection after the stop signal"
    said = f"new after the stop signal: {_outcomes(seen.later)}"
    if math.isfinite(seen.first_refusal):
        return said
    return f"{said}; accepted until {seconds(seen.later[-1].started)}"


def _idle(seen: TrafficSeen) -> str:
    kept = [one for one in seen.idle if one.is_kept]
    closed = [one.closed for one in kept if math.isfinite(one.closed)]
    said = counted(len(seen.idle), "connection")
    if not kept:
        return f"{said}: closed after the first answer"
    if not closed:
        return f"{said}: open until the end"
    return f"{said}: closed at {seconds(max(closed))}"


def _work(started: float, ended: float, *, is_done: bool) -> str:
    begun = "begun before the stop" if started < 0 else f"begun at {seconds(started)}"
    return f"{begun}, {'done' if is_done else 'not done'} at {seconds(ended)}"


def _outcomes(requests: Sequence[SentRequest]) -> str:
    counts = Counter(str(one.outcome) for one in requests)
    if len(counts) == 1 and len(requests) > 1:
        return f"all {len(requests)} {requests[0].outcome}"
    return ", ".join(f"{number} {outcome}" for outcome, number in counts.items())


def _printed(drill: Drill) -> Iterator[Remark]:
    for line in drill.output[:_SHOWN]:
        yield Remark("output", f"{seconds(max(line.at, 0))}: {line.text}")
    if (more := len(drill.output) - _SHOWN) > 0:
        yield Remark("output", f"and {counted(more, 'more line')}")
