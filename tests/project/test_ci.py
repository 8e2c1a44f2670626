"""What other programs read of this repository and of its recipes: workflows, actions, hooks."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from runpy import run_module as run_module_as_main
from typing import Any, NamedTuple
from unittest import mock

import pytest
import yaml

import k8slint
from tests.command import bash, make
from tests.manifests import CLEAN, ERROR
from tests.places import ROOT

PYTHON = sys.executable
# A code block with the name of a file.
TITLED = re.compile(r"^```\w+ title=\"([^\"]+)\"\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# `test_apps.py` reads what these show, and runs it.
APPS = ROOT / "docs" / "recipes" / "apps"

# Which program of ours checks which files; the last ones are run, drawn or read by nobody here.
CHECKERS = {
    r"action\.yml": "check_jsonschema --builtin-schema vendor.github-actions",
    r"\.github/workflows/.*": "check_jsonschema --builtin-schema vendor.github-workflows",
    r"\.github/dependabot\.yml": "check_jsonschema --builtin-schema vendor.dependabot",
    r"\.gitlab-ci\.yml|\.gitlab/.*": (
        "check_jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci"
    ),
    r"\.pre-commit-hooks\.yaml": "pre_commit validate-manifest",
    r"\.pre-commit-config\.yaml": "pre_commit validate-config",
    r"\.k8slint\.yaml": "check_jsonschema --schemafile k8slint/config.schema.json",
    r"\.vscode/tasks\.json": "json.tool",
}
UNCHECKED = r"Dockerfile|Jenkinsfile|\w+\.yaml|check\.sh|init\.lua|Helix: .*"


class Shown(NamedTuple):
    """A file of the repository, or one that a page shows."""

    name: str
    text: str


def shown_files() -> Iterator[Shown]:
    pages = {*(ROOT / "docs").rglob("*.md")}
    for page in sorted(pages - {*APPS.glob("*.md")}):
        for name, text in TITLED.findall(page.read_text(encoding="utf-8")):
            yield Shown(name, text)


def own_files() -> Iterator[Shown]:
    own = ("action.yml", ".pre-commit-hooks.yaml", ".gitlab/*.yml", ".github/**/*.yml")
    for path in (path for pattern in own for path in ROOT.glob(pattern)):
        yield Shown(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("names", "checker"), CHECKERS.items(), ids=CHECKERS.values())
def test_files_are_what_their_readers_expect(tmp_path: Path, names: str, checker: str) -> None:
    files = [file for file in (*own_files(), *shown_files()) if re.fullmatch(names, file.name)]
    paths = []
    for number, file in enumerate(files):
        path = f"{number}/{file.name}"
        # The inputs of a template for GitLab are a document of their own, unknown to the schema.
        make(tmp_path, {path: file.text.rpartition("\n---\n")[2]})
        paths.append(tmp_path / path)
    said = tmp_path / "said"
    code = run_module(*checker.split(), *map(str, paths), said=said)
    assert code in (0, None), said.read_text(encoding="utf-8")
    assert files


def run_module(name: str, *arguments: str, said: Path) -> object:
    """Run a module as `python -m` does but in this process; its exit code."""
    with (
        said.open("w", encoding="utf-8") as output,
        contextlib.redirect_stdout(output),
        mock.patch.object(sys, "argv", [name, *arguments]),
        contextlib.chdir(ROOT),
        warnings.catch_warnings(action="ignore"),
    ):
        try:
            run_module_as_main(name, run_name="__main__", alter_sys=True)
        except SystemExit as end:
            return end.code
    return 0


def test_every_file_has_a_reader() -> None:
    names = "|".join((*CHECKERS, UNCHECKED))
    files = (*own_files(), *shown_files())
    assert [file for file in files if not re.fullmatch(names, file.name)] == []


def zizmor(folder: Path, *options: str) -> None:
    done = subprocess.run(
        [Path(PYTHON).with_name("zizmor"), "--offline", "--quiet", *options, "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_our_workflows_are_safe() -> None:
    zizmor(ROOT, "--persona", "pedantic")


def test_the_workflows_of_the_recipes_are_safe(tmp_path: Path) -> None:
    """A recipe names versions by tag; the rest is as for our own."""
    policy = "rules: {unpinned-uses: {config: {policies: {'*': ref-pin}}}}\n"
    workflows = [file.text for file in shown_files() if file.name.startswith(".github/")]
    files = {f".github/workflows/{number}.yml": text for number, text in enumerate(workflows)}
    make(tmp_path, {"zizmor.yml": policy, **files})
    zizmor(tmp_path, "--config", "zizmor.yml")
    assert files


def test_everything_that_runs_elsewhere_is_pinned_by_commit() -> None:
    for file in own_files():
        for used in re.findall(r"uses: ([^\s.]\S*.*)", file.text):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used), file.name


def test_recipes_name_the_current_version() -> None:
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", *(ROOT / ".gitlab").glob("*")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    named = re.findall(r"k8slint(?:==|[@/]v)(\d[\w.]*\w)|rev: v(\S+)|\"==([\d.]+)\"", text)
    assert {version for versions in named for version in versions if version} == {
        k8slint.__version__
    }


# A stand-in that leaves what it was called with in its folder.
RECORDER = f"""\
#!{PYTHON}
import json, pathlib, sys
pathlib.Path("called.json").write_text(json.dumps(sys.argv[1:]))
"""


def step_of_action(name: str) -> dict[str, Any]:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    (step,) = [step for step in action["runs"]["steps"] if step["name"] == name]
    found: dict[str, Any] = step
    return found


def check_in(folder: Path, program: Path, need: Callable[[str], str], **inputs: str) -> int:
    """Run the check of the action with a program in the place of k8slint; the exit code."""
    step = step_of_action("Check the manifests")
    given = {**dict.fromkeys(step["env"], ""), "PATHS": ".", **inputs}
    assert {*step["env"]} == {*given} - {"GITHUB_STEP_SUMMARY"}
    del given["K8SLINT"]
    return bash(step["run"], folder, need, K8SLINT=str(program), **given)


INPUTS: dict[str, tuple[dict[str, str], list[str]]] = {
    "none": ({}, ["--", "."]),
    "empty": ({"PATHS": ""}, ["--", "."]),
    "lines": ({"PATHS": "deploy\n\nmy charts/web\n"}, ["--", "deploy", "my charts/web"]),
    "arguments": (
        {"ARGS": " --fail-on error\n--select GS1 "},
        ["--fail-on", "error", "--select", "GS1", "--", "."],
    ),
    "sarif": (
        {"SARIF_FILE": "a b.sarif"},
        ["--output-format", "sarif=a b.sarif", "--", "."],
    ),
    "a command": ({"PATHS": "; touch pwned"}, ["--", "; touch pwned"]),
    "a substitution": (
        {"ARGS": "$(touch pwned) `touch pwned`", "PATHS": '"; touch pwned; "'},
        ["$(touch", "pwned)", "`touch", "pwned`", "--", '"; touch pwned; "'],
    ),
    "a pattern": ({"ARGS": "--exclude *", "PATHS": "*"}, ["--exclude", "*", "--", "*"]),
    "an option": ({"PATHS": "--fix"}, ["--", "--fix"]),
}


@pytest.mark.parametrize(("inputs", "words"), INPUTS.values(), ids=INPUTS)
def test_the_inputs_of_the_action_arrive_as_they_are(
    tmp_path: Path, need: Callable[[str], str], inputs: dict[str, str], words: list[str]
) -> None:
    make(tmp_path, {"k8slint": RECORDER, "my work/web.yaml": CLEAN})
    (tmp_path / "k8slint").chmod(0o755)
    work = tmp_path / "my work"
    assert check_in(work, tmp_path / "k8slint", need, **inputs) == 0
    called = json.loads((work / "called.json").read_text())
    assert called == ["check", "--output-format", "github", *words]
    left = {path.name for path in work.iterdir()}
    assert left == {"step.sh", "web.yaml", "called.json"}, "nothing else was run"


def test_the_template_for_gitlab_hands_words_over(
    tmp_path: Path, need: Callable[[str], str]
) -> None:
    text = (ROOT / ".gitlab" / "k8slint.yml").read_text(encoding="utf-8")
    inputs, jobs = yaml.safe_load_all(text)
    job = jobs["k8slint"]
    asked = {name: f"$[[ inputs.{name} ]]" for name in inputs["spec"]["inputs"]}
    assert {*job["variables"].values(), job["stage"], job["image"]} == {*asked.values()}
    make(tmp_path, {"own/bin/k8slint": RECORDER, "--fix": CLEAN})
    (tmp_path / "own/bin/k8slint").chmod(0o755)
    given = {"K8SLINT_ARGS": "--fail-on error *", "K8SLINT_PATHS": "deploy; touch pwned"}
    script = "\n".join(job["script"][-2:])
    assert bash(script, tmp_path, need, K8SLINT=str(tmp_path / "own"), **given) == 0
    report = job["artifacts"]["reports"]["codequality"]
    formats = ["--output-format", f"gitlab={report}"]
    words = ["--fail-on", "error", "*", "--", "deploy;", "touch", "pwned"]
    assert json.loads((tmp_path / "called.json").read_text()) == ["check", *formats, *words]
    assert not (tmp_path / "pwned").exists()


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel of this checkout, as if it were on PyPI."""
    folder = tmp_path_factory.mktemp("wheels")
    command = [PYTHON, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


# What is installed comes from a package registry, so that these need a network besides bash.
@pytest.mark.parametrize("version", ["", k8slint.__version__, "; touch pwned"])
def test_the_action_installs_what_is_asked_for(
    tmp_path: Path, wheels: Path, need: Callable[[str], str], version: str
) -> None:
    output = tmp_path / "output"
    code = bash(
        step_of_action("Install k8slint")["run"],
        tmp_path,
        need,
        PYTHON=PYTHON,
        VERSION=version,
        RUNNER_TEMP=str(tmp_path / "a temporary folder"),
        GITHUB_ACTION_PATH=str(ROOT),
        GITHUB_OUTPUT=str(output),
        PIP_FIND_LINKS=str(wheels),
    )
    assert not (tmp_path / "pwned").exists()
    assert (code == 0) == (version in {"", k8slint.__version__})
    if code == 0:
        program = Path(output.read_text().strip().removeprefix("k8slint="))
        summary = tmp_path / "summary"
        make(tmp_path, {"work/my shop/web.yaml": ERROR})
        inputs = {"PATHS": "my shop", "SARIF_FILE": "a.sarif", "GITHUB_STEP_SUMMARY": str(summary)}
        assert check_in(tmp_path / "work", program, need, **inputs) == 1
        assert check_in(tmp_path / "work", program, need, **inputs, ARGS="--exit-zero") == 0
        sarif = json.loads((tmp_path / "work" / "a.sarif").read_text())
        assert [one["ruleId"] for one in sarif["runs"][0]["results"]] == ["GS001"]
        assert "GS001" in summary.read_text()


def test_the_container_works(tmp_path: Path, wheels: Path, need: Callable[[str], str]) -> None:
    """What its recipe says, in a clean environment in place of its base image."""
    (text,) = [file.text for file in shown_files() if file.name == "Dockerfile"]
    lines = [line.partition(" ") for line in text.splitlines()]
    said = {word: rest for word, _, rest in lines}
    assert [word for word, _, _ in lines] == [
        "FROM",
        "RUN",
        "USER",
        "WORKDIR",
        "ENTRYPOINT",
        "CMD",
    ]
    assert re.fullmatch(r"python:3\.\d+-slim", said["FROM"])
    assert not said["USER"].startswith(("0", "root"))
    subprocess.run([PYTHON, "-m", "venv", tmp_path / "base"], check=True)
    path = f"{tmp_path / 'base' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    make(tmp_path, {"work/pod.yaml": CLEAN})
    env = {"PATH": path, "PIP_FIND_LINKS": str(wheels)}
    assert bash(said["RUN"], tmp_path, need, **env) == 0
    program, *arguments = json.loads(said["ENTRYPOINT"]) + json.loads(said["CMD"])
    done = subprocess.run(
        [str(tmp_path / "base" / "bin" / program), *arguments],
        cwd=tmp_path / "work",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "No findings in 1 workload.\n")


def test_no_input_is_pasted_into_a_script() -> None:
    for file in own_files():
        for step in re.findall(r"run: \|\n((?: {8}.*\n|\n)+)|run: (.*)", file.text):
            assert "${{" not in "".join(step), file.name
