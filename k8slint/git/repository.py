"""Repositories, and the rules by which files in them are ignored."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache

from k8slint.git import GIT, IGNORE_FILE
from k8slint.git.patterns import MOST_WILDCARDS, Patterns
from k8slint.git.tracked import Tracked, may_name, tracked_in
from k8slint.git.user import excludes_file
from k8slint.lazy import cached_property
from k8slint.outside.files import GIT_IGNORE_LIMIT, GIT_LINK_LIMIT, FileRefused, read_bytes

# In folders further below the root it would take too long to match `**`.
_DEEPEST = 50
# Bytes of patterns with wildcards that a run makes ready to match, which takes 4 s for a million.
_MOST_WILDCARDS_IN_ALL = 250_000


class IgnoreFiles:
    """The ignore files that a run reads.

    `beyond` are the folders whose rules would take too long to match: nothing is ignored there.
    """

    def __init__(self) -> None:
        self.beyond: list[str] = []
        self._weight = 0
        # Many folders have the same patterns, and different ones may be large.
        self._kept = lru_cache(16)(self._parse)

    def read(self, file: str) -> Patterns:
        """The patterns of a file. Raises OSError, and FileRefused where there are too many."""
        return self._kept(read_bytes(file, GIT_IGNORE_LIMIT))

    def _parse(self, data: bytes) -> Patterns:
        lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        patterns = Patterns(line.removesuffix(b"\r") for line in lines)
        weight = self._weight + patterns.weight
        if patterns.weight > MOST_WILDCARDS or weight > _MOST_WILDCARDS_IN_ALL:
            raise FileRefused("there are too many patterns with wildcards")
        self._weight = weight
        return patterns


class Rules:
    """The rules for what is in a folder: sets of patterns, highest precedence first.

    Each has the length of the path from the root of the repository to the folder that its
    patterns are relative to.
    """

    def __init__(self, files: IgnoreFiles, sets: tuple[tuple[Patterns, int], ...] = ()) -> None:
        self._files = files
        self._sets = sets

    def ignore(self, path: bytes, *, is_folder: bool) -> bool:
        """Whether they ignore a path relative to the root of the repository."""
        for patterns, start in self._sets:
            if number := patterns.last(path[start:], is_folder=is_folder):
                return number > 0
        return False

    def within(self, folder: str, path: bytes, *, has_file: bool = True) -> Rules:
        """Return the rules for what is in a subfolder, with those of its ignore file, if any.

        The path is relative to the root of the repository and ends in a slash.
        """
        if path.count(b"/") > _DEEPEST:
            return self._beyond(folder) if self._sets or has_file else self
        file = os.path.join(folder, IGNORE_FILE)
        # Git does not follow links here.
        return self.and_file(file, len(path)) if has_file and not os.path.islink(file) else self

    def and_file(self, file: str, start: int = 0) -> Rules:
        """Add the rules of a file, which take precedence."""
        try:
            patterns = self._files.read(file)
        except FileRefused:
            return self._beyond(os.path.dirname(file))
        except OSError:
            return self
        if not patterns:
            return self
        sets = ((patterns, start), *self._sets)
        if sum(one.weight for one, _ in sets) > MOST_WILDCARDS:
            return self._beyond(os.path.dirname(file))
        return Rules(self._files, sets)

    def _beyond(self, folder: str) -> Rules:
        self._files.beyond.append(folder)
        return Rules(self._files)


class Repository:
    """A work tree by its root; `git` is its git folder."""

    def __init__(self, root: str, git: str) -> None:
        self.root = root
        self.git = git

    @classmethod
    def at(cls, folder: str) -> Repository | None:
        """Return the repository with this root, if it has a `.git` that git would accept."""
        path = os.path.join(folder, GIT)
        git = path if os.path.isdir(path) else _named(folder, GIT, b"gitdir: ")
        if not git or not os.path.lexists(os.path.join(git, "HEAD")):
            return None
        parts = (os.path.join(git, name) for name in ("objects", "refs"))
        if all(map(os.path.isdir, parts)) or os.path.isfile(os.path.join(git, "commondir")):
            return cls(folder, git)
        return None

    @classmethod
    def above(cls, folder: str) -> Repository | None:
        """Return the repository that contains a folder."""
        while (found := cls.at(folder)) is None and os.path.dirname(folder) != folder:
            folder = os.path.dirname(folder)
        return found

    @cached_property
    def tracked(self) -> Tracked:
        """What git tracks, which matters only if something is ignored."""
        return tracked_in(self.git)

    def may_track(self, words: Iterable[bytes]) -> bool:
        """Whether the path of a tracked file may hold one of some words, by a quick look."""
        try:
            return may_name(os.path.join(self.git, "index"), words)
        except OSError:
            return False

    def rules(self, files: IgnoreFiles) -> Rules:
        """The rules from outside of the work tree."""
        own = Rules(files).and_file(excludes_file())
        return own.and_file(os.path.join(self.common, "info", "exclude"))

    @property
    def common(self) -> str:
        """The git folder that all work trees share."""
        return _named(self.git, "commondir") or self.git


def _named(folder: str, name: str, label: bytes = b"") -> str:
    """Return the folder that a file of git names after a label; empty if there is none."""
    try:
        data = read_bytes(os.path.join(folder, name), GIT_LINK_LIMIT)
    except OSError:
        return ""
    target = os.fsdecode(data.removeprefix(label).rstrip(b"\r\n"))
    # Windows would log in to another machine to look at its folder.
    if not data.startswith(label) or target.startswith(("//", "\\\\")):
        return ""
    return os.path.join(folder, target)
