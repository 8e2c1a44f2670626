"""Charts of a kustomization, as kustomize inflates them.

They are written under `helmCharts`, in older versions under `helmChartInflationGenerator`, or in a
file under `generators`. Kustomize would fetch a chart that is not in its `chartHome`; here that is
not rendered. It never sees the charts: what helm renders is a resource in their place.

Rules: kubernetes-sigs/kustomize 12f9e63 (2026-08-20) HelmChartInflationGenerator.go and
api/types/helmchartargs.go.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from k8slint.coverage import Reason
from k8slint.manifest.values import Value
from k8slint.outside.files import resolve_within
from k8slint.records import NamedTuple
from k8slint.render.charts.helm import CHART
from k8slint.render.charts.release import Release
from k8slint.render.charts.values import WrittenValues
from k8slint.render.tools import NotRendered

_NAME = ".k8slint-chart-"
OLD_CHARTS = "helmChartInflationGenerator"
# What older versions of kustomize call the keys of `helmCharts`.
_OLD = {
    "name": "chartName",
    "version": "chartVersion",
    "repo": "chartRepoUrl",
    "valuesFile": "values",
    "valuesInline": "valuesLocal",
}


class InflatedChart(NamedTuple):
    """A chart, and the path of the resource in its place."""

    place: str
    chart: Release


def is_inflated(path: str) -> bool:
    """Whether a resource is what a chart renders."""
    return os.path.basename(path).startswith(_NAME)


def find_inflated_charts(
    top: Value, file: str, name: str, within_root: str
) -> Iterator[InflatedChart]:
    """Yield the charts of a kustomization; `name` is what reports call it.

    Raises NotRendered if one is not at hand.
    """
    old = [*top.get(OLD_CHARTS).items()]
    homes = [one.get("chartHome").text or "" for one in old]
    home = next(filter(None, reversed(homes)), top.at("helmGlobals", "chartHome").text or "")
    new = [_Inflation(one, {}, file, 0, home) for one in top.get("helmCharts").items()]
    yield from _inflate(
        [*new, *(_Inflation(one, _OLD, file, 0, home) for one in old)],
        os.path.dirname(file),
        name,
        within_root,
    )


def charts_of_generator(
    tops: Sequence[Value], file: str, folder: str, name: str, within_root: str
) -> Iterator[InflatedChart]:
    """Yield the charts of a generator in a file; `folder` is that of the kustomization.

    Raises NotRendered if one is not at hand.
    """
    found = [
        _Inflation(top, {}, file, number, top.get("chartHome").text or "")
        for number, top in enumerate(tops)
    ]
    yield from _inflate(found, folder, name, within_root)


class _Inflation(NamedTuple):
    """A chart as it is written in a document of a file, and what its keys are called there."""

    value: Value
    keys: Mapping[str, str]
    file: str
    document: int
    home: str

    def get(self, key: str) -> Value:
        return self.value.get(self.keys.get(key, key))


def _inflate(
    found: Sequence[_Inflation], folder: str, name: str, within_root: str
) -> Iterator[InflatedChart]:
    for number, item in enumerate(found):
        home = _home(item, folder, within_root)
        place = os.path.join(folder, f"{_NAME}{os.path.basename(item.file)}-{number}.yaml")
        title = f"{name}, chart {item.get('name').text}"
        given = tuple(_given(item, folder, home, within_root))
        merges = item.get("valuesMerge").text or "override"
        inline = item.get("valuesInline")
        if inline.is_written:
            written = WrittenValues(item.file, item.document, inline.pointer)
            first, rest = given[:1], given[1:]
            if merges == "replace":
                first = ()
            given = (written, *first, *rest) if merges == "merge" else (*first, written, *rest)
        yield InflatedChart(
            place,
            Release(
                title,
                home,
                within_root,
                owner=item.file,
                release=item.get("releaseName").text or "",
                namespace=item.get("namespace").text or "",
                given=given,
            ),
        )


def _home(item: _Inflation, folder: str, within_root: str) -> str:
    """Return the folder of a chart. Raises NotRendered."""
    name, version = item.get("name").text or "", item.get("version").text
    home = [item.home or "charts"]
    if version and item.get("repo").is_written:
        home.append(f"{name}-{version}")
    path = _real(os.path.join(folder, *home, name), within_root)
    if not name or not os.path.isfile(os.path.join(path, CHART)):
        said = f"the chart {name} is not in {'/'.join(home)}: kustomize would fetch it"
        raise NotRendered(said, Reason.REMOTE)
    return path


def _given(item: _Inflation, folder: str, home: str, within_root: str) -> Iterator[WrittenValues]:
    """Yield the values files of a chart: that which replaces its own, and more."""
    own = item.get("valuesFile").text
    path = os.path.join(folder, own) if own else os.path.join(home, "values.yaml")
    more = [one.text or "" for one in item.get("additionalValuesFiles").items()]
    for one in (path, *(os.path.join(folder, name) for name in more)):
        real = _real(one, within_root)
        if os.path.isfile(real):
            yield WrittenValues(real)
        elif one != path or own:
            raise NotRendered(f"{os.path.basename(one)} is missing", Reason.VALUES_MISSING)


def _real(path: str, within_root: str) -> str:
    try:
        return resolve_within(path, within_root)
    except OSError as error:
        raise NotRendered(f"{os.path.basename(path)}: {error}", Reason.OUTSIDE) from None
