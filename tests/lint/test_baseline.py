"""Known findings in a file: what is hidden, what comes back, what is written and dropped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import Ran, check, contents, k8slint, make
from tests.manifests import CLEAN, ERROR, FIXED, INFO, WARNING

NAME = ".k8slint-baseline.json"
SLEEP = "/spec/containers/0/lifecycle/preStop/sleep/seconds"


def entries(folder: Path, name: str = NAME) -> list[dict[str, Any]]:
    data = json.loads((folder / name).read_text())
    assert data["version"] == 1
    found: list[dict[str, Any]] = data["entries"]
    return found


def written(folder: Path, *arguments: str) -> Ran:
    ran = check(folder, "--write-baseline", *arguments)
    assert ran.code == 0, ran.err
    assert not ran.text
    return ran


def test_what_is_written_is_hidden(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR, "b/b.yaml": INFO, "c.yaml": CLEAN})
    ran = written(tmp_path)
    assert ran.err.splitlines() == [
        f"Wrote 2 findings to {NAME} (2 new, 0 gone).",
        "No findings in 3 workloads, 2 suppressed.",
    ]
    rest = f'"resource": "Pod web, container app", "code": "GS001", "pointer": "{SLEEP}"'
    assert (tmp_path / NAME).read_text() == (
        '{\n  "version": 1,\n  "entries": [\n'
        f'    {{"path": "a.yaml", {rest}}},\n'
        f'    {{"path": "b/b.yaml", {rest.replace("GS001", "GS104")}}}\n'
        "  ]\n}\n"
    )
    ran = check(tmp_path)
    assert (ran.code, ran.text) == (0, "")
    assert ran.err == "No findings in 3 workloads, 2 suppressed.\n"
    assert check(tmp_path, "--no-ignores").places == ["a.yaml:12 GS001", "b/b.yaml:12 GS104"]
    before = contents(tmp_path)
    written(tmp_path)
    assert contents(tmp_path) == before


def test_json_keeps_what_is_hidden(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR, "b.yaml": f"# k8slint: file-ignore[GS001] why\n{ERROR}"})
    written(tmp_path)
    data = k8slint(tmp_path, "check", "--output-format", "json").data
    assert [one["suppressed"] for one in data["findings"]] == [
        {"by": "baseline", "reason": "", "line": None},
        {"by": "comment", "reason": "why", "line": 1},
    ]
    assert data["summary"]["findings"] == 0
    assert data["summary"]["suppressed"] == 2
    shown = k8slint(tmp_path, "check", "--no-ignores", "--output-format", "json").data
    assert [one["suppressed"] for one in shown["findings"]] == [None, None]
    assert shown["summary"]["suppressed"] == 0


def test_moved_lines_are_known_and_new_findings_are_not(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR})
    written(tmp_path)
    make(tmp_path, {"a.yaml": f"# more\n\n{ERROR}---\n{ERROR.replace('web', 'new')}"})
    assert check(tmp_path).places == ["a.yaml:27 GS001"]


def test_equal_findings_are_counted(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": f"{ERROR}---\n{ERROR}"})
    written(tmp_path)
    assert [one["count"] for one in entries(tmp_path)] == [2]
    make(tmp_path, {"a.yaml": f"{ERROR}---\n{ERROR}---\n{ERROR}"})
    assert check(tmp_path).places == ["a.yaml:38 GS001"]
    make(tmp_path, {"a.yaml": ERROR})
    ran = check(tmp_path)
    assert ran.code == 0
    assert "1 stale baseline entry (--write-baseline removes it, -v lists it)." in ran.err


def test_a_renamed_file_is_known_once(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR, "b.yaml": CLEAN})
    written(tmp_path)
    (tmp_path / "a.yaml").rename(tmp_path / "c.yaml")
    assert check(tmp_path).code == 0
    make(tmp_path, {"d.yaml": ERROR})
    assert check(tmp_path).places == ["d.yaml:12 GS001"]
    assert check(tmp_path, "c.yaml").code == 0
    make(tmp_path, {"a.yaml": CLEAN})
    assert check(tmp_path).places == ["c.yaml:12 GS001", "d.yaml:12 GS001"], "a.yaml is there"


def test_what_moves_into_a_file_is_known_beside_what_was_there(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR, "b.yaml": ERROR})
    written(tmp_path)
    (tmp_path / "a.yaml").unlink()
    make(tmp_path, {"b.yaml": f"{ERROR}---\n{ERROR}"})
    assert check(tmp_path).code == 0
    make(tmp_path, {"b.yaml": f"{ERROR}---\n{ERROR}---\n{ERROR}"})
    assert check(tmp_path).places == ["b.yaml:38 GS001"]


def test_entries_go_where_the_run_saw_all_there_is(tmp_path: Path) -> None:
    """Not those of other files, of rules that did not run, or behind what cannot be read."""
    make(
        tmp_path,
        {
            "a.yaml": ERROR,
            "gone.yaml": ERROR.replace("web", "gone"),
            "other.yaml": ERROR,
            "broken.yaml": ERROR,
            "info.yaml": INFO,
        },
    )
    written(tmp_path)
    make(
        tmp_path,
        {
            "a.yaml": CLEAN,
            "other.yaml": CLEAN,
            "broken.yaml": f"{CLEAN}---\nkind: Pod\nspec: [\n",
            "info.yaml": CLEAN,
        },
    )
    (tmp_path / "gone.yaml").unlink()
    partly = ("a.yaml", "broken.yaml", "info.yaml", "--select", "GS001")
    ran = check(tmp_path, *partly, "-v")
    assert [line for line in ran.err.splitlines() if line.startswith("stale")] == [
        f"stale baseline entry: a.yaml: GS001 Pod web, container app {SLEEP}",
        f"stale baseline entry: gone.yaml: GS001 Pod gone, container app {SLEEP}",
    ]
    written(tmp_path, *partly)
    kept = [(one["path"], one["code"]) for one in entries(tmp_path)]
    assert kept == [
        ("broken.yaml", "GS900"),
        ("broken.yaml", "GS001"),
        ("info.yaml", "GS104"),
        ("other.yaml", "GS001"),
    ]


def test_stale_entries_are_no_reason_to_fail(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR})
    written(tmp_path)
    make(tmp_path, {"a.yaml": CLEAN})
    ran = check(tmp_path)
    assert ran.code == 0
    assert "1 stale baseline entry" in ran.err
    assert "can go" not in check(tmp_path, "-q").err
    assert "1 gone" in written(tmp_path).err
    assert entries(tmp_path) == []
    assert "can go" not in check(tmp_path).err


def test_fix_leaves_what_is_known(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR})
    written(tmp_path)
    make(tmp_path, {"b.yaml": ERROR})
    ran = check(tmp_path, "--fix")
    assert ran.err == "No findings left in 2 workloads, 1 fixed, 1 suppressed.\n"
    assert contents(tmp_path)["a.yaml"] == ERROR.encode()
    assert contents(tmp_path)["b.yaml"] == FIXED.encode()


def test_write_after_fix_holds_what_could_not_be_fixed(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR, "b.yaml": WARNING})
    ran = written(tmp_path, "--fix")
    assert "1 fixed, 1 suppressed" in ran.err
    assert contents(tmp_path)["a.yaml"] == FIXED.encode()
    assert [one["path"] for one in entries(tmp_path)] == ["b.yaml"]


def test_the_baseline_is_beside_the_configuration(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            "a.yaml": ERROR,
            "x/.k8slint.yaml": "fail-on: error\n",
            "x/y/b.yaml": ERROR,
        },
    )
    ran = written(tmp_path)
    assert ran.err.count("Wrote 1 finding to") == 2
    assert [one["path"] for one in entries(tmp_path)] == ["a.yaml"]
    assert [one["path"] for one in entries(tmp_path / "x")] == ["y/b.yaml"]
    assert check(tmp_path / "x" / "y").code == 0
    assert check(tmp_path).code == 0


def test_without_a_configuration_it_is_at_the_root_of_the_repository(tmp_path: Path) -> None:
    make(tmp_path, {".git/HEAD": "", "x/a.yaml": ERROR})
    written(tmp_path / "x")
    assert [one["path"] for one in entries(tmp_path)] == ["x/a.yaml"]
    for folder in (tmp_path, tmp_path / "x"):
        assert check(folder).code == 0
        assert check(folder, "--isolated").code == 1
        assert check(folder, "--isolated", "--baseline", str(tmp_path / NAME)).code == 0
    assert check(Path("/"), str(tmp_path / "x")).code == 0


def test_it_is_shown_with_the_configuration(tmp_path: Path) -> None:
    make(tmp_path, {".git/HEAD": "", "x/a.yaml": ERROR})
    assert "known findings" not in k8slint(tmp_path, "config", "show").text
    written(tmp_path)
    shown = k8slint(tmp_path / "x", "config", "show", "a.yaml").text
    assert shown.endswith(f"\n# baseline: ../{NAME}\n")


def test_a_named_baseline(tmp_path: Path) -> None:
    make(tmp_path, {"x/a.yaml": ERROR, "base/.keep": ""})
    ran = check(tmp_path, "--baseline", "base/known.json", "x")
    assert ran.code == 2
    assert "base/known.json: no such file; --write-baseline makes it" in ran.err
    written(tmp_path, "--baseline", "base/known.json", "x")
    assert [one["path"] for one in entries(tmp_path / "base", "known.json")] == ["../x/a.yaml"]
    assert check(tmp_path, "x").code == 1
    assert check(tmp_path, "--baseline", "base/known.json", "x").code == 0
    assert check(tmp_path / "x", "--baseline", "../base/known.json", "a.yaml").code == 0
    piped = ("--baseline", "base/known.json", "--stdin-filename", "x/a.yaml", "-")
    assert check(tmp_path, *piped, stdin=ERROR.encode()).code == 0


def test_whatever_the_number_of_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("k8slint.lint.run.POOL_ABOVE", 0)
    monkeypatch.setattr("k8slint.lint.units._BATCH", 1)
    files = {f"{n}.yaml": ERROR.replace("web", f"web-{n}") for n in range(4)}
    make(tmp_path, dict(files))
    written(tmp_path, "-j", "2")
    with_two = contents(tmp_path)[NAME]
    written(tmp_path, "-j", "1")
    assert contents(tmp_path)[NAME] == with_two
    (tmp_path / "0.yaml").unlink()
    make(tmp_path, {"8.yaml": files["0.yaml"], "9.yaml": files["0.yaml"]})
    for jobs in ("1", "2"):
        assert check(tmp_path, "-j", jobs).places == ["9.yaml:12 GS001"]


def test_nothing_found_makes_no_file(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": CLEAN})
    ran = written(tmp_path)
    assert f"Nothing was found, so {NAME} was not made." in ran.err
    assert sorted(contents(tmp_path)) == ["a.yaml"]


BROKEN = {
    "<<<<<<< HEAD\n": f"{NAME}:1: a baseline is JSON, and this is not: take it from",
    "[]": "not a k8slint baseline: it has no `version`",
    '{"version": true, "entries": []}': "not a k8slint baseline: it has no `version`",
    "[" * 100_000: f"{NAME}: a baseline is JSON, and this is not: take it from",
    '{"version": 2, "entries": []}': "version 2 was written by another k8slint",
    '{"version": 1}': "`entries` is not a list",
    '{"version": 1, "entries": [{"path": "a"}]}': "entry 1 is incomplete or misspelt",
    '{"version": 1, "entries": [{"path": "a", "resource": "", "code": "GS1", "pointer": "", '
    '"count": 0}]}': "entry 1 is incomplete or misspelt",
    '{"version": 1, "entries": [{"path": "a", "resource": "", "code": "GS1", "pointer": "", '
    '"count": 1000001}]}': "entry 1 is incomplete or misspelt",
}


@pytest.mark.parametrize(("text", "message"), BROKEN.items())
def test_broken(tmp_path: Path, text: str, message: str) -> None:
    make(tmp_path, {"a.yaml": ERROR, NAME: text})
    for arguments in ((), ("--write-baseline",), ("--fix",)):
        ran = check(tmp_path, *arguments)
        assert (ran.code, ran.text) == (2, "")
        assert message in ran.err
        assert contents(tmp_path) == {"a.yaml": ERROR.encode(), NAME: text.encode()}


REFUSED = {
    "--isolated": "--isolated reads no baseline: name the one to write with --baseline FILE",
    "--diff": "--write-baseline cannot be used with --diff",
    "--no-ignores": "--write-baseline cannot be used with --no-ignores",
    "-": "--write-baseline needs files: standard input has no path to record",
}


@pytest.mark.parametrize(("argument", "message"), REFUSED.items())
def test_not_written_with(tmp_path: Path, argument: str, message: str) -> None:
    make(tmp_path, {"a.yaml": ERROR})
    ran = check(tmp_path, "--write-baseline", argument)
    assert ran.code == 2
    assert message in ran.err
    assert sorted(contents(tmp_path)) == ["a.yaml"]


def test_not_written_after_a_failure(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR})
    ran = check(tmp_path, "--write-baseline", "a.yaml", "missing.yaml")
    assert ran.code == 2
    assert "The baseline was not written." in ran.err
    assert sorted(contents(tmp_path)) == ["a.yaml"]


def test_not_writable(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR})
    ran = check(tmp_path, "--write-baseline", "--baseline", "missing/known.json", "a.yaml")
    assert ran.code == 2
    assert "missing/known.json: cannot be written: No such file or directory" in ran.err
    (tmp_path / NAME).mkdir()
    ran = check(tmp_path, "a.yaml")
    assert ran.code == 2
    assert f"{NAME}: cannot be read: it is a folder, not a regular file" in ran.err


def test_a_file_that_is_no_text_can_be_known(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR.encode() + b"# \xff\n"})
    assert check(tmp_path).code == 1
    written(tmp_path)
    assert check(tmp_path).code == 0
