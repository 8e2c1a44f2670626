"""Every rule does what its page says: the page's examples are run."""

from __future__ import annotations

import re

import pytest

from k8slint.lint.examples import Example, examples
from k8slint.lint.rule import Rule, Severity
from k8slint.lint.rulebook import load, shipped_folder
from k8slint.lint.run import Around, Mode, Task, run_bytes
from k8slint.lint.settings import Settings

BOOK = load()
CASES = [(rule, example) for rule in BOOK.rules for example in examples(rule)]
IDS = [f"{rule.code}-{example.kind}-{n}" for n, (rule, example) in enumerate(CASES)]


def _task(rule: Rule, example: Example) -> Task:
    options = tuple((rule.code, name, value) for name, value in example.options)
    return Task(
        "x.yaml",
        Settings(
            select=(rule.code, *example.select),
            fail_on=Severity.INFO,
            target=example.target,
            options=options,
        ),
    )


def _around(example: Example) -> Around:
    return Around(is_complete=example.is_complete)


@pytest.mark.parametrize(("rule", "example"), CASES, ids=IDS)
def test_the_rule_speaks_where_the_page_says(rule: Rule, example: Example) -> None:
    report = run_bytes(example.text.encode(), _task(rule, example), Mode(), _around(example))
    found = sorted((one.at.line, one.message) for one in report.diagnoses)
    assert [line for line, _ in found] == [line for line, _ in example.marks], found
    for (_, message), (_, mark) in zip(found, example.marks, strict=True):
        assert mark in message
    assert not re.search(r"\bshould\b", str(found)), "a message says what happens"


@pytest.mark.parametrize(("rule", "example"), CASES, ids=IDS)
def test_the_fix_gives_what_the_page_says(rule: Rule, example: Example) -> None:
    task, around = _task(rule, example), _around(example)
    mode = Mode(fix=True, unsafe=True)
    report = run_bytes(example.text.encode(), task, mode, around)
    assert report.text is not None
    assert not report.failed
    assert report.text.decode() == (example.fixed or example.text)
    again = run_bytes(report.text, task, mode, around)
    assert again.text == report.text, "a second fix changes nothing"
    if example.fixed:
        assert not again.diagnoses


@pytest.mark.parametrize("rule", BOOK.rules, ids=[rule.code for rule in BOOK.rules])
def test_a_rule_is_whole(rule: Rule) -> None:
    own = list(examples(rule))
    assert any(example.kind == "bad" and example.marks for example in own)
    assert any(example.kind == "good" for example in own)
    assert (rule.fix is not None) == any(example.fixed for example in own)
    assert rule.file == f"{rule.code.lower()}_{rule.name.replace('-', '_')}.py"
    assert rule.fix is None or "\n## Fix safety\n" in rule.page
    assert rule.summary
    assert len(rule.summary) < 100


def test_the_safety_a_rule_promises_is_reached() -> None:
    """A rule with a safe fix has an example that `--fix` alone repairs; no other one has."""
    for rule in BOOK.rules:
        safe = []
        for example in examples(rule):
            data, task = example.text.encode(), _task(rule, example)
            report = run_bytes(data, task, Mode(fix=True), _around(example))
            safe.append(report.text != data)
        assert any(safe) == (rule.fix == "safe"), rule.code


def test_codes_and_names_are_unique() -> None:
    words = [word for rule in BOOK.rules for word in (rule.code, rule.name)]
    assert len(set(words)) == len(words)
    assert len(BOOK.rules) == len(list(shipped_folder().glob("gs*.py")))


def test_rules_yield_to_rules_of_the_catalogue() -> None:
    known = re.compile(r"GS[0-9]\d\d")
    assert all(known.fullmatch(code) for rule in BOOK.rules for code in rule.yields_to)
