"""Durations as programs write them in flags, variables and annotations."""

from __future__ import annotations

import re
from enum import StrEnum

from k8slint.shutdown.seconds import LONGEST_TIME


class Unit(StrEnum):
    """How a program reads the text of a setting."""

    SECONDS = "s"
    MILLISECONDS = "ms"
    GO = "go"
    """`1m30s`; a bare number is an error, except 0."""
    DURATION = "duration"
    """`1m30s` or `PT1M30S`, and a bare number counts seconds."""
    DURATION_MS = "duration-ms"
    """The same, but a bare number counts milliseconds."""


_FACTORS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}
_NUMBER = r"(?a)\+?(\d+(?:\.\d*)?|\.\d+)"
_GO_PART = r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)"
_GO = rf"(?a)\+?(?:{_GO_PART})+"
_ISO = r"(?ai)PT?(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?"


def parse_duration(text: str, unit: Unit) -> float | None:
    """The seconds a setting stands for; None where it is a template, or no such duration."""
    seconds = _parse(text.strip(), unit)
    return seconds if seconds is not None and seconds < LONGEST_TIME else None


def _parse(text: str, unit: Unit) -> float | None:
    if number := re.fullmatch(_NUMBER, text):
        return _bare(float(number[1]), unit)
    match unit:
        case Unit.SECONDS | Unit.MILLISECONDS:
            return None
        case Unit.GO:
            return _go(text)
    return _iso(text) if text[:1] in ("p", "P") else _go(text.lower())


def _bare(number: float, unit: Unit) -> float | None:
    if unit in (Unit.MILLISECONDS, Unit.DURATION_MS):
        return number / 1000
    if unit is Unit.GO and number:
        return None
    return number


def _go(text: str) -> float | None:
    """`time.ParseDuration`: parts with a unit each, added up."""
    if not re.fullmatch(_GO, text):
        return None
    seconds = sum(float(part) * _FACTORS[unit] for part, unit in re.findall(_GO_PART, text))
    return round(seconds, 6)


def _iso(text: str) -> float | None:
    """`java.time.Duration.parse`, as far as anybody uses it for a time-out."""
    match = re.fullmatch(_ISO, text)
    if not match or not any(match.groups()):
        return None
    parts = zip(match.groups(), "dhms", strict=True)
    return sum(float(part) * _FACTORS[unit] for part, unit in parts if part)
