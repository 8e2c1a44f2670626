"""A release: its version, its tag and what the changelog says of it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import k8slint
from tests.command import bash, make
from tests.places import ROOT

PYTHON = sys.executable

TAGS = {"v0.0.0": 1, k8slint.__version__: 1, f"v{k8slint.__version__}": 0}


@pytest.mark.parametrize(("tag", "code"), TAGS.items(), ids=TAGS)
@pytest.mark.parametrize("date", ["Unreleased", "2027-01-31"])
def test_a_tag_that_is_not_the_dated_version_is_no_release(
    tmp_path: Path, need: Callable[[str], str], tag: str, code: int, date: str
) -> None:
    release = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
    (step,) = [one for one in release["jobs"]["build"]["steps"] if "tag" in one.get("name", "")]
    version = k8slint.__version__
    make(
        tmp_path,
        {
            "CHANGELOG.md": f"## [{version}] - {date}\n",
            "k8slint/__init__.py": (ROOT / "k8slint" / "__init__.py").read_bytes(),
        },
    )
    path = f"{Path(PYTHON).parent}{os.pathsep}{os.environ['PATH']}"
    ended = bash(step["run"], tmp_path, need, GITHUB_REF_NAME=tag, PATH=path)
    assert ended == (code if date != "Unreleased" else 1)


class TestChangelog:
    """Keep a Changelog's form."""

    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## (.*)$", text, re.MULTILINE)

    def test_the_current_version_is_the_first(self) -> None:
        assert self.heads[0].startswith(f"[{k8slint.__version__}] - ")

    def test_versions_have_a_date_and_go_down(self) -> None:
        parts = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (.*)", head) for head in self.heads]
        versions = [tuple(map(int, part.groups()[:3])) for part in parts if part]
        dates = [part[4] for part in parts if part]
        assert len(versions) == len(self.heads)
        assert versions == sorted({*versions}, reverse=True)
        for number, date in enumerate(dates):
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", date) or (number, date) == (0, "Unreleased")

    def test_changes_are_of_a_known_sort(self) -> None:
        sorts = {*re.findall(r"^### (.*)$", self.text, re.MULTILINE)}
        assert sorts <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
        assert sorts
