"""Copies of parts of a repository in which nothing leads out of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from k8slint.coverage import Reason
from k8slint.outside.files import FileRefused, kind_of, read_bytes, resolve_within
from k8slint.records import NamedTuple
from k8slint.render.tools import NotRendered

# The limits of a chart, or of a kustomization with all its parts.
_MOST_FILES = 10_000
_MOST_BYTES = 100_000_000
# The largest file that is read, in bytes.
LARGEST = 20_000_000
# `.git` is a file in a submodule, and in a linked work tree.
_NOT_COPIED = (".git", "node_modules")


class Listing(NamedTuple):
    """The files below a folder by the paths that lead to them, and why it cannot be copied."""

    files: tuple[str, ...]
    refused: str = ""


class CopyBudget:
    """What may still be copied for one rendering; `bytes` of it are left."""

    def __init__(self) -> None:
        self._files = _MOST_FILES
        self.bytes = _MOST_BYTES

    def take(self, size: int) -> None:
        """Count a file. Raises NotRendered."""
        self._files -= 1
        self.bytes -= size
        if self._files < 0:
            raise NotRendered(f"it has more than {_MOST_FILES:,} files", Reason.TOO_LARGE)
        if self.bytes < 0:
            said = f"it has more than {_MOST_BYTES // 1_000_000} MB"
            raise NotRendered(said, Reason.TOO_LARGE)


@contextmanager
def copying() -> Iterator[None]:
    """Raise NotRendered if a copy cannot be written."""
    try:
        yield
    except OSError as error:
        raise NotRendered(f"a copy cannot be made: {error.strerror or error}") from None


def list_tree(folder: str, root: str) -> Listing:
    """List the files below a folder, following links, as helm finds them.

    Nothing may lead out of `root`, a real path. Hidden folders are skipped: they are never part
    of a chart, and some hold links to a whole machine.
    """
    found: list[str] = []
    refused: list[str] = []
    waiting: list[tuple[str, frozenset[str]]] = [(folder, frozenset())]
    left = _MOST_FILES
    while waiting:
        current, above = waiting.pop()
        try:
            real = resolve_within(current, root)
            entries = [] if real in above else [*os.scandir(real)]
        except OSError as error:
            refused.append(_about(current, folder, error))
            continue
        left -= 1 + len(entries)
        if left < 0:  # Links to folders that hold links to folders multiply.
            return Listing(tuple(sorted(found)), f"it has more than {_MOST_FILES:,} files")
        for entry in entries:
            path = os.path.join(current, entry.name)
            try:
                if entry.name in _NOT_COPIED or (entry.name.startswith(".") and entry.is_dir()):
                    continue
                # Its folder has a real path.
                status = (
                    os.stat(resolve_within(entry.path, root))
                    if entry.is_symlink()
                    else entry.stat()
                )
            except FileNotFoundError:
                continue  # A dangling link.
            except OSError as error:
                refused.append(_about(path, folder, error))
                continue
            if stat.S_ISDIR(status.st_mode):
                waiting.append((path, above | {real}))
            elif what := kind_of(status):
                refused.append(_about(path, folder, FileRefused(f"it is {what}")))
            else:
                found.append(path)
    return Listing(tuple(sorted(found)), min(refused, default=""))


def copy(listed: Listing, folder: str, root: str, target: Path, budget: CopyBudget) -> None:
    """Copy the listed files of a folder; links are replaced by their targets.

    Raises NotRendered.
    """
    if listed.refused:
        raise NotRendered(listed.refused)
    for path in listed.files:
        copied = target / os.path.relpath(path, folder)
        copied.parent.mkdir(parents=True, exist_ok=True)
        try:
            copied.write_bytes(read_inside(path, root, budget))
        except OSError as error:
            raise NotRendered(_about(path, folder, error)) from None


def read_inside(path: str, root: str, budget: CopyBudget) -> bytes:
    """Read a file that a repository names. Raises OSError, and NotRendered."""
    real = resolve_within(path, root)
    data = read_bytes(real, LARGEST)
    if resolve_within(path, root) != real:
        raise FileRefused("it was replaced while it was read")
    budget.take(len(data))
    return data


def inside(tree: Path, path: str) -> Path:
    """Return where an absolute path is in a copy of its tree."""
    return tree.joinpath(*Path(path).parts[1:])


def _about(path: str, folder: str, error: OSError) -> str:
    reason = error if isinstance(error, FileRefused) else error.strerror or error
    return f"{os.path.relpath(path, folder)} is not copied: {reason}"
