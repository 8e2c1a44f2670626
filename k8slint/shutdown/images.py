"""Images that have no shell or no `sleep`, by their reference (see `_TABLE` for the sources)."""

from __future__ import annotations

import re
from typing import NamedTuple

from k8slint.shutdown.image_name import is_image, repository, tag, version


class Lack(NamedTuple):
    """An image known to have neither a shell nor `sleep`.

    `what` names the kind of image in words for a message; `source` is where that is written.
    """

    what: str
    source: str


class _Family(NamedTuple):
    """Images whose path ends as `paths` says and whose tag is not one of `with_shell`."""

    lack: Lack
    paths: str
    with_shell: str
    only_tags: str = ""


_NEVER = "(?!)"


def _family(
    what: str, source: str, paths: str, *, with_shell: str = _NEVER, only_tags: str = ""
) -> _Family:
    # Compiled when an image is first looked at, which few runs do.
    return _Family(Lack(what, source), rf"(?:^|/)(?:{paths})$", with_shell, only_tags)


# A mirror keeps the path and puts its own prefix before it, so only the end of a path counts.
_TABLE = (
    _family(
        "a distroless image",
        # "Distroless images ... do not contain package managers, shells"; `:debug` has BusyBox.
        "https://github.com/GoogleContainerTools/distroless#debug-images",
        r"distroless/[\w./-]+",
        with_shell=r"(?:^|-)debug(?:$|-)",
    ),
    _family(
        "a Chainguard image without a shell",
        # "-dev" variants have a shell and a package manager; the others are built without.
        "https://edu.chainguard.dev/chainguard/chainguard-images/about/differences-development-production/",
        r"cgr\.dev/[\w-]+/(?!(?:wolfi-base|chainguard-base|busybox|bash|git|kubectl|aws-cli|"
        r"bank-vaults|curl|php|python|ruby|postgres|mariadb|mysql|redis|nginx)$)[\w.-]+"
        r"|chainguard/(?:static|glibc-dynamic|cc-dynamic)",
        with_shell=r"(?:^|-)dev(?:$|-)",
    ),
    _family(
        "a CSI sidecar built on distroless",
        # Their Dockerfiles begin with gcr.io/distroless/static.
        "https://github.com/kubernetes-csi/external-provisioner/blob/master/Dockerfile",
        r"sig-storage/(?:csi-(?:attacher|provisioner|resizer|snapshotter|node-driver-registrar|"
        r"external-health-monitor-(?:agent|controller))|livenessprobe|snapshot-controller|"
        r"snapshot-validation-webhook)",
    ),
    _family(
        "the CoreDNS image",
        "https://github.com/coredns/coredns/blob/master/Dockerfile",
        r"coredns/coredns|coredns",
    ),
    _family(
        "a distroless image",
        "https://www.envoyproxy.io/docs/envoy/latest/start/install#install-contrib-images",
        r"[\w./-]+",
        with_shell=r"(?:^|-)debug(?:$|-)",
        only_tags=r"(?:^|[-.])distroless(?:$|[-.])",
    ),
    _family(
        "a distroless image",
        "https://www.envoyproxy.io/docs/envoy/latest/start/install#install-contrib-images",
        r"[\w./-]*[\w]-distroless|envoyproxy/envoy-distroless",
        with_shell=r"(?:^|-)debug(?:$|-)",
    ),
    _family(
        "the pause image",
        "https://github.com/kubernetes/kubernetes/blob/master/build/pause/Dockerfile",
        r"(?:registry\.k8s\.io|k8s\.gcr\.io|gcr\.io/google[-_]containers|rancher|eks)/"
        r"(?:mirrored-)?pause(?:-amd64|-arm64)?",
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
    for family in _TABLE:
        if not re.search(family.paths, path):
            continue
        if family.only_tags and not re.search(family.only_tags, variant):
            continue
        if re.search(family.with_shell, variant):
            return None
        may_be_debug = "@" in image and not variant
        return None if may_be_debug and family.with_shell != _NEVER else family.lack
    return None


# What the official images declare, and since when; all others are not known.
# nginx: docker-nginx#457, merged 2020-11-24; httpd: docker-library/httpd#145; php: php#816;
# haproxy: the image's Dockerfile; postgres: docker-library/postgres#763.
_OFFICIAL_SIGNALS = (
    ("nginx", "", "QUIT", (1, 19, 5)),
    ("httpd", "", "WINCH", (2, 4, 41)),
    ("php", "apache", "WINCH", (7, 2)),
    ("php", "fpm", "QUIT", (7, 2)),
    ("haproxy", "", "USR1", (1, 5)),
    ("postgres", "", "INT", (10,)),
)


def stop_signal(image: str) -> str | None:
    """The stop signal an official image declares, without `SIG`; None where it is not known.

    An official image from before it declared one is stopped with TERM.
    """
    if "@" in image and not tag(image):
        return None
    for name, variant, signal, since in _OFFICIAL_SIGNALS:
        if is_image(image, name) and variant in tag(image):
            found = version(image)
            return "TERM" if found and found < since else signal
    return None
