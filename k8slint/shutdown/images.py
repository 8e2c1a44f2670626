"""Known images: which have no shell and `sleep`, which shell is `sh`, which stop signals count."""

# No `from __future__ import annotations`: typing would compile the fields of NamedTuples at start.
import re
from functools import cache
from string import digits
from typing import NamedTuple

from k8slint.shutdown.image_name import base, is_image, repository, tag, version


class MissingTool(NamedTuple):
    """Images known to have neither a shell nor `sleep`.

    `what` names the kind of image in words for a message; `source` says where that is written,
    `date` when it was last compared. An image is one of them where its path ends like one of
    `paths` (`*` stands for part of a name, `**` for any path), its last name is not one of
    `others`, its tag has the part `only_tag` and begins with no version before `since`; one of
    the parts `shell_tags` marks a variant with a shell.
    """

    what: str
    source: str
    date: str
    paths: tuple[str, ...]
    others: tuple[str, ...] = ()
    only_tag: str = ""
    shell_tags: tuple[str, ...] = ()
    since: tuple[int, ...] = ()


_ENVOY = "https://www.envoyproxy.io/docs/envoy/latest/start/install#install-contrib-images"
_PAUSE_AT = (
    *("registry.k8s.io", "k8s.gcr.io", "gcr.io/google-containers", "gcr.io/google_containers"),
    *("rancher", "eks"),
)

# A mirror keeps the path and puts its own prefix before it, so only the end of a path counts.
LACKS = (
    MissingTool(
        "a distroless image",
        # "Distroless images ... do not contain package managers, shells"; `:debug` has BusyBox.
        "https://github.com/GoogleContainerTools/distroless#debug-images",
        "2026-11-29",
        ("distroless/**",),
        shell_tags=("debug",),
    ),
    MissingTool(
        "a Chainguard image without a shell",
        # "-dev" variants have a shell and a package manager; the others are built without.
        "https://edu.chainguard.dev/chainguard/chainguard-images/about/differences-development-production/",
        "2026-11-22",
        (
            "cgr.dev/*/*",
            *("chainguard/static", "chainguard/glibc-dynamic", "chainguard/cc-dynamic"),
        ),
        others=(
            *("wolfi-base", "chainguard-base", "busybox", "bash", "git", "kubectl", "aws-cli"),
            *("bank-vaults", "curl", "php", "python", "ruby", "postgres", "mariadb", "mysql"),
            *("redis", "nginx"),
        ),
        shell_tags=("dev",),
    ),
    MissingTool(
        "a CSI sidecar built on distroless",
        # Their Dockerfiles begin with gcr.io/distroless/static.
        "https://github.com/kubernetes-csi/external-provisioner/blob/master/Dockerfile",
        "2026-11-29",
        (
            "sig-storage/csi-attacher",
            "sig-storage/csi-provisioner",
            "sig-storage/csi-resizer",
            "sig-storage/csi-snapshotter",
            "sig-storage/csi-node-driver-registrar",
            "sig-storage/csi-external-health-monitor-agent",
            "sig-storage/csi-external-health-monitor-controller",
            "sig-storage/livenessprobe",
            "sig-storage/snapshot-controller",
            "sig-storage/snapshot-validation-webhook",
        ),
    ),
    MissingTool(
        "the CoreDNS image",
        "https://github.com/coredns/coredns/blob/master/Dockerfile",
        "2026-11-29",
        ("coredns",),
    ),
    MissingTool(
        "the Cloud SQL proxy image",
        # "The default container image uses distroless"; built on it since 1.15.
        "https://github.com/GoogleCloudPlatform/cloud-sql-proxy#container-images",
        "2026-11-29",
        ("cloudsql-docker/gce-proxy", "cloud-sql-connectors/cloud-sql-proxy"),
        shell_tags=("alpine", "buster", "bullseye", "bookworm"),
        since=(1, 15),
    ),
    MissingTool("a distroless image", _ENVOY, "2026-11-22", ("**",), (), "distroless", ("debug",)),
    MissingTool(
        "a distroless image", _ENVOY, "2026-11-22", ("*-distroless",), shell_tags=("debug",)
    ),
    MissingTool(
        "the pause image",
        "https://github.com/kubernetes/kubernetes/blob/master/build/pause/Dockerfile",
        "2026-11-22",
        tuple(
            f"{place}/{name}{end}"
            for place in _PAUSE_AT
            for name in ("pause", "mirrored-pause")
            for end in ("", "-amd64", "-arm64")
        ),
    ),
)
_PLAIN = r"(?a)[a-z0-9][\w.-]*(?::\d+)?(?:/[\w.-]+)*(?::[\w.-]+)?(?:@\w+:\w+)?"


def find_missing_tool(image: str) -> MissingTool | None:
    """What the image is known to lack; None if nothing is known, which promises nothing.

    A reference that is not plain (a template, a variable) is not known. Neither is a digest
    alone where tags decide, as it may stand for a debug variant.
    """
    if not re.fullmatch(_PLAIN, image):
        return None
    path, variant = repository(image), tag(image)
    parts = re.split("[-.]", variant)
    for lack in LACKS:
        if not any(_ending(end).fullmatch(path) for end in lack.paths):
            continue
        if base(image) in lack.others or (lack.only_tag and lack.only_tag not in parts):
            continue
        is_unknown = "@" in image and not variant and bool(lack.shell_tags)
        is_old = (version(image) or lack.since) < lack.since
        has_shell = not {*lack.shell_tags}.isdisjoint(parts)
        return None if is_unknown or is_old or has_shell else lack
    return None


@cache
def _ending(path: str) -> re.Pattern[str]:
    """What ends like a path."""
    end = re.escape(path).replace(r"\*\*", ".+").replace(r"\*", "[^/]+")
    return re.compile(f"(?:.*/)?{end}")


class ImageShell(NamedTuple):
    """What `sh` is in some images: dash, bash or BusyBox.

    An image is one of them where it has one of the `names` (of any name, where there is none), and
    a part of its path or tag is one of the `variants`, a version behind it left out. The first row
    that fits counts.
    """

    shell: str
    source: str
    date: str
    variants: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


_ALPINE = ("https://www.alpinelinux.org/about/: BusyBox is its userland", "2026-11-29")
_DEBIAN = ("https://wiki.debian.org/Shell, https://wiki.ubuntu.com/DashAsBinSh", "2026-11-29")
_RED_HAT = ("Fedora, RHEL, Amazon and Oracle Linux: /bin/sh is a link to bash", "2026-11-29")
_OFFICIAL = ("https://github.com/docker-library/official-images library/*", "2026-11-29")
_DOCKERFILES = ("FROM alpine or busybox in their Dockerfiles", "2026-11-29")

IMAGE_SHELLS = (
    ImageShell("BusyBox", *_ALPINE, ("alpine", "busybox")),
    ImageShell(
        "bash",
        *_RED_HAT,
        (
            *("ubi", "rhel", "centos", "fedora", "rocky", "rockylinux", "alma", "almalinux"),
            *("amazonlinux", "amazoncorretto", "oraclelinux"),
        ),
    ),
    ImageShell(
        "dash",
        *_DEBIAN,
        (
            *("debian", "buster", "bullseye", "bookworm", "trixie"),
            *("ubuntu", "bionic", "focal", "jammy", "noble"),
        ),
    ),
    ImageShell(
        "BusyBox",
        *_DOCKERFILES,
        names=(
            *("vault", "hashicorp/vault", "consul", "hashicorp/consul", "eclipse-mosquitto"),
            *("nicolaka/netshoot", "curlimages/curl", "grafana/grafana", "traefik", "docker"),
            *("prom/prometheus", "prom/alertmanager", "registry"),
        ),
    ),
    # Without a word in the tag they are built on Debian or Ubuntu.
    ImageShell(
        "dash",
        *_OFFICIAL,
        names=(
            *("python", "pypy", "node", "ruby", "golang", "php", "perl", "rust", "gcc", "elixir"),
            *("erlang", "buildpack-deps", "eclipse-temurin", "maven", "gradle", "tomcat"),
            *("nginx", "httpd", "haproxy", "postgres", "mariadb", "redis", "memcached", "mongo"),
            *("cassandra", "rabbitmq", "zookeeper", "wordpress", "jenkins/jenkins"),
        ),
    ),
)


def shell_of(image: str) -> str | None:
    """What `sh` is in an image: dash, bash or BusyBox; None where that is not known."""
    if not re.fullmatch(_PLAIN, image):
        return None
    host, _, path = repository(image).partition("/")
    if not path or not {".", ":"} & {*host}:
        path = repository(image)
    parts = {part.rstrip(digits) for part in re.split("[-._/]", f"{path}-{tag(image)}")}
    for row in IMAGE_SHELLS:
        if row.names and not any(is_image(image, name) for name in row.names):
            continue
        if row.variants and parts.isdisjoint(row.variants):
            continue
        # A digest alone does not tell which variant it is.
        return None if row.names and "@" in image and not tag(image) else row.shell
    return None


class StopSignal(NamedTuple):
    """What an official image declares, without `SIG`, in tags with `variant` since a version."""

    image: str
    variant: str
    signal: str
    since: tuple[int, ...]
    source: str
    date: str


_HAPROXY = ("docker-library/haproxy ec437dd", "2026-11-29")
_HTTPD = ("docker-library/httpd 9b63b37, #145", "2026-11-29")
_NGINX = ("nginx/docker-nginx 0d7f438, #457 merged 2020-11-24", "2026-11-29")
_PHP = ("docker-library/php 445bf414, #816", "2026-11-29")
_POSTGRES = ("docker-library/postgres 6edb0a8c4d, #763", "2026-11-29")

STOP_SIGNALS = (
    StopSignal("nginx", "", "QUIT", (1, 19, 5), *_NGINX),
    StopSignal("httpd", "", "WINCH", (2, 4, 41), *_HTTPD),
    StopSignal("php", "apache", "WINCH", (7, 2), *_PHP),
    StopSignal("php", "fpm", "QUIT", (7, 2), *_PHP),
    StopSignal("haproxy", "", "USR1", (1, 5), *_HAPROXY),
    StopSignal("postgres", "", "INT", (10,), *_POSTGRES),
)


def stop_signal(image: str) -> str | None:
    """The stop signal an official image declares, without `SIG`; None where it is not known.

    An official image from before it declared one is stopped with TERM.
    """
    if "@" in image and not tag(image):
        return None
    for one in STOP_SIGNALS:
        if is_image(image, one.image) and one.variant in tag(image):
            found = version(image)
            return "TERM" if found and found < one.since else one.signal
    return None
