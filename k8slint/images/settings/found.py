"""A setting that was found in a file, and times as such files write them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from k8slint.records import NamedTuple

_PART = r"(?a)(\d{1,9})([a-zA-Z]{0,2})"
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class FoundSetting(NamedTuple):
    """A setting as a file has it, and its line, counted from 1.

    `seconds` is None where a condition, an include or a variable decides.
    """

    name: str
    seconds: float | None
    line: int = 1


def read_time(text: str, bare: str = "s", units: Mapping[str, float] = _UNITS) -> float | None:
    """Return the seconds of `1m30s`, or of a bare number in its unit; None for anything else."""
    parts = re.findall(_PART, text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    if any(unit not in units for _, unit in parts if unit) or len(parts) > len(units):
        return None
    return sum(float(number) * units[unit or bare] for number, unit in parts)
