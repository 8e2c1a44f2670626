"""Where a number or a signal comes from, and what that is worth."""

from enum import IntEnum

from k8slint.records import NamedTuple


class Strength(IntEnum):
    """How much a fact is worth, the strongest first.

    Warnings and errors stand on the first four. A documented default feeds timelines and GS103.
    """

    WRITTEN = 0
    """In the manifest, or in a script or settings file that the run mounts."""
    DECLARED = 1
    """By the team: in the configuration, or in an annotation."""
    MEASURED = 2
    IMAGE = 3
    """In the image's own configuration or Dockerfile."""
    DOCUMENTED = 4
    """The documented default of a public image or of a known program."""

    def __str__(self) -> str:
        return self.name.lower()


class Fact(NamedTuple):
    """Where something is known from: a file and its revision, and when that was read."""

    strength: Strength
    source: str = ""
    date: str = ""
