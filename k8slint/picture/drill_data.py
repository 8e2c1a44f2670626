"""A drill as plain data: one object, version 1; times are seconds since the stop began.

Fields are only added within a version, never changed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from k8slint import __version__
from k8slint.measure.drill.requests import SentRequest, TrafficSeen
from k8slint.measure.drill.run import Drill
from k8slint.outside.terminal import clipped
from k8slint.picture.data import span_data
from k8slint.report.json import dumps


def drill_json(drill: Drill, command: Sequence[str]) -> str:
    return dumps(drill_data(drill, command), indent=2)


def drill_data(drill: Drill, command: Sequence[str]) -> dict[str, Any]:
    """Return what happened as plain data."""
    plan, predicted = drill.plan, drill.plan.predicted
    return {
        "version": 1,
        "tool": {"name": "k8slint", "version": __version__},
        "passed": not drill.problems,
        "problems": [*drill.problems],
        "command": [*command],
        "container": plan.name,
        "trigger": plan.trigger.name,
        "grace": plan.grace,
        "ready": _time(drill.ready),
        "hook": _hook(drill),
        "signal": plan.signal,
        "signalDelivered": drill.delivered,
        "signalledAt": _time(drill.signalled),
        "killAt": _time(drill.deadline),
        "endedAt": _time(drill.ended),
        "drain": _time(drill.drain),
        "killed": drill.was_killed,
        "exitCode": drill.code if drill.code >= 0 else 128 - drill.code,
        "expected": {
            "signalledAt": span_data(predicted.signalled_at),
            "killAt": span_data(predicted.killed_at),
            "ends": span_data(predicted.ends),
            "killed": predicted.killed.value,
        },
        "traffic": _traffic(drill.traffic) if drill.traffic else None,
        "work": [
            {"started": _time(one.started), "ended": _time(one.ended), "done": one.is_done}
            for one in drill.work
        ],
        "left": [clipped(name) for name in drill.left],
        "output": [{"at": _time(line.at), "text": clipped(line.text)} for line in drill.output],
    }


def _hook(drill: Drill) -> dict[str, Any] | None:
    hook = drill.hook
    if hook is None:
        return None
    return {
        "action": clipped(hook.action),
        "took": _time(hook.took),
        "end": str(hook.end),
        "why": clipped(hook.why),
    }


def _traffic(seen: TrafficSeen) -> dict[str, Any]:
    lost, closing = {*seen.lost}, {*seen.closing}
    return {
        "lost": len(lost),
        "inFlight": len(seen.in_flight),
        "refusedFrom": _time(seen.first_refusal),
        "requests": [
            {
                **_request(one),
                "lost": one in lost,
                "cutWhileClosing": one in closing,
            }
            for one in seen.requests
        ],
        "idle": [{"kept": one.is_kept, "closedAt": _time(one.closed)} for one in seen.idle],
    }


def _request(one: SentRequest) -> dict[str, Any]:
    return {
        "started": _time(one.started),
        "ended": _time(one.ended),
        "outcome": str(one.outcome),
        "status": one.status or None,
        "detail": clipped(one.detail),
    }


def _time(moment: float) -> float | None:
    """Return a time to the millisecond; null for what did not happen."""
    return None if math.isinf(moment) else round(moment, 3)
