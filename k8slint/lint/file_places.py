"""Names of files in open folders, which stay the same when somebody moves what is on the way."""

from __future__ import annotations

import os
from contextlib import ExitStack
from io import FileIO

from k8slint.records import NamedTuple


def _flags(*names: str) -> int:
    """Those of them that the system has."""
    return sum(getattr(os, f"O_{name}", 0) for name in names)


# A folder need not be readable for files in it to be replaced. macOS follows no link at all, if
# told, where others may follow those before the last folder.
_FOLDER = _flags("PATH", "DIRECTORY", "NOFOLLOW", "NOFOLLOW_ANY")
_FILE = _flags("NOFOLLOW", "NONBLOCK", "NOCTTY")


class NameInFolder(NamedTuple):
    """A name in an open folder; a whole path where Python cannot work in one."""

    folder: int | None
    name: str

    def status(self) -> os.stat_result:
        return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)

    def is_there(self) -> bool:
        try:
            self.status()
        except FileNotFoundError:
            return False
        return True

    def open(self, mode: str, permissions: int = 0) -> FileIO:
        """The file itself, without a buffer: no link is followed, and no pipe waited for."""

        def opener(name: str, flags: int) -> int:
            return os.open(name, flags | _FILE, permissions, dir_fd=self.folder)

        return FileIO(self.name, mode, opener=opener)

    def beside(self, name: str) -> NameInFolder:
        return self._replace(name=os.path.join(os.path.dirname(self.name), name))

    def unlink(self) -> None:
        os.unlink(self.name, dir_fd=self.folder)


class OpenFolders(ExitStack):
    """The folders of some files, each open once and until all of them are done."""

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[str, int] = {}

    def place_of(self, target: str) -> NameInFolder:
        """The place of a real path: its folder is open, and no link was followed on the way there.

        So putting one there after the path was checked gains nothing.
        """
        if os.open not in os.supports_dir_fd:
            return NameInFolder(None, target)
        above, name = os.path.split(target)
        if above not in self._open:
            self._open[above] = _open_folder(above)
            self.callback(os.close, self._open[above])
        return NameInFolder(self._open[above], name)


def _open_folder(path: str) -> int:
    top, *way = [os.sep, *filter(None, path.split(os.sep))] if hasattr(os, "O_PATH") else [path]
    folder = os.open(top, _FOLDER)
    for one in way:
        outer = folder
        try:
            folder = os.open(one, _FOLDER, dir_fd=outer)
        finally:
            os.close(outer)
    return folder
