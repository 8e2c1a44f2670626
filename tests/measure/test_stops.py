"""How the stop of a pod is read from its object."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from k8slint.measure.observe.owner import owner_of
from k8slint.measure.observe.stops import EndedBy, PodStop, look_at
from k8slint.measure.within import as_manifest
from tests.measure.seen_pods import BEGAN, ended, pod, stopping, time

WEB = pod()
TWO = pod(web={}, log={})
INIT = {"initContainers": [{"name": "net", "image": "net:1", "restartPolicy": "Always"}]}


def seen(*looks: Any, is_listed: bool = False) -> PodStop | None:
    """What is known of a pod after its object was seen so often."""
    ending = None
    for index, look in enumerate(looks):
        found = look_at(look, ending, is_listed=is_listed and not index)
        ending = found or ending
    return ending


def with_status(found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**found, "status": {**found["status"], **more}}


def with_sidecar(found: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    status = {"name": "net", "imageID": "", "state": state}
    changed = with_status(found, initContainerStatuses=[status])
    return {**changed, "spec": {**found["spec"], **INIT}}


def terminated(after: float, code: int = 0) -> dict[str, Any]:
    return {"terminated": {"exitCode": code, "finishedAt": time(after), "reason": "Completed"}}


DELETED = stopping(WEB, 30)
BY_NODE = {
    "reason": "Terminated",
    "conditions": [
        {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "TerminationByKubelet",
            "lastTransitionTime": time(0),
        }
    ],
}
EVICTED = {
    "conditions": [
        {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}
    ]
}
NODE_DOWN = with_status(WEB, **BY_NODE)
# What is seen of a pod, one look after another, and then: how, seconds, grace, outcomes.
LOOKS: dict[str, tuple[list[Any], tuple[str, float | None, int | None, list[str]]]] = {
    "ends by itself": (
        [DELETED, ended(DELETED, 7)],
        ("delete", 7, 30, ["ended"]),
    ),
    "exits 143, as without a handler": (
        [DELETED, ended(DELETED, 0, 143)],
        ("delete", 0, 30, ["ended"]),
    ),
    "killed at the deadline": (
        [DELETED, ended(DELETED, 30, 137)],
        ("delete", 30, 30, ["killed"]),
    ),
    "killed a second early by the clock": (
        [DELETED, ended(DELETED, 29, 137)],
        ("delete", 29, 30, ["killed"]),
    ),
    "SIGKILL from elsewhere": (
        [DELETED, ended(DELETED, 12, 137)],
        ("delete", 12, 30, ["sigkill"]),
    ),
    "out of memory at the deadline": (
        [DELETED, ended(DELETED, 30, 137, "OOMKilled")],
        ("delete", 30, 30, ["oom-killed"]),
    ),
    "the kubelet's own last request moves the deadline": (
        [DELETED, ended(DELETED, 7), ended(stopping(WEB, 0, at=9), 7)],
        ("delete", 7, 30, ["ended"]),
    ),
    "a shortened deadline": (
        [DELETED, stopping(WEB, 5), ended(stopping(WEB, 5), 5, 137)],
        ("delete", 5, 5, ["killed"]),
    ),
    "a deadline shortened below now": (
        [DELETED, stopping(WEB, 1, at=11), ended(stopping(WEB, 1, at=11), 12, 137)],
        ("delete", 12, 1, ["killed"]),
    ),
    "a force delete": (
        [stopping(WEB, 0)],
        ("force delete", None, None, ["not-seen"]),
    ),
    "a force delete of a pod that stops": (
        [DELETED, stopping(WEB, 0, at=4)],
        ("force delete", None, 30, ["not-seen"]),
    ),
    "one container ended before the force delete": (
        [stopping(TWO, 30), ended(stopping(TWO, 0, at=4), 3, name="log")],
        ("force delete", None, 30, ["not-seen", "ended"]),
    ),
    "vanishes": (
        [DELETED],
        ("delete", None, 30, ["not-seen"]),
    ),
    "the kubelet lost the container": (
        [DELETED, ended(DELETED, None, 137, "ContainerStatusUnknown")],
        ("delete", None, 30, ["not-seen"]),
    ),
    "a container that had ended before": (
        [
            ended(stopping(TWO, 30), -60, name="log"),
            ended(ended(stopping(TWO, 30), -60, name="log"), 3, name="web"),
        ],
        ("delete", 3, 30, ["ended"]),
    ),
    "the first look is the end": (
        [ended(DELETED, 8)],
        ("delete", 8, 30, ["ended"]),
    ),
    "a sidecar": (
        [
            with_sidecar(DELETED, {"running": {}}),
            ended(with_sidecar(DELETED, terminated(9)), 4),
        ],
        ("delete", 9, 30, ["ended", "ended"]),
    ),
    "node shutdown": (
        [NODE_DOWN, ended(NODE_DOWN, 10)],
        ("node shutdown", 10, None, ["ended"]),
    ),
    "killed in a node shutdown, which does not say its limit": (
        [NODE_DOWN, ended(NODE_DOWN, 10, 137)],
        ("node shutdown", 10, None, ["sigkill"]),
    ),
    "evicted by the API": (
        [with_status(DELETED, **EVICTED), ended(DELETED, 2)],
        ("eviction API", 2, 30, ["ended"]),
    ),
}


@pytest.mark.parametrize("case", LOOKS)
def test_what_is_known_after_some_looks(case: str) -> None:
    looks, (how, seconds, grace, outcomes) = LOOKS[case]
    ending = seen(*looks)
    assert ending is not None
    assert [*map(str, map(ending.outcome_of, ending.ends))] == outcomes
    assert (ending.how, ending.seconds, ending.grace) == (how, seconds, grace)
    assert ending.began == BEGAN
    assert ending.is_shortened == ("shortened" in case)


def because(reason: str) -> dict[str, Any]:
    return {"conditions": [{"type": "DisruptionTarget", "status": "True", "reason": reason}]}


WHO_ENDS_IT: dict[str, tuple[dict[str, Any], str]] = {
    "a person": (DELETED, "delete"),
    "the API": (with_status(DELETED, **because("EvictionByEvictionAPI")), "eviction API"),
    "the scheduler": (
        with_status(DELETED, **because("PreemptionByScheduler")),
        "preemption by the scheduler",
    ),
    "a taint": (with_status(DELETED, **because("DeletionByTaintManager")), "taint of the node"),
    "the collector": (
        with_status(DELETED, **because("DeletionByPodGC")),
        "pod garbage collection",
    ),
    "a reason of tomorrow": (with_status(DELETED, **because("DeletionByMagic")), "delete"),
    "the node": (NODE_DOWN, "node shutdown"),
    "the kubelet": (with_status(NODE_DOWN, reason="Evicted"), "eviction by the kubelet"),
    "a critical pod": (
        with_status(NODE_DOWN, reason="Preempting"),
        "preemption by the kubelet",
    ),
}


@pytest.mark.parametrize("case", WHO_ENDS_IT)
def test_who_ends_a_pod(case: str) -> None:
    look, how = WHO_ENDS_IT[case]
    ending = seen(look)
    assert ending is not None
    assert ending.how == how


FINISHED = ended(WEB, -5)
NO_STOPS: dict[str, list[Any]] = {
    "a pod that runs": [WEB],
    "a pod that finished": [FINISHED],
    "a finished pod that is deleted": [stopping(FINISHED, 0)],
    "a pod that never ran": [stopping(with_status(WEB, containerStatuses=[]), 0)],
    "a pod that waits": [
        stopping(
            with_status(WEB, containerStatuses=[{"name": "web", "state": {"waiting": {}}}]), 30
        )
    ],
    "a pod that was evicted long ago": [with_status(FINISHED, **BY_NODE)],
    "the last request for one of which nothing was seen": [ended(stopping(WEB, 0, at=7), 7)],
    "no object": [{}, None],
    "an object of another shape": [{"metadata": [], "spec": 1, "status": {"conditions": 7}}],
}


@pytest.mark.parametrize("case", NO_STOPS)
def test_what_is_no_stop(case: str) -> None:
    assert seen(*NO_STOPS[case]) is None


def test_a_list_says_nothing_of_pods_that_have_ended() -> None:
    assert seen(ended(DELETED, 8), is_listed=True) is None
    assert seen(DELETED, is_listed=True) is not None


def with_written(found: dict[str, Any], after: float) -> dict[str, Any]:
    entry = {"manager": "kubelet", "subresource": "status", "time": time(after)}
    return {**found, "metadata": {**found["metadata"], "managedFields": [entry]}}


SKEWS = {
    "none": (ended(DELETED, 7), 0),
    "within the resolution": (ended(DELETED, -1), 0),
    "behind": (ended(DELETED, -4), -3),
    "ahead": (with_written(ended(DELETED, 20), 10), 9),
    "written in the same second": (with_written(ended(DELETED, 11), 10), 0),
}


@pytest.mark.parametrize("case", SKEWS)
def test_the_clock_of_a_node(case: str) -> None:
    look, skew = SKEWS[case]
    ending = seen(DELETED, look)
    assert ending is not None
    assert ending.skew == skew
    assert ending.seconds is not None
    assert ending.seconds >= 0


def owned(kind: str, name: str, **labels: str) -> dict[str, Any]:
    owner = {"kind": kind, "name": name, "controller": True}
    metadata = {"namespace": "a", "name": "p", "labels": labels, "ownerReferences": [owner]}
    return {"metadata": {**metadata, "creationTimestamp": "2026-11-30T10:00:00Z"}}


MINUTE = int(BEGAN) // 60
OWNERS = {
    ("ReplicaSet", "web-7c9d", ("pod-template-hash", "7c9d")): "a/Deployment/web",
    ("ReplicaSet", "web-7c9d", ("rollouts-pod-template-hash", "7c9d")): "a/Rollout/web",
    ("ReplicaSet", "web-7c9d", ("app", "7c9d")): "a/ReplicaSet/web-7c9d",
    ("ReplicaSet", "web", ("pod-template-hash", "7c9d")): "a/ReplicaSet/web",
    ("StatefulSet", "db", ("controller-revision-hash", "db-1")): "a/StatefulSet/db",
    ("Job", f"mail-{MINUTE}", ("a", "b")): "a/CronJob/mail",
    # The clocks of two machines may differ by a minute, and what is late is so by a week at most.
    ("Job", f"mail-{MINUTE + 1}", ("a", "b")): "a/CronJob/mail",
    ("Job", f"mail-{MINUTE + 2}", ("a", "b")): f"a/Job/mail-{MINUTE + 2}",
    ("Job", f"mail-{MINUTE - 10_080}", ("a", "b")): "a/CronJob/mail",
    ("Job", f"mail-{MINUTE - 10_081}", ("a", "b")): f"a/Job/mail-{MINUTE - 10_081}",
    ("Job", "mail-20261130", ("a", "b")): "a/Job/mail-20261130",
    ("Job", "migrate", ("a", "b")): "a/Job/migrate",
    ("Node", "node-1", ("a", "b")): "a/Pod/p",
}


@pytest.mark.parametrize("case", OWNERS)
def test_whose_a_pod_is(case: tuple[str, str, tuple[str, str]]) -> None:
    kind, name, (label, value) = case
    assert owner_of(owned(kind, name, **{label: value})).title == OWNERS[case]


@given(
    st.integers(1, 600),
    st.lists(st.integers(1, 600), max_size=4),
    st.integers(0, 700),
    st.sampled_from([0, 1, 137, 143]),
)
def test_requests_only_shorten_and_never_move_the_beginning(
    first: int, later: list[int], after: int, code: int
) -> None:
    graces = [first]
    for grace in later:
        graces.append(min(graces[-1], grace))
    looks = [stopping(WEB, grace) for grace in graces]
    ending = seen(*looks, ended(looks[-1], after, code), ended(stopping(WEB, 0, at=after), after))
    assert ending is not None
    assert (ending.began, ending.seconds) == (BEGAN, after)
    assert (ending.first_grace, ending.grace) == (first, min(graces))
    assert ending.is_shortened == (graces[-1] < first)
    is_killed = ending.outcome_of(ending.ends[0]) is EndedBy.KILLED
    assert not is_killed or after >= min(graces) - 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["metadata", "status", "state", "terminated", "deletionTimestamp", "conditions"]
            ),
            inside,
            max_size=3,
        )
    ),
    max_leaves=20,
)


@given(_JSON, _JSON)
def test_no_shape_is_too_odd(first: Any, second: Any) -> None:
    look_at(second, look_at(first) or seen(DELETED))


@pytest.mark.parametrize("number", [10**400, -(10**400), 2**31, True, 1.5])
def test_a_number_of_no_usual_size_is_not_known(number: Any) -> None:
    odd = stopping(WEB, 30)
    odd["metadata"]["deletionGracePeriodSeconds"] = number
    found = seen(odd, ended(odd, 5, number))
    assert found is not None
    assert (found.began, found.grace, found.ends[0].code) == (None, None, None)


@given(st.text())
def test_an_object_is_a_manifest_whatever_its_texts(text: str) -> None:
    assert yaml.safe_load(as_manifest({"a": text})) == {"a": text}


def test_half_a_letter_does_not_keep_an_object_from_being_read() -> None:
    assert yaml.safe_load(as_manifest({"a": "\ud800"})) == {"a": "?"}
