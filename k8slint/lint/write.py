"""Replacing a file whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from k8slint.lint.files import TEMPORARY


class NotWritten(Exception):
    """The file was left as it was; the text says why."""


def replace_file(path: str, old: bytes, new: bytes, roots: Sequence[str]) -> None:
    """Put new bytes in the place of old ones, keeping mode, owner and symbolic link.

    The bytes go to a temporary file in the same folder, which then takes the target's name, so
    the target is whole at any moment. Raises NotWritten where the file is no longer what was
    read, or where replacing it would change more than its bytes.
    """
    target = Path(path).resolve()
    if not any(target.is_relative_to(Path(root).resolve()) for root in roots):
        raise NotWritten(f"it is a symbolic link to {target}, outside of what was named")
    temporary = target.with_name(f".{target.name}{TEMPORARY}")
    try:
        status = target.stat()
        _refuse(target, status)
        temporary.unlink(missing_ok=True)  # Left behind by a run that was killed.
        try:
            _write(temporary, new, status)
            if target.read_bytes() != old:
                raise NotWritten("it changed on disk since it was read: run again")
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except FileNotFoundError:
        raise NotWritten("it vanished since it was read") from None
    except OSError as error:
        raise NotWritten(error.strerror or str(error)) from None


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
            _create(temporary, data, 0o666)
            if status:
                temporary.chmod(stat.S_IMODE(status.st_mode))
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(error.strerror or str(error)) from None


def _refuse(target: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotWritten("it is no regular file")
    if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise NotWritten("it is read-only")
    if status.st_nlink > 1:
        raise NotWritten("it has other hard links, which would keep the old text")


def _create(path: Path, data: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _write(path: Path, data: bytes, status: os.stat_result) -> None:
    _create(path, data, 0o600)
    if hasattr(os, "chown"):
        made = path.stat()
        if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
            try:
                os.chown(path, status.st_uid, status.st_gid)
            except PermissionError:
                raise NotWritten("it belongs to another user or group") from None
    path.chmod(stat.S_IMODE(status.st_mode))
