"""What collects and keeps logs and traces."""

from __future__ import annotations

from k8slint.images.public.row import PublicImage

_TODAY = "2026-11-29"
_LOKI = (("grafana/loki",), ("/usr/bin/loki",), ("-config.file=/etc/loki/local-config.yaml",))
_VECTOR = ("timberio/vector",)
_OTEL = "open-telemetry/opentelemetry-collector-releases ceccc19d distributions"
_FLUENT_BIT = "/fluent-bit/bin/fluent-bit"

TELEMETRY_IMAGES = (
    PublicImage(
        _LOKI[0],
        "grafana/loki cmd/loki/Dockerfile, v1.1.0 to v3.5.9",
        _TODAY,
        *_LOKI[1:],
        shell="BusyBox",
        since=(1, 1),
        before=(3, 6),
    ),
    PublicImage(
        _LOKI[0],
        "grafana/loki 65e30f8488 cmd/loki/Dockerfile, since v3.6.0",
        _TODAY,
        *_LOKI[1:],
        shell="none",
        since=(3, 6),
    ),
    PublicImage(
        ("grafana/promtail",),
        "grafana/loki clients/cmd/promtail/Dockerfile, v1.6.0 to v3.6.9",
        _TODAY,
        ("/usr/bin/promtail",),
        ("-config.file=/etc/promtail/config.yml",),
        shell="dash",
        since=(1, 6),
    ),
    PublicImage(
        ("grafana/tempo",),
        "grafana/tempo cmd/tempo/Dockerfile, v0.2.0 to v2.9.2",
        _TODAY,
        ("/tempo",),
        shell="BusyBox",
        since=(0, 2),
        before=(2, 9, 3),
    ),
    PublicImage(
        ("grafana/tempo",),
        "grafana/tempo ad33aa8faf cmd/tempo/Dockerfile, since v2.9.3",
        _TODAY,
        ("/tempo",),
        shell="none",
        since=(2, 9, 3),
    ),
    PublicImage(
        ("grafana/alloy",),
        "grafana/alloy 66ebea856d Dockerfile, since v1.0.0",
        _TODAY,
        ("/bin/alloy",),
        ("run", "/etc/alloy/config.alloy", "--storage.path=/var/lib/alloy/data"),
        shell="dash",
        since=(1,),
    ),
    PublicImage(
        ("grafana/agent",),
        "grafana/agent 372611b64 cmd/grafana-agent/Dockerfile, since v0.31.0",
        _TODAY,
        ("/bin/grafana-agent",),
        ("--config.file=/etc/agent/agent.yaml", "--metrics.wal-directory=/etc/agent/data"),
        shell="dash",
        since=(0, 31),
    ),
    PublicImage(
        (
            "otel/opentelemetry-collector-contrib",
            "opentelemetry-collector-releases/opentelemetry-collector-contrib",
        ),
        f"{_OTEL}/otelcol-contrib/Dockerfile, since v0.42.0",
        _TODAY,
        ("/otelcol-contrib",),
        ("--config", "/etc/otelcol-contrib/config.yaml"),
        shell="none",
        since=(0, 42),
    ),
    PublicImage(
        (
            "otel/opentelemetry-collector",
            "opentelemetry-collector-releases/opentelemetry-collector",
        ),
        f"{_OTEL}/otelcol/Dockerfile, since v0.42.0",
        _TODAY,
        ("/otelcol",),
        ("--config", "/etc/otelcol/config.yaml"),
        shell="none",
        since=(0, 42),
    ),
    PublicImage(
        (
            "otel/opentelemetry-collector-k8s",
            "opentelemetry-collector-releases/opentelemetry-collector-k8s",
        ),
        f"{_OTEL}/otelcol-k8s/Dockerfile, since v0.98.0",
        _TODAY,
        ("/otelcol-k8s",),
        shell="none",
        since=(0, 98),
    ),
    PublicImage(
        ("jaegertracing/all-in-one",),
        "jaegertracing/jaeger cmd/all-in-one/Dockerfile, since v1.23.0",
        _TODAY,
        ("/go/bin/all-in-one-linux",),
        since=(1, 23),
    ),
    PublicImage(
        ("jaegertracing/jaeger",),
        "jaegertracing/jaeger 8498073ff cmd/jaeger/Dockerfile, since v1.60.0",
        _TODAY,
        ("/cmd/jaeger/jaeger-linux",),
        since=(2,),
    ),
    PublicImage(
        ("openzipkin/zipkin",),
        "openzipkin/zipkin 878ce2a1fa docker/Dockerfile, since 2.22.0",
        _TODAY,
        ("start-zipkin",),
        since=(2, 22),
    ),
    PublicImage(
        _VECTOR,
        "vectordotdev/vector c3445d42d2 distribution/docker/alpine/Dockerfile",
        _TODAY,
        ("/usr/local/bin/vector",),
        shell="BusyBox",
        since=(0, 4),
        variant="alpine",
    ),
    PublicImage(
        _VECTOR,
        "vectordotdev/vector c3445d42d2 distribution/docker/distroless-static/Dockerfile",
        _TODAY,
        ("/usr/local/bin/vector",),
        shell="none",
        since=(0, 11),
        variant="static",
    ),
    PublicImage(
        _VECTOR,
        "vectordotdev/vector c3445d42d2 distribution/docker/distroless-libc/Dockerfile",
        _TODAY,
        ("/usr/bin/vector",),
        shell="none",
        since=(0, 11),
        variant="libc",
    ),
    PublicImage(
        _VECTOR,
        "vectordotdev/vector c3445d42d2 distribution/docker/debian/Dockerfile",
        _TODAY,
        ("/usr/bin/vector",),
        shell="dash",
        since=(0, 5),
        variant="debian",
    ),
    PublicImage(
        ("fluent/fluent-bit",),
        "fluent/fluent-bit dockerfiles/Dockerfile (debug), since v1.9.0",
        _TODAY,
        (),
        (_FLUENT_BIT, "-c", "/fluent-bit/etc/fluent-bit.conf"),
        shell="dash",
        since=(1, 9),
        variant="debug",
    ),
    PublicImage(
        ("fluent/fluent-bit",),
        "fluent/fluent-bit d55459d49 dockerfiles/Dockerfile (production), since v1.9.0",
        _TODAY,
        (_FLUENT_BIT,),
        (_FLUENT_BIT, "-c", "/fluent-bit/etc/fluent-bit.conf"),
        shell="none",
        since=(1, 9),
    ),
    PublicImage(
        ("fluent/fluentd-kubernetes-daemonset",),
        "fluent/{fluentd-kubernetes-daemonset,fluentd-docker-image} 849b9e1e Dockerfiles: FROM "
        "ruby, debian; no STOPSIGNAL ever",
        _TODAY,
    ),
)
