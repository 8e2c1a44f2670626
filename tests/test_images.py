"""Which image references are known to have no shell and no `sleep`."""

from __future__ import annotations

import pytest

from k8slint.shutdown.images import lacks

DIGEST = "sha256:" + "0a" * 32

WITHOUT_SHELL = [
    "gcr.io/distroless/static",
    "gcr.io/distroless/static:nonroot",
    "gcr.io/distroless/java17-debian12:latest",
    "gcr.io/distroless/base-debian12:nonroot@" + DIGEST,
    "registry.example/gcr.io/distroless/base",
    "registry.example:5000/mirror/distroless/nodejs20-debian12:nonroot",
    "cgr.dev/chainguard/static",
    "cgr.dev/chainguard/static:latest-glibc",
    "cgr.dev/chainguard/go:latest",
    "registry.example/cgr.dev/chainguard/static:latest",
    "registry.k8s.io/sig-storage/csi-provisioner:v5.0.1",
    "registry.k8s.io/sig-storage/livenessprobe:v2.12.0@" + DIGEST,
    "registry.k8s.io/sig-storage/csi-node-driver-registrar@" + DIGEST,
    "coredns/coredns:1.11.1",
    "registry.k8s.io/coredns/coredns:v1.11.1",
    "registry.example/docker.io/coredns/coredns",
    "envoyproxy/envoy:distroless-v1.30.1",
    "docker.io/envoyproxy/envoy:distroless-v1.30.1",
    "example/app:1.2-distroless",
    "istio/proxyv2:1.22.0-distroless",
    "envoyproxy/envoy-distroless:v1.20.0",
    "registry.k8s.io/pause:3.9",
]
WITH_SHELL_OR_NOT_KNOWN = [
    "gcr.io/distroless/static:debug",
    "gcr.io/distroless/static:debug-nonroot",
    "gcr.io/distroless/base-debian12:debug-nonroot@" + DIGEST,
    "registry.example/gcr.io/distroless/base:debug",
    "gcr.io/distroless/static@" + DIGEST,  # may be a debug variant
    "cgr.dev/chainguard/go:latest-dev",
    "cgr.dev/chainguard/node:20-dev",
    "cgr.dev/chainguard/wolfi-base",
    "cgr.dev/chainguard/busybox:latest",
    "cgr.dev/chainguard/static:latest-dev",
    "envoyproxy/envoy:v1.30.1",
    "istio/proxyv2:1.22.0",
    "example/app:distrolessness",
    "example/distroless",
    "example/coredns-exporter:1",
    "nginx",
    "nginx:1.27-alpine",
    "traefik:v3",
    "busybox@" + DIGEST,
    "localhost:5000/app",
    "example/pause:1",
    "registry.k8s.io/sig-storage/nfs-provisioner:v4.0.8",
    "{{ .Values.image }}",
    "gcr.io/distroless/static:{{ .Values.tag }}",
    "$(IMAGE)",
    "",
    " ",
    "a" * 10_000,
]


@pytest.mark.parametrize("image", WITHOUT_SHELL)
def test_known_to_have_no_shell(image: str) -> None:
    lack = lacks(image)
    assert lack is not None
    assert lack.what
    assert lack.source.startswith("https://")


@pytest.mark.parametrize("image", WITH_SHELL_OR_NOT_KNOWN)
def test_nothing_is_known(image: str) -> None:
    assert lacks(image) is None
