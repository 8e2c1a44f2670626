"""The extension for VS Code: what it declares, documents and registers is the same."""

from __future__ import annotations

import json
import re
from typing import Any

from k8slint import __version__
from tests.places import ROOT

FOLDER = ROOT / "editors" / "vscode"
PACKAGE: dict[str, Any] = json.loads((FOLDER / "package.json").read_text("utf-8"))
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


def test_lock_files_name_no_registry() -> None:
    locks = list(FOLDER.rglob("package-lock.json"))
    for lock in (lock for lock in locks if "node_modules" not in lock.parts):
        assert '"resolved"' not in lock.read_text("utf-8"), lock
