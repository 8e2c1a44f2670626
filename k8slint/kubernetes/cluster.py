"""All objects of a run, joined to the pods they are about."""

from __future__ import annotations

import itertools
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
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
Selected = TypeVar("Selected", bound=Service | DisruptionBudget | SecurityGroupPolicy)

# Stands for every kind: a document whose kind a template decides could be anything.
ANY_KIND = "{{"

# Up to here folders belong together without a namespace that says so: `services/` beside
# `deployments/`, or a folder and one two levels below it.
_NEIGHBOURS = 2

# Asks for a load balancer of Google's that sends to the pods of a Service.
NEG = "cloud.google.com/neg"

# Objects by a key, and by where it counts: the namespace, or else a folder and how many levels
# below it they are.
_Place: TypeAlias = "str | tuple[str, int]"
_Index: TypeAlias = "dict[tuple[_Place, Hashable], list[T]]"


class Replicas(NamedTuple):
    """How many pods there are at once; `scaler` changes the number, `high` is None where open."""

    low: int
    high: int | None
    scaler: Scaler | None = None

    @property
    def are_many(self) -> bool:
        """Whether there are, or can be, at least two."""
        return self.high is None or self.high > 1


class Cluster:
    """The objects of a run, and what may be concluded from those that are not there.

    `unread` names kinds of objects that may stand in documents nobody could read, `homes` the
    folders in which workloads stand.
    """

    def __init__(
        self,
        objects: Sequence[Object] = (),
        *,
        is_complete: bool = False,
        unread: frozenset[str] = frozenset(),
        homes: frozenset[str] = frozenset(),
    ) -> None:
        self.objects = objects
        self.is_complete = is_complete
        self.unread = unread
        self.homes = homes

    def knows_all(self, kind: str) -> bool:
        """Whether there is no object of a kind but those of the run."""
        return self.is_complete and self.unread.isdisjoint((kind, ANY_KIND))

    def services(self, pod: Pod) -> tuple[Service, ...]:
        """The Services that select a pod."""
        return self._selecting(pod, self._services, self._service_keys)

    def may_be_selected(self, pod: Pod) -> bool:
        """Whether a Service may select a pod, wherever it stands.

        True too where not every Service is known, or there is none at all: then they are kept
        somewhere else.
        """
        services = self._of(Service)
        if not services or not self.knows_all("Service"):
            return True
        labels = pod.labels
        if any(is_placeholder(value) for values in labels.values() for value in values):
            return True
        return self._has_open_selector or any(
            one.selector.matches(labels)
            for key in _label_keys(labels)
            for one in self._services_anywhere.get(key, ())
        )

    def may_have_service(self, labels: Mapping[str, str], *, is_entered: bool) -> bool:
        """Whether a Service may select a pod with some labels, wherever they stand.

        Where it has to be `is_entered`, requests come to it from outside.
        """
        keys = self._entered_keys if is_entered else self._service_keys
        return not keys.isdisjoint(labels.items())

    def may_block(self, labels: Mapping[str, str]) -> bool:
        """Whether a PodDisruptionBudget that may let no pod go may select one with some labels."""
        blocking = self._blocking_keys
        return None in blocking or not blocking.isdisjoint(labels.items())

    def may_scale(self, name: str) -> bool:
        """Whether something may change the number of pods of a workload."""
        return name in self._scaled

    def has_any(self, kind: type[Object]) -> bool:
        """Whether there is an object of a kind."""
        return bool(self._of(kind))

    def disruption_budgets(self, pod: Pod) -> tuple[DisruptionBudget, ...]:
        """The PodDisruptionBudgets that select a pod."""
        return self._selecting(pod, self._budgets, self._budget_keys)

    def security_group_policies(self, pod: Pod) -> tuple[SecurityGroupPolicy, ...]:
        """The SecurityGroupPolicies known to select a pod."""
        return self._selecting(pod, self._policies, self._policy_keys)

    def entries(self, service: Service) -> tuple[Entry, ...]:
        """What brings requests from outside to a Service."""
        path, name = service.meta.at.path, service.meta.name
        found = (
            entry
            for namespace in service.meta.namespaces
            for entry in _at(self._entries, path, namespace, (name,))
            if any(one is service for one in self._named(name, namespace, entry.meta.at.path))
        )
        return _nearest(path, found)

    def ingress_class(self, entry: Entry) -> IngressClass | None:
        """The class of an Ingress; where it names none, the one marked as the default."""
        found = self._classes.get(entry.ingress_class, ())
        return next(iter(_nearest(entry.meta.at.path, found)), None)

    def backend_config(self, service: Service, name: str) -> BackendConfig | None:
        """The BackendConfig of a Service."""
        named = (
            one
            for namespace in service.meta.namespaces
            for one in _at(self._backend_configs, service.meta.at.path, namespace, (name,))
        )
        return next(iter(_nearest(service.meta.at.path, named)), None)

    def scaler(self, workload: Workload) -> Scaler | None:
        """What changes the number of a workload's pods."""
        if workload.name not in self._scaled:
            return None
        path, target = _path(workload), (workload.kind, workload.name)
        found = (
            one
            for namespace in workload.namespaces
            for one in _at(
                self._scalers, path, namespace, (target,), lambda o: self._may_meet(workload, o)
            )
        )
        return next(iter(_nearest(path, found)), None)

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
        found = (one for name in workload.namespaces for one in self._namespaces.get(name, ()))
        return next(iter(_nearest(_path(workload), found)), None)

    def _selecting(
        self, pod: Pod, index: _Index[Selected], known: frozenset[Hashable]
    ) -> tuple[Selected, ...]:
        """What of an index, in which these `known` keys occur, selects a pod."""
        if not index:
            return ()
        workload, labels = pod.workload, pod.labels
        keys = [key for key in _label_keys(labels) if key in known]
        if not keys:
            return ()

        def is_meant(one: Selected) -> bool:
            return _selector(one).matches(labels) and self._may_meet(workload, one)

        path = _path(workload)
        found = (
            one
            for namespace in workload.namespaces
            for one in _at(index, path, namespace, keys, is_meant)
        )
        return _nearest(path, found)

    def _may_meet(self, workload: Workload, one: Object) -> bool:
        """Whether an object can be meant for a workload.

        Without a namespace that says so it is not where it stands in another folder beside
        workloads of its own: folders of examples often use the same labels and names.
        """
        home = folder_of(one.meta.at.path)
        return (
            _is_placed(one)
            or home not in self.homes
            or home == folder_of(_path(workload))
            or not set(one.meta.roots).isdisjoint(workload.kustomized.roots)
        )

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
        return _by_label(one for one in self._of(Service) if one.selector.labels)

    @cached_property
    def _services_anywhere(self) -> Mapping[Hashable, list[Service]]:
        selecting = [one for one in self._of(Service) if one.selector.labels]
        return _grouped((key, one) for key, one in _with_rarest_label(selecting))

    @cached_property
    def _scaled(self) -> frozenset[str]:
        return frozenset(one.target for one in self._of(Scaler))

    @cached_property
    def _service_keys(self) -> frozenset[Hashable]:
        return frozenset(key for _, key in self._services)

    @cached_property
    def _entered_keys(self) -> frozenset[Hashable]:
        """What Services are found by of which requests from outside may come to some."""
        sent_to = {backend.service for one in self._of(Entry) for backend in one.backends}
        return frozenset(
            key
            for (_, key), found in self._services.items()
            if any(
                one.type == "LoadBalancer" or NEG in one.annotations or one.meta.name in sent_to
                for one in found
            )
        )

    @cached_property
    def _policy_keys(self) -> frozenset[Hashable]:
        return frozenset(key for _, key in self._policies)

    @cached_property
    def _budget_keys(self) -> frozenset[Hashable]:
        return frozenset(key for _, key in self._budgets)

    @cached_property
    def _blocking_keys(self) -> frozenset[Hashable]:
        """What budgets are found by of which some may let no pod go."""
        return frozenset(
            key for (_, key), found in self._budgets.items() if any(map(_may_block, found))
        )

    @cached_property
    def _has_open_selector(self) -> bool:
        """Whether a template or a substitution decides what some Service selects."""
        return any(
            is_placeholder(value) for one in self._of(Service) for _, value in one.selector.labels
        )

    def _named(self, name: str, namespace: str, path: str) -> tuple[Service, ...]:
        """The Services that an entry in a file means by a name."""
        key = name, namespace, path
        if key not in self._named_so_far:
            found = _at(self._services_by_name, path, namespace, (name,))
            self._named_so_far[key] = _nearest(path, found)
        return self._named_so_far[key]

    @cached_property
    def _named_so_far(self) -> dict[tuple[str, str, str], tuple[Service, ...]]:
        return {}

    @cached_property
    def _services_by_name(self) -> _Index[Service]:
        return _indexed(_with_places(self._of(Service)))

    @cached_property
    def _budgets(self) -> _Index[DisruptionBudget]:
        return _by_label(one for one in self._of(DisruptionBudget) if one.selector)

    @cached_property
    def _policies(self) -> _Index[SecurityGroupPolicy]:
        return _by_label(one for one in self._of(SecurityGroupPolicy) if one.selector)

    @cached_property
    def _entries(self) -> _Index[Entry]:
        return _indexed(
            (namespace, backend.service, one)
            for one in self._of(Entry)
            for backend in dict.fromkeys(one.backends)
            for namespace in ((backend.namespace,) if backend.namespace else one.meta.namespaces)
        )

    @cached_property
    def _classes(self) -> Mapping[Hashable, list[IngressClass]]:
        """By name, the default ones by an empty one too."""
        return _grouped(
            (name, one)
            for one in self._of(IngressClass)
            for name in (one.meta.name, *([""] if one.is_default else ()))
        )

    @cached_property
    def _namespaces(self) -> Mapping[Hashable, list[Namespace]]:
        return _grouped((one.meta.name, one) for one in self._of(Namespace))

    @cached_property
    def _backend_configs(self) -> _Index[BackendConfig]:
        return _indexed(_with_places(self._of(BackendConfig)))

    @cached_property
    def _scalers(self) -> _Index[Scaler]:
        return _indexed(
            (namespace, (one.target_kind, one.target), one)
            for one in self._of(Scaler)
            for namespace in one.meta.namespaces
        )


# What a rule about one pod can conclude from a single file: nothing that is not in it.
ALONE = Cluster()


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


def _grouped(keyed: Iterable[tuple[Hashable, T]]) -> dict[Hashable, list[T]]:
    found: dict[Hashable, list[T]] = defaultdict(list)
    for key, one in keyed:
        found[key].append(one)
    return found


def _indexed(keyed: Iterable[tuple[str, Hashable, T]]) -> _Index[T]:
    """Objects by namespace and key, those without a namespace by the folders that are near.

    Of those of one name that are equally near, in several folders, the first stands for all.
    """
    index: _Index[T] = defaultdict(list)
    first: dict[tuple[_Place, Hashable, str, str], str] = {}
    for namespace, key, one in keyed:
        if namespace:
            index[namespace, key].append(one)
            continue
        folder = folder_of(one.meta.at.path)
        for place in _reach(folder):
            if folder == first.setdefault((place, key, one.meta.kind, one.meta.name), folder):
                index[place, key].append(one)
    return index


def _with_places(objects: Iterable[T]) -> Iterator[tuple[str, str, T]]:
    for one in objects:
        for namespace in one.meta.namespaces:
            yield namespace, one.meta.name, one


def _by_label(objects: Iterable[Selected]) -> _Index[Selected]:
    return _indexed(
        (namespace, rarest, one)
        for rarest, one in _with_rarest_label([*objects])
        for namespace in one.meta.namespaces
    )


def _with_rarest_label(objects: Sequence[Selected]) -> Iterator[tuple[Hashable, Selected]]:
    """Each with the rarest of the labels it selects, so that few pods have to be compared."""
    counts = Counter(pair for one in objects for pair in _selector(one).labels)
    for one in objects:
        yield min(_selector(one).labels, key=lambda pair: counts[pair], default=None), one


def _may_block(budget: DisruptionBudget) -> bool:
    return bool(budget.min_available) or budget.max_unavailable in ("0", "0%")


def _label_keys(labels: Mapping[str, frozenset[str]]) -> list[Hashable]:
    """What objects that select a pod with these labels are found by."""
    return [None, *((name, value) for name, values in labels.items() for value in values)]


def _at(
    index: _Index[T],
    path: str,
    namespace: str,
    keys: Sequence[Hashable],
    is_meant: Callable[[T], bool] = lambda one: True,
) -> list[T]:
    """What an index has for one of the keys in a namespace, or else in the nearest folder."""
    for ring in ((namespace,),) if namespace else _rings(folder_of(path)):
        candidates = (one for place in ring for key in keys for one in index.get((place, key), ()))
        if found := [one for one in candidates if is_meant(one)]:
            return found
    return []


@cache
def _rings(folder: str) -> tuple[tuple[_Place, ...], ...]:
    """Where to look for what is near a folder, the nearest first."""
    above = [place for place, _ in _reach(folder)]
    return tuple(
        tuple((place, distance - up) for up, place in enumerate(above[: distance + 1]))
        for distance in range(_NEIGHBOURS + 1)
    )


def _reach(folder: str) -> Iterator[tuple[str, int]]:
    """A folder and those above it that are near, each with the number of levels."""
    for levels in range(_NEIGHBOURS + 1):
        yield folder, levels
        if not folder:
            break
        folder = folder.rpartition("/")[0]


def _selector(one: Selected) -> Selector:
    assert one.selector is not None
    return one.selector


def _nearest(path: str, found: Iterable[T]) -> tuple[T, ...]:
    """Those of the objects that meet in one cluster with what stands in a file.

    Of objects of one name only the nearest: there cannot be two in a cluster, so a repository
    that has more is for several. Where no namespace is written nothing but the folders tells what
    belongs together: only those in the nearest folder count, and none that is far away.
    """
    distinct = {id(one): one for one in found}.values()
    if not distinct:
        return ()
    near = [(_distance(path, one), one) for one in distinct]
    folder = min((steps for (steps, _), one in near if not _is_placed(one)), default=0)
    nearest: dict[tuple[str, str], tuple[int, bool]] = {}
    kept = []
    for distance, one in near:
        if _is_placed(one) or distance[0] == folder <= _NEIGHBOURS:
            name = (one.meta.kind, one.meta.name)
            nearest[name] = min(distance, nearest.get(name, distance))
            kept.append((name, distance, one))
    return tuple(one for name, distance, one in kept if distance == nearest[name])


def _is_placed(one: Object) -> bool:
    """Whether something says which namespace an object is in, or it needs none."""
    return one.meta.namespaces != ("",) or isinstance(one, (IngressClass, Namespace, NodePool))


def _distance(path: str, one: Object) -> tuple[int, bool]:
    """How many folders an object is away, and whether it is in another file."""
    other = one.meta.at.path
    return (0, False) if other == path else (_steps(folder_of(path), folder_of(other)), True)


@cache
def _steps(folder: str, other: str) -> int:
    """How many folders up and down the way from one to the other leads."""
    here, there = folder.split("/"), other.split("/")
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(here, there, strict=False))
    return len(here) + len(there) - 2 * sum(1 for _ in same)


def folder_of(path: str) -> str:
    """The folder of a file, in one spelling however the file was named."""
    return _absolute(path.rpartition("/")[0], os.getcwd())  # noqa: PTH109 - a Path is slow


@cache
def _absolute(folder: str, working_folder: str) -> str:
    """One spelling for each folder, however it was named, without a slash at its end."""
    return os.path.abspath(folder).replace(os.sep, "/").rstrip("/")  # noqa: PTH100 - stays text


def _path(workload: Workload) -> str:
    return workload.value.document.source.name
