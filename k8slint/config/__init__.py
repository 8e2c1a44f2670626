"""The settings of a folder: its configuration, found, as the command line changes it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from k8slint.kubernetes.versions import Minor
from k8slint.lint.files import is_excluded
from k8slint.lint.rule import Severity
from k8slint.lint.settings import Settings

NAMES = (".k8slint.yaml", ".k8slint.yml")
PYPROJECT = "pyproject.toml"


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


def settings_for(folder: Path, overrides: Overrides, explicit: Path | None = None) -> Settings:
    """The settings of a folder: those of the nearest configuration file, as the call changes them.

    Their root is the folder of that file, the working folder for one that is named, and without
    any the repository. Raises UsageError.
    """
    if overrides.isolated or not (file := explicit or find(folder)):
        return _resolved(None, overrides, _repository(folder) or Path.cwd())
    return _resolved(file, overrides, Path.cwd() if explicit else file.parent)


def for_file(settings: Settings, path: str) -> Settings:
    """The settings of a folder for one of the files below it."""
    here = tuple(
        word
        for pattern, words in settings.per_file_ignores
        if is_excluded(path, settings.root, (pattern,))
        for word in words
    )
    return settings._replace(ignored_here=here) if here else settings


@cache
def find(folder: Path) -> Path | None:
    """The configuration file that counts for a folder: the nearest one within its repository.

    Raises UsageError for a `pyproject.toml` that may be one and cannot be read.
    """
    if file := find_in(folder):
        return file
    if _is_repository(folder) or folder.parent == folder:
        return None
    return find(folder.parent)


def find_in(folder: Path) -> Path | None:
    """The configuration file of one folder; raises as `find`."""
    for name in NAMES:
        if os.path.lexists(os.path.join(folder, name)):  # Reading tells of a link to nowhere.
            return folder / name
    if os.path.isfile(os.path.join(folder, PYPROJECT)):
        from k8slint.config.read import read_toml

        return folder / PYPROJECT if read_toml(folder / PYPROJECT) else None
    return None


@cache
def _repository(folder: Path) -> Path | None:
    """The repository that holds a folder, by the path that was given, as `find` goes."""
    return next(filter(_is_repository, (folder, *folder.parents)), None)


def _is_repository(folder: Path) -> bool:
    return os.path.exists(os.path.join(folder, ".git"))


@cache
def _resolved(file: Path | None, overrides: Overrides, root: Path) -> Settings:
    settings = Settings()
    if file:
        from k8slint.config.load import load

        settings = load(file, overrides.rule_folders, preview=overrides.preview)
    if overrides.select is not None:
        settings = settings._replace(select=overrides.select, extend_select=(), ignore=())
    target = settings.target
    if overrides.minor:
        target = target._replace(minor=overrides.minor)
    return settings._replace(
        root=root,
        extend_select=(*settings.extend_select, *overrides.extend_select),
        ignore=(*settings.ignore, *overrides.ignore),
        exclude=settings.exclude if overrides.exclude is None else overrides.exclude,
        fail_on=settings.fail_on if overrides.fail_on is None else overrides.fail_on,
        target=target,
        preview=settings.preview or overrides.preview,
        rule_folders=overrides.rule_folders,
    )
