"""Known proxies beside the app: what stops them, and how long that takes."""

from __future__ import annotations

from k8slint.shutdown.durations import Unit
from k8slint.shutdown.program import EXITS_AT_ONCE, Knob, KnownProgram
from k8slint.shutdown.seconds import exactly

PROXIES = (
    KnownProgram(
        "cloud-sql-proxy",
        "GoogleCloudPlatform/cloud-sql-proxy v2.25.3 cmd/root.go; cloud-sql-proxy#1640",
        "2026-11-29",
        commands=("cloud-sql-proxy",),
        images=("cloud-sql-connectors/cloud-sql-proxy",),
        knobs=(
            Knob(("--max-sigterm-delay",), ("CSQL_PROXY_MAX_SIGTERM_DELAY",), unit=Unit.DURATION),
        ),
        is_sidecar=True,
    ),
    KnownProgram(
        "cloud_sql_proxy",
        "GoogleCloudPlatform/cloud-sql-proxy v1.38.3 cmd/cloud_sql_proxy; cloudsql-proxy#206",
        "2026-11-29",
        commands=("cloud_sql_proxy",),
        images=("cloudsql-docker/gce-proxy",),
        knobs=(Knob(("-term_timeout", "--term_timeout"), unit=Unit.DURATION),),
        is_sidecar=True,
    ),
    KnownProgram(
        "istio-proxy",
        "istio/istio 1.30.3 pkg/config/mesh/mesh.go",
        "2026-11-29",
        commands=("pilot-agent proxy",),
        images=("istio/proxyv2", "istio-release/proxyv2", "release/proxyv2"),
        default=exactly(5),
        is_sidecar=True,
    ),
    KnownProgram(
        "linkerd-proxy",
        "linkerd.io/2/tasks/graceful-shutdown",
        "2026-11-22",
        commands=("linkerd2-proxy", "linkerd-proxy"),
        images=("linkerd/proxy",),
        default=EXITS_AT_ONCE,
        is_sidecar=True,
    ),
    KnownProgram(
        "daprd",
        "dapr/dapr v1.18.3 cmd/daprd/options/options.go, pkg/runtime/config.go",
        "2026-11-29",
        commands=("daprd",),
        images=("daprio/daprd",),
        knobs=(Knob(("--dapr-graceful-shutdown-seconds",), default=exactly(5)),),
        is_sidecar=True,
    ),
    KnownProgram(
        "consul-dataplane",
        "hashicorp/consul-dataplane v2.0.1 cmd/consul-dataplane/main.go",
        "2026-11-29",
        commands=("consul-dataplane",),
        images=("hashicorp/consul-dataplane",),
        knobs=(Knob(("-shutdown-grace-period-seconds", "--shutdown-grace-period-seconds")),),
        is_sidecar=True,
    ),
    KnownProgram(
        "vault agent",
        "kubernetes/enhancements keps/sig-node/753-sidecar-containers: motivation",
        "2026-11-22",
        commands=("vault agent",),
        default=EXITS_AT_ONCE,
        is_sidecar=True,
    ),
)
