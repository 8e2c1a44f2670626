"""Read the image configs that a call or a configuration names: files, folders, OCI layouts."""

from __future__ import annotations

import os
from collections.abc import Iterator

from k8slint.images.given import GivenImage, full_name, full_repository
from k8slint.images.layout import MARKER, LayoutImage, read_layout
from k8slint.images.name import is_plain, repository, tag
from k8slint.images.printed import ImageUnread, read_printed
from k8slint.outside.files import (
    IMAGE_CONFIG_LIMIT,
    FileRefused,
    read_bytes,
    read_named,
    resolve_within,
)
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.type_names import NoReturn

_SUFFIX = ".json"
_MOST_FILES = 2000
# docker inspect prints many configs into one file.
_FILE_LIMIT = 4 * IMAGE_CONFIG_LIMIT


def read_images(path: str, image: str = "", shown: str = "") -> tuple[GivenImage, ...]:
    """Read a file, an OCI layout, or a folder of both; `image` names the image, or its repository.

    Without `image`, what does not name its image is the one that its path says: the file
    `shop/web:1.4.json` below the folder that is given is `shop/web:1.4`. Facts and errors call the
    path `shown`, itself by default. Raises ImageUnread, with the file.
    """
    shown = shown or path
    try:
        _refuse_odd(image)
        if not os.path.isdir(path):
            return (*_in_file(shown, read_named(path, _FILE_LIMIT), image),)
        if os.path.lexists(os.path.join(path, MARKER)):
            return (*_in_layout(path, shown, image),)
        return (*_in_folder(path, shown, image),)
    except ImageUnread as error:
        raise ImageUnread(f"{clipped(shown, LONGEST_NAME)}: {error}") from None
    except OSError as error:
        why = error if isinstance(error, FileRefused) else error.strerror or error
        raise ImageUnread(f"{clipped(shown, LONGEST_NAME)}: cannot be read: {why}") from None


def _in_folder(folder: str, shown: str, image: str) -> Iterator[GivenImage]:
    """Yield what is below a folder; a link leads nowhere outside of it, or to a folder."""
    if image:
        raise ImageUnread("it is a folder of several images, which cannot have one name")
    root = os.path.realpath(folder)
    count = 0
    for place, folders, files in os.walk(folder, onerror=_refuse):
        folders.sort()
        is_layout = MARKER in files
        if is_layout:
            folders.clear()
        for name in [""] if is_layout else sorted(one for one in files if one.endswith(_SUFFIX)):
            count += 1
            if count > _MOST_FILES:
                raise ImageUnread(f"it has more than {_MOST_FILES} configs, the limit")
            path = os.path.join(place, name) if name else place
            below = os.path.relpath(path, folder).replace(os.sep, "/")
            source = os.path.join(shown, below)
            try:
                if is_layout:
                    yield from _in_layout(path, source, fallback=below)
                else:
                    data = read_bytes(resolve_within(path, root), _FILE_LIMIT)
                    yield from _in_file(source, data, fallback=below.removesuffix(_SUFFIX))
            except OSError as error:
                why = error if isinstance(error, FileRefused) else error.strerror or error
                raise ImageUnread(f"{clipped(below, LONGEST_NAME)}: {why}") from None
            except ImageUnread as error:
                raise ImageUnread(f"{clipped(below, LONGEST_NAME)}: {error}") from None
    if not count:
        raise ImageUnread(f"neither a {_SUFFIX} file nor an OCI layout is in it")


def _refuse_odd(image: str) -> None:
    if image and not is_plain(image):
        raise ImageUnread(f"`{clipped(image, LONGEST_NAME)}` is not the name of an image")


def _refuse(error: OSError) -> NoReturn:
    raise error


def _in_file(shown: str, data: bytes, image: str = "", fallback: str = "") -> Iterator[GivenImage]:
    found = [*read_printed(data, f"image config {shown}")]
    if image and len(found) > 1:
        raise ImageUnread(f"{len(found)} images are in it, which cannot have one name")
    for one in found:
        name = image or ("" if one.names else fallback)
        if name and not is_plain(name):
            _refuse_name(name)
        if not name and not one.names:
            _refuse_name(os.path.basename(shown))
        yield GivenImage((full_name(name),) if name else one.names, one.config)


def _refuse_name(name: str) -> NoReturn:
    raise ImageUnread(
        f"`{clipped(name, LONGEST_NAME)}` does not say which image this is: name the file like "
        "the image, below a folder that is given (configs/shop/web:1.4.json is shop/web:1.4 for "
        "--images configs), or write images: [{image: shop/web:1.4, config: FILE}] in the "
        "configuration"
    )


def _in_layout(
    folder: str, shown: str, image: str = "", fallback: str = ""
) -> Iterator[GivenImage]:
    found = [*read_layout(folder, f"image config {shown}")]
    if not found:
        raise ImageUnread("no image is in this OCI layout")
    wanted = tag(image) or image.partition("@")[2]
    if wanted and len(found) > 1:
        found = [one for one in found if wanted in (tag(one.name) or one.name, *one.digests)]
        if not found:
            raise ImageUnread(f"its index.json names no {wanted}")
    for one in found:
        yield GivenImage(_names_in_layout(one, image, fallback), one.config)


def _names_in_layout(one: LayoutImage, image: str, fallback: str) -> tuple[str, ...]:
    """Return the names of an image of a layout, whose own name may only be a tag."""
    is_whole = is_plain(one.name) and not {"/", ":"}.isdisjoint(one.name)
    named = image or (one.name if is_whole else fallback)
    if not is_plain(named):
        raise ImageUnread(
            "its index.json names no repository (io.containerd.image.name or "
            "org.opencontainers.image.ref.name): write images: [{image: shop/web, config: "
            "FOLDER}] in the configuration"
        )
    its_tag = tag(named) or tag(one.name) or ("" if is_whole else one.name)
    tagged = f"{repository(named)}:{its_tag}"
    path = full_repository(named)
    digests = (f"{path}@{digest}" for digest in one.digests)
    return (*((full_name(tagged),) if is_plain(tagged) else ()), *digests)
