"""What a check of one small file imports: start-up is most of what it takes."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import pytest
import yaml

from k8slint.lint.rulefile import shipped_folder
from tests.command import environment, make
from tests.places import DATA, ROOT
from tests.project.test_layers import ROOMS

SHOP = ROOT / "fixtures" / "demo" / "shop"
PROGRAM = """
import gc
import sys
from k8slint.__main__ import main

try:
    main()
except SystemExit:
    print(gc.isenabled(), *sorted(sys.modules), file=sys.stderr)
"""

# What costs much to import, of Python and of PyYAML; which others there are depends on versions.
NEVER = (
    *("argparse", "asyncio", "concurrent.futures", "copy", "dataclasses", "difflib", "inspect"),
    *("ipaddress", "json", "logging", "multiprocessing", "random", "shutil", "signal", "socket"),
    *(
        "ssl",
        "subprocess",
        "tempfile",
        "textwrap",
        "threading",
        "tokenize",
        "tomllib",
        "traceback",
    ),
    *("typing", "unicodedata", "urllib.parse", "uuid"),
    *("yaml.reader", "yaml.resolver", "yaml.constructor"),
)
FILES = {
    "no workload": b"kind: ConfigMap\napiVersion: v1\n",
    "nothing a rule is about": (
        b"kind: Pod\napiVersion: v1\nmetadata:\n  name: web\nspec:\n  containers:\n"
        b"  - name: web\n    image: registry.example.com/web:1\n"
    ),
    "a hook": (SHOP / "images.yaml").read_bytes(),
    "two findings": (SHOP / "web.yaml").read_bytes(),
}


def ours(imported: list[str]) -> set[str]:
    """Ours, and those of other packages by the name of the package."""
    tops = {name.partition(".")[0] for name in imported} - {*sys.stdlib_module_names}
    known = {name for name in imported if name.startswith("k8slint.")}
    return known | {name for name in tops if name in ("typer", "yaml", "rich", "tree_sitter")}


@pytest.mark.parametrize("kind", FILES)
def test_a_check_imports_what_it_needs(tmp_path: Path, kind: str) -> None:
    """Those of `tests/data/start.yaml`, where each kind of file needs those before it, too."""
    assert all(map(find_spec, NEVER))
    table = yaml.safe_load((DATA / "start.yaml").read_text(encoding="utf-8"))
    assert [*table] == [*FILES]
    known = [name for one in [*FILES][: [*FILES].index(kind) + 1] for name in table[one]]
    assert sorted({*known}) == sorted(known)
    imported = imported_for(tmp_path, FILES[kind])
    assert not {*NEVER}.intersection(imported)
    assert sorted(ours(imported) - {*known}) == [], "imported, and not in tests/data/start.yaml"
    assert sorted({*known} - ours(imported)) == [], "in tests/data/start.yaml, and not imported"


def test_a_script_imports_its_grammar_alone(tmp_path: Path) -> None:
    """Its packages import `importlib.resources` and `typing`, which take longer than all else."""
    hooked = FILES["a hook"].replace(
        b"sleep:\n          seconds: 15", b'exec: {command: [sh, -c, "sleep $N"]}'
    )
    imported = imported_for(tmp_path, hooked)
    assert "tree_sitter._binding" in imported
    assert not {"importlib.resources", "typing"}.intersection(imported)


def test_a_right_configuration_is_not_explained(tmp_path: Path) -> None:
    make(tmp_path, {".k8slint.yaml": b"rules: {GS101: {margin: 10}}\nselect: [GS1]\n"})
    imported = imported_for(tmp_path, FILES["no workload"], "--config=.k8slint.yaml")
    assert "k8slint.manifest.schemas" in imported
    assert not {"jsonschema", "difflib"}.intersection(imported)


def imported_for(folder: Path, manifest: bytes, option: str = "--isolated") -> list[str]:
    """What a check of one file imports."""
    make(folder, {"a.yaml": manifest})
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "check", "-q", option, "--exit-zero", "a.yaml"],
        env=environment(),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    collects, *imported = done.stderr.split()
    assert collects == "False"
    return imported


def test_a_path_is_still_written_as_a_uri() -> None:
    program = f"{PROGRAM}\nfrom pathlib import Path\nprint(Path('/a b').absolute().as_uri())"
    done = subprocess.run(
        [sys.executable, "-c", program, "--version"],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "urllib.parse" not in done.stderr.split()
    assert done.stdout.endswith("/a%20b\n")


def test_no_check_imports_typing() -> None:
    """Which modules a check imports depends on what it meets; `type_names.py` has those names."""
    imports = re.compile(r"^ *(?:from|import) typing\b", re.MULTILINE)
    rooms = (ROOT / "k8slint" / room for room in ROOMS[: ROOMS.index("measure")])
    found = [*shipped_folder().glob("*.py"), *chain.from_iterable(map(modules_in, rooms))]
    assert len(found) > 300
    importing = {one.name for one in found if imports.search(one.read_text("utf-8"))}
    assert importing == {"type_names.py", "records.py"}


def modules_in(room: Path) -> list[Path]:
    return [*room.rglob("*.py")] or [room.with_suffix(".py")]
