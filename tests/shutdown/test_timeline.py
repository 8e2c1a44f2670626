"""The kubelet's arithmetic: the tables of the reference, and a naive simulation beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Literal, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8slint.cli.timeline import EndingOption as Choice
from k8slint.shutdown.rollout import node_drain, rolling_update
from k8slint.shutdown.seconds import Seconds, between, exactly, unknown
from k8slint.shutdown.timeline import Certainty, ContainerStop, Phase, Timeline, Track, play
from k8slint.shutdown.triggers import TRIGGERS, TRIGGERS_BY_NAME, Affected, Trigger, grace_under
from tests.tables import check_examples
from tests.tiers import tries

Role: TypeAlias = Literal["main", "sidecar"]
Simple: TypeAlias = tuple[Role, float | None, float]
Ending: TypeAlias = tuple[str, int, int | None, int | None, int, bool, bool]
Span: TypeAlias = tuple[Role, Seconds | None, Seconds]

FOREVER = exactly(1_000_000)
# The property tests count in quarters of a second.
TICKS = 4


def alone(grace: int, hook: Seconds | None, drain: Seconds = FOREVER) -> Track:
    (lane,) = play([ContainerStop("app", "main", hook, drain)], grace).lanes
    return lane


@pytest.mark.parametrize(
    ("grace", "hook", "timeout", "total"),
    [
        (30, None, 30, 30),
        (30, 10, 20, 30),
        (30, 29, 2, 31),
        (30, 30, 2, 32),
        (30, 60, 2, 32),
        (1, 10, 2, 3),
        (0, 10, 2, 2),
        (30, 9.5, 21, 30.5),
        (30, 28.9, 2, 30.9),
    ],
)
def test_the_formula_of_the_kubelet(
    grace: int, hook: float | None, timeout: float, total: float
) -> None:
    lane = alone(grace, None if hook is None else exactly(hook))
    assert lane.killed_at == exactly(total)
    assert lane.killed_at.low - lane.signalled_at.low == pytest.approx(timeout)
    assert lane.killed is Certainty.YES


# Trigger, TGPS of the pod, limit, probe's own, grace, whether hooks run, endpoint not ready.
ENDINGS: list[Ending] = [
    ("delete", 45, None, None, 45, True, True),
    ("delete", 0, None, None, 1, True, True),
    ("delete", -5, None, None, 1, True, True),
    ("delete", 60, None, 9, 60, True, True),
    ("now", 30, None, None, 1, True, True),
    ("now", 30, 60, None, 60, True, True),
    ("eviction", 30, None, None, 1, True, False),
    ("soft-eviction", 30, None, None, 1, True, False),
    ("soft-eviction", 30, 20, None, 20, True, False),
    ("soft-eviction", 30, 90, None, 30, True, False),
    ("preemption", 30, None, None, 30, True, False),
    ("node-shutdown", 60, 20, None, 20, True, False),
    ("node-shutdown", 10, 20, None, 10, True, False),
    ("spot", 60, 25, None, 25, True, False),
    ("liveness", 60, None, 10, 10, True, False),
    ("liveness", 60, None, 90, 90, True, False),
    ("startup", 60, None, None, 60, True, False),
    ("liveness", 0, None, None, 0, True, False),
    ("change", 0, None, None, 0, True, False),
    ("post-start", 30, None, None, 30, True, False),
    ("startup", 0, None, None, 0, True, False),
    ("startup", 60, None, 5, 5, True, False),
    ("post-start", 0, None, None, 0, True, False),
    ("preemption", 0, None, None, 1, True, False),
    ("eviction", 30, 0, None, 1, True, False),
    ("eviction", 30, 7, None, 7, True, False),
    ("node-shutdown", 0, 20, None, 1, True, False),
    ("spot", 60, None, None, 60, True, False),
    ("spot", 60, 0, None, 1, True, False),
    # The kubelet passes no override here, so nothing makes 1 of 0: the hook is skipped.
    ("deadline", 30, None, None, 30, True, False),
    ("deadline", 0, None, None, 0, True, False),
    ("completion", 30, None, None, 30, True, False),
    ("completion", 0, None, None, 0, True, False),
    ("restart-all", 30, None, None, 0, False, False),
    ("restart-all", 30, 20, 20, 0, False, False),
]


def is_as_expected(
    name: str,
    own: int,
    limit: int | None,
    probe: int | None,
    grace: int,
    hooks: bool,
    endpoint: bool,
    known: Mapping[str, Trigger] = TRIGGERS_BY_NAME,
) -> bool:
    trigger = known.get(name)
    return trigger is not None and (
        (grace_under(trigger, own, limit=limit, probe=probe), trigger.runs_hooks) == (grace, hooks)
        and trigger.drops_endpoint == endpoint
        and trigger.scope is SCOPES.get(name, Affected.POD)
    )


# What an ending stops, where it is not the pod.
SCOPES = {
    "liveness": Affected.CONTAINER,
    "startup": Affected.CONTAINER,
    "change": Affected.CONTAINER,
    "post-start": Affected.CONTAINER,
    "completion": Affected.SIDECARS,
}


@pytest.mark.parametrize("row", ENDINGS)
def test_the_table_of_triggers(row: Ending) -> None:
    assert is_as_expected(*row)


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda trigger: trigger.name)
def test_an_example_notices_every_fault_in_a_row(trigger: Trigger) -> None:
    def is_noticed(instead: tuple[Trigger, ...]) -> bool:
        others = {name: one for name, one in TRIGGERS_BY_NAME.items() if one is not trigger}
        known = {**others, **{one.name: one for one in instead}}
        return not all(is_as_expected(*row, known) for row in ENDINGS)

    check_examples(
        trigger, f"ENDINGS, {trigger.name}", is_noticed, but=("title", "source", "date")
    )


def test_every_ending_can_be_chosen() -> None:
    assert [ending.value for ending in Choice] == [trigger.name for trigger in TRIGGERS]


def test_a_restart_of_all_containers_skips_the_hook() -> None:
    parts = [ContainerStop("app", "main", exactly(10), FOREVER)]
    (lane,) = play(parts, 0, TRIGGERS_BY_NAME["restart-all"]).lanes
    assert lane.signalled_at == exactly(0)
    assert lane.killed_at == exactly(2)


def test_a_probe_failure_stops_one_container() -> None:
    parts = [ContainerStop(name, "main", None, exactly(5)) for name in ("a", "b")]
    timeline = play(parts, 30, TRIGGERS_BY_NAME["liveness"], container="b")
    assert [lane.name for lane in timeline.lanes] == ["b"]


def test_after_a_job_only_its_sidecars_are_stopped() -> None:
    parts = [
        ContainerStop("job", "main", exactly(10), FOREVER),
        ContainerStop("proxy", "sidecar", exactly(3), exactly(2)),
    ]
    timeline = play(parts, 30, TRIGGERS_BY_NAME["completion"])
    assert [(lane.name, lane.ends.low) for lane in timeline.lanes] == [("proxy", 5)]


def test_sidecars_end_in_reverse_order_on_the_same_budget() -> None:
    timeline = play(
        [
            ContainerStop("app", "main", exactly(10), exactly(5)),
            ContainerStop("first", "sidecar", exactly(3), exactly(4)),
            ContainerStop("last", "sidecar", exactly(12), exactly(6)),
        ],
        30,
    )
    app, first, last = timeline.lanes
    assert (app.signalled_at.low, app.ends.low) == (10, 15)
    assert (last.signalled_at.low, last.ends.low) == (15, 21)
    assert (first.signalled_at.low, first.ends.low) == (21, 25)
    assert [stretch.phase for stretch in first.stretches] == [
        Phase.HOOK,
        Phase.WAIT,
        Phase.DRAIN,
        Phase.SLACK,
    ]


def test_a_sidecar_whose_turn_never_came_gets_the_floor() -> None:
    timeline = play(
        [
            ContainerStop("app", "main", None, FOREVER),
            ContainerStop("proxy", "sidecar", None, exactly(5)),
        ],
        30,
    )
    app, proxy = timeline.lanes
    assert app.killed_at == exactly(30)
    assert proxy.signalled_at == exactly(30)
    assert proxy.killed_at == exactly(32)
    assert proxy.killed is Certainty.YES


@pytest.mark.parametrize(
    "hook",
    [
        pytest.param(1, id="half a second and a wait of 4.5 count as 4, so 26 of 30 s are left"),
        pytest.param(0.5, id="none and a wait of 5 s count as 5, so 25 of 30 s are left"),
    ],
)
def test_a_hook_of_unknown_length_leaves_open_what_a_wait_after_it_counts_as(hook: float) -> None:
    timeline = play(
        [
            ContainerStop("app", "main", None, exactly(5)),
            ContainerStop("proxy", "sidecar", between(0, hook), exactly(25.5)),
        ],
        30,
    )
    assert timeline.lanes[1].killed is Certainty.MAYBE


def test_what_is_not_known_stays_open() -> None:
    lane = alone(30, unknown("a script", 5), unknown("its code"))
    assert lane.signalled_at == between(5, 30)
    assert (lane.ends.low, lane.ends.high) == (5, 32)
    assert lane.killed is Certainty.MAYBE
    assert lane.hook_is_cut is Certainty.MAYBE
    drain = next(stretch for stretch in lane.stretches if stretch.phase is Phase.DRAIN)
    assert drain.is_open


def test_what_is_cut_is_said() -> None:
    lane = alone(30, exactly(15), exactly(40))
    assert lane.killed is Certainty.YES
    overrun = next(stretch for stretch in lane.stretches if stretch.phase is Phase.OVERRUN)
    assert (overrun.start.low, overrun.end.low, overrun.takes.low) == (30, 55, 25)


@dataclass
class Box:
    """A container as a goroutine of the kubelet sees it: what it is doing and since when."""

    role: str
    hook: float
    drain: float
    left: int
    doing: str = "hook"
    since: float = 0
    signalled: float = 0
    killed: float = 0

    def look(self, now: float, before: list[Box]) -> bool:
        """Look at the clock once; whether something changed."""
        spent = now - self.since
        if self.doing == "hook" and (spent >= self.hook or spent >= self.left):
            self.left -= int(spent)
            self.doing, self.since = "turn", now
        elif self.doing == "turn" and (
            self.role == "main" or spent >= self.left or all(b.doing == "gone" for b in before)
        ):
            self.left = max(self.left - int(spent), 2)
            self.doing, self.since = "stop", now
            self.signalled, self.killed = now, now + self.left
        elif self.doing == "stop" and (spent >= self.drain or spent >= self.left):
            self.doing, self.since = "gone", now
        else:
            return False
        return True


def simulated(pod: Sequence[Simple], grace: int) -> list[Box]:
    """A pod's end, stepping through time a quarter of a second at once."""
    boxes = [Box(role, hook or 0, drain, grace) for role, hook, drain in pod]
    now = 0.0
    while any(box.doing != "gone" for box in boxes):
        changed = True
        while changed:
            changed = False
            for index, box in enumerate(boxes):
                mains = [other for other in boxes if other.role == "main"]
                changed |= box.look(now, [*mains, *boxes[index + 1 :]])
        now += 1 / TICKS
    return boxes


def played(pod: Sequence[Span], grace: int) -> Timeline:
    parts = [
        ContainerStop(f"c{index}", role, hook, drain)
        for index, (role, hook, drain) in enumerate(pod)
    ]
    return play(parts, grace)


def spans(low: float, more: float) -> Seconds:
    return between(low, low + more, "some") if math.isfinite(more) else unknown("?", low)


quarters = st.integers(0, 40 * TICKS).map(lambda count: count / TICKS)
extra = st.sampled_from([0.0, 0.0, 0.25, 1.0, 7.5, math.inf])
uncertain = st.builds(spans, quarters, extra)
roles: st.SearchStrategy[Role] = st.sampled_from(["main", "sidecar"])
pods = st.lists(st.tuples(roles, st.none() | uncertain, uncertain), min_size=1, max_size=4).map(
    lambda pod: sorted(pod, key=lambda part: part[0])
)


def sure(pod: Sequence[Span]) -> bool:
    return all(drain.is_exact and (hook is None or hook.is_exact) for _, hook, drain in pod)


def inside(span: Seconds, at: float) -> bool:
    return span.low <= at <= span.high


@given(pods, st.integers(0, 40), st.randoms(use_true_random=False))
# 50 of them, as `tries` leaves, let a drain that may be too long pass for one that never is.
@settings(max_examples=250, derandomize=True)
def test_the_timeline_agrees_with_a_simulation(
    pod: list[Span], grace: int, random: Random
) -> None:
    """Every way things can go lies in the spans, and spans without doubt are exact."""

    def some(span: Seconds) -> float:
        high = min(span.high, span.low + 100)
        return span.low + random.randint(0, int((high - span.low) * TICKS)) / TICKS

    one = [(role, None if hook is None else some(hook), some(drain)) for role, hook, drain in pod]
    timeline = played(pod, grace)
    by_name = {lane.name: lane for lane in timeline.lanes}
    for index, box in enumerate(simulated(one, grace)):
        lane = by_name[f"c{index}"]
        assert inside(lane.signalled_at, box.signalled)
        assert inside(lane.killed_at, box.killed)
        assert inside(lane.ends, box.since)
        is_killed = box.signalled + box.drain > box.killed
        assert lane.killed is not (Certainty.NO if is_killed else Certainty.YES)
        if sure(pod):
            assert lane.signalled_at.is_exact
            assert lane.killed_at.is_exact
            assert lane.ends.is_exact


@given(pods, st.integers(0, 40))
@settings(max_examples=tries(100), derandomize=True)
def test_phases_follow_each_other(pod: list[Span], grace: int) -> None:
    for lane in played(pod, grace).lanes:
        for before, after in pairwise(lane.stretches):
            assert before.end.low <= after.start.low + 1e-9
            assert before.start.low <= after.start.low
        assert lane.ends.high < grace + 4


@pytest.mark.parametrize(
    ("kind", "replicas", "unavailable", "surge", "total"),
    [
        # A Deployment counts a pod as gone when it is told to stop: only the last ones are seen.
        ("Deployment", 10, None, None, 30),
        ("Deployment", 10, "25%", 0, 30),
        ("StatefulSet", 3, None, None, 90),
        ("StatefulSet", 5, 2, None, 90),
        ("DaemonSet", 6, "50%", None, 60),
        ("DaemonSet", 5, "50%", None, 60),
        ("DaemonSet", 6, 0, 2, 90),
        ("Recreate", 4, None, None, 30),
    ],
)
def test_what_a_rolling_update_costs(
    kind: str, replicas: int, unavailable: int | str | None, surge: int | str | None, total: int
) -> None:
    cost = rolling_update(kind, replicas, exactly(30), unavailable=unavailable, surge=surge)
    assert cost.stopping == exactly(total)


@pytest.mark.parametrize(("pods_", "at_once", "total"), [(4, None, 30), (4, 1, 120), (5, 2, 90)])
def test_what_a_node_drain_costs(pods_: int, at_once: int | None, total: int) -> None:
    assert node_drain(pods_, exactly(30), at_once=at_once).stopping == exactly(total)
