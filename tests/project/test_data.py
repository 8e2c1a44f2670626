"""A table that no test reads guards nothing."""

from __future__ import annotations

import re

import pytest

from k8slint.shutdown.durations import Unit
from k8slint.shutdown.programs.program import Knob
from tests.places import DATA
from tests.tables import check_examples, check_keys, faults

TESTS = "".join(path.read_text(encoding="utf-8") for path in DATA.parent.rglob("*.py"))


def is_read(name: str) -> bool:
    """Whether a test opens a file or folder of `tests/data`."""
    return re.search(rf'(?:table\(|DATA / )"{re.escape(name)}"', TESTS) is not None


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.iterdir()))
def test_every_table_is_read(name: str) -> None:
    assert is_read(name), f"tests/data/{name} is read by no test"


def test_a_table_that_is_not_read_is_noticed() -> None:
    assert not is_read("no-such-table.yaml")


def test_what_is_wrong_with_a_row_is_said() -> None:
    check_keys({"a": 1}, "x.yaml, row 1", ["a"], ["b"])
    with pytest.raises(AssertionError, match=r"x.yaml, row 1: unknown key c; known: a, b"):
        check_keys({"a": 1, "c": 2}, "x.yaml, row 1", ["a"], ["b"])
    with pytest.raises(AssertionError, match=r"x.yaml, row 1: no a, b"):
        check_keys({}, "x.yaml, row 1", ["a", "b"])
    with pytest.raises(AssertionError, match=r"x.yaml, row 1 is not a mapping: \[\]"):
        check_keys([], "x.yaml, row 1")  # type: ignore[arg-type]


def test_a_row_is_spoilt_in_every_way() -> None:
    row = Knob(("--a-b",), env=("C",), unit=Unit.MILLISECONDS, any_case=True)
    assert [what for what, _ in faults(row)] == [
        "flags --ax-b",
        "flags --a-bx",
        "env Cx",
        "unit s",
        "any_case False",
    ]
    assert [spoilt for _, spoilt in faults(row, but=("flags", "unit", "any_case"))] == [
        row._replace(env=("Cx",))
    ]


def test_what_no_example_notices_is_said() -> None:
    row = Knob(("--a",), env=("C",))
    check_examples(row, "x.yaml", lambda instead: instead != (row,))
    with pytest.raises(
        AssertionError, match=r"x\.yaml: no example would notice its loss, or env Cx"
    ):
        check_examples(row, "x.yaml", lambda instead: bool(instead) and "Cx" not in instead[0].env)
