"""Load settings from a configuration file and those it extends."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from k8slint.config.check import Chosen, check_file, check_previews
from k8slint.config.origin import Origin
from k8slint.config.read import Written, read_config
from k8slint.errors import UsageError
from k8slint.kubernetes.pod_templates import PodTemplate
from k8slint.kubernetes.versions import ClusterTarget, parse_minor
from k8slint.lint import rulebook
from k8slint.lint.rule import Severity
from k8slint.lint.settings import Settings
from k8slint.manifest.plain import DataPlace
from k8slint.outside.files import bounds_of, kind_of
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.shutdown.drain_row import DrainRow
from k8slint.shutdown.programs import program
from k8slint.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from k8slint.images.build_files import NamedBuild
    from k8slint.images.given import GivenImage
    from k8slint.shutdown.measured import MeasuredDrain, MeasuredDrains

# Longer than any chain of `extends` that people write.
_LONGEST_CHAIN = 20


class Reader:
    """Reads configuration files, each once: many may extend the same one.

    `real` returns the real path of a path, and `drains_files` are those that configurations name.
    """

    def __init__(
        self,
        rule_folders: tuple[Path, ...] = (),
        real: Callable[[str], str] = os.path.realpath,
    ) -> None:
        self.rule_folders = rule_folders
        self.real = real
        self.drains_files: set[str] = set()
        self._read: dict[tuple[str, str], Written] = {}

    def read(self, file: Path, roots: tuple[str, ...]) -> Written:
        """Read a file, which names nothing outside of the first of `roots` that it is in.

        Raises UsageError.
        """
        bounds = bounds_of(file, roots, self.real)
        key = self.real(str(file)), bounds
        if key not in self._read:
            written = read_config(file, bounds, self.real)
            check_file(written, self.rule_folders)
            self._read[key] = written
        return self._read[key]._replace(file=file)


def load_config(origin: Origin, reader: Reader, *, preview: bool = False) -> Settings:
    """Load the settings of a file; `preview` is the call's --preview.

    Raises UsageError.
    """
    file = Path(origin.file)
    chosen = merge_extends(origin, reader)
    says = {key: one.value for key, one in chosen.items()}
    book = rulebook.load_rules(reader.rule_folders)
    check_previews(chosen, book, preview=preview or says.get("preview", False))
    rules: dict[str, dict[str, Any]] = says.get("rules", {})
    levels = {word: of["severity"] for word, of in rules.items() if "severity" in of}
    off = (word for word, level in levels.items() if level == "off")
    minor = says.get("kubernetes-version")
    gates = frozenset(says.get("feature-gates", ()))
    return Settings(
        select=tuple(says.get("select", ("DEFAULT",))),
        extend_select=tuple(says.get("extend-select", ())),
        ignore=(*says.get("ignore", ()), *off),
        exclude=tuple(says.get("exclude", ())),
        context=tuple(str(file.parent / path) for path in says.get("context", ())),
        fail_on=Severity.parse(says.get("fail-on", "warning")),
        target=ClusterTarget(parse_minor(minor) if minor else None, gates),
        per_file_ignores=tuple(
            (pattern, tuple(words)) for pattern, words in says.get("per-file-ignores", {}).items()
        ),
        options=tuple(
            (word, option, value)
            for word, options in rules.items()
            for option, value in options.items()
            if option != "severity"
        ),
        severities=tuple(
            (word, Severity.parse(level)) for word, level in levels.items() if level != "off"
        ),
        preview=says.get("preview", False),
        programs=tuple(map(program.read_program, says.get("programs", ()))),
        drains=tuple(
            DrainRow(**one, place=_place(chosen["drains"].written, ("drains", index)))
            for index, one in enumerate(says.get("drains", ()))
        ),
        pod_templates=tuple(
            PodTemplate(**{**one, "paths": tuple(one["paths"])})
            for one in says.get("pod-templates", ())
        ),
        images=_images(chosen["images"], file.parent) if says.get("images") else (),
        measured=_read_measured(chosen["measured-drains"], file.parent, reader)
        if says.get("measured-drains")
        else None,
        dockerfiles=_dockerfiles(chosen["dockerfiles"], origin) if "dockerfiles" in says else (),
        by_folder=says.get("dockerfiles", {}).get("by-folder", True),
        charts=tuple(
            (_real(file, chart), tuple((name, _reals(file, of)) for name, of in named.items()))
            for chart, named in says.get("charts", {}).items()
        ),
        render_timeout=says.get("render-timeout", 60),
    )


def _images(chosen: Chosen, folder: Path) -> tuple[GivenImage, ...]:
    """Read the image configs that a file names; raises UsageError with its line."""
    from k8slint.images.printed import ImageUnread
    from k8slint.images.reading import read_images

    found: list[GivenImage] = []
    for index, one in enumerate(chosen.value):
        try:
            # What is said may not depend on the folder of the call.
            path = str(folder / one["config"])
            found += read_images(path, one.get("image", ""), one["config"])
        except ImageUnread as error:
            chosen.written.refuse(("images", index), f"images: {error}")
    return tuple(found)


def _read_measured(chosen: Chosen, folder: Path, reader: Reader) -> MeasuredDrains:
    """Read the files of measured drains that a file names; raises UsageError with its line."""
    from k8slint.measure.drains.file import read_drains
    from k8slint.shutdown.measured import LEAST_STOPS, MOST_DAYS, MeasuredDrains

    said: dict[str, Any] = chosen.value
    rows: list[MeasuredDrain] = []
    for index, name in enumerate(said.get("files", ())):
        path = os.path.normpath(folder.absolute() / name)
        reader.drains_files.add(path)
        try:
            rows += read_drains(path, name)
        except UsageError as error:
            place = ("measured-drains", "files", index)
            chosen.written.refuse(place, f"measured-drains: {error}")
    return MeasuredDrains(
        rows, said.get("least-stops", LEAST_STOPS), said.get("max-age", MOST_DAYS)
    )


def _dockerfiles(chosen: Chosen, origin: Origin) -> tuple[NamedBuild, ...]:
    """Return which Dockerfiles build which images, relative to the repository of the files.

    Raises UsageError with the line of one that is not there.
    """
    from k8slint.images.build_files import Build, NamedBuild
    from k8slint.images.name import is_plain, repository

    found = []
    for index, one in enumerate(chosen.value.get("images", ())):
        place = ("dockerfiles", "images", index)
        image = clipped(one["image"], LONGEST_NAME)
        path, name = Path(origin.file).parent / one["dockerfile"], one["dockerfile"]
        if not is_plain(one["image"]):
            chosen.written.refuse(place, f"dockerfiles: `{image}` is not the name of an image")
        if not path.is_file():
            chosen.written.refuse(place, f"dockerfiles: no such file: {name}")
        below = os.path.relpath(path, origin.home).replace(os.sep, "/")
        if below.startswith("../"):
            message = f"dockerfiles: {name} is not in the repository {origin.home}"
            chosen.written.refuse(place, message)
        build = Build(below, one.get("target", ""))
        found.append(NamedBuild(repository(one["image"]), build))
    return tuple(found)


def _place(written: Written, place: DataPlace) -> str:
    return f"{written.file.name}:{written.line_of(place)}"


def merge_extends(origin: Origin, reader: Reader) -> dict[str, Chosen]:
    """Return the effective value of each key: from the file, else from the one it extends.

    Raises UsageError.
    """
    file = Path(origin.file)
    chain = [reader.read(file, origin.roots)]
    while "extends" in chain[-1].data:
        chain.append(_read_extended(chain, origin, reader))
    chosen: dict[str, Chosen] = {}
    for written in reversed(chain):
        chosen |= _said(written, file.parent, reader.real)
    chosen.pop("extends", None)
    return chosen


def _read_extended(chain: Sequence[Written], origin: Origin, reader: Reader) -> Written:
    """Read the file that the last one of a chain extends."""
    last = chain[-1]
    place, file = ("extends",), last.file.parent / last.data["extends"]
    name = clipped(str(file), LONGEST_NAME)
    last.confine(place, file, reader.real)
    if len(chain) == _LONGEST_CHAIN:
        last.refuse(place, f"extends: the chain is longer than {_LONGEST_CHAIN} files")
    try:
        status = file.stat()
        is_circle = any(os.path.samestat(status, one.file.stat()) for one in chain)
    except FileNotFoundError:
        last.refuse(place, f"extends: no such file: {name}")
    except (OSError, ValueError) as error:
        last.refuse(place, f"extends: {name}: {getattr(error, 'strerror', error)}")
    if what := kind_of(status):
        last.refuse(place, f"extends: {name} is {what}, not a regular file")
    if is_circle:
        circle = " -> ".join(clipped(str(one.file), LONGEST_NAME) for one in chain)
        last.refuse(place, f"extends: circular: {circle} -> {name}")
    return reader.read(file, origin.roots)


def _said(written: Written, folder: Path, real: Callable[[str], str]) -> dict[str, Chosen]:
    """Return what one file of a chain says, with paths relative to `folder`, the first file's.

    Raises UsageError for a path that leads out of the bounds of the file that names it.
    """
    said = {key: Chosen(value, written) for key, value in written.data.items()}
    above = written.file.parent
    paths = [above / path for path in written.data.get("context", ())]
    for index, path in enumerate(paths):
        written.confine(("context", index), path, real)
    if paths and above != folder:
        said["context"] = Chosen([os.path.relpath(path, folder) for path in paths], written)
    images = written.data.get("images", ())
    for index, one in enumerate(images):
        written.confine(("images", index), above / one["config"], real)
    if images and above != folder:
        moved = [
            one | {"config": os.path.relpath(above / one["config"], folder)} for one in images
        ]
        said["images"] = Chosen(moved, written)
    measured = written.data.get("measured-drains", {})
    drains = measured.get("files", ())
    for index, name in enumerate(drains):
        written.confine(("measured-drains", "files", index), above / name, real)
    if drains and above != folder:
        moved = [os.path.relpath(above / name, folder) for name in drains]
        said["measured-drains"] = Chosen(measured | {"files": moved}, written)
    dockerfiles = written.data.get("dockerfiles", {})
    builds = dockerfiles.get("images", ())
    for index, one in enumerate(builds):
        row = ("dockerfiles", "images", index)
        written.confine(row, above / one["dockerfile"], real)
    if builds and above != folder:
        moved = [
            one | {"dockerfile": os.path.relpath(above / one["dockerfile"], folder)}
            for one in builds
        ]
        said["dockerfiles"] = Chosen(dockerfiles | {"images": moved}, written)
    for chart, named in written.data.get("charts", {}).items():
        written.confine(("charts", chart), folder / chart, real)
        for environment, files in named.items():
            for index, path in enumerate(files):
                place = ("charts", chart, environment, index)
                written.confine(place, folder / path, real)
    return said


def _real(file: Path, path: str) -> str:
    return os.path.realpath(file.parent / path)


def _reals(file: Path, paths: list[str]) -> tuple[str, ...]:
    return tuple(_real(file, path) for path in paths)
