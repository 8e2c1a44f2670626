"""Print and write the report of a check."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from k8slint.cli.check.options import ANY_UNREAD
from k8slint.cli.output import (
    colors_patches,
    make_painter,
    terminal_width,
    write,
    write_file,
)
from k8slint.lint.task import display_path
from k8slint.outside.terminal import printable, quoted
from k8slint.report import text
from k8slint.report.summary import skipped, summary_lines
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.cli.check.execute import Prepared
    from k8slint.cli.check.options import CheckOptions
    from k8slint.lint.reports import Report
    from k8slint.report.text import Paint


_TEXTS = ("full", "concise", "grouped")


def emit(report: Report, prepared: Prepared, options: CheckOptions) -> int:
    """Print a report and write the requested files; return the exit code."""
    targets, mode = prepared.targets, prepared.mode
    prints_findings = not (options.diff or options.statistics or options.coverage)
    unwritten = [*_write_files(report, prepared)]
    if prints_findings and any(target.format == "github" for target in targets):
        unwritten += _add_to_job_summary(report)
    to_stderr = options.reads_stdin and mode.writes
    if not options.interactive:  # They were shown one by one.
        _print(report, prepared, options, to_stderr=to_stderr)
    if to_stderr:
        write(sys.stdout, report.files[0].text or b"")
    missed = _missed(report, options)
    about = summary_lines(report, mode, quiet=options.quiet, verbose=options.verbose)
    write(sys.stderr, "".join(f"{line}\n" for line in (*unwritten, *about, *missed)))
    if unwritten or report.has_failed:
        return 2
    if mode.fix and options.exit_non_zero_on_fix and report.fixed:
        return 1
    fails = not options.exit_zero and any(file.fails for file in report.files)
    return int(fails or bool(missed))


def list_files(prepared: Prepared, options: CheckOptions) -> int:
    """Print the files that would be checked; return the exit code."""
    write(sys.stdout, "".join(f"{quoted(display_path(task.path))}\n" for task in prepared.tasks))
    gone = [f"{file.path}: {file.error}" for file in prepared.unread if file.error]
    passed = skipped(prepared.unread, verbose=options.verbose)
    write(sys.stderr, "".join(f"{printable(line)}\n" for line in (*gone, *passed)))
    return 2 if gone else 0


def _missed(report: Report, options: CheckOptions) -> list[str]:
    """Return what was not read although the call asks for all of it, in words."""
    if not (names := options.unread_kinds):
        return []
    from k8slint.coverage import PortionKind
    from k8slint.report.coverage import not_read, portions_in

    kinds = [PortionKind(name) for name in names if name != ANY_UNREAD]
    if ANY_UNREAD in names:  # Scripts in images are nothing that a run could have read.
        kinds += (kind for kind in PortionKind if kind is not PortionKind.SCRIPT)
    missed = not_read(portions_in(report.files), kinds)
    return [f"Not read, which --fail-on-skipped refuses: {missed}."] if missed else []


def _print(report: Report, prepared: Prepared, options: CheckOptions, *, to_stderr: bool) -> None:
    stream = sys.stderr if to_stderr else sys.stdout
    paint = make_painter(options.color, stream)
    printed = next((target.format for target in prepared.targets if not target.file), "full")
    has_commands = printed == "github" and not options.statistics
    output: str | bytes
    if options.diff:
        colored = colors_patches(options.color, stream)
        output = _patch(report, paint if colored else None, in_log=has_commands)
    elif options.coverage and printed == "full":
        output = _coverage(report)
    elif options.statistics:
        output = text.statistics(report, paint)
    elif printed == "full":
        output = text.full(report, paint, terminal_width(stream))
    else:
        output = _with_pods(report, prepared, printed, paint)
    write(stream, output, has_commands=has_commands)


def _coverage(report: Report) -> str:
    from k8slint.report.coverage import coverage_lines, portions_in

    return "".join(f"{line}\n" for line in coverage_lines(portions_in(report.files)))


def _patch(report: Report, paint: Paint | None, *, in_log: bool) -> str | bytes:
    """Return the patch: exact bytes for programs, fenced text for a log that obeys commands."""
    patch = "".join(file.diff for file in report.files)
    if paint:
        return text.paint_diff(patch, paint)
    if not (in_log and patch):
        return patch.encode("utf-8", "surrogateescape")
    from k8slint.report.github import silence_commands

    return silence_commands(patch.removesuffix("\n")) + "\n"


def _with_pods(
    report: Report, prepared: Prepared, format_name: str, paint: Paint | None = None
) -> str:
    """Return a report; a page shows the pods of the run as well."""
    if format_name != "html":
        return _rendered(report, format_name, paint)
    from k8slint.cli.check.page import html_report

    return html_report(report, prepared)


def _rendered(report: Report, format_name: str, paint: Paint | None = None) -> str:
    if format_name in _TEXTS:
        printed: str = getattr(text, format_name)(report, paint or text.plain)
        return printed
    module = import_module(f"k8slint.report.{format_name.replace('-', '_')}")
    rendered: str = module.render(report)
    return rendered


def _write_files(report: Report, prepared: Prepared) -> Iterator[str]:
    """Write the reports that go to files; yield a reason for each that cannot be written."""
    for target in prepared.targets:
        if target.file:
            rendered = _with_pods(report, prepared, target.format)
            has_commands = target.format == "github"
            yield from write_file(target.file, rendered, has_commands=has_commands)


def _add_to_job_summary(report: Report) -> Iterator[str]:
    """Append to the job summary of a GitHub workflow; yield the reason if that fails."""
    if not (file := os.environ.get("GITHUB_STEP_SUMMARY")):
        return
    try:
        with Path(file).open("ab") as page:
            page.write(_rendered(report, "markdown").encode())
    except OSError as error:
        yield printable(f"{file}: cannot be written: {error.strerror or error}")
