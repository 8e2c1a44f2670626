"""Fixtures for what renders charts and overlays of a stranger."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.command import make
from tests.hostile.rendering import CHART, POD, SECRET


@pytest.fixture
def tools(need: Callable[[str], str]) -> None:
    """The programs that render."""
    need("kustomize")
    need("helm")


@pytest.fixture
def goes_deep(tmp_path: Path) -> Iterator[None]:
    """Folders in folders are removed again: pytest does so by recursion, which ends at 1,000."""
    yield
    found = [tmp_path]
    for folder in found:
        found += (Path(one.path) for one in os.scandir(folder) if one.is_dir())
    for folder in reversed(found):
        for one in os.scandir(folder):
            Path(one.path).unlink()
        folder.rmdir()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder that is the root of a repository, with a secret beside it."""
    make(tmp_path, {"outside/secret.yaml": f"{SECRET}\n", "outside/values.yaml": f"a: {SECRET}\n"})
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    make(tmp_path / "repository", {".git/config": f"token = {SECRET}\n"})
    return tmp_path / "repository"


@pytest.fixture
def chart(repository: Path) -> Path:
    make(repository, {"chart/Chart.yaml": CHART, "chart/templates/a.yaml": POD % "app"})
    return repository / "chart"
