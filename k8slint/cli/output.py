"""Where output goes and in which colours; nothing else prints."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

from k8slint.cli.options import When
from k8slint.errors import UsageError, did_you_mean
from k8slint.outside.terminal import clipped, fit, printable
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from k8slint.lint.task import Task
    from k8slint.report.text import Paint

ROLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "info": "bold cyan",
    "because": "magenta",  # Plain blue cannot be read on black, nor yellow on white.
    "path": "bold",
    "code": "bold",
    "mark": "green",
    "help": "green",
    "dim": "dim",
    "removed": "red",
    "added": "green",
    "hunk": "cyan",
    "hook": "cyan",
    "wait": "magenta",
    "drain": "green",
    "slack": "dim",
    "overrun": "bold red",
    "signal": "bold",
    "kill": "bold red",
}


_USUAL_WIDTH = 80
_IS_WINDOWS = os.name == "nt"


class OutputTarget(NamedTuple):
    """A format and the file it goes to, standard output if that is empty."""

    format: str
    file: str = ""


def parse_targets(words: Sequence[str] | None, formats: Sequence[str]) -> list[OutputTarget]:
    """Parse each `svg=pods.svg` into a format and a file.

    Raises UsageError for a file that cannot be written, before anything else is done.
    """
    targets: list[OutputTarget] = []
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
    """Whether two paths lead to one file; an empty one is standard output."""
    return file == other or bool(
        file and other and os.path.realpath(file) == os.path.realpath(other)
    )


def without_reports(
    targets: Iterable[OutputTarget], tasks: list[Task], named: Iterable[str]
) -> list[Task]:
    """Return the tasks but for JSON that an earlier run may have left where a report goes.

    Raise UsageError for a report or a picture that would overwrite a manifest.
    """
    reports = {os.path.realpath(target.file): target.file for target in targets if target.file}
    if not reports:
        return tasks
    places = [os.path.realpath(task.path) for task in tasks]
    own = {place for place in reports if place.endswith(".json")}
    own -= set(map(os.path.realpath, named))
    own = {place for place in own.intersection(places) if _is_report(place)}
    for place in reports.keys() - own:
        if place in places:
            raise UsageError(
                f"{reports[place]}: cannot be written: it is one of the files to check; "
                f"name another"
            )
    return [task for task, place in zip(tasks, places, strict=True) if place not in own]


def _is_report(path: str) -> bool:
    """Whether an earlier run may have left a file: no object of Kubernetes is in it.

    A pull request could hide a manifest under the name of a report, or behind a link of that name.
    """
    import json

    from k8slint.kubernetes.kinds import kinds_in
    from k8slint.manifest.source import searchable
    from k8slint.outside.files import read_bytes

    try:
        data = read_bytes(path)
        if not kinds_in(searchable(data)):
            return True
        try:
            found = json.loads(data)
        except ValueError:
            found = [json.loads(line) for line in data.splitlines()]
    except (OSError, ValueError, RecursionError):
        return False
    every = found if isinstance(found, list) else [found]
    return not any(isinstance(one, dict) and "kind" in one for one in every)


def _target(word: str, formats: Sequence[str]) -> OutputTarget:
    from k8slint.lint.write import NotWritten, check_writable
    from k8slint.outside.files import FileRefused

    name, equals, file = word.partition("=")
    if name not in formats:
        hint = did_you_mean(name, formats)
        raise UsageError(f"--output-format: {name!r} is not one of {', '.join(formats)}{hint}")
    if equals and not file:
        raise UsageError(f"--output-format: {word!r} lacks a file name")
    if file in ("-", "/dev/stdout"):
        return OutputTarget(name)
    try:
        if file:
            check_writable(file)
            _stay_inside(file)
    except (NotWritten, FileRefused) as reason:
        raise UsageError(f"{file}: cannot be written: {reason}") from None
    return OutputTarget(name, file)


def _stay_inside(file: str) -> None:
    """Raise FileRefused for a link out of a repository, which a pull request may have added."""
    from k8slint.git import GIT
    from k8slint.outside.files import is_stream, resolve_within

    if file == "/dev/stderr" or is_stream(file):
        return
    # By the folders as they are named: those that links lead to belong to another repository.
    here, *above = Path(os.path.abspath(file)).parents
    root = next((folder for folder in (here, *above) if (folder / GIT).exists()), here)
    resolve_within(file, os.path.realpath(root))


def write_file(file: str, output: str, *, has_commands: bool = False) -> Iterator[str]:
    """Write a report; yield the reason if it cannot be written."""
    from k8slint.lint.write import NotWritten, write_report

    if file == "/dev/stderr":  # Reopened, it would begin at the start of its target.
        write(sys.stderr, output, has_commands=has_commands)
        return
    try:
        write_report(file, fit(output, has_commands=has_commands).encode())
    except NotWritten as reason:
        yield printable(f"{file}: cannot be written: {reason}")


def write(stream: TextIO, output: str | bytes, *, has_commands: bool = False) -> None:
    """Print whole lines, whose only control characters are our colours.

    Bytes are for programs and pass unchanged; only a terminal gets them as text. No line end is
    translated, and no character is refused by a locale.
    """
    if isinstance(output, bytes) and stream.isatty():
        output = output.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    data = output if isinstance(output, bytes) else fit(output, has_commands=has_commands).encode()
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.flush()
    except OSError as error:
        if error.errno in (errno.EPIPE, errno.EINVAL):  # EINVAL: what Windows reports.
            raise BrokenPipeError from error
        discard(stream)
        reason = error.strerror or error
        raise UsageError(f"{stream.name}: cannot be written: {reason}") from None


def complain(messages: Iterable[str]) -> None:
    """Print what keeps the job undone, a line for each message."""
    lines = (f"k8slint: {printable(clipped(message))}\n" for message in messages)
    write(sys.stderr, "".join(lines))


def discard(stream: TextIO) -> None:
    """Discard what is left in a stream that nobody reads: flushing it at exit would fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def terminal_width(stream: TextIO) -> int | None:
    """Return the columns of the terminal that a stream goes to; None where it goes elsewhere."""
    if not stream.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    # A terminal that does not say its size says 0.
    return os.get_terminal_size(stream.fileno()).columns or _USUAL_WIDTH


def make_painter(color: When, stream: TextIO) -> Paint:
    from k8slint.report.text import plain

    if color is When.never or (color is When.auto and not wants_color(stream)):
        return plain
    from rich.color import ColorSystem
    from rich.style import Style

    if _IS_WINDOWS:  # Its console has to be told to obey escapes.
        import_module("colorama").just_fix_windows_console()
    styles = {role: Style.parse(style) for role, style in ROLES.items()}
    follows_links = stream.isatty()

    def paint(text: str, role: str, rule: str = "") -> str:
        painted = styles[role].render(text, color_system=ColorSystem.STANDARD)
        if not (rule and follows_links):
            return painted
        from k8slint.report.page import url

        page = url(text)
        # OSC 8; terminals that do not know it show the text.
        return f"\x1b]8;;{page}\x1b\\{painted}\x1b]8;;\x1b\\" if page else painted

    return paint


def colors_patches(color: When, stream: TextIO) -> bool:
    """Whether a patch is coloured: where another program takes it, only if that is asked for."""
    if color is When.auto:
        return stream.isatty() and wants_color(stream)
    return color is When.always


def wants_color(stream: TextIO) -> bool:
    """Whether to colour a stream (no-color.org, force-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()
