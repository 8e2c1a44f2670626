"""Lint rendered overlays and charts, and trace findings back to the source files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from k8slint.kubernetes.census import Census
from k8slint.kubernetes.kustomization import AS_WRITTEN
from k8slint.lazy import cached_property
from k8slint.lint.census import collect_census
from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.findings import Violation
from k8slint.lint.inspect import inspect
from k8slint.lint.repairs import Planner, Policy, to_diagnostic
from k8slint.lint.result import LintResult
from k8slint.lint.rule import Spot
from k8slint.lint.scope import LintScope
from k8slint.lint.survey import FileFacts, build_cluster, collect_facts
from k8slint.manifest.source import Location, Source
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Value, root
from k8slint.records import NamedTuple
from k8slint.render.charts.helm import Chart
from k8slint.render.charts.marks import template_line
from k8slint.render.charts.origins import places, template_of
from k8slint.render.gitops.post_rendered import PatchedRelease
from k8slint.render.overlays.kustomize import Overlay
from k8slint.render.tools import NotRendered, Workshop
from k8slint.render.written import SourceFiles, SourcePlace, TooLarge, every, parsed
from k8slint.type_names import TypeAlias

_BY_WAY_OF = "rendered by this line of a template"

Recipe: TypeAlias = Overlay | Chart


class RenderRequest(NamedTuple):
    """A rendering to make, and the rules for its result.

    `guard` has the rules that must find nothing new after a repair.
    """

    recipe: Recipe
    scope: LintScope
    guard: LintScope
    policy: Policy


@dataclass(eq=False, repr=False)
class RenderedResult:
    """One rendering, and what the rules found in it."""

    asked: RenderRequest
    source: Source
    planner: Planner
    tracer: Tracer | None = None

    @cached_property
    def traced(self) -> list[Diagnostic]:
        """Each finding as plain data, located in the source files."""
        assert self.tracer
        return [*map(self.tracer.trace_finding, self.examined.found)]

    def trace(self) -> None:
        """Locate everything now that is found."""
        _ = self.traced, self.unread

    @cached_property
    def unread(self) -> list[Diagnostic]:
        """What cannot be read, likewise."""
        assert self.tracer
        return [*map(self.tracer.trace_diagnostic, self.examined.unreadable)]

    @property
    def recipe(self) -> Recipe:
        return self.asked.recipe

    @property
    def examined(self) -> LintResult:
        return self.planner.examined

    @cached_property
    def is_understood(self) -> bool:
        """Whether everything rendered comes from files that are known to belong to it."""
        recipe = self.recipe
        return isinstance(recipe, Chart) or all(map(recipe.knows, parsed(self.source)))

    def may_have(self, file: str) -> bool:
        """Whether a file may be part of the rendering."""
        return file in self.recipe.files or not self.is_understood


def render_all(
    asked: Sequence[RenderRequest], files: SourceFiles, place: Workshop
) -> Iterator[str | NotRendered]:
    """Yield the text of each rendering in order, or why there is none."""

    def build(one: RenderRequest) -> str | NotRendered:
        try:
            changed = {
                path: data for path, data in files.changed.items() if path in one.recipe.files
            }
            return one.recipe.build(place, changed)
        except NotRendered as reason:
            return reason

    yield from place.pool.map(build, asked)


def lint_rendering(
    asked: RenderRequest,
    text: str,
    others: Sequence[FileFacts],
    count: Callable[[], Sequence[Census]],
    *,
    is_complete: bool,
) -> RenderedResult:
    """Run the rules over a rendering, a set of its own next to what all have in common.

    `count` tells whose pods there are in other files, where a rule asks for that.
    """
    scope, name = asked.scope, asked.recipe.name
    if scope.joins:
        own = collect_facts(text.encode(), name, scope.kinds, AS_WRITTEN)
        cluster = build_cluster([own, *others], is_complete=is_complete)
        if scope.counts_pods and cluster.can_count:
            here = collect_census(text.encode(), name, scope.kinds, AS_WRITTEN)
            cluster = cluster.counting([here, *count()])
        scope = scope._replace(cluster=cluster)
    source = Source(name, text)
    return RenderedResult(asked._replace(scope=scope), source, Planner(inspect(source, scope)))


@dataclass(eq=False, repr=False)
class Tracer:
    """The way back from one rendering."""

    look: RenderedResult
    files: SourceFiles
    place: Workshop

    def trace_finding(self, found: Violation) -> Diagnostic:
        """Return a finding as plain data, located in the source files."""
        finding = found.finding
        at, chain = self._spot(finding.at)
        because = None
        if finding.because:
            because, more = self._spot(finding.because)
            chain += tuple(one for one in more if one not in chain)
        chain += tuple(dict.fromkeys(map(self._location, finding.chain)))
        return to_diagnostic(found, at, because, chain)

    def trace_diagnostic(self, one: Diagnostic) -> Diagnostic:
        """Return a finding about a rendered text, located in the source files."""
        at = self._location(one.at)
        if at.path == self.look.source.name:  # What cannot be read cannot be traced.
            at = self.files.source(self.look.recipe.at).somewhere()
        because = self._location(one.because) if one.because else None
        return one._replace(at=at, because=because)

    def places(self, value: Value) -> list[SourcePlace]:
        """Return where a rendered value is written, innermost first."""
        recipe, document = self.look.recipe, value.document
        if isinstance(recipe, PatchedRelease) and value.is_written:
            if found := recipe.in_patches(value, self.files):
                return found
            rendered = recipe.as_helm_renders(value, self.files, self.place)
            if rendered is None:
                return []
            recipe, document, value = recipe.unpatched, rendered.document, rendered
        if isinstance(recipe, Chart):
            return places(recipe, document, value.pointer, self.files, self.place)
        found = recipe.places(document, value.pointer, self.files)
        chart = recipe.chart_of(document)
        if chart is None:
            return found
        return [*places(chart, document, value.pointer, self.files, self.place), *found]

    def _spot(self, spot: Spot) -> tuple[Location, tuple[Location, ...]]:
        """Return where a spot is written, and the template line that rendered it."""
        part = ""
        if spot.span:
            start, end = spot.span
            part = self.look.source.text[start:end]
        return self._written(spot.value, spot.label, part)

    def _written(
        self, value: Value, label: str, part: str = ""
    ) -> tuple[Location, tuple[Location, ...]]:
        recipe = self.look.recipe
        if isinstance(recipe, Chart):
            return self._written_by(recipe, value, label, part)
        if written := _likeliest(self.places(value)):
            return written.locate(label, part), ()
        chart = recipe.chart_of(value.document)
        line = (
            template_line(chart, value.document, value, self.files, self.place) if chart else None
        )
        if line:
            return line._replace(label=label), ()
        if value.parent:  # Written nowhere, or by the build: its parent is written.
            return self._written(value.parent, label)
        return self.files.source(recipe.at).somewhere(label), ()

    def _written_by(
        self, recipe: Chart, value: Value, label: str, part: str
    ) -> tuple[Location, tuple[Location, ...]]:
        """Return where a value is written that a chart renders."""
        if isinstance(recipe, PatchedRelease):
            if patches := recipe.in_patches(value, self.files):
                return patches[0].locate(label, part), ()
            rendered = recipe.as_helm_renders(value, self.files, self.place)
            if rendered is None:
                return self.files.source(recipe.at).somewhere(label), ()
            recipe, value = recipe.unpatched, rendered
        line = template_line(recipe, value.document, value, self.files, self.place)
        if line and value.text is not None and "{{" not in line.text:
            return line._replace(label=label), ()  # It stands there literally.
        found = places(recipe, value.document, value.pointer, self.files, self.place)
        if written := _likeliest(found):
            at = written.locate(label, part)
            return at, (line._replace(label=_BY_WAY_OF),) if line else ()
        whole = self.files.source(template_of(recipe, value.document))
        return (line or whole.somewhere())._replace(label=label), ()

    def _location(self, location: Location) -> Location:
        """Return where another object of the rendering is written."""
        if location.path != self.look.source.name:
            return location
        value = _at(self._documents, location)
        return self._written(value, location.label)[0] if value else location

    @cached_property
    def _documents(self) -> list[Document]:
        return parsed(self.look.source)


def _likeliest(found: Sequence[SourcePlace]) -> SourcePlace | None:
    exact = [one for one in found if one.is_exact]
    return exact[-1] if exact else next(iter(found), None)


def _at(documents: Iterable[Document], location: Location) -> Value | None:
    """Return the value whose mark begins at a location, else the text that has its line."""
    around: Value | None = None
    for document in documents:
        with suppress(TooLarge):
            for value in every(root(document)):
                begin, end = value.mark
                place = document.source.position(begin)
                if place == (location.line, location.column):
                    return value
                if value.text and "\n" in value.text and place[0] < location.line:
                    last, _ = document.source.position(end)
                    around = value if location.line <= last else around
    return around
