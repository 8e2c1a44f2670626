"""Files of a repository, read and written where nothing leads out of it."""

from __future__ import annotations

import os
from pathlib import Path

from k8slint.lint.write import FileReplacement, NotWritten, replace_files, write_report
from k8slint.outside.files import FileRefused, read_bytes, resolve_within

_LIMIT = 1_048_576


def read_confined(root: Path, path: str | Path) -> bytes:
    """Return what a file holds; nothing for one that is missing, large or leads out of `root`."""
    try:
        return read_bytes(resolve_within(str(root / path), str(root)), _LIMIT)
    except OSError:
        return b""


def write_confined(root: Path, path: str, old: bytes | None, new: bytes) -> None:
    """Replace a file that holds `old`, or create one where there is none, with its folders.

    Raises NotWritten.
    """
    place = str(root / path)
    if old is not None:
        if reason := replace_files([FileReplacement(place, old, new)], [str(root)]).get(place):
            raise NotWritten(reason)
        return
    if os.path.lexists(place):
        raise NotWritten("it already exists and is not overwritten")
    try:
        Path(resolve_within(place, str(root))).parent.mkdir(parents=True, exist_ok=True)
    except FileRefused as reason:
        raise NotWritten(str(reason)) from None
    except OSError as error:
        raise NotWritten(error.strerror or str(error)) from None
    write_report(place, new, str(root))
