"""What is known of the files in an editor's folders, unsaved texts included."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from k8slint.config import NO_OVERRIDES, Overrides
from k8slint.errors import UsageError
from k8slint.git import IGNORE_FILE
from k8slint.images.name import is_dockerfile
from k8slint.lint.files import SUFFIXES
from k8slint.lint.folders import MARKERS
from k8slint.lint.reports import FileReport
from k8slint.lint.settings import BASELINE
from k8slint.lint.task import Task
from k8slint.records import NamedTuple
from k8slint.workspace import Workspace, folders_named

_AT_LINE = re.compile(r"(.+?):(\d+): (.*)", re.DOTALL)


class ConfigMistake(NamedTuple):
    """Why a folder cannot be checked: a mistake in a configuration, with its line from 1."""

    path: str
    line: int
    message: str


class EditorFolders:
    """The workspaces of an editor: one for each folder, and one for each file outside of all.

    Where folders are nested, a file is reported on by the innermost one.
    """

    def __init__(
        self,
        overrides: Overrides = NO_OVERRIDES,
        config: Path | None = None,
    ) -> None:
        self.overrides = overrides
        self.config = config
        self.mistakes: dict[str, tuple[ConfigMistake, ...]] = {}
        self._folders: dict[str, Workspace] = {}
        self._alone: dict[str, Workspace] = {}
        self._texts: dict[str, bytes] = {}

    @property
    def roots(self) -> list[str]:
        return [*self._folders]

    def open_folder(self, folder: str) -> None:
        if folder not in self._folders:
            self._folders[folder] = self._workspace(folder)
            for path, text in self._texts.items():
                if is_below(path, folder):
                    self._alone.pop(path, None)
                    self._folders[folder].update(path, text)

    def close_folder(self, folder: str) -> None:
        self._folders.pop(folder, None)
        self.mistakes.pop(folder, None)
        for path, text in self._texts.items():
            if not self._around(path):
                self._update_alone(path, text)

    def update(self, path: str, text: bytes | None) -> None:
        """Use an unsaved text, or with None what is on disk: a file or folder that has changed.

        What says something about other files counts once it is saved.
        """
        self._texts.pop(path, None)
        around = self._around(path)
        is_manifest = path.endswith(SUFFIXES) and not is_about_others(path)
        if text is not None:
            if not is_manifest and (around or is_about_others(path)):
                return
            self._texts[path] = text
        is_folder = not is_manifest and not is_about_others(path) and not os.path.isfile(path)
        for folder in around:
            if text is None and is_folder:
                self._folders[folder].forget(path)
            else:
                self._folders[folder].update(path, text)
        if not around:
            self._update_alone(path, text)
        if text is None and is_about_others(path):
            for workspace in self._alone.values():
                workspace.forget()

    def unchecked(self) -> list[str]:
        """Return the files that have to be checked, those of an unusable folder left out."""
        found: list[str] = []
        for root, workspace in [*self._workspaces()]:
            try:
                own = workspace.unchecked()
            except UsageError as error:
                self.mistakes[root] = tuple(_mistake(root, one) for one in error.messages)
            else:
                self.mistakes.pop(root, None)
                found += (path for path in own if self.workspace_of(path) is workspace)
        return found

    def check(self, path: str) -> FileReport | None:
        """Return the report on a file; None for one that is not checked.

        Raises UsageError for a configuration that cannot be used.
        """
        workspace = self.workspace_of(path)
        return workspace.check(path).get(path) if workspace else None

    def fix(self, path: str) -> FileReport | None:
        """Return the report on a file once its safe repairs are made; None for one not checked."""
        workspace = self.workspace_of(path)
        return workspace.fix(path) if workspace and workspace.task_of(path) else None

    def try_text(self, path: str, text: bytes) -> FileReport | None:
        """Return the report on a file as if it held a text; None for one that is not checked."""
        workspace = self.workspace_of(path)
        return workspace.try_text(path, text) if workspace and workspace.task_of(path) else None

    def task_of(self, path: str) -> Task | None:
        """Return a file with its settings; None for one that is not checked.

        Raises UsageError for a configuration that cannot be used.
        """
        workspace = self.workspace_of(path)
        return workspace.task_of(path) if workspace else None

    def is_about_others(self, path: str) -> bool:
        """Whether a file says something about other files, also one that a configuration names."""
        named = (one.configurations.names_drains(path) for _, one in self._workspaces())
        return is_about_others(path) or any(named)

    def have_below(self, folder: str) -> bool:
        """Whether files that are checked are in a folder."""
        return any(self._folders[one].has_below(folder) for one in self._around(folder))

    def workspace_of(self, path: str) -> Workspace | None:
        around = self._around(path)
        return self._folders[around[0]] if around else self._alone.get(path)

    def _around(self, path: str) -> list[str]:
        """Return the folders that a path is in, the innermost first."""
        return sorted((one for one in self._folders if is_below(path, one)), key=len)[::-1]

    def _update_alone(self, path: str, text: bytes | None) -> None:
        if text is None:
            self._alone.pop(path, None)
            self.mistakes.pop(path, None)
            return
        if path not in self._alone:
            self._alone[path] = self._workspace(path)
        self._alone[path].update(path, text)

    def _workspaces(self) -> Iterator[tuple[str, Workspace]]:
        yield from self._folders.items()
        yield from self._alone.items()

    def _workspace(self, root: str) -> Workspace:
        return Workspace(
            self.overrides._replace(named=folders_named((root,))), self.config, root=root
        )


def is_about_others(path: str) -> bool:
    """Whether a file says something about other files: a configuration, a kustomization, ..."""
    name = os.path.basename(path)
    return name in MARKERS or name in (IGNORE_FILE, BASELINE) or is_dockerfile(path)


def is_below(path: str, folder: str) -> bool:
    return path.startswith(os.path.join(folder, ""))


def _mistake(root: str, message: str) -> ConfigMistake:
    if (match := _AT_LINE.fullmatch(message)) and os.path.isabs(match[1]):
        return ConfigMistake(match[1], int(match[2]), match[3])
    return ConfigMistake(root, 1, message)


def paths_of(changed: Iterable[str]) -> list[str]:
    """Return paths, each once, with those first that say something about others."""
    return sorted(dict.fromkeys(changed), key=lambda path: not is_about_others(path))
