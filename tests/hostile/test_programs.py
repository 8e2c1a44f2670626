"""Programs that k8slint starts: which they are, what they see, and that they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from k8slint.outside import programs
from tests.command import environment, make

if os.name == "nt":
    pytest.skip("Windows has other links and signals", allow_module_level=True)

SECRET = "not-a-real-token"


def python(
    code: str, tmp_path: Path, timeout: float = 30, **how: Any
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-I", "-S", "-c", code]
    return programs.run_program(command, tmp_path, {}, timeout, **how)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that waits for its parent to look at it does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pid: int) -> bool:
    end = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return not is_alive(pid)


def started(path: Path) -> int:
    """The process that wrote its number into a file, once it has."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if path.exists() and (text := path.read_text("ascii")).endswith("\n"):
            return int(text)
        time.sleep(0.01)
    pytest.fail("it was not started")


# A program that starts another one, which outlives it if nobody ends it.
PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(120)"])
with open("child.part", "w") as file:
    print(child.pid, file=file)
os.rename("child.part", "child")
"""


@pytest.mark.parametrize("ends", ["time.sleep(60)", "os._exit(0)"], ids=["in time", "by itself"])
def test_what_a_program_started_ends_with_it(tmp_path: Path, ends: str) -> None:
    with pytest.raises(programs.TimedOut):
        python(f"{PARENT}{ends}", tmp_path, timeout=1)
    assert gone(started(tmp_path / "child"))


def test_a_program_that_is_followed_ends_in_time(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", "-c", f"{PARENT}print(1, flush=True)\ntime.sleep(60)"]
    lines = programs.follow_program(command, tmp_path, environment(), 2, programs.Crew())
    assert next(lines) == b"1\n"
    with pytest.raises(programs.TimedOut):
        next(lines)
    assert gone(started(tmp_path / "child"))


def test_a_crew_ends_together_and_starts_nothing_more(tmp_path: Path) -> None:
    crew, ended = programs.Crew(), []

    def run() -> None:
        try:
            python(f"{PARENT}time.sleep(60)", tmp_path, crew=crew)
        except programs.Ended:
            ended.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    child = started(tmp_path / "child")
    crew.end()
    thread.join(10)
    assert ended
    assert gone(child)
    with pytest.raises(programs.Ended):
        python("", tmp_path, crew=crew)


PRINTED = {
    "as much as it may": ("print('x' * 99)", b"x" * 99 + b"\n"),
    "more": ("print('x' * 100)", None),
    "without an end": ("while True: print('x' * 99)", None),
}


@pytest.mark.parametrize("what", PRINTED)
def test_what_a_program_prints_is_bounded(tmp_path: Path, what: str) -> None:
    code, out = PRINTED[what]
    if out is None:
        with pytest.raises(programs.TooMuch):
            python(code, tmp_path, most=100)
    else:
        assert python(code, tmp_path, most=100).stdout == out


def test_complaints_are_cut_and_do_not_stop_a_program(tmp_path: Path) -> None:
    done = python("import sys; sys.stderr.write('e' * 3_000_000); print('done')", tmp_path)
    assert done.stdout == b"done\n"
    assert done.stderr == b"e" * 65_536


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_the_memory_of_a_program_is_bounded(tmp_path: Path) -> None:
    # It waits, as what sets the limit comes after it has started.
    code = "import time; time.sleep(0.5); bytearray({}); print('has it')"
    assert python(code.format(10_000_000), tmp_path, memory=500_000_000).returncode == 0
    assert python(code.format(900_000_000), tmp_path, memory=500_000_000).returncode != 0


def program(folder: Path, name: str = "tool") -> Path:
    make(folder, {name: "#!/bin/sh\n"})
    (folder / name).chmod(0o755)
    return folder / name


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A linted tree and the working folder with a program in each, and one of the user's."""
    for name in ("own", "here", "here/tree/bin"):
        program(tmp_path / name)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "tool").symlink_to(tmp_path / "here/tree/bin/tool")
    (tmp_path / "way").symlink_to(tmp_path / "here/tree")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


NOT_FOUND = {
    "nowhere": "",
    "an empty entry": ":",
    "a point": ".",
    "below": "tree/bin",
    "above": "../here",
    "the working folder": "{0}/here",
    "the tree": "{0}/here/tree/bin",
    "a link to the tree": "{0}/way/bin",
    "a program that is a link": "{0}/linked",
}


@pytest.mark.parametrize("what", NOT_FOUND)
def test_no_program_of_a_stranger_is_found(
    places: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    entry, own = NOT_FOUND[what].format(places), places / "own"
    tree = [str(places / "here" / "tree")]
    monkeypatch.setenv("PATH", entry)
    assert programs.find_program("tool", tree) is None
    monkeypatch.setenv("PATH", f"{entry}:{own}")
    assert programs.find_program("tool", tree) == str(own / "tool")
    seen = programs.environment(places, tree)["PATH"].split(":")
    assert seen == [*([entry] if what == "a program that is a link" else []), str(own)]


def test_a_program_sees_a_few_variables_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY", "LD_PRELOAD", "GIT_DIR"):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("HOME", "/home/not-a-real-home")
    seen = programs.environment(tmp_path)
    assert SECRET not in "".join(seen.values())
    assert seen["LC_ALL"] == "C.UTF-8"
    assert seen["HOME"] == seen["TMPDIR"] == str(tmp_path)


# k8slint as it is started, with a command that waits in a program.
WAITING = """
import contextlib, sys
from pathlib import Path
from k8slint import __main__, cli
from k8slint.outside import programs

def waits():
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: Path("left").write_text("in good order"))
        code = sys.argv[1]
        programs.run_program([sys.executable, "-I", "-S", "-c", code], Path.cwd(), {}, 60)

cli.main = waits
__main__.main()
"""
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_what_was_started(
    tmp_path: Path, interruptible: None, number: signal.Signals
) -> None:
    code = f"{PARENT}time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", WAITING, code],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        child = started(tmp_path / "child")
        process.send_signal(number)
        process.communicate(timeout=20)
    # Python ends by the signal where nobody catches a KeyboardInterrupt, as typer does.
    assert process.returncode == (-number if number == signal.SIGINT else 128 + number)
    assert gone(child)
    assert (tmp_path / "left").exists()


# As where a signal comes between the taking of a lock and its `with`.
STUCK = """
import threading, time
from k8slint import __main__, cli

def sticks():
    lock = threading.Lock()
    lock.acquire()
    try:
        print(flush=True)
        time.sleep(60)
    finally:
        lock.acquire()

__main__._PATIENCE = 1
cli.main = sticks
__main__.main()
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_what_sticks_is_ended_all_the_same(interruptible: None, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STUCK], env=environment(), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(number)
        try:
            assert process.wait(timeout=10) == 128 + number
        finally:
            process.kill()


def test_a_signal_that_is_ignored_stays_so(tmp_path: Path, need: Callable[[str], str]) -> None:
    code = "import signal; from k8slint import __main__, cli; cli.main = lambda: print("
    code += "signal.getsignal(signal.SIGHUP).name); __main__.main()"
    command = [need("nohup"), sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, check=True
    )
    assert done.stdout == b"SIG_IGN\n"
