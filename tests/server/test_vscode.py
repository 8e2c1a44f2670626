"""The extension for VS Code: what it declares, documents and registers is the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from k8slint import __version__
from tests.places import ROOT

FOLDER = ROOT / "editors" / "vscode"
PACKAGE: dict[str, Any] = json.loads((FOLDER / "package.json").read_text("utf-8"))
PACKAGES = FOLDER / "node_modules"
SOURCES = "\n".join(path.read_text("utf-8") for path in sorted((FOLDER / "src").glob("*.ts")))


def test_its_version_is_that_of_the_package() -> None:
    assert PACKAGE["version"] == __version__


def test_each_command_is_registered_once() -> None:
    declared = [command["command"] for command in PACKAGE["contributes"]["commands"]]
    registered = re.findall(r'registerCommand\("([^"]+)"', SOURCES)
    assert sorted(registered) == sorted(declared)


def test_each_setting_is_in_its_readme() -> None:
    settings = PACKAGE["contributes"]["configuration"]["properties"]
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert re.findall(r"^\| `(k8slint\.[\w.]+)`", readme, re.MULTILINE) == list(settings)


def test_a_stranger_s_folder_chooses_no_program() -> None:
    trust = PACKAGE["capabilities"]["untrustedWorkspaces"]
    assert "k8slint.path" in trust["restrictedConfigurations"]
    render = [
        one
        for one in PACKAGE["contributes"]["commands"]
        if one["command"] == "k8slint.renderThisChart"
    ]
    assert [one["enablement"] for one in render] == ["isWorkspaceTrusted"]


def test_the_panel_runs_and_loads_nothing() -> None:
    """What it shows is the words of strangers."""
    assert "enableScripts: false, localResourceRoots: []" in SOURCES
    assert "default-src 'none'; style-src 'unsafe-inline'\"" in SOURCES
    assert "enableCommandUris" not in SOURCES


def test_lock_files_name_no_registry() -> None:
    locks = list(FOLDER.rglob("package-lock.json"))
    for lock in (lock for lock in locks if "node_modules" not in lock.parts):
        assert '"resolved"' not in lock.read_text("utf-8"), lock


@pytest.fixture
def node(need: Callable[[str], str]) -> str:
    """The path of node, where the packages of the extension are installed."""
    found = need("node")
    if not PACKAGES.exists():
        pytest.skip("the packages of the extension are not installed: make vscode")
    return found


def test_its_types_are_right(node: str) -> None:
    command = [node, str(PACKAGES / "typescript" / "bin" / "tsc"), "--noEmit"]
    ran = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")


def test_a_program_is_the_users_own(node: str, tmp_path: Path) -> None:
    """Neither what PATH leads to in a folder of strangers, nor what cannot be run."""
    for name, mode in (("open/bin", 0o755), ("opened", 0o755), ("plain", 0o644)):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "k8slint").write_text("#!/bin/sh\n")
        (folder / "k8slint").chmod(mode)
    (tmp_path / "folder" / "k8slint").mkdir(parents=True)
    built = str(tmp_path / "program.cjs")
    esbuild = [node, str(PACKAGES / "esbuild" / "bin" / "esbuild"), "src/program.ts"]
    subprocess.run(
        [*esbuild, "--platform=node", "--format=cjs", "--log-level=error", f"--outfile={built}"],
        cwd=FOLDER,
        check=True,
    )
    entries = ["", "bin", *(str(tmp_path / one) for one in ("folder", "plain", "open/bin"))]
    script = "require(process.argv[1]).onPath('k8slint', [process.argv[2]])"
    script += ".then((found) => console.log(found))"
    for more, found in (([], "undefined"), (["opened"], str(tmp_path / "opened" / "k8slint"))):
        path = os.pathsep.join([*entries, *(str(tmp_path / one) for one in more)])
        ran = subprocess.run(
            [node, "-e", script, built, str(tmp_path / "open")],
            cwd=tmp_path / "open",
            env={"PATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.strip() == found
