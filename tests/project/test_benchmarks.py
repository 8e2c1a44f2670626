"""The benchmarks measure what they say."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from typer.testing import CliRunner

from k8slint.cli.commands import COMMANDS
from tests.benchmarks.bench_start import empty_app
from tests.benchmarks.measure import PYTHON, cost


def test_a_child_is_as_large_as_it_is_itself() -> None:
    ours = bytearray(b"x" * 120_000_000)
    assert cost([*PYTHON, ""]).memory < 100
    assert cost([*PYTHON, f"b'x' * {len(ours)}"]).memory > 100


def test_a_failure_is_no_figure() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        cost([*PYTHON, "import sys; sys.exit(3)"], codes=(0, 1))
    assert cost([*PYTHON, "import sys; sys.exit(1)"], codes=(0, 1)).cpu > 0


def test_the_empty_app_has_our_commands() -> None:
    made: dict[str, Any] = {}
    exec(empty_app().removesuffix("app()"), made)
    ran = CliRunner().invoke(made["app"], ["--help"])
    assert {*ran.output.partition("Commands:")[2].split()} == {*COMMANDS}
