"""Ctrl-C in a long run: it ends at once, says nothing, and leaves every file whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from k8slint.lint.files import TEMPORARY
from k8slint.lint.run import POOL_ABOVE
from tests.command import environment, make
from tests.manifests import ERROR, FIXED

DOCUMENTS = 20
FILES = 80
# Comments weigh much and cost little time: enough for a pool of workers.
PADDING = f"#{'-' * 98}\n" * (POOL_ABOVE // FILES // 100 + 1)
OLD = PADDING + f"---\n{ERROR}" * DOCUMENTS
NEW = PADDING + f"---\n{FIXED}" * DOCUMENTS


@pytest.mark.usefixtures("interruptible")
@pytest.mark.skipif(os.name == "nt", reason="signals of Windows are others")
@pytest.mark.parametrize("whole_group", [True, False], ids=["terminal", "process"])
@pytest.mark.parametrize("jobs", ["1", "3"])
def test_it_stops_and_leaves_nothing_behind(tmp_path: Path, jobs: str, whole_group: bool) -> None:
    make(tmp_path, {f"{number:02}.yaml": OLD for number in range(FILES)})
    command = [sys.executable, "-m", "k8slint", "check", "--fix", "--jobs", jobs, "."]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        old = (tmp_path / "00.yaml").stat().st_ino
        while (tmp_path / "00.yaml").stat().st_ino == old:
            assert process.poll() is None
            time.sleep(0.01)
        (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    assert {*texts} == {OLD, NEW}
    assert texts.count(NEW) < FILES / 2
    assert [path.name for path in tmp_path.iterdir() if TEMPORARY in path.name] == []
    assert len(texts) == FILES
