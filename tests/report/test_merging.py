"""Parts of a run, and reports of several: together they say what one run says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.command import environment, k8slint, make
from tests.manifests import CLEAN, ERROR, WARNING
from tests.places import FIXTURES, ROOT

PARTS = ("1/3", "2/3", "3/3")
EMPTY = '{"version": 1, "entries": []}'


def ran(folder: Path, form: str, *arguments: str) -> str:
    done = k8slint(folder, "check", "-q", "--isolated", "--output-format", form, *arguments)
    assert done.code in (0, 1), done.err
    return done.text


def merged(folder: Path, reports: Mapping[str, str]) -> str:
    words = []
    for number, (name, text) in enumerate(reports.items()):
        (folder / f"{number}.json").write_text(text, "utf-8")
        words.append(f"{name}={number}.json" if not name.isdigit() else f"{number}.json")
    done = k8slint(folder, "merge", *words)
    assert done.code == 0, done.err
    return done.text


def in_any_order(data: Any) -> Any:
    if isinstance(data, list):
        return sorted((in_any_order(one) for one in data), key=repr)
    if isinstance(data, dict):
        return {key: in_any_order(value) for key, value in data.items()}
    return data


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_parts_say_together_what_one_run_says(tmp_path: Path, form: str) -> None:
    # Which part a file is in depends on its path, so not on where this repository is.
    shutil.copytree(FIXTURES / "demo", tmp_path / "demo")
    parts = {str(n): ran(tmp_path, form, "--shard", part, "demo") for n, part in enumerate(PARTS)}
    whole = json.loads(ran(tmp_path, form, "demo"))
    assert len(set(parts.values())) == len(PARTS), "each has a part of the findings"
    assert in_any_order(json.loads(merged(tmp_path, parts))) == in_any_order(whole)


def test_baselines_of_parts_are_that_of_one_run(tmp_path: Path) -> None:
    texts = (ERROR, WARNING, f"{ERROR}---\n{ERROR}")
    make(tmp_path, {f"{number}.yaml": text for number, text in enumerate(texts)})
    written = {}
    for number, part in enumerate((*PARTS, "1/1")):
        file = tmp_path / f"baseline-{number}"
        write = ("--write-baseline", "--baseline", str(file))
        k8slint(tmp_path, "check", *write, "--shard", part, ".")
        written[str(number)] = file.read_text("utf-8") if file.exists() else EMPTY
    whole = written.pop("3")
    assert whole.count("path") == 3
    assert merged(tmp_path, written) == whole


def test_runs_succeeded_if_each_did(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR})
    text = ran(tmp_path, "sarif", "a.yaml")
    failed = text.replace('"executionSuccessful": true', '"executionSuccessful": false')
    assert failed != text
    for second, succeeded in ((text, True), (failed, False)):
        (run,) = json.loads(merged(tmp_path, {"0": text, "1": second}))["runs"]
        assert [one["executionSuccessful"] for one in run["invocations"]] == [succeeded]


def test_an_entry_of_several_baselines_counts_once(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": f"{ERROR}---\n{ERROR}"})
    k8slint(tmp_path, "check", "--write-baseline", "--baseline", "baseline", ".")
    text = (tmp_path / "baseline").read_text("utf-8")
    assert text.count("path") == 1
    assert json.loads(text)["entries"][0]["count"] == 2
    assert merged(tmp_path, {"0": text, "1": text}) == text


def test_a_part_knows_the_other_files(tmp_path: Path) -> None:
    """A Service in another part still sends to the pod."""
    folder = str(FIXTURES / "projects")
    whole = json.loads(ran(tmp_path, "json", "--select", "GS3", folder))["findings"]
    assert whole
    found = [
        finding
        for part in PARTS
        for finding in json.loads(
            ran(tmp_path, "json", "--select", "GS3", "--shard", part, folder)
        )["findings"]
    ]
    assert in_any_order(found) == in_any_order(whole)


def test_repositories_keep_their_paths_apart(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR, "clean.yaml": CLEAN})
    for form, paths in (("json", paths_in_json), ("sarif", paths_in_sarif)):
        report = ran(tmp_path, form, "a.yaml", "clean.yaml")
        text = merged(tmp_path, {"shop": report, "billing/api": report})
        assert paths(json.loads(text)) == ["billing/api/a.yaml", "shop/a.yaml"]


def paths_in_json(data: Any) -> list[str]:
    assert data["summary"]["findings"] == len(data["findings"])
    return [finding["path"] for finding in data["findings"]]


def paths_in_sarif(data: Any) -> list[str]:
    return [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in data["runs"][0]["results"]
    ]


MISTAKES: dict[str, tuple[Sequence[str], str]] = {
    "nothing": ([], "merge needs reports"),
    "no file": (["none.json"], "none.json: cannot be read: No such file or directory"),
    "no JSON": (["text"], "text: is not JSON"),
    "no report": (["list"], "list: is not a report of k8slint"),
    "something else": (["other"], "other: is neither JSON, SARIF nor a baseline of k8slint"),
    "two kinds": (["json", "sarif"], "sarif is SARIF, json is JSON: merge each apart"),
    "damaged": (["json", "damaged"], "one of the reports is not JSON of k8slint"),
    "another version": (["json", "newer"], "newer and json differ in their version: 2, 1"),
    "a hostile tool": (["json", "hostile"], r"differ in their tool: {'name': '\x1b[2JBBB"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_cannot_be_merged_is_said(tmp_path: Path, name: str) -> None:
    make(tmp_path, {"a.yaml": ERROR, "text": "x", "list": "[]", "other": "{}"})
    report = ran(tmp_path, "json", "a.yaml")
    newer = report.replace('"version": 1,', '"version": 2,', 1)
    texts = {"json": report, "sarif": ran(tmp_path, "sarif", "a.yaml"), "newer": newer}
    hostile = report.replace('"name": "k8slint"', rf'"name": "\u001b[2J{"B" * 9_000}"', 1)
    make(tmp_path, {**texts, "damaged": '{"findings": [1]}', "hostile": hostile})
    files, message = MISTAKES[name]
    done = k8slint(tmp_path, "merge", *files)
    assert (done.code, done.text) == (2, "")
    assert message in done.err
    assert len(done.err) < 1_000


@pytest.mark.parametrize("part", ["0/3", "4/3", "1", "1/", "a/b", "1/0", "-1/3", "1/9999999"])
def test_a_part_is_one_of_several(tmp_path: Path, part: str) -> None:
    done = k8slint(tmp_path, "check", f"--shard={part}", ".")
    assert done.code == 2
    assert "is not a part of several" in done.err


def test_the_recipe_for_many_repositories(tmp_path: Path, need: Callable[[str], str]) -> None:
    """Eight pods, each with its share of ten repositories."""
    need("git")
    files = sorted((FIXTURES / "fix").glob("*.yaml"))[:10]
    (tmp_path / "reports").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "k8slint").symlink_to(Path(sys.executable).with_name("k8slint"))
    rows = []
    for number, file in enumerate(files):
        root = tmp_path / "remote" / str(number)
        make(root, {"app.yaml": file.read_bytes()})
        for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "a")):
            user = ("-c", "user.name=a", "-c", "user.email=a@example.com")
            subprocess.run(["git", *user, *words], cwd=root, check=True)
        rows.append(f"{number} file://{root}\n")
    make(tmp_path, {"repositories.txt": "".join(rows)})
    page = (ROOT / "docs" / "recipes" / "many.md").read_text("utf-8")
    script = page.partition('title="check.sh"\n')[2].partition("```")[0]
    for old, new in (("/tmp/", "clones/"), ("/job/", ""), ("/reports/", "reports/")):
        script = script.replace(old, f"{tmp_path}/{new}")
    for part in range(8):
        env = environment(
            PARTS="8",
            JOB_COMPLETION_INDEX=str(part),
            PATH=f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        )
        subprocess.run(["sh", "-c", script], env=env, check=True)
    named = [f"{n}={tmp_path}/reports/{n}.json" for n in range(len(files))]
    found = k8slint(tmp_path, "merge", *named).data["findings"]
    whole = json.loads(ran(tmp_path / "remote", "json", "."))["findings"]
    assert [(one["path"], one["message"]) for one in found] == [
        (one["path"], one["message"]) for one in whole
    ]
