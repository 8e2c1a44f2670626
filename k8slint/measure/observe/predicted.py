"""What the model says of a pod that stops, and where that differs from what happened."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from k8slint.kubernetes.workload import workloads
from k8slint.lint.reading import candidates
from k8slint.lint.scope import LintScope
from k8slint.manifest.source import Source
from k8slint.manifest.tree import Document
from k8slint.measure.observe.stops import EndedBy, PodStop
from k8slint.measure.within import as_manifest
from k8slint.records import NamedTuple
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.seconds import Seconds
from k8slint.shutdown.timeline import Certainty, Track

# Seconds: both ends of what was observed are whole seconds, and the kubelet takes up to one more
# for its own steps (0.9 s at most on 50 containers, tests/kubelet).
EARLY = 1
LATE = 2
_MOST_KEPT = 1_000
_LEFT_OUT = ("managedFields",)


class PredictedStop(NamedTuple):
    """How the model ends a pod with one grace period: the whole pod, and each container."""

    ends: Seconds
    tracks: Mapping[str, Track]


class Difference(StrEnum):
    """What happened to a container that the model rules out."""

    LATER = "later"
    SOONER = "sooner"
    KILLED = "killed"
    NOT_KILLED = "not killed"


class Mismatch(NamedTuple):
    """A container that ended in another way than predicted; `took` is in seconds."""

    container: str
    difference: Difference
    took: float
    predicted: Seconds


class Predictor:
    """Plays the end of pods; those of one template only once."""

    def __init__(self, scope: LintScope) -> None:
        self._scope = scope
        self._known: OrderedDict[object, PredictedStop | None] = OrderedDict()

    def predict(self, pod: Any, ending: PodStop) -> PredictedStop | None:
        """Return how a pod will end; None where its grace period is not known."""
        if ending.grace is None:
            return None
        key = (ending.owner, ending.grace, ending.owner.revision or ending.uid)
        if key not in self._known:
            self._known[key] = _predicted(pod, ending.grace, self._scope)
            if len(self._known) > _MOST_KEPT:
                self._known.popitem(last=False)
        return self._known[key]


def find_mismatches(ending: PodStop, predicted: PredictedStop | None) -> Iterator[Mismatch]:
    """Yield the containers that ended in another way than predicted.

    None of a stop whose grace period was shortened: the model plays one period.
    """
    if predicted is None or ending.is_shortened or ending.skew:
        return
    for end in ending.ends:
        track, took = predicted.tracks.get(end.name), ending.seconds_of(end)
        if track is None or took is None:
            continue
        if found := _difference(ending.outcome_of(end), took, track):
            yield Mismatch(end.name, found, took, track.ends)


def _difference(outcome: EndedBy, took: float, track: Track) -> Difference | None:
    is_killed = outcome is EndedBy.KILLED
    if is_killed and track.killed is Certainty.NO:
        return Difference.KILLED
    if outcome is EndedBy.ENDED and track.killed is Certainty.YES:
        return Difference.NOT_KILLED
    if outcome not in (EndedBy.ENDED, EndedBy.KILLED):
        return None
    if took > track.ends.high + LATE:
        return Difference.LATER
    return Difference.SOONER if took < track.ends.low - EARLY else None


def _predicted(pod: Any, grace: int, scope: LintScope) -> PredictedStop | None:
    for found in candidates(Source("<cluster>", _text_of(pod)), scope.kinds):
        for workload in workloads(found, scope.kinds) if isinstance(found, Document) else ():
            for one in workload.pods:
                timeline = Shutdown(one, scope.target, scope.programs).timeline(grace=grace)
                if timeline:
                    tracks = {track.name: track for track in timeline.lanes}
                    return PredictedStop(timeline.ends, tracks)
    return None


def _text_of(pod: Any) -> str:
    """Return a pod as a manifest; the items of a list do not say their kind."""
    metadata = {key: value for key, value in pod["metadata"].items() if key not in _LEFT_OUT}
    whole = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod.get("spec")}
    return as_manifest(whole)
