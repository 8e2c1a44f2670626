"""How a pod stopped, by what its object says while it ends; pure arithmetic.

The API server sets `deletionTimestamp` to the moment of the request plus the grace period, and
moves it where a second request shortens the period, but never before now. The kubelet's own last
request, a grace period of 0 once all containers have ended, moves it too. So the first look at a
pod says when its end began (k8s.io/apiserver v0.37.2 pkg/registry/rest/delete.go: BeforeDelete,
read on 2026-11-30). All times have a resolution of a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from k8slint.measure.observe.owner import OwningWorkload, owner_of
from k8slint.measure.within import (
    epoch_within,
    items_within,
    name_within,
    whole_within,
    within,
)
from k8slint.records import NamedTuple

FORCED = "force delete"
_SIGKILL = 137
# `status.reason` of pods that the kubelet ends by itself: nodeshutdown_manager.go,
# eviction_manager.go and preemption.go in Kubernetes 1.37.2 (read on 2026-11-30).
_BY_KUBELET = {
    "Terminated": "node shutdown",
    "Evicted": "eviction by the kubelet",
    "Preempting": "preemption by the kubelet",
}
# The reason in the condition DisruptionTarget of pods that something else than a person deletes.
_DISRUPTED = {
    "EvictionByEvictionAPI": "eviction API",
    "PreemptionByScheduler": "preemption by the scheduler",
    "DeletionByTaintManager": "taint of the node",
    "DeletionByPodGC": "pod garbage collection",
}


ContainerRole: TypeAlias = Literal["main", "sidecar", "init", "ephemeral"]
_ROLES: dict[str, ContainerRole] = {
    "initContainerStatuses": "init",
    "containerStatuses": "main",
    "ephemeralContainerStatuses": "ephemeral",
}


class EndedBy(StrEnum):
    """How one container ended."""

    ENDED = "ended"
    """By itself, at the stop signal or before."""
    KILLED = "killed"
    """By SIGKILL at the deadline."""
    SIGKILL = "sigkill"
    """By a SIGKILL that no known deadline explains."""
    OOM_KILLED = "oom-killed"
    NOT_SEEN = "not-seen"
    """Nothing reported an end, which is not an end at once."""


class ContainerEnd(NamedTuple):
    """The end of one container; `at` is in seconds of the epoch, None where it was not seen.

    `image` is that of the pod's spec, `image_id` what ran. `reason` is empty while it runs.
    """

    name: str
    role: ContainerRole
    image: str
    image_id: str
    at: float | None = None
    code: int | None = None
    reason: str = ""


class PodStop(NamedTuple):
    """A pod that stops, as far as its object has said.

    `began` is None where nothing says when; `grace` is the shortest period that was given, in
    seconds, None where the kubelet set it and does not say. `ends` are of the containers that ran
    when the stop began. `skew` is how many seconds the node's clock is ahead of the API server's
    at least, negative where it is behind.
    """

    uid: str
    name: str
    owner: OwningWorkload
    node: str
    how: str
    began: float | None
    grace: int | None
    first_grace: int | None
    own_grace: int | None
    ends: tuple[ContainerEnd, ...] = ()
    skew: float = 0

    @property
    def has_ended(self) -> bool:
        """Whether every container that ran is known to have ended."""
        return all(end.at is not None or end.reason for end in self.ends)

    @property
    def is_shortened(self) -> bool:
        """Whether a later request left less time than the first one."""
        return self.grace != self.first_grace

    @property
    def seconds(self) -> float | None:
        """What the whole pod took; None where an end, or when it began, was not seen."""
        took = [self.seconds_of(end) for end in self.ends]
        seen = [one for one in took if one is not None]
        return max(seen) if seen and len(seen) == len(took) else None

    @property
    def is_killed(self) -> bool:
        return any(self.outcome_of(end) is EndedBy.KILLED for end in self.ends)

    def seconds_of(self, end: ContainerEnd) -> float | None:
        """What a container took, at least 0; None where that is unknown."""
        if end.at is None or self.began is None:
            return None
        return max(end.at - self.began, 0)

    def outcome_of(self, end: ContainerEnd) -> EndedBy:
        if end.at is None:
            return EndedBy.NOT_SEEN
        if end.reason == "OOMKilled":
            return EndedBy.OOM_KILLED
        if end.code != _SIGKILL:
            return EndedBy.ENDED
        took = self.seconds_of(end)
        if took is None or self.grace is None:
            return EndedBy.SIGKILL
        # A second less, as both ends of that time are whole seconds.
        return EndedBy.KILLED if took >= self.grace - 1 else EndedBy.SIGKILL


def look_at(pod: Any, before: PodStop | None = None, *, is_listed: bool = False) -> PodStop | None:
    """Return how the stop of a pod stands now; None for one that does not stop, or has before.

    `before` is how it stood. A pod of a list whose containers have all ended is not known to have
    stopped since anybody watched.
    """
    statuses = [*_statuses(pod)]
    running = {end.name for end, is_running in statuses if is_running}
    given = whole_within(pod, "metadata", "deletionGracePeriodSeconds")
    if before is None:
        # What the kubelet removes once it has ended gets a period of 0.
        has_ended_before = not running and (is_listed or given == 0)
        before = None if has_ended_before else _begin(pod)
        if before is None:
            return None
    known = {end.name: end for end in before.ends}
    for end, is_running in statuses:
        if is_running or end.name in known or _is_since(end, before.began):
            known[end.name] = end
    if not known:
        return None
    if given == 0 and running:
        before = before._replace(how=FORCED)
    elif given is not None and given > 0:
        first = given if before.first_grace is None else before.first_grace
        shortest = given if before.grace is None else min(given, before.grace)
        before = before._replace(grace=shortest, first_grace=first)
    ends = tuple(known.values())
    return before._replace(ends=ends, skew=_skew(pod, before, ends))


def _begin(pod: Any) -> PodStop | None:
    """Return a stop of which nothing has been seen yet; None for a pod that nothing stops."""
    metadata = within(pod, "metadata")
    deadline = epoch_within(metadata, "deletionTimestamp")
    given = whole_within(metadata, "deletionGracePeriodSeconds")
    condition, since = _disruption(pod)
    by_kubelet = _BY_KUBELET.get(str(within(pod, "status", "reason")))
    if deadline is not None:
        how = _DISRUPTED.get(condition, "delete")
        began = deadline - given if given is not None else None
    elif by_kubelet and any(is_running for _, is_running in _statuses(pod)):
        how, began = by_kubelet, since
    else:
        return None
    return PodStop(
        name_within(metadata, "uid"),
        name_within(metadata, "name"),
        owner_of(pod),
        name_within(pod, "spec", "nodeName"),
        how,
        began,
        None,
        None,
        whole_within(pod, "spec", "terminationGracePeriodSeconds"),
    )


def _statuses(pod: Any) -> Iterator[tuple[ContainerEnd, bool]]:
    """Yield the containers of a pod that run or have run, and whether they run."""
    sidecars = {
        name_within(one, "name")
        for one in items_within(pod, "spec", "initContainers")
        if within(one, "restartPolicy") == "Always"
    }
    images = {
        name_within(one, "name"): name_within(one, "image")
        for key in ("initContainers", "containers", "ephemeralContainers")
        for one in items_within(pod, "spec", key)
    }
    for key, role in _ROLES.items():
        for status in items_within(pod, "status", key):
            name = name_within(status, "name")
            end = ContainerEnd(
                name,
                "sidecar" if name in sidecars else role,
                images.get(name, ""),
                name_within(status, "imageID"),
            )
            if within(status, "state", "running") is not None:
                yield end, True
            elif (terminated := within(status, "state", "terminated")) is not None:
                yield (
                    end._replace(
                        at=epoch_within(terminated, "finishedAt"),
                        code=whole_within(terminated, "exitCode"),
                        reason=name_within(terminated, "reason") or "Unknown",
                    ),
                    False,
                )


def _is_since(end: ContainerEnd, began: float | None) -> bool:
    return end.at is not None and began is not None and end.at >= began


def _disruption(pod: Any) -> tuple[str, float | None]:
    """Return the reason of the condition DisruptionTarget, and since when it holds."""
    for one in items_within(pod, "status", "conditions"):
        if within(one, "type") == "DisruptionTarget" and within(one, "status") == "True":
            return name_within(one, "reason"), epoch_within(one, "lastTransitionTime")
    return "", None


def _skew(pod: Any, before: PodStop, ends: tuple[ContainerEnd, ...]) -> float:
    """Return by how much the clock of the node is wrong at least.

    A container that ran when the stop began cannot have ended before, nor after the API server
    stored that it has: that is the time of the kubelet's entry in `managedFields`.
    """
    found = [end.at for end in ends if end.at is not None]
    if not found:
        return before.skew
    early = min(found) - before.began if before.began is not None else 0
    written = _status_written(pod)
    late = max(found) - written if written is not None else 0
    return early + 1 if early < -1 else late - 1 if late > 1 else before.skew


def _status_written(pod: Any) -> float | None:
    times = (
        epoch_within(one, "time")
        for one in items_within(pod, "metadata", "managedFields")
        if within(one, "subresource") == "status" and within(one, "manager") == "kubelet"
    )
    return max(filter(None, times), default=None)
