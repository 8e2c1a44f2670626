"""The repository that GitOps objects are in, as far as they mean it and its charts."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from k8slint.coverage import Reason
from k8slint.git.remotes import repository_name, repository_names
from k8slint.kubernetes.gitops import CONFIG_MAP
from k8slint.kubernetes.kustomization import NAMES
from k8slint.manifest.values import Value, root
from k8slint.outside.files import resolve_within
from k8slint.records import NamedTuple
from k8slint.render.charts.archives import PACKED
from k8slint.render.charts.helm import CHART, is_library
from k8slint.render.charts.values import WrittenValues
from k8slint.render.written import SourceFiles

_MOST_FOLDERS = 20_000
_MOST_MATCHES = 1_000
# Patterns for files, of which one that goes through all folders counts as many.
_MOST_PATTERNS = 1_000
_DEEP = 50
_STAR = re.compile(r"[*?]")
# What helm, Flux and Argo CD read as an address and not as a path.
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]{0,30}://|git@|git::")


class PassedOver(Exception):
    """An object is not rendered: `reason` says why, and the text in more words."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Delivered(NamedTuple):
    """An object in a file: its absolute path, and the number of its document."""

    file: str
    document: int
    value: Value

    @property
    def kind(self) -> str:
        return self.value.get("kind").text or ""

    @property
    def name(self) -> str:
        return self.value.at("metadata", "name").text or ""

    @property
    def namespace(self) -> str:
        return self.value.at("metadata", "namespace").text or ""

    @property
    def title(self) -> str:
        return f"{self.kind} {self.name}" if self.kind else "helmfile"

    @property
    def line(self) -> int:
        """The line of its kind, from 1."""
        kind = self.value.get("kind")
        return self.value.document.source.position(kind.mark[0])[0] if kind.is_written else 1

    def written(self, *path: str) -> WrittenValues:
        """Where values are written in it."""
        pointer = self.value.at(*path).pointer
        return WrittenValues(self.file, self.document, pointer)


class Checkout:
    """The files of a repository by what objects call them. Nothing may lead out of `root`.

    Paths are from there, or else from one of the folders of the call, `named`: a copy of a
    repository may be a folder of another one.
    """

    def __init__(
        self, within_root: str, files: SourceFiles, charts: Iterable[str], named: Iterable[str]
    ) -> None:
        self.root = within_root
        self.tops = [within_root, *(one for one in named if one != within_root)]
        self.files = files
        self._names = repository_names(within_root)
        self._charts: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._objects: dict[tuple[str, str], list[Delivered]] = defaultdict(list)
        self._folders: dict[str, Sequence[str]] = {}
        self._matching: dict[tuple[str, str], list[str]] = {}
        self._left = _MOST_PATTERNS
        self._generated: dict[tuple[str, str], dict[str, str]] = {}
        for folder in charts:
            for document in files.documents(os.path.join(folder, CHART)):
                top = root(document)
                name, version = top.get("name").text or "", top.get("version").text or ""
                self._charts[name].append((folder, version))

    def add(self, one: Delivered) -> None:
        """Remember an object that others may name."""
        self._objects[one.kind, one.name].append(one)

    def add_generators(self, top: Value, folder: str) -> None:
        """Remember the ConfigMaps that a kustomization generates from files."""
        for item in top.get("configMapGenerator").items():
            found = self._generated.setdefault((folder, item.get("name").text or ""), {})
            for entry in item.get("files").items():
                key, _, path = (entry.text or "").rpartition("=")
                found[key or os.path.basename(path)] = os.path.join(folder, path)

    def find(self, kind: str, name: str, namespace: str) -> Delivered | None:
        """Return the only object of a kind and name that may be in a namespace."""
        same = self._objects.get((kind, name), [])
        own = [one for one in same if one.namespace == namespace]
        may_be = own or [one for one in same if not one.namespace or not namespace]
        return may_be[0] if len(may_be) == 1 else None

    def config_map(self, name: str, key: str, by: Delivered) -> WrittenValues | None:
        """Return where a key of a ConfigMap is written; None if that is not in the run."""
        if found := self.find(CONFIG_MAP, name, by.namespace):
            is_there = found.value.at("data", key).is_written
            return found.written("data", key) if is_there else None
        folder = os.path.dirname(by.file)
        while folder.startswith(self.root):
            if path := self._generated.get((folder, name), {}).get(key):
                return WrittenValues(self.file(path, ""))
            if any(os.path.isfile(os.path.join(folder, one)) for one in NAMES):
                break
            folder = os.path.dirname(folder)
        return None

    def is_here(self, url: str) -> bool:
        """Whether an address may be that of this repository."""
        name = repository_name(url)
        return (
            not self._names
            or name in self._names
            or name == os.path.basename(self.root).casefold()
        )

    def chart_at(self, path: str, folder: str = "") -> str:
        """Return the folder of a chart, or a packed one, by its path from a folder or the root.

        Raises PassedOver.
        """
        found = self._real(path, folder)
        if path.endswith(PACKED) and os.path.isfile(found):
            return found
        if not os.path.isfile(os.path.join(found, CHART)):
            raise PassedOver(Reason.REMOTE, f"{path} is not a chart in this repository")
        if is_library(found, self.files):
            raise PassedOver(Reason.REMOTE, f"{path} is a library")
        return found

    def chart_named(self, name: str, version: str) -> str:
        """Return the folder of a chart by its name and version. Raises PassedOver."""
        found = self._charts.get(name, [])
        same = [folder for folder, own in found if not version or _fits(own, version)]
        if len(same) == 1:
            return self.chart_at(same[0])
        what = f"{name} {version}".strip()
        raise PassedOver(Reason.REMOTE, f"the chart {what} is not in this repository")

    def file(self, path: str, folder: str) -> str:
        """Return the real path of a file. Raises PassedOver."""
        found = self._real(path, folder)
        if not os.path.isfile(found):
            raise PassedOver(Reason.VALUES_MISSING, f"{path} is not in this repository")
        return found

    def matching(self, pattern: str, folder: str) -> list[str]:
        """Return the real paths of the files that a pattern with stars matches, in their order.

        Raises PassedOver.
        """
        if (pattern, folder) not in self._matching:
            self._left -= _DEEP if "**" in pattern else 1
            if self._left < 0:
                raise PassedOver(Reason.TOO_LARGE, "too many patterns in this repository")
            self._matching[pattern, folder] = self._matches(pattern, folder)
        return self._matching[pattern, folder]

    def folder(self, path: str) -> str:
        """Return the real path of a folder of the repository. Raises PassedOver."""
        found = self._real(path, "")
        if not os.path.isdir(found):
            raise PassedOver(Reason.REMOTE, f"{path} is not in this repository")
        return found

    def folders_below(self, top: str) -> Sequence[str]:
        """Return the paths of the folders below one, but for hidden ones. Raises PassedOver."""
        if top not in self._folders:
            found: list[str] = []
            for above, names, _ in os.walk(top):
                names[:] = sorted(name for name in names if not name.startswith("."))
                below = (os.path.relpath(os.path.join(above, name), top) for name in names)
                found += (path.replace(os.sep, "/") for path in below)
                if len(found) > _MOST_FOLDERS:
                    raise PassedOver(Reason.TOO_LARGE, f"over {_MOST_FOLDERS:,} folders")
            self._folders[top] = found
        return self._folders[top]

    def _matches(self, pattern: str, folder: str) -> list[str]:
        *parts, last = pattern.split("/")
        first = next((n for n, part in enumerate(parts) if _STAR.search(part)), len(parts))
        rest = [*parts[first:], last]
        if "[" in pattern or "{" in pattern or ".." in rest or rest.count("**") > 1:
            raise PassedOver(Reason.VALUES_UNKNOWN, f"{pattern} is not a plain pattern")
        rest += ["*"] if last == "**" else []
        base = self._real("/".join(parts[:first]) or ("/" if parts[:1] == [""] else "."), folder)
        try:
            found = [*islice(Path(base).glob("/".join(rest)), _MOST_MATCHES + 1)]
        except ValueError:
            raise PassedOver(Reason.VALUES_UNKNOWN, f"{pattern} is not a plain pattern") from None
        if len(found) > _MOST_MATCHES:
            said = f"{pattern} matches over {_MOST_MATCHES:,} files"
            raise PassedOver(Reason.TOO_LARGE, said)
        return [self._inside(path) for path in sorted(map(str, found)) if os.path.isfile(path)]

    def _real(self, path: str, folder: str) -> str:
        if _ADDRESS.match(path):
            raise PassedOver(Reason.REMOTE, f"{path} is an address, and nothing is fetched")
        if os.path.isabs(path) and path.startswith(f"{self.root}{os.sep}"):
            return self._inside(path)
        tops = [folder] if folder and not os.path.isabs(path) else self.tops
        places = [os.path.join(top, path.lstrip("/\\")) for top in tops]
        return self._inside(next(filter(os.path.exists, places), places[0]))

    def _inside(self, path: str) -> str:
        try:
            return resolve_within(path, self.root)
        except OSError:
            name = os.path.basename(os.path.normpath(path))
            raise PassedOver(Reason.OUTSIDE, f"{name} leads out of the repository") from None


def _fits(version: str, wanted: str) -> bool:
    """Whether a version is one that an object asks for: that one, or one of its `1.x`."""
    if wanted in ("*", version):
        return True
    parts = wanted.removeprefix("v").split(".")
    kept = [part for part in parts if part not in ("x", "X", "*")]
    is_range = len(kept) < len(parts) and all(part.isdigit() for part in kept)
    return is_range and version.removeprefix("v").split(".")[: len(kept)] == kept
