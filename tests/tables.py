"""The tables of cases in `tests/data`, and what is wrong with a row in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

import yaml

from k8slint.shutdown.seconds import Seconds
from tests.places import DATA

# libyaml's, where PyYAML has it: ten times as fast.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class TableLoader(LOADER):  # type: ignore[misc]  # its base depends on PyYAML
    """A loader of tables: of two equal keys, PyYAML would drop the first one silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        counts = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and counts[key.value] > 1:
                line = key.start_mark.line + 1
                raise AssertionError(f"{key.value} is a key twice, once in line {line}")
        return super().construct_mapping(node, deep)


def table(name: str) -> Any:
    """What a YAML file of `tests/data` holds."""
    return yaml.load((DATA / name).read_text(encoding="utf-8"), TableLoader)


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


def faults(row: Any, *, but: Container[str] = ()) -> Iterator[tuple[str, Any]]:
    """A row of ours with one thing in it wrong, and what: each word misspelt, each value changed.

    Fields that keep their default and those in `but`, on which nothing depends, stay as they are.
    """
    match row:
        case bool():
            yield str(not row), not row
        case int() | float():
            yield str(row + 1), row + 1
        case Enum():
            other = next(one for one in type(row) if one is not row)
            yield str(other), other
        case str():
            for word in re.finditer(r"[^\W_]+", row):
                misspelt = f"{row[: word.end()]}x{row[word.end() :]}"
                yield misspelt, misspelt
        case Seconds():
            longer = row._replace(low=row.low + 1, high=row.high + 1)
            yield str(longer), longer
        case tuple():
            defaults = getattr(row, "_field_defaults", {})
            names = getattr(row, "_fields", ("",) * len(row))
            for index, (name, value) in enumerate(zip(names, row, strict=True)):
                if name in but or (name in defaults and value == defaults[name]):
                    continue
                for what, faulty in faults(value, but=but):
                    parts = (*row[:index], faulty, *row[index + 1 :])
                    of = type(row)(*parts) if defaults or name else parts
                    yield f"{name} {what}".strip(), of


def check_examples(
    row: Any,
    examples: str,
    is_noticed: Callable[[tuple[Any, ...]], bool],
    *,
    but: Container[str] = ("source", "date"),
) -> None:
    """Fail for a fault in a row, or its loss, that none of its examples notices.

    `is_noticed` tells of what stands in the place of the row; nothing depends on fields `but`.
    """
    ways = [("its loss", ()), *((what, (one,)) for what, one in faults(row, but=but))]
    unnoticed = [what for what, instead in ways if not is_noticed(instead)]
    assert not unnoticed, f"{examples}: no example would notice {', or '.join(unnoticed)}"
