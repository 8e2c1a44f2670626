"""Which images are known to have no shell and no `sleep`, and which shell others have."""

from __future__ import annotations

import pytest

from k8slint.images import shells, tools
from k8slint.images.shells import IMAGE_SHELLS, ImageShell, shell_of
from k8slint.images.tools import LACKS, MissingTool, find_missing_tool
from tests.tables import check_examples

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
    "registry.k8s.io/sig-storage/csi-attacher:v4.7.0",
    "registry.k8s.io/sig-storage/csi-resizer:v1.12.0",
    "registry.k8s.io/sig-storage/csi-snapshotter:v8.1.0",
    "k8s.gcr.io/sig-storage/csi-external-health-monitor-agent:v0.7.0",
    "registry.k8s.io/sig-storage/csi-external-health-monitor-controller:v0.12.0",
    "registry.k8s.io/sig-storage/snapshot-controller:v8.1.0",
    "registry.k8s.io/sig-storage/snapshot-validation-webhook:v8.1.0",
    "coredns/coredns:1.11.1",
    "coredns/coredns:1.1.4",
    "registry.k8s.io/coredns/coredns:v1.11.1",
    "registry.example/docker.io/coredns/coredns",
    "gcr.io/cloudsql-docker/gce-proxy:1.33.2",
    "gcr.io/cloudsql-docker/gce-proxy:1.15",
    "eu.gcr.io/cloudsql-docker/gce-proxy:latest",
    "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.1",
    "registry.example/cloud-sql-connectors/cloud-sql-proxy:2",
    "envoyproxy/envoy:distroless-v1.30.1",
    "docker.io/envoyproxy/envoy:distroless-v1.30.1",
    "example/app:1.2-distroless",
    "istio/proxyv2:1.22.0-distroless",
    "envoyproxy/envoy-distroless:v1.20.0",
    "mcr.microsoft.com/dotnet/aspnet:8.0-jammy-chiseled",
    "mcr.microsoft.com/dotnet/nightly/runtime-deps:10.0-noble-chiseled-extra@" + DIGEST,
    "registry.example/library/app-distroless:2",
    "cgr.dev/chainguard/glibc-dynamic",
    "registry.example/chainguard/static:latest",
    "registry.example/chainguard/glibc-dynamic",
    "registry.example/chainguard/cc-dynamic:latest",
    *(
        f"{place}/{name}{end}:3.9"
        for place in (
            *("registry.k8s.io", "k8s.gcr.io", "gcr.io/google-containers"),
            *("registry.example/gcr.io/google_containers", "rancher", "docker.io/eks"),
        )
        for name in ("pause", "mirrored-pause")
        for end in ("", "-amd64", "-arm64")
    ),
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
    *(
        f"cgr.dev/chainguard/{name}"
        for name in (
            *("chainguard-base", "bash", "git", "kubectl", "aws-cli", "bank-vaults", "curl"),
            *("php", "python", "ruby", "postgres", "mariadb", "mysql", "redis", "nginx"),
        )
    ),
    *(
        f"gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.1-{name}"
        for name in ("alpine", "buster", "bullseye", "bookworm")
    ),
    "gcr.io/cloudsql-docker/gce-proxy:1.14",
    "gcr.io/cloudsql-docker/gce-proxy@" + DIGEST,
    "example/app:1.2-distroless-debug",
    "example/app-distroless:debug",
    "envoyproxy/envoy:v1.30.1",
    "istio/proxyv2:1.22.0",
    "example/app:distrolessness",
    "example/app:1-jammy-chiseled",
    "mcr.microsoft.com/dotnet/aspnet:8.0-jammy",
    "example/distroless",
    "example/coredns-exporter:1",
    "coredns/coredns:1.1.3",
    "coredns/coredns:1.0.9",
    "coredns/coredns:0.9.9",
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


SHELL_OF: dict[str, str | None] = {
    "alpine": "BusyBox",
    "alpine@" + DIGEST: "BusyBox",
    "python:3.12-alpine3.20": "BusyBox",
    "nginx:1.27.0-alpine": "BusyBox",
    "example.com/team/alpine-tools:1": "BusyBox",
    "busybox:1.36": "BusyBox",
    "example.com/team/busybox-tools:1": "BusyBox",
    "registry.access.redhat.com/ubi9/ubi-minimal:9.4": "bash",
    "hashicorp/vault:1.15-ubi": "bash",
    "example.com/app:1-rhel8": "bash",
    "quay.io/centos/centos:stream9": "bash",
    "fedora:41": "bash",
    "example.com/app:1-rocky9": "bash",
    "rockylinux:9": "bash",
    "example.com/app:1-alma9": "bash",
    "almalinux:9": "bash",
    "amazonlinux:2023": "bash",
    "amazoncorretto:21": "bash",
    "amazoncorretto:21-alpine": "BusyBox",
    "mysql:8-oraclelinux9": "bash",
    "debian:12": "dash",
    "ubuntu:24.04": "dash",
    "bitnami/redis:7.2.4-debian-12-r3": "dash",
    "grafana/grafana:11.0.0-ubuntu": "dash",
    **{
        f"example.com/app:1-{name}": "dash"
        for name in ("buster", "bullseye", "bookworm", "trixie", "bionic", "focal", "jammy")
    },
    "example.com/app:noble": "dash",
    "vault:1.13.3": "BusyBox",
    "docker.io/library/python:3.12": "dash",
    "python:3.12-slim@" + DIGEST: "dash",
    "python@" + DIGEST: None,
    "acme/python:3.12": None,
    "alpine.example.com/app:1": None,
    "alpine:5000/app:1": None,
    "example.com/web:1": None,
    "{{ .Values.image }}-alpine": None,
}


@pytest.mark.parametrize("image", WITHOUT_SHELL)
def test_known_to_have_no_shell(image: str) -> None:
    assert find_missing_tool(image)


@pytest.mark.parametrize("image", WITH_SHELL_OR_NOT_KNOWN)
def test_nothing_is_known(image: str) -> None:
    assert find_missing_tool(image) is None


@pytest.mark.parametrize(("image", "shell"), SHELL_OF.items())
def test_the_shell_of_an_image(image: str, shell: str | None) -> None:
    assert shell_of(image) == shell


@pytest.mark.parametrize("row", LACKS, ids=lambda row: row.paths[0])
def test_an_example_notices_every_fault_in_a_row(
    row: MissingTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = LACKS.index(row)

    def is_noticed(instead: tuple[MissingTool, ...]) -> bool:
        monkeypatch.setattr(tools, "LACKS", (*LACKS[:where], *instead, *LACKS[where + 1 :]))
        return not all(map(find_missing_tool, WITHOUT_SHELL)) or any(
            map(find_missing_tool, WITH_SHELL_OR_NOT_KNOWN)
        )

    check_examples(row, f"WITHOUT_SHELL, {row.what}", is_noticed, but=("what", "source", "date"))


@pytest.mark.parametrize("row", IMAGE_SHELLS, ids=lambda row: row.shell)
def test_an_example_notices_every_fault_in_a_shell(
    row: ImageShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = IMAGE_SHELLS.index(row)

    def is_noticed(instead: tuple[ImageShell, ...]) -> bool:
        monkeypatch.setattr(
            shells, "IMAGE_SHELLS", (*IMAGE_SHELLS[:where], *instead, *IMAGE_SHELLS[where + 1 :])
        )
        return any(shell_of(image) != shell for image, shell in SHELL_OF.items())

    check_examples(row, f"SHELL_OF, {row.shell}", is_noticed, but=("source", "date"))
