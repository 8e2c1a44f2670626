"""The HTML report: findings beside their pods, what repairs them, and what is left out."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from k8slint.lint.diagnosis import Diagnostic, Fix, TextEdit
from k8slint.lint.identity import Resource
from k8slint.lint.rendered.secrets import redact_finding
from k8slint.lint.reports import FileReport, Report
from k8slint.lint.rule import Severity
from k8slint.manifest.source import Source
from k8slint.picture import findings
from k8slint.picture.findings import cards_of
from tests.command import k8slint, make
from tests.manifests import CLEAN, ERROR, INFO, SERVICE, WARNING, pod
from tests.picture.test_picture import one as scene_of
from tests.places import FIXTURES


def page_of(folder: Path, *arguments: str, stdin: str = "") -> str:
    ran = k8slint(folder, "check", *arguments, "--output-format", "html", stdin=stdin.encode())
    assert ran.text.startswith("<!doctype html>"), ran.err
    return ran.text


def cards(page: str) -> list[tuple[str, list[str], bool]]:
    """The title of each card, the codes of what is found, and whether a timeline is drawn."""
    return [
        (
            html.unescape(re.findall(r"<h2>(.*?)</h2>", article)[0]),
            re.findall(r'data-rule="(\w+)"', article),
            'class="wide"' in article,
        )
        for article in re.findall(r"<article.*?</article>", page, re.DOTALL)
    ]


def test_findings_are_in_the_cards_of_their_pods(tmp_path: Path) -> None:
    """Also where objects have one name, and where a file cannot be read."""
    same = f"{CLEAN}---\n{ERROR}---\n{SERVICE}---\n{WARNING}"
    make(tmp_path, {"a.yaml": same, "b.yaml": "kind: Pod\nspec: [\n"})
    assert cards(page_of(tmp_path, ".")) == [
        ("Pod web", [], True),
        ("Pod web", ["GS001"], True),
        ("Pod web", ["GS106"], True),
        ("b.yaml", ["GS900"], False),
    ]


def test_a_finding_without_the_number_of_its_pod_is_placed_by_its_line() -> None:
    scenes = [scene_of(f"{'#' * 9}\n" * lines + ERROR) for lines in (0, 20, 40)]
    source = Source("pod.yaml", "x\n" * 90)
    resource = Resource("v1", "Pod", "", "web", "app")

    def found(line: int) -> Diagnostic:
        at = source.locate((2 * (line - 1), 2 * line - 1))
        return Diagnostic("GS900", "x", Severity.ERROR, "said", at, resource=resource)

    placed = cards_of([found(line) for line in (5, 20, 21, 90)], scenes)
    lines = [[one.at.line for one in card.found] for card in placed]
    assert lines == [[5, 20], [21], [90]]


def test_pods_of_one_object_are_told_apart_by_their_numbers() -> None:
    scenes = [scene_of(ERROR)] * 2
    at = Source("pod.yaml", ERROR).locate((0, 1))
    resource = Resource("v1", "Pod", "", "web", "app")
    found = [
        Diagnostic("GS101", "x", Severity.ERROR, "said", at, resource=resource, pod=number)
        for number in (0, 1, 0)
    ]
    assert [[one.pod for one in card.found] for card in cards_of(found, scenes)] == [[0, 0], [1]]


def test_streams_are_drawn_as_well(tmp_path: Path) -> None:
    assert cards(page_of(tmp_path, "-", stdin=ERROR)) == [("Pod web", ["GS001"], True)]


def test_what_is_repaired_is_drawn_repaired(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR})
    page = page_of(tmp_path, "--fix", "a.yaml")
    assert cards(page) == [("Pod web", [], True)]
    assert "grace period 70 s (line" in page.replace("\xa0", " ")
    assert "1 fixed" in page


def diff_in(page: str) -> list[str]:
    (diff,) = re.findall(r'<pre class="diff">(.*?)</pre>', page, re.DOTALL)
    return html.unescape(re.sub(r"<.*?>", "", diff)).split("\n")


def test_no_text_of_a_repository_becomes_markup(tmp_path: Path) -> None:
    """Wherever the page has it: names, lines, a repair, owners, what is hidden and why."""
    hook = "[sh, -c, 'sleep 60 # <strange>']"
    text = pod(
        name="'<strange>'",
        spec="terminationGracePeriodSeconds: 10 # <strange>\n",
        app=f"lifecycle: {{preStop: {{exec: {{command: {hook}}}}}}} # <strange>\n",
    )
    hidden = text.replace("}}} #", "}}} # k8slint: ignore[GS101]")
    assert text != hidden
    name = "<strange>.yaml"
    make(tmp_path, {name: text, "b.yaml": hidden, "CODEOWNERS": "* @<strange>\n"})
    (tmp_path / ".git").mkdir()
    page = page_of(tmp_path, "--codeowners", "--select", "ALL", name, "b.yaml")
    assert "<strange" not in page
    for part in ("message", "place", "scroll", "diff"):
        pattern = rf'class="{part}">(?:(?!</(?:p|pre)>).)*&lt;strange'
        assert re.search(pattern, page, re.DOTALL), part
    assert re.search(r"hidden by a comment in line \d+: &lt;strange", page)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_repair_shows_the_lines_that_change(tmp_path: Path, line_end: str) -> None:
    """Those around them may hold what is nobody's business."""
    text = pod(
        spec="hostname: secret\nterminationGracePeriodSeconds: 10\nsubdomain: secret\n",
        app="lifecycle: {preStop: {sleep: {seconds: 60}}}\n",
    ).replace("\n", line_end)
    (tmp_path / "a.yaml").write_bytes(text.encode())
    page = page_of(tmp_path, "a.yaml")
    changed = ["-  terminationGracePeriodSeconds: 10", "+  terminationGracePeriodSeconds: 70"]
    assert diff_in(page) == changed
    assert "secret" not in page


def test_lines_between_changes_are_not_shown() -> None:
    lines = ["a: 1", "b: secret", "c: 3"]
    edits = (TextEdit(1, 4, 1, 5, "2"), TextEdit(3, 4, 3, 5, "4"))
    fix = Fix("safe", "fix", "raise both", edits)
    at = Source("a.yaml", "a: 1\n").locate((0, 1))
    one = Diagnostic("GS101", "x", Severity.ERROR, "said", at, fix=fix)
    page = findings.render(Report((FileReport("a.yaml", 1, (one,)),)), (), {"a.yaml": lines})
    assert diff_in(page) == ["-a: 1", "+a: 2", "-c: 3", "+c: 4"]


def test_of_rendered_values_only_what_changes_is_shown() -> None:
    text = "auth: {password: hunter2, grace: 30}\n"
    at = Source("values.yaml", text).locate((33, 35))
    fix = Fix("safe", "fix", "raise it", (TextEdit(1, 34, 1, 36, "70"),))
    one = Diagnostic("GS101", "x", Severity.ERROR, "said", at, fix=fix, through=("chart web",))
    one = redact_finding(one, {"values.yaml"})
    report = Report((FileReport("values.yaml", 1, (one,)),))
    page = findings.render(report, (), {"values.yaml": text.split("\n")})
    assert diff_in(page) == [
        f"{sign}{'*' * 5} {'*' * 10} {'*' * 8} grace: {number}*"
        for sign, number in (("-", 30), ("+", 70))
    ]
    assert "hunter2" not in page


def test_a_long_line_is_not_compared(tmp_path: Path) -> None:
    data = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    sleeps = {"lifecycle": {"preStop": {"sleep": {"seconds": 60}}}}
    spec = {"containers": [{"name": "a", "image": "a", **sleeps}], "hostname": "x" * 60_000}
    make(tmp_path, {"a.json": json.dumps({**data, "spec": spec})})
    page = page_of(tmp_path, "a.json")
    assert "raise terminationGracePeriodSeconds" in page
    assert '<pre class="diff">' not in page
    assert len(page) < 80_000


def test_what_hides_findings_is_shown_with_its_reason(tmp_path: Path) -> None:
    ignored = ERROR.replace("seconds: 60", "seconds: 60  # k8slint: ignore[GS001] it is known")
    make(tmp_path, {"a.yaml": ignored, "b.yaml": INFO})
    page = page_of(tmp_path, "a.yaml")
    (hidden,) = re.findall(r"<details.*?</details>", page, re.DOTALL)
    assert "<summary>1 suppressed finding</summary>" in hidden
    assert "hidden by a comment in line 12: it is known" in hidden
    assert "<details" not in page_of(tmp_path, "b.yaml")


def test_what_was_not_read_is_said_at_the_top(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR, "t.yaml": "kind: Pod\nspec:\n  {{- if .x }}\n  a: b\n"})
    (tmp_path / "gone.yaml").symlink_to("nowhere")
    page = page_of(tmp_path, "a.yaml", "t.yaml", "gone.yaml")
    head = page[: page.index("<form")]
    assert "Skipped 1 unrendered template" in head
    assert "gone.yaml: cannot be read" in head or "gone.yaml: no such file" in head
    assert "Found 1 finding (1 error) in 1 workload." in head


def test_every_pod_is_drawn_for_wide_and_narrow_windows_once() -> None:
    page = page_of(FIXTURES / "timeline", ".")
    drawn = [page.count(f'class="{width}"') for width in ("wide", "narrow")]
    legend = 1
    assert drawn == [len(cards(page)) + legend] * 2
    assert len(cards(page)) > 2
