"""What a run is asked to do, and with which rules."""

# No `from __future__ import annotations`: typing would compile the fields of NamedTuples at start.
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from k8slint.errors import UsageError
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.lint.engine import Scope
from k8slint.lint.rulebook import configured, load, select
from k8slint.lint.settings import Settings
from k8slint.outside.files import read_bytes
from k8slint.shutdown.programs import DEFAULT, Programs

if TYPE_CHECKING:
    from k8slint.lint.baseline import Known


class Task(NamedTuple):
    """One file to read, with what is known about it beforehand.

    `piped` is what came out of a stream, which can be read only once.
    """

    path: str
    settings: Settings
    kustomized: Kustomized = AS_WRITTEN
    known: "Known | None" = None
    piped: bytes | None = None


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


def bytes_of(task: Task) -> bytes:
    """What is in the file of a task.

    Raises OSError.
    """
    return read_bytes(task.path) if task.piped is None else task.piped


@cache
def scope_for(settings: Settings) -> Scope:
    """The rules and the target of a folder's settings.

    Raises UsageError for an unknown rule, and where none is left to run.
    """
    book = configured(load(settings.rule_folders), settings)
    selection = select(book, settings)
    if not selection.rules and not settings.ignored_here:
        raise UsageError("no rule is selected, so nothing would be checked")
    programs = Programs(settings.programs) if settings.programs else DEFAULT
    kinds = Kinds(settings.pod_templates)
    return Scope(book, selection, settings.target, kinds, programs)


@cache
def guard_for(settings: Settings) -> Scope:
    """All default rules on top, but those that are ignored: a fix must make none find anything."""
    widened = settings._replace(extend_select=(*settings.extend_select, "DEFAULT"))
    return scope_for(widened)
