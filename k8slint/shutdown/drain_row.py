"""What a team may declare of its drains: rows of a configuration, and the name of annotations."""

import re
from functools import lru_cache

from k8slint.images.name import repository
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.kubernetes.workload import Container, Workload

DRAIN_KEY = "k8slint/drain"
_WILD = r"[*?]|\[[^]]*\]"
# Longer than any name of an object or an image: a stranger's longer text is neither.
_LONGEST = 300


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
    parts, wanted = path.split("/"), pattern.split("/")
    last = parts[-len(wanted) :]
    return len(parts) >= len(wanted) and all(map(_is_like, last, wanted))


def _is_called(workload: "Workload", pattern: str) -> bool:
    *kind, name = pattern.split("/")
    return (
        _is_like(workload.name, name)
        and (not kind or _is_like(workload.kind, kind[0]))
        and (len(kind) < 2 or any(_is_like(one, kind[1]) for one in workload.namespaces))
    )


def _is_like(name: str, pattern: str) -> bool:
    return len(name) <= _LONGEST and _pattern(pattern).fullmatch(name) is not None


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    from fnmatch import translate

    return re.compile(translate(text))
