"""The command line's contract: exit codes, streams, options, formats."""

from __future__ import annotations

import errno
import io
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from k8slint import __version__
from k8slint.cli import output
from k8slint.lint import rulebook, run, scope, units, workers
from k8slint.lint.diff import unified_diff
from tests.command import Ran, check, contents, environment, k8slint, make
from tests.copies import Copy
from tests.manifests import CLEAN, ERROR, FIXED, INFO, SLEEP_28, WARNING, pod
from tests.tiers import long_except, tries

Need = Callable[[str], str]

FILES = {
    "clean.yaml": CLEAN,
    "info.yaml": INFO,
    "warning.yaml": WARNING,
    "error.yaml": ERROR,
    "broken.yaml": "kind: Pod\nspec: [\n",
    "template.yaml": "kind: Pod\nspec:\n  {{- if .x }}\n  a: b\n",
    "other.yaml": "kind: Service\nspec: {}\n",
    "empty.yaml": "",
}

CODES = {
    "clean.yaml": 0,
    "info.yaml": 0,
    "warning.yaml": 1,
    "error.yaml": 1,
    "broken.yaml": 1,
    "template.yaml": 0,
    "other.yaml": 0,
    "empty.yaml": 0,
    "": 1,
    "clean.yaml error.yaml": 1,
    "missing.yaml": 2,
    "missing.yaml error.yaml": 2,
    "missing.yaml clean.yaml": 2,
    "--exit-zero error.yaml": 0,
    "--exit-zero broken.yaml": 0,
    "--exit-zero missing.yaml": 2,
    "--fail-on error warning.yaml": 0,
    "--fail-on error error.yaml": 1,
    "--fail-on warning info.yaml": 0,
    "--fail-on info info.yaml": 1,
    "--fail-on bad info.yaml": 2,
    "--fix error.yaml": 0,
    "--fix warning.yaml": 1,
    "--fix --unsafe-fixes warning.yaml": 0,
    "--fix --exit-zero warning.yaml": 0,
    "--fix info.yaml": 0,
    "--diff clean.yaml": 0,
    "--diff error.yaml": 1,
    "--diff warning.yaml": 1,
    "--diff --exit-zero error.yaml": 0,
    "--diff --fix error.yaml": 1,
    "--statistics error.yaml": 1,
    "--output-format json error.yaml": 1,
    "--output-format xml error.yaml": 2,
    "--output-format json clean.yaml": 0,
    "--select GS101 error.yaml": 1,
    "--select GS106 error.yaml": 0,
    "--select GS7 clean.yaml": 0,
    "--select GS8 clean.yaml": 2,
    "--select , error.yaml": 2,
    "--select ALL --ignore ALL error.yaml": 2,
    "--select NONE empty.yaml": 2,
    "--select GS001 --ignore GS001 other.yaml": 2,
    "--kubernetes-version 1.x clean.yaml": 2,
    "--config missing.yaml clean.yaml": 2,
    "--config missing.yaml other.yaml": 2,
    "--no-such-option": 2,
    "- clean.yaml": 2,
    "--show-files": 0,
    "--show-files missing.yaml": 2,
    "-j -1": 2,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path, FILES)
    return tmp_path


def options(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize(("arguments", "code"), CODES.items(), ids=CODES)
def test_exit_code(folder: Path, arguments: str, code: int) -> None:
    assert k8slint(folder, "check", *options(arguments)).code == code


@pytest.mark.parametrize("arguments", [name for name, code in CODES.items() if code == 2])
def test_whoever_gets_exit_2_is_told_why(folder: Path, arguments: str) -> None:
    ran = k8slint(folder, "check", *options(arguments), "-q")
    assert ran.err.strip()
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("output_format", ["full", "concise", "json"])
@pytest.mark.parametrize("name", FILES)
def test_the_format_never_decides_the_code(folder: Path, name: str, output_format: str) -> None:
    ran = k8slint(folder, "check", "--output-format", output_format, name)
    assert ran.code == CODES[name]


FINDINGS = [
    "broken.yaml:3 GS900",
    "error.yaml:12 GS001",
    "info.yaml:12 GS104",
    "warning.yaml:6 GS106",
]


def test_findings_go_to_stdout_and_everything_else_to_stderr(folder: Path) -> None:
    ran = check(folder)
    assert ran.places == FINDINGS
    assert ran.err.splitlines() == [
        (
            "Skipped 1 unrendered template (pipe `helm template` into `k8slint check -`, or use "
            "--render with helm installed; -v lists it)."
        ),
        "Read 4 of 5 workload files and 0 of 1 template.",
        "Found 4 findings (2 errors, 1 warning, 1 info) in 5 workloads.",
        "[*] 1 fixable with --fix (1 more with --unsafe-fixes).",
    ]
    assert check(folder, "-q") == replace(ran, err="")


ENDS = {
    "clean.yaml": "No findings in 1 workload.",
    "empty.yaml": "No workload found in 1 file.",
    "template.yaml -q": "",
    "missing.yaml": "missing.yaml: no such file or folder\nNo workload found in 0 files.",
    "missing.yaml -q": "missing.yaml: no such file or folder",
    "warning.yaml": (
        "Found 1 finding (1 warning) in 1 workload.\n[-] 1 fixable with --unsafe-fixes."
    ),
    "warning.yaml --fail-on error": "Found 1 finding (1 warning) in 1 workload.",
    "error.yaml --fix": "No findings left in 1 workload, 1 fixed.",
    "error.yaml --diff": "No findings left in 1 workload, 1 would be fixed.",
    "warning.yaml --fix": (
        "Found 1 finding (1 warning) in 1 workload, 0 fixed.\n[-] 1 fixable with --unsafe-fixes."
    ),
    "template.yaml -v": (
        "template.yaml: skipped: an unrendered template\nSkipped 1 unrendered template (pipe "
        "`helm template` into `k8slint check -`, or use --render with helm installed).\n"
        "Warning: read only 0 of 1 template.\nNo workload found in 1 file."
    ),
}


@pytest.mark.parametrize("arguments", ["", "--fix", "--fail-on error", "--exit-zero", "--diff"])
@pytest.mark.parametrize("name", ["warning.yaml", "info.yaml", "broken.yaml"])
def test_nothing_sounds_like_success_while_something_is_left(
    folder: Path, name: str, arguments: str
) -> None:
    """As ansible-lint's "Passed" did."""
    ran = check(folder, name, *options(arguments))
    assert "Found 1 finding " in ran.err
    assert "No findings" not in ran.err


@pytest.mark.parametrize(("arguments", "end"), ENDS.items(), ids=ENDS)
def test_the_words_at_the_end(folder: Path, arguments: str, end: str) -> None:
    assert check(folder, *options(arguments)).err.rstrip() == end


def test_a_missing_path_does_not_stop_the_others(folder: Path) -> None:
    ran = check(folder, "nowhere", "error.yaml", "gone.yaml")
    assert ran.places == ["error.yaml:12 GS001"]
    assert ran.err.count("no such file or folder") == 2


def test_an_unreadable_file_does_not_stop_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> bytes:
        if path == "clean.yaml":
            raise PermissionError(13, "Permission denied")
        return Path(path).read_bytes()

    monkeypatch.setattr("k8slint.lint.task.read_bytes", refuse)
    ran = check(folder, "clean.yaml", "error.yaml", "--fix", "-q")
    assert ran.code == 2
    assert ran.err == "clean.yaml: cannot be read: Permission denied\n"
    assert (folder / "error.yaml").read_text() == FIXED


def test_a_folder_without_manifests_is_no_silent_success(tmp_path: Path) -> None:
    ran = check(tmp_path)
    said = "No file to check was found: names of manifests end in .yaml, .yml or .json.\n"
    assert (ran.code, ran.text, ran.err) == (0, "", said)


PATHS = {
    "": ["a.yaml", "pod.json", "sub/b.yml", "sub/deep/c.yaml"],
    ".": ["a.yaml", "pod.json", "sub/b.yml", "sub/deep/c.yaml"],
    "sub": ["sub/b.yml", "sub/deep/c.yaml"],
    "sub/deep sub/b.yml": ["sub/b.yml", "sub/deep/c.yaml"],
    "sub/deep/../b.yml": ["sub/b.yml"],
    "./a.yaml a.yaml . sub": ["a.yaml", "pod.json", "sub/b.yml", "sub/deep/c.yaml"],
    "notes.txt": ["notes.txt"],
    "pod.json a.yaml": ["a.yaml", "pod.json"],
    ". --exclude sub": ["a.yaml", "pod.json"],
    ". --exclude deep/": ["a.yaml", "pod.json", "sub/b.yml"],
    ". --exclude *.yml,a.*": ["pod.json", "sub/deep/c.yaml"],
    ". --exclude sub/* --exclude !sub/b.yml": ["a.yaml", "pod.json", "sub/b.yml"],
    ". --exclude /b.yml": ["a.yaml", "pod.json", "sub/b.yml", "sub/deep/c.yaml"],
    "sub/b.yml --exclude sub": ["sub/b.yml"],
    "sub/b.yml a.yaml --exclude sub --force-exclude": ["a.yaml"],
    "sub/b.yml --exclude sub --force-exclude": [],
}


@pytest.mark.parametrize(("arguments", "files"), PATHS.items(), ids=PATHS)
def test_paths(tmp_path: Path, arguments: str, files: list[str]) -> None:
    names = ("a.yaml", "sub/b.yml", "sub/deep/c.yaml", "notes.txt", "pod.json")
    make(tmp_path, dict.fromkeys(names, ERROR))
    shown = check(tmp_path, *options(arguments), "--show-files")
    assert shown.text.splitlines() == files
    linted = check(tmp_path, *options(arguments))
    assert linted.places == [f"{file}:12 GS001" for file in files]


NATIVE = pod(
    spec="terminationGracePeriodSeconds: 0\n",
    app="lifecycle: {preStop: {exec: {command: [sleep, '60']}}}\n",
)
SELECTED = {
    "": ["GS106", "GS202"],
    "--select ALL": ["GS106", "GS202"],
    "--select DEFAULT": ["GS106", "GS202"],
    "--select GS106": ["GS106"],
    "--select prefer-native-sleep": ["GS202"],
    "--select GS1": ["GS106"],
    "--select GS,": ["GS106", "GS202"],
    "--select GS106,GS202": ["GS106", "GS202"],
    "--select GS106 --select GS202": ["GS106", "GS202"],
    "--select GS106 --extend-select GS2": ["GS106", "GS202"],
    "--ignore GS1": ["GS202"],
    "--ignore prefer-native-sleep": ["GS106"],
    "--select GS1 --ignore GS106 --extend-select GS2": ["GS202"],
    "--select GS106 --ignore GS1": ["GS106"],
    "--select GS1 --ignore GS1 --extend-select GS2": ["GS202"],
    "--select ALL --ignore GS": [],
    "--select GS106 --ignore GS106 --extend-select GS2": ["GS202"],
    "--select ALL --ignore DEFAULT --extend-select GS202": ["GS202"],
    "--extend-select GS202 --ignore GS2": ["GS106", "GS202"],
}


@pytest.mark.parametrize("arguments", ["", "--select DEFAULT", "--ignore GS1", "--select GS2"])
def test_what_needs_a_version_is_on_where_there_is_one(tmp_path: Path, arguments: str) -> None:
    make(tmp_path, {"pod.yaml": NATIVE})
    found = " ".join(check(tmp_path, *options(arguments)).places)
    assert ("GS202" in found) == (arguments == "--select GS2")


@pytest.mark.parametrize(("arguments", "codes"), SELECTED.items(), ids=SELECTED)
def test_selection(tmp_path: Path, arguments: str, codes: list[str]) -> None:
    make(tmp_path, {"pod.yaml": NATIVE})
    ran = check(tmp_path, *options(arguments), "--kubernetes-version", "1.30")
    assert [place.split()[1] for place in ran.places] == codes
    if not codes:
        assert "no rule is selected" in ran.err


UNKNOWN = {
    "--select GS101x": "GS101",
    "--ignore prefer-native-slep": "prefer-native-sleep",
    "--extend-select misplaced-grace-perod": "misplaced-grace-period",
    "--select default": "DEFAULT",
}


@pytest.mark.parametrize(("arguments", "meant"), UNKNOWN.items(), ids=UNKNOWN)
def test_an_unknown_rule_is_answered_with_the_nearest(
    folder: Path, arguments: str, meant: str
) -> None:
    ran = check(folder, *options(arguments))
    assert (ran.code, ran.out) == (2, b"")
    assert re.search(rf"no rule is called .* did you mean .*\b{meant}\b", ran.err)


def test_the_version_of_the_cluster_counts(tmp_path: Path) -> None:
    make(tmp_path, {"pod.yaml": CLEAN})
    assert check(tmp_path, "--kubernetes-version", "1.30").code == 0
    assert check(tmp_path, "--kubernetes-version", "v1.29.3").places == ["pod.yaml:13 GS005"]


class TestStdin:
    """`-` reads a manifest; with `--fix` the repaired one comes back."""

    def test_it_is_linted(self, tmp_path: Path) -> None:
        ran = check(tmp_path, "-", stdin=ERROR.encode())
        assert (ran.code, ran.places) == (1, ["<stdin>:12 GS001"])

    def test_it_goes_by_the_name_it_is_given(self, tmp_path: Path) -> None:
        ran = check(tmp_path, "-", "--stdin-filename", "deploy/web.yaml", stdin=ERROR.encode())
        assert ran.places == ["deploy/web.yaml:12 GS001"]

    def test_the_name_finds_the_configuration(self, tmp_path: Path) -> None:
        make(tmp_path, {"deploy/.k8slint.yaml": "select: [GS106]\nexclude: [gen/]\n"})
        arguments = ("-", "--stdin-filename", "deploy/gen/web.yaml")
        assert check(tmp_path, *arguments, stdin=ERROR.encode()).code == 0
        assert check(tmp_path, "-", stdin=ERROR.encode()).code == 1
        excluded = check(tmp_path, *arguments, "--force-exclude", "--fix", stdin=ERROR.encode())
        assert excluded.text == ERROR

    def test_the_name_finds_the_kustomization(self, tmp_path: Path) -> None:
        make(tmp_path, {"kustomization.yaml": "patches: [{path: web.yaml}]\n"})
        ran = check(tmp_path, "-", "--stdin-filename", "web.yaml", stdin=ERROR.encode())
        assert ran.code == 0

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (ERROR, FIXED),
            (CLEAN, CLEAN),
            (FILES["template.yaml"], FILES["template.yaml"]),
            (FILES["broken.yaml"], FILES["broken.yaml"]),
            (FILES["other.yaml"], FILES["other.yaml"]),
            ("", ""),
            ("\ufeff" + ERROR.replace("\n", "\r\n"), "\ufeff" + FIXED.replace("\n", "\r\n")),
            (ERROR.rstrip(), FIXED.rstrip()),
        ],
    )
    def test_fixing_gives_the_whole_text(self, tmp_path: Path, before: str, after: str) -> None:
        ran = check(tmp_path, "-", "--fix", stdin=before.encode())
        assert ran.out == after.encode()
        assert not contents(tmp_path)

    def test_fixing_leaves_stdout_to_the_text(self, tmp_path: Path) -> None:
        ran = check(tmp_path, "-", "--fix", stdin=WARNING.encode())
        assert (ran.code, ran.text) == (1, WARNING)
        assert ran.err.startswith("<stdin>:6:34: GS106 [-]")

    def test_bytes_that_are_no_text_come_back_as_they_were(self, tmp_path: Path) -> None:
        data = ERROR.encode("utf-16")
        ran = check(tmp_path, "-", "--fix", stdin=data)
        assert (ran.code, ran.out) == (1, data)

    def test_a_diff_of_it(self, tmp_path: Path) -> None:
        ran = check(tmp_path, "-", "--diff", "--stdin-filename", "a.yaml", stdin=ERROR.encode())
        assert ran.code == 1
        assert ran.text.startswith("--- a.yaml\n+++ a.yaml\n@@ ")
        assert ran.text.endswith("\n+  terminationGracePeriodSeconds: 70\n")


DIFFED = {
    "plain.yaml": ERROR,
    "crlf.yaml": ERROR.replace("\n", "\r\n"),
    "bom.yaml": "\ufeff" + ERROR,
    "bom and crlf.yaml": "\ufeff" + ERROR.replace("\n", "\r\n"),
    "mixed.yaml": ERROR.replace("spec:\n", "spec:\r\n"),
    "no final newline.yaml": ERROR.rstrip(),
    "no-final-crlf.yaml": ERROR.replace("\n", "\r\n").rstrip(),
    "sub folder/a b.yaml": ERROR,
    "first.yaml": f"{ERROR}---\n{CLEAN}---\n{ERROR}",
    "wide.yaml": f"# 日本\xa0\U0001f98a\n{CLEAN}---\n{ERROR}",
    "tab.yaml": ERROR.replace("name: web", "name: web\t# a tab"),
    "blank.yaml": f"{ERROR}\n\n\n",
    "moved.yaml": pod(app="# Why.\nterminationGracePeriodSeconds: 60  # a minute\n"),
    "clean.yaml": CLEAN,
}


@pytest.mark.parametrize(
    "command",
    [
        ("patch", "-p0", "--binary"),
        ("patch", "-p0"),
        ("git", "apply", "-p0"),
    ],
    ids=" ".join,
)
def test_a_diff_gives_what_fix_writes(
    tmp_path: Path, need: Need, command: tuple[str, ...]
) -> None:
    program = need(command[0])
    fixed, patched = tmp_path / "fixed", tmp_path / "patched"
    make(fixed, DIFFED)
    make(patched, DIFFED)
    diff = check(patched, "--diff", "--fix", ".")
    assert diff.code == 1
    assert contents(patched) == {name: text.encode() for name, text in DIFFED.items()}
    done = subprocess.run(
        [program, *command[1:]], cwd=patched, input=diff.out, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert check(fixed, "--fix", ".").code == 0
    assert contents(patched) == contents(fixed)
    assert len(re.findall(rb"^--- ", diff.out, re.MULTILINE)) == len(DIFFED) - 1


def test_a_diff_with_spaces_in_the_name_is_marked_for_git(tmp_path: Path) -> None:
    make(tmp_path, {"a b.yaml": ERROR})
    assert check(tmp_path, "--diff").text.startswith("--- a b.yaml\t\n+++ a b.yaml\t\n")


def test_statistics_count_by_rule(tmp_path: Path) -> None:
    fits = pod(spec="terminationGracePeriodSeconds: 60\n", app=SLEEP_28)
    files = {"a.yaml": f"{ERROR}---\n{ERROR}---\n{WARNING}---\n{fits}", "b.yaml": INFO}
    make(tmp_path, files)
    ran = check(tmp_path, "--statistics")
    assert ran.code == 1
    assert ran.text.splitlines() == [
        "2  GS001  [*]  sleep-exceeds-grace-period",
        "1  GS104       short-drain-window",
        "1  GS106  [-]  zero-grace-period",
    ]


def test_statistics_count_by_folder_where_there_are_several(tmp_path: Path) -> None:
    files = dict.fromkeys(["a.yaml", "sub/b.yaml", "sub/c.yaml"], ERROR)
    make(tmp_path, files | {f"many/{number:02}/a.yaml": ERROR for number in range(30)})
    lines = check(tmp_path, "--statistics").text.splitlines()
    assert lines[:4] == ["33  GS001  [*]  sleep-exceeds-grace-period", "", " 2  sub", " 1  ."]
    assert lines[-2:] == [" 1  many/17", "12  in 12 other folders"]


@pytest.mark.parametrize(
    ("arguments", "ending"),
    [
        (
            "--fail-on warn",
            "'warn' is not one of 'error', 'warning', 'info'; did you mean warning?",
        ),
        ("--fail-on x", "'x' is not one of 'error', 'warning', 'info'."),
        ("--color ye", "'ye' is not one of 'auto', 'always', 'never'."),
    ],
)
def test_a_word_that_is_no_choice_gets_a_hint(tmp_path: Path, arguments: str, ending: str) -> None:
    ran = check(tmp_path, *arguments.split())
    assert ran.code == 2
    assert ran.err.endswith(f"{ending}\n")


@pytest.mark.parametrize("where", ["option", "file"])
def test_a_version_that_is_not_known_yet_is_said(tmp_path: Path, where: str) -> None:
    make(tmp_path, {"a.yaml": CLEAN})
    if where == "file":
        make(tmp_path, {".k8slint.yaml": 'kubernetes-version: "1.999"\n'})
    newer = "Kubernetes 1.999 is newer than 1.37, the newest that this k8slint knows"
    said = check(tmp_path, *(("--kubernetes-version", "1.999") if where == "option" else ())).err
    assert said.startswith(newer)
    assert newer not in check(tmp_path, "--kubernetes-version", "1.37").err


COLORS: dict[tuple[str, ...], bool] = {
    (): False,
    ("--color", "always"): True,
    ("--color", "never"): False,
    ("FORCE_COLOR=1",): True,
    ("FORCE_COLOR=",): False,
    ("NO_COLOR=1", "FORCE_COLOR=1"): False,
    ("NO_COLOR=", "FORCE_COLOR=1"): True,
    ("NO_COLOR=1", "--color", "always"): True,
    ("FORCE_COLOR=1", "--color", "never"): False,
    ("FORCE_COLOR=1", "--output-format", "json"): False,
    ("FORCE_COLOR=1", "--diff"): False,
}


@pytest.mark.parametrize(("given", "colored"), COLORS.items(), ids=map(" ".join, COLORS))
def test_color(folder: Path, given: tuple[str, ...], colored: bool) -> None:
    env = dict(word.split("=") for word in given if "=" in word)
    arguments = [word for word in given if "=" not in word]
    ran = k8slint(folder, "check", *arguments, env=env)
    assert ("\x1b[" in ran.text) == colored
    bare = re.sub(r"\x1b\[[\d;]*m", "", ran.text)
    assert bare == k8slint(folder, "check", *arguments, "--color", "never").text


@pytest.mark.parametrize(
    "arguments", long_except(["", "--fix", "--diff", "--output-format json"], "", "--fix")
)
def test_workers_change_no_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str
) -> None:
    monkeypatch.setattr(run, "POOL_ABOVE", 0)
    monkeypatch.setattr(units, "_BATCH", 2)
    kinds = [ERROR, WARNING, INFO, CLEAN, *FILES.values()]
    files = {f"{number % 7}/{number}.yaml": kinds[number % len(kinds)] for number in range(30)}
    results = []
    for jobs in ("1", "2"):
        folder = tmp_path / jobs
        make(folder, files)
        ran = check(folder, *options(arguments), "-j", jobs, "-v")
        results.append((ran, contents(folder)))
    assert results[0] == results[1]
    assert results[0][0].out or arguments == "--fix"


def test_the_order_of_the_paths_changes_no_byte(folder: Path) -> None:
    assert check(folder, *FILES, "-v") == check(folder, *reversed(FILES), "-v")
    assert check(folder, *FILES, "--diff") == check(folder, *reversed(FILES), "--diff")


def test_the_same_input_gives_the_same_bytes(folder: Path) -> None:
    """In new processes, with strings hashed in another way each time."""
    here = k8slint(folder, "check")
    for seed in SEEDS[: tries(len(SEEDS))]:
        assert run_process(folder, "check", seed=seed) == (here.code, here.out, here.err.encode())


SEEDS = ("1", "2", "3", "4", "5")


def test_a_closed_pipe_of_windows_is_one(tmp_path: Path) -> None:
    """There writing fails with EINVAL."""

    class Closed(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(errno.EINVAL, "Invalid argument")

    with pytest.raises(BrokenPipeError):
        output.write(io.TextIOWrapper(Closed()), "text")


@pytest.mark.parametrize("jobs", [1, 61, 1000])
def test_there_are_no_more_workers_than_windows_can_wait_for(jobs: int) -> None:
    with workers._pool(jobs, 1000) as pool:
        assert pool._max_workers == min(jobs, 61)  # type: ignore[attr-defined]


@pytest.mark.parametrize("arguments", ["check", "check --diff", "check - --fix", "explain GS101"])
def test_a_closed_pipe_is_no_crash(folder: Path, arguments: str) -> None:
    """As in `k8slint check | head` once head has seen enough."""
    reader, writer = os.pipe()
    os.close(reader)
    with (folder / "error.yaml").open("rb") as text:
        call = Copy(folder, *options(arguments), stdin=text.fileno(), stdout=writer)
    os.close(writer)
    with call:
        done = call.finish()
    assert (done.code, done.err) == (1, "")


def run_process(folder: Path, *arguments: str, seed: str = "0") -> tuple[int, bytes, bytes]:
    env = environment(PYTHONHASHSEED=seed)
    command = [sys.executable, "-m", "k8slint", *arguments]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def crashing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """GS104 fails on the pod of info.yaml."""
    book = rulebook.load_rules()

    def check(shutdown: Any, **options: int) -> Iterator[Any]:
        if shutdown.stops[0].hook_takes.low == 28:
            raise ZeroDivisionError("a bug")
        yield from ()

    rules = [rule._replace(check=check) if rule.code == "GS104" else rule for rule in book.rules]
    monkeypatch.setattr(scope, "load_rules", lambda _: rulebook.Rulebook(tuple(rules)))
    scope.scope_for.cache_clear()
    yield
    scope.scope_for.cache_clear()


@pytest.mark.usefixtures("crashing")
@pytest.mark.parametrize("arguments", ["", "--fix", "--diff", "--exit-zero"])
def test_a_crash_of_a_rule_names_rule_and_file(folder: Path, arguments: str) -> None:
    before = (folder / "info.yaml").read_bytes()
    ran = check(folder, "info.yaml", "error.yaml", *options(arguments), "-q")
    assert ran.code == 2
    assert ran.err == (
        "info.yaml: GS104 (short-drain-window) failed: ZeroDivisionError('a bug'); this is a bug, "
        "please report it: https://github.com/k8slint/k8slint/issues\n"
    )
    assert (folder / "info.yaml").read_bytes() == before
    assert (folder / "error.yaml").read_text() == (FIXED if arguments == "--fix" else ERROR)
    assert ran.out or arguments == "--fix", "the other file is reported"


@pytest.mark.usefixtures("crashing")
def test_a_crash_shows_where_if_asked(folder: Path) -> None:
    assert "Traceback" in check(folder, "info.yaml", "-v").err
    crashed = check(folder, "-", "--fix", stdin=INFO.encode())
    assert (crashed.code, crashed.text) == (2, INFO)


def test_a_crash_outside_of_the_files_is_exit_2(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("k8slint.report.text.concise", lambda *_: 1 / 0)
    ran = check(folder)
    assert ran.code == 2
    assert "please report it: division by zero" in ran.err


class TestJson:
    """The object of version 1; fields are added, never changed."""

    def test_the_report(self, folder: Path) -> None:
        make(
            folder,
            {"name\udce9.yaml".encode("utf-8", "surrogateescape").decode("utf-8", "replace"): ""},
        )
        ran = k8slint(folder, "check", ".", "gone", "--output-format", "json")
        assert [*ran.data] == ["version", "tool", "summary", "findings"]
        assert ran.data["version"] == 1
        assert ran.data["tool"] == {"name": "k8slint", "version": __version__}
        summary = ran.data["summary"]
        assert [*summary.pop("coverage")] == ["counts", "incomplete"]
        assert summary == {
            "files": 10,
            "findings": 4,
            "problems": [{"path": "gone", "message": "no such file or folder"}],
            "severities": {"error": 2, "warning": 1, "info": 1},
            "fixed": 0,
            "suppressed": 0,
            "skipped": [{"path": "template.yaml", "reason": "template"}],
        }

    def test_a_finding(self, tmp_path: Path) -> None:
        make(tmp_path, {"web.yaml": f"# 🦊\n{ERROR}"})
        (found,) = k8slint(tmp_path, "check", "--output-format", "json").data["findings"]
        assert re.fullmatch("[0-9a-f]{64}", found.pop("fingerprint"))
        assert found == {
            "code": "GS001",
            "name": "sleep-exceeds-grace-period",
            "severity": "error",
            "message": (
                "preStop sleep 60 s is longer than the grace period 30 s (default): the API "
                "server rejects this object"
            ),
            "path": "web.yaml",
            "line": 13,
            "column": 20,
            "endLine": 13,
            "endColumn": 22,
            "resource": {
                "apiVersion": "v1",
                "kind": "Pod",
                "namespace": "",
                "name": "web",
                "container": "app",
            },
            "pointer": "/spec/containers/0/lifecycle/preStop/sleep/seconds",
            "url": "https://k8slint.github.io/k8slint/rules/gs001/",
            "related": [
                {
                    "path": "web.yaml",
                    "line": 6,
                    "column": 1,
                    "endLine": 6,
                    "endColumn": 5,
                    "message": "grace period 30 s (default)",
                }
            ],
            "fix": {
                "applicability": "safe",
                "title": "raise terminationGracePeriodSeconds from 30 (default) to 70",
                "unsafe": "",
                "refused": "",
                "edits": [
                    {
                        "line": 14,
                        "column": 1,
                        "endLine": 14,
                        "endColumn": 1,
                        "content": "  terminationGracePeriodSeconds: 70\n",
                    }
                ],
            },
            "unfixed": None,
            "suppressed": None,
            "renderedBy": [],
            "owners": [],
        }

    @pytest.mark.parametrize(
        "text",
        [
            ERROR,
            f"{CLEAN}---\n{ERROR}",
            "\ufeff" + ERROR.replace("\n", "\r\n"),
            ERROR.rstrip(),
            pod(app="# Why.\nterminationGracePeriodSeconds: 60  # 🦊 a minute\n"),
            pod(spec="terminationGracePeriodSeconds: '60'  # é\n"),
        ],
    )
    def test_an_editor_can_apply_the_edits(self, tmp_path: Path, text: str) -> None:
        make(tmp_path, {"a.yaml": text})
        (found,) = k8slint(tmp_path, "check", "--output-format", "json").data["findings"]
        assert check(tmp_path, "--fix", ".").code == 0
        assert applied(text, found["fix"]["edits"]).encode() == (tmp_path / "a.yaml").read_bytes()

    def test_a_refused_fix_is_for_display(self, tmp_path: Path) -> None:
        make(tmp_path, {"a.yaml": SHARED})
        found = k8slint(tmp_path, "check", "--output-format", "json").data["findings"]
        fixes = [one["fix"] for one in found if one["fix"]]
        assert [(fix["applicability"], fix["edits"]) for fix in fixes] == [("display", [])]
        assert "line 6" in fixes[0]["refused"]


# A number that two places share through an anchor.
SHARED = pod(
    spec='terminationGracePeriodSeconds: &grace "60"\npriority: *grace\n',
)


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """A text after edits of the JSON report, whose positions are those of an editor."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    lines = [*text.removeprefix(mark).splitlines(keepends=True), ""]
    starts = [sum(map(len, lines[:number])) for number in range(len(lines))]
    spans = [
        (
            starts[edit["line"] - 1] + edit["column"] - 1,
            starts[edit["endLine"] - 1] + edit["endColumn"] - 1,
            edit["content"],
        )
        for edit in edits
    ]
    text = text.removeprefix(mark)
    for start, end, content in sorted(spans, reverse=True):
        text = text[:start] + content + text[end:]
    return mark + text


def test_concise_is_one_line_for_each_finding(tmp_path: Path) -> None:
    """Whatever a manifest holds: a line break in a command, a name that paints the terminal."""
    hook = "lifecycle:\n  preStop:\n    exec:\n      command:\n      - sh\n      - -c\n      - |\n"
    make(tmp_path, {"a.yaml": pod(name='"w\\e[31m"', app=f"{hook}        sleep 5\n")})
    ran = check(tmp_path, "--select", "GS202")
    assert ran.text.count("\n") == 1
    assert "`sh -c 'sleep 5\\n'`" in ran.text
    assert "\x1b" not in k8slint(tmp_path, "check").text


def test_full_shows_both_places(tmp_path: Path) -> None:
    grace = "terminationGracePeriodSeconds: 30 # 日本\n"
    app = "lifecycle: {preStop: {exec: {command: [/bin/sh, -c, '日本; sleep 45']}}}\n"
    make(tmp_path, {"a.yaml": pod(spec=grace, app=app)})
    assert (
        k8slint(tmp_path, "check", "--select", "GS101").text
        == """\
error GS101 prestop-consumes-grace-period: preStop takes at least 45 s, the grace period is \
30 s: the stop signal arrives at the deadline, the app gets 2 s and is then killed; preStop 45 + \
drain window 5 + margin 5 = at least 55 s
  --> a.yaml:10:43  Pod web, container app
   |
 6 |   terminationGracePeriodSeconds: 30 # 日本
   |                                  -- grace period 30 s
...
10 |     lifecycle: {preStop: {exec: {command: [/bin/sh, -c, '日本; sleep 45']}}}
   |                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ takes at least 45 s
   = help: raise terminationGracePeriodSeconds from 30 to 55 (--fix)

"""
    )


class TestExplain:
    """`explain` shows a rule's page, or the table of rules."""

    @pytest.mark.parametrize("word", ["GS101", "prestop-consumes-grace-period"])
    def test_a_rule(self, tmp_path: Path, word: str) -> None:
        ran = k8slint(tmp_path, "explain", word)
        assert ran.code == 0
        assert ran.text.startswith("# GS101 prestop-consumes-grace-period\n")
        assert "\n## Fix safety\n" in ran.text
        assert "- `margin`: 5" in ran.text
        assert "# <--" not in ran.text
        assert k8slint(tmp_path, "explain", word, "--output-format", "markdown") == ran

    def test_a_rule_for_machines(self, tmp_path: Path) -> None:
        ran = k8slint(tmp_path, "explain", "GS101", "--output-format", "json")
        (rule,) = json.loads(ran.text)
        assert (rule["code"], rule["severity"], rule["fix"]) == ("GS101", "error", "safe")
        assert rule["options"] == {"margin": 5, "window": 5}
        assert rule["url"] == "https://k8slint.github.io/k8slint/rules/gs101/"

    def test_the_table(self, tmp_path: Path) -> None:
        lines = k8slint(tmp_path, "explain").text.splitlines()
        assert [line.split()[0] for line in lines] == ["Code", *codes()]
        marked = k8slint(tmp_path, "explain", "--output-format", "markdown").text.splitlines()
        assert [line.split("]")[0] for line in marked[2:]] == [f"| [{code}" for code in codes()]
        data = json.loads(k8slint(tmp_path, "explain", "--output-format", "json").text)
        assert [rule["code"] for rule in data] == codes()

    def test_an_unknown_rule(self, tmp_path: Path) -> None:
        ran = k8slint(tmp_path, "explain", "GS1O4")
        assert (ran.code, ran.text) == (2, "")
        assert "did you mean GS1" in ran.err

    def test_color_is_for_terminals(self, tmp_path: Path) -> None:
        assert "\x1b[" in k8slint(tmp_path, "explain", "GS101", env={"FORCE_COLOR": "1"}).text


def codes() -> list[str]:
    return [rule.code for rule in rulebook.load_rules().rules]


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(tmp_path: Path, option: str) -> None:
    assert k8slint(tmp_path, option) == Ran(0, f"k8slint {__version__}\n".encode(), "")


@pytest.mark.parametrize("arguments", [["-h"], ["--help"], ["check", "-h"], ["explain", "--help"]])
def test_help(tmp_path: Path, arguments: list[str]) -> None:
    ran = k8slint(tmp_path, *arguments)
    assert ran.code == 0
    assert "Usage: " in ran.text


def test_the_format_can_come_from_the_environment(folder: Path) -> None:
    env = {"K8SLINT_OUTPUT_FORMAT": "json"}
    assert k8slint(folder, "check", env=env).data["version"] == 1
    assert check(folder, env=env).places == FINDINGS, "an option beats it"
    assert k8slint(folder, "check", env={"K8SLINT_OUTPUT_FORMAT": "x"}).code == 2


def test_a_diff_of_texts_in_which_every_line_repeats() -> None:
    """As in generated manifests; large ones must not take minutes."""
    block = CLEAN.splitlines()
    old = block * 5_000
    new = [*old]
    del new[20_000:20_002]
    new[40_000:40_000] = ["added", "lines"]
    new[-1] = "last"
    started = time.perf_counter()
    diff = unified_diff("a.yaml", "\n".join(old), "\n".join(new)).splitlines()
    assert time.perf_counter() - started < 5
    changed = [line for line in diff[2:] if line[0] in "+-"]
    assert sorted(changed) == sorted(
        [f"-{line}" for line in (*old[20_000:20_002], old[-1])] + ["+added", "+lines", "+last"]
    )


def test_a_diff_of_random_changes_applies() -> None:
    draw = random.Random(0)
    for _ in range(500):
        lines = [draw.choice(["a", "b", "c", ""]) for _ in range(draw.randrange(1, 60))]
        changed = [*lines]
        for _ in range(draw.randrange(1, 6)):
            at = draw.randrange(len(changed) + 1)
            changed[at : at + draw.randrange(3)] = [draw.choice("abx")] * draw.randrange(3)
        old, new = "\n".join(lines), "\n".join(changed)
        assert applied_diff(old, unified_diff("x", old, new)) == new


def applied_diff(old: str, diff: str) -> str:
    """A text after a unified diff, every line of which has to fit."""
    before = old.split("\n")
    bare = re.sub(r"\n\\ No newline at end of file\n", "\0", diff)
    result: list[str] = []
    at = 0
    for hunk in re.split(r"^@@ ", bare, flags=re.MULTILINE)[1:]:
        head, body = hunk.split("\n", 1)
        numbers = re.fullmatch(r"-(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", head)
        assert numbers
        start = int(numbers[1]) - (numbers[2] != "0")
        result += [f"{line}\n" for line in before[at:start]]
        at = start
        for line in re.findall(r"[^\n\0]*[\n\0]", body):
            if line[0] in " -":
                assert before[at] == line[1:-1]
                at += 1
            if line[0] in " +":
                result.append(line[1:].replace("\0", ""))
    *rest, last = before[at:] or [""]
    return "".join([*result, *(f"{line}\n" for line in rest), last])
