"""What a repository names stays inside of it, and is a regular file of a bounded size."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import process_time
from unittest import mock

import pytest

from k8slint.config.read import read_config
from k8slint.kubernetes.kustomization import Kustomization, merge_kustomizations
from k8slint.lint.folders import Folders
from k8slint.outside.files import FileRefused, read_bytes, read_named, resolve_within
from tests.command import Ran, apart, check, contents, environment, k8slint, make
from tests.manifests import CLEAN, ERROR
from tests.tiers import long_except

SECONDS = 30
CPU_SECONDS = 5
BASELINE = ".k8slint-baseline.json"
QUIET = "select: [GS106]"
NOTHING_KNOWN = '{"version": 1, "entries": []}'


def link(name: str, target: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).symlink_to(target)


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "odd")


def listening(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(folder / "odd"))


def large(folder: Path) -> None:
    with (folder / "odd").open("wb") as file:
        file.truncate(10**12)


# What is no file to read, and why it is not.
ODD: dict[str, tuple[Callable[[Path], None], str]] = {
    "pipe": (pipe, "it is a named pipe, not a regular file"),
    "link to a device": (link("odd", "/dev/zero"), "it is a device, not a regular file"),
    "folder": (lambda folder: (folder / "odd").mkdir(), "it is a folder, not a regular file"),
    "socket": (listening, "No such device or address"),
    "large file": (large, "it has more than 250 MB, the limit for such a file"),
}


@pytest.mark.parametrize("name", ODD)
def test_only_regular_files_of_a_bounded_size_are_read(tmp_path: Path, name: str) -> None:
    make_it, reason = ODD[name]
    make_it(tmp_path)
    with pytest.raises(OSError, match=reason):
        read_bytes(str(tmp_path / "odd"))


@pytest.mark.parametrize("size", [0, 1, 65_536, 1_000_000])
def test_a_file_is_read_whole_up_to_its_limit(tmp_path: Path, size: int) -> None:
    (tmp_path / "file").write_bytes(b"x" * size)
    assert read_bytes(str(tmp_path / "file"), size) == b"x" * size
    with pytest.raises(FileRefused, match="limit"):
        read_bytes(str(tmp_path / "file"), size - 1)


def test_a_file_whose_size_lies_is_read_up_to_the_limit() -> None:
    assert read_bytes("/proc/self/status").startswith(b"Name:")
    with pytest.raises(FileRefused, match="limit"):
        read_bytes("/proc/self/status", 100)


def test_a_stream_of_the_caller_is_read_up_to_its_limit() -> None:
    for limit in (5, 4):
        out, into = os.pipe()
        os.write(into, b"12345")
        os.close(into)
        try:
            if limit == 5:
                assert read_named(f"/dev/fd/{out}", limit) == b"12345"
            else:
                with pytest.raises(FileRefused, match="limit"):
                    read_named(f"/dev/fd/{out}", limit)
        finally:
            os.close(out)


# What a link or a path in the folder `inside` leads to, and whether that is inside.
LEADS = {
    "file": True,
    "sub/../file": True,
    "to-file": True,
    "to-sub/file": True,
    "nowhere": True,
    "to-nowhere": True,
    ".": True,
    "..": False,
    "../inside-too/file": False,
    "../inside/file": True,
    "/etc/passwd": False,
    "to-outside": False,
    "to-folder-outside/file": False,
    "to-link-outside": False,
    "to-nowhere-outside": False,
    ".git/config": False,
    "sub/.GIT/config": False,
    "to-git": False,
    ".github/file": True,
    "nul\0": False,
    "half\ud800": False,
    "x" * 5_000: False,
    "../" * 40_000: False,
}


@pytest.mark.parametrize("name", LEADS)
def test_what_leads_out_of_a_folder(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "inside"
    for folder in ("sub", ".git", "sub/.GIT", ".github"):
        (inside / folder).mkdir(parents=True)
    (tmp_path / "inside-too").mkdir()
    for text in ("file", "sub/file", ".git/config", "sub/.GIT/config", ".github/file"):
        (inside / text).touch()
    for source, target in {
        "to-file": "sub/file",
        "to-sub": "sub",
        "to-nowhere": "sub/nowhere",
        "to-outside": "/etc/passwd",
        "to-folder-outside": "../inside-too",
        "to-link-outside": "to-outside",
        "to-nowhere-outside": "../nowhere",
        "to-git": ".git/config",
    }.items():
        (inside / source).symlink_to(target)
    path = str(inside / name)
    if LEADS[name]:
        assert resolve_within(path, os.path.realpath(inside)) == os.path.realpath(path)
    else:
        with pytest.raises(FileRefused):
            resolve_within(path, os.path.realpath(inside))


def test_the_root_of_all_holds_everything() -> None:
    assert resolve_within("/etc/passwd", "/") == "/etc/passwd"


# Beside the repository, and nothing of it ever comes out.
SECRET = "hunter2"
OUTSIDE = {
    "outside/k8slint.yaml": f"fail-on: {SECRET}\n",
    "outside/toml/pyproject.toml": f"[tool.k8slint]\nfail-on = '{SECRET}'\n",
    "outside/pod.yaml": CLEAN.replace("kind: Pod", f"kind: Pod # {SECRET}"),
    "outside/chart/Chart.yaml": f"name: {SECRET}\n",
    "outside/values.yaml": f"a: {SECRET}\n",
    "outside/baseline.json": json.dumps({"version": 1, "entries": [SECRET]}),
}
OUT = "it leads out of {repo}, to {folder}/outside"


def repository(folder: Path, files: Mapping[str, str], links: Mapping[str, str]) -> Path:
    """A repository, as git clones it, and what is beside it."""
    repo = folder / "repo"
    make(folder, OUTSIDE)
    make(repo, {".git/HEAD": "", ".git/config": SECRET, "pod.yaml": ERROR, **files})
    for name, target in links.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).symlink_to(target)
    return repo


def refused(ran: Ran, lines: int = 1) -> str:
    """Why a call was refused, in one line without secrets and of a bearable length."""
    assert ran.code == 2, ran.err
    assert ran.err.count("\n") == lines, ran.err
    assert "bug" not in ran.err
    assert SECRET not in ran.err
    assert SECRET not in ran.text
    assert len(ran.err) < 2_000 * lines
    return ran.err


# Files and links of a repository, the arguments, and what is said.
LEADING_OUT: dict[str, tuple[dict[str, str], dict[str, str], str, str]] = {
    "context above": (
        {".k8slint.yaml": "\ncontext: [../outside]"},
        {},
        "",
        f"yaml:2: context: {{repo}}/../outside: {OUT}",
    ),
    "context, absolute": ({".k8slint.yaml": "context: [{folder}/outside]"}, {}, "", OUT),
    "context, a device": (
        {".k8slint.yaml": "context: [/dev/zero]"},
        {},
        "",
        "it leads out of {repo}, to /dev/zero",
    ),
    "context, a file link": (
        {".k8slint.yaml": "context: [a.yaml]"},
        {"a.yaml": "../outside/pod.yaml"},
        "",
        OUT,
    ),
    "context, a folder link": ({".k8slint.yaml": "context: [a]"}, {"a": "../outside"}, "", OUT),
    "context in TOML": (
        {"pyproject.toml": "[tool.k8slint]\ncontext = [\n'.',\n'../outside']"},
        {},
        "",
        f"pyproject.toml:4: context: {{repo}}/../outside: {OUT}",
    ),
    "context of what is extended": (
        {".k8slint.yaml": "extends: a/b.yaml", "a/b.yaml": "context: [../../outside]"},
        {},
        "",
        f"a/b.yaml:1: context: {{repo}}/a/../../outside: {OUT}",
    ),
    "context, git's own folder": (
        {".k8slint.yaml": "context: [.git/config]"},
        {},
        "",
        "it leads into git's own folder",
    ),
    "images above": (
        {".k8slint.yaml": "images:\n- config: ../outside/pod.yaml"},
        {},
        "",
        f"yaml:2: images: {{repo}}/../outside/pod.yaml: {OUT}",
    ),
    "images, a link": (
        {".k8slint.yaml": "images: [{config: a.json}]"},
        {"a.json": "../outside/pod.yaml"},
        "",
        OUT,
    ),
    "images of what is extended": (
        {".k8slint.yaml": "extends: a/b.yaml", "a/b.yaml": "images: [{config: ../../outside}]"},
        {},
        "",
        f"a/b.yaml:1: images: {{repo}}/a/../../outside: {OUT}",
    ),
    "images, a link in a folder": (
        {".k8slint.yaml": "images: [{config: a}]"},
        {"a/b.json": "../../outside/pod.yaml"},
        "",
        "yaml:1: images: a: b.json: it leads out of {repo}/a, to {folder}/outside",
    ),
    "extends above": ({".k8slint.yaml": "extends: ../outside/k8slint.yaml"}, {}, "", OUT),
    "extends, absolute": (
        {".k8slint.yaml": "extends: {folder}/outside/k8slint.yaml"},
        {},
        "",
        OUT,
    ),
    "extends, a link": (
        {".k8slint.yaml": "extends: a.yaml"},
        {"a.yaml": "../outside/k8slint.yaml"},
        "",
        OUT,
    ),
    "extends at the end of a chain": (
        {".k8slint.yaml": "extends: a.yaml", "a.yaml": "extends: ../outside/k8slint.yaml"},
        {},
        "",
        f"a.yaml:1: extends: {{repo}}/../outside/k8slint.yaml: {OUT}",
    ),
    "extends, git's own folder": (
        {".k8slint.yaml": "extends: .git/config"},
        {},
        "",
        "it leads into git's own folder",
    ),
    "a chart": ({".k8slint.yaml": "charts: {../outside/chart: {}}"}, {}, "--render", OUT),
    "values": (
        {".k8slint.yaml": "charts: {a: {b: [c.yaml, ../outside/values.yaml]}}"},
        {},
        "",
        OUT,
    ),
    "the configuration": ({}, {".k8slint.yaml": "../outside/k8slint.yaml"}, "", OUT),
    "the configuration of a folder": (
        {"a/pod.yaml": ERROR},
        {"a/.k8slint.yml": "../../outside/k8slint.yaml"},
        "",
        OUT,
    ),
    "the table in TOML": ({}, {"pyproject.toml": "../outside/toml/pyproject.toml"}, "", OUT),
    "the baseline": ({}, {BASELINE: "../outside/baseline.json"}, "", OUT),
    "the baseline, written": ({}, {BASELINE: "../outside/new"}, "--write-baseline", OUT),
    "a named baseline of the repository": (
        {},
        {"a/known.json": "../../outside/new"},
        "--write-baseline --baseline a/known.json",
        OUT,
    ),
    "a named baseline by way of a folder": (
        {},
        {"a": "../outside"},
        "--write-baseline --baseline a/new",
        OUT,
    ),
    "a named configuration of the repository": (
        {"a/b.yaml": "context: [../../outside]"},
        {},
        "--config a/b.yaml",
        OUT,
    ),
    "a named configuration that is a link": (
        {},
        {"a.yaml": "../outside/k8slint.yaml"},
        "--config a.yaml",
        OUT,
    ),
    "one of the repository by another name": (
        {"b.yaml": "context: [outside]"},
        {},
        "--config ../link.yaml",
        OUT,
    ),
    "one of the repository that one from outside extends": (
        {"b.yaml": "context: [../outside]"},
        {},
        "--config ../extends.yaml",
        OUT,
    ),
}


@pytest.mark.parametrize("name", LEADING_OUT)
def test_what_a_repository_names_does_not_lead_out(tmp_path: Path, name: str) -> None:
    files, links, arguments, message = LEADING_OUT[name]
    told = {path: text.replace("{folder}", str(tmp_path)) for path, text in files.items()}
    repo = repository(tmp_path, told, links)
    (tmp_path / "link.yaml").symlink_to("repo/b.yaml")
    make(tmp_path, {"extends.yaml": "extends: repo/b.yaml"})
    before = contents(tmp_path)
    said = refused(check(repo, *arguments.split()))
    assert message.format(repo=repo, folder=tmp_path) in said
    assert contents(tmp_path) == before


def test_other_commands_follow_no_further(tmp_path: Path) -> None:
    repo = repository(tmp_path, {}, {".k8slint.yaml": "../outside/k8slint.yaml"})
    for command in (["timeline"], ["facts"], ["config", "show"], ["check", "-"]):
        assert OUT.format(repo=repo, folder=tmp_path) in refused(k8slint(repo, *command))
    name = "../repo/sub/pod.yaml"
    (tmp_path / "elsewhere").mkdir()
    refused(check(tmp_path / "elsewhere", "-", "--stdin-filename", name))
    assert k8slint(repo, "explain").code == 0
    init = k8slint(repo, "config", "init")
    assert (init.code, init.err) == (
        2,
        "k8slint: .k8slint.yaml already exists and is not overwritten\n",
    )


# Files and links of a repository, the arguments, and the exit code.
STAYING_INSIDE: dict[str, tuple[dict[str, str], dict[str, str], str, int]] = {
    "context beside": (
        {"a/.k8slint.yaml": "context: [../b]", "a/pod.yaml": ERROR, "b/pod.yaml": CLEAN},
        {},
        "a",
        1,
    ),
    "context by way of a link": (
        {".k8slint.yaml": "context: [a]", "b/pod.yaml": CLEAN},
        {"a": "b"},
        "pod.yaml",
        1,
    ),
    "a linked configuration": (
        {"a/pod.yaml": ERROR, "b.yaml": QUIET},
        {"a/.k8slint.yaml": "../b.yaml"},
        "a",
        0,
    ),
    "extends above": (
        {
            "a/.k8slint.yaml": "extends: ../b.yaml",
            "a/pod.yaml": ERROR,
            "b.yaml": QUIET,
        },
        {},
        "a",
        0,
    ),
    "a linked baseline": ({"a.json": NOTHING_KNOWN}, {BASELINE: "a.json"}, "", 1),
    "a baseline of the user's own": ({}, {}, "--baseline ../known.json", 1),
    "a configuration of the user's own": ({}, {}, "--config ../own/k8slint.yaml", 0),
    "a linked configuration of the user's own": ({}, {}, "--config ../own/link.yaml", 0),
    "context that is named": ({}, {}, "--context ../outside/pod.yaml", 1),
    "no configuration": ({}, {".k8slint.yaml": "../outside/k8slint.yaml"}, "--isolated", 1),
    "another configuration": (
        {},
        {".k8slint.yaml": "../outside/k8slint.yaml"},
        "--config ../own/k8slint.yaml",
        0,
    ),
}


@pytest.mark.parametrize("name", STAYING_INSIDE)
def test_what_stays_inside_or_is_named_by_the_call(tmp_path: Path, name: str) -> None:
    files, links, arguments, code = STAYING_INSIDE[name]
    repo = repository(tmp_path, files, links)
    make(
        tmp_path,
        {
            "known.json": NOTHING_KNOWN,
            "own/k8slint.yaml": "extends: ../base/k8slint.yaml\ncontext: [../outside/pod.yaml]",
            "base/k8slint.yaml": QUIET,
        },
    )
    (tmp_path / "own/link.yaml").symlink_to("k8slint.yaml")
    ran = check(repo, *arguments.split())
    assert ran.code == code, ran.err


def test_without_git_the_named_folders_are_the_bounds(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            "a/.k8slint.yaml": "extends: ../b.yaml\ncontext: [../c]",
            "a/pod.yaml": ERROR,
            "b.yaml": QUIET,
            "c/pod.yaml": CLEAN,
        },
    )
    assert check(tmp_path).code == 0
    assert check(tmp_path, "a", "c", ".").code == 0
    assert "it leads out of " in refused(check(tmp_path, "a"))
    assert "it leads out of " in refused(check(tmp_path, "a/pod.yaml", "c"))
    assert "it leads out of " in refused(check(tmp_path / "a"))


def test_a_repository_is_not_bound_by_the_folder_that_is_named(tmp_path: Path) -> None:
    files = {"a/.k8slint.yaml": "context: [../../other]", "a/pod.yaml": ERROR}
    make(tmp_path, {".git/HEAD": "", "one/.git/HEAD": "", "other/pod.yaml": CLEAN})
    make(tmp_path / "one", files)
    assert f"it leads out of {tmp_path}/one," in refused(check(tmp_path, "."))


def test_a_configuration_of_the_repository_is_bound_whatever_is_checked(tmp_path: Path) -> None:
    repo = repository(tmp_path, {"a.yaml": "context: [../outside]"}, {})
    make(tmp_path, {"rendered/pod.yaml": ERROR})
    assert "it leads out of " in refused(check(repo, "../rendered", "--config", "a.yaml"))


def test_entries_of_a_baseline_tell_nothing_of_what_is_outside(tmp_path: Path) -> None:
    hidden: dict[str, bool] = {}
    for path in ("gone.yaml", "../outside/gone.yaml", "/no/such/file", "a/b", "to/gone"):
        repo = repository(tmp_path / str(len(hidden)), {}, {"to": "../outside"})
        check(repo, "--write-baseline")
        known = repo / BASELINE
        known.write_text(known.read_text("utf-8").replace("pod.yaml", path), encoding="utf-8")
        hidden[path] = check(repo).code == 0
    outside = ("../outside/gone.yaml", "/no/such/file", "to/gone")
    assert hidden == {path: path not in outside for path in hidden}


# What would never end, where it is, and the arguments that name it, or do not.
ENDLESS = [
    ("pipe", ".k8slint.yaml", "check"),
    ("pipe", "pyproject.toml", "check"),
    ("pipe", BASELINE, "check"),
    ("pipe", "kustomization.yaml", "check pod.yaml"),
    ("pipe", "a.yaml", "check ."),
    ("pipe", "a.yaml", "check a.yaml"),
    ("pipe", "a.yaml", "check pod.yaml a.yaml"),
    ("pipe", "a.yaml", "check --config a.yaml"),
    ("pipe", "a.json", "check --baseline a.json"),
    ("pipe", "a.yaml", "check --context a.yaml pod.yaml"),
    ("pipe", "a.yaml", "timeline a.yaml"),
    ("device", ".k8slint.yaml", "check"),
    ("device", BASELINE, "check"),
    ("device", "kustomization.yaml", "check pod.yaml"),
    ("device", "a.yaml", "check a.yaml"),
    ("device", "a.yaml", "check --config a.yaml"),
]
# Nobody asked for it, and it is no regular file.
NOT_READ = ("pyproject.toml", "kustomization.yaml", "check .")


@pytest.mark.parametrize(("kind", "place", "command"), ENDLESS)
def test_nothing_waits_for_a_pipe_or_reads_a_device(
    tmp_path: Path, kind: str, place: str, command: str
) -> None:
    repo = repository(tmp_path, {}, {} if kind == "pipe" else {place: "/dev/zero"})
    if kind == "pipe":
        os.mkfifo(repo / place)
    ran = apart(repo, *command.split())
    if place in NOT_READ or command in NOT_READ:
        assert ran.code == 1, ran.err
    else:
        assert ran.code == 2
        assert "it leads out of" in ran.err or "not a regular file" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("key", ["extends", "context", "images"])
def test_nothing_waits_for_a_pipe_that_a_configuration_names(tmp_path: Path, key: str) -> None:
    value = {"extends": "a.yaml", "context": "[a.yaml]", "images": "[{config: a.yaml}]"}[key]
    repo = repository(tmp_path, {".k8slint.yaml": f"{key}: {value}"}, {})
    os.mkfifo(repo / "a.yaml")
    assert "it is a named pipe" in refused(apart(repo, "check")).replace(
        "is a named", "it is a named"
    )


def test_what_the_caller_pipes_in_by_a_descriptor_is_read(tmp_path: Path) -> None:
    repo = repository(tmp_path, {}, {})
    for arguments, code in {
        "check POD": 1,
        "check POD POD": 1,
        "check --context POD pod.yaml": 1,
        "check --fix POD": 2,
        "timeline POD": 0,
        "check /dev/null": 0,
        "check --config /dev/null pod.yaml": 1,
        "check /dev/fd/../zero": 2,
    }.items():
        with ExitStack() as pipes:
            words = [
                pipes.enter_context(piped(ERROR)) if word == "POD" else word
                for word in arguments.split()
            ]
            ran = apart(repo, *words)
        assert ran.code == code, (arguments, ran.err)


@contextmanager
def piped(text: str) -> Iterator[str]:
    """The name that a shell gives to the output of a command."""
    out, into = os.pipe()
    os.write(into, text.encode())
    os.close(into)
    try:
        yield f"/dev/fd/{out}"
    finally:
        os.close(out)


@pytest.mark.long
def test_so_is_what_a_shell_pipes_in(tmp_path: Path) -> None:
    repo = repository(tmp_path, {}, {})
    config = f"<(echo '{QUIET}')"
    for arguments, code in {
        f"check --config {config} <(cat pod.yaml)": 0,
        "check /dev/stdin < pod.yaml": 1,
        f"config show --config {config} | grep -q GS106": 0,
    }.items():
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m k8slint {arguments}"],
            cwd=repo,
            env=environment(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == code, (arguments, done.stderr)


NAME = ".k8slint.yaml"
TABLE = "pyproject.toml"
HEAD = "[tool.k8slint]\n"
MANY = 15_000
# Texts of a configuration that could end in a traceback or never, and what is said of them.
MONSTROUS: dict[str, tuple[str, str, str]] = {
    "extends, 100 kB": (NAME, f"extends: {'x' * 100_000}", "a path of 100,"),
    "extends, 100 kB of folders": (NAME, f"extends: {'a/' * 50_000}", "characters is too long"),
    "extends, 90 kB upwards": (NAME, f"extends: {'../' * 30_000}x", "characters is too long"),
    "extends, a long name": (NAME, f"extends: {'x' * 300}", "File name too long"),
    "extends, NUL": (NAME, 'extends: "a\\0b"', "not a valid file name"),
    "extends, a folder": (NAME, "extends: .", "is a folder, not a regular file"),
    "extends, itself": (NAME, f"extends: {NAME}", "extends: circular"),
    "context, NUL": (NAME, 'context: ["a\\0b"]', "not a valid file name"),
    "many keys": (NAME, "".join(f"k{n}: 1\n" for n in range(MANY)), "unknown key 'k0'"),
    "many keys of one name": (NAME, "a: 1\n" * MANY, "key 'a' is written twice"),
    "many patterns": (
        NAME,
        "per-file-ignores:\n" + "".join(f"  a{n}: []\n" for n in range(MANY)),
        "per-file-ignores: more than 500 entries, the limit",
    ),
    "many excludes": (NAME, f"exclude: [{'a,' * MANY}]", "exclude: more than 500 entries"),
    "many programs": (
        NAME,
        "programs:\n" + "- {name: a, command: b, flag: c}\n" * 501,
        "programs: more than 500 entries, the limit",
    ),
    "many aliases": (
        NAME,
        f"a: &a []\nb: [{'*a,' * MANY}]",
        "anchors and aliases are not supported",
    ),
    "deep": (NAME, f"a: {'[' * MANY}", "nested deeper than 1,000 levels"),
    "less deep": (NAME, f"a: {'[' * 900}{']' * 900}", "nested too deeply for a configuration"),
    "many documents": (NAME, "---\na: 1\n" * MANY, "must be a single mapping of keys"),
    "a long word": (NAME, f"select: [{'G' * 200_000}]", "no rule is called 'GGG"),
    "a number of 5,000 digits": (NAME, f"render-timeout: {'9' * 5_000}", "is not an integer"),
    "a version of 5,000 digits": (
        NAME,
        f"kubernetes-version: '1.{'9' * 5_000}'",
        "is not a version",
    ),
    "endless seconds": (NAME, "programs: [{name: a, command: b, default: .inf}]", "'.inf' is no"),
    "no seconds": (NAME, "programs: [{name: a, command: b, default: .nan}]", "'.nan' is no"),
    "more seconds than count": (NAME, "rules: {GS101: {margin: 9000000000}}", "maximum of"),
    "more than is read": (
        NAME,
        "#" * 250_001,
        "it has more than 250 kB, the limit for such a file",
    ),
    "TOML, a number of 5,000 digits": (TABLE, f"{HEAD}a = {'9' * 5_000}", "Exceeds the limit"),
    "TOML, endless seconds": (
        TABLE,
        f"{HEAD}programs = [{{name='a', command='b', default=inf}}]",
        "'inf' is no",
    ),
    "TOML, one statement of many lines": (
        TABLE,
        HEAD + "a = [\n" + "1,\n" * MANY + "]",
        "toml:2: unknown key 'a'",
    ),
    "TOML, many statements": (
        TABLE,
        "".join(f"k{n} = 1\n" for n in range(MANY)) + f"{HEAD}a = 1",
        f"toml:{MANY + 2}: unknown key 'a'",
    ),
    "TOML, a text of many lines": (
        TABLE,
        f'{HEAD}a = """{chr(10) * MANY * 10}"""',
        "unknown key 'a'",
    ),
    "TOML, a key of many parts": (TABLE, f"{HEAD}a{'.a' * MANY} = 1", "nested too deep"),
    "a key, 1 kB": (NAME, f"{'x' * 1_000}: 1", "unknown key 'xxx"),
    "a rule, 100 kB": (NAME, f"select: [{'x' * 100_000}]", "no rule is called 'xxx"),
    "a name, 1 kB": (NAME, f"rules: {{{'x' * 1_000}: {{a: 1}}}}", "no rule is called 'xxx"),
    "a level, 100 kB": (NAME, f"fail-on: {'x' * 100_000}", "fail-on: 'xxx"),
    "a version, 100 kB": (NAME, f"kubernetes-version: {'x' * 100_000}", "is not a version"),
    "a kind, 100 kB": (
        NAME,
        f"pod-templates: [{{kind: {'x ' * 50_000}, paths: [a]}}]",
        "not a kind",
    ),
    "a list for a word": (NAME, f"fail-on: [{'x, ' * 30_000}]", "fail-on: ['x"),
    "a word for a list": (NAME, f"select: {'x' * 100_000}", "select: 'xxx"),
    "extends, 4 kB": (NAME, f"extends: {'x/' * 1_900}y", "extends: no such file: /"),
    "outside, 4 kB": (NAME, f"extends: ../{'x/' * 1_900}y", "it leads out of"),
    "a context, 4 kB": (NAME, f"context: [../{'x/' * 1_900}y]", "it leads out of"),
    "TOML, deep": (TABLE, f"{HEAD}a = {'[' * MANY}", "nested too deep"),
}


# Long words, many of them, and what is nested; each of the others is one more of those.
SOON = (
    *("extends, 100 kB", "extends, NUL", "many keys", "many aliases", "deep", "less deep"),
    *("a number of 5,000 digits", "endless seconds", "more than is read", "TOML, deep"),
    *("a rule, 100 kB", "a word for a list", "outside, 4 kB"),
)


@pytest.mark.parametrize("name", long_except(MONSTROUS, *SOON))
def test_a_monstrous_configuration_is_one_line_and_soon(tmp_path: Path, name: str) -> None:
    place, text, message = MONSTROUS[name]
    repo = repository(tmp_path, {place: text}, {})
    before = process_time()
    said = refused(check(repo), lines=21 if name == "many keys" else 1)
    assert message in said
    longest = max(map(len, said.splitlines()))
    assert longest < 700 + 2 * len(str(repo))
    assert process_time() - before < CPU_SECONDS


def test_wildcards_do_not_multiply_with_aliases(tmp_path: Path) -> None:
    levels = 20
    lines = ["  a0: &a0 {x: {containers: [{name: app}]}}"]
    lines += [f"  a{n}: &a{n} {{l: *a{n - 1}, r: *a{n - 1}}}" for n in range(1, levels)]
    shop = "apiVersion: shop.io/v1\nkind: Shop\nmetadata: {name: a}\nspec:\n" + "\n".join(lines)
    paths = f"['spec{'.*' * (levels + 1)}']"
    templates = f"pod-templates: [{{kind: Shop, paths: {paths}}}]"
    repo = repository(tmp_path, {NAME: templates, "pod.yaml": shop}, {})
    before = process_time()
    assert check(repo).code == 0
    assert process_time() - before < CPU_SECONDS


def test_a_chain_of_configurations_has_an_end(tmp_path: Path) -> None:
    chain = {f"{n}.yaml": f"extends: {n + 1}.yaml" for n in range(30)}
    repo = repository(tmp_path, {NAME: "extends: 0.yaml", **chain}, {})
    assert "18.yaml:1: extends: the chain is longer than 20 files" in refused(check(repo))


def test_what_many_configurations_extend_is_read_once(tmp_path: Path) -> None:
    nested = {f"{n}/{NAME}": "extends: ../base.yaml" for n in range(9)}
    pods = {f"{n}/pod.yaml": ERROR for n in range(9)}
    repo = repository(tmp_path, {"base.yaml": QUIET, **nested, **pods}, {})
    with mock.patch("k8slint.config.load.read_config", wraps=read_config) as read:
        assert check(repo).code == 1
    files = Counter(call.args[0].name for call in read.call_args_list)
    assert files == {NAME: 9, "base.yaml": 1}


@pytest.mark.long
def test_what_many_configurations_extend_may_be_long(tmp_path: Path) -> None:
    words = ", ".join(["GS1"] * 400)
    base = "per-file-ignores:\n" + "".join(f"  a{n}: [{words}]\n" for n in range(100))
    nested = {f"{n}/{NAME}": "extends: ../base.yaml" for n in range(60)}
    pods = {f"{n}/pod.yaml": ERROR for n in range(60)}
    repo = repository(tmp_path, {"base.yaml": base, **nested, **pods}, {})
    before = process_time()
    assert check(repo, "--statistics").code == 1
    assert process_time() - before < CPU_SECONDS


def test_files_that_are_larger_than_what_is_read(tmp_path: Path) -> None:
    for name, size, limit in (
        (BASELINE, 10**11, "50 MB"),
        (TABLE, 10**11, "250 kB"),
        ("a.yaml", 10**12, "250 MB"),
    ):
        repo = repository(tmp_path / name, {}, {})
        with (repo / name).open("wb") as file:
            file.truncate(size)
        ran = check(repo)
        assert ran.code == 2
        assert f"{name}: cannot be read: it has more than {limit}, the limit for such" in ran.err


@pytest.mark.long
def test_a_long_way_down(tmp_path: Path, goes_deep: None) -> None:
    repo = repository(tmp_path, {}, {})
    deep, levels = repo, 600
    for _ in range(levels):
        deep /= "ab"
        deep.mkdir()
        (deep / "kustomization.yaml").write_text("resources: [ab]\n", encoding="utf-8")
        (deep / TABLE).write_text("", encoding="utf-8")
    make(deep, {"pod.yaml": ERROR, "kustomization.yaml": "resources: [pod.yaml]"})
    ran = check(repo)
    assert (ran.code, len(ran.places)) == (1, 2)


def test_ways_without_end() -> None:
    folders, levels = Folders(), 1_500
    deep = "/nowhere" + "/a" * levels
    assert folders.nearest_marked(deep) == "/"
    assert folders.repository_around(deep) == ""
    chain = [Kustomization(f"/{n}", (f"/{n + 1}",)) for n in range(levels)]
    changed = merge_kustomizations(
        [*chain, Kustomization(f"/{levels}", ("/pod.yaml",), namespace="shop")]
    )
    assert changed["/pod.yaml"].namespaces == ("shop",)
