"""What a new file takes over from the one in whose place it comes, besides its bytes."""

from __future__ import annotations

import errno
import os
import stat


class NotAlike(Exception):
    """Something of the old file cannot be given to the new one; the text says what."""


def make_alike(new: int, old: int, status: os.stat_result) -> None:
    """Give a new file all that is known of one but its bytes. Raises NotAlike."""
    if not hasattr(os, "fchown"):
        return
    made = os.fstat(new)
    if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
        try:
            os.fchown(new, status.st_uid, status.st_gid)
        except OSError:
            raise NotAlike("it belongs to another user or group") from None
    if hasattr(os, "listxattr"):
        _copy_attributes(new, old)
    mode = stat.S_IMODE(status.st_mode)
    os.fchmod(new, mode)
    if stat.S_IMODE(os.fstat(new).st_mode) != mode:  # As with setgid for a group of others.
        raise NotAlike(f"its mode {mode:o} cannot be kept")


def _copy_attributes(new: int, old: int) -> None:
    """Copy extended attributes, ACLs among them; drop what the folder gives to new files."""
    there, wanted = _attributes(new), _attributes(old)
    for name in there | wanted:
        try:
            if name not in wanted:
                os.removexattr(new, name)
                continue
            value = os.getxattr(old, name)
            if name not in there or os.getxattr(new, name) != value:
                os.setxattr(new, name, value)
        except OSError as error:
            what = "ACL" if name == "system.posix_acl_access" else f"extended attribute {name}"
            raise NotAlike(f"its {what} cannot be kept: {error.strerror}") from None


def _attributes(file: int) -> set[str]:
    """The names of extended attributes."""
    try:
        return {*os.listxattr(file)}
    except OSError as error:
        if error.errno != errno.ENOTSUP:  # As on a file system that has none.
            raise
        return set()
