"""What the renderings of one run have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from k8slint.kubernetes.census import Census
from k8slint.kubernetes.pods_in_values import GivingObject
from k8slint.lazy import cached_property
from k8slint.lint.census import read_census
from k8slint.lint.files import discover, repository_of
from k8slint.lint.folders import Folders
from k8slint.lint.rendered.beside import is_delivered
from k8slint.lint.rendered.redact import secrets
from k8slint.lint.rendered.trace import (
    Recipe,
    RenderedResult,
    RenderRequest,
    Tracer,
    lint_rendering,
    render_all,
)
from k8slint.lint.survey import FileFacts
from k8slint.lint.task import RunOptions, Task
from k8slint.manifest.values import Pointer
from k8slint.render.charts.helm import Chart, chart_folders
from k8slint.render.gitops.adjusted import with_adjusted
from k8slint.render.gitops.deliveries import find_deliveries, not_released
from k8slint.render.overlays.kustomize import find_overlays
from k8slint.render.tools import NotRendered, Workshop
from k8slint.render.written import SourceFiles


@dataclass(eq=False, repr=False)
class Session:
    """What the renderings of a run have in common.

    `tasks` are the files to report on, by the paths to report them by; `facts` are those of
    files that are not rendered. Of all that is `read`, some files are `inside` renderings.
    `bound_of` returns what nothing in a folder may lead out of. `answers` caches disagreements
    about repairs, `left_out` says why some are not made, `secrets` are the words to redact, and
    `failed` are failed proofs, by file. `varying` is what differs by itself from one rendering of
    a chart to the next. `unrendered` are recipes that failed. `delivered` are the GitOps objects
    whose charts were rendered, by their kinds and names, and `in_values` those whose values have
    a pod.
    """

    tasks: Mapping[str, Task]
    files: SourceFiles
    place: Workshop
    mode: RunOptions
    jobs: int
    bound_of: Callable[[str], str]
    facts: Sequence[FileFacts] = ()
    is_complete: bool = False
    read: Sequence[Task] = ()
    inside: AbstractSet[str] = frozenset()
    unrendered: dict[Recipe, NotRendered] = field(default_factory=dict)
    answers: dict[object, str] = field(default_factory=dict)
    left_out: dict[tuple[str, int, str], str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    failed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    varying: dict[Chart, frozenset[Pointer]] = field(default_factory=dict)
    delivered: set[tuple[str, str]] = field(default_factory=set)
    in_values: set[str] = field(default_factory=set)

    @cached_property
    def censuses(self) -> Sequence[Census]:
        """Whose pods there are in all files that are read.

        What is made of those `inside` renderings is in these; that there are such workloads at
        all still says that a budget may be meant for them.
        """
        found = []
        for task in self.read:
            census = read_census(task)
            if task.path in self.inside:
                census = Census(tuple(one for one in census.owners if one.is_certain))
            found.append(census)
        return found

    @cached_property
    def elsewhere(self) -> Mapping[str, Sequence[str]]:
        """The overlays and charts of the repositories, by their files."""
        roots = {repository_of(str(Path(task.path).parent)) for task in self.tasks.values()}
        below = discover(map(str, filter(None, roots)), Folders())
        found = (one.path for one in below if not one.skipped)
        files = sorted({str(Path(path).resolve()) for path in found})
        folders = sorted({str(Path(path).parent) for path in files})
        charts = [Chart(one, one, self.bound_of(one)) for one in chart_folders(folders)]
        homes = [one.folder for one in charts]
        deliveries = find_deliveries(files, homes, self.files, self.bound_of, self.mode.roots)
        built = find_overlays(folders, (), self.files, self.bound_of)
        every: list[Recipe] = [
            *with_adjusted(built, deliveries.overlays),
            *deliveries.releases,
            *not_released(charts, deliveries.releases, built),
        ]
        known: dict[str, list[str]] = defaultdict(list)
        for one in every:
            for file in one.files:
                known[file].append(one.at)
        return known

    def render(
        self, asked: Sequence[RenderRequest], files: SourceFiles
    ) -> Iterator[str | NotRendered]:
        """Yield the text of each rendering in order, or why there is none."""
        return render_all(asked, files, self.place)

    def look(self, asked: RenderRequest, text: str, files: SourceFiles) -> RenderedResult:
        """Lint a rendering, whose findings can be traced back to the source files."""
        look = lint_rendering(
            asked, text, self.facts, lambda: self.censuses, is_complete=self.is_complete
        )
        self.secrets.update(secrets(look.source))
        self.in_values.update(
            f"{one.kind} {one.name}"
            for one in look.examined.looked_at
            if isinstance(one, GivingObject)
        )
        found = look.examined.found
        found[:] = [one for one in found if not is_delivered(one.resource, self.delivered)]
        look.tracer = Tracer(look, files, self.place)
        return look
