"""Names of images, whatever registry mirrors them."""

from __future__ import annotations

import re
from functools import lru_cache

_VERSION = r"(?a)v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?![\d.]*\w)"


def repository(image: str) -> str:
    """The image without tag and digest."""
    name = image.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    return head if colon and "/" not in tag else name


def tag(image: str) -> str:
    """The tag; empty where there is none."""
    name = image.partition("@")[0]
    _, colon, last = name.rpartition(":")
    return last if colon and "/" not in last else ""


@lru_cache(maxsize=4096)
def base(image: str) -> str:
    """The last part of the name: `redis` of `docker.io/library/redis:7`."""
    return repository(image).rpartition("/")[2]


def is_image(image: str, name: str) -> bool:
    """Whether an image is the one of that name, here or behind a mirror.

    `vllm/vllm-openai` is also `mirror.example/docker.io/vllm/vllm-openai`. A name without a
    slash is an official image of Docker Hub: `acme/nginx` is not `nginx`.
    """
    repo = repository(image)
    if "/" in name:
        return repo == name or repo.endswith(f"/{name}")
    return repo in (name, f"docker.io/{name}") or repo.endswith(f"library/{name}")


def version(image: str) -> tuple[int, ...] | None:
    """The version a tag begins with: (1, 27) of `nginx:1.27-alpine`; None if it names none."""
    match = re.match(_VERSION, tag(image))
    if not match or match[2] is None:
        return None
    return tuple(int(part) for part in match.groups() if part is not None)
