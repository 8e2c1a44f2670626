"""Charts of a kustomization (`helmCharts`), as kustomize inflates them.

Rules: kubernetes-sigs/kustomize 12f9e63 (2026-08-20) HelmChartInflationGenerator.go. Kustomize
would fetch a chart that is not in its `chartHome`; here that is not rendered. It never sees the
charts: what helm renders is a resource in their place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from k8slint.coverage import Reason
from k8slint.manifest.values import Value
from k8slint.outside.files import resolve_within
from k8slint.records import NamedTuple
from k8slint.render.helm import CHART
from k8slint.render.release import Release
from k8slint.render.tools import NotRendered
from k8slint.render.values import WrittenValues

_NAME = ".k8slint-chart-"


class InflatedChart(NamedTuple):
    """A chart, and the path of the resource in its place."""

    place: str
    chart: Release


def is_inflated(path: str) -> bool:
    """Whether a resource is what a chart renders."""
    return os.path.basename(path).startswith(_NAME)


def inflated_charts(top: Value, file: str, name: str, within_root: str) -> Iterator[InflatedChart]:
    """Yield the charts of a kustomization; `name` is what reports call it.

    Raises NotRendered if one is not at hand.
    """
    folder = os.path.dirname(file)
    for number, item in enumerate(top.get("helmCharts").items()):
        home = _home(top, item, folder, within_root)
        place = os.path.join(folder, f"{_NAME}{number}.yaml")
        title = f"{name}, chart {item.get('name').text}"
        given = tuple(_given(item, file, home, within_root))
        merges = item.get("valuesMerge").text or "override"
        inline = item.get("valuesInline")
        if inline.is_written:
            written = WrittenValues(file, 0, inline.pointer)
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
                owner=file,
                release=item.get("releaseName").text or "",
                namespace=item.get("namespace").text or "",
                given=given,
            ),
        )


def _home(top: Value, item: Value, folder: str, within_root: str) -> str:
    """Return the folder of a chart. Raises NotRendered."""
    name, version = item.get("name").text or "", item.get("version").text
    home = [top.at("helmGlobals", "chartHome").text or "charts"]
    if version and item.get("repo").is_written:
        home.append(f"{name}-{version}")
    path = _real(os.path.join(folder, *home, name), within_root)
    if not name or not os.path.isfile(os.path.join(path, CHART)):
        said = f"the chart {name} is not in {'/'.join(home)}: kustomize would fetch it"
        raise NotRendered(said, Reason.REMOTE)
    return path


def _given(item: Value, file: str, home: str, within_root: str) -> Iterator[WrittenValues]:
    """Yield the values files of a chart: that which replaces its own, and more."""
    folder = os.path.dirname(file)
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
