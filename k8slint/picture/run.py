"""Read files and play the shutdowns in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from k8slint.kubernetes.kinds import RESOURCE_VERSION
from k8slint.kubernetes.workload import Workload, workloads
from k8slint.lint.reading import Template, UnreadableDocument, candidates
from k8slint.lint.scope import LintScope, scope_for
from k8slint.lint.sources import read_source
from k8slint.lint.task import Task, read_input
from k8slint.manifest.source import Source
from k8slint.manifest.tree import Document
from k8slint.outside.terminal import clipped
from k8slint.picture.scene import Played, Staged, scenes_of
from k8slint.records import NamedTuple


class WorkloadsRead(NamedTuple):
    """The workloads of one source, and the places that could not be read."""

    scope: LintScope
    workloads: tuple[Workload, ...] = ()
    unreadable: tuple[str, ...] = ()
    is_template: bool = False


def read_files(tasks: Iterable[Task]) -> Iterator[WorkloadsRead]:
    """Yield the workloads of each file."""
    for task in tasks:
        try:
            data = read_input(task)
        except OSError as error:
            reason = f"{task.path}: cannot be read: {error.strerror or error}"
            yield WorkloadsRead(scope_for(task.settings), unreadable=(reason,))
        else:
            yield read_workloads(data, task)


def read_workloads(data: bytes, task: Task) -> WorkloadsRead:
    """Return the workloads in the text of a file."""
    scope = scope_for(task.settings)
    source = read_source(data, Path(task.path).as_posix(), scope)
    if not isinstance(source, Source):
        reasons = (f"{task.path}: {source.message}",) if source else ()
        return WorkloadsRead(scope, unreadable=reasons)
    found: list[Workload] = []
    unreadable = []
    is_template = False
    for read in candidates(source, scope.kinds):
        match read:
            case Template():
                is_template = True
            case UnreadableDocument(offset, reason):
                line, _ = source.position(offset)
                unreadable.append(f"{source.name}:{line}: cannot be read: {clipped(reason)}")
            case Document() as document:
                found += workloads(document, scope.kinds, task.kustomized)
    if RESOURCE_VERSION in source.text:
        from k8slint.kubernetes.live import Owners, live_object

        owners = Owners(filter(None, (live_object(one.value) for one in found)))
        found = [one for one in found if owners.stands_for(one.value)]
    return WorkloadsRead(scope, tuple(found), tuple(unreadable), is_template)


def play_files(tasks: Iterable[Task], ending: Played) -> Iterator[Staged]:
    """Yield what there is to draw of each file."""
    for read in read_files(tasks):
        yield _played(read, ending)


def play_bytes(data: bytes, task: Task, ending: Played) -> Staged:
    """Return what there is to draw of the text of a file."""
    return _played(read_workloads(data, task), ending)


def _played(read: WorkloadsRead, ending: Played) -> Staged:
    scenes = [
        scene for workload in read.workloads for scene in scenes_of(workload, read.scope, ending)
    ]
    return Staged(tuple(scenes), read.unreadable, read.is_template)


def notes(*, templates: int, files: int, is_empty: bool, command: str) -> Iterator[str]:
    """Yield notes on what was skipped, and on finding nothing."""
    if templates:
        count = "1 unrendered template" if templates == 1 else f"{templates} unrendered templates"
        yield f"Skipped {count} (pipe `helm template` into `k8slint {command} -`)."
    elif is_empty:
        yield f"No workload found in {'1 file' if files == 1 else f'{files} files'}."
