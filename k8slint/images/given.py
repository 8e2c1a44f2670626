"""Images whose configs the call gives, by their names."""

from __future__ import annotations

from collections.abc import Iterable

from k8slint.images.config import ImageConfig
from k8slint.images.name import is_plain, repository, tag
from k8slint.records import NamedTuple

_HUB = "docker.io"


class GivenImage(NamedTuple):
    """The config of an image, and its names: `full_name` of a tag or a digest."""

    names: tuple[str, ...]
    config: ImageConfig

    @property
    def has_digest(self) -> bool:
        return any("@" in name for name in self.names)


class GivenImages:
    """Images by their names; of two with the same name the first counts."""

    def __init__(self, images: Iterable[GivenImage]) -> None:
        self._by_name: dict[str, GivenImage] = {}
        for image in images:
            for name in image.names:
                self._by_name.setdefault(name, image)

    def find(self, image: str) -> ImageConfig | None:
        """Return the config of an image: by its digest, else by its tag.

        Where a config is known to be of another digest, the tag has moved: it does not count.
        """
        if not is_plain(image):
            return None
        digest = image.partition("@")[2]
        if digest:
            path = full_repository(image)
            if found := self._by_name.get(f"{path}@{digest}"):
                return found.config
            if not tag(image):
                return None
        found = self._by_name.get(full_name(image.partition("@")[0]))
        return found.config if found and not (digest and found.has_digest) else None


def full_repository(image: str) -> str:
    """Return the repository with its registry: `docker.io/library/nginx` of `nginx:1.27`."""
    path = repository(image)
    host, slash, rest = path.partition("/")
    if not slash:
        return f"{_HUB}/library/{path}"
    if host == f"index.{_HUB}":
        host, path = _HUB, f"{_HUB}/{rest}"
    if host == _HUB:
        return path if "/" in rest else f"{_HUB}/library/{rest}"
    return path if {".", ":"} & {*host} or host == "localhost" else f"{_HUB}/{path}"


def full_name(image: str) -> str:
    """Return a name with its registry, and with its digest or else its tag, `latest` if none."""
    digest = image.partition("@")[2]
    end = f"@{digest}" if digest else f":{tag(image) or 'latest'}"
    return f"{full_repository(image)}{end}"
