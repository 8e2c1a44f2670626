"""Who sends requests to a pod, and for how long after its end has begun."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from k8slint.kubernetes.cluster import Cluster, Replicas
from k8slint.kubernetes.workload import Container, Pod, strings
from k8slint.manifest.source import Location
from k8slint.shutdown.exempt import is_left_alone, serves_the_node
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.sidecars import INJECTIONS, injections

if TYPE_CHECKING:
    from k8slint.kubernetes.objects import Entry, Port, Service


class Delay(NamedTuple):
    """How long a kind of sender goes on after an endpoint is gone, in seconds.

    `is_drain` tells a load balancer known to send for all of that time from the few seconds that
    are usual. `is_outside` tells traffic from outside the cluster.
    """

    name: str
    seconds: int
    is_outside: bool = True
    is_drain: bool = False


# EKS best practices, networking/loadbalancing.adoc, and KEP-3960: 5 to 10 s for kube-proxy.
SERVICE = Delay("Service", 5, is_outside=False)
# KEP-1669: the health check of a node has to fail before its traffic goes elsewhere.
LOCAL = Delay("Service with externalTrafficPolicy Local", 15)
LOAD_BALANCER = Delay("load balancer", 10)
# Front proxies watch EndpointSlices themselves (ingress-nginx configmap.md).
PROXY = Delay("proxy", 10)
# alphagov/govuk-helm-charts and zalando-incubator/kubernetes-on-aws sleep 15 and 60 s.
ALB_IP = Delay("ALB with ip targets", 15)
# cloud.google.com/knowledge/kb 6416 sleeps 40 s.
GKE_NEG = Delay("Google load balancer with network endpoint groups", 15)
# Azure/application-gateway-kubernetes-ingress, minimize-downtime-during-deployments.md.
AGIC = Delay("Azure Application Gateway", 90, is_drain=True)
# kubernetes-sigs/aws-load-balancer-controller#2366: new flows arrive for about two minutes.
NLB_IP = Delay("NLB with ip targets", 120, is_drain=True)

_AWS = "service.beta.kubernetes.io/aws-load-balancer-"
_ALB = "alb.ingress.kubernetes.io/"
_AGIC = "appgw.ingress.kubernetes.io/"
_ALB_CLASSES = frozenset({"alb", "ingress.k8s.aws/alb"})
_AGIC_CLASSES = frozenset({"azure/application-gateway", "azure-application-gateway"})
_GKE_CLASSES = frozenset({"gce", "gce-internal"})

_PROXIES = frozenset({"istio-proxy", "linkerd-proxy", "daprd", "consul-dataplane"})

# Quarkus; Traefik; the Bitnami and Sourcegraph charts; kube-apiserver and what is built on it.
_OWN_DELAYS = (
    "quarkus_shutdown_delay",
    "quarkus.shutdown.delay",
    "requestacceptgracetimeout",
    "shutdown_blackout_seconds",
    "shutdown-delay-duration",
)

_METRICS = re.compile(r"metrics|prometheus|telemetry", re.IGNORECASE)
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


@dataclass(eq=False, repr=False)
class Traffic:
    """One pod among the other objects of a run."""

    shutdown: Shutdown
    cluster: Cluster

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
        how long they remember an address.
        """
        found = [
            path
            for service in self.services
            if not service.is_headless and (ports := request_ports(service))
            for path in self._paths_over(service, ports)
        ]
        return tuple(sorted(found, key=lambda path: -path.delay.seconds))

    def receivers(self) -> Iterator[tuple[Stop, Path]]:
        """The containers that answer requests, each with the way that ends last."""
        stops = {stop.container.name: stop for stop in self.shutdown.stops}
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
        return self.replicas is not None and self.replicas.are_many

    @cached_property
    def is_irrelevant(self) -> bool:
        """Whether a delay makes no difference: pods that finish, replace themselves or do nothing.

        A mesh's proxy goes on by itself, and a patch does not show what there is.
        """
        pod = self.pod
        return pod.is_partial or is_left_alone(pod) or serves_the_node(pod) or bool(self.mesh)

    def owner(self, port: Port) -> Container | None:
        """The container behind a Service's port; the only one of a pod need not declare it."""
        main = self.pod.main
        return self.declared_owner(port) or (main[0] if len(main) == 1 else None)

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
        for container in self.pod.containers:
            if container.name in _PROXIES:
                return container.name
        for injection, _ in injections(self.pod):
            return injection.proxy
        namespace = self.cluster.namespace(self.pod.workload)
        if namespace is None or _refuses_injection(self.pod):
            return ""
        marks = {**namespace.labels, **namespace.annotations}
        if marks.get("istio-injection") == "enabled" or "istio.io/rev" in marks:
            return "istio-proxy"
        return "linkerd-proxy" if marks.get("linkerd.io/inject") == "enabled" else ""

    def _paths_over(self, service: Service, ports: tuple[Port, ...]) -> Iterator[Path]:
        selects = service.meta.at._replace(label=f"{service.meta} selects the pod")
        for entry in self.cluster.entries(service):
            used = _used_ports(service, entry, ports)
            if used:
                sends = entry.meta.at._replace(label=f"{entry.meta} sends to {service.meta}")
                delay, told_by = self._behind(entry, service)
                yield Path(service, used, delay, entry, (sends, *told_by, selects))
        yield Path(service, ports, _of_service(service), None, (selects,))

    def _behind(self, entry: Entry, service: Service) -> tuple[Delay, tuple[Location, ...]]:
        """What an Ingress or route is made of, with the objects that tell."""
        if entry.meta.kind != "Ingress":
            return PROXY, ()
        found = self.cluster.ingress_class(entry)
        names = {entry.ingress_class, *((found.meta.name, found.controller) if found else ())}
        told_by = (found.meta.at._replace(label=f"{found.meta} is its class"),) if found else ()
        annotations = {**service.annotations, **entry.annotations}
        if not names.isdisjoint(_ALB_CLASSES) or _has(entry.annotations, _ALB):
            by_ip = annotations.get(f"{_ALB}target-type") == "ip"
            return ALB_IP if by_ip else LOAD_BALANCER, told_by
        is_open = names == {""}
        if not names.isdisjoint(_AGIC_CLASSES) or (is_open and _has(entry.annotations, _AGIC)):
            return AGIC, told_by
        is_neg = "cloud.google.com/neg" in service.annotations
        if not names.isdisjoint(_GKE_CLASSES) or (is_open and is_neg):
            return GKE_NEG, (*told_by, *self._draining(service))
        return PROXY, ()

    def _draining(self, service: Service) -> Iterator[Location]:
        """What a BackendConfig says of old connections, which is no delay of new ones."""
        try:
            named = json.loads(service.annotations.get("cloud.google.com/backend-config", "{}"))
        except ValueError:
            return
        config = self.cluster.backend_config(service, str(named.get("default", "")))
        if config and config.draining is not None:
            text = f"{config.meta} drains connections for {config.draining} s"
            yield config.meta.at._replace(label=text)


def request_ports(service: Service) -> tuple[Port, ...]:
    """The ports of a Service on which requests of clients come in: not metrics, not UDP."""
    if _METRICS.search(service.meta.name):
        return ()
    return tuple(
        port
        for port in service.ports
        if port.protocol == "TCP"
        and not _METRICS.search(port.name)
        and not (port.number in _METRICS_PORTS and port.target in (port.number, port.name))
    )


def delays_itself(container: Container) -> str:
    """The setting by which an app itself goes on serving for a while; "" for none known."""
    words = [*(strings(container.value.get("command")) or ())]
    words += strings(container.value.get("args")) or ()
    words += container.env
    for word in words:
        for setting in _OWN_DELAYS:
            if setting in word.lower():
                return setting
    return ""


def _of_service(service: Service) -> Delay:
    if service.type == "LoadBalancer":
        kind = service.annotations.get(f"{_AWS}type", "")
        by_ip = service.annotations.get(f"{_AWS}nlb-target-type") == "ip"
        is_nlb = (
            kind in ("external", "nlb") or service.load_balancer_class == "service.k8s.aws/nlb"
        )
        if kind == "nlb-ip" or (is_nlb and by_ip):
            return NLB_IP
        return LOAD_BALANCER
    return LOCAL if service.is_local and service.type == "NodePort" else SERVICE


def _used_ports(service: Service, entry: Entry, ports: tuple[Port, ...]) -> tuple[Port, ...]:
    """The ports of a Service an entry sends to, all where it names none."""
    named = {backend.port for backend in entry.backends if backend.service == service.meta.name}
    if "" in named:
        return ports
    return tuple(port for port in ports if named & {port.name, port.number})


def _refuses_injection(pod: Pod) -> bool:
    return any(
        pod.metadata.get(part).get(injection.mark).is_written
        for part in ("annotations", "labels")
        for injection in INJECTIONS
    )


def _has(annotations: Mapping[str, str], prefix: str) -> bool:
    return any(name.startswith(prefix) for name in annotations)
