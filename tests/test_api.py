"""What the documentation promises to callers and to authors of rules."""

from __future__ import annotations

import gc
import re
from pathlib import Path

import pytest

from k8slint import api
from k8slint.lint import run
from k8slint.lint.reports import FileReport
from tests.places import ROOT

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: a, image: a, lifecycle: {preStop: {sleep: {seconds: 40}}}}  # é
"""


PYTHON_PAGE = ROOT / "docs" / "python.md"


def test_the_page_names_what_there_is() -> None:
    _, _, stable = PYTHON_PAGE.read_text(encoding="utf-8").partition("<!-- api -->")
    names = re.findall(r"`(\w+)`", stable.partition("<!-- /api -->")[0])
    assert sorted(names) == sorted(api.__all__)
    assert all(hasattr(api, name) for name in api.__all__)


def test_the_page_shows_what_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = PYTHON_PAGE.read_text(encoding="utf-8")
    shown = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(shown) == 2
    pod = POD.replace("image: a", 'image: "😀"')
    (tmp_path / "web.yaml").write_text(pod, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    results = []
    for code in shown:
        names: dict[str, object] = {}
        exec(code, names)
        results.append(names)
    (line, code, *_), (same_line, column, *_) = (
        printed.split() for printed in capsys.readouterr().out.splitlines()
    )
    assert (line, code) == ("6", "GS001")
    units = len(pod.splitlines()[5].partition("40")[0].encode("utf-16-le")) // 2
    assert (same_line, column) == ("6", str(units + 1))
    fixed = "  terminationGracePeriodSeconds: 50\n"
    assert results[0]["fixed"] == pod + fixed
    assert results[1]["text"] == pod + fixed + "# not saved\n"


def test_check() -> None:
    (one,) = api.check(POD, "a.yaml")
    assert (one.code, one.at.path, one.at.line) == ("GS001", "a.yaml", 6)
    assert one.fix
    assert api.check(POD, settings=api.Settings(select=("GS2",))) == ()


def test_fix() -> None:
    result = api.fix(POD)
    assert result.text == POD + "  terminationGracePeriodSeconds: 50\n"
    assert [one.code for one in result.fixed] == ["GS001"]
    assert result.left == ()
    assert api.fix(result.text) == api.FixResult(result.text, (), ())


def test_a_timeline_is_drawn(tmp_path: Path) -> None:
    workspace = api.Workspace(root=str(tmp_path))
    for name, text in (("a.yaml", POD), ("b.yaml", "kind: Service\n")):
        workspace.update(str(tmp_path / name), text)
    drawn = api.draw(workspace.timeline(str(tmp_path / "a.yaml")))
    assert drawn.startswith("<svg ")
    assert "Pod a" in drawn
    assert api.draw(workspace.timeline(str(tmp_path / "b.yaml"))) == ""


UNUSABLE = {
    "an unknown rule": (api.Settings(select=("GS999",)), "no rule is called 'GS999'"),
    "an unknown option": (
        api.Settings(options=(("GS102", "margn", 1),)),
        "GS102 has no option 'margn'; did you mean margin?",
    ),
    "an option of another type": (
        api.Settings(options=(("GS102", "margin", "1"),)),
        "GS102: margin: '1' is not a number or a flag",
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_be_done_is_raised(name: str) -> None:
    settings, message = UNUSABLE[name]
    with pytest.raises(api.UsageError, match=re.escape(message)):
        api.check(POD, settings=settings)


FAILURES = {
    "an error": (FileReport("a.yaml", error="GS001 failed"), "a.yaml: GS001 failed"),
    "a fix": (FileReport("a.yaml", failed=("not proved", "lost")), "a.yaml: not proved; lost"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_fails_is_raised(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    report, message = FAILURES[name]
    monkeypatch.setattr(run, "run_bytes", lambda *_: report)
    for call in (api.check, api.fix):
        with pytest.raises(ValueError, match=f"^{message}$"):
            call(POD, "a.yaml")


@pytest.mark.parametrize("collects", [True, False])
def test_the_garbage_collector_is_the_callers(collects: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        for _ in range(3):
            api.check(POD)
        assert gc.isenabled() == collects
    finally:
        (gc.enable if was else gc.disable)()


def test_a_rule_can_be_written_with_these_names_alone(tmp_path: Path) -> None:
    (tmp_path / "acme001.py").write_text(
        '"""A pod is called a.\n\n```yaml bad\n'
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a  # <-- is called a\n"
        "spec: {containers: [{name: a, image: a}]}\n```\n\n```yaml good\n"
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: b\n"
        'spec: {containers: [{name: a, image: a}]}\n```\n"""\n'
        "from collections.abc import Iterator\n"
        "from k8slint.api import Finding, Spot, Workload, rule\n"
        '@rule("ACME001", "called-a", severity="info", since="0", unfixed="it is a name")\n'
        "def check(workload: Workload) -> Iterator[Finding]:\n"
        '    name = workload.value.at("metadata", "name")\n'
        '    if name.text == "a":\n        yield Finding("the pod is called a", at=Spot(name))\n',
        encoding="utf-8",
    )
    assert api.check_pages(tmp_path) == []
