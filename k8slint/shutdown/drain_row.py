"""What a team may declare of its drains: rows of a configuration, and the name of annotations."""

# No `from __future__ import annotations`: typing would compile the fields of NamedTuples at start.
import re
from typing import TYPE_CHECKING, NamedTuple

from k8slint.images.name import repository

if TYPE_CHECKING:
    from k8slint.kubernetes.workload import Container, Workload

DRAIN_KEY = "k8slint/drain"
_WILD = r"[*?]|\[[^]]*\]"


class DrainRow(NamedTuple):
    """A row of `drains`: containers, by patterns of their workload and image, and their seconds.

    A workload is `name`, `Kind/name` or `Kind/namespace/name`, an image the end of its path
    without a tag; `*` stands for part of a name in both. Without `container` it is about every
    main container but known proxies. `place` says where the row is written.
    """

    seconds: float
    workload: str = ""
    image: str = ""
    container: str = ""
    place: str = ""

    @property
    def mark(self) -> str:
        """A text that is in every document with such a workload."""
        name = (self.workload or self.image).rpartition("/")[2]
        return max(re.split(_WILD, name), key=len)

    def covers(self, container: "Container", *, is_proxy: bool) -> bool:
        if self.container and self.container != container.name:
            return False
        if not self.container and (container.role != "main" or is_proxy):
            return False
        if self.image and not _ends_like(repository(container.image or ""), self.image):
            return False
        return not self.workload or _is_called(container.pod.workload, self.workload)


def is_drain(annotation: str) -> bool:
    """Whether an annotation declares a drain, by its name."""
    return annotation == DRAIN_KEY or annotation.startswith(f"{DRAIN_KEY}.")


def _ends_like(path: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) >= len(wanted) and all(
        fnmatchcase(*pair) for pair in zip(parts[-len(wanted) :], wanted, strict=True)
    )


def _is_called(workload: "Workload", pattern: str) -> bool:
    from fnmatch import fnmatchcase

    *kind, name = pattern.split("/")
    names = [(workload.name, name), *zip((workload.kind,), kind[:1], strict=False)]
    return all(fnmatchcase(*pair) for pair in names) and (
        len(kind) < 2 or any(fnmatchcase(one, kind[1]) for one in workload.namespaces)
    )
