"""Repairs one at a time: each is shown with what it does, made or not, and files are written.

Every repair is made, and proved, on top of those that were accepted before it, so what is shown is
what is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from k8slint.kubernetes.cluster import Cluster
from k8slint.lint.add_ignores import add_ignores
from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.findings import IgnoreFinding, Violation
from k8slint.lint.fix import RepairedSource, findings_gone, repair_source
from k8slint.lint.identity import Identity
from k8slint.lint.inspect import inspect
from k8slint.lint.judge import blank_report, lint_file
from k8slint.lint.repairs import PlannedRepair, Planner, Policy, diagnose, plan_ignore_cleanup
from k8slint.lint.reports import FileReport
from k8slint.lint.run import survey_files
from k8slint.lint.scope import guard_for, scope_for
from k8slint.lint.sources import read_source
from k8slint.lint.survey import is_worth_linting
from k8slint.lint.task import Context, RunOptions, Task, display_path, read_input
from k8slint.lint.write import FileReplacement, replace_files
from k8slint.manifest.source import Source
from k8slint.records import NamedTuple
from k8slint.type_names import Literal, TypeAlias


class OfferedRepair(NamedTuple):
    """A repair to decide about: the findings that it is for, and the text before and after it.

    `problem` says why what was decided before cannot be done.
    """

    task: Task
    cluster: Cluster
    found: tuple[Diagnostic, ...]
    before: bytes
    after: bytes
    problem: str = ""


class Decision(NamedTuple):
    """What to do with a repair; `reason` is that of a suppression in its place."""

    action: Literal["apply", "leave", "ignore", "quit"]
    reason: str = ""


Ask: TypeAlias = Callable[[OfferedRepair], Decision]


class RepairReview:
    """A run that asks about each repair.

    `current` is the file whose repairs are being asked about: as it was read, and with what was
    accepted so far.
    """

    def __init__(self, mode: RunOptions, ask: Ask) -> None:
        self.mode = mode
        self.has_ended = False
        self.accepted = 0
        self.current: FileReplacement | None = None
        self.written: list[str] = []
        self._ask = ask

    def files(self, tasks: Sequence[Task], jobs: int, around: Context) -> Iterator[FileReport]:
        """Yield the report on each file once what was accepted in it is written."""
        surveyed, cluster = survey_files(tasks, jobs, around)
        for task, facts in zip(tasks, surveyed, strict=False):
            if not is_worth_linting(task, facts):
                yield blank_report(task, cluster)
                continue
            try:
                data = read_input(task)
            except OSError as error:
                what = f"cannot be read: {error.strerror or error}"
                yield FileReport(task.path, error=what)
                continue
            yield self._reviewed(task, data, cluster)._replace(text=None)

    def _reviewed(self, task: Task, data: bytes, cluster: Cluster) -> FileReport:
        plain = RunOptions(hides=self.mode.hides, today=self.mode.today)
        report = lint_file(data, task, plain, cluster)
        if self.has_ended or report.error or not any(one.fix for one in report.diagnoses):
            return report
        file = _File(task, data, cluster, self.mode)
        self.current, self.accepted = FileReplacement(task.path, data, data), 0
        for offer in file.offers():
            self._decide(file, offer)
            if self.has_ended:
                break
        report = self._written(report, lint_file(file.data, task, plain, cluster), file)
        self.current = None
        return report

    def _decide(self, file: _File, offer: OfferedRepair) -> None:
        while True:
            decision = self._ask(offer)
            if decision.action == "quit":
                self.has_ended = True
            if decision.action == "apply":
                file.accept()
            if decision.action == "ignore" and (problem := file.ignore(decision.reason)):
                offer = offer._replace(problem=problem)
                continue
            break
        if self.current and file.data != self.current.new:
            self.accepted += 1
            self.current = self.current._replace(new=file.data)

    def _written(self, before: FileReport, after: FileReport, file: _File) -> FileReport:
        """Write a file, and return the report on it."""
        if not self.current or self.current.new == self.current.old:
            return before._replace(failed=tuple(file.failed))
        problems = replace_files([self.current], self.mode.roots)
        if reason := problems.get(self.current.path):
            return before._replace(error=f"not fixed: {reason}")
        self.written.append(self.current.path)
        fixed = findings_gone(file.repaired, after.diagnoses)
        return after._replace(fixed=tuple(fixed), ignored=file.ignored, failed=tuple(file.failed))


class _File:
    """A file with the repairs that were accepted."""

    def __init__(self, task: Task, data: bytes, cluster: Cluster, mode: RunOptions) -> None:
        self.task = task
        self.cluster = cluster
        self.mode = mode
        self.scope = scope_for(task.settings)._replace(
            cluster=cluster, hides=mode.hides, today=mode.today, known=task.known
        )
        self.guard = guard_for(task.settings)._replace(cluster=cluster)
        self.policy = Policy(task.settings.fail_on, self.scope.selection)
        self.data = data
        self.failed: list[str] = []
        self.repaired: list[Diagnostic] = []
        self.ignored = 0
        self._asked: set[Identity] = set()
        self._offered: tuple[Policy, RepairedSource] | None = None
        source = read_source(data, display_path(task.path), self.scope)
        assert isinstance(source, Source)
        self._look(source)

    def offers(self) -> Iterator[OfferedRepair]:
        """Yield each repair that changes the file as it is by then, and was not offered yet."""
        while wanted := self._next():
            self._asked |= wanted
            every = diagnose(self.planner, self.policy)
            others = {one.identity.across_repairs() for one in every} - wanted
            policy = self.policy._replace(left=frozenset(others))
            result = repair_source(
                *(self.planner, every, self.scope, self.guard, policy, self.task.kustomized),
                unsafe=self.mode.unsafe,
            )
            self.failed += result.failed
            after = self.source.encode(result.source.text)
            if after == self.data or result.failed:
                continue
            self._offered = policy, result
            found = tuple(one for one in every if one.identity.across_repairs() in wanted)
            visible = tuple(one for one in found if not one.suppressed)
            yield OfferedRepair(self.task, self.cluster, visible, self.data, after)

    def accept(self) -> None:
        """Make the repair that was offered last."""
        assert self._offered
        _, result = self._offered
        self.repaired += result.fixed
        self._look(self.source.saying(result.source.text))

    def ignore(self, reason: str) -> str:
        """Write suppressions in place of it; return why that cannot be done, if so."""
        assert self._offered
        policy, _ = self._offered
        result = add_ignores(
            self.planner.examined, self.scope, self.task.kustomized, reason, policy.is_for
        )
        wanted = [one for one in self.planner.examined.found if policy.is_for(one)]
        why = [result.refused[one.identity] for one in wanted if one.identity in result.refused]
        if why or not wanted:
            return why[0] if why else "a suppression is not ignored, but corrected or deleted"
        self.ignored += len(wanted)
        self._look(self.source.saying(result.text))
        return ""

    def _look(self, source: Source) -> None:
        self.source = source
        self.data = source.encode(source.text)
        self.planner = Planner(inspect(source, self.scope, self.task.kustomized))

    def _next(self) -> frozenset[Identity]:
        """The findings of the repair to be offered next, as they are across repairs."""
        for repair in self._planned():
            found = frozenset(one.identity.across_repairs() for one in repair.found)
            if repair.plan and not found <= self._asked:
                return found
        return frozenset()

    def _planned(self) -> Iterator[PlannedRepair]:
        def is_for(found: Violation | IgnoreFinding) -> bool:
            return self.policy.is_for(found)

        yield from self.planner.plan(is_for, unsafe=self.mode.unsafe)
        yield from plan_ignore_cleanup(self.planner.examined, is_for)
