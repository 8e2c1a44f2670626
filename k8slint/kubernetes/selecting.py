"""Objects that select pods by their labels.

Of many that no pod can tell apart one is looked at, and what selects many pods alike is worked
out for the first of them: a run may have as many Services as it has pods.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from operator import attrgetter, itemgetter

from k8slint.kubernetes.bundles import ONE_BUNDLE, Bundles
from k8slint.kubernetes.kustomization import unambiguous
from k8slint.kubernetes.near import (
    Index,
    PlaceKey,
    at,
    indexed,
    is_placed,
    nearest,
)
from k8slint.kubernetes.objects import (
    DisruptionBudget,
    FilePlace,
    SecurityGroupPolicy,
    Selector,
    Service,
)
from k8slint.lazy import cached_property
from k8slint.type_names import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from k8slint.kubernetes.workload import Pod, Workload

_S = TypeVar("_S", bound=Service | DisruptionBudget | SecurityGroupPolicy)


class _Alike(Generic[_S]):
    """Objects of one place in an index that select the same pods, numbered in their order there.

    They are contested where names of theirs are those of objects in other files, too. Those of
    `by_home` stand in files with workloads, for which they are before all others.
    """

    def __init__(self, place: PlaceKey, first: _S) -> None:
        self.place = place
        self.first = first
        self.members: list[tuple[int, _S]] = []
        self.by_home: dict[str, list[tuple[int, _S]]] = defaultdict(list)
        self.of_no_home: list[tuple[int, _S]] = []
        self.is_contested = False

    def add(self, number: int, one: _S, home: str) -> None:
        self.members.append((number, one))
        (self.by_home[home] if home else self.of_no_home).append((number, one))

    def beside(self, home: str) -> list[tuple[int, _S]]:
        """Those that are not in another file with workloads; all where `home` is empty."""
        return [*self.of_no_home, *self.by_home.get(home, ())] if home else self.members


class _Groups(Generic[_S]):
    """What an index has, in groups: they are made when a pod asks for a place, and few do."""

    def __init__(
        self, index: Index[_S], make: Callable[[PlaceKey, Sequence[_S]], list[_Alike[_S]]]
    ) -> None:
        self._index = index
        self._make = make
        self._made: dict[PlaceKey, list[_Alike[_S]]] = {}

    def get(self, place: PlaceKey, otherwise: tuple[()]) -> Sequence[_Alike[_S]]:
        found = self._index.get(place)
        if found is None:
            return otherwise
        made = self._made.get(place)
        if made is None:
            made = self._made[place] = self._make(place, found)
        return made


class Selecting(Generic[_S]):
    """All objects of a kind, by the labels they select.

    Of those that select the same pods and of which `says` is the same, only the first counts.
    Where a kustomization, or else a file with workloads, has some for its own, these count, and
    not those of others.
    """

    def __init__(
        self,
        objects: Iterable[_S],
        says: Callable[[_S], Hashable] = attrgetter("meta"),
        bundles: Bundles = ONE_BUNDLE,
    ) -> None:
        self._bundles = bundles
        self._objects = [*objects]
        self.keyed = [*_with_rarest_labels(self._objects)]
        self._says = says
        self.keys = frozenset(key for key, _ in self.keyed)

    def of(self, pod: Pod) -> tuple[_S, ...]:
        """Those that select a pod: the very same tuple for pods that are selected alike."""
        labels, workload = pod.labels, pod.workload
        keys = [key for key in _keys_of(pod) if key in self.keys]
        if not keys:
            return ()

        def is_meant(group: _Alike[_S]) -> bool:
            selects = selector_of(group.first).matches(labels)
            return selects and self._bundles.may_meet(workload, group.first)

        groups = [
            group
            for namespace in workload.namespaces
            for group in at(self._groups, workload.where, namespace, keys, is_meant)
        ]
        if not groups:
            return ()
        found = _of_own_build(groups, workload)
        is_contested = any(group.is_contested for group in found)
        home = workload.where.file
        home = home if any(home in group.by_home for group in found) else ""
        members: tuple[_S, ...] = _members(found, workload.where if is_contested else None, home)
        return members

    def keys_of(self, is_wanted: Callable[[_S], bool]) -> frozenset[Hashable]:
        """What those are found by that are wanted."""
        return frozenset(key for key, one in self.keyed if is_wanted(one))

    def may_select(self, pod: Pod) -> bool:
        """Whether any of them selects pods with the labels of one, wherever it stands."""
        return any(
            selector.matches(pod.labels)
            for key in _keys_of(pod)
            for selector in self._selectors.get(key, ())
        )

    @cached_property
    def _selectors(self) -> Mapping[Hashable, Iterable[Selector]]:
        """Each selector once, by the rarest of what it asks for."""
        found: dict[Hashable, dict[Selector, None]] = defaultdict(dict)
        for key, one in self.keyed:
            found[key][selector_of(one)] = None
        return found

    @cached_property
    def _groups(self) -> _Groups[_S]:
        index = indexed(
            (namespace, rarest, one)
            for rarest, one in self.keyed
            for namespace in one.meta.namespaces
        )
        return _Groups(index, self._alike)

    @cached_property
    def _paths(self) -> Mapping[str, str]:
        """For each name the only file of objects that have it, empty where there are several."""
        paths: dict[str, str] = {}
        for one in self._objects:
            path = paths.setdefault(one.meta.name, one.meta.at.path)
            if path != one.meta.at.path:
                paths[one.meta.name] = ""
        return paths

    def _alike(self, place: PlaceKey, found: Sequence[_S]) -> list[_Alike[_S]]:
        """Objects of one place in groups."""
        groups: dict[Hashable, _Alike[_S]] = {}
        said: set[Hashable] = set()
        for number, one in enumerate(found):
            meta = one.meta
            folder = meta.where.examples if is_placed(one) else meta.where.folder
            key = selector_of(one), meta.namespaces, meta.roots, folder, self._bundle(one)
            group = groups.setdefault(key, _Alike(place, one))
            is_contested = not self._paths[meta.name]
            says = key, self._says(one)
            if is_contested or says not in said:
                said.add(says)
                group.add(number, one, self._home(one))
                group.is_contested = group.is_contested or is_contested
        return [*groups.values()]

    def _home(self, one: _S) -> str:
        """The file with workloads that an object stands in, where no namespace tells more."""
        file = "" if is_placed(one) else one.meta.where.file
        return file if file in self._bundles.homes else ""

    def _bundle(self, one: _S) -> str:
        """What keeps an object apart: its file, its folder or nothing."""
        apart = self._bundles.apart
        if not apart:
            return ""
        file, folder, _ = one.meta.where
        return next((place for place in (file, folder) if place in apart), "")


def selector_of(one: Service | DisruptionBudget | SecurityGroupPolicy) -> Selector:
    """What pods an object selects that selects any."""
    assert one.selector is not None
    return one.selector


def selects_only(selector: Selector, workload: Workload) -> bool:
    """Whether a selector is about no other pods than those of one workload.

    It is where it holds all that the workload's own selector asks for.
    """
    written = workload.value.at("spec", "selector")
    if written.get("matchExpressions").is_written:
        return False
    own = written.get("matchLabels")
    wanted = {name: one.text or "" for name, one in (own if own.is_mapping else written).entries()}
    wanted.update(unambiguous(workload.kustomized.selector_labels, wanted))
    return bool(wanted) and wanted.items() <= dict(selector.labels).items()


def _of_own_build(found: Sequence[_Alike[_S]], workload: Workload) -> tuple[_Alike[_S], ...]:
    """Those that a kustomization builds with a workload, or that share its namespace; else all."""
    groups = tuple(found)
    roots = workload.kustomized.roots
    if not roots or all(roots == group.first.meta.roots for group in groups):
        return groups
    built = [not set(group.first.meta.roots).isdisjoint(roots) for group in groups]
    if not any(built):
        return groups
    return tuple(
        group
        for group, is_built in zip(groups, built, strict=True)
        if is_built or is_placed(group.first)
    )


@lru_cache(maxsize=32)
def _members(
    groups: tuple[_Alike[Any], ...], where: FilePlace | None, home: str
) -> tuple[Any, ...]:
    """The members of groups that are found together, from a file where that makes a difference."""
    ordered: list[Any] = []
    for _, together in groupby(groups, key=lambda group: group.place):
        numbered = [member for group in together for member in group.beside(home)]
        numbered.sort(key=itemgetter(0))
        ordered += map(itemgetter(1), numbered)
    if where:
        return nearest(where, ordered)
    return tuple({one.meta: one for one in ordered}.values() if len(ordered) > 1 else ordered)


def _with_rarest_labels(objects: Sequence[_S]) -> Iterator[tuple[Hashable, _S]]:
    """Each with the rarest of the labels it selects, so that few pods have to be compared."""
    asked = [(one, [*selector_of(one).asked_for()]) for one in objects]
    counts = Counter(pair for _, every in asked for pairs in every for pair in pairs)
    for one, every in asked:
        rarest = min(every, key=lambda pairs: sum(map(counts.__getitem__, pairs)), default=(None,))
        for key in rarest:
            yield key, one


def _keys_of(pod: Pod) -> tuple[Hashable, ...]:
    """What objects that select a pod are found by."""
    return None, *pod.label_pairs
