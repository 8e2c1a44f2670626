"""Which objects meet in one cluster: the sets of `cluster.yaml`, and where only folders tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8slint.kubernetes.cluster import Cluster
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.kubernetes.near import examples_around, where_is
from k8slint.kubernetes.objects import Object, Service
from k8slint.kubernetes.selecting import Selecting, selects_only
from k8slint.kubernetes.workload import Pod, workloads
from k8slint.lint.folders import Folders
from k8slint.lint.kustomizations import find_kustomized
from k8slint.lint.survey import build_cluster, collect_facts
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import documents
from tests.command import make
from tests.tables import DUMPER, check_keys, table

KINDS = Kinds()
# The first row is what the others are made of.
SETS: list[dict[str, Any]] = table("cluster.yaml")[1:]
ANSWERS = (
    *("replicas", "budgets", "budgets-of-it-alone", "services", "policies", "is-patched"),
    "missing",
)


def as_bytes(content: bytes | str | list[dict[str, Any]]) -> bytes:
    if isinstance(content, list):
        content = yaml.dump_all(content, Dumper=DUMPER)
    return content.encode() if isinstance(content, str) else content


def web(path: str, data: bytes, kustomized: Kustomized) -> Pod:
    """The pod of the only workload in a file."""
    source = Source(path, data.decode())
    read = [one for chunk in split_documents(source.text) for one in documents(source, chunk)]
    (workload,) = (one for document in read for one in workloads(document, KINDS, kustomized))
    return workload.pods[0]


def names(found: Iterable[Object]) -> list[str]:
    return sorted(one.meta.name for one in found)


def test_every_row_is_understood() -> None:
    for number, row in enumerate(SETS, start=2):
        where = f"cluster.yaml, row {number}"
        check_keys(row, where, ["about", "files"], ["is-complete", *ANSWERS])
        assert row.keys() & set(ANSWERS), f"{where}: no answer is expected"


@pytest.mark.parametrize("case", SETS, ids=[str(row.get("about")) for row in SETS])
def test_what_a_set_says_about_a_pod(case: dict[str, Any], tmp_path: Path) -> None:
    content = {path: as_bytes(one) for path, one in case["files"].items()}
    make(tmp_path, content)
    files = {str(tmp_path / path): data for path, data in content.items()}
    changed = find_kustomized(files, Folders())
    facts = (
        collect_facts(data, path, KINDS, changed.get(path, AS_WRITTEN))
        for path, data in files.items()
    )
    cluster = build_cluster(facts, is_complete=case.get("is-complete", True))
    (app,) = (path for path in files if path.endswith("app.yaml"))
    pod = web(app, files[app], changed.get(app, AS_WRITTEN))
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
    expected = {key: answer for key, answer in case.items() if key in ANSWERS}
    assert {key: answers[key] for key in expected} == expected


def service(name: str = "web", *, namespace: str = "", **selector: str) -> str:
    where = f", namespace: {namespace}" if namespace else ""
    labels = ", ".join(f"{key}: {value}" for key, value in (selector or {"app": "web"}).items())
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}{where}}}\n"
        f"spec: {{selector: {{{labels}}}}}\n---\n"
    )


def cluster(files: Mapping[str, str]) -> Cluster:
    surveyed = (
        collect_facts(text.encode(), name, KINDS, AS_WRITTEN) for name, text in files.items()
    )
    return build_cluster(surveyed, is_complete=True)


def pod(path: str, namespace: str = "") -> Pod:
    text = (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: {namespace}}}\n"
        f"spec: {{template: {{metadata: {{labels: {{app: web, tier: front}}}}, spec: {{}}}}}}\n"
    )
    source = Source(path, text)
    (document,) = documents(source, next(iter(split_documents(text))))
    (workload,) = workloads(document, KINDS)
    return workload.pods[0]


def found(files: Mapping[str, str], path: str = "a/b/web.yaml", namespace: str = "") -> list[str]:
    return [one.meta.at.path for one in cluster(files).services(pod(path, namespace))]


NEAR = {
    "the same file": "a/b/web.yaml",
    "the same folder": "a/b/service.yaml",
    "the folder above": "a/service.yaml",
    "two above": "service.yaml",
    "a folder below": "a/b/c/service.yaml",
    "two below": "a/b/c/d/service.yaml",
    "a folder beside": "a/c/service.yaml",
}
FAR = {
    "three below": "a/b/c/d/e/service.yaml",
    "below a folder beside": "a/c/d/service.yaml",
    "beside the folder above": "c/service.yaml",
    "a name that begins alike": "a/bb/c/service.yaml",
}


@pytest.mark.parametrize("where", NEAR)
def test_what_is_near_belongs_together(where: str) -> None:
    assert found({NEAR[where]: service()}) == [NEAR[where]]


@pytest.mark.parametrize("where", FAR)
def test_what_is_far_does_not(where: str) -> None:
    assert found({FAR[where]: service()}) == []


@pytest.mark.parametrize("where", [*NEAR.values(), *FAR.values()])
def test_with_a_namespace_the_folders_say_nothing(where: str) -> None:
    assert found({where: service(namespace="shop")}, namespace="shop") == [where]
    assert found({where: service(namespace="shop")}) == []
    assert found({where: service()}, namespace="shop") == []


@pytest.mark.parametrize("name", ["doc", "docs", "example", "examples", "fixtures", "sample"])
@pytest.mark.parametrize("more", ["samples", "testdata", "tests", "tutorial", "tutorials", "Docs"])
def test_the_innermost_folder_of_examples_is_found(name: str, more: str) -> None:
    assert examples_around(f"/a/{name}/b") == f"/a/{name}"
    assert examples_around(f"/a/{name}/{more}/b/c") == f"/a/{name}/{more}"
    assert examples_around(f"/a/{more}x/my-{name}") == ""


def test_the_nearest_folder_wins() -> None:
    steps = (("a/b/s.yaml",), ("a/s.yaml", "a/b/c/s.yaml"), ("s.yaml", "a/c/s.yaml"))
    files = {path: service(f"web-{path.count('/')}") for ring in steps for path in ring}
    for ring in steps:
        assert sorted(found(files)) == sorted(ring)
        for path in ring:
            del files[path]


def test_what_selects_other_pods_is_in_nobodys_way() -> None:
    """Both are found by the label that fewer ask for, of which the pod has one."""
    files = {
        "a/b/admin.yaml": service("admin", app="web", tier="back"),
        "a/b/others.yaml": service("x", tier="back") + service("y", tier="back"),
        "a/service.yaml": service(app="web", tier="front"),
    }
    assert found(files) == ["a/service.yaml"]


def test_of_equally_near_ones_the_first_stands_for_all() -> None:
    files = {f"a/{name}/service.yaml": service() for name in "cdef"}
    assert found(files) == ["a/c/service.yaml"]
    assert found({**files, "a/b/service.yaml": service()}) == ["a/b/service.yaml"]
    assert found({**files, "a/g/service.yaml": service("g")}) == [
        "a/c/service.yaml",
        "a/g/service.yaml",
    ]


def test_two_of_one_file_are_two() -> None:
    files = {"a/c/service.yaml": service("one") + service("two")}
    assert found(files) == ["a/c/service.yaml"] * 2


def test_a_folder_has_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/usr/lib")
    for path in ("/usr/lib/a/b/service.yaml", "../lib/a/b/service.yaml", "./a/b/service.yaml"):
        assert found({path: service()}) == [path]
        assert found({path: service(), "a/b/c/service.yaml": service()}) == [path]


def test_objects_of_a_file_share_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = b"kind: Service\nmetadata: {name: web}\n"
    found = collect_facts(service + b"---\n" + service, "a.yaml", Kinds(), AS_WRITTEN).objects
    assert len(found) == 2
    assert found[0].meta.where is found[1].meta.where
    monkeypatch.chdir(tmp_path)
    assert where_is("a.yaml") != found[0].meta.where


def test_only_what_stands_where_pods_ask_is_compared() -> None:
    files = {f"{name}.yaml": service(name, namespace=name, app="web") for name in ("shop", "blog")}
    compared: list[Object] = []
    services = [one for one in cluster(files).objects if isinstance(one, Service)]
    selecting = Selecting(services, compared.append)
    for _ in range(2):
        assert names(selecting.of(pod("web.yaml", "shop"))) == ["shop"]
    assert names(compared) == ["shop"]
