"""GS401: which shells wait for their last command, in words and in those that are installed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from k8slint import api
from k8slint.api import Diagnostic

IMAGES = {"dash": "debian:12", "bash": "fedora:41", "BusyBox": "alpine:3.20"}
SHELLS = {"dash": ["dash"], "bash": ["bash"], "BusyBox": ["busybox", "sh"]}


def find(
    script: str, image: str = "example.com/x:1", shell: str = "sh", **container: object
) -> list[Diagnostic]:
    """What GS401 says of a container that starts with a script."""
    one = {"name": "app", "image": image, **container}
    if "args" not in one:
        one["command"] = [shell, "-c", script]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    text = json.dumps({**pod, "spec": {"containers": [one]}})
    return [found for found in api.check(text, name="a.json") if found.code == "GS401"]


@pytest.mark.parametrize(
    ("script", "container", "expected"),
    [
        ("app", {}, "info `sh -c` stays PID 1 where sh is dash (Debian, Ubuntu) and does"),
        ("app\n", {}, "info where sh is dash (Debian, Ubuntu) or BusyBox (Alpine) and does"),
        ("app > x", {}, "info where sh is dash (Debian, Ubuntu) or bash (Fedora, UBI) and does"),
        ("app | tee x", {}, "warning `sh -c` stays PID 1 and does"),
        ("app || true", {}, ""),
        ("app", {"image": "python:3.12@sha256:0a"}, "warning (dash in `python:3.12`) and does"),
        ("app\n", {"image": "vault:1.13"}, "warning (BusyBox in `vault:1.13`, as a newline"),
        ("app > x", {"shell": "bash"}, "warning `bash -c` stays PID 1 and does"),
        ("app", {"shell": "dash"}, "warning `dash -c` stays PID 1 and does"),
        ("app", {"shell": "ash"}, ""),
        ("app", {"shell": "bash", "image": "debian:12"}, ""),
        ("exec app", {"image": "debian:12"}, ""),
        ("tail -f /dev/null", {"image": "debian:12"}, ""),
        ("tail -f x | app", {}, "warning does not forward the stop signal: `app` never"),
        ("app | sed s/a/b/", {}, "warning does not forward the stop signal: `app` never"),
        ("app | tail", {}, "warning does not forward the stop signal: `app` never"),
        ("tail -f x | cat", {}, ""),
        ("app", {"image": "debian:12", "args": ["sh", "-c", "app"]}, "info (dash in `debian:12`)"),
    ],
)
def test_the_shell_decides(script: str, container: dict[str, str], expected: str) -> None:
    found = find(script, **container)
    assert len(found) == bool(expected)
    for one in found:
        severity, _, words = expected.partition(" ")
        assert str(one.severity) == severity
        assert words in one.message


@pytest.mark.parametrize(
    ("hook", "is_found"),
    [
        ({"exec": {"command": ["sh", "-c", "sleep 5 && kill $(pidof app)"]}}, False),
        ({"exec": {"command": ["sh", "-c", "pkill app; sleep 9"]}}, False),
        ({"exec": {"command": ["nginx", "-s", "quit"]}}, False),
        ({"exec": {"command": ["curl", "localhost/drain"]}}, False),
        ({"exec": {"command": ["/opt/stop.sh"]}}, False),
        ({"httpGet": {"path": "/drain", "port": 80}}, False),
        ({"exec": {"command": ["kill", "-TERM", "1"]}}, True),
        ({"exec": {"command": ["sh", "-c", "echo bye > /proc/1/fd/1; sleep 5"]}}, True),
        ({"exec": {"command": ["sh", "-c", "touch /tmp/drain; timeout 9 sleep 5"]}}, True),
        ({"exec": {"command": ["python3", "-c", "import time; time.sleep(5)"]}}, True),
        ({"exec": {"command": ["sleep", "soon"]}}, True),
        ({"sleep": {"seconds": 5}}, True),
    ],
    ids=str,
)
def test_a_hook_may_stop_the_app(hook: dict[str, object], *, is_found: bool) -> None:
    assert bool(find("app", "debian:12", lifecycle={"preStop": hook})) is is_found


@pytest.mark.programs
@pytest.mark.parametrize(
    "script",
    ["APP", "cd / && APP", "cd /; APP", "A=1 APP", "APP > /dev/null", "APP | cat", "APP\n",
     "cd /\nAPP\n", "cd /\nAPP", "cd / && \\\n  APP\n", "APP # x", "APP # x\n", "APP\n# x",
     "APP\n# x\n", "APP\n\n", "APP\n  ", "true && APP"],
    ids=repr,
)  # fmt: skip
def test_real_shells(script: str, need: Callable[[str], str], tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.symlink_to(need("sleep"))
    script = script.replace("APP", f"{app} 60")
    for shell, argv in SHELLS.items():
        stays = _stays([need(argv[0]), *argv[1:], "-c", script])
        assert bool(find(script, IMAGES[shell])) is stays, shell


def _stays(argv: list[str]) -> bool:
    """Whether the shell is still there once its script has come to the app."""
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        own = Path(f"/proc/{process.pid}")
        for _ in range(500):
            if (own / "comm").read_text() == "app\n":
                return False
            if (own / "task" / str(process.pid) / "children").read_text():
                return True
            time.sleep(0.02)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    raise AssertionError("the app has not been started")
