"""The review of a pull request: where its comments stand, and what they suggest."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from k8slint.lint.diagnosis import Diagnostic, Fix, TextEdit
from k8slint.lint.reports import FileReport, Report, Review, ReviewedFile
from k8slint.lint.rule import Severity
from k8slint.manifest.source import Location
from k8slint.report import github_review, markdown
from tests.command import k8slint, make
from tests.hostile.texts import SUGGESTION, named, watch_review
from tests.lint.test_touched import commit, git
from tests.places import DATA

Need = Callable[[str], str]
CASES: dict[str, dict[str, Any]] = yaml.safe_load(
    (DATA / "github_review.yaml").read_text(encoding="utf-8")
)


def reviewed(folder: Path, *options: str) -> dict[str, Any]:
    words = ("check", "--isolated", "--changed=HEAD~1", "--output-format", "github-review")
    ran = k8slint(folder, *words, *options, ".")
    assert ran.code < 2, ran.err
    watch_review(ran.text)
    return ran.data


def change(folder: Path, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    commit(folder, before)
    for path in before.keys() - after.keys():
        (folder / path).unlink()
    commit(folder, after)


def git_says(folder: Path, *words: str) -> str:
    command = ["git", *words]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def suggested(comment: dict[str, Any]) -> str | None:
    found = SUGGESTION.search(comment["body"])
    return found[2] if found else None


def applied(folder: Path, comments: list[dict[str, Any]]) -> None:
    """Apply all suggestions, as a person does in the browser."""
    for one in sorted(comments, key=lambda one: -int(one["line"])):
        text = suggested(one)
        if text is not None:
            path = folder / one["path"]
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            lines[one.get("start_line", one["line"]) - 1 : one["line"]] = [text]
            path.write_text("".join(lines), encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_comments_stand_where_the_diff_is(tmp_path: Path, need: Need, name: str) -> None:
    need("git")
    case = CASES[name]
    assert case.keys() == {"before", "after", "comments", "body"}
    change(tmp_path, case["before"], case["after"])
    review = reviewed(tmp_path)
    assert review["event"] == "COMMENT"
    assert [
        {
            "at": f"{one['path']}:{one.get('start_line', one['line'])}-{one['line']}",
            "codes": re.findall(r"^\w+: \[(\w+)\]", one["body"], re.MULTILINE),
            "suggestion": suggested(one),
        }
        for one in review["comments"]
    ] == case["comments"]
    for one in review["comments"]:
        assert ("`k8slint check --fix` makes it." in one["body"]) == (suggested(one) is None)
    assert re.findall(r"^\|.*?\[(\w+)\]", review["body"], re.MULTILINE) == case["body"]


def test_suggestions_are_what_fix_does(tmp_path: Path, need: Need) -> None:
    need("git")
    after = {name: text for case in CASES.values() for name, text in case["after"].items()}
    change(tmp_path, {}, after)
    review = reviewed(tmp_path)
    changed = {one["path"] for one in review["comments"] if suggested(one)}
    assert len(changed) > 4
    applied(tmp_path, review["comments"])
    by_hand = {name: (tmp_path / name).read_text(encoding="utf-8") for name in changed}
    make(tmp_path, after)
    k8slint(tmp_path, "check", "--isolated", "--fix", "--unsafe-fixes", ".")
    for name, text in by_hand.items():
        assert text.rstrip("\n") == (tmp_path / name).read_text(encoding="utf-8").rstrip("\n")


def test_the_commit_is_named(tmp_path: Path, need: Need) -> None:
    need("git")
    case = next(iter(CASES.values()))
    change(tmp_path, case["before"], case["after"])
    assert reviewed(tmp_path)["commit_id"] == git_says(tmp_path, "rev-parse", "HEAD")


def test_a_file_that_is_not_as_committed_gets_no_comment(tmp_path: Path, need: Need) -> None:
    """Its lines are not those of the pull request."""
    need("git")
    case = next(iter(CASES.values()))
    change(tmp_path, case["before"], case["after"])
    assert reviewed(tmp_path)["comments"]
    (name,) = case["after"]
    make(tmp_path, {name: f"# not committed\n{case['after'][name]}"})
    review = reviewed(tmp_path)
    assert review["comments"] == []
    assert "[GS" in review["body"]


def test_configuration_of_git_changes_nothing(tmp_path: Path, need: Need) -> None:
    need("git")
    case = CASES["a finding on a line that is shown around a change"]
    change(tmp_path, case["before"], case["after"])
    expected = reviewed(tmp_path)
    for setting in (
        *("diff.external=touch pwned;true", "diff.context=0", "diff.interHunkContext=99"),
        *("diff.algorithm=patience", "color.ui=always", "diff.noprefix=true"),
        *("core.pager=touch pwned", "diff.odd.textconv=touch pwned;cat"),
        "diff.odd.command=touch pwned;true",
    ):
        git(tmp_path, "config", *setting.split("=", 1))
    (tmp_path / ".git" / "info" / "attributes").write_text("* diff=odd\n")
    assert reviewed(tmp_path) == expected
    assert not list(tmp_path.rglob("pwned"))


def test_files_that_a_partial_clone_lacks_are_not_needed(tmp_path: Path, need: Need) -> None:
    """To find what was renamed, git would read them."""
    need("git")
    lines = "".join(f"line {number}\n" for number in range(20))
    (text,) = CASES["a new file"]["after"].values()
    change(tmp_path, {"old.txt": lines}, {"new.txt": f"{lines}more\n", "new.yaml": text})
    name = git_says(tmp_path, "rev-parse", "HEAD~1:old.txt")
    (tmp_path / ".git" / "objects" / name[:2] / name[2:]).unlink()
    assert [one["path"] for one in reviewed(tmp_path)["comments"]] == ["new.yaml"]


def test_more_comments_than_a_review_holds_are_in_its_text(
    tmp_path: Path, need: Need, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("git")
    monkeypatch.setattr(github_review, "_MOST_COMMENTS", 2)
    (text,) = CASES["a new file"]["after"].values()
    change(tmp_path, {}, {f"{number}.yaml": text for number in range(5)})
    review = reviewed(tmp_path)
    assert len(review["comments"]) == 2
    assert len(re.findall(r"^\| \w+ \|", review["body"], re.MULTILINE)) == 3
    assert "2 are in comments on the change, 3 in the table below" in review["body"]
    assert "there are more than 2 comments" in review["body"]


LINES = ("a: 1", "```", "````", "b: 2", "c: 3")


def test_a_comment_has_as_many_characters_as_github_takes() -> None:
    fix = Fix("safe", "fix", "change it", (TextEdit(4, 1, 4, 5, "b: 3"),))
    at = Location("a.yaml", 4, 1, 4, 5, "x")
    text = "*" * 1_000
    found = tuple(
        Diagnostic("GS101", "name", Severity.ERROR, f"{number} {text}", at, fix=fix)
        for number in range(300)
    )
    review = Review("0" * 40, {"a.yaml": ReviewedFile(LINES, ((1, 5),))})
    report = Report((FileReport("a.yaml", 1, found),), review=review)
    (comment,) = json.loads(github_review.render(report))["comments"]
    assert 60_000 < len(comment["body"]) <= markdown.LIMIT < 65_536
    assert re.search(r"\n2\d\d more left out for lack of room\.\n", comment["body"])
    assert suggested(comment) == "b: 3\n"


@pytest.mark.long
def test_many_findings_and_many_hunks_take_no_minute() -> None:
    """They took one where each was compared with all others and with all parts of the diff."""
    found, lines = [], ["a: 1"] * 80_000
    for line in range(1, 80_000, 4):
        edit = TextEdit(line, 1, line, 5, "a: 2")
        at = Location("a.yaml", line, 1, line, 2, "x")
        fix = Fix("safe", "fix", "change it", (edit,))
        found.append(Diagnostic("GS101", "name", Severity.ERROR, "text", at, fix=fix))
    for first in (1, 3):  # All findings are beside the diff, and none.
        hunks = tuple((line, line) for line in range(first, 80_000, 4))
        review = Review("0" * 40, {"a.yaml": ReviewedFile(lines, hunks)})
        start = time.process_time()
        text = github_review.render(
            Report((FileReport("a.yaml", 1, tuple(found)),), review=review)
        )
        assert time.process_time() - start < 10
        assert len(json.loads(text)["comments"]) == (30 if first == 1 else 0)


def suggestions(*changed: tuple[int, int, str]) -> list[str | None]:
    """What is suggested for findings of one file of five lines, each with edits of its own."""
    found = []
    for first, last, text in changed:
        edit = TextEdit(first, 1, last, len(LINES[last - 1]) + 1, text)
        at = Location("a.yaml", first, 1, first, 2, "x")
        fix = Fix("safe", "fix", "change it", (edit,))
        found.append(Diagnostic("GS101", "name", Severity.ERROR, text, at, fix=fix))
    review = Review("0" * 40, {"a.yaml": ReviewedFile(LINES, ((1, 5),))})
    report = Report((FileReport("a.yaml", 1, tuple(found)),), review=review)
    text = github_review.render(report)
    watch_review(text)
    return [suggested(one) for one in json.loads(text)["comments"]]


def test_a_file_that_cannot_be_named_as_it_is_gets_no_comment(tmp_path: Path, need: Need) -> None:
    """Not in UTF-8, it cannot stand in JSON."""
    need("git")
    (text,) = CASES["a new file"]["after"].values()
    change(tmp_path, {}, {"plain.yaml": text, "\udcff.yaml": text})
    review = reviewed(tmp_path)
    assert [one["path"] for one in review["comments"]] == ["plain.yaml"]
    assert len(re.findall(r"^\| \w+ \|", review["body"], re.MULTILINE)) == 1


def test_no_line_ends_a_suggestion() -> None:
    assert suggestions((1, 4, "a: 2\n```\n````\nb: 3")) == ["a: 2\n```\n````\nb: 3\n"]


def test_suggestions_can_all_be_applied() -> None:
    assert suggestions((1, 2, "A"), (2, 3, "B"), (4, 5, "C")) == ["A\n", None, "C\n"]
    assert suggestions((1, 2, "A"), (3, 3, "B")) == ["A\n", "B\n"]


def test_what_is_suggested_is_short_enough_and_can_be_read() -> None:
    assert suggestions((4, 4, "A" * 20_000), (5, 5, "\x1b")) == [None, None]
    assert suggestions((4, 4, "A" * 2_000)) == ["A" * 2_000 + "\n"]


def test_nothing_of_a_stranger_is_alive_in_a_comment(tmp_path: Path, need: Need) -> None:
    """Names, labels and values of a manifest, and names of files; `watch_review` reads it all."""
    need("git")
    (text,) = CASES["a new file"]["after"].values()
    files = {}
    for number, name in enumerate(named()):
        word = json.dumps(name)
        odd = text.replace("name: web", f"name: {word}").replace("sleep 60", f"sleep 60 # {name}")
        odd = odd.replace("image: web", f"image: {word}  # ``` ```` @{number}")
        files[name] = odd if number % 2 else text
    files["fence.yaml"] = text.replace("image: web", "image: web # ```` @org/team ```")
    change(tmp_path, {}, {name: one for name, one in files.items() if len(name) < 200})
    review = reviewed(tmp_path, "--select", "ALL")
    assert len(review["comments"]) == 30


def test_any_review_is_safe(tmp_path: Path, need: Need) -> None:
    from tests.hostile.texts import repository

    need("git")
    for seed in range(4):
        folder = tmp_path / str(seed)
        folder.mkdir()
        files = repository(Random(seed))
        commit(folder, {})
        try:
            make(folder, files)
        except OSError:
            continue
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "--allow-empty", "-m", "b")
        reviewed(folder)
