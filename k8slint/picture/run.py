"""Read files and play the shutdowns in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from k8slint.kubernetes.kinds import RESOURCE_VERSION
from k8slint.kubernetes.workload import ConfigMapFinder, Workload, workloads
from k8slint.lint.reading import Template, UnreadableDocument, candidates
from k8slint.lint.scope import LintScope, scope_for
from k8slint.lint.sources import read_source
from k8slint.lint.survey import build_cluster, read_facts
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


def read_files(
    tasks: Iterable[Task], config_maps: ConfigMapFinder | None = None
) -> Iterator[WorkloadsRead]:
    """Yield the workloads of each file; `config_maps` are those of the files if None."""
    tasks = [*tasks]
    config_maps = config_maps or build_cluster(map(read_facts, tasks)).config_maps
    for task in tasks:
        try:
            data = read_input(task)
        except OSError as error:
            reason = f"{task.path}: cannot be read: {error.strerror or error}"
            yield WorkloadsRead(scope_for(task.settings), unreadable=(reason,))
        else:
            yield read_workloads(data, task, config_maps)


def read_workloads(
    data: bytes, task: Task, config_maps: ConfigMapFinder | None = None
) -> WorkloadsRead:
    """Return the workloads in the text of a file; `config_maps` are its own if None."""
    scope = scope_for(task.settings)
    if config_maps is None:
        config_maps = build_cluster([read_facts(task._replace(given=data))]).config_maps
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
                found += workloads(document, scope.kinds, task.kustomized, config_maps)
    if RESOURCE_VERSION in source.text:
        from k8slint.kubernetes.live import Owners, live_object

        owners = Owners(filter(None, (live_object(one.value) for one in found)))
        found = [one for one in found if owners.stands_for(one.value)]
    return WorkloadsRead(scope, tuple(found), tuple(unreadable), is_template)


def play_files(
    tasks: Iterable[Task], ending: Played, config_maps: ConfigMapFinder | None = None
) -> Iterator[Staged]:
    """Yield what there is to draw of each file, with `config_maps` as in read_files."""
    for read in read_files(tasks, config_maps):
        yield _play(read, ending)


def play_bytes(
    data: bytes, task: Task, ending: Played, config_maps: ConfigMapFinder | None = None
) -> Staged:
    """Return what there is to draw of the text of a file; `config_maps` are its own if None."""
    return _play(read_workloads(data, task, config_maps), ending)


def _play(read: WorkloadsRead, ending: Played) -> Staged:
    scenes = [
        scene for workload in read.workloads for scene in scenes_of(workload, read.scope, ending)
    ]
    return Staged(tuple(scenes), read.unreadable, read.is_template)


def notes(*, templates: int, files: int, is_empty: bool, command: str) -> Iterator[str]:
    """Yield notes on what was skipped, and on finding nothing."""
    if templates:
        count = "1 unrendered template" if templates == 1 else f"{templates} unrendered templates"
        why = f"`{command}` needs what actions write"
        yield f"Skipped {count}: {why} (pipe `helm template` into `k8slint {command} -`)."
    elif is_empty:
        yield f"No workload found in {'1 file' if files == 1 else f'{files} files'}."
