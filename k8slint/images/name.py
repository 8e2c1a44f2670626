"""Names of images, whatever registry mirrors them."""

from __future__ import annotations

import re
from functools import lru_cache

_PLAIN = r"(?a)[a-z0-9][\w.-]*(?::\d+)?(?:/[\w.-]+)*(?::[\w.-]+)?(?:@\w+:\w+)?"
_DOCKERFILE = r"(?i)(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?|[\w.-]+\.Dockerfile"
# Where the official images of Docker Hub are, themselves or in a mirror.
_OFFICIAL = ("docker.io", "index.docker.io", "library")
DIGITS = "0123456789"
# Of so few digits, a number alone is a version, and no date.
_LONGEST_MAJOR = 3
_VERSION = r"(?a)v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?![\d.]*\w)"


def is_plain(image: str) -> bool:
    """Whether a text is the name of an image, without a template or a variable in it."""
    return re.fullmatch(_PLAIN, image) is not None


def is_dockerfile(path: str) -> bool:
    """Whether a file is the Dockerfile of an image, by its name."""
    return re.fullmatch(_DOCKERFILE, re.split(r"[\\/]", path)[-1]) is not None


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
    return repo == name or any(
        repo == f"{prefix}/{name}" or repo.endswith(f"/{prefix}/{name}") for prefix in _OFFICIAL
    )


def version(image: str) -> tuple[int, ...] | None:
    """The version a tag begins with: (1, 27) of `nginx:1.27-alpine`; None if it names none."""
    found = leading_version(image)
    return found if found and len(found) > 1 else None


def leading_version(image: str) -> tuple[int, ...] | None:
    """The version a tag begins with, also of one number: (17,) of `postgres:17`."""
    match = re.match(_VERSION, tag(image))
    if not match or (match[2] is None and len(match[1]) > _LONGEST_MAJOR):
        return None
    return tuple(int(part) for part in match.groups() if part is not None)
