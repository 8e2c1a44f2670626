"""The tables of cases in `tests/data`, and what is wrong with a row in words."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"


def table(name: str) -> Any:
    """What a YAML file of `tests/data` holds."""
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


def check_keys(
    row: Mapping[str, Any], where: str, required: Iterable[str] = (), optional: Iterable[str] = ()
) -> None:
    """Fail for a key that nobody reads, or one that is missing: such a row would test nothing."""
    required, known = set(required), {*required, *optional}
    assert isinstance(row, Mapping), f"{where} is not a mapping: {row!r}"
    unknown = ", ".join(sorted(map(str, row.keys() - known)))
    assert not unknown, f"{where}: unknown key {unknown}; known: {', '.join(sorted(known))}"
    missing = ", ".join(sorted(required - row.keys()))
    assert not missing, f"{where}: no {missing}"


def faults(row: Any, *, but: Container[str] = ()) -> Iterator[Any]:
    """A row of ours with one of its words misspelt, once for each word.

    Fields `but` for which nothing depends on their words stay as they are.
    """
    if isinstance(row, str):
        for word in re.finditer(r"[^\W_]+", row):
            yield f"{row[: word.end()]}x{row[word.end() :]}"
    elif isinstance(row, tuple):
        names = getattr(row, "_fields", [""] * len(row))
        for index, (name, value) in enumerate(zip(names, row, strict=True)):
            for faulty in faults(value, but=but) if name not in but else ():
                parts = (*row[:index], faulty, *row[index + 1 :])
                yield type(row)(*parts) if hasattr(row, "_fields") else parts
