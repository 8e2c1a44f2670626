"""Annotations of GitHub Actions: commands that the runner reads in the log.

It shows the first ten of each level for a step. The other findings follow as text in a group of
the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.reports import Report
from k8slint.lint.rule import Severity
from k8slint.outside.terminal import backslashed, escaped, name_bytes, printable
from k8slint.report.names import relative_to_root
from k8slint.report.text import concise_line

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_SHOWN = 10


def render(report: Report) -> str:
    by_level = [[one for one in report.diagnoses if one.severity is level] for level in _LEVELS]
    room = dict.fromkeys(_LEVELS, _SHOWN)
    if any(len(found) > _SHOWN for found in by_level):
        room[Severity.INFO] -= 1  # For the notice about the rest.
    shown: list[Diagnostic] = []
    rest: list[Diagnostic] = []
    for level, found in zip(_LEVELS, by_level, strict=True):
        shown += found[: room[level]]
        rest += found[room[level] :]
    lines = [_command(one, report.root) for one in shown]
    return "".join(f"{line}\n" for line in (*lines, *(_in_log(rest) if rest else ())))


def _command(one: Diagnostic, root: str) -> str:
    at = one.at
    properties: dict[str, str | int] = {"file": relative_to_root(at.path, root)}
    if at.line:
        properties |= {"line": at.line, "endLine": at.end_line}
    if at.line and at.line == at.end_line:  # GitHub rejects columns of several lines.
        properties |= {"col": at.column, "endColumn": at.end_column}
    properties["title"] = f"k8slint ({one.code})"
    written = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_LEVELS[one.severity]} {written}::{_data(printable(one.sentence))}"


def _in_log(rest: Sequence[Diagnostic]) -> Iterator[str]:
    count = f"{len(rest)} more finding{'' if len(rest) == 1 else 's'}"
    text = "\n".join(f"{one.severity} {concise_line(one)}" for one in rest)
    yield f"::notice title=k8slint::{count} in the log: GitHub shows ten of each level"
    yield f"::group::k8slint: {count}"
    yield silence_commands(text)
    yield "::endgroup::"


def silence_commands(text: str) -> str:
    """Wrap lines so that the runner obeys no command in them."""
    # No text holds its own hash.
    token = sha256(name_bytes(text)).hexdigest()
    return f"::stop-commands::{token}\n{text}\n::{token}::"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    visible = escaped(text, backslashed, kept="\r\n")
    return _data(visible).replace(":", "%3A").replace(",", "%2C")
