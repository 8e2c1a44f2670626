"""`check --fix --interactive`, as a person sees it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.cli.test_interrupt import ending_rule
from tests.command import check, contents, make
from tests.manifests import ERROR, FIXED, WARNING

pytest.importorskip("pty", reason="terminals of Windows are others")

from tests.terminal import CTRL_C, CTRL_D, at_terminal
from tests.tiers import long_except

CALL = ("check", "--fix", "--interactive")
ASKED, REASON = "? [y,n,a,d,i,q,?] ", "Reason, or nothing: "
LONG = "# k8slint: ignore[GS001]"
OTHER = ERROR.replace("name: web", "name: other")
FILES = {"a.yaml": ERROR, "b.yaml": f"{ERROR}---\n{OTHER}", "c.yaml": ERROR}
FIRST = f"{FIXED}---\n{OTHER}"
BOTH = f"{FIXED}---\n{FIXED.replace('name: web', 'name: other')}"


def hidden(text: str, reason: str = "") -> str:
    return text.replace("seconds: 60", f"seconds: 60  {LONG}{reason}")


# The answers, what the files are then, and what is said in the end.
SESSIONS: dict[str, tuple[list[str], dict[str, str], str]] = {
    "each": (
        ["y", "y", "n", "y"],
        {"a.yaml": FIXED, "b.yaml": FIRST, "c.yaml": FIXED},
        "Found 1 finding left (1 error) in 4 workloads, 3 fixed.",
    ),
    "all of a file": (
        ["a", "n", "n", "a"],
        {"a.yaml": FIXED, "c.yaml": FIXED},
        "Found 2 findings left (2 errors) in 4 workloads, 2 fixed.",
    ),
    "the rest of a file": (["n", "a", "n"], {"b.yaml": BOTH}, "2 errors) in 4 workloads, 2 fixed"),
    "nothing of a file": (["y", "d", "Y"], {"a.yaml": FIXED, "c.yaml": FIXED}, "2 fixed"),
    "no more": (["y", "y", "q"], {"a.yaml": FIXED, "b.yaml": FIRST}, "2 fixed"),
    "the end of the input": (["y", CTRL_D], {"a.yaml": FIXED}, "1 fixed"),
    "help and what is no key": (["?", "x", "", "y", "q"], {"a.yaml": FIXED}, "1 fixed"),
    "comments": (
        ["i", "it drains first", "i", "", "y", "q"],
        {
            "a.yaml": hidden(ERROR, " it drains first"),
            "b.yaml": hidden(ERROR) + BOTH[BOTH.index("---") :],
        },
        "1 fixed, 2 newly ignored, 2 suppressed.",
    ),
    "a reason that cannot be written": (
        ["i", "# k8slint", "why", "q"],
        {"a.yaml": hidden(ERROR, " why")},
        "1 newly ignored",
    ),
}


QUICK = ("all of a file", "no more", "the end of the input", "help and what is no key", "comments")


@pytest.mark.parametrize("name", long_except(SESSIONS, *QUICK))
def test_a_session(name: str, tmp_path: Path) -> None:
    answers, changed, said = SESSIONS[name]
    make(tmp_path, FILES)
    with at_terminal(tmp_path, *CALL) as terminal:
        for one in answers:
            terminal.wait_for(ASKED, REASON)
            terminal.type(one)
        rest = terminal.finish()
    assert said in rest, terminal.shown
    assert terminal.code == ("Found" in rest)
    assert contents(tmp_path) == {
        file: changed.get(file, text).encode() for file, text in FILES.items()
    }


def test_what_is_shown_fits_the_terminal(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR})
    with at_terminal(tmp_path, *CALL, columns=80) as terminal:
        shown = terminal.wait_for(ASKED)
        terminal.type("q")
        terminal.finish()
    for part in (
        "error GS001 sleep-exceeds-grace-period: preStop sleep 60 s is longer",
        "(--fix)\n",
        "before: Pod web",
        "of 30 s: 40 s short",
        "after: Pod web",
        "grace period 70 s",
        "+  terminationGracePeriodSeconds: 70\n",
        "Repair a.yaml",
    ):
        assert part in shown, part
    assert max(map(len, shown.split("\n"))) <= 80
    assert "\n\n\n" not in shown


def test_joint_repairs_are_one_question(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR.replace("name: web", "name: web")})
    text = (tmp_path / "a.yaml").read_text().replace("  containers:", "  containers:", 1)
    side = "  - name: side\n    image: example.com/side:1\n"
    text += side + "    lifecycle: {preStop: {sleep: {seconds: 90}}}\n"
    make(tmp_path, {"a.yaml": text})
    with at_terminal(tmp_path, *CALL) as terminal:
        shown = terminal.wait_for(ASKED)
        terminal.type("y")
        rest = terminal.finish()
    assert (shown.count("error GS001"), ASKED in rest) == (2, False)
    assert "No findings left" in rest
    assert "terminationGracePeriodSeconds: 100\n" in (tmp_path / "a.yaml").read_text()


def test_an_unsafe_repair_is_offered_only_if_asked_for(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": WARNING})
    with at_terminal(tmp_path, *CALL) as terminal:
        assert ASKED not in terminal.finish()
    with at_terminal(tmp_path, *CALL, "--unsafe-fixes") as terminal:
        assert "--unsafe-fixes: " in terminal.wait_for(ASKED)
        terminal.type("y")
        assert "1 fixed" in terminal.finish()


SIGNALS = {"Ctrl-C": (CTRL_C, 130, "SIGINT"), "SIGTERM": ("", 143, "SIGTERM")}


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_leaves_each_file_whole_and_says_which(name: str, tmp_path: Path) -> None:
    key, code, signal_name = SIGNALS[name]
    make(tmp_path, FILES)
    with at_terminal(tmp_path, *CALL) as terminal:
        for _ in range(2):
            terminal.wait_for(ASKED)
            terminal.type("y")
        terminal.wait_for(ASKED)
        if key:
            terminal.type(key)
        else:
            os.kill(terminal.process, signal.SIGTERM)
        rest = terminal.finish()
    said = [
        f"Ended by {signal_name}.",
        "b.yaml was not changed: 1 repair accepted there.",
        "a.yaml was written.",
    ]
    assert rest.strip().removeprefix("^C").split("\n")[-3:] == said
    assert terminal.code == code
    assert contents(tmp_path) == {
        file: text.encode() for file, text in (FILES | {"a.yaml": FIXED}).items()
    }


def test_a_signal_that_comes_while_a_rule_runs(tmp_path: Path) -> None:
    make(tmp_path, FILES | {"own/a.py": ending_rule("    if grace", "SIGTERM")})
    with at_terminal(tmp_path, *CALL, "--rules", "own") as terminal:
        said = terminal.finish()
    assert (terminal.code, said.strip()) == (143, "Ended by SIGTERM.\nNo file was changed.")


def test_a_signal_before_anything_is_accepted(tmp_path: Path) -> None:
    make(tmp_path, FILES)
    with at_terminal(tmp_path, *CALL) as terminal:
        terminal.wait_for(ASKED)
        terminal.type(CTRL_C)
        assert terminal.finish().endswith("Ended by SIGINT.\nNo file was changed.\n")


def test_a_file_that_changed_meanwhile(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR})
    with at_terminal(tmp_path, *CALL) as terminal:
        terminal.wait_for(ASKED)
        make(tmp_path, {"a.yaml": f"# mine\n{ERROR}"})
        terminal.type("y")
        rest = terminal.finish()
    assert "a.yaml: not fixed: it changed on disk since it was read: run again" in rest
    assert terminal.code == 2
    assert contents(tmp_path) == {"a.yaml": f"# mine\n{ERROR}".encode()}


def test_an_unused_comment_is_deleted_and_not_ignored(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": f"{FIXED}# a\n  hostNetwork: false  {LONG}\n"})
    with at_terminal(tmp_path, *CALL) as terminal:
        assert "warning GS901" in terminal.wait_for(ASKED)
        terminal.type("i")
        terminal.wait_for(REASON)
        terminal.type("")
        assert "a suppression is not ignored, but corrected or" in terminal.wait_for(ASKED)
        terminal.type("y")
        assert "1 fixed" in terminal.finish()
    assert contents(tmp_path) == {"a.yaml": f"{FIXED}# a\n  hostNetwork: false\n".encode()}


def test_names_reach_the_terminal_escaped(tmp_path: Path) -> None:
    name = "a\x1b[2Jb.yaml"
    make(tmp_path, {name: ERROR.replace("name: app", 'name: "a\\eb"')})
    with at_terminal(tmp_path, *CALL) as terminal:
        shown = terminal.wait_for(ASKED)
        terminal.type("q")
        shown += terminal.finish()
    assert r"a\x1b[2Jb.yaml" in shown
    assert "\x1b" not in shown


CONTRADICTIONS = {
    "--interactive": "add --fix",
    "--interactive --fix --diff": "drop --diff",
    "--interactive --fix --render": "drop --render",
    "--interactive --fix --write-baseline": "--write-baseline",
    "--interactive --fix -": "standard input is for the answers",
    "--interactive --fix": "standard input or output is not a terminal",
}


@pytest.mark.parametrize("call", CONTRADICTIONS)
def test_what_does_not_go_together(call: str, tmp_path: Path) -> None:
    make(tmp_path, {"x.yaml": ERROR})
    ran = check(tmp_path, *call.split())
    assert (ran.code, CONTRADICTIONS[call] in ran.err) == (2, True), ran.err
    assert contents(tmp_path) == {"x.yaml": ERROR.encode()}
