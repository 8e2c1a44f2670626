"""The ConfigMaps of a run, found by the workloads that mean them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from k8slint.kubernetes.bundles import Bundles
from k8slint.kubernetes.near import Index, at, by_key, indexed, nearest, with_places
from k8slint.kubernetes.objects import ConfigMap, Object
from k8slint.lazy import cached_property
from k8slint.type_names import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from k8slint.kubernetes.workload import Workload

# The objects in a file, and the kinds that may stand in what could not be read.
ObjectsRead: TypeAlias = "tuple[Iterable[Object], frozenset[str]]"


class WaitingMaps:
    """ConfigMaps of a file that nobody has asked for; it is read once somebody does.

    `names` are theirs, and `read` returns them.
    """

    def __init__(self, names: frozenset[str], read: Callable[[], ObjectsRead]) -> None:
        self.names = names
        self._read = read

    def named(self, name: str) -> Sequence[ConfigMap]:
        return self._by_name.get(name, ())

    @property
    def unread(self) -> frozenset[str]:
        """The kinds that may stand in what could not be read."""
        return self._found[1]

    @cached_property
    def _by_name(self) -> Mapping[Hashable, list[ConfigMap]]:
        every, _ = self._found
        return by_key((one.meta.name, one) for one in every if isinstance(one, ConfigMap))

    @cached_property
    def _found(self) -> ObjectsRead:
        return self._read()


class ConfigMaps:
    """The ConfigMaps in which something can matter; it is called with a workload and a name.

    Of those that are `waiting`, only files are read in which one has a name that is asked for.
    """

    def __init__(
        self,
        every: Sequence[ConfigMap],
        bundles: Bundles,
        waiting: Sequence[WaitingMaps] = (),
    ) -> None:
        self._every = every
        self._bundles = bundles
        self._waiting = by_key((name, one) for one in waiting for name in one.names)
        self._known = by_key((one.meta.name, one) for one in every if one.meta.name)
        self._named_so_far: dict[str, list[ConfigMap]] = {}
        self._indexes: dict[str, Index[ConfigMap]] = {}
        # All workloads of a folder, but for those that several files define, mean the same in it.
        self._so_far: dict[Hashable, tuple[ConfigMap, ...]] = {}

    def __bool__(self) -> bool:
        """Whether there may be any."""
        return bool(self._known or self._waiting)

    def have_any(self, names: AbstractSet[str]) -> bool:
        """Whether one of them has one of the names."""
        if not self._known.keys().isdisjoint(names):
            return True
        return any(map(self._named, names & self._waiting.keys()))

    def __call__(self, workload: Workload, name: str) -> tuple[ConfigMap, ...]:
        """Return what a workload means by a name: several where nothing tells which."""
        if beside := self._beside(workload, name):
            return beside
        if not self._named(name):
            return ()
        own = workload.kind, workload.name
        key = (
            *(name, workload.where.folder, workload.namespaces, workload.kustomized.roots),
            (*own, workload.where.file) if own in self._bundles.alternatives else None,
        )
        if key not in self._so_far:
            self._so_far[key] = self._nearest(workload, name)
        return self._so_far[key]

    def _named(self, name: str) -> Sequence[ConfigMap]:
        known, waiting = self._known.get(name, ()), self._waiting.get(name, ())
        if not waiting:
            return known
        if name not in self._named_so_far:
            read = (one for file in waiting for one in file.named(name))
            every = sorted((*known, *read), key=lambda one: one.meta.at)
            self._named_so_far[name] = every
        return self._named_so_far[name]

    def _beside(self, workload: Workload, name: str) -> tuple[ConfigMap, ...]:
        """Return those in the file of a workload, where none waits: nothing is nearer."""
        found = self._by_file.get((workload.where.file, name), ()) if name else ()
        return tuple(
            o for o in found if not set(o.meta.namespaces).isdisjoint(workload.namespaces)
        )

    @cached_property
    def _by_file(self) -> Mapping[tuple[str, str], list[ConfigMap]]:
        found: dict[tuple[str, str], list[ConfigMap]] = defaultdict(list)
        for one in self._every:
            found[one.meta.where.file, one.meta.name].append(one)
        return found

    def _nearest(self, workload: Workload, name: str) -> tuple[ConfigMap, ...]:
        if name not in self._indexes:
            # Which of two folders is meant, nothing tells.
            self._indexes[name] = indexed(with_places(self._named(name)), folders=2)
        found = (
            one
            for namespace in workload.namespaces
            for one in at(
                self._indexes[name],
                workload.where,
                namespace,
                (name,),
                lambda o: self._bundles.may_meet(workload, o),
            )
        )
        return nearest(workload.where, found)
