"""Watch the stops of a cluster: one follower for pods, one for events, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, Queue
from threading import Thread
from time import monotonic

from k8slint.measure.kubectl import Kubectl
from k8slint.measure.observe.following import FollowedKind, Follower, Listed, News, Unreachable
from k8slint.measure.observe.observer import EVENTS, FAILED_HOOK, PODS, ObservedStop, Observer
from k8slint.measure.observe.predicted import Predictor

# A follower waits where its news are not taken.
_MOST_WAITING = 100
# Seconds of news before stops are looked for again.
_AT_ONCE = 0.2


class Watching:
    """Watches the pods of one namespace, or of all where that is empty.

    `unseen` counts seconds in which stops may have come and gone unseen; before the pods
    `are_read`, nothing is seen.
    """

    def __init__(self, kubectl: Kubectl, namespace: str, predictor: Predictor) -> None:
        self.observer = Observer(predictor)
        self.unseen = 0.0
        self.are_read = False
        self._kubectl = kubectl
        self._news: Queue[News] = Queue(_MOST_WAITING)
        for kind in followed(namespace):
            follower = Follower(kubectl, kind, self._news.put)
            Thread(target=follower.run, daemon=True).start()

    def step(self, patience: float) -> Iterator[ObservedStop | Unreachable | Listed]:
        """Take in what comes within some seconds; yield what is to be said, and stops."""
        until = monotonic() + min(patience, _AT_ONCE)
        while (left := until - monotonic()) > 0:
            try:
                news = self._news.get(timeout=left)
            except Empty:
                break
            self._take(news)
            if isinstance(news, (Listed, Unreachable)):
                yield news
        yield from self.observer.over(monotonic())

    def end(self) -> Iterator[ObservedStop]:
        """End kubectl, and yield the stops that are over already."""
        self._kubectl.crew.end()
        with suppress(Empty):
            while True:
                self._take(self._news.get_nowait())
        yield from self.observer.over(float("inf"))

    def _take(self, news: News) -> None:
        self.observer.see(news, monotonic())
        if isinstance(news, Listed) and news.kind == PODS:
            self.are_read = True
            self.unseen += news.unseen


def followed(namespace: str) -> tuple[FollowedKind, ...]:
    """Return what is read of a cluster; the role in docs/recipes/observe.md allows just this."""
    below = f"/api/v1/namespaces/{namespace}" if namespace else "/api/v1"
    return (
        FollowedKind(PODS, f"{below}/pods"),
        # They are few, and kept for an hour. Until they are read again, nothing is known of hooks.
        FollowedKind(EVENTS, f"{below}/events", f"reason={FAILED_HOOK}", is_listed_anew=True),
    )
