"""`k8slint init`: what it proposes for a repository, what it writes, and what it never touches."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8slint import __version__
from k8slint.lint.run import run_batch
from tests.command import Ran, contents, k8slint, make
from tests.manifests import CLEAN, ERROR
from tests.places import ROOT

KIND = "kind: Cluster\nnodes:\n- image: kindest/node:v1.34.0\n"
HOOKS = "repos:\n  # ours\n  - repo: https://example.com/a\n    rev: v1\n    hooks: [{id: a}]\n"
PIPELINE = "stages: [build, test]\n\nbuild:  # first\n  script: [make]\n"
WORKFLOW = ".github/workflows/k8slint.yml"
BASELINE = ".k8slint-baseline.json"
GIT = {".git/HEAD": "ref: refs/heads/main\n", ".git/objects/x": "", ".git/refs/x": ""}
PLAIN = {"a.yaml": ERROR, "kind.yaml": KIND, ".github/workflows/ci.yml": "on: push\n"}


def initialize(folder: Path, files: dict[str, str], *arguments: str) -> Ran:
    make(folder, {**GIT, **files})
    return k8slint(folder, "init", *arguments)


def written(folder: Path, files: dict[str, str]) -> dict[str, str]:
    """What is new or changed in a folder."""
    before = {**GIT, **files}
    return {
        name: data.decode()
        for name, data in contents(folder).items()
        if data.decode() != before.get(name)
    }


def test_everything_is_written_and_the_check_passes(tmp_path: Path) -> None:
    files = {**PLAIN, ".pre-commit-config.yaml": HOOKS, ".gitlab-ci.yml": PIPELINE}
    ran = initialize(tmp_path, files, "--yes")
    new = written(tmp_path, files)
    assert (ran.code, sorted(new)) == (
        0,
        [
            *(WORKFLOW, ".gitlab-ci.yml", BASELINE, ".k8slint.yaml", ".pre-commit-config.yaml"),
        ],
    )
    assert "As kind.yaml:3 says (kindest/node image)" in new[".k8slint.yaml"]
    assert yaml.safe_load(new[".k8slint.yaml"]) == {"kubernetes-version": "1.34"}
    assert [one["path"] for one in json.loads(new[BASELINE])["entries"]] == ["a.yaml"]
    assert new[".gitlab-ci.yml"].startswith(PIPELINE)
    assert new[".pre-commit-config.yaml"].startswith(HOOKS)
    said = (
        "k8slint check finds 1 finding:\n  1  GS001  [*]  sleep-exceeds-grace-period\n"
        "[*] k8slint check --fix repairs 1: run it first, or record them all.\n"
    )
    assert said in ran.text
    assert ran.text.endswith("k8slint check passes now. Commit these files.\n")
    assert k8slint(tmp_path, "check").code == 0
    again = k8slint(tmp_path, "init", "--yes")
    assert again.text.endswith("\nNothing was written.\n")
    assert written(tmp_path, files) == new


def test_what_is_added_is_what_the_recipes_say(tmp_path: Path) -> None:
    files = {**PLAIN, ".pre-commit-config.yaml": HOOKS, ".gitlab-ci.yml": PIPELINE}
    initialize(tmp_path, files, "--yes")

    def recipe(name: str, number: int) -> dict[object, object]:
        fences = (ROOT / "docs/recipes" / name).read_text(encoding="utf-8").split("```yaml")
        found: dict[object, object] = yaml.safe_load(
            fences[number].split("\n", 1)[1].split("```")[0]
        )
        return found

    workflow = recipe("github.md", 1)
    del workflow["jobs"]["k8slint"]["steps"][1]["with"]  # type: ignore[index]
    workflow["name"] = "k8slint"
    assert yaml.safe_load((tmp_path / WORKFLOW).read_text()) == workflow
    job = recipe("gitlab.md", 2)
    ours = yaml.safe_load((tmp_path / ".gitlab-ci.yml").read_text())
    ours["k8slint"]["script"][1] += " deploy"
    assert {"k8slint": ours["k8slint"]} == job
    hooks = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text())["repos"]
    assert hooks[1:] == recipe("pre-commit.md", 1)["repos"]
    assert hooks[1]["rev"] == f"v{__version__}"


ENDS = {
    "test:\n  script: [make]": "test:\n  script: [make]\n",
    "test:\r\n  script: [make]": "test:\r\n  script: [make]\r\n",
    # With a line end after it, its last value would be another one.
    "a:\n  script: [b]\ntest:\n  script:\n  - |\n    make": "a:\n  script: [b]\n",
}


@pytest.mark.parametrize("pipeline", ENDS)
def test_a_last_line_without_an_end_gets_one(tmp_path: Path, pipeline: str) -> None:
    initialize(tmp_path, {**PLAIN, ".gitlab-ci.yml": pipeline}, "--yes")
    written = (tmp_path / ".gitlab-ci.yml").read_bytes().decode()
    assert written.startswith(f"{ENDS[pipeline]}k8slint:")
    assert yaml.safe_load(written).items() > yaml.safe_load(pipeline).items()


def test_an_address_is_written_without_quotes(tmp_path: Path) -> None:
    hooks = "repos:\n- repo: https://example.com/a\n  rev: 'v1'\n  hooks:\n  - id: a\n"
    initialize(tmp_path, {**PLAIN, ".pre-commit-config.yaml": hooks}, "--yes")
    text = (tmp_path / ".pre-commit-config.yaml").read_text()
    assert text.startswith(f"{hooks}- repo: https://github.com/k8slint/k8slint\n  rev: v")


def test_a_repository_is_checked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rendering a large one takes minutes."""
    runs: list[object] = []

    def counted(*given: Any) -> object:
        runs.append(given)
        return run_batch(*given)

    monkeypatch.setattr("k8slint.adopt.findings.run_batch", counted)
    ran = initialize(tmp_path, PLAIN, "--yes")
    assert ran.text.endswith("k8slint check passes now. Commit these files.\n")
    assert len(runs) == 1


MODES = {
    ("--dry-run",): (0, "--dry-run only shows"),
    (): (2, "there is no terminal to ask in; --yes writes everything"),
}


@pytest.mark.parametrize("arguments", MODES, ids=lambda one: " ".join(one) or "unattended")
def test_everything_is_shown_and_nothing_written(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    ran = initialize(tmp_path, PLAIN, *arguments)
    code, said = MODES[arguments]
    assert (ran.code, ran.text.splitlines()[-1]) == (code, f"Nothing was written: {said}.")
    for name in (".k8slint.yaml", BASELINE, WORKFLOW):
        assert f"--- /dev/null\n+++ {name}\n" in ran.text
    assert not written(tmp_path, PLAIN)


def link(name: str, target: str) -> Callable[[Path], None]:
    def linked(folder: Path) -> None:
        (folder.parent / "out").mkdir()
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).symlink_to(folder.parent / target)

    return linked


def nothing(_: Path) -> None:
    pass


# Files, what is prepared, what is written of them, and what is said.
CASES: dict[str, tuple[dict[str, str], Callable[[Path], None], set[str], str]] = {
    "nothing that is found": ({"a.yaml": CLEAN}, nothing, set(), "CI: none that is known."),
    "a configuration that is there": (
        {"kind.yaml": KIND, ".k8slint.yaml": "fail-on: error\n"},
        nothing,
        set(),
        "Nothing was written.",
    ),
    "a baseline that is there": (
        {"a.yaml": ERROR, BASELINE: '{"version": 1, "entries": []}\n'},
        nothing,
        set(),
        "Nothing was written.",
    ),
    "a workflow that runs it": (
        {"a.yaml": CLEAN, ".github/workflows/lint.yaml": "run: k8slint check\n"},
        nothing,
        set(),
        "CI: GitHub Actions.",
    ),
    "a remote at GitHub": (
        {"a.yaml": CLEAN, ".git/config": '[remote "origin"]\nurl = git@github.com:a/b.git\n'},
        nothing,
        {WORKFLOW},
        "CI: GitHub Actions.",
    ),
    "a remote at GitLab": (
        {"a.yaml": CLEAN, ".git/config": "[remote]\nurl = https://me@gitlab.com/a/b\n"},
        nothing,
        {".gitlab-ci.yml"},
        "CI: GitLab CI.",
    ),
    "a pipeline without such a stage": (
        {"a.yaml": CLEAN, ".gitlab-ci.yml": "stages: [build]\n"},
        nothing,
        set(),
        "by hand (nothing can be added for certain: its stages have no `test`):\n\n    k8slint:\n",
    ),
    "a pipeline with a header": (
        {"a.yaml": CLEAN, ".gitlab-ci.yml": "spec: {inputs: {}}\n---\na: {script: [b]}\n"},
        nothing,
        set(),
        ".gitlab-ci.yml by hand (nothing can be added for certain: it has 2 YAML documents):",
    ),
    "hooks that are empty": (
        {"a.yaml": CLEAN, ".pre-commit-config.yaml": ""},
        nothing,
        set(),
        "by hand (nothing can be added for certain: it is empty, or cannot be read):",
    ),
    "hooks that are no list": (
        {"a.yaml": CLEAN, ".pre-commit-config.yaml": "repos: x\n"},
        nothing,
        set(),
        "Add to .pre-commit-config.yaml by hand (nothing can be added for certain: ",
    ),
    "hooks that are not YAML": (
        {"a.yaml": CLEAN, ".pre-commit-config.yaml": "repos: [\n"},
        nothing,
        set(),
        "    - repo: https://github.com/k8slint/k8slint",
    ),
    "a Jenkinsfile": (
        {"a.yaml": CLEAN, "Jenkinsfile": "pipeline {}\n"},
        nothing,
        set(),
        "by hand (it is for Jenkins, whose files are not edited):\n\n    stage('k8slint') {\n",
    ),
    "another server": (
        {"a.yaml": CLEAN, ".circleci/config.yml": "jobs: {}\n"},
        nothing,
        set(),
        "    pip install k8slint\n    k8slint check\n",
    ),
    "workflows that lead out": (
        {"a.yaml": CLEAN},
        link(".github/workflows", "out"),
        set(),
        f"{WORKFLOW}: cannot be written: it leads out of",
    ),
    "a link where a file is to be": (
        {"a.yaml": ERROR},
        link(BASELINE, "out/x.json"),
        set(),
        "only the command line may name that",
    ),
    "a workflow of that name": (
        {"a.yaml": CLEAN, WORKFLOW: "on: push\n"},
        nothing,
        set(),
        f"{WORKFLOW}: cannot be written: it already exists and is not overwritten",
    ),
    "a repository inside": (
        {"a.yaml": CLEAN, "sub/a.yaml": ERROR, **{f"sub/{file}": "" for file in GIT}},
        nothing,
        set(),
        "Nothing was written.",
    ),
    "a folder that leads out": (
        {"a.yaml": CLEAN, ".git/config": "[remote]\nurl = https://github.com/a/b\n"},
        link(".github", "out"),
        set(),
        f"{WORKFLOW}: cannot be written: it leads out of",
    ),
    "charts that are not rendered": (
        {"c/Chart.yaml": "name: c\nversion: 1.0.0\n", "k/kustomization.yaml": "resources: []\n"},
        nothing,
        set(),
        "1 chart, 1 overlay.\nCI: none that is known.\nCharts, overlays and GitOps objects are",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_written_and_said(name: str, tmp_path: Path) -> None:
    files, prepare, wanted, said = CASES[name]
    folder = tmp_path / "in"
    make(folder, {**GIT, **files})
    prepare(folder)
    ran = k8slint(folder, "init", "--yes")
    assert said in ran.text + ran.err, ran.text + ran.err
    refused = "cannot be written" in said or "only the command line" in said
    assert (ran.code, "cannot be written" in ran.text) == (
        2 if refused else 0,
        "cannot be written" in said,
    )
    assert {*written(folder, files)} == wanted
    assert not [*(tmp_path / "out").glob("**/*")]


def test_a_folder_of_a_repository_means_the_whole(tmp_path: Path) -> None:
    make(tmp_path, {**GIT, **PLAIN, "sub/b.yaml": ERROR.replace("name: web", "name: b")})
    ran = k8slint(tmp_path / "sub", "init", "--yes")
    assert ran.code == 0
    entries = json.loads((tmp_path / BASELINE).read_text())["entries"]
    assert [one["path"] for one in entries] == ["a.yaml", "sub/b.yaml"]
    assert (tmp_path / WORKFLOW).exists()


def test_a_long_baseline_is_shown_in_part(tmp_path: Path) -> None:
    files = {f"{number:03}.yaml": ERROR for number in range(60)}
    ran = initialize(tmp_path, files, "--yes")
    assert "... and 28 more lines\n" in ran.text
    assert len(json.loads((tmp_path / BASELINE).read_text())["entries"]) == 60


def test_a_strangers_words_are_escaped(tmp_path: Path) -> None:
    files = {"a\x1b[2J.yaml": KIND, "b.yaml": ERROR}
    ran = initialize(tmp_path, files, "--yes")
    assert "\x1b" not in ran.text
    assert "\x1b" not in (tmp_path / ".k8slint.yaml").read_text()
    assert k8slint(tmp_path, "config", "show").code == 0


MISTAKES = {"--yes --dry-run": "drop one of the two", "nowhere": "nowhere: not a folder"}


@pytest.mark.parametrize("call", MISTAKES)
def test_what_does_not_go(call: str, tmp_path: Path) -> None:
    ran = k8slint(tmp_path, "init", *call.split())
    assert (ran.code, MISTAKES[call] in ran.err) == (2, True)
