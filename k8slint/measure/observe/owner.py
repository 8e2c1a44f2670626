"""Whose a pod is, as people know it, by what the pod itself says."""

from __future__ import annotations

import re
from typing import Any

from k8slint.measure.within import epoch_within, items_within, name_within, within
from k8slint.records import NamedTuple

# A controller of ReplicaSets names them by the hash that their pods have as a label.
_HASHES = {"pod-template-hash": "Deployment", "rollouts-pod-template-hash": "Rollout"}
_REVISIONS = (*_HASHES, "controller-revision-hash")
# A CronJob names its Jobs by the minute they are for: pkg/controller/cronjob/
# cronjob_controllerv2.go: getJobName, in Kubernetes 1.37.2 (read on 2026-11-30).
_OF_A_MINUTE = re.compile(r"(.{1,253})-([0-9]{8,9})")
# Seconds between that minute and its pods: a CronJob catches up, and a Job retries.
_MOST_LATE = 7 * 24 * 3600


class OwningWorkload(NamedTuple):
    """The workload that pods are of; `revision` tells one template of it from another."""

    namespace: str
    kind: str
    name: str
    revision: str = ""

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.kind}/{self.name}"


def owner_of(pod: Any) -> OwningWorkload:
    """Return the owner of a pod: a Deployment, not its ReplicaSet; a bare pod is its own."""
    metadata = within(pod, "metadata")
    namespace = name_within(metadata, "namespace")
    revision = next(
        filter(None, (name_within(metadata, "labels", label) for label in _REVISIONS)), ""
    )
    kind, name = _above(metadata, *_controller(metadata))
    return OwningWorkload(namespace, kind, name, revision)


def _controller(metadata: Any) -> tuple[str, str]:
    for one in items_within(metadata, "ownerReferences"):
        # The node owns what the kubelet runs by itself.
        if within(one, "controller") is True and within(one, "kind") != "Node":
            return name_within(one, "kind"), name_within(one, "name")
    return "Pod", name_within(metadata, "name")


def _above(metadata: Any, kind: str, name: str) -> tuple[str, str]:
    """Return what made a controller, by how it names those that it makes; else the controller."""
    if kind == "ReplicaSet":
        for label, above in _HASHES.items():
            made = name_within(metadata, "labels", label)
            if made and name.endswith(f"-{made}"):
                return above, name.removesuffix(f"-{made}")
    if kind == "Job" and (found := _OF_A_MINUTE.fullmatch(name)):
        created = epoch_within(metadata, "creationTimestamp")
        if created is not None and -60 <= created - int(found[2]) * 60 <= _MOST_LATE:
            return "CronJob", found[1]
    return kind, name
