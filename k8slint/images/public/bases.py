"""Base images, which declare little but a shell, and tools."""

from __future__ import annotations

from k8slint.images.public.row import PublicImage

_TODAY = "2026-11-29"
_OFFICIAL = ("https://github.com/docker-library/official-images library/*", _TODAY)
_DOCKERFILES = ("FROM alpine or busybox in their Dockerfiles", _TODAY)
_PAUSE = "kubernetes/kubernetes build/pause/Dockerfile 10765f6a6d"

BASE_IMAGES = (
    PublicImage(
        ("alpine",),
        "alpinelinux/docker-alpine x86_64/Dockerfile v3.6 a63b6f1 to edge 446ba06",
        _TODAY,
        (),
        ("/bin/sh",),
        shell="BusyBox",
    ),
    PublicImage(
        ("busybox",),
        "docker-library/busybox latest/glibc/Dockerfile 9c20878",
        _TODAY,
        (),
        ("sh",),
        shell="BusyBox",
    ),
    PublicImage(
        (
            *("kubernetes/pause", "google-containers/pause", "google_containers/pause"),
            *("google-containers/pause-amd64", "google_containers/pause-amd64"),
            *("registry.k8s.io/pause", "k8s.gcr.io/pause", "k8s.gcr.io/pause-amd64"),
        ),
        _PAUSE,
        _TODAY,
        ("/pause",),
        shell="none",
    ),
    # What they run depends on their release; the shell does not.
    PublicImage(
        (
            *("vault", "hashicorp/vault", "consul", "hashicorp/consul", "eclipse-mosquitto"),
            *("nicolaka/netshoot", "curlimages/curl", "grafana/grafana", "traefik", "docker"),
            "registry",
        ),
        *_DOCKERFILES,
        signal="",
        shell="BusyBox",
    ),
    # Without a word in the tag they are built on Debian or Ubuntu.
    PublicImage(
        (
            *("python", "pypy", "node", "ruby", "golang", "perl", "rust", "gcc", "elixir"),
            *("erlang", "buildpack-deps", "eclipse-temurin", "maven", "gradle", "tomcat"),
            *("mariadb", "memcached", "cassandra", "zookeeper", "wordpress", "jenkins/jenkins"),
        ),
        *_OFFICIAL,
        signal="",
        shell="dash",
    ),
)
