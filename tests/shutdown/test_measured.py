"""Measured drains, row by row of `measured.yaml`: which count, and what they make of it."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

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
from k8slint.shutdown.measured import (
    MeasuredDrain,
    MeasuredDrains,
    image_key,
    workload_key,
)
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.programs.known import Programs
from tests.tables import DUMPER, check_keys, table

CASES: list[dict[str, Any]] = table("measured.yaml")
KEYS = ("rows", "image", "namespace", "app", "own", "limits", "takes", "whole", "idle", "at_least")
IMAGE = "registry.example/acme/app:1.2"
ROW = MeasuredDrain(
    "Deployment/shop/web", "app", IMAGE, "observe", 41, "2026-10-01", "2026-11-20", 11
)
TODAY = "2026-11-30"


def measured(case: dict[str, Any]) -> MeasuredDrains:
    rows = enumerate(case.get("rows", ()), start=1)
    made = (ROW._replace(**row, place=f"drains.yaml:{number}") for number, row in rows)
    return MeasuredDrains(made, today=TODAY, **case.get("limits", {}))


def manifest(case: dict[str, Any], **more: Any) -> str:
    image = case.get("image", IMAGE)
    app = {"name": "app", **({"image": image} if image else {}), **case.get("app", {})}
    template = {
        "metadata": {"annotations": case.get("own", {})},
        "spec": {"containers": [app | more]},
    }
    namespace = case.get("namespace", "shop")
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", **({"namespace": namespace} if namespace else {})},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template},
    }
    return json.dumps(deployment)


def stop_of(case: dict[str, Any], **more: Any) -> Stop:
    source = Source("x.json", manifest(case, **more))
    (document,) = (
        found for chunk in split_documents(source.text) for found in documents(source, chunk)
    )
    (workload,) = workloads(document, Kinds())
    programs = Programs(measured=measured(case))
    return Shutdown(workload.pods[0], ClusterTarget(), programs).stops[0]


@pytest.mark.parametrize("case", CASES)
def test_what_counts(case: dict[str, Any]) -> None:
    check_keys(case, "measured.yaml", (), KEYS)
    stop = stop_of(case)
    drain = stop.explicit_drain
    terms = [Term(stage.label, stage.span) for stage in drain.stages] if drain else []
    assert " + ".join(map(str, terms)) == case.get("takes", "")
    assert not drain or drain.span.is_known is not case.get("at_least", False)
    assert str(stop.whole or "") == case.get("whole", "")
    assert not stop.whole or stop.whole.span.is_known is ("killed" not in case["whole"])
    reasons = [one.why_not for one in measured(case).judged(stop.container)]
    assert [reason for reason in reasons if reason] == case.get("idle", [])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("path", ["x.json", "x.yaml", "anchored.yaml"])
def test_rules_see_all_that_counts(case: dict[str, Any], path: str) -> None:
    """Most documents need no tree, which is decided by their text."""
    settings = Settings(select=("GS102", "GS108"), measured=measured(case))
    wait = {"exec": {"command": ["wait-for-it"]}}
    text = manifest(case, lifecycle={"preStop": wait})
    text = text.replace(
        '"spec": {"containers"', '"spec": {"terminationGracePeriodSeconds": 6, "containers"'
    )
    if path != "x.json":
        text = yaml.dump(json.loads(text), Dumper=DUMPER)
    if path == "anchored.yaml":
        text = text.replace("app: web", "app: &app web", 1)
    found = run_bytes(text.encode(), Task(path, settings), RunOptions()).diagnoses
    said = {one.code: one.message for one in found}
    numbers = [float(case[key].split()[-1]) for key in ("takes", "whole") if key in case]
    assert bool(said) == any(number + 5 > 6 for number in numbers)
    if said and len(numbers) == 1:
        (message,) = said.values()
        assert (case.get("takes") or case["whole"]) in message
        at_least = "at_least" in case or "killed" in case.get("whole", "")
        unknown_hook = "takes" in case
        assert ("= at least " in message) == (at_least or unknown_hook)


def test_every_row_is_understood() -> None:
    for number, case in enumerate(CASES, start=1):
        for row in case.get("rows", ()):
            check_keys(row, f"measured.yaml, row {number}, rows", (), MeasuredDrain._fields)


def test_pictures_say_what_was_measured() -> None:
    expected = stop_of({"rows": [{}]}).expected
    why = "max of 41 stops until 2026-11-20"
    assert (str(expected.drains), expected.drains.why) == ("0 to 11", why)
    assert expected.drain_fact == Fact(Strength.MEASURED, "drains.yaml:1")
    shell = ["sh", "-c", "prepare; serve"]
    expected = stop_of({"rows": [{}]}, command=shell).expected
    assert (str(expected.drains), expected.drains.why) == ("0 to 11", why)
    loop = ["sh", "-c", "while true; do serve; done"]
    assert stop_of({"rows": [{}]}, command=loop).expected.drains.why == why
    expected = stop_of({"rows": [{"longest": 28, "killed": 41}]}, command=loop).expected
    assert expected.drains.why == "sh stays as PID 1 and forwards no signal"
    expected = stop_of({"rows": [{"longest": 28, "killed": 1}]}).expected
    assert str(expected.drains) == "at least 28"
    assert expected.drains.why == f"{why}, 1 of them killed"


def test_a_whole_stop_counts_where_it_is_longer() -> None:
    case = {"rows": [{"covers_hook": True, "longest": 20}]}
    sums = {
        "unknown": ({"exec": {"command": ["wait-for-it"]}}, "measured stop (max of 41"),
        "shorter": ({"sleep": {"seconds": 14}}, "measured stop (max of 41"),
        "longer": ({"sleep": {"seconds": 16}}, "preStop 16 + drain window 5 + margin 5 = 26 s"),
    }
    for hook, said in sums.values():
        stop = stop_of(case, lifecycle={"preStop": hook})
        shutdown = Shutdown(stop.container.pod, ClusterTarget(), stop.programs)
        assert str(shutdown.required(margin=5, window=5)).startswith(said)


def test_what_was_measured_depends_on_no_condition() -> None:
    case = {"rows": [{"covers_hook": True, "longest": 40}]}
    for seconds, when in ((10, ""), (50, " when `prepare` succeeds")):
        hook = {"exec": {"command": ["sh", "-c", f"prepare && sleep {seconds}"]}}
        text = manifest(case, lifecycle={"preStop": hook}, command=["gunicorn"])
        settings = Settings(select=("GS102",), measured=measured(case))
        (found,) = run_bytes(text.encode(), Task("x.json", settings), RunOptions()).diagnoses
        assert f"> grace period 30 s (default){when}: " in found.message


def test_what_a_program_takes_by_itself_stays_known() -> None:
    """Rules about a default look at that, whatever was measured."""
    stop = stop_of({"rows": [{}], "app": {"command": ["gunicorn"]}})
    assert stop.drain
    assert (str(stop.drain.span), str(stop.drain.by_itself)) == ("11", "30")
    stop = stop_of({"app": {"command": ["gunicorn"]}})
    assert stop.drain
    assert stop.drain.by_itself is stop.drain.span


def test_equal_ones_are_one_key() -> None:
    """Settings hold them, and scopes are kept by their settings, in other processes too."""
    one, other = measured({"rows": [{}]}), measured({"rows": [{}]})
    sent = pickle.loads(pickle.dumps(one))
    assert {one: 1}[other] == {one: 1}[sent] == 1
    assert one != measured({"rows": [{"longest": 12}]})
    assert one != measured({"rows": [{}], "limits": {"most_days": 1}})
    assert one != 1
    assert MeasuredDrains(()).today == datetime.now(UTC).date().isoformat()


@pytest.mark.parametrize(
    ("image", "image_id", "key"),
    [
        ("app:1", "reg/app@sha256:aa", "app:1"),
        ("reg/app:1", "reg/app@sha256:aa", "reg/app:1@sha256:aa"),
        ("reg/app:1", "docker-pullable://reg/app@sha256:aa", "reg/app:1@sha256:aa"),
        ("nginx", "docker.io/library/nginx@sha256:aa", "nginx@sha256:aa"),
        ("reg/app:1", "sha256:aa", "reg/app:1"),
        ("reg/app:1", "", "reg/app:1"),
        ("reg/app@sha256:bb", "reg/app@sha256:aa", "reg/app@sha256:bb"),
        ("reg/{{ x }}", "reg/{{ x }}@sha256:aa", "reg/{{ x }}"),
    ],
)
def test_what_rows_call_an_image(image: str, image_id: str, key: str) -> None:
    assert image_key(image, image_id) == key


def test_what_rows_call_a_workload() -> None:
    assert workload_key("Deployment", "shop", "web") == "Deployment/shop/web"
    assert workload_key("Deployment", "", "web") == "Deployment/web"
