"""Every rule does what its page says: the page's examples are run."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from unittest import mock

import pytest

from k8slint import __version__
from k8slint.api import check
from k8slint.errors import UsageError
from k8slint.lint import rulebook
from k8slint.lint.examples import Example, read_examples
from k8slint.lint.pages import compare_page, find_gaps, prepare_example
from k8slint.lint.rule import LateCheck, Rule, Severity
from k8slint.lint.rulebook import load_rules
from k8slint.lint.rulefile import shipped_folder, shipped_rule
from k8slint.lint.run import run_bytes
from k8slint.lint.shipped import SHIPPED_RULES
from k8slint.lint.task import RunOptions
from tests.places import ROOT

BOOK = load_rules()
CASES = [(rule, example) for rule in BOOK.rules for example in read_examples(rule)]
IDS = [f"{rule.code}-{example.kind}-{n}" for n, (rule, example) in enumerate(CASES)]


@pytest.mark.parametrize(("rule", "example"), CASES, ids=IDS)
def test_the_rule_does_what_the_page_says(rule: Rule, example: Example) -> None:
    found = [*compare_page(rule, example)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("rule", "example"), CASES, ids=IDS)
def test_a_message_says_what_happens(rule: Rule, example: Example) -> None:
    task, around = prepare_example(rule, example)
    report = run_bytes(example.text.encode(), task, RunOptions(), around)
    assert not re.search(r"\bshould\b", str([one.message for one in report.diagnoses]))


@pytest.mark.parametrize("rule", BOOK.rules, ids=[rule.code for rule in BOOK.rules])
def test_a_rule_is_whole(rule: Rule) -> None:
    gaps = [*find_gaps(rule)]
    assert not gaps, "\n".join(gaps)
    shows_fix = any(example.fixed for example in read_examples(rule))
    assert rule.fix or not shows_fix, "an example shows a fix, @rule has no `fix`"
    assert not rule.fix or "\n## Fix safety\n" in rule.page, "the page has no `## Fix safety`"
    file = f"{rule.code.lower()}_{rule.name.replace('-', '_')}.py"
    assert rule.file == file, "a file is named after code and name of its rule"
    assert 0 < len(rule.summary) < 100, "the first line of the page says what is wrong"


@pytest.mark.parametrize("rule", BOOK.rules, ids=[rule.code for rule in BOOK.rules])
def test_a_new_rule_is_announced_and_in_preview(rule: Rule) -> None:
    """For one minor version at least; the rules of the first one were never in preview."""
    now, since = (tuple(map(int, text.split(".")[:2])) for text in (__version__, rule.since))
    is_settled = rule.since == "0.1" or since < now
    assert rule.preview or is_settled, f"new in {rule.since}: @rule(..., preview=True)"
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert is_settled or rule.code in changes, f"CHANGELOG.md does not name {rule.code}"


def test_the_safety_a_rule_promises_is_reached() -> None:
    """A rule with a safe fix has an example that `--fix` alone repairs; no other one has."""
    for rule in BOOK.rules:
        safe = []
        for example in read_examples(rule):
            data, (task, around) = example.text.encode(), prepare_example(rule, example)
            report = run_bytes(data, task, RunOptions(fix=True), around)
            safe.append(report.text != data)
        assert any(safe) == (rule.fix == "safe"), rule.code


def test_codes_and_names_are_unique() -> None:
    words = [word for rule in BOOK.rules for word in (rule.code, rule.name)]
    assert len(set(words)) == len(words)
    assert len(BOOK.rules) == len(list(shipped_folder().glob("gs*.py")))


def test_rules_yield_to_rules_of_the_catalogue() -> None:
    known = re.compile(r"GS[0-9]\d\d")
    assert all(known.fullmatch(code) for rule in BOOK.rules for code in rule.yields_to)


def test_a_rule_that_is_not_in_the_table_yet_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulebook, "SHIPPED_RULES", SHIPPED_RULES[1:])
    first, second, *_ = rulebook.load_shipped_rules()
    assert not isinstance(first.check, LateCheck)
    assert isinstance(second.check, LateCheck)
    assert first.page == BOOK.rules[0].page != ""


def test_a_rule_that_says_something_else_than_the_table_is_refused() -> None:
    rule = shipped_rule("gs001_sleep_exceeds_grace_period.py", "GS001", "x", Severity.ERROR, "0.1")
    with pytest.raises(UsageError, match="run `make docs`"):
        assert rule.page


def test_gs002_looks_closer_wherever_something_is_misplaced() -> None:
    """What it leaves out at first sight, it would not report."""
    assert BOOK.by_code["GS002"].loaded
    module = sys.modules["k8slint.rules.gs002_misplaced_grace_period"]
    found = 0
    for rule, example in CASES:
        task, around = prepare_example(rule, replace(example, select=("GS002",)))
        data = example.text.encode()
        quick = run_bytes(data, task, RunOptions(), around)
        with mock.patch.object(module, "_may_be_misplaced", return_value=True):
            whole = run_bytes(data, task, RunOptions(), around)
        assert quick.diagnoses == whole.diagnoses, example.text
        found += sum(one.code == "GS002" for one in whole.diagnoses)
    assert found > 2


@pytest.mark.parametrize(
    ("container", "says"),
    [
        (
            "lifecyle: {preStop: {sleep: {seconds: 5}}}",
            ["`lifecyle` is not a field of a container"],
        ),
        ("lifecycleHooks: {preStop: {sleep: {seconds: 5}}}", ["`lifecycleHooks` is not a field"]),
        # An item of a list, not the list; and where it is unknown, what is below may be meant.
        (
            "env: [{preStop: {sleep: {seconds: 5}}}]",
            ["`preStop` is not a field of an item of `env`"],
        ),
        ("env: [{lifecyle: {preStop: {}}}]", ["`preStop` is not a field of `lifecyle`"]),
    ],
)
def test_gs002_reports_a_setting_once_and_where_it_is(container: str, says: list[str]) -> None:
    text = (
        "kind: Pod\napiVersion: v1\nmetadata: {name: web}\n"
        f"spec: {{containers: [{{name: app, image: i, {container}}}]}}\n"
    )
    found = [one.message for one in check(text) if one.code == "GS002"]
    assert len(found) == len(says), found
    assert all(part in message for part, message in zip(says, found, strict=True)), found


def test_gs603_shows_the_ten_shortest_of_many_node_pools() -> None:
    pools = [
        "apiVersion: karpenter.sh/v1\nkind: NodePool\n"
        f"metadata: {{name: p{number}}}\n"
        f"spec: {{template: {{spec: {{terminationGracePeriod: {90 - number}s}}}}}}\n"
        for number in range(20)
    ]
    pod = (
        "kind: Pod\napiVersion: v1\nmetadata: {name: web}\n"
        "spec: {terminationGracePeriodSeconds: 300, containers: [{name: app, image: i}]}\n"
    )
    (found,) = (one for one in check("---\n".join([*pools, pod])) if one.code == "GS603")
    shown = [place.label.split()[1] for place in found.chain]
    assert shown == [f"p{number}" for number in range(10, 20)]
