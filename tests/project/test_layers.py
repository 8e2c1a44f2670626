"""Imports run one way: a room of `k8slint/` knows itself and the rooms before it."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.places import ROOT
from tests.syntax import nodes_of

ROOMS = (
    *(
        "__init__",
        "errors",
        "type_names",
        "records",
        "lazy",
        "coverage",
        "outside",
        "git",
        "manifest",
        "kubernetes",
        "images",
        "render",
        "shutdown",
        "lint",
        "measure",
    ),
    *("report", "picture", "config", "workspace", "api", "adopt", "server", "cli", "__main__"),
)


def imports(path: Path) -> Iterator[list[str]]:
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno} is relative"
            module = (node.module or "").split(".")
            yield from ([*module, alias.name] for alias in node.names)


def room(path: list[str]) -> str:
    return path[1] if path[1:] and path[1] in ROOMS else "__init__"


def test_a_room_imports_only_itself_and_rooms_before_it() -> None:
    package = ROOT / "k8slint"
    for path in package.rglob("*.py"):
        here = path.relative_to(package).with_suffix("").parts[0]
        assert here in ROOMS, f"{path} is in no declared room"
        for name in imports(path):
            if name[0] == "k8slint":
                assert ROOMS.index(room(name)) <= ROOMS.index(here), f"{path}: {'.'.join(name)}"


def test_the_table_of_contributors_has_the_rooms_in_their_order() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("| Room | What lives there |")[2].partition("\n\n")[0]
    names = re.findall(r"(?m)^\| `(\w+)(?:/|\.py)` \|", table)
    assert names == [room for room in ROOMS if not room.startswith("__")]


def test_a_rule_imports_only_k8slint_and_the_standard_library() -> None:
    for path in (ROOT / "rules").rglob("*.py"):
        for name in imports(path):
            assert name[0] == "k8slint" or name[0] in sys.stdlib_module_names, f"{path}: {name}"


def test_one_module_takes_what_is_pyyamls() -> None:
    """Whoever imports it first would otherwise import all of it."""
    package = ROOT / "k8slint"
    takers = [path for path in package.rglob("*.py") if ["yaml"] in (x[:1] for x in imports(path))]
    assert takers == [package / "manifest" / "pyyaml.py"]


def test_one_module_knows_how_features_are_told() -> None:
    """A rule names them, and what inspects a document asks."""
    for path in (*(ROOT / "rules").rglob("*.py"), *(ROOT / "k8slint" / "lint").rglob("*.py")):
        names = [".".join(name) for name in imports(path)]
        knows = [name for name in names if name.startswith("k8slint.manifest.outline")]
        if path.name not in ("inspect.py", "engine.py", "templates.py"):
            knows += [name for name in names if name.startswith("k8slint.shutdown.glance")]
        assert not knows, f"{path}: {knows}"


def test_no_modules_know_each_other_in_a_circle() -> None:
    """A late import ties a knot as well as an early one."""
    assert knots_in(known_modules()) == {}


def test_no_packages_in_a_room_know_each_other_in_a_circle() -> None:
    """Those of `render` build on each other: charts, overlays, and what is made of both."""
    known: dict[str, set[str]] = defaultdict(set)
    for name, found in known_modules().items():
        here = package_of(name)
        known[here] |= {package_of(one) for one in found} - {here}
    inner = {name for name in known if name.count(".") == 2}
    assert {"k8slint.render.charts", "k8slint.render.gitops"} <= inner
    assert knots_in({name: known[name] & inner for name in inner}) == {}


def test_a_circle_is_noticed() -> None:
    known = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set[str](), "e": {"d"}}
    assert knots_in(known) == {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}}


def knots_in(known: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """What is in a circle, or leads to one."""
    waiting = dict(known)
    while ends := {name for name, found in waiting.items() if found.isdisjoint(waiting)}:
        waiting = {name: found for name, found in waiting.items() if name not in ends}
    return waiting


@cache
def known_modules() -> Mapping[str, set[str]]:
    """All modules, each with those that it imports."""
    modules = {module_name(path): path for path in (ROOT / "k8slint").rglob("*.py")}
    return {
        name: {one for found in imports(path) if (one := nearest(found, modules)) != name}
        for name, path in modules.items()
    }


def package_of(module: str) -> str:
    """The package that a module is, or is in."""
    is_package = (ROOT / module.replace(".", "/")).is_dir()
    return module if is_package else module.rpartition(".")[0]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def nearest(found: list[str], modules: Container[str]) -> str:
    """The module that an imported name is from."""
    name = ".".join(found)
    return name if name in modules else ".".join(found[:-1])
