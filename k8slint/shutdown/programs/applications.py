"""Known applications and their servers: how long they take to stop."""

from __future__ import annotations

from k8slint.shutdown.durations import Unit
from k8slint.shutdown.programs.program import EXITS_AT_ONCE, Knob, KnownProgram
from k8slint.shutdown.seconds import exactly, unbounded, unknown

APPLICATIONS = (
    KnownProgram(
        "PHP-FPM",
        "php/php-src 03f3b8479b sapi/fpm/fpm/fpm_process_ctl.c (fpm_pctl_action_next)",
        "2026-11-29",
        commands=("php-fpm",),
        default=exactly(0, "without process_control_timeout it ends running requests"),
    ),
    KnownProgram(
        "Tomcat",
        "apache/tomcat 84ac9af072 StandardWrapper.java (unloadDelay), StandardService.java",
        "2026-11-29",
        commands=("catalina.sh run",),
        default=unknown("it gives requests 2 s, then stops its web apps"),
    ),
    KnownProgram(
        "Jetty",
        "jetty/jetty.project acf33259 etc/jetty.xml (jetty.server.stopTimeout)",
        "2026-11-29",
        commands=("java /usr/local/jetty/start.jar",),
        default=exactly(5),
    ),
    KnownProgram(
        "registry",
        "distribution/distribution 0d6b721dc registry/registry.go (DrainTimeout)",
        "2026-11-29",
        commands=("registry serve",),
        images=("registry",),
        knobs=(Knob(env=("REGISTRY_HTTP_DRAINTIMEOUT",), unit=Unit.GO),),
    ),
    KnownProgram(
        "Grafana",
        "grafana/grafana pkg/cmd/grafana-server/commands/cli.go (listenToSystemSignals)",
        "2026-11-29",
        commands=("grafana-server", "grafana server"),
        images=("grafana/grafana", "grafana/grafana-oss"),
        default=exactly(30),
    ),
    KnownProgram(
        "Gitea",
        "code.gitea.io/gitea v1.24.0 modules/setting/server.go (GRACEFUL_HAMMER_TIME)",
        "2026-11-29",
        commands=("gitea web",),
        default=exactly(60),
    ),
    KnownProgram(
        "Consul",
        "hashicorp/consul v1.21.0 command/agent/agent.go: servers do not leave on SIGTERM",
        "2026-11-29",
        commands=("consul agent -server",),
        default=EXITS_AT_ONCE,
        configured_by=("-config-dir", "-config-file"),
    ),
    KnownProgram(
        "Docker daemon",
        "moby/moby b985e2313a daemon/config/config.go (DefaultShutdownTimeout)",
        "2026-11-29",
        commands=("dockerd",),
        knobs=(Knob(("--shutdown-timeout",), default=exactly(15)),),
        configured_by=("--config-file",),
    ),
    KnownProgram(
        "Squid",
        "squid-cache/squid 243463af0 src/cf.data.pre (shutdown_lifetime)",
        "2026-11-29",
        commands=("squid",),
        default=exactly(30),
        configured_by=("-f",),
    ),
    KnownProgram(
        "Logstash",
        "elastic/logstash 5e535656 docs/reference/shutdown.md",
        "2026-11-29",
        commands=("logstash",),
        images=("logstash", "logstash/logstash"),
        default=unknown("the stop signal of its image decides"),
        by_signal=(("TERM", unbounded("it waits until all events have left its pipelines")),),
    ),
)
