"""Real editors: they open, see, repair, save, and see what another buffer changes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.command import environment, make
from tests.manifests import SERVICE, WEB
from tests.server.stories import LONG

HERE = Path(__file__).parent
FILES = {"web.yaml": WEB, "service.yaml": SERVICE, ".git/x": ""}
COMMAND = [sys.executable, "-m", "k8slint", "server"]


def steps(command: list[str], folder: Path, **more: str) -> Mapping[str, object]:
    """What an editor says at each step of its story."""
    variables = environment(ROOT=str(folder), COMMAND=json.dumps(COMMAND), **more)
    done = subprocess.run(
        command,
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    lines = (line.split(" ", 1) for line in (done.stdout + done.stderr).splitlines())
    said = {one[0]: one[1] for one in lines if one[1:] and one[0].isalpha()}
    assert "again" in said, done.stdout + done.stderr
    return {step: json.loads(what) for step, what in said.items() if what[:1] in '["{'}


def test_neovim_shows_repairs_and_joins(tmp_path: Path, need: Callable[[str], str]) -> None:
    make(tmp_path, {**FILES, "pod.yaml": LONG})
    nvim = [need("nvim"), "--headless", "--clean", "-i", "NONE", "-S", str(HERE / "editor.lua")]
    said = steps(nvim, tmp_path)
    assert said["seen"] == ["GS001:7"]
    assert str(said["hover"]).startswith("```text\npreStop takes 40 s")
    assert said["lens"] == "stops in 30 to 32 s of 30 s: 20 s short"
    assert said["saved"] == []
    fixed = (tmp_path / "pod.yaml").read_text()
    assert fixed == f"{LONG}  terminationGracePeriodSeconds: 50\n"
    assert (said["joined"], said["apart"], said["again"]) == (["GS301:10"], [], ["GS301:10"])


def test_emacs_shows_repairs_and_joins(tmp_path: Path, need: Callable[[str], str]) -> None:
    make(tmp_path, {**FILES, "pod.yaml": LONG})
    emacs = [need("emacs"), "--batch", "-q", "-l", str(HERE / "editor.el")]
    said = steps(emacs, tmp_path, HOME=str(tmp_path))
    assert said["seen"] == ["GS001:7"]
    assert str(said["hover"]).startswith("preStop takes 40 s")
    assert said["saved"] == []
    fixed = (tmp_path / "pod.yaml").read_text()
    assert fixed == f"{LONG}  terminationGracePeriodSeconds: 50\n"
    assert (said["joined"], said["apart"], said["again"]) == (["GS301:10"], [], ["GS301:10"])
