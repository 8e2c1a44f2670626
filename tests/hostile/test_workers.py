"""Workers that are not forked import nothing from the folder that is checked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import environment, make

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n"
RUN = """
import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv.pop())
    from k8slint.lint import run
    run.POOL_ABOVE = 0
    from k8slint.__main__ import main
    main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no forkserver on Windows")
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_module_of_the_repository_is_not_run(tmp_path: Path, method: str) -> None:
    planted = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    repository = {f"{number}.yaml": POD for number in range(40)}
    names = ("multiprocessing/__init__", "json", "yaml/__init__", "sitecustomize")
    make(tmp_path / "repo", repository | {f"{name}.py": planted for name in names})
    make(tmp_path, {"start.py": RUN})
    done = subprocess.run(
        [sys.executable, str(tmp_path / "start.py"), "check", "-j2", ".", method],
        cwd=tmp_path / "repo",
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, "40 workloads" in done.stderr) == (0, True), done.stderr
    assert not (tmp_path / "ran").exists()
