"""One file: its bytes in, what the rules say of them out, repaired where that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from k8slint.kubernetes.cluster import Cluster
from k8slint.kubernetes.kinds import RESOURCE_VERSION
from k8slint.lint.files import BINARY, TEMPLATE
from k8slint.lint.inspect import inspect
from k8slint.lint.reports import FileReport
from k8slint.lint.result import LintResult, RuleCrash
from k8slint.lint.scope import LintScope, guard_for, scope_for
from k8slint.lint.sources import read_source
from k8slint.lint.task import RunOptions, Task, display_path
from k8slint.manifest.source import Source, is_wide, searchable
from k8slint.manifest.stream import split_stream

if TYPE_CHECKING:
    from k8slint.coverage import Portion
    from k8slint.lint.diagnosis import Diagnostic
    from k8slint.lint.repairs import Planner, Policy

# How files of scripts end that hooks may run.
_SCRIPTS = (".sh", ".bash", ".ksh", ".py", ".pl", ".rb", ".js")
# More bytes than this are looked at in parts, for the memory.
_LONG = 1_000_000


def lint_file(data: bytes, task: Task, mode: RunOptions, cluster: Cluster) -> FileReport:
    """The report on what a file holds; `text` is what it is to hold. A crash is reported in it."""
    try:
        report = _process(data, task, mode, cluster)
    except RuleCrash as error:
        return FileReport(
            task.path, error=str(error), crash=_trace(), text=data, is_ours=error.is_ours
        )
    except Exception as error:  # noqa: BLE001 - one file must not stop the others
        what = f"k8slint failed: {error!r}"
        return FileReport(task.path, error=what, crash=_trace(), text=data)
    if unsure := scope_for(task.settings).programs.unsure_builds:
        report = report._replace(unsure=unsure)
    least = task.settings.fail_on
    fails = bool(report.diff) or any(one.severity >= least for one in report.diagnoses)
    return report._replace(fails=fails) if fails else report


def _trace() -> str:
    """The traceback of the exception that is being handled."""
    from traceback import format_exc

    return format_exc()


def _process(data: bytes, task: Task, mode: RunOptions, cluster: Cluster) -> FileReport:
    scope = scope_for(task.settings)._replace(
        cluster=cluster, hides=mode.hides, today=mode.today, known=task.known
    )
    is_long = len(data) > _LONG and not mode.changes
    if is_long and (report := _in_parts(data, task, scope)):
        return report
    source = read_source(data, display_path(task.path), scope)
    if source is None:
        skipped = BINARY if 0 in data else ""
        return FileReport(task.path, text=data, judged=checked_rules(scope), skipped=skipped)
    if not isinstance(source, Source):
        unread = LintResult(Source(task.path, ""), unreadable=[source])
        if scope.known:
            scope.known.hide(unread)
        return FileReport(task.path, 1, text=data).with_found(unread.unreadable)
    examined = inspect(source, scope, task.kustomized)
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
    text = examined.source.text
    if examined.looked_at and any(end in text for end in _SCRIPTS):
        from k8slint.lint.scripts import scripts_in

        found += tuple(dict.fromkeys(scripts_in(examined)))
    return found


def _is_about_all(text: str, scope: LintScope) -> bool:
    """Whether something in a stream may hide findings, or own objects, in other parts of it."""
    return "k8slint" in text or (scope.cluster.owners is None and RESOURCE_VERSION in text)


def _in_parts(data: bytes, task: Task, scope: LintScope) -> FileReport | None:
    """The report on a long stream, of which only a part is text and trees at any time.

    None where something in it is about the whole: what hides findings, is a template or no text,
    or what owns objects in other parts.
    """
    if scope.known or is_wide(data) or _is_about_all(searchable(data), scope):
        return None
    from k8slint.lint.repairs import Planner, Policy, diagnose, without_edits

    policy = Policy(task.settings.fail_on, scope.selection)
    found: list[Diagnostic] = []
    coverage: tuple[Portion, ...] = ()
    workloads = read = pods = 0
    skipped, is_broken = "", False
    for part in split_stream(data):
        source = read_source(part.data, display_path(task.path), scope)
        if source is None:
            continue
        if not isinstance(source, Source):
            return None
        examined = inspect(part.placed(source), scope, task.kustomized, pods)
        if TEMPLATE in (
            examined.skipped,
            examined.in_part,
        ):  # Its actions reach from part to part.
            return None
        skipped = skipped or examined.skipped
        is_broken = is_broken or examined.is_broken
        pods = examined.pods
        workloads += examined.workloads + len(examined.unreadable)
        read += examined.workloads - sum(examined.in_values.values())
        coverage += _coverage(examined)
        found += diagnose(Planner(examined), policy)
        examined.forget()
    if coverage:
        from k8slint.lint.passed_over import join_portions

        coverage = join_portions(coverage, read, is_skipped=bool(skipped))
    report = FileReport(task.path, workloads, skipped=skipped, text=data, coverage=coverage)
    return report.with_found(without_edits(found) if is_broken else found)


def blank_report(task: Task, cluster: Cluster) -> FileReport:
    """The report on a file that holds nothing that rules look at."""
    if not task.known:  # As for most: they are worth no scope of their own.
        return FileReport(task.path)
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
