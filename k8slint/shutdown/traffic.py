"""Who sends requests to a pod, and for how long after its end has begun."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from k8slint.kubernetes.cluster import Cluster, Replicas
from k8slint.kubernetes.fields import strings
from k8slint.kubernetes.workload import Container, Pod
from k8slint.lazy import cached_property
from k8slint.manifest.source import Location
from k8slint.shutdown.exempt import is_left_alone, serves_the_node
from k8slint.shutdown.meshes import MESHES, Mesh
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.sidecars import injections
from k8slint.shutdown.ways import Path, RequestPaths, ways_in
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.kubernetes.objects import Port, Service


# `shutdown-delay` of Quarkus, Mimir (grafana/mimir#3298), Tempo (grafana/tempo#3395) and
# kube-apiserver; Traefik; the GitLab chart; ingress-nginx; and names that say as much.
_OWN_DELAY = (
    r"(?i)shutdown[-_.]?delay|delay[-_.]?shutdown|requestacceptgracetimeout|shutdown[-_.]blackout"
    r"|lame[-_]?duck|^--shutdown-grace-period$"
)


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

    @property
    def paths(self) -> tuple[Path, ...]:
        """The ways on which requests are known to arrive, the slowest to end first."""
        return self._paths.all

    @property
    def slowest(self) -> tuple[Path, ...]:
        """Of the ways to the same ports the one that ends last."""
        return self._paths.slowest

    @cached_property
    def _paths(self) -> RequestPaths:
        return ways_in(self.cluster).over(self.services)

    def receivers(self) -> Iterator[tuple[Stop, Path]]:
        """The main containers that answer requests, each with the way that ends last.

        A native sidecar is stopped after them, however long they take.
        """
        stops = {stop.container.name: stop for stop in self.shutdown.main}
        for path in self.slowest:
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

    @property
    def scaling(self) -> tuple[Location, ...]:
        """What says that there can be another pod, where `replicas` says that there is one."""
        counts = self.pod.workload.replicas
        if not self.replicas or not self.replicas.scaler or (counts and max(counts) > 1):
            return ()
        meta, high = self.replicas.scaler.meta, self.replicas.high
        most = "any number of pods" if high is None else f"up to {high} pods"
        return (meta.at._replace(label=f"{meta} allows {most}"),)

    @cached_property
    def is_irrelevant(self) -> bool:
        """Whether a delay makes no difference: a mesh's proxy keeps running on its own."""
        return self.is_exempt or bool(self.mesh)

    @cached_property
    def is_exempt(self) -> bool:
        """Whether requests do not matter: pods that finish, replace themselves or do nothing.

        A patch does not show what there is. Nothing replaces a bare Pod.
        """
        pod = self.pod
        is_bare = pod.workload.kind == "Pod"
        return is_bare or pod.is_partial or is_left_alone(pod) or serves_the_node(pod)

    def owner(self, port: Port) -> Container | None:
        """The container behind a Service's port; the only one of a pod need not declare it.

        A name that no container declares leads nowhere.
        """
        main = self.pod.main
        only = main[0] if len(main) == 1 and port.target.isdecimal() else None
        return self.declared_owner(port) or only

    def declared_owner(self, port: Port) -> Container | None:
        """The container that declares the port a Service's port leads to."""
        return self.pod.by_port.get(port.target)

    @cached_property
    def mesh(self) -> str:
        """The proxy that a mesh puts before the pod's ports, "" where no mark asks for one."""
        names = {container.name for container in self.pod.containers}
        for mesh in MESHES:
            if mesh.before_ports and mesh.proxy in names:
                return mesh.proxy
        for mesh, _ in injections(self.pod):
            if mesh.before_ports:
                return mesh.proxy
        namespace = self.cluster.namespace(self.pod.workload)
        if not namespace:
            return ""
        marks = {**namespace.labels, **namespace.annotations}
        for mesh in MESHES:
            asks = any(mark.is_set(marks.get(mark.name)) for mark in mesh.namespace_marks)
            if asks and mesh.before_ports and not _refuses(self.pod, mesh):
                return mesh.proxy
        return ""


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


def _refuses(pod: Pod, mesh: Mesh) -> bool:
    """Whether a pod that does not ask for a proxy has its mark all the same."""
    return any(
        pod.metadata.get(part).get(mark.name).is_written
        for part in ("annotations", "labels")
        for mark in mesh.marks
    )
