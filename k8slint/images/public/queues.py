"""Message brokers."""

from __future__ import annotations

from k8slint.images.public.row import PublicImage

_LIBRARY = "docker-library/official-images 37079fb336: the last build of every tag"

QUEUE_IMAGES = (
    PublicImage(
        ("rabbitmq",),
        f"docker-library/rabbitmq 4.2/ubuntu, docker-entrypoint.sh 9193c1d; {_LIBRARY}",
        "2026-11-29",
        ("docker-entrypoint.sh",),
        ("rabbitmq-server",),
        "",
        shell="dash",
        since=(3, 6, 3),
    ),
)
