"""Which shell `sh` is in an image, and whether there is one.

The words of a name say it for any image; for some others the table of public images does.
"""

import re

from k8slint.images.fact import Fact, Strength
from k8slint.images.name import DIGITS, is_plain, repository, tag
from k8slint.images.tools import find_missing_tool
from k8slint.records import NamedTuple


class ImageShell(NamedTuple):
    """What `sh` is in some images: dash, bash or BusyBox.

    An image is one of them where a part of its path or tag is one of the `variants`, a version
    behind it left out. The first row that fits counts.
    """

    shell: str
    source: str
    date: str
    variants: tuple[str, ...]


_ALPINE = ("https://www.alpinelinux.org/about/: BusyBox is its userland", "2026-11-29")
_DEBIAN = ("https://wiki.debian.org/Shell, https://wiki.ubuntu.com/DashAsBinSh", "2026-11-29")
_RED_HAT = ("Fedora, RHEL, Amazon and Oracle Linux: /bin/sh is a link to bash", "2026-11-29")

IMAGE_SHELLS = (
    ImageShell("BusyBox", *_ALPINE, ("alpine", "busybox")),
    ImageShell(
        "bash",
        *_RED_HAT,
        (
            *("ubi", "rhel", "centos", "fedora", "rocky", "rockylinux", "alma", "almalinux"),
            *("amazonlinux", "amazoncorretto", "oraclelinux"),
        ),
    ),
    ImageShell(
        "dash",
        *_DEBIAN,
        (
            *("debian", "buster", "bullseye", "bookworm", "trixie"),
            *("ubuntu", "bionic", "focal", "jammy", "noble"),
        ),
    ),
)


class KnownShell(NamedTuple):
    """What `sh` is in an image (dash, bash, BusyBox or none), and where that is known from."""

    name: str
    fact: Fact


def find_shell(image: str) -> KnownShell | None:
    """What `sh` is in an image; None where that is not known."""
    if not is_plain(image):
        return None
    if lack := find_missing_tool(image):
        return KnownShell("none", Fact(Strength.DOCUMENTED, lack.source, lack.date))
    host, _, path = repository(image).partition("/")
    if not path or not {".", ":"} & {*host}:
        path = repository(image)
    parts = {part.rstrip(DIGITS) for part in re.split("[-._/]", f"{path}-{tag(image)}")}
    for row in IMAGE_SHELLS:
        if not parts.isdisjoint(row.variants):
            return KnownShell(row.shell, Fact(Strength.DOCUMENTED, row.source, row.date))
    # A digest alone does not tell which variant it is.
    if "@" in image and not tag(image):
        return None
    # The tables take long to load, and the words say it for most.
    from k8slint.images.public import find

    found = find(image)
    return KnownShell(found.shell, found.fact) if found and found.shell else None


def shell_of(image: str) -> str | None:
    """What `sh` is in an image: dash, bash, BusyBox or none; None where that is not known."""
    found = find_shell(image)
    return found.name if found else None
