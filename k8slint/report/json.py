"""JSON for machines: one object, version 1; lines and columns start at 1.

They are null where only the file is known, as for parts of charts that no trial could place.
Fields are only added within a version, never changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from k8slint import __version__
from k8slint.lint.diagnosis import Diagnostic, Fix, TextEdit
from k8slint.lint.identity import Resource
from k8slint.lint.reports import Report
from k8slint.lint.rule import Severity
from k8slint.manifest.source import Location
from k8slint.outside.terminal import LONGEST_NAME, clipped, fit_json
from k8slint.report.coverage import coverage_data, portions_in
from k8slint.report.fingerprint import fingerprints
from k8slint.report.names import readable
from k8slint.report.page import url
from k8slint.type_names import Any


def render(report: Report) -> str:
    return dumps(report_data(report), indent=2)


def dumps(data: Any, *, indent: int | None = None) -> str:
    """Return data as JSON with a line end; what a terminal must not get is escaped."""
    text = json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False)
    return fit_json(readable(text)) + "\n"


def report_data(report: Report) -> dict[str, Any]:
    """Return the report as plain data."""
    found = report.diagnoses
    return {
        "version": 1,
        "tool": {"name": "k8slint", "version": __version__},
        "summary": {
            "files": len(report.read),
            "findings": len(found),
            "severities": {str(a): sum(o.severity is a for o in found) for a in _LEVELS},
            "fixed": len(report.fixed),
            "suppressed": len(report.suppressed),
            "skipped": [
                {"path": file.path, "reason": file.skipped}
                for file in report.files
                if file.skipped
            ],
            "problems": [{"path": path, "message": message} for path, message in report.problems],
            "coverage": coverage_data(portions_in(report.files)),
        },
        "findings": findings(report),
    }


def findings(report: Report) -> list[dict[str, Any]]:
    """Return all findings as plain data, suppressed ones included."""
    every = [*report.diagnoses, *report.suppressed]
    pairs = zip(every, fingerprints(every, report.root), strict=True)
    return [
        {**finding(one), "fingerprint": fingerprint}
        for one, fingerprint in sorted(pairs, key=lambda pair: pair[0].order)
    ]


def finding(one: Diagnostic) -> dict[str, Any]:
    """Return a finding as plain data."""
    return {
        "code": one.code,
        "name": one.name,
        "severity": str(one.severity),
        "message": one.message,
        **_place(one.at),
        "resource": resource(one.resource) if one.resource else None,
        "pointer": clipped(one.pointer),
        "url": url(one.code),
        "related": [{**_place(place), "message": place.label} for place in one.related],
        "fix": _fix(one.fix) if one.fix else None,
        "unfixed": one.why_unfixed or None,
        "suppressed": one.suppressed._asdict() if one.suppressed else None,
        "renderedBy": [*one.through],
        "owners": [clipped(owner, LONGEST_NAME) for owner in one.owners],
    }


_LEVELS = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def _place(location: Location) -> dict[str, Any]:
    return {
        "path": location.path,
        "line": location.line or None,
        "column": location.column or None,
        "endLine": location.end_line or None,
        "endColumn": location.end_column or None,
    }


def resource(of: Resource) -> dict[str, str]:
    """Return an object as plain data."""
    shown = of.bounded()
    return {
        "apiVersion": shown.api_version,
        "kind": shown.kind,
        "namespace": shown.namespace,
        "name": shown.name,
        "container": shown.container,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "applicability": "display" if fix.refused else fix.applicability,
        "title": fix.title,
        "unsafe": fix.unsafe,
        "refused": fix.refused,
        "edits": [
            {
                "line": edit.line,
                "column": edit.column,
                "endLine": edit.end_line,
                "endColumn": edit.end_column,
                "content": edit.content,
            }
            for edit in meeting_joined(fix.edits)
        ],
    }


def meeting_joined(edits: Iterable[TextEdit]) -> list[TextEdit]:
    """Join adjacent edits, as readers may apply two insertions at one place in either order."""
    joined: list[TextEdit] = []
    for edit in edits:
        last = joined[-1] if joined else None
        if last and (last.end_line, last.end_column) == (edit.line, edit.column):
            content = last.content + edit.content
            joined[-1] = last._replace(
                end_line=edit.end_line, end_column=edit.end_column, content=content
            )
        else:
            joined.append(edit)
    return joined
