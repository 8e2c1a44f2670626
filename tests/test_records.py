"""Our NamedTuple is that of `typing`, made faster."""

from __future__ import annotations

import pickle
import typing
from collections.abc import Callable
from types import new_class
from typing import Any

import pytest

from k8slint import records
from k8slint.shutdown.seconds import Seconds, exactly


def point(base: Any) -> Any:
    class Point(base):  # type: ignore[misc]
        """A place."""

        x: int
        y: str = "b"

        @property
        def both(self) -> str:
            return f"{self.x}{self.y}"

        @classmethod
        def at(cls, x: int) -> Any:
            return cls(x)

    return Point


OURS, THEIRS = point(records.NamedTuple), point(typing.NamedTuple)
TOLD: dict[str, Callable[[Any], Any]] = {
    "_fields": lambda made: made._fields,
    "_field_defaults": lambda made: made._field_defaults,
    "__annotations__": lambda made: [*made.__annotations__],
    "__doc__": lambda made: made.__doc__,
    "__module__": lambda made: made.__module__,
    "__name__": lambda made: made.__name__,
    "__match_args__": lambda made: made.__match_args__,
    "bases": lambda made: made.__bases__,
    "repr": lambda made: repr(made(1)),
    "property": lambda made: made(1, "c").both,
    "class method": lambda made: made.at(2),
    "_replace": lambda made: made(1)._replace(y="d"),
    "_asdict": lambda made: made(1)._asdict(),
    "by name": lambda made: made(y="e", x=3),
    "a field of one": lambda made: (made(1).x, made(1)[1], hash(made(1))),
}


@pytest.mark.parametrize("what", TOLD)
def test_it_says_the_same(what: str) -> None:
    assert TOLD[what](OURS) == TOLD[what](THEIRS)


@pytest.mark.parametrize("count", [*range(1, 13), 60])
def test_it_takes_as_many_fields_as_there_are(count: int) -> None:
    names = [f"field_{index}" for index in range(count)]
    said = {"__annotations__": dict.fromkeys(names, int), names[-1]: -1}
    made: Any = new_class("Row", (records.NamedTuple,), exec_body=lambda row: row.update(said))
    assert made(*range(count)) == tuple(range(count)) == made._make(range(count))
    assert made(*range(count - 1)) == (*range(count - 1), -1)
    assert [getattr(made(*range(count)), name) for name in names] == [*range(count)]
    for values in (range(count + 1), range(count - 1)):
        with pytest.raises(TypeError):
            made._make(values)
    with pytest.raises(TypeError, match=f" {count + 2} were given"):
        made(*range(count + 1))


def test_it_may_have_no_field() -> None:
    class Nothing(records.NamedTuple):
        """Without `__annotations__`."""

    assert (Nothing(), Nothing._fields, repr(Nothing())) == ((), (), "Nothing()")


def test_only_fields_are_replaced() -> None:
    with pytest.raises(TypeError):
        OURS(1)._replace(z="d")


def test_copy_may_replace_its_fields() -> None:
    assert OURS(1).__replace__(y="d") == (1, "d")


@pytest.mark.parametrize("words", [{}, {"x": 1, "z": 2}])
def test_it_refuses_the_same(words: dict[str, int]) -> None:
    for made in (OURS, THEIRS):
        with pytest.raises(TypeError):
            made(**words)


def test_a_worker_gets_it_as_it_was_sent() -> None:
    span: Seconds = exactly(3, "why")
    assert pickle.loads(pickle.dumps(span)) == span
    assert type(pickle.loads(pickle.dumps(span))) is Seconds
