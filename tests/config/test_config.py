"""Configuration files: which one counts, what it says, and how a mistake in it is answered."""

from __future__ import annotations

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from k8slint.config import Overrides
from k8slint.config.load import Reader, merge_extends
from k8slint.config.load import load_config as load_file
from k8slint.config.origin import Origin
from k8slint.config.read import _toml_line
from k8slint.config.schema import SHIPPED, schema
from k8slint.config.show import dump_effective
from k8slint.errors import UsageError
from k8slint.lint.rule import Severity
from k8slint.lint.rulebook import load_rules
from k8slint.lint.settings import Settings
from k8slint.shutdown.drain_row import DrainRow
from k8slint.workspace import Workspace
from tests.command import check, contents, k8slint, make
from tests.manifests import CLEAN, ERROR, FIXED, INFO, SLEEP_60, WARNING, pod


def of(file: Path) -> Origin:
    """A configuration of the user's own."""
    return Origin(str(file), "", ())


SILENT = "select: [GS202]\n"
LOUD = "fail-on: info\n"
SILENT_TOML = '[tool.k8slint]\nselect = ["GS202"]\n'

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
    "--select beats its ignore": ({".k8slint.yaml": "ignore: [GS106]"}, "--select GS106", {}, 1),
    "--ignore adds to it": ({".k8slint.yaml": "ignore: [GS1]"}, "--ignore GS2", {}, 0),
    "pyproject": ({"pyproject.toml": SILENT_TOML}, "", {}, 0),
    "pyproject without the table": (
        {".k8slint.yaml": SILENT, "a/pyproject.toml": '[project]\nname = "k8slint-user"'},
        "",
        {},
        0,
    ),
    "a broken pyproject that is not about us": (
        {".k8slint.yaml": SILENT, "a/pyproject.toml": "[project"},
        "",
        {},
        0,
    ),
    "a pyproject with an empty table": (
        {".k8slint.yaml": SILENT, "a/pyproject.toml": "[tool.k8slint]"},
        "",
        {},
        1,
    ),
    "YAML beats pyproject": ({"a/pyproject.toml": SILENT_TOML, "a/.k8slint.yml": LOUD}, "", {}, 1),
    "a nearer pyproject wins": (
        {".k8slint.yaml": LOUD, "a/pyproject.toml": SILENT_TOML},
        "",
        {},
        0,
    ),
    "--config with TOML": ({"x/y.toml": SILENT_TOML}, "--config x/y.toml", {}, 0),
    "--isolated": (
        {".k8slint.yaml": SILENT, "a/pyproject.toml": SILENT_TOML},
        "--isolated",
        {},
        1,
    ),
    "--isolated beats the environment": (
        {"x.yaml": SILENT},
        "--isolated",
        {"K8SLINT_CONFIG": "x.yaml"},
        1,
    ),
    "--isolated does not even look": ({".k8slint.yaml": "selct: []"}, "--isolated", {}, 1),
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
SHOP = """\
apiVersion: shop.io/v1
kind: Shop
metadata: {name: web}
spec:
  groups:
  - pod:
      spec:
        terminationGracePeriodSeconds: 0
        containers:
        - {name: app, image: a, lifecycle: {preStop: {exec: {command: [sleep, '60']}}}}
"""
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
    "off": ("rules: {GS106: {severity: off}}", EXEC_SLEEP, "GS202"),
    "off in quotes": ('rules: {zero-grace-period: {severity: "off"}}', EXEC_SLEEP, "GS202"),
    "off and select": (
        "select: [GS106, GS2]\nrules: {GS106: {severity: off}}",
        EXEC_SLEEP,
        "GS202",
    ),
    "off is not more than ignore": (
        "select: [GS106]\nextend-select: [GS2]\nignore: [GS1]\nrules: {GS202: {severity: off}}",
        EXEC_SLEEP,
        "GS106",
    ),
    "ignored in the file": ("per-file-ignores: {pod.yaml: [GS1]}", EXEC_SLEEP, "GS202"),
    "ignored in all": ("per-file-ignores: {'*': [prefer-native-sleep]}", EXEC_SLEEP, "GS106"),
    "ignored in another file": ("per-file-ignores: {web.yaml: [GS1]}", EXEC_SLEEP, "GS106 GS202"),
    "ignored by two patterns": (
        "per-file-ignores: {'pod.*': [GS1], '/pod.yaml': [GS2]}",
        EXEC_SLEEP,
        "",
    ),
    "ignored in the file, whatever selects it": (
        "select: [GS106, GS202]\nper-file-ignores: {pod.yaml: [GS1]}",
        EXEC_SLEEP,
        "GS202",
    ),
    "all ignored in the file": ("per-file-ignores: {pod.yaml: [ALL]}", EXEC_SLEEP, ""),
    "no kind of one's own": ("{}", SHOP, ""),
    "a kind of one's own": (
        "pod-templates:\n- kind: Shop\n  group: shop.io\n  paths: ['spec.groups[].pod.spec']",
        SHOP,
        "GS106 GS202",
    ),
    "a kind of any group": (
        "pod-templates: [{kind: Shop, paths: [spec.x, 'spec.groups[].pod.spec']}]",
        SHOP,
        "GS106 GS202",
    ),
    "a kind of another group": (
        "pod-templates: [{kind: Shop, group: example.com, paths: ['spec.groups[].pod.spec']}]",
        SHOP,
        "",
    ),
    "a known kind of another group": (
        "pod-templates:\n- {kind: Deployment, group: shop.io, paths: [spec.groups.*.spec]}",
        SHOP.replace("Shop", "Deployment").replace("- pod:", "  pod:"),
        "GS106 GS202",
    ),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_what_a_setting_does(tmp_path: Path, name: str) -> None:
    text, manifest, codes = EFFECTS[name]
    make(tmp_path, {".k8slint.yaml": text, "pod.yaml": manifest})
    version = () if "version" in text else ("--kubernetes-version", "1.30")
    ran = check(tmp_path, ".", "--exclude", ".k8slint.yaml", *version)
    assert [place.split()[1] for place in ran.places] == codes.split()


# A configuration, what the call adds, and what is found; None where nothing is left to run.
LAST_WORD: dict[tuple[str, str], str | None] = {
    ("", "--ignore ALL"): None,
    ("", "--ignore DEFAULT"): None,
    ("ignore: [ALL]", ""): None,
    ("select: [GS1]", "--ignore ALL"): None,
    ("select: [GS106]", "--ignore ALL"): None,
    ("select: [GS106, GS202]", "--ignore GS1"): "GS202",
    ("extend-select: [zero-grace-period]", "--ignore GS1"): "GS202",
    ("", "--ignore ALL --extend-select GS106"): "GS106",
    ("", "--ignore ALL --select GS106"): "GS106",
    ("", "--ignore DEFAULT --select ALL,GS106"): "GS106",
    ("select: [GS106]", "--ignore GS1 --extend-select GS202"): "GS202",
    ("select: [GS106]", "--ignore GS1 --extend-select GS106"): "GS106",
    ("ignore: [GS202]", "--extend-select GS2"): "GS106",
    ("ignore: [GS202]", "--extend-select ALL"): "GS106",
    ("ignore: [GS2]", "--extend-select GS202"): "GS106 GS202",
    ("ignore: [GS106]", "--select GS1"): "GS106",
}


@pytest.mark.parametrize(("text", "arguments"), LAST_WORD)
def test_the_call_has_the_last_word(tmp_path: Path, text: str, arguments: str) -> None:
    make(tmp_path, {"pod.yaml": EXEC_SLEEP, ".k8slint.yaml": text})
    ran = check(tmp_path, "pod.yaml", *arguments.split(), "--kubernetes-version", "1.30")
    codes = LAST_WORD[text, arguments]
    if codes is None:
        assert (ran.code, ran.text) == (2, "")
        assert ran.err == "k8slint: no rule is selected, so nothing would be checked\n"
    else:
        assert [place.split()[1] for place in ran.places] == codes.split()


def test_standard_input_is_ignored_by_the_name_it_is_given(tmp_path: Path) -> None:
    make(tmp_path, {"a/.k8slint.yaml": "per-file-ignores: {/pod.yaml: [GS1]}"})
    stdin = EXEC_SLEEP.encode()
    codes = {"a/pod.yaml": ["GS202"], "a/b/pod.yaml": ["GS106", "GS202"]}
    for name, found in codes.items():
        ran = check(
            tmp_path, "-", "--stdin-filename", name, "--kubernetes-version", "1.30", stdin=stdin
        )
        assert [place.split()[1] for place in ran.places] == found


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
    make(tmp_path, {".k8slint.yaml": "extend-select: [GS202]"})
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
    "unknown key, nothing near": ("zzz: 1", 1, "unknown key 'zzz'; known: extends, kubernetes-v"),
    "key of the command line": ("unsafe-fixes: true", 1, "unknown key 'unsafe-fixes'"),
    "rules from a repository": ("rules: {}\nrule-folder: x", 2, "unknown key 'rule-folder'"),
    "key written twice": ("ignore: [GS1]\n\nignore: [GS2]", 1, "key 'ignore' is written twice"),
    "a text for a list": ("select: GS101", 1, "select: 'GS101' is not a list, such as [GS101]"),
    "nothing for a list": ("# all\nselect:\n", 2, "select: the value is missing"),
    "a number in a list": (
        "select:\n- GS1\n- 101\n",
        3,
        "select.1: 101 is not a string: put it in quotes",
    ),
    "an unknown level": ("fail-on: fatal", 1, "fail-on: 'fatal' is not one of"),
    "a version as a number": ("---\nkubernetes-version: 1.30", 2, "not a version in quotes"),
    "a version as a word": ("kubernetes-version: latest", 1, "not a version in quotes"),
    "an unknown rule": ("ignore:\n- GS1\n- GS10I\n", 3, "'GS10I'; did you mean GS"),
    "options of an unknown rule": (
        "rules:\n  GS10I: {}",
        2,
        "rules: no rule is called 'GS10I'; did you mean GS",
    ),
    "a rule that may be one of --rules": ("rules:\n  ACME001: {}", 2, "your own take --rules DIR"),
    "one rule by two words": (
        "rules:\n  GS106: {severity: info}\n  zero-grace-period: {severity: off}",
        3,
        "zero-grace-period and GS106 are the same rule",
    ),
    "a severity there is not": (
        "rules:\n  GS106: {severity: fatal}",
        2,
        "rules.GS106.severity: 'fatal' is not one of",
    ),
    "a severity without its key": ("rules: {GS106: error}", 1, "write {severity: error}"),
    "neither a severity nor a mapping": (
        "rules: {GS106: high}",
        1,
        "rules.GS106: 'high' is not a mapping, such as {key: value}",
    ),
    "a severity that is left out": (
        "rules:\n  GS106:\n    severity:",
        3,
        "rules.GS106.severity: the value is missing: remove the key, or give it a value",
    ),
    "an unknown rule for some files": (
        "per-file-ignores:\n  a/**: [GS1]\n  b/**:\n  - GS1\n  - zero-grace-periot\n",
        5,
        "'zero-grace-periot'; did you mean zero-grace-period",
    ),
    "a pattern that takes back": (
        "per-file-ignores:\n  a/**: [GS1]\n  '!b/**': [GS1]",
        3,
        "per-file-ignores: '!b/**' is not a pattern of files in which to ignore rules",
    ),
    "yes for true": ("preview: yes", 1, "preview: 'yes' is neither true nor false"),
    "a path that is none": (
        "pod-templates:\n- kind: Shop\n  paths:\n  - spec.template.spec\n  - /spec/template\n",
        5,
        "pod-templates.0.paths.1: '/spec/template' is not a path of keys, such as spec.template",
    ),
    "a kind that is none": (
        "pod-templates: [{kind: example.com/Shop, paths: [spec]}]",
        1,
        "'example.com/Shop' is not a kind, such as Deployment",
    ),
    "a kind without paths": ("pod-templates:\n- kind: Shop", 2, "'paths' is a required property"),
    "a kind that is built in": (
        "pod-templates:\n- {kind: A, paths: [b]}\n- {kind: Deployment, group: apps, paths: [a]}",
        3,
        "pod-templates.1: the pods of a Deployment are read without it",
    ),
    "extends nothing": ("\nextends: no/such.yaml", 2, "extends: no such file"),
    "extends no path": ("extends: [a.yaml]", 1, "extends: ['a.yaml'] is not a string"),
    "extends itself": ("extends: ./.k8slint.yaml", 1, "extends: circular: "),
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
    "a program that is never recognised": (
        "programs:\n- {name: a, flag: --b}",
        2,
        "programs.0: one of these keys is required: command, image, variable",
    ),
    "a program without a time": (
        "programs:\n- {name: a, command: a}",
        2,
        "programs.0: one of these keys is required: flag, env, default, settings",
    ),
    "a program without words": (
        "programs:\n- {name: a, command: '', flag: --b}",
        2,
        "programs.0.command: '' is not a name",
    ),
    "a program among others without words": (
        "programs:\n- {name: a, command: [b, ' '], flag: --b}",
        2,
        "programs.0.command.1: ' ' is not a name",
    ),
    "a number for texts": (
        "programs:\n- {name: a, command: a, flag: 3}",
        2,
        "programs.0.flag: 3 is not a string: put it in quotes",
    ),
    "a time that is two things": (
        "programs:\n- {name: a, command: a, default: {seconds: 3, unknown: who knows}}",
        2,
        "programs.0.default: exactly one of these keys is required: seconds, unknown, unbounded",
    ),
    "a text for a time": (
        "programs:\n- {name: a, command: a, default: long}",
        2,
        "programs.0.default: 'long' is not a number",
    ),
    "a setting beside the others": (
        "programs:\n- name: a\n  command: a\n  settings: [{env: B}]\n  unit: ms",
        5,
        "programs.0.unit belongs in `settings`, with the others",
    ),
    "no day": (
        "programs:\n- {name: a, command: a, default: 3, date: today}",
        2,
        "programs.0.date: 'today' is not a date, such as 2026-11-29",
    ),
    "a drain of nothing": (
        "drains:\n- {seconds: 3}",
        2,
        "drains.0: one of these keys is required: workload, image",
    ),
    "a drain without seconds": (
        "drains:\n- {workload: web}",
        2,
        "drains.0: 'seconds' is a required property",
    ),
    "a drain with a unit": (
        "drains:\n- {workload: web, seconds: 25s}",
        2,
        "drains.0.seconds: '25s' is not a number",
    ),
    "a drain that ends before it begins": (
        "drains:\n- {workload: web, seconds: -1}",
        2,
        "drains.0.seconds: -1 is less than the minimum of 0",
    ),
    "a drain of a workload with a version": (
        "drains:\n- {workload: apps/v1/Deployment/web, seconds: 3}",
        2,
        "drains.0.workload: 'apps/v1/Deployment/web' is not a workload, such as web,",
    ),
    "a drain of an image with a tag": (
        "drains:\n- {image: 'shop/web:1', seconds: 3}",
        2,
        "drains.0.image: 'shop/web:1' is not the end of the path of an image, such as shop/web",
    ),
    "a mistyped key of a drain": (
        "drains:\n- {worklod: web, seconds: 3}",
        2,
        "unknown key 'worklod' in drains.0; did you mean 'workload'?",
    ),
    "a text for a number": (
        "rules: {GS101: {margin: '3'}}",
        1,
        "rules.GS101.margin: '3' is not an integer",
    ),
    "yes for a number": ("rules: {GS101: {margin: true}}", 1, "True is not an integer"),
    "a negative number": ("rules: {GS101: {margin: -3}}", 1, "less than the minimum of 0"),
    "no YAML": ("# x\nselect: [GS1\nignore: []", 3, "expected ',' or ']'"),
    "no YAML in a document": ("# x\n---\nselect: [GS1\nignore: []", 4, "expected ',' or ']'"),
    "a tab": ("rules:\n\tGS101: {}", 2, "a tab is used as indentation"),
    "a list": ("- GS101", None, "must be a single mapping of keys to values"),
    "a word": ("GS101", None, "must be a single mapping of keys to values"),
    "two documents": ("select: [GS1]\n---\nignore: [GS2]", None, "a single mapping"),
    "an alias": ("select: &a [GS1]\nignore: *a", None, "anchors and aliases are not supported"),
    "a list for a mapping": (
        "rules: [GS1]",
        1,
        "rules: ['GS1'] is not a mapping, such as {key: v",
    ),
    "nested without end": ("x: " + "[" * 5_000 + "]" * 5_000, 1, "nested deeper than"),
    # Whether that is too deep depends on Python.
    "nested far": ("x: " + "[" * 900 + "]" * 900, None, ""),
    "no text": (b"\xff\xfes", None, "the file is UTF-16"),
    "no UTF-8": (b"select: [\xe4]", None, "byte 0xe4 is not valid UTF-8"),
}

# As MISTAKES, below `[project]` in a pyproject.toml.
TOML_MISTAKES: dict[str, tuple[str, int, str]] = {
    "unknown key": ('[tool.k8slint]\nselct = ["GS1"]', 2, "unknown key 'selct'; did you mean"),
    "far down": (
        "[tool.k8slint]\n# ignore = [\nexclude = [\n  'a',\n]\n\nselct = []",
        7,
        "unknown key 'selct'",
    ),
    "a dotted key": ("[tool]\nk8slint.fail-on = 'fatal'", 2, "fail-on: 'fatal' is not one of"),
    "a table": (
        "[tool.k8slint.rules.GS101]\nmargin = 3\n[tool.k8slint.rules.GS10I]\nmargin = 3",
        3,
        "rules: no rule is called 'GS10I'; did you mean GS",
    ),
    "a key in a table": (
        "[tool.k8slint.rules.GS101]\nwindow = 3\nmargn = 3",
        3,
        "unknown key 'margn' in rules.GS101; did you mean 'margin'?",
    ),
    "an item of a list": (
        '[tool.k8slint]\nignore = [\n  "GS1",\n  "GS10I", # all\n]',
        4,
        "'GS10I'; did you mean GS",
    ),
    "a table in a list": (
        "[tool.k8slint]\nprograms = [{name='a', image='a', env='A'},\n{name='b', env='B'}]",
        2,
        "programs.1: one of these keys is required: command, image, variable",
    ),
    "below many tables": (
        "[[tool.k8slint.programs]]\nname = 'a'\ncommand = 'a'\nenv = 'A'\n[tool.k8slint.rules.G]",
        5,
        "rules: no rule is called 'G'",
    ),
    "in a text of many lines": (
        '[tool.k8slint]\nexclude = ["""\nselct = 1\n"""]\nselct = 1',
        5,
        "unknown key 'selct'",
    ),
    "a version as a number": (
        "[tool.k8slint]\nkubernetes-version = 1.31",
        2,
        "kubernetes-version: 1.31 is not a version in quotes",
    ),
    "a date": ("[tool.k8slint]\nignore = [2020-01-01]", 2, "is not a string: put it in quotes"),
    "no table": ("[tool]\nk8slint = 3", 2, "tool.k8slint is not a table"),
    "CRLF": ("[tool.k8slint]\r\nignore = []\r\nselct = []\r\n", 3, "unknown key 'selct'"),
    "no TOML": ("[tool.k8slint]\nignore = [GS1]", 2, "Invalid value"),
    "no end": ("[tool.k8slint]\nignore = [\n\n", 3, "Invalid value"),
    "written twice": ("[tool.k8slint]\nignore = []\nignore = []", 3, "Cannot overwrite a value"),
    "a text for a mapping": ("[tool.k8slint]\nrules = 'GS1'", 2, "rules: 'GS1' is not a mapping"),
    "extends nothing": ("[tool.k8slint]\nextends = 'x.toml'", 2, "extends: no such file"),
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


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    text = """\
        selct: [GS1]
        fail-on: warn
        rules:
          GS101: {margn: 3, windw: 2}
          my-rule: {severity: error}
        ignore: [GS1O1, my-rule, GS101]
        programs:
        - {nam: x, flag: [a]}
        """
    make(tmp_path, {".k8slint.yaml": dedent(text), "pod.yaml": ERROR})
    lines = check(tmp_path).err.splitlines()
    start = f"k8slint: {tmp_path / '.k8slint.yaml'}:"
    assert all(line.startswith(start) for line in lines)
    assert [line.removeprefix(start) for line in lines] == [
        "1: unknown key 'selct'; did you mean 'select'?",
        "2: fail-on: 'warn' is not one of error, warning, info; did you mean warning?",
        "4: unknown key 'margn' in rules.GS101; did you mean 'margin'?",
        "4: unknown key 'windw' in rules.GS101; did you mean 'window'?",
        "5: rules: no rule is called 'my-rule'; rules of your own take --rules DIR",
        "6: no rule is called 'GS1O1'; did you mean GS711 or GS101 or GS901?",
        "6: no rule is called 'my-rule'; rules of your own take --rules DIR",
        "8: unknown key 'nam' in programs.0; did you mean 'name'?",
    ]


@pytest.mark.parametrize("text", ["{}: 1", "ignore: [{}]", "rules: {{{}: {{}}}}"])
def test_no_more_mistakes_are_reported_than_can_be_read(tmp_path: Path, text: str) -> None:
    words = [f"x{number}" for number in range(300)]
    if "[" in text:
        text = text.format(", ".join(words))
    elif "{{" in text:
        text = "rules:\n" + "".join(f"  {word}: {{}}\n" for word in words)
    else:
        text = "".join(f"{word}: 1\n" for word in words)
    make(tmp_path, {".k8slint.yaml": text, "pod.yaml": ERROR})
    ran = check(tmp_path)
    assert (ran.code, ran.err.count("\n")) == (2, 21)
    assert ran.err.endswith(": there may be more mistakes, once these are mended\n")


@pytest.mark.parametrize("name", TOML_MISTAKES)
def test_a_mistake_in_toml_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    text, line, message = TOML_MISTAKES[name]
    break_ = "\r\n" if "\r" in text else "\n"
    head = break_.join(["[project]", 'name = "k8slint-user"', "", ""])
    make(tmp_path, {"pyproject.toml": head + text, "pod.yaml": ERROR})
    ran = check(tmp_path, ".")
    assert (ran.code, ran.text) == (2, "")
    assert ran.err.startswith(f"k8slint: {tmp_path}/pyproject.toml:{line + 3}: ")
    assert message in ran.err
    assert ran.err.count("\n") == 1


@given(st.data())
def test_every_key_in_toml_is_found_on_its_line(data: st.DataObject) -> None:
    """Whatever stands before a key, in as many lines as it likes."""
    before = data.draw(st.lists(st.sampled_from(STATEMENTS), unique=True))
    text = "\n".join(["[tool.k8slint]", *before, "wanted = [", "  'here',", "]", ""])
    line = text.count("\n") - 2
    assert _toml_line(text, ("tool", "k8slint", "wanted")) == line
    assert _toml_line(text, ("tool", "k8slint", "wanted", 0)) == line + 1


STATEMENTS = (
    "",
    "# wanted = [",
    "a = 1  # 'here'",
    'b = """\nwanted = [\n"""',
    "c = [\n  # ]\n  'wanted = [', \"]\",\n]",
    "d = {wanted = ['here']}",
    "e.wanted = ['here']",
    "f = '''\n[tool.k8slint.x]\n'''",
)


def test_no_configuration_at_all_and_one_is_a_contradiction(tmp_path: Path) -> None:
    make(tmp_path, {"x.yaml": "", "pod.yaml": ERROR})
    for command in (("check", "."), ("timeline", "."), ("config", "show")):
        ran = k8slint(tmp_path, *command, "--isolated", "--config", "x.yaml")
        assert (ran.code, ran.out) == (2, b"")
        assert "--isolated reads no configuration, --config names one" in ran.err


def test_toml_nested_without_end_is_told(tmp_path: Path) -> None:
    make(tmp_path, {"pyproject.toml": f"[tool.k8slint]\nselect = {'[' * 10_000}"})
    ran = check(tmp_path, ".")
    place = tmp_path / "pyproject.toml"
    assert (ran.code, ran.err) == (2, f"k8slint: {place}: nested too deeply for a configuration\n")


def test_a_configuration_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    make(tmp_path, {"a/pod.yaml": CLEAN, "b/pod.yaml": CLEAN, "b/.k8slint.yml/x": ""})
    (tmp_path / "a/.k8slint.yaml").symlink_to("nowhere.yaml")
    for folder, reason in (("a", "No such file or directory"), ("b", "it is a folder")):
        ran = check(tmp_path, folder)
        assert ran.code == 2
        assert f": cannot be read: {reason}" in ran.err


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


def test_the_schema_is_a_json_schema_that_says_what_everything_is_for() -> None:
    whole = schema(load_rules())
    jsonschema.Draft202012Validator.check_schema(whole)
    for key, about in whole["properties"].items():
        assert about["description"]
        validator = jsonschema.Draft202012Validator(whole)
        assert all(validator.is_valid({key: example}) for example in about["examples"])
        assert "default" not in about or validator.is_valid({key: about["default"]})
    options = {rule.code: dict(rule.options) for rule in load_rules().rules}
    assert options == {
        code: {
            name: one["default"] for name, one in of["properties"].items() if name != "severity"
        }
        for code, of in whole["$defs"].items()
        if code in options
    }
    assert {*whole["properties"]["rules"]["properties"]} == {
        word for rule in load_rules().rules for word in (rule.code, rule.name)
    }


@pytest.mark.parametrize("text", ["", "\n", "# Nothing yet.\n", "---\n", "null\n", "{}\n"])
def test_an_empty_file_is_a_configuration(tmp_path: Path, text: str) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SHIPPED.read_text(encoding="utf-8")))
    assert validator.is_valid(YAML(typ="safe", pure=True).load(text))
    make(tmp_path, {".k8slint.yaml": text, "pod.yaml": CLEAN})
    ran = k8slint(tmp_path, "check", ".")
    assert (ran.code, ran.err) == (0, "No findings in 1 workload.\n")


IN_SCHEMA = [
    name
    for name, (_, _, message) in MISTAKES.items()
    if re.search("unknown key|not of type|not one of|minimum|is not an? [vpk]|required", message)
]


@pytest.mark.parametrize("name", IN_SCHEMA)
def test_an_editor_finds_it_too(name: str) -> None:
    """Mistakes of type and spelling are known to the schema itself, not only to our code."""
    validator = jsonschema.Draft202012Validator(schema(load_rules()))
    assert not validator.is_valid(YAML(typ="safe", pure=True).load(MISTAKES[name][0]))


def test_a_manifest_of_many_settings_folders_keeps_each(tmp_path: Path) -> None:
    ten = pod(spec="terminationGracePeriodSeconds: 75\n", app=SLEEP_60)
    make(tmp_path, {f"{name}/pod.yaml": ten for name in "abc"})
    make(tmp_path, {"a/.k8slint.yaml": "rules: {GS104: {window: 20}}"})
    make(tmp_path, {"b/.k8slint.yaml": "rules: {GS104: {window: 15}}"})
    assert check(tmp_path).places == ["a/pod.yaml:13 GS104"]


TEN = "lifecycle: {preStop: {sleep: {seconds: 10}}}\n"
DRAIN = pod(spec="terminationGracePeriodSeconds: 1\n", app=TEN)  # GS001 error, GS106 info
BROKEN = "kind: Pod\nspec: ["
HOOK = pod(app="lifecycle: {preStop: {exec: {command: [sleep, infinity]}}}\n")  # GS206 warning

# What a severity makes of findings, in the order of their codes: those a rule has by itself, those
# it finds milder than usual (GS106 of a grace period above 0), and worse (GS206 of a sleep).
SEVERITIES: dict[str, tuple[str, str | bytes, str]] = {
    "usual to milder": ("GS001: {severity: info}", DRAIN, "GS001 info, GS106 info"),
    "usual to the same": ("GS001: {severity: error}", DRAIN, "GS001 error, GS106 info"),
    "by name": (
        "sleep-exceeds-grace-period: {severity: warning}",
        DRAIN,
        "GS001 warning, GS106 info",
    ),
    "milder stays milder": ("GS106: {severity: error}", DRAIN, "GS001 error, GS106 info"),
    "usual to worse": ("GS106: {severity: error}", WARNING, "GS106 error"),
    "worse is no worse than said": ("GS206: {severity: info}", HOOK, "GS206 info"),
    "worse follows up": ("GS206: {severity: error}", HOOK, "GS206 error"),
    "no text": (
        "GS900: {severity: warning}",
        b"\xff\xfe" + "kind: Pod".encode("utf-16-le"),
        "GS900 warning",
    ),
    "no YAML": (
        "GS900: {severity: warning}",
        ERROR + "---\nkind: Pod\nspec: [",
        "GS001 error, GS900 warning",
    ),
    "a key twice": (
        "GS900: {severity: info}",
        CLEAN.replace("kind: Pod", "kind: Pod\nkind: Pod"),
        "GS900 info",
    ),
}


@pytest.mark.parametrize("name", SEVERITIES)
def test_a_severity_is_that_of_the_usual_findings(tmp_path: Path, name: str) -> None:
    rules, manifest, levels = SEVERITIES[name]
    make(tmp_path, {".k8slint.yaml": f"rules: {{{rules}}}", "pod.yaml": manifest})
    found = k8slint(tmp_path, "check", "pod.yaml", "--output-format", "json").data["findings"]
    assert sorted(f"{one['code']} {one['severity']}" for one in found) == levels.split(", ")


@given(*[st.sampled_from(Severity)] * 3)
def test_a_severity_caps_and_never_lifts_what_is_mild(
    usual: Severity, own: Severity, configured: Severity
) -> None:
    rule = load_rules().rules[0]._replace(severity=usual, configured=configured)
    assert rule.rated() == configured
    assert rule.rated(own) <= configured
    assert own >= usual or rule.rated(own) <= own


def test_a_severity_decides_the_exit_code_and_what_is_fixed(tmp_path: Path) -> None:
    make(tmp_path, {".k8slint.yaml": "rules: {GS001: {severity: info}}", "pod.yaml": ERROR})
    assert check(tmp_path, ".", "--fix").code == 0
    assert (tmp_path / "pod.yaml").read_text() == ERROR
    assert check(tmp_path, ".", "--fix", "--fail-on", "info").code == 0
    assert (tmp_path / "pod.yaml").read_text() == FIXED


def test_a_file_that_cannot_be_read_is_not_fixed_whatever_its_severity(tmp_path: Path) -> None:
    broken = f"{ERROR}---\n{BROKEN}"
    make(tmp_path, {".k8slint.yaml": "rules: {GS900: {severity: info}}", "pod.yaml": broken})
    assert check(tmp_path, "pod.yaml", "--fix").code == 1
    assert (tmp_path / "pod.yaml").read_text() == broken


BASE = "ignore: [GS1]\nrules: {GS101: {margin: 3}, GS102: {margin: 3}}\nfail-on: info\n"

# What `a/.k8slint.yaml` amounts to, by the same text without `extends`.
EXTENDED: dict[str, tuple[dict[str, str], str]] = {
    "nothing added": ({"a/.k8slint.yaml": "extends: ../base.yaml", "base.yaml": BASE}, BASE),
    "a list is replaced": (
        {"a/.k8slint.yaml": "extends: ../base.yaml\nignore: [GS2]", "base.yaml": "ignore: [GS1]"},
        "ignore: [GS2]",
    ),
    "a mapping is replaced": (
        {"a/.k8slint.yaml": "extends: ../b.yaml\nrules: {GS101: {window: 3}}", "b.yaml": BASE},
        "ignore: [GS1]\nrules: {GS101: {window: 3}}\nfail-on: info",
    ),
    "a chain, each path from its own file": (
        {
            "a/.k8slint.yaml": "extends: ../b/c.yaml\nignore: [GS2]",
            "b/c.yaml": "extends: d/e.yaml\nfail-on: error",
            "b/d/e.yaml": "ignore: [GS3]\nfail-on: info\nselect: [ALL]",
        },
        "ignore: [GS2]\nfail-on: error\nselect: [ALL]",
    ),
    "TOML and back": (
        {
            "a/.k8slint.yaml": "extends: ../pyproject.toml",
            "pyproject.toml": "[tool.k8slint]\nextends = 'b.yaml'\nignore = ['GS2']",
            "b.yaml": "fail-on: info",
        },
        "ignore: [GS2]\nfail-on: info",
    ),
    "an empty base": (
        {"a/.k8slint.yaml": "extends: b.yaml\npreview: true", "a/b.yaml": ""},
        "preview: true",
    ),
    "paths count from their own file": (
        {"a/.k8slint.yaml": "extends: ../b/c.yaml", "b/c.yaml": "context: [d, ../e]"},
        "context: [../b/d, ../e]",
    ),
    "patterns count from the one that extends": (
        {"a/.k8slint.yaml": "extends: ../b/c.yaml", "b/c.yaml": "exclude: [/gen]"},
        "exclude: [/gen]",
    ),
}


@pytest.mark.parametrize("name", EXTENDED)
def test_extends(tmp_path: Path, name: str) -> None:
    files, same = EXTENDED[name]
    make(tmp_path, files)
    overrides = Overrides(named=(str(tmp_path),))
    settings = Workspace(overrides).settings_of(str(tmp_path / "a"))
    make(tmp_path, {"a/.k8slint.yaml": same})
    assert Workspace(overrides).settings_of(str(tmp_path / "a")) == settings


BAD_CHAINS: dict[str, tuple[dict[str, str], str, str]] = {
    "a circle of three": (
        {
            ".k8slint.yaml": "extends: a.yaml",
            "a.yaml": "extends: b/c.yaml",
            "b/c.yaml": "\nextends: ../a.yaml",
        },
        "b/c.yaml:2",
        "extends: circular: ",
    ),
    "a mistake in the other file": (
        {".k8slint.yaml": "extends: a.yaml", "a.yaml": "ignore: []\nselct: []"},
        "a.yaml:2",
        "unknown key 'selct'",
    ),
    "a rule in the other file": (
        {".k8slint.yaml": "extends: a.yaml\nignore: [GS1]", "a.yaml": "select:\n- GS1\n- GS10I"},
        "a.yaml:3",
        "no rule is called 'GS10I'",
    ),
    "a base that is missing": (
        {".k8slint.yaml": "extends: a.yaml", "a.yaml": "ignore: []\nextends: b.yaml"},
        "a.yaml:2",
        "extends: no such file",
    ),
    "TOML without the table": (
        {".k8slint.yaml": "extends: pyproject.toml", "pyproject.toml": ""},
        "pyproject.toml",
        "[tool.k8slint] is missing",
    ),
}


@pytest.mark.parametrize("name", BAD_CHAINS)
def test_a_mistake_in_a_chain_names_the_file_that_has_it(tmp_path: Path, name: str) -> None:
    files, place, message = BAD_CHAINS[name]
    make(tmp_path, {**files, "pod.yaml": ERROR})
    ran = check(tmp_path, ".")
    assert (ran.code, ran.text) == (2, "")
    assert ran.err.startswith(f"k8slint: {tmp_path}/{place}: {message}")


# The same settings in both languages.
SAME = {
    "lists": ("select: [ALL]\nignore: [GS1]", "select = ['ALL']\nignore = ['GS1']"),
    "a version": ('kubernetes-version: "1.30"', "kubernetes-version = '1.30'"),
    "rules": (
        "rules: {GS101: {margin: 3, severity: off}}",
        "[tool.k8slint.rules.GS101]\nmargin = 3\nseverity = 'off'",
    ),
    "files": ("per-file-ignores: {'a/**': [GS1]}", "per-file-ignores.'a/**' = ['GS1']"),
    "programs": (
        "programs: [{name: a, command: b, default: 1.5}]",
        "[[tool.k8slint.programs]]\nname = 'a'\ncommand = 'b'\ndefault = 1.5",
    ),
    "kinds": (
        "pod-templates: [{kind: A, paths: [b.c]}]\npreview: true",
        "preview = true\n[[tool.k8slint.pod-templates]]\nkind = 'A'\npaths = ['b.c']",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_toml_says_what_yaml_says(tmp_path: Path, name: str) -> None:
    as_yaml, as_toml = SAME[name]
    make(tmp_path, {"a.yaml": as_yaml, "a.toml": f"[tool.k8slint]\n{as_toml}"})
    assert load_file(of(tmp_path / "a.yaml"), Reader()) == load_file(
        of(tmp_path / "a.toml"), Reader()
    )
    assert load_file(of(tmp_path / "a.yaml"), Reader()) != Settings()


def test_a_declared_drain_knows_its_line(tmp_path: Path) -> None:
    drains = "drains:\n- {workload: web, seconds: 3}\n- image: shop/web\n  seconds: 4.5\n"
    as_toml = "[tool.k8slint]\n[[tool.k8slint.drains]]\nseconds = 3\nworkload = 'web'"
    make(tmp_path, {"a.yaml": "extends: b.yaml", "b.yaml": drains, "c.toml": as_toml})
    assert load_file(of(tmp_path / "a.yaml"), Reader()).drains == (
        DrainRow(3, workload="web", place="b.yaml:2"),
        DrainRow(4.5, image="shop/web", place="b.yaml:3"),
    )
    (row,) = load_file(of(tmp_path / "c.toml"), Reader()).drains
    assert (row.seconds, row.workload, row.place.partition(":")[0]) == (3, "web", "c.toml")


def test_a_chain_has_twenty_files_at_most(tmp_path: Path) -> None:
    chain = {f"{number}.yaml": f"extends: {number + 1}.yaml" for number in range(1, 20)}
    make(tmp_path, chain | {"20.yaml": "ignore: [GS1]"})
    assert load_file(of(tmp_path / "1.yaml"), Reader()).ignore == ("GS1",)
    make(tmp_path, {"0.yaml": "extends: 1.yaml"})
    with pytest.raises(UsageError, match="the chain is longer than 20 files"):
        load_file(of(tmp_path / "0.yaml"), Reader())


SHOWN = """\
# .k8slint.yaml:3
kubernetes-version: "1.34"
# default
feature-gates: []
# base.toml:3
select: [ALL]
# default
extend-select: []
# default
ignore: []
# .k8slint.yaml:4
per-file-ignores:
  "dev/**": [GS1, zero-grace-period]
# default
preview: false
# default
exclude: []
# default
context: []
# default
fail-on: warning
# .k8slint.yaml:6
programs:
  - {name: shop server, command: shopd, default: 2.5}
# default
drains: []
# default
measured-drains: {}
# default
pod-templates: []
# default
images: []
# default
dockerfiles: {}
# default
charts: {}
# default
render-timeout: 60
# base.toml:4
rules:
  GS106: {severity: "off"}
"""


def test_the_settings_of_a_path_are_shown_with_where_they_are_from(tmp_path: Path) -> None:
    text = """\
extends: base.toml
# the newest
kubernetes-version: "1.34"
per-file-ignores:
  dev/**: [GS1, zero-grace-period]
programs: [{name: shop server, command: shopd, default: 2.5}]
"""
    base = "[tool]\n[tool.k8slint]\nselect = ['ALL']\nrules.GS106.severity = 'off'"
    make(tmp_path, {".k8slint.yaml": text, "base.toml": base, "dev/pod.yaml": ERROR})
    ran = k8slint(tmp_path, "config", "show")
    assert (ran.code, ran.text, ran.err) == (0, SHOWN, "")
    here = k8slint(tmp_path, "config", "show", "dev/pod.yaml")
    assert here.text == f"{SHOWN}# ignored here by per-file-ignores: GS1, zero-grace-period\n"
    isolated = k8slint(tmp_path, "config", "show", "--isolated").text
    assert {*re.findall("^# (.*)$", isolated, re.MULTILINE)} == {
        "default",
        "kubernetes-version is not set",
    }
    make(tmp_path, {"x.yaml": "fail-on: info"})
    named = k8slint(tmp_path, "config", "show", env={"K8SLINT_CONFIG": "x.yaml"}).text
    assert "\n# x.yaml:1 (K8SLINT_CONFIG)\nfail-on: info\n" in named
    missing = k8slint(tmp_path, "config", "show", "dve")
    assert (missing.code, missing.err) == (2, "k8slint: dve: no such file or folder\n")


words = st.text("aGS1-. *{}[]#:,&'\"!%@`é\\\noffyes0x", min_size=1, max_size=6)


@given(
    st.lists(words),
    st.lists(words),
    st.dictionaries(words.filter(lambda word: word[0] != "!"), st.just(["GS1"])),
)
def test_what_is_shown_is_a_configuration_that_says_the_same(
    gates: list[str], patterns: list[str], ignores: dict[str, list[str]]
) -> None:
    said = {"feature-gates": gates, "exclude": patterns, "per-file-ignores": ignores}
    with TemporaryDirectory() as name:
        given, shown = Path(name, "given.yaml"), Path(name, "shown.yaml")
        given.write_text(json.dumps(said), encoding="utf-8")
        shown.write_text(
            dump_effective(of(given), Reader(), load_file(of(given), Reader())), encoding="utf-8"
        )
        assert load_file(of(shown), Reader()) == load_file(of(given), Reader())


def test_a_configuration_to_begin_with_explains_all_and_changes_nothing(tmp_path: Path) -> None:
    ran = k8slint(tmp_path, "config", "init")
    assert (ran.code, ran.out, ran.err) == (0, b"", "Wrote .k8slint.yaml.\n")
    file = tmp_path / ".k8slint.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=https://")
    assert load_file(of(file), Reader()) == Settings()
    make(tmp_path, {"a/on.yaml": re.sub(r"^#(?! )|^#(?=  )", "", text, flags=re.MULTILINE)})
    assert {*merge_extends(of(tmp_path / "a/on.yaml"), Reader()), "extends"} == {
        *schema(load_rules())["properties"]
    }


THERE = {
    "YAML": {".k8slint.yaml": "select: [ALL]"},
    "yml": {".k8slint.yml": ""},
    "TOML": {"pyproject.toml": "[tool.k8slint]"},
}


@pytest.mark.parametrize("name", THERE)
def test_a_configuration_is_not_overwritten(tmp_path: Path, name: str) -> None:
    make(tmp_path, {f"a/{name}": text for name, text in THERE[name].items()})
    before = contents(tmp_path)
    ran = k8slint(tmp_path, "config", "init", "a")
    assert (ran.code, ran.err) == (
        2,
        f"k8slint: a/{min(THERE[name])} already exists and is not overwritten\n",
    )
    assert contents(tmp_path) == before


def test_a_configuration_needs_a_folder(tmp_path: Path) -> None:
    ran = k8slint(tmp_path, "config", "init", "no/such")
    assert (ran.code, ran.err) == (
        2,
        "k8slint: no/such/.k8slint.yaml: cannot be written: No such file or directory\n",
    )


def test_the_schema_is_printed(tmp_path: Path) -> None:
    assert k8slint(tmp_path, "config", "schema").text == SHIPPED.read_text(encoding="utf-8")


MISTYPED = {
    "check --selct GS1": "--select",
    "check --isolate": "--isolated",
    "chek": "'check'",
    "config shw": "'show'",
    "timeline --triger spot": "--trigger",
}


@pytest.mark.parametrize("name", MISTYPED)
def test_a_mistyped_option_is_answered_with_the_nearest(tmp_path: Path, name: str) -> None:
    ran = k8slint(tmp_path, *name.split())
    assert (ran.code, ran.out) == (2, b"")
    assert re.search(f"(?i)(possible options|did you mean).*{MISTYPED[name]}", ran.err)
