"""The ConfigMaps of a run, found by the workloads that mean them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence

from k8slint.kubernetes.bundles import Bundles
from k8slint.kubernetes.near import Index, at, folder_of, indexed, nearest, with_places
from k8slint.kubernetes.objects import ConfigMap
from k8slint.lazy import cached_property
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.kubernetes.workload import Workload


class ConfigMaps:
    """The ConfigMaps in which something can matter; it is called with a workload and a name."""

    def __init__(self, every: Sequence[ConfigMap], bundles: Bundles) -> None:
        self._every = every
        self._bundles = bundles
        # All workloads of a folder, but for those that several files define, mean the same in it.
        self._so_far: dict[Hashable, tuple[ConfigMap, ...]] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(one.meta.name for one in self._every if one.meta.name)

    def __call__(self, workload: Workload, name: str) -> tuple[ConfigMap, ...]:
        """Return what a workload means by a name: several where nothing tells which."""
        if name not in self.names:
            return ()
        if beside := self._beside(workload, name):
            return beside
        own = workload.kind, workload.name
        key = (
            *(name, folder_of(workload.path), workload.namespaces, workload.kustomized.roots),
            (*own, workload.path) if own in self._bundles.alternatives else None,
        )
        if key not in self._so_far:
            self._so_far[key] = self._nearest(workload, name)
        return self._so_far[key]

    def _beside(self, workload: Workload, name: str) -> tuple[ConfigMap, ...]:
        """Return those in the file of a workload: nothing is nearer."""
        found = self._by_file.get((workload.path, name), ())
        return tuple(
            o for o in found if not set(o.meta.namespaces).isdisjoint(workload.namespaces)
        )

    @cached_property
    def _by_file(self) -> Mapping[tuple[str, str], list[ConfigMap]]:
        found: dict[tuple[str, str], list[ConfigMap]] = defaultdict(list)
        for one in self._every:
            found[one.meta.at.path, one.meta.name].append(one)
        return found

    def _nearest(self, workload: Workload, name: str) -> tuple[ConfigMap, ...]:
        found = (
            one
            for namespace in workload.namespaces
            for one in at(
                self._index,
                workload.path,
                namespace,
                (name,),
                lambda o: self._bundles.may_meet(workload, o),
            )
        )
        return nearest(workload.path, found)

    @cached_property
    def _index(self) -> Index[ConfigMap]:
        # Which of two folders is meant, nothing tells.
        return indexed(with_places(self._every), folders=2)
