"""What is left of helm's messages: all that is no value."""

from __future__ import annotations

import pytest

from k8slint.render.charts.messages import addresses, without_values
from tests.tables import table

PUBLIC = ['{{ fail "set a tag" }} name: loki', "name: tempo", "pw: {{ .Values.pw }}"]
SAID = table("helm.yaml")


@pytest.mark.parametrize("row", SAID)
def test_what_is_left_of_a_message(row: dict[str, str]) -> None:
    left = row.get("left", row["said"])
    assert without_values(f"helm failed: {row['said']}", PUBLIC) == f"helm failed: {left}"


def test_the_addresses_of_a_schema() -> None:
    schema = '{"$schema": "http://a/b#", "x": {"$ref" : "https://c/d.json"}, "default": "hunter2"}'
    assert [*addresses(schema)] == ["http://a/b#", "https://c/d.json"]
