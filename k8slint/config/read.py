"""Configuration files, YAML or TOML, as plain data that knows its lines."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeAlias

from k8slint.errors import UsageError
from k8slint.manifest.source import NotText, Source, decode
from k8slint.manifest.tree import Unreadable, cut, documents, start_of, walk
from k8slint.manifest.values import Value, duplicates, root

Place: TypeAlias = Sequence[str | int]

_TABLE = ("tool", "k8slint")
_DEEP = "nested too deep for a configuration"
_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class Written(NamedTuple):
    """What a file says, and the line on which a key or an item of it is written."""

    file: Path
    data: dict[str, Any]
    line_of: Callable[[Place], int]

    def refuse(self, place: Place, message: str) -> NoReturn:
        raise UsageError(f"{self.file}:{self.line_of(place)}: {message}")


def read(file: Path) -> Written:
    """A configuration file; TOML is one with `[tool.k8slint]`.

    Raises UsageError.
    """
    if file.suffix != ".toml":
        try:
            return _read_yaml(file)
        except RecursionError:
            raise UsageError(f"{file}: {_DEEP}") from None
    written = read_toml(file)
    if written is None:
        raise UsageError(f"{file}: there is no [tool.k8slint] in it")
    return written


def read_toml(file: Path) -> Written | None:
    """`[tool.k8slint]` of a file; None where it has none.

    Raises UsageError.
    """
    source = _source(file)
    if "k8slint" not in source.text:  # Most say nothing about us, and are no business of ours.
        return None
    import tomllib

    text = source.text.replace("\r\n", "\n")
    try:
        tool = tomllib.loads(text).get("tool")
    except tomllib.TOMLDecodeError as error:
        reason = str(error)
        at = _AT_LINE.search(reason)
        line = at[1] if at and at[1] else len(text.splitlines())
        raise UsageError(f"{file}:{line}: {_AT_LINE.sub('', reason)}") from None
    except RecursionError:
        raise UsageError(f"{file}: {_DEEP}") from None
    if not isinstance(tool, dict) or "k8slint" not in tool:
        return None
    written = Written(file, tool["k8slint"], lambda place: _toml_line(text, (*_TABLE, *place)))
    if not isinstance(written.data, dict):
        written.refuse((), "tool.k8slint is a table of keys and values")
    return written


def _source(file: Path) -> Source:
    try:
        return decode(file.read_bytes(), str(file))
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    except NotText as error:
        raise UsageError(f"{file}: {error.reason}") from None


def _read_yaml(file: Path) -> Written:
    source = _source(file)
    trees = []
    for chunk in cut(source.text):
        try:
            trees += documents(source, chunk)
        except Unreadable as error:
            line, _ = source.position(chunk.start + error.offset)
            raise UsageError(f"{file}:{line}: {error.reason}") from None
    if not any(root(tree).is_written for tree in trees):
        return Written(file, {}, lambda _: 1)
    if len(trees) != 1 or not root(trees[0]).is_mapping:
        raise UsageError(f"{file}: a configuration is one mapping of keys to values")
    if trees[0].anchors:
        raise UsageError(f"{file}: anchors and aliases are not read in a configuration")
    top = root(trees[0])
    for node in walk(trees[0].root):
        for key in duplicates(node):
            line, _ = source.position(trees[0].start + start_of(key))
            raise UsageError(f"{file}:{line}: key {key.value!r} is written twice")
    return Written(file, _plain(top), lambda place: source.position(_at(top, place).head[0])[0])


def _plain(value: Value) -> Any:
    """Data as editors read it: `on` and `off` are words, unlike in a manifest."""
    if value.is_mapping:
        return {name: _plain(child) for name, child in value.entries()}
    if value.text is None:
        return [_plain(item) for item in value.items()]
    is_word = isinstance(value.scalar, bool) and value.text.lower() not in ("true", "false")
    return value.text if is_word else value.scalar


def _at(top: Value, place: Place) -> Value:
    value = top
    for part in place:
        value = value.get(part) if isinstance(part, str) else list(value.items())[part]
    return value


def _toml_line(text: str, place: Place) -> int:
    """The line on which something is written, which tomllib does not tell.

    What can be read ends with a statement. So the statement is the last one of the shortest
    beginning that can be read and holds the place.
    """
    lines = text.split("\n")
    end = bisect_left(range(len(lines)), 1, key=lambda count: len(_value(lines, count, place)))
    start = _readable(lines, end - 1)[0]
    (value,) = _value(lines, end, place)
    word = str(value if isinstance(place[-1], int) else place[-1])
    return next((at for at in range(start, end) if word in lines[at]), start) + 1


def _readable(lines: Sequence[str], count: int) -> tuple[int, dict[str, Any]]:
    """The longest beginning of at most so many lines that can be read, and what it says."""
    import tomllib

    for shorter in range(count, 0, -1):
        try:
            return shorter, tomllib.loads("\n".join(lines[:shorter]))
        except tomllib.TOMLDecodeError:
            continue
    return 0, {}


def _value(lines: Sequence[str], count: int, place: Place) -> list[Any]:
    """What stands in a place within the first lines, as a list of one; empty for nothing."""
    value: Any = _readable(lines, count)[1]
    for part in place:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return []
    return [value]
