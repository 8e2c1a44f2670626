"""What a hook in a wrong shape was evidently meant to be."""

from __future__ import annotations

from collections.abc import Mapping

from k8slint.kubernetes.fields import strings
from k8slint.kubernetes.lifecycle import HANDLER, ListOf, Mistake, Type
from k8slint.kubernetes.spelling import field_resembled
from k8slint.kubernetes.workload import Hook
from k8slint.manifest.operations import Keep
from k8slint.manifest.scalars import as_int64
from k8slint.manifest.values import Pointer
from k8slint.records import NamedTuple

_SYNONYMS = {"second": "seconds", "duration": "seconds", "time": "seconds", "cmd": "command"}


class ShapeMeant(NamedTuple):
    """What a field takes, in words, and the value that was meant; None where that is not evident.

    The value is data of an operation at `pointer`.
    """

    wanted: str
    pointer: Pointer
    repaired: object = None


def shape_meant(hook: Hook, mistake: Mistake) -> ShapeMeant:
    """What a value of the wrong type below a hook was meant to be."""
    value = mistake.value
    at = value.pointer
    key = at[-1]
    text = value.scalar if isinstance(value.scalar, str) else ""
    if mistake.expected is HANDLER:
        items = [*value.items()]
        if len(items) == 1 and items[0].is_mapping:
            return ShapeMeant("a mapping, not a list", at, Keep(items[0].pointer))
        command = _in_shell(text)
        return ShapeMeant("a mapping with a handler", at, {"exec": command} if command else None)
    if key == "exec":
        command = {"command": Keep(value.pointer)} if strings(value) else _in_shell(text)
        return ShapeMeant("a mapping with the list under `command`", at, command)
    if key == "sleep":
        is_number = as_int64(value.scalar) is not None
        seconds = {"seconds": Keep(value.pointer)} if is_number else None
        return ShapeMeant("a mapping with the number under `seconds`", at, seconds)
    if isinstance(mistake.expected, ListOf):
        is_script = key == "command" and bool(text) and hook.command is not None
        return ShapeMeant("a list", at, [*(hook.command or ())] if is_script else None)
    if isinstance(mistake.expected, Type):
        wanted = mistake.expected.value
        if isinstance(key, int):
            return ShapeMeant(wanted, at[:-1], [*hook.command] if hook.command else None)
        is_text = mistake.expected is Type.STRING
        return ShapeMeant(wanted, at, value.text if is_text else None)
    return ShapeMeant("a mapping", at)


def field_meant(mistake: Mistake) -> str | None:
    """The field that an unknown key was meant to be; None where that is not evident, or taken."""
    value = mistake.value
    name = str(value.pointer[-1])
    found = _SYNONYMS.get(name) or field_resembled(name, mistake.fields) or ""
    is_taken = value.parent is not None and value.parent.get(found).is_written
    return found if found in mistake.fields and not is_taken else None


def _in_shell(text: str) -> Mapping[str, object] | None:
    """An exec handler for a command line; None where there is no text."""
    return {"command": ["/bin/sh", "-c", text]} if text.strip() else None
