"""Known proxies beside the app: what stops them, and how long that takes."""

from __future__ import annotations

from k8slint.shutdown.durations import Unit
from k8slint.shutdown.programs.program import EXITS_AT_ONCE, Knob, KnownProgram
from k8slint.shutdown.seconds import exactly

PROXIES = (
    KnownProgram(
        "cloud-sql-proxy",
        "GoogleCloudPlatform/cloud-sql-proxy v2.28.0 cmd/root.go, internal/proxy/proxy.go (Close)",
        "2026-11-29",
        commands=("cloud-sql-proxy",),
        images=("cloud-sql-connectors/cloud-sql-proxy",),
        knobs=(
            Knob(("--max-sigterm-delay",), ("CSQL_PROXY_MAX_SIGTERM_DELAY",), unit=Unit.GO),
            Knob(("--min-sigterm-delay",), ("CSQL_PROXY_MIN_SIGTERM_DELAY",), unit=Unit.GO),
        ),
        is_sidecar=True,
    ),
    KnownProgram(
        "cloud_sql_proxy",
        "GoogleCloudPlatform/cloud-sql-proxy v1.38.3 cmd/cloud_sql_proxy; cloudsql-proxy#206",
        "2026-11-29",
        commands=("cloud_sql_proxy",),
        images=("cloudsql-docker/gce-proxy",),
        knobs=(Knob(("-term_timeout", "--term_timeout"), unit=Unit.GO),),
        is_sidecar=True,
    ),
    KnownProgram(
        "alloydb-auth-proxy",
        "GoogleCloudPlatform/alloydb-auth-proxy v1.15.2 cmd/root.go, internal/proxy/proxy.go",
        "2026-11-29",
        commands=("alloydb-auth-proxy",),
        images=("alloydb-connectors/alloydb-auth-proxy",),
        knobs=(
            Knob(("--max-sigterm-delay",), ("ALLOYDB_PROXY_MAX_SIGTERM_DELAY",), unit=Unit.GO),
            Knob(("--min-sigterm-delay",), ("ALLOYDB_PROXY_MIN_SIGTERM_DELAY",), unit=Unit.GO),
        ),
        is_sidecar=True,
    ),
    KnownProgram(
        "istio-proxy",
        "istio/istio 1.30.3 pkg/config/mesh/mesh.go, pkg/envoy/agent.go",
        "2026-11-29",
        commands=("pilot-agent proxy",),
        images=("istio/proxyv2", "istio-release/proxyv2", "release/proxyv2"),
        default=exactly(5),
        is_sidecar=True,
    ),
    KnownProgram(
        "linkerd-proxy",
        "linkerd/linkerd2-proxy v2.196.1 linkerd/app/src/env.rs, linkerd2-proxy/src/main.rs",
        "2026-11-29",
        commands=("linkerd2-proxy", "linkerd-proxy"),
        images=("linkerd/proxy",),
        knobs=(
            Knob(
                env=("LINKERD2_PROXY_SHUTDOWN_GRACE_PERIOD",), unit=Unit.GO, default=exactly(120)
            ),
        ),
        is_sidecar=True,
        refuses_new=True,
    ),
    KnownProgram(
        "daprd",
        "dapr/dapr v1.18.3 cmd/daprd/options/options.go, pkg/runtime/{config,runtime}.go",
        "2026-11-29",
        commands=("daprd",),
        images=("daprio/daprd",),
        knobs=(
            Knob(("--dapr-block-shutdown-duration",), unit=Unit.GO),
            Knob(("--dapr-graceful-shutdown-seconds",), default=exactly(5)),
        ),
        is_sidecar=True,
    ),
    KnownProgram(
        "consul-dataplane",
        "hashicorp/consul-dataplane v2.0.1 cmd/consul-dataplane/main.go",
        "2026-11-29",
        commands=("consul-dataplane",),
        images=("hashicorp/consul-dataplane",),
        knobs=(
            Knob(
                ("-shutdown-grace-period-seconds", "--shutdown-grace-period-seconds"),
                ("DP_SHUTDOWN_GRACE_PERIOD_SECONDS",),
            ),
        ),
        configured_by=("-config-file", "--config-file"),
        is_sidecar=True,
    ),
    KnownProgram(
        "kuma-dp",
        "kumahq/kuma v2.14.3 app/kuma-dp/cmd/run.go, pkg/config/app/kuma-dp/config.go",
        "2026-11-29",
        commands=("kuma-dp run",),
        images=("kumahq/kuma-dp",),
        knobs=(
            Knob(
                ("--drain-time",),
                ("KUMA_DATAPLANE_DRAIN_TIME",),
                unit=Unit.GO,
                default=exactly(30),
            ),
        ),
        is_sidecar=True,
    ),
    KnownProgram(
        "vault agent",
        "hashicorp/vault 0063586 command/agent.go: it returns on SIGTERM",
        "2026-11-29",
        commands=("vault agent",),
        default=EXITS_AT_ONCE,
        is_sidecar=True,
    ),
)
