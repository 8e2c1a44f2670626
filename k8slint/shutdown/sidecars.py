"""Proxies beside the app: what annotations say about their end, and which ones are injected."""

# No `from __future__ import annotations`: typing would compile the fields of NamedTuples at start.
from collections.abc import Iterator
from typing import NamedTuple

from k8slint.kubernetes.workload import Pod
from k8slint.manifest.source import Source
from k8slint.manifest.tree import Unreadable, cut, documents
from k8slint.manifest.values import Value, root
from k8slint.shutdown.durations import Unit, parse

ISTIO_CONFIG = "proxy.istio.io/config"
ISTIO_DRAIN = "terminationDrainDuration"
ISTIO_EXIT_ON_ZERO = "EXIT_ON_ZERO_ACTIVE_CONNECTIONS"
LINKERD_WAIT = "config.alpha.linkerd.io/proxy-wait-before-exit-seconds"
LINKERD_NATIVE = tuple(
    f"config.{stage}linkerd.io/proxy-enable-native-sidecar" for stage in ("", "beta.", "alpha.")
)


class DrainSetting(NamedTuple):
    """An annotation that says how long an injected proxy drains."""

    annotation: str
    unit: Unit


# Sources: dapr/docs arguments-annotations-overview.md, linkerd labels.go, consul-k8s.
DRAIN_SETTINGS = (
    DrainSetting("dapr.io/graceful-shutdown-seconds", Unit.SECONDS),
    DrainSetting("dapr.io/block-shutdown-duration", Unit.GO),
    DrainSetting("config.linkerd.io/shutdown-grace-period", Unit.GO),
    DrainSetting(LINKERD_WAIT, Unit.SECONDS),
    DrainSetting(
        "consul.hashicorp.com/sidecar-proxy-lifecycle-shutdown-grace-period-seconds", Unit.SECONDS
    ),
)


class Injection(NamedTuple):
    """A mark that lets a mesh put its proxy into the pod, and what the proxy drains by default."""

    proxy: str
    mark: str
    values: tuple[str, ...]
    drain: int
    settings: tuple[str, ...] = ()

    def is_told_by(self, setting: str) -> bool:
        """Whether a drain setting is one for this proxy."""
        return setting.startswith(self.settings)


# istio pkg/config/mesh/mesh.go: 5 s; dapr/docs: 5 s; linkerd takes nothing new after SIGTERM.
INJECTIONS = (
    Injection("istio-proxy", "sidecar.istio.io/inject", ("true",), 5, ("Istio",)),
    Injection("linkerd-proxy", "linkerd.io/inject", ("enabled", "ingress"), 0, ("config.",)),
    Injection("daprd", "dapr.io/enabled", ("true",), 5, ("dapr.io/",)),
)


class ProxyDrain(NamedTuple):
    """How long an annotation lets a proxy drain, and where it says so."""

    name: str
    seconds: float
    value: Value


class IstioConfig(NamedTuple):
    """The YAML inside the annotation `proxy.istio.io/config`."""

    annotation: Value
    document: Value

    @property
    def drain(self) -> Value:
        return self.document.get(ISTIO_DRAIN)

    @property
    def exits_on_zero(self) -> bool:
        """Whether the proxy waits for its last connection, and for nothing else."""
        value = self.document.at("proxyMetadata", ISTIO_EXIT_ON_ZERO)
        return (value.text or "").lower() == "true"


def proxy_drains(annotations: Value) -> Iterator[ProxyDrain]:
    """The drains of injected proxies that a pod's annotations set."""
    if not annotations.is_mapping:
        return
    native = linkerd_is_native(annotations)
    for setting in DRAIN_SETTINGS:
        value = annotations.get(setting.annotation)
        if value.node is None or (native and setting.annotation == LINKERD_WAIT):
            continue
        seconds = parse(value.text or "", setting.unit)
        if seconds is not None:
            yield ProxyDrain(setting.annotation, seconds, value)
    istio = istio_config(annotations)
    if istio and istio.drain.is_written and not istio.exits_on_zero:
        seconds = parse(istio.drain.text or "", Unit.GO)
        if seconds is not None:
            yield ProxyDrain(f"Istio {ISTIO_DRAIN}", seconds, istio.annotation)


def linkerd_is_native(annotations: Value) -> bool:
    """Whether Linkerd's proxy is asked to be a native sidecar."""
    return any(annotations.get(name).text == "true" for name in LINKERD_NATIVE)


def injections(pod: Pod) -> Iterator[tuple[Injection, Value]]:
    """The proxies that will be put into the pod, each with the mark that asks for it."""
    for part in ("annotations", "labels"):
        marks = pod.metadata.get(part)
        if marks.is_mapping:
            for injection in INJECTIONS:
                value = marks.get(injection.mark)
                if value.text in injection.values:
                    yield injection, value


def istio_config(annotations: Value) -> IstioConfig | None:
    """What a pod tells Istio's proxy; None where nothing that can be read is written."""
    annotation = annotations.get(ISTIO_CONFIG)
    text = annotation.text
    if not text:
        return None
    source = Source(ISTIO_CONFIG, text)
    try:
        inner = [document for chunk in cut(text) for document in documents(source, chunk)]
    except Unreadable:
        return None
    return IstioConfig(annotation, root(inner[0])) if len(inner) == 1 else None
