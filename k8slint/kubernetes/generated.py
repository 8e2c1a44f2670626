"""ConfigMaps that Kustomize generates, read from the files that it would read."""

from __future__ import annotations

import os

from k8slint.git.repository import Repository
from k8slint.kubernetes.config_maps import LONGEST_VALUE, MOST_KEYS, entry_of
from k8slint.kubernetes.kustomization import GeneratedMap
from k8slint.kubernetes.near import where_is
from k8slint.kubernetes.objects import ConfigEntry, ConfigMap, Meta
from k8slint.manifest.source import Location
from k8slint.outside.files import read_bytes, resolve_within

# Of a very long line this much is shown.
_SHOWN = 500


def read_generated(generated: GeneratedMap) -> ConfigMap:
    """Return a generated ConfigMap; a file that leads out of the repository is not read."""
    place = generated.at._replace(path=_shown(generated.at.path))
    data = {key: entry_of(key, text, place) for key, text in generated.literals[:MOST_KEYS]}
    found = Repository.above(generated.folder)
    bound = os.path.realpath(found.root if found else generated.folder)
    for key, path in generated.files[:MOST_KEYS]:
        data[key] = _read(key, path, bound)
    counts = len(generated.files), len(generated.literals)
    is_whole = generated.is_whole and max(counts) <= MOST_KEYS
    where = where_is(place.path)
    meta = Meta("ConfigMap", generated.name, ("",), place, where, (generated.folder,))
    return ConfigMap(meta, data, is_whole=is_whole)


def _read(key: str, path: str, bound: str) -> ConfigEntry:
    shown = _shown(path)
    place = Location(shown, 1, 1, 1, 1, "")
    try:
        data = read_bytes(resolve_within(path, bound), LONGEST_VALUE)
    except OSError as error:
        return ConfigEntry(None, place, why=f"cannot be read: {error.strerror or error}")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ConfigEntry(None, place, why="is binary")
    first = text.partition("\n")[0].rstrip("\r")[:_SHOWN]
    return entry_of(key, text, Location(shown, 1, 1, 1, len(first) + 1, first), 1)


def _shown(path: str) -> str:
    """Return a path as it is reported: from the working folder."""
    return os.path.relpath(path).replace(os.sep, "/")
