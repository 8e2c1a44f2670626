"""`k8slint init`, as a person is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adopt.test_init import BASELINE, GIT, PLAIN, WORKFLOW, written
from tests.command import make

pytest.importorskip("pty", reason="terminals of Windows are others")

from tests.terminal import CTRL_D, at_terminal

ASKED = "? [y,n,q,?] "
EVERY = {".k8slint.yaml", BASELINE, WORKFLOW}
SESSIONS: dict[str, tuple[list[str], set[str], str]] = {
    "yes": (["y", "y", "y"], EVERY, "k8slint check passes now. Commit these files."),
    "not all": (["n", "y", "n"], {BASELINE}, "check passes now"),
    "no baseline": (
        ["y", "n", "y"],
        EVERY - {BASELINE},
        "would exit 1 now: 1 finding left.",
    ),
    "no more": (["y", "q"], {".k8slint.yaml"}, "check would exit 1 now"),
    "the end of the input": (["y", CTRL_D], {".k8slint.yaml"}, "check would exit 1 now"),
    "help": (["?", "n", "x", "n", "n"], set(), "Nothing was written."),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_each_file_is_asked_about(name: str, tmp_path: Path) -> None:
    answers, wanted, said = SESSIONS[name]
    make(tmp_path, {**GIT, **PLAIN})
    with at_terminal(tmp_path, "init") as terminal:
        for one in answers:
            shown = terminal.wait_for(ASKED)
            assert "+++ " in shown or "show this help" in shown
            terminal.type(one)
        rest = terminal.finish()
    assert said in rest
    assert terminal.code == 0
    assert {*written(tmp_path, PLAIN)} == wanted
