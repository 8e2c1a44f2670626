"""Our cached_property is that of functools, without a lock."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import pytest

from k8slint import lazy


@pytest.mark.parametrize("base", [lazy.cached_property, functools.cached_property])  # noqa: TID251
def test_a_value_is_worked_out_once_for_each_object(base: Any) -> None:
    worked_out: list[Any] = []

    class Reader:
        def __init__(self, text: str) -> None:
            self.text = text

        @base  # type: ignore[untyped-decorator]
        def length(self) -> int:
            """How long it is."""
            worked_out.append(self)
            return len(self.text)

        @base  # type: ignore[untyped-decorator]
        def broken(self) -> int:
            worked_out.append(self)
            raise ValueError(self.text)

    one, other = Reader("four"), Reader("")
    assert (one.length, one.length, other.length, other.length) == (4, 4, 0, 0)
    assert worked_out == [one, other]
    assert vars(one) == {"text": "four", "length": 4}
    assert Reader.length is vars(Reader)["length"]
    assert Reader.length.__doc__ == "How long it is."
    for _ in range(2):
        with pytest.raises(ValueError, match="four"):
            _ = one.broken
    assert worked_out == [one, other, one, one]


@pytest.mark.parametrize("base", [lazy.cached_property, functools.cached_property])  # noqa: TID251
def test_a_frozen_dataclass_keeps_one_too(base: Any) -> None:
    @dataclass(frozen=True)
    class Reader:
        text: str

        @base  # type: ignore[untyped-decorator]
        def length(self) -> int:
            return len(self.text)

    one = Reader("four")
    assert one.length == 4
    assert vars(one) == {"text": "four", "length": 4}
