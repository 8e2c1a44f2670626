"""The options of `k8slint check`."""

# No `from __future__ import annotations`: the options stand in annotations, and are read at start.
import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from k8slint.cli.options import (
    AllNamespaces,
    ClusterNamespace,
    Color,
    Configuration,
    Drains,
    Images,
    Isolated,
    KubeContext,
    KubernetesVersion,
    Option,
    PathArguments,
    RuleFolders,
    When,
    selectors,
    split_list,
)
from k8slint.kubernetes.kustomization import NAMES
from k8slint.records import NamedTuple
from k8slint.type_names import Annotated

FORMATS = (
    *("full", "concise", "grouped", "json", "jsonl", "sarif"),
    *("github", "gitlab", "junit", "checkstyle", "markdown", "github-review", "html"),
)
# As `PortionKind` has them; it is not imported at start.
SKIPPED_KINDS = ("workload-file", "template", "gitops", "overlay", "chart", "script", "file")
ANY_UNREAD = "any"
# No file is called like that.
OWN_CODEOWNERS = "."
# What --changed compares with by itself.
LAST_COMMIT = "HEAD"
_LISTED = f"{', '.join(SKIPPED_KINDS[:-1])} or {SKIPPED_KINDS[-1]}"
# The options of `--help` by what they are about, those that matter first at the top.
GROUPS = {
    "Most used": (
        *("fix", "unsafe_fixes", "diff", "select", "ignore", "fail_on", "output_format"),
        *("render", "changed", "write_baseline"),
    ),
    "What to check": (
        *("context", "exclude", "force_exclude", "no_gitignore", "stdin_filename", "shard"),
        *("watch", "show_files", "config", "isolated"),
    ),
    "Rules and facts": (
        "extend_select",
        "preview",
        "rules",
        "kubernetes_version",
        "images",
        "drains",
    ),
    "A cluster": ("live", "namespace", "all_namespaces", "kube_context"),
    "Hidden findings": ("baseline", "add_ignore", "reason", "no_ignores"),
    "Output": (
        *("statistics", "coverage", "owner_label", "codeowners", "color", "quiet", "verbose"),
    ),
    "Repairs": ("interactive",),
    "Exit code": ("fail_on_skipped", "exit_zero", "exit_non_zero_on_fix"),
    "Rendering": ("values", "sets", "allow_network", "render_limit"),
}


class Level(StrEnum):
    """Severities as the command line names them."""

    error = "error"
    warning = "warning"
    info = "info"


class CheckOptions(NamedTuple):
    """The options of `check`."""

    paths: PathArguments = None
    fix: Annotated[bool, Option("Apply safe fixes in place.")] = False
    unsafe_fixes: Annotated[bool, Option("Include unsafe fixes in --fix and --diff.")] = False
    diff: Annotated[bool, Option("Print what --fix would change; write nothing.")] = False
    interactive: Annotated[
        bool, Option("Ask about each repair of --fix, with its picture and its diff.")
    ] = False
    exit_non_zero_on_fix: Annotated[
        bool, Option("Exit 1 when something was fixed, even if nothing is left.")
    ] = False
    changed: Annotated[
        str | None,
        Option(
            "Report only objects that changed since the last commit, or since leaving REF.",
            metavar="[=REF]",
            show_default=False,
            bare=LAST_COMMIT,
        ),
    ] = None
    select: Annotated[
        list[str] | None,
        Option(
            "Run only these rules: codes, names, prefixes, DEFAULT or ALL.", completed=selectors
        ),
    ] = None
    extend_select: Annotated[
        list[str] | None, Option("Run these rules as well.", completed=selectors)
    ] = None
    ignore: Annotated[list[str] | None, Option("Skip these rules.", completed=selectors)] = None
    preview: Annotated[bool, Option("Allow preview rules to be selected.")] = False
    fail_on: Annotated[
        Level | None,
        Option("Lowest severity that leads to exit code 1.", show_default="warning"),
    ] = None
    output_format: Annotated[
        list[str] | None,
        Option(
            f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}; repeatable.",
            metavar="FORMAT[=FILE]",
            envvar="K8SLINT_OUTPUT_FORMAT",
            show_default="full",
            completed=lambda: FORMATS,
        ),
    ] = None
    statistics: Annotated[
        bool, Option("Print counts by rule and by folder instead of findings.")
    ] = False
    coverage: Annotated[
        bool, Option("Print what was read, in part and not read instead of findings.")
    ] = False
    fail_on_skipped: Annotated[
        list[str] | None,
        Option(
            f"Exit 1 if anything but scripts was not read, or anything of a kind: {_LISTED}.",
            metavar="[=KIND,...]",
            show_default=False,
            bare=ANY_UNREAD,
            completed=lambda: SKIPPED_KINDS,
        ),
    ] = None
    exit_zero: Annotated[bool, Option("Exit 0 even with findings.")] = False
    baseline: Annotated[
        Path | None,
        Option(
            "File of accepted findings to hide.",
            metavar="FILE",
            show_default=".k8slint-baseline.json beside the configuration",
        ),
    ] = None
    write_baseline: Annotated[bool, Option("Record all current findings as the baseline.")] = False
    add_ignore: Annotated[
        bool, Option("Write a suppression for each finding; with --diff, print them.")
    ] = False
    reason: Annotated[
        str | None,
        Option("Reason to write into new suppressions.", metavar="TEXT", show_default=False),
    ] = None
    no_ignores: Annotated[
        bool, Option("Report what comments, annotations and the baseline hide.")
    ] = False
    kubernetes_version: KubernetesVersion = None
    render: Annotated[bool, Option("Render Kustomize overlays and Helm charts first.")] = False
    values: Annotated[
        list[Path] | None,
        Option("Values file for the charts of --render (repeatable).", metavar="FILE"),
    ] = None
    sets: Annotated[
        list[str] | None,
        Option("Value for the charts of --render (repeatable).", ("--set",), metavar="KEY=VALUE"),
    ] = None
    allow_network: Annotated[bool, Option("Let --render fetch remote bases and dependencies.")] = (
        False
    )
    render_limit: Annotated[
        int, Option("Seconds for all that is rendered.", metavar="SECONDS", min=1)
    ] = 600
    config: Configuration = None
    isolated: Isolated = False
    rules: RuleFolders = None
    images: Images = None
    drains: Drains = None
    context: Annotated[
        list[str] | None,
        Option("Extra manifests used as context; nothing is reported for them.", metavar="PATH"),
    ] = None
    exclude: Annotated[list[str] | None, Option("Skip matching files.", metavar="GLOB")] = None
    force_exclude: Annotated[bool, Option("Apply excludes to explicitly named files too.")] = False
    no_gitignore: Annotated[bool, Option("Check files that git ignores, too.")] = False
    live: Annotated[
        bool, Option("Check the objects of a cluster, read through kubectl, instead of files.")
    ] = False
    namespace: ClusterNamespace = None
    all_namespaces: AllNamespaces = False
    kube_context: KubeContext = None
    stdin_filename: Annotated[
        str | None, Option("Path to report for standard input.", metavar="PATH")
    ] = None
    shard: Annotated[
        str | None,
        Option("Check one of N parts of the files; the others are context.", metavar="I/N"),
    ] = None
    watch: Annotated[
        bool, Option("Check again whenever a file changes, until Ctrl-C (k8slint[watch]).")
    ] = False
    show_files: Annotated[bool, Option("Print the files that would be checked.")] = False
    jobs: Annotated[
        int,
        Option("Number of worker processes.", ("--jobs", "-j"), min=0, show_default="cores"),
    ] = 0
    owner_label: Annotated[
        list[str] | None,
        Option(
            "Labels that name the owner of an object; the first one it has counts.",
            metavar="KEY,...",
        ),
    ] = None
    codeowners: Annotated[
        str | None,
        Option(
            "Read owners from CODEOWNERS, of the repository or FILE.",
            metavar="[=FILE]",
            show_default=False,
            bare=OWN_CODEOWNERS,
        ),
    ] = None
    color: Color = When.auto
    quiet: Annotated[bool, Option("Print only findings, no summary.", ("--quiet", "-q"))] = False
    verbose: Annotated[bool, Option("List what was skipped and why.", ("--verbose", "-v"))] = False

    @property
    def named(self) -> Sequence[str]:
        """The paths to check."""
        return self.paths or (".",)

    @property
    def reads_stdin(self) -> bool:
        return "-" in self.named

    @property
    def reads_one_text(self) -> bool:
        """Whether what is checked is no file: standard input, or what a cluster returned."""
        return self.reads_stdin or self.live

    @property
    def unread_kinds(self) -> tuple[str, ...]:
        """The kinds of which nothing may be left unread."""
        return split_list(self.fail_on_skipped)

    @property
    def renders(self) -> bool:
        """Whether anything is rendered first: for --render, or a kustomization named as a path."""
        return self.render or any(os.path.basename(path) in NAMES for path in self.named)
