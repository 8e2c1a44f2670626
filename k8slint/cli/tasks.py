"""Which files are read, and with which settings."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from k8slint.config import Overrides, for_file, settings_for
from k8slint.errors import UsageError
from k8slint.lint.files import (
    Found,
    Missing,
    discover,
    distinct,
    folders_of,
    is_excluded,
    kustomizations,
    marked,
    relative,
    root_of,
)
from k8slint.lint.reports import FileReport
from k8slint.lint.scope import scope_for
from k8slint.lint.settings import Settings
from k8slint.lint.task import Around, Task
from k8slint.outside.files import (
    MANIFEST_LIMIT,
    Refused,
    is_stream,
    kind_of,
    read_named,
    read_stream,
)

if TYPE_CHECKING:
    from k8slint.lint.rendered.recipes import Recipes, Rendering


def tasks_of(
    named: Sequence[str],
    overrides: Overrides,
    config: Path | None,
    *,
    force_exclude: bool,
    gitignore: bool,
) -> tuple[list[Task], list[FileReport]]:
    """The files to read in the order of their paths, and a report for each path not there.

    The settings of every folder are worked out, so that a mistake in one stops the run before
    anything is written.
    """
    found: list[Found] = []
    missing = []
    piped: dict[str, bytes] = {}
    for path in named:
        try:
            if is_stream(path):
                piped[path] = read_named(path, MANIFEST_LIMIT)
            else:
                _refuse_odd(path)
            found += discover([path], gitignore=gitignore)
        except Missing:
            missing.append(FileReport(path, error="no such file or folder"))
        except OSError as error:
            missing.append(FileReport(path, error=f"cannot be read: {error.strerror or error}"))
        else:
            settings_of(_home_of(path), overrides, config)
    folders = folders_of(one.path for one in found)
    folders.update(dict.fromkeys(piped, os.getcwd()))
    # Most folders have the settings of one above them.
    nearest = {folder: marked(folder) for folder in dict.fromkeys(folders.values())}
    settings = {
        place: settings_of(place, overrides, config) for place in dict.fromkeys(nearest.values())
    }
    own = {path: for_file(settings[nearest[folder]], path) for path, folder in folders.items()}
    kept = distinct(
        one
        for one in found
        if (one.is_named and not force_exclude)
        or not is_left_out(one.path, overrides, own[one.path])
    )
    return [Task(path, own[path], piped=piped.get(path)) for path in kept], missing


def folders_named(paths: Iterable[str]) -> tuple[str, ...]:
    """The folders that paths of the call are or are in, those with others in them first."""
    return tuple(sorted(set(map(_home_of, paths)), key=len))


def _home_of(path: str) -> str:
    """The folder that a path of the call is or is in, that of the call itself for a stream."""
    return os.getcwd() if is_stream(path) else root_of(path)


def _refuse_odd(path: str) -> None:
    """Raise Refused for what is there, and neither a file nor a folder."""
    try:
        status = os.stat(path)
    except OSError:  # To read it tells why.
        return
    what = kind_of(status)
    if what and not stat.S_ISDIR(status.st_mode):
        hint = ": pipe it into `k8slint check -`" if stat.S_ISFIFO(status.st_mode) else ""
        raise Refused(f"it is {what}, not a regular file{hint}")


def read_stdin() -> bytes:
    """What comes on standard input.

    Raises UsageError.
    """
    try:
        return read_stream(sys.stdin.buffer)
    except OSError as error:
        raise UsageError(f"standard input: cannot be read: {error.strerror or error}") from None


def with_recipes(
    tasks: Sequence[Task],
    named: Sequence[str],
    rendering: Rendering,
    overrides: Overrides,
    config: Path | None,
) -> tuple[list[Task], Recipes | None]:
    """What is to be rendered, and the files with those that it brings along."""
    from k8slint.lint.rendered.recipes import recipes

    for file in rendering.values:
        if not os.path.isfile(file):
            raise UsageError(f"--values {file}: no such file")
    paths = [task.path for task in tasks]
    found = recipes(
        paths, named, rendering, lambda folder: settings_of(folder, overrides, config), relative
    )
    if found is None:
        return [*tasks], None
    known = set(paths)
    more = []
    for file, path in found.files.items():
        if path not in known:
            settings = for_file(settings_of(os.path.dirname(file), overrides, config), path)
            if not is_left_out(path, overrides, settings):
                more.append(Task(path, settings))
    return sorted([*tasks, *more], key=lambda task: task.path), found


def kustomized(tasks: Sequence[Task]) -> list[Task]:
    """The files with what kustomizations beside or above any of them change about each."""
    changed = kustomizations(task.path for task in tasks)
    return [
        task._replace(kustomized=changed[task.path]) if task.path in changed else task
        for task in tasks
    ]


def surroundings(
    named: Sequence[str],
    context: Sequence[str],
    tasks: Sequence[Task],
    overrides: Overrides,
    config: Path | None,
    *,
    gitignore: bool,
) -> tuple[list[Task], Around]:
    """The files, and what is read for facts only: paths of the call and of its files' settings.

    Kustomizations of the one change what is written in the other.
    """
    own = (path for one in {task.settings: 0 for task in tasks} for path in one.context)
    paths = [path if is_stream(path) else relative(path) for path in (*context, *own)]
    paths = [*dict.fromkeys(paths)]
    found, missing = tasks_of(paths, overrides, config, force_exclude=False, gitignore=gitignore)
    if missing:
        raise UsageError(f"context {missing[0].path}: {missing[0].error}")
    known = {os.path.abspath(task.path) for task in tasks} if found else set()
    beyond = [task for task in found if os.path.abspath(task.path) not in known]
    every = kustomized([*tasks, *beyond])
    is_complete = all(map(os.path.isdir, named)) or any(map(os.path.isdir, paths))
    return every[: len(tasks)], Around(tuple(every[len(tasks) :]), is_complete)


def stdin_task(name: str, overrides: Overrides, config: Path | None) -> Task:
    return Task(name, for_file(settings_of(root_of(name), overrides, config), name))


def settings_of(folder: str, overrides: Overrides, config: Path | None) -> Settings:
    """The settings of a folder, known to select rules that exist."""
    settings = settings_for(folder, overrides, config)
    scope_for(settings)
    return settings


def is_left_out(path: str, overrides: Overrides, settings: Settings) -> bool:
    """Whether what the call or the configuration excludes has a path in it."""
    base = Path.cwd() if overrides.exclude else settings.root
    return is_excluded(path, base, settings.exclude)
