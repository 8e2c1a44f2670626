"""Replacing files, each whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from k8slint.lint.files import TEMPORARY
from k8slint.outside.files import read_bytes

# The bytes of so many files reach the disk together: 0.1 s less for 1,000 small ones.
TOGETHER = 8


class NotWritten(Exception):
    """The file was left as it was; the text says why."""


class Replacement(NamedTuple):
    """New bytes for a file, and those it held when it was read."""

    path: str
    old: bytes
    new: bytes


def replace_files(wanted: Sequence[Replacement], roots: Sequence[str]) -> dict[str, str]:
    """Put new bytes in the place of old ones, keeping mode, owner and symbolic link.

    The bytes go to a temporary file in the same folder, which then takes the target's name, so
    each target is whole at any moment. One that is no longer what was read, or replacing which
    would change more than its bytes, or anything outside of the real paths `roots`, is left as it
    was: what comes back says why, by its path.
    """
    problems = {}
    for group in _groups(wanted):
        with ExitStack() as stack:
            running = {
                one.path: stack.enter_context(closing(_replacing(one, roots))) for one in group
            }
            while running:
                for path, steps in [*running.items()]:
                    try:
                        is_done = next(steps, True)
                    except NotWritten as reason:
                        problems[path] = str(reason)
                        is_done = True
                    if is_done:
                        del running[path]
    return problems


def _groups(wanted: Sequence[Replacement]) -> Iterator[list[Replacement]]:
    """A few at a time, and none twice, by two names: each has one temporary file."""
    group: dict[object, Replacement] = {}
    for one in wanted:
        try:
            status = os.stat(one.path)
            place: object = status.st_dev, status.st_ino
        except OSError:
            place = one.path
        if place in group or len(group) == TOGETHER:
            yield [*group.values()]
            group = {}
        group[place] = one
    if group:
        yield [*group.values()]


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


def write_report(path: str, data: bytes) -> None:
    """Write a file whole or not at all, keeping the mode of one that is there.

    What is no regular file, such as a pipe, cannot be replaced and takes the bytes as they come.
    Raises NotWritten.
    """
    try:
        target = Path(path)
        status = target.stat() if target.exists() else None
        if status and not stat.S_ISREG(status.st_mode):
            target.write_bytes(data)
            return
        target = target.resolve()
        temporary = target.with_name(f".{target.name}{TEMPORARY}")
        temporary.unlink(missing_ok=True)  # Left behind by a run that was killed.
        try:
            with _created(str(temporary), data, 0o666):
                pass
            if status:
                temporary.chmod(stat.S_IMODE(status.st_mode))
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(error.strerror or str(error)) from None


def _replacing(one: Replacement, roots: Sequence[str]) -> Generator[None, None, None]:
    """The steps of replacing a file; between two of them others are done for other files.

    Raises NotWritten.
    """
    target = os.path.realpath(one.path)
    if not any(Path(target).is_relative_to(root) for root in roots):
        raise NotWritten(f"it is a symbolic link to {target}, outside of what was named")
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name}{TEMPORARY}")
    try:
        status = os.stat(target)
        _refuse(target, status)
        _unlink(temporary)  # Left behind by a run that was killed.
        try:
            with _created(temporary, one.new, 0o600) as descriptor:
                _make_alike(temporary, descriptor, status)
                _begin_to_store(descriptor)
                yield
            yield
            if read_bytes(target) != one.old:
                raise NotWritten("it changed on disk since it was read: run again")
            os.replace(temporary, target)
        finally:
            _unlink(temporary)
    except FileNotFoundError:
        raise NotWritten("it vanished since it was read") from None
    except OSError as error:
        raise NotWritten(error.strerror or str(error)) from None


def _refuse(target: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotWritten("it is no regular file")
    if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise NotWritten("it is read-only")
    if status.st_nlink > 1:
        raise NotWritten("it has other hard links, which would keep the old text")


@contextmanager
def _created(path: str, data: bytes, mode: int) -> Iterator[int]:
    """The descriptor of a new file with these bytes, which are on the disk in the end."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, mode)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        yield descriptor
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_alike(path: str, descriptor: int, status: os.stat_result) -> None:
    """Give a new file the owner and the mode of the one it is to replace."""
    made = os.fstat(descriptor)
    if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid) and hasattr(os, "chown"):
        try:
            os.chown(path, status.st_uid, status.st_gid)
        except PermissionError:
            raise NotWritten("it belongs to another user or group") from None
    os.chmod(path, stat.S_IMODE(status.st_mode))


def _begin_to_store(descriptor: int) -> None:
    """Let Linux begin what `fsync` waits for: a fifth of the time of writing."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def _unlink(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)
