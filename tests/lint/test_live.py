"""Objects as a cluster returns them: what is judged, how often, and who is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from k8slint.workspace import Workspace
from tests.command import k8slint, make

# As kubectl-create and `kubectl edit` leave them: see k8s.io/apimachinery FieldsV1.
APP = 'k:{"name":"app"}'
COMMAND: dict[str, Any] = {"f:lifecycle": {"f:preStop": {"f:exec": {"f:command": {}}}}}


def spec(grace: int = 30, image: str = "web:1", hook: str = "sleep 45") -> dict[str, Any]:
    """A pod spec with what the API server fills in."""
    container = {
        "name": "app",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", hook]}}},
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
    }
    return {
        "containers": [container],
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": grace,
    }


def live(
    kind: str, name: str, owner: str = "", *, namespace: str = "shop", **more: Any
) -> dict[str, Any]:
    """An object; `owner` is `Kind/name` of what made it. Its uid is made of both."""
    metadata: dict[str, Any] = {
        "name": name,
        "namespace": namespace,
        "uid": f"{namespace}/{kind}/{name}",
        "resourceVersion": "38764",
        "labels": more.pop("labels", {"app": "web"}),
    }
    if owner:
        of, _, above = owner.partition("/")
        metadata["ownerReferences"] = [
            {"kind": "Other", "name": "x", "uid": "x"},
            {"kind": of, "name": above, "uid": f"{namespace}/{owner}", "controller": True},
        ]
    metadata |= more.pop("metadata", {})
    pods = more.pop("pods", None) or spec()
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pods}
    api = {"Pod": "v1", "Rollout": "argoproj.io/v1alpha1"}.get(kind, "apps/v1")
    if kind in ("Job", "CronJob"):
        api = "batch/v1"
    own: dict[str, Any] = {"replicas": more.pop("replicas", 2), "template": template}
    if kind == "CronJob":
        own = {"schedule": "@daily", "jobTemplate": {"spec": {"template": template}}}
    own = pods if kind == "Pod" else own
    return {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": own, "status": {}}


def listed(*objects: dict[str, Any]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


DEPLOYMENT = live("Deployment", "web")
CURRENT = live("ReplicaSet", "web-5d8f", "Deployment/web")
OLD = live("ReplicaSet", "web-1111", "Deployment/web", replicas=0)
PODS = [live("Pod", f"web-5d8f-{one}", "ReplicaSet/web-5d8f") for one in "abc"]
NODE_PODS = [live("Pod", f"{name}-node-1", "Node/node-1") for name in ("etcd", "api")]
# The objects of a run, and what is judged: each with the words in brackets at the end.
JUDGED: dict[str, tuple[list[dict[str, Any]], dict[str, str]]] = {
    "all": ([DEPLOYMENT, CURRENT, OLD, *PODS], {"Deployment web": ""}),
    "in any order": ([*PODS, OLD, CURRENT, DEPLOYMENT], {"Deployment web": ""}),
    "without what is between": ([DEPLOYMENT, *PODS], {"Deployment web": ""}),
    "without the Deployment": ([CURRENT, OLD, *PODS], {"ReplicaSet web-5d8f": ""}),
    "pods only": (PODS, {"Pod web-5d8f-a": "3 pods of ReplicaSet web-5d8f"}),
    "one pod": (PODS[:1], {"Pod web-5d8f-a": ""}),
    "an old ReplicaSet": ([OLD], {}),
    "a ReplicaSet of one's own without pods": (
        [live("ReplicaSet", "web", replicas=0)],
        {"ReplicaSet web": ""},
    ),
    "a Rollout": (
        [live("Rollout", "web"), CURRENT | live("ReplicaSet", "web-2", "Rollout/web")],
        {"Rollout web": ""},
    ),
    "a Job of a CronJob, by name": (
        [live("CronJob", "web"), live("Pod", "web-29-x", "Job/web-29")],
        {"CronJob web": ""},
    ),
    "two revisions of a StatefulSet": (
        [
            live("Pod", f"db-{number}", "StatefulSet/db", labels={"controller-revision-hash": of})
            for number, of in enumerate("aab")
        ],
        {"Pod db-0": "2 pods of StatefulSet db", "Pod db-2": ""},
    ),
    "pods of an operator that differ": (
        [
            live("Pod", "a", "Cluster/db", pods=spec(image="db:1")),
            live("Pod", "b", "Cluster/db", pods=spec(image="backup:1")),
        ],
        {"Pod a": "", "Pod b": ""},
    ),
    "pods of a node": (NODE_PODS, {"Pod etcd-node-1": "", "Pod api-node-1": ""}),
    "an operator's own, with it": (
        [live("Cluster", "db"), live("StatefulSet", "db", "Cluster/db")],
        {"StatefulSet db": ""},
    ),
    "the same names elsewhere": (
        [DEPLOYMENT, live("Pod", "web-5d8f-a", "ReplicaSet/web-5d8f", namespace="test")],
        {"Deployment web": "", "Pod web-5d8f-a": ""},
    ),
}


def judged(ran: Any) -> dict[str, str]:
    found = {}
    for one in ran.data["findings"]:
        kind, name = one["resource"]["kind"], one["resource"]["name"]
        _, _, more = one["message"].partition("= 55 s")
        assert f"{kind} {name}" not in found
        found[f"{kind} {name}"] = more.strip(" ()")
    return found


@pytest.mark.parametrize("options", [("GS101",), ("GS101,GS301", "--context", ".")], ids=str)
@pytest.mark.parametrize("name", JUDGED)
def test_what_is_judged(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    """Whether the rules join objects, so that all of them are surveyed first, or not."""
    objects, expected = JUDGED[name]
    call = ("check", "--select", *options, "--output-format", "json")
    for stdin in (listed(*objects), "\n---\n".join(map(json.dumps, objects))):
        ran = k8slint(tmp_path, *call, "-", stdin=stdin.encode())
        assert judged(ran) == expected


def test_what_is_judged_in_several_files(tmp_path: Path) -> None:
    objects = [DEPLOYMENT, CURRENT, OLD, *PODS]
    make(tmp_path, {f"{number}.json": json.dumps(one) for number, one in enumerate(objects)})
    for jobs in "12":
        ran = k8slint(tmp_path, "check", "--output-format", "json", "--jobs", jobs)
        assert judged(ran) == {"Deployment web": ""}
    assert "in 1 workload" in ran.err
    workspace = Workspace(root=str(tmp_path))
    assert sum(len(one.diagnoses) for one in workspace.check().values()) == 1
    workspace.update(str(tmp_path / "0.json"), "{}")
    assert sum(len(one.diagnoses) for one in workspace.check().values()) == 1


def managed(*entries: tuple[str, str, str, dict[str, Any]]) -> dict[str, Any]:
    """`managedFields` by manager, operation, time and the fields of a container or the pod."""
    return {
        "managedFields": [
            {
                "manager": manager,
                "operation": operation,
                "time": time,
                "fieldsType": "FieldsV1",
                "fieldsV1": {"f:spec": {"f:template": {"f:spec": fields}}},
            }
            for manager, operation, time, fields in entries
        ]
    }


WHOLE = {"f:containers": {APP: {".": {}, **COMMAND}}, "f:terminationGracePeriodSeconds": {}}
GRACE: dict[str, Any] = {"f:terminationGracePeriodSeconds": {}}
HOOK = {"f:containers": {APP: COMMAND}}
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# The grace period and the metadata of a Deployment, what the message ends with, and how the
# grace period is called.
WRITERS: dict[str, tuple[int, dict[str, Any], str, str]] = {
    "nobody": (30, {}, "", "grace period 30 s (default)"),
    "who created it": (
        30,
        managed(("kubectl-create", "Update", "1", WHOLE)),
        "written by kubectl-create",
        "grace period 30 s (default)",
    ),
    "the last one": (
        40,
        managed(("kubectl-edit", "Update", "2", HOOK), ("helm", "Update", "1", WHOLE)),
        "written by kubectl-edit",
        "grace period 40 s, by helm",
    ),
    "who applied 30": (
        30,
        managed(("argocd-controller", "Apply", "1", GRACE)),
        "",
        "grace period 30 s, by argocd-controller",
    ),
    "who applied something else": (
        30,
        managed(("argocd-controller", "Apply", "1", HOOK)),
        "written by argocd-controller",
        "grace period 30 s (default)",
    ),
    "another container": (
        40,
        managed(("helm", "Update", "1", {"f:containers": {'k:{"name":"b"}': COMMAND}})),
        "",
        "grace period 40 s",
    ),
    "a list as a whole": (
        40,
        managed(("helm", "Update", "1", {"f:containers": {}})),
        "written by helm",
        "grace period 40 s",
    ),
    "an odd key": (
        40,
        managed(("helm", "Update", "1", {"f:containers": {"k:{": COMMAND, "k:[1]": {}}})),
        "",
        "grace period 40 s",
    ),
    "what was applied by kubectl": (
        30,
        {
            "annotations": {
                APPLIED: '{"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 30}}}}'
            }
        },
        "",
        "grace period 30 s",
    ),
    "what was applied by kubectl, without it": (
        30,
        {"annotations": {APPLIED: '{"spec": {"template": {"spec": {}}}}'}},
        "",
        "grace period 30 s (default)",
    ),
    "what is not JSON": (
        30,
        {"annotations": {APPLIED: "[" * 100_000}},
        "",
        "grace period 30 s (default)",
    ),
    "a manifest": (30, {"uid": None}, "", "grace period 30 s"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_who_wrote_it(tmp_path: Path, name: str) -> None:
    grace, metadata, message, label = WRITERS[name]
    stdin = json.dumps(live("Deployment", "web", metadata=metadata, pods=spec(grace)))
    call = ("check", "--select", "GS101", "--output-format", "json", "-")
    (found,) = k8slint(tmp_path, *call, stdin=stdin.encode()).data["findings"]
    _, _, more = found["message"].partition("= 55 s")
    (related,) = found["related"]
    assert (more.strip(" ()"), related["message"]) == (message, label)


def test_a_default_is_judged_as_in_the_manifest(tmp_path: Path) -> None:
    """GS705 says nothing of the default, whoever filled it in."""
    for grace, codes in ((30, []), (29, ["GS705"])):
        pods = spec(grace, "postgres:17", "sleep 1")
        stdin = json.dumps(live("StatefulSet", "db", pods=pods))
        call = ("check", "--select", "GS705", "--output-format", "json", "-")
        ran = k8slint(tmp_path, *call, stdin=stdin.encode())
        assert [one["code"] for one in ran.data["findings"]] == codes


def test_repairs(tmp_path: Path) -> None:
    """What people write is repaired on standard output; what a controller made is not."""
    for one, grace in ((DEPLOYMENT, 55), (CURRENT, 30), (PODS[0], 30)):
        ran = k8slint(
            tmp_path, "check", "--fix", "--select", "GS101", "-", stdin=json.dumps(one).encode()
        )
        pods = ran.data["spec"] if one["kind"] == "Pod" else ran.data["spec"]["template"]["spec"]
        assert pods["terminationGracePeriodSeconds"] == grace
        assert ("made it and keeps it so; change that" in ran.err) == (grace == 30)


def test_pictures_are_drawn_once(tmp_path: Path) -> None:
    stdin = listed(DEPLOYMENT, CURRENT, OLD, *PODS).encode()
    told = k8slint(tmp_path, "timeline", "-", stdin=stdin).text
    assert (told.count("Deployment"), told.count("ReplicaSet"), told.count("Pod ")) == (1, 0, 0)


@pytest.mark.parametrize("others", [[], [CURRENT, OLD, *PODS]], ids=len)
def test_budgets_count_what_a_controller_made_once(
    tmp_path: Path, others: list[dict[str, Any]]
) -> None:
    """GS708 reports an empty selector where it selects the pods of several workloads."""
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"minAvailable": 1, "selector": {}},
    }
    call = ("check", "--select", "GS708", "--output-format", "json", "--context", ".", "-")
    for more, count in (((), 0), ((live("Deployment", "api"),), 1)):
        stdin = listed(budget, DEPLOYMENT, *others, *more).encode()
        assert len(k8slint(tmp_path, *call, stdin=stdin).data["findings"]) == count
