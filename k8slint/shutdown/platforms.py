"""Ceilings that a platform puts on the grace period, as far as the manifests show them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache

from k8slint.kubernetes.cluster import Cluster
from k8slint.kubernetes.objects import Expression, FilePlace, NodePool, Taint
from k8slint.kubernetes.placement import (
    Constraint,
    Needs,
    NodeOffers,
    preferences,
    read_needs,
    read_node_terms,
    tolerations,
)
from k8slint.lazy import cached_property
from k8slint.records import NamedTuple
from k8slint.shutdown.durations import Unit, parse_duration
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.kubernetes.workload import Pod
    from k8slint.manifest.values import Value


class SpotClass(NamedTuple):
    """Nodes that vanish on short notice, known by a node label. `notice` is in seconds.

    `sure` is what of the notice is left for pods at the least. `source` says where that is
    written, `date` when it was last compared.
    """

    name: str
    label: str
    value: str
    notice: int
    sure: int
    source: str
    date: str


# Of 30 s system pods take 15 at the end; Autopilot allows at most 25. A node has both labels.
_GKE = ("cloud.google.com: kubernetes-engine, spot-vms and autopilot-spot-pods", "2026-11-22")
_AZURE = ("learn.microsoft.com: virtual-machines, scheduled-events", "2026-11-22")
_EC2 = ("karpenter.sh: concepts, disruption (interruption)", "2026-11-22")

SPOT_CLASSES = (
    SpotClass("GKE Spot", "cloud.google.com/gke-spot", "true", 25, 15, *_GKE),
    SpotClass("GKE Spot", "cloud.google.com/gke-provisioning", "spot", 25, 15, *_GKE),
    SpotClass("GKE preemptible", "cloud.google.com/gke-preemptible", "true", 25, 15, *_GKE),
    SpotClass(
        "GKE preemptible", "cloud.google.com/gke-provisioning", "preemptible", 25, 15, *_GKE
    ),
    SpotClass("Azure Spot", "kubernetes.azure.com/scalesetpriority", "spot", 30, 30, *_AZURE),
    SpotClass("EC2 Spot", "karpenter.sh/capacity-type", "spot", 120, 120, *_EC2),
    SpotClass("EC2 Spot", "eks.amazonaws.com/capacityType", "SPOT", 120, 120, *_EC2),
)

# Karpenter drains no pod that tolerates it (kubernetes-sigs/karpenter pkg/utils/pod).
_DRAINING = Taint("karpenter.sh/disrupted", "", "NoSchedule")

_MISSING: frozenset[str] = frozenset()
# Where a pod says anything about the nodes it can run on.
ABOUT_NODES = ("nodeSelector", "affinity", "tolerations")


class Ceiling(NamedTuple):
    """A spot class a pod can run on, with the place that says so.

    `required` tells a node selector or required affinity from a toleration or a preference.
    """

    spot: SpotClass
    value: Value
    required: bool


class PoolLimit(NamedTuple):
    """A NodePool that can run a pod; after `seconds` it ends its pods."""

    pool: NodePool
    seconds: float


class PoolLimits:
    """The NodePools that can run a pod and drain it: so many, of which some end their pods.

    Any number of NodePools can run any number of pods, so they are in order before they are asked.
    """

    def __init__(self, pools: Iterable[NodePool] = ()) -> None:
        self.pools = tuple(pools)
        read = ((pool, parse_duration(pool.grace, Unit.GO)) for pool in self.pools)
        self._limits = [PoolLimit(pool, seconds) for pool, seconds in read if seconds is not None]
        self._rising = sorted((one.seconds, number) for number, one in enumerate(self._limits))

    def count_below(self, seconds: float) -> int:
        """How many end their pods after less time."""
        return bisect_left(self._rising, (seconds, 0))

    def shortest(self, most: int) -> list[PoolLimit]:
        """So many of those that end their pods first, in the order of all."""
        return [self._limits[number] for number in sorted(n for _, n in self._rising[:most])]

    @cached_property
    def falling(self) -> tuple[PoolLimit, ...]:
        """Those that give less time than all before them."""
        found: list[PoolLimit] = []
        for one in self._limits:
            if not found or one.seconds < found[-1].seconds:
                found.append(one)
        return tuple(found)


_NO_LIMITS = PoolLimits()


def ceilings(pod: Pod) -> Iterator[Ceiling]:
    """The spot classes a pod must or may run on, each once."""
    if not any(pod.spec.get(key).is_written for key in ABOUT_NODES):
        return
    always, terms = read_node_terms(pod)
    # Where the terms name several classes, the pod is on one of them for certain.
    required = _requires_any(always) or all(map(_requires_any, terms))
    for spot in SPOT_CLASSES:
        reached = [term for term in terms if _allow(term, spot)] if _allow(always, spot) else []
        told = (one for part in (always, *reached) for one in part if _names(one.expression, spot))
        if reached and (first := next(told, None)):
            yield Ceiling(spot, first.value, required)
            continue
        if reached and (value := _hint(pod, spot)):
            yield Ceiling(spot, value, required=False)


def pool_limits(pod: Pod, cluster: Cluster) -> PoolLimits:
    """The NodePools of a run that can run a pod, and drain it."""
    where = pod.workload.where
    if not cluster.node_pools_near(where) or any(tolerations(pod, _DRAINING)):
        return _NO_LIMITS
    return _limits_in(cluster, where, _offers_in(cluster, where).relevant(read_needs(pod)))


# Many pods of a file need the same.
@lru_cache(maxsize=8)
def _limits_in(cluster: Cluster, where: FilePlace, wanted: Needs) -> PoolLimits:
    return PoolLimits(_offers_in(cluster, where).admitting(wanted))


@lru_cache(maxsize=8)
def _offers_in(cluster: Cluster, where: FilePlace) -> NodeOffers:
    return NodeOffers(cluster.node_pools_near(where))


def _hint(pod: Pod, spot: SpotClass) -> Value | None:
    """A preference for spot nodes, or a toleration that is there for them."""
    taint = Taint(spot.label, spot.value, "NoSchedule")
    hints = [one.value for one in preferences(pod) if _names(one.expression, spot)]
    hints += (one for one in tolerations(pod, taint) if one.get("key").text == spot.label)
    return hints[0] if hints else None


def _requires_any(way: Iterable[Constraint]) -> bool:
    return any(_requires(one.expression, spot) for one in way for spot in SPOT_CLASSES)


def _allow(way: Iterable[Constraint], spot: SpotClass) -> bool:
    return all(_allows(one.expression, spot) for one in way)


def _allows(one: Expression, spot: SpotClass) -> bool:
    """Whether a spot node can fulfil an expression."""
    return one.key != spot.label or one.admits(frozenset({spot.value}))


def _names(one: Expression, spot: SpotClass) -> bool:
    """Whether an expression is about spot nodes, and not about the others."""
    return one.key == spot.label and _allows(one, spot) and not one.admits(_MISSING)


def _requires(one: Expression, spot: SpotClass) -> bool:
    """Whether none but spot nodes fulfil an expression; `true` is the only value of its label."""
    others = () if spot.value == "true" else (*one.values, "another")
    spots = {other.value for other in SPOT_CLASSES if other.label == spot.label}
    return _names(one, spot) and not any(
        one.admits(frozenset({value})) for value in others if value not in spots
    )
