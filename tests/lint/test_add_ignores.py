"""Where `--add-ignore` writes suppressions, what it refuses, and that nothing else changes."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from k8slint.lint import add_ignores
from k8slint.lint.inspect import inspect
from k8slint.lint.reports import FileReport
from k8slint.lint.rule import Severity
from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.task import RunOptions, Task
from k8slint.manifest.added_comments import prove_comments_added
from k8slint.manifest.operations import Set
from k8slint.manifest.prove import Unproved
from k8slint.manifest.source import Source
from k8slint.manifest.splice import Edit
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import documents
from k8slint.manifest.values import Value
from tests.command import Ran, check, contents, k8slint, make
from tests.lint.test_fix_laws import manifest
from tests.manifests import CLEAN, ERROR, INFO, pod
from tests.places import FIXTURES
from tests.tiers import tries

ALL = Settings(select=("ALL",), fail_on=Severity.INFO)
MARK = "# k8slint: ignore[GS101]"
LONG = "# k8slint: ignore[GS001]"
SLOW = "exec: {command: [sleep, '60']}"


class Written(NamedTuple):
    """A file, the lines that are new in it afterwards, and why the rest is not ignored."""

    text: str
    new: list[str]
    refused: tuple[str, ...] = ()
    select: str = "GS101"


CASES = {
    "at the end of the line": Written(
        pod(app="lifecycle:\n  preStop:\n    sleep:\n      seconds: 60\n"),
        [f"          seconds: 60  {MARK} why"],
    ),
    "without a line end": Written(
        pod(app="lifecycle:\n  preStop:\n    sleep:\n      seconds: 60").rstrip(),
        [f"          seconds: 60  {MARK} why"],
    ),
    "behind blanks": Written(
        pod(app="lifecycle:\n  preStop:\n    sleep:\n      seconds: 60 \n"),
        [f"          seconds: 60  {MARK} why"],
    ),
    "behind another comment": Written(
        pod(app="lifecycle:\n  preStop:\n    sleep:\n      seconds: 60 # slow\n"),
        [f"          seconds: 60 # slow {MARK} why"],
    ),
    "several codes in one comment": Written(
        pod(app=f"lifecycle:\n  preStop:\n    {SLOW}\n"),
        [f"        {SLOW}  # k8slint: ignore[GS101, GS202] why"],
        select="GS101,GS202",
    ),
    "added to one that is there, whose reason stays": Written(
        pod(app=f"lifecycle:\n  preStop:\n    {SLOW} # k8slint: ignore[GS202] old\n"),
        [f"        {SLOW} # k8slint: ignore[GS202, GS101] old"],
        select="GS101,GS202",
    ),
    "not to one that ends on a day": Written(
        pod(app=f"lifecycle:\n  preStop:\n    {SLOW} # k8slint: ignore[GS202,until=2099-01-01]\n"),
        [f"        {MARK} why"],
        select="GS101,GS202",
    ),
    "not beside one that is wrong": Written(
        pod(app=f"lifecycle:\n  preStop:\n    {SLOW} # k8slint: ignore GS101\n"),
        [f"        {MARK} why"],
    ),
    "at the head of a block scalar": Written(
        pod(app="command:\n- sh\n- -c\n- |\n  cd /app\n  gunicorn app\n"),
        ["    - |  # k8slint: ignore[GS401] why"],
        select="GS401",
    ),
    "above a value over several lines": Written(
        pod(app="lifecycle: {preStop: {exec: {command: [sleep,\n  '60']}}}\n"),
        [f"    {MARK} why"],
    ),
    "added to one above": Written(
        pod(
            app="# k8slint: ignore[GS202] old\n"
            "lifecycle: {preStop: {exec: {command: [sleep,\n  '60']}}}\n"
        ),
        ["    # k8slint: ignore[GS202, GS101] old"],
        select="GS101,GS202",
    ),
    "with its own line ends": Written(
        pod(app="lifecycle: {preStop: {exec: {command: [sleep,\n  '60']}}}\n").replace(
            "\n", "\r\n"
        ),
        [f"    {MARK} why\r"],
    ),
    "in JSON": Written(
        '{"apiVersion": "v1", "kind": "Pod", "metadata":\n{"name": "web"}, "spec": {\n'
        '"containers": [{"name": "app", "image": "x", "lifecycle": {"preStop":\n'
        '{"sleep": {"seconds": 60}}}}]}}\n',
        ['{"name": "web", "annotations": {"k8slint/ignore.app": "GS101: why"}}, "spec": {'],
    ),
    "not above a whole object": Written(
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod,\n"
        "  metadata: {name: web}, spec: {containers: [{name: app, image: x,\n"
        "    lifecycle: {preStop: {sleep: {seconds: 60\n    }}}}]}}\n",
        [
            (
                '  metadata: {name: web, annotations: {k8slint/ignore.app: "GS101: why"}}, '
                "spec: {containers: [{name: app, image: x,"
            )
        ],
    ),
    "added to an annotation": Written(
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "annotations":\n'
        '{"k8slint/ignore.app": "GS202: old"}}, "spec": {"containers": [{"name": "app",\n'
        '"image": "x", "lifecycle": {"preStop": {"sleep": {"seconds": 60}}}}]}}\n',
        [
            '{"k8slint/ignore.app": "GS202,GS101: old"}}, "spec": {"containers": [{"name": "app",',
        ],
    ),
    "not in a template": Written(
        pod(app="lifecycle:\n  preStop:\n    sleep:\n      seconds: 60\n")
        + "{{- if .Values.more }}\n  hostNetwork: true\n{{- end }}\n",
        [],
        ("GS101 not ignored: nothing is added to a template",),
    ),
    "not beside a document that cannot be read": Written(
        ERROR + "---\nkind: Pod\nspec: {containers: [}\n",
        [],
        (
            "GS101 not ignored: the file holds a document that cannot be read",
            "GS900 not ignored: it is about the file itself",
        ),
        select="GS101,GS900",
    ),
    "not about suppressions": Written(
        f"# k8slint: file-ignore[GS999]\n{CLEAN}{MARK}\n",
        [],
        ("GS901 not ignored: it is about a suppression, which --fix", "GS902 not ignored"),
        select="GS9",
    ),
}


def ignored(folder: Path, one: Written, *arguments: str) -> Ran:
    make(folder, {"x.yaml": one.text})
    return check(folder, "x.yaml", "--add-ignore", "--select", one.select, *arguments)


@pytest.mark.parametrize("name", CASES)
def test_where_suppressions_are_written(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    ran = ignored(tmp_path, case, "--reason", "why")
    before, after = case.text.split("\n"), (tmp_path / "x.yaml").read_bytes().decode().split("\n")
    assert [line for line in after if line not in before] == case.new
    said = [line for line in ran.err.splitlines() if "not ignored" in line]
    assert len(said) == len(case.refused)
    assert all(part in ran.err for part in case.refused)
    assert ran.code == bool(case.refused)
    if case.new:
        written = contents(tmp_path)
        assert ignored(tmp_path, case._replace(text="\n".join(after))).code == 0
        assert contents(tmp_path) == written, "a second run changes nothing"


def test_a_patch_is_printed_and_nothing_written(tmp_path: Path) -> None:
    make(tmp_path, {"x.yaml": ERROR})
    ran = check(tmp_path, "x.yaml", "--add-ignore", "--diff")
    assert ran.code == 1
    assert f"+          seconds: 60  {LONG}" in ran.text
    assert "1 would be ignored" in ran.err
    assert contents(tmp_path) == {"x.yaml": ERROR.encode()}


def test_standard_input_is_printed(tmp_path: Path) -> None:
    ran = check(tmp_path, "-", "--add-ignore", stdin=ERROR.encode())
    assert ran.code == 0
    assert ran.text == ERROR.replace("seconds: 60", f"seconds: 60  {LONG}")
    assert "1 newly ignored" in ran.err


REASONS = {
    "a comment in it": ("x # k8slint: ignore[GS202]", "contains a `#`"),
    "a line end": ("x\ny: 1", r"cannot be shown: x\ny: 1"),
    "a control character": ("x\x1b[2J", r"cannot be shown: x\x1b[2J"),
    "what turns text around": ("x\u202e", r"cannot be shown: x\u202e"),
    "nothing": ("  ", "is empty"),
    "too much": ("x" * 201, "has 201 characters, more than 200"),
}


@pytest.mark.parametrize("name", REASONS)
def test_reasons_that_are_refused(name: str, tmp_path: Path) -> None:
    reason, said = REASONS[name]
    make(tmp_path, {"x.yaml": ERROR})
    ran = check(tmp_path, "x.yaml", "--add-ignore", "--reason", reason)
    assert (ran.code, said in ran.err) == (2, True), ran.err
    assert contents(tmp_path) == {"x.yaml": ERROR.encode()}


CONTRADICTIONS = {
    "--add-ignore --fix": "run --fix first",
    "--add-ignore --no-ignores": "--no-ignores",
    "--add-ignore --write-baseline": "use one of them",
    "--add-ignore --changed": "instead of --changed",
    "--reason why": "--reason is for --add-ignore",
}


@pytest.mark.parametrize("call", CONTRADICTIONS)
def test_what_does_not_go_together(call: str, tmp_path: Path) -> None:
    make(tmp_path, {"x.yaml": ERROR})
    ran = check(tmp_path, "x.yaml", *call.split())
    assert (ran.code, CONTRADICTIONS[call] in ran.err) == (2, True), ran.err


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    make(tmp_path, {"x.yaml": ERROR})
    (tmp_path / "y.yaml").hardlink_to(tmp_path / "x.yaml")
    ran = check(tmp_path, "x.yaml", "--add-ignore")
    assert ran.code == 2
    assert "x.yaml: nothing was written: it has other hard links" in ran.err
    assert "GS001" in ran.text


def test_one_suppression_that_fails_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"x{number}" for number in range(9)]
    text = "---\n".join(ERROR.replace("name: web", f"name: {name}") for name in names)
    broken = "name: x4"

    def refusing(document: object, edits: list[Edit]) -> str:
        if broken in document.text:  # type: ignore[attr-defined]
            raise Unproved("it is broken")
        return prove_comments_added(document, edits)  # type: ignore[arg-type]

    monkeypatch.setattr(add_ignores, "prove_comments_added", refusing)
    make(tmp_path, {"x.yaml": text})
    check(tmp_path, "x.yaml", "--add-ignore")
    after = (tmp_path / "x.yaml").read_text().split("---\n")
    assert [LONG in one for one in after] == [broken not in one for one in after]
    # It has an annotation instead.
    assert "k8slint/ignore.app: GS001" in after[4]


def test_one_that_hides_nothing_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = CASES["not above a whole object"].text.partition("items:\n")
    items = [item[2].replace("name: web", f"name: x{number}") for number in range(3)]
    useless = "x1"

    def annotate(owner: Value, *given: Any) -> list[Set]:
        (written,) = annotated(owner, *given)
        is_useless = owner.at("metadata", "name").text == useless
        return [written._replace(value="GS202") if is_useless else written]

    annotated = add_ignores.annotate
    monkeypatch.setattr(add_ignores, "annotate", annotate)
    ran = ignored(tmp_path, Written("".join([*item[:2], *items]), []))
    assert "2 newly ignored" in ran.err
    assert f"GS101 not ignored: {add_ignores.NOT_HIDDEN}" in ran.err
    after = (tmp_path / "x.yaml").read_text().split("- {apiVersion")[1:]
    assert ["annotations" in one for one in after] == [useless not in one for one in after]


def test_many_that_do_not_work_cost_two_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    side = "  - name: x{}\n    image: x\n    lifecycle: {{preStop: {}}} # k8slint ignore\n"
    hooks = "".join(side.format(number, f"{{{SLOW}}}") for number in range(30))
    looks: list[object] = []

    def counted(*given: Any) -> object:
        looks.append(given)
        return inspect(*given)

    monkeypatch.setattr(add_ignores, "inspect", counted)
    ran = ignored(tmp_path, Written(pod() + hooks, []))
    assert "30 newly ignored" in ran.err
    assert len(looks) == 2


def test_what_is_no_comment_is_not_proved() -> None:
    source = Source("x.yaml", "a: b\nc: |\n  d\n")
    (document,) = documents(source, next(split_documents(source.text)))
    assert prove_comments_added(document, [Edit(4, 4, "  # e")]) == "a: b  # e\nc: |\n  d\n"
    for edit in (
        Edit(4, 4, "# e"),
        Edit(5, 5, "f: 1\n"),
        Edit(13, 13, " # e"),
        Edit(3, 4, "x"),
        Edit(4, 4, "  # e\n---"),
    ):
        with pytest.raises(Unproved):
            prove_comments_added(document, [edit])


def ignore_all(data: bytes) -> FileReport:
    report = run_bytes(data, Task("x.yaml", ALL), RunOptions(ignores=True, reason="a law"))
    assert not report.error, report.crash
    return report


def read(data: bytes) -> list[object]:
    return [*yaml.compose_all(data, yaml.CSafeLoader)]


def same(one: object, other: object) -> bool:
    """Whether two trees are equal, but for our annotations."""
    if isinstance(one, yaml.MappingNode) and isinstance(other, yaml.MappingNode):
        old = {key.value: value for key, value in one.value}
        new = {key.value: value for key, value in other.value}
        added = [key for key in new if key not in old]
        assert all(key.startswith(("k8slint/ignore", "annotations")) for key in added)
        return all(same(old[key], new[key]) for key in old)
    if isinstance(one, yaml.SequenceNode) and isinstance(other, yaml.SequenceNode):
        return all(map(same, one.value, other.value)) and len(one.value) == len(other.value)
    return (one.tag, one.value) == (other.tag, other.value)  # type: ignore[attr-defined]


def assert_law(data: bytes) -> int:
    report = ignore_all(data)
    assert report.text is not None
    after = run_bytes(report.text, Task("x.yaml", ALL), RunOptions())
    refused = [one for one, _ in report.unignored]
    assert [one.identity for one in after.diagnoses] == [one.identity for one in refused]
    assert all(reason for _, reason in report.unignored)
    assert ignore_all(report.text).text == report.text
    if report.text != data:
        assert all(map(same, read(data), read(report.text)))
    return report.ignored


@given(st.integers(0, 2**40))
@settings(max_examples=tries(60), suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_is_found_is_hidden_and_nothing_else_changes(seed: int) -> None:
    random = Random(seed)
    lines = manifest(random).split("\n")
    for number, line in enumerate(lines):
        if line.strip() and random.random() < 0.15:
            lines[number] += random.choice((" # why", "  # k8slint: ignore[GS103] old", " ", "\t"))
    text = random.choice(("\n", "\n", "\r\n")).join(lines)
    assert_law(text.encode())


@pytest.mark.long
def test_the_law_holds_for_fixtures() -> None:
    every = sorted(FIXTURES.rglob("*.yaml")) + sorted(FIXTURES.rglob("*.json"))
    hidden = [assert_law(path.read_bytes()) for path in every if "rendered" not in path.parts]
    assert sum(hidden) > 100
    assert not ignore_all(INFO.encode()).unignored


def test_a_second_call_finds_nothing_unused(tmp_path: Path) -> None:
    make(tmp_path, {"x.yaml": ERROR, "y/z.yaml": INFO})
    assert k8slint(tmp_path, "check", "--add-ignore").code == 0
    ran = check(tmp_path, "--select", "ALL")
    assert (ran.code, ran.text) == (0, "")
