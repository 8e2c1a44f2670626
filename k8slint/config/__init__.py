"""The settings of a folder: its configuration, as the command line overrides it."""

import os
from pathlib import Path

from k8slint.config.origin import Origin
from k8slint.lazy import cached_property
from k8slint.lint.files import is_excluded
from k8slint.lint.folders import Folders
from k8slint.lint.rule import Severity
from k8slint.lint.scope import scope_for
from k8slint.lint.settings import CONFIGURATIONS, PYPROJECT, Settings
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.config.load import Reader
    from k8slint.images.given import GivenImage
    from k8slint.kubernetes.gates import Minor
    from k8slint.shutdown.measured import MeasuredDrain, MeasuredDrains


class Overrides(NamedTuple):
    """What the command line says; None leaves a setting to the configuration.

    With `isolated` no configuration is read. `rule_folders` come from nowhere else: they hold
    code, which a pull request must not bring in. `named` are the absolute paths of the folders
    that the call names or names a file of, outer ones first. `images` and measured `drains` come
    before those of a configuration. `owner_labels` name the owners of objects.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] | None = None
    fail_on: Severity | None = None
    minor: "Minor | None" = None
    preview: bool = False
    isolated: bool = False
    rule_folders: tuple[Path, ...] = ()
    named: tuple[str, ...] = ()
    images: "tuple[GivenImage, ...]" = ()
    drains: "tuple[MeasuredDrain, ...]" = ()
    owner_labels: tuple[str, ...] = ()


NO_OVERRIDES = Overrides()


class Configurations:
    """The configurations that apply to folders, each found and read once, with the overrides.

    `explicit` is the file that the call names for all folders. Where settings are `given`, no
    configuration is read.
    """

    def __init__(
        self,
        folders: Folders,
        overrides: Overrides,
        explicit: Path | None = None,
        given: Settings | None = None,
    ) -> None:
        self.folders = folders
        self.overrides = overrides if given is None else overrides._replace(isolated=True)
        self.explicit = explicit
        self.given = given or Settings()
        self._found: dict[str, str] = {}
        self._settings: dict[Origin, Settings] = {}

    def settings_for(self, folder: str | Path) -> Settings:
        """Return the settings of a folder, once every rule they select is known to exist.

        Raises UsageError.
        """
        origin = self.origin_of(folder)
        if origin not in self._settings:
            settings = _changed(self._load(origin), origin, self.overrides)
            scope_for(settings)
            self._settings[origin] = settings
        return self._settings[origin]

    def origin_of(self, folder: str | Path) -> Origin:
        """Return where the settings of a folder come from: the named file, or the nearest one.

        Their root is the folder of that file, the working folder if the call names the file, and
        the repository if there is none. Raises UsageError for a `pyproject.toml` that cannot be
        read.
        """
        nearest = self.folders.nearest_marked(str(folder))
        repository = self.folders.repository_around(nearest)
        roots = (repository, *self.overrides.named)
        if self.explicit and not self.overrides.isolated:
            here = os.getcwd()
            around = self.folders.repository_around(here)
            return Origin(str(self.explicit), here, (*roots, around))
        file = "" if self.overrides.isolated else self._find(nearest, roots)
        above = os.path.dirname(file)
        return Origin(file, above or repository or os.getcwd(), (*roots, above))

    @cached_property
    def reader(self) -> "Reader":
        from k8slint.config.load import Reader

        return Reader(self.overrides.rule_folders, self.folders.real_paths.of)

    def names_dockerfile(self, path: str) -> bool:
        """Whether a configuration so far says that an absolute path is a Dockerfile."""
        return any(
            os.path.normpath(os.path.join(one.repository, named.build.dockerfile)) == path
            for one in self._settings.values()
            for named in one.dockerfiles
        )

    def names_drains(self, path: str) -> bool:
        """Whether a configuration so far names an absolute path as a file of measured drains."""
        return "reader" in self.__dict__ and path in self.reader.drains_files

    def _load(self, origin: Origin) -> Settings:
        if not origin.file:
            return self.given
        from k8slint.config.load import load_config

        return load_config(origin, self.reader, preview=self.overrides.preview)

    def _find(self, folder: str, roots: tuple[str, ...]) -> str:
        """Return the configuration file that applies to a folder, "" for none."""
        file, passed = "", []
        for place in self.folders.marked_upwards(folder):
            if place in self._found:
                file = self._found[place]
                break
            passed.append(place)
            if file := find_config(place, self.folders, roots):
                break
        self._found.update(dict.fromkeys(passed, file))
        return file


def for_file(settings: Settings, path: str) -> Settings:
    """Return the settings of a folder for one of the files below it."""
    if not settings.per_file_ignores:
        return settings
    here = dict.fromkeys(
        word
        for pattern, words in settings.per_file_ignores
        if is_excluded(path, settings.root, (pattern,))
        for word in words
    )
    return settings._replace(ignored_here=tuple(here)) if here else settings


def find_config(folder: str, folders: Folders, roots: tuple[str, ...] = ()) -> str:
    """Return the configuration file in an absolute folder, "" for none; `roots` as in Origin.

    Raises UsageError for a `pyproject.toml` that cannot be read.
    """
    marks = folders.markers_in(folder)
    for name in CONFIGURATIONS if marks else ():
        if name in marks:  # Reading reports a dangling link.
            return os.path.join(folder, name)
    if PYPROJECT in marks and os.path.isfile(path := os.path.join(folder, PYPROJECT)):
        from k8slint.config.read import read_toml
        from k8slint.outside.files import bounds_of

        is_link = os.path.islink(path)
        bounds = bounds_of(path, (*roots, folder), folders.real_paths.of) if is_link else ""
        return path if read_toml(Path(path), bounds) else ""
    return ""


def _changed(settings: Settings, origin: Origin, overrides: Overrides) -> Settings:
    """Return the settings with the overrides of the call."""
    if overrides.select is not None:
        settings = settings._replace(select=(), extend_select=(), ignore=())
    target = settings.target
    if overrides.minor:
        target = target._replace(minor=overrides.minor)
    return settings._replace(
        root=Path(origin.root),
        exclude=settings.exclude if overrides.exclude is None else overrides.exclude,
        fail_on=settings.fail_on if overrides.fail_on is None else overrides.fail_on,
        target=target,
        preview=settings.preview or overrides.preview,
        images=(*overrides.images, *settings.images),
        measured=_measured(settings.measured, overrides)
        if overrides.drains
        else settings.measured,
        repository=origin.home if settings.dockerfiles else origin.roots[0],
        rule_folders=overrides.rule_folders,
        call_select=(*(overrides.select or ()), *overrides.extend_select),
        call_ignore=overrides.ignore,
        owner_labels=overrides.owner_labels,
    )


def _measured(said: "MeasuredDrains | None", overrides: Overrides) -> "MeasuredDrains":
    """Return the measured drains of the call, and those of a configuration with its limits."""
    from k8slint.shutdown.measured import MeasuredDrains

    own = said or MeasuredDrains(())
    rows = (*overrides.drains, *own.rows)
    return MeasuredDrains(rows, own.least_stops, own.most_days)
