"""Public images: what each declares, checked against its source.

The tables are loaded when an image is looked up, which few checks do.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from k8slint.images.name import DIGITS, base, is_image, is_plain, leading_version, tag
from k8slint.images.public.apps import APP_IMAGES
from k8slint.images.public.bases import BASE_IMAGES
from k8slint.images.public.bitnami import BITNAMI_IMAGES
from k8slint.images.public.cluster import CLUSTER_IMAGES
from k8slint.images.public.databases import DATABASE_IMAGES
from k8slint.images.public.delivery import DELIVERY_IMAGES
from k8slint.images.public.demos import DEMO_IMAGES
from k8slint.images.public.monitoring import MONITORING_IMAGES
from k8slint.images.public.networking import NETWORK_IMAGES
from k8slint.images.public.operators import OPERATOR_IMAGES
from k8slint.images.public.queues import QUEUE_IMAGES
from k8slint.images.public.row import PublicImage
from k8slint.images.public.samples import SAMPLE_IMAGES
from k8slint.images.public.storage import STORAGE_IMAGES
from k8slint.images.public.telemetry import TELEMETRY_IMAGES
from k8slint.images.public.web import WEB_IMAGES

# The first row of an image that fits counts: special ones come before general ones.
PUBLIC_IMAGES = (
    *(*WEB_IMAGES, *DATABASE_IMAGES, *QUEUE_IMAGES, *APP_IMAGES, *BITNAMI_IMAGES),
    *BASE_IMAGES,
    *(*CLUSTER_IMAGES, *NETWORK_IMAGES, *STORAGE_IMAGES, *DELIVERY_IMAGES, *OPERATOR_IMAGES),
    *(*MONITORING_IMAGES, *TELEMETRY_IMAGES, *SAMPLE_IMAGES, *DEMO_IMAGES),
)

# Words of a tag that name the newest version, or a variant that is like the others.
_MOVING = frozenset(
    {
        *("latest", "stable", "mainline", "lts", "alpine", "slim", "management", "community"),
        *("buster", "bullseye", "bookworm", "trixie", "bionic", "focal", "jammy", "noble"),
    }
)
# Their entry point and shell are others.
_WINDOWS = frozenset({"windowsservercore", "nanoserver"})


def find(image: str) -> PublicImage | None:
    """The row of an image and its tag; None where no row fits or it is unknown which one does."""
    if not is_plain(image):
        return None
    return row_for_tag(image, rows_of(image, _rows_by_base().get(base(image), ())))


def is_public(image: str) -> bool:
    """Whether an image is one of the table by its name, whatever its tag."""
    return bool(rows_of(image, _rows_by_base().get(base(image), ())))


def rows_of(image: str, rows: Iterable[PublicImage]) -> Sequence[PublicImage]:
    """The rows about an image of that name, whatever its tag."""
    return [row for row in rows if any(is_image(image, name) for name in row.names)]


def row_for_tag(image: str, rows: Sequence[PublicImage]) -> PublicImage | None:
    """The row that a tag fits, of those about the image."""
    written = tag(image)
    if "@" in image and not written:
        return _whatever_the_tag(rows)
    parts = frozenset(part.rstrip(DIGITS) for part in re.split("[-._]", written)) - {""}
    if parts & _WINDOWS:
        return None
    version = leading_version(image)
    words = _MOVING | {row.variant for row in rows}
    # 17.0.5_8-jre is no version as others write it, and not the newest one either.
    is_newest = not written or (bool(parts) and parts <= words and not written[0].isdigit())
    for row in rows:
        if row.variant and row.variant not in parts:
            continue
        if not row.has_range or _is_in_range(row, version, is_newest=is_newest):
            return row
    return None


def _is_in_range(row: PublicImage, version: tuple[int, ...] | None, *, is_newest: bool) -> bool:
    if version is None:
        return is_newest and not row.before and row.is_latest
    # 1.27 is the newest 1.27.x.
    length = len(version)
    return version >= row.since[:length] and (not row.before or version < row.before[:length])


def stop_signal(image: str) -> str | None:
    """The stop signal an image declares, without `SIG`; None where it is not known."""
    found = find(image)
    return (found.signal or None) if found else None


def _whatever_the_tag(rows: Sequence[PublicImage]) -> PublicImage | None:
    """The row of a digest alone: it can stand for any tag, so all rows have to agree."""
    agree = len({row.declares for row in rows}) == 1
    return next((row for row in rows if not row.has_range), None) if agree else None


@cache
def _rows_by_base() -> Mapping[str, Sequence[PublicImage]]:
    """The rows by the last part of their names."""
    found: dict[str, list[PublicImage]] = defaultdict(list)
    for row in PUBLIC_IMAGES:
        for name in {base(name) for name in row.names}:
            found[name].append(row)
    return found
