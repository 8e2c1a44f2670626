"""Proxies of meshes, row by row of `meshes.yaml`: which stands before a pod, and how it drains."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from k8slint.kubernetes.cluster import Cluster
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN
from k8slint.kubernetes.versions import ClusterTarget
from k8slint.kubernetes.workload import Pod, workloads
from k8slint.lint.survey import build_cluster, collect_facts
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import documents
from k8slint.shutdown import sidecars, traffic
from k8slint.shutdown.meshes import MESHES, Mesh
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.sidecars import injections, proxy_drains
from k8slint.shutdown.traffic import Traffic
from tests.tables import check_examples, check_keys, table

CASES: list[dict[str, Any]] = table("meshes.yaml")


def cluster_of(case: dict[str, Any]) -> Cluster:
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "shop", "labels": case.get("namespace", {})},
    }
    facts = collect_facts(json.dumps(namespace).encode(), "ns.json", Kinds(), AS_WRITTEN)
    return build_cluster([facts], is_complete=True)


def traffic_of(case: dict[str, Any]) -> Traffic:
    pod, cluster = read(json.dumps(case))
    return Traffic(Shutdown(pod, ClusterTarget()), cluster)


@cache
def read(text: str) -> tuple[Pod, Cluster]:
    """The pod of a row, and what is around it."""
    case = json.loads(text)
    names = ("app", *case.get("containers", ()))
    metadata = {key: case[key] for key in ("labels", "annotations") if key in case}
    template = {
        "metadata": metadata,
        "spec": {"containers": [{"name": name, "image": "example.com/a:1"} for name in names]},
    }
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"template": template},
    }
    source = Source("web.json", json.dumps(deployment))
    (document,) = (
        found for chunk in split_documents(source.text) for found in documents(source, chunk)
    )
    (workload,) = workloads(document, Kinds())
    return workload.pods[0], cluster_of(case)


def is_as_expected(case: dict[str, Any]) -> bool:
    found = traffic_of(case)
    drains = {one.proxy: one.seconds for one in proxy_drains(found.shutdown.annotations)}
    injected = {mesh.proxy: mesh.drain for mesh, _ in injections(found.pod)}
    return (found.mesh, injected, drains) == (
        case.get("mesh", ""),
        case.get("injected", {}),
        case.get("drains", {}),
    )


def test_every_row_is_understood() -> None:
    said = ("labels", "annotations", "namespace", "containers")
    for number, case in enumerate(CASES, start=1):
        where = f"meshes.yaml, row {number}"
        check_keys(case, where, (), (*said, "mesh", "injected", "drains"))
        assert case.keys() & set(said), f"{where}: it says nothing of a pod"


@pytest.mark.parametrize("case", CASES)
def test_what_a_pod_says_about_a_mesh(case: dict[str, Any]) -> None:
    assert is_as_expected(case)


@pytest.mark.parametrize("case", CASES)
def test_behind_a_proxy_a_delay_makes_no_difference(case: dict[str, Any]) -> None:
    assert traffic_of(case).is_irrelevant == ("mesh" in case)


@pytest.mark.parametrize("row", MESHES, ids=lambda row: row.proxy)
def test_an_example_notices_every_fault_in_a_row(
    row: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = MESHES.index(row)

    def is_noticed(instead: tuple[Mesh, ...]) -> bool:
        for module in (sidecars, traffic):
            monkeypatch.setattr(
                module, "MESHES", (*MESHES[:where], *instead, *MESHES[where + 1 :])
            )
        return not all(map(is_as_expected, CASES))

    check_examples(row, f"tests/data/meshes.yaml, {row.proxy}", is_noticed)
