"""What a container's command comes down to once wrappers and scripts are taken off."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from k8slint.shutdown.command import ContainerCommand, command_of
from k8slint.shutdown.shell import read
from k8slint.shutdown.shell.ending import read_script
from k8slint.shutdown.wrappers import WRAPPERS_BY_NAME, Role
from tests.pods import stop_of
from tests.tables import table

TABLE = table("commands.yaml")
LINES: list[str] = TABLE["wrappers"]
# The first two run parts of their own only, and shells keep the last two for themselves.
REAL = [line for line in LINES if line.split()[0] not in ("busybox", "toybox", "exec", "time")]


def parse_command(command: list[str]) -> ContainerCommand:
    found = command_of(stop_of({"command": command}).container)
    assert found is not None
    return found


def texts(command: ContainerCommand) -> list[str]:
    return [word.text for word in command.words]


def test_every_wrapper_has_examples() -> None:
    assert {line.split()[0] for line in LINES} >= WRAPPERS_BY_NAME.keys() - {"su-exec"}


@pytest.mark.parametrize("line", LINES)
def test_wrappers_are_taken_off(line: str) -> None:
    command = parse_command(line.split())
    assert texts(command) == ["app", "-x"]
    assert command.wrappers == tuple(line.split()[:-2])
    assert command.is_process_one == (
        WRAPPERS_BY_NAME[line.split(maxsplit=1)[0]].role is Role.BECOMES
    )


@pytest.mark.parametrize("line", TABLE["others"])
def test_what_runs_no_command_as_it_stands_is_the_program(line: str) -> None:
    command = parse_command(line.split())
    assert texts(command) == line.split() or (not texts(command) and len(line.split()) == 1)


@pytest.mark.parametrize("row", TABLE["commands"], ids=lambda row: " ".join(row["command"]))
def test_commands(row: dict[str, Any]) -> None:
    command = parse_command(row["command"])
    found = {"command": row["command"], "runs": texts(command)}
    found |= {"first": True} if command.is_process_one else {}
    found |= {"shell": True} if command.shell_stays else {}
    assert found == row


@pytest.mark.parametrize("line", LINES)
def test_a_wrapped_program_drains_as_the_plain_one_does(line: str) -> None:
    wrapped = line.replace("app -x", "gunicorn --graceful-timeout 60 app")
    for command in (wrapped.split(), ["sh", "-c", f"(cd /srv && ./migrate); exec {wrapped}"]):
        drain = stop_of({"command": command}).explicit_drain
        assert drain is not None
        assert drain.span.low == 60


@pytest.mark.parametrize("line", REAL)
def test_hooks_are_read_by_the_same_table(line: str) -> None:
    takes = read(["sh", "-c", line.replace("app -x", "sleep 5")], {}).takes
    assert takes.low in (0, 5)
    assert takes.high >= 5
    assert takes.is_exact or line.split(maxsplit=1)[0] in ("flock", "xargs")


@pytest.mark.parametrize("line", REAL)
def test_real_wrappers_run_what_is_read(
    line: str, need: Callable[[str], str], tmp_path: Path
) -> None:
    name = line.split(maxsplit=1)[0]
    if name in TABLE["root"] and os.geteuid():
        pytest.skip("only root may do that")
    app = tmp_path / "app"
    app.write_text('#!/bin/sh\necho "$$" "$@"\n')
    app.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.Popen(
        [need(name), *line.split()[1:-2], str(app), "-x"], stdout=subprocess.PIPE, text=True,
        env=env, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    told, _ = done.communicate(timeout=10)
    if "--no-run-if-empty" in line:
        assert not told
        return
    pid, *arguments = told.split()
    assert arguments == ["-x"]
    if name not in TABLE["forks"]:
        assert (int(pid) == done.pid) == (WRAPPERS_BY_NAME[name].role is Role.BECOMES)


def test_a_hidden_command_is_not_that_of_the_image() -> None:
    stop = stop_of({"image": "mongo:8", "command": [1, 2]})
    assert stop.command is not None
    assert stop.command.words == ()
    assert stop.drain is None


@pytest.mark.parametrize(
    ("script", "ending"),
    [
        ("A=1 app; b", (("b",), 9, "", "b", False, False)),
        ("A=1 app -x", (("app", "-x"), 4, "", "app", False, False)),
        ("a && b || app > log", (("app",), 10, "||", "app", True, False)),
        ("x; a | b | app", (("app",), 11, "|", "a", False, False)),
        ("a && (b) | app", (("app",), 11, "|", "app", False, False)),
        ("a & app", (("app",), 4, "", "app", False, True)),
        ("app &", (("app",), 0, "", "app", False, True)),
        ("é\napp", (("app",), 2, "", "app", False, False)),
    ],
)
def test_what_stands_around_the_last_command(script: str, ending: tuple[Any, ...]) -> None:
    assert read_script(script).ending == ending


def test_the_commands_of_a_script_are_those_of_all_branches() -> None:
    script = "if a; then trap x TERM; fi; f() { b; }; case x in y) c | d;; esac; (e && f)"
    assert read_script(script).commands == frozenset("abcdef") | {"trap"}


@pytest.mark.parametrize(
    ("command", "shell"),
    [
        (["/busybox/sh", "-c", "app"], "BusyBox"),
        (["/busybox/sh"], None),
        (["busybox", "sh", "-c", "app"], "BusyBox"),
        (["/bin/busybox", "sh", "-c", "app"], "BusyBox"),
        (["/bin/ash", "-c", "app"], "BusyBox"),
        (["bash", "-c", "app"], "bash"),
        (["/bin/sh", "-c", "app"], ""),
    ],
)
def test_the_shell_is_known_by_its_name_or_its_path(command: list[str], shell: str | None) -> None:
    script = parse_command(command).script
    assert (script.known_shell if script else None) == shell
