"""What a run reports where it is only asked about what has changed since a commit."""

from __future__ import annotations

import os
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

from k8slint.errors import UsageError
from k8slint.git.history import History
from k8slint.lint.changed import Changes
from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.files import repository_of
from k8slint.lint.reports import FileReport, Report, Review, ReviewedFile
from k8slint.lint.task import Task
from k8slint.outside.files import read_bytes

_SEPARATOR = re.compile(r"---(?:\s|$)")


def only_touched(
    report: Report, tasks: Sequence[Task], reference: str, *, reviews: bool = False
) -> Report:
    """Return a report without the findings that no change since a commit touches.

    A change touches the objects in which it is: those that a finding is about, and those that it
    follows from, such as a Service that selects the pod. The files of the tasks come last in the
    report. It holds the diffs of files with findings if it `reviews` the change. Raises
    UsageError.
    """
    root = repository_of(".")
    if root is None:
        raise UsageError("--changed needs a git repository, and this folder is in none")
    others = report.files[: len(report.files) - len(tasks)]
    with History(root, reference) as history:
        touched = cache(lambda path: touched_lines(history, root, path))

        def is_touched(one: Diagnostic) -> bool:
            return any(place.line in touched(place.path) for place in (one.at, *one.related))

        files = [
            _kept(file, task, is_touched)
            for task, file in zip(tasks, report.files[len(others) :], strict=True)
        ]
        review = _review(history, root, [*others, *files]) if reviews else None
    return Report(
        (*others, *files), report.settings, report.root, report.stale, report.written, review
    )


def _review(history: History, root: Path, files: Sequence[FileReport]) -> Review:
    paths = {one.at.path for file in files for one in file.diagnoses}
    reviewed = {path: _reviewed(history, root, path) for path in sorted(paths)}
    return Review(history.head, {path: file for path, file in reviewed.items() if file})


def _reviewed(history: History, root: Path, path: str) -> ReviewedFile | None:
    """Return a file with its diff; None where nothing can be said of its lines."""
    try:
        data = read_bytes(path)
        text = data.decode().removeprefix("\ufeff").removesuffix("\n")
        hunks = history.hunks(_name_in(root, path), data)
    except (OSError, ValueError):  # It is not in the repository, or not in UTF-8.
        return None
    return ReviewedFile(text.split("\n"), tuple(hunks)) if hunks else None


def _kept(file: FileReport, task: Task, is_touched: Callable[[Diagnostic], bool]) -> FileReport:
    if not (file.diagnoses or file.suppressed):
        return file
    left = tuple(filter(is_touched, file.diagnoses))
    return file._replace(
        diagnoses=left,
        suppressed=tuple(filter(is_touched, file.suppressed)),
        fails=any(one.severity >= task.settings.fail_on for one in left),
    )


def _name_in(root: Path, path: str) -> str:
    """Return the name of a file in a repository. Raises ValueError."""
    return Path(os.path.realpath(path)).relative_to(root).as_posix()


class LineRanges:
    """Some lines of a file, counted from 1, as ranges that do not meet."""

    def __init__(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Each range goes from a line to the one before another; they are in order."""
        self._ranges = ranges
        self._starts = [start for start, _ in ranges]

    def __contains__(self, line: int) -> bool:
        at = bisect_right(self._starts, line) - 1
        return at >= 0 and line < self._ranges[at][1]


def touched_lines(history: History, root: Path, path: str) -> LineRanges:
    """Return the lines of the objects in which a file differs from what it was."""
    try:
        name = _name_in(root, path)
        now = read_bytes(path)
    except (OSError, ValueError):
        return LineRanges(())
    before = history.before(name, now)
    after = _lines(now)
    objects = [*pairwise([*_beginnings(after), len(after) + 1])]
    if before is None:
        return LineRanges(objects)
    changed = [*_changed(_lines(before), after)]
    lasts = [last for _, last in changed]

    def is_changed(start: int, end: int) -> bool:
        at = bisect_left(lasts, start)
        return at < len(changed) and changed[at][0] < end

    return LineRanges([one for one in objects if is_changed(*one)])


def _lines(data: bytes) -> list[str]:
    text = data.replace(b"\r\n", b"\n").decode("utf-8", "replace")
    return text.removesuffix("\n").split("\n")


def _beginnings(lines: Sequence[str]) -> Iterator[int]:
    """Yield the first line of each object, counted from 1."""
    yield 1
    for number, line in enumerate(lines[1:], 2):
        if _SEPARATOR.match(line):
            yield number


def _changed(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each stretch of lines that changed, counted from 1.

    Where lines were only removed, it is the line above them, unless a whole object begins there.
    """
    if before == after:
        return
    for change in Changes(before, after):
        if change.new_start < change.new_end:
            yield change.new_start + 1, change.new_end
        elif not _SEPARATOR.match(before[change.start]):
            yield (above := max(1, change.new_start)), above
