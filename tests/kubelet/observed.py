"""Pods that an API server deletes and a kubelet ends, as `k8slint observe` sees them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.kubelet.control_plane import ControlPlane
from tests.kubelet.node import NODE, Node, end, wait
from tests.kubelet.pods import CASES, PROGRAMS, pod
from tests.places import ROOT

PODS = "/api/v1/namespaces/default/pods"
AT_ONCE = 6
PATIENCE = 90
# Those that a deletion ends; with a grace period of 0, the API server forgets them at once.
NAMES = [name for name, case in CASES.items() if case.trigger in ("delete", "now") and case.grace]


def observe_all(node: Node, plane: ControlPlane, names: Sequence[str]) -> list[str]:
    """Delete pods while they are observed; return those that differ or were not seen."""
    folder = plane.folder / "observer"
    folder.mkdir()
    (folder / ".k8slint.yaml").write_text(PROGRAMS, encoding="utf-8")
    stops = folder / "stops.jsonl"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "KUBECONFIG": str(plane.kubeconfig("observer")),
    }
    words = ["observe", "-n", "default", "--output-format", f"jsonl={stops}"]
    command = [sys.executable, "-m", "k8slint", *words, "--output-format", "text"]
    with subprocess.Popen(command, cwd=folder, env=environment) as observer:
        wait(20, "the observer", stops.exists)
        time.sleep(2)
        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(lambda name: run_and_delete(node, plane, name), names))
            time.sleep(3)
        finally:
            end(observer)
    seen = {one["pod"]: one for one in map(json.loads, stops.read_text("utf-8").splitlines())}
    wrong = [name for name in names if name not in seen or differs(name, seen[name])]
    print(f"{len(names)} pods, {len(wrong)} observed otherwise than predicted", *wrong)
    return wrong


def run_and_delete(node: Node, plane: ControlPlane, name: str) -> None:
    """Run a pod until all its containers do, delete it, and wait until it is gone."""
    manifest = pod(name, CASES[name], str(node.witnesses))
    plane.ask("POST", PODS, {**manifest, "spec": {**manifest["spec"], "nodeName": NODE}})
    wait(PATIENCE, name, lambda: runs(plane.ask("GET", f"{PODS}/{name}")))
    time.sleep(2)
    grace = {"gracePeriodSeconds": 1} if CASES[name].trigger == "now" else {}
    plane.ask("DELETE", f"{PODS}/{name}", {"kind": "DeleteOptions", "apiVersion": "v1", **grace})
    wait(PATIENCE, f"the end of {name}", lambda: plane.ask("GET", f"{PODS}/{name}") is None)


def runs(found: Any) -> bool:
    status = found["status"]
    every = status.get("containerStatuses", []) + status.get("initContainerStatuses", [])
    return bool(every) and all("running" in one["state"] for one in every)


def differs(name: str, stop: Any) -> bool:
    """Whether a stop is not what was predicted, or its end was not seen; that is printed."""
    outcomes = {one["name"]: one["outcome"] for one in stop["containers"]}
    is_bad = bool(stop["mismatches"]) or stop["seconds"] is None or stop["predicted"] is None
    if is_bad:
        print(f"{name}: {stop['seconds']} s, {outcomes}, predicted {stop['predicted']}")
    return is_bad
