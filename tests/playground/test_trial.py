"""A person on the playground in a headless browser: types, repairs, shares, loses the network."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from docs.playground import build
from tests.places import FIXTURES
from tests.playground.engine import IS_INSTALLED, PACKAGES, TRIAL

STEPS = (
    *("firstVisit", "unfit", "typeAndRepair", "compareAndApply", "twoFiles", "share", "ownText"),
    *("examples", "hostile", "keyboard", "release", "offline"),
)


def test_a_visitor_sees_repairs_and_shares(need: Callable[[str], str], tmp_path: Path) -> None:
    """What is asserted stands in trial.mjs; a step that is left out is noticed here."""
    node, chromium = need("node"), need("chromium")
    if not IS_INSTALLED:
        pytest.skip("the packages of the playground are not installed: make playground")
    build.build(PACKAGES, tmp_path / "built")
    for script in TRIAL.glob("*.mjs"):
        (PACKAGES / script.name).write_bytes(script.read_bytes())
    arguments = [tmp_path / "built", tmp_path / "shots", FIXTURES / "demo" / "shop"]
    ran = subprocess.run(
        [node, str(PACKAGES / "trial.mjs"), *map(str, arguments)],
        env={**os.environ, "CHROMIUM": chromium},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr[-3000:]
    *steps, figures = ran.stdout.splitlines()
    assert [step.partition(":")[0] for step in steps] == list(STEPS)
    assert json.loads(figures)["bytes over the wire"] < 9_000_000
