"""Rules that join objects: where exactly they begin to speak."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.rule import Severity
from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.task import Context, RunOptions, Task
from tests.tables import DUMPER, check_keys, table

CASES = [(rule, case) for rule, cases in table("joined.yaml").items() for case in cases]
LABELS = {"app": "web", "tier": "front"}


def manifests(case: dict[str, Any]) -> list[dict[str, Any]]:
    container: dict[str, Any] = {"name": "app", "image": "example.com/web:1"}
    container |= case.get("container", {})
    if "command" in case:
        container["command"] = case["command"]
    if "sleep" in case:
        container["lifecycle"] = {"preStop": {"sleep": {"seconds": case["sleep"]}}}
    template = {
        "metadata": {"labels": LABELS, "annotations": case.get("annotations", {})},
        "spec": {**case.get("pod", {}), "containers": [container, *case.get("beside", [])]},
    }
    kind = case.get("kind", "Deployment")
    web = {
        "apiVersion": "batch/v1" if kind == "Job" else "apps/v1",
        "kind": kind,
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            **case.get("spec", {}),
            "template": template,
        },
    }
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": case.get("selector", {"app": "web"})},
            **case.get("budget", {}),
        },
    }
    return [web, *case.get("others", []), *([budget] if "budget" in case else [])]


def found(objects: list[dict[str, Any]], *rules: str, is_complete: bool) -> tuple[Diagnostic, ...]:
    data = yaml.dump_all(objects, Dumper=DUMPER).encode()
    task = Task("x.yaml", Settings(select=rules, fail_on=Severity.INFO))
    return run_bytes(data, task, RunOptions(), Context(is_complete=is_complete)).diagnoses


KEYS = (
    *("kind", "spec", "pod", "container", "beside", "command", "sleep"),
    *("others", "budget", "selector", "annotations", "complete"),
)


def test_every_row_is_understood() -> None:
    for number, (rule, case) in enumerate(CASES, start=1):
        check_keys(case, f"joined.yaml, {rule}, row {number}", ["says"], KEYS)


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_where_a_rule_begins_to_speak(rule: str, case: dict[str, Any]) -> None:
    diagnoses = found(manifests(case), rule, is_complete=case.get("complete", True))
    assert [str(one.severity) for one in diagnoses] == [case["says"]] * bool(case["says"])


def test_the_strongest_speaks_about_a_grace_period_of_zero() -> None:
    zero = next(case for rule, case in CASES if rule == "GS604")
    web, policy = manifests({**zero, "kind": "StatefulSet", "sleep": 1})
    rules = ("GS106", "GS604", "GS700")
    assert [one.code for one in found([web, policy], *rules, is_complete=True)] == ["GS604"]
    assert [one.code for one in found([web], *rules, is_complete=True)] == ["GS700"]
