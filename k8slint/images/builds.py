"""Which Dockerfile of a repository builds an image: a wrong one is worse than none."""

from __future__ import annotations

import os
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from k8slint.git.repository import Repository
from k8slint.images.build_files import Build, NamedBuild, names_builds, read_builds
from k8slint.images.name import base, is_dockerfile, is_plain, repository
from k8slint.lazy import cached_property
from k8slint.manifest.source import Location
from k8slint.outside.files import DOCKERFILE_LIMIT, KUSTOMIZATION_LIMIT, read_bytes, resolve_within
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.images.dockerfile import BuiltImage

# In larger repositories nothing is joined.
_MOST_FILES = 1_000
_COMMENT = rb"(?m)^#[ \t]*k8slint:[ \t]*image[ \t]+(\S{1,300})[ \t]*\r?$"
_USUAL = ("dockerfile", "containerfile")
# Below these are Dockerfiles of others, or images that no cluster runs.
_APART = frozenset(
    {
        *(".github", ".gitlab", ".circleci", ".devcontainer", "node_modules", "vendor"),
        *("third_party", "test", "tests", "testdata", "e2e", "hack", "ci"),
    }
)
# Registries of images that are built elsewhere.
_UPSTREAM = (
    *("registry.k8s.io/", "k8s.gcr.io/", "mcr.microsoft.com/", "public.ecr.aws/docker/"),
    *("docker.elastic.co/", "nvcr.io/", "registry.access.redhat.com/", "registry.redhat.io/"),
    *("gcr.io/google-containers/", "gcr.io/google_containers/", "gcr.io/distroless/", "cgr.dev/"),
)


class FoundBuild(NamedTuple):
    """The Dockerfile of an image: `paths` are relative to the repository.

    There is no `image` where several Dockerfiles may be the one.
    """

    paths: tuple[str, ...]
    image: BuiltImage | None = None

    @property
    def question(self) -> str:
        """The Dockerfiles in words."""
        return clipped(" or ".join(self.paths))


class Builds:
    """The Dockerfiles of a repository, each read once, and only when asked for.

    Those are looked at that git tracks, and those that `given` names; the first of these applies.
    """

    def __init__(
        self, folder: str, given: Sequence[NamedBuild] = (), *, by_folder: bool = True
    ) -> None:
        self.folder = folder
        self.by_folder = by_folder
        self._given = _by_base(given)
        self._real = os.path.realpath(folder)
        self._found: dict[str, FoundBuild | None] = {}

    def find(self, image: str) -> FoundBuild | None:
        """Return what builds an image; None where that is unknown."""
        if not is_plain(image):
            return None
        name = repository(image)
        if name not in self._found:
            self._found[name] = self._seek(name)
        return self._found[name]

    @property
    def unsure(self) -> tuple[str, ...]:
        """The images asked for that several Dockerfiles may build, in words."""
        return tuple(
            f"{clipped(name, LONGEST_NAME)}: what it runs is unknown, as {found.question} may "
            "build it"
            for name, found in self._found.items()
            if found and found.image is None
        )

    def place_of(self, image: str) -> Location | None:
        """Return the instruction that says what an image runs."""
        found = self.find(image)
        if found is None or found.image is None or not found.image.line:
            return None
        line, text = found.image.line, found.image.written
        path = os.path.relpath(f"{self.folder}/{found.paths[0]}").replace(os.sep, "/")
        label = "says what the image runs"
        return Location(path, line, 1, line, len(text) + 1, text, label)

    def _seek(self, name: str) -> FoundBuild | None:
        if given := _of_image(name, self._given):
            return self._join(given[:1])
        if not self._dockerfiles:
            return None
        for level in (self._by_comment, self._by_build_file):
            if builds := _of_image(name, level):
                return self._join(builds)
        if not self.by_folder or name.startswith(_UPSTREAM):
            return None
        builds = [Build(path) for path in self._in_folder(base(name))]
        return self._join(builds) if builds and not _is_public(name) else None

    def _join(self, builds: Sequence[Build]) -> FoundBuild | None:
        """Return the one build; what has no Dockerfile here is unknown."""
        paths = tuple(sorted({one.dockerfile for one in builds if one.dockerfile}))
        if len(builds) != 1:
            return FoundBuild(paths) if paths else None
        (build,) = builds
        if build.dockerfile not in self._dockerfiles and build.dockerfile not in self._named:
            return None
        data = self._read(build.dockerfile, DOCKERFILE_LIMIT)
        if data is None:
            return None
        # The parser takes long to import, and few repositories build what they run.
        from k8slint.images.dockerfile import BuiltImage, read_dockerfile

        try:
            text = data.decode()
        except UnicodeDecodeError:
            return FoundBuild(paths, BuiltImage(None, why="it is not valid UTF-8"))
        built = read_dockerfile(text, build.dockerfile, build.target, dict(build.arguments))
        return FoundBuild(paths, built)

    def _in_folder(self, name: str) -> Iterator[str]:
        """Yield the Dockerfiles of an image by the name of their folder, or their own."""
        for path in self._dockerfiles:
            *above, file = path.split("/")
            if not _APART.isdisjoint(above):
                continue
            first, _, last = file.partition(".")
            is_usual = file.lower() in _USUAL
            own = first if last.lower() in _USUAL else last
            if (above[-1:] == [name] and is_usual) or (not is_usual and own == name):
                yield path

    @cached_property
    def _named(self) -> frozenset[str]:
        return frozenset(one.build.dockerfile for some in self._given.values() for one in some)

    @cached_property
    def _tracked(self) -> tuple[str, ...]:
        found = Repository.at(self.folder)
        return tuple(sorted(map(os.fsdecode, found.tracked.files))) if found else ()

    @cached_property
    def _dockerfiles(self) -> frozenset[str]:
        found = [path for path in self._tracked if is_dockerfile(path)]
        return frozenset(found if len(found) <= _MOST_FILES else ())

    @cached_property
    def _by_comment(self) -> Mapping[str, list[NamedBuild]]:
        found = []
        for path in self._dockerfiles:
            data = self._read(path, DOCKERFILE_LIMIT) or b""
            names = (os.fsdecode(name) for name in re.findall(_COMMENT, data))
            found += [
                NamedBuild(repository(name), Build(path)) for name in names if is_plain(name)
            ]
        return _by_base(found)

    @cached_property
    def _by_build_file(self) -> Mapping[str, list[NamedBuild]]:
        paths = [path for path in self._tracked if names_builds(posixpath.basename(path))]
        found: list[NamedBuild] = []
        for path in paths[:_MOST_FILES]:
            found += read_builds(self._read(path, KUSTOMIZATION_LIMIT) or b"", path)
        return _by_base(found)

    def _read(self, path: str, limit: int) -> bytes | None:
        """Return what is in a file of the repository; None where it cannot be read."""
        try:
            return read_bytes(resolve_within(f"{self.folder}/{path}", self._real), limit)
        except OSError:
            return None


def _by_base(builds: Iterable[NamedBuild]) -> Mapping[str, list[NamedBuild]]:
    found: dict[str, list[NamedBuild]] = defaultdict(list)
    for one in builds:
        found[base(one.image)].append(one)
    return found


def _of_image(name: str, builds: Mapping[str, list[NamedBuild]]) -> list[Build]:
    """Return the builds of an image by their names of it, which a registry may come before.

    A name of one word is not that of a public image of the same name.
    """
    fitting = [
        one
        for one in builds.get(base(name), ())
        if one.image == name or (name.endswith(f"/{one.image}") and not _is_public(name))
    ]
    exact = [one for one in fitting if one.image == name] or fitting
    longest = max((one.image.count("/") for one in exact), default=0)
    found = (one.build for one in exact if one.image.count("/") == longest)
    return [*dict.fromkeys(found)]


def _is_public(name: str) -> bool:
    # Its tables are loaded where a Dockerfile may be the one.
    from k8slint.images.public import is_public

    return is_public(name)
