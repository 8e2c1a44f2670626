"""The one door to files: which there are, with which settings, and what is around them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from k8slint.config import NO_OVERRIDES, Configurations, Overrides, for_file
from k8slint.errors import UsageError
from k8slint.lint.files import (
    Found,
    Missing,
    discover,
    distinct,
    folders_of,
    is_excluded,
    relative,
    root_of,
)
from k8slint.lint.folders import Folders
from k8slint.lint.kustomizations import find_kustomized
from k8slint.lint.reports import FileReport
from k8slint.lint.settings import Settings
from k8slint.lint.task import Around, Task
from k8slint.outside.files import MANIFEST_LIMIT, Refused, is_stream, kind_of, read_named

if TYPE_CHECKING:
    from k8slint.lint.rendered.recipes import Recipes, Rendering


class Workspace:
    """Files with their settings, as a call sees them.

    What it has read of folders and configurations it reads once; nothing is kept beyond it.
    """

    def __init__(
        self,
        overrides: Overrides = NO_OVERRIDES,
        config: Path | None = None,
        *,
        gitignore: bool = True,
    ) -> None:
        self.overrides = overrides
        self.gitignore = gitignore
        self.folders = Folders()
        self.configurations = Configurations(self.folders, overrides, config)

    def settings_of(self, folder: str) -> Settings:
        """The settings of an absolute folder; raises UsageError."""
        return self.configurations.settings_for(folder)

    def find(
        self, named: Sequence[str], *, force_exclude: bool = False
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
                found += discover([path], self.folders, gitignore=self.gitignore)
            except Missing:
                missing.append(FileReport(path, error="no such file or folder"))
            except OSError as error:
                what = f"cannot be read: {error.strerror or error}"
                missing.append(FileReport(path, error=what))
            else:
                self.settings_of(home_of(path))
        own = self._settings_by_path(found, piped)
        kept = distinct(
            one
            for one in found
            if (one.is_named and not force_exclude) or not self.excludes(one.path, own[one.path])
        )
        return [Task(path, own[path], piped=piped.get(path)) for path in kept], missing

    def name(self, path: str) -> Task:
        """A text by the path it is to go by, whether there is such a file or not."""
        return Task(path, for_file(self.settings_of(root_of(path)), path))

    def excludes(self, path: str, settings: Settings) -> bool:
        """Whether what the call or the configuration excludes has a path in it."""
        base = Path.cwd() if self.overrides.exclude else settings.root
        return is_excluded(path, base, settings.exclude)

    def add_renderings(
        self, tasks: Sequence[Task], named: Sequence[str], rendering: Rendering
    ) -> tuple[list[Task], Recipes | None]:
        """What is to be rendered, and the files with those that it brings along."""
        from k8slint.lint.rendered.recipes import recipes

        for file in rendering.values:
            if not os.path.isfile(file):
                raise UsageError(f"--values {file}: no such file")
        paths = [task.path for task in tasks]
        found = recipes(paths, named, rendering, self.settings_of, relative)
        if found is None:
            return [*tasks], None
        known = set(paths)
        more = []
        for file, path in found.files.items():
            if path not in known:
                settings = for_file(self.settings_of(os.path.dirname(file)), path)
                if not self.excludes(path, settings):
                    more.append(Task(path, settings))
        return sorted([*tasks, *more], key=lambda task: task.path), found

    def collect_context(
        self, named: Sequence[str], context: Sequence[str], tasks: Sequence[Task]
    ) -> tuple[list[Task], Around]:
        """The files, and what is read for facts only: paths of the call and of files' settings.

        Kustomizations of the one change what is written in the other.
        """
        own = (path for one in {task.settings: 0 for task in tasks} for path in one.context)
        paths = [path if is_stream(path) else relative(path) for path in (*context, *own)]
        paths = [*dict.fromkeys(paths)]
        found, missing = self.find(paths)
        if missing:
            raise UsageError(f"context {missing[0].path}: {missing[0].error}")
        known = {os.path.abspath(task.path) for task in tasks} if found else set()
        beyond = [task for task in found if os.path.abspath(task.path) not in known]
        every = self.apply_kustomizations([*tasks, *beyond])
        is_complete = all(map(os.path.isdir, named)) or any(map(os.path.isdir, paths))
        return every[: len(tasks)], Around(tuple(every[len(tasks) :]), is_complete)

    def apply_kustomizations(self, tasks: Sequence[Task]) -> list[Task]:
        """The files with what kustomizations beside or above any of them change about each."""
        changed = find_kustomized((task.path for task in tasks), self.folders)
        return [
            task._replace(kustomized=changed[task.path]) if task.path in changed else task
            for task in tasks
        ]

    def _settings_by_path(
        self, found: Sequence[Found], piped: Iterable[str]
    ) -> dict[str, Settings]:
        folders = folders_of(one.path for one in found)
        folders.update(dict.fromkeys(piped, os.getcwd()))
        # Most folders have the settings of one above them.
        marked = {one: self.folders.nearest_marked(one) for one in dict.fromkeys(folders.values())}
        settings = {one: self.settings_of(one) for one in dict.fromkeys(marked.values())}
        return {path: for_file(settings[marked[one]], path) for path, one in folders.items()}


def folders_named(paths: Iterable[str]) -> tuple[str, ...]:
    """The folders that paths of a call are or are in, those with others in them first."""
    return tuple(sorted(set(map(home_of, paths)), key=len))


def home_of(path: str) -> str:
    """The folder that a path of a call is or is in, that of the call itself for a stream."""
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
