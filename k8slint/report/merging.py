"""Reports of several runs as one: of the parts of a repository, or of several repositories."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from k8slint.errors import UsageError
from k8slint.lint.baseline import BaselineEntry, parse_entries, render_entries
from k8slint.outside.files import MANIFEST_LIMIT, FileRefused, read_named
from k8slint.outside.terminal import echoed
from k8slint.records import NamedTuple
from k8slint.report.json import dumps
from k8slint.type_names import Any

_Data = dict[str, Any]


class Named(NamedTuple):
    """A report with the file it comes from, and what its paths are below."""

    file: str
    data: _Data
    folder: str = ""

    def below(self, path: str) -> str:
        return f"{self.folder}/{path}" if self.folder else path


class _Kind(NamedTuple):
    """A kind of report: the key that only it has, and how several are joined."""

    name: str
    key: str
    merge: Callable[[Sequence[Named]], str]


def read_report(word: str) -> Named:
    """Read a report from `FILE`, or from `NAME=FILE`, whose paths go below the name.

    Raises UsageError.
    """
    folder, _, file = word.rpartition("=")
    try:
        data = json.loads(read_named(file, MANIFEST_LIMIT))
    except (OSError, FileRefused) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"{file}: cannot be read: {why}") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{file}: is not JSON") from None
    if not isinstance(data, dict):
        raise UsageError(f"{file}: is not a report of k8slint")
    return Named(file, data, folder.rstrip("/"))


def merge_reports(reports: Sequence[Named]) -> str:
    """Join reports of one kind. Raises UsageError."""
    kinds = [(_kind_of(report), report) for report in reports]
    first, report = kinds[0]
    for kind, other in kinds[1:]:
        if kind is not first:
            raise UsageError(
                f"{other.file} is {kind.name}, {report.file} is {first.name}: merge each apart"
            )
    try:
        return first.merge(reports)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise UsageError(f"one of the reports is not {first.name} of k8slint") from None


def _kind_of(report: Named) -> _Kind:
    found = next((kind for kind in _KINDS if isinstance(report.data.get(kind.key), list)), None)
    if found is None:
        raise UsageError(f"{report.file}: is neither JSON, SARIF nor a baseline of k8slint")
    return found


def _merge_json(reports: Sequence[Named]) -> str:
    found = [
        {**one, "path": report.below(one["path"]), "related": [*_move(one["related"], report)]}
        for report in reports
        for one in report.data["findings"]
    ]
    found.sort(key=lambda one: (one["path"], one["line"], one["column"], one["code"]))
    summary = _sum([_move_summary(report) for report in reports])
    summary["coverage"]["counts"] = [*summary["coverage"]["counts"].values()]
    merged = {
        "version": _same(reports, "version", lambda data: data["version"]),
        "tool": _same(reports, "tool", lambda data: data["tool"]),
        "summary": summary,
        "findings": found,
    }
    return dumps(merged, indent=2)


def _move(rows: Iterable[_Data], report: Named) -> Iterator[_Data]:
    return ({**row, "path": report.below(row["path"])} for row in rows)


def _move_summary(report: Named) -> _Data:
    coverage = report.data["summary"]["coverage"]
    return {
        **{
            key: [*_move(value, report)] if isinstance(value, list) else value
            for key, value in report.data["summary"].items()
        },
        "coverage": {
            "counts": {row["kind"]: row for row in coverage["counts"]},
            "incomplete": [*_move(coverage["incomplete"], report)],
        },
    }


def _sum(values: Sequence[Any]) -> Any:
    """Add numbers, and join lists and what mappings hold; what is in several lists counts once."""
    first = values[0]
    if isinstance(first, Mapping):
        keys = dict.fromkeys(key for value in values for key in value)
        return {key: _sum([value[key] for value in values if key in value]) for key in keys}
    if isinstance(first, list):
        rows = {json.dumps(row, sort_keys=True): row for value in values for row in value}
        return [*rows.values()]
    return first if isinstance(first, str) else sum(values)


def _merge_sarif(reports: Sequence[Named]) -> str:
    runs = [(report, run) for report in reports for run in report.data["runs"]]
    rules = {rule["id"]: rule for _, run in runs for rule in run["tool"]["driver"]["rules"]}
    ids = sorted(rules)
    found = [
        {**_move_sarif(result, report), "ruleIndex": ids.index(result["ruleId"])}
        for report, run in runs
        for result in run["results"]
    ]
    found.sort(key=_order_in_sarif)
    calls = [_move_sarif(call, report) for report, run in runs for call in run["invocations"]]
    notes = [note for call in calls for note in call["toolExecutionNotifications"]]
    run = dict(runs[0][1])
    bases = [run.get("originalUriBaseIds") for _, run in runs]
    if any(base != bases[0] for base in bases):
        run.pop("originalUriBaseIds", None)
    _same(reports, "tool", lambda data: data["runs"][0]["tool"]["driver"]["version"])
    run["tool"] = {"driver": {**run["tool"]["driver"], "rules": [rules[name] for name in ids]}}
    run["invocations"] = [
        {
            **calls[0],
            "executionSuccessful": all(call["executionSuccessful"] for call in calls),
            "toolExecutionNotifications": _sum([notes]),
        }
    ]
    run["results"] = found
    return dumps({**reports[0].data, "runs": [run]}, indent=2)


def _move_sarif(data: Any, report: Named) -> Any:
    """Return a part of SARIF whose files are below the folder of its report."""
    if isinstance(data, list):
        return [_move_sarif(one, report) for one in data]
    if not isinstance(data, dict):
        return data
    moved = {key: _move_sarif(value, report) for key, value in data.items()}
    if "uri" in moved and moved.get("uriBaseId"):
        moved["uri"] = report.below(moved["uri"])
    return moved


def _order_in_sarif(result: _Data) -> tuple[str, int, int, str]:
    place = result["locations"][0]["physicalLocation"]
    region = place["region"]
    return (
        place["artifactLocation"]["uri"],
        region["startLine"],
        region.get("startColumn", 1),
        result["ruleId"],
    )


def _merge_baselines(reports: Sequence[Named]) -> str:
    entries: Counter[BaselineEntry] = Counter()
    for report in reports:
        found = parse_entries(report.file, report.data)
        # The same entry in several parts is of one file, and counts once.
        entries |= Counter(
            {entry._replace(path=report.below(entry.path)): n for entry, n in found.items()}
        )
    return render_entries(entries)


def _same(reports: Sequence[Named], what: str, read: Callable[[_Data], Any]) -> Any:
    """Return what all reports have in common. Raises UsageError where they have not."""
    first = read(reports[0].data)
    for other in reports[1:]:
        if (found := read(other.data)) != first:
            raise UsageError(
                f"{other.file} and {reports[0].file} differ in their {what}: "
                f"{echoed(found)}, {echoed(first)}"
            )
    return first


_KINDS = (
    _Kind("SARIF", "runs", _merge_sarif),
    _Kind("a baseline", "entries", _merge_baselines),
    _Kind("JSON", "findings", _merge_json),
)
