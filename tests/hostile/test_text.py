"""A stranger's words on their way out: to terminals, logs, forges, patches and other programs."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from k8slint.cli import timeline
from k8slint.cli.check import options
from k8slint.report import github
from tests.cli.test_terminal import at_terminal
from tests.command import bash, environment, k8slint, make
from tests.hostile import texts
from tests.hostile.texts import FORMATS, WATCHED, watch_lines, watch_source_lines
from tests.manifests import CLEAN, ERROR, pod
from tests.places import ROOT
from tests.tiers import long_except

TEMPLATE = "kind: Pod\nspec:\n  {{- if .x }}\n  a: b\n"  # Which nothing ends.
BROKEN = "kind: Pod\nspec: [\n"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")

NAMES = [name for name in texts.named() if not name.startswith("-")]
IDS = [str(number) for number in range(len(NAMES))]
# Names that no program may take for two lines or a command, and no eye for another name.
WORST = [name for name in NAMES if re.search("[\n\r\x1b\u202e\x7f]|::|##", name)]


@pytest.mark.parametrize("seed", long_except(range(1, 7), 1))
def test_no_output_shows_a_stranger_s_control(tmp_path: Path, seed: int) -> None:
    files = texts.repository(Random(seed))
    make(tmp_path, files)
    (tmp_path / "out").mkdir()
    texts.watch(tmp_path, ".")


# Where names come out, with what is in the file of that name, and the words beside it.
PLACES: dict[str, tuple[str, list[str], str]] = {
    "a skipped template": (TEMPLATE, ["check", "-v"], ".yaml: skipped: an unrendered template"),
    "a finding": (ERROR, ["check", "--output-format", "concise"], "GS001"),
    "a finding in full": (ERROR, ["check"], "-->"),
    "a file to read": (ERROR, ["check", "--show-files"], ".yaml"),
    "an unfixed finding": (f"{ERROR}---\n{BROKEN}", ["check", "--fix"], "not fixed: "),
    "a file that cannot be drawn": (BROKEN, ["timeline"], "cannot be read"),
    "a timeline": (ERROR, ["timeline"], "Pod web"),
    "facts": (ERROR, ["facts"], "Pod web"),
    "a report for JUnit": (ERROR, ["check", "--output-format", "junit"], ".yaml:12:20: preStop"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_name_stays_on_its_line(tmp_path: Path, place: str) -> None:
    content, arguments, words = PLACES[place]
    plain = [f"{number}.yaml" for number in range(len(WORST))]
    expected, text = (
        _printed(tmp_path / str(number), names, content, arguments)
        for number, names in enumerate((plain, WORST))
    )
    watch_source_lines(text)
    assert text.count(words) == expected.count(words) >= len(WORST)
    assert text.count("\n") == expected.count("\n"), "one line is still one"


def _printed(folder: Path, names: list[str], content: str, arguments: list[str]) -> str:
    make(folder, dict.fromkeys(names, content))
    ran = k8slint(folder, *arguments, "--", *names)
    return ran.out.decode("utf-8", "surrogateescape") + ran.err


# What cannot be done, told with a stranger's name.
REFUSED: dict[str, list[str]] = {
    "a path that is not there": ["check", "{}"],
    "one to show": ["check", "--show-files", "{}"],
    "a configuration": ["check", "--config", "{}"],
    "a baseline": ["check", "--baseline", "{}"],
    "a folder of rules": ["check", "--rules", "{}"],
    "a report": ["check", "--output-format", "json={}/x"],
    "a rule": ["check", "--select", "{}"],
    "a page": ["explain", "{}"],
    "a path with settings": ["config", "show", "{}"],
    "context": ["check", "--context", "{}"],
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_error_is_told_in_one_line(tmp_path: Path, what: str) -> None:
    make(tmp_path, {"a.yaml": ERROR})
    name = "\x1b]0;x\x07\r\n::error::\u202e\x7f\x9b##[x]"
    ran = k8slint(tmp_path, *(word.format(name) for word in REFUSED[what]))
    assert ran.code == 2
    watch_lines(ran.err)
    told = [line for line in ran.err.split("\n") if line and not line.startswith("No workload")]
    assert len(told) == 1, told


def test_settings_are_shown_escaped_and_read_back_the_same(tmp_path: Path) -> None:
    told = {
        "exclude": [f"x{text}" for text in texts.TEXTS],
        "per-file-ignores": {f"a{text[:100]}": ["GS101"] for text in texts.TEXTS},
    }
    make(tmp_path, {".k8slint.yaml": yaml.safe_dump(told), "a.yaml": CLEAN})
    ran = k8slint(tmp_path, "config", "show")
    assert ran.code == 0, ran.err
    watch_lines(ran.text)
    shown = yaml.safe_load(ran.text)
    assert {key: shown[key] for key in told} == told


BROKEN_RULE = '''"""A rule of somebody."""
from k8slint.kubernetes.workload import Pod
from k8slint.lint.rule import rule

@rule("ACME001", "broken", severity="error", since="1")
def check(pod: Pod) -> list[object]:
    raise ValueError("\\x1b]0;x\\x07\\n::error::y\\u202e" + "z" * 100_000)
'''


def test_a_crash_is_told_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise ValueError("\x1b]0;x\x07\n::error::y\u202e" + "z" * 100_000)

    make(tmp_path, {"a.yaml": ERROR})
    monkeypatch.setattr(github, "render", crash)
    ran = k8slint(tmp_path, "check", "--output-format", "github")
    assert ran.code == 2
    watch_lines(ran.err)
    assert len(ran.err) < 50_000
    assert r"\x1b]0;x\x07" in ran.err
    make(tmp_path, {"own/own.py": BROKEN_RULE})
    ran = k8slint(tmp_path, "check", "-v", "--rules", "own")
    assert "Traceback" in ran.err
    watch_lines(ran.err)
    assert len(ran.err) < 50_000


def test_a_baseline_is_told_and_written_escaped(tmp_path: Path) -> None:
    long = "/a" * 100_000
    odd = {"path": "gone\x1b\u202e", "resource": "x\n::error::x", "code": "GS101", "pointer": long}
    entries = [odd, {**odd, "path": "half\ud800"}]
    known = {"version": 1, "entries": entries}
    make(tmp_path, {"a.yaml": ERROR, ".k8slint-baseline.json": json.dumps(known)})
    ran = k8slint(tmp_path, "check", "-v")
    assert r"stale baseline entry: gone\x1b\u202e: GS101 x\n::error::x" in ran.err
    watch_lines(ran.err)
    assert len(ran.err) < 5_000
    assert k8slint(tmp_path, "check", "--write-baseline", "--select", "GS001").code == 0
    written = (tmp_path / ".k8slint-baseline.json").read_text(encoding="utf-8")
    watch_lines(written)
    kept = json.loads(written)["entries"]
    assert [entry for entry in kept if entry in entries] == entries, "another rule looked"


# Patches.


@pytest.mark.parametrize("program", ["git", "patch"])
def test_a_patch_changes_the_file_of_that_name(
    tmp_path: Path, need: Callable[[str], str], program: str
) -> None:
    command = [need("git"), "apply", "-p0"] if program == "git" else [need("patch"), "-p0"]
    names = [*NAMES, "x y\n.yaml", 'a"b.yaml', "a\\b.yaml", os.fsdecode(b"\xff.yaml"), " x.yaml "]
    make(tmp_path, dict.fromkeys(names, ERROR))
    ran = k8slint(tmp_path, "check", "--diff", *(f"./{name}" for name in names))
    watch_source_lines(ran.out.decode())
    make(tmp_path, dict.fromkeys(names, ERROR))
    done = subprocess.run(command, cwd=tmp_path, input=ran.out, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    repaired = {path.name for path in tmp_path.iterdir() if "70" in path.read_text()}
    assert repaired == {*names}


def near_the_end(*lines: str) -> str:
    """A manifest with lines that a patch shows as they are around its change."""
    return ERROR + "".join(f"    {line}\n" for line in ("env:", "- name: X", "  value: |", *lines))


def test_a_patch_for_a_log_is_not_obeyed(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": near_the_end("    ::error::x", "    ##[set-output name=a]b")})
    ran = k8slint(tmp_path, "check", "--diff", "--output-format", "github")
    assert "+  terminationGracePeriodSeconds: 70" in ran.text
    assert "::error::x" in ran.text
    texts.watch_github(ran.text)


def test_a_patch_is_exact_and_shown_escaped_to_people(tmp_path: Path) -> None:
    odd = "# \u202e\u200b ##[x]"
    make(tmp_path, {"a.yaml": near_the_end("    x").replace("\n", "\r\n") + f"    {odd}\r\n"})
    assert f" {odd}\r\n" in k8slint(tmp_path, "check", "--diff").text
    shown = at_terminal(tmp_path, "stdout", "--diff").replace("\r\n", "\n")
    watch_lines(re.sub(r"\x1b\[\d*m", "", shown))  # The colours are ours.
    assert r" # \u202e\u200b #\x23[x]" in shown


# Long texts.

LONG = "B" * 100_000
GIANTS: dict[str, str] = {
    "a name": pod(name=LONG, app="lifecycle: {preStop: {sleep: {seconds: 60}}}\n"),
    "a container": ERROR.replace("name: app", f"name: {LONG}"),
    "digits": pod(spec=f"terminationGracePeriodSeconds: '{'1' * 100_000}'\n"),
    "a command": pod(app=f"lifecycle: {{preStop: {{exec: {{command: ['sleep {LONG}']}}}}}}\n"),
    "a script": pod(app=f"command: [sh, -c, 'node x; {LONG}']\n"),
    "a key": pod(spec=f"? {LONG}\n: 1\n? {LONG}\n: 2\n"),
    "an ignore": f"# k8slint: file-ignore[{LONG}] {LONG}\n{ERROR}",
    "a reason": ERROR.replace("seconds: 60", f"seconds: 60  # k8slint: ignore[GS001] {LONG}"),
    "an annotation": ERROR.replace(
        "  name: web", f"  name: web\n  annotations: {{k8slint/ignore: '{LONG}: {LONG}'}}", 1
    ),
    "an alias": f"kind: Pod\nspec: *{LONG}\n",
    "words": ERROR.replace("name: web", f"name: {'web ' * 25_000}"),
}


def test_every_format_is_watched() -> None:
    unwatched = {*options.FORMATS, *timeline.DRAWN} - WATCHED.keys()
    assert not unwatched, "add what each may never hold to WATCHED in tests/hostile/texts.py"


# A few findings; in SARIF with the pages of all rules, in HTML with styles, script and pictures.
ENOUGH = dict.fromkeys(FORMATS, 20_000) | {"sarif": 400_000, "html": 60_000}


@pytest.mark.parametrize(
    "giant", long_except(GIANTS, "a command", "a key", "an annotation", "an ignore", "digits")
)
def test_a_report_is_short_whatever_it_echoes(tmp_path: Path, giant: str) -> None:
    make(tmp_path, {"a.yaml": GIANTS[giant]})
    wanted = [f"--output-format={name}=out/{name}" for name in FORMATS]
    (tmp_path / "out").mkdir()
    ran = k8slint(tmp_path, "check", "-v", "--select", "ALL", "--unsafe-fixes", *wanted, "a.yaml")
    assert ran.code in (0, 1), ran.err
    assert len(ran.err) < 5_000
    data = json.loads((tmp_path / "out" / "json").read_text(encoding="utf-8"))
    edits = [edit for one in data["findings"] for edit in (one["fix"] or {"edits": ()})["edits"]]
    exact = sum(len(json.dumps(edit["content"])) for edit in edits)
    for name in FORMATS:
        text = (tmp_path / "out" / name).read_text(encoding="utf-8")
        WATCHED[name](text)
        assert len(text) < ENOUGH[name] + exact, name
    drawn = k8slint(tmp_path, "timeline", "--output-format", "json", "a.yaml")
    assert len(drawn.out) < 20_000


@pytest.mark.long
def test_a_line_of_ten_megabytes_is_shown_in_part(tmp_path: Path) -> None:
    (container,) = yaml.safe_load(ERROR)["spec"]["containers"]
    containers = [{**container, "name": f"c{number}"} for number in range(100)]
    spec = {"containers": containers, "hostname": "x" * 10_000_000}
    text = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec})
    make(tmp_path, {"a.json": f"{text}\n"})
    command = [sys.executable, "-c", BOUNDED, "check", "--select", "GS001", "a.json"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr[-2_000:]
    assert done.stdout.count("error GS001") == 100
    assert max(map(len, done.stdout.split("\n"))) < 500
    assert re.search(r"\| +\^\^ sleeps 60 s", done.stdout)


# A hundred copies of the line would not fit.
BOUNDED = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))
from k8slint.__main__ import main
main()
"""


# What forges, logs and browsers make of texts.

COMMANDS = ("::error::x.yaml", "  ::add-mask::x.yaml", "##[error]x.yaml", "a##vso[b]c.yaml")


LISTED = ("--output-format=full", "--output-format=concise", "--show-files")


@pytest.mark.parametrize("option", LISTED)
def test_a_name_is_no_command_of_a_log(tmp_path: Path, option: str) -> None:
    make(tmp_path, dict.fromkeys(COMMANDS, ERROR))
    ran = k8slint(tmp_path, "check", option)
    assert ran.text.count(".yaml") >= len(COMMANDS)
    watch_source_lines(ran.text)
    watch_lines(ran.err)


def told_of(text: str) -> str:
    """A manifest with a finding whose message holds a text."""
    return pod(spec=f"? {json.dumps(text)}\n: 1\n? {json.dumps(text)}\n: 2\n")


ALIVE = (
    *("@org/team", "#1", "GH-1", "org/repo#2", "a@b.example", "https://evil.example", "deadbeef1"),
    *("www.evil.example", ":tada:", "CVE-2020-1", "![x](http://evil.example/x.png)", "!1", "$1"),
    *("<img src=x>", "<https://evil.example>", "<!-- -->", "|", "`x`", "\\", "\\|@a", "`@a`"),
    *("a|@b|#1", "*a*", "__b__", "~~c~~", "[a](b)", "[issue:1]", "~bug", "&1", "@" * 9),
)


def test_markdown_mentions_nobody(tmp_path: Path) -> None:
    """Nor links, shows or runs anything, and cells stay cells."""
    names = [f"{word.replace('/', '_')} {number}.yaml" for number, word in enumerate(ALIVE)]
    make(tmp_path, dict(zip(names, map(told_of, ALIVE), strict=True)))
    make(tmp_path, {"all.yaml": told_of(" ".join(ALIVE)), "none.yaml": told_of("".join(ALIVE))})
    ran = k8slint(tmp_path, "check", "--output-format", "markdown")
    texts.watch_markdown(ran.text)
    assert "`@org/team`" in ran.text
    assert ran.text.count("\n| ") == len(ALIVE) + 2 + 2


def test_data_is_exact_in_reports_for_programs(tmp_path: Path) -> None:
    name = "\x1b[31m\u202e\x7f\x9b##[x]\U000e0041.yaml"
    make(tmp_path, {name: ERROR})
    wanted = [f"--output-format={one}=out/{one}" for one in FORMATS]
    (tmp_path / "out").mkdir()
    k8slint(tmp_path, "check", *wanted, name)
    read = {one: (tmp_path / "out" / one).read_text(encoding="utf-8") for one in FORMATS}
    for one, text in read.items():
        WATCHED[one](text)
    assert json.loads(read["json"])["findings"][0]["path"] == name
    assert json.loads(read["jsonl"])["path"] == name
    assert json.loads(read["gitlab"])[0]["location"]["path"] == name
    # XML has no way to say ESC.
    shown = name.replace("\x1b", "\\x1b")
    assert [one.attrib["name"] for one in ET.fromstring(read["checkstyle"])] == [shown]
    assert [one.attrib["file"] for one in ET.fromstring(read["junit"]).iter("testcase")] == [shown]


def test_xml_drops_nothing(tmp_path: Path) -> None:
    names = ["a\x01.yaml", "a\x02.yaml", "a\ufffe.yaml", os.fsdecode(b"a\xff.yaml")]
    make(tmp_path, dict.fromkeys(names, ERROR))
    ran = k8slint(tmp_path, "check", "--output-format", "checkstyle")
    seen = [one.attrib["name"] for one in ET.fromstring(ran.text)]
    assert sorted(seen) == [r"a\udcff.yaml", r"a\ufffe.yaml", r"a\x01.yaml", r"a\x02.yaml"]


def test_sarif_has_no_link_of_a_stranger(tmp_path: Path) -> None:
    words = ("[a](javascript:alert(1))", "[a\\](javascript:alert(1))", "[a\\\\](http://b.example)")
    make(tmp_path, {f"{number}.yaml": told_of(word) for number, word in enumerate(words)})
    ran = k8slint(tmp_path, "check", "--output-format", "sarif")
    assert ran.text.count("javascript") == 2
    texts.watch_sarif(ran.text)


# Words of a call, and files that a call writes.


def test_a_file_s_name_is_no_option(tmp_path: Path) -> None:
    """As a hook hands names over, and `*.yaml` in a shell."""
    rule = "from pathlib import Path\nPath('pwned').touch()\n"
    make(tmp_path, {"--rules=x.yaml": CLEAN, "x.yaml/own.py": rule, "a.yaml": CLEAN})
    ran = k8slint(tmp_path, "check", "--force-exclude", "--rules=x.yaml", "a.yaml")
    assert not (tmp_path / "pwned").exists()
    assert ran.code == 2
    assert ran.err.startswith(
        "k8slint: --rules=x.yaml is also the name of a file here: write ./--rules"
    )
    assert k8slint(tmp_path, "check", "--", "--rules=x.yaml", "a.yaml").code == 0
    assert k8slint(tmp_path, "check", "./--rules=x.yaml", "a.yaml").code == 0


@pytest.mark.parametrize("link", ["a.sarif", "folder"])
def test_a_report_does_not_follow_a_link_out(tmp_path: Path, link: str) -> None:
    make(tmp_path, {"repo/a.yaml": ERROR, "outside/precious": "before", "repo/.git/HEAD": "x"})
    file = tmp_path / "repo" / link
    file.symlink_to(tmp_path / "outside" / ("precious" if link == "a.sarif" else ""))
    target = link if link == "a.sarif" else f"{link}/precious"
    ran = k8slint(tmp_path / "repo", "check", "--output-format", f"full={target}")
    assert (tmp_path / "outside" / "precious").read_text() == "before"
    assert ran.code == 2
    assert f"{target}: cannot be written: it leads out of " in ran.err


# Scripts of ours that run in a stranger's checkout.

# What Python imports first, where it looks into the folder it runs in.
MODULES = ("venv", "pip", "ensurepip", "subprocess", "sitecustomize", "logging", "tempfile")


def stranger_s(folder: Path) -> None:
    trap = f"import pathlib; pathlib.Path({str(folder)!r}).joinpath('pwned').touch()\n"
    files = {f"{name}.py": trap for name in MODULES}
    files |= {f"{name}/__main__.py": trap for name in MODULES}
    files[".k8slint-venv/lib/python3.11/site-packages/x.pth"] = trap
    files[".k8slint-venv/pyvenv.cfg"] = "include-system-site-packages = true\n"
    make(folder, files)


def test_the_action_runs_no_module_of_the_checkout(
    tmp_path: Path, need: Callable[[str], str]
) -> None:
    stranger_s(tmp_path / "work")
    step = next(one for one in _action()["runs"]["steps"] if one["name"] == "Install k8slint")
    bash(
        step["run"],
        tmp_path / "work",
        need,
        PYTHON=sys.executable,
        VERSION="",
        RUNNER_TEMP=str(tmp_path / "temp"),
        GITHUB_ACTION_PATH=str(tmp_path / "nothing"),
        GITHUB_OUTPUT=str(tmp_path / "output"),
        PIP_NO_INDEX="1",
    )
    assert (tmp_path / "temp" / "k8slint" / "pyvenv.cfg").exists()
    assert not (tmp_path / "work" / "pwned").exists()


def test_the_template_for_gitlab_runs_no_module_of_the_checkout(
    tmp_path: Path, need: Callable[[str], str]
) -> None:
    stranger_s(tmp_path)
    make(tmp_path, {"bin/python": f'#!/bin/sh\nexec {sys.executable} "$@"\n'})
    (tmp_path / "bin" / "python").chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    (job,) = [one["k8slint"] for one in _gitlab() if "k8slint" in one]
    *before, _ = job["script"]
    script = "\n".join(f"{line} || true" if "install" in line else line for line in before)
    words = f"{script}\nset -- $K8SLINT_ARGS\ntest $# = 1"
    given = {"K8SLINT_VERSION": "==0", "K8SLINT_ARGS": "*", "PIP_NO_INDEX": "1"}
    assert bash(words, tmp_path, need, PATH=path, TMPDIR=str(tmp_path), **given) == 0
    assert not (tmp_path / "pwned").exists()


def _action() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return data


def _gitlab() -> list[dict[str, Any]]:
    return [*yaml.safe_load_all((ROOT / ".gitlab" / "k8slint.yml").read_text(encoding="utf-8"))]


# The door.


PRINTERS = {
    *("print", "typer.echo", "typer.secho", "click.echo", "traceback.print_exc"),
    *("traceback.print_exception", "sys.stdout.write", "sys.stderr.write", "sys.stdout.buffer"),
    *("sys.stderr.buffer", "sys.__stdout__", "sys.__stderr__", "logging"),
}


# A log, in a file that the command line names; and the messages of a protocol, in JSON.
OTHERS = {
    "server/editor.py": {"logging"},
    "server/serve.py": {"logging", "sys.stdout.buffer"},
}


def test_one_module_prints() -> None:
    """Whatever is printed goes through `write`, which lets no control out."""
    ends = {name.rpartition(".")[2] for name in PRINTERS}
    said = re.compile(rf"\b({'|'.join(ends)})\b")
    for path in (ROOT / "k8slint").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if said.search(text) else ():
            if isinstance(node, ast.Name | ast.Attribute):
                last = node.id if isinstance(node, ast.Name) else node.attr
                printer = ast.unparse(node) if last in ends else ""
                name = path.relative_to(ROOT / "k8slint").as_posix()
                printers = PRINTERS - OTHERS.get(name, set())
                assert printer not in printers, f"{path}:{node.lineno}"
