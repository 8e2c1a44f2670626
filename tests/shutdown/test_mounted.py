"""Scripts that ConfigMaps of the run mount: which file it is, and what the hook then does."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN
from k8slint.kubernetes.workload import Hook, workloads
from k8slint.lint.survey import build_cluster, collect_facts
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import documents
from k8slint.shutdown.hook import hook_duration, read_hook
from k8slint.shutdown.seconds import Kind
from tests.tables import DUMPER, check_keys, table

CASES: list[dict[str, Any]] = table("mounted.yaml")
_ANSWERS = ("takes", "unread", "broken")


def config_maps(case: dict[str, Any]) -> list[dict[str, Any]]:
    maps = case.get("maps", {"web": {"drain.sh": "sleep 20"}})
    every = maps if isinstance(maps, list) else [maps]
    found = []
    for name, data in (pair for some in every for pair in some.items()):
        texts = {key: "#" * 70_000 if text == "long" else text for key, text in data.items()}
        one = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": texts}
        found.append(one | ({"binaryData": case["binary"]} if "binary" in case else {}))
    return found


def hook_of(case: dict[str, Any]) -> Hook:
    """The hook of a case, in a run with its ConfigMaps."""
    files = [yaml.dump(one, Dumper=DUMPER) for one in config_maps(case)]
    facts = [
        collect_facts(text.encode(), f"maps/{number}.yaml", Kinds(), AS_WRITTEN)
        for number, text in enumerate(files)
    ]
    finder = build_cluster(facts).config_maps
    volume = {"configMap": {"name": "web", **case.get("volume", {})}}
    if "projected" in case:
        volume = {"projected": {"sources": case["projected"]}}
    container = {
        "name": "app",
        "image": "x",
        "volumeMounts": [{"name": "scripts", "mountPath": "/scripts"}],
        **case.get("container", {}),
        "lifecycle": {
            "preStop": {"exec": {"command": case.get("hook", ["sh", "/scripts/drain.sh"])}}
        },
    }
    volumes = [{"name": "scripts", **volume}, {"name": "other", "emptyDir": {}}]
    pod = {"kind": "Pod", "spec": {"containers": [container], "volumes": volumes}}
    source = Source("maps/pod.yaml", yaml.dump(pod, Dumper=DUMPER))
    read = [one for chunk in split_documents(source.text) for one in documents(source, chunk)]
    (workload,) = workloads(read[0], Kinds(), config_maps=finder)
    (hook,) = workload.pods[0].containers[0].hooks
    return hook


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["about"])
def test_a_hook_does_what_its_mounted_script_says(case: dict[str, Any]) -> None:
    check_keys(
        case,
        case["about"],
        ["about"],
        [*_ANSWERS, "maps", "volume", "container", "hook", "projected", "binary"],
    )
    hook = hook_of(case)
    takes, reading = hook_duration(hook), read_hook(hook)
    assert reading
    if "takes" in case:
        assert f"{takes} s: {takes.why}" == case["takes"]
        assert not reading.broken
        assert not reading.is_pure_sleep, "the time is not in the manifest"
    elif "unread" in case:
        assert case["unread"] in takes.why
        assert takes.kind >= Kind.UNKNOWN
    else:
        (broken,) = reading.broken
        assert case["broken"] in broken.reason
        assert broken.repair is None
        assert takes.high == 0
