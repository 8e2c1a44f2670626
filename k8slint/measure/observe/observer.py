"""Put together what is seen of stops: pods by their objects, failed hooks by events."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from k8slint.measure.observe.following import Change, Listed, News, Unreachable
from k8slint.measure.observe.predicted import PredictedStop, Predictor
from k8slint.measure.observe.stops import PodStop, look_at
from k8slint.measure.within import name_within
from k8slint.records import NamedTuple

FAILED_HOOK = "FailedPreStopHook"
PODS = "pods"
EVENTS = "events"
# Seconds until the events of a stop have come, too, by another connection.
SETTLING = 1.0
# Pods that stop at the same time, and those whose stop is over while their objects are there.
_MOST_STOPPING = 20_000
_MOST_HOOKS = 10_000
_MOST_CONTAINERS = 100


class ObservedStop(NamedTuple):
    """A stop that is over, the containers whose hook failed, and what was predicted.

    Without the permission to read events, nothing is known of hooks: None.
    """

    ending: PodStop
    failed_hooks: frozenset[str] | None
    predicted: PredictedStop | None


class _Stopping(NamedTuple):
    """A pod that stops; that is over at `over_at`, and its object `is_gone` at some time.

    `seen_in` is the number of the list that it was seen in or after.
    """

    ending: PodStop
    predicted: PredictedStop | None
    seen_in: int
    over_at: float | None = None
    is_told: bool = False
    is_gone: bool = False


class Observer:
    """Knows the pods that stop; all others are forgotten at once.

    `passed_over` counts stops that found no room.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._stopping: dict[str, _Stopping] = {}
        self._failed: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._lists = 0
        self._hears = False
        self.passed_over = 0

    @property
    def unfinished(self) -> int:
        """How many pods stop now."""
        return sum(one.over_at is None for one in self._stopping.values())

    def see(self, news: News, now: float) -> None:
        """Take in what a follower says, at a time in seconds."""
        if news.kind == EVENTS and not isinstance(news, Change):
            self._hears = isinstance(news, Listed)
        elif isinstance(news, Listed):
            self._miss_others(now)
        elif isinstance(news, Unreachable):
            return
        elif news.kind == EVENTS:
            self._see_event(news.found)
        else:
            self._see_pod(news, now)

    def over(self, now: float) -> Iterator[ObservedStop]:
        """Yield each stop once that was over some time ago."""
        for uid, one in [*self._stopping.items()]:
            if one.over_at is None or one.over_at + SETTLING > now:
                continue
            if not one.is_told:
                failed = self._failed.get(uid, frozenset()) if self._hears else None
                yield ObservedStop(one.ending, failed, one.predicted)
            if one.is_gone:
                del self._stopping[uid]
            else:  # Its object stays for a while, and is not to be taken for another stop.
                self._stopping[uid] = one._replace(is_told=True)

    def _see_pod(self, change: Change, now: float) -> None:
        pod, uid = change.found, name_within(change.found, "metadata", "uid")
        before = self._stopping.get(uid)
        is_listed, is_gone = change.what == "LISTED", change.what == "DELETED"
        if before is None:
            ending = look_at(pod, is_listed=is_listed)
        else:
            ending = before.ending if before.is_told else look_at(pod, before.ending)
        if ending is None:
            return
        if before is None:
            if len(self._stopping) >= _MOST_STOPPING:
                self.passed_over += 1
                return
            before = _Stopping(ending, self._predictor.predict(pod, ending), self._lists)
        over_at = before.over_at
        if over_at is None and (is_gone or ending.has_ended):
            over_at = now
        self._stopping[uid] = before._replace(
            ending=ending,
            seen_in=self._lists + is_listed,
            over_at=over_at,
            is_gone=before.is_gone or is_gone,
        )

    def _miss_others(self, now: float) -> None:
        """Take what a new list lacks for gone, as nobody saw how."""
        self._lists += 1
        for uid, one in self._stopping.items():
            if one.seen_in < self._lists:
                over_at = now if one.over_at is None else one.over_at
                self._stopping[uid] = one._replace(over_at=over_at, is_gone=True)

    def _see_event(self, event: Any) -> None:
        uid = name_within(event, "involvedObject", "uid")
        path = name_within(event, "involvedObject", "fieldPath")
        if name_within(event, "reason") != FAILED_HOOK or not uid:
            return
        container = path.rpartition("{")[2].removesuffix("}")
        known = self._failed.pop(uid, frozenset())
        self._failed[uid] = known | {container} if len(known) < _MOST_CONTAINERS else known
        if len(self._failed) > _MOST_HOOKS:
            self._failed.popitem(last=False)
