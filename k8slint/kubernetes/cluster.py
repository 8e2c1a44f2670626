"""All objects of a run, joined to the pods they are about."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NamedTuple, TypeAlias, TypeVar

from k8slint.kubernetes.objects import (
    BackendConfig,
    DisruptionBudget,
    Entry,
    IngressClass,
    Namespace,
    NodePool,
    Object,
    Scaler,
    SecurityGroupPolicy,
    Selector,
    Service,
    unambiguous,
)
from k8slint.kubernetes.workload import Pod, Workload
from k8slint.manifest.values import is_placeholder

T = TypeVar("T", bound=Object)
Selected = TypeVar("Selected", Service, DisruptionBudget, SecurityGroupPolicy)

# Stands for every kind: a document whose kind a template decides could be anything.
ANY_KIND = "{{"

# Up to here folders belong together without a namespace that says so: `services/` beside
# `deployments/`, or a folder and one two levels below it.
_NEIGHBOURS = 2

_Index: TypeAlias = "dict[tuple[str, tuple[str, str] | None], list[Selected]]"


class Replicas(NamedTuple):
    """How many pods there are at once; `scaler` changes the number, `high` is None where open."""

    low: int
    high: int | None
    scaler: Scaler | None = None

    @property
    def are_many(self) -> bool:
        """Whether there are, or can be, at least two."""
        return self.high is None or self.high > 1


@dataclass(eq=False, repr=False)
class Cluster:
    """The objects of a run, and what may be concluded from those that are not there.

    `unread` names kinds of objects that may stand in documents nobody could read.
    """

    objects: Sequence[Object] = ()
    is_complete: bool = False
    unread: frozenset[str] = frozenset()

    def knows_all(self, kind: str) -> bool:
        """Whether there is no object of a kind but those of the run."""
        return self.is_complete and self.unread.isdisjoint((kind, ANY_KIND))

    def services(self, pod: Pod) -> tuple[Service, ...]:
        """The Services that select a pod."""
        return _selecting(pod, self._services)

    def may_be_selected(self, pod: Pod) -> bool:
        """Whether a Service may select a pod, wherever it stands.

        True too where not every Service is known, or there is none at all: then they are kept
        somewhere else.
        """
        services = self._of(Service)
        if not services or not self.knows_all("Service"):
            return True
        labels = labels_of(pod)
        if any(is_placeholder(value) for values in labels.values() for value in values):
            return True
        return any(
            one.selector.matches(labels) or any(is_placeholder(v) for _, v in one.selector.labels)
            for one in services
            if one.selector.labels
        )

    def disruption_budgets(self, pod: Pod) -> tuple[DisruptionBudget, ...]:
        """The PodDisruptionBudgets that select a pod."""
        return _selecting(pod, self._budgets)

    def security_group_policies(self, pod: Pod) -> tuple[SecurityGroupPolicy, ...]:
        """The SecurityGroupPolicies known to select a pod."""
        return _selecting(pod, self._policies)

    def entries(self, service: Service) -> tuple[Entry, ...]:
        """What brings requests from outside to a Service."""
        found = (
            entry
            for namespace in service.meta.namespaces
            for entry in self._entries.get((namespace, service.meta.name), ())
            if service in _nearest(entry.meta.at.path, self._named(namespace, service.meta.name))
        )
        return _nearest(service.meta.at.path, found)

    def ingress_class(self, entry: Entry) -> IngressClass | None:
        """The class of an Ingress; where it names none, the one marked as the default."""
        name = entry.ingress_class
        found = (
            one
            for one in self._of(IngressClass)
            if (one.meta.name == name if name else one.is_default)
        )
        return next(iter(_nearest(entry.meta.at.path, found)), None)

    def backend_config(self, service: Service, name: str) -> BackendConfig | None:
        """The BackendConfig of a Service."""
        named = (
            one
            for one in self._of(BackendConfig)
            if one.meta.name == name
            and not set(one.meta.namespaces).isdisjoint(service.meta.namespaces)
        )
        return next(iter(_nearest(service.meta.at.path, named)), None)

    def scaler(self, workload: Workload) -> Scaler | None:
        """What changes the number of a workload's pods."""
        target = (workload.kind, workload.name)
        found = (
            one
            for namespace in workload.namespaces
            for one in self._scalers.get((namespace, *target), ())
        )
        return next(iter(_nearest(_path(workload), found)), None)

    def replicas(self, workload: Workload) -> Replicas | None:
        """How many pods a workload has; None where nobody here can tell."""
        scaler = self.scaler(workload)
        if scaler:
            return Replicas(scaler.low, scaler.high, scaler)
        counts = workload.replicas
        return Replicas(min(counts), max(counts)) if counts else None

    def node_pools(self, workload: Workload) -> tuple[NodePool, ...]:
        """Karpenter's NodePools that can be in a workload's cluster."""
        return _nearest(_path(workload), self._of(NodePool))

    def namespace(self, workload: Workload) -> Namespace | None:
        """The Namespace object a workload is in."""
        found = (one for one in self._of(Namespace) if one.meta.name in workload.namespaces)
        return next(iter(_nearest(_path(workload), found)), None)

    @cached_property
    def _by_type(self) -> dict[type[Any], list[Any]]:
        found: dict[type[Any], list[Any]] = defaultdict(list)
        for one in sorted(self.objects, key=lambda one: one.meta.at):
            found[type(one)].append(one)
        return found

    def _of(self, kind: type[T]) -> list[T]:
        return self._by_type.get(kind, [])

    @cached_property
    def _services(self) -> _Index[Service]:
        return _indexed(one for one in self._of(Service) if one.selector.labels)

    def _named(self, namespace: str, name: str) -> list[Service]:
        return self._services_by_name.get((namespace, name), [])

    @cached_property
    def _services_by_name(self) -> dict[tuple[str, str], list[Service]]:
        found: dict[tuple[str, str], list[Service]] = defaultdict(list)
        for one in self._of(Service):
            for namespace in one.meta.namespaces:
                found[namespace, one.meta.name].append(one)
        return found

    @cached_property
    def _budgets(self) -> _Index[DisruptionBudget]:
        return _indexed(one for one in self._of(DisruptionBudget) if one.selector)

    @cached_property
    def _policies(self) -> _Index[SecurityGroupPolicy]:
        return _indexed(one for one in self._of(SecurityGroupPolicy) if one.selector)

    @cached_property
    def _entries(self) -> dict[tuple[str, str], list[Entry]]:
        found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for one in self._of(Entry):
            for backend in one.backends:
                own = (backend.namespace,) if backend.namespace else one.meta.namespaces
                for namespace in own:
                    found[namespace, backend.service].append(one)
        return found

    @cached_property
    def _scalers(self) -> dict[tuple[str, str, str], list[Scaler]]:
        found: dict[tuple[str, str, str], list[Scaler]] = defaultdict(list)
        for one in self._of(Scaler):
            for namespace in one.meta.namespaces:
                found[namespace, one.target_kind, one.target].append(one)
        return found


# What a rule about one pod can conclude from a single file: nothing that is not in it.
ALONE = Cluster()


def labels_of(pod: Pod) -> Mapping[str, frozenset[str]]:
    """The labels of a pod, each with the values that kustomizations may give it."""
    found: dict[str, set[str]] = defaultdict(set)
    kustomized = pod.workload.kustomized
    for name, value in (*kustomized.selector_labels, *kustomized.template_labels):
        found[name].add(value)
    for name, written in pod.metadata.get("labels").entries():
        if name not in found:
            found[name].add(written.text or "")
    return {name: frozenset(values) for name, values in found.items()}


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


def _indexed(objects: Iterable[Selected]) -> _Index[Selected]:
    """Objects by namespace and the rarest label they select: few pods have to be compared."""
    found = tuple(objects)
    counts = Counter(pair for one in found for pair in _selector(one).labels)
    index: _Index[Selected] = defaultdict(list)
    for one in found:
        labels = _selector(one).labels
        rarest = min(labels, key=lambda pair: counts[pair]) if labels else None
        for namespace in one.meta.namespaces:
            index[namespace, rarest].append(one)
    return index


def _selector(one: Selected) -> Selector:
    assert one.selector is not None
    return one.selector


def _selecting(pod: Pod, index: _Index[Selected]) -> tuple[Selected, ...]:
    if not index:
        return ()
    labels = labels_of(pod)
    keys: list[tuple[str, str] | None] = [None]
    keys += ((name, value) for name, values in labels.items() for value in values)
    found = (
        one
        for namespace in pod.workload.namespaces
        for pair in keys
        for one in index.get((namespace, pair), ())
        if _selector(one).matches(labels)
    )
    return _nearest(_path(pod.workload), found)


def _nearest(path: str, found: Iterable[T]) -> tuple[T, ...]:
    """Those of the objects that meet in one cluster with what stands in a file.

    Of objects of one name only the nearest: there cannot be two in a cluster, so a repository
    that has more is for several. Where no namespace is written nothing but the folders tells what
    belongs together: only those in the nearest folder count, and none that is far away.
    """
    candidates = [*{id(one): one for one in found}.values()]
    unplaced = [_folders_between(path, one) for one in candidates if not _is_placed(one)]
    if unplaced:
        folder = min(unplaced)
        candidates = [
            one
            for one in candidates
            if _is_placed(one) or _folders_between(path, one) == folder <= _NEIGHBOURS
        ]
    nearest: dict[tuple[str, str], tuple[int, bool]] = {}
    for one in candidates:
        name = (one.meta.kind, one.meta.name)
        nearest[name] = min(_distance(path, one), nearest.get(name, _distance(path, one)))
    return tuple(
        one for one in candidates if _distance(path, one) == nearest[one.meta.kind, one.meta.name]
    )


def _is_placed(one: Object) -> bool:
    """Whether something says which namespace an object is in, or it needs none."""
    return one.meta.namespaces != ("",) or isinstance(one, (IngressClass, Namespace, NodePool))


def _distance(path: str, one: Object) -> tuple[int, bool]:
    return _folders_between(path, one), one.meta.at.path != path


def _folders_between(path: str, one: Object) -> int:
    return _steps(path.rpartition("/")[0], one.meta.at.path.rpartition("/")[0])


@cache
def _steps(folder: str, other: str) -> int:
    """How many folders up and down the way from one to the other leads."""
    here, there = folder.split("/"), other.split("/")
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(here, there, strict=False))
    return len(here) + len(there) - 2 * sum(1 for _ in same)


def _path(workload: Workload) -> str:
    return workload.value.document.source.name
