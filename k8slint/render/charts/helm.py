"""Charts: the files of a chart, and how to render it.

Helm renders a copy, in which nothing leads out of the repository.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from k8slint.coverage import Reason
from k8slint.kubernetes.gates import Minor
from k8slint.kubernetes.versions import OLDEST_SUPPORTED, dotted
from k8slint.lazy import cached_property
from k8slint.manifest.values import Value, root
from k8slint.outside.files import read_bytes, resolve_within
from k8slint.render import tools
from k8slint.render.charts.archives import SCHEMA, check_schema, is_packed, repack, unpack
from k8slint.render.charts.messages import addresses, without_values
from k8slint.render.tools import Failed, NotRendered, Workshop
from k8slint.render.trees import (
    LARGEST,
    CopyBudget,
    Listing,
    copy,
    copying,
    inside,
    list_tree,
    read_inside,
)
from k8slint.render.written import SourceFiles, words

CHART = "Chart.yaml"
# Where charts of Helm 2 name their dependencies; Helm 3 reads it in place of those of Chart.yaml
# (pkg/chart/loader/load.go).
_REQUIREMENTS = "requirements.yaml"
_VALUES = "values.yaml"
TEXTS = (".yaml", ".yml", ".tpl")
# A release name. Anything else from a chart could be taken for an option.
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?")
# The name of a dependency, which is also that of a folder.
_DEPENDENCY = re.compile(r"[A-Za-z0-9_][\w.-]*")
# How Chart.yaml names a dependency that is a folder, and one to be fetched.
_FILE = "file://"
_REMOTE = ("http://", "https://", "oci://")


@dataclass(frozen=True, eq=False)
class Chart:
    """A chart to render with values files, of which later ones override earlier ones.

    `name` is what reports call it, `folder` that of its files, or a packed chart. Nothing in it
    may lead out of `root`, a real path; the files of `values` may be anywhere. `sets` are the
    arguments of `--set`. With `is_chosen`, the call chose the values, so others may render the
    chart with different ones.
    """

    name: str
    folder: str
    root: str
    values: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    minor: Minor | None = None
    is_chosen: bool = False

    @property
    def at(self) -> str:
        """The file that represents it in reports."""
        return os.path.join(self.folder, CHART)

    @cached_property
    def own_files(self) -> frozenset[str]:
        """The templates and values files of the chart and its subcharts."""
        return frozenset(filter(_is_text, self._below))

    @cached_property
    def files(self) -> frozenset[str]:
        """Its own files, and those that give it values."""
        return self.own_files.union(self.values)

    @property
    def is_configured(self) -> bool:
        """Whether the call or a configuration says with which values it is rendered."""
        return bool(self.values or self.sets)

    @property
    def replaced(self) -> frozenset[str]:
        """The files of which nothing is left to be looked at once it is rendered."""
        return self.files

    @cached_property
    def own_values(self) -> tuple[str, ...]:
        """The values files in the chart and its subcharts, outer ones first."""
        own = [path for path in self._below if os.path.basename(path) == _VALUES]
        own.sort(key=lambda path: (not _is_below(path, self.folder), path.count(os.sep), path))
        return tuple(own)

    @cached_property
    def local(self) -> dict[str, str]:
        """The folders of dependencies outside of the chart's own folder, by their names."""
        return {name: path for name, path in self._beside if path}

    @cached_property
    def templates(self) -> frozenset[str]:
        """The templates of the chart and its subcharts, as far as these are not packed."""
        return frozenset(path for path in self.files if f"{os.sep}templates{os.sep}" in path)

    def secrets(self, files: SourceFiles) -> Iterator[str]:
        """Yield the words of its values, any of which may be secret."""
        yield from (word.partition("=")[2] for word in self.sets)
        for path in (*self.values, *self.own_values):
            yield from words(files, path)

    def public(self, files: SourceFiles) -> Iterator[str]:
        """Yield the texts that are public, into which nobody writes secrets."""
        yield from (files.source(path).text for path in filter(_is_template, self.files))
        for path in self._below:
            yield path
            if os.path.basename(path) == SCHEMA:
                yield from addresses(files.source(path).text)

    def build(self, place: Workshop, changed: Mapping[str, bytes]) -> str:
        """Render the chart with helm, with `changed` bytes in some of its files.

        Raises NotRendered, whose message contains no value that is not in the templates.
        """
        command = tools.helm(place.roots)
        if not command:
            raise NotRendered("helm is not on the PATH: install it", Reason.NO_TOOL)
        name = self._release()
        with copying(), place.room() as here:
            made = place.once(self.folder, lambda folder: self._make(folder, command, place))
            folder = self._change(made, here / "chart", changed)
            words = [
                *(name if _NAME.fullmatch(name) else "release", str(folder)),
                *(f"--values={_quote(path)}" for path in self._copy_values(here, changed)),
                *(f"--set={word}" for word in self.sets),
                f"--kube-version={dotted(self.minor or OLDEST_SUPPORTED)}.0",
                *self._options(),
            ]
            try:
                return tools.run_tool([*command, *words], place)
            except Failed as reason:
                public = [*self.public(SourceFiles())]
                raise NotRendered(without_values(str(reason), public)) from None

    def values_written(self, files: SourceFiles) -> Iterator[tuple[str, Value]]:
        """Yield the mappings with its values, strongest first, each with its file."""
        for path in (*reversed(self.values), *self.own_values):
            yield from ((path, root(document)) for document in files.documents(path))

    def _release(self) -> str:
        """The name to render it under."""
        return (self._top.get("name").text if self._top else None) or Path(self.folder).name

    def _options(self) -> Iterator[str]:
        """The arguments of helm that only some charts need."""
        yield from ()

    @cached_property
    def _top(self) -> Value | None:
        documents = SourceFiles().documents(os.path.join(self.folder, CHART))
        return root(documents[0]) if documents else None

    @cached_property
    def _listed(self) -> Listing:
        return Listing(()) if self._is_packed else list_tree(self.folder, self.root)

    @property
    def _is_packed(self) -> bool:
        return os.path.isfile(self.folder)

    @cached_property
    def _below(self) -> tuple[str, ...]:
        beside = (list_tree(folder, self.root).files for folder in self.local.values())
        return (*self._listed.files, *(path for files in beside for path in files))

    @cached_property
    def _dependencies(self) -> tuple[Value, ...]:
        tops = [self._top] if self._top else []
        with suppress(OSError):
            path = resolve_within(os.path.join(self.folder, _REQUIREMENTS), self.root)
            tops += [root(document) for document in SourceFiles().documents(path)]
        named = [top.get("dependencies") for top in tops]
        return tuple(next((one.items() for one in reversed(named) if one.is_written), ()))

    @cached_property
    def _missing(self) -> tuple[Value, ...]:
        """The dependencies that are missing from the chart's own folder."""
        charts = Path(self.folder) / "charts"
        return tuple(
            one for one in self._dependencies if not _is_in(charts, one.get("name").text or "")
        )

    @cached_property
    def _beside(self) -> tuple[tuple[str, str], ...]:
        """The missing dependencies that are folders; an empty path would lead out of the root."""
        found = []
        for item in self._missing:
            name, repository = item.get("name").text or "", item.get("repository").text or ""
            if repository.startswith(_FILE) and _DEPENDENCY.fullmatch(name):
                try:
                    path = resolve_within(
                        os.path.join(self.folder, repository.removeprefix(_FILE)), self.root
                    )
                except OSError:
                    found.append((name, ""))
                else:
                    found += [(name, path)] if os.path.isdir(path) else []
        return tuple(found)

    def _make(self, folder: Path, command: Sequence[str], place: Workshop) -> None:
        """Copy the chart with everything that belongs to it. Raises NotRendered."""
        budget = CopyBudget()
        if self._is_packed:
            name = os.path.basename(self.folder)
            data = read_inside(self.folder, self.root, budget)
            unpack(data, name, folder, budget, network=place.network)
        copy(self._listed, self.folder, self.root, folder, budget)
        for name, beside in self._beside:
            if not beside:
                raise NotRendered(
                    f"the chart's dependency {name} is not copied: it leads out of {self.root}",
                    Reason.OUTSIDE,
                )
            target = folder / "charts" / name
            copy(list_tree(beside, self.root), beside, self.root, target, budget)
        self._fetch(folder, command, place)
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and is_packed(PurePosixPath(name)):
                data = read_bytes(str(path))
                path.write_bytes(repack(data, name, budget, network=place.network))
            elif path.name == SCHEMA and path.is_file():
                check_schema(read_bytes(str(path)), name, network=place.network)

    def _fetch(self, folder: Path, command: Sequence[str], place: Workshop) -> None:
        """Fetch the remaining dependencies into a copy of the chart. Raises NotRendered."""
        remote = [item for item in self._missing if item.get("name").text not in self.local]
        if not remote:
            return
        if not place.network:
            names = ", ".join(dict.fromkeys(one.get("name").text or "" for one in remote))
            what = f"dependency {names} is" if "," not in names else f"dependencies {names} are"
            raise NotRendered(
                f"the chart's {what} not in its charts/: run helm dependency build, or pass "
                f"--allow-network",
                Reason.REMOTE,
            )
        told = [
            {key: item.get(key).text or "" for key in ("name", "version", "repository")}
            for item in remote
        ]
        for one in told:
            if not one["repository"].startswith(_REMOTE):
                raise NotRendered(
                    f"the chart's dependency {one['name']} is not in its charts/, and cannot "
                    f"be fetched from {one['repository'] or 'anywhere'}",
                    Reason.REMOTE,
                )
        with place.room() as here:
            chart = {"apiVersion": "v2", "name": "fetched", "version": "0.1.0"}
            (here / CHART).write_text(json.dumps({**chart, "dependencies": told}), "utf-8")
            tools.run_tool([command[0], "dependency", "update", str(here)], place)
            (folder / "charts").mkdir(exist_ok=True)
            for path in (here / "charts").glob("*.tgz"):
                path.replace(folder / "charts" / path.name)

    def _change(self, made: Path, target: Path, changed: Mapping[str, bytes]) -> Path:
        """Return the copy of the chart, or another copy if some of its files are changed."""
        places = [
            (target / inner, content)
            for path, content in changed.items()
            for inner in self._inner(path)
        ]
        if not places:
            return made
        shutil.copytree(made, target, copy_function=_link)
        for path, content in places:
            path.unlink(missing_ok=True)  # It is a hard link into the other copy.
            path.write_bytes(content)
        return target

    def _inner(self, path: str) -> Iterator[str]:
        """Yield where a file is in a copy of the chart and its dependencies."""
        if _is_below(path, self.folder):
            yield os.path.relpath(path, self.folder)
        for name, folder in self.local.items():
            if _is_below(path, folder):
                yield os.path.join("charts", name, os.path.relpath(path, folder))

    def _copy_values(self, here: Path, changed: Mapping[str, bytes]) -> Iterator[str]:
        """Copy the values files, and yield the copies. Raises NotRendered."""
        for path in self.values:
            try:
                content = changed[path] if path in changed else read_bytes(path, LARGEST)
            except OSError as error:
                said = f"{path} cannot be read: {error}"
                raise NotRendered(said, Reason.VALUES_MISSING) from None
            copied = inside(here / "values", path)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(content)
            yield str(copied)


def chart_folders(folders: Iterable[str]) -> list[str]:
    """Return the folders that are charts and not inside another chart."""
    charts = {folder for folder in folders if os.path.isfile(os.path.join(folder, CHART))}
    return sorted(one for one in charts if charts.isdisjoint(_above(one)))


def find_values_files(folder: str, root: str) -> list[str]:
    """Return the files of a chart that are values to render it with, by their names.

    Those in `ci/` are what chart-testing installs it with. Nothing may lead out of `root`.
    """
    found = []
    for pattern in ("ci/*-values.yaml", "values-*.yaml", "values-*.yml"):
        for path in sorted(Path(folder).glob(pattern)):
            with suppress(OSError):
                if os.path.isfile(resolve_within(str(path), root)):
                    found.append(str(path))
    return found


def is_library(folder: str, files: SourceFiles) -> bool:
    """Whether a chart is a library, which cannot be rendered."""
    tops = (root(document) for document in files.documents(os.path.join(folder, CHART)))
    return any(top.get("type").text == "library" for top in tops)


def _above(folder: str) -> Iterator[str]:
    """Yield the folders that a folder is in."""
    while (above := os.path.dirname(folder)) != folder:
        folder = above
        yield folder


def _is_in(charts: Path, name: str) -> bool:
    """Whether a dependency is in charts/, packed or not."""
    is_name = _DEPENDENCY.fullmatch(name)
    return bool(is_name) and ((charts / name).is_dir() or any(charts.glob(f"{name}-*.tgz")))


def _link(source: str, target: str) -> None:
    """Link to a file, or copy it if that is impossible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _quote(path: str) -> str:
    """Quote a path for helm, which splits values at commas."""
    return '"' + path.replace('"', '""') + '"'


def _is_text(path: str) -> bool:
    """Whether a file contains values or is rendered."""
    return path.endswith(TEXTS) or f"{os.sep}templates{os.sep}" in path


def _is_template(path: str) -> bool:
    return f"{os.sep}templates{os.sep}" in path or os.path.basename(path) in (CHART, _REQUIREMENTS)


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}{os.sep}")
