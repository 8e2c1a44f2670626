"""A whole run: files in, reports out, in the same order whatever the number of workers."""

# No `from __future__ import annotations`: typing would compile the fields of NamedTuples at start.
import gc
import os
import signal
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache, cached_property
from itertools import accumulate, islice
from typing import TYPE_CHECKING, NamedTuple

from k8slint.kubernetes.cluster import ALONE, Cluster
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.lint.diagnosis import Diagnosis
from k8slint.lint.engine import Examined, RuleCrash, Scope, examine, read_source
from k8slint.lint.files import read_bytes
from k8slint.lint.repairs import Policy, diagnose, shown, without_edits
from k8slint.lint.rule import Rule
from k8slint.lint.rulebook import UsageError, configured, load, select
from k8slint.lint.settings import Settings
from k8slint.lint.survey import ANYTHING, Facts, facts_of, joined
from k8slint.manifest.source import UTF16, Source
from k8slint.manifest.tree import parts
from k8slint.shutdown.program import custom
from k8slint.shutdown.programs import DEFAULT, Programs

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.synchronize import Event

    from k8slint.lint.baseline import Known
    from k8slint.lint.rendered.recipes import Recipes

# Below this many bytes to read, starting workers costs more than they save (`make bench`).
POOL_ABOVE = 2_000_000
# To repair files that need it costs several times as much; where none does, 0.05 s are lost.
_FIX_POOL_ABOVE = 300_000
_SURVEY_POOL_ABOVE = 12_000_000
# Files at a time, fewer where each worker would not get as many batches.
_BATCH = 50
_BATCHES_EACH = 8
# More bytes than this are looked at in parts, for the memory.
_LONG = 1_000_000
# As many processes as Windows can wait for.
_MOST_WORKERS = 61


class Task(NamedTuple):
    """One file to read, with what is known about it beforehand."""

    path: str
    settings: Settings
    kustomized: Kustomized = AS_WRITTEN
    known: "Known | None" = None


class Mode(NamedTuple):
    """What to do with findings; `roots` are the real paths of the folders that were named.

    `hides` tells whether comments and annotations hide any; `today` is the day for those that do
    so for a time, None for the real one (in UTC).
    """

    fix: bool = False
    diff: bool = False
    unsafe: bool = False
    roots: tuple[str, ...] = ()
    hides: bool = True
    today: date | None = None


class Around(NamedTuple):
    """What a run may know beyond the files it is about.

    `context` is read for facts only. The set is complete where whole folders were named: what is
    not in it is nowhere.
    """

    context: tuple[Task, ...] = ()
    is_complete: bool = False


NOTHING_ELSE = Around()


class FileReport(NamedTuple):
    """What became of one file.

    `diagnoses` are left, `suppressed` are hidden, `fixed` are gone. `error` is a file that could
    not be read or written, or on which a rule or we crashed, with the traceback in `crash` and
    whether the bug `is_ours`; `failed` is a fix that did not pass its own check: they all mean
    that the job was not done. `fails` tells whether something at or above the threshold is left,
    or would be changed. `judged` are the rules that saw all there is, worked out where a baseline
    has to know. `text` is what standard input is replaced by.
    """

    path: str
    workloads: int = 0
    diagnoses: tuple[Diagnosis, ...] = ()
    suppressed: tuple[Diagnosis, ...] = ()
    fixed: tuple[Diagnosis, ...] = ()
    skipped: str = ""
    error: str = ""
    crash: str = ""
    failed: tuple[str, ...] = ()
    diff: str = ""
    fails: bool = False
    text: bytes | None = None
    judged: frozenset[str] = frozenset()
    is_ours: bool = True

    def with_found(self, found: Sequence[Diagnosis]) -> "FileReport":
        """With findings, apart by whether they are hidden."""
        hidden = tuple(one for one in found if one.suppressed)
        return self._replace(diagnoses=tuple(shown(found)), suppressed=hidden)


class Report:
    """What became of all files, and the settings they were read with.

    `root` is the absolute path of the folder from which a forge names files; without one they go
    by the names they were given. `stale` are the entries of a baseline that hide nothing any more,
    in words, and `written` says what one holds now.
    """

    def __init__(
        self,
        files: tuple[FileReport, ...],
        settings: tuple[Settings, ...] = (),
        root: str = "",
        stale: tuple[str, ...] = (),
        written: tuple[str, ...] = (),
    ) -> None:
        self.files = files
        self.settings = settings
        self.root = root
        self.stale = stale
        self.written = written

    @cached_property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        found = (one for file in self.files for one in file.diagnoses)
        return tuple(sorted(found, key=lambda one: one.order))

    @cached_property
    def suppressed(self) -> tuple[Diagnosis, ...]:
        found = (one for file in self.files for one in file.suppressed)
        return tuple(sorted(found, key=lambda one: one.order))

    @cached_property
    def fixed(self) -> tuple[Diagnosis, ...]:
        return tuple(one for file in self.files for one in file.fixed)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that looked, in the order of their codes."""
        scopes = [scope_for(settings) for settings in set(self.settings)]
        books = (load(), *(scope.book for scope in scopes))
        known = {rule.code: rule for book in books for rule in book.rules}
        codes = {one.code for one in self.diagnoses}
        codes = codes.union(*(scope.selection.codes for scope in scopes))
        return tuple(known[code] for code in sorted(codes))

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What kept a part of the job undone: the file and the reason."""
        return [
            (file.path, message)
            for file in self.files
            for message in (file.error, *file.failed)
            if message
        ]

    @property
    def has_failed(self) -> bool:
        """Whether a part of the job could not be done."""
        return any(file.error or file.failed for file in self.files)


def run(
    tasks: Sequence[Task],
    mode: Mode,
    jobs: int,
    around: Around = NOTHING_ELSE,
    recipes: "Recipes | None" = None,
) -> Iterator[FileReport]:
    """Lint, or fix, every file; reports come in the order of the tasks.

    Of what the recipes render, that is linted in place of the files it is made of.
    """
    joins = any(scope_for(settings).joins for settings in {task.settings for task in tasks})
    surveyed = _survey([*tasks, *around.context], jobs) if joins else [ANYTHING] * len(tasks)
    cluster = joined(surveyed, is_complete=around.is_complete) if joins else ALONE
    rendered: Mapping[str, FileReport] = {}
    if recipes:
        from k8slint.lint.rendered.run import run_rendered

        rendered = run_rendered(recipes, tasks, mode, jobs, surveyed, around)
    worth = [
        task
        for task, facts in zip(tasks, surveyed, strict=False)
        if facts.may_have_pods and task.path not in rendered
    ]
    above = min(POOL_ABOVE, _FIX_POOL_ABOVE) if mode.fix or mode.diff else POOL_ABOVE
    if jobs < 2 or not _pays(worth, above):
        found = _run_tasks(worth, mode, cluster)
        yield from _in_order(tasks, found, cluster, rendered)
        return
    batches = _batches(worth, jobs)
    with _pool(jobs, len(batches), cluster) as pool:
        done = pool.map(_run_batch, batches, [mode] * len(batches))
        found = (report for reports in done for report in reports)
        yield from _in_order(tasks, found, cluster, rendered)


def run_bytes(data: bytes, task: Task, mode: Mode, around: Around = NOTHING_ELSE) -> FileReport:
    """Lint, or fix, what came in on standard input; `text` is what it is to be replaced by."""
    cluster = ALONE
    if scope_for(task.settings).joins:
        own = facts_of(data, _shown(task.path), scope_for(task.settings).kinds, task.kustomized)
        found = [own, *map(_facts_of, around.context)]
        cluster = joined(found, is_complete=around.is_complete)
    return _judged(data, task, mode, cluster)


def _in_order(
    tasks: Sequence[Task],
    found: Iterator[FileReport],
    cluster: Cluster,
    rendered: Mapping[str, FileReport],
) -> Iterator[FileReport]:
    """The reports of all files; those without pods, which nobody looked at, are among them."""
    report = next(found, None)
    for task in tasks:
        if task.path in rendered:
            yield rendered[task.path]
        elif report and report.path == task.path:
            yield report
            report = next(found, None)
        else:
            scope = scope_for(task.settings)._replace(cluster=cluster, known=task.known)
            yield FileReport(task.path, judged=_judged_in(scope))


def _survey(tasks: Sequence[Task], jobs: int) -> list[Facts]:
    """The facts of all files, read before any of them is linted."""
    if jobs < 2 or not _pays(tasks, _SURVEY_POOL_ABOVE):
        return [*map(_facts_of, tasks)]
    batches = _batches(tasks, jobs)
    with _pool(jobs, len(batches)) as pool:
        return [one for batch in pool.map(_facts_of_batch, batches) for one in batch]


@contextmanager
def _pool(jobs: int, batches: int, cluster: Cluster = ALONE) -> "Iterator[ProcessPoolExecutor]":
    """Workers. Where the run is interrupted, each ends with the file it is at."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import Event

    stop = Event()
    workers = min(jobs, batches, _MOST_WORKERS)
    with ProcessPoolExecutor(workers, initializer=_start_worker, initargs=(cluster, stop)) as pool:
        try:
            yield pool
        finally:
            stop.set()


def _start_worker(cluster: Cluster, stop: "Event") -> None:
    """Every batch of a worker is about one cluster, which is sent only once."""
    global _cluster, _is_stopped  # noqa: PLW0603 - there is no other way into a worker
    gc.disable()
    # Ctrl-C reaches all processes, and is for the first one to deal with.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _cluster = cluster
    _is_stopped = stop.is_set


_cluster = ALONE
_is_stopped: Callable[[], bool] = bool


def _facts_of_batch(tasks: Sequence[Task]) -> list[Facts]:
    return [_facts_of(task) for task in tasks if not _is_stopped()]


def _facts_of(task: Task) -> Facts:
    try:
        data = read_bytes(task.path)
    except OSError:
        return ANYTHING
    return facts_of(data, _shown(task.path), scope_for(task.settings).kinds, task.kustomized)


@cache
def scope_for(settings: Settings) -> Scope:
    """The rules and the target of a folder's settings.

    Raises UsageError for an unknown rule, and where none is left to run.
    """
    book = configured(load(settings.rule_folders), settings)
    selection = select(book, settings)
    if not selection.rules and not settings.ignored_here:
        raise UsageError("no rule is selected, so nothing would be checked")
    programs = DEFAULT
    if settings.programs:
        programs = Programs(custom(*program) for program in settings.programs)
    kinds = Kinds({(one.group, one.kind): one.paths for one in settings.pod_templates})
    return Scope(book, selection, settings.target, kinds, programs)


@cache
def guard_for(settings: Settings) -> Scope:
    """All default rules on top, but those that are ignored: a fix must make none find anything."""
    widened = settings._replace(extend_select=(*settings.extend_select, "DEFAULT"))
    return scope_for(widened)


def _run_batch(tasks: Sequence[Task], mode: Mode) -> list[FileReport]:
    return [*_run_tasks(tasks, mode, _cluster)]


def _run_tasks(tasks: Sequence[Task], mode: Mode, cluster: Cluster) -> Iterator[FileReport]:
    """The reports on files."""
    read = ((task, *_run_task(task, mode, cluster)) for task in tasks if not _is_stopped())
    if mode.fix:
        yield from _written(read, mode, cluster)
    else:
        yield from (report._replace(text=None) for _, _, report in read)


def _run_task(task: Task, mode: Mode, cluster: Cluster) -> tuple[bytes, FileReport]:
    """What a file holds, and the report on it."""
    try:
        data = read_bytes(task.path)
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        return b"", FileReport(task.path, error=what, text=b"")
    return data, _judged(data, task, mode, cluster)


def _written(
    read: Iterator[tuple[Task, bytes, FileReport]], mode: Mode, cluster: Cluster
) -> Iterator[FileReport]:
    """The reports on files once those that are repaired are written, some at a time.

    One that is not written is reported as it is.
    """
    from k8slint.lint.write import TOGETHER, Replacement, replace_files

    while some := [*islice(read, TOGETHER)]:
        wanted = [
            Replacement(task.path, old, report.text)
            for task, old, report in some
            if report.text is not None and report.text != old
        ]
        problems = replace_files(wanted, mode.roots)
        for task, old, report in some:
            if reason := problems.get(task.path):
                report = _judged(old, task, mode._replace(fix=False), cluster)
                report = report._replace(error=f"not fixed: {reason}")
            yield report._replace(text=None)


def _judged(data: bytes, task: Task, mode: Mode, cluster: Cluster) -> FileReport:
    try:
        report = _process(data, task, mode, cluster)
    except RuleCrash as error:
        crash = traceback.format_exc()
        return FileReport(
            task.path, error=str(error), crash=crash, text=data, is_ours=error.is_ours
        )
    except Exception as error:  # noqa: BLE001 - one file must not stop the others
        what = f"k8slint failed: {error!r}"
        return FileReport(task.path, error=what, crash=traceback.format_exc(), text=data)
    least = task.settings.fail_on
    fails = bool(report.diff) or any(one.severity >= least for one in report.diagnoses)
    return report._replace(fails=fails) if fails else report


def _process(data: bytes, task: Task, mode: Mode, cluster: Cluster) -> FileReport:
    scope = scope_for(task.settings)._replace(
        cluster=cluster, hides=mode.hides, today=mode.today, known=task.known
    )
    is_long = len(data) > _LONG and not (mode.fix or mode.diff)
    if is_long and (report := _in_parts(data, task, scope)):
        return report
    source = read_source(data, _shown(task.path), scope)
    if source is None:
        return FileReport(task.path, text=data, judged=_judged_in(scope))
    if not isinstance(source, Source):
        unread = Examined(Source(task.path, ""), unreadable=[source])
        if scope.known:
            scope.known.hide(unread)
        return FileReport(task.path, 1, text=data).with_found(unread.unreadable)
    policy = Policy(task.settings.fail_on, scope.selection)
    examined = examine(source, scope, task.kustomized)
    report = FileReport(
        task.path,
        examined.workloads + len(examined.unreadable),
        judged=frozenset() if examined.is_broken else _judged_in(scope),
        skipped="template" if examined.is_template else "",
        text=data,
    ).with_found(diagnose(examined, policy))
    has_needs = bool(examined.remarks) or any(one.finding.need for one in examined.found)
    if (mode.fix or mode.diff) and has_needs and not examined.is_broken:
        report = _fixed(report, examined, task, mode, policy, scope)
    examined.forget()
    return report


def _in_parts(data: bytes, task: Task, scope: Scope) -> FileReport | None:
    """The report on a long stream, of which only a part is text and trees at any time.

    None where something in it is about the whole: what hides findings, or is no text.
    """
    if scope.known or b"k8slint" in data or data.startswith(UTF16):
        return None
    policy = Policy(task.settings.fail_on, scope.selection)
    found: list[Diagnosis] = []
    workloads = pods = 0
    is_template = is_broken = False
    for part in parts(data):
        source = read_source(part.data, _shown(task.path), scope)
        if source is None:
            continue
        if not isinstance(source, Source):
            return None
        examined = examine(part.placed(source), scope, task.kustomized, pods)
        is_template = is_template or examined.is_template
        is_broken = is_broken or examined.is_broken
        pods = examined.pods
        workloads += examined.workloads + len(examined.unreadable)
        found += diagnose(examined, policy)
        examined.forget()
    skipped = "template" if is_template else ""
    report = FileReport(task.path, workloads, skipped=skipped, text=data)
    return report.with_found(without_edits(found) if is_broken else found)


def _judged_in(scope: Scope) -> frozenset[str]:
    codes = scope.selection.codes if scope.known else ()
    return frozenset(code for code in codes if scope.was_run(code))


def _fixed(
    report: FileReport, examined: Examined, task: Task, mode: Mode, policy: Policy, scope: Scope
) -> FileReport:
    from k8slint.lint.fix import fix

    guard = guard_for(task.settings)._replace(cluster=scope.cluster)
    data = report.text or b""
    found = [*report.diagnoses, *report.suppressed]
    result = fix(examined, found, scope, guard, policy, task.kustomized, unsafe=mode.unsafe)
    if result.failed:
        return report._replace(failed=tuple(result.failed))
    text = examined.source.encode(result.source.text)
    fixed = report.with_found(result.left)._replace(fixed=tuple(result.fixed), text=text)
    if not mode.diff or text == data:
        return fixed
    from k8slint.lint.diff import unified_diff

    return fixed._replace(diff=unified_diff(_shown(task.path), data.decode(), text.decode()))


def _pays(tasks: Sequence[Task], above: int) -> bool:
    """Whether there are several files, and more bytes in them than that."""
    sizes = accumulate(_size(task.path) for task in tasks)
    return len(tasks) > 1 and any(size > above for size in sizes)


def _batches(tasks: Sequence[Task], jobs: int) -> list[Sequence[Task]]:
    size = min(_BATCH, len(tasks) // (_BATCHES_EACH * jobs) + 1)
    return [tasks[at : at + size] for at in range(0, len(tasks), size)]


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except OSError:
        return 0


def _shown(path: str) -> str:
    return path.replace(os.sep, "/")
