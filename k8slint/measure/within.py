"""Look into JSON that another program sent, whatever it holds."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from k8slint.outside.terminal import LONGEST_NAME, clipped

# Seconds and exit codes are int32, or have no reason to be more.
_MOST = 2**31
# JSON allows them in texts, YAML does not, or reads them as the end of a line.
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def within(found: Any, *keys: str) -> Any:
    """Return what is in nested mappings; None where there is no such thing."""
    for key in keys:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def items_within(found: Any, *keys: str) -> list[Any]:
    """Return the list that is in nested mappings; empty where there is none."""
    inside = within(found, *keys)
    return inside if isinstance(inside, list) else []


def name_within(found: Any, *keys: str) -> str:
    """Return the text in nested mappings, as long as a name may be; empty where there is none."""
    inside = within(found, *keys)
    return clipped(inside, LONGEST_NAME) if isinstance(inside, str) else ""


def epoch_within(found: Any, *keys: str) -> float | None:
    """Return a time as Kubernetes writes it, in seconds of the epoch; None where there is none."""
    try:
        time = datetime.fromisoformat(within(found, *keys))
        return time.timestamp() if time.tzinfo and time.timestamp() > 0 else None
    except (TypeError, ValueError, OverflowError):
        return None


def whole_within(found: Any, *keys: str) -> int | None:
    """Return a whole number of a usual size; None where there is none."""
    inside = within(found, *keys)
    is_whole = isinstance(inside, int) and not isinstance(inside, bool)
    return inside if is_whole and abs(inside) < _MOST else None


def as_manifest(found: Any, indent: int | None = None) -> str:
    """Return an object as JSON that is a YAML document, too, whatever texts it holds."""
    text = json.dumps(found, indent=indent, ensure_ascii=False)
    text = text.encode("utf-8", "replace").decode()
    return _NOT_IN_YAML.sub(lambda char: f"\\u{ord(char[0]):04x}", text)
