"""What a check of one small file does not import: start-up is most of what it takes."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.command import environment
from tests.places import ROOT

SHOP = ROOT / "fixtures" / "demo" / "shop"
FORMATS = {
    f"k8slint.report.{path.stem}"
    for path in (ROOT / "k8slint" / "report").glob("*.py")
    if path.stem not in ("__init__", "summary", "text")
}

# What typer imports itself depends on Python.
PROGRAM = """
import gc
import sys
import typer

before = {*sys.modules}
from k8slint.__main__ import main

try:
    main()
except SystemExit:
    print(gc.isenabled(), *sorted({*sys.modules} - before), file=sys.stderr)
"""

NEVER = FORMATS | {
    *("jsonschema", "multiprocessing", "rich", "ruamel.yaml", "tomllib"),
    *("tree_sitter", "unicodedata", "json", "concurrent.futures", "k8slint.picture"),
    *(f"k8slint.git.{name}" for name in ("patterns", "repository", "tracked", "user")),
    *("k8slint.render", "k8slint.lint.rendered", "k8slint.lint.suppress", "k8slint.lint.baseline"),
    *("k8slint.lint.fix", "k8slint.lint.foreign", "k8slint.config.load", "k8slint.manifest.prove"),
    "k8slint.lint.census",
    *(f"k8slint.cli.{name}" for name in ("config", "explain", "facts", "progress", "timeline")),
    *(
        "k8slint.lint.write",
        "k8slint.shutdown.timeline",
        "k8slint.shutdown.shell.reader",
        "k8slint.shutdown.shell.ending",
    ),
}
FOR_FINDINGS = {
    *("dataclasses", "k8slint.manifest.edit", "k8slint.manifest.style"),
    *("k8slint.shutdown.shell", "k8slint.images.shells"),
}


@pytest.mark.parametrize(
    ("name", "needless", "needed"),
    [("images", NEVER | FOR_FINDINGS | {"shlex"}, set()), ("web", NEVER, FOR_FINDINGS)],
    ids=["a clean file", "two findings"],
)
def test_what_few_runs_need_is_not_imported(
    tmp_path: Path, name: str, needless: set[str], needed: set[str]
) -> None:
    assert all(map(find_spec, needless))
    file = tmp_path / f"{name}.yaml"
    file.write_bytes((SHOP / file.name).read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "check", "-q", str(file)],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    collects, *imported = done.stderr.split()
    assert collects == "False"
    assert not needless.intersection(imported)
    assert needed.issubset(imported)
