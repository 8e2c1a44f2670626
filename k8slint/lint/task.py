"""What a run is asked to do."""

import os
from collections.abc import Iterable
from itertools import groupby

from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.lint.settings import Settings
from k8slint.outside.files import read_bytes
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from k8slint.lint.known import Known


class Task(NamedTuple):
    """One file to read, with what is known about it beforehand.

    `given` is what it holds where that is not read from disk: what came out of a stream, or a text
    that is not saved.
    """

    path: str
    settings: Settings
    kustomized: Kustomized = AS_WRITTEN
    known: "Known | None" = None
    given: bytes | None = None


class RunOptions(NamedTuple):
    """What to do with findings; `roots` are the real paths of the folders that were named.

    With `ignores`, a suppression is written for each of them that gives that `reason`.
    `hides` tells whether comments and annotations hide any; `today` is the day for those that do
    so for a time, None for the real one (in UTC).
    """

    fix: bool = False
    diff: bool = False
    unsafe: bool = False
    roots: tuple[str, ...] = ()
    hides: bool = True
    today: "date | None" = None
    ignores: bool = False
    reason: str = ""

    @property
    def repairs(self) -> bool:
        """Whether findings are repaired, or a diff shows how."""
        return (self.fix or self.diff) and not self.ignores

    @property
    def changes(self) -> bool:
        """Whether files get new texts, which a diff only shows."""
        return self.fix or self.diff or self.ignores

    @property
    def writes(self) -> bool:
        """Whether these are written."""
        return (self.fix or self.ignores) and not self.diff


class Context(NamedTuple):
    """What a run may know beyond the files it is about.

    `context` is read for facts only. The set is complete where whole folders were named: what is
    not in it is nowhere.
    """

    context: tuple[Task, ...] = ()
    is_complete: bool = False


NO_CONTEXT = Context()


def distinct_settings(tasks: Iterable[Task]) -> tuple[Settings, ...]:
    """All settings of files. To hash them takes long, and those of neighbours are the same."""
    return tuple(dict.fromkeys(one for one, _ in groupby(task.settings for task in tasks)))


def read_input(task: Task) -> bytes:
    """What is in the file of a task.

    Raises OSError.
    """
    return read_bytes(task.path) if task.given is None else task.given


def input_size(task: Task) -> int:
    """The size of the file of a task in bytes; 0 where it cannot be told."""
    if task.given is not None:
        return len(task.given)
    try:
        return os.stat(task.path).st_size  # noqa: PTH116
    except OSError:
        return 0


def display_path(path: str) -> str:
    """A path as it is shown, on Windows too."""
    return path.replace(os.sep, "/")
