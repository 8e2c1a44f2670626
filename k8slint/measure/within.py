"""Look into JSON that another program sent, whatever it holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from k8slint.outside.terminal import LONGEST_NAME, clipped


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
