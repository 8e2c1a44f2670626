"""A cluster of our own, and a kubectl that reads it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.measure.api_server import ApiServer, api_server
from tests.measure.seen_pods import kubeconfig

STAND_IN = Path(__file__).parent / "stand_in.py"


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with api_server() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, api: ApiServer) -> Path:
    """A folder with a kubeconfig, and a kubectl that stands in for the real one."""
    (tmp_path / "bin").mkdir()
    stand_in = tmp_path / "bin" / "kubectl"
    script = STAND_IN.read_text(encoding="utf-8")
    stand_in.write_text(f"#!{sys.executable} -IS\n{script}", encoding="utf-8")
    stand_in.chmod(0o755)
    kubeconfig(tmp_path, api.url)
    (tmp_path / "work").mkdir()
    return tmp_path
