"""The parts of a kustomization, rewritten so that it names nothing else.

Kustomize reads the same text as a file, a folder, a repository to clone or an address to fetch, by
rules that change from version to version. So it never sees the original kustomization, but one
written here from what was understood: each path in it leads to something that is known to be in
the repository, or that may be fetched.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

from k8slint.coverage import Reason
from k8slint.kubernetes.kustomization import NAMES
from k8slint.manifest.source import NotText, Source, decode
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import Document, YamlError, documents
from k8slint.manifest.values import Value, root
from k8slint.outside.files import resolve_within
from k8slint.records import NamedTuple
from k8slint.render.overlays.fields import CHART_GENERATOR, KUSTOMIZATION, PLAIN, SOURCES, Places
from k8slint.render.overlays.inflated import (
    OLD_CHARTS,
    InflatedChart,
    charts_of_generator,
    find_inflated_charts,
)
from k8slint.render.overlays.rewriting import Visit, rewrite_paths, rewrite_plugin, with_items
from k8slint.render.tools import NotRendered
from k8slint.render.written import SourceFiles, TooLarge, data, parsed
from k8slint.type_names import Any

_API = "kustomize.config.k8s.io/"
# What kustomize reads as a repository or a file to fetch (api/internal/git, api/internal/loader).
_REMOTE = re.compile(
    r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:|git::|git(hub|lab)\.com[/:]|\S*\?ref=", re.IGNORECASE
)
_MOST_LAYERS = 1_000
# The folder in the copy of a kustomization's folder for files that are beside it.
OUTSIDE = ".k8slint-outside"

(_NOTHING,) = parsed(Source("", "{}"))


class Layer(NamedTuple):
    """One kustomization of a build, by its absolute path.

    `files` are itself and the files it names; `inner` are the kustomizations it names.
    """

    file: str
    top: Value
    files: frozenset[str]
    inner: tuple[str, ...]

    @property
    def folder(self) -> str:
        return os.path.dirname(self.file)


class Parts(NamedTuple):
    """The parts of a build.

    `layers` are the kustomizations, innermost first. `written` maps paths of files to the texts
    that replace them, `copied` maps paths to the files that are copied there. Secrets are
    generated from the words `literals` and the files `secrets`. `refused` says why it cannot be
    built. `charts` are rendered first.
    """

    layers: tuple[Layer, ...]
    written: dict[str, str]
    copied: dict[str, str]
    literals: frozenset[str]
    secrets: frozenset[str]
    refused: NotRendered | None
    charts: tuple[InflatedChart, ...] = ()


class Gathering:
    """Finds the parts of builds; parts that several share are read once.

    Nothing may lead out of a root, a real path.
    """

    def __init__(self, files: SourceFiles, within_root: str, *, network: bool = False) -> None:
        self.files = files
        self.root = within_root
        self.network = network
        self._read: dict[_Key, _Reading] = {}

    def parts(self, file: str) -> Parts | None:
        """Return the parts of a kustomization; None if the file is something else."""
        if top_of(file, self.files) is None:
            return None
        found: dict[_Key, _Reading] = {}
        refused: list[NotRendered] = []
        waiting, seen = [(_Key(file), False)], {_Key(file)}
        while waiting:
            key, is_after = waiting.pop()
            one = self._reading(key)
            if is_after:
                found[key] = one
                continue
            inner = [two for two in dict.fromkeys(one.inner) if two not in seen]
            seen.update(inner)
            waiting += [(key, True), *((two, False) for two in reversed(inner))]
            if len(seen) > _MOST_LAYERS:
                said = f"it consists of more than {_MOST_LAYERS:,} kustomizations"
                refused.append(NotRendered(said, Reason.TOO_LARGE))
                break
        found.pop(_Key(file), None)
        readings = [*found.values(), self._reading(_Key(file))]
        written: dict[str, str] = {}
        for one in readings:
            refused += one.refused
            for path, text in one.written.items():
                if written.setdefault(path, text) != text:
                    said = f"{self.files.name(path)} is used in two different ways"
                    refused.append(NotRendered(said))
        return Parts(
            tuple({one.layer.file: one.layer for one in readings}.values()),
            written,
            {path: file for one in readings for path, file in one.copied.items()},
            frozenset(word for one in readings for word in one.literals),
            frozenset(path for one in readings for path in one.secrets),
            next(iter(refused), None),
            tuple(chart for one in readings for chart in one.charts),
        )

    def _reading(self, key: _Key) -> _Reading:
        if key not in self._read:
            self._read[key] = _Reading(key, self.files, self.root, network=self.network)
        return self._read[key]


def kustomization_in(folder: str) -> str | None:
    """Return the kustomization of a folder."""
    paths = (os.path.join(folder, name) for name in NAMES)
    return next(filter(os.path.isfile, paths), None)


def top_of(file: str, files: SourceFiles) -> Value | None:
    """Return the content of a kustomization; None if the file is something else.

    If the file cannot be read, it is empty.
    """
    tops = [top for one in files.documents(file) if (top := root(one)).is_written]
    if len(tops) != 1 or not tops[0].is_mapping:
        return root(_NOTHING)
    version = tops[0].get("apiVersion").text
    return tops[0] if version is None or version.startswith(_API) else None


class _Key(NamedTuple):
    """A kustomization; with `plugins`, one of plugins for a kustomization in that folder."""

    file: str
    plugins: str = ""


class _Reading:
    """What one kustomization says, and how it is rewritten."""

    def __init__(self, key: _Key, files: SourceFiles, within_root: str, *, network: bool) -> None:
        self.files = files
        self.root = within_root
        self.network = network
        self.folder = os.path.dirname(key.file)
        self.plugins = key.plugins or self.folder
        self.reached = {key.file}
        self.inner: list[_Key] = []
        self.written: dict[str, str] = {}
        self.copied: dict[str, str] = {}
        self.literals: list[str] = []
        self.secrets: set[str] = set()
        self.charts: list[InflatedChart] = []
        self.refused: list[NotRendered] = []
        try:
            content = self._content(key.file, PLAIN if key.plugins else KUSTOMIZATION)
            self._write(key.file, json.dumps(content))
        except NotRendered as reason:
            self.refused.append(reason)
        top = top_of(key.file, files) or root(_NOTHING)
        inner = tuple(one.file for one in self.inner)
        self.layer = Layer(key.file, top, frozenset(self.reached), inner)

    def _content(self, file: str, known: dict[str, Places]) -> Any:
        """Return the content of a kustomization with rewritten paths. Raises NotRendered."""
        name = self.files.name(file)
        names = [one for one in NAMES if os.path.isfile(os.path.join(self.folder, one))]
        if len(names) > 1:
            raise NotRendered(f"{name} is not the only kustomization in its folder")
        self._real(os.path.basename(file), self.folder)
        tops = [top for one in self._documents(file) if (top := root(one)).is_written]
        if len(tops) > 1 or not all(top.is_mapping for top in tops):
            raise NotRendered(f"{name} is not a single mapping of keys to values")
        visit = self._visit(self.folder)
        plain = _data(tops[0], name) if tops else {}
        if tops:
            self._add_charts(find_inflated_charts(tops[0], file, name, self.root))
        if isinstance(plain.get("generators"), list):
            kept = [one for one in plain["generators"] if not self._inflates(one, name)]
            plain = {**plain, "generators": kept}
        content = rewrite_paths(plain, known, visit)
        for key in ("helmCharts", "helmGlobals", OLD_CHARTS):
            content.pop(key, None)
        if self.charts:
            places = [f"./{os.path.basename(one.place)}" for one in self.charts]
            content["resources"] = [*(content.get("resources") or ()), *places]
        for key in content:
            if key not in known:
                raise NotRendered(f"{name} has a field {key} that k8slint does not know")
        self._secrets(content.get("secretGenerator"), self.folder)
        return content

    def _inflates(self, entry: Any, name: str) -> bool:
        """Whether an entry of `generators` is a file of charts, which are added then."""
        try:
            real = self._real(entry, self.folder) if isinstance(entry, str) else ""
        except (
            NotRendered
        ):  # It may be a plugin itself and no path. Otherwise it is refused later.
            return False
        if not os.path.isfile(real):
            return False
        tops = [root(document) for document in self.files.documents(real)]
        if {top.get("kind").text for top in tops} != {CHART_GENERATOR}:
            return False
        self._add_charts(charts_of_generator(tops, real, self.folder, name, self.root))
        self.reached.add(real)
        return True

    def _add_charts(self, found: Iterable[InflatedChart]) -> None:
        """Add charts; without one that is not here, the rest is still what the overlay uses."""
        try:
            for one in found:
                self.charts.append(one)
                self.reached |= one.chart.files
        except NotRendered as reason:
            self.refused.append(reason)

    def _secrets(self, generators: Any, folder: str) -> None:
        """Record what Secrets are generated from, once paths are known."""
        for one in generators if isinstance(generators, list) else [generators]:
            for name, kind in SOURCES.items():
                entries = one.get(name) if isinstance(one, dict) else None
                for entry in entries if isinstance(entries, list) else [entries]:
                    if kind and isinstance(entry, str):
                        path = os.path.join(folder, entry.rpartition("=")[2])
                        self.secrets.add(os.path.normpath(path))
                    elif isinstance(entry, str):
                        self.literals.append(entry)

    def _visit(self, folder: str) -> Visit:
        """Return the function that rewrites an entry of a folder so that it stays inside."""

        def visit(entry: str, kind: str) -> str:
            try:
                return self._entry(entry, kind, folder)
            except NotRendered as reason:
                self.refused.append(reason)
                return "./"

        return visit

    def _entry(self, entry: str, kind: str, folder: str) -> str:
        """Return what to write for an entry of a kustomization. Raises NotRendered."""
        if kind in ("plugin", "patch"):
            inline = [one for one in parsed(Source("", entry)) if not root(one).text]
            if kind == "patch" and inline:
                return f"{entry}\n"  # With a line end, it is never read as an address.
            if inline:
                return self._plugins(Source("", entry), entry)
        if kind == "source":
            key, _, path = entry.rpartition("=")
            if "=" in key:
                raise NotRendered(f"{entry} has more than one =")
            local = self._local(path, "file", folder)
            key = key or os.path.basename(path)
            return local if key == os.path.basename(local) else f"{key}={local}"
        return self._local(entry, kind, folder)

    def _local(self, entry: str, kind: str, folder: str) -> str:
        """Return the path of a file or folder that kustomize cannot read as anything else.

        A file beside the folder is copied into it: kustomize reads none there, but Flux does, and
        Argo CD can be told to. Kustomize itself reports what does not exist. Raises NotRendered.
        """
        real = place = self._real(entry, folder)
        if os.path.isfile(real):
            self.reached.add(real)
            if not real.startswith(os.path.join(folder, "")):
                place = os.path.join(folder, OUTSIDE, *Path(real).parts[1:])
            if kind == "plugin":
                self._write(place, self._plugins(self._source(real), real))
            else:
                self.copied[place] = real
        elif os.path.isdir(real):
            inner = kustomization_in(real) if kind in ("any", "plugin") else None
            if inner:
                self.inner.append(_Key(inner, self.plugins if kind == "plugin" else ""))
        elif _REMOTE.match(entry.strip()):
            if self.network:
                return entry
            said = f"{entry.strip()} has to be fetched, and that takes --allow-network"
            raise NotRendered(said, Reason.REMOTE)
        path = os.path.relpath(place, folder).replace(os.sep, "/")
        return path if path.startswith("../") else f"./{path}"

    def _plugins(self, source: Source, name: str) -> str:
        """Return the configurations of plugins with rewritten paths. Raises NotRendered."""
        visit = self._visit(self.plugins)
        texts = []
        for document in _documents(source, name):
            content = rewrite_plugin(_data(root(document), name), visit)
            every = with_items(content)
            secrets = [one for one in every if one.get("kind") == "SecretGenerator"]
            self._secrets(secrets, self.plugins)
            texts.append(f"{json.dumps(content)}\n")
        return "---\n".join(texts)

    def _real(self, entry: str, folder: str) -> str:
        """Return the real path of something in the repository. Raises NotRendered."""
        if os.path.isabs(entry) or entry.startswith("\\"):
            raise NotRendered(f"{entry} is an absolute path", Reason.OUTSIDE)
        try:
            return resolve_within(os.path.join(folder, entry), self.root)
        except OSError as error:
            raise NotRendered(f"{entry} is not read: {error}", Reason.OUTSIDE) from None

    def _documents(self, file: str) -> list[Document]:
        return _documents(self._source(file), self.files.name(file))

    def _source(self, file: str) -> Source:
        """Read the text of a file. Raises NotRendered."""
        try:
            return decode(self.files.bytes_of(file), self.files.name(file))
        except (OSError, NotText) as error:
            raise NotRendered(f"{self.files.name(file)} cannot be read: {error}") from None

    def _write(self, file: str, text: str) -> None:
        if self.written.setdefault(file, text) != text:
            raise NotRendered(f"{self.files.name(file)} is used in two different ways")


def _data(value: Value, name: str) -> Any:
    """Return a value as plain data. Raises NotRendered."""
    try:
        return data(value)
    except TooLarge:
        said = f"{name} is too large, or nested too deeply"
        raise NotRendered(said, Reason.TOO_LARGE) from None


def _documents(source: Source, name: str) -> list[Document]:
    """Parse all documents of a text. Raises NotRendered."""
    try:
        return [one for chunk in split_documents(source.text) for one in documents(source, chunk)]
    except YamlError as error:
        raise NotRendered(f"{name} cannot be read: {error}") from None
