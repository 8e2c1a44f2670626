"""Open files, which in a stranger's repository may be anything and lead anywhere."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable

from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.type_names import BinaryIO

# The largest file that is read, in bytes, by its purpose.
MANIFEST_LIMIT = 250_000_000
BASELINE_LIMIT = 50_000_000
CONFIGURATION_LIMIT = 250_000
KUSTOMIZATION_LIMIT = 1_000_000
DOCKERFILE_LIMIT = 100_000
GIT_INDEX_LIMIT = 100_000_000
GIT_IGNORE_LIMIT = 1_000_000
GIT_LINK_LIMIT = 10_000
IMAGE_CONFIG_LIMIT = 1_000_000
IMAGE_INDEX_LIMIT = 4_000_000
DRAINS_LIMIT = 1_000_000
# GitHub reads no larger one.
CODE_OWNERS_LIMIT = 3_000_000

# Neither waits for the other end of a pipe nor takes over a terminal.
_FLAGS = os.O_RDONLY | sum(
    getattr(os, f"O_{name}", 0) for name in ("NONBLOCK", "NOCTTY", "BINARY")
)
_AT_ONCE = 1 << 20
# PATH_MAX of Linux; resolving the links in a longer path takes quadratic time.
_LONGEST = 4096
# Compiled when a path needs it, as it takes a hundredth of a check of a small file.
_PASSED_OVER = "[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]"
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class FileRefused(OSError):
    """A file is not read, or a path not followed; the text says why."""


def read_bytes(path: str, limit: int = MANIFEST_LIMIT) -> bytes:
    """Read a regular file of at most `limit` bytes.

    Never waits for a pipe or reads a device. Raises OSError; its subclass FileRefused says why.
    """
    # Without a file object, which costs more than the reading.
    file = os.open(path, _FLAGS)
    try:
        status = os.fstat(file)
        if what := kind_of(status):
            raise FileRefused(f"it is {what}, not a regular file")
        if status.st_size > limit:
            raise _too_large(limit)
        parts = [os.read(file, status.st_size + 1)]
        size = len(parts[0])
        # Differs for a file that grows, and for one of unknown size, as in /proc.
        while size != status.st_size and (part := os.read(file, _AT_ONCE)):
            parts.append(part)
            size += len(part)
            if size > limit:
                raise _too_large(limit)
    finally:
        os.close(file)
    return b"".join(parts)


def kind_of(status: os.stat_result) -> str:
    """Return what kind of file it is; empty for a regular file."""
    kind = stat.S_IFMT(status.st_mode)
    return "" if kind == stat.S_IFREG else _KINDS.get(kind, "of an unknown kind")


def refuse_special(path: str) -> None:
    """Raise FileRefused for a path that exists and is neither a file nor a folder."""
    try:
        status = os.stat(path)
    except OSError:  # Reading it reports why.
        return
    what = kind_of(status)
    if what and not stat.S_ISDIR(status.st_mode):
        hint = ": pipe it into `k8slint check -`" if stat.S_ISFIFO(status.st_mode) else ""
        raise FileRefused(f"it is {what}, not a regular file{hint}")


def is_stream(path: str) -> bool:
    """Whether a path of the command line is a stream that the caller opened, as `<(helm ...)` is.

    Unlike other pipes it is read, though only once.
    """
    folder, _, name = path.rpartition("/")
    is_descriptor = folder in ("/dev/fd", "/proc/self/fd") and name.isdigit()
    return is_descriptor or path in ("/dev/stdin", os.devnull)


def read_stream(stream: BinaryIO, limit: int = MANIFEST_LIMIT) -> bytes:
    """Read a stream of at most `limit` bytes.

    Raises FileRefused.
    """
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise _too_large(limit)
    return data


def read_named(path: str, limit: int) -> bytes:
    """Read a file that the command line names: a regular file or a stream.

    Raises OSError; its subclass FileRefused says why.
    """
    if not is_stream(path):
        return read_bytes(path, limit)
    with open(path, "rb") as stream:
        return read_stream(stream, limit)


def resolve_within(path: str, root: str, real: Callable[[str], str] = os.path.realpath) -> str:
    """Return the real path of what a repository names, inside of `root`, itself a real path.

    `real` returns the real path of a path. Raises FileRefused if dots or links lead out of `root`,
    or into git's own folder, which holds credentials.
    """
    if len(path) > _LONGEST:
        raise FileRefused(f"a path of {len(path):,} characters is too long")
    try:
        is_name = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:  # Half of a surrogate pair.
        is_name = False
    if not is_name:
        raise FileRefused("not a valid file name")
    # On Windows, resolving `\\host\share` sends a hash of the user's password there.
    is_elsewhere = _drive_of(os.path.abspath(path)) != _drive_of(root)
    target = path if is_elsewhere else real(path)
    if is_elsewhere or not _is_in(target, root):
        place = clipped(target, LONGEST_NAME)
        raise FileRefused(
            f"it leads out of {root}, to {place}: only the command line may name that"
        )
    if ".git" in _seen_by_mac(target[len(root) :]).split(os.sep):
        raise FileRefused(f"it leads into git's own folder, to {clipped(target, LONGEST_NAME)}")
    return target


def bounds_of(
    path: str | os.PathLike[str],
    roots: Iterable[str],
    real: Callable[[str], str] = os.path.realpath,
) -> str:
    """Return the real path of the first folder that a path is in, as written or as resolved.

    Empty if it is in none. `real` returns the real path of a path.
    """
    absolute = os.path.abspath(path)
    for root in filter(None, roots):
        if _is_in(absolute, root) or _is_in(real(os.fspath(path)), real(root)):
            return real(root)
    return ""


class RealPaths:
    """Real paths, each folder resolved once: 600 nested folders would take 20 s otherwise."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def of(self, path: str) -> str:
        """Like os.path.realpath, as long as nothing changes on disk."""
        if os.pardir in path or not os.path.isabs(path) or os.path.islink(path):
            return os.path.realpath(path)
        folder = os.path.normpath(path)
        passed = []
        while folder not in self._folders:
            above = os.path.dirname(folder)
            if above == folder or os.path.islink(folder):
                self._folders[folder] = os.path.realpath(folder)
            else:
                passed.append(folder)
                folder = above
        real = self._folders[folder]
        for folder in reversed(passed):
            real = self._folders[folder] = os.path.join(real, os.path.basename(folder))
        return real


def _drive_of(path: str) -> str:
    """Return the drive of a path of Windows, where editors and shells write `c:` for `C:`."""
    return os.path.normcase(os.path.splitdrive(path)[0])


def _seen_by_mac(path: str) -> str:
    """Return a path without case, and without what HFS+ passes over in names (git's utf8.c)."""
    lower = path.lower()
    return lower if lower.isascii() else re.sub(_PASSED_OVER, "", lower)


def _is_in(path: str, folder: str) -> bool:
    return os.path.join(path, "").startswith(os.path.join(folder, ""))


def _too_large(limit: int) -> FileRefused:
    size = f"{limit / 1e6:g} MB" if limit >= 1e6 else f"{limit / 1e3:g} kB"
    return FileRefused(f"it has more than {size}, the limit for such a file")
