"""The settings of a folder: its configuration, found, as the command line changes it."""

# No `from __future__ import annotations`: typing would compile the fields of NamedTuples at start.
import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from k8slint.kubernetes.versions import Minor
from k8slint.lint.files import GIT, is_excluded, marked, marks_in
from k8slint.lint.rule import Severity
from k8slint.lint.settings import CONFIGURATIONS, PYPROJECT, Settings


class Overrides(NamedTuple):
    """What the command line says; None leaves a setting to the configuration.

    `isolated` leaves every configuration unread. `rule_folders` come from nowhere else: they hold
    code, which a pull request must not bring along.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] | None = None
    fail_on: Severity | None = None
    minor: Minor | None = None
    preview: bool = False
    isolated: bool = False
    rule_folders: tuple[Path, ...] = ()


def settings_for(
    folder: str | Path, overrides: Overrides, explicit: Path | None = None
) -> Settings:
    """The settings of a folder: those of the nearest configuration file, as the call changes them.

    Their root is the folder of that file, the working folder for one that is named, and without
    any the repository. Raises UsageError.
    """
    nearest = marked(str(folder))
    file = "" if overrides.isolated else str(explicit or "") or _find(nearest)
    if not file:
        return _resolved("", overrides, _repository(nearest) or os.getcwd())
    return _resolved(file, overrides, os.getcwd() if explicit else os.path.dirname(file))


def for_file(settings: Settings, path: str) -> Settings:
    """The settings of a folder for one of the files below it."""
    here = tuple(
        word
        for pattern, words in settings.per_file_ignores
        if is_excluded(path, settings.root, (pattern,))
        for word in words
    )
    return settings._replace(ignored_here=here) if here else settings


def find(folder: Path) -> Path | None:
    """The configuration file that counts for a folder: the nearest one within its repository.

    Raises UsageError for a `pyproject.toml` that may be one and cannot be read.
    """
    file = _find(marked(str(folder)))
    return Path(file) if file else None


def find_in(folder: str) -> str:
    """The configuration file of one absolute folder, "" for none; raises as `find`."""
    marks = marks_in(folder)
    for name in CONFIGURATIONS if marks else ():
        if name in marks:  # Reading tells of a link to nowhere.
            return os.path.join(folder, name)
    if PYPROJECT in marks and os.path.isfile(path := os.path.join(folder, PYPROJECT)):
        from k8slint.config.read import read_toml

        return path if read_toml(Path(path)) else ""
    return ""


@cache
def _find(folder: str) -> str:
    """As `find`, from a folder that is marked; "" for none."""
    file, above = find_in(folder), os.path.dirname(folder)
    if file or GIT in marks_in(folder) or above == folder:
        return file
    return _find(marked(above))


@cache
def _repository(folder: str) -> str:
    """The repository that holds a folder, by the path that was given, as `find` goes."""
    above = os.path.dirname(folder)
    if GIT in marks_in(folder):
        return folder
    return "" if above == folder else _repository(marked(above))


@cache
def _resolved(file: str, overrides: Overrides, root: str) -> Settings:
    settings = Settings()
    if file:
        from k8slint.config.load import load

        settings = load(Path(file), overrides.rule_folders, preview=overrides.preview)
    if overrides.select is not None:
        settings = settings._replace(select=(), extend_select=(), ignore=())
    target = settings.target
    if overrides.minor:
        target = target._replace(minor=overrides.minor)
    return settings._replace(
        root=Path(root),
        exclude=settings.exclude if overrides.exclude is None else overrides.exclude,
        fail_on=settings.fail_on if overrides.fail_on is None else overrides.fail_on,
        target=target,
        preview=settings.preview or overrides.preview,
        rule_folders=overrides.rule_folders,
        call_select=(*(overrides.select or ()), *overrides.extend_select),
        call_ignore=overrides.ignore,
    )
