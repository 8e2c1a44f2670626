"""What annotations are written with is called as in `typing`."""

from __future__ import annotations

import pydoc
import typing

import pytest

from k8slint import api, type_names

NAMES = sorted({*type_names.__all__})


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_of_typing(name: str) -> None:
    assert {name} <= vars(type_names).keys() & vars(typing).keys()


def test_a_type_holds_what_is_declared_about_it() -> None:
    for annotated in (typing.Annotated, type_names.Annotated):
        one: typing.Any = annotated[list[int], "first", 2]
        assert (one.__origin__, one.__metadata__) == (list[int], ("first", 2))


def test_a_generic_class_is_called_with_or_without_its_type() -> None:
    kind = type_names.TypeVar("kind")

    class Box(type_names.Generic[kind]):
        def __init__(self, held: kind) -> None:
            self.held = held

    assert Box[int](1).held == Box(1).held == 1


@pytest.mark.parametrize("name", api.__all__)
def test_what_rules_are_written_with_is_shown_by_what_it_takes(name: str) -> None:
    shown = pydoc.render_doc(getattr(api, name))
    assert name in shown
    assert "type_names" not in shown
