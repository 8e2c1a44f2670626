"""The program in one file: what fits every Python goes into one folder, or it is not built."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from tests.command import contents, make
from tests.places import ROOT


@pytest.fixture(scope="module")
def pyz() -> ModuleType:
    spec = spec_from_file_location("pyz", ROOT / "packaging" / "pyz.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_compiled_files_lie_side_by_side(tmp_path: Path, pyz: ModuleType) -> None:
    make(tmp_path / "3.11", {"a/b.py": "x", "a/c.cpython-311.so": "1", "a.dist-info/WHEEL": "1"})
    make(tmp_path / "3.12", {"a/b.py": "x", "a/c.cpython-312.so": "2", "a.dist-info/WHEEL": "2"})
    for version in ("3.11", "3.12"):
        assert [*pyz.merged(tmp_path / version, tmp_path / "site")] == []
    assert contents(tmp_path / "site") == {
        "a/b.py": b"x",
        "a/c.cpython-311.so": b"1",
        "a/c.cpython-312.so": b"2",
        "a.dist-info/WHEEL": b"1",
    }


def test_code_that_depends_on_the_version_is_refused(tmp_path: Path, pyz: ModuleType) -> None:
    make(tmp_path, {"3.11/a/b.py": "x", "site/a/b.py": "y"})
    assert [*pyz.merged(tmp_path / "3.11", tmp_path / "site")] == [tmp_path / "3.11/a/b.py"]


def test_every_supported_python_is_in_it(pyz: ModuleType) -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.findall(r"Python :: (3\.\d+)\"", text) == [*pyz.VERSIONS]
