"""Known servers and databases: how long they take to stop, and the settings that say so."""

from __future__ import annotations

from k8slint.shutdown.durations import Unit
from k8slint.shutdown.program import EXITS_AT_ONCE, Knob, KnownProgram
from k8slint.shutdown.seconds import exactly, unbounded, unknown

WEB = (
    KnownProgram(
        "gunicorn",
        "benoitc/gunicorn 27.0.1 gunicorn/config.py, gunicorn/arbiter.py",
        "2026-11-22",
        commands=("gunicorn",),
        knobs=(Knob(("--graceful-timeout",), texts=("GUNICORN_CMD_ARGS",), default=exactly(30)),),
        configured_by=("-c", "--config"),
    ),
    KnownProgram(
        "uvicorn",
        "Kludex/uvicorn 0.54.0 uvicorn/main.py, uvicorn/server.py",
        "2026-11-22",
        commands=("uvicorn", "fastapi run"),
        knobs=(
            Knob(
                ("--timeout-graceful-shutdown",),
                ("UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN",),
                default=unbounded("it waits for all running requests"),
            ),
        ),
    ),
    KnownProgram(
        "hypercorn",
        "pgjones/hypercorn 0.18.0 src/hypercorn/config.py",
        "2026-11-29",
        commands=("hypercorn",),
        knobs=(Knob(("--graceful-timeout",), default=exactly(3)),),
        configured_by=("-c", "--config"),
    ),
    KnownProgram(
        "daphne",
        "django/daphne 4.2.3 daphne/server.py",
        "2026-11-22",
        commands=("daphne",),
        default=EXITS_AT_ONCE,
    ),
    KnownProgram(
        "uWSGI",
        "unbit/uwsgi 2.0.30 core/master.c; unbit/uwsgi#849",
        "2026-11-29",
        commands=("uwsgi",),
        default=unknown("it reloads on SIGTERM"),
    ),
    KnownProgram(
        "Puma",
        "puma/puma v8.0.1 lib/puma/dsl.rb (force_shutdown_after), docs/kubernetes.md",
        "2026-11-29",
        commands=("puma",),
        default=unknown("its config file decides"),
    ),
    KnownProgram(
        "Unicorn",
        "defunkt/unicorn v6.1.0 SIGNALS",
        "2026-11-29",
        commands=("unicorn", "unicorn_rails"),
        default=EXITS_AT_ONCE,
    ),
    KnownProgram(
        "Envoy",
        "envoyproxy/envoy source/server/options_impl.cc",
        "2026-11-22",
        commands=("envoy",),
        images=("envoyproxy/envoy",),
        default=EXITS_AT_ONCE,
    ),
    KnownProgram(
        "HAProxy",
        "docker-library/haproxy ec437dd 3.5/Dockerfile: STOPSIGNAL SIGUSR1",
        "2026-11-29",
        commands=("haproxy",),
        images=("haproxy",),
        default=unbounded("without hard-stop-after it waits for all connections"),
    ),
    KnownProgram(
        "Spring Boot",
        "spring-projects/spring-boot c329ffa25dc LifecycleProperties.java; spring-boot#26469",
        "2026-11-29",
        commands=("java",),
        variables=(
            "SERVER_SHUTDOWN=graceful",
            "SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE",
            "SPRING_APPLICATION_JSON",
            "JAVA_TOOL_OPTIONS",
            "JDK_JAVA_OPTIONS",
        ),
        needs_setting=True,
        knobs=(
            Knob(
                (
                    "--spring.lifecycle.timeout-per-shutdown-phase",
                    "-Dspring.lifecycle.timeout-per-shutdown-phase",
                ),
                ("SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE",),
                ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"),
                "SPRING_APPLICATION_JSON",
                "spring.lifecycle.timeout-per-shutdown-phase",
                unit=Unit.DURATION_MS,
                default=exactly(30),
            ),
        ),
    ),
    KnownProgram(
        "Quarkus",
        "quarkusio/quarkus io/quarkus/runtime/shutdown/ShutdownConfig.java",
        "2026-11-29",
        variables=("QUARKUS_SHUTDOWN_TIMEOUT", "QUARKUS_SHUTDOWN_DELAY"),
        knobs=(
            Knob(env=("QUARKUS_SHUTDOWN_DELAY",), unit=Unit.DURATION),
            Knob(env=("QUARKUS_SHUTDOWN_TIMEOUT",), unit=Unit.DURATION),
        ),
    ),
    KnownProgram(
        ".NET",
        "dotnet/runtime src/libraries/Microsoft.Extensions.Hosting/src/HostOptions.cs",
        "2026-11-29",
        commands=("dotnet",),
        variables=("DOTNET_SHUTDOWNTIMEOUTSECONDS", "ASPNETCORE_SHUTDOWNTIMEOUTSECONDS"),
        knobs=(
            Knob(
                env=("DOTNET_SHUTDOWNTIMEOUTSECONDS", "ASPNETCORE_SHUTDOWNTIMEOUTSECONDS"),
                default=exactly(30),
                any_case=True,
            ),
        ),
    ),
    KnownProgram(
        "pm2",
        "Unitech/pm2 v7.0.3 constants.js",
        "2026-11-29",
        commands=("pm2-runtime", "pm2 start"),
        knobs=(
            Knob(
                ("--kill-timeout",),
                ("PM2_KILL_TIMEOUT",),
                unit=Unit.MILLISECONDS,
                default=exactly(1.6),
            ),
        ),
        configured_by=(".config.js", ".config.cjs", ".json", ".yml", ".yaml"),
    ),
    KnownProgram(
        "Traefik",
        "traefik/traefik v3.7.9 pkg/config/static/static_config.go (LifeCycle)",
        "2026-11-29",
        commands=("traefik",),
        images=("traefik", "traefik/traefik"),
        knobs=(
            Knob(
                ("--entrypoints.*.transport.lifecycle.requestacceptgracetimeout",),
                ("TRAEFIK_ENTRYPOINTS_*_TRANSPORT_LIFECYCLE_REQUESTACCEPTGRACETIMEOUT",),
                unit=Unit.DURATION,
                default=exactly(0),
                any_case=True,
            ),
            Knob(
                ("--entrypoints.*.transport.lifecycle.gracetimeout",),
                ("TRAEFIK_ENTRYPOINTS_*_TRANSPORT_LIFECYCLE_GRACETIMEOUT",),
                unit=Unit.DURATION,
                default=exactly(10),
                any_case=True,
            ),
        ),
        configured_by=("--configFile", "--configfile"),
    ),
    KnownProgram(
        "cloudflared",
        "cloudflare/cloudflared 2026.8.2 cmd/cloudflared/tunnel/cmd.go",
        "2026-11-29",
        commands=("cloudflared tunnel",),
        images=("cloudflare/cloudflared",),
        knobs=(
            Knob(("--grace-period",), ("TUNNEL_GRACE_PERIOD",), unit=Unit.GO, default=exactly(30)),
        ),
        configured_by=("--config",),
    ),
    KnownProgram(
        "ingress-nginx",
        "kubernetes/ingress-nginx controller-v1.15.1 docs/user-guide/cli-arguments.md",
        "2026-11-29",
        commands=("nginx-ingress-controller",),
        images=("ingress-nginx/controller",),
        knobs=(
            Knob(("--shutdown-grace-period",)),
            Knob(("--post-shutdown-grace-period",), default=exactly(10)),
        ),
        besides=unknown("worker-shutdown-timeout is set in its ConfigMap"),
    ),
    KnownProgram(
        "API server",
        "kubernetes/kubernetes apiserver/pkg/server/options/server_run_options.go",
        "2026-11-29",
        commands=("kube-apiserver", "openshift-apiserver", "oauth-apiserver"),
        knobs=(Knob(("--shutdown-delay-duration",), unit=Unit.GO),),
        besides=unknown("it waits for running requests"),
    ),
)

INFERENCE = (
    KnownProgram(
        "vLLM",
        "vllm-project/vllm#43208",
        "2026-11-22",
        commands=(
            "vllm serve",
            "vllm.entrypoints.openai.api_server",
            "vllm.entrypoints.api_server",
        ),
        images=("vllm/vllm-openai",),
        knobs=(Knob(("--shutdown-timeout",)),),
        configured_by=("--config",),
    ),
    KnownProgram(
        "Triton",
        "triton-inference-server/server v2.71.0 src/command_line_parser.cc",
        "2026-11-29",
        commands=("tritonserver",),
        knobs=(Knob(("--exit-timeout-secs",), default=exactly(30)),),
    ),
)

STATEFUL = (
    KnownProgram(
        "mongod",
        "mongodb/mongo src/mongo/db: shutdownTimeoutMillisForSignaledShutdown",
        "2026-11-29",
        commands=("mongod",),
        images=("mongo",),
        knobs=(
            Knob(
                ("--setParameter",),
                key="shutdownTimeoutMillisForSignaledShutdown",
                unit=Unit.MILLISECONDS,
                default=exactly(15),
            ),
        ),
        configured_by=("-f", "--config"),
    ),
    KnownProgram(
        "redis",
        "redis/redis redis.conf: shutdown-timeout, up to which a primary waits for its replicas",
        "2026-11-29",
        commands=("redis-server",),
        images=("redis",),
        knobs=(Knob(("--shutdown-timeout",), default=unknown("redis waits for its replicas")),),
    ),
)
