"""The drains in observed stops, as far as these say how long they were."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from k8slint.images.name import is_plain
from k8slint.measure.drains.file import DRAINS_SCHEMA
from k8slint.measure.drains.write import MeasuredStop
from k8slint.measure.observe.observer import ObservedStop
from k8slint.measure.observe.stops import ContainerEnd, EndedBy
from k8slint.shutdown.measured import image_key, workload_key
from k8slint.shutdown.timeline import Track

_WORKLOAD = DRAINS_SCHEMA["properties"]["drains"]["items"]["properties"]["workload"]["pattern"]


def measured_stops(stop: ObservedStop) -> Iterator[MeasuredStop]:
    """Yield a stop of each container whose time says something about its drain.

    Nothing is learnt where the deadline was moved, the kubelet set it, an end was not seen, or the
    clocks differ; nor about a sidecar that waited for others for an unknown time.
    """
    ending, predicted = stop.ending, stop.predicted
    owner = ending.owner
    key = workload_key(owner.kind, owner.namespace, owner.name)
    # The kind of an owner is any text that somebody wrote.
    if predicted is None or ending.is_shortened or ending.skew or not re.search(_WORKLOAD, key):
        return
    for end in ending.ends:
        track = predicted.tracks.get(end.name)
        took, outcome = ending.seconds_of(end), ending.outcome_of(end)
        is_told = outcome in (EndedBy.ENDED, EndedBy.KILLED)
        if track is None or took is None or end.at is None or not is_told:
            continue
        is_exact = _knows_signal(stop, end, track)
        if (not is_exact and end.role == "sidecar") or not is_plain(end.image):
            continue
        yield MeasuredStop(
            key,
            end.name,
            image_key(end.image, end.image_id),
            "observe",
            datetime.fromtimestamp(end.at, UTC).strftime("%Y-%m-%d"),
            max(took - track.signalled_at.low, 0) if is_exact else took,
            killed=outcome is EndedBy.KILLED,
            covers_hook=not is_exact,
        )


def _knows_signal(stop: ObservedStop, end: ContainerEnd, track: Track) -> bool:
    """Whether the stop signal came exactly when predicted: a hook that failed was shorter."""
    signalled = track.signalled_at
    if not signalled.is_exact or signalled.low == 0:
        return signalled.is_exact
    return stop.failed_hooks is not None and end.name not in stop.failed_hooks
