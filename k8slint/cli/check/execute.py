"""Run a check: from its options to its report."""

import os
import sys
from collections.abc import Sequence

from k8slint.cli.check.options import FORMATS, OWN_CODEOWNERS, CheckOptions
from k8slint.cli.options import given_drains, given_images, minor_of, split_list, unique_folders
from k8slint.cli.output import OutputTarget, parse_targets, without_reports
from k8slint.cli.streams import read_stdin
from k8slint.config import Overrides
from k8slint.errors import UsageError
from k8slint.lint.files import repository_of, writable_roots
from k8slint.lint.reports import FileReport, Report
from k8slint.lint.rule import Severity
from k8slint.lint.run import run_batch, run_bytes
from k8slint.lint.settings import BASELINE
from k8slint.lint.task import Context, RunOptions, Task, distinct_settings
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING
from k8slint.workspace import Workspace, folders_named

if TYPE_CHECKING:
    from k8slint.cli.check.early_end import EarlyEnd
    from k8slint.lint.baseline import Baselines
    from k8slint.lint.rendered.recipes import Recipes


class Prepared(NamedTuple):
    """The files that a check will read, how, and where its reports go.

    `unread` holds reports on missing paths, and on links that are not followed. `ending` has
    rendering ended early and the report still written. `around` is set where nothing but one text
    is to be read.
    """

    tasks: list[Task]
    unread: list[FileReport]
    mode: RunOptions
    targets: list[OutputTarget]
    workspace: Workspace
    recipes: "Recipes | None" = None
    ending: "EarlyEnd | None" = None
    around: Context | None = None


def prepare(options: CheckOptions) -> Prepared:
    """Find the files of a check, with the settings of each.

    Raises UsageError.
    """
    targets = parse_targets(options.output_format, FORMATS)
    if options.diff and any(target.file for target in targets):
        raise UsageError(
            "--diff prints a patch instead of findings: write the report in another run"
        )
    mode = _mode(options)
    gitignore = not options.no_gitignore
    workspace = Workspace(_overrides(options), options.config, gitignore=gitignore)
    if options.live:
        from k8slint.cli.check.live import CLUSTER, read_cluster

        task, around = read_cluster(workspace.make_task(CLUSTER), options)
        return Prepared([task], [], mode, targets, workspace, around=around)
    if options.reads_stdin:
        tasks = [workspace.make_task(options.stdin_filename or "<stdin>")]
        return Prepared(tasks, [], mode, targets, workspace)
    tasks, unread = workspace.find(options.named, force_exclude=options.force_exclude)
    recipes = ending = None
    if options.renders:
        from k8slint.cli.check.early_end import EarlyEnd
        from k8slint.lint.rendered.recipes import Rendering

        ending = EarlyEnd()
        rendering = Rendering(
            options.render,
            tuple(map(str, options.values or ())),
            tuple(options.sets or ()),
            options.allow_network,
            ending.crew,
            limit=options.render_limit,
        )
        tasks, recipes = workspace.add_renderings(tasks, options.named, rendering)
    return Prepared(tasks, unread, mode, targets, workspace, recipes, ending)


def execute(prepared: Prepared, options: CheckOptions) -> Report:
    """Lint, or fix, what was prepared.

    Raises UsageError.
    """
    workspace = prepared.workspace
    tasks = without_reports(prepared.targets, prepared.tasks, options.named)
    known = {} if options.no_ignores else _baselines(tasks, workspace, options)
    if known:
        from k8slint.lint.baseline import attach_baselines

        tasks = attach_baselines(tasks, known)
    named = [task.path for task in tasks] if options.reads_one_text else options.named
    beyond: list[FileReport] = []
    around = prepared.around
    if around is None:
        tasks, around, beyond = workspace.collect_context(named, options.context or (), tasks)
    if options.shard:
        from k8slint.lint.shards import parse_shard

        tasks, around = parse_shard(options.shard).divide(tasks, around)
    if options.reads_one_text:
        files = [_check_text(tasks[0], prepared, options, around)]
    else:
        files = _check_files(tasks, prepared, options, around)
    folder = os.getcwd()
    root = str(repository_of(folder) or folder)
    if options.codeowners:
        files = _with_owners(files, options.codeowners, root)
    unread = {one.path: one for one in (*beyond, *prepared.unread)}
    report = Report((*unread.values(), *files), distinct_settings(tasks), root)
    if known:
        from k8slint.lint.baseline import apply_baselines

        report = apply_baselines(report, tasks, known, write=options.write_baseline)
    if options.changed:
        from k8slint.lint.touched import only_touched

        reviews = any(target.format == "github-review" for target in prepared.targets)
        report = only_touched(report, tasks, options.changed, reviews=reviews)
    return report


def _with_owners(files: Sequence[FileReport], word: str, root: str) -> list[FileReport]:
    """Return the reports with the owners that a CODEOWNERS file names."""
    from k8slint.git.code_owners import read_code_owners
    from k8slint.lint.owners import with_code_owners
    from k8slint.report.names import relative_to_root

    owners = read_code_owners(root, "" if word == OWN_CODEOWNERS else word)
    return [*with_code_owners(files, lambda path: owners.of(relative_to_root(path, root)))]


def _overrides(options: CheckOptions) -> Overrides:
    fail_on, version = options.fail_on, options.kubernetes_version
    return Overrides(
        select=split_list(options.select) if options.select else None,
        extend_select=split_list(options.extend_select),
        ignore=split_list(options.ignore),
        exclude=split_list(options.exclude) if options.exclude else None,
        fail_on=Severity.parse(fail_on.value) if fail_on else None,
        minor=minor_of(version) if version else None,
        preview=options.preview,
        isolated=options.isolated,
        rule_folders=unique_folders(options.rules),
        images=given_images(options.images),
        drains=given_drains(options.drains),
        owner_labels=split_list(options.owner_label),
        named=folders_named(
            [options.stdin_filename or "-"] if options.reads_one_text else options.named
        ),
    )


def _mode(options: CheckOptions) -> RunOptions:
    named = () if options.reads_one_text else options.named
    return RunOptions(
        fix=options.fix and not options.diff,
        diff=options.diff,
        unsafe=options.unsafe_fixes,
        roots=writable_roots(named),
        hides=not options.no_ignores,
        ignores=options.add_ignore,
        reason=(options.reason or "").strip(),
    )


def _baselines(tasks: Sequence[Task], workspace: Workspace, options: CheckOptions) -> "Baselines":
    """Find the baselines, by the root of the settings; empty if there are none."""
    roots = () if options.isolated else {task.settings.root for task in tasks}
    named, write = options.baseline, options.write_baseline
    if not named and not write and not any(os.path.lexists(root / BASELINE) for root in roots):
        return {}
    from k8slint.lint.baseline import find_baselines

    folders = workspace.folders
    return find_baselines(tasks, named, workspace.overrides.named, folders, write=write)


def _check_text(
    task: Task, prepared: Prepared, options: CheckOptions, around: Context
) -> FileReport:
    data = read_stdin() if task.given is None else task.given
    if options.force_exclude and prepared.workspace.excludes(task.path, task.settings):
        return FileReport(task.path, text=data)
    return run_bytes(data, task, prepared.mode, around, _jobs(options))


def _jobs(options: CheckOptions) -> int:
    return options.jobs or os.cpu_count() or 1


def _check_files(
    tasks: Sequence[Task], prepared: Prepared, options: CheckOptions, around: Context
) -> list[FileReport]:
    recipes, ending = prepared.recipes, prepared.ending
    if options.interactive:
        from k8slint.cli.check.interactive import review_files

        return review_files(tasks, prepared.mode, options, around)
    is_watched = not options.quiet and sys.stderr.isatty()
    if is_watched:
        from k8slint.cli.progress import show_progress, show_rendering

        recipes = recipes and recipes._replace(watch=show_rendering)
    if recipes and ending and not prepared.mode.changes:
        recipes = recipes._replace(watch=ending.watching(recipes.watch))
    reports = run_batch(tasks, prepared.mode, _jobs(options), around, recipes)
    return [*(show_progress(reports, len(tasks)) if is_watched else reports)]
