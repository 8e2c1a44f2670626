"""Known programs: how long they take to stop, and the settings that say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from k8slint.shutdown.command import Command, words_in
from k8slint.shutdown.durations import Unit
from k8slint.shutdown.image_name import base, is_image
from k8slint.shutdown.program import AT_ONCE, Knob, Program
from k8slint.shutdown.seconds import exactly, unbounded, unknown

_UNTIL_DONE = unbounded("it waits for all requests that run")

WEB = (
    Program(
        "gunicorn",
        "gunicorn 27.0.1 config.py, arbiter.py",
        commands=("gunicorn",),
        knobs=(Knob(("--graceful-timeout",), texts=("GUNICORN_CMD_ARGS",), default=exactly(30)),),
        configured_by=("-c", "--config"),
    ),
    Program(
        "uvicorn",
        "uvicorn 0.54.0 main.py, server.py",
        commands=("uvicorn", "fastapi run"),
        knobs=(
            Knob(
                ("--timeout-graceful-shutdown",),
                ("UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN",),
                default=_UNTIL_DONE,
            ),
        ),
    ),
    Program(
        "hypercorn",
        "hypercorn 0.18.0 config.py",
        commands=("hypercorn",),
        knobs=(Knob(("--graceful-timeout",), default=exactly(3)),),
        configured_by=("-c", "--config"),
    ),
    Program("daphne", "daphne 4.2.3 server.py", commands=("daphne",), default=AT_ONCE),
    Program("uWSGI", "uwsgi#849", commands=("uwsgi",), default=unknown("it reloads on SIGTERM")),
    Program(
        "Puma", "puma docs/kubernetes.md", commands=("puma",), default=unknown("its config file")
    ),
    Program(
        "Unicorn",
        "unicorn SIGNALS",
        commands=("unicorn", "unicorn_rails"),
        default=AT_ONCE,
    ),
    Program(
        "Envoy",
        "envoy options_impl.cc",
        commands=("envoy",),
        images=("envoyproxy/envoy",),
        default=AT_ONCE,
    ),
    Program(
        "HAProxy",
        "image history of haproxy",
        commands=("haproxy",),
        images=("haproxy",),
        default=unbounded("it waits for all connections without hard-stop-after"),
    ),
    Program(
        "Spring Boot",
        "docs.spring.io graceful-shutdown; spring-boot#26469",
        commands=("java",),
        env=(
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
    Program(
        "Quarkus",
        "quarkus.io shutdown configuration",
        env=("QUARKUS_SHUTDOWN_TIMEOUT", "QUARKUS_SHUTDOWN_DELAY"),
        knobs=(
            Knob(env=("QUARKUS_SHUTDOWN_DELAY",), unit=Unit.DURATION),
            Knob(env=("QUARKUS_SHUTDOWN_TIMEOUT",), unit=Unit.DURATION),
        ),
    ),
    Program(
        ".NET",
        "AspNetCore docs: shutdownTimeoutSeconds; EventStore#4110",
        commands=("dotnet",),
        env=("DOTNET_SHUTDOWNTIMEOUTSECONDS", "ASPNETCORE_SHUTDOWNTIMEOUTSECONDS"),
        knobs=(
            Knob(
                env=("DOTNET_SHUTDOWNTIMEOUTSECONDS", "ASPNETCORE_SHUTDOWNTIMEOUTSECONDS"),
                default=exactly(30),
            ),
        ),
    ),
    Program(
        "pm2",
        "pm2 constants.js",
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
    Program(
        "Traefik",
        "Traefik static configuration, entryPoints.*.transport.lifeCycle",
        commands=("traefik",),
        images=("traefik", "traefik/traefik"),
        knobs=(
            Knob(
                ("--entrypoints.*.transport.lifecycle.requestacceptgracetimeout",),
                ("TRAEFIK_ENTRYPOINTS_*_TRANSPORT_LIFECYCLE_REQUESTACCEPTGRACETIMEOUT",),
                unit=Unit.DURATION,
                default=exactly(0),
            ),
            Knob(
                ("--entrypoints.*.transport.lifecycle.gracetimeout",),
                ("TRAEFIK_ENTRYPOINTS_*_TRANSPORT_LIFECYCLE_GRACETIMEOUT",),
                unit=Unit.DURATION,
                default=exactly(10),
            ),
        ),
        configured_by=("--configFile", "--configfile"),
    ),
    Program(
        "cloudflared",
        "cloudflared source: grace-period",
        commands=("cloudflared tunnel",),
        images=("cloudflare/cloudflared",),
        knobs=(
            Knob(("--grace-period",), ("TUNNEL_GRACE_PERIOD",), unit=Unit.GO, default=exactly(30)),
        ),
        configured_by=("--config",),
    ),
    Program(
        "ingress-nginx",
        "ingress-nginx cli-arguments.md",
        commands=("nginx-ingress-controller",),
        images=("ingress-nginx/controller",),
        knobs=(
            Knob(("--shutdown-grace-period",)),
            Knob(("--post-shutdown-grace-period",), default=exactly(10)),
        ),
        besides=unknown("worker-shutdown-timeout in its ConfigMap"),
    ),
    Program(
        "API server",
        "kube-apiserver --shutdown-delay-duration",
        commands=("kube-apiserver", "openshift-apiserver", "oauth-apiserver"),
        knobs=(Knob(("--shutdown-delay-duration",), unit=Unit.GO),),
        besides=unknown("the requests that run"),
    ),
)

WORKERS = (
    Program(
        "celery",
        "celery 5.7.0 apps/worker.py",
        commands=("celery worker", "airflow celery"),
        default=unbounded("it waits for all tasks that run"),
        task_limits=(Knob(("--time-limit",)), Knob(("--soft-time-limit",))),
        is_worker=True,
    ),
    Program(
        "rq",
        "rq worker.py: request_stop",
        commands=("rq worker", "rqworker"),
        default=unbounded("it waits for the job that runs"),
        is_worker=True,
    ),
    Program(
        "dramatiq",
        "dramatiq cli.py",
        commands=("dramatiq",),
        knobs=(
            Knob(("--worker-shutdown-timeout",), unit=Unit.MILLISECONDS, default=exactly(600)),
        ),
        is_worker=True,
    ),
    Program(
        "sidekiq",
        "sidekiq wiki: Deployment",
        commands=("sidekiq",),
        knobs=(Knob(("-t", "--timeout"), default=exactly(25)),),
        configured_by=("-C", "--config"),
        is_worker=True,
    ),
    Program(
        "sidekiq",
        "GitLab chart",
        images=(
            "gitlab-org/build/cng/gitlab-sidekiq-ee",
            "gitlab-org/build/cng/gitlab-sidekiq-ce",
        ),
        knobs=(Knob(env=("SIDEKIQ_TIMEOUT",), default=exactly(25)),),
        is_worker=True,
    ),
    Program(
        "resque",
        "resque-pool",
        commands=("resque", "resque-pool", "rake resque:work"),
        knobs=(
            Knob(env=("RESQUE_PRE_SHUTDOWN_TIMEOUT",)),
            Knob(env=("RESQUE_TERM_TIMEOUT",), default=exactly(4)),
        ),
        is_worker=True,
    ),
    Program(
        "gitlab-runner",
        "gitlab-runner#4215",
        commands=("gitlab-runner run",),
        images=("gitlab/gitlab-runner", "gitlab-org/gitlab-runner"),
        default=unknown("it aborts its builds on SIGTERM"),
        is_worker=True,
    ),
    Program(
        "actions-runner",
        "actions-runner-controller#1759",
        env=("RUNNER_GRACEFUL_STOP_TIMEOUT",),
        knobs=(Knob(env=("RUNNER_GRACEFUL_STOP_TIMEOUT",), default=unknown("the job that runs")),),
        is_worker=True,
    ),
)

INFERENCE = (
    Program(
        "vLLM",
        "vllm#43208",
        commands=(
            "vllm serve",
            "vllm.entrypoints.openai.api_server",
            "vllm.entrypoints.api_server",
        ),
        images=("vllm/vllm-openai",),
        knobs=(Knob(("--shutdown-timeout",)),),
        configured_by=("--config",),
    ),
    Program(
        "Triton",
        "tritonserver --help",
        commands=("tritonserver",),
        knobs=(Knob(("--exit-timeout-secs",), default=exactly(30)),),
    ),
)

STATEFUL = (
    Program(
        "mongod",
        "mongo server defaults: shutdownTimeoutMillisForSignaledShutdown",
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
    Program(
        "redis",
        "redis.conf: shutdown-timeout, up to which a primary waits for its replicas",
        commands=("redis-server",),
        images=("redis",),
        knobs=(Knob(("--shutdown-timeout",), default=unknown("redis waits for its replicas")),),
    ),
)

PROXIES = (
    Program(
        "cloud-sql-proxy",
        "cloud-sql-proxy#1640",
        commands=("cloud-sql-proxy",),
        images=("cloud-sql-connectors/cloud-sql-proxy",),
        knobs=(
            Knob(("--max-sigterm-delay",), ("CSQL_PROXY_MAX_SIGTERM_DELAY",), unit=Unit.DURATION),
        ),
        is_sidecar=True,
    ),
    Program(
        "cloud_sql_proxy",
        "cloudsql-proxy#206",
        commands=("cloud_sql_proxy",),
        images=("cloudsql-docker/gce-proxy",),
        knobs=(Knob(("-term_timeout", "--term_timeout"), unit=Unit.DURATION),),
        is_sidecar=True,
    ),
    Program(
        "istio-proxy",
        "istio pkg/config/mesh/mesh.go",
        commands=("pilot-agent proxy",),
        images=("istio/proxyv2", "istio-release/proxyv2", "release/proxyv2"),
        default=exactly(5),
        is_sidecar=True,
    ),
    Program(
        "linkerd-proxy",
        "linkerd docs: graceful shutdown",
        commands=("linkerd2-proxy", "linkerd-proxy"),
        images=("linkerd/proxy",),
        default=AT_ONCE,
        is_sidecar=True,
    ),
    Program(
        "daprd",
        "dapr/docs arguments-annotations-overview.md",
        commands=("daprd",),
        images=("daprio/daprd",),
        knobs=(Knob(("--dapr-graceful-shutdown-seconds",), default=exactly(5)),),
        is_sidecar=True,
    ),
    Program(
        "consul-dataplane",
        "consul-k8s sources",
        commands=("consul-dataplane",),
        images=("hashicorp/consul-dataplane",),
        knobs=(
            Knob(
                ("-shutdown-grace-period-seconds", "--shutdown-grace-period-seconds"),
                checked=False,
            ),
        ),
        is_sidecar=True,
    ),
    Program(
        "vault agent",
        "KEP-753, motivation",
        commands=("vault agent",),
        default=AT_ONCE,
        is_sidecar=True,
    ),
)

KNOWN = (*WEB, *WORKERS, *INFERENCE, *STATEFUL, *PROXIES)


class Programs:
    """The known programs and those a user added, which come first."""

    def __init__(self, extra: Iterable[Program] = ()) -> None:
        self._by_command: dict[str, list[tuple[frozenset[str], Program]]] = defaultdict(list)
        self._by_image: dict[str, list[tuple[str, Program]]] = defaultdict(list)
        self.by_variable: dict[str, tuple[str, Program]] = {}
        for program in (*extra, *KNOWN):
            for command in program.commands:
                name, *words = command.split()
                self._by_command[name].append((frozenset(words), program))
            for image in program.images:
                self._by_image[base(image)].append((image, program))
            for variable in program.env:
                name, _, value = variable.partition("=")
                self.by_variable.setdefault(name, (value, program))

    def may_be_run(self, words: frozenset[str], images: Iterable[str]) -> Iterator[Program]:
        """Those that a container may run by its images, or by `words_in` its command."""
        for name in self._by_command.keys() & words:
            for rest, program in self._by_command[name]:
                if words_in(" ".join(rest)) <= words:
                    yield program
        for image in images:
            for name, program in self._by_image.get(base(image), ()):
                if is_image(image, name):
                    yield program

    def run_by(self, command: Command | None, image: str | None) -> Program | None:
        """The program a container runs, by its command, else by its image."""
        if command and command.words:
            for words, program in self._by_command.get(command.program, ()):
                if words <= {word.text for word in command.arguments}:
                    return program
        if image and (command is None or not command.entry_is_known):
            for name, program in self._by_image.get(base(image), ()):
                if is_image(image, name):
                    return program
        return None


DEFAULT = Programs()
