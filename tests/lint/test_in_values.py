"""What is found in the values of charts without rendering them: `given_values.yaml`."""

from __future__ import annotations

import time
from typing import Any

import pytest

from k8slint.api import check, fix
from k8slint.kubernetes.gitops import may_spell_pod
from k8slint.kubernetes.given_values import set_path
from k8slint.lint.rule import Severity
from tests.tables import check_keys, table

ROWS: dict[str, dict[str, Any]] = table("given_values.yaml")
ALIASES = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
spec:
  values:
    terminationGracePeriodSeconds: 1
    lifecycle: {preStop: {}}
    l0: &l0 [x, x, x, x, x, x, x, x, x, x]
"""


@pytest.fixture(params=ROWS)
def row(request: pytest.FixtureRequest) -> dict[str, Any]:
    found = ROWS[request.param]
    check_keys(found, request.param, ("file", "text"), ("found", "fixed", "object"))
    return found


def test_what_is_found(row: dict[str, Any]) -> None:
    found = check(row["text"], row["file"])
    assert [f"{one.at.line} {one.code}" for one in found] == row.get("found", [])
    assert all(one.severity is Severity.WARNING for one in found)
    assert all("in the values of a chart" in one.message for one in found)
    assert str(found[0].resource).startswith(row["object"]) if "object" in row else True


def test_what_is_repaired_is_a_number_and_once(row: dict[str, Any]) -> None:
    text = row["text"]
    assert fix(text, row["file"]).text == text, "the chart may make anything of it"
    fixed = fix(text, row["file"], unsafe=True).text
    lines = zip(text.split("\n"), fixed.split("\n"), strict=True)
    assert [new for old, new in lines if old != new] == row.get("fixed", [])
    assert fix(fixed, row["file"], unsafe=True).text == fixed


def test_a_script_that_goes_on_in_the_next_line_spells_nothing_otherwise() -> None:
    assert not may_spell_pod("run: |\n  preStop \\\n    --grace 3\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_words_may_go_on_in_the_next_line_whatever_ends_it(end: str) -> None:
    assert may_spell_pod(f"preS\\{end}  top: x\nterminationGrace\\{end}\tPeriodSeconds: 3\n")


@pytest.mark.parametrize("letter", ["\\x53", "\\u0053", "\\U00000053"])
def test_a_letter_may_be_a_number(letter: str) -> None:
    assert may_spell_pod(f'"pre{letter}top": x\n')


def test_a_bomb_of_aliases_is_looked_at_once() -> None:
    levels = (f"    l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 30))
    assert check(ALIASES + "".join(levels)) == ()


def test_many_values_that_are_set_take_no_time_each() -> None:
    sets = "".join(f"  - {{targetPath: a{number}.b}}\n" for number in range(3_000))
    pod = "{terminationGracePeriodSeconds: 1, lifecycle: {preStop: {sleep: {seconds: 1}}}}"
    values = "".join(f"    a{number}: {pod}\n" for number in range(3_000))
    text = ALIASES.partition("  values:")[0] + f"  valuesFrom:\n{sets}  values:\n{values}"
    start = time.process_time()
    assert check(text.replace("1}}}}", "0}}}}")) == ()
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("a", ("a",)),
        ("a.b[0].c", ("a", "b", 0, "c")),
        (r"a\.b.c", ("a.b", "c")),
        ("a[0][1]", ("a", 0, 1)),
        ("", None),
        ("a[x]", None),
        ("[" * 100_000, None),
    ],
)
def test_a_path_of_set(path: str, pointer: object) -> None:
    assert set_path(path) == pointer
