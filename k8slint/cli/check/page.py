"""The report as an HTML page: how the pods of a run end is played for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from k8slint.lint.scope import scope_for
from k8slint.lint.sources import read_source
from k8slint.lint.survey import build_cluster, read_facts
from k8slint.lint.task import display_path, read_input
from k8slint.manifest.source import Source
from k8slint.picture import findings
from k8slint.picture.run import play_bytes
from k8slint.picture.scene import Played, Scene

if TYPE_CHECKING:
    from k8slint.cli.check.execute import Prepared
    from k8slint.lint.reports import Report
    from k8slint.lint.task import Task


def html_report(report: Report, prepared: Prepared) -> str:
    """Return a page with what was found, beside how each pod of the run ends."""
    files = {file.path: file for file in report.files}
    tasks = [
        task._replace(given=file.text if task.given is None else task.given)
        for task in prepared.workspace.apply_kustomizations(prepared.tasks)
        if (file := files.get(display_path(task.path))) and not file.error
    ]
    config_maps = build_cluster(map(read_facts, tasks)).config_maps
    fixable = {one.at.path for one in report.diagnoses if one.fix and one.fix.edits}
    scenes: list[Scene] = []
    texts: dict[str, list[str]] = {}
    for task in tasks:
        path = display_path(task.path)
        if not (files[path].workloads or path in fixable):
            continue
        try:
            data = read_input(task)
        except OSError:  # It was there a moment ago; its findings still are.
            continue
        scenes += play_bytes(data, task, Played(), config_maps).scenes
        if path in fixable:
            texts[path] = _lines(data, task)
    return findings.render(report, scenes, texts)


def _lines(data: bytes, task: Task) -> list[str]:
    source = read_source(data, display_path(task.path), scope_for(task.settings))
    return source.text.split("\n") if isinstance(source, Source) else []
