"""Images that are known to have neither a shell nor `sleep`."""

import re
from functools import lru_cache

from k8slint.images.name import base, is_plain, repository, tag, version
from k8slint.records import NamedTuple


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
        # FROM alpine up to 1.1.3, FROM scratch since a77d9834d.
        "https://github.com/coredns/coredns/blob/master/Dockerfile",
        "2026-11-29",
        ("coredns",),
        since=(1, 1, 4),
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
        "a chiseled .NET image",
        # "No shell" is among its features, as are no packages but those that .NET needs.
        "https://github.com/dotnet/dotnet-docker/blob/main/documentation/ubuntu-chiseled.md",
        "2026-11-29",
        ("dotnet/**",),
        only_tag="chiseled",
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


def find_missing_tool(image: str) -> MissingTool | None:
    """What the image is known to lack; None if nothing is known, which promises nothing.

    A reference that is not plain (a template, a variable) is not known. Neither is a digest
    alone where tags decide, as it may stand for a debug variant.
    """
    if not is_plain(image):
        return None
    path, variant = repository(image), tag(image)
    parts = re.split("[-.]", variant)
    for lack in LACKS:
        if not _ends_like(path, lack.paths):
            continue
        if base(image) in lack.others or (lack.only_tag and lack.only_tag not in parts):
            continue
        is_unknown = "@" in image and not variant and bool(lack.shell_tags)
        is_old = (version(image) or lack.since) < lack.since
        has_shell = not {*lack.shell_tags}.isdisjoint(parts)
        return None if is_unknown or is_old or has_shell else lack
    return None


def _ends_like(path: str, paths: tuple[str, ...]) -> bool:
    """Whether a path ends in parts that are those of one of others, which may have `*`."""
    ends, patterns = _endings(paths)
    return f"/{path}".endswith(ends) or any(one.fullmatch(path) for one in patterns)


@lru_cache(maxsize=256)
def _endings(paths: tuple[str, ...]) -> tuple[tuple[str, ...], list[re.Pattern[str]]]:
    """What ends like some paths: the ends of those without `*`, and patterns for the others."""
    escaped = (re.escape(path) for path in paths if "*" in path)
    patterns = (one.replace(r"\*\*", ".+").replace(r"\*", "[^/]+") for one in escaped)
    return (
        tuple(f"/{path}" for path in paths if "*" not in path),
        [re.compile(f"(?:.*/)?{pattern}") for pattern in patterns],
    )
