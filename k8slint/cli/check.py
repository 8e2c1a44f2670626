"""`k8slint check`."""

# No `from __future__ import annotations`: typer would compile every option's annotation at start.
import os
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from k8slint.cli.options import (
    Color,
    Configuration,
    Isolated,
    KubernetesVersion,
    Paths,
    RuleFolders,
    When,
    examples,
    folders,
    is_isolated,
    minor_of,
    words_of,
)
from k8slint.cli.output import (
    Target,
    painter,
    refuse_to_replace,
    targets_of,
    write,
    write_file,
)
from k8slint.errors import UsageError

if TYPE_CHECKING:
    from k8slint.config import Overrides
    from k8slint.lint.baseline import Baselines
    from k8slint.lint.reports import FileReport, Report
    from k8slint.lint.task import Around, Mode, Task
    from k8slint.report.text import Paint

app = typer.Typer(add_completion=False, rich_markup_mode=None)

FORMATS = (
    *("full", "concise", "json", "jsonl", "sarif"),
    *("github", "gitlab", "junit", "checkstyle", "markdown"),
)
# Files that are built where they are named (kustomize api/konfig/general.go).
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")


class Level(StrEnum):
    """Severities as the command line names them."""

    error = "error"
    warning = "warning"
    info = "info"


@app.command(
    epilog=examples(
        "k8slint check deploy/ app.yaml",
        "helm template ./chart | k8slint check -",
        "k8slint check --diff deploy/",
        "k8slint check --fix --select GS101 deploy/",
    )
)
def check(
    ctx: typer.Context,
    paths: Paths = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Repair what can be repaired safely.")
    ] = False,
    unsafe_fixes: Annotated[
        bool, typer.Option("--unsafe-fixes", help="Let --fix and --diff make unsafe repairs too.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print what --fix would change, write nothing.")
    ] = False,
    select: Annotated[
        list[str] | None,
        typer.Option(help="Rules to run and no others: codes, names, prefixes, DEFAULT or ALL."),
    ] = None,
    extend_select: Annotated[
        list[str] | None, typer.Option(help="Rules to run on top of the selected ones.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Rules not to run.")] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Let rules in preview be selected.")
    ] = False,
    fail_on: Annotated[
        Level | None,
        typer.Option(help="Lowest severity that makes exit code 1.", show_default="warning"),
    ] = None,
    output_format: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORMAT[=FILE]",
            envvar="K8SLINT_OUTPUT_FORMAT",
            help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}; repeatable.",
            autocompletion=lambda: [*FORMATS],
            show_default="full",
        ),
    ] = None,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Print counts for each rule instead of findings.")
    ] = False,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 even with findings.")
    ] = False,
    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Known findings, which are hidden.",
            show_default=".k8slint-baseline.json beside the configuration",
        ),
    ] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Make the baseline of what is found now.")
    ] = False,
    no_ignores: Annotated[
        bool,
        typer.Option(
            "--no-ignores", help="Show what comments, annotations and the baseline hide."
        ),
    ] = False,
    kubernetes_version: KubernetesVersion = None,
    render: Annotated[
        bool, typer.Option("--render", help="Build Kustomize overlays and Helm charts first.")
    ] = False,
    values: Annotated[
        list[Path] | None,
        typer.Option("--values", metavar="FILE", help="Values for the charts of --render."),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One value for the charts of --render."),
    ] = None,
    allow_network: Annotated[
        bool,
        typer.Option("--allow-network", help="Let --render fetch remote bases and dependencies."),
    ] = False,
    config: Configuration = None,
    isolated: Isolated = False,
    rules: RuleFolders = None,
    context: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="Manifests to read for facts, not to report on."),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Files to leave out.")
    ] = None,
    force_exclude: Annotated[
        bool, typer.Option("--force-exclude", help="Leave out named files as well.")
    ] = False,
    no_gitignore: Annotated[
        bool, typer.Option("--no-gitignore", help="Read files that git ignores.")
    ] = False,
    stdin_filename: Annotated[
        str | None, typer.Option(metavar="PATH", help="What to call standard input.")
    ] = None,
    show_files: Annotated[
        bool, typer.Option("--show-files", help="Print the files that would be read.")
    ] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=0, help="Worker processes.", show_default="cores")
    ] = 0,
    color: Color = When.auto,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print findings only, no summary.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Name what was skipped, and why.")
    ] = False,
) -> None:
    """Find what goes wrong when pods shut down."""
    from k8slint.cli.tasks import stdin_task, surroundings, tasks_of, with_recipes
    from k8slint.config import Overrides
    from k8slint.lint.files import repository_of, root_of
    from k8slint.lint.reports import Report
    from k8slint.lint.rule import Severity
    from k8slint.lint.run import run
    from k8slint.lint.task import Mode
    from k8slint.report.summary import summary

    named = paths or ["."]
    reads_stdin = "-" in named
    if reads_stdin and len(named) > 1:
        raise UsageError("- stands alone: standard input cannot be mixed with files")
    if stdin_filename and not reads_stdin:
        raise UsageError("--stdin-filename names standard input: give - as the path to read it")
    if write_baseline and reads_stdin:
        raise UsageError("--write-baseline needs files: standard input has no path to write down")
    if render and reads_stdin:
        raise UsageError(
            "--render needs folders: what comes on standard input is rendered already"
        )
    if not render and (values or sets or allow_network):
        option = "--values" if values else "--set" if sets else "--allow-network"
        raise UsageError(f"{option} goes with --render")
    if write_baseline and (diff or no_ignores):
        raise UsageError(
            f"--write-baseline does not go with {'--diff' if diff else '--no-ignores'}"
        )
    targets = targets_of(output_format, FORMATS)
    if diff and any(target.file for target in targets):
        raise UsageError("--diff prints a patch, no findings: write the report in another run")
    overrides = Overrides(
        select=words_of(select) if select else None,
        extend_select=words_of(extend_select),
        ignore=words_of(ignore),
        exclude=words_of(exclude) if exclude else None,
        fail_on=Severity.parse(fail_on.value) if fail_on else None,
        minor=minor_of(kubernetes_version) if kubernetes_version else None,
        preview=preview,
        isolated=is_isolated(ctx, isolated=isolated),
        rule_folders=folders(rules),
    )
    roots = () if reads_stdin else {os.path.realpath(root_of(path)): None for path in named}
    mode = Mode(
        fix=fix and not diff,
        diff=diff,
        unsafe=unsafe_fixes,
        roots=tuple(roots),
        hides=not no_ignores,
    )
    missing: list[FileReport] = []
    if reads_stdin:
        tasks = [stdin_task(stdin_filename or "<stdin>", overrides, config)]
    else:
        tasks, missing = tasks_of(
            named,
            overrides,
            config,
            force_exclude=force_exclude,
            gitignore=not no_gitignore,
        )
    recipes = None
    if render or any(os.path.basename(path) in KUSTOMIZATIONS for path in named):
        from k8slint.lint.rendered.recipes import Rendering

        files_of_values = tuple(map(str, values or ()))
        rendering = Rendering(render, files_of_values, tuple(sets or ()), allow_network)
        tasks, recipes = with_recipes(tasks, named, rendering, overrides, config)
    if show_files:
        write(sys.stdout, "".join(f"{task.path}\n" for task in tasks))
        write(sys.stderr, "".join(f"{file.path}: {file.error}\n" for file in missing))
        raise typer.Exit(2 if missing else 0)
    refuse_to_replace(targets, tasks)
    known = {} if no_ignores else _baselines(tasks, baseline, write=write_baseline)
    if known:
        from k8slint.lint.baseline import informed

        tasks = informed(tasks, known)
    tasks, around = surroundings(
        [task.path for task in tasks] if reads_stdin else named,
        context or (),
        tasks,
        overrides,
        config,
        gitignore=not no_gitignore,
    )
    if reads_stdin:
        files = [_check_stdin(tasks[0], overrides, mode, around, force_exclude=force_exclude)]
    else:
        reports = run(tasks, mode, jobs or os.cpu_count() or 1, around, recipes)
        if not quiet and sys.stderr.isatty():
            from k8slint.cli.progress import watched

            reports = watched(reports, len(tasks))
        files = [*reports]
        if recipes and recipes.unbuilt:
            files = [
                one._replace(skipped="overlay") if one.path in recipes.unbuilt else one
                for one in files
            ]
    folder = os.getcwd()
    root = str(repository_of(folder) or folder)
    report = Report((*missing, *files), tuple(task.settings for task in tasks), root)
    if known:
        from k8slint.lint.baseline import settled

        report = settled(report, tasks, known, write=write_baseline)
    unwritten = [*_write_files(report, targets)]
    if not (diff or statistics) and any(target.format == "github" for target in targets):
        unwritten += _add_to_job_summary(report)
    to_stderr = reads_stdin and mode.fix
    _print(report, mode, targets, statistics=statistics, color=color, to_stderr=to_stderr)
    if to_stderr:
        write(sys.stdout, report.files[0].text or b"")
    lines = [*unwritten, *summary(report, mode, quiet=quiet, verbose=verbose)]
    write(sys.stderr, "".join(f"{line}\n" for line in lines))
    raise typer.Exit(2 if unwritten else _exit_code(report, exit_zero=exit_zero))


def _exit_code(report: "Report", *, exit_zero: bool) -> int:
    if report.has_failed:
        return 2
    return int(not exit_zero and any(file.fails for file in report.files))


def _baselines(tasks: "Sequence[Task]", named: Path | None, *, write: bool) -> "Baselines":
    """What is known already, by the root of the settings; nothing where there is no baseline."""
    from k8slint.lint.settings import BASELINE

    roots = {task.settings.root for task in tasks}
    if not named and not write and not any(os.path.lexists(root / BASELINE) for root in roots):
        return {}
    from k8slint.lint.baseline import baselines

    return baselines(tasks, named, write=write)


def _check_stdin(
    task: "Task", overrides: "Overrides", mode: "Mode", around: "Around", *, force_exclude: bool
) -> "FileReport":
    from k8slint.cli.tasks import is_left_out
    from k8slint.lint.reports import FileReport
    from k8slint.lint.run import run_bytes

    data = sys.stdin.buffer.read()
    if force_exclude and is_left_out(task.path, overrides, task.settings):
        return FileReport(task.path, text=data)
    return run_bytes(data, task, mode, around)


def _print(
    report: "Report",
    mode: "Mode",
    targets: Sequence[Target],
    *,
    statistics: bool,
    color: When,
    to_stderr: bool,
) -> None:
    from k8slint.report import text

    stream = sys.stderr if to_stderr else sys.stdout
    paint = painter(color, stream)
    printed = next((target.format for target in targets if not target.file), "full")
    if mode.diff:
        output = "".join(file.diff for file in report.files)
    elif statistics:
        output = text.statistics(report, paint)
    else:
        output = _rendered(report, printed, paint)
    write(stream, output)


def _rendered(report: "Report", format_name: str, paint: "Paint | None" = None) -> str:
    from k8slint.report import text

    if format_name in ("full", "concise"):
        render = text.full if format_name == "full" else text.concise
        return render(report, paint or text.plain)
    rendered: str = import_module(f"k8slint.report.{format_name}").render(report)
    return rendered


def _write_files(report: "Report", targets: Sequence[Target]) -> Iterator[str]:
    """Write the reports that go to files; yields what kept one from being written."""
    for target in targets:
        if target.file:
            yield from write_file(target.file, _rendered(report, target.format))


def _add_to_job_summary(report: "Report") -> Iterator[str]:
    """Add to the page of a GitHub workflow run; yields what kept that from being done."""
    if not (file := os.environ.get("GITHUB_STEP_SUMMARY")):
        return
    try:
        with Path(file).open("ab") as summary:
            summary.write(_rendered(report, "markdown").encode())
    except OSError as error:
        yield f"{file}: cannot be written: {error.strerror or error}"
