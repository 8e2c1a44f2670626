"""Measured drains on the command line, in configurations and in an open workspace."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from k8slint.config import Overrides
from k8slint.errors import UsageError
from k8slint.workspace import Workspace
from tests.cli.test_facts import rows
from tests.command import check, k8slint, make

TODAY = datetime.now(UTC).date()
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "shop/web:1.2", lifecycle: {preStop: {sleep: {seconds: 10}}}}
"""
BASIS = f"max of 41 stops until {TODAY}"
MEASURED = f"preStop 10 + measured drain ({BASIS}) 19 + margin 5 = 34 s"
NAMED = "measured-drains: {files: [drains.yaml]}\n"


def drains(*more: dict[str, Any]) -> str:
    """A file with a row for each of some differences from one that counts."""
    row = {
        "workload": "Deployment/shop/web",
        "container": "app",
        "image": "shop/web:1.2",
        "by": "observe",
        "stops": 41,
        "first": "2020-01-01",
        "until": str(TODAY),
        "drain": {"max": 19},
    }
    lines = (json.dumps(row | one) for one in more)
    return "version: 1\ndrains:\n" + "".join(f"- {line}\n" for line in lines)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    make(tmp_path, {"web.yaml": WEB, "drains.yaml": drains({}), ".git/HEAD": ""})
    make(tmp_path, dict.fromkeys((".git/objects/x", ".git/refs/x"), ""))
    return tmp_path


def test_a_call_names_files(app: Path) -> None:
    assert check(app, "web.yaml").code == 0
    ran = check(app, "web.yaml", "--drains", "drains.yaml", "--output-format", "concise")
    assert (ran.code, MEASURED in ran.text) == (1, True)
    ran = check(app, "--isolated", "--fix", "--drains", "drains.yaml", "web.yaml")
    assert ran.code == 0
    assert "terminationGracePeriodSeconds: 34\n" in (app / "web.yaml").read_text(encoding="utf-8")


def test_pictures_show_them(app: Path) -> None:
    ran = k8slint(app, "timeline", "web.yaml", "--drains", "drains.yaml")
    assert f"drains up to 19 s ({BASIS}, measured)" in ran.text
    assert f"{MEASURED} of 30 s: 4 s short" in ran.text
    assert "Measured: drains.yaml:3.\n" in ran.text
    options = ("--drains", "drains.yaml", "--output-format", "json")
    (pod,) = json.loads(k8slint(app, "timeline", "web.yaml", *options).text)["pods"]
    (lane,) = pod["timeline"]["containers"]
    assert lane["drainFact"] == {"strength": "measured", "source": "drains.yaml:3", "date": ""}


def test_facts_say_which_count_and_why_others_do_not(app: Path) -> None:
    whole = {"stop": {"max": 25}, "killed": 3}
    text = drains(
        {"image": "shop/web:1.1"},
        {"by": "drill", "stops": 5},
        {},
        {"workload": "Deployment/shop/api"},
        *({"container": f"log{number}"} for number in range(12)),
    )
    row = json.loads(drains(whole).splitlines()[2][2:])
    del row["drain"]
    make(app, {"drains.yaml": f"{text}- {json.dumps(row)}\n", ".k8slint.yaml": NAMED})
    ran = k8slint(app, "facts", "web.yaml")
    found = rows(ran.text)
    assert found["drain"] == [f"up to 19 s: {BASIS} (measured)"]
    assert found["sources"] == ["drains.yaml:5"]
    other, few = "measured with another image, shop/web:1.1", "5 of the 20 stops that are required"
    assert found["measured"] == [
        f"19 s, {BASIS} (drains.yaml:3): does not count, {other}",
        f"19 s, max of 5 stops until {TODAY} (drains.yaml:4): does not count, {few}",
        f"19 s, {BASIS} (drains.yaml:5)",
        f"at least 25 s, with the hook before it, {BASIS}, 3 of them killed (drains.yaml:19)",
    ]
    notes = ran.err.splitlines()
    assert notes[0] == "drains.yaml:6: no container app of Deployment/shop/api was read"
    assert notes[10:] == ["3 more measured drains are about no container that was read"]
    data = json.loads(k8slint(app, "facts", "web.yaml", "--output-format", "json").text)
    measured = data["containers"][0]["measured"]
    assert [one["doesNotCount"] is None for one in measured] == [False, False, True, True]
    assert measured[3] == {
        "source": "drains.yaml:19",
        "image": "shop/web:1.2",
        "by": "observe",
        "stops": 41,
        "killed": 3,
        "first": "2020-01-01",
        "until": str(TODAY),
        "coversHook": True,
        "max": 25,
        "doesNotCount": None,
    }
    many = drains(*({"image": f"shop/web:{number}"} for number in range(12)))
    make(app, {"drains.yaml": many})
    found = rows(k8slint(app, "facts", "web.yaml").text)
    assert (len(found["measured"]), found["measured"][-1]) == (11, "and 2 more rows")


def test_verbose_runs_say_what_counts_nowhere(app: Path) -> None:
    day = str(TODAY - timedelta(200))
    old = {"until": day, "by": "drill"}
    make(app, {"drains.yaml": drains({}, {"stops": 3, "image": "shop/web:2"}, old)})
    ran = check(app, "web.yaml", "--drains", "drains.yaml")
    assert "does not count" not in ran.err
    ran = check(app, "web.yaml", "--drains", "drains.yaml", "-v")
    assert ran.err.splitlines()[:2] == [
        "drains.yaml:4: does not count: 3 of the 20 stops that are required",
        f"drains.yaml:5: does not count: measured until {day}, more than 180 days ago",
    ]
    few = drains(*({"container": f"c{number}", "stops": 1} for number in range(25)))
    make(app, {"drains.yaml": few})
    ran = check(app, "web.yaml", "--drains", "drains.yaml", "-v")
    assert ran.err.splitlines()[20] == "5 more measured drains do not count"


def test_a_configuration_names_files_and_says_when_they_count(app: Path) -> None:
    make(app, {".k8slint.yaml": NAMED})
    assert MEASURED in check(app).text
    assert check(app, "--isolated").code == 0
    make(app, {".k8slint.yaml": "measured-drains: {files: [drains.yaml], least-stops: 42}\n"})
    assert check(app).code == 0
    make(app, {".k8slint.yaml": "measured-drains: {least-stops: 42}\n"})
    assert check(app, "--drains", "drains.yaml").code == 0
    old = {"until": str(TODAY - timedelta(31))}
    make(app, {".k8slint.yaml": "measured-drains: {max-age: 30}\n", "old.yaml": drains(old)})
    assert check(app, "--drains", "old.yaml").code == 0
    assert check(app, "--isolated", "--drains", "old.yaml").code == 1
    make(app, {"sub/.k8slint.yaml": "extends: ../base.yaml\n", "base.yaml": NAMED})
    make(app, {"sub/web.yaml": WEB})
    assert MEASURED in check(app, "sub").text
    toml = '[tool.k8slint.measured-drains]\nfiles = ["drains.yaml"]\n'
    make(app, {"pyproject.toml": toml})
    (app / ".k8slint.yaml").unlink()
    assert MEASURED in check(app, "web.yaml").text


MISTAKES = {
    "{files: [no.yaml]}": "1: measured-drains: no.yaml: cannot be read: No such file or directory",
    "{files: [.]}": "1: measured-drains: .: cannot be read: it is a folder, not a regular file",
    "{files: [web.yaml]}": "1: measured-drains: web.yaml:1: unknown key 'apiVersion'",
    "{files: [../drains.yaml]}": "1: measured-drains: ",
    "{files: [out]}": "1: measured-drains: ",
    "{files: [.git/HEAD]}": "1: measured-drains: ",
    "{files: drains.yaml}": "1: measured-drains.files: 'drains.yaml' is not a list, such as",
    "{file: drains.yaml}": "1: unknown key 'file' in measured-drains; did you mean 'files'?",
    "{least-stops: 0}": "1: measured-drains.least-stops: 0 is less than the minimum of 1",
    "{max-age: 1.5}": "1: measured-drains.max-age: 1.5 is not an integer",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_stop_a_run_and_lead_nowhere(app: Path, text: str) -> None:
    make(app.parent, {"drains.yaml": drains({})})
    (app / "out").symlink_to("../drains.yaml")
    make(app, {".k8slint.yaml": f"measured-drains: {text}\n"})
    ran = check(app)
    assert (ran.code, ran.text) == (2, "")
    assert f".k8slint.yaml:{MISTAKES[text]}" in ran.err


def test_a_named_file_is_read_wherever_it_is(app: Path) -> None:
    make(app.parent, {"drains.yaml": drains({})})
    assert check(app, "--drains", "../drains.yaml").code == 1
    ran = check(app, "--drains", "no.yaml")
    assert ran.err == "k8slint: --drains no.yaml: cannot be read: No such file or directory\n"
    make(app, {"drains.yaml": "version: 1\ndrains: {}\n"})
    ran = check(app, "--drains", "drains.yaml")
    assert ran.err.startswith("k8slint: --drains drains.yaml:2: drains: ")


def test_an_open_workspace_hears_of_changes(app: Path) -> None:
    make(app, {".k8slint.yaml": NAMED, "drains.yaml": drains({"stops": 3})})
    workspace = Workspace(Overrides(named=(str(app),)), root=str(app))
    path, file = str(app / "web.yaml"), str(app / "drains.yaml")
    assert workspace.check(path)[path].diagnoses == ()
    make(app, {"drains.yaml": drains({})})
    workspace.update(file, None)
    assert [one.code for one in workspace.check(path)[path].diagnoses] == ["GS102"]
    make(app, {"drains.yaml": "version: 3\n"})
    workspace.update(file, None)
    with pytest.raises(UsageError, match=r"measured-drains: drains\.yaml:1"):
        workspace.check(path)
    make(app, {"drains.yaml": drains({"drain": {"max": 3}})})
    workspace.update(file, drains({}))
    assert workspace.check(path)[path].diagnoses == ()


def test_worker_processes_know_them(app: Path) -> None:
    make(app, {f"more/{number}.yaml": WEB for number in range(40)})
    make(app, {".k8slint.yaml": NAMED})
    one, two = (check(app, "--output-format", "json", "--jobs", n) for n in ("1", "2"))
    assert one.text == two.text
    assert one.text.count(MEASURED) == 41
