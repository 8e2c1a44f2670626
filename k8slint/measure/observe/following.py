"""Follow all objects of one kind: list them, then watch from there, over every interruption.

As client-go's reflector does it: bookmarks keep the version to go on from fresh, and where the
server no longer knows that version (410 Gone), everything is listed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any, Literal, TypeAlias

from k8slint.measure.kubectl import Kubectl, KubectlFailed
from k8slint.measure.within import within
from k8slint.outside.programs import Ended
from k8slint.outside.terminal import clipped
from k8slint.records import NamedTuple

_PAGE = 500
# A continued list expires after five minutes; it is begun anew so many times.
_MOST_LISTS = 3
_GONE = 410
# Seconds before the next try, and at most.
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0


class Change(NamedTuple):
    """An object, and what became of it; `LISTED` is there, as far as a list says."""

    kind: str
    what: Literal["LISTED", "ADDED", "MODIFIED", "DELETED"]
    found: Any


class Listed(NamedTuple):
    """All objects of a kind have been listed; `unseen` seconds went by without a watch before."""

    kind: str
    unseen: float = 0


class Unreachable(NamedTuple):
    """A kind cannot be read now; where `is_final`, it will not be tried again."""

    kind: str
    error: KubectlFailed
    is_final: bool


News: TypeAlias = Change | Listed | Unreachable


class FollowedKind(NamedTuple):
    """What to follow: its name in words, its path, and what chooses objects.

    One that `is_listed_anew` after each failure says so when it can be read again.
    """

    name: str
    path: str
    selector: str = ""
    is_listed_anew: bool = False

    @property
    def query(self) -> dict[str, str | int]:
        return {"fieldSelector": self.selector} if self.selector else {}


class Follower:
    """Follows one kind, and hands over all news of it, until kubectl's crew is ended."""

    def __init__(
        self, kubectl: Kubectl, kind: FollowedKind, hand_over: Callable[[News], None]
    ) -> None:
        self._kubectl = kubectl
        self._kind = kind
        self._hand_over = hand_over
        self._version = ""
        self._seen_at = monotonic()
        self._pause = _FIRST_PAUSE
        self._has_listed = False

    def run(self) -> None:
        """Follow until the crew is ended, or what is tried first cannot be done."""
        try:
            while self._step():
                pass
        except Ended:
            return

    def _step(self) -> bool:
        """List or watch once; return whether to go on."""
        try:
            if not self._version:
                self._list()
            self._watch()
        except KubectlFailed as error:
            return self._recover(error)
        return True

    def _recover(self, error: KubectlFailed) -> bool:
        if error.is_expired or self._kind.is_listed_anew:
            self._version = ""
        if error.is_expired:
            return True
        is_final = not self._has_listed
        self._hand_over(Unreachable(self._kind.name, error, is_final))
        if not is_final:
            sleep(self._pause)
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        return not is_final

    def _list(self) -> None:
        for tried in range(1, _MOST_LISTS + 1):
            try:
                self._version = self._list_once()
                break
            except KubectlFailed as error:
                if not error.is_expired or tried == _MOST_LISTS:
                    raise
        unseen = monotonic() - self._seen_at if self._has_listed else 0
        self._has_listed = True
        self._hand_over(Listed(self._kind.name, unseen))
        self._seen_at = monotonic()

    def _list_once(self) -> str:
        """Hand over every object; return the version that the list has."""
        more: dict[str, str | int] = {}
        while True:
            page = self._kubectl.get(self._kind.path, limit=_PAGE, **self._kind.query, **more)
            for item in within(page, "items") or ():
                self._hand_over(Change(self._kind.name, "LISTED", item))
            token = within(page, "metadata", "continue")
            if not token:
                return str(within(page, "metadata", "resourceVersion") or "0")
            more = {"continue": token}

    def _watch(self) -> None:
        begin = monotonic()
        for what, found in self._events():
            self._seen_at = monotonic()
            if what == "ERROR":
                raise _failed_watch(found)
            self._pause = _FIRST_PAUSE
            self._version = str(within(found, "metadata", "resourceVersion") or self._version)
            if what in ("ADDED", "MODIFIED", "DELETED"):
                self._hand_over(Change(self._kind.name, what, found))
        self._seen_at = monotonic()
        if self._seen_at - begin < _FIRST_PAUSE:  # A proxy may end each watch at once.
            sleep(_FIRST_PAUSE)

    def _events(self) -> Iterator[tuple[Any, Any]]:
        query = {"resourceVersion": self._version, "allowWatchBookmarks": "true"}
        for event in self._kubectl.watch(self._kind.path, **query, **self._kind.query):
            yield within(event, "type"), within(event, "object")


def _failed_watch(status: Any) -> KubectlFailed:
    """Return the error that a server sends as an event."""
    reason = "Expired" if within(status, "code") == _GONE else within(status, "reason")
    text = str(within(status, "message") or "the watch failed")
    return KubectlFailed(clipped(text), str(reason or ""))
