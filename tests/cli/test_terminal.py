"""What only a person at a terminal sees: links, progress, completion, help."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from k8slint.cli import progress
from k8slint.cli.check.options import GROUPS, CheckOptions
from k8slint.report.page import url
from tests.command import environment, k8slint, make
from tests.copies import Copy
from tests.manifests import CLEAN, ERROR

pty = pytest.importorskip("pty", reason="terminals of Windows are others")

LINK = f"\x1b]8;;{url('GS001')}\x1b\\"


def at_terminal(folder: Path, stream: str, *arguments: str) -> str:
    """What a terminal gets that is the standard output, or error, of a call."""
    terminal, other = pty.openpty()
    ends: dict[str, Any] = {stream: other}
    with Copy(
        folder, "check", *arguments, env={"TERM": "xterm", "COLUMNS": "100"}, **ends
    ) as call:
        os.close(other)
        seen = b""
        try:
            while part := os.read(terminal, 65536):
                seen += part
        except OSError:  # How Linux says that nobody holds the other end.
            pass
        finally:
            os.close(terminal)
        call.finish()
    return seen.decode()


def test_a_code_leads_to_its_page(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": ERROR})
    shown = at_terminal(tmp_path, "stdout")
    assert shown.count(LINK) == shown.count("\x1b]8;;\x1b\\") == 1
    assert "\x1b]8" not in at_terminal(tmp_path, "stdout", "--color", "never")
    assert "\x1b]8" not in k8slint(tmp_path, "check", "--color", "always").text


PROGRESS: dict[tuple[str, ...], bool] = {(): True, ("-q",): False}


@pytest.mark.parametrize(("arguments", "shown"), PROGRESS.items(), ids=map(" ".join, PROGRESS))
def test_who_waits_sees_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], shown: bool
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0)
    make(tmp_path, {f"{number}.yaml": CLEAN for number in range(9)})
    seen = at_terminal(tmp_path, "stderr", *arguments)
    assert ("Checking" in seen) == ("100%" in seen) == shown
    # Nothing of it stays.
    assert seen.rpartition("\x1b[2K")[2] == ("No findings in 9 workloads.\r\n" if shown else "")


def test_a_short_run_shows_no_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 3600)
    make(tmp_path, {f"{number}.yaml": CLEAN for number in range(9)})
    assert at_terminal(tmp_path, "stderr") == "No findings in 9 workloads.\r\n"


COMPLETED = {
    "k8slint ch": "check",
    "k8slint check --unsafe": "--unsafe-fixes",
    "k8slint check --fail-on warn": "warning",
    "k8slint timeline --trigger sp": "spot",
    "k8slint explain GS101": "GS101",
    "k8slint check --ignore GS101,zero-grace-p": "GS101,zero-grace-period",
    "k8slint check --select DEF": "DEFAULT",
    "k8slint check --output-format gro": "grouped",
}


@pytest.mark.parametrize(("typed", "completed"), COMPLETED.items(), ids=COMPLETED)
def test_bash_completes(
    tmp_path: Path, need: Callable[[str], str], typed: str, completed: str
) -> None:
    make(tmp_path, {"bin/k8slint": f"#!{sys.executable}\nfrom k8slint.cli import main\nmain()\n"})
    (tmp_path / "bin" / "k8slint").chmod(0o755)
    script = f"""
    eval "$(k8slint --show-completion bash)"
    complete -p k8slint >&2
    COMP_WORDS=({typed}) COMP_CWORD={len(typed.split()) - 1}
    _k8slint_completion k8slint
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    # The shell is told, as the one that runs the tests may be another.
    env = environment(PATH=path, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    done = subprocess.run(
        [need("bash"), "-c", script], env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == [completed], done.stderr
    assert done.stderr.rstrip().endswith("k8slint")


@pytest.mark.parametrize("command", ["check", "explain", "timeline", "facts"])
def test_help_has_examples_one_on_each_line(tmp_path: Path, command: str) -> None:
    _, _, examples = k8slint(tmp_path, command, "--help").text.partition("\n  Examples:\n")
    assert examples
    for line in examples.splitlines():
        assert line.startswith("    ")
        assert f"k8slint {command}" in line


def test_help_shows_each_option_once_in_its_group(tmp_path: Path) -> None:
    shown = k8slint(tmp_path, "check", "--help").text
    fields = [*CheckOptions._fields]
    named = [name for names in GROUPS.values() for name in names]
    assert len(named) == len({*named})
    assert set(named) <= set(fields)
    titles = [
        line.removesuffix(":") for line in shown.splitlines() if re.match(r"[A-Z].*:$", line)
    ]
    assert titles == ["Arguments", *GROUPS, "Other"]
    assert len(GROUPS["Most used"]) == 10
    flags = re.findall(r"^  (?:-\w, )?(--[\w-]+)", shown, re.MULTILINE)
    renamed = {"--sets": "--set"}
    expected = [f"--{name.replace('_', '-')}" for name in fields if name != "paths"]
    assert sorted(flags) == sorted([*(renamed.get(one, one) for one in expected), "--help"])
