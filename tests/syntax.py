"""Modules of this repository as syntax: each is parsed and walked through once."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def module_of(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a module, those above first."""
    return tuple(ast.walk(module_of(path)))
