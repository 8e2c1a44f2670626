"""What each format says of the same findings, read back as its consumers read it."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from k8slint.cli.check import options
from k8slint.lint import run, units
from k8slint.lint.diagnosis import Diagnostic, Fix, TextEdit
from k8slint.lint.reports import FileReport, Report
from k8slint.lint.rule import Severity
from k8slint.lint.rulebook import load_rules
from k8slint.manifest.source import Location, Source
from k8slint.outside.terminal import (
    backslashed,
    escaped,
    name_bytes,
    printable,
)
from k8slint.picture import findings
from k8slint.report import markdown, sarif
from k8slint.report.fingerprint import fingerprints
from k8slint.report.names import readable
from tests.command import Ran, k8slint, make
from tests.manifests import CLEAN, ERROR, FIXED, INFO, WARNING, pod
from tests.places import DATA, FIXTURES

FILES = {
    "deploy/clean.yaml": CLEAN,
    "deploy/error.yaml": ERROR,
    "deploy/info.yaml": INFO,
    "deploy/warning.yaml": WARNING,
    "deploy/two.yaml": f"{ERROR}---\n{ERROR}",
    "deploy/broken.yaml": "kind: Pod\nspec: [\n",
    "deploy/template.yaml": "kind: Pod\nspec:\n  {{- if .x }}\n  a: b\n",
    "deploy/a b#c%d,e:f.yaml": WARNING,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path, FILES)
    return tmp_path


class Seen(NamedTuple):
    """A finding as a consumer sees it."""

    code: str
    severity: str
    path: str
    line: int
    message: str


# Readers: from a report's text to what is in it.


def from_json(text: str) -> Iterator[Seen]:
    return map(from_object, json.loads(text)["findings"])


def from_jsonl(text: str) -> Iterator[Seen]:
    lines = text.split("\n")
    assert lines.pop() == "", "each line has its end"
    return (from_object(json.loads(line)) for line in lines)


def from_object(found: dict[str, Any]) -> Seen:
    return Seen(found["code"], found["severity"], found["path"], found["line"], found["message"])


def from_concise(text: str) -> Iterator[Seen]:
    severities = {rule.code: str(rule.severity) for rule in load_rules().rules}
    for line in text.split("\n")[:-1]:
        match = re.fullmatch(r"(.*?):(\d+):\d+: (GS\d+)(?: \[.\])? (.*)", line)
        assert match, line
        path, number, code, message = match.groups()
        yield Seen(code, severities[code], path, int(number), message)


def from_grouped(text: str) -> Iterator[Seen]:
    severities = {rule.code: str(rule.severity) for rule in load_rules().rules}
    for file in text[:-1].split("\n\n"):
        head, *lines = file.split("\n")
        for line in lines:
            match = re.fullmatch(r" +(\d+):\d+  (GS\d+)(?: \[.\])? (.*)", line)
            assert match, line
            number, code, message = match.groups()
            yield Seen(code, severities[code], head.removesuffix(":"), int(number), message)


def from_full(text: str) -> Iterator[Seen]:
    heads = re.findall(r"^(\w+) (GS\d+) \S+: (.*)\n  --> (.*?):(\d+):\d+", text, re.MULTILINE)
    for severity, code, message, path, line in heads:
        yield Seen(code, severity, path, int(line), message)


def from_sarif(text: str) -> Iterator[Seen]:
    (found,) = json.loads(text)["runs"]
    rules = found["tool"]["driver"]["rules"]
    for result in found["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        yield Seen(
            result["ruleId"],
            {"note": "info"}.get(result["level"], result["level"]),
            os.fsdecode(unquote_to_bytes(place["artifactLocation"]["uri"])),
            place["region"]["startLine"],
            result["message"]["text"].replace("]\\(", "]("),
        )


def from_github(text: str) -> Iterator[Seen]:
    """As the runner does it: split at what cannot be in a value, then take back what was done."""
    for line in text.split("\n")[:-1]:
        match = re.fullmatch(r"::(error|warning|notice) (.*?)::(.*)", line)
        assert match, line
        level, properties, message = match.groups()
        named = dict(item.split("=", 1) for item in properties.split(","))
        yield Seen(
            named["title"].removeprefix("k8slint (").removesuffix(")"),
            {"notice": "info"}.get(level, level),
            unescaped(named["file"]),
            int(named["line"]),
            unescaped(message),
        )


def unescaped(text: str) -> str:
    hidden = {"%3A": ":", "%2C": ",", "%0D": "\r", "%0A": "\n", "%25": "%"}
    return re.sub("|".join(hidden), lambda match: hidden[match[0]], text)


def from_gitlab(text: str) -> Iterator[Seen]:
    severities = {"critical": "error", "major": "warning", "info": "info"}
    for issue in json.loads(text):
        code, _, message = issue["description"].partition(": ")
        assert code == issue["check_name"]
        begin = issue["location"]["positions"]["begin"]
        path = issue["location"]["path"]
        yield Seen(code, severities[issue["severity"]], path, begin["line"], message)


def from_junit(text: str) -> Iterator[Seen]:
    for suite in JUnitXml.fromstring(text.encode()):
        for case in suite:
            assert case.classname == suite.name
            for failure in case.result:
                line = int(case._elem.attrib["line"])
                yield Seen(case.name, failure.type, suite.name, line, failure.message)


def from_checkstyle(text: str) -> Iterator[Seen]:
    for file in ET.fromstring(text):
        for error in file:
            code = error.attrib["source"].removeprefix("k8slint.")
            line = int(error.attrib["line"])
            message = error.attrib["message"]
            yield Seen(code, error.attrib["severity"], file.attrib["name"], line, message)


def from_markdown(text: str) -> Iterator[Seen]:
    for row in cells(text):
        severity, where, rule, message = row
        path, _, line = where.rpartition(":")
        yield Seen(rule.split()[0], severity, path, int(line), message)


def from_review(text: str) -> Iterator[Seen]:
    """As it is without a change to review; `test_github_review.py` reads the comments."""
    review = json.loads(text)
    assert review.keys() == {"event", "body", "comments"}
    assert review["comments"] == []
    return from_markdown(review["body"])


class _Findings(HTMLParser):
    """The findings of a page: an item for each, and what stands in its parts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self.part = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("class") == "finding":
            level, code = given["data-severity"], given["data-rule"]
            self.found.append({"severity": level, "code": code, "message": "", "place": ""})
        elif tag == "p" and self.found:
            part = given.get("class", "")
            is_first = part in ("message", "place") and not self.found[-1][part]
            self.part = part if is_first else ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "code"):
            self.part = ""

    def handle_data(self, data: str) -> None:
        if self.part:
            self.found[-1][self.part] += data


def from_html(text: str) -> Iterator[Seen]:
    page = _Findings()
    page.feed(text)
    for one in page.found:
        path, line, _ = one["place"].rsplit(":", 2)
        yield Seen(one["code"], one["severity"], path, int(line), one["message"])


def cells(text: str) -> Iterator[list[str]]:
    """The rows of the table below its head, as text; nothing in them may look like markup."""
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text))
    for row in tree.walk():
        if row.type != "tr" or row.parent is None or row.parent.type != "tbody":
            continue
        for number, cell in enumerate(row.children):
            kinds = {node.type for node in cell.walk()} - {"td", "inline", "text", "code_inline"}
            assert kinds <= ({"link"} if number == 2 else set()), (kinds, cell.children[0].content)
        texts = (
            [n.content for n in cell.walk() if n.type in ("text", "code_inline")]
            for cell in row.children
        )
        yield ["".join(parts) for parts in texts]


def as_xml(text: str) -> str:
    refused = "[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    return re.sub(refused, lambda match: backslashed(match[0]), text)


def as_property(text: str) -> str:
    return escaped(text, backslashed, "\r\n")


def unchanged(text: str) -> str:
    return text


@dataclass(frozen=True)
class Format:
    """How to read a format back, and what becomes of texts in it."""

    read: Callable[[str], Iterator[Seen]]
    message: Callable[[str], str] = unchanged
    path: Callable[[str], str] = readable
    from_root: bool = False


FORMATS = {
    "full": Format(from_full, printable, printable),
    "concise": Format(from_concise, printable, printable),
    "grouped": Format(from_grouped, printable, printable),
    "json": Format(from_json),
    "jsonl": Format(from_jsonl),
    "sarif": Format(from_sarif, path=lambda text: os.fsdecode(name_bytes(text)), from_root=True),
    "github": Format(from_github, printable, as_property, from_root=True),
    "gitlab": Format(from_gitlab, from_root=True),
    "junit": Format(from_junit, as_xml, as_xml),
    "checkstyle": Format(from_checkstyle, as_xml, as_xml),
    "markdown": Format(
        from_markdown,
        lambda text: printable(text).strip(),
        lambda text: printable(text).lstrip(),
        from_root=True,
    ),
    "github-review": Format(
        from_review,
        lambda text: printable(text).strip(),
        lambda text: printable(text).lstrip(),
        from_root=True,
    ),
    "html": Format(from_html, printable, printable),
}


def test_every_format_is_read_back() -> None:
    assert [*FORMATS] == [*options.FORMATS], "add how to read each back to FORMATS above"


TEXTS = ("full", "concise", "grouped")
RENDERED = sorted(FORMATS.keys() - TEXTS)


def render(name: str, report: Report) -> str:
    if name in TEXTS:
        text = import_module("k8slint.report.text")
        return str(getattr(text, name)(report))
    if name == "html":
        return findings.render(report)
    return str(import_module(f"k8slint.report.{name.replace('-', '_')}").render(report))


def every_format(folder: Path, *arguments: str) -> tuple[Ran, dict[str, str]]:
    """A run that writes all formats to files, and what is in these."""
    folder.joinpath("out").mkdir(exist_ok=True)
    wanted = [word for name in FORMATS for word in ("--output-format", f"{name}=out/{name}")]
    ran = k8slint(folder, "check", *wanted, *arguments)
    return ran, {name: (folder / "out" / name).read_bytes().decode() for name in FORMATS}


# The same findings everywhere.


def test_all_formats_tell_of_the_same_findings(folder: Path) -> None:
    ran, written = every_format(folder, "deploy")
    assert ran.code == 1
    assert ran.text == written["full"], "a file comes on top of what is printed"
    expected = sorted(from_json(written["json"]))
    assert Counter(one.code for one in expected) == {
        "GS001": 3,
        "GS104": 1,
        "GS106": 2,
        "GS900": 1,
    }
    for name, how in FORMATS.items():
        assert sorted(how.read(written[name])) == expected, name


@pytest.mark.parametrize("name", ["bad", "demo", "ok"])
def test_all_formats_tell_of_the_same_findings_in_the_fixtures(tmp_path: Path, name: str) -> None:
    found = k8slint(FIXTURES / name, "check", "--output-format", "json").data["findings"]
    wanted = [f"--output-format={one}={tmp_path / one}" for one in RENDERED]
    k8slint(FIXTURES / name, "check", *wanted)
    for one in RENDERED:
        text = (tmp_path / one).read_text(encoding="utf-8")
        if one == "github":
            seen = [*from_github(text.partition("::notice title=k8slint::")[0])]
            _, _, rest = text.partition("::stop-commands::")
            codes = [item.code for item in seen]
            codes += re.findall(
                r"^(?:error|warning|info) .*?:\d+:\d+: (GS\d+) ", rest, re.MULTILINE
            )
        else:
            codes = [item.code for item in FORMATS[one].read(text)]
        assert sorted(codes) == sorted(item["code"] for item in found), one
        if one == "sarif":
            validate_sarif(text)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        "a | b \\| c \\\\| d \\",
        "`code` *a* __b__ ~~c~~ <b>&amp;</b> [a](http://b) ![c](d) $x$",
        "::error::x\r\n##[error]y%0A%",
        "]]> <!-- --> &lt; \x00 \x1b[31m \ufffe \x85\u2028",
        "{0} {{1}} [text](1) \\](",
        "# - 1. > x",
    ]
)
# Of bytes that are no UTF-8 as well, as the file system may hold them, and what Windows has there.
PATH = (
    st.binary(min_size=1, max_size=20).map(os.fsdecode)
    | st.just("a\ud800b")
    | TEXT.filter(lambda text: text.strip())
).filter(lambda text: text.strip() and text[0] != "/" and "\0" not in text)


@st.composite
def diagnoses(draw: st.DrawFn) -> Diagnostic:
    line = draw(st.integers(1, 99))
    at = Location(draw(PATH), line, draw(st.integers(1, 9)), draw(st.integers(line, 99)), 9, "x")
    rule = draw(st.sampled_from(load_rules().rules))
    return Diagnostic(rule.code, rule.name, rule.severity, draw(TEXT), at)


@pytest.mark.parametrize("name", RENDERED)
@given(found=st.lists(diagnoses(), max_size=5))
def test_any_text_survives(name: str, found: list[Diagnostic]) -> None:
    report = Report(tuple(FileReport(one.at.path, 1, (one,)) for one in found))
    how = FORMATS[name]
    text = render(name, report).encode("utf-8", "surrogateescape")
    read = how.read(text.decode("utf-8", "surrogateescape"))
    expected = [
        Seen(
            one.code,
            str(one.severity),
            how.path(one.at.path),
            one.at.line,
            how.message(one.message),
        )
        for one in found
    ]
    assert sorted(read) == sorted(expected)


def test_workers_change_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "POOL_ABOVE", 0)
    monkeypatch.setattr(units, "_BATCH", 2)
    make(
        tmp_path, {f"{number}/{name}": text for number in range(3) for name, text in FILES.items()}
    )
    results = [every_format(tmp_path, "-j", jobs) for jobs in ("1", "4")]
    assert results[0] == results[1]


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_found_is_still_a_report(folder: Path, name: str) -> None:
    ran = k8slint(folder, "check", "--output-format", name, "deploy/clean.yaml")
    assert ran.code == 0
    assert [*FORMATS[name].read(ran.text)] == []
    if name == "junit":
        (suite,) = JUnitXml.fromstring(ran.out)
        assert [case.is_passed for case in suite] == [True]
    elif name == "markdown":
        assert ran.text == "### k8slint\n\nNo findings in 1 workload.\n"
    elif name == "github-review":
        assert ran.data["body"] == "### k8slint\n\nNo findings in 1 workload.\n"
    elif name == "sarif":
        validate_sarif(ran.text)
        assert json.loads(ran.text)["runs"][0]["tool"]["driver"]["rules"], "what was checked"


def test_what_is_fixed_is_in_no_report(folder: Path) -> None:
    ran, written = every_format(folder, "--fix", "deploy/two.yaml", "deploy/warning.yaml")
    assert ran.code == 1
    assert (folder / "deploy/two.yaml").read_text() == f"{FIXED}---\n{FIXED}"
    for name, how in FORMATS.items():
        assert [one.code for one in how.read(written[name])] == ["GS106"], name
    assert "1 workload" not in written["markdown"]
    assert ", 2 fixed." in written["markdown"]


# Where files are.

ROOTED = [name for name, how in FORMATS.items() if how.from_root]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("absolute", [False, True])
def test_a_forge_names_files_from_the_root_of_the_repository(
    folder: Path, name: str, absolute: bool
) -> None:
    """Wherever in it the command was called, and however the file was named."""
    (folder / ".git").mkdir()
    given = str(folder / "deploy/error.yaml") if absolute else "error.yaml"
    ran = k8slint(folder / "deploy", "check", "--output-format", name, given)
    (one,) = FORMATS[name].read(ran.text)
    assert one.path == ("deploy/error.yaml" if name in ROOTED else given)


@pytest.mark.parametrize("name", ROOTED)
def test_files_outside_of_the_repository_keep_their_names(folder: Path, name: str) -> None:
    (folder / "deploy/.git").mkdir()
    make(folder, {"other/error.yaml": ERROR})
    given = "../other/error.yaml"
    (one,) = FORMATS[name].read(
        k8slint(folder / "deploy", "check", "--output-format", name, given).text
    )
    assert one.path == given
    given = str(folder / "other/error.yaml")
    (one,) = FORMATS[name].read(
        k8slint(folder / "deploy", "check", "--output-format", name, given).text
    )
    assert one.path == (f"file://{given}" if name == "sarif" else given)


def test_standard_input_goes_by_its_name(tmp_path: Path) -> None:
    for name in ROOTED:
        ran = k8slint(tmp_path, "check", "--output-format", name, "-", stdin=ERROR.encode())
        assert [one.path for one in FORMATS[name].read(ran.text)] == ["<stdin>"]


# Fingerprints.


def prints(text: str) -> list[str]:
    return [one["fingerprint"] for one in json.loads(text)["findings"]]


def prints_of(folder: Path, *arguments: str) -> list[str]:
    return prints(k8slint(folder, "check", "--output-format", "json", *arguments).text)


def test_fingerprints_are_the_same_in_all_formats(folder: Path) -> None:
    _, written = every_format(folder, "deploy")
    expected = prints(written["json"])
    assert len({*expected}) == len(expected) == 7
    results = json.loads(written["sarif"])["runs"][0]["results"]
    assert [one["partialFingerprints"] for one in results] == [
        {"k8slint/v1": one} for one in expected
    ]
    assert [one["fingerprint"] for one in json.loads(written["gitlab"])] == expected
    lines = written["jsonl"].splitlines()
    assert [json.loads(line)["fingerprint"] for line in lines] == expected


def test_a_fingerprint_outlives_other_changes(tmp_path: Path) -> None:
    def after(text: str) -> list[str]:
        make(tmp_path, {"a.yaml": text})
        return prints_of(tmp_path, "a.yaml")

    before = after(ERROR)
    other = pod(name="other", app="lifecycle: {preStop: {sleep: {seconds: 50}}}\n")
    assert after(f"# moved\n\n{ERROR}") == before
    assert after(ERROR.replace("60", "61")) == before, "the numbers in the message"
    assert after(f"{other}---\n{ERROR}")[1:] == before
    assert after(f"{ERROR}---\n{ERROR}")[:1] == before
    assert len({*after(f"{ERROR}---\n{ERROR}")}) == 2
    assert before[0] not in after(ERROR.replace("name: web", "name: shop"))
    (tmp_path / "a.yaml").rename(tmp_path / "b.yaml")
    assert before[0] not in prints_of(tmp_path, "b.yaml")


def test_a_fingerprint_does_not_depend_on_how_a_file_is_named(folder: Path) -> None:
    (folder / ".git").mkdir()
    expected = prints_of(folder, "deploy/error.yaml")
    assert prints_of(folder, str(folder / "deploy/error.yaml")) == expected
    assert prints_of(folder / "deploy", "error.yaml") == expected


@given(found=st.lists(diagnoses(), max_size=9))
def test_no_fingerprint_occurs_twice(found: list[Diagnostic]) -> None:
    again = [one._replace(message="another") for one in found]
    made = fingerprints((*found, *again), "")
    assert len({*made}) == len(made) == 2 * len(found)


# SARIF.


@cache
def sarif_schema() -> jsonschema.Draft4Validator:
    text = (DATA / "sarif" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8")
    return jsonschema.Draft4Validator(json.loads(text))


@cache
def validate_rules(text: str) -> None:
    driver = {"name": "k8slint", "rules": json.loads(text)}
    sarif_schema().validate({"version": "2.1.0", "runs": [{"tool": {"driver": driver}}]})


def validate_sarif(text: str) -> None:
    """The rules, which are most of a report and much the same in all, once."""
    report = json.loads(text)
    for one in report["runs"]:
        validate_rules(json.dumps(one["tool"]["driver"].pop("rules", [])))
    sarif_schema().validate(report)


def sarif_of(folder: Path, *arguments: str) -> dict[str, Any]:
    ran = k8slint(folder, "check", "--output-format", "sarif", *arguments)
    validate_sarif(ran.text)
    (found,) = ran.data["runs"]
    assert isinstance(found, dict)
    return found


def test_the_schema_refuses_what_is_wrong() -> None:
    report = json.loads(sarif.render(Report(())))
    report["runs"][0]["results"] = [{"message": "text"}]
    with pytest.raises(jsonschema.ValidationError):
        validate_sarif(json.dumps(report))


def test_sarif_of_a_finding(folder: Path) -> None:
    text = pod(
        spec="terminationGracePeriodSeconds: 9\n",
        app="lifecycle: {preStop: {sleep: {seconds: 9}}}\n",
    )
    make(folder, {"one.yaml": text})
    (folder / ".git").mkdir()
    found = sarif_of(folder, "one.yaml")
    (result,) = found["results"]
    assert found["originalUriBaseIds"] == {"SRCROOT": {"uri": f"{folder.as_uri()}/"}}
    assert found["columnKind"] == "unicodeCodePoints"
    artifact = {"uri": "one.yaml", "uriBaseId": "SRCROOT"}
    assert result.pop("partialFingerprints")
    assert result.pop("message")["text"].startswith("preStop takes 9 s, the grace period is 9 s: ")
    assert result.pop("fixes")[0]["artifactChanges"][0]["artifactLocation"] == artifact
    rule = found["tool"]["driver"]["rules"][result.pop("ruleIndex")]
    assert result == {
        "ruleId": "GS101",
        "level": "error",
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": artifact,
                    "region": {"startLine": 10, "startColumn": 44, "endLine": 10, "endColumn": 45},
                },
                "logicalLocations": [{"fullyQualifiedName": "Pod/web/app", "kind": "resource"}],
            }
        ],
        "relatedLocations": [
            {
                "id": 1,
                "message": {"text": "grace period 9 s"},
                "physicalLocation": {
                    "artifactLocation": artifact,
                    "region": {"startLine": 6, "startColumn": 34, "endLine": 6, "endColumn": 35},
                },
            }
        ],
        "suppressions": [],
    }
    assert rule["id"] == "GS101"
    assert rule["helpUri"] == "https://k8slint.github.io/k8slint/rules/gs101/"
    assert rule["help"]["markdown"].startswith("# GS101 prestop-consumes-grace-period\n")
    assert rule["shortDescription"]["text"] == "A preStop hook uses up the grace period"
    assert rule["fullDescription"]["text"].startswith("The grace period starts before the hook")
    assert rule["properties"]["problem.severity"] == "error"


def test_sarif_lists_the_rules_that_looked(folder: Path) -> None:
    def ids(*arguments: str) -> list[str]:
        rules = sarif_of(folder, *arguments)["tool"]["driver"]["rules"]
        return [rule["id"] for rule in rules]

    stable = [rule for rule in load_rules().rules if not rule.preview]
    default = [rule.code for rule in stable if rule.default]
    without_version = [rule.code for rule in stable if rule.default and not rule.needs_version]
    assert ids("deploy/clean.yaml", "--kubernetes-version", "1.34") == default
    assert ids("deploy/clean.yaml") == without_version != default
    assert ids("deploy/clean.yaml", "--select", "ALL") == [rule.code for rule in stable]
    assert ids("deploy/clean.yaml", "--select", "GS7,GS001") == [
        *["GS001"],
        *(rule.code for rule in stable if rule.code.startswith("GS7")),
    ]
    assert ids("deploy/broken.yaml", "--select", "GS001") == ["GS001", "GS900"]
    make(folder, {"deploy/sub/.k8slint.yaml": "select: [GS103]\n", "deploy/sub/a.yaml": CLEAN})
    assert ids("deploy") == sorted([*without_version, "GS103"]), "each folder has its own"
    stdin = k8slint(folder, "check", "--output-format=sarif", "-", stdin=CLEAN.encode())
    rules = stdin.data["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == without_version


def test_sarif_describes_every_rule(folder: Path) -> None:
    for rule in sarif_of(folder, "deploy/clean.yaml", "--select", "ALL")["tool"]["driver"][
        "rules"
    ]:
        why = rule["fullDescription"]["text"]
        assert 20 < len(why) <= 1024, f"{rule['id']}: GitHub shows 1,024 characters"
        assert "```" not in why
        assert "# <--" not in rule["help"]["markdown"]


def test_sarif_tells_what_kept_the_job_undone(folder: Path) -> None:
    found = sarif_of(folder, "gone", "deploy/error.yaml", "deploy/template.yaml")
    (invocation,) = found["invocations"]
    assert invocation["executionSuccessful"] is False
    told = [
        (
            one["level"],
            one["message"]["text"],
            one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        )
        for one in invocation["toolExecutionNotifications"]
    ]
    assert told == [
        ("error", "no such file or folder", "gone"),
        ("note", "skipped: template", "deploy/template.yaml"),
    ]
    (invocation,) = sarif_of(folder, "deploy/error.yaml")["invocations"]
    assert invocation == {"executionSuccessful": True, "toolExecutionNotifications": []}


@pytest.mark.parametrize(
    "text", [ERROR, ERROR.replace("\n", "\r\n"), f"\ufeff{ERROR}", ERROR.rstrip()]
)
def test_the_fixes_in_sarif_are_those_of_fix(tmp_path: Path, text: str) -> None:
    make(tmp_path, {"日本.yaml": text})
    (result,) = sarif_of(tmp_path, "日本.yaml")["results"]
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    assert unquote_to_bytes(change["artifactLocation"]["uri"]).decode() == "日本.yaml"
    bare = text.removeprefix("\ufeff")
    starts = [0, *(match.end() for match in re.finditer("\n", bare))]
    for edit in reversed(change["replacements"]):
        region = edit["deletedRegion"]
        begin = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        bare = bare[:begin] + edit["insertedContent"]["text"] + bare[end:]
    assert k8slint(tmp_path, "check", "--fix").code == 0
    assert (tmp_path / "日本.yaml").read_bytes().decode().removeprefix("\ufeff") == bare


def test_a_fix_says_what_it_risks_and_a_refused_one_is_none() -> None:
    at = Location("a.yaml", 1, 1, 1, 2, "x")
    edit = TextEdit(1, 1, 1, 2, "y")
    rule = load_rules().rules[0]
    one = Diagnostic(rule.code, rule.name, rule.severity, "text", at)
    risky = one._replace(fix=Fix("unsafe", "unsafe", "do it", (edit,), unsafe="it waits"))
    refused = one._replace(fix=Fix("safe", "fix", "do it", refused="shared"))
    text = sarif.render(Report((FileReport("a.yaml", 1, (risky, refused)),)))
    validate_sarif(text)
    first, second = json.loads(text)["runs"][0]["results"]
    assert first["fixes"][0]["description"]["text"] == "do it (unsafe: it waits)"
    assert "fixes" not in second
    assert ("properties" in first, second["properties"]) == (False, {"unfixed": "shared"})


# Of a file as a whole.


SOMEWHERE = {
    "full": "  --> a.yaml\n   = because: b.yaml\n",
    "concise": "a.yaml: GS001 text\n",
    "grouped": "a.yaml:\n    GS001 text\n",
    "json": '"path": "a.yaml",\n      "line": null,\n      "column": null,\n',
    "jsonl": '"path": "a.yaml", "line": null, "column": null, "endLine": null, "endColumn": null,',
    "sarif": '"physicalLocation": {\n                "artifactLocation": {\n'
    '                  "uri": "a.yaml"\n                }\n              }',
    "github": "::error file=a.yaml,title=k8slint (GS001)::text\n",
    "gitlab": '"begin": {\n          "line": 1,\n          "column": 1\n        },\n'
    '        "end": {\n          "line": 1,\n          "column": 1\n',
    "junit": 'classname="a.yaml" file="a.yaml">',
    "checkstyle": '<error severity="error"',
    "markdown": "| error | a.yaml | ",
    "github-review": "| error | a.yaml | ",
    "html": '<p class="place"><code>a.yaml</code></p>',
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_finding_of_which_only_the_file_is_known(name: str) -> None:
    assert name in SOMEWHERE, "add what it writes of a file without a line to SOMEWHERE above"
    file, because = (Source(path, "x").somewhere("because") for path in ("a.yaml", "b.yaml"))
    (one,) = many(1, Severity.ERROR)
    text = render(name, of([one._replace(at=file._replace(label=""), because=because)]))
    assert SOMEWHERE[name] in text
    if name == "sarif":
        validate_sarif(text)


# The others.


GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]+$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "positions"],
                "properties": {
                    "path": {"type": "string", "not": {"pattern": "^(\\./|/)"}},
                    "positions": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {
                            "begin": {"$ref": "#/$defs/position"},
                            "end": {"$ref": "#/$defs/position"},
                        },
                    },
                },
            },
        },
    },
    "$defs": {
        "position": {
            "type": "object",
            "required": ["line", "column"],
            "properties": {
                "line": {"type": "integer", "minimum": 1},
                "column": {"type": "integer", "minimum": 1},
            },
        }
    },
}


def test_gitlab_follows_its_documentation(folder: Path) -> None:
    ran = k8slint(folder, "check", "--output-format", "gitlab", "./deploy")
    issues = json.loads(ran.text)
    jsonschema.validate(issues, GITLAB)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 7


def many(count: int, severity: Severity, message: str = "text") -> list[Diagnostic]:
    rule = load_rules().rules[0]
    return [
        Diagnostic(
            rule.code, rule.name, severity, message, Location("a.yaml", line, 1, line, 2, "x")
        )
        for line in range(1, count + 1)
    ]


def of(found: Sequence[Diagnostic]) -> Report:
    return Report((FileReport("a.yaml", len(found), tuple(found)),))


# How many errors, warnings and infos there are; how many of each are shown, and how many are not.
LIMITS: dict[tuple[int, int, int], tuple[int, int, int, int]] = {
    (0, 0, 0): (0, 0, 0, 0),
    (10, 10, 10): (10, 10, 10, 0),
    (11, 0, 0): (10, 0, 0, 1),
    (0, 12, 0): (0, 10, 0, 2),
    (0, 0, 11): (0, 0, 9, 2),
    (10, 11, 10): (10, 10, 9, 2),
    (30, 30, 30): (10, 10, 9, 61),
}


@pytest.mark.parametrize(("counts", "shown"), LIMITS.items())
def test_github_shows_ten_of_a_level(
    counts: tuple[int, int, int], shown: tuple[int, int, int, int]
) -> None:
    levels = (Severity.ERROR, Severity.WARNING, Severity.INFO)
    found = [
        one for count, level in zip(counts, levels, strict=True) for one in many(count, level)
    ]
    text = render("github", of(found))
    commands, _, rest = text.partition("::notice title=k8slint::")
    seen = [one.severity for one in from_github(commands)]
    assert seen == ["error"] * shown[0] + ["warning"] * shown[1] + ["info"] * shown[2]
    told = re.match(r"(\d+) more findings? in the log", rest)
    assert int(told[1] if told else 0) == shown[3]
    assert len(re.findall(r"^(?:error|warning|info) a.yaml", rest, re.MULTILINE)) == shown[3]


def test_github_follows_no_command_of_a_manifest() -> None:
    """Neither in what is shown nor in the text below."""
    evil = "x\n::error::y\r\n::stop-commands::z\n##[error]"
    path = "::add-mask::\n::a.yaml"
    found = [one._replace(at=one.at._replace(path=path)) for one in many(12, Severity.ERROR, evil)]
    lines = render("github", of(found)).splitlines()
    assert [line.split(" ")[0] for line in lines[:11]] == ["::error"] * 10 + ["::notice"]
    group, stop, first, second, resumed, end = lines[11:]
    assert (group, end) == ("::group::k8slint: 2 more findings", "::endgroup::")
    token = stop.removeprefix("::stop-commands::")
    assert resumed == f"::{token}::"
    assert len(token) == 64
    assert first.startswith("error ::add-mask::")
    assert second.startswith("error ::add-mask::")


def test_github_gets_columns_on_one_line_only() -> None:
    (one,) = many(1, Severity.ERROR)
    assert ",col=1,endColumn=2," in render("github", of([one]))
    lines = render("github", of([one._replace(at=one.at._replace(end_line=2))]))
    assert lines == "::error file=a.yaml,line=1,endLine=2,title=k8slint (GS001)::text\n"


def test_the_job_summary_of_github(folder: Path) -> None:
    file = folder / "summary.md"
    file.write_text("# before\n")
    env = {"GITHUB_STEP_SUMMARY": str(file)}
    table = k8slint(folder, "check", "--output-format", "markdown", "deploy").text
    github = ("check", "--output-format", "github", "deploy")
    plain = k8slint(folder, *github)
    assert k8slint(folder, *github, env=env) == plain
    assert file.read_text() == f"# before\n{table}"
    k8slint(folder, *github, env=env)
    assert file.read_text() == f"# before\n{table}{table}"
    for others in (["--output-format", "json"], ["--output-format", "github", "--diff"]):
        k8slint(folder, "check", *others, "deploy", env=env)
    assert file.read_text().count("### k8slint") == 2
    ran = k8slint(folder, *github, env={"GITHUB_STEP_SUMMARY": str(folder)})
    assert (ran.code, ran.out) == (2, plain.out)
    assert f"{folder}: cannot be written: " in ran.err


@pytest.mark.parametrize(("count", "length"), [(1_000, 10), (100, 3_000), (3, 70_000)])
def test_markdown_fits_into_a_comment(count: int, length: int) -> None:
    found = [*many(count, Severity.INFO, "|" * length), *many(2, Severity.ERROR)]
    text = render("markdown", of(found))
    assert len(text) <= markdown.LIMIT
    assert text.startswith(
        f"### k8slint\n\nFound {count + 2} findings (2 errors, {count} info) in "
    )
    rows = [*from_markdown(text)]
    assert [one.severity for one in rows[:2]] == ["error", "error"], "the worst come first"
    left_out = re.search(r"^(\d+) more left out for lack of room\.$", text, re.MULTILINE)
    assert left_out
    assert len(rows) + int(left_out[1]) == count + 2


def test_markdown_tells_what_kept_the_job_undone() -> None:
    files = tuple(FileReport(f"# {number} *a*", error="x" * 100) for number in range(500))
    text = render("markdown", Report(files))
    tree = SyntaxTreeNode(MarkdownIt().parse(text))
    (items,) = [node for node in tree.walk() if node.type == "bullet_list"]
    lines = [n.content for item in items.children for n in item.walk() if n.type == "inline"]
    assert lines[0] == f"error: # 0 \\*a\\*: {'x' * 100}"
    assert f"\n{500 - len(lines)} more left out for lack of room.\n" in text
    assert 10 < len(lines) < 100


def test_junit_counts_what_it_holds(folder: Path) -> None:
    ran = k8slint(folder, "check", "--output-format", "junit", "deploy", "gone")
    suites = JUnitXml.fromstring(ran.out)
    assert (suites.tests, suites.failures, suites.errors) == (8, 7, 1)
    by_name = {suite.name: suite for suite in suites}
    two = by_name["deploy/two.yaml"]
    assert (two.tests, two.failures, two.errors) == (2, 2, 0)
    (case,) = by_name["gone"]
    assert [str(it.message) for it in case.result] == ["no such file or folder"]
    assert "deploy/clean.yaml" not in by_name


def test_checkstyle_gives_columns(folder: Path) -> None:
    ran = k8slint(folder, "check", "--output-format", "checkstyle", "deploy/error.yaml")
    root = ET.fromstring(ran.text)
    assert (root.tag, root.attrib) == ("checkstyle", {"version": "4.3"})
    (error,) = root.iter("error")
    assert (error.attrib["line"], error.attrib["column"]) == ("12", "20")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name", FORMATS)
def test_a_file_name_that_is_no_text(tmp_path: Path, name: str) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.yaml")
    try:
        path.write_text(ERROR)
    except OSError:
        pytest.skip("the file system takes only text as names")
    ran = k8slint(tmp_path, "check", "--output-format", name)
    text = ran.out.decode("utf-8", "surrogateescape")
    (one,) = FORMATS[name].read(text)
    as_data = {"sarif": path.name} | dict.fromkeys(("json", "jsonl", "gitlab"), "caf\ufffd.yaml")
    assert one.path == as_data.get(name, "caf\\udce9.yaml")
    if name == "sarif":
        assert '"uri": "caf%E9.yaml"' in text
