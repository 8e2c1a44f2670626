"""Which overlays and charts a run renders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from k8slint.coverage import Portion
from k8slint.errors import UsageError
from k8slint.kubernetes.kustomization import NAMES
from k8slint.lint.files import repository_of, root_of
from k8slint.lint.rendered.trace import Recipe
from k8slint.lint.settings import Settings
from k8slint.outside.files import bounds_of, resolve_within
from k8slint.outside.programs import Crew
from k8slint.records import NamedTuple
from k8slint.render import tools
from k8slint.render.charts.helm import CHART, Chart, chart_folders, find_values_files, is_library
from k8slint.render.charts.release import Release
from k8slint.render.gitops.adjusted import with_adjusted
from k8slint.render.gitops.deliveries import (
    Deliveries,
    find_deliveries,
    not_released,
    without_helm,
)
from k8slint.render.overlays.kustomize import find_overlays
from k8slint.render.tools import NotRendered
from k8slint.render.written import SourceFiles
from k8slint.type_names import TypeAlias


class Rendering(NamedTuple):
    """The call's options for rendering.

    Without `everything`, only kustomizations that are named as paths are built. `values` are
    files, and `sets` arguments of `--set`, for all charts. `limit` is in seconds for all. Who ends
    the `crew` ends the rendering.
    """

    everything: bool = False
    values: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    network: bool = False
    crew: Crew | None = None
    limit: int = tools.MOST_RENDERING


Watch: TypeAlias = Callable[[Iterator[str | NotRendered], int], Iterator[str | NotRendered]]


def _unwatched(rendered: Iterator[str | NotRendered], total: int) -> Iterator[str | NotRendered]:
    return rendered


class Recipes(NamedTuple):
    """What is rendered, each with its settings; `show` returns the path to report a file by.

    `bound_of` returns the folder that nothing in a folder may lead out of: the repository, or
    else the outermost named folder. `passed` are the GitOps objects that are not rendered, by
    their files. `limit` is in seconds for all of it. `watch` is told how many renderings there
    will be, and yields them on.
    """

    wanted: tuple[tuple[Recipe, Settings], ...]
    show: Callable[[str], str]
    bound_of: Callable[[str], str]
    network: bool = False
    passed: tuple[tuple[str, Portion], ...] = ()
    crew: Crew | None = None
    limit: int = tools.MOST_RENDERING
    watch: Watch = _unwatched

    @property
    def beside(self) -> frozenset[str]:
        """The files of which only a part is rendered, by the paths to report them by."""
        whole = {file for one, _ in self.wanted for file in one.replaced}
        every = {file for one, _ in self.wanted for file in one.files}
        return frozenset(map(self.show, every - whole))

    @property
    def files(self) -> dict[str, str]:
        """The files of all renderings: absolute paths, and the paths to report them by."""
        return {file: self.show(file) for one, _ in self.wanted for file in one.files}


def collect_recipes(
    files: Iterable[str],
    named: Iterable[str],
    rendering: Rendering,
    settings_of: Callable[[str], Settings],
    relative: Callable[[str], str],
) -> Recipes | None:
    """Return what to render among files, by the settings of their folders; None for nothing."""
    shown = {os.path.realpath(file): file for file in files}
    roots = sorted({os.path.realpath(root_of(path)) for path in named}, key=len)
    named = {os.path.realpath(file) for file in named if os.path.basename(file) in NAMES}
    searched = shown if rendering.everything else named
    folders = sorted({os.path.dirname(file) for file in searched})
    if not folders:
        return None

    def show(path: str) -> str:
        return shown.get(path) or relative(path)

    @cache
    def bound_of(folder: str) -> str:
        return str(repository_of(folder) or bounds_of(folder, roots) or folder)

    read = SourceFiles(show)
    charts = (
        [*_charts(folders, rendering, settings_of, read, bound_of)] if rendering.everything else []
    )
    inside = tuple(f"{chart.folder}{os.sep}" for chart in charts)
    deliveries = Deliveries()
    if rendering.everything:
        folders_of_charts = {chart.folder for chart in charts}
        found = find_deliveries(sorted(shown), folders_of_charts, read, bound_of, roots)
        deliveries = found if tools.helm(roots) else without_helm(found)
    outside = [folder for folder in folders if not f"{folder}{os.sep}".startswith(inside)]
    built = with_adjusted(find_overlays(outside, named, read, bound_of), deliveries.overlays)
    charts = not_released(charts, deliveries.releases, built)
    releases = (_for_target(one, settings_of) for one in deliveries.releases)
    every: Sequence[Recipe] = [*releases, *built, *charts]
    wanted = tuple((one, settings_of(os.path.dirname(one.at))) for one in every)
    passed = tuple((show(file), piece) for file, piece in deliveries.passed)
    network, crew = rendering.network, rendering.crew
    return Recipes(wanted, show, bound_of, network, passed, crew, rendering.limit)


def _for_target(release: Release, settings_of: Callable[[str], Settings]) -> Release:
    return replace(release, minor=settings_of(os.path.dirname(release.owner)).target.minor)


def _charts(
    folders: Iterable[str],
    rendering: Rendering,
    settings_of: Callable[[str], Settings],
    read: SourceFiles,
    bound_of: Callable[[str], str],
) -> Iterator[Chart]:
    """Yield each chart, once for every environment in the settings.

    Without any, it is rendered with its own values, and once more with each file found for that.
    """
    for folder in chart_folders(folders):
        if is_library(folder, read):
            continue
        settings, bound = settings_of(folder), bound_of(folder)
        file = read.name(os.path.join(folder, CHART))
        name = os.path.dirname(file) or file
        is_chosen = bool(rendering.values or rendering.sets)
        found = () if is_chosen else find_values_files(folder, bound)
        variants = tuple((os.path.relpath(path, folder), (path,)) for path in found)
        environments = _environments(settings, folder) or (("", ()), *variants)
        for environment, files in environments:
            yield Chart(
                f"{name} ({environment})" if environment else name,
                folder,
                bound,
                (*files, *(_named(file, bound) for file in rendering.values)),
                rendering.sets,
                settings.target.minor,
                is_chosen=is_chosen,
            )


def _environments(settings: Settings, folder: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the environments of a chart in a configuration. Raises UsageError."""
    for chart, named in settings.charts:
        if not os.path.isfile(os.path.join(chart, CHART)):
            raise UsageError(f"charts: {chart} is not a chart: it has no {CHART}")
        for missing in (one for _, of in named for one in of if not os.path.isfile(one)):
            raise UsageError(f"charts: {missing}: no such file")
    return dict(settings.charts).get(folder, ())


def _named(file: str, bound: str) -> str:
    """Return the real path of a values file that the call names.

    It may be anywhere, but a path in the repository must not lead out. Raises UsageError.
    """
    path = os.path.abspath(file)
    if not path.startswith(os.path.join(bound, "")):
        return os.path.realpath(path)
    try:
        return resolve_within(path, bound)
    except OSError:
        reason = f"a link in {bound} leads out of it: name the file itself"
        raise UsageError(f"--values {file}: {reason}") from None
