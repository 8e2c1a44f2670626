"""Timelines as plain data: one object, version 1; null stands for no upper limit.

Fields are only added within a version, never changed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from k8slint import __version__
from k8slint.images.fact import Fact
from k8slint.outside.terminal import clipped
from k8slint.picture.scene import Costs, Needed, Scene
from k8slint.report.json import dumps, resource
from k8slint.shutdown.rollout import Cost
from k8slint.shutdown.seconds import Seconds
from k8slint.shutdown.timeline import Timeline, Track


def render(scenes: Sequence[Scene]) -> str:
    return dumps(scenes_data(scenes), indent=2)


def scenes_data(scenes: Sequence[Scene]) -> dict[str, Any]:
    """Return all pods as plain data."""
    return {
        "version": 1,
        "tool": {"name": "k8slint", "version": __version__},
        "pods": [_pod(scene) for scene in scenes],
    }


def _pod(scene: Scene) -> dict[str, Any]:
    return {
        "path": scene.path,
        "line": scene.line,
        "resource": resource(scene.resource),
        "part": scene.part,
        "grace": scene.grace,
        "missing": scene.missing,
        "timeline": _timeline(scene.timeline) if scene.timeline else None,
        "needed": _needed(scene.needed),
        "costs": _costs(scene.costs) if scene.costs else None,
    }


def _timeline(timeline: Timeline) -> dict[str, Any]:
    return {
        "trigger": timeline.trigger.name,
        "grace": timeline.grace,
        "ends": span_data(timeline.ends),
        "containers": [_lane(lane) for lane in timeline.lanes],
    }


def _lane(lane: Track) -> dict[str, Any]:
    return {
        "name": lane.name,
        "role": lane.role,
        "signal": lane.signal,
        "signalFact": fact_data(lane.signal_fact),
        "drainFact": fact_data(lane.drain_fact),
        "signalledAt": span_data(lane.signalled_at),
        "killedAt": span_data(lane.killed_at),
        "killed": lane.killed.value,
        "hookIsCut": lane.hook_is_cut.value,
        "hookIntended": _intended(lane),
        "postStart": span_data(lane.starting) if lane.starting else None,
        "ends": span_data(lane.ends),
        "phases": [
            {
                "phase": str(stretch.phase),
                "start": span_data(stretch.start),
                "end": span_data(stretch.end),
                "takes": span_data(stretch.takes),
            }
            for stretch in lane.stretches
        ],
    }


def fact_data(fact: Fact | None) -> dict[str, Any] | None:
    """Return where something is known from as plain data; null for what is unknown."""
    if fact is None:
        return None
    return {"strength": str(fact.strength), "source": clipped(fact.source), "date": fact.date}


def _intended(lane: Track) -> dict[str, Any] | None:
    if lane.intended is None:
        return None
    takes, when = lane.intended
    return {"takes": span_data(takes), "when": when.removeprefix(" when ")}


def _needed(needed: Needed) -> dict[str, Any]:
    return {
        "seconds": needed.seconds,
        "isMinimum": needed.is_minimum,
        "sum": needed.sum,
        "terms": [
            {"label": entry.label, "line": entry.line, "takes": span_data(entry.span)}
            for entry in needed.entries
        ],
    }


def _costs(costs: Costs) -> dict[str, Any]:
    return {
        "rollingUpdate": _cost(costs.update),
        "nodeDrain": _cost(costs.drain),
        "nodeDrainOneByOne": _cost(costs.drain_one_by_one),
        "forEachNode": costs.for_each_node,
    }


def _cost(cost: Cost | None) -> dict[str, Any] | None:
    if cost is None:
        return None
    return {"rounds": cost.rounds, "atOnce": cost.at_once, "seconds": span_data(cost.stopping)}


def span_data(span: Seconds) -> dict[str, Any]:
    """Return a time as plain data; null stands for no upper limit."""
    return {
        "low": span.low,
        "high": None if math.isinf(span.high) else span.high,
        "kind": span.kind.name.lower(),
        "why": clipped(span.why),
    }
