"""What delivers applications: Argo and Flux."""

from __future__ import annotations

from k8slint.images.public.row import PublicImage

_TODAY = "2026-11-29"

DELIVERY_IMAGES = (
    PublicImage(
        ("argoproj/argocd",),
        "argoproj/argo-cd Dockerfile, v0.11.0 to v2.6.15: neither is written",
        _TODAY,
        (),
        shell="dash",
        since=(0, 12),
        before=(2, 7),
    ),
    PublicImage(
        ("argoproj/argocd",),
        "argoproj/argo-cd 37ee0097cf Dockerfile, since v2.7.0",
        _TODAY,
        ("/usr/bin/tini", "--"),
        shell="dash",
        since=(2, 7),
    ),
    PublicImage(
        ("argoproj/argo-rollouts",),
        "argoproj/argo-rollouts 9f8d111d8 Dockerfile, since v0.3.1",
        _TODAY,
        ("/bin/rollouts-controller",),
        shell="none",
        since=(0, 3, 1),
    ),
    PublicImage(
        ("fluxcd/source-controller",),
        "fluxcd/source-controller 39b711b1 Dockerfile, since v0.21.0",
        _TODAY,
        ("source-controller",),
        shell="BusyBox",
        since=(0, 21),
    ),
    PublicImage(
        ("fluxcd/kustomize-controller",),
        "fluxcd/kustomize-controller 186fb3b Dockerfile, since v0.0.1",
        _TODAY,
        ("/sbin/tini", "--", "kustomize-controller"),
        shell="BusyBox",
    ),
    PublicImage(
        ("fluxcd/helm-controller",),
        "fluxcd/helm-controller Dockerfile, v0.0.1 to v0.33.0",
        _TODAY,
        ("/sbin/tini", "--", "helm-controller"),
        shell="BusyBox",
        before=(0, 34),
    ),
    PublicImage(
        ("fluxcd/helm-controller",),
        "fluxcd/helm-controller 0f61a86 Dockerfile, since v0.34.0",
        _TODAY,
        ("helm-controller",),
        shell="BusyBox",
        since=(0, 34),
    ),
    PublicImage(
        ("fluxcd/notification-controller",),
        "fluxcd/notification-controller Dockerfile, v0.0.1 to v0.33.0",
        _TODAY,
        ("/sbin/tini", "--", "notification-controller"),
        shell="BusyBox",
        before=(1,),
    ),
    PublicImage(
        ("fluxcd/notification-controller",),
        "fluxcd/notification-controller 2e46958 Dockerfile, since v1.0.0",
        _TODAY,
        ("notification-controller",),
        shell="BusyBox",
        since=(1,),
    ),
    PublicImage(
        ("fluxcd/image-automation-controller",),
        "fluxcd/image-automation-controller d36e2ea Dockerfile, since v0.20.0",
        _TODAY,
        ("image-automation-controller",),
        shell="BusyBox",
        since=(0, 20),
    ),
    PublicImage(
        ("fluxcd/image-reflector-controller",),
        "fluxcd/image-reflector-controller debe2aa Dockerfile, since v0.28.0",
        _TODAY,
        ("image-reflector-controller",),
        shell="BusyBox",
        since=(0, 28),
    ),
    PublicImage(
        ("fluxcd/flagger",),
        "fluxcd/flagger 15bd6ad5 Dockerfile, since 0.0.1",
        _TODAY,
        ("./flagger",),
        shell="BusyBox",
    ),
    *(
        PublicImage(
            ("argoproj/kubectl-argo-rollouts",),
            f"argoproj/argo-rollouts {revision} Dockerfile: FROM {base}",
            _TODAY,
            ("/bin/kubectl-argo-rollouts",),
            ("dashboard",),
            shell=shell,
            since=since,
        )
        for since, revision, base, shell in (
            ((1, 5), "9f8d111d8", "distroless", "none"),
            ((1,), "v1.4.0", "ubuntu", "dash"),
        )
    ),
)
