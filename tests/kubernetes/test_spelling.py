"""Which setting a misspelt key stands for, and that no field of a pod is taken for one."""

from __future__ import annotations

from difflib import get_close_matches

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8slint.kubernetes.known_fields import CONTAINER, POD_SPEC, PROBE
from k8slint.kubernetes.lifecycle import LIFECYCLE
from k8slint.kubernetes.spelling import (
    SETTINGS,
    field_resembled,
    setting_resembled,
    sounds_like_shutdown,
)
from tests.tables import table

ROWS = [
    (key, None if meant == "none" else meant)
    for meant, keys in table("spelling.yaml").items()
    for key in keys
]


@pytest.mark.parametrize(("key", "meant"), ROWS)
def test_the_setting_that_is_meant(key: str, meant: str | None) -> None:
    assert setting_resembled(key) == meant
    assert sounds_like_shutdown(key) or meant is None


def test_no_field_is_taken_for_a_setting() -> None:
    fields = (POD_SPEC | CONTAINER | PROBE) - {*SETTINGS}
    assert not [name for name in fields if setting_resembled(name) or sounds_like_shutdown(name)]


def test_each_setting_has_its_place() -> None:
    assert {*SETTINGS} == {*LIFECYCLE, *(POD_SPEC & {*SETTINGS}), *(CONTAINER & {*SETTINGS})}


@given(
    st.sampled_from(SETTINGS),
    st.lists(
        st.tuples(st.integers(0, 30), st.booleans(), st.sampled_from("acdegioprst")), max_size=9
    ),
)
def test_what_is_ruled_out_first_is_not_alike(
    setting: str, changes: list[tuple[int, bool, str]]
) -> None:
    letters = [*setting.lower()]
    for place, comes, letter in changes:
        at = place % (len(letters) + 1)
        letters[at : at + 1] = [letter, *letters[at : at + 1]] if comes else []
    key = "".join(letters)
    fields = {field.lower(): field for field in SETTINGS}
    close = get_close_matches(key, fields, n=1, cutoff=0.8)
    assert field_resembled(key, SETTINGS) == (fields[close[0]] if close else None)
