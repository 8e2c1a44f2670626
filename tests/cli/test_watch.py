"""`check --watch`, as a person at a terminal has it: files are saved, and findings come."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue

import pytest

from tests.command import check, environment, make
from tests.lint.test_own_rules import LONG, RULE
from tests.manifests import CLEAN, ERROR

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of Windows are others")
# A loaded machine takes its time.
PATIENCE = 60


class Watching:
    """A check that goes on, and what it prints."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "k8slint", "check", "--watch", *arguments]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.lines: Queue[str] = Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(line.decode().rstrip("\n"))

    def wait_for(self, text: str) -> list[str]:
        """Return the lines up to one that holds a text."""
        seen: list[str] = []
        while not seen or text not in seen[-1]:
            try:
                seen.append(self.lines.get(timeout=PATIENCE))
            except Empty:
                pytest.fail(f"waited for {text!r}, came: {seen}")
        return seen

    def is_quiet(self) -> bool:
        try:
            self.lines.get(timeout=1)
        except Empty:
            return True
        return False

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        assert self.process.stdout
        self.process.stdout.close()

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=PATIENCE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path, {".git/HEAD": "", "deploy/a.yaml": CLEAN})
    return tmp_path


@pytest.fixture
def watching(folder: Path, interruptible: None) -> Iterator[Watching]:
    started = Watching(
        folder, "deploy", "--output-format", "concise", "--output-format=json=out.json"
    )
    yield started
    started.close()


def test_what_is_saved_is_checked_again(folder: Path, watching: Watching) -> None:
    watching.wait_for("No findings in 1 workload.")
    make(folder, {"deploy/b.yaml": ERROR})
    lines = watching.wait_for("Found 1 finding")
    assert "Checking again: 1 file changed." in lines
    assert any(line.startswith("deploy/b.yaml:") for line in lines)
    make(folder, {".k8slint.yaml": "selct: [GS1]\n"})
    watching.wait_for("unknown key 'selct'; did you mean 'select'?")
    make(folder, {".k8slint.yaml": "ignore: [GS0, GS1]\n"})
    watching.wait_for("No findings in 2 workloads.")
    assert watching.is_quiet(), "its own report is a change"
    assert (folder / "out.json").is_file()
    assert watching.end(signal.SIGINT) == 0


def test_rules_of_your_own_are_read_again(folder: Path, interruptible: None) -> None:
    make(folder, {"rules/acme.py": RULE, "deploy/long.yaml": LONG})
    watching = Watching(folder, "deploy", "--rules", "rules", "--output-format", "concise")
    try:
        watching.wait_for("300 s is more than 120 s")
        make(folder, {"rules/acme.py": RULE.replace("is more than", "exceeds")})
        watching.wait_for("300 s exceeds 120 s")
        assert watching.end(signal.SIGINT) == 0
    finally:
        watching.close()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--fix", "."), "--watch only reads"),
        (("--write-baseline", "."), "--watch only reads"),
        (("-",), "--watch needs files"),
        (("no-such-format", "--output-format", "x"), "'x' is not one of"),
    ],
)
def test_what_cannot_be_watched(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    ran = check(folder, "--watch", *arguments)
    assert (ran.code, ran.out) == (2, b"")
    assert says in ran.err


def test_without_the_library_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("k8slint.cli.check.watch.find_spec", lambda _: None)
    ran = check(folder, "--watch")
    assert (ran.code, ran.out) == (2, b"")
    assert "pip install 'k8slint[watch]'" in ran.err
