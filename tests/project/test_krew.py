"""The plugin of kubectl: its name, and the manifest by which krew installs it."""

from __future__ import annotations

import hashlib
import io
import os
import runpy
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import k8slint
from tests.command import environment
from tests.manifests import ERROR
from tests.places import ROOT

PACKAGING = ROOT / "packaging"
# What `uname -s` and `uname -m` say on the machines of the release, as krew calls them.
PLATFORMS = {
    "Linux-x86_64": {"os": "linux", "arch": "amd64"},
    "Linux-aarch64": {"os": "linux", "arch": "arm64"},
    "Darwin-arm64": {"os": "darwin", "arch": "arm64"},
}
LINE = {"type": "string", "pattern": r"^[^\r\n]+$"}
TEXT = {"type": "string", "minLength": 1}
# Of krew's pkg/index/types.go and internal/index/validation/validate.go (65de93c, 2026-11-30).
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": "krew.googlecontainertools.github.com/v1alpha2"},
        "kind": {"const": "Plugin"},
        "metadata": {
            "type": "object",
            "required": ["name"],
            "additionalProperties": False,
            "properties": {"name": {"type": "string", "pattern": r"^[\w-]+$"}},
        },
        "spec": {
            "type": "object",
            "required": ["version", "shortDescription", "platforms"],
            "additionalProperties": False,
            "properties": {
                "version": {"type": "string", "pattern": r"^v\d+\.\d+\.\d+$"},
                "homepage": LINE,
                "shortDescription": LINE,
                "description": TEXT,
                "caveats": TEXT,
                "platforms": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["selector", "uri", "sha256", "bin"],
                        "additionalProperties": False,
                        "properties": {
                            "uri": LINE,
                            "sha256": {"type": "string", "pattern": r"^[a-f0-9]{64}$"},
                            "bin": LINE,
                            "selector": {
                                "type": "object",
                                "required": ["matchLabels"],
                                "additionalProperties": False,
                                "properties": {
                                    "matchLabels": {
                                        "type": "object",
                                        "minProperties": 1,
                                        "additionalProperties": False,
                                        "properties": {"os": LINE, "arch": LINE},
                                    }
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


def test_the_manifest_of_a_release_is_one_for_krew(tmp_path: Path) -> None:
    for platform in PLATFORMS:
        (tmp_path / f"k8slint-{platform}.pyz").write_bytes(platform.encode())
    runpy.run_path(str(PACKAGING / "krew.py"))["main"](tmp_path)
    plugin = yaml.safe_load((tmp_path / "krew.yaml").read_text(encoding="utf-8"))
    jsonschema.validate(plugin, SCHEMA)
    version = f"v{k8slint.__version__}"
    assert plugin["spec"]["version"] == version
    found = {}
    for one in plugin["spec"]["platforms"]:
        *_, tag, name = one["uri"].split("/")
        assert tag == version
        data = (tmp_path / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == one["sha256"]
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            assert archive.getnames() == [one["bin"], "LICENSE"]
            assert archive.getmember(one["bin"]).mode & 0o111
            program = archive.extractfile(one["bin"])
            assert program
            found[program.read().decode()] = one["selector"]["matchLabels"]
    assert found == PLATFORMS


def test_the_file_lacks_nothing_but_the_checksums() -> None:
    plugin = yaml.safe_load((PACKAGING / "krew.yaml").read_text(encoding="utf-8"))
    errors = jsonschema.Draft202012Validator(SCHEMA).iter_errors(plugin)
    assert {error.message for error in errors} == {"'sha256' is a required property"}


def test_a_release_builds_each_platform() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    assert len(jobs["program"]["strategy"]["matrix"]["os"]) == len(PLATFORMS)
    steps = [step.get("run", "") for step in jobs["release"]["steps"]]
    assert "python3 packaging/krew.py dist" in steps


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """The program as pip installs it under the name of the plugin."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    module, _, name = scripts["project"]["scripts"]["kubectl-k8slint"].partition(":")
    path = tmp_path / "bin" / "kubectl-k8slint"
    path.parent.mkdir()
    text = f"#!{sys.executable}\nfrom {module} import {name}\n{name}()\n"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    (tmp_path / "a.yaml").write_text(ERROR, encoding="utf-8")
    return path


def said(command: list[str], folder: Path, **more: str) -> tuple[int, str]:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(COLUMNS="200", **more),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_help_calls_the_plugin_as_people_do(plugin: Path) -> None:
    code, text = said([str(plugin), "check", "--help"], plugin.parent)
    assert code == 0
    assert "Usage: kubectl k8slint check [OPTIONS] [PATH ... | -]" in text


def test_kubectl_finds_it(plugin: Path, need: Callable[[str], str]) -> None:
    path = f"{plugin.parent}{os.pathsep}{os.environ['PATH']}"
    code, text = said([need("kubectl"), "k8slint", "check"], plugin.parent.parent, PATH=path)
    assert code == 1
    assert "GS001" in text
