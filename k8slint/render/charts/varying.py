"""What differs from one rendering of a chart to the next by itself: generated passwords, dates."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from k8slint.manifest.values import Pointer
from k8slint.type_names import Any

_SET_ASIDE = "..."


def differences(one: Any, other: Any, at: Pointer = ()) -> Iterator[Pointer]:
    """Yield where two texts as plain data differ, as deep as both have the same parts."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name, value in one.items():
            yield from differences(value, other[name], (*at, name))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (value, another) in enumerate(zip(one, other, strict=True)):
            yield from differences(value, another, (*at, number))
    elif one != other or type(one) is not type(other):
        yield at


def without(whole: Any, some: Collection[Pointer]) -> Any:
    """Return plain data with something else in some places, the same in each."""
    for pointer in some:
        whole = _replace(whole, pointer)
    return whole


def _replace(whole: Any, pointer: Pointer) -> Any:
    if not pointer:
        return _SET_ASIDE
    first, *rest = pointer
    if isinstance(whole, dict) and first in whole:
        return {**whole, first: _replace(whole[first], tuple(rest))}
    if isinstance(whole, list) and isinstance(first, int) and first < len(whole):
        return [*whole[:first], _replace(whole[first], tuple(rest)), *whole[first + 1 :]]
    return whole
