"""How the program ends: at once, but for what is asked for at exit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command import environment

PROGRAM = """
import atexit, os, sys, tempfile, threading, time
{before}
from k8slint import cli
{imports}

class Held:
    def __del__(self, write=os.write):
        write(1, b"freed ")

def run():
    global kept
    {run}
    sys.exit({code})

sys.held = Held()
cli.main = run
{call}
"""
CAUGHT = "try: call()\nexcept SystemExit: sys.exit(7)"
CALL = "from k8slint.__main__ import main as call"
MODULE = """
import runpy
def call():
    runpy.run_module("k8slint", run_name="__main__", alter_sys=True)
"""
DEFAULTS = {
    "before": "",
    "imports": "from k8slint.__main__ import run_as_process as call",
    "run": "pass",
    "code": 3,
    "call": "call()",
}
QUICK: dict[str, dict[str, Any]] = {
    "a part of a line": {"run": "sys.stdout.write('words')", "out": "words"},
    "asked for at exit": {"run": "atexit.register(print, 'asked')", "out": "asked\n"},
    "a temporary folder": {"run": "kept = tempfile.TemporaryDirectory(dir='.')", "out": ""},
    "a thread": {
        "run": "threading.Thread(target=lambda: time.sleep(0.2) or print('done')).start()",
        "out": "done\n",
    },
}
ORDINARY: dict[str, dict[str, Any]] = {
    "asked for before": {"before": "atexit.register(print, 'asked')", "out": "asked\nfreed "},
    "called by a program that goes on": {
        "imports": CALL,
        "call": CAUGHT,
        "out": "freed ",
        "ends": 7,
    },
    "run as a module by one": {"imports": MODULE, "call": CAUGHT, "out": "freed ", "ends": 7},
    "no number": {"code": "'why'", "out": "freed ", "ends": 1, "err": "why\n"},
}


@pytest.mark.parametrize("case", [*QUICK, *ORDINARY])
def test_all_is_done_that_is_asked_for_at_exit(tmp_path: Path, case: str) -> None:
    about = (QUICK | ORDINARY)[case]
    done = run(tmp_path, about)
    assert (done.stdout, done.stderr) == (about["out"], about.get("err", ""))
    assert done.returncode == about.get("ends", 3)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_what_cannot_be_written_is_reported(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = run(tmp_path, QUICK["a part of a line"], stdout=full)
    assert done.returncode == 120
    assert "No space left" in done.stderr


def run(folder: Path, about: dict[str, Any], **streams: Any) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.format(**DEFAULTS | about)
    return subprocess.run(
        [sys.executable, "-c", program],
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams,
        env=environment(PYTHONUNBUFFERED=""),
        cwd=folder,
        text=True,
        check=False,
    )
