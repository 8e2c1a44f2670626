"""One meaning per name: what is public at the top of a module is defined there only."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from tests.places import ROOT
from tests.syntax import module_of

PACKAGE = ROOT / "k8slint"
# What several modules define on purpose, and where.
SHARED = {
    "COMMAND": ("cli/",),
    "main": ("__main__.py", "cli/__init__.py"),
    "check": ("api.py", "cli/check/__init__.py"),
    "render": ("report/", "picture/"),
    # The words of shells.
    "Loop": ("shutdown/shell/",),
    "Value": ("manifest/values.py", "shutdown/shell/state.py"),
    "read": ("shutdown/shell/",),
}


def test_public_names_are_defined_once_but_for_a_few() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in {*names_in(module_of(path))}:
            homes[name].append(path.relative_to(PACKAGE).as_posix())
    assert len(homes) > 900
    shared = {name: found for name, found in homes.items() if len(found) > 1}
    assert sorted(shared) == sorted(SHARED)
    for name, found in shared.items():
        assert [home for home in found if not home.startswith(SHARED[name])] == []


def test_the_few_are_documented() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [name for name in SHARED if f"`{name}`" not in text] == []


def names_in(tree: ast.Module) -> Iterator[str]:
    """The public names that a module defines at its top."""
    for node in tree.body:
        found: list[ast.expr | str] = []
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found = [node.name]
        elif isinstance(node, ast.Assign):
            found = [*node.targets]
        elif isinstance(node, ast.AnnAssign):
            found = [node.target]
        names = (one.id if isinstance(one, ast.Name) else one for one in found)
        yield from (one for one in names if isinstance(one, str) and not one.startswith("_"))
