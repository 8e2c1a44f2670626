"""Meshes that put a proxy into pods: what asks for it, and how long the proxy drains."""

from k8slint.records import NamedTuple
from k8slint.shutdown.durations import Unit

ISTIO_CONFIG = "proxy.istio.io/config"


class MeshMark(NamedTuple):
    """A label or annotation that asks for the proxy, with one of some values, or with any."""

    name: str
    values: tuple[str, ...] = ()

    def is_set(self, value: str | None) -> bool:
        """Whether a value, None for a mark that is not there, asks for the proxy."""
        return value is not None and (not self.values or value in self.values)


class DrainSetting(NamedTuple):
    """An annotation of the pod that says how long the proxy drains."""

    annotation: str
    unit: Unit


class Mesh(NamedTuple):
    """A mesh, by its proxy.

    `source` says where the words are declared, `date` when they were last compared. `marks` stand
    on a pod, `namespace_marks` on its Namespace, which a mark on the pod takes back. A proxy that
    is not `before_ports` leaves requests to the app alone. `drain` is what an injected proxy takes
    by default in seconds, None where that is not known, and `settings` say another time.
    """

    proxy: str
    source: str
    date: str
    marks: tuple[MeshMark, ...]
    namespace_marks: tuple[MeshMark, ...] = ()
    before_ports: bool = True
    drain: int | None = None
    settings: tuple[DrainSetting, ...] = ()


LINKERD_WAIT = "config.alpha.linkerd.io/proxy-wait-before-exit-seconds"

MESHES = (
    Mesh(
        "istio-proxy",
        "istio/istio 1.30.3 pkg/config/mesh/mesh.go, pkg/kube/inject",
        "2026-11-29",
        marks=(MeshMark("sidecar.istio.io/inject", ("true",)),),
        namespace_marks=(MeshMark("istio-injection", ("enabled",)), MeshMark("istio.io/rev")),
        drain=5,
    ),
    Mesh(
        "linkerd-proxy",
        "linkerd/linkerd2 b24cd40 pkg/k8s/labels.go; it takes nothing new after SIGTERM",
        "2026-11-29",
        marks=(MeshMark("linkerd.io/inject", ("enabled", "ingress")),),
        namespace_marks=(MeshMark("linkerd.io/inject", ("enabled", "ingress")),),
        drain=0,
        settings=(
            DrainSetting("config.linkerd.io/shutdown-grace-period", Unit.GO),
            DrainSetting(LINKERD_WAIT, Unit.SECONDS),
        ),
    ),
    Mesh(
        "daprd",
        "dapr/dapr v1.18.3 pkg/injector/annotations/annotations.go, pkg/runtime/config.go",
        "2026-11-29",
        marks=(MeshMark("dapr.io/enabled", ("true",)),),
        before_ports=False,
        drain=5,
        settings=(
            DrainSetting("dapr.io/graceful-shutdown-seconds", Unit.SECONDS),
            DrainSetting("dapr.io/block-shutdown-duration", Unit.GO),
        ),
    ),
    Mesh(
        "consul-dataplane",
        "hashicorp/consul-k8s v2.0.3 connect-inject/constants/annotations_and_labels.go",
        "2026-11-29",
        marks=(MeshMark("consul.hashicorp.com/connect-inject", ("true",)),),
        settings=(
            DrainSetting(
                "consul.hashicorp.com/sidecar-proxy-lifecycle-shutdown-grace-period-seconds",
                Unit.SECONDS,
            ),
        ),
    ),
    Mesh(
        "kuma-sidecar",
        "kumahq/kuma v2.14.3 pkg/plugins/runtime/k8s/metadata/annotations.go, pkg/config",
        "2026-11-29",
        marks=(MeshMark("kuma.io/sidecar-injection", ("enabled", "true", "yes")),),
        namespace_marks=(MeshMark("kuma.io/sidecar-injection", ("enabled", "true", "yes")),),
        drain=30,
        settings=(DrainSetting("kuma.io/sidecar-drain-time", Unit.GO),),
    ),
)
