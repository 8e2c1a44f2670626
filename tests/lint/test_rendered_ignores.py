"""`--add-ignore --render`: annotations in source files, and what is refused."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8slint.lint.rendered import trial
from tests.command import Ran, check, contents, make
from tests.places import FIXTURES

TREES = FIXTURES / "rendered"
KUSTOMIZATION = "kustomization.yaml"
HOOK = "kustomize-hook-in-base"
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: app
        image: x
        lifecycle: {preStop: {sleep: {seconds: 30}}}
"""
OVERLAYS = {
    "base/web.yaml": WEB,
    f"base/{KUSTOMIZATION}": "resources: [web.yaml]\n",
    f"a/{KUSTOMIZATION}": "resources: [../base]\nnamePrefix: a-\n",
    f"b/{KUSTOMIZATION}": "resources: [../base]\nnamePrefix: b-\n",
}

# The lines that are added to the files of a tree.
WRITTEN = {
    HOOK: {"base/deployment.yaml": ["  annotations:", '    k8slint/ignore.web: "GS101: why"']},
    "kustomize-budget": {
        "base/budget.yaml": ["  annotations:", '    k8slint/ignore: "GS709: why"'],
        "base/worker-budget.yaml": ["  annotations:", '    k8slint/ignore: "GS708: why"'],
    },
    "kustomize-one-name-twice": {
        "base/deployment.yaml": ["  annotations:", '    k8slint/ignore.shard: "GS101: why"']
    },
    "kustomize-kind-list": {
        "base/list.yaml": ["    annotations:", '      k8slint/ignore.blue: "GS101: why"']
    },
    "kustomize-sleep-over-grace": {
        "base/deployment.yaml": [
            *("  annotations:", '    k8slint/ignore.frontend: "GS101,GS202: why"')
        ]
    },
    "kustomize-patch-targets": {
        "base/web.yaml": 2 * ["  annotations:", '    k8slint/ignore.app: "GS101: why"'],
        "base/workers.yaml": ["  annotations:", '    k8slint/ignore.app: "GS101: why"'],
    },
}


@pytest.fixture(autouse=True)
def tools(need: Callable[[str], str]) -> None:
    """The programs that render."""
    need("kustomize")
    need("helm")


def ignore(folder: Path, *arguments: str) -> Ran:
    return check(folder, "--render", "--add-ignore", "--reason", "why", *arguments)


def new_lines(before: dict[str, bytes], after: dict[str, bytes]) -> dict[str, list[str]]:
    """The lines that are new in each changed file, of which none may be gone."""
    found: dict[str, list[str]] = {}
    for name in sorted(name for name in after if after[name] != before.get(name)):
        old, new = before[name].decode().splitlines(), after[name].decode().splitlines()
        left = iter(old)
        wanted = next(left, None)
        found[name] = []
        for line in new:
            if line == wanted:
                wanted = next(left, None)
            else:
                found[name].append(line)
        assert wanted is None, f"{name} has lost {wanted}"
    return found


def built(folder: Path) -> list[Any]:
    """What kustomize itself makes of the overlays in a folder, without our annotations."""
    found = []
    for file in sorted(folder.rglob(KUSTOMIZATION)):
        run = subprocess.run(
            ["kustomize", "build", file.parent], capture_output=True, text=True, check=True
        )
        for one in yaml.safe_load_all(run.stdout):
            there = one["metadata"].get("annotations", {})
            ours = [key for key in there if key.startswith("k8slint/ignore")]
            for key in ours:
                del there[key]
            if ours and not there:
                del one["metadata"]["annotations"]
            found.append(one)
    return found


@pytest.mark.parametrize("name", WRITTEN)
def test_annotations_in_sources(name: str, tmp_path: Path) -> None:
    tree = shutil.copytree(TREES / name, tmp_path / "tree")
    before, objects = contents(tree), built(tree)
    found = check(tree, "--render", "--select", "ALL", ".")
    patch = ignore(tree, "--select", "ALL", "--diff", ".")
    assert contents(tree) == before, "a patch writes nothing"
    count = f"{len(found.places)} newly ignored"
    ran = ignore(tree, "--select", "ALL", ".")
    assert (ran.code, count in ran.err, bool(found.places)) == (0, True, True), ran.err
    after = contents(tree)
    assert new_lines(before, after) == WRITTEN[name]
    assert re.findall(r"^\+\+\+ (.+)$", patch.text, re.MULTILINE) == [*WRITTEN[name]]
    for line in WRITTEN[name].values():
        assert all(f"+{one}\n" in patch.text for one in line)
    assert built(tree) == objects
    assert check(tree, "--render", "--select", "ALL", ".").places == []
    assert ignore(tree, "--select", "ALL", ".").code == 0
    assert contents(tree) == after, "a second run changes nothing"


def test_an_annotation_is_extended_and_plain_files_get_comments(tmp_path: Path) -> None:
    known = "metadata: {name: web, annotations: {k8slint/ignore.app: 'GS202: old'}}"
    web = WEB.replace("metadata: {name: web}", known)
    make(tmp_path, {**OVERLAYS, "base/web.yaml": web, "plain.yaml": WEB})
    ran = ignore(tmp_path, ".")
    assert (ran.code, "2 newly ignored" in ran.err) == (0, True), ran.err
    after = contents(tmp_path)
    assert b"k8slint/ignore.app: 'GS202,GS101: old'" in after["base/web.yaml"]
    assert after["plain.yaml"].count(b"# k8slint: ignore[GS101] why") == 1
    assert b"annotations" not in after["plain.yaml"]


def test_what_other_renderings_share_with_a_finding(tmp_path: Path) -> None:
    """One overlay has the finding, the other one just gets the annotation."""
    patch = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    grace = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 60}}}}
    patches = yaml.safe_dump({"patches": [{"patch": yaml.safe_dump(patch | grace)}]})
    files = {**OVERLAYS, f"b/{KUSTOMIZATION}": f"resources: [../base]\n{patches}"}
    make(tmp_path, files)
    assert ignore(tmp_path, ".").code == 0
    assert "k8slint/ignore.app" in (tmp_path / "base/web.yaml").read_text()


OWN = """\
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, annotations: {k8slint/ignore.app: GS202}}
"""
REFUSED = {
    "an overlay with an annotation of its own": (
        OVERLAYS | {f"b/{KUSTOMIZATION}": f"resources: [../base]\n{OWN}"},
        ".",
        "Deployment web would not be as intended at /metadata/annotations/k8slint~1ignore.app",
    ),
    "a base that another overlay uses": (
        OVERLAYS,
        "a base",
        "base/web.yaml is also used by renderings outside this run: b/kustomization.yaml",
    ),
    "a base outside": (OVERLAYS, "a", "base/web.yaml is outside the named folders"),
    "a base of what cannot be rendered": (
        OVERLAYS | {f"b/{KUSTOMIZATION}": "resources: [../base, nothing.yaml]\n"},
        ".",
        "base/web.yaml is also used by what could not be rendered: b",
    ),
    "an annotation that ends on a day": (
        OVERLAYS
        | {
            "base/web.yaml": WEB.replace(
                "{name: web}",
                "{name: web, annotations: {k8slint/ignore.app: 'GS202,until=2099-01-01'}}",
            )
        },
        ".",
        "its annotation ends on a day",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, tmp_path: Path) -> None:
    files, named, reason = REFUSED[name]
    make(tmp_path, {".git/HEAD": "", ".git/objects/x": "", ".git/refs/x": "", **files})
    before = contents(tmp_path)
    ran = ignore(tmp_path, *named.split())
    assert (ran.code, contents(tmp_path)) == (1, before)
    assert "GS101 not ignored: " in ran.err
    assert reason in ran.err


TEMPLATES = {
    "kustomize-helm-charts": "nothing is added to a template that an overlay renders",
    "flux-post-renderers": "its postRenderers change what the chart renders",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_are_left_alone(name: str, tmp_path: Path) -> None:
    tree = shutil.copytree(TREES / name, tmp_path / "tree")
    before = contents(tree)
    ran = ignore(tree, ".")
    assert (ran.code, contents(tree)) == (1, before)
    assert f"not ignored: {TEMPLATES[name]}" in ran.err
    assert ran.err.count("not ignored: ") == len(ran.places)


def test_a_refused_object_spoils_no_other(tmp_path: Path) -> None:
    other = WEB.replace("name: web", "name: other")
    files = {
        **OVERLAYS,
        "base/web.yaml": f"{WEB}---\n{other}",
        f"b/{KUSTOMIZATION}": f"resources: [../base]\n{OWN}",
    }
    make(tmp_path, files)
    ran = ignore(tmp_path, ".")
    assert (ran.code, "1 newly ignored" in ran.err) == (1, True), ran.err
    one, two = (tmp_path / "base/web.yaml").read_text().split("---\n")
    assert ("k8slint/ignore" in one, "k8slint/ignore" in two) == (False, True)


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    make(tmp_path, OVERLAYS)
    os.link(tmp_path / "base/web.yaml", tmp_path / "link")
    before = contents(tmp_path)
    ran = ignore(tmp_path, ".")
    assert (ran.code, contents(tmp_path)) == (2, before)
    assert "base/web.yaml: nothing was written: it has other hard links" in ran.err


def test_no_annotation_is_written_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An overlay drops what another trial has let through."""
    make(tmp_path, {**OVERLAYS, f"b/{KUSTOMIZATION}": f"resources: [../base]\n{OWN}"})
    monkeypatch.setattr(trial, "_compare_data", lambda *_: None)
    monkeypatch.setattr(trial, "_compare_visible", lambda *_: None)
    ran = ignore(tmp_path, ".")
    assert ran.code == 1
    assert "GS101 not ignored: its annotation names the rule and does not hide it" in ran.err


def test_what_hides_nothing_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, OVERLAYS)
    before = contents(tmp_path)
    monkeypatch.setattr(trial, "_compare_data", lambda *_: None)
    monkeypatch.setattr("k8slint.lint.add_ignores.IGNORE_KEY", "example.com/other")
    ran = ignore(tmp_path, ".")
    assert (ran.code, contents(tmp_path)) == (1, before)
    assert "GS101 not ignored: a suppression there would not hide it in " in ran.err
