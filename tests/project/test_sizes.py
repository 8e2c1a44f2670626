"""Modules of at most 400 lines, functions of at most 60, and most of them short."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.places import ROOT
from tests.syntax import nodes_of

MODULES = sorted([*(ROOT / "k8slint").rglob("*.py"), *(ROOT / "rules").glob("*.py")])


def lengths_of(path: Path) -> Iterator[tuple[str, int]]:
    for node in nodes_of(path):
        if isinstance(node, ast.FunctionDef):
            yield f"{path.name}: {node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_modules_and_functions_are_short() -> None:
    assert len(MODULES) > 200
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in MODULES
    }
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}
    functions = [one for path in MODULES for one in lengths_of(path)]
    assert [one for one in functions if one[1] > 60] == []
    own = [one for path in MODULES if path.parent.name != "rules" for one in lengths_of(path)]
    assert sum(lines for _, lines in own) / len(own) < 9.6


def test_a_long_function_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    path.write_text("class A:\n    def b(self):\n" + "        pass\n" * 60)
    assert [*lengths_of(path)] == [("long.py: b", 61)]
