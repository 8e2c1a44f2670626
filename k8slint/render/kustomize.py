"""Kustomizations: which files one is made of, building it, and who set a value.

Kustomize itself builds, by way of a kustomization in a temporary folder that has nothing but the
wanted one as its resource and asks for origins: so no file of the tree is touched.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from k8slint.kubernetes.kustomization import NAMES
from k8slint.manifest.source import Source
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Pointer, Value, root
from k8slint.render import tools
from k8slint.render.patches import PATCHES, patched
from k8slint.render.tools import NotRendered, Workshop
from k8slint.render.written import ORIGIN, Files, Place, counterpart, find, objects, parsed, says

_API = "kustomize.config.k8s.io/"
# What kustomize takes for a repository or a file to fetch (api/internal/git, api/internal/loader).
_REMOTE = re.compile(
    r"(?:^|[=\s\"'\[,])(?:[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:|git::|git(hub|lab)\.com[/:]|\S*\?ref=)",
    re.IGNORECASE,
)
# Where a kustomization names files, other than its patches.
_NAMES_FILES = (
    *("resources", "bases", "components", "crds", "configurations", "openapi"),
    *("generators", "transformers", "validators", "configMapGenerator", "secretGenerator"),
    *("replacements", "patches", "patchesStrategicMerge", "patchesJson6902"),
)
_NO_FILES = frozenset({"patch", "literals", "options", "target", "name", "namespace", "behavior"})
# Each kustomization on the way to a mistake takes some 200 characters.
_WAY = re.compile(
    r"^(\w+ failed: ).*?must resolve to a file': (?:recursed accumulation of path '[^']*': )?"
)

(_NOTHING,) = parsed(Source("", "{}"))


class Layer(NamedTuple):
    """One kustomization of a build, by its absolute path; `files` are all that it is made of."""

    file: str
    top: Value
    files: frozenset[str]

    @property
    def folder(self) -> str:
        return os.path.dirname(self.file)


@dataclass(frozen=True, eq=False)
class Overlay:
    """A kustomization to build, with those it is made of: the innermost first, itself the last.

    `name` is what reports call it. `remote` is something that it would have to fetch.
    """

    name: str
    layers: tuple[Layer, ...]
    remote: str = ""

    @property
    def files(self) -> frozenset[str]:
        """The absolute paths of all that is in it."""
        return self.layers[-1].files

    @property
    def at(self) -> str:
        """The file that stands for it."""
        return self.layers[-1].file

    def build(self, place: Workshop, changed: Mapping[str, bytes]) -> str:
        """What kustomize makes of it, with other bytes in some of its files.

        Raises NotRendered.
        """
        top = self.layers[-1].top
        if self.remote and not place.network:
            raise NotRendered(
                f"{self.remote} would have to be fetched, and nothing is without --allow-network"
            )
        if top.get("helmCharts").is_written:
            raise NotRendered("helmCharts are not inflated: check the charts themselves")
        command = tools.kustomize()
        if not command:
            raise NotRendered("neither kustomize nor kubectl is on the PATH: install one of them")
        folder = self.layers[-1].folder
        here = place.folder / f"build-{next(tools.numbers)}"
        here.mkdir()
        if changed:
            folder = _shadow(self.layers, changed, here / "tree")
        wrapper: dict[str, object] = {
            "resources": [_relative(folder, here)],
            "buildMetadata": ["originAnnotations"],
        }
        schema = Path(folder) / (top.at("openapi", "path").text or "")
        is_inside = schema.resolve().is_relative_to(Path(folder).resolve())
        if is_inside and schema.is_file():  # Counts only where the build begins.
            shutil.copy(schema, here / "openapi.json")
            wrapper["openapi"] = {"path": "openapi.json"}
        (here / NAMES[0]).write_text(json.dumps(wrapper), encoding="utf-8")
        try:
            return tools.run([*command, str(here)], place)
        except NotRendered as reason:
            raise NotRendered(self._without_secrets(_WAY.sub(r"\1", str(reason)))) from None

    def places(self, document: Document, pointer: Pointer, files: Files) -> list[Place]:
        """Where something of a built object is written, the innermost first.

        What patches say about an object is looked for, not worked out: the last place that says
        just what was built is the likeliest. A `null` says that there is nothing.
        """
        built = root(document)
        wanted = find(built, pointer)
        own, base = self._own(document, files) or ("", None)
        found = []
        if base and (value := counterpart(base, built, pointer)).is_written:
            found.append(Place(own, value, says(value, wanted), base))
        for layer in self.layers:
            top = _top(layer.file, files) or layer.top
            found += patched(top, layer.file, built, base, pointer, files)
        if pointer[-1:] == ("image",) and not any(one.is_exact for one in found):
            found += self._image_names(wanted.text or "", files)
        return found

    def _image_names(self, image: str, files: Files) -> Iterator[Place]:
        """Where kustomizations name an image that takes the place of another one."""
        for layer in self.layers:
            for item in (_top(layer.file, files) or layer.top).get("images").items():
                name = item.get("newName")
                if name.text and image.startswith(name.text):
                    yield Place(layer.file, name, is_exact=True)

    def _own(self, document: Document, files: Files) -> tuple[str, Value] | None:
        """The object as it is written in its own file, before anything is changed about it."""
        path, repository = _origin(document)
        file = self._file_at(path) if path and not repository else None
        if file is None:
            return None
        built = root(document)
        kind, name = built.get("kind").text, built.at("metadata", "name").text or ""
        same: dict[str, list[Value]] = defaultdict(list)
        for text in files.documents(file):
            for one in objects(text):
                if one.get("kind").text == kind:
                    same[one.at("metadata", "name").text or ""].append(one)
        inside = (own for own in same if own in name)
        found = same.get(self._own_name(file, name)) or same.get(max(inside, key=len, default=""))
        if found and len(found) > 1:  # In several namespaces.
            space = built.at("metadata", "namespace").text
            found = [one for one in found if one.at("metadata", "namespace").text == space]
        return (file, found[0]) if found and len(found) == 1 else None

    def knows(self, document: Document) -> bool:
        """Whether the file that an object is from is one of its files."""
        path, repository = _origin(document)
        return not path or bool(repository) or self._file_at(path) is not None

    def _file_at(self, path: str) -> str | None:
        name = path.rpartition("/")[2]
        written = (file for file in self.files if os.path.basename(file) == name)
        return next((one for one in written if _is_at(one, path)), None)

    def _own_name(self, file: str, name: str) -> str:
        """The name of an object before the kustomizations with its file changed it."""
        around = [layer.top for layer in self.layers if file in layer.files]
        prefix = "".join(top.get("namePrefix").text or "" for top in reversed(around))
        suffix = "".join(top.get("nameSuffix").text or "" for top in around)
        is_so = name.startswith(prefix) and name.endswith(suffix)
        return name[len(prefix) : len(name) - len(suffix)] if is_so else name

    def _without_secrets(self, reason: str) -> str:
        """A message of kustomize, which quotes what it cannot read of a Secret."""
        words: set[str] = set()
        for layer in self.layers:
            for item in layer.top.get("secretGenerator").items():
                words.update(text.text or "" for text in item.get("literals").items())
                files = [one.text for key in ("envs", "files") for one in item.get(key).items()]
                for name in (*files, item.get("env").text):
                    path = os.path.join(layer.folder, (name or "").rpartition("=")[2])
                    if os.path.isfile(path):
                        words.update(Path(path).read_text("utf-8", "replace").splitlines())
        return tools.without(
            reason, [part for word in words for part in (word, *word.split("=", 1))]
        )


def overlays(folders: Iterable[str], named: Iterable[str], files: Files) -> list[Overlay]:
    """The kustomizations in some folders that are no part of another one.

    `named` ones are taken all the same; so is one of those that are parts of each other.
    """
    found = {one.at: one for folder in folders if (one := _overlay(folder, files))}
    inside = {layer.file for one in found.values() for layer in one.layers[:-1]}
    chosen = {
        file: one
        for file, one in sorted(found.items())
        if file in named or (file not in inside and not _is_component(one.layers[-1].top))
    }
    for file, one in sorted(found.items()):
        known = {layer.file for other in chosen.values() for layer in other.layers}
        if file not in known and not _is_component(one.layers[-1].top):
            chosen[file] = one
    return [*chosen.values()]


def kustomization_in(folder: str) -> str | None:
    """The kustomization of a folder."""
    paths = (os.path.join(folder, name) for name in NAMES)
    return next(filter(os.path.isfile, paths), None)


def _overlay(folder: str, files: Files) -> Overlay | None:
    layers: dict[str, Layer] = {}
    remote: list[str] = []
    file = kustomization_in(folder)
    if file is None or not _collect(file, files, layers, remote, ()):
        return None
    name = files.name(file)
    return Overlay(os.path.dirname(name) or name, tuple(layers.values()), next(iter(remote), ""))


def _collect(
    file: str,
    files: Files,
    layers: dict[str, Layer],
    remote: list[str],
    above: tuple[str, ...],
) -> frozenset[str]:
    """Add a kustomization and, before it, all that it is made of; the files of it."""
    top = _top(file, files)
    if top is None or file in above:
        return frozenset()
    if file in layers:
        return layers[file].files
    reached = {file}
    folder = os.path.dirname(file)
    named = ((key, text.text or "") for key in _NAMES_FILES for text in _names(top.get(key)))
    for field, entry in named:
        if "\0" in entry or (field in PATCHES and "\n" in entry):
            continue
        path = os.path.realpath(os.path.join(folder, entry.rpartition("=")[2]))
        if os.path.isfile(path):
            reached.add(path)
        elif not os.path.isdir(path):
            if _REMOTE.search(entry):
                remote.append(entry.strip().split("\n")[0])
        elif inner := kustomization_in(path):
            reached |= _collect(inner, files, layers, remote, (*above, file))
    layers[file] = Layer(file, top, frozenset(reached))
    return layers[file].files


def _names(value: Value) -> Iterator[Value]:
    """The texts below a key that can be names of files."""
    for name, child in value.entries():
        if name not in _NO_FILES:
            yield from _names(child)
    for item in value.items():
        yield from _names(item)
    if value.text:
        yield value


def _top(file: str, files: Files) -> Value | None:
    """The content of a kustomization; None where there is another thing in the file.

    What cannot be read is left to kustomize to complain about.
    """
    tops = [top for document in files.documents(file) if (top := root(document)).is_written]
    if len(tops) != 1 or not tops[0].is_mapping:
        return root(_NOTHING)
    version = tops[0].get("apiVersion").text
    return tops[0] if version is None or version.startswith(_API) else None


def _is_component(top: Value) -> bool:
    return top.get("kind").text == "Component"


def _origin(document: Document) -> tuple[str, str]:
    """The path of the file that a built object is from, and its repository if that is remote."""
    annotation = root(document).at("metadata", "annotations", ORIGIN)
    for text in parsed(Source("", annotation.text or "")):
        return root(text).get("path").text or "", root(text).get("repo").text or ""
    return "", ""


def _is_at(file: str, path: str) -> bool:
    """Whether a path as kustomize tells it leads to a file, or to the copy of it in a workshop."""
    parts = [part for part in path.split("/") if part not in ("..", ".")]
    end, whole = "/".join(["", *parts]), Path(file).as_posix()
    return whole.endswith(end) or end.endswith(whole)


def _relative(folder: str, start: Path) -> str:
    try:
        return os.path.relpath(os.path.realpath(folder), start).replace(os.sep, "/")
    except ValueError:
        raise NotRendered("the folder is on another drive than the temporary ones") from None


def _shadow(layers: Iterable[Layer], changed: Mapping[str, bytes], tree: Path) -> str:
    """A copy of all that a build reads, with some files changed; the folder to build."""
    folders = sorted({os.path.realpath(layer.folder) for layer in layers})
    outer = [
        one for one in folders if not any(one.startswith(f"{other}{os.sep}") for other in folders)
    ]
    for folder in outer:
        tools.copy(folder, tools.inside(tree, folder))
    for path, content in changed.items():
        copied = tools.inside(tree, os.path.realpath(path))
        if copied.is_file():
            copied.write_bytes(content)
    return str(tools.inside(tree, os.path.realpath([*layers][-1].folder)))
