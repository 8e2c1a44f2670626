"""Read files and play the shutdowns in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from k8slint.lint.scope import scope_for
from k8slint.lint.sources import read_source
from k8slint.lint.task import Task, read_input
from k8slint.manifest.source import Source
from k8slint.picture.scene import Played, Staged, stage


def play_files(tasks: Iterable[Task], ending: Played) -> Iterator[Staged]:
    """Yield what there is to draw of each file."""
    for task in tasks:
        try:
            data = read_input(task)
        except OSError as error:
            reason = f"{task.path}: cannot be read: {error.strerror or error}"
            yield Staged((), unreadable=(reason,))
        else:
            yield play_bytes(data, task, ending)


def play_bytes(data: bytes, task: Task, ending: Played) -> Staged:
    """Return what there is to draw of the text of a file."""
    scope = scope_for(task.settings)
    source = read_source(data, Path(task.path).as_posix(), scope)
    if isinstance(source, Source):
        return stage(source, scope, ending, task.kustomized)
    reason = f"{task.path}: {source.message}" if source else ""
    return Staged((), unreadable=(reason,) if reason else ())


def notes(staged: Sequence[Staged]) -> Iterator[str]:
    """Yield notes on what was skipped, and on finding nothing."""
    templates = sum(one.is_template for one in staged)
    if templates:
        count = "1 unrendered template" if templates == 1 else f"{templates} unrendered templates"
        yield (f"Skipped {count} (pipe `helm template` into `k8slint timeline -`).")
    elif not any(one.scenes or one.unreadable for one in staged):
        files = "1 file" if len(staged) == 1 else f"{len(staged)} files"
        yield f"No workload found in {files}."
