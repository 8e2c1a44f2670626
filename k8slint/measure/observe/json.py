"""Stops for programs: an object for each; null stands for what is not known.

Fields are only added within a version, never changed.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from k8slint.measure.observe.observer import ObservedStop
from k8slint.measure.observe.predicted import PredictedStop, find_mismatches
from k8slint.measure.observe.stops import ContainerEnd, PodStop
from k8slint.outside.terminal import fit_json
from k8slint.shutdown.seconds import Seconds


def stop_json(stop: ObservedStop) -> str:
    """Return a stop as one line of JSON."""
    text = json.dumps(_stop_data(stop), ensure_ascii=False, allow_nan=False)
    return fit_json(text) + "\n"


def _stop_data(stop: ObservedStop) -> dict[str, Any]:
    ending, predicted = stop.ending, stop.predicted
    return {
        "version": 1,
        "namespace": ending.owner.namespace,
        "workload": {"kind": ending.owner.kind, "name": ending.owner.name},
        "pod": ending.name,
        "uid": ending.uid,
        "node": ending.node,
        "how": ending.how,
        "began": _time(ending.began),
        "grace": ending.grace,
        "firstGrace": ending.first_grace,
        "ownGrace": ending.own_grace,
        "seconds": ending.seconds,
        "precision": 1,
        "clockSkew": ending.skew,
        "predicted": _span(predicted.ends) if predicted else None,
        "containers": [_end_data(end, ending, stop) for end in ending.ends],
        "mismatches": [
            {"container": one.container, "difference": one.difference.value}
            for one in find_mismatches(ending, predicted)
        ],
    }


def _end_data(end: ContainerEnd, ending: PodStop, stop: ObservedStop) -> dict[str, Any]:
    return {
        "name": end.name,
        "role": end.role,
        "image": end.image,
        "imageID": end.image_id,
        "outcome": ending.outcome_of(end).value,
        "ended": _time(end.at),
        "seconds": ending.seconds_of(end),
        "exitCode": end.code,
        "reason": end.reason or None,
        "hookFailed": None if stop.failed_hooks is None else end.name in stop.failed_hooks,
        "predicted": _predicted(end.name, stop.predicted),
    }


def _predicted(name: str, predicted: PredictedStop | None) -> dict[str, Any] | None:
    track = predicted.tracks.get(name) if predicted else None
    return {**_span(track.ends), "killed": track.killed.value} if track else None


def _span(span: Seconds) -> dict[str, Any]:
    return {"low": span.low, "high": None if math.isinf(span.high) else span.high}


def _time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
