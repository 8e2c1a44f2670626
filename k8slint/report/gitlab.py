"""GitLab's code quality report: https://docs.gitlab.com/ci/testing/code_quality/."""

from __future__ import annotations

from k8slint.lint.reports import Report
from k8slint.lint.rule import Severity
from k8slint.manifest.source import Location
from k8slint.report.fingerprint import fingerprints
from k8slint.report.json import dumps
from k8slint.report.names import relative_to_root
from k8slint.type_names import Any

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
                "positions": _positions(one.at),
            },
        }
        for one, fingerprint in zip(
            report.diagnoses, fingerprints(report.diagnoses, report.root), strict=True
        )
    ]
    return dumps(issues, indent=2)


def _positions(at: Location) -> dict[str, Any]:
    """Return a stretch; GitLab rejects an issue without a line, so that of a file is its first."""
    return {
        "begin": {"line": at.line or 1, "column": at.column or 1},
        "end": {"line": at.end_line or 1, "column": at.end_column or 1},
    }
