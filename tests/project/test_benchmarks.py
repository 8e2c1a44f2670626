"""The benchmarks measure what they say."""

from __future__ import annotations

import subprocess

import pytest

from tests.benchmarks.measure import PYTHON, cost


def test_a_child_is_as_large_as_it_is_itself() -> None:
    ours = bytearray(b"x" * 120_000_000)
    assert cost([*PYTHON, ""]).memory < 100
    assert cost([*PYTHON, f"b'x' * {len(ours)}"]).memory > 100


def test_a_failure_is_no_figure() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        cost([*PYTHON, "import sys; sys.exit(3)"], codes=(0, 1))
    assert cost([*PYTHON, "import sys; sys.exit(1)"], codes=(0, 1)).cpu > 0
