"""The files of a workspace, with what is known of each while it is valid."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from k8slint.kubernetes.cluster import Cluster
from k8slint.lint.judge import blank_report, lint_file
from k8slint.lint.reports import FileReport
from k8slint.lint.scope import scope_for
from k8slint.lint.survey import (
    ANY_FACTS,
    NO_FACTS,
    FileFacts,
    build_cluster,
    is_worth_linting,
    read_facts,
)
from k8slint.lint.task import Context, RunOptions, Task, read_input
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.kubernetes.census import Census
    from k8slint.kubernetes.objects import Object
    from k8slint.kubernetes.reach import Reach
    from k8slint.lint.diagnosis import Diagnostic


class OpenFiles:
    """The files of a workspace, with the facts and the report of each while they are valid.

    A change of a file costs that file, and those with workloads that its other objects are joined
    to, or were: they are linted again when they are asked for.
    """

    def __init__(self, tasks: Iterable[Task], around: Context) -> None:
        self.around = around
        self.read = {task.path: Read.of(task) for task in tasks}
        self._context = [Read.of(task).facts for task in around.context]
        self._censuses: dict[str, Census] = {}
        self._cluster: Cluster | None = None
        self._reports: dict[str, FileReport] = {}

    def renew(self, tasks: Iterable[Task], folder: str) -> None:
        """Use other tasks, and read what is below a folder anew."""
        new = {task.path: task for task in tasks}
        inside = f"{folder.rstrip(os.sep)}{os.sep}"
        self.update(
            {
                path: new.get(path)
                for path in dict.fromkeys((*self.read, *new))
                if path.startswith(inside)
                or path not in self.read
                or self.read[path].task != new.get(path)
            }
        )

    def update(self, tasks: Mapping[str, Task | None]) -> None:
        """Record new texts of files, new files, and those that are gone."""
        from k8slint.kubernetes.reach import reach_between

        before = self.cluster
        was, now = {}, {}
        counted = {path: self._censuses.pop(path, None) for path in tasks}
        for path, task in tasks.items():
            old, new = self.read.pop(path, None), Read.of(task) if task else None
            self._reports.pop(path, None)
            if new:
                self.read[path] = new
            was[path], now[path] = (one.facts if one else NO_FACTS for one in (old, new))
        if was != now or (before.can_count and self._counts_pods and self._are_others(counted)):
            self._cluster = None
            for other in _covered_anew(before, self.cluster):
                self._reports.pop(other, None)
        if any(was[path].live != now[path].live for path in was):
            self._reports.clear()  # What a controller made is judged where that is, in any file.
        elif was != now:
            changed = [one for path in was for one in _changed(was[path], now[path])]
            reach = reach_between(before, self.cluster, changed)
            for other in [*self._reports]:
                if self.read[other].may_be_in(reach):
                    del self._reports[other]

    def report(self, path: str) -> FileReport:
        if path not in self._reports:
            one = self.read[path]
            self._reports[path] = (
                self.judge(path, RunOptions())._replace(text=None)
                if is_worth_linting(one.task, one.facts)
                else blank_report(one.task, self.cluster)
            )
        return self._reports[path]

    def unchecked(self) -> list[str]:
        """The files on which there is no report, or none that is still valid."""
        return [path for path in self.read if path not in self._reports]

    def judge(self, path: str, mode: RunOptions, text: bytes | None = None) -> FileReport:
        """Return a new report on a file, as it is or as if it held a text."""
        task = self.read[path].task
        if text is not None:
            task = task._replace(given=text)
        try:
            data = read_input(task)
        except OSError as error:
            return FileReport(path, error=f"cannot be read: {error.strerror or error}")
        return lint_file(data, task, mode, self.cluster)

    def repair(self, path: str, found: Diagnostic) -> FileReport:
        """Return the report on a file once one of its findings is repaired, with its new `text`.

        Raises ValueError where the finding has no fix, or would stay.
        """
        from k8slint.lint.diagnosis import apply_edits

        text = read_input(self.read[path].task).decode()
        data = apply_edits(text, found.fix.edits if found.fix else ()).encode()
        report = self.judge(path, RunOptions(), data)
        before, after = (
            [one.identity.across_repairs() for one in reported.diagnoses]
            for reported in (self.report(path), report)
        )
        own = found.identity.across_repairs()
        if after.count(own) >= before.count(own):
            raise ValueError(f"{found.code} has no fix that is certain to work")
        return report._replace(text=data)

    @property
    def cluster(self) -> Cluster:
        """All objects, joined."""
        if self._cluster is None:
            every = [*(one.facts for one in self.read.values()), *self._context]
            self._cluster = build_cluster(every, is_complete=self.around.is_complete)
            if self._cluster.can_count and self._counts_pods:
                self._cluster = self._cluster.counting(self._count())
        return self._cluster

    @property
    def _counts_pods(self) -> bool:
        return any(scope_for(one.task.settings).counts_pods for one in self.read.values())

    def _count(self) -> list[Census]:
        """Whose pods there are in all files: each is read once as long as it is the same."""
        tasks = {path: one.task for path, one in self.read.items()}
        tasks |= {task.path: task for task in self.around.context}
        self._take_census(tasks)
        return [self._censuses[path] for path in sorted(tasks)]

    def _are_others(self, counted: Mapping[str, Census | None]) -> bool:
        """Whether there are other pods in some files than were counted."""
        self._take_census({path: self.read[path].task for path in counted if path in self.read})
        return any(self._censuses.get(path) != census for path, census in counted.items())

    def _take_census(self, tasks: Mapping[str, Task]) -> None:
        from k8slint.lint.census import read_census

        for path in tasks.keys() - self._censuses.keys():
            self._censuses[path] = read_census(tasks[path])


class Read(NamedTuple):
    """A file with its facts, and its text where that may hold workloads; None if unreadable."""

    task: Task
    facts: FileFacts
    text: bytes | None

    @classmethod
    def of(cls, task: Task) -> Read:
        try:
            data = read_input(task)
        except OSError:
            return cls(task, ANY_FACTS, None)
        facts = read_facts(task._replace(given=data))
        return cls(task, facts, data if facts.is_worth_a_look else b"")

    def may_be_in(self, reach: Reach) -> bool:
        """Whether a change of objects can reach a workload in the file."""
        return self.text is None or reach.touches(self.text, self.task.kustomized)


def _covered_anew(before: Cluster, after: Cluster) -> Iterator[str]:
    """The files with budgets that select other pods than before."""
    old, new = before.headcount, after.headcount
    keys = old.coverages.keys() | new.coverages.keys()
    for key in keys:
        if old.coverages.get(key) != new.coverages.get(key):
            yield str(key[0])
    if old.is_whole != new.is_whole:  # It depends on that whether an ignore is unused.
        yield from (str(key[0]) for key in keys)


def _changed(before: FileFacts, after: FileFacts) -> list[Object]:
    """The objects of a file that are not the same in both."""
    old, new = ({repr(one): one for one in facts.objects} for facts in (before, after))
    return [one for key, one in (old | new).items() if (key in old) is not (key in new)]
