"""Templates, read by what stands in them literally: the table is `tests/data/templates.yaml`."""

from __future__ import annotations

from textwrap import indent
from typing import Any

import pytest

from k8slint.lint.reports import FileReport
from k8slint.lint.rule import Severity
from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.task import Context, RunOptions, Task
from tests.tables import check_keys, table

CASES: dict[str, Any] = table("templates.yaml")
SETTINGS = Settings(select=("ALL",), ignore=("GS301", "GS307"), fail_on=Severity.INFO)


def template(row: dict[str, Any]) -> str:
    check_keys(
        row, "templates.yaml", ["finds"], ["spec", "app", "whole", "fixed", "unfixed", "says"]
    )
    if "whole" in row:
        return str(row["whole"])
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n"
        '  name: {{ include "web.name" . }}\nspec:\n  template:\n    spec:\n'
        f"{indent(row.get('spec', ''), ' ' * 6)}      containers:\n      - name: web\n"
        f"{indent(row['app'], ' ' * 8)}"
    )


def run(text: str, mode: RunOptions) -> FileReport:
    report = run_bytes(text.encode(), Task("x.yaml", SETTINGS), mode, Context(is_complete=True))
    assert not report.crash, report.crash
    assert not report.failed
    return report


@pytest.mark.parametrize("name", CASES)
def test_findings_are_those_that_literals_show(name: str) -> None:
    row = CASES[name]
    text = template(row)
    report = run(text, RunOptions())
    assert (report.in_part, report.skipped) == ("template", "")
    assert report.workloads == 1
    lines = text.splitlines()
    found = [f"{one.code} {lines[one.at.line - 1].strip()}" for one in report.diagnoses]
    assert sorted(found) == sorted(row["finds"])
    assert all(row.get("says", "") in one.message for one in report.diagnoses)


@pytest.mark.parametrize("name", CASES)
def test_only_literal_scalars_are_edited(name: str) -> None:
    row = CASES[name]
    text = template(row)
    wanted = text
    for old, new in row.get("fixed", {}).items():
        assert wanted.count(old) == 1
        wanted = wanted.replace(old, new)
    report = run(text, RunOptions(fix=True, unsafe=True))
    assert (report.text or b"").decode() == wanted
    why = row.get("unfixed", "")
    assert not why or all(why in one.why_unfixed for one in report.diagnoses)
