"""The ConfigMaps of a run, found by the workloads that mean them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from k8slint.kubernetes.bundles import Bundles
from k8slint.kubernetes.near import Index, at, indexed, nearest, with_places
from k8slint.kubernetes.objects import ConfigMap

if TYPE_CHECKING:
    from k8slint.kubernetes.workload import Workload


class ConfigMaps:
    """The ConfigMaps in which something can matter; it is called with a workload and a name."""

    def __init__(self, every: Sequence[ConfigMap], bundles: Bundles) -> None:
        self._every = every
        self._bundles = bundles
        # All workloads of a file, but for those that other files define, too, mean the same.
        self._so_far: dict[Hashable, tuple[ConfigMap, ...]] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(one.meta.name for one in self._every if one.meta.name)

    def __call__(self, workload: Workload, name: str) -> tuple[ConfigMap, ...]:
        """Return what a workload means by a name: several where nothing tells which."""
        if name not in self.names:
            return ()
        own = workload.kind, workload.name
        key = (
            *(name, workload.path, workload.namespaces, workload.kustomized.roots),
            own if own in self._bundles.alternatives else None,
        )
        if key not in self._so_far:
            self._so_far[key] = self._nearest(workload, name)
        return self._so_far[key]

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
