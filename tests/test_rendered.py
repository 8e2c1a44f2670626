"""Overlays and charts in `fixtures/rendered/`: what is found in what they render, and repaired.

`expected.txt` of each lists calls and what they say. `python -m tests.test_rendered` writes the
answers to its calls anew; read the difference.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.command import k8slint
from tests.test_projects import described

TREES = Path(__file__).parent.parent / "fixtures" / "rendered"
NAMES = sorted(path.name for path in TREES.iterdir())
CALLS = "$ k8slint check --render .\n$ k8slint check --render --diff --unsafe-fixes .\n"


def record(folder: Path) -> str:
    """What the calls of a tree say."""
    expected = folder / "expected.txt"
    text = expected.read_text(encoding="utf-8") if expected.exists() else CALLS
    calls = [line for line in text.splitlines() if line.startswith("$ ")]
    return "\n".join(f"{call}\n{answer(folder, call)}" for call in calls)


def answer(folder: Path, call: str) -> str:
    _, _, *arguments = shlex.split(call)
    if "--diff" in arguments:
        ran = k8slint(folder, *arguments)
        return ran.text + ran.err
    ran = k8slint(folder, *arguments, "--output-format", "json")
    lines = [line for one in ran.data["findings"] for line in described(one)] if ran.out else []
    return "".join(f"{line}\n" for line in (*lines, *ran.err.splitlines()))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_found(name: str, need: Callable[[str], str]) -> None:
    need("helm" if name.startswith("helm") else "kustomize")
    assert record(TREES / name) == (TREES / name / "expected.txt").read_text("utf-8")


def write(names: list[str]) -> Iterator[Path]:
    for name in names or NAMES:
        path = TREES / name / "expected.txt"
        path.write_text(record(TREES / name), encoding="utf-8")
        yield path


if __name__ == "__main__":
    print(*write(sys.argv[1:]), sep="\n")
