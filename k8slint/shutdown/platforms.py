"""Ceilings that a platform puts on the grace period, as far as a pod shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from k8slint.kubernetes.workload import Pod
from k8slint.manifest.values import Value


class SpotClass(NamedTuple):
    """Nodes that vanish on short notice, known by a node label. `notice` is in seconds."""

    name: str
    label: str
    value: str
    notice: int


# GKE: 30 s, of which system pods take the last part; Autopilot allows at most 25
# (cloud.google.com: spot-vms, autopilot-spot-pods). Azure: 30 s (scheduled events).
# EC2: 120 s (karpenter.sh: disruption).
SPOT = (
    SpotClass("GKE Spot", "cloud.google.com/gke-spot", "true", 25),
    SpotClass("GKE preemptible", "cloud.google.com/gke-preemptible", "true", 25),
    SpotClass("Azure Spot", "kubernetes.azure.com/scalesetpriority", "spot", 30),
    SpotClass("EC2 Spot", "karpenter.sh/capacity-type", "spot", 120),
    SpotClass("EC2 Spot", "eks.amazonaws.com/capacityType", "SPOT", 120),
)


class Ceiling(NamedTuple):
    """A spot class a pod can run on, with the place that says so.

    `required` tells a node selector or required affinity from a toleration or a preference.
    """

    spot: SpotClass
    value: Value
    required: bool


def ceilings(pod: Pod) -> Iterator[Ceiling]:
    """The spot classes a pod must or may run on."""
    for spot in SPOT:
        selector = pod.spec.at("nodeSelector").get(spot.label)
        if selector.text == spot.value:
            yield Ceiling(spot, selector, required=True)
        for expression, required in _affinity(pod):
            values = [item.text for item in expression.get("values").items()]
            if expression.get("key").text == spot.label and spot.value in values:
                is_in = expression.get("operator").text == "In"
                yield Ceiling(spot, expression, required and is_in and len(values) == 1)
        for toleration in pod.spec.get("tolerations").items():
            if toleration.get("key").text == spot.label:
                yield Ceiling(spot, toleration, required=False)


def _affinity(pod: Pod) -> Iterator[tuple[Value, bool]]:
    affinity = pod.spec.at("affinity", "nodeAffinity")
    required = affinity.at("requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
    for term in required.items():
        for expression in term.get("matchExpressions").items():
            yield expression, True
    for term in affinity.get("preferredDuringSchedulingIgnoredDuringExecution").items():
        for expression in term.at("preference", "matchExpressions").items():
            yield expression, False
