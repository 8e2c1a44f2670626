"""Configuration files, YAML or TOML, as plain data with line numbers."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from math import isfinite
from pathlib import Path

from k8slint.errors import UsageError
from k8slint.manifest.plain import DataPlace, NotPlain, read_data
from k8slint.manifest.source import NotText, Source, decode
from k8slint.outside.files import CONFIGURATION_LIMIT, FileRefused, read_named, resolve_within
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.records import NamedTuple
from k8slint.type_names import Any, NoReturn

# Finding the line of one takes as long as its file is.
MOST_OBJECTIONS = 20

_TABLE = ("tool", "k8slint")
_DEEP = "nested too deeply for a configuration"
# Tokens that may hold a line end or a bracket, and these two themselves.
_TOML = re.compile(
    r'"""(?:[^"\\]+|\\.|"(?!""))*"""|"(?:[^"\\\n]+|\\.)*"'
    r"|'''.*?'''|'[^'\n]*'|#[^\n]*|[][{}\n]",
    re.DOTALL,
)
# A key with a hundred parts, or what looks like one.
_DOTTED = re.compile(r"(?:\.[ \t]*[\w\"'-]+[ \t]*){100}")
_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class Objection(NamedTuple):
    """What is wrong at a place of a configuration, and what to do about it."""

    place: DataPlace
    message: str


class Written(NamedTuple):
    """The content of a file, and the line on which a key or an item is written.

    It names nothing outside of the folder `bounds`, a real path, unless that is empty.
    """

    file: Path
    data: dict[str, Any]
    line_of: Callable[[DataPlace], int]
    bounds: str

    def refuse(self, place: DataPlace, message: str) -> NoReturn:
        raise UsageError(f"{self.file}:{self.line_of(place)}: {clipped(message)}")

    def refuse_all(self, mistakes: Iterable[Objection]) -> None:
        """Refuse what has mistakes: all of them, or a number of them that can be read."""
        first = [*islice(mistakes, MOST_OBJECTIONS)]
        if first:
            found = sorted((self.line_of(one.place), clipped(one.message)) for one in first)
            lines = [f"{self.file}:{line}: {message}" for line, message in found]
            if len(lines) == MOST_OBJECTIONS:
                lines.append(f"{self.file}: there may be more mistakes, once these are mended")
            raise UsageError(*lines)

    def confine(self, place: DataPlace, path: Path, real: Callable[[str], str]) -> None:
        """Refuse a path, named at a place, that leads out of the bounds."""
        try:
            if self.bounds:
                resolve_within(str(path), self.bounds, real)
        except FileRefused as error:
            self.refuse(place, f"{place[0]}: {clipped(str(path), LONGEST_NAME)}: {error}")


def read_config(file: Path, bounds: str, real: Callable[[str], str] = os.path.realpath) -> Written:
    """Read a configuration file: YAML, or TOML with a table `[tool.k8slint]`.

    `bounds` are as in Written; `real` returns the real path of a path. Raises UsageError.
    """
    if file.suffix != ".toml":
        return _read_yaml(file, bounds, real)
    written = read_toml(file, bounds, real)
    if written is None:
        raise UsageError(f"{file}: [tool.k8slint] is missing")
    return written


def read_toml(
    file: Path, bounds: str, real: Callable[[str], str] = os.path.realpath
) -> Written | None:
    """Read `[tool.k8slint]` of a file, as `read` does; None if it has no such table.

    Raises UsageError.
    """
    source = _source(file, bounds, real)
    if "k8slint" not in source.text:  # Most files do not concern us, broken ones included.
        return None
    text = source.text.replace("\r\n", "\n")
    try:
        tool = _parse_toml(text).get("tool")
    except (
        ValueError
    ) as error:  # Not only TOMLDecodeError: Python rejects a number of 5,000 digits.
        reason = str(error).partition(";")[0]
        at = _AT_LINE.search(reason)
        line = at[1] if at and at[1] else len(text.splitlines())
        raise UsageError(f"{file}:{line}: {_AT_LINE.sub('', reason)}") from None
    except RecursionError:
        raise UsageError(f"{file}: {_DEEP}") from None
    if not isinstance(tool, dict) or "k8slint" not in tool:
        return None
    data = tool["k8slint"]
    written = Written(file, data, lambda place: _toml_line(text, (*_TABLE, *place)), bounds)
    if not isinstance(data, dict):
        written.refuse((), "tool.k8slint is not a table")
    return written


def _source(file: Path, bounds: str, real: Callable[[str], str]) -> Source:
    try:
        path = resolve_within(str(file), bounds, real) if bounds else str(file)
        return decode(read_named(path, CONFIGURATION_LIMIT), str(file))
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}") from None
    except NotText as error:
        raise UsageError(f"{file}: {error.reason}") from None


def _read_yaml(file: Path, bounds: str, real: Callable[[str], str]) -> Written:
    try:
        plain = read_data(_source(file, bounds, real), "a configuration")
    except NotPlain as error:
        raise UsageError(f"{file}:{error}" if error.line else f"{file}: {error}") from None
    return Written(file, plain.data, plain.line_of, bounds)


def _toml_line(text: str, place: DataPlace) -> int:
    """Return the line of a place, which tomllib does not report.

    It is in the last statement of the shortest prefix of the text that has the place.
    """
    ends = [*_statement_ends(text)]
    last = bisect_left(ends, 1, key=lambda end: len(_value(text[:end], place)))
    start = ends[last - 1] if last else 0
    statement = text[start : ends[last]]
    (value,) = _value(text[: ends[last]], place)
    word = str(value if isinstance(place[-1], int) else place[-1])
    return text.count("\n", 0, start + max(statement.find(word), 0)) + 1


def _statement_ends(text: str) -> Iterator[int]:
    """Yield the offset of each line end in valid TOML at which no statement is open."""
    depth = 0
    for token in _TOML.finditer(text):
        if token[0] == "\n":
            if not depth:
                yield token.end()
        else:
            depth += token[0] in ("[", "{")
            depth -= token[0] in ("]", "}")
    yield len(text)


def _value(text: str, place: DataPlace) -> list[Any]:
    """Return the value at a place of TOML as a list of one, or an empty list."""
    value: Any = _parse_toml(text)
    for part in place:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return []
    return [value]


def _parse_toml(text: str) -> dict[str, Any]:
    """Parse TOML; `inf` and `nan` stay strings.

    Raises ValueError, of which TOMLDecodeError is one, and RecursionError.
    """
    import tomllib

    if _DOTTED.search(text):  # Parsing takes time that grows with the square of the dots.
        raise RecursionError
    return tomllib.loads(text, parse_float=_number)


def _number(text: str) -> float | str:
    return float(text) if isfinite(float(text)) else text
