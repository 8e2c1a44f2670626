"""Findings that are known and left for later, in a file beside the configuration.

An entry names no line, so that it survives moved lines. Where its file is gone, another file with
the same resource takes its place.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from k8slint.errors import UsageError
from k8slint.lazy import cached_property
from k8slint.lint.folders import Folders
from k8slint.lint.identity import Identity, recorded
from k8slint.lint.known import BY_BASELINE, Known
from k8slint.lint.reports import FileReport, Report
from k8slint.lint.scope import scope_for
from k8slint.lint.settings import BASELINE
from k8slint.lint.task import Task
from k8slint.lint.write import NotWritten, write_report
from k8slint.outside.files import (
    BASELINE_LIMIT,
    FileRefused,
    bounds_of,
    read_named,
    resolve_within,
)
from k8slint.outside.terminal import LONGEST_NAME, clipped, fit_json
from k8slint.records import NamedTuple
from k8slint.type_names import Any

VERSION = 1

_AGAIN = "take it from version control, or delete it and run k8slint check --write-baseline"

# Equal findings in a file, as an entry may count them.
_MOST = 1_000_000


class BaselineEntry(NamedTuple):
    """A known finding, `across_runs`; the path counts from the folder of the baseline."""

    path: str
    key: Identity

    @property
    def resource(self) -> str:
        """The text that the entry has of the object."""
        return self.key.resource.name if self.key.resource else ""

    def __str__(self) -> str:
        place = f"{self.resource} {self.key.pointer}".strip()
        return f"{self.path}: {self.key.code} {place}".strip()


@dataclass(eq=False, repr=False)
class Baseline:
    """A file of known findings; `target` is what links make of it.

    Its entries say nothing about files outside of the folder `bounds`, unless that is empty.
    """

    file: Path
    entries: Counter[BaselineEntry]
    target: str
    bounds: str

    def path_of(self, path: str) -> str:
        """A path as entries write it."""
        return os.path.relpath(path, self.file.parent).replace(os.sep, "/")

    @cached_property
    def by_path(self) -> Mapping[str, Mapping[Identity, int]]:
        found: dict[str, dict[Identity, int]] = {}
        for (path, key), times in self.entries.items():
            found.setdefault(path, {})[key] = times
        return found

    @cached_property
    def gone(self) -> frozenset[str]:
        """The paths of files that no longer exist."""
        return frozenset(filter(self._is_gone, self.by_path))

    def _is_gone(self, path: str) -> bool:
        there = os.path.join(self.file.parent, path)
        if os.path.lexists(there):
            return False
        try:
            return not self.bounds or bool(resolve_within(there, self.bounds))
        except FileRefused:
            return False

    @cached_property
    def moved(self) -> Mapping[Identity, int]:
        found: Counter[Identity] = Counter()
        for path in self.gone:
            found.update(self.by_path[path])
        return found


class Left:
    """The entries of a baseline that may still hide something."""

    def __init__(self, baseline: Baseline) -> None:
        self.entries = Counter(baseline.entries)
        self._places: dict[Identity, list[str]] = {}  # Of files that are gone, the first one last.
        for path in sorted(baseline.gone, reverse=True):
            for key in baseline.by_path[path]:
                self._places.setdefault(key, []).append(path)

    def take(self, path: str, key: Identity) -> bool:
        """Use up the entry that hides a finding in a file, if one is left."""
        if self._take(BaselineEntry(path, key)):
            return True
        places = self._places.get(key, [])
        while places and not self._take(BaselineEntry(places[-1], key)):
            places.pop()
        return bool(places)

    def _take(self, entry: BaselineEntry) -> bool:
        if self.entries[entry] < 1:
            return False
        self.entries[entry] -= 1
        return True


class Seen:
    """What a run saw of the files that a baseline is about, by the paths that entries write."""

    def __init__(self, baseline: Baseline) -> None:
        self.baseline = baseline
        self.files: dict[str, tuple[Task, FileReport]] = {}

    def covers(self, entry: BaselineEntry) -> bool:
        """Whether the run saw all that could show an entry to be true still."""
        code = entry.key.code
        if entry.path in self.baseline.gone:
            return code in self._judged or (bool(self._judged) and code not in self._known)
        task, report = self.files.get(entry.path, (None, None))
        if not task or not report or not report.judged:
            return False
        return code in report.judged or code not in scope_for(task.settings).book.by_code

    @cached_property
    def _judged(self) -> frozenset[str]:
        """The codes of rules that looked at any of the files."""
        return frozenset().union(*{report.judged for _, report in self.files.values()})

    @cached_property
    def _known(self) -> frozenset[str]:
        """The codes of rules that there are for all of the files that any rule looked at."""
        looked = {task.settings for task, report in self.files.values() if report.judged}
        books = [scope_for(settings).book.by_code for settings in looked]
        return frozenset(books[0]).intersection(*books[1:])


Baselines = Mapping[Path, Baseline]


def find_baselines(
    tasks: Sequence[Task],
    named: Path | None,
    roots: Sequence[str],
    folders: Folders,
    *,
    write: bool,
) -> Baselines:
    """The baseline of each root among the settings: the named one, or that in its folder.

    One that is in a repository, or in the first of the folders `roots` that it is in, does not
    lead out of that. Raises UsageError for one that does or is broken, and for a named one that is
    not there unless it is to be written.
    """
    if named and not write and not os.path.lexists(named):
        raise UsageError(f"{named}: no such file; --write-baseline makes it")
    every = {task.settings.root for task in tasks}
    if named:
        return dict.fromkeys(every, _opened(named, roots, folders))
    return {one: _opened(one / BASELINE, (*roots, str(one)), folders) for one in every}


def _opened(file: Path, roots: Sequence[str], folders: Folders) -> Baseline:
    path = Path(os.path.abspath(file))
    repository = folders.repository_around(str(path.parent))
    bounds = bounds_of(path, (repository, *roots), folders.real_paths.of)
    try:
        target = resolve_within(str(path), bounds) if bounds else str(path)
        return Baseline(path, _read(file, target), target, bounds)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}") from None


def attach_baselines(tasks: Sequence[Task], known: Baselines) -> list[Task]:
    """The tasks with what the baselines know about their files."""
    told = []
    for task in tasks:
        baseline = known[task.settings.root]
        own = baseline.by_path.get(baseline.path_of(task.path), {})
        told.append(task._replace(known=Known(own, baseline.moved)))
    return told


def apply_baselines(
    report: Report, tasks: Sequence[Task], known: Baselines, *, write: bool
) -> Report:
    """The report on the files of the tasks, which come last in it, as the baselines have it.

    Each entry hides no more than it may, one of a file that is gone in one other file only.
    Entries are stale that hide nothing of what the run saw. To `write` is to write down all that
    is left and to drop what is stale; it is not done where the run failed. Raises UsageError where
    it cannot be done.
    """
    others = report.files[: len(report.files) - len(tasks)]
    left = {baseline.file: Left(baseline) for baseline in known.values()}
    files = []
    for task, file in zip(tasks, report.files[len(others) :], strict=True):
        baseline = known[task.settings.root]
        files.append(_settled(task, file, baseline, left[baseline.file]))
    seen = _seen(tasks, files, known)
    stale = tuple(
        (str(entry), times)
        for one in seen
        for entry, times in sorted((+left[one.baseline.file].entries).items())
        if one.covers(entry)
    )
    settled_report = Report((*others, *files), report.settings, report.root, stale)
    if not write:
        return settled_report
    if settled_report.has_failed:
        settled_report.written = ("The baseline was not written.",)
        return settled_report
    written = tuple(map(_written, seen))
    hidden = (*others, *map(_all_hidden, files))
    return Report(hidden, report.settings, report.root, stale, written)


def _settled(task: Task, file: FileReport, baseline: Baseline, left: Left) -> FileReport:
    """A report on a file in which the entries that are left hide what they may."""
    path = baseline.path_of(task.path)
    found = [*file.diagnoses]
    fails = file.fails
    for one in file.suppressed:
        if one.suppressed == BY_BASELINE and not left.take(path, one.identity.across_runs()):
            found.append(one._replace(suppressed=None))
            fails = fails or one.severity >= task.settings.fail_on
        else:
            found.append(one)
    return file.with_found(found)._replace(fails=fails)


def _written(seen: Seen) -> str:
    """Write a baseline, and say what it holds."""
    baseline = seen.baseline
    old, entries = baseline.entries, _entries_now(seen)
    name = os.path.relpath(baseline.file).replace(os.sep, "/")
    if not entries and not os.path.lexists(baseline.file):
        return f"Nothing was found, so {name} was not made."
    try:
        write_report(baseline.target, render_entries(entries).encode(), baseline.bounds)
    except NotWritten as reason:
        raise UsageError(f"{name}: cannot be written: {reason}") from None
    count = f"{entries.total()} finding{'s' if entries.total() != 1 else ''}"
    return (
        f"Wrote {count} to {name} ({(entries - old).total()} new, {(old - entries).total()} gone)."
    )


def _entries_now(seen: Seen) -> Counter[BaselineEntry]:
    """What a baseline is to hold: what was found, and what the run could not see."""
    old = seen.baseline.entries
    kept = Counter({entry: n for entry, n in old.items() if not seen.covers(entry)})
    found = Counter(
        BaselineEntry(path, one.identity.across_runs())
        for path, (_, report) in seen.files.items()
        for one in (*report.diagnoses, *report.suppressed)
        if one.suppressed in (None, BY_BASELINE)
    )
    return kept | found


def new_baselines(
    reports: Sequence[FileReport], tasks: Sequence[Task], known: Baselines
) -> dict[Path, str]:
    """Return what each baseline would hold that has entries, by its file; nothing is written."""
    found = {seen.baseline.file: _entries_now(seen) for seen in _seen(tasks, reports, known)}
    return {file: render_entries(entries) for file, entries in found.items() if entries}


def _all_hidden(file: FileReport) -> FileReport:
    found = [one._replace(suppressed=BY_BASELINE) for one in file.diagnoses]
    return file.with_found([*found, *file.suppressed])._replace(fails=False)


def _seen(tasks: Sequence[Task], reports: Sequence[FileReport], known: Baselines) -> list[Seen]:
    """What the run saw of the files of each baseline."""
    seen: dict[Path, Seen] = {}
    for task, report in zip(tasks, reports, strict=True):
        baseline = known[task.settings.root]
        one = seen.setdefault(baseline.file, Seen(baseline))
        one.files[baseline.path_of(task.path)] = task, report
    return [seen[file] for file in sorted(seen)]


def _read(file: Path, target: str) -> Counter[BaselineEntry]:
    try:
        text = read_named(target, BASELINE_LIMIT).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return Counter()
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UsageError(f"{file}{line}: a baseline is JSON, and this is not: {_AGAIN}") from None
    return parse_entries(str(file), data)


def parse_entries(file: str, data: Any) -> Counter[BaselineEntry]:
    """Return the entries that a baseline holds, and how often each counts. Raises UsageError."""
    if not isinstance(data, dict) or type(data.get("version")) is not int:
        raise UsageError(f"{file}: not a k8slint baseline: it has no `version`: {_AGAIN}")
    if data["version"] != VERSION:
        written = clipped(str(data["version"]), LONGEST_NAME)
        raise UsageError(
            f"{file}: version {written} was written by another k8slint; this one reads "
            f"version {VERSION}: use that one, or {_AGAIN.partition('or ')[2]}"
        )
    entries = data.get("entries")
    if not isinstance(entries, list):
        raise UsageError(f"{file}: `entries` is not a list: {_AGAIN}")
    found: Counter[BaselineEntry] = Counter()
    for number, item in enumerate(entries, 1):
        entry, times = _entry(item)
        if entry is None:
            raise UsageError(f"{file}: entry {number} is incomplete or misspelt: {_AGAIN}")
        found[entry] += times
    return found


def _entry(item: Any) -> tuple[BaselineEntry | None, int]:
    """An entry and how often it counts; None for anything else."""
    if not isinstance(item, dict):
        return None, 0
    texts = [item.get(name) for name in ("path", "resource", "code", "pointer")]
    times = item.get("count", 1)
    known = [text for text in texts if isinstance(text, str)]
    if (
        known != texts
        or not isinstance(times, int)
        or isinstance(times, bool)
        or not 0 < times <= _MOST
    ):
        return None, 0
    path, *key = known
    return BaselineEntry(path, recorded(*key)), times


def render_entries(entries: Counter[BaselineEntry]) -> str:
    """One line for each entry, in the order of the paths, so that changes stay small."""
    lines = []
    for entry, times in sorted(entries.items()):
        key = entry.key
        item: dict[str, Any] = {"path": entry.path, "resource": entry.resource}
        item |= {"code": key.code, "pointer": key.pointer}
        if times > 1:
            item["count"] = times
        lines.append(f"    {fit_json(json.dumps(item, ensure_ascii=False))}")
    listed = ",\n".join(lines)
    body = f"[\n{listed}\n  ]" if lines else "[]"
    return f'{{\n  "version": {VERSION},\n  "entries": {body}\n}}\n'
