"""The kustomizations around files, found and read."""

from __future__ import annotations

import os
from collections.abc import Iterable

from k8slint.git import GIT
from k8slint.kubernetes.kustomization import (
    NAMES,
    Kustomization,
    Kustomized,
    merge_kustomizations,
    read_kustomization,
)
from k8slint.lint.files import folders_of
from k8slint.lint.folders import Folders
from k8slint.manifest.source import NotText, decode
from k8slint.manifest.stream import split_documents
from k8slint.outside.files import KUSTOMIZATION_LIMIT, read_bytes, resolve_within


def find_kustomized(files: Iterable[str], folders: Folders) -> dict[str, Kustomized]:
    """What the kustomizations beside or above the files change about some of them."""
    by_folder: dict[str, list[str]] = {}
    for file, folder in folders_of(files).items():
        by_folder.setdefault(folder, []).append(file)
    seen: set[str] = set()
    for beside in by_folder:
        folder = folders.nearest_marked(beside)
        while folder not in seen:
            seen.add(folder)
            if GIT not in folders.markers_in(folder):
                folder = folders.nearest_marked(os.path.dirname(folder))
    with_one = sorted(one for one in seen if not folders.markers_in(one).isdisjoint(NAMES))
    changed = merge_kustomizations(found for one in with_one if (found := _read_in(one, folders)))
    if not changed:
        return {}
    absolute = {
        file: os.path.join(folder, os.path.basename(file))
        for folder, files in by_folder.items()
        for file in files
    }
    return {file: changed[path] for file, path in absolute.items() if path in changed}


def _read_in(folder: str, folders: Folders) -> Kustomization | None:
    """The kustomization in a folder, as far as it can be read."""
    paths = (os.path.join(folder, name) for name in NAMES if name in folders.markers_in(folder))
    path = next(filter(os.path.isfile, paths), None)
    if path is None:
        return None
    from k8slint.manifest.tree import YamlError, documents
    from k8slint.manifest.values import root

    try:
        if os.path.islink(path):
            path = resolve_within(
                path, os.path.realpath(folders.repository_around(folder) or folder)
            )
        source = decode(read_bytes(path, KUSTOMIZATION_LIMIT), path)
        trees = [
            tree for chunk in split_documents(source.text) for tree in documents(source, chunk)
        ]
    except (OSError, NotText, YamlError):
        return None
    tops = (root(tree) for tree in trees)
    return next((read_kustomization(top, folder) for top in tops if top.is_mapping), None)
