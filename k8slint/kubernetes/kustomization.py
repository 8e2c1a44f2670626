"""What kustomizations say about the files they are made of."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from k8slint.manifest.scalars import as_int64
from k8slint.manifest.source import Location
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from k8slint.manifest.values import Value

_PATCHES = ("patches", "patchesJson6902", "patchesStrategicMerge")

# Overlays of overlays: a chain without end would take time that grows with its square.
_MOST_LEVELS = 100

# A build with more ConfigMaps is none that a person has written.
_MOST_GENERATED = 500

Labels: TypeAlias = tuple[tuple[str, str], ...]

# Where kustomize looks, in its order (kustomize api/konfig/general.go).
NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


class GeneratedMap(NamedTuple):
    """A ConfigMap that a kustomization generates from files and literals, each with its key.

    Paths are absolute. It is not `whole` where it is merged with another one, or has other keys.
    """

    name: str
    at: Location
    folder: str
    files: tuple[tuple[str, str], ...] = ()
    literals: tuple[tuple[str, str], ...] = ()
    is_whole: bool = True


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
    config_maps: tuple[GeneratedMap, ...] = ()


class Kustomized(NamedTuple):
    """What is changed about the objects of one file by the kustomizations it is part of.

    `roots` are the folders of these kustomizations. Several overlays of one base make several
    `namespaces`, and may give a label several values. `is_patched` means that patches, which
    nobody reads here, may change anything. `config_maps` are generated beside the objects.
    """

    is_patch: bool = False
    is_patched: bool = False
    namespaces: tuple[str, ...] = ()
    selector_labels: Labels = ()
    template_labels: Labels = ()
    replicas: tuple[tuple[str, int], ...] = ()
    roots: tuple[str, ...] = ()
    config_maps: tuple[GeneratedMap, ...] = ()


AS_WRITTEN = Kustomized()


def read_kustomization(top: "Value", folder: str) -> Kustomization:
    """A kustomization from its file's tree."""
    resources = [
        item.text
        for key in ("resources", "bases", "components")
        for item in top.get(key).items()
        if item.text
    ]
    patches = [item.text for item in top.get("patchesStrategicMerge").items() if item.text]
    for key in ("patches", "patchesJson6902"):
        patches += [path for item in top.get(key).items() if (path := item.text_of("path"))]
    selector_labels = [*_pairs(top.get("commonLabels"))]
    template_labels: list[tuple[str, str]] = []
    for item in top.get("labels").items():
        if item.get("includeSelectors").scalar is True:
            selector_labels += _pairs(item.get("pairs"))
        elif item.get("includeTemplates").scalar is True:
            template_labels += _pairs(item.get("pairs"))
    counts = [
        (item.text_of("name"), as_int64(item.get("count").scalar))
        for item in top.get("replicas").items()
    ]
    return Kustomization(
        folder,
        tuple(_below(folder, path) for path in resources),
        tuple(_below(folder, path) for path in patches),
        any(top.get(key).is_written for key in _PATCHES),
        top.text_of("namespace"),
        tuple(selector_labels),
        tuple(template_labels),
        tuple((name, count) for name, count in counts if count is not None),
        tuple(_generated(folder, item) for item in top.get("configMapGenerator").items()),
    )


def _generated(folder: str, item: "Value") -> GeneratedMap:
    files = [_key_and_path(one.text or "") for one in item.get("files").items()]
    literals = [(one.text or "").partition("=") for one in item.get("literals").items()]
    is_merged = (item.text_of("behavior") or "create") != "create"
    has_variables = item.get("envs").is_written or item.get("env").is_written
    return GeneratedMap(
        item.text_of("name"),
        item.document.source.locate(item.mark),
        folder,
        tuple((key, _below(folder, path)) for key, path in files if path),
        tuple((key, value.strip("\"'")) for key, _, value in literals),
        not is_merged and not has_variables,
    )


def _key_and_path(text: str) -> tuple[str, str]:
    """`key=path`, or a path whose file names the key (kustomize api/internal/generators)."""
    key, equals, path = text.partition("=")
    return (key, path) if equals else (text.rpartition("/")[2], text)


def merge_kustomizations(kustomizations: Iterable[Kustomization]) -> dict[str, Kustomized]:
    """What the kustomizations change, by the absolute path of the file."""
    by_folder = {one.folder: one for one in kustomizations}
    patches = {patch for one in by_folder.values() for patch in one.patches}
    overlays: dict[str, list[str]] = defaultdict(list)
    holders: dict[str, dict[str, None]] = defaultdict(dict)
    for one in by_folder.values():
        for path in one.patches:
            holders[path][one.folder] = None
        for path in one.resources:
            if path in by_folder:
                overlays[path].append(one.folder)
            else:
                holders[path][one.folder] = None
    patched = _above([one.folder for one in by_folder.values() if one.has_patches], overlays)
    found: dict[tuple[str, ...], tuple[Kustomized, Kustomized]] = {}
    changed = {}
    for file, folders in holders.items():
        same = tuple(folders)
        if same not in found:
            users = _above(same, overlays)
            change = _change([by_folder[folder] for folder in users])
            change = change._replace(
                is_patched=not patched.isdisjoint(users),
                config_maps=_generated_for(users, by_folder),
            )
            found[same] = change, change._replace(is_patch=True)
        changed[file] = found[same][file in patches]
    return changed


def _above(folders: Iterable[str], overlays: Mapping[str, Sequence[str]]) -> set[str]:
    """Some kustomizations and those that are based on them."""
    above: set[str] = set()
    level = {*folders}
    for _ in range(_MOST_LEVELS):
        above |= level
        level = {overlay for folder in level for overlay in overlays.get(folder, ())} - above
        if not level:
            break
    return above


def _change(users: Sequence[Kustomization]) -> Kustomized:
    return Kustomized(
        namespaces=tuple(sorted({one.namespace for one in users if one.namespace})),
        selector_labels=_merged(one.selector_labels for one in users),
        template_labels=_merged(one.template_labels for one in users),
        replicas=tuple(sorted({pair for one in users for pair in one.replicas})),
        roots=tuple(sorted({one.folder for one in users})),
    )


def _generated_for(
    users: Iterable[str], by_folder: Mapping[str, Kustomization]
) -> tuple[GeneratedMap, ...]:
    """What some kustomizations generate, and those that they include: one build has them all."""
    found: dict[GeneratedMap, None] = {}
    for user in sorted(users):
        included = (by_folder[path] for path in by_folder[user].resources if path in by_folder)
        for one in (by_folder[user], *included):
            found.update(dict.fromkeys(one.config_maps))
            if len(found) > _MOST_GENERATED:
                return ()
    return tuple(found)


def _merged(labels: Iterable[Labels]) -> Labels:
    return tuple(sorted({pair for some in labels for pair in some}))


def _below(folder: str, path: str) -> str:
    return os.path.normpath(f"{folder}{os.sep}{path}")


def _pairs(mapping: "Value") -> Labels:
    return tuple((name, value.text or "") for name, value in mapping.entries())


def unambiguous(labels: Labels, written: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The labels to which every kustomization gives the same value."""
    names = [name for name, _ in labels]
    for name, value in labels:
        if names.count(name) == 1 and name not in written:
            yield name, value
