"""Which NodePools and spot nodes a pod can run on, row by row of `placement.yaml`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from k8slint.kubernetes import placement
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN
from k8slint.kubernetes.workload import Pod, workloads
from k8slint.lint.survey import build_cluster, collect_facts
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import documents
from k8slint.shutdown import platforms
from k8slint.shutdown.platforms import SPOT_CLASSES, SpotClass, ceilings, pool_limits
from tests.tables import check_examples, check_keys, table

TABLE: dict[str, Any] = table("placement.yaml")
POOLS = [
    (row["pool"], spec, verdict == "admitted")
    for row in TABLE["nodepools"]
    for verdict in ("admitted", "refused")
    for spec in row.get(verdict, ())
]


def pod_with(spec: dict[str, Any]) -> Pod:
    containers = [{"name": "app", "image": "example.com/web:1"}]
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": {**spec, "containers": containers}}
    source = Source("pod.json", json.dumps(pod))
    (document,) = (
        found for chunk in split_documents(source.text) for found in documents(source, chunk)
    )
    (workload,) = workloads(document, Kinds())
    return workload.pods[0]


def test_every_row_is_understood() -> None:
    check_keys(TABLE, "placement.yaml", ["nodepools", "notices", "spot"])
    for number, row in enumerate(TABLE["nodepools"], start=1):
        check_keys(row, f"nodepools, row {number}", ["pool"], ["admitted", "refused"])
        known = ("labels", "requirements", "taints", "startupTaints")
        check_keys(row["pool"], f"nodepools, row {number}, pool", optional=known)
    for number, row in enumerate(TABLE["spot"], start=1):
        check_keys(row, f"spot, row {number}", ["spec"], ["required", "possible"])


def is_run(pool: dict[str, Any], spec: dict[str, Any]) -> bool:
    """Whether a NodePool can run a pod."""
    template = {
        "metadata": {"labels": pool.get("labels", {})},
        "spec": {"terminationGracePeriod": "1h30m", **pool},
    }
    manifest = {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": "default"},
        "spec": {"template": template},
    }
    facts = collect_facts(json.dumps(manifest).encode(), "pool.json", Kinds(), AS_WRITTEN)
    limits = pool_limits(pod_with(spec), build_cluster([facts], is_complete=True))
    assert limits.count_below(5401) == len(limits.pools)
    assert not limits.count_below(5400)
    return bool(limits.pools)


@pytest.mark.parametrize(("pool", "spec", "is_admitted"), POOLS)
def test_which_pods_a_node_pool_can_run(
    pool: dict[str, Any], spec: dict[str, Any], is_admitted: bool
) -> None:
    assert is_run(pool, spec) == is_admitted


LABELS = [
    (name, label)
    for name in ("_ON_EVERY_NODE", "_ON_SOME_NODES", "_FORMER_NAMES")
    for label in getattr(placement, name)
]


@pytest.mark.parametrize(("name", "label"), LABELS)
def test_an_example_notices_every_label_that_is_lost(
    name: str, label: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = getattr(placement, name)
    if isinstance(known, dict):
        left: Any = {one: today for one, today in known.items() if one != label}
    else:
        left = tuple(one for one in known if one != label)
    monkeypatch.setattr(placement, name, left)
    assert not all(is_run(pool, spec) == is_admitted for pool, spec, is_admitted in POOLS)


def is_as_expected(case: dict[str, Any]) -> bool:
    """Whether a pod is found to run on the spot classes it does, with their notice."""
    found = [*ceilings(pod_with(case["spec"]))]
    required = [one.spot.name for one in found if one.required]
    possible = [one.spot.name for one in found if not one.required]
    notices = TABLE["notices"]
    return (required, possible) == (case.get("required", []), case.get("possible", [])) and all(
        [one.spot.notice, one.spot.sure] == notices[one.spot.name] for one in found
    )


@pytest.mark.parametrize("case", TABLE["spot"])
def test_which_spot_nodes_a_pod_runs_on(case: dict[str, Any]) -> None:
    assert is_as_expected(case)


@pytest.mark.parametrize("row", SPOT_CLASSES, ids=lambda row: row.label)
def test_an_example_notices_every_fault_in_a_row(
    row: SpotClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = SPOT_CLASSES.index(row)

    def is_noticed(instead: tuple[SpotClass, ...]) -> bool:
        monkeypatch.setattr(
            platforms,
            "SPOT_CLASSES",
            (*SPOT_CLASSES[:where], *instead, *SPOT_CLASSES[where + 1 :]),
        )
        return not all(map(is_as_expected, TABLE["spot"]))

    check_examples(row, "tests/data/placement.yaml, spot", is_noticed)
