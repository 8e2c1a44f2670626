"""Drains that were measured: how long containers took when they were really stopped.

A row counts for a container of the same workload, name and image, once there are enough stops,
and not for ever. What is written is never outdone by a shorter measurement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from k8slint.images.given import full_repository
from k8slint.images.name import DIGITS, is_plain, tag
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.records import NamedTuple
from k8slint.shutdown.seconds import Seconds, exactly, unknown
from k8slint.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from k8slint.kubernetes.workload import Container, Workload

# So many stops make a drain known, and for so many days.
LEAST_STOPS = 20
MOST_DAYS = 180


class MeasuredDrain(NamedTuple):
    """The stops of one container under one image, as a row of a file sums them up.

    `workload` is `Kind/name` or `Kind/namespace/name`, `image` a name with its tag, its digest or
    both; `by` is `observe` or `drill`. Times are seconds from the stop signal to the end of the
    container, or with `covers_hook` from the start of its preStop hook, where its length was not
    known. Of `stops`, those `killed` did not end by themselves: `longest` is then less than they
    would have taken. `times` are numbers of stops by how long they took, in order; empty where
    that was not kept. Dates are written as 2026-11-20, in UTC. `place` says where the row stands.
    """

    workload: str
    container: str
    image: str
    by: str
    stops: int
    first: str
    until: str
    longest: float
    killed: int = 0
    covers_hook: bool = False
    median: float | None = None
    p99: float | None = None
    times: tuple[tuple[float, int], ...] = ()
    place: str = ""

    @property
    def name(self) -> str:
        """The name of the workload."""
        return self.workload.rpartition("/")[2]

    @property
    def basis(self) -> str:
        """What the number stands on, in words."""
        stops = "1 stop" if self.stops == 1 else f"{self.stops} stops"
        killed = f", {self.killed} of them killed" if self.killed else ""
        return f"max of {stops} until {self.until}{killed}"

    @property
    def takes(self) -> Seconds:
        """The longest that it took; killed stops would have taken longer."""
        if self.killed:
            return unknown(self.basis, self.longest)
        return exactly(self.longest, self.basis)

    def covers(self, container: Container) -> bool:
        """Whether it is about a container, whatever image that has."""
        return self.container == container.name and _is_called(
            container.pod.workload, self.workload
        )


class JudgedDrain(NamedTuple):
    """A row about a container, and why it does not count there; empty where it does."""

    row: MeasuredDrain
    why_not: str


class MeasuredDrains:
    """The rows of all files, and which of them count.

    A row needs `least_stops`, the last of them at most `most_days` before `today`, which is
    written as 2026-11-30 and in UTC.
    """

    def __init__(
        self,
        rows: Iterable[MeasuredDrain],
        least_stops: int = LEAST_STOPS,
        most_days: int = MOST_DAYS,
        today: str = "",
    ) -> None:
        self.rows = tuple(rows)
        self.today = today or datetime.now(UTC).date().isoformat()
        self.least_stops = least_stops
        self.most_days = most_days
        self._by_name: dict[str, list[MeasuredDrain]] = {}
        for row in self.rows:
            self._by_name.setdefault(row.name, []).append(row)
        self._hash = hash(self.__reduce__()[1])

    # Settings hold it, and are asked for as keys for every file.
    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, MeasuredDrains)
            and self._hash == other._hash
            and self.__reduce__()[1] == other.__reduce__()[1]
        )

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return MeasuredDrains, (self.rows, self.least_stops, self.most_days, self.today)

    def names_any(self, words: Iterable[str]) -> bool:
        """Whether one of some words is the name of a workload that a row is about."""
        return not self._by_name.keys().isdisjoint(words)

    def find(self, container: Container, *, covers_hook: bool = False) -> MeasuredDrain | None:
        """Return the row that counts for a container; of several, that with the longest time."""
        counting = (one.row for one in self.judged(container) if not one.why_not)
        found = (row for row in counting if row.covers_hook is covers_hook)
        return max(found, key=lambda row: row.longest, default=None)

    def judged(self, container: Container) -> Iterator[JudgedDrain]:
        """Yield the rows about a container, each with why it does not count, if it does not."""
        for row in self._by_name.get(container.pod.workload.name, ()):
            if row.covers(container):
                why_not = self.why_idle(row) or _why_other(row.image, container.image or "")
                yield JudgedDrain(row, why_not)

    def why_idle(self, row: MeasuredDrain) -> str:
        """Why a row counts for no container at all; empty where it may."""
        if row.stops < self.least_stops:
            return f"{row.stops} of the {self.least_stops} stops that are required"
        days = (date.fromisoformat(self.today) - date.fromisoformat(row.until)).days
        if days > self.most_days:
            return f"measured until {row.until}, more than {self.most_days} days ago"
        if days < -1:  # Clocks may differ, and time zones.
            return f"measured until {row.until}, which is in the future"
        return ""


def workload_key(kind: str, namespace: str, name: str) -> str:
    """Return what a row calls a workload; the namespace may be empty."""
    return "/".join(filter(None, (kind, namespace, name)))


def image_key(image: str, image_id: str = "") -> str:
    """Return what a row calls the image of a container that ran, with its digest if that is known.

    `image` is that of the pod's spec, `image_id` the `imageID` of the container's status, of which
    a digest of the same repository counts.
    """
    found = image_id.rpartition("://")[2]
    name, _, digest = found.partition("@")
    if "@" in image or not digest or not is_plain(found) or not is_plain(image):
        return image
    is_same = full_repository(name) == full_repository(image)
    return f"{image}@{digest}" if is_same else image


def _is_called(workload: Workload, key: str) -> bool:
    kind, *namespace, name = key.split("/")
    if workload.kind != kind or workload.name != name:
        return False
    # Where a manifest leaves the namespace to whoever applies it, it may be any.
    return not namespace or not {"", *namespace}.isdisjoint(workload.namespaces)


def _why_other(measured: str, image: str) -> str:
    """Why stops under one image say nothing about another; empty where both are the same."""
    if not is_plain(image):
        return "which image runs is not known"
    ours, theirs = image.partition("@")[2], measured.partition("@")[2]
    if ours and theirs:
        return "" if ours == theirs else _other(measured)
    if full_repository(measured) != full_repository(image) or tag(measured) != tag(image):
        return _other(measured)
    if not any(digit in tag(image) for digit in DIGITS):
        name = tag(image) or "latest"
        return f"the tag `{clipped(name, LONGEST_NAME)}` may be another image by now"
    return ""


def _other(measured: str) -> str:
    return f"measured with another image, {clipped(measured, LONGEST_NAME)}"
