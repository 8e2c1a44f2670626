"""What stands in the folders of a run and says something about them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from k8slint.git import GIT
from k8slint.kubernetes.kustomization import NAMES
from k8slint.lazy import cached_property
from k8slint.lint.settings import CONFIGURATIONS, PYPROJECT
from k8slint.outside.files import RealPaths
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.git.repository import IgnoreFiles

MARKERS = frozenset({GIT, *CONFIGURATIONS, PYPROJECT, *NAMES})
# One for most folders of a run: an empty set takes 200 bytes.
_NONE: frozenset[str] = frozenset()


class Folders:
    """Folders by their absolute paths, each looked at once.

    As long as it is kept, nothing that changes on disk is noticed.
    """

    def __init__(self) -> None:
        self.real_paths = RealPaths()
        self._markers: dict[str, frozenset[str]] = {}
        self._nearest: dict[str, str] = {}

    @cached_property
    def ignore_files(self) -> IgnoreFiles:
        from k8slint.git.repository import IgnoreFiles

        return IgnoreFiles()

    def see(self, folder: str, names: Iterable[str]) -> None:
        """Take note of all that is in a folder, which somebody has listed anyway."""
        self._markers[folder] = MARKERS.intersection(names) or _NONE

    def markers_in(self, folder: str) -> frozenset[str]:
        """The names in a folder that say something about it."""
        if folder not in self._markers:
            try:
                self.see(folder, os.listdir(folder))
            except OSError:  # Those in it may be reached all the same.
                there = (one for one in MARKERS if os.path.lexists(os.path.join(folder, one)))
                self._markers[folder] = frozenset(there)
        return self._markers[folder]

    def nearest_marked(self, folder: str) -> str:
        """The nearest folder upwards with such names, the topmost one where none has any."""
        passed = []
        while folder not in self._nearest:
            passed.append(folder)
            above = os.path.dirname(folder)
            if self.markers_in(folder) or above == folder:
                self._nearest[folder] = folder
            else:
                folder = above
        found = self._nearest[folder]
        self._nearest.update(dict.fromkeys(passed, found))
        return found

    def forget_nearest(self) -> None:
        """Look anew for what is made of the names in several folders."""
        self._nearest.clear()

    def marked_upwards(self, folder: str) -> Iterator[str]:
        """The marked folders from one upwards, as far as its repository goes."""
        while True:
            folder = self.nearest_marked(folder)
            yield folder
            above = os.path.dirname(folder)
            if above == folder or GIT in self.markers_in(folder):
                return
            folder = above

    def repository_around(self, folder: str) -> str:
        """The repository a folder is in by its path, links in that or not; "" for none."""
        *_, last = self.marked_upwards(folder)
        return last if GIT in self.markers_in(last) else ""
