"""Charts of kustomizations: where they are, and which values win, as kustomize has it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from k8slint.manifest.source import Source
from k8slint.manifest.values import root
from k8slint.render.overlays.inflated import find_inflated_charts
from k8slint.render.overlays.parts import Gathering
from k8slint.render.tools import NotRendered
from k8slint.render.written import SourceFiles, parsed

FILES = {
    "charts/web/Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0}",
    "charts/web/values.yaml": "a: own",
    "charts/web-2.0.0/web/Chart.yaml": "{apiVersion: v2, name: web, version: 2.0.0}",
    "home/web/Chart.yaml": "{apiVersion: v2, name: web, version: 3.0.0}",
    "b.yaml": "a: file",
    "c.yaml": "a: more",
}
INLINE = "valuesInline: {a: inline}"


def inflated(folder: Path, charts: str) -> list[tuple[str, list[str]]]:
    """The folder of each chart, and what helm reads for it, weakest first."""
    for name, text in {**FILES, "kustomization.yaml": charts}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    file = folder / "kustomization.yaml"
    top = root(parsed(Source("", charts))[0])
    files = SourceFiles()
    return [
        (
            Path(one.chart.folder).relative_to(folder).as_posix(),
            [yaml.safe_load(given.content(files))["a"] for given in one.chart.given],
        )
        for one in find_inflated_charts(top, str(file), "kustomization.yaml", str(folder))
    ]


@pytest.mark.parametrize(
    ("chart", "home", "values"),
    [
        ("name: web", "charts/web", ["own"]),
        ("name: web, version: 1.0.0", "charts/web", ["own"]),
        ("name: web, version: 2.0.0, repo: https://x", "charts/web-2.0.0/web", []),
        ("name: web, valuesFile: b.yaml", "charts/web", ["file"]),
        (f"name: web, {INLINE}", "charts/web", ["own", "inline"]),
        (
            f"name: web, valuesFile: b.yaml, {INLINE}, valuesMerge: override",
            "charts/web",
            ["file", "inline"],
        ),
        (
            f"name: web, valuesFile: b.yaml, {INLINE}, valuesMerge: merge",
            "charts/web",
            ["inline", "file"],
        ),
        (f"name: web, {INLINE}, valuesMerge: replace", "charts/web", ["inline"]),
        (
            f"name: web, {INLINE}, additionalValuesFiles: [b.yaml, c.yaml]",
            "charts/web",
            ["own", "inline", "file", "more"],
        ),
    ],
)
def test_where_a_chart_is_and_which_values_win(
    chart: str, home: str, values: list[str], tmp_path: Path
) -> None:
    folder = tmp_path.resolve()
    assert inflated(folder, f"helmCharts: [{{{chart}}}]") == [(home, values)]


def test_a_home_for_all_charts(tmp_path: Path) -> None:
    text = "{helmGlobals: {chartHome: home}, helmCharts: [{name: web}, {name: web}]}"
    assert inflated(tmp_path.resolve(), text) == [("home/web", []), ("home/web", [])]


@pytest.mark.parametrize(
    ("chart", "reason"),
    [
        ("name: other, repo: https://x, version: 1.0.0", "remote"),
        ("name: web, version: 3.0.0, repo: https://x", "remote"),
        ("repo: https://x", "remote"),
        ("name: web, valuesFile: none.yaml", "values-missing"),
        ("name: ../../../etc", "outside"),
        ("name: web, valuesFile: ../../etc/passwd", "outside"),
        ("name: web, additionalValuesFiles: [/etc/passwd]", "outside"),
    ],
)
def test_what_is_not_at_hand_is_not_rendered(chart: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(NotRendered) as refused:
        inflated(tmp_path.resolve(), f"helmCharts: [{{{chart}}}]")
    assert refused.value.reason.value == reason


def test_charts_as_older_versions_name_them(tmp_path: Path) -> None:
    text = (
        "helmChartInflationGenerator: [{chartName: web, chartHome: home, releaseNamespace: x,"
        " values: b.yaml, valuesLocal: {a: inline}}]"
    )
    assert inflated(tmp_path.resolve(), text) == [("home/web", ["file", "inline"])]


GENERATOR = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: web}\n"


@pytest.mark.parametrize(
    ("generators", "made", "charts", "refused"),
    [
        (
            "[made/web.yaml]",
            f"{GENERATOR}name: web\nvaluesInline: {{a: inline}}",
            ["own", "inline"],
            "",
        ),
        (
            "[made/web.yaml]",
            f"{GENERATOR}name: web\nchartHome: home\nvaluesFile: b.yaml",
            ["file"],
            "",
        ),
        ("[made/web.yaml]", f"{GENERATOR}name: none", [], "the chart none is not in charts"),
        ("[made/web.yaml]", f"{GENERATOR}name: ../../../etc", [], "etc"),
        (
            "[made/web.yaml]",
            f"{GENERATOR}name: web\n---\napiVersion: builtin\nkind: ConfigMapGenerator",
            [],
            "a chart beside other plugins is not rendered: write it under helmCharts",
        ),
        (
            '["{kind: HelmChartInflationGenerator}"]',
            "",
            [],
            "a chart beside other plugins is not rendered: write it under helmCharts",
        ),
    ],
)
def test_charts_of_a_generator(
    generators: str, made: str, charts: list[str], refused: str, tmp_path: Path
) -> None:
    folder = tmp_path.resolve()
    texts = {"kustomization.yaml": f"generators: {generators}", "made/web.yaml": made}
    for name, text in {**FILES, **texts}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    files = SourceFiles()
    parts = Gathering(files, str(folder)).parts(str(folder / "kustomization.yaml"))
    assert parts
    assert refused in str(parts.refused) if refused else parts.refused is None
    given = [one for chart in parts.charts for one in chart.chart.given]
    assert [yaml.safe_load(one.content(files))["a"] for one in given] == charts
    if charts:
        assert str(folder / "made/web.yaml") in parts.layers[0].files
