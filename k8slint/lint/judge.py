"""One file: its bytes in, what the rules say of them out, repaired where that is asked for."""

from __future__ import annotations

import re

from k8slint.kubernetes.cluster import Cluster
from k8slint.kubernetes.kinds import RESOURCE_VERSION
from k8slint.lint.files import BINARY, SCRIPT_WORD, TEMPLATE
from k8slint.lint.reports import FileReport
from k8slint.lint.result import LintResult, RuleCrash
from k8slint.lint.scope import LintScope, guard_for, scope_for
from k8slint.lint.sources import read_source
from k8slint.lint.task import RunOptions, Task, display_path
from k8slint.manifest.source import Source, decode, is_wide
from k8slint.manifest.stream import StreamPart, find_refusals, is_long, split_stream
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from k8slint.coverage import Portion
    from k8slint.lint.diagnosis import Diagnostic
    from k8slint.lint.identity import Resource
    from k8slint.lint.parsed import ParsedFile
    from k8slint.lint.repairs import Planner, Policy

_BLANK = FileReport("")


class PartReport(NamedTuple):
    """What was found in a part of a long file, whose pods count from 0.

    `is_about_all` tells that only the whole file can be judged. `failed` is the report on the
    file where we or a rule crashed. Of the workloads, so many were `read` as they are written.
    Annotations of those that are `ignored` hide something.
    """

    found: tuple[Diagnostic, ...] = ()
    workloads: int = 0
    read: int = 0
    pods: int = 0
    skipped: str = ""
    is_broken: bool = False
    coverage: tuple[Portion, ...] = ()
    unsure: tuple[str, ...] = ()
    ignored: AbstractSet[Resource] = frozenset()
    is_about_all: bool = False
    failed: FileReport | None = None


def lint_file(data: bytes, task: Task, mode: RunOptions, cluster: Cluster) -> FileReport:
    """The report on what a file holds; `text` is what it is to hold. A crash is reported in it."""
    if is_long(len(data)) and is_in_parts(data, task, mode, cluster):
        parts = (judge_part(part, task, mode, cluster) for part in split_stream(data))
        if report := join_parts(task, parts):
            return report._replace(text=data)
    return lint_whole(data, task, mode, cluster)


def lint_whole(
    data: bytes,
    task: Task,
    mode: RunOptions,
    cluster: Cluster,
    parsed: ParsedFile | None = None,
) -> FileReport:
    """The same with all of the file at once; `parsed` is what the survey found out about it."""
    try:
        scope = _scope(task, mode, cluster)
        report = _process(data, task, scope, mode, parsed)
    except Exception as error:  # noqa: BLE001 - one file must not stop the others
        return _failed(task, error)._replace(text=data)
    return _told(report, task, scope.programs.unsure_builds)


def _told(report: FileReport, task: Task, unsure: tuple[str, ...]) -> FileReport:
    """The report with whether it fails the run, and which images are unsure."""
    least = task.settings.fail_on
    fails = bool(report.diff) or any(one.severity >= least for one in report.diagnoses)
    return report._replace(fails=fails, unsure=unsure) if fails or unsure else report


def _failed(task: Task, error: Exception) -> FileReport:
    """The report on a file at which a rule or we crashed, while the exception is handled."""
    from traceback import format_exc

    is_rule = isinstance(error, RuleCrash)
    what = str(error) if is_rule else f"k8slint failed: {error!r}"
    is_ours = not isinstance(error, RuleCrash) or error.is_ours
    return FileReport(task.path, error=what, crash=format_exc(), is_ours=is_ours)


def _scope(task: Task, mode: RunOptions, cluster: Cluster) -> LintScope:
    return scope_for(task.settings)._replace(
        cluster=cluster, hides=mode.hides, today=mode.today, known=task.known
    )


def _process(
    data: bytes, task: Task, scope: LintScope, mode: RunOptions, parsed: ParsedFile | None
) -> FileReport:
    name = display_path(task.path)
    source = decode(data, name) if parsed else read_source(data, name, scope)
    if source is None:
        skipped = BINARY if 0 in data else ""
        return FileReport(task.path, text=data, judged=checked_rules(scope), skipped=skipped)
    if not isinstance(source, Source):
        unread = LintResult(Source(task.path, ""), unreadable=[source])
        if scope.known:
            scope.known.hide(unread)
        return FileReport(task.path, 1, text=data).with_found(unread.unreadable)
    # What reads trees is of no use to a run in which nothing is worth a look.
    from k8slint.lint.inspect import inspect

    examined = inspect(source, scope, task.kustomized, parsed and parsed.chunks_of(source.text))
    is_partial = (
        examined.is_broken
        or examined.in_part
        or (scope.known is not None and examined.lacks_files(scope.programs))
    )
    report = FileReport(
        task.path,
        examined.workloads + len(examined.unreadable),
        judged=frozenset() if is_partial else checked_rules(scope),
        skipped=examined.skipped,
        in_part=examined.in_part,
        text=data,
        coverage=_coverage(examined),
    )
    if examined.has_findings:
        report = _with_findings(report, examined, task, mode, scope)
    examined.forget()
    return report


def _with_findings(
    report: FileReport, examined: LintResult, task: Task, mode: RunOptions, scope: LintScope
) -> FileReport:
    """The report with what was found in a file, repaired where that is asked for."""
    from k8slint.lint.repairs import Planner, Policy, diagnose

    policy = Policy(task.settings.fail_on, scope.selection)
    planner = Planner(examined)
    report = report.with_found(diagnose(planner, policy))
    if mode.ignores:
        return _ignored(report, planner, task, mode, policy, scope)
    has_needs = bool(examined.remarks) or any(one.need for one in examined.found)
    if mode.repairs and has_needs and not examined.is_broken:
        return _fixed(report, planner, task, mode, policy, scope)
    return report


def _coverage(examined: LintResult) -> tuple[Portion, ...]:
    found: tuple[Portion, ...] = ()
    if examined.is_broken or examined.delivers:
        from k8slint.lint.passed_over import portions_of

        found = tuple(portions_of(examined))
    if examined.looked_at and re.search(SCRIPT_WORD, examined.source.text):
        from k8slint.lint.scripts import scripts_in

        found += tuple(dict.fromkeys(scripts_in(examined)))
    return found


def is_in_parts(data: bytes, task: Task, mode: RunOptions, cluster: Cluster) -> bool:
    """Whether the parts of a long file can be judged one by one, in any process.

    Not where something in it is about the whole: comments that hide findings, what is no text,
    owns objects in other parts, or keeps kubectl from reading any.
    """
    if mode.changes or task.known or is_wide(data):
        return False
    # From the end, which takes a third of the time where there is none.
    if data.rfind(b"k8slint") >= 0 and not _has_annotations_alone(data.lower()):
        return False
    if cluster.owners is None and data.rfind(RESOURCE_VERSION.encode()) >= 0:
        return False
    try:
        texts = (part.data.decode("utf-8-sig") for part in split_stream(data))
        return not any(any(find_refusals(text)) for text in texts)
    except UnicodeDecodeError:
        return False


def _has_annotations_alone(data: bytes) -> bool:
    """Whether what may hide findings is no comment: of those, some are about other documents."""
    return data.count(b"k8slint") == data.count(b"k8slint/")


def judge_part(part: StreamPart, task: Task, mode: RunOptions, cluster: Cluster) -> PartReport:
    """The report on a part of a stream: only that is text and trees. A crash is reported in it."""
    scope = _scope(task, mode, cluster)
    try:
        found = _judge_part(part, task, scope)
    except Exception as error:  # noqa: BLE001 - one file must not stop the others
        return PartReport(failed=_failed(task, error))
    return found._replace(unsure=scope.programs.unsure_builds)


def _judge_part(part: StreamPart, task: Task, scope: LintScope) -> PartReport:
    source = read_source(part.data, display_path(task.path), scope)
    if source is None:
        return PartReport()
    if not isinstance(source, Source):
        return PartReport(is_about_all=True)
    from k8slint.lint.inspect import inspect

    examined = inspect(part.placed(source), scope, task.kustomized)
    if TEMPLATE in (examined.skipped, examined.in_part):  # Its actions reach from part to part.
        return PartReport(is_about_all=True)
    found: Sequence[Diagnostic] = ()
    if examined.has_findings:
        from k8slint.lint.repairs import Planner, Policy, diagnose

        found = diagnose(Planner(examined), Policy(task.settings.fail_on, scope.selection))
    report = PartReport(
        tuple(found),
        examined.workloads + len(examined.unreadable),
        examined.workloads - sum(examined.in_values.values()),
        examined.pods,
        examined.skipped,
        examined.is_broken,
        _coverage(examined),
        ignored=examined.ignored,
    )
    examined.forget()
    return report


def _moved(found: Sequence[Diagnostic], pods: int) -> Iterator[Diagnostic]:
    """What was found below so many pods."""
    return (one if one.pod is None else one._replace(pod=one.pod + pods) for one in found)


def join_parts(task: Task, parts: Iterable[PartReport]) -> FileReport | None:
    """The report on a file by what was found in its parts; None where that does not tell."""
    found: list[Diagnostic] = []
    coverage: tuple[Portion, ...] = ()
    unsure: dict[str, None] = {}
    workloads = read = pods = 0
    skipped, is_broken = "", False
    ignored: set[Resource] = set()
    for part in parts:
        if part.is_about_all:
            return None
        if part.failed:
            return part.failed
        found += _moved(part.found, pods)
        pods += part.pods
        workloads += part.workloads
        read += part.read
        skipped = skipped or part.skipped
        is_broken = is_broken or part.is_broken
        ignored |= part.ignored
        coverage += part.coverage
        unsure |= dict.fromkeys(part.unsure)
    if found:
        from k8slint.lint.findings import are_about_all

        if are_about_all(found, ignored):
            return None
    if coverage:
        from k8slint.lint.passed_over import join_portions

        coverage = join_portions(coverage, read, is_skipped=bool(skipped))
    if is_broken:
        from k8slint.lint.repairs import without_edits

        found = without_edits(found)
    report = FileReport(task.path, workloads, skipped=skipped, coverage=coverage)
    return _told(report.with_found(found), task, tuple(unsure))


def blank_report(task: Task, cluster: Cluster) -> FileReport:
    """The report on a file that holds nothing that rules look at."""
    if not task.known:  # As for most: they are worth no scope of their own.
        return _BLANK._replace(path=task.path)
    scope = scope_for(task.settings)._replace(cluster=cluster, known=task.known)
    return FileReport(task.path, judged=checked_rules(scope))


def checked_rules(scope: LintScope) -> frozenset[str]:
    """The rules that saw all there is, where a baseline has to know."""
    codes = scope.selection.codes if scope.known else ()
    return frozenset(code for code in codes if scope.was_run(code))


def _fixed(
    report: FileReport,
    planner: Planner,
    task: Task,
    mode: RunOptions,
    policy: Policy,
    scope: LintScope,
) -> FileReport:
    from k8slint.lint.fix import repair_source

    guard = guard_for(task.settings)._replace(cluster=scope.cluster)
    data = report.text or b""
    found = [*report.diagnoses, *report.suppressed]
    result = repair_source(
        planner, found, scope, guard, policy, task.kustomized, unsafe=mode.unsafe
    )
    if result.failed:
        return report._replace(failed=tuple(result.failed))
    text = planner.source.encode(result.source.text)
    fixed = report.with_found(result.left)._replace(fixed=tuple(result.fixed), text=text)
    return _with_diff(fixed, data) if mode.diff else fixed


def _ignored(
    report: FileReport,
    planner: Planner,
    task: Task,
    mode: RunOptions,
    policy: Policy,
    scope: LintScope,
) -> FileReport:
    """The report on a file in which suppressions are written for what is found."""
    from k8slint.lint.add_ignores import add_ignores
    from k8slint.lint.repairs import Planner, diagnose

    data, before = report.text or b"", len(report.diagnoses)
    result = add_ignores(planner.examined, scope, task.kustomized, mode.reason)
    report = report.with_found(diagnose(Planner(result.examined), policy))
    report = report._replace(
        text=planner.source.encode(result.text),
        ignored=before - len(report.diagnoses),
        unignored=tuple((one, result.refused.get(one.identity, "")) for one in report.diagnoses),
    )
    result.examined.forget()
    return _with_diff(report, data) if mode.diff else report


def _with_diff(report: FileReport, data: bytes) -> FileReport:
    """The report with the difference between what its file held and what it is to hold."""
    from k8slint.lint.diff import unified_diff

    text = report.text or b""
    return report._replace(
        diff=unified_diff(display_path(report.path), data.decode(), text.decode())
    )
