"""Kustomizations as Flux and Argo CD build them.

Both write their options into the kustomization of a folder before they build it, and Flux
generates one of all manifests below where there is none.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from k8slint.coverage import Reason
from k8slint.kubernetes.kustomization import NAMES
from k8slint.lazy import cached_property
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Pointer, Value, root
from k8slint.render.charts.ordered import Ordered
from k8slint.render.charts.values import Words, WrittenValues, replace_words
from k8slint.render.gitops.checkout import Checkout, Delivered, PassedOver
from k8slint.render.gitops.substitution import Variables
from k8slint.render.overlays.kustomize import Overlay
from k8slint.render.overlays.parts import Gathering, kustomization_in, top_of
from k8slint.render.overlays.patches import patched
from k8slint.render.tools import NotRendered, Workshop
from k8slint.render.trees import list_tree
from k8slint.render.written import SourceFiles, SourcePlace, TooLarge, data, find_value
from k8slint.type_names import Any

_APPENDED = ("patches", "components", "replicas")
_NOWHERE = WrittenValues("")
_SET = ("namespace", "namePrefix", "nameSuffix")


@dataclass(frozen=True, eq=False)
class AdjustedOverlay(Ordered, Overlay):
    """A kustomization with the options that a GitOps object adds to it.

    `options` is where these are written, `top_file` the file of the kustomization, which may be
    generated. `variables` are replaced in what is built; `written` says where each is.
    """

    options: WrittenValues = _NOWHERE
    top_file: str = ""
    generates: bool = False
    variables: Variables | None = None
    written: tuple[tuple[str, WrittenValues], ...] = ()

    @property
    def at(self) -> str:
        """The file that represents it in reports."""
        return self.owner

    @property
    def top(self) -> str:
        return self.top_file

    @cached_property
    def files(self) -> frozenset[str]:
        """The files that it is built of, and those of the object and its variables."""
        given = (self.owner, *(one.file for _, one in self.written))
        return self.replaced.union(given)

    @cached_property
    def replaced(self) -> frozenset[str]:
        """The files of which nothing is left to be looked at once it is built."""
        built = {file for layer in self.layers for file in layer.files}
        return frozenset(built - {self.top_file} if self.generates else built)

    def build(self, place: Workshop, changed: Mapping[str, bytes]) -> str:
        """Build it as its controller does. Raises NotRendered."""
        files = SourceFiles(changed=dict(changed))
        options = self._value(self.options, files)
        if options is None:
            raise NotRendered("its options are no longer there")
        words = self.options.replaced
        content = adjust_overlay(self.top_file, options, files, self.root, words)
        text = super().build(place, {**changed, self.top_file: content})
        if self.variables is None:
            return text
        known = dict(self.variables.known)
        for name, one in self.written:
            known[name] = one.content(files).decode("utf-8", "replace")
        return self.variables._replace(known=known).of(text)

    def secrets(self, files: SourceFiles) -> Iterator[str]:
        """Yield the words that Secrets are generated from, and those of variables."""
        yield from super().secrets(files)
        for _, one in self.written:
            yield from one.words(files)

    def places(
        self, document: Document, pointer: Pointer, files: SourceFiles
    ) -> list[SourcePlace]:
        """Return where a part of a built object may be written, innermost first."""
        found = super().places(document, pointer, files)
        built = root(document)
        options = self._value(self.options, files)
        if options:
            found += patched(options, self.owner, built, None, pointer, files)
        return [*found, *self._variables(found, files)]

    def _variables(self, found: list[SourcePlace], files: SourceFiles) -> Iterator[SourcePlace]:
        """Yield where the variable is written that a place consists of."""
        where = dict(self.written)
        for one in found:
            text = one.value.text or ""
            names = self.variables.names_in(text) if self.variables and "${" in text else []
            for name in names:
                value = self._value(where[name], files) if name in where else None
                if value:
                    is_whole = len(names) == 1 and text.startswith("${") and text.endswith("}")
                    yield SourcePlace(where[name].file, value, is_whole)

    def _value(self, one: WrittenValues, files: SourceFiles) -> Value | None:
        documents = files.documents(one.file)
        if one.document >= len(documents):
            return None
        return find_value(root(documents[one.document]), one.pointer)


def adjust_overlay(
    file: str, options: Value, files: SourceFiles, within_root: str, words: Words = ()
) -> bytes:
    """Return a kustomization with options added, generated if there is none.

    `words` are replaced in the options. Raises NotRendered.
    """
    top = top_of(file, files) if os.path.isfile(file) else None
    content: Any = _data(top) if top else {"resources": generate_resources(file, within_root)}
    if not isinstance(content, dict):
        raise NotRendered(f"{files.name(file)} is not a kustomization")
    added: Any = json.loads(replace_words(json.dumps(_data(options)), words))
    added = added if isinstance(added, dict) else {}
    if "targetNamespace" in added:
        added["namespace"] = added["targetNamespace"]
    for key in _SET:
        if isinstance(added.get(key), str):
            content[key] = added[key]
    for key in _APPENDED:
        if isinstance(added.get(key), list):
            own = content.get(key)
            content[key] = [*(own if isinstance(own, list) else ()), *added[key]]
    images = [*filter(None, map(_image, added.get("images") or ()))]
    if images:
        names = {one["name"] for one in images}
        own = [one for one in content.get("images") or () if one.get("name") not in names]
        content["images"] = [*own, *images]
    return json.dumps(content).encode()


def generate_resources(file: str, within_root: str) -> list[str]:
    """Return what Flux puts into a kustomization that it generates.

    These are all YAML files below its folder, and folders with a kustomization of their own.
    """
    folder = os.path.dirname(file)
    found: dict[str, None] = {}
    for path in list_tree(folder, within_root).files:
        below = os.path.relpath(path, folder)
        parts = below.split(os.sep)
        holders = (os.path.join(folder, *parts[:size]) for size in range(1, len(parts)))
        own = next((one for one in holders if kustomization_in(one)), None)
        if own:
            found[f"./{os.path.relpath(own, folder)}"] = None
        elif below.endswith((".yaml", ".yml")) and not parts[-1].startswith("."):
            found[f"./{below}"] = None
    return [one.replace(os.sep, "/") for one in found]


def gather(
    one: Delivered, folder: str, options: Value, checkout: Checkout, words: Words = ()
) -> AdjustedOverlay:
    """Return the kustomization of a folder with options that an object adds, without its name.

    In the options words are replaced. Raises PassedOver.
    """
    files = checkout.files
    own = kustomization_in(folder)
    file = own or os.path.join(folder, NAMES[0])
    try:
        content = adjust_overlay(file, options, files, checkout.root, words)
        with_options = SourceFiles(files.show, {**files.changed, file: content}, files.originals)
        parts = Gathering(with_options, checkout.root).parts(file)
    except NotRendered as reason:
        raise PassedOver(reason.reason, str(reason)) from None
    if parts is None:
        raise PassedOver(Reason.FAILED, f"{files.name(file)} is not a kustomization")
    return AdjustedOverlay(
        *("", checkout.root, parts),
        top_file=file,
        generates=own is None,
        owner=one.file,
        kind=one.kind,
        object_name=one.name,
        line=one.line,
        options=WrittenValues(one.file, one.document, options.pointer, replaced=words),
    )


def _data(value: Value) -> Any:
    try:
        return data(value)
    except TooLarge:
        raise NotRendered("a kustomization is too large, or nested too deeply") from None


def with_adjusted(plain: Iterable[Overlay], built: Sequence[AdjustedOverlay]) -> list[Overlay]:
    """Return kustomizations, those of objects in place of the same without options."""
    adjusted = {one.top for one in built}
    return [*(one for one in plain if one.top not in adjusted), *built]


def _image(one: Any) -> dict[str, str] | None:
    """Return an entry of `images`, also for the text that Argo CD writes: `[old=]new[:tag]`."""
    if isinstance(one, dict):
        return {str(key): str(text) for key, text in one.items()} if one.get("name") else None
    if not isinstance(one, str):
        return None
    old, _, new = one.rpartition("=")
    name, _, digest = new.partition("@")
    name, tag = name.rsplit(":", 1) if ":" in name.rpartition("/")[2] else (name, "")
    found = {"name": old or name, "newName": name}
    return found | ({"digest": digest} if digest else {"newTag": tag} if tag else {})
