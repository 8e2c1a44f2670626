"""The apps of the recipes: their manifests, and that no file of them is forgotten."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.task import RunOptions, Task
from tests.command import check
from tests.places import DATA, FIXTURES, ROOT

APPS = FIXTURES / "apps"
MANIFESTS = sorted(APPS.rglob("*.yaml"))
RIGHT = [path for path in MANIFESTS if path.name != "mistakes.yaml"]
MISTAKES = [path for path in MANIFESTS if path.name == "mistakes.yaml"]
MARK = re.compile(r"# <-- (\w+)$")


def name_of(path: Path) -> str:
    return path.relative_to(APPS).as_posix()


@pytest.mark.parametrize("path", RIGHT, ids=name_of)
def test_the_right_manifest_is_clean(path: Path) -> None:
    ran = check(path.parent, "--select", "ALL", path.name)
    assert (ran.code, ran.text) == (0, "")


@pytest.mark.parametrize("path", MISTAKES, ids=name_of)
def test_mistakes_are_found_where_they_are_marked(path: Path) -> None:
    text = path.read_bytes()
    report = run_bytes(text, Task(path.name, Settings()), RunOptions())
    marks = [
        (number, mark[1])
        for number, line in enumerate(text.decode().splitlines(), 1)
        if (mark := MARK.search(line))
    ]
    assert [(one.at.line, one.code) for one in report.diagnoses] == marks
    assert {code for _, code in marks} == {"GS101", "GS401"}


def test_every_file_is_shown_or_drilled() -> None:
    pages = sorted((ROOT / "docs" / "recipes" / "apps").glob("*.md"))
    text = "".join(path.read_text(encoding="utf-8") for path in (*pages, DATA / "apps.yaml"))
    files = [path for path in APPS.rglob("*.*") if path.is_file() and path.name != "pom.xml"]
    unseen = [
        name_of(path) for path in files if path.name not in text and f"{path.stem}:app" not in text
    ]
    assert unseen == []
