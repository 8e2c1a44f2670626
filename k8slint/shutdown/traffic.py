"""Who sends requests to a pod, and for how long after its end has begun."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from k8slint.kubernetes.cluster import NEG, Cluster, Replicas
from k8slint.kubernetes.workload import Container, Pod, strings
from k8slint.manifest.source import Location
from k8slint.shutdown.exempt import is_left_alone, serves_the_node
from k8slint.shutdown.meshes import MESHES, Mesh
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.sidecars import injections

if TYPE_CHECKING:
    from k8slint.kubernetes.objects import Entry, Port, Service


class Delay(NamedTuple):
    """How long a kind of sender goes on after an endpoint is gone, in seconds.

    `is_drain` tells a load balancer known to send for all of that time from the few seconds that
    are usual. `is_outside` tells traffic from outside the cluster.
    """

    sender: str
    seconds: int
    is_outside: bool = True
    is_drain: bool = False


# EKS best practices, networking/loadbalancing.adoc, and KEP-3960: 5 to 10 s for kube-proxy.
SERVICE = Delay("kube-proxy", 5, is_outside=False)
# KEP-1669: the health check of a node has to fail before its traffic goes elsewhere. A node port
# says nothing about who uses it.
LOCAL = Delay("a load balancer with externalTrafficPolicy Local", 15)
LOCAL_NODE_PORT = Delay("what sends to the node ports", 15, is_outside=False)
LOAD_BALANCER = Delay("a load balancer", 10)
# Front proxies watch EndpointSlices themselves (ingress-nginx configmap.md).
PROXY = Delay("an ingress proxy", 10)
# alphagov/govuk-helm-charts and zalando-incubator/kubernetes-on-aws sleep 15 and 60 s.
ALB_IP = Delay("an ALB with ip targets", 15)
# cloud.google.com/knowledge/kb 6416 sleeps 40 s.
GKE_NEG = Delay("a Google load balancer with network endpoint groups", 15)
# Azure/application-gateway-kubernetes-ingress, minimize-downtime-during-deployments.md.
AGIC = Delay("an Azure Application Gateway", 90, is_drain=True)
# kubernetes-sigs/aws-load-balancer-controller#2366: new flows arrive for about two minutes.
NLB_IP = Delay("an NLB with ip targets", 120, is_drain=True)

_AWS = "service.beta.kubernetes.io/aws-load-balancer-"
_ALB = "alb.ingress.kubernetes.io/"
_AGIC = "appgw.ingress.kubernetes.io/"
# EKS Auto Mode, whose load balancers have ip targets by default (EKS user guide, "Learn about VPC
# networking and load balancing in EKS Auto Mode"); elsewhere instances are the default.
_AUTO_ALB = "eks.amazonaws.com/alb"
_AUTO_NLB = "eks.amazonaws.com/nlb"
_ALB_CLASSES = frozenset({"alb", "ingress.k8s.aws/alb", _AUTO_ALB})
_AGIC_CLASSES = frozenset({"azure/application-gateway", "azure-application-gateway"})
# docs of GKE: Ingress for Application Load Balancers, annotations.
_GKE = (
    "networking.gke.io/",
    "ingress.gcp.kubernetes.io/",
    "kubernetes.io/ingress.global-static-ip",
)
_GKE_CLASSES = frozenset({"gce", "gce-internal"})
# Its controller takes every Service that names no class (webhooks/core/service_mutator.go).
_NLB_CLASSES = frozenset({"", "service.k8s.aws/nlb", _AUTO_NLB})

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
        # What the Service says goes first (buildTargetGroupSpec in model_build_target_group.go).
        annotations = {**entry.annotations, **service.annotations}
        if not names.isdisjoint(_ALB_CLASSES) or _has(entry.annotations, _ALB):
            default = "ip" if _AUTO_ALB in names else "instance"
            by_ip = annotations.get(f"{_ALB}target-type", default) == "ip"
            return ALB_IP if by_ip else LOAD_BALANCER, told_by
        is_open = names == {""}
        if not names.isdisjoint(_AGIC_CLASSES) or (is_open and _has(entry.annotations, _AGIC)):
            return AGIC, told_by
        groups = _json(service.annotations.get(NEG, ""))
        marked = any(_has(entry.annotations, prefix) for prefix in _GKE)
        if not names.isdisjoint(_GKE_CLASSES) or (is_open and (groups or marked)):
            if groups.get("ingress") is False:
                return LOAD_BALANCER, told_by
            return GKE_NEG, (*told_by, *self._draining(service))
        return PROXY, ()

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


def _of_service(service: Service) -> Delay:
    if "exposed_ports" in _json(service.annotations.get(NEG, "")):
        return GKE_NEG  # for a load balancer made elsewhere: docs of GKE, standalone NEGs
    if service.type == "LoadBalancer":
        default = "ip" if service.load_balancer_class == _AUTO_NLB else "instance"
        by_ip = service.annotations.get(f"{_AWS}nlb-target-type", default) == "ip"
        legacy = service.annotations.get(f"{_AWS}type") == "nlb-ip"
        if (by_ip or legacy) and service.load_balancer_class in _NLB_CLASSES:
            return NLB_IP
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
    try:
        import json

        found = json.loads(text or "{}")
    except (ValueError, RecursionError):  # the second for thousands of brackets
        return {}
    return found if isinstance(found, dict) else {}
