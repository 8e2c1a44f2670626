"""`drill --docker`: the container is started, asked, stopped and removed by docker or podman."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.command import k8slint, make
from tests.copies import Copy
from tests.measure.test_drill import AT_LAST, HOOK, Case, fact, free_port, is_running, wait_for

pytestmark = pytest.mark.skipif(os.name == "nt", reason="drill needs the signals of Unix")

RIGHT = Case("right", 0, "", {})
# Runs the command behind the image here, and notes how it was called.
DOCKER = """#!/bin/sh
echo "$@" >> calls
case "$1" in
run)
  while [ "$1" != example.com/web ]; do shift; done
  shift
  echo $$ > container
  exec "$@" ;;
kill) kill -"$3" "$(cat container)" ;;
exec) shift 2; exec "$@" ;;
rm) kill -9 "$(cat container)"; : ;;
esac
"""


@pytest.mark.parametrize("runtime", ["docker", "podman"])
def test_a_container_is_drilled_by_the_runtime_that_is_there(tmp_path: Path, runtime: str) -> None:
    port = free_port()
    manifest = HOOK % (3, "{exec: {command: [touch, hooked]}}")
    manifest += "    env: [{name: A, value: '1'}]\n"
    folder = tmp_path / "here"
    make(tmp_path, {f"bin/{runtime}": DOCKER, "here/web.yaml": manifest})
    (tmp_path / "bin" / runtime).chmod(0o755)
    search = os.pathsep.join((str(tmp_path / "bin"), "/usr/bin", "/bin"))
    load = ["--load", f"http://localhost:{port}/", "--hold", "0.5", "--output-format", "json"]
    command = ["--docker", "example.com/web", "--init", "--", *RIGHT.starts]
    words = ["web.yaml", *load, *command, RIGHT.behaviour, str(port)]
    ran = k8slint(folder, "drill", *words, env={"PATH": search})
    assert ran.code == 0, ran.err
    assert fact(ran.data, "hook") == "done"
    assert (folder / "hooked").exists()
    run, hook, stop, remove = (folder / "calls").read_text().splitlines()
    name = run.split()[3]
    assert run.startswith(f"run --rm --name {name} ")
    assert " --init --env A=1 example.com/web " in run
    assert (hook, stop) == (f"exec {name} touch hooked", f"kill --signal 15 {name}")
    assert remove == f"rm --force {name}"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_nothing_starts_that_was_pulled_meanwhile(tmp_path: Path, name: str) -> None:
    pulling = """#!/bin/sh
echo "$1" >> calls
[ "$1" = run ] || exit 0
echo $$ > client
exec sleep 61
"""
    make(tmp_path, {"bin/docker": pulling})
    (tmp_path / "bin" / "docker").chmod(0o755)
    words = ["--docker", "x", "--ready", f"http://localhost:{free_port()}/"]
    client = tmp_path / "client"
    path = os.pathsep.join((str(tmp_path / "bin"), "/usr/bin", "/bin"))
    with Copy(tmp_path, "drill", *words, env={"PATH": path}) as drill:
        wait_for(lambda: client.exists() and client.read_text())
        time.sleep(AT_LAST)
        drill.send(signal.Signals[name])
        drill.finish()
    wait_for(lambda: not is_running(int(client.read_text())))
    wait_for(lambda: (tmp_path / "calls").read_text().split() == ["run", "rm"])


def test_without_a_runtime_the_call_is_a_mistake(tmp_path: Path) -> None:
    ran = k8slint(tmp_path, "drill", "--docker", "x", env={"PATH": str(tmp_path / "none")})
    assert (ran.code, ran.out) == (2, b"")
    assert "--docker: cannot be started: docker and podman are not installed" in ran.err
