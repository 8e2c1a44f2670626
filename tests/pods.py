"""Pods of one container, as the tests describe them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.versions import ClusterTarget
from k8slint.kubernetes.workload import Pod, workloads
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import documents
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.programs.known import DEFAULT, Programs

UNGATED = ClusterTarget()


def shutdown_of(
    container: dict[str, Any],
    programs: Programs = DEFAULT,
    target: ClusterTarget = UNGATED,
    pod: dict[str, Any] | None = None,
) -> Shutdown:
    env = [
        {"name": name, **({"value": text} if text is not None else {"valueFrom": {}})}
        for name, text in container.get("env", {}).items()
    ]
    keys = ("image", "command", "args", "envFrom", "lifecycle")
    written = {key: container[key] for key in keys if key in container}
    containers = [{"name": "app", "image": "x", **written, "env": env}]
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "spec": {"containers": containers, **(pod or {})},
    }
    return Shutdown(_pod_of(json.dumps(manifest)), target, programs)


@cache
def _pod_of(manifest: str) -> Pod:
    source = Source("x.json", manifest)
    (document,) = (
        found for chunk in split_documents(source.text) for found in documents(source, chunk)
    )
    (workload,) = workloads(document, Kinds())
    return workload.pods[0]


def stop_of(container: dict[str, Any], programs: Programs = DEFAULT) -> Stop:
    (stop,) = shutdown_of(container, programs).stops
    return stop
