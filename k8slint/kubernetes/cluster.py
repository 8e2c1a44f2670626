"""All objects of a run, joined to the pods they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from k8slint.kubernetes.bundles import NO_ALTERNATIVES, Bundles, Defined, is_example_elsewhere
from k8slint.kubernetes.census import NOT_COUNTED, Census, count_pods
from k8slint.kubernetes.mounted_maps import ConfigMaps, WaitingMaps
from k8slint.kubernetes.near import Index, at, by_key, indexed, nearest, with_places
from k8slint.kubernetes.objects import (
    NEG,
    BackendConfig,
    ConfigMap,
    DisruptionBudget,
    FilePlace,
    IngressClass,
    Meta,
    Namespace,
    NodePool,
    Object,
    Route,
    Scaler,
    SecurityGroupPolicy,
    Selector,
    Service,
)
from k8slint.kubernetes.selecting import Selecting
from k8slint.lazy import cached_property
from k8slint.manifest.scalars import is_placeholder
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from k8slint.kubernetes.live import Owners
    from k8slint.kubernetes.workload import Pod, Workload

_T = TypeVar("_T", bound=Object)
_S = TypeVar("_S", bound=Service | DisruptionBudget | SecurityGroupPolicy)

# Stands for every kind: a document whose kind a template decides could be anything.
ANY_KIND = "{{"


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
    files in which workloads stand. `alternatives` has the files of each workload that several
    files define. `owners` are the workloads that a cluster returned; None where there are none.
    `waiting` are ConfigMaps that are read once they are asked for.
    """

    def __init__(
        self,
        objects: Sequence[Object] = (),
        *,
        is_complete: bool = False,
        unread: frozenset[str] = frozenset(),
        homes: frozenset[str] = frozenset(),
        alternatives: Mapping[Defined, frozenset[str]] = NO_ALTERNATIVES,
        owners: Owners | None = None,
        waiting: Sequence[WaitingMaps] = (),
    ) -> None:
        self.objects = objects
        self.is_complete = is_complete
        self.unread = unread
        self.bundles = Bundles(homes, alternatives)
        self.headcount = NOT_COUNTED
        self.owners = owners
        self.waiting = waiting

    def knows_all(self, kind: str) -> bool:
        """Whether the run has every object of a kind."""
        return self.is_complete and self.unread.isdisjoint((kind, ANY_KIND))

    @property
    def is_whole(self) -> bool:
        """Whether the run has every object of any kind; all that waits is read for this."""
        return self.is_complete and not self.unread and not any(one.unread for one in self.waiting)

    def counting(self, censuses: Sequence[Census]) -> Cluster:
        """The same, with what budgets select of all pods that there are."""
        from copy import copy

        counted = copy(self)
        counted.headcount = count_pods(self._of(DisruptionBudget), censuses)
        return counted

    @property
    def can_count(self) -> bool:
        """Whether it makes a difference which pods there are, and all of them can be known."""
        return self.is_complete and bool(self._of(DisruptionBudget))

    @property
    def has_budget_of_all(self) -> bool:
        """Whether a budget selects all pods of its namespace, those of several workloads too."""
        return any(one.selector == Selector() for one in self._of(DisruptionBudget))

    def services(self, pod: Pod) -> tuple[Service, ...]:
        """The Services that select a pod."""
        return self._selecting(pod, self._services)

    def may_be_selected(self, pod: Pod) -> bool:
        """Whether a Service may select a pod, wherever it stands.

        True too where not every Service is known, or there is none at all: then they are kept
        somewhere else.
        """
        services = self._of(Service)
        if not services or not self.knows_all("Service"):
            return True
        if any(is_placeholder(value) for _, value in pod.label_pairs):
            return True
        return self._has_open_selector or self._services.may_select(pod)

    def may_be_entered(self, labels: Mapping[str, str] | None) -> bool:
        """Whether requests from outside may come to pods with some labels, wherever they stand.

        None stands for unknown labels.
        """
        return _may_be_found(self._entered_keys, labels)

    def may_have_budget(self, labels: Mapping[str, str] | None) -> bool:
        """Whether a PodDisruptionBudget may select pods with some labels, as `may_be_entered`."""
        return _may_be_found(self._budgets.keys, labels)

    @cached_property
    def scaled(self) -> frozenset[str]:
        """The names of workloads whose number of pods something may change."""
        return frozenset(one.target for one in self._of(Scaler))

    @property
    def has_node_pools(self) -> bool:
        """Whether Karpenter may run pods."""
        return bool(self._of(NodePool))

    def disruption_budgets(self, pod: Pod) -> tuple[DisruptionBudget, ...]:
        """The PodDisruptionBudgets that select a pod, the first of those that ask for the same."""
        return self._selecting(pod, self._budgets)

    def security_group_policies(self, pod: Pod) -> tuple[SecurityGroupPolicy, ...]:
        """The SecurityGroupPolicies known to select a pod."""
        return self._selecting(pod, self._policies)

    def entries(self, service: Service) -> tuple[Route, ...]:
        """What brings requests from outside to a Service."""
        where, name = service.meta.where, service.meta.name
        found = (
            entry
            for namespace in service.meta.namespaces
            for entry in at(
                self._entries, where, namespace, (name,), lambda one: _belong(service, one)
            )
            if service.meta in self._meant(name, namespace, entry)
        )
        return nearest(where, found)

    def ingress_class(self, entry: Route) -> IngressClass | None:
        """The class of an Ingress; where it names none, the one marked as the default."""
        where, name, roots = entry.meta.where, entry.ingress_class, entry.meta.roots
        found = (one for one in self._classes.get(name, ()) if _belong(entry, one))
        return self._first(IngressClass, (where, name, roots), where, found)

    def backend_config(self, service: Service, name: str) -> BackendConfig | None:
        """The BackendConfig of a Service."""
        where, namespaces = service.meta.where, service.meta.namespaces
        named = (
            one
            for namespace in namespaces
            for one in at(self._backend_configs, where, namespace, (name,))
        )
        return self._first(BackendConfig, (where, namespaces, name), where, named)

    def scaler(self, workload: Workload) -> Scaler | None:
        """What changes the number of a workload's pods."""
        if workload.name not in self.scaled:
            return None
        where, target = workload.where, (workload.kind, workload.name)
        namespaces, roots = workload.namespaces, workload.kustomized.roots
        found = (
            one
            for namespace in namespaces
            for one in at(
                self._scalers,
                where,
                namespace,
                (target,),
                lambda o: self.bundles.may_meet(workload, o),
            )
        )
        return self._first(Scaler, (where, target, namespaces, roots), where, found)

    def replicas(self, workload: Workload) -> Replicas | None:
        """How many pods a workload has; None if unknown."""
        scaler = self.scaler(workload)
        if scaler:
            return Replicas(scaler.low, scaler.high, scaler)
        counts = workload.replicas
        return Replicas(min(counts), max(counts)) if counts else None

    def node_pools_near(self, where: FilePlace) -> tuple[NodePool, ...]:
        """Karpenter's NodePools that can be in the cluster of what stands in a file."""
        if not self.has_node_pools:
            return ()
        pools = (one for one in self._of(NodePool) if not is_example_elsewhere(where, (), one))
        return self._nearest(NodePool, where, where, pools)

    def namespace(self, workload: Workload) -> Namespace | None:
        """The Namespace object a workload is in."""
        where, namespaces, roots = workload.where, workload.namespaces, workload.kustomized.roots
        found = (
            one
            for name in namespaces
            for one in self._namespaces.get(name, ())
            if not is_example_elsewhere(where, roots, one)
        )
        return self._first(Namespace, (where, namespaces, roots), where, found)

    @cached_property
    def config_maps(self) -> ConfigMaps:
        """The ConfigMaps in which something can matter."""
        return ConfigMaps(self._of(ConfigMap), self.bundles, self.waiting)

    def _selecting(self, pod: Pod, known: Selecting[_S]) -> tuple[_S, ...]:
        return known.of(pod) if known.keys else ()

    def _first(
        self, kind: type[_T], key: Hashable, where: FilePlace, found: Iterable[_T]
    ) -> _T | None:
        return next(iter(self._nearest(kind, key, where, found)), None)

    def _nearest(
        self, kind: type[_T], key: Hashable, where: FilePlace, found: Iterable[_T]
    ) -> tuple[_T, ...]:
        """The nearest of what is found, which is the same for all that have one key."""
        so_far: dict[Hashable, tuple[_T, ...]] = self._nearest_so_far[kind]
        if key not in so_far:
            so_far[key] = nearest(where, found)
        return so_far[key]

    @cached_property
    def _nearest_so_far(self) -> dict[type[Any], dict[Hashable, Any]]:
        return defaultdict(dict)

    @cached_property
    def _by_type(self) -> dict[type[Any], list[Any]]:
        found: dict[type[Any], list[Any]] = defaultdict(list)
        for one in sorted(self.objects, key=lambda one: one.meta.at):
            found[type(one)].append(one)
        return found

    def _of(self, kind: type[_T]) -> list[_T]:
        return self._by_type.get(kind, [])

    @property
    def selecting(self) -> tuple[Selecting[Any], ...]:
        """The objects that select pods by their labels, kind by kind."""
        return self._services, self._budgets, self._policies

    @cached_property
    def _services(self) -> Selecting[Service]:
        labelled = (one for one in self._of(Service) if one.selector.labels)
        return Selecting(labelled, _said_by, self.bundles)

    @cached_property
    def _entered_keys(self) -> frozenset[Hashable]:
        """What Services are found by of which requests from outside may come to some."""
        sent_to = {backend.service for one in self._of(Route) for backend in one.backends}
        return self._services.keys_of(
            lambda one: (
                one.type == "LoadBalancer" or NEG in one.annotations or one.meta.name in sent_to
            )
        )

    @cached_property
    def _has_open_selector(self) -> bool:
        """Whether a template or a substitution decides what some Service selects."""
        return any(
            is_placeholder(value) for one in self._of(Service) for _, value in one.selector.labels
        )

    def _meant(self, name: str, namespace: str, entry: Route) -> frozenset[Meta]:
        """What the Services are called and where they stand that an entry means by a name."""
        where, roots = entry.meta.where, entry.meta.roots
        key = name, namespace, where, roots
        if key not in self._meant_so_far:
            found = at(
                self._services_by_name, where, namespace, (name,), lambda one: _belong(entry, one)
            )
            self._meant_so_far[key] = frozenset(one.meta for one in nearest(where, found))
        return self._meant_so_far[key]

    @cached_property
    def _meant_so_far(self) -> dict[tuple[str, str, FilePlace, tuple[str, ...]], frozenset[Meta]]:
        return {}

    @cached_property
    def _services_by_name(self) -> Index[Service]:
        return indexed(with_places(self._of(Service)))

    @cached_property
    def _budgets(self) -> Selecting[DisruptionBudget]:
        return Selecting(
            (one for one in self._of(DisruptionBudget) if one.selector),
            lambda one: (one.min_available, one.max_unavailable),
            self.bundles,
        )

    @cached_property
    def _policies(self) -> Selecting[SecurityGroupPolicy]:
        selecting = (one for one in self._of(SecurityGroupPolicy) if one.selector)
        return Selecting(selecting, bundles=self.bundles)

    @cached_property
    def _entries(self) -> Index[Route]:
        return indexed(
            (namespace, service, one)
            for one in self._of(Route)
            for service, written in dict.fromkeys(backend[:2] for backend in one.backends)
            for namespace in ((written,) if written else one.meta.namespaces)
        )

    @cached_property
    def _classes(self) -> Mapping[Hashable, list[IngressClass]]:
        """By name, the default ones by an empty one too."""
        return by_key(
            (name, one)
            for one in self._of(IngressClass)
            for name in (one.meta.name, *([""] if one.is_default else ()))
        )

    @cached_property
    def _namespaces(self) -> Mapping[Hashable, list[Namespace]]:
        return by_key((one.meta.name, one) for one in self._of(Namespace))

    @cached_property
    def _backend_configs(self) -> Index[BackendConfig]:
        return indexed(with_places(self._of(BackendConfig)))

    @cached_property
    def _scalers(self) -> Index[Scaler]:
        return indexed(
            (namespace, (one.target_kind, one.target), one)
            for one in self._of(Scaler)
            for namespace in one.meta.namespaces
        )


# What a rule about one pod can conclude from a single file: nothing that is not in it.
ALONE = Cluster()


def _belong(one: Object, other: Object) -> bool:
    """Whether the other object can be meant for one; an example is not, for what is none."""
    return not is_example_elsewhere(one.meta.where, one.meta.roots, other)


def _said_by(service: Service) -> Hashable:
    """All that a Service says, but not where: a file may hold it twice."""
    annotations = tuple(sorted(service.annotations.items()))
    return (
        *(service.meta.name, service.type, service.ports, service.is_headless, annotations),
        *(service.load_balancer_class, service.is_local),
    )


def _may_be_found(keys: frozenset[Hashable], labels: Mapping[str, str] | None) -> bool:
    """Whether what is found by some keys may select what has some labels."""
    return None in keys or not keys.isdisjoint(keys if labels is None else labels.items())
