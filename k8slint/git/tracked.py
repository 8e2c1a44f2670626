"""What git tracks, by its index: https://git-scm.com/docs/index-format."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from k8slint.outside.files import GIT_INDEX_LIMIT, read_bytes
from k8slint.records import NamedTuple

# The kind of an entry, in the highest bits of its mode: a whole folder, or a submodule.
_FOLDER, _MODULE = 0x40, 0xE0
# The length of object names in bytes, with SHA-1 and SHA-256.
_OBJECT_NAMES = (20, 32)
# Extensions that a reader must support: a shared index, and folders in place of their files.
_REQUIRED = (b"link", b"sdir")


class Tracked(NamedTuple):
    """What is tracked, by paths relative to the root of the repository.

    `folders` are those with tracked files in them, and submodules. What is below `wholes`, which
    end in a slash, is not listed and may be tracked.
    """

    files: frozenset[bytes] = frozenset()
    folders: frozenset[bytes] = frozenset()
    wholes: tuple[bytes, ...] = ()

    def holds(self, path: bytes, *, is_folder: bool) -> bool:
        """Whether a file, or anything in a folder, is tracked; true if unknown."""
        if path in (self.folders if is_folder else self.files):
            return True
        return bool(self.wholes) and (path + b"/").startswith(self.wholes)


NOTHING_TRACKED = Tracked()
UNKNOWN = Tracked(wholes=(b"",))


# Bytes of the paths of all folders, each of which is kept whole: in an index of 48 kB there may be
# 600 MB of them.
_MOST_FOLDERS = 30_000_000


class _Damaged(Exception):
    """The index is damaged."""


def tracked_in(folder: str) -> Tracked:
    """Return what the index in a git folder tracks; UNKNOWN if it cannot be read."""
    try:
        return _tracked([*_entries(folder, "index")])
    except FileNotFoundError:
        return NOTHING_TRACKED
    except (OSError, _Damaged):
        return UNKNOWN


def may_name(index: str, words: Iterable[bytes]) -> bool:
    """Whether an index may name a path with one of some words in it.

    Raises OSError.
    """
    data = read_bytes(index, GIT_INDEX_LIMIT)
    # Version 4 leaves out what a path has in common with the one before it, and a shared index is
    # in another file.
    return _number(data, 4) not in (2, 3) or b"link" in data or any(word in data for word in words)


def _tracked(entries: list[tuple[int, bytes]]) -> Tracked:
    files, folders, wholes = set(), {b""}, []
    size = 0
    for kind, name in entries:
        if kind == _FOLDER:
            wholes.append(name)
        elif kind == _MODULE:
            folders.add(name)
        else:
            files.add(name)
        above = name.rpartition(b"/")[0]
        while above not in folders:
            folders.add(above)
            size += len(above)
            if size > _MOST_FOLDERS:
                raise _Damaged
            above = above.rpartition(b"/")[0]
    return Tracked(frozenset(files), frozenset(folders), tuple(wholes))


def _entries(folder: str, name: str) -> Iterator[tuple[int, bytes]]:
    """Return the entries of an index and of the shared index it builds on.

    Raises OSError and _Damaged.
    """
    data = read_bytes(os.path.join(folder, name), GIT_INDEX_LIMIT)
    for size in _OBJECT_NAMES:
        try:
            entries, extensions = _parse(data, size)
        except (IndexError, ValueError):
            continue
        yield from entries
        if name == "index" and any(shared := extensions.get(b"link", b"")[:size]):
            try:
                yield from _entries(folder, f"sharedindex.{shared.hex()}")
            except FileNotFoundError:
                raise _Damaged from None
        return
    raise _Damaged


def _parse(data: bytes, object_name: int) -> tuple[list[tuple[int, bytes]], dict[bytes, bytes]]:
    """Return the entries and extensions of an index, for a length of object names.

    Raises IndexError and ValueError if it is malformed.
    """
    version, total = _number(data, 4), _number(data, 8)
    if not data.startswith(b"DIRC") or version not in (2, 3, 4):
        raise ValueError
    entries = []
    at, fixed, name, size = 12, 42 + object_name, b"", 0
    for _ in range(total):
        flags = int.from_bytes(data[at + fixed - 2 : at + fixed])
        begin = at + fixed + (2 if flags & 0x4000 else 0)
        shared = b""
        if version == 4:
            dropped, begin = _variable(data, begin)
            shared = name[: len(name) - dropped]
        end = data.index(b"\0", begin)
        name = shared + data[begin:end]
        size += len(name)
        if min(len(name), 0xFFF) != flags & 0xFFF or size > GIT_INDEX_LIMIT:
            raise ValueError
        entries.append((data[at + 26] & 0xF0, name))
        at = end + 1 if version == 4 else at + (end - at + 8) // 8 * 8
    extensions = {}
    stop = len(data) - object_name
    while at < stop:
        extension, size = data[at : at + 4], _number(data, at + 4)
        if extension[:1].islower() and extension not in _REQUIRED:
            raise ValueError
        extensions[extension] = data[at + 8 : at + 8 + size]
        at += 8 + size
    if at != stop:
        raise ValueError
    return entries, extensions


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4])


def _variable(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable-length number, as git writes offsets, and where it ends."""
    number = data[at] & 0x7F
    while data[at] & 0x80:
        at += 1
        number = ((number + 1) << 7) + (data[at] & 0x7F)
    return number, at + 1
