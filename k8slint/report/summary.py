"""The summary below a report: what was found, fixed, left alone and skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from k8slint.kubernetes.versions import NEWEST_KNOWN, dotted
from k8slint.lint.files import (
    BINARY,
    DANGLING_LINK,
    IGNORE_RULES,
    JINJA,
    LARGE_JSON,
    OUTSIDE_LINK,
    SUBSTITUTION,
    TEMPLATE,
    YTT,
)
from k8slint.lint.reports import FileReport, Report
from k8slint.lint.rule import Severity
from k8slint.lint.task import RunOptions
from k8slint.outside.terminal import LONGEST_CRASH, clipped, printable
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.lint.diagnosis import Diagnostic

BUGS = "https://github.com/k8slint/k8slint/issues"

# By reason: one skipped file, the noun to count, what comes after the noun, what to do instead.
_SKIPPED = {
    TEMPLATE: (
        "an unrendered template",
        "unrendered template",
        "",
        "pipe `helm template` into `k8slint check -`, or use --render with helm installed",
    ),
    JINJA: (
        "an unrendered Jinja template",
        "unrendered Jinja template",
        "",
        "pipe what it renders to into `k8slint check -`",
    ),
    YTT: (
        "an unrendered ytt template",
        "unrendered ytt template",
        "",
        "pipe `ytt` into `k8slint check -`",
    ),
    SUBSTITUTION: (
        "placeholders that are not YAML",
        "file",
        " with placeholders that are not YAML",
        "pipe the file without them into `k8slint check -`",
    ),
    OUTSIDE_LINK: (
        "a link out of the repository or the checked folder",
        "link",
        " out of the repository or the checked folder",
        "name it to check it",
    ),
    LARGE_JSON: (
        "JSON of more than 1 MiB",
        "JSON file",
        " of more than 1 MiB",
        "name it to check it",
    ),
    BINARY: ("a binary file", "binary file", "", ""),
    DANGLING_LINK: ("a dangling link", "dangling link", "", ""),
    IGNORE_RULES: (
        "ignore rules that would take too long to match: nothing in it is ignored",
        "set",
        " of ignore rules that would take too long to match: nothing is ignored there",
        "shorten the ignore files",
    ),
}

# A file of measured drains may be about a whole cluster.
_MOST_IDLE = 20

_OUR_BUG = f"this is a bug, please report it: {BUGS}"
_BUG_OF_RULE = "the rule comes from --rules; -v shows where"


def summary_lines(report: Report, mode: RunOptions, *, quiet: bool, verbose: bool) -> list[str]:
    """Return the lines of the summary; a quiet one has only what kept the job undone."""
    problems = [*_problems(report, verbose=verbose)]
    lines = problems if quiet else [*problems, *_rest(report, mode, verbose=verbose)]
    return [printable(line) for line in lines]


def _rest(report: Report, mode: RunOptions, *, verbose: bool) -> list[str]:
    return [
        *skipped(report.files, verbose=verbose),
        *_coverage(report.files),
        *(_unsure(report.files) if verbose else ()),
        *_unknown_versions(report),
        *(_idle_drains(report) if verbose else ()),
        *_stale(report, verbose=verbose),
        *report.written,
        *(_refused(report.diagnoses) if mode.repairs else ()),
        *_unignored(report.files),
        counts(report, mode),
        *_hint(report, mode),
        *(_left_alone(report.diagnoses) if mode.repairs else ()),
    ]


def _problems(report: Report, *, verbose: bool) -> Iterator[str]:
    for file in report.files:
        if file.crash and verbose:
            yield from clipped(file.crash.rstrip(), LONGEST_CRASH).split("\n")
        if file.error:
            bug = f"; {_OUR_BUG if file.is_ours else _BUG_OF_RULE}" if file.crash else ""
            yield f"{file.path}: {clipped(file.error)}{bug}"
        for failure in file.failed:
            yield (
                f"{file.path}: a fix failed its own check; the file was not changed: "
                f"{clipped(failure)}; {_OUR_BUG}"
            )


def skipped(files: Sequence[FileReport], *, verbose: bool) -> Iterator[str]:
    """Yield how many files were skipped and why, and which ones or how to list them."""
    for reason, (one, noun, where, instead) in _SKIPPED.items():
        paths = [file.path for file in files if file.skipped == reason]
        if verbose:
            yield from (f"{path}: skipped: {one}" for path in paths)
        if paths:
            hints = [instead] if instead else []
            hints += [] if verbose else [f"-v lists {'it' if len(paths) == 1 else 'them'}"]
            more = f" ({'; '.join(hints)})" if hints else ""
            yield f"Skipped {_count(len(paths), noun)}{where}{more}."


def _coverage(files: Sequence[FileReport]) -> Iterator[str]:
    """Yield what was read of how much, where that is less than all."""
    if any(file.skipped or file.in_part or file.coverage for file in files):
        from k8slint.report import coverage

        yield from coverage.reasons(files)
        yield from coverage.sentences(coverage.portions_in(files))


def _unsure(files: Sequence[FileReport]) -> Iterable[str]:
    return dict.fromkeys(sentence for file in files for sentence in file.unsure)


def _unknown_versions(report: Report) -> Iterator[str]:
    minors = {one.target.minor for one in report.settings}
    for minor in sorted(one for one in minors if one and one > NEWEST_KNOWN):
        yield (
            f"Kubernetes {dotted(minor)} is newer than {dotted(NEWEST_KNOWN)}, the newest that "
            f"this k8slint knows: it is treated as {dotted(NEWEST_KNOWN)}."
        )


def _idle_drains(report: Report) -> Iterator[str]:
    """Yield which measured drains count nowhere, and why."""
    every = dict.fromkeys(one.measured for one in report.settings if one.measured)
    found = ((row, one.why_idle(row)) for one in every for row in one.rows)
    idle = [f"{row.place}: does not count: {why}" for row, why in found if why]
    yield from idle[:_MOST_IDLE]
    if len(idle) > _MOST_IDLE:
        yield f"{len(idle) - _MOST_IDLE} more measured drains do not count"


def _stale(report: Report, *, verbose: bool) -> Iterator[str]:
    if verbose:
        for entry, times in report.stale:
            more = f" ({times} times)" if times > 1 else ""
            yield f"stale baseline entry: {clipped(entry)}{more}"
    if report.stale and not report.written:
        count = sum(times for _, times in report.stale)
        noun, them = ("entry", "it") if count == 1 else ("entries", "them")
        names = "" if verbose else f", -v lists {them}"
        yield f"{count} stale baseline {noun} (--write-baseline removes {them}{names})."


def _refused(left: Sequence[Diagnostic]) -> Iterator[str]:
    for one in left:
        if one.fix and one.fix.refused:
            line = f":{one.at.line}" if one.at.line else ""
            yield f"{one.at.path}{line}: {one.code} not fixed: {one.fix.refused}"


def _unignored(files: Sequence[FileReport]) -> Iterator[str]:
    for file in files:
        for one, reason in file.unignored:
            line = f":{one.at.line}" if one.at.line else ""
            yield f"{one.at.path}{line}: {one.code} not ignored: {clipped(reason)}"


def counts(report: Report, mode: RunOptions) -> str:
    """Return how much was found, by severity."""
    found = report.diagnoses
    levels = Counter(one.severity for one in found)
    parts = [
        _count(levels[level], str(level))
        for level in (Severity.ERROR, Severity.WARNING, Severity.INFO)
        if levels[level]
    ]
    changes = "would be fixed" if mode.diff else "fixed"
    fixed = f", {len(report.fixed)} {changes}" if mode.repairs else ""
    ignored = sum(file.ignored for file in report.files)
    if mode.ignores or ignored:
        fixed += f", {ignored} {'would be ignored' if mode.diff else 'newly ignored'}"
    fixed += f", {len(report.suppressed)} suppressed" if report.suppressed else ""
    workloads = sum(file.workloads for file in report.files)
    if not workloads:
        if not report.files:
            return "No file to check was found: names of manifests end in .yaml, .yml or .json."
        read = [file for file in report.read if not file.error]
        return f"No workload found in {_count(len(read), 'file')}."
    where = f"in {_count(workloads, 'workload')}"
    if not found:
        return f"No findings {'left ' if report.fixed else ''}{where}{fixed}."
    left = " left" if report.fixed else ""
    return f"Found {_count(len(found), 'finding')}{left} ({', '.join(parts)}) {where}{fixed}."


def _hint(report: Report, mode: RunOptions) -> Iterator[str]:
    offers = Counter(
        one.fix.offered for one in report.diagnoses if one.fix and not one.fix.refused
    )
    more = f"{offers['unsafe']} more with --unsafe-fixes" if offers["unsafe"] else ""
    if offers["fix"] and not mode.repairs:
        yield f"[*] {offers['fix']} fixable with --fix{f' ({more})' if more else ''}."
    elif more and not mode.unsafe:
        yield f"[-] {more.replace('more ', 'fixable ')}."


def _left_alone(left: Sequence[Diagnostic]) -> Iterator[str]:
    """Yield what would have `--fix` repair more, and where it is said why it does not."""
    named = [(one.code, one.fix) for one in left if one.fix and one.fix.offered == "named"]
    if named:
        codes = ",".join(sorted({code for code, _ in named}))
        unsafe = " --unsafe-fixes" if any(fix.unsafe for _, fix in named) else ""
        yield f"{len(named)} fixable only if named: --select {codes}{unsafe}."
    if unfixed := sum(one.fix is None for one in left):
        yield f"{unfixed} without a fix; the full output says why, and what would make one."


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 or what == "info" else f"{number} {what}s"
