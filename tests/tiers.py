"""Quick tests, those of `make test`, and long ones, which only `make test-all` runs as well."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import pytest
from hypothesis import settings

# What settings without a number of their own try where no profile says otherwise.
USUAL = 100


def tries(usual: int) -> int:
    """How often a law is tried: as often as is usual, or a fifth of it in `make test`."""
    return max(1, usual * settings().max_examples // USUAL)


def long_where(is_long: Callable[..., bool], *tables: Iterable[Any]) -> list[Any]:
    """Every pair of two tables, or more of more, for `parametrize`: some of them are long."""
    every = [*product(*tables)]
    assert not all(is_long(*row) for row in every), "at least one case stays quick"
    marks = {True: (pytest.mark.long,), False: ()}
    return [pytest.param(*row, marks=marks[is_long(*row)]) for row in every]


def long_except(names: Iterable[Any], *quick: Any) -> list[Any]:
    """The cases of a table for `parametrize`, all but some of them marked as long."""
    every = list(names)
    assert quick, "at least one case stays quick"
    assert not set(quick) - set(every), f"not in the table: {sorted(set(quick) - set(every))}"
    return [
        name if name in quick else pytest.param(name, marks=pytest.mark.long) for name in every
    ]
