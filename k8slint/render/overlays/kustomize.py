"""Kustomizations: their files, how to build them, and which file set a value.

Kustomize builds a copy, through a kustomization that has only the wanted one as its resource and
asks for origins; so no file of the repository is touched.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from k8slint.coverage import Reason
from k8slint.kubernetes.kustomization import NAMES
from k8slint.lazy import cached_property
from k8slint.manifest.source import Source
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Pointer, Value, root
from k8slint.render import tools
from k8slint.render.charts.helm import Chart
from k8slint.render.overlays.inflated import is_inflated
from k8slint.render.overlays.parts import (
    OUTSIDE,
    Gathering,
    Layer,
    Parts,
    kustomization_in,
    top_of,
)
from k8slint.render.overlays.patches import patched
from k8slint.render.tools import Failed, NotRendered, Workshop
from k8slint.render.trees import CopyBudget, copying, inside, read_inside
from k8slint.render.written import (
    ORIGIN,
    SourceFiles,
    SourcePlace,
    builds_alike,
    counterpart,
    find_value,
    parsed,
    top_objects,
)

# For each kustomization on the way to a mistake kustomize writes some 200 characters.
_WAY = re.compile(
    r"^(\w+ failed: ).*?must resolve to a file': (?:recursed accumulation of path '[^']*': )?"
)
# How messages name the copy of a file that is beside a kustomization's folder.
_BESIDE = re.compile(rf"[^\s']{{0,4096}}/{re.escape(OUTSIDE)}(?=/)")


@dataclass(frozen=True, eq=False)
class Overlay:
    """A kustomization to build, with its parts.

    `name` is what reports call it. Nothing in it may lead out of `root`, a real path.
    """

    name: str
    root: str
    parts: Parts

    @property
    def layers(self) -> tuple[Layer, ...]:
        return self.parts.layers

    @property
    def charts(self) -> tuple[Chart, ...]:
        """The charts that are rendered in it."""
        return tuple(one.chart for one in self.parts.charts)

    @cached_property
    def files(self) -> frozenset[str]:
        """The absolute paths of all its files."""
        return frozenset(file for layer in self.layers for file in layer.files)

    @property
    def replaced(self) -> frozenset[str]:
        """The files of which nothing is left to be looked at once it is built."""
        return self.files

    @property
    def top(self) -> str:
        """The file of the outermost kustomization."""
        return self.layers[-1].file

    @property
    def at(self) -> str:
        """The file that represents it in reports."""
        return self.top

    def secrets(self, files: SourceFiles) -> Iterator[str]:
        """Yield the words that Secrets are generated from, and those of charts' values."""
        for one in self.parts.charts:
            yield from one.chart.secrets(files)
        for literal in self.parts.literals:
            yield from _sides(literal)
        for path in self.parts.secrets & self.parts.copied.keys():
            with suppress(OSError):  # If it cannot be read, it cannot be built either.
                text = files.bytes_of(self.parts.copied[path]).decode("utf-8", "replace")
                yield from (side for line in text.splitlines() for side in _sides(line))

    def build(self, place: Workshop, changed: Mapping[str, bytes]) -> str:
        """Build it with kustomize, with `changed` bytes in some of its files.

        Raises NotRendered.
        """
        files = SourceFiles(changed=dict(changed))
        parts = Gathering(files, self.root, network=place.network).parts(self.top)
        if parts is None or parts.refused:
            raise (parts and parts.refused) or NotRendered("it is no longer a kustomization")
        command = tools.kustomize(place.roots)
        if not command:
            said = "neither kustomize nor kubectl is on the PATH: install one of them"
            raise NotRendered(said, Reason.NO_TOOL)
        with copying(), place.room() as here:
            tree = here / "tree"
            self._copy(parts, changed, tree)
            for one in parts.charts:
                text = one.chart.build(place, changed)
                inside(tree, one.place).write_text(text, encoding="utf-8")
            folder = inside(tree, self.layers[-1].folder)
            wrapper: dict[str, object] = {
                "resources": [f"./{folder.relative_to(here).as_posix()}"],
                "buildMetadata": ["originAnnotations"],
            }
            if schema := _schema(parts.written[self.top], folder):
                shutil.copy(schema, here / "openapi.json")
                wrapper["openapi"] = {"path": "openapi.json"}
            (here / NAMES[0]).write_text(json.dumps(wrapper), encoding="utf-8")
            try:
                return tools.run_tool([*command, str(here)], place)
            except Failed as reason:
                said = _WAY.sub(r"\1", str(reason)).replace(str(tree), "").replace("'./", "'")
                raise NotRendered(_BESIDE.sub("", said)) from None

    def _copy(self, parts: Parts, changed: Mapping[str, bytes], tree: Path) -> None:
        """Copy everything that a build reads, with some files changed. Raises NotRendered."""
        budget = CopyBudget()
        for path in sorted({*parts.copied, *parts.written}):
            file = parts.copied.get(path, path)
            try:
                text = parts.written.get(path)
                known = text.encode() if text is not None else changed.get(file)
                data = read_inside(file, self.root, budget) if known is None else known
            except OSError as error:
                raise NotRendered(f"{file} is not copied: {error}") from None
            copied = inside(tree, path)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(data)

    def places(
        self, document: Document, pointer: Pointer, files: SourceFiles
    ) -> list[SourcePlace]:
        """Return where a part of a built object may be written, innermost first.

        Patches are searched, not evaluated: the last place with exactly the built value is the
        most likely. A `null` means that there is nothing.
        """
        built = root(document)
        wanted = find_value(built, pointer)
        own, base = self.own_object(document, files) or ("", None)
        found = []
        if base and (value := counterpart(base, built, pointer)).is_written:
            found.append(SourcePlace(own, value, builds_alike(value, wanted), base))
        for layer in self.layers:
            top = top_of(layer.file, files) or layer.top
            found += patched(top, layer.file, built, base, pointer, files)
        if pointer[-1:] == ("image",) and not any(one.is_exact for one in found):
            found += self._image_names(wanted.text or "", files)
        return found

    def _image_names(self, image: str, files: SourceFiles) -> Iterator[SourcePlace]:
        """Yield where kustomizations replace an image."""
        for layer in self.layers:
            for item in (top_of(layer.file, files) or layer.top).get("images").items():
                name = item.get("newName")
                if name.text and image.startswith(name.text):
                    yield SourcePlace(layer.file, name, is_exact=True)

    def own_object(self, document: Document, files: SourceFiles) -> tuple[str, Value] | None:
        """Return an object as written in its own file, before anything changes it."""
        path, repository = _origin(document)
        file = self._file_at(path) if path and not repository else None
        if file is None:
            return None
        built = root(document)
        kind, name = built.get("kind").text, built.at("metadata", "name").text or ""
        same: dict[str, list[Value]] = defaultdict(list)
        for text in files.documents(file):
            for one in top_objects(text):
                if one.get("kind").text == kind:
                    same[one.at("metadata", "name").text or ""].append(one)
        inside = (own for own in same if own in name)
        found = same.get(self._own_name(file, name)) or same.get(max(inside, key=len, default=""))
        if found and len(found) > 1:  # The same name in several namespaces.
            space = built.at("metadata", "namespace").text
            found = [one for one in found if one.at("metadata", "namespace").text == space]
        return (file, found[0]) if found and len(found) == 1 else None

    def knows(self, document: Document) -> bool:
        """Whether an object comes from one of its files."""
        path, repository = _origin(document)
        is_known = not path or bool(repository) or is_inflated(path)
        return is_known or self._file_at(path) is not None

    def chart_of(self, document: Document) -> Chart | None:
        """Return the chart that an object is rendered from, if it is from one."""
        path, repository = _origin(document)
        if repository or not is_inflated(path):
            return None
        found = [one.chart for one in self.parts.charts if _is_at(one.place, path)]
        return found[0] if len(found) == 1 else None

    def _file_at(self, path: str) -> str | None:
        name = path.rpartition("/")[2]
        written = (file for file in self.files if os.path.basename(file) == name)
        return next((one for one in written if _is_at(one, path)), None)

    def _own_name(self, file: str, name: str) -> str:
        """Return the name of an object before kustomizations changed it."""
        holding: set[str] = set()
        for layer in self.layers:
            if file in layer.files or not holding.isdisjoint(layer.inner):
                holding.add(layer.file)
        around = [layer.top for layer in self.layers if layer.file in holding]
        prefix = "".join(top.get("namePrefix").text or "" for top in reversed(around))
        suffix = "".join(top.get("nameSuffix").text or "" for top in around)
        is_so = name.startswith(prefix) and name.endswith(suffix)
        return name[len(prefix) : len(name) - len(suffix)] if is_so else name


def find_overlays(
    folders: Iterable[str], named: Iterable[str], files: SourceFiles, root_of: Callable[[str], str]
) -> list[Overlay]:
    """Return the kustomizations in folders that are not part of another one.

    `named` ones are included in any case, and one of those that are parts of each other.
    `root_of` returns the folder that nothing in a folder may lead out of.
    """
    gatherings: dict[str, Gathering] = {}
    found: dict[str, Overlay] = {}
    for folder in folders:
        within_root = root_of(folder)
        gathering = gatherings.setdefault(within_root, Gathering(files, within_root))
        file = kustomization_in(folder)
        if file and (parts := gathering.parts(file)):
            name = files.name(file)
            found[file] = Overlay(os.path.dirname(name) or name, within_root, parts)
    inside = {layer.file for one in found.values() for layer in one.layers[:-1]}
    chosen = {
        file: one
        for file, one in sorted(found.items())
        if file in named or (file not in inside and not _is_component(one.layers[-1].top))
    }
    known = {layer.file for one in chosen.values() for layer in one.layers}
    for file, one in sorted(found.items()):
        if file not in known and not _is_component(one.layers[-1].top):
            chosen[file] = one
            known.update(layer.file for layer in one.layers)
    return [*chosen.values()]


def _is_component(top: Value) -> bool:
    return top.get("kind").text == "Component"


def _origin(document: Document) -> tuple[str, str]:
    """Return the file that a built object comes from, and its repository if that is remote."""
    annotation = root(document).at("metadata", "annotations", ORIGIN)
    for text in parsed(Source("", annotation.text or "")):
        return root(text).get("path").text or "", root(text).get("repo").text or ""
    return "", ""


def _is_at(file: str, path: str) -> bool:
    """Whether a path in kustomize's output leads to a file, or to its copy in a workshop."""
    parts = [part for part in path.split("/") if part not in ("..", ".")]
    end, whole = "/".join(["", *parts]), Path(file).as_posix()
    return whole.endswith(end) or end.endswith(whole)


def _schema(written: str, folder: Path) -> Path | None:
    """Return the OpenAPI schema of a kustomization; only that of the built one applies."""
    openapi = json.loads(written).get("openapi")
    path = openapi.get("path") if isinstance(openapi, dict) else None
    if not isinstance(path, str):
        return None
    schema = (folder / path).resolve()
    return schema if schema.is_relative_to(folder) and schema.is_file() else None


def _sides(line: str) -> Iterator[str]:
    """Return a line of a Secret's source, and its parts before and after the `=`."""
    yield line
    yield from line.split("=", 1)
