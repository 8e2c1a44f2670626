"""What kustomizations say about the files they are made of."""

# No `from __future__ import annotations`: typing would compile the fields of NamedTuples at start.
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from k8slint.manifest.values import Value, as_int64

_PATCHES = ("patches", "patchesJson6902", "patchesStrategicMerge")

Labels: TypeAlias = tuple[tuple[str, str], ...]

# Where kustomize looks, in its order (kustomize api/konfig/general.go).
NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


class Kustomization(NamedTuple):
    """One kustomization, its paths made absolute.

    `selector_labels` go into selectors and pod templates, `template_labels` into templates only.
    `has_patches` counts those too that are written in it.
    """

    folder: str
    resources: tuple[str, ...] = ()
    patches: tuple[str, ...] = ()
    has_patches: bool = False
    namespace: str = ""
    selector_labels: Labels = ()
    template_labels: Labels = ()
    replicas: tuple[tuple[str, int], ...] = ()


class Kustomized(NamedTuple):
    """What is changed about the objects of one file by the kustomizations it is part of.

    `roots` are the folders of these kustomizations. Several overlays of one base make several
    `namespaces`, and may give a label several values. `is_patched` means that patches, which
    nobody reads here, may change anything.
    """

    is_patch: bool = False
    is_patched: bool = False
    namespaces: tuple[str, ...] = ()
    selector_labels: Labels = ()
    template_labels: Labels = ()
    replicas: tuple[tuple[str, int], ...] = ()
    roots: tuple[str, ...] = ()


AS_WRITTEN = Kustomized()


def read(top: Value, folder: str) -> Kustomization:
    """A kustomization from its file's tree."""
    resources = [
        item.text
        for key in ("resources", "bases", "components")
        for item in top.get(key).items()
        if item.text
    ]
    patches = [item.text for item in top.get("patchesStrategicMerge").items() if item.text]
    for key in ("patches", "patchesJson6902"):
        patches += [path for item in top.get(key).items() if (path := item.get("path").text)]
    selector_labels = [*_pairs(top.get("commonLabels"))]
    template_labels: list[tuple[str, str]] = []
    for item in top.get("labels").items():
        if item.get("includeSelectors").scalar is True:
            selector_labels += _pairs(item.get("pairs"))
        elif item.get("includeTemplates").scalar is True:
            template_labels += _pairs(item.get("pairs"))
    counts = [
        (item.get("name").text or "", as_int64(item.get("count").scalar))
        for item in top.get("replicas").items()
    ]
    return Kustomization(
        folder,
        tuple(_below(folder, path) for path in resources),
        tuple(_below(folder, path) for path in patches),
        any(top.get(key).is_written for key in _PATCHES),
        top.get("namespace").text or "",
        tuple(selector_labels),
        tuple(template_labels),
        tuple((name, count) for name, count in counts if count is not None),
    )


def kustomized(kustomizations: Iterable[Kustomization]) -> dict[str, Kustomized]:
    """What the kustomizations change, by the absolute path of the file."""
    by_folder = {one.folder: one for one in kustomizations}
    patches = {patch for one in by_folder.values() for patch in one.patches}
    users: dict[str, list[Kustomization]] = defaultdict(list)
    patched: set[str] = set()
    for one in by_folder.values():
        folders: set[str] = set()
        files = _reached(one, by_folder, folders)
        for file in files:
            users[file].append(one)
        if any(by_folder[folder].has_patches for folder in folders):
            patched |= files
    return {
        file: Kustomized(
            file in patches,
            file in patched,
            tuple(sorted({one.namespace for one in users[file] if one.namespace})),
            _merged(one.selector_labels for one in users[file]),
            _merged(one.template_labels for one in users[file]),
            tuple(sorted({pair for one in users[file] for pair in one.replicas})),
            tuple(sorted({one.folder for one in users[file]})),
        )
        for file in {*users, *patches}
    }


def _reached(
    one: Kustomization, by_folder: Mapping[str, Kustomization], seen: set[str]
) -> set[str]:
    """The files of a kustomization and of those it is based on, patches included."""
    seen.add(one.folder)
    files = {*one.patches}
    for resource in one.resources:
        base = by_folder.get(resource)
        if base is None:
            files.add(resource)
        elif base.folder not in seen:
            files |= _reached(base, by_folder, seen)
    return files


def _merged(labels: Iterable[Labels]) -> Labels:
    return tuple(sorted({pair for some in labels for pair in some}))


def _below(folder: str, path: str) -> str:
    return os.path.normpath(f"{folder}{os.sep}{path}")


def _pairs(mapping: Value) -> Labels:
    return tuple((name, value.text or "") for name, value in mapping.entries())
