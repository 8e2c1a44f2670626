"""The files that say which Dockerfile builds an image: of Skaffold, of Compose.

Sources: skaffold.dev/docs/references/yaml v4beta13 `build.artifacts`, whose `docker.dockerfile` is
relative to the artifact's `context`; compose-spec build.md, whose `dockerfile` is so too.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from k8slint.images.name import is_plain, repository
from k8slint.manifest.source import NotText, decode
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import YamlError, documents
from k8slint.manifest.values import Value, root
from k8slint.records import NamedTuple

_SKAFFOLD = r"skaffold[\w.-]*\.ya?ml"
_COMPOSE = r"(?:docker-)?compose[\w.-]*\.ya?ml"
# What Skaffold builds without a Dockerfile.
_OTHER_BUILDERS = ("jib", "ko", "buildpacks", "bazel", "custom")
_DOCKER = ("docker", "kaniko")


class Build(NamedTuple):
    """How an image is built: `dockerfile` is empty where none is used, or where it is not known.

    Paths are relative to the root of the repository, with slashes.
    """

    dockerfile: str
    target: str = ""
    arguments: tuple[tuple[str, str], ...] = ()


class NamedBuild(NamedTuple):
    """The repository of an image as a build names it, and the build."""

    image: str
    build: Build


def names_builds(name: str) -> bool:
    """Whether a file says what is built from what, by its name."""
    return re.fullmatch(f"{_SKAFFOLD}|{_COMPOSE}", name, re.IGNORECASE) is not None


def read_builds(data: bytes, path: str) -> Iterator[NamedBuild]:
    """Yield the builds in a file at a path; none where it cannot be read."""
    folder, name = posixpath.split(path)
    try:
        source = decode(data, path)
        tops = [
            root(tree)
            for chunk in split_documents(source.text)
            for tree in documents(source, chunk)
        ]
    except (NotText, YamlError, RecursionError):
        return
    for top in tops:
        if re.fullmatch(_COMPOSE, name, re.IGNORECASE):
            yield from _of_compose(top, folder)
        elif (top.get("apiVersion").text or "").startswith("skaffold/"):
            yield from _of_skaffold(top, folder)


def _of_skaffold(top: Value, folder: str) -> Iterator[NamedBuild]:
    """Yield the artifacts, those of a profile only where no build without a profile has them."""
    own = [*_artifacts(top, folder)]
    yield from own
    known = {one.image for one in own}
    for profile in top.get("profiles").items():
        yield from (one for one in _artifacts(profile, folder) if one.image not in known)


def _artifacts(top: Value, folder: str) -> Iterator[NamedBuild]:
    for item in top.at("build", "artifacts").items():
        image = item.get("image").text or ""
        if not is_plain(image):
            continue
        build = Build("")
        if not any(item.get(name).is_written for name in _OTHER_BUILDERS):
            how = next((item.get(name) for name in _DOCKER if item.get(name).is_written), None)
            context = _joined(folder, item.get("context").text or ".")
            file = how.get("dockerfile").text if how else None
            arguments = _pairs(how.get("buildArgs")) if how else ()
            target = how.get("target").text if how else None
            build = Build(_joined(context, file or "Dockerfile"), target or "", arguments)
        yield NamedBuild(repository(image), build)


def _of_compose(top: Value, folder: str) -> Iterator[NamedBuild]:
    for _, service in top.get("services").entries():
        image, how = service.get("image").text or "", service.get("build")
        if not is_plain(image) or not how.is_written:
            continue
        build = Build("")
        if how.text is not None:
            build = Build(_joined(folder, how.text, "Dockerfile"))
        elif not how.get("dockerfile_inline").is_written:
            context = _joined(folder, how.get("context").text or ".")
            file = how.get("dockerfile").text or "Dockerfile"
            target = how.get("target").text or ""
            build = Build(_joined(context, file), target, _pairs(how.get("args")))
        yield NamedBuild(repository(image), build)


def _pairs(value: Value) -> tuple[tuple[str, str], ...]:
    """Return arguments, written as a mapping or as `NAME=value`, whose values are plain."""
    written = [*value.entries()]
    found = [(name, one.text) for name, one in written]
    if not written:
        texts = (item.text or "" for item in value.items())
        found = [
            (name, text) for name, equals, text in (one.partition("=") for one in texts) if equals
        ]
    return tuple((name, text) for name, text in found if text and not {"$", "{"} & {*text})


def _joined(*parts: str) -> str:
    return posixpath.normpath(posixpath.join(*parts))
