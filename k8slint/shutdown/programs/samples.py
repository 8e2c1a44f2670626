"""Known applications that show or test something."""

from __future__ import annotations

from k8slint.shutdown.durations import Unit
from k8slint.shutdown.programs.program import (
    ALL_REQUESTS,
    EXITS_AT_ONCE,
    SIGNAL_DECIDES,
    Knob,
    KnownProgram,
)
from k8slint.shutdown.seconds import exactly, unbounded, unknown

_TODAY = "2026-11-29"
_SHOP = "GoogleCloudPlatform/microservices-demo 34ffea917 src"

SAMPLES = (
    KnownProgram(
        "pause",
        "kubernetes/kubernetes v1.37.2 build/pause/linux/pause.c",
        _TODAY,
        images=(
            *("kubernetes/pause", "google-containers/pause", "google_containers/pause"),
            *("google-containers/pause-amd64", "google_containers/pause-amd64"),
            *("registry.k8s.io/pause", "k8s.gcr.io/pause", "k8s.gcr.io/pause-amd64"),
        ),
        default=EXITS_AT_ONCE,
    ),
    KnownProgram(
        "rollouts-demo",
        "argoproj/rollouts-demo f528fdd main.go: a delay, then 30 s for requests",
        _TODAY,
        commands=("rollouts-demo",),
        knobs=(Knob(("-termination-delay", "--termination-delay"), default=exactly(10)),),
        besides=exactly(30),
    ),
    KnownProgram(
        "podinfo with gRPC",
        "stefanprodan/podinfo eec06d1 pkg/signals/shutdown.go (GracefulStop)",
        _TODAY,
        commands=("podinfo --grpc-port=9999",),
        default=unknown("since 6.2.2 it waits for running gRPC calls"),
    ),
    KnownProgram(
        "podinfo",
        "stefanprodan/podinfo eec06d1 cmd/podinfo/main.go, pkg/signals/shutdown.go",
        _TODAY,
        commands=("podinfo",),
        knobs=(
            Knob(
                ("--server-shutdown-timeout", "--http-server-shutdown-timeout"),
                ("PODINFO_SERVER_SHUTDOWN_TIMEOUT", "PODINFO_HTTP_SERVER_SHUTDOWN_TIMEOUT"),
                unit=Unit.GO,
                default=exactly(5),
            ),
        ),
        configured_by=("--config", "--config-path"),
    ),
    KnownProgram(
        "http-echo",
        "hashicorp/http-echo b69bfb9 and v0.2.3 main.go",
        _TODAY,
        images=("hashicorp/http-echo",),
        default=unknown("since 1.0 it waits up to 5 s for requests, before it ignores SIGTERM"),
    ),
    KnownProgram(
        "go-httpbin",
        "mccutchen/go-httpbin 697b6e3 httpbin/cmd/cmd.go, since v2.5.2",
        _TODAY,
        commands=("go-httpbin",),
        knobs=(
            Knob(
                ("-max-duration", "--max-duration"),
                ("MAX_DURATION",),
                unit=Unit.GO,
                default=exactly(10),
            ),
        ),
        besides=exactly(1),
    ),
    KnownProgram(
        "Go sample",
        "traefik/whoami 8951300, wardviaene/http-echo 726313c, BuoyantIO/emojivoto e490d57 "
        "emojivoto-web/cmd, BuoyantIO/slow_cooker bda352f, istio/istio 86c9f01fd73 "
        "samples/tcp-echo, googleforgames/agones b19d5fe78 examples/autoscaler-webhook, "
        "GoogleCloudPlatform/kubernetes-engine-samples 2b503651 quickstarts/hello-app, "
        f"{_SHOP}/{{frontend,checkoutservice,shippingservice,productcatalogservice}}",
        _TODAY,
        commands=(*("emojivoto-vote-bot", "emojivoto-web", "slow_cooker"),),
        images=(
            *("traefik/whoami", "wardviaene/http-echo", "gke/hello-app"),
            "agones-images/examples/autoscaler-webhook",
            *("release/tcp-echo-server", "istio/tcp-echo-server"),
            *("microservices-demo/frontend", "microservices-demo/productcatalogservice"),
            *("microservices-demo/checkoutservice", "microservices-demo/shippingservice"),
        ),
        default=EXITS_AT_ONCE,
    ),
    KnownProgram(
        "Python sample",
        # pid_namespaces(7): process 1 gets no signal that it does not handle.
        f"{_SHOP}/emailservice/email_server.py, {_SHOP}/recommendationservice",
        _TODAY,
        images=("microservices-demo/emailservice", "microservices-demo/recommendationservice"),
        default=SIGNAL_DECIDES,
        by_signal=(
            ("TERM", unbounded("as process 1, Python ignores a SIGTERM that it does not handle")),
        ),
    ),
    KnownProgram(
        "Node.js sample",
        f"{_SHOP}/{{paymentservice,currencyservice}}; nodejs/docker-node docs/BestPractices.md",
        _TODAY,
        images=("microservices-demo/paymentservice", "microservices-demo/currencyservice"),
        default=SIGNAL_DECIDES,
        by_signal=(
            ("TERM", unbounded("as process 1, Node.js ignores a SIGTERM that it does not handle")),
        ),
    ),
    KnownProgram(
        "bb",
        "BuoyantIO/bb 971aeae cmd/services.go, protocols/{grpc,http}.go",
        _TODAY,
        images=("buoyantio/bb",),
        default=SIGNAL_DECIDES,
        by_signal=ALL_REQUESTS,
    ),
    KnownProgram(
        "testhttpd",
        "cybozu/neco-containers testhttpd/src, cybozu-go/well v1.11.2 http.go",
        _TODAY,
        images=("cybozu/testhttpd",),
        default=SIGNAL_DECIDES,
        by_signal=ALL_REQUESTS,
    ),
    KnownProgram(
        "agnhost",
        "kubernetes/kubernetes v1.37.2 and v1.24.0 test/images/agnhost/netexec/netexec.go",
        _TODAY,
        commands=("agnhost netexec",),
        knobs=(Knob(("--delay-shutdown",)),),
    ),
    KnownProgram(
        "Bookinfo ratings",
        "istio/istio samples/bookinfo/src/ratings/ratings.js c4681400d51",
        _TODAY,
        commands=("node /opt/microservices/ratings.js",),
        default=unknown("since 1.17 it waits for running requests, before it ignores SIGTERM"),
    ),
    KnownProgram(
        "echoserver",
        "kubernetes/kubernetes v1.21.0 test/images/echoserver/run.sh: a shell stays process 1",
        _TODAY,
        images=("e2e-test-images/echoserver",),
        default=SIGNAL_DECIDES,
        by_signal=(("TERM", unbounded("its script does not forward the stop signal")),),
    ),
    KnownProgram(
        "random-generator",
        "k8spatterns/random-generator ff71198 spring/pom.xml: Spring Boot 2.7.9, not graceful",
        _TODAY,
        images=("k8spatterns/random-generator",),
        default=EXITS_AT_ONCE,
    ),
)
