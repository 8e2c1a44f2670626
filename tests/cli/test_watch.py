"""`check --watch`, as a person at a terminal has it: files are saved, and findings come."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import check, make
from tests.copies import Copy
from tests.lint.test_own_rules import LONG, RULE
from tests.manifests import CLEAN, ERROR

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of Windows are others")


class Watching(Copy):
    """A check that goes on, and what it prints."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        super().__init__(folder, "check", "--watch", *arguments, is_joined=True)
        self.unread = ""

    def wait_for(self, text: str) -> list[str]:
        """Return the lines up to one that holds a text."""
        while text not in self.unread.rpartition("\n")[0]:
            part = self.read()
            assert part, f"waited for {text!r}, came: {self.unread}"
            self.unread += part.decode()
        end = self.unread.index("\n", self.unread.index(text))
        seen, self.unread = self.unread[:end], self.unread[end + 1 :]
        return seen.split("\n")

    def is_quiet(self) -> bool:
        return not self.unread and not self.prints_within(1)

    def end(self, how: signal.Signals) -> int:
        self.send(how)
        return self.finish().code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path, {".git/HEAD": "", "deploy/a.yaml": CLEAN})
    return tmp_path


@pytest.fixture
def watching(folder: Path) -> Iterator[Watching]:
    formats = ("--output-format", "concise", "--output-format=json=out.json")
    with Watching(folder, "deploy", *formats) as started:
        yield started


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


def test_rules_of_your_own_are_read_again(folder: Path) -> None:
    make(folder, {"rules/acme.py": RULE, "deploy/long.yaml": LONG})
    call = ("deploy", "--rules", "rules", "--output-format", "concise")
    with Watching(folder, *call) as watching:
        watching.wait_for("300 s is more than 120 s")
        make(folder, {"rules/acme.py": RULE.replace("is more than", "exceeds")})
        watching.wait_for("300 s exceeds 120 s")
        assert watching.end(signal.SIGINT) == 0


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
