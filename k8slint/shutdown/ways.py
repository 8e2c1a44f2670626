"""The ways on which requests reach pods, and how long they go on after an end has begun."""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from k8slint.kubernetes.cluster import Cluster
from k8slint.kubernetes.objects import NEG, Meta, Port, Route, Service
from k8slint.manifest.source import Location
from k8slint.records import NamedTuple
from k8slint.shutdown.senders import (
    GKE_NEG,
    INGRESS_CONTROLLERS,
    LOAD_BALANCER,
    LOCAL,
    LOCAL_NODE_PORT,
    NLB,
    NLB_TYPE,
    PROXY,
    SERVICE,
    Controller,
    Delay,
)
from k8slint.type_names import TypeVar

_METRICS = "(?i)metrics|prometheus|telemetry"
_METRICS_PORTS = frozenset({"9090", "9100", "9113", "9187", "8888"})
# Of so many sets of Services, the last ones, the ways are kept.
_KEPT = 32
# Objects of one name in one folder of which so many are looked at: a cluster holds one of them.
_MOST_ALTERNATIVES = 10

_S = TypeVar("_S", bound=Service | Route)


class Path(NamedTuple):
    """A way on which requests reach a pod, with the objects that make it.

    It is doubtful where one of them has an alternative, another definition in its folder, over
    which less comes in: it is not known which of the two is applied.
    """

    service: Service
    ports: tuple[Port, ...]
    delay: Delay
    entry: Route | None
    chain: tuple[Location, ...]
    is_doubtful: bool = False

    @property
    def weight(self) -> tuple[bool, float]:
        """How bad an end of the pod is for it: whether it is from outside, and for how long."""
        return self.delay.is_outside, self.delay.seconds

    def doubted(self, alternative: Location) -> "Path":
        return self._replace(is_doubtful=True, chain=(*self.chain, alternative))

    def __str__(self) -> str:
        start = f"{self.entry.meta} -> " if self.entry else ""
        return f"{start}{self.service.meta}"


class RequestPaths(NamedTuple):
    """The ways over some Services, the slowest to end first.

    Doubtful ones are last, where requests come from outside on another.

    `slowest` are those of them that are the first to their ports: the others lead to the same
    containers, and end no later.
    """

    all: tuple[Path, ...]
    slowest: tuple[Path, ...]


_NO_PATHS = RequestPaths((), ())


class Ways:
    """The ways over the Services of a run, each of which mostly leads to many pods."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._over: dict[Meta, tuple[Path, ...]] = {}
        self._ports: dict[Meta, Mapping[str, set[str]]] = {}
        self._kept: deque[tuple[tuple[Service, ...], RequestPaths]] = deque(maxlen=_KEPT)

    def over(self, services: tuple[Service, ...]) -> RequestPaths:
        """All ways over some Services, worked out once for pods that are selected alike.

        Services for metrics or for UDP alone bring none. A headless one leaves it to its clients
        how long they remember an address; only what else sends to it is known.
        """
        if not services:
            return _NO_PATHS
        # Pods that are selected alike have the very same tuple, which may be a long one.
        for known, paths in self._kept:
            if known is services:
                return paths
        found = [*_weighed((one, self._over_one(one)) for one in _few(services))]
        is_entered = any(path.delay.is_outside and not path.is_doubtful for path in found)
        found.sort(key=lambda path: (path.is_doubtful and is_entered, -path.delay.seconds))
        slowest: dict[tuple[str, ...], Path] = {}
        for path in found:
            slowest.setdefault(tuple(port.target for port in path.ports), path)
        paths = RequestPaths(tuple(found), tuple(slowest.values()))
        self._kept.append((services, paths))
        return paths

    def _over_one(self, service: Service) -> tuple[Path, ...]:
        if service.meta not in self._over:
            self._over[service.meta] = tuple(self._paths_over(service))
        return self._over[service.meta]

    def _paths_over(self, service: Service) -> Iterator[Path]:
        named = _named_ports(service)
        selects, ports = selection(service), _request_ports(named)
        by_word: dict[str, list[int]] = defaultdict(list)
        for number, port in enumerate(named):
            for word in {port.name or port.number, port.number}:
                by_word[word].append(number)

        def through(entry: Route) -> Iterator[Path]:
            words = self._ports_of(entry)[service.meta.name]
            used = {number for word in words for number in by_word.get(word, ())}
            # All where the entry names none.
            led_to = ports if "" in words else tuple(named[number] for number in sorted(used))
            if led_to:
                sends = entry.meta.at._replace(label=f"{entry.meta} sends to {service.meta}")
                delay, told_by = self._behind(entry, service)
                yield Path(service, led_to, delay, entry, (sends, *told_by, selects))

        entries = _few(self.cluster.entries(service))
        yield from _weighed((one, [*through(one)]) for one in entries)
        if ports and not service.is_headless:
            yield Path(service, ports, _of_service(service), None, (selects,))

    def _ports_of(self, entry: Route) -> Mapping[str, set[str]]:
        """The ports an entry sends to, by the names of their Services."""
        if entry.meta not in self._ports:
            ports: dict[str, set[str]] = defaultdict(set)
            for backend in entry.backends:
                ports[backend.service].add(backend.port)
            self._ports[entry.meta] = ports
        return self._ports[entry.meta]

    def _behind(self, entry: Route, service: Service) -> tuple[Delay, tuple[Location, ...]]:
        """What an Ingress or route is made of, with the objects that tell."""
        if entry.meta.kind != "Ingress":
            return PROXY, ()
        found = self.cluster.ingress_class(entry)
        names = {entry.ingress_class, *((found.meta.name, found.controller) if found else ())}
        told_by = (found.meta.at._replace(label=f"{found.meta} is its class"),) if found else ()
        groups = _json(service.annotations.get(NEG, ""))
        made_by = next(
            (one for one in INGRESS_CONTROLLERS if _serves(one, names, entry, groups)), None
        )
        if made_by is None:
            return PROXY, ()
        # What the Service says goes first (buildTargetGroupSpec in model_build_target_group.go).
        annotations = {**entry.annotations, **service.annotations}
        if not _sends_to_pods(made_by, names, annotations, groups):
            return LOAD_BALANCER, told_by
        draining = self._draining(service) if made_by.has_negs else ()
        return made_by.delay, (*told_by, *draining)

    def _draining(self, service: Service) -> Iterator[Location]:
        """What a BackendConfig says of old connections, which does not delay new ones."""
        named = _json(service.annotations.get("cloud.google.com/backend-config", ""))
        config = self.cluster.backend_config(service, str(named.get("default", "")))
        if config and config.draining is not None:
            text = f"{config.meta} drains connections for {config.draining} s"
            yield config.meta.at._replace(label=text)


def _weighed(ways: Iterable[tuple[Service | Route, Sequence[Path]]]) -> Iterator[Path]:
    """The ways over each object; in doubt are those of which an alternative brings less."""
    every = [*ways]
    if len(every) < 2:
        yield from every[0][1] if every else ()
        return
    # By what alternatives have in common, and by what each of them says.
    known: dict[Hashable, dict[str, tuple[tuple[bool, float], Location]]] = defaultdict(dict)
    for one, paths in every:
        alternatives, says = known[_choice(one)], repr(one[1:])
        heaviest = max((path.weight for path in paths), default=(False, 0)), one.meta.at
        alternatives[says] = max(heaviest, alternatives.get(says, heaviest))
    for one, paths in every:
        weight, place = min(known[_choice(one)].values())
        unlike = place._replace(label=f"another {one.meta} is defined here")
        for path in paths:
            yield path.doubted(unlike) if path.weight > weight else path


def _few(found: Sequence[_S]) -> Iterator[_S]:
    """All, but of those that are alternatives only the first."""
    if len(found) <= _MOST_ALTERNATIVES:
        yield from found
        return
    seen = Counter[Hashable]()
    for one in found:
        choice = _choice(one)
        seen[choice] += 1
        if seen[choice] <= _MOST_ALTERNATIVES:
            yield one


def _choice(one: Service | Route) -> Hashable:
    """What objects share of which one is applied: their name and their folder."""
    meta = one.meta
    return meta.kind, meta.name, meta.namespaces, meta.where.folder


@lru_cache(maxsize=1)
def ways_in(cluster: Cluster) -> Ways:
    """The ways over the Services of a run."""
    return Ways(cluster)


def selection(service: Service) -> Location:
    """Where a Service selects a pod, as a step of a chain."""
    return service.meta.at._replace(label=f"{service.meta} selects the pod")


def request_ports(service: Service) -> tuple[Port, ...]:
    """The ports of a Service on which requests of clients come in: not metrics, not UDP."""
    return _request_ports(_named_ports(service))


def _request_ports(named: Iterable[Port]) -> tuple[Port, ...]:
    return tuple(
        port
        for port in named
        if not (port.number in _METRICS_PORTS and port.target in (port.number, port.name))
    )


def _serves(
    controller: Controller, names: AbstractSet[str], entry: Route, groups: Mapping[str, object]
) -> bool:
    """Whether a controller serves an Ingress, by the names of its class or what is written."""
    is_open = controller.marks_decide or names == {""}
    is_marked = any(_has(entry.annotations, mark) for mark in controller.marks)
    shows = is_marked or (controller.has_negs and bool(groups))
    return not names.isdisjoint(controller.classes) or (is_open and shows)


def _sends_to_pods(
    controller: Controller,
    names: AbstractSet[str],
    annotations: Mapping[str, str],
    groups: Mapping[str, object],
) -> bool:
    """Whether a controller's load balancers send to the pods themselves, not to their nodes."""
    if controller.has_negs:
        return groups.get("ingress") is not False
    default = "instance" if names.isdisjoint(controller.ip_classes) else "ip"
    kind = controller.target_type
    return not kind or annotations.get(kind, default) == "ip"


def _of_service(service: Service) -> Delay:
    if "exposed_ports" in _json(service.annotations.get(NEG, "")):
        return GKE_NEG  # for a load balancer made elsewhere: docs of GKE, standalone NEGs
    if service.type == "LoadBalancer":
        named = service.load_balancer_class
        to_pods = _sends_to_pods(NLB, {named}, service.annotations, {})
        if named in NLB.classes and (to_pods or service.annotations.get(NLB_TYPE) == "nlb-ip"):
            return NLB.delay
        return LOCAL if service.is_local else LOAD_BALANCER
    return LOCAL_NODE_PORT if service.is_local and service.type == "NodePort" else SERVICE


def _named_ports(service: Service) -> tuple[Port, ...]:
    """The ports whose names do not rule out requests."""
    if re.search(_METRICS, service.meta.name):
        return ()
    return tuple(
        port
        for port in service.ports
        if port.protocol == "TCP" and not re.search(_METRICS, port.name)
    )


def _has(annotations: Mapping[str, str], prefix: str) -> bool:
    return any(name.startswith(prefix) for name in annotations)


def _json(text: str) -> dict[str, object]:
    """The object in an annotation; empty for none."""
    if not text:
        return {}
    try:
        import json

        found = json.loads(text)
    except (ValueError, RecursionError):  # the second for thousands of brackets
        return {}
    return found if isinstance(found, dict) else {}
