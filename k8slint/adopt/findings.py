"""What a check of a whole repository finds, and the baselines that would hide it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from k8slint.config import Overrides
from k8slint.kubernetes.gates import Minor
from k8slint.lint.baseline import (
    apply_baselines,
    attach_baselines,
    find_baselines,
    new_baselines,
)
from k8slint.lint.files import make_relative
from k8slint.lint.rendered.recipes import Rendering, Watch
from k8slint.lint.reports import FileReport, Report
from k8slint.lint.run import run_batch
from k8slint.lint.task import RunOptions, Task
from k8slint.records import NamedTuple
from k8slint.workspace import Workspace

Progress: TypeAlias = Callable[[Iterator[FileReport], int], Iterator[FileReport]]


class Findings(NamedTuple):
    """The report on a repository, with its files, and what baselines there would hold, by file."""

    report: Report
    tasks: tuple[Task, ...]
    workspace: Workspace
    baselines: Mapping[Path, str]


def find_all(
    root: Path,
    minor: Minor | None,
    jobs: int,
    watch: Watch | None = None,
    progress: Progress | None = None,
    *,
    render: bool,
) -> Findings:
    """Check a repository with its configuration, for a version of Kubernetes if one is given.

    With `render`, overlays and charts are built by their tools. Who is to `watch` that, and the
    `progress` of the check, is given what comes, and how much of it. Raises UsageError.
    """
    named = [make_relative(str(root))]
    workspace = Workspace(Overrides(minor=minor, named=(str(root),)), root=str(root))
    tasks, unread = workspace.find(named)
    recipes = None
    if render:
        tasks, recipes = workspace.add_renderings(tasks, named, Rendering(everything=True))
        recipes = recipes._replace(watch=watch) if recipes and watch else recipes
    known = find_baselines(tasks, None, (str(root),), workspace.folders, write=True)
    tasks, around, _ = workspace.collect_context(named, (), attach_baselines(tasks, known))
    checked = run_batch(tasks, RunOptions(roots=(str(root),)), jobs, around, recipes)
    reports = [*(progress(checked, len(tasks)) if progress else checked)]
    settings = tuple(task.settings for task in tasks)
    report = Report((*unread, *reports), settings, str(root))
    report = apply_baselines(report, tasks, known, write=False)
    return Findings(report, tuple(tasks), workspace, new_baselines(reports, tasks, known))


def report_now(root: Path, found: Findings) -> Report:
    """Return the report as the baselines that are there now have it, without another check.

    Raises UsageError.
    """
    folders = found.workspace.folders
    known = find_baselines(found.tasks, None, (str(root),), folders, write=True)
    tasks = attach_baselines(found.tasks, known)
    first = len(found.report.files) - len(tasks)  # Before them are files that are not read.
    others, files = found.report.files[:first], found.report.files[first:]
    marked = map(_mark_known, tasks, files)
    report = Report((*others, *marked), found.report.settings, str(root))
    return apply_baselines(report, tasks, known, write=False)


def _mark_known(task: Task, file: FileReport) -> FileReport:
    """Return the report on a file with the findings marked that its baseline has."""
    assert task.known
    file = file.with_found([*task.known.mark(file.diagnoses), *file.suppressed])
    fails = any(one.severity >= task.settings.fail_on for one in file.diagnoses)
    return file._replace(fails=fails)
