"""Which options of `k8slint check` contradict each other, and which values no option takes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from k8slint.cli.check.options import ANY_UNREAD, LAST_COMMIT, SKIPPED_KINDS, CheckOptions
from k8slint.cli.options import split_list
from k8slint.errors import UsageError
from k8slint.lint.files import SUFFIXES
from k8slint.outside.files import is_stream
from k8slint.outside.terminal import echoed, printable

# Of a reason, so that a line with its comment can still be read.
LONGEST_REASON = 200
# apimachinery's `IsQualifiedName`, of Kubernetes 1.37.2, without the limits of its lengths.
_LABEL = r"(?:[a-z0-9]+(?:[-.][a-z0-9]+)*/)?[A-Za-z0-9]+(?:[-_.]+[A-Za-z0-9]+)*"


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
    yield from _about_clusters(said)
    yield from _about_ignores(said)
    yield from _about_questions(said)
    if said.changed:
        yield (
            said.fix or said.diff,
            "--fix and --diff are about whole files: name them instead of --changed",
        )
        yield writes, "--write-baseline records whole files: it cannot be used with --changed"
        yield reads_stdin, "--changed needs files: standard input has no history"
        for path in said.named:
            looks_like_commit = not path.endswith(SUFFIXES) and not os.path.lexists(path)
            yield (
                said.changed == LAST_COMMIT and looks_like_commit,
                f"{echoed(path)}: no such file or folder; to name a commit, use --changed=COMMIT",
            )
    if said.watch:
        yield reads_stdin, "--watch needs files: standard input does not change"
        writes_files = said.fix or said.add_ignore or writes
        yield writes_files, "--watch only reads: it cannot be used with options that write"
    if said.shard:
        yield said.renders, "--shard cannot divide what --render builds: name folders instead"
        yield reads_stdin, "--shard needs files: standard input cannot be divided"
    for option, given in (
        ("--values", said.values),
        ("--set", said.sets),
        ("--allow-network", said.allow_network),
    ):
        yield bool(given) and not said.render, f"{option} requires --render"
    yield from _about_words(said)
    yield said.coverage and said.statistics, "--coverage cannot be used with --statistics"
    yield said.coverage and said.diff, "--coverage cannot be used with --diff"
    yield writes and said.diff, "--write-baseline cannot be used with --diff"
    yield (
        writes and said.isolated and not said.baseline,
        "--isolated reads no baseline: name the one to write with --baseline FILE",
    )
    yield writes and said.no_ignores, "--write-baseline cannot be used with --no-ignores"


def _about_words(said: CheckOptions) -> Iterator[tuple[bool, str]]:
    for kind in said.unread_kinds:
        yield (
            kind not in (*SKIPPED_KINDS, ANY_UNREAD),
            f"--fail-on-skipped: {kind!r} is not one of {', '.join(SKIPPED_KINDS)}",
        )
    labels = split_list(said.owner_label)
    for label in labels or said.owner_label or ():
        yield (
            not re.fullmatch(_LABEL, label),
            f"--owner-label: {echoed(label)} is not the key of a label, such as example.com/team",
        )


def _about_clusters(said: CheckOptions) -> Iterator[tuple[bool, str]]:
    for option, is_given in (
        ("--namespace", said.namespace is not None),
        ("--all-namespaces", said.all_namespaces),
        ("--kube-context", said.kube_context is not None),
    ):
        yield is_given and not said.live, f"{option} requires --live"
    if not said.live:
        return
    yield bool(said.paths), "--live reads a cluster instead of files: drop the paths"
    for option, is_given in (
        *(("--fix", said.fix), ("--diff", said.diff), ("--add-ignore", said.add_ignore)),
        *(("--changed", bool(said.changed)), ("--shard", bool(said.shard))),
        *(("--watch", said.watch), ("--render", said.render), ("--context", bool(said.context))),
        *(("--write-baseline", said.write_baseline), ("--show-files", said.show_files)),
    ):
        yield is_given, f"{option} is about files: it cannot be used with --live"


def _about_ignores(said: CheckOptions) -> Iterator[tuple[bool, str]]:
    yield (
        said.reason is not None and not said.add_ignore,
        "--reason is for --add-ignore, which writes it",
    )
    if not said.add_ignore:
        return
    yield said.fix, "--add-ignore is for what --fix leaves: run --fix first"
    yield said.no_ignores, "--add-ignore cannot be used with --no-ignores"
    yield said.write_baseline, "--write-baseline and --add-ignore do the same: use one of them"
    yield bool(said.changed), "--add-ignore is about whole files: name them instead of --changed"
    for stream in filter(is_stream, said.named):
        yield (
            not said.diff,
            f"--add-ignore cannot write to {stream}: pass - to have the result printed",
        )
    yield bool(wrong := why_no_reason(said.reason)), f"--reason {wrong}"


def _about_questions(said: CheckOptions) -> Iterator[tuple[bool, str]]:
    if not said.interactive:
        return
    yield not said.fix, "--interactive asks about each repair of --fix: add --fix"
    yield said.diff, "--interactive shows each diff before it is applied: drop --diff"
    yield said.reads_stdin, "--interactive needs files: standard input is for the answers"
    yield said.renders, "--interactive is about files as they stand: drop --render"
    yield said.write_baseline, "--write-baseline cannot be used with --interactive"


def why_no_reason(reason: str | None) -> str:
    """Return why a reason cannot stand in a comment; empty where it can."""
    if reason is None:
        return ""
    if not reason.strip():
        return "is empty"
    if len(reason) > LONGEST_REASON:
        return f"has {len(reason)} characters, more than {LONGEST_REASON}"
    if "#" in reason:
        return "contains a `#`, which begins another comment"
    if printable(reason) != reason:
        return f"contains characters that cannot be shown: {printable(reason)}"
    return ""
