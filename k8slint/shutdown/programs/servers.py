"""Known servers and databases: how long they take to stop, and the settings that say so."""

from __future__ import annotations

from k8slint.shutdown.durations import Unit
from k8slint.shutdown.programs.program import (
    EXITS_AT_ONCE,
    SIGNAL_DECIDES,
    Knob,
    KnownProgram,
)
from k8slint.shutdown.seconds import exactly, unbounded, unknown

WEB = (
    KnownProgram(
        "gunicorn",
        "benoitc/gunicorn 27.0.1 gunicorn/config.py, gunicorn/arbiter.py",
        "2026-11-29",
        commands=("gunicorn",),
        knobs=(Knob(("--graceful-timeout",), texts=("GUNICORN_CMD_ARGS",), default=exactly(30)),),
        configured_by=("-c", "--config"),
    ),
    KnownProgram(
        "uvicorn",
        "Kludex/uvicorn 0.54.0 uvicorn/main.py, uvicorn/server.py",
        "2026-11-29",
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
        "granian",
        "emmett-framework/granian 2.8.9 granian/cli.py, granian/server/common.py (_stop_workers)",
        "2026-11-29",
        commands=("granian",),
        knobs=(
            Knob(
                ("--workers-kill-timeout",),
                ("GRANIAN_WORKERS_KILL_TIMEOUT",),
                unit=Unit.DURATION,
                default=unbounded("it waits for its workers"),
            ),
        ),
    ),
    KnownProgram(
        "daphne",
        "django/daphne 4.2.3 daphne/server.py (kill_all_applications)",
        "2026-11-29",
        commands=("daphne",),
        default=EXITS_AT_ONCE,
    ),
    KnownProgram(
        "uWSGI",
        "unbit/uwsgi 2.0.31 core/master.c (die_on_term); unbit/uwsgi#849",
        "2026-11-29",
        commands=("uwsgi",),
        default=unknown("it reloads on SIGTERM, unless die-on-term is set"),
    ),
    KnownProgram(
        "Puma",
        "puma/puma v8.0.2 lib/puma/configuration.rb: force_shutdown_after",
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
        "Falcon",
        "socketry/falcon v0.55.6 lib/falcon/command/serve.rb; async-container v0.38.0 group.rb",
        "2026-11-29",
        commands=("falcon serve",),
        knobs=(Knob(("--graceful-stop",), default=exactly(1)),),
    ),
    KnownProgram(
        "Caddy",
        "caddyserver/caddy v2.11.9 modules/caddyhttp/app.go (Stop), sigtrap_posix.go",
        "2026-11-29",
        commands=("caddy run",),
        default=unbounded("without grace_period it waits for all requests"),
    ),
    KnownProgram(
        "FrankenPHP",
        "php/frankenphp c564c3f Dockerfile, caddy/app.go: an app of Caddy",
        "2026-11-29",
        commands=("frankenphp run", "frankenphp php-server"),
        images=("dunglas/frankenphp",),
        default=unbounded("without grace_period it waits for all requests"),
    ),
    KnownProgram(
        "RoadRunner",
        "roadrunner-server/roadrunner v2025.1.15 container/config.go, internal/cli/serve",
        "2026-11-29",
        commands=("rr serve",),
        default=exactly(30),
        configured_by=("-c", "--config"),
    ),
    KnownProgram(
        "Bun",
        "oven-sh/bun 3305b63 docs/guides/process/os-signals.mdx",
        "2026-11-29",
        commands=("bun",),
        default=unknown("the app's own code handles the signal"),
    ),
    KnownProgram(
        "Deno",
        # Seen in 2.9.6: it ends on SIGTERM unless the app listens to it.
        "docs.deno.com: Deno.addSignalListener; deno 2.9.6 was run",
        "2026-11-29",
        commands=("deno run", "deno serve", "deno task"),
        default=unknown("the app's own code handles the signal"),
    ),
    KnownProgram(
        "Envoy",
        "envoyproxy/envoy source/server/server.cc: InstanceImpl::shutdown() on SIGTERM",
        "2026-11-29",
        commands=("envoy",),
        images=("envoyproxy/envoy",),
        default=EXITS_AT_ONCE,
    ),
    KnownProgram(
        "nginx",
        "nginx/nginx 3f6f7824d src/os/unix/ngx_process_cycle.c, src/core/nginx.c",
        "2026-11-29",
        commands=("nginx", "nginx-debug"),
        images=("bitnami/nginx", "bitnamilegacy/nginx"),
        default=SIGNAL_DECIDES,
        by_signal=(
            ("QUIT", unbounded("without worker_shutdown_timeout it waits for all connections")),
            ("TERM", EXITS_AT_ONCE),
        ),
    ),
    KnownProgram(
        "Apache httpd",
        "apache/httpd 0cb680442e docs/manual/mod/mpm_common.xml, docs/manual/stopping.xml",
        "2026-11-29",
        commands=("httpd", "httpd-foreground", "apache2", "apache2-foreground"),
        default=SIGNAL_DECIDES,
        by_signal=(
            ("TERM", EXITS_AT_ONCE),
            ("WINCH", unbounded("without GracefulShutdownTimeout it waits for all requests")),
        ),
    ),
    KnownProgram(
        "HAProxy",
        "haproxy/haproxy 50872daa6 doc/management.txt, section 4",
        "2026-11-29",
        commands=("haproxy",),
        images=("haproxy",),
        default=SIGNAL_DECIDES,
        by_signal=(
            ("TERM", EXITS_AT_ONCE),
            ("USR1", unbounded("without hard-stop-after it waits for all connections")),
        ),
    ),
    KnownProgram(
        ".NET",
        "dotnet/runtime 262e466 Microsoft.Extensions.Hosting/src/HostOptions.cs",
        "2026-11-29",
        commands=("dotnet",),
        variables=("DOTNET_SHUTDOWNTIMEOUTSECONDS", "ASPNETCORE_SHUTDOWNTIMEOUTSECONDS"),
        knobs=(
            Knob(
                ("--shutdowntimeoutseconds",),
                ("DOTNET_SHUTDOWNTIMEOUTSECONDS", "ASPNETCORE_SHUTDOWNTIMEOUTSECONDS"),
                default=exactly(30),
                any_case=True,
            ),
        ),
    ),
    KnownProgram(
        "pm2",
        "Unitech/pm2 v7.0.3 constants.js, lib/God/Methods.js",
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
        "traefik/traefik v3.7.13 pkg/config/static/static_config.go (LifeCycle)",
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
        "kubernetes/ingress-nginx controller-v1.15.1 pkg/flags/flags.go",
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
        "k8s.io/apiserver v0.37.2 pkg/server/options/server_run_options.go",
        "2026-11-29",
        commands=("kube-apiserver", "openshift-apiserver", "oauth-apiserver"),
        knobs=(Knob(("--shutdown-delay-duration",), unit=Unit.GO),),
        besides=unknown("it waits for running requests"),
    ),
)

_MONGO_FLAGS = ("MONGODB_EXTRA_FLAGS",)  # bitnami/containers f82a99d mongodb/run.sh

STATEFUL = (
    KnownProgram(
        "PostgreSQL",
        "docker-library/postgres 6edb0a8c4d 17/trixie/Dockerfile: on STOPSIGNAL",
        "2026-11-29",
        commands=("postgres",),
        images=("bitnami/postgresql", "bitnamilegacy/postgresql"),
        default=SIGNAL_DECIDES,
        by_signal=(
            ("INT", unbounded("it aborts transactions, then flushes its data to disk")),
            ("TERM", unbounded("it waits until all clients disconnect")),
        ),
    ),
    KnownProgram(
        "mongod",
        "mongodb/mongo src/mongo/db/mongod_main.cpp; mongodb/docs: 15 s since 5.0",
        "2026-11-29",
        commands=("mongod",),
        images=(
            *("mongo", "percona/percona-server-mongodb"),
            *("bitnami/mongodb", "bitnamilegacy/mongodb"),
        ),
        knobs=(
            Knob(
                ("--setParameter",),
                texts=_MONGO_FLAGS,
                key="shutdownTimeoutMillisForSignaledShutdown",
                unit=Unit.MILLISECONDS,
                default=exactly(15),
            ),
        ),
        configured_by=("-f", "--config"),
    ),
    KnownProgram(
        "mongos",
        "mongodb/mongo 0c95add src/mongo/s/mongos_server_parameters.idl",
        "2026-11-29",
        commands=("mongos",),
        knobs=(
            Knob(
                ("--setParameter",),
                key="mongosShutdownTimeoutMillisForSignaledShutdown",
                unit=Unit.MILLISECONDS,
                default=exactly(15),
            ),
        ),
        configured_by=("-f", "--config"),
    ),
    KnownProgram(
        "redis",
        "redis/redis 4f8cdc2 src/server.c: since 7.0 a primary waits for its replicas",
        "2026-11-29",
        commands=("redis-server",),
        images=("redis", "bitnami/redis", "bitnamilegacy/redis"),
        knobs=(Knob(("--shutdown-timeout",), default=exactly(10)),),
    ),
    KnownProgram(
        "valkey",
        "valkey-io/valkey 55bbbe0 src/config.c, src/server.c: a primary waits for its replicas",
        "2026-11-29",
        commands=("valkey-server",),
        images=("valkey/valkey",),
        knobs=(Knob(("--shutdown-timeout",), default=exactly(10)),),
    ),
    KnownProgram(
        "NATS",
        # SIGUSR2 is the lame duck mode: lame_duck_duration, 2 min unless its file says otherwise.
        "nats-io/nats-server v2.15.3 server/signal.go, server/const.go",
        "2026-11-29",
        commands=("nats-server",),
        default=EXITS_AT_ONCE,
        by_signal=(("USR2", exactly(120)),),
    ),
    KnownProgram(
        "MinIO",
        "minio/minio 7aac2a2 cmd/signals.go: up to a minute for what is left to heal",
        "2026-11-29",
        commands=("minio server",),
        default=exactly(60),
    ),
    KnownProgram(
        "Mosquitto",
        "eclipse-mosquitto/mosquitto v2.1.2 src/signals.c: SIGTERM ends its loop",
        "2026-11-29",
        commands=("mosquitto",),
        default=EXITS_AT_ONCE,
    ),
    KnownProgram(
        "Temporal",
        "go.temporal.io/server v1.32.2 common/dynamicconfig/constants.go",
        "2026-11-29",
        commands=("temporal-server start",),
        images=("temporalio/server",),
        default=unknown("shutdownDrainDuration in its dynamic configuration decides"),
    ),
)
