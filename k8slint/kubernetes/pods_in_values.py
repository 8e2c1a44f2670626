"""Pods in the values of charts: mappings that hold a grace period and the hooks it is for.

What a chart makes of its values is known to its templates alone. But where one mapping holds both
`terminationGracePeriodSeconds` and `lifecycle`, or a list of containers with hooks, or where a
widespread chart is known to combine two of them, they are about one pod.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from k8slint.kubernetes.defaults import GRACE_KEY
from k8slint.kubernetes.fields import Spelling, whole
from k8slint.kubernetes.given_values import GivenValues
from k8slint.kubernetes.workload import Container, Pod, Workload
from k8slint.lazy import cached_property
from k8slint.manifest.pyyaml import Node, ScalarNode
from k8slint.manifest.values import Pointer, Value

# What bitnami's charts call the `lifecycle` of a container.
_HOOKS = ("lifecycle", "lifecycleHooks")
# What a mapping may call the containers of its pod, in a list or by their names.
_CONTAINERS = ("containers", "extraContainers", "sidecarContainers", "sidecars")
_MOST_VALUES = 100_000


class ContainerInValues(Container):
    """A mapping in values with the hooks of a container, and perhaps more of it."""

    @cached_property
    def lifecycle(self) -> Value:
        found = (self.value.get(key) for key in _HOOKS)
        return next((one for one in found if one.is_mapping), self.value.get(_HOOKS[0]))

    @cached_property
    def name(self) -> str:
        path = [part for part in self.value.pointer if isinstance(part, str)]
        return self.value.get("name").text or (path[-1] if path else "")


class GivingObject(Workload):
    """What gives values to a chart; a file of nothing else has no kind and no name."""

    def __init__(self, value: Value) -> None:
        written = value.get("kind")
        kind = ("" if written.is_unknown else written.text) or "values"
        super().__init__(value, kind, value.get("apiVersion").text or "", ())

    @cached_property
    def name(self) -> str:
        own = self.metadata.get("name")
        return ("" if own.is_unknown else own.text) or self.value.get("name").text or ""


class PodInValues(Pod):
    """A pod as far as values are about it: `spec` is the mapping with its grace period."""

    def __init__(self, given: GivenValues, spec: Value, holders: Sequence[Value]) -> None:
        super().__init__(GivingObject(given.owner), spec)
        self.workload.pods = (self,)
        self.holders = holders

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        return tuple(ContainerInValues(self, value, "main") for value in self.holders)

    @cached_property
    def metadata(self) -> Value:
        """The metadata of the pod, of which nothing is known."""
        return Value(self.spec.document, (*self.spec.pointer, "metadata"), None, None, self.spec)

    @cached_property
    def annotations(self) -> Mapping[str, Value]:
        """The annotations of the object that gives the values."""
        return dict(self.workload.metadata.get("annotations").entries())

    @cached_property
    def is_partial(self) -> bool:
        return True

    def container_around(self, pointer: Pointer) -> Container | None:
        above = (pointer[:size] for size in range(len(pointer), -1, -1))
        return next((self._by_pointer[one] for one in above if one in self._by_pointer), None)


def pods_in_values(given: GivenValues) -> Iterator[PodInValues]:
    """Yield the pods of which values hold the grace period and a hook, both literally."""
    for one in _mappings_with_grace(given.values):
        grace = one.get(GRACE_KEY)
        if whole(grace).spelling is not Spelling.PLAIN or _is_overridden(given, grace):
            continue
        holders = [
            holder
            for holder in _containers_of(one)
            if any(holder.at(key, "preStop").is_mapping for key in _HOOKS)
            and not any(_is_overridden(given, holder.get(key)) for key in _HOOKS)
        ]
        if holders:
            yield PodInValues(given, one, holders)


def _containers_of(spec: Value) -> Iterator[Value]:
    """Yield the mappings that may hold containers of the pod whose grace period a mapping has."""
    yield spec
    for key in _CONTAINERS:
        yield from _each(spec.get(key))
    around = spec.parent
    if around is None or not spec.pointer:
        return
    # bjw-s-labs/helm-charts dfaf83d (2025-06-14), library/common: _spec.tpl, _getOption.tpl.
    if spec.pointer[-1] == "pod":
        yield from _each(around.get("containers"))
    elif spec.pointer[-1] == "defaultPodOptions":
        for controller in _each(around.get("controllers")):
            own = controller.at("pod", GRACE_KEY)
            if not own.is_written and not own.is_unknown:
                yield from _each(controller.get("containers"))


def _each(value: Value) -> Iterator[Value]:
    """Yield the items of a list, or the values of a mapping."""
    yield from value.items()
    for _, one in value.entries():
        yield one


def _mappings_with_grace(top: Value) -> Iterator[Value]:
    """Yield the mappings in a value that hold a grace period, each once, if not too many."""
    waiting, seen = [top], set[Node | None]()
    while waiting and len(seen) < _MOST_VALUES:
        one = waiting.pop()
        if one.node in seen:  # Reached through an alias.
            continue
        seen.add(one.node)
        entries = dict(one.entries())
        if GRACE_KEY in entries:
            yield one
        inside = entries.values() if one.is_mapping else one.items()
        waiting += reversed([each for each in inside if not isinstance(each.node, ScalarNode)])


def _is_overridden(given: GivenValues, value: Value) -> bool:
    return given.overridden.touches(value.pointer[len(given.values.pointer) :])
