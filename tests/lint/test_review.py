"""Repairs one at a time: together they do what `--fix` does, and none that is left is made."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from k8slint.lint.reports import FileReport
from k8slint.lint.review import Decision, OfferedRepair, RepairReview
from k8slint.lint.rule import Severity
from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.task import NO_CONTEXT, RunOptions, Task
from tests.lint.test_fix_laws import counted, manifest
from tests.tiers import long_except, tries

FILES = tries(60)
ALL = Settings(select=("ALL",), fail_on=Severity.INFO)


def reviewed(path: Path, text: str, action: str) -> tuple[FileReport, list[OfferedRepair]]:
    path.write_text(text, encoding="utf-8")
    offered: list[OfferedRepair] = []

    def decide(offer: OfferedRepair) -> Decision:
        if offer.problem:
            return Decision("leave")
        offered.append(offer)
        return Decision(action)  # type: ignore[arg-type]

    mode = RunOptions(fix=True, unsafe=True, roots=(str(path.parent),))
    (report,) = RepairReview(mode, decide).files([Task(str(path), ALL)], 1, NO_CONTEXT)
    assert not report.error, report.crash
    assert not report.failed
    return report, offered


def plain(text: str, *, fix: bool = False) -> FileReport:
    return run_bytes(text.encode(), Task("x.yaml", ALL), RunOptions(fix=fix, unsafe=fix))


@pytest.mark.parametrize("action", long_except(("apply", "leave", "ignore"), "ignore"))
def test_every_repair_is_offered_once_and_made_or_not(action: str, tmp_path: Path) -> None:
    random = Random("reviewed")
    path = tmp_path / "x.yaml"
    made = 0
    for _ in range(FILES):
        text = manifest(random)
        report, offered = reviewed(path, text, action)
        after = path.read_text(encoding="utf-8")
        # What is shown is what was there, and what is written.
        assert all(one.before != one.after for one in offered)
        assert all(one.found for one in offered), text
        if action == "leave":
            assert after == text
            continue
        made += bool(offered)
        if action == "apply":
            assert after.encode() == (offered[-1].after if offered else text.encode())
            assert counted(report) <= counted(plain(text, fix=True)), text
        else:
            assert report.ignored == sum(len(one.found) for one in offered)
            assert counted(report) == counted(plain(after))
            assert len(report.diagnoses) == len(plain(text).diagnoses) - report.ignored
    assert action == "leave" or made > FILES / 3
