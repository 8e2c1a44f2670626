"""What a check of a whole repository finds, and the baselines that would hide it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from k8slint.config import Overrides
from k8slint.kubernetes.gates import Minor
from k8slint.lint.baseline import (
    apply_baselines,
    attach_baselines,
    find_baselines,
    new_baselines,
)
from k8slint.lint.files import make_relative
from k8slint.lint.rendered.recipes import Rendering
from k8slint.lint.reports import Report
from k8slint.lint.run import run_batch
from k8slint.lint.task import RunOptions, Task
from k8slint.records import NamedTuple
from k8slint.workspace import Workspace


class Findings(NamedTuple):
    """The report on a repository, with its files, and what baselines there would hold, by file."""

    report: Report
    tasks: tuple[Task, ...]
    workspace: Workspace
    baselines: Mapping[Path, str]


def find_all(root: Path, minor: Minor | None, jobs: int, *, render: bool) -> Findings:
    """Check a repository with its configuration, for a version of Kubernetes if one is given.

    With `render`, overlays and charts are built by their tools. Raises UsageError.
    """
    named = [make_relative(str(root))]
    workspace = Workspace(Overrides(minor=minor, named=(str(root),)), root=str(root))
    tasks, unread = workspace.find(named)
    recipes = None
    if render:
        tasks, recipes = workspace.add_renderings(tasks, named, Rendering(everything=True))
    known = find_baselines(tasks, None, (str(root),), workspace.folders, write=True)
    tasks, around, _ = workspace.collect_context(named, (), attach_baselines(tasks, known))
    reports = [*run_batch(tasks, RunOptions(roots=(str(root),)), jobs, around, recipes)]
    settings = tuple(task.settings for task in tasks)
    report = Report((*unread, *reports), settings, str(root))
    report = apply_baselines(report, tasks, known, write=False)
    return Findings(report, tuple(tasks), workspace, new_baselines(reports, tasks, known))
