"""Regular expressions mean the same on every Python that is promised."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import ROOT
from tests.syntax import nodes_of

FILES = sorted(path for part in ("k8slint", "rules") for path in (ROOT / part).rglob("*.py"))
# What gives nothing back: `a*+`, `a{2}+` and `(?>a)`, which Python gets wrong before 3.11.5
# (python/cpython#106052).
POSSESSIVE = re.compile(r"(?<=[^\\])(?:[?*+]|\{[\d,]+\})\+|\(\?>")


def patterns(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module that uses regular expressions, each with its line."""
    nodes = nodes_of(path)
    if any(alias.name == "re" for node in nodes for alias in names_of(node)):
        for node in nodes:
            if isinstance(node, ast.JoinedStr):
                yield node.lineno, "".join(map(text_of, node.values))
            elif isinstance(node, ast.Constant):
                yield node.lineno, text_of(node)


# In brackets, `*` and `+` are characters like others.
CHARACTERS = re.compile(r"\[(?:\\.|[^\]\\])+\]")


def text_of(node: ast.expr) -> str:
    """A text as it is written; in a formatted one any letter stands for what is put in."""
    value = node.value if isinstance(node, ast.Constant) else "x"
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def names_of(node: ast.AST) -> list[ast.alias]:
    return node.names if isinstance(node, (ast.Import, ast.ImportFrom)) else []


@pytest.mark.parametrize("text", ["a*+", "(a)?+b", "a{2,3}+", "a++", "(?>a|b)"])
def test_what_is_possessive(text: str) -> None:
    assert POSSESSIVE.search(text)


def test_no_pattern_is_possessive() -> None:
    looked_at = [(path, *found) for path in FILES for found in patterns(path)]
    assert len(looked_at) > 1_000
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path, line, text in looked_at
        if POSSESSIVE.search(CHARACTERS.sub("x", text))
    ]
    assert not found
