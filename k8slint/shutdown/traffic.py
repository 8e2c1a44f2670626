"""Who sends requests to a pod, and for how long after its end has begun."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from k8slint.kubernetes.cluster import NEG, Cluster, Replicas
from k8slint.kubernetes.workload import Container, Pod, strings
from k8slint.manifest.source import Location
from k8slint.shutdown.exempt import is_left_alone, serves_the_node
from k8slint.shutdown.meshes import MESHES, Mesh
from k8slint.shutdown.model import Shutdown, Stop
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
from k8slint.shutdown.sidecars import injections

if TYPE_CHECKING:
    from k8slint.kubernetes.objects import Entry, Port, Service


# `shutdown-delay` of Quarkus, Mimir (grafana/mimir#3298), Tempo (grafana/tempo#3395) and
# kube-apiserver; Traefik; the GitLab chart; ingress-nginx; and names that say as much.
_OWN_DELAY = (
    r"(?i)shutdown[-_.]?delay|delay[-_.]?shutdown|requestacceptgracetimeout|shutdown[-_.]blackout"
    r"|lame[-_]?duck|^--shutdown-grace-period$"
)

_METRICS = "(?i)metrics|prometheus|telemetry"
_METRICS_PORTS = frozenset({"9090", "9100", "9113", "9187", "8888"})


class Path(NamedTuple):
    """A way on which requests reach a pod, with the objects that make it."""

    service: Service
    ports: tuple[Port, ...]
    delay: Delay
    entry: Entry | None
    chain: tuple[Location, ...]

    def __str__(self) -> str:
        start = f"{self.entry.meta} -> " if self.entry else ""
        return f"{start}{self.service.meta}"


class Traffic:
    """One pod among the other objects of a run."""

    def __init__(self, shutdown: Shutdown, cluster: Cluster) -> None:
        self.shutdown = shutdown
        self.cluster = cluster

    @property
    def pod(self) -> Pod:
        return self.shutdown.pod

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """The Services that select the pod, whatever they are for."""
        return self.cluster.services(self.pod)

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The ways on which requests are known to arrive, the slowest to end first.

        Services for metrics or for UDP alone bring none. A headless one leaves it to its clients
        how long they remember an address; only what else sends to it is known.
        """
        found = [path for service in self.services for path in self._paths_over(service)]
        return tuple(sorted(found, key=lambda path: -path.delay.seconds))

    def receivers(self) -> Iterator[tuple[Stop, Path]]:
        """The main containers that answer requests, each with the way that ends last.

        A native sidecar is stopped after them, however long they take.
        """
        stops = {stop.container.name: stop for stop in self.shutdown.main}
        for path in self.paths:
            owners = (self.owner(port) for port in path.ports)
            for container in dict.fromkeys(owner.name for owner in owners if owner):
                if stop := stops.pop(container, None):
                    yield stop, path

    @cached_property
    def replicas(self) -> Replicas | None:
        return self.cluster.replicas(self.pod.workload)

    @property
    def has_many_pods(self) -> bool:
        """Whether another pod is there to take the requests of one that stops."""
        strategy = self.pod.workload.value.at("spec", "strategy", "type").text
        return strategy != "Recreate" and self.replicas is not None and self.replicas.are_many

    @cached_property
    def is_irrelevant(self) -> bool:
        """Whether a delay makes no difference: pods that finish, replace themselves or do nothing.

        A mesh's proxy goes on by itself, and a patch does not show what there is. A bare Pod has
        nobody who would replace it.
        """
        pod = self.pod
        is_bare = pod.workload.kind == "Pod"
        return (
            is_bare
            or pod.is_partial
            or is_left_alone(pod)
            or serves_the_node(pod)
            or bool(self.mesh)
        )

    def owner(self, port: Port) -> Container | None:
        """The container behind a Service's port; the only one of a pod need not declare it.

        A name that no container declares leads nowhere.
        """
        main = self.pod.main
        only = main[0] if len(main) == 1 and port.target.isdecimal() else None
        return self.declared_owner(port) or only

    def declared_owner(self, port: Port) -> Container | None:
        """The container that declares the port a Service's port leads to."""
        for container in self.pod.containers:
            if container.runs_hooks:
                for item in container.value.get("ports").items():
                    if port.target in (item.get("name").text, item.get("containerPort").text):
                        return container
        return None

    @cached_property
    def mesh(self) -> str:
        """The proxy that a mesh puts before the pod's ports, "" where no mark asks for one."""
        proxies = [mesh for mesh in MESHES if mesh.before_ports]
        names = {container.name for container in self.pod.containers}
        for mesh in proxies:
            if mesh.proxy in names:
                return mesh.proxy
        for mesh, _ in injections(self.pod):
            if mesh.before_ports:
                return mesh.proxy
        namespace = self.cluster.namespace(self.pod.workload)
        marks = {**namespace.labels, **namespace.annotations} if namespace else {}
        for mesh in proxies:
            asks = any(mark.is_set(marks.get(mark.name)) for mark in mesh.namespace_marks)
            if asks and not _refuses(self.pod, mesh):
                return mesh.proxy
        return ""

    def _paths_over(self, service: Service) -> Iterator[Path]:
        selects = selection(service)
        for entry in self.cluster.entries(service):
            used = _used_ports(service, entry)
            if used:
                sends = entry.meta.at._replace(label=f"{entry.meta} sends to {service.meta}")
                delay, told_by = self._behind(entry, service)
                yield Path(service, used, delay, entry, (sends, *told_by, selects))
        ports = request_ports(service)
        if ports and not service.is_headless:
            yield Path(service, ports, _of_service(service), None, (selects,))

    def _behind(self, entry: Entry, service: Service) -> tuple[Delay, tuple[Location, ...]]:
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
        """What a BackendConfig says of old connections, which is no delay of new ones."""
        named = _json(service.annotations.get("cloud.google.com/backend-config", ""))
        config = self.cluster.backend_config(service, str(named.get("default", "")))
        if config and config.draining is not None:
            text = f"{config.meta} drains connections for {config.draining} s"
            yield config.meta.at._replace(label=text)


def selection(service: Service) -> Location:
    """Where a Service selects a pod, as a step of a chain."""
    return service.meta.at._replace(label=f"{service.meta} selects the pod")


def request_ports(service: Service) -> tuple[Port, ...]:
    """The ports of a Service on which requests of clients come in: not metrics, not UDP."""
    return tuple(
        port
        for port in _named_ports(service)
        if not (port.number in _METRICS_PORTS and port.target in (port.number, port.name))
    )


def delays_itself(container: Container) -> str:
    """The setting by which an app itself goes on serving for a while; "" for none known."""
    words = " ".join(
        text for part in ("command", "args") for text in strings(container.value.get(part)) or ()
    ).split()
    if "trap" in words:
        return "trap"
    settings = [*_settings(words), *container.env.items()]
    for value in container.env.values():
        settings += _settings((value or "").split())
    for name, value in settings:
        if re.search(_OWN_DELAY, name) and not re.fullmatch("0+[a-zA-Z]*", value or ""):
            return name
    return ""


def _settings(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """`--name=value`, or `--name value`."""
    for word, following in zip(words, (*words[1:], ""), strict=False):
        name, equals, value = word.partition("=")
        yield name, value if equals else following


def _serves(
    controller: Controller, names: AbstractSet[str], entry: Entry, groups: Mapping[str, object]
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
    """The ports whose names do not speak against requests."""
    if re.search(_METRICS, service.meta.name):
        return ()
    return tuple(
        port
        for port in service.ports
        if port.protocol == "TCP" and not re.search(_METRICS, port.name)
    )


def _used_ports(service: Service, entry: Entry) -> tuple[Port, ...]:
    """The ports of a Service an entry sends to, all where it names none."""
    named = {backend.port for backend in entry.backends if backend.service == service.meta.name}
    if "" in named:
        return request_ports(service)
    return tuple(
        port for port in _named_ports(service) if named & {port.name or port.number, port.number}
    )


def _refuses(pod: Pod, mesh: Mesh) -> bool:
    """Whether a pod that does not ask for a proxy has its mark all the same."""
    return any(
        pod.metadata.get(part).get(mark.name).is_written
        for part in ("annotations", "labels")
        for mark in mesh.marks
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
