"""Why plain data does not match a JSON Schema, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import jsonschema

from k8slint.outside.terminal import LONGEST_NAME, clipped, echoed

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from k8slint.manifest.plain import DataPlace

# Why a value does not have a type.
_TYPES = {
    "array": "not a list, such as [{}]",
    "object": "not a mapping, such as {{key: value}}",
    "string": "not a string: put it in quotes",
    "boolean": "neither true nor false",
    "integer": "not an integer",
    "number": "not a number",
}


def worst_mismatch(data: Any, schema: Mapping[str, Any]) -> ValidationError | None:
    """Return the mismatch that says most about what is wrong; None where data is valid."""
    validator = jsonschema.Draft202012Validator(schema)
    found: ValidationError | None = jsonschema.exceptions.best_match(validator.iter_errors(data))
    return found


def explain_mismatch(error: ValidationError, wanted: Mapping[str, str]) -> tuple[DataPlace, str]:
    """Return the place of a value that a schema rejects, and what to do about it.

    `wanted` says by key what a text must be, where the schema has a pattern for it.
    """
    place = list(error.absolute_path)
    name = name_of(place)
    if error.validator == "additionalProperties":
        assert isinstance(error.schema, Mapping)
        assert isinstance(error.instance, Mapping)
        known: Mapping[str, Any] = error.schema["properties"]
        unknown = next(key for key in error.instance if key not in known)
        return [*place, unknown], _unknown(unknown, name, known)
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    if error.validator == "pattern":
        if "propertyNames" in error.schema_path:
            place.append(str(error.instance))
        return place, f"{name}: {echoed(error.instance)} is not {wanted.get(key, 'a name')}"
    if error.validator in ("maxItems", "maxProperties"):
        return place, f"{name}: more than {error.validator_value} entries, the limit"
    if error.validator in ("anyOf", "oneOf"):
        assert isinstance(error.validator_value, Sequence)
        count = "one" if error.validator == "anyOf" else "exactly one"
        keys = ", ".join(key for one in error.validator_value for key in one.get("required", ()))
        return place, f"{name}: {count} of these keys is required: {keys}"
    if error.validator == "type":
        return place, f"{name}: {_mistyped(error)}"
    return place, f"{name and f'{name}: '}{clipped(error.message, LONGEST_NAME)}"


def name_of(place: Iterable[str | int]) -> str:
    """Return what a message calls a place: its keys and numbers with dots."""
    return clipped(".".join(map(str, place)), LONGEST_NAME)


def _mistyped(error: ValidationError) -> str:
    value, types = error.instance, error.validator_value
    assert isinstance(types, Sequence)
    wanted = types if isinstance(types, str) else types[0]
    if value is None:
        return "the value is missing: remove the key, or give it a value"
    is_word = wanted == "array" and isinstance(value, str)
    example = clipped(str(value), LONGEST_NAME) if is_word else "..."
    return f"{echoed(value)} is {_TYPES[wanted].format(example)}"


def _unknown(key: str, name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
    return f"unknown key {echoed(key)}{f' in {name}' if name else ''}{hint}"
