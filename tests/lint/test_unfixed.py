"""A finding without a fix says why there is none, and what would make one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8slint.images.config import ImageConfig
from k8slint.images.fact import Fact, Strength
from k8slint.images.given import GivenImage, full_name
from k8slint.kubernetes.versions import ClusterTarget, parse_minor
from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.examples import read_examples
from k8slint.lint.pages import prepare_example
from k8slint.lint.rule import Severity
from k8slint.lint.rulebook import load_rules
from k8slint.lint.rulefile import shipped_folder
from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.task import Context, RunOptions, Task
from k8slint.report.json import finding
from tests.lint.test_joined import KEYS, manifests
from tests.places import ROOT
from tests.project.test_fixtures import EVERY, settings_of
from tests.shutdown.test_features import EVERYTHING, USUAL, cases, containers, pages
from tests.tables import DUMPER, check_keys, table

ROWS = [(rule, row) for rule, rows in table("unfixed.yaml").items() for row in rows]
COMPLETE = Context(is_complete=True)
OLD = ClusterTarget(parse_minor("1.29"))


def found(data: bytes, settings: Settings, around: Context = COMPLETE) -> tuple[Diagnostic, ...]:
    report = run_bytes(data, Task("x.yaml", settings), RunOptions(), around)
    return (*report.diagnoses, *report.suppressed)


def of_row(rule: str, row: dict[str, Any]) -> list[Diagnostic]:
    target = ClusterTarget(
        parse_minor(row["target"]) if "target" in row else None, frozenset(row.get("gates", ()))
    )
    settings = USUAL._replace(select=(rule,), fail_on=Severity.INFO, target=target)
    if "given" in row:
        config = ImageConfig((), tuple(row["given"]), (), "TERM", None, Fact(Strength.IMAGE))
        settings = settings._replace(images=(GivenImage((full_name("x"),), config),))
    data = yaml.dump_all(manifests(row), Dumper=DUMPER).encode()
    return [one for one in found(data, settings) if one.code == rule]


def test_every_row_is_understood() -> None:
    for number, (rule, row) in enumerate(ROWS, start=1):
        where = f"unfixed.yaml, {rule}, row {number}"
        check_keys(row, where, ["says"], [*KEYS, "target", "gates", "given"])


@pytest.mark.parametrize(("rule", "row"), ROWS)
def test_what_a_finding_says_of_a_fix(rule: str, row: dict[str, Any]) -> None:
    reasons = [one.why_unfixed for one in of_row(rule, row)]
    assert any(row["says"] in reason for reason in reasons), reasons


@cache
def every() -> list[Diagnostic]:
    """What is found in all fixtures, examples and rows."""
    reports: list[Diagnostic] = []
    for path in EVERY:
        here = settings_of(path.parent)
        reports += found(path.read_bytes(), here._replace(select=("ALL",), preview=True))
    for rule in load_rules().rules:
        for example in read_examples(rule):
            task, around = prepare_example(rule, example)
            reports += found(example.text.encode(), task.settings, around)
    for code, row in ROWS:
        reports += of_row(code, row)
    return reports


def test_each_finding_has_a_fix_or_says_why_not() -> None:
    assert {rule.code for rule in load_rules().rules} == {one.code for one in every()}
    assert_fixed_or_said(every())


@pytest.mark.long
def test_so_has_each_in_any_cluster() -> None:
    """In old ones, too, and with the options by which rules look at more."""
    targets = ((OLD, pages()), (OLD, cases()), (ClusterTarget(), cases()), (OLD, containers()))
    for target, objects in ((target, one) for target, some in targets for one in some):
        data = yaml.dump_all(objects, Dumper=DUMPER).encode()
        assert_fixed_or_said(found(data, EVERYTHING._replace(target=target)))


def assert_fixed_or_said(diagnoses: Iterable[Diagnostic]) -> None:
    for one in diagnoses:
        is_fixed = bool(one.fix and one.fix.edits) and not one.suppressed
        assert bool(one.why_unfixed) != is_fixed, one
        assert finding(one)["unfixed"] == (one.why_unfixed or None)
        assert one.why_unfixed != "its rule has none", one
        assert one.fix is None or one.fix.title, one


def test_each_reason_is_given_by_an_example() -> None:
    said = {one.why_unfixed for one in every()}
    missing = [text for text in reasons() if not any(re.fullmatch(text, one) for one in said)]
    assert not missing, "tests/data/unfixed.yaml: no example is not fixed because " + missing[0]


def reasons() -> Iterator[str]:
    """What rules can say, as patterns."""
    yield from (re.escape(rule.unfixed) for rule in load_rules().rules if not rule.fix)
    files = [*shipped_folder().glob("*.py"), *Path(ROOT, "k8slint", "shutdown").glob("*.py")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Call(ast.Name("NoRepair"), [ast.Constant(str(text))]):
                    yield re.escape(text)
                case ast.Call(ast.Name("NoRepair"), [ast.JoinedStr(parts)]):
                    yield "".join(
                        re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"
                        for part in parts
                    )
