"""Ctrl-C in a long run: it ends at once, says nothing, and leaves every file whole."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from k8slint.lint import run
from k8slint.lint.files import TEMPORARY
from tests.command import k8slint, make
from tests.copies import Copy
from tests.lint.test_own_rules import LONG, RULE
from tests.manifests import ERROR, FIXED

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of Windows are others")

DOCUMENTS = 10
FILES = 80
OLD = f"---\n{ERROR}" * DOCUMENTS
NEW = f"---\n{FIXED}" * DOCUMENTS


@pytest.fixture(scope="module", autouse=True)
def _imports(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Have what a repair needs imported once, not in each copy."""
    folder = tmp_path_factory.mktemp("first")
    make(folder, {"a.yaml": ERROR})
    assert k8slint(folder, "check", "--fix", ".").code == 0


@pytest.mark.parametrize("jobs", ["3", pytest.param("1", marks=pytest.mark.long)])
@pytest.mark.parametrize(
    "whole_group",
    [
        pytest.param(True, id="terminal"),
        pytest.param(False, id="process", marks=pytest.mark.long),
    ],
)
def test_it_stops_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: str, whole_group: bool
) -> None:
    monkeypatch.setattr(run, "_FIX_POOL_ABOVE", 0)
    monkeypatch.setattr(run, "_WRITTEN_TOGETHER", 8)
    make(tmp_path, {f"{number:02}.yaml": OLD for number in range(FILES)})
    old = (tmp_path / "00.yaml").stat().st_ino
    with Copy(tmp_path, "check", "--fix", "--jobs", jobs, ".") as call:
        while (tmp_path / "00.yaml").stat().st_ino == old:
            assert call.is_running
            time.sleep(0.01)
        (os.killpg if whole_group else os.kill)(call.pid, signal.SIGINT)
        ran = call.finish()
    assert (ran.code, ran.out, ran.err) == (130, b"", "")
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    assert {*texts} == {OLD, NEW}
    assert texts.count(NEW) < FILES / 2
    assert [path.name for path in tmp_path.iterdir() if TEMPORARY in path.name] == []
    assert len(texts) == FILES


BEFORE = {"a rule": "    if grace", "the file of a rule": "@rule"}
SIGNALS = {"SIGTERM": 143, "SIGINT": 130}


def ending_rule(before: str, name: str) -> str:
    """A rule that gets a signal before one of its lines."""
    line = f"os.kill(os.getpid(), signal.{name})\n{before}"
    imports = "import os\nimport signal\nfrom collections.abc"
    indented = before[: -len(before.lstrip())] + line
    return RULE.replace("from collections.abc", imports).replace(before, indented, 1)


@pytest.mark.parametrize("within", BEFORE)
@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_is_no_mistake_of_a_rule(tmp_path: Path, within: str, name: str) -> None:
    make(tmp_path, {"own/a.py": ending_rule(BEFORE[within], name), "pod.yaml": LONG})
    with Copy(tmp_path, "check", "--rules", "own", "pod.yaml") as call:
        ran = call.finish()
    assert (ran.code, ran.out, ran.err) == (SIGNALS[name], b"", "")
