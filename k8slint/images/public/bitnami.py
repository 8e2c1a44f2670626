"""Images by Bitnami: their scripts end by replacing themselves with the program."""

from __future__ import annotations

from k8slint.images.public.row import PublicImage

# Older releases had their scripts elsewhere, and the newest ones are on another base.
_SINCE = (
    ("redis", (6,)),
    ("postgresql", (13,)),
    ("mysql", (8, 0, 20)),
    ("mariadb", (10, 5)),
    ("mongodb", (4, 4)),
    ("rabbitmq", (3, 8, 4)),
    ("kafka", (2, 5)),
    ("zookeeper", (3, 7)),
    ("nginx", (1, 20)),
    ("etcd", (3, 4, 15)),
    ("memcached", (1, 6, 3)),
)

BITNAMI_IMAGES = tuple(
    PublicImage(
        (f"bitnami/{name}", f"bitnamilegacy/{name}"),
        f"bitnami/containers bitnami/{name}; bitnami/bitnami-docker-{name} rootfs/opt/bitnami",
        "2026-11-29",
        (f"/opt/bitnami/scripts/{name}/entrypoint.sh",),
        (f"/opt/bitnami/scripts/{name}/run.sh",),
        "",
        since=since,
        is_latest=False,
    )
    for name, since in _SINCE
)
