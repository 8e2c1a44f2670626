"""Placeholders in files that are YAML as they stand: what they stand for is unknown."""

from __future__ import annotations

import pytest

from k8slint.lint.reports import FileReport
from k8slint.lint.rule import Severity
from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.task import Context, RunOptions, Task

SETTINGS = Settings(select=("ALL",), ignore=("GS307",), fail_on=Severity.INFO)
POD = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: debian:12
        ports: [{containerPort: 80}]
"""


def run(lines: str, mode: RunOptions) -> FileReport:
    text = POD + "".join(f"        {line}\n" for line in lines.splitlines())
    return run_bytes(text.encode(), Task("x.yaml", SETTINGS), mode, Context(is_complete=True))


@pytest.mark.parametrize(
    "lines",
    [
        "lifecycle: ${LIFECYCLE}",
        "lifecycle: {LIFECYCLE}",
        "lifecycle: {preStop: '${HOOK}'}",
        "lifecycle: {preStop: {HOOK}}",
        "lifecycle: {preStop: {exec: '${EXEC}'}}",
        'lifecycle: {preStop: {exec: {command: [sh, -c, "sleep {{ .delay }}"]}}}',
        'lifecycle: {preStop: {exec: {command: [sleep, "{{ delay }}"]}}}',
    ],
)
def test_a_hook_that_a_placeholder_stands_for_is_unknown(lines: str) -> None:
    report = run(lines, RunOptions())
    assert report.workloads == 1
    assert not report.crash
    assert not report.diagnoses


def test_without_the_placeholder_there_is_no_hook() -> None:
    assert [one.code for one in run("lifecycle: {}", RunOptions()).diagnoses] == ["GS301"]


def test_messages_show_actions_and_fixes_leave_them_alone() -> None:
    command = 'command: [sh, -c, "serve --port {{ .port }}"]'
    lines = f"{command}\nlifecycle: {{preStop: {{sleep: {{seconds: 15}}}}}}"
    found = run(lines, RunOptions(fix=True, unsafe=True))
    assert (found.text or b"").endswith(lines.replace("\n", "\n        ").encode() + b"\n")
    (one,) = found.diagnoses
    assert (one.code, "another program replaces" in one.why_unfixed) == ("GS401", True)
    quoted = 'lifecycle: {preStop: {exec: {command: ["sleep {{ .x }}"]}}}'
    (broken,) = run(quoted, RunOptions()).diagnoses
    assert (broken.code, "`sleep {{ ... }}`" in broken.message) == ("GS205", True)
