"""What a hook takes as its author means it (ground rule 14): in messages and in the timeline."""

from __future__ import annotations

import json

import pytest

from k8slint import api
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.versions import ClusterTarget
from k8slint.kubernetes.workload import workloads
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import documents
from k8slint.picture.words import sentence
from k8slint.shutdown.model import Shutdown

GRACE = 30
UNKNOWN_SIGNAL = "stop signal of the image (SIGTERM unless it says otherwise)"


def pod_with(script: str, **container: object) -> str:
    hook = {"preStop": {"exec": {"command": ["sh", "-c", script]}}}
    containers = [{"name": "app", "image": "example.com/x:1", "lifecycle": hook, **container}]
    spec = {"terminationGracePeriodSeconds": GRACE, "containers": containers}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec})


GUNICORN = ["gunicorn", "--graceful-timeout", "20", "app"]
FINDINGS = [
    ("sleep 60", {}, ["error GS101 preStop takes 60 s, the grace period is 30 s: the stop"]),
    ("touch /x && sleep 60", {}, ["warning GS101 60 s when `touch /x` succeeds, the"]),
    ("brokerd drain && sleep 60", {}, ["warning GS101 at least 60 s when `brokerd drain` "]),
    ("set -e; mkdir /x; sleep 60", {}, ["warning GS101 60 s when `mkdir /x` succeeds, the"]),
    ("sleep ${N:-60}", {}, ["warning GS101 60 s when the image does not set `N`, the"]),
    ("a && b && sleep ${N:-60}", {},
     ["warning GS101 when `a` and `b` succeed and the image does not set `N`, the"]),
    ("touch /x && sleep 28", {}, ["info GS104 only 2 of 30 s remain when `touch /x` succeeds; "]),
    ("touch /x && sleep 10", {"command": GUNICORN},
     ["warning GS102 = 35 s > grace period 30 s when `touch /x` succeeds: "]),
    ("touch /x || sleep 60", {}, []),
    ("touch /x && exit; sleep 60", {}, []),
    ("[ -f /x ] && sleep 60", {}, []),
    ("pgrep app && sleep 60", {}, []),
    ("if touch /x; then sleep 60; fi", {}, []),
    ("sleep ${N:-60}", {"env": [{"name": "N", "valueFrom": {}}]}, []),
    ("sleep ${N:-60}", {"envFrom": [{"configMapRef": {"name": "a"}}]}, []),
    ("sleep ${N:-60}", {"env": [{"name": "N", "value": "5"}]}, []),
]  # fmt: skip


@pytest.mark.parametrize(("script", "container", "expected"), FINDINGS)
def test_budget_rules_use_it(
    script: str, container: dict[str, object], expected: list[str]
) -> None:
    found = api.check(pod_with(script, **container), name="a.json")
    told = [one for one in found if one.code in ("GS101", "GS102", "GS104")]
    assert len(told) == len(expected)
    for one, line in zip(told, expected, strict=True):
        severity, rule, part = line.split(" ", 2)
        assert (str(one.severity), one.code) == (severity, rule)
        assert all(piece in one.message for piece in part.split(" remain "))


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("sleep 10", "preStop 10 s; "),
        ("touch /x && sleep 60", "preStop 60 s when `touch /x` succeeds, cut at 30 s; "),
        ("drain && sleep 60", "preStop at least 60 s when `drain` succeeds, cut at 30 s; "),
        ("drain && sleep 10", "at least 10 s when `drain` succeeds, cut at 30 s if need be; "),
        (
            "touch /x && sleep 10",
            f"preStop 10 s when `touch /x` succeeds; {UNKNOWN_SIGNAL} at 0 to 10 s",
        ),
        ("drain", "preStop of unknown length, cut at 30 s"),
    ],
)
def test_the_timeline_names_the_condition(script: str, words: str) -> None:
    source = Source("a.json", pod_with(script))
    (document,) = (
        found for chunk in split_documents(source.text) for found in documents(source, chunk)
    )
    (workload,) = workloads(document, Kinds())
    timeline = Shutdown(workload.pods[0], ClusterTarget()).timeline()
    assert timeline is not None
    assert words in sentence(timeline.lanes[0], GRACE)
