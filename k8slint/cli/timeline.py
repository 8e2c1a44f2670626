"""`k8slint timeline`."""

# No `from __future__ import annotations`: the options stand in annotations, and are read at start.
import sys
from collections.abc import Collection, Sequence
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

from k8slint.cli.options import (
    Color,
    Configuration,
    Drains,
    Images,
    Isolated,
    KubernetesVersion,
    Option,
    PathArguments,
    RuleFolders,
    Subcommand,
    When,
    given_drains,
    given_images,
    minor_of,
    refuse_contradiction,
    unique_folders,
)
from k8slint.cli.output import (
    OutputTarget,
    make_painter,
    parse_targets,
    terminal_width,
    without_reports,
    write,
    write_file,
)
from k8slint.errors import UsageError
from k8slint.outside.terminal import printable
from k8slint.records import NamedTuple

if TYPE_CHECKING:
    from k8slint.lint.reports import FileReport
    from k8slint.picture.scene import Scene

DRAWN = ("text", "svg", "html", "json")


class EndingOption(StrEnum):
    """What ends a pod: the names of `shutdown/triggers.py`, which few calls import."""

    delete = "delete"
    now = "now"
    eviction = "eviction"
    soft_eviction = "soft-eviction"
    preemption = "preemption"
    node_shutdown = "node-shutdown"
    spot = "spot"
    liveness = "liveness"
    startup = "startup"
    change = "change"
    post_start = "post-start"
    deadline = "deadline"
    completion = "completion"
    restart_all = "restart-all"


class TimelineOptions(NamedTuple):
    """The options of `timeline`."""

    paths: PathArguments = None
    trigger: Annotated[EndingOption, Option("What triggers the shutdown.")] = EndingOption.delete
    grace: Annotated[
        int | None, Option("Override the grace period (seconds).", metavar="N", min=0)
    ] = None
    output_format: Annotated[
        list[str] | None,
        Option(
            f"{', '.join(DRAWN[:-1])} or {DRAWN[-1]}; repeatable.",
            metavar="FORMAT[=FILE]",
            show_default="text",
            completed=lambda: DRAWN,
        ),
    ] = None
    kubernetes_version: KubernetesVersion = None
    config: Configuration = None
    isolated: Isolated = False
    rules: RuleFolders = None
    images: Images = None
    drains: Drains = None
    color: Color = When.auto


def timeline(options: TimelineOptions, by_environment: Collection[str]) -> int:
    """Draw how pods shut down."""
    from k8slint.cli.streams import read_stdin
    from k8slint.config import Overrides
    from k8slint.picture import run, scene
    from k8slint.report.summary import skipped
    from k8slint.shutdown.triggers import TRIGGERS_BY_NAME
    from k8slint.workspace import Workspace, folders_named

    named = options.paths or ["."]
    if "-" in named and len(named) > 1:
        raise UsageError("- must be the only path: standard input cannot be mixed with files")
    ending = scene.Played(TRIGGERS_BY_NAME[options.trigger.value], options.grace)
    unread: list[FileReport] = []
    targets = parse_targets(options.output_format, DRAWN) or [OutputTarget("text")]
    refuse_contradiction(options.config, by_environment, isolated=options.isolated)
    version = options.kubernetes_version
    overrides = Overrides(
        minor=minor_of(version) if version else None,
        isolated=options.isolated,
        rule_folders=unique_folders(options.rules),
        named=folders_named(named),
        images=given_images(options.images),
        drains=given_drains(options.drains),
    )
    workspace = Workspace(overrides, options.config)
    if named == ["-"]:
        staged = [run.play_bytes(read_stdin(), workspace.make_task("<stdin>"), ending)]
    else:
        tasks, unread = workspace.find(named)
        tasks = without_reports(targets, tasks, named)
        staged = [*run.play_files(workspace.apply_kustomizations(tasks), ending)]
    problems = [f"{file.path}: {file.error}" for file in unread if file.error]
    scenes = [one for file in staged for one in file.scenes]
    problems += _write_drawings(scenes, targets, options.color)
    problems += [problem for file in staged for problem in file.unreadable]
    notes = [
        *skipped(unread, verbose=True),
        *run.notes(
            templates=sum(file.is_template for file in staged),
            files=len(staged),
            is_empty=not scenes and not any(file.unreadable for file in staged),
            command="timeline",
        ),
    ]
    write(sys.stderr, "".join(f"{printable(line)}\n" for line in (*problems, *notes)))
    return 2 if problems else 0


COMMAND = Subcommand(
    TimelineOptions,
    timeline,
    examples=(
        "k8slint timeline deploy/web.yaml",
        "k8slint timeline --trigger spot deploy/",
        "k8slint timeline --output-format html=shutdown.html deploy/",
    ),
)


def _write_drawings(
    scenes: "Sequence[Scene]", targets: Sequence[OutputTarget], color: When
) -> list[str]:
    """Draw for each target; the problems with those that cannot be written."""
    problems: list[str] = []
    for target in targets:
        output = _draw(scenes, target, color)
        if target.file:
            problems += write_file(target.file, output)
        else:
            write(sys.stdout, output)
    return problems


def _draw(scenes: "Sequence[Scene]", target: OutputTarget, color: When) -> str:
    if target.format == "text":
        return _draw_text(scenes, color, to_file=bool(target.file))
    module = "data" if target.format == "json" else target.format
    drawn: str = import_module(f"k8slint.picture.{module}").render(scenes)
    return drawn


def _draw_text(scenes: "Sequence[Scene]", color: When, *, to_file: bool) -> str:
    """Draw text as wide as the terminal; elsewhere 80 columns wide, its sentences unbroken."""
    from k8slint.picture import terminal

    if to_file:
        return terminal.render(scenes, wrap=False)
    width = terminal_width(sys.stdout)
    glyphs = terminal.glyphs_for(sys.stdout.encoding or "utf-8")
    paint = make_painter(color, sys.stdout)
    return terminal.render(scenes, paint, width=width or 80, wrap=width is not None, glyphs=glyphs)
