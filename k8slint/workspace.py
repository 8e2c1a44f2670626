"""The one door to files: which there are, with which settings, and in which context."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from k8slint.config import NO_OVERRIDES, Configurations, Overrides, for_file
from k8slint.errors import UsageError
from k8slint.git import IGNORE_FILE
from k8slint.images.name import is_dockerfile
from k8slint.lint.files import (
    SUFFIXES,
    InputFile,
    Missing,
    deduplicate,
    discover,
    folders_of,
    is_excluded,
    make_relative,
    root_of,
)
from k8slint.lint.folders import MARKERS, Folders
from k8slint.lint.kustomizations import find_kustomized
from k8slint.lint.reports import FileReport, Report
from k8slint.lint.scope import forget_scopes
from k8slint.lint.settings import BASELINE, Settings
from k8slint.lint.task import Context, RunOptions, Task, distinct_settings
from k8slint.outside.files import MANIFEST_LIMIT, is_stream, read_named, refuse_special
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.lint.baseline import Baselines
    from k8slint.lint.diagnosis import Diagnostic
    from k8slint.lint.open_files import OpenFiles
    from k8slint.lint.rendered.recipes import Recipes, Rendering
    from k8slint.picture.scene import Played, Staged


class Workspace:
    """Files with their settings, as a call sees them, or an editor with unsaved texts.

    Folders and configurations are read once, and nothing is cached outside of it. `root` is the
    folder whose manifests `check`, `fix` and `timeline` cover; they are all there is unless
    `is_complete` is false. With `settings`, no configuration is read.
    """

    def __init__(
        self,
        overrides: Overrides = NO_OVERRIDES,
        config: Path | None = None,
        *,
        root: str = ".",
        gitignore: bool = True,
        settings: Settings | None = None,
        is_complete: bool = True,
    ) -> None:
        self.overrides = overrides
        self.config = config
        self.settings = settings
        self.is_complete = is_complete
        self.root = os.path.abspath(root)
        self.gitignore = gitignore
        self._texts: dict[str, bytes] = {}
        self._files: OpenFiles | None = None
        self._baselines: Baselines = {}
        self._start()

    def forget(self, folder: str | None = None) -> None:
        """Forget what was read from disk: folders, configurations, custom rules and files.

        With a folder, the reports on files outside of it are kept as far as nothing in it changes
        them. Where there are custom rules or context, everything is read again.
        """
        known = self._files
        self._start()
        if self.overrides.rule_folders or folder is None:
            return
        if known and not known.around.context:
            with suppress(UsageError):  # The next one who asks is told.
                tasks, around = self._tasks()
                if around == known.around:
                    known.renew(tasks, os.path.abspath(folder))
                    self._files = known

    def _start(self) -> None:
        if self.overrides.rule_folders:
            from k8slint.config.check import forget_rules

            forget_rules()
        forget_scopes()
        self.folders = Folders()
        self.configurations = Configurations(
            self.folders, self.overrides, self.config, self.settings
        )
        self._files = None

    def update(self, path: str, text: str | bytes | None) -> None:
        """Use a text in place of what a file holds; with None, use the file on disk again.

        Configurations, kustomizations with the files that they make ConfigMaps of, ignore files,
        baselines, Dockerfiles and measured drains are always read from disk: announce with None
        that one has changed there.
        """
        path = os.path.abspath(path)
        data = text.encode() if isinstance(text, str) else text
        if data is None:
            self._texts.pop(path, None)
        else:
            self._texts[path] = data
        if os.path.basename(path) in MARKERS or os.path.basename(path) == IGNORE_FILE:
            self.forget(os.path.dirname(path))
        elif (
            is_dockerfile(path)
            or os.path.basename(path) == BASELINE
            or self.configurations.names_dockerfile(path)
            or self.configurations.names_drains(path)
            or self._generates_from(path)
        ):
            self.forget()
        elif self._files:
            known = self._files.read.get(path)
            is_same = known and (data is not None or os.path.isfile(path))
            task = known.task._replace(given=data) if known and is_same else self._found(path)
            self._files.update({path: task})

    def _generates_from(self, path: str) -> bool:
        """Whether a kustomization makes a ConfigMap of a file."""
        tasks = (one.task for one in self._files.read.values()) if self._files else ()
        generated = {one for task in tasks for one in task.kustomized.config_maps}
        return any(path == file for one in generated for _, file in one.files)

    def check(self, path: str | None = None) -> dict[str, FileReport]:
        """Return the reports on all files, or on one, by their absolute paths.

        A file that is not in the workspace has none. Raises UsageError for a configuration that
        cannot be used, and for a root that does not exist.
        """
        files = self._opened()
        wanted = [*files.read] if path is None else [os.path.abspath(path)]
        return self._without_known({one: files.report(one) for one in wanted if one in files.read})

    def unchecked(self) -> list[str]:
        """Return the files on which there is no report, or none that is still valid.

        Raises UsageError.
        """
        return self._opened().unchecked()

    def task_of(self, path: str) -> Task | None:
        """Return a file with its settings; None for one that is not in the workspace.

        Raises UsageError.
        """
        found = self._opened().read.get(os.path.abspath(path))
        return found.task if found else None

    def has_below(self, folder: str) -> bool:
        """Whether files were found in a folder, which may be gone."""
        below = os.path.join(os.path.abspath(folder), "")
        return any(path.startswith(below) for path in (self._files.read if self._files else ()))

    def fix(self, path: str, *, unsafe: bool = False) -> FileReport:
        """Return the report on a file once fixed, with its new `text`; nothing is written.

        Raises UsageError, and KeyError for a file that is not in the workspace.
        """
        mode = RunOptions(fix=True, unsafe=unsafe, roots=(self.root,))
        return self._opened().judge(os.path.abspath(path), mode)

    def try_text(self, path: str, text: bytes) -> FileReport:
        """Return the report on a file as if it held a text, all others being as they are.

        Raises UsageError, and KeyError for a file that is not in the workspace.
        """
        return self._opened().judge(os.path.abspath(path), RunOptions(), text)

    def repair(self, path: str, found: Diagnostic) -> FileReport:
        """Return the report on a file once one finding is repaired, with its new `text`.

        Nothing is written. Raises ValueError where the finding has no fix, or would stay, and else
        as `try_text` does.
        """
        return self._opened().repair(os.path.abspath(path), found)

    def timeline(self, path: str, ending: Played | None = None) -> Staged:
        """Return what there is to draw of a file: how its pods end, by deletion or `ending`.

        Raises KeyError for a file that is not in the workspace.
        """
        from k8slint.picture.run import play_files
        from k8slint.picture.scene import Played

        files = self._opened()
        task = files.read[os.path.abspath(path)].task
        (staged,) = play_files([task], ending or Played(), files.cluster.config_maps)
        return staged

    def _opened(self) -> OpenFiles:
        if self._files is None:
            from k8slint.lint.open_files import OpenFiles

            self._files = OpenFiles(*self._tasks())
        return self._files

    def _tasks(self) -> tuple[list[Task], Context]:
        """Find all files, with their context; texts that are not saved take the place of some."""
        tasks, unread = self.find([self.root])
        lost = next((one for one in unread if one.error), None)
        if lost and not self._texts:  # An editor may hold texts of a folder yet to be made.
            raise UsageError(f"{lost.path}: {lost.error}")
        tasks, around, _ = self.collect_context([self.root], (), tasks)
        known = {task.path for task in tasks}
        self._baselines = self._find_baselines(tasks)
        new = (self._found(path) for path in self._texts if path not in known)
        tasks = [task._replace(given=self._texts.get(task.path)) for task in tasks]
        around = around._replace(is_complete=self.is_complete and around.is_complete)
        return [*self._attach(tasks), *filter(None, new)], around

    def _find_baselines(self, tasks: Sequence[Task]) -> Baselines:
        roots = {task.settings.root for task in tasks}
        if self.overrides.isolated or not any(os.path.lexists(one / BASELINE) for one in roots):
            return {}
        from k8slint.lint.baseline import find_baselines

        return find_baselines(tasks, None, self.overrides.named, self.folders, write=False)

    def _attach(self, tasks: list[Task]) -> list[Task]:
        """Return the files, each with what its baseline knows about it."""
        if not self._baselines:
            return tasks
        from k8slint.lint.baseline import attach_baselines

        return attach_baselines(tasks, self._baselines)

    def _without_known(self, found: dict[str, FileReport]) -> dict[str, FileReport]:
        """Return reports in which no entry of a baseline hides more than it may."""
        if not self._baselines:
            return found
        from k8slint.lint.baseline import apply_baselines

        files, every = self._opened(), found
        if any(one.moved for one in self._baselines.values()):  # They may hide in any file.
            every = {path: files.report(path) for path in files.read}
        tasks = [files.read[path].task for path in every]
        report = Report(tuple(every.values()))
        settled = apply_baselines(report, tasks, self._baselines, write=False).files
        return {path: one for path, one in zip(every, settled, strict=True) if path in found}

    def _found(self, path: str) -> Task | None:
        """Return the task for a file of the workspace, or for a text not saved yet; else None."""
        if os.path.isfile(path):
            near, _ = self.find([self.root], towards=os.path.dirname(path))
            task = next((one for one in near if one.path == path), None)
        else:
            is_new = path in self._texts and path.endswith(SUFFIXES)
            task = self.make_task(path) if is_new else None
            task = None if task and self.excludes(path, task.settings) else task
        if task is None:
            return None
        task = task._replace(given=self._texts.get(path))
        if self._baselines and task.settings.root not in self._baselines:
            self._baselines = {**self._baselines, **self._find_baselines([task])}
        return self._attach(self.apply_kustomizations([task]))[0]

    def settings_of(self, folder: str) -> Settings:
        """Return the settings of an absolute folder; raises UsageError."""
        return self.configurations.settings_for(folder)

    def find(
        self, named: Sequence[str], *, force_exclude: bool = False, towards: str = ""
    ) -> tuple[list[Task], list[FileReport]]:
        """Find the files to read, in the order of their paths, and report those not read.

        With `towards`, an absolute folder, only those in the folders on the way to it.
        The settings of every folder are resolved, so that a mistake in one stops the run before
        anything is written.
        """
        found: list[InputFile] = []
        unread = []
        piped: dict[str, bytes] = {}
        for path in named:
            try:
                if is_stream(path):
                    piped[path] = read_named(path, MANIFEST_LIMIT)
                else:
                    refuse_special(path)
                found += discover([path], self.folders, gitignore=self.gitignore, towards=towards)
            except Missing:
                unread.append(FileReport(path, error="no such file or folder"))
            except OSError as error:
                what = f"cannot be read: {error.strerror or error}"
                unread.append(FileReport(path, error=what))
            else:
                self.settings_of(home_of(path))
        own = self._settings_by_path(found, piped)
        kept = deduplicate(
            one
            for one in found
            if (one.is_named and not force_exclude) or not self.excludes(one.path, own[one.path])
        )
        tasks = {
            one.path: Task(one.path, own[one.path], given=piped.get(one.path))
            for one in kept
            if not one.skipped
        }
        links = (one for one in kept if one.skipped and one.path not in tasks)
        unread += (FileReport(one.path, skipped=one.skipped) for one in links)
        return [*tasks.values()], unread

    def make_task(self, path: str) -> Task:
        """Return the task for a text under a path, whether there is such a file or not."""
        return Task(path, for_file(self.settings_of(root_of(path)), path))

    def excludes(self, path: str, settings: Settings) -> bool:
        """Whether the call or the configuration excludes a path."""
        base = Path.cwd() if self.overrides.exclude else settings.root
        return is_excluded(path, base, settings.exclude)

    def add_renderings(
        self, tasks: Sequence[Task], named: Sequence[str], rendering: Rendering
    ) -> tuple[list[Task], Recipes | None]:
        """Return the files, with those that renderings add, and what is to be rendered."""
        from k8slint.lint.rendered.recipes import collect_recipes

        for file in rendering.values:
            if not os.path.isfile(file):
                raise UsageError(f"--values {file}: no such file")
        paths = [task.path for task in tasks]
        found = collect_recipes(paths, named, rendering, self.settings_of, make_relative)
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
    ) -> tuple[list[Task], Context, list[FileReport]]:
        """Return the files, their context, and reports on links in it that are not followed.

        Context is read only for facts: paths that the call or the settings of files name.
        Kustomizations in files and context apply to both.
        """
        own = (path for settings in distinct_settings(tasks) for path in settings.context)
        paths = [path if is_stream(path) else make_relative(path) for path in (*context, *own)]
        paths = [*dict.fromkeys(paths)]
        found, unread = self.find(paths)
        if missing := next((one for one in unread if one.error), None):
            raise UsageError(f"context {missing.path}: {missing.error}")
        known = {os.path.abspath(task.path) for task in tasks} if found else set()
        beyond = [task for task in found if os.path.abspath(task.path) not in known]
        every = self.apply_kustomizations([*tasks, *beyond])
        is_complete = all(map(os.path.isdir, named)) or any(map(os.path.isdir, paths))
        return every[: len(tasks)], Context(tuple(every[len(tasks) :]), is_complete), unread

    def apply_kustomizations(self, tasks: Sequence[Task]) -> list[Task]:
        """Return the files, each with what kustomizations beside or above it change."""
        changed = find_kustomized((task.path for task in tasks), self.folders)
        return [
            task._replace(kustomized=changed[task.path]) if task.path in changed else task
            for task in tasks
        ]

    def _settings_by_path(
        self, found: Sequence[InputFile], piped: Iterable[str]
    ) -> dict[str, Settings]:
        folders = folders_of(one.path for one in found)
        folders.update(dict.fromkeys(piped, os.getcwd()))
        # Most folders share the settings of one above them.
        marked = {one: self.folders.nearest_marked(one) for one in dict.fromkeys(folders.values())}
        settings = {one: self.settings_of(one) for one in dict.fromkeys(marked.values())}
        return {path: for_file(settings[marked[one]], path) for path, one in folders.items()}


def folders_named(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the folders that paths of a call are or are in, outer ones first."""
    return tuple(sorted(set(map(home_of, paths)), key=len))


def home_of(path: str) -> str:
    """Return the folder that a path of a call is or is in; for a stream, the working folder."""
    return os.getcwd() if is_stream(path) else root_of(path)
