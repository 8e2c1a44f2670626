"""What the page asks of k8slint: one request as JSON in, one answer as JSON out.

Only `k8slint.api` is used, so that this runs in CPython as it does in the browser; the two are
compared that way. Lines and columns in answers are those of editors: from 1, in UTF-16 units.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from k8slint.api import (
    ClusterTarget,
    Diagnostic,
    FileReport,
    Location,
    Settings,
    Severity,
    UsageError,
    Workspace,
    count_columns,
    draw,
    unified_diff,
)

# What the page accepts as a name, too; a file stands in the one folder there is.
NAME = re.compile(r"(?a)[A-Za-z0-9][\w.-]{0,60}\.(?:ya?ml|json)")

VERSION = re.compile(r"(?a)\d\.\d{1,3}")


class Page:
    """The files and settings of a page, in a folder of their own."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(os.path.realpath(folder))
        self.texts: dict[str, str] = {}
        self._asked: object = None
        self.workspace = Workspace(root=str(self.folder))

    def answer(self, request: str) -> str:
        """Return the answer to a request: what was asked for, or an `error` to show."""
        asked = json.loads(request)
        do = {
            "check": self.check,
            "draw": self.draw,
            "repair": self.repair,
            "fix": self.fix,
        }[asked["do"]]
        try:
            return json.dumps(do(asked))
        except (UsageError, ValueError) as error:
            return json.dumps({"error": str(error)})

    def check(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return the findings of every file."""
        self._take(asked["files"], asked["settings"])
        return {"files": {name: self._found(name) for name in self.texts}}

    def draw(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return the timelines of a file as SVG."""
        name = asked["name"]
        staged = self.workspace.timeline(self._path(name))
        scenes = tuple(replace(scene, path=name) for scene in staged.scenes)
        return {"svg": draw(replace(staged, scenes=scenes), asked.get("width", 900))}

    def repair(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return a file once the finding of a number is repaired."""
        name = asked["name"]
        report = self._report(name)
        one = report.diagnoses[asked["number"]]
        return self._changed(name, self.workspace.repair(self._path(name), one))

    def fix(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return a file once all of its findings are repaired, unsafely where that is wanted."""
        name = asked["name"]
        report = self.workspace.fix(self._path(name), unsafe=asked["unsafe"])
        if problem := report.error or "; ".join(report.failed):
            raise ValueError(problem)
        return self._changed(name, report)

    def _changed(self, name: str, report: FileReport) -> dict[str, Any]:
        old = self.texts[name]
        new = old if report.text is None else report.text.decode()
        return {
            "text": new,
            "diff": unified_diff(name, old, new),
            "fixed": [one.code for one in report.fixed],
            "left": [one.code for one in report.diagnoses],
        }

    def _take(self, files: Mapping[str, str], settings: Mapping[str, Any]) -> None:
        """Write what has changed since the last time; raises ValueError and changes nothing."""
        for name in files:
            if not NAME.fullmatch(name):
                raise ValueError(f"{name!r} is not a name such as web.yaml")
        given = _settings(settings)
        gone = {*self.texts} - {*files}
        for name in gone:
            (self.folder / name).unlink()
        changed = {name for name, text in files.items() if self.texts.get(name) != text}
        for name in changed:
            (self.folder / name).write_bytes(files[name].encode("utf-8", "replace"))
        self.texts = dict(files)
        if settings == self._asked:
            for name in changed | gone:
                self.workspace.update(self._path(name), None)
        else:
            self.workspace = Workspace(
                root=str(self.folder),
                settings=given,
                is_complete=bool(settings.get("isComplete")),
            )
            self._asked = settings

    def _found(self, name: str) -> dict[str, Any]:
        report = self._report(name)
        text = self.texts[name]
        return {
            "error": report.error,
            "skipped": report.skipped,
            "workloads": report.workloads,
            "findings": [self._shown(one, text) for one in report.diagnoses],
            "suppressed": [self._shown(one, text) for one in report.suppressed],
        }

    def _report(self, name: str) -> FileReport:
        path = self._path(name)
        return self.workspace.check(path).get(path) or FileReport(path)

    def _shown(self, one: Diagnostic, text: str) -> dict[str, Any]:
        fix = one.fix
        return {
            "code": one.code,
            "name": one.name,
            "severity": str(one.severity),
            "message": one.sentence,
            "at": self._place(one.at, text),
            "related": [self._place(place, text) for place in one.related],
            "fix": {
                "title": fix.title,
                "isSafe": fix.applicability == "safe",
                "unsafe": fix.unsafe,
                "refused": fix.refused or ("" if fix.edits else "it is part of another repair"),
            }
            if fix
            else None,
            "unfixed": one.why_unfixed,
        }

    def _place(self, place: Location, text: str) -> dict[str, Any]:
        name = place.path.removeprefix(f"{self.folder.as_posix()}/")
        # Columns in other files are not shown.
        there = self.texts.get(name, text)
        exact = count_columns(there, place) if place.line and name in self.texts else place
        return {
            "file": name,
            "line": exact.line,
            "column": exact.column,
            "endLine": exact.end_line,
            "endColumn": exact.end_column,
            "label": place.label,
        }

    def _path(self, name: str) -> str:
        return str(self.folder / name)


def _settings(asked: Mapping[str, Any]) -> Settings:
    """Return the settings that the page's choices stand for; raises UsageError, ValueError."""
    version = asked.get("version") or "0.0"
    if not VERSION.fullmatch(version):
        raise ValueError(f"{version!r} is not a version such as 1.31")
    major, minor = map(int, version.split("."))
    return Settings(
        select=tuple(asked.get("select") or ["DEFAULT"]),
        fail_on=Severity.INFO,
        target=ClusterTarget(
            (major, minor) if major else None, frozenset(asked.get("gates") or ())
        ),
        options=tuple((code, name, value) for code, name, value in asked.get("options") or ()),
        preview=True,
    )
