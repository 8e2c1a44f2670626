"""Known images: those without a shell and `sleep`, and those that declare a stop signal."""

# No `from __future__ import annotations`: typing would compile the fields of NamedTuples at start.
import re
from functools import cache
from typing import NamedTuple

from k8slint.shutdown.image_name import base, is_image, repository, tag, version


class Lack(NamedTuple):
    """Images known to have neither a shell nor `sleep`.

    `what` names the kind of image in words for a message; `source` says where that is written,
    `date` when it was last compared. An image is one of them where its path ends like one of
    `paths` (`*` stands for part of a name, `**` for any path), its last name is not one of
    `others`, and its tag has the part `only_tag`; a part `shell_tag` marks a variant with a shell.
    """

    what: str
    source: str
    date: str
    paths: tuple[str, ...]
    others: tuple[str, ...] = ()
    only_tag: str = ""
    shell_tag: str = ""


_ENVOY = "https://www.envoyproxy.io/docs/envoy/latest/start/install#install-contrib-images"
_PAUSE_AT = (
    *("registry.k8s.io", "k8s.gcr.io", "gcr.io/google-containers", "gcr.io/google_containers"),
    *("rancher", "eks"),
)

# A mirror keeps the path and puts its own prefix before it, so only the end of a path counts.
LACKS = (
    Lack(
        "a distroless image",
        # "Distroless images ... do not contain package managers, shells"; `:debug` has BusyBox.
        "https://github.com/GoogleContainerTools/distroless#debug-images",
        "2026-11-29",
        ("distroless/**",),
        shell_tag="debug",
    ),
    Lack(
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
        shell_tag="dev",
    ),
    Lack(
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
    Lack(
        "the CoreDNS image",
        "https://github.com/coredns/coredns/blob/master/Dockerfile",
        "2026-11-29",
        ("coredns",),
    ),
    Lack("a distroless image", _ENVOY, "2026-11-22", ("**",), (), "distroless", "debug"),
    Lack("a distroless image", _ENVOY, "2026-11-22", ("*-distroless",), shell_tag="debug"),
    Lack(
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


def lacks(image: str) -> Lack | None:
    """What the image is known to lack; None when nothing is known, which is no promise.

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
        has_no_tag = "@" in image and not variant
        has_shell = bool(lack.shell_tag) and (has_no_tag or lack.shell_tag in parts)
        return None if has_shell else lack
    return None


@cache
def _ending(path: str) -> re.Pattern[str]:
    """What ends like a path."""
    end = re.escape(path).replace(r"\*\*", ".+").replace(r"\*", "[^/]+")
    return re.compile(f"(?:.*/)?{end}")


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
