"""What a slow shutdown costs: how long rollouts and node drains wait for pods to end.

Starting new pods takes time too; nobody knows how much from a manifest, so it is not counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from k8slint.kubernetes.gates import STATEFUL_SET_RECREATE, STATEFUL_SET_UNAVAILABLE
from k8slint.kubernetes.versions import ClusterTarget
from k8slint.kubernetes.workload import Workload
from k8slint.manifest.scalars import as_int64, decimal
from k8slint.shutdown.seconds import Seconds, between, format_number


@dataclass(frozen=True, slots=True)
class Cost:
    """The time spent stopping: `rounds` one after the other, each as long as one pod takes."""

    rounds: int
    at_once: int
    one: Seconds

    @property
    def stopping(self) -> Seconds:
        return _times(self.one, self.rounds)

    def __str__(self) -> str:
        if self.rounds == 1:
            return f"{format_number(self.one.high)} s"
        one, all_of_them = format_number(self.one.high), format_number(self.stopping.high)
        return f"{self.rounds} x {one} = {all_of_them} s"


def rolling_update(
    kind: str,
    replicas: int,
    one: Seconds,
    *,
    unavailable: int | str | None = None,
    surge: int | str | None = None,
) -> Cost:
    """What replacing all pods costs where stopping one takes `one`.

    A Deployment does not wait: a pod that is told to stop counts as gone, and the next ones start
    beside it (`pkg/controller/deployment/rolling.go`), so only the last ones show. With Recreate
    all stop at once, and nothing starts before. A StatefulSet waits for the end of each pod, a
    DaemonSet for that of each node's.
    """
    if kind in ("StatefulSet", "DaemonSet"):
        allowed = max(_share(unavailable, replicas, 1), _share(surge, replicas, 0), 1)
        return Cost(max(math.ceil(replicas / allowed), 1), min(allowed, replicas), one)
    return Cost(1, max(replicas, 1), one)


def node_drain(pods: int, one: Seconds, *, at_once: int | None = None) -> Cost:
    """What draining a node with some of these pods costs.

    A drain evicts all at once, as far as a PodDisruptionBudget lets it: `at_once` of them.
    """
    allowed = max(at_once or pods, 1)
    return Cost(max(math.ceil(pods / allowed), 1), min(allowed, pods), one)


def update_of(workload: Workload, one: Seconds, target: ClusterTarget) -> Cost | None:
    """What a rolling update of a workload costs.

    None if the manifest does not show it, and where nothing is replaced until somebody deletes it.
    """
    kind = workload.kind
    if kind not in ("Deployment", "StatefulSet", "DaemonSet", "Rollout"):
        return None
    replicas = workload.value.at("spec", "replicas")
    count = as_int64(replicas.scalar) if replicas.is_written else 1
    if count is None:
        return None
    strategy = workload.value.at(
        "spec", "strategy" if kind in ("Deployment", "Rollout") else "updateStrategy"
    )
    way = strategy.get("type").text
    if way == "OnDelete" and kind != "Deployment":
        return None
    if way == "Recreate" and kind == "StatefulSet" and target.has(STATEFUL_SET_RECREATE):
        return Cost(1, max(count, 1), one)
    rolling = strategy.get("rollingUpdate")
    is_read = kind != "StatefulSet" or target.has(STATEFUL_SET_UNAVAILABLE)
    return rolling_update(
        kind,
        count,
        one,
        unavailable=rolling.get("maxUnavailable").text if is_read else None,
        surge=rolling.get("maxSurge").text,
    )


def _share(value: int | str | None, replicas: int, default: int) -> int:
    """A number or a percentage of the replicas, rounded up as for a surge."""
    text = str(value or "").strip()
    share = decimal(text.removesuffix("%"))
    if share is None:
        return default
    return math.ceil(replicas * share / 100) if text.endswith("%") else share


def _times(span: Seconds, count: int) -> Seconds:
    if not span.is_known:
        return Seconds(span.low * count, math.inf, span.kind, span.why)
    return between(span.low * count, span.high * count, span.why)
