"""Configuration files: which one counts, what it says, and how a mistake in it is answered."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from k8slint import config
from k8slint.lint.rulebook import load
from tests.command import check, make
from tests.manifests import CLEAN, ERROR, INFO, SLEEP_60, WARNING, pod

SILENT = "select: [GS202]\n"
LOUD = "fail-on: info\n"

# Where `a/b/pod.yaml` with a warning gets its settings from: files, options, environment, code.
FOUND: dict[str, tuple[dict[str, str], str, dict[str, str], int]] = {
    "no file": ({}, "", {}, 1),
    "beside the manifest": ({"a/b/.k8slint.yaml": SILENT}, "", {}, 0),
    "the other suffix": ({"a/b/.k8slint.yml": SILENT}, "", {}, 0),
    "the first suffix wins": ({"a/.k8slint.yml": SILENT, "a/.k8slint.yaml": LOUD}, "", {}, 1),
    "above the manifest": ({".k8slint.yaml": SILENT}, "", {}, 0),
    "the nearest wins": ({".k8slint.yaml": SILENT, "a/b/.k8slint.yaml": LOUD}, "", {}, 1),
    "nothing is merged": ({".k8slint.yaml": SILENT, "a/b/.k8slint.yaml": "{}"}, "", {}, 1),
    "not above the repository": ({".k8slint.yaml": SILENT, "a/.git/HEAD": ""}, "", {}, 1),
    "not above a work tree": ({".k8slint.yaml": SILENT, "a/.git": "gitdir: x"}, "", {}, 1),
    "in the repository": ({"a/.k8slint.yaml": SILENT, "a/.git/HEAD": ""}, "", {}, 0),
    "not below it": ({"a/b/c/.k8slint.yaml": SILENT}, "", {}, 1),
    "--config": ({"x.yaml": SILENT, "a/.k8slint.yaml": LOUD}, "--config x.yaml", {}, 0),
    "the environment": ({"x.yaml": SILENT}, "", {"K8SLINT_CONFIG": "x.yaml"}, 0),
    "an option beats the environment": (
        {"x.yaml": SILENT, "y.yaml": LOUD},
        "--config y.yaml",
        {"K8SLINT_CONFIG": "x.yaml"},
        1,
    ),
    "an empty variable is none": ({".k8slint.yaml": SILENT}, "", {"K8SLINT_CONFIG": ""}, 0),
    "--select beats the file": ({".k8slint.yaml": SILENT}, "--select GS106", {}, 1),
    "--fail-on beats the file": ({".k8slint.yaml": LOUD}, "--fail-on error", {}, 0),
}


@pytest.mark.parametrize("name", FOUND)
def test_which_file_counts(tmp_path: Path, name: str) -> None:
    files, options, env, code = FOUND[name]
    make(tmp_path, {**files, "a/b/pod.yaml": WARNING})
    for path in ("a", "a/b/pod.yaml"):
        assert check(tmp_path, path, *options.split(), env=env).code == code


# What a configuration does to one manifest: the codes that are found.
EXEC_SLEEP = pod(
    spec="terminationGracePeriodSeconds: 0\n",
    app="lifecycle: {preStop: {exec: {command: [sleep, '60']}}}\n",
)
ZERO_SLEEP = pod(app="lifecycle: {preStop: {sleep: {seconds: 0}}}\n")
SIGNAL = pod(spec="os: {name: linux}\n", app="lifecycle: {stopSignal: SIGUSR1}\n")
EFFECTS = {
    "blank": ("", EXEC_SLEEP, "GS106 GS202"),
    "comments only": ("# ignore: [GS1]\n---\n# nothing\n", EXEC_SLEEP, "GS106 GS202"),
    "select": ("select: [zero-grace-period]", EXEC_SLEEP, "GS106"),
    "extend-select": ("select: [GS106]\nextend-select: [GS2]", EXEC_SLEEP, "GS106 GS202"),
    "ignore": ("ignore: [prefer-native-sleep]", EXEC_SLEEP, "GS106"),
    "ignore in full": ("---\nselect: [ALL]\nignore: [GS1]\n", EXEC_SLEEP, "GS202"),
    "JSON": ('{"ignore": ["GS1"]}', EXEC_SLEEP, "GS202"),
    "version": ('kubernetes-version: "1.32"', ZERO_SLEEP, "GS005"),
    "newer version": ("kubernetes-version: '1.33'", ZERO_SLEEP, ""),
    "patch version": ("kubernetes-version: v1.32.7", ZERO_SLEEP, "GS005"),
    "no gate": ("{}", SIGNAL, "GS005"),
    "gate": ("feature-gates: [ContainerStopSignals]", SIGNAL, ""),
    "option": ("rules: {GS104: {window: 2}}", INFO, ""),
    "option by name": ("rules: {short-drain-window: {window: 2}}", INFO, ""),
    "option of another rule": ("rules: {GS101: {window: 2}}", INFO, "GS104"),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_what_a_setting_does(tmp_path: Path, name: str) -> None:
    text, manifest, codes = EFFECTS[name]
    make(tmp_path, {".k8slint.yaml": text, "pod.yaml": manifest})
    ran = check(tmp_path, ".", "--exclude", ".k8slint.yaml")
    assert [place.split()[1] for place in ran.places] == codes.split()


def test_a_program_of_ones_own_counts(tmp_path: Path) -> None:
    pod = "kind: Pod\nspec:\n  containers:\n  - {name: a, image: a, command: [shopd, --drain=45s]}"
    program = "{name: shop server, command: shopd, flag: --drain, unit: go}"
    make(tmp_path, {".k8slint.yaml": f"programs: [{program}]", "pod.yaml": pod})
    found = check(tmp_path, "-q", "--output-format", "concise").text
    assert "GS108 [*] shop server --drain 45 + margin 5 = 50 s > grace period 30 s" in found


def test_a_margin_ends_up_in_the_fix(tmp_path: Path) -> None:
    make(tmp_path, {".k8slint.yaml": "rules: {GS001: {margin: 20}}", "pod.yaml": ERROR})
    assert check(tmp_path, "pod.yaml", "--fix").code == 0
    assert (tmp_path / "pod.yaml").read_text().endswith("\n  terminationGracePeriodSeconds: 85\n")


def test_a_version_makes_the_native_sleep_safe(tmp_path: Path) -> None:
    manifest = pod(app="lifecycle: {preStop: {exec: {command: [sleep, '5']}}}\n")
    make(tmp_path, {"a/pod.yaml": manifest, "b/pod.yaml": manifest})
    make(tmp_path, {"a/.k8slint.yaml": 'kubernetes-version: "1.30"\nextend-select: [GS202]'})
    ran = check(tmp_path, ".", "--fix")
    assert ran.places == ["b/pod.yaml:9 GS202"]
    assert "{preStop: {sleep: {seconds: 5}}}" in (tmp_path / "a/pod.yaml").read_text()


EXCLUDED = {
    "a folder": ("exclude: [gen/]", ".", ["a/b.yaml", "a/b/c.yaml"]),
    "relative to the file": ("exclude: [/b.yaml]", ".", ["a/b/c.yaml", "a/gen/d.yaml"]),
    "relative to the file from below": ("exclude: [/b.yaml]", "a", ["a/b/c.yaml", "a/gen/d.yaml"]),
    "a pattern": ("exclude: ['**/[cd].yaml']", ".", ["a/b.yaml"]),
    "taken back": ("exclude: ['*.yaml', '!b.yaml']", ".", ["a/b.yaml"]),
    "but not what is named": ("exclude: [gen/]", "a/gen/d.yaml", ["a/gen/d.yaml"]),
    "--exclude replaces it": (
        "exclude: [gen/]",
        ". --exclude b",
        ["a/b.yaml", "a/gen/d.yaml"],
    ),
    "--force-exclude": ("exclude: [gen/]", "a/gen/d.yaml --force-exclude", []),
}


@pytest.mark.parametrize("name", EXCLUDED)
def test_exclude(tmp_path: Path, name: str) -> None:
    text, arguments, files = EXCLUDED[name]
    make(tmp_path, dict.fromkeys(["a/b.yaml", "a/b/c.yaml", "a/gen/d.yaml"], CLEAN))
    make(tmp_path, {"a/.k8slint.yaml": text})
    ran = check(tmp_path, *arguments.split(), "--show-files")
    assert ran.text.split() == files


def test_excludes_of_a_named_file_are_relative_to_the_call(tmp_path: Path) -> None:
    make(tmp_path, {"ci/strict.yaml": "exclude: [/gen/]", "gen/a.yaml": CLEAN, "b.yaml": CLEAN})
    ran = check(tmp_path, ".", "--config", "ci/strict.yaml", "--show-files")
    assert ran.text.split() == ["b.yaml", "ci/strict.yaml"]


MISTAKES: dict[str, tuple[str | bytes, int | None, str]] = {
    "unknown key": (
        "fail-on: error\nselct: [GS1]",
        2,
        "unknown key 'selct'; did you mean 'select'?",
    ),
    "unknown key, nothing near": ("zzz: 1", 1, "unknown key 'zzz'; known: select, extend-select"),
    "key of the command line": ("unsafe-fixes: true", 1, "unknown key 'unsafe-fixes'"),
    "rules from a repository": ("rules: {}\nrule-folder: x", 2, "unknown key 'rule-folder'"),
    "key written twice": ("ignore: [GS1]\n\nignore: [GS2]", 1, "key 'ignore' is written twice"),
    "a text for a list": ("select: GS101", 1, "select: 'GS101' is not of type 'array'"),
    "nothing for a list": ("# all\nselect:\n", 2, "select: None is not of type 'array'"),
    "a number in a list": ("select:\n- GS1\n- 101\n", 3, "select.1: 101 is not of type 'string'"),
    "an unknown level": ("fail-on: fatal", 1, "fail-on: 'fatal' is not one of"),
    "a version as a number": ("---\nkubernetes-version: 1.30", 2, "no version in quotes"),
    "a version as a word": ("kubernetes-version: latest", 1, "no version in quotes"),
    "an unknown rule": ("ignore:\n- GS1\n- GS10I\n", 3, "'GS10I'; did you mean GS10"),
    "options of an unknown rule": ("rules:\n  GS10I: {}", 2, "unknown key 'GS10I' in rules"),
    "an unknown option": (
        "rules:\n  GS101:\n    margn: 3",
        3,
        "unknown key 'margn' in rules.GS101; did you mean 'margin'?",
    ),
    "a mistyped key of a program": (
        "programs:\n- {name: a, command: a, flg: --b}",
        2,
        "unknown key 'flg' in programs.0; did you mean 'flag'?",
    ),
    "a unit there is not": (
        "programs:\n- {name: a, command: a, flag: --b, unit: m}",
        2,
        "programs.0.unit: 'm' is not one of",
    ),
    "a text for a number": ("rules: {GS101: {margin: '3'}}", 1, "rules.GS101.margin: '3' is not"),
    "yes for a number": ("rules: {GS101: {margin: true}}", 1, "is not of type 'integer'"),
    "a negative number": ("rules: {GS101: {margin: -3}}", 1, "less than the minimum of 0"),
    "no YAML": ("# x\nselect: [GS1\nignore: []", 3, "expected ',' or ']'"),
    "no YAML in a document": ("# x\n---\nselect: [GS1\nignore: []", 4, "expected ',' or ']'"),
    "a tab": ("rules:\n\tGS101: {}", 2, "cannot start any token"),
    "a list": ("- GS101", None, "one mapping of keys to values"),
    "a word": ("GS101", None, "one mapping of keys to values"),
    "two documents": ("select: [GS1]\n---\nignore: [GS2]", None, "one mapping"),
    "an alias": ("select: &a [GS1]\nignore: *a", None, "anchors and aliases are not read"),
    "no text": (b"\xff\xfes", None, "the file is UTF-16"),
    "no UTF-8": (b"select: [\xe4]", None, "byte 0xe4 is not valid UTF-8"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_exit_2_with_its_place(tmp_path: Path, name: str) -> None:
    text, line, message = MISTAKES[name]
    make(tmp_path, {".k8slint.yaml": text, "pod.yaml": ERROR, "sub/pod.yaml": ERROR})
    place = tmp_path / ".k8slint.yaml"
    for path in ("sub/pod.yaml", "sub"):
        ran = check(tmp_path, path, "--fix")
        assert (ran.code, ran.text) == (2, "")
        assert ran.err.startswith(f"k8slint: {place}:{line or ''}")
        assert message in ran.err
        assert ran.err.count("\n") == 1
    assert (tmp_path / "sub/pod.yaml").read_text() == ERROR


def test_a_mistake_stops_the_run_before_anything_is_written(tmp_path: Path) -> None:
    make(tmp_path, {"a/pod.yaml": ERROR, "b/pod.yaml": ERROR, "b/.k8slint.yaml": "selct: []"})
    assert check(tmp_path, ".", "--fix").code == 2
    assert (tmp_path / "a/pod.yaml").read_text() == ERROR


def test_a_mistake_is_told_without_any_manifest(tmp_path: Path) -> None:
    make(tmp_path, {".k8slint.yaml": "selct: []"})
    assert check(tmp_path, ".").code == 2


def test_selecting_nothing_is_a_mistake(tmp_path: Path) -> None:
    make(tmp_path, {".k8slint.yaml": "select: []", "pod.yaml": ERROR})
    ran = check(tmp_path, ".")
    assert (ran.code, ran.err) == (
        2,
        "k8slint: no rule is selected, so nothing would be checked\n",
    )


def test_the_schema_that_is_shipped_is_that_of_the_rules() -> None:
    shipped = json.loads(config.SCHEMA.read_text(encoding="utf-8"))
    assert shipped == config.schema(load())


def test_the_schema_is_a_json_schema_that_says_what_everything_is_for() -> None:
    schema = config.schema(load())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert all("description" in one for one in schema["properties"].values())
    options = {rule.code: dict(rule.options) for rule in load().rules if rule.options}
    assert options == {
        code: {name: one["default"] for name, one in of["properties"].items()}
        for code, of in schema["$defs"].items()
        if code in options
    }


IN_SCHEMA = [
    name
    for name, (_, _, message) in MISTAKES.items()
    if re.search("unknown key|not of type|not one of|minimum|no version", message)
]


@pytest.mark.parametrize("name", IN_SCHEMA)
def test_an_editor_finds_it_too(name: str) -> None:
    """Mistakes of type and spelling are known to the schema itself, not only to our code."""
    validator = jsonschema.Draft202012Validator(config.schema(load()))
    assert not validator.is_valid(yaml.safe_load(MISTAKES[name][0]))


def test_a_manifest_of_many_settings_folders_keeps_each(tmp_path: Path) -> None:
    ten = pod(spec="terminationGracePeriodSeconds: 75\n", app=SLEEP_60)
    make(tmp_path, {f"{name}/pod.yaml": ten for name in "abc"})
    make(tmp_path, {"a/.k8slint.yaml": "rules: {GS104: {window: 20}}"})
    make(tmp_path, {"b/.k8slint.yaml": "rules: {GS104: {window: 15}}"})
    assert check(tmp_path).places == ["a/pod.yaml:13 GS104"]
