"""Charts as GitOps objects have them rendered."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from k8slint.lazy import cached_property
from k8slint.manifest.values import Value
from k8slint.render.charts.helm import Chart
from k8slint.render.charts.ordered import Ordered
from k8slint.render.charts.values import WrittenValues
from k8slint.render.tools import Workshop
from k8slint.render.written import SourceFiles, SourcePlace


@dataclass(frozen=True, eq=False)
class Release(Ordered, Chart):
    """A chart with the values that a GitOps object gives it.

    `given` are its values, weakest first, and `strings` are arguments of `--set-string`. With
    `hides_defaults`, they take the place of the chart's own `values.yaml`.
    """

    release: str = ""
    namespace: str = ""
    given: tuple[WrittenValues, ...] = ()
    strings: tuple[str, ...] = ()
    hides_defaults: bool = False

    @property
    def at(self) -> str:
        """The file that represents it in reports."""
        return self.owner

    @cached_property
    def files(self) -> frozenset[str]:
        """The chart's own files, and those that give it values."""
        sources = (one.file for written in self.given for _, one in written.sources)
        return self.own_files.union((self.owner,), (one.file for one in self.given), sources)

    @property
    def replaced(self) -> frozenset[str]:
        """The files of which nothing is left to be looked at once it is rendered."""
        return self.own_files.union(one.file for one in self.given if one.document < 0)

    def build(self, place: Workshop, changed: Mapping[str, bytes]) -> str:
        """Render the chart as its controller does. Raises NotRendered."""
        if self.hides_defaults:
            changed = {os.path.join(self.folder, "values.yaml"): b"{}", **changed}
        return super().build(place, changed)

    def secrets(self, files: SourceFiles) -> Iterator[str]:
        """Yield the words of its values, any of which may be secret. Raises NotRendered."""
        yield from super().secrets(files)
        yield from (word.partition("=")[2] for word in self.strings)
        for one in self.given:
            yield from one.words(files)

    def values_written(self, files: SourceFiles) -> Iterator[tuple[str, Value]]:
        """Yield the mappings with values of the chart, strongest first, each with its file."""
        for one in reversed(self.given):
            yield from ((one.file, top) for top in one.tops(files))
            yield from one.values_of_words(files)
        yield from super().values_written(files)

    def is_of_words(self, place: SourcePlace) -> bool:
        """Whether a place is a value of an environment, which more than this may read."""
        found = (one for written in self.given for _, one in written.sources)
        return any((one.file, one.pointer) == (place.file, place.value.pointer) for one in found)

    def _release(self) -> str:
        return self.release or super()._release()

    def _options(self) -> Iterator[str]:
        yield from (f"--set-string={word}" for word in self.strings)
        if self.namespace:
            yield f"--namespace={self.namespace}"

    def _copy_values(self, here: Path, changed: Mapping[str, bytes]) -> Iterator[str]:
        yield from super()._copy_values(here, changed)
        files = SourceFiles(changed=dict(changed))
        for number, one in enumerate(self.given):
            path = here / f"given-{number}.yaml"
            path.write_bytes(one.content(files))
            yield str(path)
