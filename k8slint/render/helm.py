"""Charts: rendering one, and which value and which line of a template something comes from."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from yaml.nodes import ScalarNode

from k8slint.kubernetes.versions import OLDEST_SUPPORTED, Minor, dotted
from k8slint.manifest.source import Location, Source
from k8slint.manifest.splice import Edit, apply
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Pointer, Value, root
from k8slint.manifest.within import within
from k8slint.render import tools
from k8slint.render.tools import NotRendered, Workshop
from k8slint.render.written import Files, Place, data, find, parsed

CHART = "Chart.yaml"
_VALUES = "values.yaml"
_TEXTS = (".yaml", ".yml", ".tpl")
# The name of a release. Anything else from a chart could be taken for an option.
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?")
# The name of a dependency, which is that of a folder as well.
_DEPENDENCY = re.compile(r"[A-Za-z0-9_][\w.-]*")
# How Chart.yaml names a dependency that is a folder.
_FILE = "file://"
# `helm template` writes above each document which template it is from.
_SOURCE = re.compile(r"(?:---[^\n]*\n)?(?:[ \t]*\n)*# Source: ([^\n]+)")
_KEY = re.compile(r"[\w./-]+:")
# The parts of helm's messages that hold no value, but for what they quote.
_TOLD = re.compile(
    r"helm failed|template|[\w./~-]+:\d+:\d+|executing \"[\w./~-]+\" at <(.*)>"
    r"|execution error at \([\w./~-]+:\d+:\d+\)|error calling \w+|helm did not end .*"
    r"|nil pointer evaluating interface \{\}\.\w+|YAML parse error on [\w./~-]+"
    r"|error converting YAML to JSON|yaml|line \d+|mapping values are not allowed in this context"
    r"|(?:did not find|could not find) expected [\w ',\[\]{}<>-]+|cannot load [\w.]+"
    r"|error unmarshaling JSON|while decoding JSON|json"
    r"|cannot unmarshal \w+ into Go value of type .*"
    r"|chart requires kubeVersion|(?:no )?template \"(.*)\" (?:not defined|associated with .*)"
    r"|values don't meet the specifications of the schema\(s\) in the following chart\(s\)"
    r"|helm printed something that is no UTF-8 text|exit \d+"
    r"|[Cc]hart\.yaml file is missing|validation|chart\.metadata\.\w+ is required"
)
# So many values are tried for one that was rendered, and more than a few all at once first.
_MOST_TRIALS = 6
_FEW = 2
# Numbers from here on stand for values that are tried at once.
_DYE = 71_001


@dataclass(frozen=True, eq=False)
class Chart:
    """A chart to render with some values, those of the last file before those of the others.

    `name` is what reports call it. `sets` are the words of `--set`. With `is_chosen` values the
    chart is for others as well.
    """

    name: str
    folder: str
    values: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    minor: Minor | None = None
    is_chosen: bool = False

    @property
    def at(self) -> str:
        """The file that stands for it."""
        return os.path.join(self.folder, CHART)

    @cached_property
    def files(self) -> frozenset[str]:
        """The templates and the values of it and of its subcharts."""
        folders = (self.folder, *self._local.values())
        inside = (path for folder in folders for path in _below(folder) if _is_text(path))
        return frozenset((*inside, *self.values))

    @cached_property
    def _top(self) -> Value | None:
        documents = Files().documents(self.at)
        return root(documents[0]) if documents else None

    @cached_property
    def _local(self) -> dict[str, str]:
        """The folders of dependencies that stand beside the chart, by their names."""
        found = {}
        for item in _missing(self.folder, self._top):
            name, repository = item.get("name").text or "", item.get("repository").text or ""
            folder = os.path.realpath(os.path.join(self.folder, repository.removeprefix(_FILE)))
            is_local = repository.startswith(_FILE) and os.path.isdir(folder)
            if is_local and _DEPENDENCY.fullmatch(name):
                found[name] = folder
        return found

    def build(self, place: Workshop, changed: Mapping[str, bytes]) -> str:
        """What helm makes of it, with other bytes in some of its files.

        Raises NotRendered, with no word of what is in the values.
        """
        command = tools.helm()
        if not command:
            raise NotRendered("helm is not on the PATH: install it")
        here = place.folder / f"build-{next(tools.numbers)}"
        name = (self._top.get("name").text if self._top else None) or Path(self.folder).name
        missing = [item.get("name").text or "" for item in _missing(self.folder, self._top)]
        folder = self.folder
        if missing or any(_is_below(path, folder) for path in changed):
            folder = str(tools.inside(here, self.folder))
            tools.copy(self.folder, Path(folder))
        self._fetch(missing, folder, command, place)
        for path, content in changed.items():
            for copied in self._copies(path, here, folder, missing):
                copied.parent.mkdir(parents=True, exist_ok=True)
                copied.write_bytes(content)
        values = [
            str(tools.inside(here, path)) if path in changed else path for path in self.values
        ]
        try:
            return tools.run(
                [
                    *command,
                    *(name if _NAME.fullmatch(name) else "release", folder),
                    *(f"--values={_quoted(path)}" for path in values),
                    *(f"--set={word}" for word in self.sets),
                    f"--kube-version={dotted(self.minor or OLDEST_SUPPORTED)}.0",
                ],
                place,
            )
        except NotRendered as reason:
            raise NotRendered(self._without_secrets(str(reason), name)) from None

    def _copies(
        self, path: str, here: Path, folder: str, missing: Sequence[str]
    ) -> Iterator[Path]:
        """Where a file is in a copy of the chart, and of the dependencies beside it."""
        if path in self.values or _is_below(path, self.folder):
            yield tools.inside(here, path)
        for name, local in self._local.items():
            if name in missing and _is_below(path, local):
                yield Path(folder, "charts", name, os.path.relpath(path, local))

    def places(
        self, document: Document, pointer: Pointer, files: Files, place: Workshop
    ) -> list[Place]:
        """The value that something rendered comes from, if it is proved to.

        The proof is an experiment: with another value, the rendered text is another one too.
        """
        wanted = find(root(document), pointer)
        if not wanted.is_written:
            return []
        likely = sorted(self._values(wanted, files), key=lambda one: _unlike(one[1], pointer))
        if len(likely) > _FEW:
            likely = self._first_of_many(likely, document, pointer, files, place)
        for path, value in likely[:_MOST_TRIALS]:
            scalar = next(_scalars(value))
            after = self._with_others([(path, scalar, _other(scalar))], files, place)
            same = _same_object(after, document)
            if not same or not (found := find(root(same), pointer)).is_written:
                continue
            if data(found) != data(wanted):
                is_exact = value is not scalar or found.text == _other(scalar)
                return [Place(path, value, is_exact)]
        return []

    def template(self, document: Document, value: Value, files: Files) -> Location | None:
        """The line of a template that is the nearest to something rendered, if one is near."""
        path = self.template_of(document)
        at = value.mark[0]
        near = (
            _nearest(files.source(file), document, at)
            for file in (path, *sorted(filter(_is_helper, self.files)))
        )
        return next(filter(None, near), None)

    def template_of(self, document: Document) -> str:
        """The file of the template that a rendered document is from."""
        _, *inside = (source_of(document.text) or "").split("/")
        path = os.path.join(self.folder, *inside)
        if inside[:1] == ["charts"] and inside[1] in self._local:
            path = os.path.join(self._local[inside[1]], *inside[2:])
        return path if os.path.isfile(path) else self.at

    def _values(self, wanted: Value, files: Files) -> Iterator[tuple[str, Value]]:
        """The values from which a rendered one can be made, each with its file.

        Those that count most come first.
        """
        folders = (self.folder, *self._local.values())
        own = [path for folder in folders for path in _below(folder)]
        own = sorted(path for path in own if os.path.basename(path) == _VALUES)
        own.sort(key=lambda path: (not _is_below(path, self.folder), path.count(os.sep)))
        for path in (*reversed(self.values), *own):
            for document in files.documents(path):
                for value in _all(root(document)):
                    if _can_make(value, wanted):
                        yield path, value

    def _first_of_many(
        self,
        likely: Sequence[tuple[str, Value]],
        document: Document,
        pointer: Pointer,
        files: Files,
        place: Workshop,
    ) -> list[tuple[str, Value]]:
        """Values in another order: first those that arrive when each is another one at once."""
        scalars = [(path, next(_scalars(value))) for path, value in likely]
        dyes = [str(_DYE + number) for number in range(len(scalars))]
        dyed = zip(scalars, dyes, strict=True)
        after = self._with_others([(*one, dye) for one, dye in dyed], files, place)
        same = _same_object(after, document)
        if not same:
            return [*likely]
        words = set(re.findall(r"\d+", str(data(find(root(same), pointer)))))
        return [
            one
            for one, _ in sorted(zip(likely, dyes, strict=True), key=lambda it: it[1] not in words)
        ]

    def _with_others(
        self, changes: Sequence[tuple[str, Value, str]], files: Files, place: Workshop
    ) -> list[Document]:
        """What is rendered with other texts in the places of values; nothing where it fails."""
        key = (self.name, *((path, value.pointer) for path, value, _ in changes))
        if key not in files.trials:
            edits: dict[str, list[Edit]] = {}
            for path, value, text in changes:
                span = within(value, 0, len(value.text or ""))
                edits.setdefault(path, []).append(Edit(*span, text))
            changed = dict(files.changed)
            for path, some in edits.items():
                source = files.source(path)
                changed[path] = source.encode(apply(source.text, sorted(some)))
            try:
                rendered = self.build(place, changed)
            except NotRendered:
                rendered = ""
            files.trials[key] = parsed(Source("", rendered))
        return files.trials[key]

    def _fetch(
        self, missing: Sequence[str], folder: str, command: tuple[str, ...], place: Workshop
    ) -> None:
        """Put the missing dependencies into a copy of the chart. Raises NotRendered."""
        for name in missing:
            if name in self._local:
                tools.copy(self._local[name], Path(folder) / "charts" / name)
        remote = next((name for name in missing if name not in self._local), None)
        if remote is None:
            return
        if not place.network:
            raise NotRendered(
                f"the chart's dependency {remote} is not in its charts/: run helm dependency "
                f"build, or give --allow-network"
            )
        tools.run([command[0], "dependency", "update", folder], place)

    def _without_secrets(self, reason: str, name: str) -> str:
        """A message of helm without words from the values.

        Of its parts those are told that hold no value, and those that stand in a template: what
        else a template says it may have made of anything.
        """
        files = Files()
        texts = [files.source(path).text for path in filter(_is_template, self.files)]
        reason = ": ".join(
            part if _holds_no_value(part, texts) else "..." for part in reason.split(": ")
        )
        reason = re.sub(r"\.\.\.(: \.\.\.)+", "...", reason)
        words = [word.partition("=")[2] for word in self.sets]
        for path in (*self.values, *_below(self.folder)):
            if path in self.values or os.path.basename(path) == _VALUES:
                for document in files.documents(path):
                    words += (value.text or "" for value in _scalars(root(document)))
        known = " ".join((name, *_below(self.folder)))  # What files are called is no secret.
        return tools.without(reason, [word for word in words if word not in known])


def chart_folders(folders: Iterable[str]) -> list[str]:
    """The folders among some that are charts of their own, and no part of another one."""
    charts = {folder for folder in folders if os.path.isfile(os.path.join(folder, CHART))}
    return sorted(one for one in charts if not any(_is_below(one, other) for other in charts))


def is_library(folder: str, files: Files) -> bool:
    """Whether a chart only helps others, and cannot be rendered."""
    tops = (root(document) for document in files.documents(os.path.join(folder, CHART)))
    return any(top.get("type").text == "library" for top in tops)


def source_of(text: str) -> str | None:
    """The template that a rendered document is from, as helm names it."""
    match = _SOURCE.match(text)
    return match[1].strip() if match else None


def _missing(folder: str, top: Value | None) -> Iterator[Value]:
    """The dependencies of a chart that are not in its folder."""
    for item in top.get("dependencies").items() if top else ():
        name, inside = item.get("name").text or "", Path(folder) / "charts"
        is_name = _DEPENDENCY.fullmatch(name)
        if not (is_name and ((inside / name).is_dir() or any(inside.glob(f"{name}-*.tgz")))):
            yield item


def _same_object(documents: Iterable[Document], document: Document) -> Document | None:
    wanted = _identity(root(document))
    return next((one for one in documents if _identity(root(one)) == wanted), None)


def _identity(top: Value) -> tuple[str | None, ...]:
    return (
        top.get("kind").text,
        top.at("metadata", "namespace").text,
        top.at("metadata", "name").text,
    )


def _unlike(value: Value, pointer: Pointer) -> int:
    """How little the key of a value tells of what was rendered."""
    key, wanted = str(value.pointer[-1]).lower(), str(pointer[-1]).lower()
    return 0 if key == wanted else 1 if key in wanted or wanted in key else 2


def _all(value: Value) -> Iterator[Value]:
    """A value and all that are in it."""
    yield value
    for _, child in value.entries():
        yield from _all(child)
    for item in value.items():
        yield from _all(item)


def _scalars(value: Value) -> Iterator[Value]:
    """The scalars in a value that can be told from another one."""
    for one in _all(value):
        if isinstance(one.node, ScalarNode) and one.text and not isinstance(one.scalar, bool):
            yield one


def _can_make(value: Value, wanted: Value) -> bool:
    """Whether a rendered value may be made of one: it is the same, or has its number in it."""
    if not isinstance(wanted.node, ScalarNode):
        is_like = type(value.node) is type(wanted.node) and _size(value) == _size(wanted)
        return is_like and data(value) == data(wanted) and any(_scalars(value))
    text, part = wanted.text or "", value.text or ""
    if not part or isinstance(value.scalar, bool):
        return False
    return part == text or (part.isdigit() and bool(re.search(rf"\b{part}\b", text)))


def _size(value: Value) -> int:
    return len(value.node.value) if value.node else 0


def _other(value: Value) -> str:
    """Another text of the same kind."""
    text = value.text or ""
    return str(int(text) + 1) if text.isdigit() else f"{text}1"


def _nearest(source: Source, document: Document, offset: int) -> Location | None:
    """The line of a text that is like the one at an offset of a rendered document.

    It is the same, or has the same key; of several, as many are before it as in the document.
    """
    wanted = document.source.line(offset).strip()
    match = _KEY.search(wanted)
    key = match[0] if match else wanted
    lines = source.text.split("\n")
    same = [number for number, line in enumerate(lines) if line.strip() == wanted]
    alike = same or [number for number, line in enumerate(lines) if key and key in line]
    if not alike:
        return None
    above = document.source.text[document.start : offset].split("\n")[:-1]
    number = alike[min(sum(key in line for line in above), len(alike) - 1)]
    start = sum(len(line) + 1 for line in lines[:number])
    text = lines[number]
    return source.locate((start + len(text) - len(text.lstrip()), start + len(text.rstrip())))


def _is_helper(path: str) -> bool:
    """Whether a file holds named templates, and renders nothing itself."""
    name = os.path.basename(path)
    return path.endswith(".tpl") or (name.startswith("_") and path.endswith(_TEXTS))


def _quoted(path: str) -> str:
    """A path as helm reads it in a list with commas."""
    return '"' + path.replace('"', '""') + '"'


def _below(folder: str) -> list[str]:
    """The files below a folder, also by way of links, as helm finds them."""
    found: list[str] = []
    seen: set[str] = set()
    for above, folders, names in os.walk(folder, followlinks=True):
        if (real := os.path.realpath(above)) in seen:
            folders.clear()
            continue
        seen.add(real)
        found += (os.path.join(above, name) for name in names)
    return sorted(found)


def _is_text(path: str) -> bool:
    """Whether a file holds values, or anything that is rendered."""
    return path.endswith(_TEXTS) or f"{os.sep}templates{os.sep}" in path


def _holds_no_value(part: str, templates: Sequence[str]) -> bool:
    """Whether a part of a message is helm's own, or stands in a template as it is."""
    match = _TOLD.fullmatch(part)
    quoted = [one for one in match.groups() if one is not None] if match else [part]
    return all(any(one in text for text in templates) for one in quoted)


def _is_template(path: str) -> bool:
    """Whether a file is one that people write for all to read, and no secrets into."""
    return f"{os.sep}templates{os.sep}" in path or os.path.basename(path) == CHART


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}{os.sep}")
