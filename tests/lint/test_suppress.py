"""What comments and annotations hide, and what `--fix` does about those that hide nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from yaml.nodes import ScalarNode

from k8slint.lint.reports import FileReport
from k8slint.lint.rule import Severity
from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.task import Context, RunOptions, Task
from k8slint.manifest.geometry import walk_nodes
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import YamlError, documents
from tests.command import check, k8slint, make
from tests.manifests import CLEAN
from tests.places import FIXTURES
from tests.tiers import long_except

TODAY = date(2026, 6, 1)


def lint(
    text: str, *, fix: bool = False, hides: bool = True, select: str = "DEFAULT"
) -> FileReport:
    mode = RunOptions(fix=fix, hides=hides, today=TODAY)
    settings = Settings(select=tuple(select.split(",")), fail_on=Severity.INFO)
    report = run_bytes(text.encode(), Task("x.yaml", settings), mode, Context(is_complete=True))
    assert not report.error, report.crash
    assert not report.failed
    return report


def found(report: FileReport) -> list[str]:
    return [f"{one.at.line} {one.code}" for one in report.diagnoses]


def hidden(report: FileReport) -> list[str]:
    whys = [(one, one.suppressed) for one in report.suppressed]
    return [f"{one.code} {why.by} {why.line} {why.reason}".strip() for one, why in whys if why]


# One finding, GS001 on line 14, because of the grace period on line 7. Its repair is unsafe.
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: app
        image: example.com/web:1
        lifecycle:
          preStop:
            sleep:
              seconds: 160
"""


def behind(line: int, comment: str, text: str = WEB) -> str:
    lines = text.splitlines(keepends=True)
    lines[line - 1] = f"{lines[line - 1].rstrip()} {comment}\n"
    return "".join(lines)


def above(line: int, comment: str, text: str = WEB) -> str:
    lines = text.splitlines(keepends=True)
    blanks = " " * (len(lines[line - 1]) - len(lines[line - 1].lstrip()))
    return "".join([*lines[: line - 1], f"{blanks}{comment}\n", *lines[line - 1 :]])


def annotated(annotation: str, *, template: bool = False, text: str = WEB) -> str:
    if template:
        return text.replace(
            "  template:\n",
            f"  template:\n    metadata:\n      annotations:\n        {annotation}\n",
        )
    return text.replace("  name: web\n", f"  name: web\n  annotations:\n    {annotation}\n", 1)


SLEEP = "# k8slint: ignore[GS001]"
PATCH = WEB.replace("        image: example.com/web:1\n", "").replace(
    "    spec:\n", "    spec:\n      terminationGracePeriodSeconds: 30\n"
)
SCRIPT = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command:
          - sh
          - -c
          - |  # k8slint: ignore[GS205] of no use
            echo one
            sleep five
"""

COVERED = {
    "its own line": behind(14, SLEEP),
    "by name": behind(14, "# k8slint: ignore[sleep-exceeds-grace-period]"),
    "the line of the other place": behind(7, SLEEP),
    "above the key": above(14, SLEEP),
    "above the key around it": above(12, SLEEP),
    "above the list item": above(9, SLEEP),
    "above the list": above(8, SLEEP),
    "above the pod spec": above(7, SLEEP),
    "above the document": above(1, SLEEP),
    "above the marker": f"{SLEEP}\n---\n{WEB}",
    "in the first column": above(9, SLEEP).replace(f"      {SLEEP}", SLEEP),
    "a blank line between": above(9, f"{SLEEP}\n"),
    "other comments between": above(9, f"{SLEEP}\n      # - more\n      # here"),
    "a second document": f"kind: ConfigMap\n---\n{behind(14, SLEEP)}",
    "the file": f"# k8slint: file-ignore[GS001]\n{WEB}",
    "the file, below other lines": f"# a licence\n\n---\n# k8slint: file-ignore[GS001]\n{WEB}",
    "the file, above another document": (
        f"# k8slint: file-ignore[GS001]\nkind: ConfigMap\ndata: {{a: b}}\n---\n{WEB}"
    ),
    "one of several": behind(14, "# k8slint: ignore[ GS101 ,GS001 ]"),
    "written tightly": behind(14, "#k8slint:ignore[GS001]"),
    "behind other words": behind(14, f"# one minute {SLEEP} why"),
    "until today": behind(14, "# k8slint: ignore[GS001, until=2026-06-01]"),
    "CRLF": behind(14, SLEEP).replace("\n", "\r\n"),
    "in braces": WEB.replace(
        "            sleep:\n              seconds: 160\n",
        f"            {{sleep: {{\n              {SLEEP}\n              seconds: 160}}}}\n",
    ),
    "on the line of a block scalar": SCRIPT,
    **{
        f"on the line of a block scalar, {header}": SCRIPT.replace("- |  #", f"- {header}  #")
        for header in ("|-", "|+", "|2", "|2-")
    },
    "the workload": annotated('k8slint/ignore: "GS001"'),
    "the workload, by name": annotated("k8slint/ignore: sleep-exceeds-grace-period"),
    "the pod": annotated('k8slint/ignore: "GS001: why"', template=True),
    "the container": annotated('k8slint/ignore.app: "GS001: why"'),
    "the container of the pod": annotated('k8slint/ignore.app: "GS001: why"', template=True),
    "annotated until today": annotated('k8slint/ignore: "GS001, until=2026-06-01: why"'),
    "annotated in a block scalar": annotated("k8slint/ignore: |\n      GS001: why"),
    "annotated in a list": "kind: List\nitems:\n- "
    + annotated('k8slint/ignore: "GS001"').replace("\n", "\n  ").rstrip(" "),
    "a patch": annotated('k8slint/ignore: "GS001"', text=PATCH),
}

NOT_COVERED = {
    "another line": behind(13, SLEEP),
    "above another key": above(10, SLEEP),
    "above another mapping": above(4, SLEEP),
    "below": WEB + SLEEP + "\n",
    "another code": behind(14, "# k8slint: ignore[GS101]"),
    "expired": behind(14, "# k8slint: ignore[GS001, until=2026-05-31]"),
    "no day": behind(14, "# k8slint: ignore[GS001, until=soon]"),
    "no list": behind(14, "# k8slint: ignore"),
    "an empty list": behind(14, "# k8slint: ignore[]"),
    "an open list": behind(14, "# k8slint: ignore[GS001"),
    "another word": behind(14, "# k8slint: disable[GS001]"),
    "a family": behind(14, "# k8slint: ignore[GS0]"),
    "all": behind(14, "# k8slint: ignore[ALL]"),
    "in another case": behind(14, "# k8slint: ignore[gs001]"),
    "the file, too late": behind(14, "# k8slint: file-ignore[GS001]"),
    "the file, below its first key": above(2, "# k8slint: file-ignore[GS001]"),
    "in a quoted string": WEB.replace("example.com/web:1", f'"web {SLEEP}"'),
    "in a block scalar": WEB + f"        args:\n        - |\n          {SLEEP}\n",
    "above, in a block scalar": above(
        9,
        SLEEP,
        WEB.replace("spec:\n      c", f"spec:\n      hostname: |\n        {SLEEP}\n      c"),
    ).replace(f"\n      {SLEEP}\n", "\n"),
    "another workload": annotated('k8slint/ignore: "GS001"', text=CLEAN) + f"---\n{WEB}",
    "another container": annotated('k8slint/ignore.web: "GS001"'),
    "an expired annotation": annotated('k8slint/ignore: "GS001, until=2026-05-31: why"'),
    "a misspelt annotation": annotated('k8slint/ignored: "GS001"'),
    "a label": annotated("k8slint/ignore: GS001").replace("annotations", "labels"),
    "null": annotated("k8slint/ignore:"),
}


@pytest.mark.parametrize("text", COVERED.values(), ids=COVERED)
def test_covered(text: str) -> None:
    shown, report = lint(text, hides=False), lint(text)
    (code,) = {one.code for one in report.suppressed}
    assert not [one for one in report.diagnoses if one.code == code]
    assert code in [one.code for one in shown.diagnoses]
    assert not shown.suppressed


@pytest.mark.parametrize("text", NOT_COVERED.values(), ids=NOT_COVERED)
def test_not_covered(text: str) -> None:
    report = lint(text)
    assert "GS001" in [one.code for one in report.diagnoses]
    assert not report.suppressed


WHYS = {
    behind(14, f"{SLEEP} drained before "): "GS001 comment 14 drained before",
    above(9, f"{SLEEP}: drained before"): "GS001 comment 9 : drained before",
    f"# k8slint: file-ignore[GS001] all of it\n{WEB}": "GS001 comment 1 all of it",
    annotated('k8slint/ignore: "GS001: one: two"'): "GS001 annotation 6 one: two",
    annotated("k8slint/ignore: GS001"): "GS001 annotation 6",
}


@pytest.mark.parametrize(("text", "why"), WHYS.items())
def test_the_reason_is_kept(text: str, why: str) -> None:
    assert hidden(lint(text)) == [why]


class Stale(NamedTuple):
    """A manifest, what is said about its suppressions, and what `--fix` makes of it."""

    text: str
    said: list[str]
    fixed: str


G = "# k8slint: ignore"
STALE = {
    "a comment": Stale(
        behind(10, f"{G}[GS001] why"),
        ["10 `GS001` hides nothing: it finds nothing on this line"],
        WEB,
    ),
    "a comment, with blanks before it": Stale(
        behind(10, f" \t {G}[GS001]"),
        ["10 `GS001` hides nothing: it finds nothing on this line"],
        WEB,
    ),
    "a comment behind another one": Stale(
        behind(10, f"# the web {G}[GS001] why"),
        ["10 `GS001` hides nothing: it finds nothing on this line"],
        behind(10, "# the web"),
    ),
    "a line": Stale(
        above(10, f"{G}[GS001]"),
        ["10 `GS001` hides nothing: it finds nothing in what is below"],
        WEB,
    ),
    "a line above a document": Stale(
        f"{G}[GS401] why\n---\n{WEB}",
        ["1 `GS401` hides nothing: it finds nothing in this document"],
        f"---\n{WEB}",
    ),
    "the last line": Stale(
        f"{WEB}{G}[GS001]\n",
        ["15 `GS001` hides nothing: no key and no list item follows this comment"],
        WEB,
    ),
    "the last line, not ended": Stale(
        f"{WEB}{G}[GS001]",
        ["15 `GS001` hides nothing: no key and no list item follows this comment"],
        WEB.rstrip(),
    ),
    "a file": Stale(
        f"# a licence\n# k8slint: file-ignore[GS401]\n{WEB}",
        ["2 `GS401` hides nothing: it finds nothing in this file"],
        f"# a licence\n{WEB}",
    ),
    "a file that begins with something else": Stale(
        f"# k8slint: file-ignore[GS401]\nkind: ConfigMap\n---\n{WEB}",
        ["1 `GS401` hides nothing: it finds nothing in this file"],
        f"kind: ConfigMap\n---\n{WEB}",
    ),
    "CRLF": Stale(
        above(10, f"{G}[GS001]", behind(8, f"{G}[GS401]")).replace("\n", "\r\n"),
        [
            "8 `GS401` hides nothing: it finds nothing on this line",
            "10 `GS001` hides nothing: it finds nothing in what is below",
        ],
        WEB.replace("\n", "\r\n"),
    ),
    "the first code": Stale(
        behind(14, f"{G}[GS401, GS001] why"),
        ["14 `GS401` hides nothing: it finds nothing on this line"],
        behind(14, f"{G}[GS001] why"),
    ),
    "the last codes": Stale(
        behind(14, f"{G}[GS001, GS401,GS402 ] why"),
        ["14 `GS401` and `GS402` hide nothing: they find nothing on this line"],
        behind(14, f"{G}[GS001 ] why"),
    ),
    "around the last day": Stale(
        behind(14, f"{G}[GS402, GS001, GS401, until=2026-06-01, GS403]"),
        ["14 `GS402`, `GS401` and `GS403` hide nothing: they find nothing on this line"],
        behind(14, f"{G}[GS001, until=2026-06-01]"),
    ),
    "all with the last day": Stale(
        behind(10, f"{G}[GS001, until=2026-06-01] why"),
        ["10 `GS001` hides nothing: it finds nothing on this line"],
        WEB,
    ),
    "expired": Stale(
        behind(14, f"{G}[GS001, until=2026-05-31] why"),
        ["14 expired: `GS001` hides nothing after 2026-05-31"],
        WEB,
    ),
    "what is unknown stays": Stale(
        behind(10, f"{G}[GS001, GS999]"),
        [
            "10 `GS001` hides nothing: it finds nothing on this line",
            "10 no rule is called 'GS999'; did you mean GS902 or GS901 or GS900?",
        ],
        behind(10, f"{G}[GS999]"),
    ),
    "an annotation": Stale(
        annotated('k8slint/ignore: "GS401: why"\n    team: shop'),
        ["6 `GS401` hides nothing: it finds nothing in this workload"],
        annotated("team: shop"),
    ),
    "the only annotation": Stale(
        annotated('k8slint/ignore: "GS401: why"'),
        ["6 `GS401` hides nothing: it finds nothing in this workload"],
        WEB,
    ),
    "the only metadata": Stale(
        annotated('k8slint/ignore: "GS401: why"', template=True),
        ["9 `GS401` hides nothing: it finds nothing in this pod"],
        WEB,
    ),
    "one code of an annotation": Stale(
        annotated("k8slint/ignore: 'GS401,GS001, GS402: why'"),
        ["6 `GS401` and `GS402` hide nothing: they find nothing in this workload"],
        annotated("k8slint/ignore: 'GS001: why'"),
    ),
    "an expired annotation": Stale(
        annotated('k8slint/ignore: "GS001, until=2026-05-31: why"'),
        ["6 expired: `GS001` hides nothing after 2026-05-31"],
        WEB,
    ),
    "a container that is none": Stale(
        annotated('k8slint/ignore.web: "GS001"'),
        ["6 `GS001` hides nothing: no container here is called `web`"],
        WEB,
    ),
    "another container's": Stale(
        annotated('k8slint/ignore.app: "GS700"'),
        ["6 `GS700` hides nothing: it finds nothing in container `app`"],
        WEB,
    ),
}


def said(report: FileReport) -> list[str]:
    about = [one for one in report.diagnoses if one.code in ("GS901", "GS902")]
    return [f"{one.at.line} {one.message}" for one in about]


@pytest.mark.parametrize("case", STALE.values(), ids=STALE)
def test_stale(case: Stale) -> None:
    assert said(lint(case.text)) == case.said
    fixed = lint(case.text, fix=True)
    assert fixed.text == case.fixed.encode()
    assert not [line for line in said(fixed) if "no rule" not in line]


NOT_JUDGED = {
    "a rule that did not run": ("GS1,GS901", behind(10, f"{G}[GS401]")),
    "the rule for this is off": ("GS1", behind(10, f"{G}[GS101]")),
    "it is to stay": ("DEFAULT", behind(10, f"{G}[GS401, GS901] kept")),
    "all of the file's are to stay": (
        "DEFAULT",
        f"# k8slint: file-ignore[GS901] kept\n{behind(10, f'{G}[GS401]')}",
    ),
    "an annotation that is to stay": ("DEFAULT", annotated("k8slint/ignore: GS401,GS901")),
    "a patch": ("DEFAULT", behind(4, f"{G}[GS401]", PATCH)),
    "a template beside it": (
        "DEFAULT",
        f"{behind(10, f'{G}[GS401]')}---\nkind: Pod\nspec:\n  {{{{- if .x }}}}\n  a: b\n",
    ),
    "a broken document beside it": (
        "DEFAULT",
        f"{behind(10, f'{G}[GS401]')}---\nkind: Pod\nspec: [\n",
    ),
    "a document that is not read": ("DEFAULT", f"kind: ConfigMap  {G}[GS401]\n---\n{WEB}"),
    "a script": ("DEFAULT", WEB + f"        args:\n        - |\n          {G}[GS401]\n"),
}


@pytest.mark.parametrize(("select", "text"), NOT_JUDGED.values(), ids=NOT_JUDGED)
def test_what_could_not_be_seen_is_not_called_unused(select: str, text: str) -> None:
    assert not said(lint(text, select=select))


def test_a_rule_that_joins_is_judged_in_a_complete_set_only() -> None:
    text = behind(10, f"{G}[GS301]")
    task = Task("x.yaml", Settings(select=("GS301", "GS901")))
    for is_complete, codes in ((False, []), (True, ["GS901"])):
        report = run_bytes(text.encode(), task, RunOptions(), Context(is_complete=is_complete))
        assert [one.code for one in report.diagnoses] == codes


RAISED = "terminationGracePeriodSeconds: "
SHORT = WEB.replace("160", "60")
TWO = (
    SHORT
    + """\
      - name: proxy
        image: example.com/proxy:1
        lifecycle:
          preStop:
            sleep:
              seconds: 40
"""
)


@pytest.mark.parametrize(
    "text",
    [
        "kind: HorizontalPodAutoscaler\nspec: {scaleTargetRef: {kind: Deployment, name: web}}\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\n",
    ],
)
def test_a_mistake_is_found_in_a_file_that_mentions_what_is_looked_at(
    tmp_path: Path, text: str
) -> None:
    make(tmp_path, {"a.yaml": f"# k8slint: ignore\n{text}"})
    assert (
        "a.yaml:1:1: GS902" in k8slint(tmp_path, "check", "--output-format", "concise", ".").text
    )


def test_fix_leaves_what_is_hidden() -> None:
    text = behind(14, f"{SLEEP} why", SHORT)
    assert lint(text, fix=True).text == text.encode()
    fixed = lint(text, fix=True, hides=False)
    assert fixed.text
    assert f"{RAISED}70" in fixed.text.decode()
    assert not fixed.diagnoses


def test_what_is_hidden_adds_nothing_to_a_joint_repair() -> None:
    """The misplaced period would be moved to the pod, were it not hidden."""
    misplaced = f"        {RAISED}90"
    comment = "# k8slint: ignore[GS002] why"
    text = SHORT.replace("        image", f"{misplaced}  {comment}\n        image")
    report = lint(text, fix=True)
    assert report.text
    assert f"      {RAISED}70" in report.text.decode()
    assert f"{misplaced}  #" in report.text.decode()
    assert not report.diagnoses
    assert [one.code for one in report.suppressed] == ["GS002"]
    assert [one.code for one in report.fixed] == ["GS001"]


def test_a_comment_goes_with_the_last_finding_it_hid() -> None:
    """The repair of the first container leaves nothing to hide in the second."""
    report = lint(behind(20, SLEEP, TWO), fix=True)
    assert report.text
    assert f"{RAISED}70" in report.text.decode()
    assert "k8slint" not in report.text.decode()
    assert not report.diagnoses
    assert not report.suppressed


TEXTS = {
    f"{path.parent.name}/{path.name}": path.read_bytes().decode("utf-8-sig")
    for path in sorted([*FIXTURES.glob("fix*/[!.]*.yaml"), *FIXTURES.glob("ok/*.yaml")])
}


def values(text: str) -> list[str] | None:
    """The scalars of a text; None where it is no YAML."""
    source = Source("x.yaml", text)
    try:
        read = [one for chunk in split_documents(text) for one in documents(source, chunk)]
    except YamlError:
        return None
    return [
        node.value for one in read for node in walk_nodes(one.root) if isinstance(node, ScalarNode)
    ]


def commented(text: str, comments: Mapping[int, str], *, alone: bool = False) -> str:
    """A text with comments behind lines, or above them, wherever they change no value."""
    for line in sorted(comments, reverse=True):
        lines = text.split("\n")
        was = lines[line - 1]
        ending = "\r" if was.endswith("\r") else ""
        if alone:
            blanks = was[: len(was) - len(was.lstrip())].rstrip("\r")
            lines.insert(line - 1, f"{blanks}{comments[line]}{ending}")
        elif was.strip():
            lines[line - 1] = f"{was.removesuffix(ending)}  {comments[line]}{ending}"
        changed = "\n".join(lines)
        text = changed if values(changed) == values(text) else text
    return text


@pytest.mark.parametrize("name", long_except(TEXTS, *[*TEXTS][::4]))
def test_comments_made_of_all_findings_hide_all_findings(name: str) -> None:
    text = TEXTS[name]
    named: dict[int, str] = {}
    for one in lint(text, select="ALL").diagnoses:
        named[one.at.line] = f"{named.get(one.at.line, '')}, {one.code}".removeprefix(", ")
    comments = {line: f"{G}[{codes}] a law" for line, codes in named.items()}
    report = lint(commented(text, comments), select="ALL")
    # In the lines of a script and behind brackets of JSON no comment can stand.
    impossible = [one for one in report.diagnoses if "k8slint" not in one.at.text]
    assert report.diagnoses == tuple(impossible)
    assert len(report.suppressed) + len(impossible) == len(lint(text, select="ALL").diagnoses)


# Comments in documents without workloads are not read, nor are unused ones in templates reported.
SINGLE = [
    name for name, text in TEXTS.items() if len([*split_documents(text)]) == 1 and "{{" not in text
]


@pytest.mark.parametrize("name", long_except(SINGLE, *SINGLE[::4]))
def test_without_what_hides_nothing_it_is_the_old_text(name: str) -> None:
    text = TEXTS[name]
    count = text.count("\n") + 1
    more = commented(text, dict.fromkeys(range(1, count, 2), f"{G}[GS208]"))
    more = commented(more, dict.fromkeys(range(1, count, 3), f"{G}[GS207] why"), alone=True)
    report = lint(more, fix=True, select="GS207,GS208,GS901")
    assert report.fixed
    assert report.text == text.encode()


def test_a_block_scalar_does_not_grow_by_what_a_comment_keeps_off() -> None:
    text = (
        "kind: Pod\nspec:\n  hostname: |+\n    web\n"
        f"  {G}[GS401]\n\n  containers:\n  - name: app\n    image: example.com/web:1\n"
    )
    report = lint(text, fix=True)
    assert report.text == text.encode()
    (one,) = report.diagnoses
    assert one.fix
    assert "would grow" in one.fix.refused


HIDDEN = behind(14, f"{SLEEP} why")
CALLS = {
    "": (0, "No findings in 1 workload, 1 suppressed."),
    "--no-ignores": (1, "Found 1 finding (1 error) in 1 workload."),
    "--fix": (0, "No findings in 1 workload, 0 fixed, 1 suppressed."),
    "--diff": (0, "No findings in 1 workload, 0 would be fixed, 1 suppressed."),
    "--statistics": (0, "No findings in 1 workload, 1 suppressed."),
    "--statistics --no-ignores": (1, "Found 1 finding (1 error) in 1 workload."),
}


@pytest.mark.parametrize("call", CALLS)
def test_what_is_hidden_is_counted_below_the_findings(tmp_path: Path, call: str) -> None:
    make(tmp_path, {"x.yaml": HIDDEN})
    ran = check(tmp_path, "x.yaml", *call.split())
    code, line = CALLS[call]
    assert ran.code == code
    assert bool(ran.text) == bool(code)
    assert line in ran.err.splitlines()
    assert (tmp_path / "x.yaml").read_text() == HIDDEN


@pytest.mark.parametrize("form", ["full", "concise", "sarif", "github", "gitlab", "junit"])
def test_what_is_hidden_is_in_no_report_for_people_or_ci(tmp_path: Path, form: str) -> None:
    make(tmp_path, {"x.yaml": HIDDEN})
    call = ("check", "--output-format", form, "x.yaml")
    assert "preStop sleep 160 s" not in k8slint(tmp_path, *call).text
    assert "preStop sleep 160 s" in k8slint(tmp_path, *call, "--no-ignores").text
