"""Which files a run reads.

Paths stay strings: there are thousands of them, and most are only compared.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from k8slint.kubernetes.kustomization import NAMES, Kustomization, Kustomized, kustomized, read
from k8slint.manifest.source import NotText, decode
from k8slint.manifest.tree import Unreadable, cut, documents
from k8slint.manifest.values import root

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SUFFIXES = (".yaml", ".yml")
# Name of the file an interrupted fix may leave beside its target.
TEMPORARY = ".k8slint-tmp"

_SKIPPED_FOLDERS = frozenset({"node_modules", "vendor"})
# Set inside git hooks, where they would make git answer for another folder than the one asked.
_GIT_PLACES = frozenset(
    {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"}
)


class Missing(Exception):
    """A path that was named does not exist."""


def discover(paths: Iterable[str], *, gitignore: bool = True) -> Iterator[tuple[str, bool]]:
    """The files below the paths, and whether each was named itself.

    A named file is taken whatever its suffix. Raises Missing.
    """
    for path in paths:
        if os.path.isdir(path):
            for name in sorted(_below(path, gitignore=gitignore)):
                yield os.path.normpath(name), False
        elif os.path.lexists(path):
            yield os.path.normpath(path), True
        else:
            raise Missing(path)


def distinct(found: Iterable[tuple[str, bool]]) -> dict[str, bool]:
    """Each file once, in the order of the paths, whichever ways and links lead to it.

    It goes by the first of its paths, one that was named before one that was found.
    """
    chosen: dict[str, tuple[bool, str]] = {}
    for path, named in found:
        place = _place(path)
        chosen[place] = min((not named, path), chosen.get(place, (True, path)))
    return {path: not found for found, path in sorted(chosen.values(), key=lambda one: one[1])}


def is_excluded(path: str, base: Path, patterns: tuple[str, ...]) -> bool:
    """Whether gitignore patterns, relative to a folder, match a path or a folder above it."""
    if not patterns:
        return False
    from_base = Path(relative(path, base))
    if from_base.is_absolute() or from_base.parts[0] == os.pardir:
        return False
    return bool(_spec(patterns).match_file(from_base.as_posix()))


def relative(path: str, base: Path | str = os.curdir) -> str:
    """A path as it is written in a folder; whole where it is on another drive of Windows."""
    try:
        return os.path.relpath(path, base)
    except ValueError:
        return os.path.abspath(path)


def kustomizations(files: Iterable[str]) -> dict[str, Kustomized]:
    """What the kustomizations beside or above the files change about some of them."""
    absolute = {file: os.path.abspath(file) for file in files}
    folders: set[str] = set()
    for beside in {file.rpartition(os.sep)[0] for file in absolute.values()}:
        folder = beside
        while folder not in folders:
            folders.add(folder)
            if not os.path.exists(os.path.join(folder, ".git")):
                folder = os.path.dirname(folder)
    changed = kustomized(one for folder in sorted(folders) if (one := _kustomization(folder)))
    return {file: changed[path] for file, path in absolute.items() if path in changed}


def root_of(path: str) -> str:
    """The absolute path of a folder, or of the folder that holds a file."""
    absolute = os.path.abspath(path)
    return absolute if os.path.isdir(absolute) else os.path.dirname(absolute)


def repository_of(folder: str) -> Path | None:
    """The nearest folder above, or the folder itself, that holds a git repository."""
    real = Path(folder).resolve()
    return next((above for above in (real, *real.parents) if (above / ".git").exists()), None)


def _below(folder: str, *, gitignore: bool) -> Iterator[str]:
    listed = _git_files(folder) if gitignore else None
    if listed is None:
        yield from _walk(folder)
        return
    for name in listed:
        path = os.path.join(folder, name)
        if os.path.isdir(path):
            if name != "." and not os.path.islink(path):  # A repository inside the repository.
                yield from _below(path, gitignore=True)
        elif name.endswith(SUFFIXES) and os.path.isfile(path):
            yield path


def _git_files(folder: str) -> list[str] | None:
    """What git tracks or would track below a folder.

    None outside a work tree, and for a folder that git ignores as a whole: who names it means it.
    """
    if repository_of(folder) is None:  # Asking git for nothing costs more than finding the files.
        return None
    listed = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is None or (not listed and _git(folder, "check-ignore", "--quiet", ".") is not None):
        return None
    names = (name.removesuffix("/") for name in os.fsdecode(listed).split("\0"))
    return [name for name in names if name]


def _git(folder: str, *arguments: str) -> bytes | None:
    """What git prints; None where it fails or is not installed."""
    environment = {name: text for name, text in os.environ.items() if name not in _GIT_PLACES}
    try:
        return subprocess.run(  # noqa: S603 - the words are ours
            ["git", *arguments],  # noqa: S607 - the git of the user's shell
            cwd=folder,
            env=environment,
            capture_output=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def _walk(folder: str) -> Iterator[str]:
    # Not os.walk, which keeps to itself what kind each entry is: one stat less for every file.
    waiting = [folder]
    while waiting:
        folder = waiting.pop()
        try:
            entries = [*os.scandir(folder)]
        except OSError:
            yield folder  # Reading it as a file fails as well, and so it is reported.
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _SKIPPED_FOLDERS:
                    waiting.append(entry.path)
            elif entry.name.endswith(SUFFIXES) and entry.is_file():
                yield entry.path


def _place(path: str) -> str:
    """One spelling for all paths to a file."""
    if os.path.islink(path):
        return os.path.realpath(path)
    folder, name = os.path.split(path)
    return os.path.join(_real_folder(folder, os.getcwd()), name)


@cache
def _real_folder(folder: str, beside: str) -> str:
    return os.path.realpath(os.path.join(beside, folder))


@cache
def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)


def _kustomization(folder: str) -> Kustomization | None:
    """The kustomization in a folder, as far as it can be read."""
    paths = (os.path.join(folder, name) for name in NAMES)
    path = next(filter(os.path.isfile, paths), None)
    if path is None:
        return None
    try:
        source = decode(Path(path).read_bytes(), path)
        trees = [tree for chunk in cut(source.text) for tree in documents(source, chunk)]
    except (OSError, NotText, Unreadable):
        return None
    tops = (root(tree) for tree in trees)
    return next((read(top, folder) for top in tops if top.is_mapping), None)
