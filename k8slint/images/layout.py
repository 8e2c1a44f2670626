"""OCI layout folders: `oci-layout`, `index.json`, and blobs that are named by their hash.

Source: image-layout.md and image-index.md of opencontainers/image-spec v1.1.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence

from k8slint.images.config import ImageConfig
from k8slint.images.printed import ImageUnread, config_of, parse_json
from k8slint.outside.files import (
    IMAGE_CONFIG_LIMIT,
    IMAGE_INDEX_LIMIT,
    FileRefused,
    read_bytes,
    resolve_within,
)
from k8slint.records import NamedTuple
from k8slint.type_names import Any

MARKER = "oci-layout"
_INDEX = "index.json"
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
_INDEXES = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
_CONFIGS = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_DEEPEST = 4
_MOST_ENTRIES = 1000
# In bytes, and in entries of all indexes together: the same index can be named many times.
_MOST_READ = 50_000_000
_MOST_VISITED = 10_000
_WANTED = {"os": "linux", "architecture": "amd64"}


class LayoutImage(NamedTuple):
    """An image of a layout: what it is called there, its digests, and its config.

    `name` is a tag or a whole name, empty where the layout gives none. The fact of the config
    says of which platform it is where others declare something else.
    """

    name: str
    digests: tuple[str, ...]
    config: ImageConfig


def read_layout(folder: str, source: str) -> Iterator[LayoutImage]:
    """Yield the images that the index of a layout names; `source` is what each fact names.

    Raises ImageUnread, with the file in question, and OSError.
    """
    layout = _Layout(os.path.realpath(folder), source)
    data = layout.read(_INDEX, IMAGE_INDEX_LIMIT)
    for entry in _entries(_object(_parse(data, _INDEX), _INDEX), _INDEX):
        if (image := layout.image(entry)) is not None:
            yield image


class _Layout:
    """A layout, of which each blob is read once, and only those that are named."""

    def __init__(self, root: str, source: str) -> None:
        self.root = root
        self.source = source
        self._blobs: dict[str, Mapping[str, Any]] = {}
        self._size = self._visited = 0

    def read(self, name: str, limit: int) -> bytes:
        try:
            path = resolve_within(os.path.join(self.root, *name.split("/")), self.root)
            data = read_bytes(path, limit)
        except FileRefused as error:
            raise ImageUnread(f"{name}: {error}") from None
        except OSError as error:
            why = error.strerror or error
            raise ImageUnread(f"{name}: cannot be read: {why}; copy the layout again") from None
        self._size += len(data)
        if self._size > _MOST_READ:
            raise ImageUnread(f"its indexes and configs have more than {_MOST_READ / 1e6:g} MB")
        return data

    def image(self, entry: Mapping[str, Any]) -> LayoutImage | None:
        """Return the image of an entry of the index; None for what is not an image."""
        found = [*self._manifests(entry, ())]
        if not found:
            return None
        chosen, digests = min(found, key=lambda one: not _is_wanted(one[0]))
        config = self._config(chosen)
        if config is None:
            return None
        others = [(one, self._config(one)) for one, _ in found if one is not chosen]
        differ = {_platform(one): 0 for one, its in others if its and not _agree(its, config)}
        if differ:
            note = f"{config.fact.source} ({_platform(chosen)}; {', '.join(differ)} differs)"
            config = config._replace(fact=config.fact._replace(source=note))
        return LayoutImage(_name(entry), digests, config)

    def _manifests(
        self, entry: Mapping[str, Any], above: tuple[str, ...]
    ) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...]]]:
        """Yield the descriptors of the manifests of an image, each with its digests."""
        digests = (*above, _digest(entry))
        self._visited += 1
        if self._visited > _MOST_VISITED:
            raise ImageUnread(f"{_INDEX}: it leads to more than {_MOST_VISITED} manifests")
        if entry.get("mediaType") not in _INDEXES:
            if not _is_attestation(entry):
                yield entry, digests
            return
        if len(digests) > _DEEPEST:
            raise ImageUnread(f"{_INDEX}: its indexes are nested more than {_DEEPEST} deep")
        for inner in _entries(self.blob(entry, IMAGE_INDEX_LIMIT), digests[-1]):
            yield from self._manifests(inner, digests)

    def _config(self, manifest: Mapping[str, Any]) -> ImageConfig | None:
        about = _object(self.blob(manifest, IMAGE_INDEX_LIMIT).get("config"), _digest(manifest))
        if about.get("mediaType") not in _CONFIGS:
            return None
        blob = self.blob(about, IMAGE_CONFIG_LIMIT)
        try:
            return config_of(blob, "config", self.source)
        except ImageUnread as error:
            raise ImageUnread(f"{_path(_digest(about))}: {error}") from None

    def blob(self, about: Mapping[str, Any], limit: int) -> Mapping[str, Any]:
        """Return what a descriptor names, once its hash is what it is named by."""
        digest = _digest(about)
        if digest not in self._blobs:
            name = _path(digest)
            data = self.read(name, limit)
            if hashlib.sha256(data).hexdigest() != digest.partition(":")[2]:
                raise ImageUnread(f"{name}: its SHA-256 is not its name; copy the layout again")
            self._blobs[digest] = _object(_parse(data, name), name)
        return self._blobs[digest]


def _parse(data: bytes, name: str) -> Any:
    try:
        return parse_json(data)
    except ImageUnread as error:
        raise ImageUnread(f"{name}: {error}") from None


def _object(said: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(said, Mapping):
        raise ImageUnread(f"{name}: it is not an object, or lacks one")
    return said


def _entries(index: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = index.get("manifests")
    if not isinstance(found, list):
        raise ImageUnread(f"{name}: `manifests` is not a list")
    if len(found) > _MOST_ENTRIES:
        raise ImageUnread(f"{name}: more than {_MOST_ENTRIES} entries, the limit")
    return [_object(one, name) for one in found]


def _digest(about: Mapping[str, Any]) -> str:
    """Return the digest of a descriptor; only SHA-256 is in use."""
    written = about.get("digest")
    if not isinstance(written, str) or not _DIGEST.fullmatch(written):
        raise ImageUnread(f"{_INDEX}: it names a blob by something else than its SHA-256")
    return written


def _path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _name(entry: Mapping[str, Any]) -> str:
    notes = entry.get("annotations")
    names = [notes.get(key) for key in _NAMES] if isinstance(notes, Mapping) else []
    return next((name for name in names if isinstance(name, str) and name), "")


def _is_wanted(manifest: Mapping[str, Any]) -> bool:
    platform = manifest.get("platform")
    return isinstance(platform, Mapping) and _WANTED.items() <= platform.items()


def _is_attestation(manifest: Mapping[str, Any]) -> bool:
    """Whether it is what BuildKit adds for a platform `unknown/unknown`."""
    return _platform(manifest) == "unknown/unknown"


def _platform(manifest: Mapping[str, Any]) -> str:
    platform = manifest.get("platform")
    if not isinstance(platform, Mapping):
        return ""
    return f"{platform.get('os')}/{platform.get('architecture')}"


def _agree(one: ImageConfig, other: ImageConfig) -> bool:
    """Whether two images run and stop alike."""
    return (one.entrypoint, one.cmd, one.stop_signal) == (
        other.entrypoint,
        other.cmd,
        other.stop_signal,
    )
