"""JSON Lines: the finding objects of `json`, one per line."""

from __future__ import annotations

from k8slint.lint.reports import Report
from k8slint.report.json import dumps, findings


def render(report: Report) -> str:
    return "".join(map(dumps, findings(report)))
