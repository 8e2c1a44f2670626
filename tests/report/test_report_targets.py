"""Where reports go: `--output-format FORMAT[=FILE]`, with every other option that prints."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.command import contents, environment, k8slint, make
from tests.manifests import CLEAN, ERROR, FIXED, WARNING

FILES = {"error.yaml": ERROR, "warning.yaml": WARNING, "clean.yaml": CLEAN}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path, FILES)
    return tmp_path


def formats(*words: str) -> list[str]:
    return [option for word in words for option in ("--output-format", word)]


# What is asked for, what standard output begins with, and the files that are there then.
TARGETS: dict[str, tuple[str, list[str]]] = {
    "": ("error GS001 sleep-", []),
    "concise": ("error.yaml:12:20: GS001", []),
    "json": ("{", []),
    "json=a.json": ("error GS001 sleep-", ["a.json"]),
    "json=a.json concise": ("error.yaml:12:20: GS001", ["a.json"]),
    "concise sarif=a b=c": ("error.yaml:12:20: GS001", ["a b=c"]),
    "sarif=a json=b full=c": ("error GS001 sleep-", ["a", "b", "c"]),
    "sarif=a sarif=b": ("error GS001 sleep-", ["a", "b"]),
    "json=-": ("{", []),
    "json=/dev/stdout": ("{", []),
}


@pytest.mark.parametrize("words", TARGETS)
def test_reports_go_where_they_are_sent(folder: Path, words: str) -> None:
    begin, files = TARGETS[words]
    given = ["concise", "sarif=a b=c"] if "b=c" in words else words.split()
    ran = k8slint(folder, "check", *formats(*given), "error.yaml")
    assert ran.code == 1
    assert ran.text.startswith(begin)
    assert sorted(contents(folder).keys() - FILES) == files


REFUSED = {
    "json concise": "json and concise cannot both go to standard output; give one a file",
    "json sarif=/dev/stdout": "json and sarif cannot both go to standard output",
    "json=a sarif=a": "json and sarif cannot both go to a",
    "json=a sarif=./a": "json and sarif cannot both go to ./a",
    "json=clean.yaml": "clean.yaml: cannot be written: it is one of the files to check",
    "sarf": "did you mean sarif?",
    "JSON=a": "did you mean json",
    "gitlab-ci=a": "did you mean gitlab?",
    "x": "one of full, concise, grouped, json, jsonl, sarif, github, gitlab",
    "json=": "'json=' lacks a file name",
    "json=no/where/a.json": "no/where/a.json: cannot be written: there is no folder no/where",
    "json=.": ".: cannot be written: it is a folder",
    "json=clean.yaml/a": "there is no folder clean.yaml",
    "--diff json=a": "--diff prints a patch instead of findings: write the report in another run",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_written_is_told_before_anything_is_done(folder: Path, words: str) -> None:
    given = words.split()
    diff = ["--diff"] if given[0] == "--diff" else []
    ran = k8slint(folder, "check", "--fix", *diff, *formats(*given[len(diff) :]))
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.startswith("k8slint: ")
    assert REFUSED[words] in ran.err
    assert ran.err.count("\n") == 1
    assert contents(folder) == {name: text.encode() for name, text in FILES.items()}


def test_several_formats_can_come_from_the_environment(folder: Path) -> None:
    env = {"K8SLINT_OUTPUT_FORMAT": "concise sarif=a.sarif"}
    ran = k8slint(folder, "check", env=env)
    assert ran.text.startswith("error.yaml:12:20: ")
    assert json.loads((folder / "a.sarif").read_bytes())["version"] == "2.1.0"
    (folder / "a.sarif").unlink()
    assert k8slint(folder, "check", *formats("json"), env=env).data["version"] == 1
    assert not (folder / "a.sarif").exists(), "an option beats it"


def found(file: Path) -> list[tuple[str, str]]:
    return [(one["path"], one["code"]) for one in json.loads(file.read_bytes())["findings"]]


BOTH = [("error.yaml", "GS001"), ("warning.yaml", "GS106")]


def test_statistics_replace_what_is_printed_only(folder: Path) -> None:
    ran = k8slint(folder, "check", "--statistics", *formats("json=a.json"))
    assert ran.text.startswith("1  GS001  [*]  sleep-exceeds-grace-period\n")
    assert found(folder / "a.json") == BOTH


def test_a_report_holds_what_a_fix_leaves(folder: Path) -> None:
    ran = k8slint(folder, "check", "--fix", *formats("json=a.json"))
    assert ran.code == 1
    assert (folder / "error.yaml").read_text() == FIXED
    assert found(folder / "a.json") == BOTH[1:]


def test_fixing_standard_input_leaves_it_the_output(folder: Path) -> None:
    ran = k8slint(
        folder,
        "check",
        "--fix",
        *formats("json=a.json"),
        "-",
        stdin=f"{ERROR}---\n{WARNING}".encode(),
    )
    assert (ran.code, ran.text) == (1, f"{FIXED}---\n{WARNING}")
    assert ran.err.startswith("warning GS106")
    assert found(folder / "a.json") == [("<stdin>", "GS106")]


@pytest.mark.parametrize("arguments", [["--exit-zero"], ["--fail-on", "error", "warning.yaml"]])
def test_reports_are_written_whatever_the_code(folder: Path, arguments: list[str]) -> None:
    assert k8slint(folder, "check", *arguments, *formats("json=a.json")).code == 0
    assert BOTH[1] in found(folder / "a.json")


def test_show_files_names_standard_input(folder: Path) -> None:
    ran = k8slint(folder, "check", "-", "--stdin-filename", "a.yaml", "--show-files", stdin=b"x")
    assert (ran.code, ran.text, ran.err) == (0, "a.yaml\n", "")


def test_a_name_for_standard_input_needs_it(folder: Path) -> None:
    ran = k8slint(folder, "check", "--stdin-filename", "a.yaml")
    assert (ran.code, ran.text) == (2, "")
    assert "--stdin-filename names standard input: pass - as the path" in ran.err


def test_show_files_writes_no_report(folder: Path) -> None:
    k8slint(folder, "check", "--show-files", *formats("json=a.json"))
    assert not (folder / "a.json").exists()


def test_text_in_a_file_has_no_colour(folder: Path) -> None:
    ran = k8slint(folder, "check", "--color", "always", *formats("full=a.txt", "full"))
    assert "\x1b[" in ran.text
    assert "\x1b[" not in (folder / "a.txt").read_text()


def test_a_report_takes_the_place_of_the_one_before(folder: Path) -> None:
    file = folder / "a.json"
    file.write_text("before, and longer than any report" * 1_000)
    file.chmod(0o600)
    (folder / "link.json").symlink_to(file)
    k8slint(folder, "check", *formats("json=link.json"))
    assert found(file) == BOTH
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (folder / "link.json").is_symlink()
    old = os.umask(0o027)
    try:
        k8slint(folder, "check", *formats("json=new.json"))
    finally:
        os.umask(old)
    assert stat.S_IMODE((folder / "new.json").stat().st_mode) == 0o640


def test_json_that_is_named_is_not_replaced(folder: Path) -> None:
    make(folder, {"a.json": "{}"})
    ran = k8slint(folder, "check", *formats("json=a.json"), ".", "a.json")
    assert (ran.code, contents(folder)["a.json"]) == (2, b"{}")
    assert "a.json: cannot be written: it is one of the files to check" in ran.err


MANIFESTS = {
    "JSON": json.dumps({"version": 1, "tool": {"name": "k8slint"}, "kind": "Deployment"}),
    "YAML": ERROR,
    "objects": '{"version": 1}\n{"kind": "Pod"}\n',
}


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize("what", MANIFESTS)
def test_a_manifest_called_like_a_report_is_not_replaced(
    folder: Path, what: str, *, link: bool
) -> None:
    make(folder, {"a.json": MANIFESTS[what]})
    (folder / "link.json").symlink_to("a.json")
    ran = k8slint(folder, "check", *formats(f"json={'link' if link else 'a'}.json"))
    assert (ran.code, contents(folder)["a.json"]) == (2, MANIFESTS[what].encode())
    assert ".json: cannot be written: it is one of the files to check" in ran.err


def test_each_report_is_passed_over_by_the_next_run(folder: Path) -> None:
    for name in ("json", "jsonl", "sarif", "gitlab"):
        for _ in range(2):
            ran = k8slint(folder, "check", *formats(f"{name}=a.json"), ".")
            assert ran.code == 1, (name, ran.err)


def test_a_disk_that_is_full_leaves_the_report_of_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(folder, {"a.json": "before"})
    replace = os.replace

    def refuse(path: str, target: str, **how: int) -> None:
        if target == "a.json":
            raise OSError(28, "No space left on device")
        replace(path, target, **how)

    monkeypatch.setattr(os, "replace", refuse)
    ran = k8slint(folder, "check", *formats("json=a.json", "json=b.json", "concise"), "-q")
    assert ran.code == 2
    assert ran.err == "a.json: cannot be written: No space left on device\n"
    assert ran.text.startswith("error.yaml:12:20: "), "the others are told"
    assert found(folder / "b.json") == BOTH
    assert contents(folder).keys() == {*FILES, "a.json", "b.json"}, "nothing half written"
    assert (folder / "a.json").read_text() == "before"


def test_a_file_one_may_not_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(folder, {"a.json": "before"})
    monkeypatch.setattr(os, "access", lambda path, _: Path(path).name != "a.json")
    ran = k8slint(folder, "check", *formats("json=a.json"))
    assert (ran.code, ran.err) == (2, "k8slint: a.json: cannot be written: permission denied\n")
    assert (folder / "a.json").read_text() == "before"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_a_pipe_takes_a_report(folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    ran = k8slint(folder, "check", *formats("json=pipe"))
    reader.join(timeout=10)
    assert ran.code == 1
    assert json.loads(read[0])["version"] == 1
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no /dev")
def test_a_disk_that_is_full_is_no_crash(folder: Path) -> None:
    command = [sys.executable, "-m", "k8slint", "check"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    message = b"k8slint: <stdout>: cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, message)


@pytest.mark.skipif(os.name == "nt", reason="there is no shell that closes streams")
@pytest.mark.parametrize(
    ("closed", "code", "said"),
    [(">&-", 1, "Found 2 findings"), ("2>&-", 1, "error GS001"), ("- <&-", 0, "No workload")],
)
def test_closed_streams_are_no_crash(folder: Path, closed: str, code: int, said: str) -> None:
    command = f'exec "$0" -m k8slint check {closed}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no /dev")
def test_devices_take_reports(folder: Path) -> None:
    """`/dev/stderr` may lead to a file in which something stands already."""
    (folder / "log").write_text("before\n")
    command = [sys.executable, "-m", "k8slint", "check", "error.yaml"]
    command += formats("concise=/dev/stderr", "json=/dev/null", "full=/dev/fd/1")
    with (folder / "log").open("ab") as log:
        done = subprocess.run(
            command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=log, check=False
        )
    assert done.returncode == 1
    first, second, third, *_ = (folder / "log").read_text().splitlines()
    assert (first, second[:16]) == ("before", "error.yaml:12:20")
    assert third.startswith("Found 1 finding")
    assert done.stdout.count(b"error GS001") == 2
    assert Path("/dev/null").is_char_device()


def test_a_crash_leaves_no_report(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(folder, {"a.sarif": "before"})
    monkeypatch.setattr("k8slint.report.sarif.render", lambda _: 1 / 0)
    ran = k8slint(folder, "check", *formats("sarif=a.sarif"))
    assert (ran.code, (folder / "a.sarif").read_text()) == (2, "before")
