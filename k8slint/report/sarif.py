"""SARIF 2.1.0, for GitHub code scanning and for viewers.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from k8slint import __version__
from k8slint.lint.diagnosis import Diagnostic, Fix
from k8slint.lint.identity import Resource
from k8slint.lint.reports import Report
from k8slint.lint.rule import Rule, Severity
from k8slint.manifest.source import Location
from k8slint.outside.terminal import name_bytes
from k8slint.report.fingerprint import fingerprints
from k8slint.report.json import dumps, meeting_joined
from k8slint.report.names import relative_to_root
from k8slint.report.page import markdown, url
from k8slint.type_names import Any

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME = "https://github.com/k8slint/k8slint"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
# GitHub's tags.
_PROBLEMS = {**_LEVELS, Severity.INFO: "recommendation"}


def render(report: Report) -> str:
    return dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report)]}, indent=2)


def _run(report: Report) -> dict[str, Any]:
    index = {rule.code: number for number, rule in enumerate(report.rules)}
    found = zip(report.diagnoses, fingerprints(report.diagnoses, report.root), strict=True)
    return {
        "tool": {
            "driver": {
                "name": "k8slint",
                "version": __version__,
                "semanticVersion": __version__,
                "informationUri": _HOME,
                "rules": [_rule(rule) for rule in report.rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": _base(report.root),
        "automationDetails": {"id": "k8slint/"},
        "invocations": [
            {
                "executionSuccessful": not report.has_failed,
                "toolExecutionNotifications": _notifications(report),
            }
        ],
        "results": [
            _result(one, index[one.code], fingerprint, report.root) for one, fingerprint in found
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    page = url(rule.code)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": _why(rule)},
        **({"helpUri": page} if page else {}),
        "help": {
            "text": f"{rule.summary}: {page}" if page else rule.summary,
            "markdown": markdown(rule),
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["kubernetes", "graceful-shutdown"],
            "precision": "high",
            "problem.severity": _PROBLEMS[rule.severity],
        },
    }


def _why(rule: Rule) -> str:
    """Return the first paragraph below the summary of a page."""
    _, _, below = rule.page.strip().partition("\n\n")
    first, _, _ = below.partition("\n\n")
    return " ".join(first.split()) if first[:1].isalnum() else rule.summary


def _notifications(report: Report) -> list[dict[str, Any]]:
    told = [(path, "error", message) for path, message in report.problems]
    told += [(one.path, "note", f"skipped: {one.skipped}") for one in report.files if one.skipped]
    return [
        {"level": level, "message": {"text": _message(text)}, "locations": [_whole(path, report)]}
        for path, level, text in told
    ]


def _whole(path: str, report: Report) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(path, report.root)}}


def _result(one: Diagnostic, index: int, fingerprint: str, root: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": one.code,
        "ruleIndex": index,
        "level": _LEVELS[one.severity],
        "message": {"text": _message(one.sentence)},
        "locations": [{"physicalLocation": _physical(one.at, root)}],
        # No primaryLocationLineHash: GitHub computes it if it is missing.
        "partialFingerprints": {"k8slint/v1": fingerprint},
        "suppressions": [],
    }
    if one.resource:
        result["locations"][0]["logicalLocations"] = [_logical(one.resource)]
    if one.related:
        result["relatedLocations"] = [
            _related(number, place, root) for number, place in enumerate(one.related, 1)
        ]
    if one.fix and one.fix.edits:
        result["fixes"] = [_fix(one.fix, _artifact(one.at.path, root))]
    if one.why_unfixed:
        result["properties"] = {"unfixed": one.why_unfixed}
    return result


def _related(number: int, place: Location, root: str) -> dict[str, Any]:
    related = {"id": number, "physicalLocation": _physical(place, root)}
    return {**related, "message": {"text": _message(place.label)}} if place.label else related


def _physical(place: Location, root: str) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.path, root)}
    if place.line:
        region = _region(place.line, place.column, place.end_line, place.end_column)
        physical["region"] = region
    return physical


def _region(line: int, column: int, end_line: int, end_column: int) -> dict[str, int]:
    return {
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
    }


def _base(root: str) -> dict[str, Any]:
    return {"SRCROOT": {"uri": Path(root, "_").as_uri()[:-1]}} if root else {}


def _artifact(path: str, root: str) -> dict[str, str]:
    """Return the location of a file, the same wherever the repository is checked out."""
    seen = relative_to_root(path, root)
    if Path(seen).is_absolute():
        return {"uri": Path(seen).as_uri()}
    base = {"uriBaseId": "SRCROOT"} if root else {}
    return {"uri": quote(name_bytes(seen)), **base}


def _logical(resource: Resource) -> dict[str, str]:
    _, *names = resource.bounded()
    return {"fullyQualifiedName": "/".join(filter(None, names)), "kind": "resource"}


def _fix(fix: Fix, artifact: dict[str, str]) -> dict[str, Any]:
    replacements = [
        {
            "deletedRegion": _region(edit.line, edit.column, edit.end_line, edit.end_column),
            "insertedContent": {"text": edit.content},
        }
        for edit in meeting_joined(fix.edits)
    ]
    risk = f" (unsafe: {fix.unsafe})" if fix.unsafe else ""
    return {
        "description": {"text": _message(f"{fix.title}{risk}")},
        "artifactChanges": [{"artifactLocation": artifact, "replacements": replacements}],
    }


def _message(text: str) -> str:
    """Escape a text so that nothing in it is taken for an embedded link."""
    return text.replace("](", "]\\(")
