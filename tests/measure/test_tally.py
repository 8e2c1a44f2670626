"""Stops are summed up by workload."""

from __future__ import annotations

import pytest

from k8slint.measure.observe.observer import ObservedStop
from k8slint.measure.observe.owner import OwningWorkload
from k8slint.measure.observe.stops import ContainerEnd, PodStop
from k8slint.measure.observe.tally import Tally, WorkloadTally
from tests.measure.seen_pods import BEGAN

WEB = OwningWorkload("shop", "Deployment", "web")
END = ContainerEnd("web", "main", "web:1", "")
STOP = PodStop("1", "web-1", WEB, "node-1", "delete", BEGAN, 30, 30, 30)


def stopped(seconds: float, code: int = 0, failed_hooks: str | None = "") -> ObservedStop:
    end = END._replace(at=BEGAN + seconds, code=code)
    hooks = None if failed_hooks is None else frozenset(filter(None, [failed_hooks]))
    return ObservedStop(STOP._replace(ends=(end,)), hooks, None)


def summed(*stops: ObservedStop) -> WorkloadTally:
    tally = Tally()
    for stop in stops:
        tally.add(stop)
    (one,) = tally.in_order()
    return one


@pytest.mark.parametrize(
    ("part", "length"), [(0.01, 1), (0.5, 2), (0.51, 3), (0.75, 3), (0.76, 40), (1.0, 40)]
)
def test_a_part_of_the_stops_is_no_longer(part: float, length: int) -> None:
    assert summed(*map(stopped, (3.9, 40, 1, 2))).quantile(part) == length


def test_what_was_not_seen_has_no_length() -> None:
    one = summed(ObservedStop(STOP._replace(ends=(END,)), frozenset(), None))
    assert (one.stops, one.not_seen, one.max, one.quantile(0.5)) == (1, 1, None, None)


def test_a_hook_that_failed_is_counted_unless_one_could_not_be_seen() -> None:
    assert summed(stopped(1), stopped(1, failed_hooks="web")).failed_hooks == 1
    for order in (1, -1):
        unseen = [stopped(1, failed_hooks=None), stopped(1, failed_hooks="web")][::order]
        assert summed(*unseen).failed_hooks is None


def test_the_killed_come_first() -> None:
    tally = Tally()
    for name, code in (("a", 0), ("b", 137)):
        stop = stopped(30, code)
        ending = stop.ending._replace(owner=WEB._replace(name=name))
        tally.add(stop._replace(ending=ending))
    assert [one.owner.name for one in tally.in_order()] == ["b", "a"]


@pytest.mark.parametrize("skews", [(-3, 2, 0), (2, -3)])
def test_the_worst_that_is_known_of_a_clock_stays(skews: tuple[float, ...]) -> None:
    tally = Tally()
    for skew in skews:
        stop = stopped(1)
        tally.add(stop._replace(ending=stop.ending._replace(skew=skew)))
    assert tally.skews == {"node-1": -3}
