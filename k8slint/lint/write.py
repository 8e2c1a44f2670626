"""Replacing files, each whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from io import FileIO
from pathlib import Path

from k8slint.lint.alike import NotAlike, make_alike
from k8slint.lint.file_places import NameInFolder, OpenFolders
from k8slint.lint.files import TEMPORARY
from k8slint.outside.files import kind_of, resolve_within
from k8slint.records import NamedTuple

try:
    import fcntl
except ImportError:
    # On Windows, where nobody can rename or remove what somebody has open.
    _LOCKS = False
else:
    _LOCKS = True

# So many files are stored before the first of them takes its place, with three open for each.
TOGETHER = 32
# So many of these wait for the disk at a time, which puts them on it together.
_WAITING = 8
# Seconds to wait for a lock: another run has it for as long as it takes to read and rename a file.
_PATIENCE = 5.0
_CHANGED = "it changed on disk since it was read: run again"
# What there is on the way to a file, and is none of what was read: a link, for one.
_SINCE_READ = {
    errno.ENOENT: "it vanished since it was read",
    errno.ENOTDIR: _CHANGED,
    errno.ELOOP: _CHANGED,
}
_LEFTOVER = re.compile(rf"\.[0-9a-f]{{16}}{re.escape(TEMPORARY)}")


class NotWritten(Exception):
    """The file was left as it was; the text says why."""


class FileReplacement(NamedTuple):
    """New bytes for a file, and those it held when it was read."""

    path: str
    old: bytes
    new: bytes


def replace_files(wanted: Sequence[FileReplacement], roots: Sequence[str]) -> dict[str, str]:
    """Put new bytes in the place of old ones, keeping all else about each file.

    The bytes go to a temporary file in the same folder, which then takes the target's name, so
    each target is whole at any moment. One that is no longer what was read, or replacing which
    would change more than its bytes, or anything outside of the real paths `roots`, is left as it
    was: what comes back says why, by its path.
    """
    if not wanted:
        return {}
    from concurrent.futures import ThreadPoolExecutor

    reasons: dict[str, str] = {}
    # One file, too: only the main thread is interrupted, so that each other ends what it began.
    with ThreadPoolExecutor(1) as pool:
        for start in range(0, len(wanted), TOGETHER):
            some = wanted[start : start + TOGETHER]
            reasons |= pool.submit(_replace_together, some, roots).result()
    return reasons


def remove_leftovers(beside: Iterable[str]) -> None:
    """Remove the temporary files of killed runs that lie in the same folders as some files.

    Those of a run that lives are locked, and stay.
    """
    for folder in {os.path.dirname(path) or os.curdir for path in beside}:
        try:
            names = [name for name in os.listdir(folder) if _LEFTOVER.fullmatch(name)]
        except OSError:
            continue
        for name in names:
            with suppress(OSError, NotWritten), OpenFolders() as folders:
                place = folders.place_of(os.path.join(os.path.realpath(folder), name))
                with _opened(place) as file:
                    if _lock(file, patience=0):
                        place.unlink()


def check_writable(path: str) -> None:
    """Look whether a report can be written, before the work for it is done.

    Raises NotWritten.
    """
    target = Path(path)
    if target.is_dir():
        raise NotWritten("it is a folder")
    if not target.parent.is_dir():
        raise NotWritten(f"there is no folder {target.parent}")
    written = [target] if target.exists() else []
    if not written or target.is_file():
        written.append(target.resolve().parent)
    if not all(os.access(one, os.W_OK) for one in written):
        raise NotWritten("permission denied")


def write_report(path: str, data: bytes, root: str = "") -> None:
    """Write a file whole or not at all, keeping the mode of one that is there.

    What is no regular file, such as a pipe, cannot be replaced and takes the bytes as they come.
    Where a real path is given as the root, only a regular file below it is written. Raises
    NotWritten.
    """
    try:
        target = resolve_within(path, root) if root else os.path.realpath(path)
        status = os.stat(path) if os.path.exists(path) else None
        if status and kind_of(status) and not root:
            Path(path).write_bytes(data)
            return
        if status:
            _refuse_odd(status)
        remove_leftovers([target])
        with OpenFolders() as folders:
            place = folders.place_of(target)
            with _created(place, 0o666) as (temporary, new):
                _store(new, data)
                if status and hasattr(os, "fchmod"):
                    os.fchmod(new.fileno(), stat.S_IMODE(status.st_mode))
                os.fsync(new.fileno())
                _rename(temporary, new, place)
    except OSError as error:
        raise NotWritten(error.strerror or str(error)) from None


def _replace_together(wanted: Sequence[FileReplacement], roots: Sequence[str]) -> dict[str, str]:
    """Replace files; why some of them were not replaced, by their paths.

    All take each step before the next. Only those that wait for the disk are taken in threads,
    which spend most of their time on taking turns where they have more to do.
    """
    from concurrent.futures import ThreadPoolExecutor

    reasons: dict[str, str] = {}
    with OpenFolders() as folders, ExitStack() as begun, ThreadPoolExecutor(_WAITING) as pool:
        each = [
            (one.path, begun.enter_context(closing(_replacing(one, roots, folders))))
            for one in wanted
        ]
        shares = [share for at in range(_WAITING) if (share := each[at::_WAITING])]
        for _ in range(2):
            reasons |= _take_step(each)
            for found in pool.map(_take_step, shares):
                reasons |= found
    return reasons


def _take_step(each: Sequence[tuple[str, Iterator[None]]]) -> dict[str, str]:
    """Take the next step of replacing each file; why it cannot be taken, by path."""
    reasons = {}
    for path, replacing in each:
        try:
            next(replacing, None)
        except (NotWritten, NotAlike) as reason:
            reasons[path] = str(reason)
        except OSError as error:
            since_read = _SINCE_READ.get(error.errno or 0)
            reasons[path] = since_read or error.strerror or str(error)
    return reasons


def _replacing(
    one: FileReplacement, roots: Sequence[str], folders: OpenFolders
) -> Generator[None]:
    """Replace a file in four steps: the new one is stored, reaches the disk, and takes its place.

    Then the old one is closed, which frees it and so waits for the disk, too. Raises NotWritten,
    NotAlike and OSError.
    """
    target = os.path.realpath(one.path)
    if not any(target.startswith(os.path.join(root, "")) for root in roots):
        raise NotWritten(
            f"a symbolic link leads to {target}, outside of what was named: name that path"
        )
    place = folders.place_of(target)
    with _opened(place) as old:
        status = os.fstat(old.fileno()) if _LOCKS else place.status()
        if not status.st_mode & 0o222:
            raise NotWritten("it is read-only")
        if status.st_nlink > 1:
            raise NotWritten("it has other hard links, which would keep the old text")
        with _created(place, 0o600) as (temporary, new):
            _store(new, one.new)
            make_alike(new.fileno(), old.fileno(), status)
            yield
            os.fsync(new.fileno())
            yield
            _lock(old, _PATIENCE)  # Who had to wait for it finds another file at the place.
            if _state(place.status()) != _state(status) or not _holds(old, one.old):
                raise NotWritten(_CHANGED)
            if not _LOCKS:
                old.close()
            _rename(temporary, new, place)
            _unlock(old)  # Another run may have the next one, and wait for this one.
            yield


@contextmanager
def _opened(place: NameInFolder) -> Iterator[FileIO]:
    """A regular file, open for writing, as locks of NFS want it. Raises NotWritten."""
    _refuse_odd(place.status())  # To open a device may set it in motion.
    try:
        file = place.open("r+b")
    except PermissionError:
        raise NotWritten("it is read-only") from None
    with _closed_in_the_end(file):
        _refuse_odd(os.fstat(file.fileno()))
        yield file


def _refuse_odd(status: os.stat_result) -> None:
    if what := kind_of(status):
        raise NotWritten(f"it is {what}, not a regular file")


@contextmanager
def _created(target: NameInFolder, permissions: int) -> Iterator[tuple[NameInFolder, FileIO]]:
    """A new file beside another, and gone in the end unless it took the place of that one."""
    while True:
        place = target.beside(f".{os.urandom(8).hex()}{TEMPORARY}")
        with _closed_in_the_end(place.open("xb", permissions)) as new:
            try:
                if _lock(new, _PATIENCE) and not place.is_there():
                    continue  # Another run took it for a leftover before it was locked.
                yield place, new
                break
            except BaseException:
                if not _LOCKS:
                    new.close()
                with suppress(OSError):
                    place.unlink()
                raise


@contextmanager
def _closed_in_the_end(file: FileIO) -> Iterator[FileIO]:
    """Unlike a file by itself it says nothing of it: what counts is stored or was only read."""
    try:
        yield file
    finally:
        with suppress(OSError):
            file.close()


def _store(file: FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file.fileno(), rest) :]


def _lock(file: FileIO, patience: float) -> bool:
    """Lock a file until it is closed; False on a file system that knows no locks.

    Raises NotWritten where another program has it locked all the time.
    """
    if not _LOCKS:
        return False
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise NotWritten("another program has it locked: run again") from None
        except OSError:
            return False
        else:
            return True
        time.sleep(0.01)


def _unlock(file: FileIO) -> None:
    if _LOCKS:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)


def _state(status: os.stat_result) -> tuple[int, ...]:
    """What differs once a file is another or has changed, unless that was just now."""
    return (status.st_dev, status.st_ino, status.st_nlink, status.st_ctime_ns)


def _holds(file: FileIO, data: bytes) -> bool:
    """Whether these bytes are all there is in a file, which may be growing."""
    at = 0
    while part := os.read(file.fileno(), 1 << 20):
        if part != data[at : at + len(part)]:
            return False
        at += len(part)
    return at == len(data)


def _rename(temporary: NameInFolder, new: FileIO, place: NameInFolder) -> None:
    """Raises NotWritten, and OSError."""
    if not _LOCKS:
        new.close()
        _rename_closed(temporary.name, place.name)
        return
    folder = place.folder
    try:
        os.replace(temporary.name, place.name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        # NFS tells of a failure where it has done it and the answer was lost.
        if new.closed or not os.path.samestat(place.status(), os.fstat(new.fileno())):
            raise


def _rename_closed(temporary: str, target: str) -> None:
    """Rename a file on Windows, where it fails while somebody has one of both open.

    A virus scanner has for a moment. Raises NotWritten, and OSError.
    """
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            os.replace(temporary, target)
        except PermissionError:
            if time.monotonic() >= end:
                raise NotWritten("another program has it open: run again") from None
        else:
            return
        time.sleep(0.05)
