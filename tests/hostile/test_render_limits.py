"""Charts and overlays of a stranger have an end, and so have the tools that render them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from k8slint.outside import programs
from tests.command import check, environment, make
from tests.hostile.rendering import (
    CHART,
    POD,
    RESOURCE,
    printing,
    stand_in,
)
from tests.hostile.test_programs import is_alive
from tests.tiers import long_except

if os.name == "nt":
    pytest.skip("Windows has other links and signals", allow_module_level=True)

# A tool that starts another program and waits.
WAITS = """
child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(120)"])
with open({0!r}, "w") as file:
    print(os.getpid(), child.pid, file=file)
time.sleep(120)
"""


def waiting(path: Path) -> list[int]:
    """The processes of the tool above, once they run."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if path.exists() and (text := path.read_text("ascii")).endswith("\n"):
            return [int(number) for number in text.split()]
        time.sleep(0.01)
    pytest.fail("the tool was not started")


def are_gone(processes: list[int]) -> bool:
    end = time.monotonic() + 10
    while any(map(is_alive, processes)) and time.monotonic() < end:
        time.sleep(0.01)
    return not any(map(is_alive, processes))


ENDS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("times", long_except((1, 3), 3))
@pytest.mark.parametrize("number", long_except((signal.SIGINT, signal.SIGHUP), signal.SIGINT))
@pytest.mark.parametrize("tool", ["helm", "kustomize"])
def test_a_signal_ends_the_tools_and_leaves_nothing(
    tmp_path: Path, repository: Path, chart: Path, tool: str, number: signal.Signals, times: int
) -> None:
    if tool == "kustomize":
        make(chart, {"kustomization.yaml": "resources: [templates/a.yaml]\n"})
        (chart / "Chart.yaml").unlink()
    path = stand_in(tmp_path / "bin", tool, WAITS.format(str(tmp_path / "pids")))
    (tmp_path / "tmp").mkdir()
    command = [sys.executable, "-m", "k8slint", "check", "--render", "-j", "2", "chart"]
    with subprocess.Popen(
        command,
        cwd=repository,
        env=environment(PATH=path, TMPDIR=str(tmp_path / "tmp")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        tools = waiting(tmp_path / "pids")
        begin = time.monotonic()
        for _ in range(times):
            process.send_signal(number)
            time.sleep(0.02)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (ENDS[number], b"", b"")
    assert time.monotonic() - begin < 10
    assert are_gone(tools)
    assert [*(tmp_path / "tmp").iterdir()] == []


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("times", long_except((1, 3), 3))
@pytest.mark.parametrize(
    ("words", "is_reported"),
    [((), True), (("--fix",), False), pytest.param(("--diff",), False, marks=pytest.mark.long)],
)
def test_sigterm_ends_rendering_and_the_report_is_written(
    tmp_path: Path,
    repository: Path,
    chart: Path,
    times: int,
    words: Sequence[str],
    *,
    is_reported: bool,
) -> None:
    make(repository, {f"{name}/Chart.yaml": "name: more\n" for name in ("one", "two")})
    path = stand_in(tmp_path / "bin", "helm", WAITS.format(str(tmp_path / "pids")))
    (tmp_path / "tmp").mkdir()
    command = [sys.executable, "-m", "k8slint", "check", "--render", "-j", "1", *words]
    command += ["--output-format", "json", "."]
    command += [] if "--diff" in words else ["--output-format", "sarif=out.sarif"]
    with subprocess.Popen(
        command,
        cwd=repository,
        env=environment(PATH=path, TMPDIR=str(tmp_path / "tmp")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        tools = waiting(tmp_path / "pids")
        for _ in range(times):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.02)
        out, err = process.communicate(timeout=30)
    assert process.returncode == ENDS[signal.SIGTERM]
    assert are_gone(tools)
    assert [*(tmp_path / "tmp").iterdir()] == []
    assert (repository / "out.sarif").exists() is bool(out) is is_reported
    if is_reported:
        assert err.count(b"the run was ended before") == 3
        report = json.loads(out)
        assert "GS101" in {one["code"] for one in report["findings"]}, "what can be judged is"
        missed = report["summary"]["coverage"]["incomplete"]
        assert [one["reason"] for one in missed if one["kind"] == "chart"] == ["out-of-time"] * 3


def test_what_a_tool_started_ends_when_its_time_is_over(
    tmp_path: Path, repository: Path, chart: Path
) -> None:
    path = stand_in(tmp_path / "bin", "helm", WAITS.format(str(tmp_path / "pids")))
    make(repository, {".k8slint.yaml": "render-timeout: 1\n"})
    ran = check(repository, "--render", "chart", env={"PATH": path})
    assert "it took more than 1 s" in ran.err
    assert are_gone(waiting(tmp_path / "pids"))


@pytest.mark.parametrize("seconds", ["601", "100000000", "1e9"])
def test_a_repository_cannot_have_tools_run_for_long(
    repository: Path, chart: Path, seconds: str
) -> None:
    make(repository, {".k8slint.yaml": f"render-timeout: {seconds}\n"})
    ran = check(repository, "--render", "chart")
    assert ran.code == 2
    assert "render-timeout" in ran.err


def test_all_renderings_of_a_run_have_an_end(
    tmp_path: Path, repository: Path, chart: Path
) -> None:
    make(repository, {f"{name}/Chart.yaml": "name: more\n" for name in ("one", "two")})
    path = stand_in(tmp_path / "bin", "helm", "import time; time.sleep(60)")
    words = ("--render", "--render-limit", "1", "-j", "1", "--output-format", "json=out.json")
    ran = check(repository, *words, ".", env={"PATH": path})
    assert "GS101" in ran.text, "what can be judged is"
    assert ran.err.count("the 1 s of this run are over (--render-limit)") == 3
    report = json.loads((repository / "out.json").read_text("utf-8"))
    missed = report["summary"]["coverage"]["incomplete"]
    assert [one["reason"] for one in missed if one["kind"] == "chart"] == ["out-of-time"] * 3


BOMBS = {
    "loops": "{{ range until 30000 }}{{ range until 30000 }}{{ range until 30000 }}"
    "{{ end }}{{ end }}{{ end }}",
    "a long text": '{{ repeat 2000000000 "x" }}',
    "a text that doubles": '{{ $a := "xxxxxxxx" }}{{ range until 40 }}'
    "{{ $a = print $a $a }}{{ end }}{{ $a }}",
    "a template that has itself": '{{ define "a" }}{{ include "a" . }}{{ include "a" . }}{{ end }}'
    '{{ include "a" . }}',
    "a text that has itself": '{{ define "a" }}{{ tpl "{{ include \\"a\\" . }}" . }}{{ end }}'
    '{{ include "a" . }}',
    "keys": "{{ range until 100 }}{{ genCA (toString .) 3650 }}{{ end }}",
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_chart_takes_no_more_than_its_time_and_memory(
    repository: Path, chart: Path, tools: None, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "MOST_MEMORY", 300_000_000)
    make(chart, {"templates/b.yaml": BOMBS[what], ".k8slint.yaml": "render-timeout: 3\n"})
    begin = time.monotonic()
    ran = check(repository, "--render", "chart")
    assert ran.code in (0, 1)
    assert "Skipped 1 chart: " in ran.err
    assert time.monotonic() - begin < 20


def test_a_tool_that_prints_without_an_end(tmp_path: Path, repository: Path, chart: Path) -> None:
    path = stand_in(tmp_path / "bin", "helm", "while True: print('x' * 9999)")
    ran = check(repository, "--render", "chart", env={"PATH": path})
    assert ": helm printed more than 32 MB" in ran.err


DEEP = {
    "lists": "[" * 900 + "]" * 900,
    "more than anybody reads": "[" * 100_000 + "]" * 100_000,
    "mappings": "{a: " * 900 + "b" + "}" * 900,
    "lines": "".join(f"{' ' * number}a{number}:\n" for number in range(900)),
    "aliases": "\n".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)),
}


PLACES = ("chart/values.yaml", "output", "overlay/kustomization.yaml")


@pytest.mark.parametrize("arguments", long_except(("--fix", "--diff --unsafe-fixes"), "--fix"))
@pytest.mark.parametrize("place", long_except(PLACES, "output"))
@pytest.mark.parametrize("what", long_except(DEEP, "lists", "aliases"))
def test_what_is_deep_or_wide_is_no_crash(
    tmp_path: Path, repository: Path, chart: Path, what: str, place: str, arguments: str
) -> None:
    deep = DEEP[what] if what in ("lines", "aliases") else f"a: {DEEP[what]}\n"
    deep = f"a0: &a0 10\n{deep}\n"
    rendered = f"# Source: shop/templates/a.yaml\n{POD % 'app'}---\nkind: A\n"
    rendered += deep if place == "output" else ""
    path = printing(tmp_path / "bin", "helm", rendered)
    printing(tmp_path / "bin", "kustomize", rendered)
    make(chart, {"values.yaml": "grace: 10\n"})
    make(repository, {"overlay/kustomization.yaml": "resources: [a.yaml]\n"})
    make(repository, {"overlay/a.yaml": RESOURCE})
    if place != "output":
        make(repository, {place: deep})
    begin = time.monotonic()
    ran = check(repository, "--render", *arguments.split(), ".", env={"PATH": path})
    assert "bug" not in ran.err
    assert "Traceback" not in ran.err
    assert time.monotonic() - begin < 30


SLOW = {
    "a pattern for a name": {
        "kustomization.yaml": "resources: [a.yaml]\npatches:\n"
        "- {target: {kind: Pod, name: '(a+)+b|(a|a)*b|web'}, path: patch.yaml}\n",
        "a.yaml": POD.replace("name: web", f"name: {'a' * 60}") % "app",
        "patch.yaml": "- {op: add, path: /spec/terminationGracePeriodSeconds, value: 10}\n",
    },
    "alternatives": {
        "kustomization.yaml": "resources: [a.yaml]\npatches:\n"
        f"- {{target: {{name: '{'(a|a)' * 40}b|.*'}}, path: patch.yaml}}\n",
        "a.yaml": POD.replace("name: web", f"name: {'a' * 60}") % "app",
        "patch.yaml": "- {op: add, path: /spec/terminationGracePeriodSeconds, value: 10}\n",
    },
    "a selector": {
        "kustomization.yaml": "resources: [a.yaml]\npatches:\n"
        f"- {{target: {{labelSelector: '{' ' * 100_000}'}}, path: patch.yaml}}\n",
        "a.yaml": POD % "app",
        "patch.yaml": "- {op: add, path: /spec/terminationGracePeriodSeconds, value: 10}\n",
    },
    "a line of values": {
        "Chart.yaml": CHART,
        "templates/a.yaml": (POD % "app").replace("Seconds: 10", "Seconds: {{ .Values.b.grace }}"),
        "values.yaml": f"b: {{a: {'x' * 200_000}, grace: 10}}\n",
    },
}


@pytest.mark.parametrize("what", SLOW)
def test_nothing_takes_more_time_than_its_size_is_worth(
    repository: Path, tools: None, what: str
) -> None:
    make(repository, SLOW[what])
    command = [sys.executable, "-m", "k8slint", "check", "--render", "--fix", "."]
    done = subprocess.run(
        command,
        cwd=repository,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, 1)
    assert " in 1 workload" in done.stderr
