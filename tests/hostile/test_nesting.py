"""Whatever is nested 100,000 levels deep is refused in a line that names the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.command import check, make
from tests.manifests import ERROR

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "values.yaml": "tag: x\n",
    "templates/a.yaml": ERROR,
}
OVERLAY = {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": ERROR}
DEEP = {
    "brackets": "[" * 100_000,
    "closed brackets": "[" * 100_000 + "]" * 100_000,
    "braces": '{"a":' * 40_000,
}
# The files, the one with such a text, the tool that reads them, and what is said.
FILES: Mapping[str, tuple[Mapping[str, str], str, str]] = {
    ".k8slint-baseline.json": (
        {"a.yaml": ERROR},
        "",
        ".k8slint-baseline.json: a baseline is JSON",
    ),
    ".k8slint.yaml": ({"a.yaml": ERROR}, "", ".k8slint.yaml:1: nested deeper than 1,000 levels"),
    "kustomization.yaml": (OVERLAY, "kustomize", "kustomization.yaml cannot be read: nested deep"),
    "patch.yaml": (
        {**OVERLAY, "kustomization.yaml": "resources: [a.yaml]\npatches: [{path: patch.yaml}]\n"},
        "kustomize",
        "overlay kustomization.yaml: kustomize failed",
    ),
    "values.yaml": (
        CHART,
        "helm",
        "chart Chart.yaml: helm failed: cannot load values.yaml",
    ),
    "Chart.yaml": (CHART, "helm", "chart Chart.yaml: helm failed: cannot load Chart.yaml"),
    "values.schema.json": (CHART, "helm", ": values.schema.json cannot be read"),
    "templates/b.yaml": (CHART, "helm", "helm failed: YAML parse error on shop/templates/b.yaml"),
}


@pytest.mark.parametrize("how", DEEP)
@pytest.mark.parametrize("name", FILES)
def test_what_is_nested_deep_is_refused(
    tmp_path: Path, need: Callable[[str], str], name: str, how: str
) -> None:
    files, tool, message = FILES[name]
    if tool:
        need(tool)
    make(tmp_path, {**files, name: DEEP[how]})
    ran = check(tmp_path, *(["--render"] if tool else []))
    assert ran.code == (1 if tool else 2), "what can be judged is"
    assert message in ran.err
    assert "bug" not in ran.err
    assert len(ran.err) < 1_500


@pytest.mark.parametrize("how", DEEP)
@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_a_manifest_nested_deep_is_a_finding(tmp_path: Path, name: str, how: str) -> None:
    make(tmp_path, {name: f'{{"kind": "Pod", "spec": {DEEP[how]}'})
    ran = check(tmp_path)
    assert ran.code == 1
    assert [place.partition(":")[0] for place in ran.places] == [name]
    assert "nested deeper than 1,000 levels" in ran.text
