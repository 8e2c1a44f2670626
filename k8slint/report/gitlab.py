"""GitLab's code quality report: https://docs.gitlab.com/ci/testing/code_quality/."""

from __future__ import annotations

from k8slint.lint.reports import Report
from k8slint.lint.rule import Severity
from k8slint.report.fingerprint import fingerprints
from k8slint.report.json import dumps
from k8slint.report.names import relative_to_root

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def render(report: Report) -> str:
    """Return all findings; GitLab keeps one of each fingerprint, so each has its own."""
    issues = [
        {
            "description": f"{one.code}: {one.sentence}",  # The widget shows no check_name.
            "check_name": one.code,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[one.severity],
            "location": {
                "path": relative_to_root(one.at.path, report.root),
                "positions": {
                    "begin": {"line": one.at.line, "column": one.at.column},
                    "end": {"line": one.at.end_line, "column": one.at.end_column},
                },
            },
        }
        for one, fingerprint in zip(
            report.diagnoses, fingerprints(report.diagnoses, report.root), strict=True
        )
    ]
    return dumps(issues, indent=2)
