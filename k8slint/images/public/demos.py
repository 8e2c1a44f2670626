"""Demo shops, and what courses and examples run: most are known by their stop signal alone."""

from __future__ import annotations

from k8slint.images.public.row import PublicImage

_TODAY = "2026-11-29"
_YELB = "mreferre/yelb 55ee1b8"
_AKS = "Azure-Samples/aks-store-demo 2.0.0 and 2.2.0 src"
_CONTRIB = "kubernetes-retired/contrib 3788b306f"

DEMO_IMAGES = (
    PublicImage(
        ("wardviaene/k8s-demo",),
        "wardviaene/docker-demo db426ce Dockerfile: FROM node; no STOPSIGNAL ever",
        _TODAY,
    ),
    PublicImage(
        (
            *("weaveworksdemos/carts", "weaveworksdemos/orders"),
            *("weaveworksdemos/shipping", "weaveworksdemos/queue-master"),
        ),
        "microservices-demo/{carts,orders,shipping,queue-master} docker/*/Dockerfile: FROM "
        "weaveworksdemos/msd-java, whose Boxfile 0c4bf56 is from openjdk; no STOPSIGNAL ever",
        _TODAY,
    ),
    PublicImage(
        ("weaveworksdemos/user-db", "weaveworksdemos/catalogue-db"),
        "microservices-demo/{user,catalogue} docker/*-db/Dockerfile: FROM mongo:3, mysql:5.7; "
        "no STOPSIGNAL ever",
        _TODAY,
    ),
    PublicImage(
        ("mreferre/yelb-appserver",),
        f"{_YELB} yelb-appserver/Dockerfile: FROM bitnami/ruby; no STOPSIGNAL ever",
        _TODAY,
    ),
    PublicImage(
        ("mreferre/yelb-ui",),
        f"{_YELB} yelb-ui/Dockerfile: FROM nginx 1.11.5, then 1.17.10, with SIGTERM",
        _TODAY,
    ),
    PublicImage(
        ("mreferre/yelb-db",),
        f"{_YELB} yelb-db/Dockerfile: FROM postgres:10.21 since 0.6",
        _TODAY,
        ("docker-entrypoint.sh",),
        ("postgres",),
        wraps="postgres",
        signal="INT",
        shell="dash",
        since=(0, 6),
    ),
    PublicImage(
        ("mreferre/yelb-db",),
        "mreferre/yelb 268eccb yelb-db/Dockerfile: FROM postgres:10.0, 0.3 to 0.5",
        _TODAY,
        since=(0, 3),
    ),
    PublicImage(
        ("sourishkrout/nodevoto",),
        "sourishkrout/nodevoto ae7a03a Dockerfile: FROM node; no STOPSIGNAL ever",
        _TODAY,
    ),
    PublicImage(
        ("solsson/kafkacat",),
        "solsson/kafkacat 012994d Dockerfile: FROM debian, alpine; no STOPSIGNAL ever",
        _TODAY,
    ),
    PublicImage(
        (
            *("release/examples-helloworld-v1", "istio/examples-helloworld-v1"),
            *("release/examples-helloworld-v2", "istio/examples-helloworld-v2"),
        ),
        "istio/istio 186a232f975 samples/helloworld/src/Dockerfile: FROM python; "
        "no STOPSIGNAL ever",
        _TODAY,
    ),
    PublicImage(
        ("aks-store-demo/makeline-service",),
        f"{_AKS}/makeline-service/Dockerfile",
        _TODAY,
        (),
        ("./main",),
        shell="BusyBox",
        since=(2,),
    ),
    *(
        PublicImage(
            (f"aks-store-demo/{name}",),
            f"{_AKS}/{name}/Dockerfile",
            _TODAY,
            (),
            (f"./{name}",),
            shell="dash",
            since=(2,),
        )
        for name in ("virtual-customer", "virtual-worker")
    ),
    PublicImage(
        ("bank-of-anthos-ci/frontend", "bank-of-anthos-ci/userservice"),
        "GoogleCloudPlatform/bank-of-anthos 6e5499f6 Dockerfiles: FROM python; no STOPSIGNAL ever",
        _TODAY,
    ),
    PublicImage(
        ("microservices-demo/loadgenerator",),
        "GoogleCloudPlatform/microservices-demo v0.4.1 src/loadgenerator/Dockerfile: "
        "FROM python; no STOPSIGNAL ever",
        _TODAY,
    ),
    *(
        PublicImage(
            tuple(
                f"{place}/{name}"
                for place in ("k8s.gcr.io", "google_containers", "google-containers")
            ),
            f"{_CONTRIB} {folder}/Dockerfile: FROM nginx-slim",
            _TODAY,
            (),
            ("nginx", "-g", "daemon off;"),
            since=since,
            before=(1, 5),
        )
        for name, folder, since in (
            ("echoserver", "ingress/echoheaders", (1, 2)),
            ("echoserver-redirect", "ingress/echoheaders-redirect", (1, 3)),
        )
    ),
    PublicImage(
        ("k8s.gcr.io/haproxy", "google_containers/haproxy"),
        "kubernetes-retired/contrib 336465967 images/haproxy/Dockerfile, 0.3 to 0.5",
        _TODAY,
        (),
        ("/usr/sbin/haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg"),
        since=(0, 3),
        before=(0, 6),
    ),
    PublicImage(
        ("k8s.gcr.io/kube-keepalived-vip", "google_containers/kube-keepalived-vip"),
        f"{_CONTRIB} keepalived-vip/Dockerfile: FROM ubuntu-slim; no STOPSIGNAL ever",
        _TODAY,
    ),
    PublicImage(
        ("google-samples/cassandra",),
        "kubernetes/examples 9f2c771f databases/cassandra/image/Dockerfile: FROM ubuntu-slim, "
        "debian-base; no STOPSIGNAL ever",
        _TODAY,
    ),
)
