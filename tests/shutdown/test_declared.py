"""Declared drains, row by row of `declared.yaml`: what counts in a sum, and what does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from k8slint.config.check import known_keys
from k8slint.images.fact import Fact, Strength
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.versions import ClusterTarget
from k8slint.kubernetes.workload import workloads
from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.task import RunOptions, Task
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import documents
from k8slint.shutdown.budget import Term
from k8slint.shutdown.declared import malformed_drains
from k8slint.shutdown.drain_row import DrainRow
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.programs.known import Programs
from tests.tables import DUMPER, check_keys, table

CASES: list[dict[str, Any]] = table("declared.yaml")
MODE = RunOptions()
KEYS = ("own", "workload", "rows", "containers", "init", "takes", "wrong")


def manifest(case: dict[str, Any]) -> str:
    image = {"image": "registry.example/acme/app:1"}
    spec = {
        "containers": [image | one for one in case.get("containers", [{"name": "app"}])],
        "initContainers": [image | one for one in case.get("init", ())],
    }
    template = {"metadata": {"annotations": case.get("own", {})}, "spec": spec}
    metadata = {
        "name": "web",
        "namespace": "shop",
        "annotations": case.get("workload", {}),
    }
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template},
    }
    return json.dumps(deployment)


def drains(case: dict[str, Any]) -> tuple[DrainRow, ...]:
    rows = enumerate(case.get("rows", ()), start=1)
    return tuple(DrainRow(**row, place=f"x.yaml:{number}") for number, row in rows)


def shutdown_of(case: dict[str, Any]) -> Shutdown:
    source = Source("x.json", manifest(case))
    (document,) = (
        found for chunk in split_documents(source.text) for found in documents(source, chunk)
    )
    (workload,) = workloads(document, Kinds())
    return Shutdown(workload.pods[0], ClusterTarget(), Programs(drains=drains(case)))


@pytest.mark.parametrize("case", CASES)
def test_what_counts(case: dict[str, Any]) -> None:
    found = {}
    for stop in shutdown_of(case).stops:
        if drain := stop.explicit_drain:
            terms = [Term(stage.label, stage.span) for stage in drain.stages]
            found[stop.container.name] = " + ".join(map(str, terms))
            assert drain.value is not None
            assert drain.span.high == sum(term.seconds for term in terms)
    assert found == case.get("takes", {})


@pytest.mark.parametrize("case", CASES)
def test_what_declares_nothing(case: dict[str, Any]) -> None:
    pod = shutdown_of(case).pod
    assert {one.name: one.why for one in malformed_drains(pod)} == case.get("wrong", {})


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("path", ["x.json", "x.yaml"])
def test_rules_see_all_that_is_declared(case: dict[str, Any], path: str) -> None:
    """Most documents need no tree, which is decided by their text."""
    rules = ("GS004", "GS108", "GS502", "GS902")
    settings = Settings(select=rules, drains=drains(case))
    text = manifest(case)
    if path == "x.yaml":
        text = yaml.dump(json.loads(text), Dumper=DUMPER)
    found = {one.code for one in run_bytes(text.encode(), Task(path, settings), MODE).diagnoses}
    longest = max((float(one.split()[-1]) for one in case.get("takes", {}).values()), default=0)
    assert bool(found & {"GS108", "GS502"}) == (longest > 30)
    assert ("GS004" in found) == ("wrong" in case)
    assert ("GS902" in found) == ("k8slint/drained" in case.get("own", ()))


def test_every_row_is_understood() -> None:
    known = known_keys()["$defs"]["drain"]["properties"]
    for number, case in enumerate(CASES, start=1):
        check_keys(case, f"declared.yaml, row {number}", (), KEYS)
        for row in case.get("rows", ()):
            check_keys(row, f"declared.yaml, row {number}, rows", ["seconds"], known)


def test_a_workload_with_several_pods_is_told_once() -> None:
    pod = {"spec": {"containers": [{"name": "head", "image": "x"}]}}
    cluster = {
        "apiVersion": "ray.io/v1",
        "kind": "RayCluster",
        "metadata": {"annotations": {"k8slint/drain": "9s", "k8slint/drain.tail": "9s"}},
        "spec": {"headGroupSpec": {"template": pod}, "workerGroupSpecs": [{"template": pod}] * 2},
    }
    source = Source("x.json", json.dumps(cluster))
    (document,) = (
        found for chunk in split_documents(source.text) for found in documents(source, chunk)
    )
    (workload,) = workloads(document, Kinds())
    shutdowns = [Shutdown(pod, ClusterTarget()) for pod in workload.pods]
    assert len(shutdowns) == 3
    assert all(one.main[0].explicit_drain for one in shutdowns)
    assert [len([*malformed_drains(one.pod)]) for one in shutdowns] == [1, 0, 0]


def test_pictures_name_where_a_drain_is_declared() -> None:
    stop = shutdown_of({"own": {"k8slint/drain": "25s"}}).stops[0]
    assert (str(stop.expected.drains), stop.expected.drains.why) == ("0 to 25", "k8slint/drain")
    assert stop.expected.drain_fact == Fact(Strength.DECLARED, "k8slint/drain")
    stop = shutdown_of({"rows": [{"image": "app", "seconds": 40}]}).stops[0]
    assert stop.expected.drain_fact == Fact(Strength.DECLARED, "x.yaml:1")
    written = [{"name": "app", "command": ["gunicorn", "--graceful-timeout=60"]}]
    stop = shutdown_of({"own": {"k8slint/drain": "25s"}, "containers": written}).stops[0]
    assert stop.expected.drain_fact == Fact(Strength.WRITTEN, "gunicorn --graceful-timeout")
