"""Pods as an API server shows them while they stop."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# When everything here begins: 2026-11-30T10:00:00Z.
BEGAN = datetime(2026, 11, 30, 10, tzinfo=UTC).timestamp()


def time(seconds: float) -> str:
    """The time so many seconds after the beginning, as Kubernetes writes it."""
    return datetime.fromtimestamp(BEGAN + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pod(name: str = "web-7c9d-x1", *, grace: int = 30, **containers: Any) -> dict[str, Any]:
    """A running pod of Deployment web; containers are given by what is in their spec."""
    specs = containers or {"web": {}}
    every = {
        one: {"image": f"registry.example.com/{one}:1", **more} for one, more in specs.items()
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"uid-{name}",
            "resourceVersion": "1",
            "labels": {"app": "web", "pod-template-hash": "7c9d"},
            "ownerReferences": [
                {"kind": "ReplicaSet", "name": "web-7c9d", "uid": "u-rs", "controller": True}
            ],
        },
        "spec": {
            "nodeName": "node-1",
            "terminationGracePeriodSeconds": grace,
            "containers": [{"name": one, **more} for one, more in every.items()],
        },
        "status": {
            "phase": "Running",
            "containerStatuses": [
                {
                    "name": one,
                    "imageID": f"registry.example.com/{one}@sha256:{'a' * 64}",
                    "state": {"running": {"startedAt": time(-100)}},
                }
                for one in every
            ],
        },
    }


def stopping(pod: dict[str, Any], grace: int, *, at: float = 0) -> dict[str, Any]:
    """The same pod after a request to delete it, with the deadline that the API server sets."""
    changed = deepcopy(pod)
    changed["metadata"]["deletionTimestamp"] = time(at + grace)
    changed["metadata"]["deletionGracePeriodSeconds"] = grace
    return changed


def ended(
    pod: dict[str, Any], after: float | None, code: int = 0, reason: str = "", name: str = ""
) -> dict[str, Any]:
    """The same pod once a container, or all, have ended."""
    changed = deepcopy(pod)
    for one in changed["status"]["containerStatuses"]:
        if name in ("", one["name"]):
            finished = None if after is None else time(after)
            why = reason or ("Error" if code else "Completed")
            one["state"] = {
                "terminated": {"exitCode": code, "finishedAt": finished, "reason": why}
            }
    return changed


def failed_hook(pod: dict[str, Any], container: str = "web") -> dict[str, Any]:
    """The event of a hook that failed."""
    name = pod["metadata"]["name"]
    return {
        "kind": "Event",
        "apiVersion": "v1",
        "metadata": {"name": f"{name}.1", "namespace": "shop", "uid": f"event-{name}"},
        "reason": "FailedPreStopHook",
        "involvedObject": {
            "kind": "Pod",
            "uid": pod["metadata"]["uid"],
            "fieldPath": f"spec.containers{{{container}}}",
        },
    }


def kubeconfig(folder: Path, url: str, namespace: str = "shop") -> Path:
    """A kubeconfig with two contexts, of which `shop` is the current one."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "shop",
        "clusters": [{"name": "here", "cluster": {"server": url}}],
        "users": [{"name": "eve", "user": {"token": "t"}}],
        "contexts": [
            {"name": name, "context": {"cluster": "here", "user": "eve", "namespace": within}}
            for name, within in (("shop", namespace), ("other", "other"))
        ],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def variables(folder: Path, program: str = "") -> dict[str, str]:
    path = str(Path(program).parent) if program else str(folder / "bin")
    return {"PATH": path, "KUBECONFIG": str(folder / "kubeconfig"), "HOME": str(folder)}
