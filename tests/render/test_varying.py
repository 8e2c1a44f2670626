"""What differs from one rendering to the next, and what is left without it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8slint.manifest.values import Pointer
from k8slint.render.charts.varying import differences, without

DIFFER: dict[str, tuple[Any, Any, set[Pointer]]] = {
    "nothing": ([{"a": 1}], [{"a": 1}], set()),
    "a value": ([{"a": {"b": 1, "c": 2}}], [{"a": {"b": 2, "c": 2}}], {(0, "a", "b")}),
    "two values": ({"a": [1, 2, 3]}, {"a": [4, 2, 5]}, {("a", 0), ("a", 2)}),
    "another key": ({"a": {"b": 1}}, {"a": {"c": 1}}, {("a",)}),
    "another length": ([[1], [1, 2]], [[1], [1]], {(1,)}),
    "another kind": ({"a": 1, "b": 0}, {"a": True, "b": False}, {("a",), ("b",)}),
    "everything": ([], {}, {()}),
}


@pytest.mark.parametrize("what", DIFFER)
def test_what_differs(what: str) -> None:
    one, other, expected = DIFFER[what]
    assert set(differences(one, other)) == expected


DATA = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from("ab"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


@given(one=DATA, other=DATA, third=DATA)
def test_without_what_differs_both_are_the_same(one: Any, other: Any, third: Any) -> None:
    found = frozenset(differences(one, other))
    assert without(one, found) == without(other, found)
    assert without(one, frozenset()) == one
    seen = set(differences(without(one, found), without(third, found)))
    for pointer in found:
        assert not any(one[: len(pointer)] == pointer for one in seen)
