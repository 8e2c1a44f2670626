"""Read files of measured drains, which in a repository a stranger may have written."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from k8slint.errors import UsageError
from k8slint.images.name import is_plain
from k8slint.manifest.plain import DataPlace, NotPlain, PlainData, read_data
from k8slint.manifest.schemas import explain_mismatch, mismatches
from k8slint.manifest.source import NotText, Source, decode
from k8slint.outside.files import DRAINS_LIMIT, FileRefused, read_named
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.records import NamedTuple
from k8slint.shutdown.measured import MeasuredDrain

DRAINS_VERSION = 1
# What took longer than 115 days is no drain, and what has more rows is nobody's.
_MOST_SECONDS = 10_000_000
_MOST_STOPS = 1_000_000_000
MOST_ROWS = 2000
# Longer than any name of an object or an image.
_LONGEST = 500

_NAME = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"
_SECONDS = {"type": "number", "minimum": 0, "maximum": _MOST_SECONDS}
_COUNT = {"type": "integer", "minimum": 0, "maximum": _MOST_STOPS}
_DATE = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
# In Python, `$` is also before a line end.
_END = r"$(?!\n)"
_TIMES: dict[str, Any] = {
    "type": "object",
    "required": ["max"],
    "additionalProperties": False,
    "properties": {"median": _SECONDS, "p99": _SECONDS, "max": _SECONDS},
}

# The JSON Schema of the file.
DRAINS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "drains"],
    "properties": {
        "version": {"enum": [DRAINS_VERSION]},
        "drains": {
            "type": "array",
            "maxItems": MOST_ROWS,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": [
                    *("workload", "container", "image", "by", "stops", "first", "until"),
                ],
                "oneOf": [{"required": ["drain"]}, {"required": ["stop"]}],
                "properties": {
                    "workload": {
                        "type": "string",
                        "maxLength": _LONGEST,
                        "pattern": rf"^[A-Z][A-Za-z0-9]{{0,99}}(/{_NAME}){{1,2}}{_END}",
                    },
                    "container": {
                        "type": "string",
                        "maxLength": _LONGEST,
                        "pattern": rf"^{_NAME}{_END}",
                    },
                    "image": {"type": "string", "maxLength": _LONGEST},
                    "by": {"enum": ["observe", "drill"]},
                    "stops": {**_COUNT, "minimum": 1},
                    "killed": _COUNT,
                    "first": _DATE,
                    "until": _DATE,
                    "drain": _TIMES,
                    "stop": _TIMES,
                    "times": {
                        "type": "object",
                        "maxProperties": 100,
                        "propertyNames": {"pattern": r"^\d{1,8}(\.\d{1,3})?$"},
                        "additionalProperties": {**_COUNT, "minimum": 1},
                    },
                },
            },
        },
    },
}
_WANTED = {
    "workload": "a workload, such as Deployment/shop/web or Deployment/web",
    "container": "the name of a container",
    "first": "a date, such as 2026-11-20",
    "until": "a date, such as 2026-11-20",
    "times": "a number of seconds",
}


class DrainsFile(NamedTuple):
    """A file of measured drains as it was read, and the line of each row."""

    source: Source
    plain: PlainData
    rows: tuple[MeasuredDrain, ...]
    lines: tuple[int, ...]


def read_drains(path: str, shown: str = "") -> tuple[MeasuredDrain, ...]:
    """Return the rows of a file; places and errors call it `shown`, itself by default.

    A repository's own configuration confines the path before. Raises UsageError, with the line.
    """
    shown = shown or path
    try:
        data = read_named(path, DRAINS_LIMIT)
    except OSError as error:
        why = error if isinstance(error, FileRefused) else error.strerror or error
        raise UsageError(f"{clipped(shown, LONGEST_NAME)}: cannot be read: {why}") from None
    return parse_drains(data, shown).rows


def parse_drains(data: bytes, shown: str) -> DrainsFile:
    """Return what the text of a file says, which errors call `shown`.

    Raises UsageError, with the line.
    """
    name = clipped(shown, LONGEST_NAME)
    try:
        source = decode(data, shown)
        plain = read_data(source, "a file of measured drains")
    except NotText as error:
        raise UsageError(f"{name}: {error.reason}") from None
    except NotPlain as error:
        raise UsageError(f"{name}:{error}" if error.line else f"{name}: {error}") from None
    # The first is enough, and a stranger's file may have a hundred thousand.
    for mismatch in mismatches(plain.data, DRAINS_SCHEMA, 1):
        place, why = next(explain_mismatch(mismatch, _WANTED))
        raise UsageError(f"{name}:{plain.line_of(place)}: {clipped(why)}")
    for place, why in _contradictions(plain.data["drains"]):
        raise UsageError(f"{name}:{plain.line_of(('drains', *place))}: {clipped(why)}")
    lines = tuple(plain.item_lines(("drains",)))
    rows = zip(plain.data["drains"], lines, strict=True)
    read = tuple(_row(row, f"{name}:{line}") for row, line in rows)
    return DrainsFile(source, plain, read, lines)


def _contradictions(rows: list[dict[str, Any]]) -> Iterator[tuple[DataPlace, str]]:
    """Yield what a schema cannot express, with its place below `drains`."""
    seen: dict[tuple[Any, ...], int] = {}
    for index, row in enumerate(rows):
        for day in ("first", "until"):
            if not _is_day(row[day]):
                yield (index, day), f"{day}: {row[day]} is not a day of the calendar"
        if not is_plain(row["image"]):
            yield (index, "image"), "image: it is not the name of an image"
        yield from (((index, key), f"{key}: {why}") for key, why in _sums(row))
        key = (*(row[one] for one in ("workload", "container", "image", "by")), "stop" in row)
        if key in seen:
            yield (
                (index,),
                f"drains: rows {seen[key] + 1} and {index + 1} are the same: join them",
            )
        seen[key] = index


def _sums(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the keys of a row whose numbers do not go together, and why."""
    stops, took = row["stops"], row.get("drain") or row["stop"]
    if row["first"] > row["until"]:
        yield "first", f"{row['first']} is after {row['until']}, the day of the last stop"
    if row.get("killed", 0) > stops:
        yield "killed", f"{row['killed']} of {stops} stops"
    in_order = [took[key] for key in ("median", "p99", "max") if key in took]
    if in_order != sorted(in_order):
        yield "drain" if "drain" in row else "stop", "median, p99 and max are not in order"
    times = row.get("times", {})
    if len({*map(float, times)}) < len(times):
        yield "times", "one number of seconds is written twice"
    if times and sum(times.values()) != stops:
        yield "times", f"they add up to {sum(times.values())} stops, the row says {stops}"
    if times and max(map(float, times)) != took["max"]:
        yield "times", f"the longest is {max(map(float, times))} s, the row says {took['max']} s"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _round_up(seconds: float) -> float:
    """Return a time with at most the three decimals that files are written with."""
    return seconds if round(seconds, 3) == seconds else math.ceil(seconds * 1000) / 1000


def _row(row: Mapping[str, Any], place: str) -> MeasuredDrain:
    took = {key: _round_up(time) for key, time in (row.get("drain") or row["stop"]).items()}
    times = row.get("times", {})
    return MeasuredDrain(
        **{key: row[key] for key in ("workload", "container", "image", "by")},
        stops=int(row["stops"]),  # 41.0 is an integer to a schema.
        first=row["first"],
        until=row["until"],
        longest=took["max"],
        killed=int(row.get("killed", 0)),
        covers_hook="stop" in row,
        median=took.get("median"),
        p99=took.get("p99"),
        times=tuple(sorted((float(time), int(count)) for time, count in times.items())),
        place=place,
    )
