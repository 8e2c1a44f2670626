"""The tables of cases: what they may not hold."""

from __future__ import annotations

import pytest
import yaml

from tests.tables import TableLoader


@pytest.mark.parametrize(
    "text", ["a: 1\nb: 2\na: 3\n", "row: {<<: {x: 0}, x: 1, x: 1}\n", "- {k: [{v: 1, v: 2}]}\n"]
)
def test_a_key_twice_is_refused(text: str) -> None:
    with pytest.raises(AssertionError, match="is a key twice, once in line"):
        yaml.load(text, TableLoader)


def test_a_key_may_replace_one_that_is_merged() -> None:
    assert yaml.load("a: &a {x: 0}\nb: {<<: *a, x: 1}\n", TableLoader)["b"] == {"x": 1}
