"""Which workloads a change of other objects can reach, by the words they are written with.

It may report too many, never too few: a workload that is not reached is joined to the same
objects as before.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import chain

from k8slint.kubernetes.bundles import Bundles
from k8slint.kubernetes.cluster import Cluster
from k8slint.kubernetes.kustomization import Kustomized
from k8slint.kubernetes.near import by_key
from k8slint.kubernetes.objects import (
    ConfigMap,
    DisruptionBudget,
    Namespace,
    Object,
    Route,
    Scaler,
    SecurityGroupPolicy,
    Service,
)
from k8slint.kubernetes.selecting import selector_of
from k8slint.manifest.scalars import is_placeholder
from k8slint.records import NamedTuple
from k8slint.type_names import TypeAlias

# What stands in a file as it reads, unless it is escaped there.
_WORD = "[A-Za-z0-9_./-]+"
_ESCAPED = rb"\\(?:[xuU/]|\r?\n)"
_ALONE = rb"(?<![A-Za-z0-9_./-])%s(?![A-Za-z0-9_./-])"

_Words: TypeAlias = frozenset[str]
_Name: TypeAlias = tuple[type[Object], str]


class Reach(NamedTuple):
    """The words that workloads have which a change can reach, all those of one set; None for all.

    They are labels of pods, and names of workloads and namespaces.
    """

    words: frozenset[_Words] | None = frozenset()

    def touches(self, text: bytes, kustomized: Kustomized) -> bool:
        """Whether a file may have such workloads."""
        if self.words is None:
            return True
        if not self.words:
            return False
        labels = (*kustomized.selector_labels, *kustomized.template_labels)
        added = {*chain(*labels), *kustomized.namespaces}
        return any(_have(text, some - added) for some in self.words) or (
            b"\\" in text and bool(re.search(_ESCAPED, text))
        )


NOWHERE = Reach()
EVERYWHERE = Reach(None)


def reach_between(before: Cluster, after: Cluster, changed: Sequence[Object]) -> Reach:
    """What workloads may find other objects once some of the objects have changed.

    Between the clusters no other objects differ; `changed` holds the old and the new ones.
    """
    old, new = before.bundles, after.bundles
    files = old.homes ^ new.homes | _regrouped(old, new)
    if files:  # What stands beside them may be meant for others now.
        folders = {file.rpartition("/")[0] for file in files}
        beside = (one for one in after.objects if one.meta.where.folder in folders)
        changed = [*changed, *beside]
    if not changed and before.unread == after.unread:
        return NOWHERE
    kinds_before, kinds_after = ({*map(type, one.objects)} for one in (before, after))
    if before.unread != after.unread or kinds_before != kinds_after:
        return EVERYWHERE
    names = {*map(_name, changed), *map(_name, _shifted(before, after))}
    words = {_words_of(one) for one in _related(names, (*after.objects, *changed))}
    return EVERYWHERE if frozenset() in words else Reach(frozenset(words))


def _regrouped(before: Bundles, after: Bundles) -> set[str]:
    """The files of the workloads that are defined in other files than before."""
    old, new = before.alternatives, after.alternatives
    files: set[str] = set()
    for workload in old.keys() | new.keys():
        if old.get(workload) != new.get(workload):
            files |= old.get(workload, set()) | new.get(workload, set())
    return files


def _shifted(before: Cluster, after: Cluster) -> Iterator[Object]:
    """What is found by other labels now, because others are the rarest it selects."""
    for old, new in zip(before.selecting, after.selecting, strict=True):
        was, now = (by_key((one.meta.at, key) for key, one in each.keyed) for each in (old, new))
        changed = {at for at in was.keys() & now.keys() if was[at] != now[at]}
        yield from (one for _, one in new.keyed if one.meta.at in changed)


def _related(names: Container[_Name], every: Sequence[Object]) -> Iterator[Object]:
    """What pods are joined to of the objects with some names, and of what these send to.

    Of several objects with one name the nearest counts, so each depends on all of them.
    """
    named = [one for one in every if _name(one) in names]
    entries = (one for one in named if isinstance(one, Route))
    sent_to = {backend.service for entry in entries for backend in entry.backends}
    for one in named:
        if not isinstance(one, Route) and _selects_any(one):
            yield one
    for one in every:
        if isinstance(one, Service) and one.meta.name in sent_to and _selects_any(one):
            yield one


def _name(one: Object) -> _Name:
    return type(one), one.meta.name


def _selects_any(one: Object) -> bool:
    """Whether an object may be about any pod."""
    match one:
        case Service():
            return bool(one.selector.labels)
        case DisruptionBudget() | SecurityGroupPolicy():
            return one.selector is not None
    return True


def _words_of(one: Object) -> _Words:
    """What is written about each workload that an object is joined to; empty for all of them."""
    match one:
        case Scaler():
            return _words([one.target])
        case Namespace() | ConfigMap():
            return _words([one.meta.name])
        case Service() if any(is_placeholder(value) for _, value in one.selector.labels):
            return frozenset()  # It could be meant for any pod.
        case Service() | DisruptionBudget() | SecurityGroupPolicy():
            return _words(chain(*selector_of(one).labels))
    return frozenset()


def _words(texts: Iterable[str]) -> _Words:
    return frozenset(text for text in texts if re.fullmatch(_WORD, text))


def _have(text: bytes, words: _Words) -> bool:
    """Whether each of some words stands in a text."""
    wanted = [word.encode() for word in words]
    # Most texts lack one of them altogether, which is far faster to tell.
    return all(word in text for word in wanted) and all(
        re.search(_ALONE % re.escape(word), text) for word in wanted
    )
