"""What GitOps objects have rendered, as far as the charts and folders are in their repository."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache

from k8slint.coverage import Extent, Portion, PortionKind, Reason
from k8slint.kubernetes.gitops import (
    APPLICATION,
    APPLICATION_SET,
    CONFIG_MAP,
    FLUX_KUSTOMIZATION,
    HELM_RELEASE,
    is_helmfile,
    may_deliver,
)
from k8slint.kubernetes.given_values import gitops_kind, objects_in
from k8slint.kubernetes.kustomization import NAMES
from k8slint.manifest.source import searchable
from k8slint.manifest.values import root
from k8slint.outside.files import read_bytes
from k8slint.records import NamedTuple
from k8slint.render.charts.helm import Chart
from k8slint.render.charts.release import Release
from k8slint.render.gitops import argo, flux
from k8slint.render.gitops.adjusted import AdjustedOverlay
from k8slint.render.gitops.checkout import Checkout, Delivered, PassedOver
from k8slint.render.gitops.generators import run_generators
from k8slint.render.gitops.helmfile import helmfile_releases
from k8slint.render.overlays.kustomize import Overlay
from k8slint.render.trees import LARGEST
from k8slint.render.written import SourceFiles

_SOURCES = ("GitRepository", "OCIRepository", "HelmChart", "Bucket")
_HAS_RELEASES = "\nreleases:"
_SOURCE_GROUP = "source.toolkit.fluxcd.io"


class Deliveries(NamedTuple):
    """What GitOps objects have rendered; `passed` says of others how far they are read."""

    releases: tuple[Release, ...] = ()
    overlays: tuple[AdjustedOverlay, ...] = ()
    passed: tuple[tuple[str, Portion], ...] = ()


def find_deliveries(
    files: Sequence[str],
    charts: Iterable[str],
    read: SourceFiles,
    bound_of: Callable[[str], str],
    named: Sequence[str],
) -> Deliveries:
    """Read the GitOps objects in files, real paths; `charts` are the folders of charts.

    `bound_of` returns the folder that nothing in a folder may lead out of. `named` are the
    folders of the call.
    """
    found = [one for file in files for one in _objects(file, read, may_deliver)]
    last = {one.file: one for one in found if _is_helmfile(one)}
    wanted = [one for one in found if gitops_kind(one.value) or last.get(one.file) is one]
    passed = [*_unread_helmfiles(files, wanted)]
    if not wanted:
        return Deliveries(passed=tuple(passed))
    charts = [*charts]

    @cache
    def checkout_of(folder: str) -> Checkout:
        around = [one for one in named if f"{folder}{os.sep}".startswith(f"{one}{os.sep}")]
        return checkout(bound_of(folder), tuple(around))

    @cache
    def checkout(bound: str, around: tuple[str, ...]) -> Checkout:
        below = [one for one in charts if one.startswith(f"{bound}{os.sep}")]
        return Checkout(bound, read, below, around)

    for file in files:
        for one in _objects(file, read, _may_be_named):
            known = checkout_of(os.path.dirname(file))
            if one.kind == CONFIG_MAP or one.kind in _SOURCES:
                known.add(one)
            elif os.path.basename(file) in NAMES:
                known.add_generators(one.value, os.path.dirname(file))
    releases: list[Release] = []
    built: list[AdjustedOverlay] = []
    for one in wanted:
        for result in _results(one, checkout_of(os.path.dirname(one.file))):
            if isinstance(result, Release):
                releases.append(result)
            elif isinstance(result, AdjustedOverlay):
                built.append(result)
            else:
                passed.append((one.file, _portion(one, result)))
    return Deliveries(tuple(releases), tuple(built), tuple(passed))


def without_helm(found: Deliveries) -> Deliveries:
    """Return what is left where no program renders charts."""
    passed = [
        (
            one.owner,
            Portion(PortionKind.GITOPS, Extent.NOT_READ, Reason.NO_TOOL, one.title, one.line),
        )
        for one in found.releases
    ]
    return found._replace(releases=(), passed=(*found.passed, *passed))


def not_released(
    charts: Iterable[Chart], releases: Iterable[Release], built: Iterable[Overlay]
) -> list[Chart]:
    """Return the charts that nothing has rendered with values of its own."""
    released = {one.folder for one in releases}
    released |= {chart.folder for one in built for chart in one.charts}
    return [one for one in charts if one.is_configured or one.folder not in released]


def _portion(one: Delivered, reason: PassedOver | None) -> Portion:
    """Return how far an object is read that has no chart rendered."""
    if reason is None:
        return Portion(PortionKind.GITOPS, Extent.READ, None, one.title, one.line)
    detail = str(reason)
    return Portion(PortionKind.GITOPS, Extent.NOT_READ, reason.reason, one.title, one.line, detail)


def _results(
    one: Delivered, checkout: Checkout
) -> Iterator[Release | AdjustedOverlay | PassedOver | None]:
    """Yield what is rendered, why something is not, or None for files that are read anyway."""
    try:
        match gitops_kind(one.value):
            case kind if kind == HELM_RELEASE:
                yield flux.release_of(one, checkout)
            case kind if kind == FLUX_KUSTOMIZATION:
                yield flux.kustomization_of(one, checkout)
            case kind if kind == APPLICATION:
                yield from argo.releases_of(one, checkout)
            case kind if kind == APPLICATION_SET:
                for words in run_generators(one, checkout):
                    yield from argo.releases_of(one, checkout, words)
            case "":
                yield from helmfile_releases(one, checkout)
    except PassedOver as reason:
        yield reason


def _objects(
    file: str, read: SourceFiles, may_hold: Callable[[str, str], bool]
) -> Iterator[Delivered]:
    """Yield the objects of a file that may hold any of some."""
    try:
        text = searchable(read_bytes(file, LARGEST))
    except OSError:
        return
    if not may_hold(text, file):
        return
    for number, document in enumerate(read.documents(file)):
        for value in objects_in(root(document)):
            yield Delivered(file, number, value)


def _unread_helmfiles(
    files: Iterable[str], read: Iterable[Delivered]
) -> Iterator[tuple[str, Portion]]:
    """Yield the helmfiles that are no YAML before helmfile has filled them in."""
    known = {one.file for one in read}
    kind, extent, reason = PortionKind.GITOPS, Extent.NOT_READ, Reason.VALUES_UNKNOWN
    for file in files:
        if file not in known and is_helmfile(_HAS_RELEASES, file):
            with suppress(OSError):
                if is_helmfile(searchable(read_bytes(file, LARGEST)), file):
                    yield file, Portion(kind, extent, reason, "helmfile", 1)


def _is_helmfile(one: Delivered) -> bool:
    has_releases = not one.kind and one.value.get("releases").is_written
    return has_releases and is_helmfile(_HAS_RELEASES, one.file)


def _may_be_named(text: str, file: str) -> bool:
    if os.path.basename(file) in NAMES:
        return "configMapGenerator" in text
    return CONFIG_MAP in text or _SOURCE_GROUP in text
