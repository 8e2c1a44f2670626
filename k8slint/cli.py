"""The command line: the only module that prints or exits."""

# No `from __future__ import annotations`: typer would compile every option's annotation at start.
import errno
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, NoReturn, TextIO

import typer
from typer.core import TyperGroup

from k8slint import __version__

if TYPE_CHECKING:
    from k8slint.config import Overrides
    from k8slint.kubernetes.versions import Minor
    from k8slint.lint.baseline import Baselines
    from k8slint.lint.files import Found
    from k8slint.lint.rendered.recipes import Recipes, Rendering
    from k8slint.lint.run import Around, FileReport, Mode, Report, Task
    from k8slint.lint.settings import Settings
    from k8slint.picture.scene import Scene
    from k8slint.report.text import Paint


class Commands(TyperGroup):
    """Makes the command that is called, and no other: all of them take a millisecond."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "commands": dict.fromkeys(COMMANDS)})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        return typer.main.get_command(COMMANDS[cmd_name])


app = typer.Typer(
    name="k8slint",
    cls=Commands,
    help="Lint and fix how Kubernetes pods shut down.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
check_command = typer.Typer(add_completion=False, rich_markup_mode=None)
explain_command = typer.Typer(add_completion=False, rich_markup_mode=None)
timeline_command = typer.Typer(add_completion=False, rich_markup_mode=None)
config_commands = typer.Typer(
    help="Show, check and start configurations.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
COMMANDS = {
    "check": check_command,
    "explain": explain_command,
    "timeline": timeline_command,
    "config": config_commands,
}

# Options that several commands take.
Configuration = Annotated[
    Path | None,
    typer.Option("--config", envvar="K8SLINT_CONFIG", help="Configuration for all files."),
]
Isolated = Annotated[bool, typer.Option("--isolated", help="Read no configuration at all.")]
RuleFolders = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="DIR", help="Folders with rules of your own."),
]

ROLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "info": "bold cyan",
    "because": "blue",
    "path": "bold",
    "code": "bold",
    "mark": "green",
    "help": "green",
    "dim": "dim",
    "removed": "red",
    "added": "green",
    "hook": "cyan",
    "wait": "magenta",
    "drain": "green",
    "slack": "dim",
    "overrun": "bold red",
    "signal": "bold",
    "kill": "bold red",
}


# Seconds without a word.
_PATIENCE = 1.0


class Level(StrEnum):
    """Severities as the command line names them."""

    error = "error"
    warning = "warning"
    info = "info"


class Target(NamedTuple):
    """A format and the file it goes to; no file is standard output."""

    format: str
    file: str = ""


FORMATS = (
    *("full", "concise", "json", "jsonl", "sarif"),
    *("github", "gitlab", "junit", "checkstyle", "markdown"),
)
# Files that are built where they are named (kustomize api/konfig/general.go).
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
DRAWN = ("text", "svg", "html", "json")


class Pages(StrEnum):
    """Formats of rule pages."""

    text = "text"
    markdown = "markdown"
    json = "json"


class Ending(StrEnum):
    """What ends a pod."""

    delete = "delete"
    liveness = "liveness"
    node_shutdown = "node-shutdown"
    spot = "spot"
    eviction = "eviction"


class When(StrEnum):
    """When to colour."""

    auto = "auto"
    always = "always"
    never = "never"


def main() -> None:
    """Run the command line; a crash of ours is exit 2, like all that kept the job undone."""
    for name, how in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # Closed by who called: nothing comes in, nobody reads.
            setattr(sys, name, Path(os.devnull).open(how))  # noqa: SIM115 - open to the end
    try:
        app()
    except BrokenPipeError:
        _discard(sys.stdout)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - Python would exit 1: findings
        _crash(error)


def _version(show: bool) -> None:
    if show:
        print(f"k8slint {__version__}")
        raise typer.Exit


def _examples(*commands: str) -> str:
    """What stands below the options, with a mark that keeps the lines apart."""
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


@check_command.command(
    epilog=_examples(
        "k8slint check deploy/ app.yaml",
        "helm template ./chart | k8slint check -",
        "k8slint check --diff deploy/",
        "k8slint check --fix --select GS101 deploy/",
    )
)
def check(
    ctx: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH ... | -]", help="Files and folders, or - for stdin.", show_default="."
        ),
    ] = None,
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
    kubernetes_version: Annotated[
        str | None, typer.Option(metavar="X.Y", help="The cluster the manifests are for.")
    ] = None,
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
    color: Annotated[When, typer.Option(help="When to colour.")] = When.auto,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print findings only, no summary.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Name what was skipped, and why.")
    ] = False,
) -> None:
    """Find what goes wrong when pods shut down."""
    from k8slint.config import Overrides
    from k8slint.lint.files import repository_of, root_of
    from k8slint.lint.rule import Severity
    from k8slint.lint.rulebook import UsageError
    from k8slint.lint.run import Mode, Report, run
    from k8slint.report.summary import summary

    named = paths or ["."]
    reads_stdin = "-" in named
    if reads_stdin and len(named) > 1:
        _usage("- stands alone: standard input cannot be mixed with files")
    if stdin_filename and not reads_stdin:
        _usage("--stdin-filename names standard input: give - as the path to read it")
    if write_baseline and reads_stdin:
        _usage("--write-baseline needs files: standard input has no path to write down")
    if render and reads_stdin:
        _usage("--render needs folders: what comes on standard input is rendered already")
    if not render and (values or sets or allow_network):
        option = "--values" if values else "--set" if sets else "--allow-network"
        _usage(f"{option} goes with --render")
    if write_baseline and (diff or no_ignores):
        _usage(f"--write-baseline does not go with {'--diff' if diff else '--no-ignores'}")
    try:
        targets = _targets(output_format, FORMATS)
        if diff and any(target.file for target in targets):
            _usage("--diff prints a patch, no findings: write the report in another run")
        overrides = Overrides(
            select=_words(select) if select else None,
            extend_select=_words(extend_select),
            ignore=_words(ignore),
            exclude=_words(exclude) if exclude else None,
            fail_on=Severity.parse(fail_on.value) if fail_on else None,
            minor=_minor(kubernetes_version) if kubernetes_version else None,
            preview=preview,
            isolated=_isolated(ctx, isolated=isolated),
            rule_folders=_folders(rules),
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
            tasks = [_stdin_task(stdin_filename or "<stdin>", overrides, config)]
        else:
            tasks, missing = _tasks(
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
            tasks, recipes = _with_recipes(tasks, named, rendering, overrides, config)
        if show_files:
            _write(sys.stdout, "".join(f"{task.path}\n" for task in tasks))
            _write(sys.stderr, "".join(f"{file.path}: {file.error}\n" for file in missing))
            raise typer.Exit(2 if missing else 0)
        _refuse_to_replace(targets, tasks)
        known = {} if no_ignores else _baselines(tasks, baseline, write=write_baseline)
        if known:
            from k8slint.lint.baseline import informed

            tasks = informed(tasks, known)
        tasks, around = _around(
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
                reports = _watched(reports, len(tasks))
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
    except UsageError as error:
        _usage(str(error))
    unwritten = [*_write_files(report, targets)]
    if not (diff or statistics) and any(target.format == "github" for target in targets):
        unwritten += _add_to_job_summary(report)
    to_stderr = reads_stdin and mode.fix
    _print(report, mode, targets, statistics=statistics, color=color, to_stderr=to_stderr)
    if to_stderr:
        _write(sys.stdout, report.files[0].text or b"")
    lines = [*unwritten, *summary(report, mode, quiet=quiet, verbose=verbose)]
    _write(sys.stderr, "".join(f"{line}\n" for line in lines))
    raise typer.Exit(2 if unwritten else _exit_code(report, exit_zero=exit_zero))


@explain_command.command(epilog=_examples("k8slint explain", "k8slint explain GS101"))
def explain(
    rule: Annotated[
        str | None, typer.Argument(help="A code or a name; none for the table.")
    ] = None,
    output_format: Annotated[Pages, typer.Option(help="How the page is printed.")] = Pages.text,
    rules: RuleFolders = None,
) -> None:
    """Explain a rule, or list all of them."""
    from k8slint.lint.rulebook import UsageError, load
    from k8slint.picture.page import illustrated
    from k8slint.report import page

    try:
        book = load(_folders(rules))
        chosen = [book.find(rule)] if rule else book.rules
    except UsageError as error:
        _usage(str(error))
    if output_format is Pages.json:
        _write(sys.stdout, page.as_json(chosen))
    elif rule is None:
        _write(sys.stdout, page.table(chosen, markdown=output_format is Pages.markdown))
    elif output_format is Pages.markdown:
        _write(sys.stdout, page.markdown(illustrated(chosen[0])))
    else:
        _print_page(page.markdown(illustrated(chosen[0])))


@timeline_command.command(
    epilog=_examples(
        "k8slint timeline deploy/web.yaml",
        "k8slint timeline --trigger spot deploy/",
        "k8slint timeline --output-format html=shutdown.html deploy/",
    )
)
def timeline(
    ctx: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH ... | -]", help="Files and folders, or - for stdin.", show_default="."
        ),
    ] = None,
    trigger: Annotated[Ending, typer.Option(help="What ends the pods.")] = Ending.delete,
    grace: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Play another grace period, in seconds."),
    ] = None,
    output_format: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORMAT[=FILE]",
            help=f"{', '.join(DRAWN[:-1])} or {DRAWN[-1]}; repeatable.",
            autocompletion=lambda: [*DRAWN],
            show_default="text",
        ),
    ] = None,
    kubernetes_version: Annotated[
        str | None, typer.Option(metavar="X.Y", help="The cluster the manifests are for.")
    ] = None,
    config: Configuration = None,
    isolated: Isolated = False,
    rules: RuleFolders = None,
    color: Annotated[When, typer.Option(help="When to colour.")] = When.auto,
) -> None:
    """Draw how pods shut down."""
    from k8slint.config import Overrides
    from k8slint.lint.files import root_of
    from k8slint.lint.rulebook import UsageError
    from k8slint.lint.run import Task
    from k8slint.picture import run, scene
    from k8slint.shutdown.triggers import BY_NAME

    named = paths or ["."]
    if "-" in named and len(named) > 1:
        _usage("- stands alone: standard input cannot be mixed with files")
    ending = scene.Ending(BY_NAME[trigger.value], grace)
    missing: list[FileReport] = []
    try:
        targets = _targets(output_format, DRAWN) or [Target("text")]
        overrides = Overrides(
            minor=_minor(kubernetes_version) if kubernetes_version else None,
            isolated=_isolated(ctx, isolated=isolated),
            rule_folders=_folders(rules),
        )
        if named == ["-"]:
            settings = _settings(root_of("<stdin>"), overrides, config)
            tasks = [Task("<stdin>", settings)]
            staged = [run.play_bytes(sys.stdin.buffer.read(), tasks[0], ending)]
        else:
            tasks, missing = _tasks(named, overrides, config, force_exclude=False, gitignore=True)
            _refuse_to_replace(targets, tasks)
            staged = [*run.play_files(_kustomized(tasks), ending)]
    except UsageError as error:
        _usage(str(error))
    scenes = [one for file in staged for one in file.scenes]
    problems = [f"{file.path}: {file.error}" for file in missing]
    for target in targets:
        output = _drawn(scenes, target, color)
        if target.file:
            problems += _write_file(target.file, output)
        else:
            _write(sys.stdout, output)
    problems += [problem for file in staged for problem in file.unreadable]
    notes = run.notes(staged)
    _write(sys.stderr, "".join(f"{line}\n" for line in (*problems, *notes)))
    raise typer.Exit(2 if problems else 0)


@config_commands.command("show")
def show_config(
    ctx: typer.Context,
    path: Annotated[str, typer.Argument(help="A file or a folder.")] = ".",
    config: Configuration = None,
    isolated: Isolated = False,
    rules: RuleFolders = None,
) -> None:
    """Print the settings that count for a path, and where each is from."""
    from k8slint.config import Overrides, find, for_file
    from k8slint.config.show import effective
    from k8slint.lint.files import root_of
    from k8slint.lint.rulebook import UsageError

    if not os.path.lexists(path):
        _usage(f"{path}: no such file or folder")
    try:
        none = _isolated(ctx, isolated=isolated)
        overrides = Overrides(isolated=none, rule_folders=_folders(rules))
        settings = _settings(root_of(path), overrides, config)
        if not os.path.isdir(path):
            settings = for_file(settings, path)
        file = None if none else config or find(Path(root_of(path)))
        named = _is_from_environment(ctx, "config") and file
        text = effective(file, settings, " (K8SLINT_CONFIG)" if named else "")
        text += _about_baseline(settings.root)
    except UsageError as error:
        _usage(str(error))
    _write(sys.stdout, text)


@config_commands.command("schema")
def print_schema(rules: RuleFolders = None) -> None:
    """Print the JSON Schema of configurations, for editors."""
    from k8slint.config.schema import as_text
    from k8slint.lint.rulebook import UsageError, load

    try:
        text = as_text(load(_folders(rules)))
    except UsageError as error:
        _usage(str(error))
    _write(sys.stdout, text)


@config_commands.command("init")
def init_config(
    folder: Annotated[Path, typer.Argument(help="Where to write it.")] = Path(),
) -> None:
    """Write a .k8slint.yaml in which every key is explained."""
    from k8slint.config import find_in
    from k8slint.config.show import template
    from k8slint.lint.rulebook import UsageError
    from k8slint.lint.settings import CONFIGURATIONS

    file = folder / CONFIGURATIONS[0]
    try:
        if there := find_in(os.path.abspath(folder)):
            _usage(f"{folder / Path(there).name} is there already, and stays as it is")
        with file.open("xb") as stream:
            stream.write(template().encode())
    except UsageError as error:
        _usage(str(error))
    except OSError as error:
        _usage(f"{file}: cannot be written: {error.strerror or error}")
    _write(sys.stderr, f"Wrote {file}.\n")


def _about_baseline(root: Path) -> str:
    """A comment that names the baseline, if there is one."""
    from k8slint.lint.files import relative
    from k8slint.lint.settings import BASELINE

    file = root / BASELINE
    return f"# known findings: {relative(str(file))}\n" if os.path.lexists(file) else ""


def _isolated(ctx: typer.Context, *, isolated: bool) -> bool:
    """Whether no configuration counts; one named on the command line would contradict that."""
    from k8slint.lint.rulebook import UsageError

    named = ctx.params["config"] and not _is_from_environment(ctx, "config")
    if isolated and named:
        raise UsageError("--isolated reads no configuration, --config names one: leave out either")
    return isolated


def _is_from_environment(ctx: typer.Context, option: str) -> bool:
    source = ctx.get_parameter_source(option)
    return source is not None and source.name == "ENVIRONMENT"


def _folders(rules: Iterable[Path] | None) -> tuple[Path, ...]:
    """Each folder once, by one spelling: so that workers and caches know it."""
    return tuple(dict.fromkeys(Path(os.path.abspath(folder)) for folder in rules or ()))


def _targets(words: Sequence[str] | None, formats: Sequence[str]) -> list[Target]:
    """Each `svg=pods.svg` as a format and a file.

    Raises UsageError for what cannot be written, before anything else is done.
    """
    from k8slint.lint.rulebook import UsageError

    targets: list[Target] = []
    for word in words or ():
        target = _target(word, formats)
        same = [one.format for one in targets if _is_same(one.file, target.file)]
        if same:
            where = target.file or "standard output"
            alone = "" if target.file else f"; give one a file: {target.format}=FILE"
            raise UsageError(
                f"--output-format: {same[0]} and {target.format} cannot both go to {where}{alone}"
            )
        targets.append(target)
    return targets


def _is_same(file: str, other: str) -> bool:
    """Whether two paths lead to one file; none is standard output."""
    return file == other or bool(
        file and other and os.path.realpath(file) == os.path.realpath(other)
    )


def _refuse_to_replace(targets: Iterable[Target], tasks: "Iterable[Task]") -> None:
    """Raise UsageError for a report or a picture that would take the place of a manifest."""
    from k8slint.lint.rulebook import UsageError

    reports = [target.file for target in targets if target.file]
    read = {os.path.realpath(task.path) for task in tasks} if reports else ()
    for file in reports:
        if os.path.realpath(file) in read:
            raise UsageError(
                f"{file}: cannot be written: it is one of the files to read; name another"
            )


def _target(word: str, formats: Sequence[str]) -> Target:
    from k8slint.lint.rulebook import UsageError, did_you_mean
    from k8slint.lint.write import NotWritten, check_writable

    name, equals, file = word.partition("=")
    if name not in formats:
        hint = did_you_mean(name, formats)
        raise UsageError(f"--output-format: {name!r} is none of {', '.join(formats)}{hint}")
    if equals and not file:
        raise UsageError(f"--output-format: {word!r} lacks the name of a file")
    if file in ("-", "/dev/stdout"):
        return Target(name)
    try:
        if file:
            check_writable(file)
    except NotWritten as reason:
        raise UsageError(f"{file}: cannot be written: {reason}") from None
    return Target(name, file)


def _drawn(scenes: "Sequence[Scene]", target: Target, color: When) -> str:
    if target.format == "text":
        return _drawn_text(scenes, color, to_file=bool(target.file))
    module = "data" if target.format == "json" else target.format
    drawn: str = import_module(f"k8slint.picture.{module}").render(scenes)
    return drawn


def _drawn_text(scenes: "Sequence[Scene]", color: When, *, to_file: bool) -> str:
    """Text as wide as the terminal; 80 columns and no broken sentences elsewhere."""
    from k8slint.picture import terminal

    if to_file:
        return terminal.render(scenes, wrap=False)
    is_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else 80
    glyphs = terminal.glyphs_for(sys.stdout.encoding or "utf-8")
    paint = _painter(color, sys.stdout)
    return terminal.render(scenes, paint, width=width, wrap=is_terminal, glyphs=glyphs)


def _tasks(
    named: Sequence[str],
    overrides: "Overrides",
    config: Path | None,
    *,
    force_exclude: bool,
    gitignore: bool,
) -> "tuple[list[Task], list[FileReport]]":
    """The files to read in the order of their paths, and a report for each path not there.

    The settings of every folder are worked out, so that a mistake in one stops the run before
    anything is written.
    """
    from k8slint.config import for_file, settings_for
    from k8slint.lint.files import Missing, discover, distinct, folders_of, root_of
    from k8slint.lint.run import FileReport, Task, scope_for

    found: list[Found] = []
    missing = []
    for path in named:
        try:
            found += discover([path], gitignore=gitignore)
        except Missing:
            missing.append(FileReport(path, error="no such file or folder"))
        else:
            _settings(root_of(path), overrides, config)
    folders = folders_of(one.path for one in found)
    settings = {folder: settings_for(folder, overrides, config) for folder in {*folders.values()}}
    for one in {id(one): one for one in settings.values()}.values():
        scope_for(one)
    own = {path: for_file(settings[folder], path) for path, folder in folders.items()}
    kept = distinct(
        one
        for one in found
        if (one.is_named and not force_exclude)
        or not _is_excluded(one.path, overrides, own[one.path])
    )
    return [Task(path, own[path]) for path in kept], missing


def _with_recipes(
    tasks: "Sequence[Task]",
    named: Sequence[str],
    rendering: "Rendering",
    overrides: "Overrides",
    config: Path | None,
) -> "tuple[list[Task], Recipes | None]":
    """What is to be rendered, and the files with those that it brings along."""
    from k8slint.config import for_file
    from k8slint.lint.files import relative
    from k8slint.lint.rendered.recipes import recipes
    from k8slint.lint.run import Task

    for file in rendering.values:
        if not os.path.isfile(file):
            _usage(f"--values {file}: no such file")
    paths = [task.path for task in tasks]
    found = recipes(
        paths, named, rendering, lambda folder: _settings(folder, overrides, config), relative
    )
    if found is None:
        return [*tasks], None
    known = set(paths)
    more = []
    for file, path in found.files.items():
        if path not in known:
            settings = for_file(_settings(os.path.dirname(file), overrides, config), path)
            if not _is_excluded(path, overrides, settings):
                more.append(Task(path, settings))
    return sorted([*tasks, *more], key=lambda task: task.path), found


def _kustomized(tasks: "Sequence[Task]") -> "list[Task]":
    """The files with what kustomizations beside or above any of them change about each."""
    from k8slint.lint.files import kustomizations

    changed = kustomizations(task.path for task in tasks)
    return [
        task._replace(kustomized=changed[task.path]) if task.path in changed else task
        for task in tasks
    ]


def _around(
    named: Sequence[str],
    context: Sequence[str],
    tasks: "Sequence[Task]",
    overrides: "Overrides",
    config: Path | None,
    *,
    gitignore: bool,
) -> "tuple[list[Task], Around]":
    """The files, and what is read for facts only: paths of the call and of its files' settings.

    Kustomizations of the one change what is written in the other.
    """
    from k8slint.lint.files import relative
    from k8slint.lint.rulebook import UsageError
    from k8slint.lint.run import Around

    own = (path for one in {task.settings: 0 for task in tasks} for path in one.context)
    paths = [*context, *own]
    paths = [relative(path) for path in dict.fromkeys(map(os.path.abspath, paths))]
    found, missing = _tasks(paths, overrides, config, force_exclude=False, gitignore=gitignore)
    if missing:
        raise UsageError(f"context {missing[0].path}: {missing[0].error}")
    known = {os.path.abspath(task.path) for task in tasks} if found else set()
    beyond = [task for task in found if os.path.abspath(task.path) not in known]
    every = _kustomized([*tasks, *beyond])
    is_complete = all(map(os.path.isdir, named)) or any(map(os.path.isdir, paths))
    return every[: len(tasks)], Around(tuple(every[len(tasks) :]), is_complete)


def _settings(folder: str, overrides: "Overrides", config: Path | None) -> "Settings":
    """The settings of a folder, known to select rules that exist."""
    from k8slint.config import settings_for
    from k8slint.lint.run import scope_for

    settings = settings_for(folder, overrides, config)
    scope_for(settings)
    return settings


def _is_excluded(path: str, overrides: "Overrides", settings: "Settings") -> bool:
    from k8slint.lint.files import is_excluded

    base = Path.cwd() if overrides.exclude else settings.root
    return is_excluded(path, base, settings.exclude)


def _watched(reports: "Iterator[FileReport]", total: int) -> "Iterator[FileReport]":
    """The same reports; what takes longer than a second shows how far it is."""
    begin = time.monotonic()
    bar = None
    try:
        for done, report in enumerate(reports, 1):
            if bar:
                bar.update(bar.task_ids[0], completed=done)
            elif time.monotonic() - begin > _PATIENCE:
                from rich.console import Console
                from rich.progress import Progress

                bar = Progress(console=Console(stderr=True), transient=True)
                bar.add_task("Checking", total=total, completed=done)
                bar.start()
            yield report
    finally:
        if bar:
            bar.stop()


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


def _stdin_task(name: str, overrides: "Overrides", config: Path | None) -> "Task":
    from k8slint.config import for_file
    from k8slint.lint.files import root_of
    from k8slint.lint.run import Task

    return Task(name, for_file(_settings(root_of(name), overrides, config), name))


def _check_stdin(
    task: "Task", overrides: "Overrides", mode: "Mode", around: "Around", *, force_exclude: bool
) -> "FileReport":
    from k8slint.lint.run import FileReport, run_bytes

    data = sys.stdin.buffer.read()
    if force_exclude and _is_excluded(task.path, overrides, task.settings):
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
    paint = _painter(color, stream)
    printed = next((target.format for target in targets if not target.file), "full")
    if mode.diff:
        output = "".join(file.diff for file in report.files)
    elif statistics:
        output = text.statistics(report, paint)
    else:
        output = _rendered(report, printed, paint)
    _write(stream, output)


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
            yield from _write_file(target.file, _rendered(report, target.format))


def _add_to_job_summary(report: "Report") -> Iterator[str]:
    """Add to the page of a GitHub workflow run; yields what kept that from being done."""
    if not (file := os.environ.get("GITHUB_STEP_SUMMARY")):
        return
    try:
        with Path(file).open("ab") as summary:
            summary.write(_rendered(report, "markdown").encode())
    except OSError as error:
        yield f"{file}: cannot be written: {error.strerror or error}"


def _write_file(file: str, output: str) -> Iterator[str]:
    from k8slint.lint.write import NotWritten, write_report

    if file == "/dev/stderr":  # Opened anew it would begin at the start of where it leads.
        _write(sys.stderr, output)
        return
    try:
        write_report(file, output.encode("utf-8", "surrogateescape"))
    except NotWritten as reason:
        yield f"{file}: cannot be written: {reason}"


def _write(stream: TextIO, output: str | bytes) -> None:
    """Bytes as they are: no line end is translated, no character refused by a locale."""
    data = output.encode("utf-8", "surrogateescape") if isinstance(output, str) else output
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.flush()
    except OSError as error:
        if error.errno in (errno.EPIPE, errno.EINVAL):  # EINVAL: how Windows says it.
            raise BrokenPipeError from error
        _discard(stream)
        _usage(f"{stream.name}: cannot be written: {error.strerror or error}")


def _discard(stream: TextIO) -> None:
    """Let go what is left in a stream that nobody can read: to flush it at exit would fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _painter(color: When, stream: TextIO) -> "Paint":
    from k8slint.report.text import plain

    if color is When.never or (color is When.auto and not _wants_color(stream)):
        return plain
    from rich.color import ColorSystem
    from rich.style import Style

    styles = {role: Style.parse(style) for role, style in ROLES.items()}
    follows_links = stream.isatty()

    def paint(text: str, role: str, rule: str = "") -> str:
        painted = styles[role].render(text, color_system=ColorSystem.STANDARD)
        if not (rule and follows_links):
            return painted
        from k8slint.report.page import url

        page = url(text, rule)
        # OSC 8; terminals that do not know it show the text.
        return f"\x1b]8;;{page}\x1b\\{painted}\x1b]8;;\x1b\\" if page else painted

    return paint


def _wants_color(stream: TextIO) -> bool:
    """NO_COLOR and FORCE_COLOR count where they are not empty (no-color.org, force-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def _print_page(page: str) -> None:
    """A page for a terminal; its plain Markdown where the output goes elsewhere."""
    if not _wants_color(sys.stdout):
        _write(sys.stdout, page)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(page))


def _minor(version: str) -> "Minor":
    from k8slint.kubernetes.versions import parse_minor
    from k8slint.lint.rulebook import UsageError

    try:
        return parse_minor(version)
    except ValueError as error:
        raise UsageError(f"--kubernetes-version: {error}") from None


def _words(values: Iterable[str] | None) -> tuple[str, ...]:
    """Options that take lists take commas and repetition alike."""
    return tuple(
        word.strip() for value in values or () for word in value.split(",") if word.strip()
    )


def _usage(message: str) -> NoReturn:
    print(f"k8slint: {message}", file=sys.stderr)
    raise SystemExit(2)


def _crash(error: Exception) -> NoReturn:
    import traceback

    from k8slint.report.summary import BUGS

    traceback.print_exception(error)
    print(f"k8slint: this is a bug, please report it: {error} ({BUGS})", file=sys.stderr)
    raise SystemExit(2)
