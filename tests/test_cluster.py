"""The objects of a run, joined: small sets of manifests in, what is known about a pod out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8slint.kubernetes.cluster import Cluster, selects_only
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.kubernetes.objects import Object
from k8slint.kubernetes.workload import Pod, workloads
from k8slint.lint.files import kustomizations
from k8slint.lint.survey import facts_of, joined
from k8slint.manifest.source import Source
from k8slint.manifest.tree import cut, documents
from k8slint.shutdown.platforms import ceilings, pool_limits

DATA = Path(__file__).parent / "data"
CASES: list[dict[str, Any]] = [
    case for case in yaml.safe_load((DATA / "cluster.yaml").read_text()) if "about" in case
]
PLACEMENT: dict[str, list[dict[str, Any]]] = yaml.safe_load((DATA / "placement.yaml").read_text())
POOLS = [
    (row["pool"], spec, verdict == "admitted")
    for row in PLACEMENT["nodepools"]
    for verdict in ("admitted", "refused")
    for spec in row.get(verdict, ())
]


def bytes_of(content: bytes | str | list[dict[str, Any]]) -> bytes:
    if isinstance(content, list):
        content = yaml.dump_all(content)
    return content.encode() if isinstance(content, str) else content


def pod_of(path: str, data: bytes, kustomized: Kustomized = AS_WRITTEN) -> Pod:
    source = Source(path, data.decode())
    read = [one for chunk in cut(source.text) for one in documents(source, chunk)]
    (web,) = (one for document in read for one in workloads(document, Kinds(), kustomized))
    return web.pods[0]


def known(case: dict[str, Any], folder: Path) -> tuple[Cluster, Pod]:
    """The set of a case, from files as in a run, and the pod of `web`."""
    files = {str(folder / path): bytes_of(content) for path, content in case["files"].items()}
    for path, data in files.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(data)
    changed = kustomizations(files)
    found = (
        facts_of(data, path, Kinds(), changed.get(path, AS_WRITTEN))
        for path, data in files.items()
    )
    (app,) = (path for path in files if path.endswith("app.yaml"))
    pod = pod_of(app, files[app], changed.get(app, AS_WRITTEN))
    return joined(found, is_complete=case.get("is-complete", True)), pod


def names(found: Iterable[Object]) -> list[str]:
    return sorted(one.meta.name for one in found)


@pytest.mark.parametrize("case", CASES, ids=[case["about"] for case in CASES])
def test_what_a_set_says_about_a_pod(case: dict[str, Any], tmp_path: Path) -> None:
    cluster, pod = known(case, tmp_path)
    replicas, budgets = cluster.replicas(pod.workload), cluster.disruption_budgets(pod)
    scaler = replicas and replicas.scaler
    kinds = ("HorizontalPodAutoscaler", "NodePool", "ScaledObject", "Service")
    answers = {
        "replicas": replicas
        and [replicas.low, replicas.high, str(scaler.meta) if scaler else None],
        "budgets": names(budgets),
        "budgets-of-it-alone": names(
            one for one in budgets if one.selector and selects_only(one.selector, pod.workload)
        ),
        "services": [
            f"{one.meta.name} of {Path(one.meta.at.path).relative_to(tmp_path).as_posix()}"
            for one in cluster.services(pod)
        ],
        "policies": names(cluster.security_group_policies(pod)),
        "is-patched": pod.workload.kustomized.is_patched,
        "missing": [kind for kind in kinds if not cluster.knows_all(kind)],
    }
    expected = {name: answer for name, answer in case.items() if name in answers}
    assert expected
    assert {name: answers[name] for name in expected} == expected


@pytest.mark.parametrize(("pool", "spec", "is_admitted"), POOLS)
def test_who_runs_on_a_nodepool(
    pool: dict[str, Any], spec: dict[str, Any], is_admitted: bool
) -> None:
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
    facts = facts_of(bytes_of([manifest]), "pool.yaml", Kinds(), AS_WRITTEN)
    cluster = joined([facts], is_complete=True)
    limits = pool_limits(pod_with(spec), cluster)
    assert [limit.seconds for limit in limits] == [5400.0] * is_admitted


@pytest.mark.parametrize("case", PLACEMENT["spot"])
def test_which_spot_nodes_a_pod_runs_on(case: dict[str, Any]) -> None:
    found = [*ceilings(pod_with(case["spec"]))]
    required = [ceiling.spot.name for ceiling in found if ceiling.required]
    possible = [ceiling.spot.name for ceiling in found if not ceiling.required]
    assert (required, possible) == (case.get("required", []), case.get("possible", []))


def pod_with(spec: dict[str, Any]) -> Pod:
    containers = [{"name": "app", "image": "example.com/web:1"}]
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": {**spec, "containers": containers}}
    return pod_of("pod.yaml", bytes_of([pod]))
