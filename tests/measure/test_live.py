"""Checking the objects of a cluster."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from k8slint.cli.check.live import read_cluster
from k8slint.cli.check.options import CheckOptions
from k8slint.kubernetes.facts import FACTS
from k8slint.kubernetes.kinds import BUILT_IN, Kinds
from k8slint.lint.settings import Settings
from k8slint.lint.task import Context, Task
from k8slint.measure.kubectl import find_kubectl
from k8slint.measure.live import read_live_objects
from k8slint.outside.programs import Crew
from tests.command import Ran, k8slint
from tests.measure.api_server import RESOURCES, ApiServer
from tests.measure.seen_pods import pod, variables
from tests.places import ROOT
from tests.tiers import long_except

LONG = {"lifecycle": {"preStop": {"exec": {"command": ["sleep", "45"]}}}}
TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": pod(web=LONG)["spec"]}


def named(kind: str, name: str, maker: str = "", namespace: str = "shop", **more: Any) -> Any:
    """An object of a cluster; its uid is made of kind and name, as that of its maker."""
    metadata: dict[str, Any] = {"name": name, "namespace": namespace, "uid": f"{kind}-{name}"}
    if maker:
        above, _, _ = maker.partition("-")
        metadata["ownerReferences"] = [{"kind": above, "uid": maker, "controller": True}]
    return {"metadata": metadata, **more}


def shop(api: ApiServer) -> None:
    """A Deployment with what it made, a bare pod, a Job of nobody, and objects of other kinds."""
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE}
    api.put("deployments", named("Deployment", "web", spec=spec))
    api.put("replicasets", named("ReplicaSet", "web-1", "Deployment-web", spec=spec))
    api.put("pods", named("Pod", "web-1-a", "ReplicaSet-web-1", spec=TEMPLATE["spec"]))
    bare = named("Pod", "bare", spec=TEMPLATE["spec"])
    bare["metadata"]["annotations"] = {"note": "\x7f\u2028\ufffe"}  # YAML takes none of them raw.
    api.put("pods", bare)
    api.put("pods", named("Pod", "lone", "ReplicaSet-gone", spec=TEMPLATE["spec"]))
    api.put("rollouts", named("Rollout", "other", namespace="other", spec=spec))
    service = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
    api.put("services", named("Service", "web", spec=service))
    api.put("secrets", named("Secret", "key", data={}))


def checked(folder: Path, *arguments: str, by: str = "") -> Ran:
    words = ("check", "--live", "--isolated", "--select", "GS101", *arguments)
    return k8slint(folder / "work", *words, env=variables(folder, by))


def found(done: Ran) -> list[str]:
    return sorted(
        "{kind} {namespace}/{name}".format(**one["resource"])
        for one in json.loads(done.out)["findings"]
    )


IN_SHOP = ["Deployment shop/web", "Pod shop/bare", "Pod shop/lone"]


def test_what_is_made_by_another_object_is_not_judged(api: ApiServer, folder: Path) -> None:
    shop(api)
    done = checked(folder, "--output-format", "json")
    assert (done.code, found(done)) == (1, IN_SHOP)
    everywhere = checked(folder, "-A", "--output-format", "json")
    assert found(everywhere) == [*IN_SHOP[:1], *IN_SHOP[1:], "Rollout other/other"]


@pytest.mark.parametrize(("kind", "plural"), [("Job", "jobs"), ("ReplicaSet", "replicasets")])
def test_what_was_made_is_not_even_kept(
    api: ApiServer, folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str, plural: str
) -> None:
    """The API server lists pods before all that makes them."""
    for name, value in variables(folder).items():
        monkeypatch.setenv(name, value)
    api.put(plural, named(kind, "mail", spec={"template": TEMPLATE}))
    api.put("pods", named("Pod", "mail-a", f"{kind}-mail", spec=TEMPLATE["spec"]))
    live = read_live_objects(find_kubectl(None, Crew()), "shop", Kinds())
    assert (f'"{kind}-mail"' in live.data.decode(), "mail-a" in live.data.decode()) == (
        True,
        False,
    )


def test_the_real_kubectl_reads_the_same(
    api: ApiServer, folder: Path, need: Callable[[str], str]
) -> None:
    shop(api)
    done = checked(folder, "--output-format", "json", by=need("kubectl"))
    assert (done.code, found(done)) == (1, IN_SHOP)


def test_pages_are_put_together(
    api: ApiServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("k8slint.measure.live._PAGE", 1)
    shop(api)
    assert found(checked(folder, "--output-format", "json")) == IN_SHOP


def test_a_cluster_too_large_for_one_text(
    api: ApiServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("k8slint.measure.live.MANIFEST_LIMIT", 1_000)
    shop(api)
    done = checked(folder)
    assert (done.code, done.err) == (
        2,
        "k8slint: --live: more than 0 MB of objects: name a namespace\n",
    )


def test_what_may_not_be_read_is_said(api: ApiServer, folder: Path) -> None:
    shop(api)
    api.forbidden = {"configmaps", "services"}
    done = checked(folder, "--output-format", "json")
    assert found(done) == IN_SHOP
    said = "This user may not list configmaps, services: what they say is unknown.\n"
    assert done.err.startswith(said)
    api.forbidden = {plural for _, _, plural, _ in RESOURCES}
    done = checked(folder)
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith("k8slint: This user may not list ")


WHOLE = {
    "one namespace": ((), set(), False),
    "all namespaces": (("-A",), set(), True),
    "all but what nobody may read": (("-A",), {"services"}, False),
}


@pytest.mark.parametrize("case", long_except(WHOLE, "all namespaces"))
def test_what_is_missing_is_nowhere_only_where_all_was_read(
    api: ApiServer, folder: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    arguments, api.forbidden, is_complete = WHOLE[case]
    shop(api)
    monkeypatch.chdir(folder / "work")
    for name, value in variables(folder).items():
        monkeypatch.setenv(name, value)
    options = CheckOptions(live=True, all_namespaces=bool(arguments))
    task, around = read_cluster(Task("<cluster>", Settings()), options)
    assert around == Context((), is_complete)
    assert task.given is not None
    assert [one["kind"] for one in yaml.safe_load_all(task.given)].count("Pod") == 2


WRONG = {
    "--live .": "--live reads a cluster instead of files: drop the paths",
    "--live --fix": "--fix is about files: it cannot be used with --live",
    "--live --watch": "--watch is about files: it cannot be used with --live",
    "--live --context a.yaml": "--context is about files: it cannot be used with --live",
    "--live --write-baseline": "--write-baseline is about files: it cannot be used with --live",
    "-n shop": "--namespace requires --live",
    "-A": "--all-namespaces requires --live",
    "--kube-context a": "--kube-context requires --live",
}


@pytest.mark.parametrize("call", WRONG)
def test_a_wrong_call(folder: Path, call: str) -> None:
    done = k8slint(folder / "work", "check", *call.split(), env=variables(folder))
    assert (done.code, done.err) == (2, f"k8slint: {WRONG[call]}\n")


def test_only_what_matters_is_asked_for(api: ApiServer, folder: Path) -> None:
    shop(api)
    assert checked(folder).code == 1
    paths = [urlsplit(one).path for one in api.asked]
    lists = {path for path in paths if "/namespaces" in path}
    assert lists == {
        "/api/v1/namespaces",
        *(f"/api/v1/namespaces/shop/{one}" for one in ("pods", "services", "configmaps")),
        *(f"/apis/apps/v1/namespaces/shop/{one}" for one in ("deployments", "replicasets")),
        "/apis/batch/v1/namespaces/shop/jobs",
        "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts",
    }
    groups = {"/api/v1", "/apis", "/apis/apps/v1", "/apis/batch/v1", "/apis/argoproj.io/v1alpha1"}
    assert {*paths} - lists == groups
    assert not any("watch" in one for one in api.asked)


def test_the_role_of_the_recipe_lists_all_built_in_kinds_that_are_read() -> None:
    """What `view` of Kubernetes lacks are kinds without a namespace, and custom resources."""
    page = (ROOT / "docs" / "recipes" / "live.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(apiVersion: rbac.*?)```", page, re.DOTALL)
    role = yaml.safe_load(text)
    kinds = Kinds()
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"list"}
    plurals = {plural for rule in role["rules"] for plural in rule["resources"]}
    groups = {group for rule in role["rules"] for group in rule["apiGroups"]}
    assert groups == {"", "apps", "batch", "networking.k8s.io", "autoscaling", "policy"}
    wanted = {kind.lower() for kind in BUILT_IN}
    wanted |= {kind.lower() for group, kind in FACTS.kinds if group in groups} - {"route"}
    assert {
        one.removesuffix("es") if one.endswith("sses") else one.removesuffix("s")
        for one in plurals
    } == wanted
    assert all(kinds.pod_specs(kind, "v1") for kind in BUILT_IN)
