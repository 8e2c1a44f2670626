"""Known components of clusters, what measures them, and applications that show something."""

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
# Go ends a program that does not handle SIGTERM, as process 1 too: dieFromSignal in
# src/runtime/signal_unix.go of golang/go calls exit(2) where the signal itself does nothing.
_GO_ENDS_IT = EXITS_AT_ONCE
# GracefulShutdownTimeout of sigs.k8s.io/controller-runtime, 30 s by default since v0.6.2
# (pkg/manager/internal.go).
_MANAGER = exactly(30)

CONTROLLERS = (
    KnownProgram(
        "cluster-autoscaler",
        "kubernetes/autoscaler 55c37cd5eb cluster-autoscaler/main.go (registerSignalHandlers)",
        _TODAY,
        commands=("cluster-autoscaler",),
        default=EXITS_AT_ONCE,
    ),
    KnownProgram(
        "CSI sidecar",
        "kubernetes-csi/external-{attacher e6106024,provisioner 0688604fa,resizer beef24d8,"
        "snapshotter afb2f0d85}: ReleaseLeaderElectionOnExit is off; "
        "node-driver-registrar 3482d444 node_register.go, livenessprobe e60f18af",
        _TODAY,
        commands=(
            *("csi-attacher", "csi-provisioner", "csi-resizer", "csi-snapshotter"),
            "csi-node-driver-registrar",
        ),
        images=("sig-storage/livenessprobe", "k8scsi/livenessprobe"),
        default=_GO_ENDS_IT,
    ),
    KnownProgram(
        "GCE PD CSI driver",
        "kubernetes-sigs/gcp-compute-persistent-disk-csi-driver v1.3.4 and v1.13.9: "
        "no signal is handled",
        _TODAY,
        commands=("gce-pd-csi-driver",),
        default=_GO_ENDS_IT,
    ),
    KnownProgram(
        "TopoLVM",
        "topolvm/topolvm 83e3dcee cmd/{topolvm-controller,topolvm-node}/app/run.go",
        _TODAY,
        commands=("topolvm-controller", "topolvm-node"),
        default=_MANAGER,
    ),
    KnownProgram(
        "topolvm-scheduler",
        "topolvm/topolvm 83e3dcee cmd/topolvm-scheduler/app/root.go",
        _TODAY,
        commands=("topolvm-scheduler",),
        default=SIGNAL_DECIDES,
        by_signal=ALL_REQUESTS,
    ),
    KnownProgram(
        "Velero",
        "velero-io/velero d2241adba pkg/cmd/server/server.go",
        _TODAY,
        commands=("velero server",),
        default=_MANAGER,
    ),
    KnownProgram(
        "Contour",
        "projectcontour/contour 31c4bb38e cmd/contour/serve.go",
        _TODAY,
        commands=("contour serve",),
        default=_MANAGER,
    ),
    KnownProgram(
        "MetalLB",
        "metallb/metallb 7938d3f89 internal/k8s/k8s.go (Run)",
        _TODAY,
        images=("metallb/controller", "metallb/speaker"),
        default=_MANAGER,
    ),
    KnownProgram(
        "NGINX Ingress Controller",
        "nginx/kubernetes-ingress 0eb3072d1 cmd/nginx-ingress/main.go (handleTermination)",
        _TODAY,
        commands=("nginx-ingress",),
        default=SIGNAL_DECIDES,
        by_signal=ALL_REQUESTS,
    ),
    KnownProgram(
        "Gatekeeper",
        "open-policy-agent/gatekeeper dd8507eb97 main.go",
        _TODAY,
        images=("openpolicyagent/gatekeeper",),
        knobs=(Knob(("--shutdown-delay",), default=exactly(10)),),
        besides=_MANAGER,
    ),
    KnownProgram(
        "KEDA",
        "kedacore/keda 8b4f083ca cmd/operator/main.go, cmd/webhooks/main.go",
        _TODAY,
        commands=("keda", "keda-admission-webhooks"),
        default=_MANAGER,
    ),
    KnownProgram(
        "External Secrets Operator",
        "external-secrets/external-secrets cc5bfbc22 cmd/controller/{root,certcontroller}.go",
        _TODAY,
        commands=("external-secrets",),
        default=_MANAGER,
    ),
    KnownProgram(
        "sealed-secrets",
        "bitnami-labs/sealed-secrets 86671a88 pkg/controller/main.go",
        _TODAY,
        images=("bitnami/sealed-secrets-controller", "bitnami-labs/sealed-secrets-controller"),
        default=SIGNAL_DECIDES,
        by_signal=ALL_REQUESTS,
    ),
    KnownProgram(
        "cert-manager webhook",
        "cert-manager/cert-manager 2d0d7f7f7 pkg/webhook/server/server.go",
        _TODAY,
        images=("jetstack/cert-manager-webhook",),
        default=exactly(5),
    ),
    KnownProgram(
        "Teleport",
        "gravitational/teleport 541e742 lib/service/signals.go",
        _TODAY,
        commands=("teleport start",),
        images=(
            *("gravitational/teleport", "gravitational/teleport-distroless"),
            *("gravitational/teleport-ent", "gravitational/teleport-ent-distroless"),
        ),
        default=exactly(5),
    ),
    KnownProgram(
        "controller-runtime",
        "main.go of k8ssandra/{k8ssandra-operator 9e3d1b51,cass-operator d5697290}, "
        "ray-project/kuberay feeaf72fa, kubernetes-sigs/{kueue ff69552e79,jobset 08dfbdfd,"
        "lws 060ab4d,aws-load-balancer-controller 225f44568}, "
        "cloudnative-pg/cloudnative-pg a95a534db, actions/actions-runner-controller 2ee6b3b8, "
        "open-telemetry/opentelemetry-operator be8944414: the default of controller-runtime",
        _TODAY,
        images=(
            *("k8ssandra/k8ssandra-operator", "k8ssandra/cass-operator", "kuberay/operator"),
            *("kueue/kueue", "jobset/jobset", "lws/lws", "eks/aws-load-balancer-controller"),
            *("cloudnative-pg/cloudnative-pg", "summerwind/actions-runner-controller"),
            "opentelemetry-operator/opentelemetry-operator",
        ),
        default=_MANAGER,
    ),
    KnownProgram(
        "redis-operator",
        "spotahome/redis-operator 632aa3da cmd/redisoperator/main.go (gracePeriod)",
        _TODAY,
        images=("spotahome/redis-operator",),
        default=exactly(5),
    ),
    KnownProgram(
        "Argo CD controller",
        "argoproj/argo-cd 37ee0097cf cmd/argocd-application-controller, cmd/argocd-notification",
        _TODAY,
        commands=("argocd-application-controller", "argocd-notifications"),
        default=EXITS_AT_ONCE,
    ),
    KnownProgram(
        "Argo CD ApplicationSet controller",
        "argoproj/argo-cd 37ee0097cf cmd/argocd-applicationset-controller",
        _TODAY,
        commands=("argocd-applicationset-controller",),
        default=_MANAGER,
    ),
    KnownProgram(
        "Argo CD server",
        "argoproj/argo-cd 37ee0097cf server/server.go (shutdownFunc)",
        _TODAY,
        commands=("argocd-server",),
        default=exactly(20),
    ),
    KnownProgram(
        "Argo CD repository server",
        "argoproj/argo-cd 37ee0097cf cmd/argocd-repo-server, since v2.13.0",
        _TODAY,
        commands=("argocd-repo-server",),
        default=unknown("since 2.13 it waits for running requests"),
    ),
    KnownProgram(
        "Argo Rollouts",
        "argoproj/argo-rollouts 9f8d111d8 controller/controller.go (ShutDownWithDrain)",
        _TODAY,
        commands=("rollouts-controller",),
        default=unbounded("it finishes what its workers have begun"),
    ),
    KnownProgram(
        "Flux controller",
        "fluxcd/{source 39b711b1,kustomize 186fb3b,notification 2e46958}-controller main.go; "
        "fluxcd/image-{automation d36e2ea,reflector debe2aa}-controller main.go",
        _TODAY,
        images=(
            *("fluxcd/source-controller", "fluxcd/kustomize-controller"),
            *("fluxcd/notification-controller", "fluxcd/image-automation-controller"),
            "fluxcd/image-reflector-controller",
        ),
        default=_MANAGER,
    ),
    KnownProgram(
        "helm-controller",
        "fluxcd/helm-controller 0f61a86 main.go",
        _TODAY,
        images=("fluxcd/helm-controller",),
        knobs=(Knob(("--graceful-shutdown-timeout",), unit=Unit.GO, default=exactly(600)),),
    ),
)

MONITORING = (
    KnownProgram(
        "Prometheus exporter",
        "prometheus/{node a7dcc3a0,blackbox e39d7d4,mysqld 55c0976,statsd ac592b1,"
        "memcached 17e002c}_exporter, prometheus-community/postgres_exporter dbb1987e, "
        "letsencrypt/unbound_exporter 01314cb, boynux/squid-exporter 7a7d916: none waits",
        _TODAY,
        commands=(
            *("node_exporter", "blackbox_exporter", "mysqld_exporter", "statsd_exporter"),
            *("memcached_exporter", "postgres_exporter", "unbound_exporter", "squid-exporter"),
        ),
        default=_GO_ENDS_IT,
    ),
    KnownProgram(
        "redis_exporter",
        "oliver006/redis_exporter cd5941f main.go, since v1.57.0",
        _TODAY,
        commands=("redis_exporter",),
        default=exactly(10),
    ),
    KnownProgram(
        "rabbitmq_exporter",
        # ListenAndServe returns as soon as Shutdown is called, and log.Fatal then ends it.
        "kbudde/rabbitmq_exporter 4dcae04 main.go",
        _TODAY,
        commands=("rabbitmq_exporter",),
        default=EXITS_AT_ONCE,
    ),
    KnownProgram(
        "kube-state-metrics",
        "kubernetes/kube-state-metrics c92fe0c5: no signal is handled",
        _TODAY,
        commands=("kube-state-metrics",),
        default=_GO_ENDS_IT,
    ),
    KnownProgram(
        "Pushgateway",
        # ListenAndServe returns as soon as Shutdown is called, and main does not wait for more.
        "prometheus/pushgateway 412bd22 main.go",
        _TODAY,
        commands=("pushgateway",),
        default=EXITS_AT_ONCE,
    ),
    KnownProgram(
        "Prometheus Operator",
        "prometheus-operator/prometheus-operator 6adcebc50 cmd/operator/main.go",
        _TODAY,
        images=("prometheus-operator/prometheus-operator",),
        default=SIGNAL_DECIDES,
        by_signal=ALL_REQUESTS,
    ),
    KnownProgram(
        "prometheus-config-reloader",
        "prometheus-operator/prometheus-operator 6adcebc50 cmd/prometheus-config-reloader",
        _TODAY,
        commands=("prometheus-config-reloader",),
        default=EXITS_AT_ONCE,
    ),
    KnownProgram(
        "Thanos",
        "thanos-io/thanos e103a81bd cmd/thanos/config.go, pkg/server/{grpc,http}",
        _TODAY,
        commands=("thanos query", "thanos store", "thanos sidecar"),
        knobs=(
            Knob(("--grpc-grace-period",), unit=Unit.GO, default=exactly(120)),
            Knob(("--http-grace-period",), unit=Unit.GO, default=exactly(120)),
        ),
    ),
    KnownProgram(
        "Vector",
        "vectordotdev/vector c3445d42d2 src/cli.rs, src/app.rs",
        _TODAY,
        commands=("vector",),
        knobs=(
            Knob(
                ("--graceful-shutdown-limit-secs",),
                ("VECTOR_GRACEFUL_SHUTDOWN_LIMIT_SECS",),
                default=exactly(60),
            ),
        ),
    ),
    KnownProgram(
        "kube-rbac-proxy",
        "brancz/kube-rbac-proxy 898a9f44 cmd/kube-rbac-proxy/app/kube-rbac-proxy.go",
        _TODAY,
        commands=("kube-rbac-proxy",),
        default=SIGNAL_DECIDES,
        by_signal=ALL_REQUESTS,
    ),
    KnownProgram(
        "oauth2-proxy",
        "oauth2-proxy/oauth2-proxy 14af2951 oauthproxy.go, pkg/proxyhttp/server.go",
        _TODAY,
        commands=("oauth2-proxy",),
        default=SIGNAL_DECIDES,
        by_signal=ALL_REQUESTS,
    ),
    KnownProgram(
        "git-sync",
        "kubernetes/git-sync e2be7fa pkg/pid1/pid1.go: the child does not handle SIGTERM",
        _TODAY,
        commands=("git-sync",),
        default=_GO_ENDS_IT,
    ),
)
