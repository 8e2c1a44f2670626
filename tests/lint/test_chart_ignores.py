"""`--add-ignore --render` in charts: annotations in templates, and what is refused."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
import yaml

from k8slint.lint.rendered import objects, run, trial
from k8slint.lint.rendered.session import Session
from k8slint.manifest import template_lines
from k8slint.render.charts import trials
from tests.command import Ran, check, contents, make

HEAD = "apiVersion: apps/v1\nkind: Deployment\n"
METADATA = "metadata:\n  name: NAME{{ .Values.no }}\n"
SPEC = """\
spec:
  template:
    spec:
      containers:
      - name: app
        image: x
        lifecycle: {preStop: {sleep: {seconds: 30}}}
"""
WHOLE = HEAD + METADATA + SPEC
ANNOTATION = '    k8slint/ignore.app: "GS101: why"'
NEW = ["  annotations:", ANNOTATION]
CHART = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
    "values.yaml": "given: {a: b}\n",
    "templates/_helpers.tpl": '{{ define "some" }}labels: {a: b}{{ end }}\n',
}


class Hidden(NamedTuple):
    """A template, and the lines that are new in it."""

    text: str
    new: list[str]


HIDDEN = {
    "no annotations": Hidden(WHOLE, NEW),
    "literal annotations": Hidden(
        f"{HEAD}{METADATA}  annotations:\n    a: {{{{ .Values.given.a }}}}\n{SPEC}", NEW[1:]
    ),
    "conditional annotations": Hidden(
        f"{HEAD}{METADATA}  annotations:\n    a: b\n    {{{{- if .Values.given }}}}\n    c: d\n"
        f"    {{{{- end }}}}\n{SPEC}",
        NEW[1:],
    ),
    "an annotation that is there": Hidden(
        f"{HEAD}{METADATA}  annotations:\n    k8slint/ignore.app: 'GS202: old'\n{SPEC}",
        ["    k8slint/ignore.app: 'GS202,GS101: old'"],
    ),
    "labels of a helper": Hidden(
        f'{HEAD}{METADATA}  labels:\n    {{{{- include "some" . | nindent 4 }}}}\n{SPEC}', NEW
    ),
    "labels of values": Hidden(
        f"{HEAD}{METADATA}  labels: {{{{- toYaml .Values.given | nindent 4 }}}}\n{SPEC}", NEW
    ),
    "in a condition": Hidden(f"{{{{- if .Values.given }}}}\n{WHOLE}{{{{- end }}}}\n", NEW),
    "in `else`": Hidden(
        f"{{{{- if .Values.no }}}}\na: b\n{{{{- else }}}}\n{WHOLE}{{{{- end }}}}\n", NEW
    ),
    "in `with`": Hidden(f"{{{{- with $ }}}}\n{WHOLE}{{{{ end }}}}\n", NEW),
    "metadata in a condition": Hidden(
        f"{HEAD}{{{{ if .Values.no }}}}\nmetadata: {{name: no}}\n{{{{ else }}}}\n{METADATA}"
        f"{{{{ end }}}}\n{SPEC}",
        NEW,
    ),
    "CRLF": Hidden(WHOLE.replace("\n", "\r\n"), [f"{line}\r" for line in NEW]),
    "comments beside": Hidden(
        f"# a\n{HEAD}metadata: # b\n# c\n  # d\n  name: NAME # e\n{SPEC}# f\n", NEW
    ),
    "no line end": Hidden(SPEC + HEAD + METADATA.rstrip(), NEW),
    "four columns": Hidden(
        WHOLE.replace("  name: NAME", "    name: NAME"),
        ["    annotations:", f"    {ANNOTATION}"],
    ),
    "one of several documents": Hidden(
        f"kind: Service\nmetadata:\n  name: NAME\n---\n{WHOLE}", NEW
    ),
    "each of several documents": Hidden(
        "---\n".join(
            f"{{{{ if .Values.given }}}}\n{WHOLE}{{{{ end }}}}\n".replace("NAME", f"NAME-{name}")
            for name in "abc"
        ),
        3 * NEW,
    ),
    "another object differs by itself": Hidden(
        f"{WHOLE}---\nkind: Secret\nmetadata:\n  name: NAME\n"
        "stringData: {a: {{ randAlphaNum 9 }}}\n",
        NEW,
    ),
}


class Ignored(NamedTuple):
    """The files of a chart with all these templates, and what is said and rendered."""

    before: dict[str, bytes]
    after: dict[str, bytes]
    last: dict[str, bytes]
    rendered: tuple[tuple[list[Any], int], tuple[list[Any], int]]
    patch: str
    said: str


@pytest.fixture(autouse=True)
def tools(need: Callable[[str], str]) -> None:
    """The program that renders."""
    need("helm")


def ignore(folder: Path, *arguments: str) -> Ran:
    return check(folder, "--render", "--add-ignore", "--reason", "why", *arguments)


def template(number: int) -> str:
    return f"templates/{number}.yaml"


@cache
def ignored(folder: Path) -> Ignored:
    """What becomes of a chart, which is rendered once for all cases."""
    make(folder, CHART)
    for number, one in enumerate(HIDDEN.values()):
        make(folder, {template(number): one.text.replace("NAME", f"web-{number}")})
    before, objects_before = contents(folder), rendered(folder)
    patch = ignore(folder, "--diff", ".").text
    assert contents(folder) == before, "a patch writes nothing"
    said = ignore(folder, ".").err
    after, objects_after = contents(folder), rendered(folder)
    assert ignore(folder, ".").code == 0
    both = (objects_before, objects_after)
    return Ignored(before, after, contents(folder), both, patch, said)


def rendered(folder: Path) -> tuple[list[Any], int]:
    """What helm itself renders, without secrets and our annotations, and how many those are."""
    run = subprocess.run(
        ["helm", "template", "web", folder], capture_output=True, text=True, check=True
    )
    found = [one for one in yaml.safe_load_all(run.stdout) if one and one.get("kind") != "Secret"]
    count = 0
    for one in found:
        there = one.get("metadata", {}).get("annotations", {})
        for key in [key for key in there if key.startswith("k8slint/ignore")]:
            del there[key]
            count += 1
            if not there:
                del one["metadata"]["annotations"]
    return found, count


@pytest.fixture
def chart(tmp_path_factory: pytest.TempPathFactory) -> Ignored:
    return ignored(tmp_path_factory.getbasetemp() / "chart")


def test_a_chart_says_the_same_but_for_annotations(chart: Ignored) -> None:
    (before, there), (after, count) = chart.rendered
    written = sum("k8slint/ignore" in line for one in HIDDEN.values() for line in one.new)
    assert (before, there, count) == (after, 1, written)
    assert f"No findings in {written} workloads, {written} newly ignored" in chart.said
    assert chart.before.keys() == chart.after.keys()
    assert all(chart.before[name] == chart.after[name] for name in CHART)
    assert chart.after == chart.last, "a second run changes nothing"


@pytest.mark.parametrize("number", range(len(HIDDEN)), ids=HIDDEN)
def test_annotations_in_templates(number: int, chart: Ignored) -> None:
    new = [*HIDDEN.values()][number].new
    before, after = (
        one[template(number)].decode().split("\n") for one in (chart.before, chart.after)
    )
    added = [line for line in after if line not in before]
    assert added == [line for line in new if line not in before]
    gone = [line for line in before if line not in after]
    assert [line.partition(":")[0] for line in gone] == [ANNOTATION.partition(":")[0]] * len(gone)
    assert len(after) - len(before) == len(new) - len(gone)
    part = chart.patch.partition(f"+++ {template(number)}")[2].partition("--- ")[0]
    if not gone:  # Of other lines a patch shows only what changes.
        assert re.findall(r"(?m)^\+(.+?)\r?$", part) == [line.rstrip("\r") for line in new]


def test_one_annotation_for_all_values_of_a_chart(tmp_path: Path) -> None:
    text = WHOLE.replace("30", "{{ .Values.sleep }}")
    values = {"values.yaml": "sleep: 1\n", "values-long.yaml": "sleep: 30\n"}
    make(tmp_path, {**CHART, template(0): text, **values})
    assert ignore(tmp_path, ".").code == 0
    assert (tmp_path / template(0)).read_text().count("k8slint/ignore.app") == 1


def test_one_annotation_for_a_template_that_is_rendered_twice(tmp_path: Path) -> None:
    dependencies = "dependencies:\n" + "".join(
        f"- {{name: part, version: 0.1.0, alias: {name}}}\n" for name in ("one", "two")
    )
    part = {**PART, template(0): WHOLE.replace(".Values.no", ".Chart.Name")}
    make(tmp_path, {**CHART, "Chart.yaml": CHART["Chart.yaml"] + dependencies})
    make(tmp_path / "charts/part", part)
    ran = ignore(tmp_path, ".")
    assert (ran.code, rendered(tmp_path)[1]) == (0, 2), ran.err
    changed = (tmp_path / "charts/part" / template(0)).read_text()
    assert changed.count("k8slint/ignore.app") == 1


LISTED = "apiVersion: v1\nkind: List\nitems:\n- " + WHOLE.replace("\n", "\n  ").rstrip(" ")
PART = {"Chart.yaml": CHART["Chart.yaml"].replace("web", "part"), template(0): WHOLE}
DEPENDENCY = "dependencies: [{name: part, version: 0.1.0, repository: 'file://../part'}]\n"
SUM = '{{ include (print .Template.BasePath "/0.yaml") . | sha256sum }}'
MAY_WRITE = "an action of its template writes its `annotations`, or may write it"


class Refusal(NamedTuple):
    """A template whose finding gets no annotation, why, the files beside it, and the call."""

    text: str
    reason: str
    files: Mapping[str, str] = MappingProxyType({})
    call: tuple[str, ...] = (".",)


REFUSED = {
    "a name that is never the same": Refusal(
        WHOLE.replace(".Values.no", "randAlpha 9 | lower"),
        "no line of a template is known to write its `metadata:`",
    ),
    "a template of which another one holds the sum": Refusal(
        WHOLE,
        "after rendering again, ConfigMap sum would also change",
        {
            "templates/sum.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: sum\n"
            f"data:\n  sum: {SUM}\n"
        },
    ),
    "values of the call": Refusal(
        WHOLE,
        f"{template(0)} may also be rendered with other values than those of this call",
        {"more.yaml": "a: b\n"},
        ("--values", "more.yaml", "."),
    ),
    "values that the chart cannot be rendered with": Refusal(
        f'{WHOLE}# {{{{ required "a" .Values.a }}}}\n',
        f"{template(0)} is also used by what could not be rendered: Chart.yaml",
        {"values-a.yaml": "a: b\n"},
    ),
    "a template that is excluded": Refusal(
        WHOLE.replace("30", "{{ .Values.sleep }}"),
        f"{template(0)} is not among the files of this call",
        {".k8slint.yaml": "exclude: [templates/**]\n", "values.yaml": "sleep: 30\n"},
    ),
    "a chart beside the named one": Refusal(
        "",
        f"part/{template(0)} is outside the named folders: name its folder too",
        {
            "web/Chart.yaml": CHART["Chart.yaml"] + DEPENDENCY,
            "web/values.yaml": "part: {sleep: 30}\n",
            "part/Chart.yaml": PART["Chart.yaml"],
            f"part/{template(0)}": WHOLE.replace("30", "{{ .Values.sleep }}"),
        },
        ("web",),
    ),
}
# What is refused with any other templates in the chart, and why.
UNCERTAIN = {
    "annotations of values": (
        f"{HEAD}{METADATA}  annotations:\n    {{{{- toYaml .Values.given | nindent 4 }}}}\n{SPEC}",
        MAY_WRITE,
    ),
    "annotations of values that are not there": (
        (
            f"{HEAD}{METADATA}  {{{{- with .Values.no }}}}\n  annotations:\n"
            f"    {{{{- toYaml . | nindent 4 }}}}\n  {{{{- end }}}}\n{SPEC}"
        ),
        MAY_WRITE,
    ),
    "an annotation of which an action writes the key": (
        f"{HEAD}{METADATA}  annotations:\n    a: b\n    {{{{ .Values.given.a }}}}: c\n{SPEC}",
        "an action of its template writes its `k8slint/ignore.app`, or may write it",
    ),
    "metadata of a helper": (
        f'{HEAD}{METADATA}  {{{{- include "some" . | nindent 2 }}}}\n{SPEC}',
        MAY_WRITE,
    ),
    "a range": (
        f"{{{{- range (list 1) }}}}\n{WHOLE}{{{{- end }}}}\n".replace("{ .", "{ $."),
        "its template writes it in a `range`, maybe several times",
    ),
    "a define": (
        f'{{{{- define "web" }}}}\n{WHOLE}{{{{- end }}}}\n{{{{ include "web" . }}}}\n',
        "its template writes it in a `define`, maybe several times",
    ),
    "metadata of an action": (
        f'{HEAD}{{{{ "metadata:" }}}}\n  name: NAME\n{SPEC}',
        "no line of a template is known to write its `metadata:`",
    ),
    "kind of an action": (
        WHOLE.replace("Deployment", '{{ "Deployment" }}'),
        "an action of its template writes its `kind`",
    ),
    "a document that an action ends": (
        f'{WHOLE}{{{{ "---" }}}}\nkind: Service\nmetadata:\n  name: NAME\n',
        "its `metadata:` is not the one of its document in the template",
    ),
    "an object of a list": (LISTED, "it is not part of an object that could have an annotation"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, tmp_path: Path) -> None:
    one = REFUSED[name]
    repository = {".git/HEAD": "", ".git/objects/x": "", ".git/refs/x": ""}
    chart = {**CHART, template(0): one.text} if one.text else {}
    make(tmp_path, {**repository, **chart, **one.files})
    before = contents(tmp_path)
    ran = ignore(tmp_path, *one.call)
    assert (ran.code, contents(tmp_path)) == (1, before), ran.err
    assert f"GS101 not ignored: {one.reason}" in ran.err


def test_what_is_not_certain_is_refused(tmp_path: Path) -> None:
    make(tmp_path, CHART)
    for number, (text, _) in enumerate(UNCERTAIN.values()):
        make(tmp_path, {template(number): text.replace("NAME", f"web-{number}")})
    before = contents(tmp_path)
    ran = ignore(tmp_path, ".")
    assert (ran.code, contents(tmp_path)) == (1, before)
    said = re.findall(r"(?m)^templates/(\d+)\.yaml:\d+: GS101 not ignored: (.+)$", ran.err)
    wanted = {str(number): reason for number, (_, reason) in enumerate(UNCERTAIN.values())}
    assert dict(said) == wanted


def test_a_packed_chart_is_left_alone(tmp_path: Path) -> None:
    make(tmp_path / "chart", {**CHART, template(0): "a: b\n"})
    make(tmp_path / "part", {**PART, "values.yaml": "", template(0): WHOLE})
    (tmp_path / "chart/charts").mkdir()
    with tarfile.open(tmp_path / "chart/charts/part-0.1.0.tgz", "w:gz") as packed:
        packed.add(tmp_path / "part", "part")
    before = contents(tmp_path)
    ran = ignore(tmp_path, "chart")
    assert (ran.code, contents(tmp_path)) == (1, before)
    assert "GS101 not ignored: no line of a template is known to write" in ran.err


def test_a_template_that_cannot_be_written(tmp_path: Path) -> None:
    make(tmp_path, {**CHART, template(0): WHOLE})
    os.link(tmp_path / template(0), tmp_path / "link")
    before = contents(tmp_path)
    ran = ignore(tmp_path, ".")
    assert (ran.code, contents(tmp_path)) == (2, before)
    assert f"{template(0)}: nothing was written: it has other hard links" in ran.err
    assert "GS101 not ignored: not every file could be written\n" in ran.err


def test_a_template_with_very_many_objects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left for later is not left for ever."""
    monkeypatch.setattr(objects, "_MOST_OF_ONE", 2)
    text = "---\n".join(WHOLE.replace("NAME", name) for name in "abc")
    make(tmp_path, {**CHART, template(0): text})
    ran = ignore(tmp_path, ".")
    assert (ran.code, ran.err.count("come first: run it again")) == (1, 1), ran.err
    assert ignore(tmp_path, ".").code == 0
    assert (tmp_path / template(0)).read_text().count("k8slint/ignore.app") == 3


def test_what_can_never_be_written_makes_room_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "_MOST_OF_ONE", 2)
    braces = WHOLE.replace("NAME", "NAME\n  annotations: {}")
    text = "---\n".join([*(braces.replace("NAME", name) for name in "ab"), WHOLE])
    make(tmp_path, {**CHART, template(0): text})
    ran = ignore(tmp_path, ".")
    assert (ran.code, "run it again" in ran.err) == (1, False), ran.err
    assert ran.err.count(f"GS101 not ignored: {objects.STUCK}\n") == 1


def test_one_bad_annotation_among_many_takes_few_trials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sum_of_last = REFUSED["a template of which another one holds the sum"].files
    (name, text), *_ = sum_of_last.items()
    make(tmp_path, {**CHART, name: text.replace("/0.yaml", "/8.yaml")})
    make(tmp_path, {template(at): WHOLE.replace("NAME", f"web-{at}") for at in range(9)})
    sizes = []

    def counted(session: Session, looks: Any, some: Any) -> Any:
        sizes.append(len(some))
        return trial.try_repairs(session, looks, some)

    monkeypatch.setattr(run, "try_repairs", counted)
    ran = ignore(tmp_path, ".")
    assert (ran.code, ran.err.count("not ignored")) == (1, 1), ran.err
    assert sizes == [9, 5, 4, 2, 2, 1, 1]


def test_a_template_of_many_objects_is_read_once_and_proved_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Counter[str]()

    def count(place: Any, name: str) -> None:
        real = getattr(place, name)

        def counted(*arguments: Any) -> Any:
            counts[name] += 1
            return real(*arguments)

        monkeypatch.setattr(place, name, counted)

    count(template_lines, "view_of")
    count(trial, "apply_repairs")
    count(trials, "split_documents")
    text = "---\n".join(WHOLE.replace("NAME", f"read-once-{at}") for at in range(5))
    make(tmp_path, {**CHART, template(0): text})
    ran = ignore(tmp_path, ".")
    # What is rendered is looked through with markers, before and after.
    assert (ran.code, counts) == (
        0,
        {"view_of": 1, "apply_repairs": 1, "split_documents": 2},
    ), ran.err


def test_what_hides_nothing_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, {**CHART, template(0): WHOLE})
    before = contents(tmp_path)
    monkeypatch.setattr(trial, "_compare_data", lambda *_: None)
    monkeypatch.setattr("k8slint.lint.add_ignores.IGNORE_KEY", "example.com/other")
    ran = ignore(tmp_path, ".")
    assert (ran.code, contents(tmp_path)) == (1, before)
    assert "GS101 not ignored: a suppression there would not hide it in " in ran.err


def test_no_reason_becomes_an_action(tmp_path: Path) -> None:
    make(tmp_path, {**CHART, template(0): WHOLE})
    before = contents(tmp_path)
    ran = check(tmp_path, "--render", "--add-ignore", "--reason", "{{ .Values.given }}", ".")
    assert (ran.code, contents(tmp_path)) == (1, before)
    assert "its template would take `{{` for the beginning of an action" in ran.err
