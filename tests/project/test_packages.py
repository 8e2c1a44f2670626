"""What other package managers read here names the version, and what k8slint needs."""

from __future__ import annotations

import base64
import json
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import jsonschema
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import k8slint
from k8slint.config.schema import SHIPPED
from k8slint.lint.settings import CONFIGURATIONS
from tests.command import check, make
from tests.places import ROOT

PACKAGING = ROOT / "packaging"
FORMULA = (PACKAGING / "homebrew" / "k8slint.rb").read_text(encoding="utf-8")
NIX = (PACKAGING / "nix" / "default.nix").read_text(encoding="utf-8")
CONTAINER = (PACKAGING / "Containerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINNED = {
    canonicalize_name(name): version
    for name, version in re.findall(
        r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
}
# Where the formula installs: Homebrew's Python, on a Mac.
MAC = {
    "python_version": "3.13",
    "python_full_version": "3.13.0",
    "sys_platform": "darwin",
    "platform_system": "Darwin",
    "extra": "",
}


def needed(words: list[str]) -> Iterator[str]:
    """The packages that some need, and those that these need."""
    for one in map(Requirement, words):
        if one.marker is None or one.marker.evaluate(MAC):
            yield canonicalize_name(one.name)
            yield from needed(requires(one.name) or [])


class TestFormula:
    """Homebrew's."""

    resources = re.findall(
        r'^  resource "(\S+)" do\n    url "(\S+)"\n    sha256 "([0-9a-f]{64})"\n  end$',
        FORMULA,
        re.MULTILINE,
    )

    def test_it_names_the_version(self) -> None:
        assert f'url "https://github.com/k8slint/k8slint.git", tag: "v{k8slint.__version__}"' in (
            FORMULA
        )
        assert f'license "{PROJECT["license"]}"' in FORMULA

    def test_its_resources_are_what_is_pinned(self) -> None:
        assert len(self.resources) == FORMULA.count("resource ")
        names = {*needed(PROJECT["dependencies"])}
        assert {name for name, _, _ in self.resources} == names
        for name, url, _ in self.resources:
            file = url.rpartition("/")[2].lower()
            stem = re.sub("[-_.]+", "[-_.]", name)
            assert re.fullmatch(rf"{stem}-{re.escape(PINNED[name])}\.tar\.gz", file), name
            assert url.startswith("https://files.pythonhosted.org/packages/")

    def test_what_it_tries_is_true(self, tmp_path: Path) -> None:
        manifest = re.search(r"<<~YAML\n(.*?)\n    YAML", FORMULA, re.DOTALL)
        assert manifest
        make(tmp_path, {"pod.yaml": re.sub("(?m)^ {6}", "", manifest[1]) + "\n"})
        ran = check(tmp_path, "pod.yaml")
        assert (ran.code, "GS001" in ran.text) == (1, True)
        check(tmp_path, "--fix", "pod.yaml")
        expected = re.search(r'assert_match "(termination\S+ \d+)"', FORMULA)
        assert expected
        assert expected[1] in (tmp_path / "pod.yaml").read_text()


class TestNix:
    """The expression for nixpkgs."""

    def test_it_names_the_version(self) -> None:
        assert f'pname = "k8slint";\n  version = "{k8slint.__version__}";' in NIX

    def test_it_needs_what_we_need(self) -> None:
        (listed,) = re.findall(r"  dependencies = \[\n(.*?)\n  \];", NIX, re.DOTALL)
        given = {word.strip().removeprefix("python.") for word in listed.split("\n")}
        wanted = {
            canonicalize_name(one.name)
            for one in map(Requirement, PROJECT["dependencies"])
            if one.marker is None or one.marker.evaluate(MAC)
        }
        assert given == wanted

    def test_what_nixpkgs_lacks_is_the_file_of_the_formula(self) -> None:
        own = re.findall(
            r'pname = "(\S+)";\n    version = "(\S+)";.*?hash = "sha256-(\S+)";', NIX, re.DOTALL
        )
        sums = {name: digest for name, _, digest in TestFormula.resources}
        assert own
        for name, version, digest in own:
            key = canonicalize_name(name)
            assert version == PINNED[key]
            assert base64.b64decode(digest).hex() == sums[key]


STEPS = [line.split(" ", 1) for line in CONTAINER.splitlines() if re.match("[A-Z]+ ", line)]


class TestContainer:
    """The image, as far as can be said of it without building it."""

    def test_it_runs_as_nobody_and_from_one_base(self) -> None:
        last = dict(STEPS)
        assert re.fullmatch(r"\d+:\d+", last["USER"])
        assert not last["USER"].startswith("0")
        assert json.loads(last["ENTRYPOINT"]) + json.loads(last["CMD"]) == ["k8slint", "check"]
        bases = [rest for word, rest in STEPS if word == "FROM"]
        assert bases == ["${BASE} AS build", "${BASE}"]
        assert re.fullmatch(r"BASE=python:3\.\d+-slim", last["ARG"])
        assert not re.search(r"curl|wget|\bADD\b|--privileged|sudo", CONTAINER)

    def test_what_it_is_made_of_is_there(self) -> None:
        """The wheel of what is copied is that of the repository."""
        text = (PACKAGING / "Containerfile.dockerignore").read_text(encoding="utf-8")
        kept = {line[1:] for line in text.splitlines() if line.startswith("!")}
        assert all((ROOT / one).exists() for one in kept)
        hatch = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
        wheel = hatch["hatch"]["build"]["targets"]["wheel"]
        used = {*wheel["only-include"], *wheel["shared-data"], PROJECT["readme"]}
        used |= {*PROJECT["license-files"], "pyproject.toml", "constraints.txt"}
        assert not [one for one in used if not any(fnmatch(f"{one}/", f"{k}/*") for k in kept)]


# What https://json.schemastore.org/schema-catalog.json says of one of its `schemas`.
IN_CATALOG = {
    "type": "object",
    "required": ["name", "url", "description"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "description": {"type": "string", "minLength": 1},
        "fileMatch": {
            "type": "array",
            "uniqueItems": True,
            "minItems": 1,
            "items": {"type": "string", "minLength": 1},
        },
        "url": {"type": "string", "format": "uri", "pattern": "^https://"},
    },
}


def test_the_entry_of_schemastore_is_one() -> None:
    entry: dict[str, Any] = json.loads((PACKAGING / "schemastore.json").read_text("utf-8"))
    jsonschema.validate(entry, IN_CATALOG)
    assert entry["fileMatch"] == [*CONFIGURATIONS]
    assert entry["url"] == json.loads(SHIPPED.read_text(encoding="utf-8"))["$id"]
    assert (ROOT / entry["url"].partition("/main/")[2]).samefile(SHIPPED)
