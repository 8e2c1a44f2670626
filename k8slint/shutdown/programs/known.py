"""The known programs, found by what a container runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from k8slint.images.name import base, is_image
from k8slint.lazy import cached_property
from k8slint.shutdown.drain_row import DrainRow
from k8slint.shutdown.programs.applications import APPLICATIONS
from k8slint.shutdown.programs.components import CONTROLLERS, MONITORING
from k8slint.shutdown.programs.databases import BROKERS, DATABASES
from k8slint.shutdown.programs.inference import INFERENCE
from k8slint.shutdown.programs.jvm import JVM
from k8slint.shutdown.programs.program import KnownProgram
from k8slint.shutdown.programs.proxies import PROXIES
from k8slint.shutdown.programs.samples import SAMPLES
from k8slint.shutdown.programs.servers import STATEFUL, WEB
from k8slint.shutdown.programs.workers import WORKERS
from k8slint.shutdown.words import words_in
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.images.build_files import NamedBuild
    from k8slint.images.builds import Builds
    from k8slint.images.config import ImageConfig
    from k8slint.images.given import GivenImage, GivenImages
    from k8slint.manifest.source import Location
    from k8slint.shutdown.command import ContainerCommand
    from k8slint.shutdown.measured import MeasuredDrains

KNOWN = (
    *(*WEB, *JVM, *WORKERS, *INFERENCE, *STATEFUL, *PROXIES),
    *(*CONTROLLERS, *MONITORING, *SAMPLES),
    *(*DATABASES, *BROKERS, *APPLICATIONS),
)

# Parts of the variables, in the spellings that are usual, by which one of them is known.
_MARKS = (
    "SHUTDOWN",
    "GRACEFUL_STOP",
    "hutdownTimeout",
    "shutdowntimeout",
    "timeout-per-shutdown-phase",
    "SPRING_PROFILES_ACTIVE",
    "quarkus.shutdown",
    "graceful-shutdown",
)

# What the name of a Dockerfile holds.
_DOCKERFILES = (b"Dockerfile", b"dockerfile", b"Containerfile", b"containerfile")


class Programs:
    """The known programs and those a user added, which come first, and how long some drain.

    `drains` are declared for containers, whatever they run, others are `measured`, and `images`
    are those whose configs are given. Where none of the `marks` is in the text of a document or
    in the variables of an image, no variable tells of a program.
    """

    def __init__(
        self,
        extra: Iterable[KnownProgram] = (),
        drains: Iterable[DrainRow] = (),
        images: Iterable[GivenImage] = (),
        measured: MeasuredDrains | None = None,
    ) -> None:
        self.extra = extra = tuple(extra)
        self.drains = tuple(drains)
        self.measured = measured
        self.repository = ""
        self.dockerfiles: tuple[NamedBuild, ...] = ()
        self.by_folder = True
        self._images: GivenImages | None = None
        if images:
            # Few calls give any.
            from k8slint.images.given import GivenImages

            self._images = GivenImages(images)
        self._by_command: dict[str, list[tuple[frozenset[str], KnownProgram]]] = defaultdict(list)
        self._by_image: dict[str, list[tuple[str, KnownProgram]]] = defaultdict(list)
        self._by_variable: dict[str, list[tuple[str, KnownProgram]]] = defaultdict(list)
        for program in (*extra, *KNOWN):
            for command in program.commands:
                name, *words = command.split()
                self._by_command[name].append((frozenset(words), program))
            for image in program.images:
                self._by_image[base(image)].append((image, program))
            for variable in program.variables:
                name, _, value = variable.partition("=")
                self._by_variable[name].append((value.lower(), program))
        # A name such as `a,b` is no word of its own in what a glance makes of a command.
        by_parts = {name: words_in(name) for name in self._by_command}
        self._in_parts = {name: parts for name, parts in by_parts.items() if parts != {name}}
        theirs = (one.partition("=")[0] for program in extra for one in program.variables)
        self.marks = (*_MARKS, *theirs)

    @property
    def may_know_images(self) -> bool:
        """Whether any config may be known that an image of the user has."""
        return bool(self._images or self.repository)

    @property
    def every(self) -> tuple[KnownProgram, ...]:
        """All programs, those that a user added first."""
        return (*self.extra, *KNOWN)

    def config_of(self, image: str | None, *, is_documented: bool = False) -> ImageConfig | None:
        """The config of an image, as it was given or its Dockerfile says; None where unknown.

        What a Dockerfile leaves to a public base image counts only where `is_documented`.
        """
        given = self._images.find(image) if self._images and image else None
        if given or not image or not self.builds:
            return given
        found = self.builds.find(image)
        config = found.image.config if found and found.image else None
        if config is None or is_documented:
            return config
        from k8slint.images.fact import Strength

        return config if config.fact.strength <= Strength.IMAGE else None

    @cached_property
    def builds(self) -> Builds | None:
        """The Dockerfiles of the repository, if there are any."""
        if not self.repository or not (self.dockerfiles or self._may_track_dockerfiles()):
            return None
        from k8slint.images.builds import Builds

        return Builds(self.repository, self.dockerfiles, by_folder=self.by_folder)

    def _may_track_dockerfiles(self) -> bool:
        # Few repositories have any.
        from k8slint.git.repository import Repository

        found = Repository.at(self.repository)
        return found is not None and found.may_track(_DOCKERFILES)

    @property
    def unsure_builds(self) -> tuple[str, ...]:
        """The images so far that several Dockerfiles may build, in words."""
        found: Builds | None = self.__dict__.get("builds")
        return found.unsure if found else ()

    def dockerfile_of(self, image: str) -> Location | None:
        """The instruction of a Dockerfile that says what an image runs."""
        given = self._images.find(image) if self._images else None
        return self.builds.place_of(image) if self.builds and given is None else None

    def within(
        self, repository: str, dockerfiles: tuple[NamedBuild, ...] = (), *, by_folder: bool = True
    ) -> Programs:
        """The same for manifests in a repository, whose configuration may name its builds."""
        other = Programs.__new__(Programs)
        vars(other).update(vars(self))
        vars(other).pop("builds", None)
        other.repository, other.dockerfiles = repository, dockerfiles
        other.by_folder = by_folder
        return other

    def may_be_run(self, words: frozenset[str], images: Iterable[str]) -> Iterator[KnownProgram]:
        """Those that a container may run by its images, or by `words_in` its command."""
        names = self._by_command.keys() & words
        names |= {name for name, parts in self._in_parts.items() if parts <= words}
        for name in names:
            for rest, program in self._by_command[name]:
                if words_in(" ".join(rest)) <= words:
                    yield program
        for image in images:
            for name, program in self._by_image.get(base(image), ()):
                if is_image(image, name):
                    yield program

    def run_by(
        self, command: ContainerCommand | None, image: str | None
    ) -> Iterator[KnownProgram]:
        """The programs a container may run: by its command, then by its image.

        What a user says about an image comes first.
        """
        of_image: list[KnownProgram] = []
        if image and (command is None or not command.entry_is_written):
            named = self._by_image.get(base(image), ())
            of_image = [program for name, program in named if is_image(image, name)]
        yield from (program for program in of_image if program in self.extra)
        if command and command.words:
            for words, program in self._by_command.get(command.program, ()):
                if words <= {word.text for word in command.arguments}:
                    yield program
        yield from (program for program in of_image if program not in self.extra)

    def told_by(self, variable: str) -> Sequence[tuple[str, KnownProgram]]:
        """The programs that get a variable, each with the value it has there, `*` for any."""
        found = self._by_variable.get(variable) or self._by_variable.get(variable.upper())
        return found or ()


DEFAULT = Programs()
