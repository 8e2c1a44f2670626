"""The options of `k8slint check`, and which of them go together."""

# No `from __future__ import annotations`: typer would compile every option's annotation at start.
import os
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from k8slint.cli.options import When
from k8slint.errors import UsageError
from k8slint.kubernetes.kustomization import NAMES
from k8slint.outside.files import is_stream

FORMATS = (
    *("full", "concise", "json", "jsonl", "sarif"),
    *("github", "gitlab", "junit", "checkstyle", "markdown"),
)


class Level(StrEnum):
    """Severities as the command line names them."""

    error = "error"
    warning = "warning"
    info = "info"


FixOption = Annotated[bool, typer.Option("--fix", help="Apply safe fixes in place.")]
UnsafeFixes = Annotated[
    bool, typer.Option("--unsafe-fixes", help="Include unsafe fixes in --fix and --diff.")
]
Diff = Annotated[
    bool, typer.Option("--diff", help="Print what --fix would change; write nothing.")
]
Select = Annotated[
    list[str] | None,
    typer.Option(help="Run only these rules: codes, names, prefixes, DEFAULT or ALL."),
]
ExtendSelect = Annotated[list[str] | None, typer.Option(help="Run these rules as well.")]
Ignore = Annotated[list[str] | None, typer.Option(help="Skip these rules.")]
Preview = Annotated[bool, typer.Option("--preview", help="Allow preview rules to be selected.")]
FailOn = Annotated[
    Level | None,
    typer.Option(help="Lowest severity that leads to exit code 1.", show_default="warning"),
]
OutputFormat = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FORMAT[=FILE]",
        envvar="K8SLINT_OUTPUT_FORMAT",
        help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}; repeatable.",
        autocompletion=lambda: [*FORMATS],
        show_default="full",
    ),
]
Statistics = Annotated[
    bool, typer.Option("--statistics", help="Print a count for each rule instead of findings.")
]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Exit 0 even with findings.")]
BaselineOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="File of accepted findings to hide.",
        show_default=".k8slint-baseline.json beside the configuration",
    ),
]
WriteBaseline = Annotated[
    bool, typer.Option("--write-baseline", help="Record all current findings as the baseline.")
]
NoIgnores = Annotated[
    bool,
    typer.Option("--no-ignores", help="Report what comments, annotations and the baseline hide."),
]
Render = Annotated[
    bool, typer.Option("--render", help="Render Kustomize overlays and Helm charts first.")
]
Values = Annotated[
    list[Path] | None,
    typer.Option(
        "--values", metavar="FILE", help="Values file for the charts of --render (repeatable)."
    ),
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Value for the charts of --render (repeatable)."
    ),
]
AllowNetwork = Annotated[
    bool,
    typer.Option("--allow-network", help="Let --render fetch remote bases and dependencies."),
]
ContextOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATH", help="Extra manifests used as context; nothing is reported for them."
    ),
]
Exclude = Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Skip matching files.")]
ForceExclude = Annotated[
    bool, typer.Option("--force-exclude", help="Apply excludes to explicitly named files too.")
]
NoGitignore = Annotated[
    bool, typer.Option("--no-gitignore", help="Check files that git ignores, too.")
]
StdinFilename = Annotated[
    str | None, typer.Option(metavar="PATH", help="Path to report for standard input.")
]
ShowFiles = Annotated[
    bool, typer.Option("--show-files", help="Print the files that would be checked.")
]
Jobs = Annotated[
    int,
    typer.Option("--jobs", "-j", min=0, help="Number of worker processes.", show_default="cores"),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only findings, no summary.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="List what was skipped and why.")]


class CheckOptions(NamedTuple):
    """The options of a call of `check`, by their names."""

    paths: Sequence[str] | None = None
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    select: Sequence[str] | None = None
    extend_select: Sequence[str] | None = None
    ignore: Sequence[str] | None = None
    preview: bool = False
    fail_on: Level | None = None
    output_format: Sequence[str] | None = None
    statistics: bool = False
    exit_zero: bool = False
    baseline: Path | None = None
    write_baseline: bool = False
    no_ignores: bool = False
    kubernetes_version: str | None = None
    render: bool = False
    values: Sequence[Path] | None = None
    sets: Sequence[str] | None = None
    allow_network: bool = False
    config: Path | None = None
    isolated: bool = False
    rules: Sequence[Path] | None = None
    context: Sequence[str] | None = None
    exclude: Sequence[str] | None = None
    force_exclude: bool = False
    no_gitignore: bool = False
    stdin_filename: str | None = None
    show_files: bool = False
    jobs: int = 0
    color: When = When.auto
    quiet: bool = False
    verbose: bool = False

    @property
    def named(self) -> Sequence[str]:
        """The paths to check."""
        return self.paths or (".",)

    @property
    def reads_stdin(self) -> bool:
        return "-" in self.named

    @property
    def renders(self) -> bool:
        """Whether anything is rendered first: for --render, or a kustomization named as a path."""
        return self.render or any(os.path.basename(path) in NAMES for path in self.named)


def validate(options: CheckOptions) -> None:
    """Raise UsageError for options that contradict each other."""
    for is_wrong, message in _contradictions(options):
        if is_wrong:
            raise UsageError(message)


def _contradictions(said: CheckOptions) -> Iterator[tuple[bool, str]]:
    reads_stdin, writes = said.reads_stdin, said.write_baseline
    yield (
        reads_stdin and len(said.named) > 1,
        "- must be the only path: standard input cannot be mixed with files",
    )
    yield (
        bool(said.stdin_filename) and not reads_stdin,
        "--stdin-filename names standard input: pass - as the path to read it",
    )
    for stream in filter(is_stream, said.named):
        yield said.fix, f"--fix cannot write to {stream}: k8slint check --fix - prints the result"
    yield (
        writes and reads_stdin,
        "--write-baseline needs files: standard input has no path to record",
    )
    yield (
        said.render and reads_stdin,
        "--render needs folders: standard input is taken as already rendered",
    )
    for option, given in (
        ("--values", said.values),
        ("--set", said.sets),
        ("--allow-network", said.allow_network),
    ):
        yield bool(given) and not said.render, f"{option} requires --render"
    yield writes and said.diff, "--write-baseline cannot be used with --diff"
    yield (
        writes and said.isolated and not said.baseline,
        "--isolated reads no baseline: name the one to write with --baseline FILE",
    )
    yield writes and said.no_ignores, "--write-baseline cannot be used with --no-ignores"
