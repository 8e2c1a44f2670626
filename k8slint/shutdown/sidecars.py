"""Proxies that a mesh puts beside the app, and what annotations say about their end."""

from collections.abc import Iterator

from k8slint.kubernetes.workload import Pod
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import YamlError, documents
from k8slint.manifest.values import Value, keys, root
from k8slint.records import NamedTuple
from k8slint.shutdown.durations import Unit, parse_duration
from k8slint.shutdown.meshes import ISTIO_CONFIG, LINKERD_WAIT, MESHES, Mesh

ISTIO_DRAIN = "terminationDrainDuration"
ISTIO_EXIT_ON_ZERO = "EXIT_ON_ZERO_ACTIVE_CONNECTIONS"
LINKERD_NATIVE = tuple(
    f"config.{stage}linkerd.io/proxy-enable-native-sidecar" for stage in ("", "beta.", "alpha.")
)


class ProxyDrain(NamedTuple):
    """How long an annotation lets a proxy drain, and where it says so."""

    proxy: str
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
    for mesh in MESHES:
        for name, unit in mesh.settings:
            value = annotations.get(name)
            if value.node is None or (native and name == LINKERD_WAIT):
                continue
            seconds = parse_duration(value.text or "", unit)
            if seconds is not None:
                yield ProxyDrain(mesh.proxy, name, seconds, value)
    istio = istio_config(annotations)
    if istio and istio.drain.is_written and not istio.exits_on_zero:
        seconds = parse_duration(istio.drain.text or "", Unit.GO)
        if seconds is not None:
            yield ProxyDrain("istio-proxy", f"Istio {ISTIO_DRAIN}", seconds, istio.annotation)


def linkerd_is_native(annotations: Value) -> bool:
    """Whether Linkerd's proxy is asked to be a native sidecar."""
    return any(annotations.get(name).text == "true" for name in LINKERD_NATIVE)


def injections(pod: Pod) -> Iterator[tuple[Mesh, Value]]:
    """The meshes that will put their proxy into the pod, each with the mark that asks for it."""
    for part in ("annotations", "labels"):
        marks = pod.metadata.get(part)
        written = {*keys(marks.node)}
        for mesh in MESHES if written else ():
            for mark in mesh.marks:
                if mark.name in written:
                    value = marks.get(mark.name)
                    if mark.is_set(value.text):
                        yield mesh, value


def istio_config(annotations: Value) -> IstioConfig | None:
    """The settings a pod gives Istio's proxy; None if there are none that can be read."""
    annotation = annotations.get(ISTIO_CONFIG)
    text = annotation.text
    if not text:
        return None
    source = Source(ISTIO_CONFIG, text)
    try:
        inner = [
            document for chunk in split_documents(text) for document in documents(source, chunk)
        ]
    except YamlError:
        return None
    return IstioConfig(annotation, root(inner[0])) if len(inner) == 1 else None
