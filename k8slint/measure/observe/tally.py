"""Sum up stops by workload, in memory that does not grow with their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import ceil

from k8slint.measure.observe.observer import ObservedStop
from k8slint.measure.observe.owner import OwningWorkload
from k8slint.measure.observe.predicted import Difference, PredictedStop, find_mismatches
from k8slint.measure.observe.stops import FORCED, EndedBy
from k8slint.records import NamedTuple

# Workloads to keep apart, and lengths of stops to keep apart for one: each is a whole second.
_MOST_WORKLOADS = 10_000
_MOST_LENGTHS = 4_000
_MOST_DIFFERENCES = 20


class Contrast(NamedTuple):
    """How the containers of one name differed from the prediction."""

    container: str
    difference: Difference


class WorkloadTally:
    """The stops of one workload; `seconds` counts those of each length.

    `failed_hooks` is None where the events of a stop could not be read.
    """

    def __init__(self, owner: OwningWorkload) -> None:
        self.owner = owner
        self.stops = 0
        self.seconds: Counter[int] = Counter()
        self.outcomes: Counter[EndedBy] = Counter()
        self.killed = 0
        self.not_seen = 0
        self.forced = 0
        self.shortened = 0
        self.failed_hooks: int | None = 0
        self.differing = 0
        self.contrasts: Counter[Contrast] = Counter()
        self.longest: dict[Contrast, float] = {}
        self.predicted: PredictedStop | None = None

    def add(self, stop: ObservedStop) -> None:
        ending = stop.ending
        took = ending.seconds
        self.stops += 1
        self.not_seen += took is None
        self.killed += ending.is_killed
        self.forced += ending.how == FORCED
        self.shortened += ending.is_shortened
        if stop.failed_hooks is None or self.failed_hooks is None:
            self.failed_hooks = None
        else:
            self.failed_hooks += bool(stop.failed_hooks)
        self.outcomes.update(ending.outcome_of(end) for end in ending.ends)
        self.predicted = stop.predicted or self.predicted
        if took is not None and (len(self.seconds) < _MOST_LENGTHS or int(took) in self.seconds):
            self.seconds[int(took)] += 1
        found = [*find_mismatches(ending, stop.predicted)]
        self.differing += bool(found)
        for one in found[:_MOST_DIFFERENCES]:
            key = Contrast(one.container, one.difference)
            self.contrasts[key] += 1
            self.longest[key] = max(one.took, self.longest.get(key, 0))

    @property
    def max(self) -> int | None:
        return max(self.seconds, default=None)

    def quantile(self, part: float) -> int | None:
        """Return the length that so great a part of the stops did not exceed."""
        rank = ceil(self.seconds.total() * part)
        for length in sorted(self.seconds):
            rank -= self.seconds[length]
            if rank <= 0:
                return length
        return None


class Tally:
    """The stops of all workloads; `passed_over` counts those of workloads that found no room."""

    def __init__(self) -> None:
        self._workloads: dict[str, WorkloadTally] = {}
        self.stops = 0
        self.passed_over = 0
        self.skews: dict[str, float] = {}

    def add(self, stop: ObservedStop) -> None:
        owner = stop.ending.owner
        known = self._workloads.get(owner.title)
        if known is None:
            if len(self._workloads) >= _MOST_WORKLOADS:
                self.passed_over += 1
                return
            known = self._workloads[owner.title] = WorkloadTally(owner)
        self.stops += 1
        known.add(stop)
        if stop.ending.skew and len(self.skews) < _MOST_WORKLOADS:
            before = self.skews.get(stop.ending.node, 0)
            self.skews[stop.ending.node] = max(before, stop.ending.skew, key=abs)

    def in_order(self) -> Iterator[WorkloadTally]:
        """Yield the workloads: those that differ from their prediction first, then the killed."""
        yield from sorted(
            self._workloads.values(),
            key=lambda one: (not one.differing, not one.killed, one.owner.title),
        )
