"""Which Dockerfile of a repository builds an image."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8slint.images.builds import Builds, FoundBuild
from tests.command import make
from tests.git.test_git import FILE, index, repository
from tests.tables import TableLoader, check_keys

CASES: dict[str, Any] = yaml.load(
    (Path(__file__).parent / "data" / "builds.yaml").read_text(encoding="utf-8"), TableLoader
)


def track(folder: Path, files: Iterable[str]) -> None:
    """Make a repository that tracks some files."""
    repository(folder)
    entries = {os.fsencode(name): FILE for name in sorted(files)}
    (folder / ".git" / "index").write_bytes(index(entries.items()))


def shown(found: FoundBuild | None) -> str | list[str] | None:
    if found is None:
        return None
    if found.image is None:
        return [*found.paths]
    (path,) = found.paths
    return f"{path}:{found.image.line}" if found.image.line else path


@pytest.mark.parametrize("name", CASES)
def test_which_dockerfile_builds_an_image(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    check_keys(case, name, ("files", "images"), ("untracked",))
    make(tmp_path, case["files"])
    track(tmp_path, case["files"].keys() - set(case.get("untracked", ())))
    builds = Builds(str(tmp_path))
    assert {image: shown(builds.find(image)) for image in case["images"]} == case["images"]


def test_nothing_leads_out_of_the_repository(tmp_path: Path) -> None:
    make(tmp_path, {"out/Dockerfile": "FROM scratch\nCMD a\n", "in/skaffold.yaml": ""})
    inside = tmp_path / "in"
    make(
        inside,
        {
            "skaffold.yaml": "apiVersion: skaffold/v2\nbuild:\n  artifacts:\n"
            "  - {image: a, context: ../out}\n  - {image: b, context: link}\n"
            f"  - {{image: c, context: {tmp_path}/out}}\n"
        },
    )
    (inside / "link").symlink_to(tmp_path / "out")
    track(inside, ["skaffold.yaml", "link/Dockerfile", "../out/Dockerfile"])
    builds = Builds(str(inside))
    assert [builds.find(name) for name in "abc"] == [None, None, None]


def test_its_parser_is_imported_for_the_dockerfile_of_an_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, {"web/Dockerfile": "FROM scratch\nCMD a\n"})
    track(tmp_path, ["web/Dockerfile"])
    builds = Builds(str(tmp_path))
    monkeypatch.setitem(sys.modules, "k8slint.images.dockerfile", None)
    assert builds.find("shop") is None
    with pytest.raises(ImportError):
        builds.find("web")


def test_no_repository(tmp_path: Path) -> None:
    make(tmp_path, {"web/Dockerfile": "FROM scratch\nCMD a\n"})
    assert Builds(str(tmp_path)).find("web") is None


def test_nothing_is_joined_among_too_many(tmp_path: Path) -> None:
    files = {f"a{number}/Dockerfile": "FROM scratch\nCMD a\n" for number in range(1001)}
    make(tmp_path, {"a1/Dockerfile": files["a1/Dockerfile"]})
    track(tmp_path, files)
    assert Builds(str(tmp_path)).find("a1") is None
    entries = {os.fsencode(name): FILE for name in sorted(files)[:1000]}
    (tmp_path / ".git" / "index").write_bytes(index(entries.items()))
    assert Builds(str(tmp_path)).find("a1") is not None
