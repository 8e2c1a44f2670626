"""Which files a run reads.

Paths stay strings: there are thousands of them, and most are only compared.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from k8slint.errors import UsageError
from k8slint.git import GIT, IGNORE_FILE
from k8slint.lint.folders import Folders
from k8slint.outside.files import FileRefused, resolve_within
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.git.patterns import Patterns
    from k8slint.git.repository import IgnoreFiles, Repository, Rules

_JSON = ".json"
# What helmfile calls a file of releases that it fills in first.
_HELMFILE = "helmfile.yaml.gotmpl"
_OF_HELMFILE_FOLDER = (".yaml.gotmpl", ".yml.gotmpl")
SUFFIXES = (".yaml", ".yml", _JSON, _HELMFILE)
# What is written by hand is far below; lock files, schemas and dashboards are above.
_LARGEST_JSON = 1_048_576
# Name of the file an interrupted fix may leave beside its target.
TEMPORARY = ".k8slint-tmp"

_SKIPPED_FOLDERS = frozenset({"node_modules", "vendor"})
# What a walk meets and does not read, or not follow: rules of ignore files.
OUTSIDE_LINK, DANGLING_LINK, LARGE_JSON = "outside link", "dangling link", "large JSON"
IGNORE_RULES = "ignore rules"
BINARY = "binary"
UNREAD = (OUTSIDE_LINK, DANGLING_LINK, LARGE_JSON, IGNORE_RULES)
# The names of what a shell reads end so.
SHELL_SCRIPTS = (".sh", ".bash", ".ksh")
# How the names of scripts end that a command may run.
SCRIPT_WORD = r"\.(?:sh|bash|ksh|py|pl|rb|js)\b"
# What is not YAML before it is rendered: Go templates (those of Helm and others), Jinja, ytt, and
# placeholders such as `@NAME@`. JSON and SARIF give these names, so they stay.
TEMPLATE, JINJA, YTT, SUBSTITUTION = "template", "jinja", "ytt", "substitution"
# A kustomization that is not built, and a chart that is not rendered.
OVERLAY, CHART = "overlay", "chart"


class Missing(Exception):
    """A path that was named does not exist."""


class InputFile(NamedTuple):
    """A file, one spelling for all ways that lead to it, and whether it was named itself.

    What is not read says why it is `skipped`.
    """

    path: str
    place: str
    is_named: bool = False
    skipped: str = ""


class _Folder(NamedTuple):
    """A folder on a walk: its path below the first one, and what holds for what is in it.

    `path` is that from the root of its repository, with a slash at its end. Without `rules`, what
    is hidden or usually brought along is left out. Where all is left out, and where something is,
    what git tracks is not.
    """

    below: str = ""
    repository: Repository | None = None
    path: bytes = b""
    rules: Rules | None = None
    is_left_out: bool = False


def discover(
    paths: Iterable[str], folders: Folders, *, gitignore: bool = True, towards: str = ""
) -> Iterator[InputFile]:
    """The files below the paths, in any order; what is seen on the way is recorded in `folders`.

    A named file is taken whatever its suffix. With `towards`, an absolute folder, only those in
    the folders on the way to it. Raises Missing.
    """
    for path in map(os.path.normpath, paths):
        if os.path.isdir(path):
            real = os.path.realpath(path)
            yield from _below(path, real, folders, gitignore=gitignore, towards=towards)
        elif os.path.lexists(path):
            yield InputFile(path, os.path.realpath(path), is_named=True)
        else:
            raise Missing(path)


def deduplicate(found: Iterable[InputFile]) -> list[InputFile]:
    """Each file once, in the order of the paths, whichever ways and links lead to it.

    It goes by the first of its paths, one that was named before one that was found.
    """
    chosen: dict[str, InputFile] = {}
    for one in found:
        other = chosen.get(one.place)
        if not other or (not one.is_named, one.path) < (not other.is_named, other.path):
            chosen[one.place] = one
    return sorted(chosen.values())


def is_excluded(path: str, base: Path, patterns: tuple[str, ...]) -> bool:
    """Whether gitignore patterns, relative to a folder, match a path or a folder above it.

    Raises UsageError where they would take too long to match.
    """
    if not patterns:
        return False
    from_base = Path(make_relative(path, base))
    if from_base.is_absolute() or from_base.parts[0] == os.pardir:
        return False
    last = _spec(patterns).last
    if number := last(os.fsencode(from_base.as_posix()), is_folder=False):
        return number > 0
    above = (os.fsencode(folder.as_posix()) for folder in from_base.parents[:-1])
    return max((last(folder, is_folder=True) for folder in above), key=abs, default=0) > 0


def make_relative(path: str, base: Path | str = os.curdir) -> str:
    """A path as it is written in a folder; whole where it is on another drive of Windows."""
    try:
        return os.path.relpath(path, base)
    except ValueError:
        return os.path.abspath(path)


def folders_of(files: Iterable[str]) -> dict[str, str]:
    """The absolute path of the folder in which each file is."""
    here = os.getcwd()
    return {file: _absolute(os.path.dirname(file), here) for file in files}


def root_of(path: str) -> str:
    """The absolute path of a folder, or of the folder that holds a file."""
    absolute = os.path.abspath(path)
    return absolute if os.path.isdir(absolute) else os.path.dirname(absolute)


def repository_of(folder: str) -> Path | None:
    """The nearest folder above, or the folder itself, that holds a git repository."""
    real = Path(folder).resolve()
    return next((above for above in (real, *real.parents) if (above / ".git").exists()), None)


def writable_roots(paths: Iterable[str]) -> tuple[str, ...]:
    """The real paths of the folders that named paths are, or are in, in which files are repaired.

    A link in a repository gives none where it leads out of that: who named it need not know.
    """
    folders = dict.fromkeys(map(root_of, paths))
    return tuple(dict.fromkeys(os.path.realpath(one) for one in folders if not _leads_out(one)))


def _leads_out(folder: str) -> bool:
    real = os.path.realpath(folder)
    return real != folder and any(
        (home := repository_of(os.path.dirname(way))) and not Path(real).is_relative_to(home)
        for way in accumulate(folder.split(os.sep), lambda above, name: f"{above}{os.sep}{name}")
        if os.path.islink(way)
    )


def _below(
    folder: str, real: str, folders: Folders, *, gitignore: bool, towards: str
) -> Iterator[InputFile]:
    repository = repository_of(real)
    first = _Folder()
    if gitignore and repository:
        from k8slint.git.repository import Repository

        found = Repository.above(real)
        first = _first(real, found, folders.ignore_files) if found else first
    root = str(repository or real)
    yield from _walk(folder, real, first, folders, root=root, towards=towards)
    while first.repository and folders.ignore_files.beyond:
        beyond = folders.ignore_files.beyond.pop()
        yield InputFile(make_relative(beyond), os.path.realpath(beyond), skipped=IGNORE_RULES)


def _first(real: str, repository: Repository, files: IgnoreFiles) -> _Folder:
    """A folder of a repository from which a walk begins.

    No rules hold in one that is ignored itself: who names it means it.
    """
    way = os.path.relpath(real, repository.root)
    names = [] if way == os.curdir else way.split(os.sep)
    rules: Rules | None = repository.rules(files)
    folder, path = repository.root, b""
    for name in names:
        rules = rules and rules.within(folder, path)
        folder, path = os.path.join(folder, name), path + os.fsencode(name)
        if rules and rules.ignore(path, is_folder=True):
            rules = None
        path += b"/"
    return _Folder("", repository, path, rules)


def _walk(
    folder: str, real: str, first: _Folder, folders: Folders, *, root: str, towards: str
) -> Iterator[InputFile]:
    """The files below a folder; links are followed as far as to the root."""
    # Not os.walk, which keeps to itself what kind each entry is: one stat less for every file.
    folders.forget_nearest()
    top = os.path.abspath(folder)
    shown, absolute, real = (path.rstrip(os.sep) for path in (folder, top, real))
    waiting = [first]
    while waiting:
        here = waiting.pop()
        place = f"{absolute}{here.below}" if here.below else top
        try:
            # In order, so that it does not depend on the disk how far the rules can be followed.
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError:
            # Reading it as a file fails as well, and so it is reported.
            yield InputFile(_joined(shown, here.below), f"{real}{here.below}")
            continue
        names = [entry.name for entry in entries]
        folders.see(place, names)
        here = here if here.rules is None else _entered(here, place, names, folders)
        suffixes: tuple[str, ...] = SUFFIXES
        if place.endswith(f"{os.sep}helmfile.d"):
            suffixes += _OF_HELMFILE_FOLDER
        for name, entry in zip(names, entries, strict=True):
            is_folder = entry.is_dir(follow_symlinks=False)
            if name == GIT or not (is_folder or name.endswith(suffixes)):
                continue
            path = here.path + os.fsencode(name) if here.repository else b""
            is_left_out = _is_left_out(here, name, path, is_folder=is_folder)
            if is_left_out and not _is_tracked(here, path, is_folder=is_folder):
                continue
            below = f"{here.below}{os.sep}{name}"
            if is_folder:
                inner = _Folder(below, here.repository, path + b"/", here.rules, is_left_out)
                if not towards or f"{towards}{os.sep}".startswith(f"{absolute}{below}{os.sep}"):
                    waiting.append(inner)
                continue
            found = InputFile(_joined(shown, below), f"{real}{below}")
            if entry.is_symlink():
                yield from _followed(found, entry.path, root)
            elif entry.is_file():
                is_large = name.endswith(_JSON) and entry.stat().st_size > _LARGEST_JSON
                yield found._replace(skipped=LARGE_JSON) if is_large else found


def _followed(link: InputFile, path: str, root: str) -> Iterator[InputFile]:
    """The file that a link leads to, or the link where that is nowhere or outside of a folder."""
    if os.path.isdir(path):
        return
    try:
        place = resolve_within(path, root)
    except FileRefused:
        yield link._replace(skipped=OUTSIDE_LINK)
        return
    if os.path.isfile(place):
        yield link._replace(place=place)
    elif not os.path.exists(place):
        yield link._replace(skipped=DANGLING_LINK)


def _entered(here: _Folder, place: str, names: list[str], folders: Folders) -> _Folder:
    """A folder of a repository, which may begin there, with the rules for what is in it."""
    if here.below and GIT in names and here.repository and (inner := here.repository.at(place)):
        here = _Folder(here.below, inner, rules=inner.rules(folders.ignore_files))
    if here.rules is None or here.is_left_out:
        return here
    has_file = IGNORE_FILE in names
    return here._replace(rules=here.rules.within(place, here.path, has_file=has_file))


def _is_left_out(here: _Folder, name: str, path: bytes, *, is_folder: bool) -> bool:
    if here.is_left_out:
        return True
    if here.rules:
        return here.rules.ignore(path, is_folder=is_folder)
    return name.startswith(".") or (is_folder and name in _SKIPPED_FOLDERS)


def _is_tracked(here: _Folder, path: bytes, *, is_folder: bool) -> bool:
    return bool(here.repository and here.repository.tracked.holds(path, is_folder=is_folder))


def _joined(folder: str, below: str) -> str:
    """A path as it is shown: without the `.` of the working folder."""
    return (below[1:] if folder == os.curdir else f"{folder}{below}") or folder


@lru_cache(maxsize=65_536)
def _absolute(folder: str, working_folder: str) -> str:
    return os.path.abspath(os.path.join(working_folder, folder))


@lru_cache(maxsize=256)
def _spec(patterns: tuple[str, ...]) -> Patterns:
    from k8slint.git.patterns import MOST_WILDCARDS, Patterns

    spec = Patterns(map(os.fsencode, patterns))
    if spec.weight > MOST_WILDCARDS:
        raise UsageError(
            f"patterns with wildcards have {spec.weight:,} bytes in all, and no more than "
            f"{MOST_WILDCARDS:,} are matched: write fewer or shorter ones"
        )
    return spec
