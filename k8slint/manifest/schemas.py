"""Why plain data does not match a JSON Schema, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from k8slint.errors import did_you_mean
from k8slint.manifest.matching import surely_matches
from k8slint.outside.terminal import LONGEST_NAME, clipped, echoed
from k8slint.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from k8slint.manifest.plain import DataPlace

# What is rejected for a key that is not there.
_MISSING = ("anyOf", "oneOf", "required")
# Why a value does not have a type.
_TYPES = {
    "array": "not a list, such as [{}]",
    "object": "not a mapping, such as {{key: value}}",
    "string": "not a string: put it in quotes",
    "boolean": "neither true nor false",
    "integer": "not an integer",
    "number": "not a number",
}


def mismatches(data: Any, schema: Mapping[str, Any], most: int) -> list[ValidationError]:
    """Return why data is not valid, at most a number of reasons.

    A key that is missing is none where another one beside it is mistyped.
    """
    if surely_matches(data, schema):
        return []
    import jsonschema

    validator = jsonschema.Draft202012Validator(schema)
    every = [*islice(validator.iter_errors(data), most)]
    named = {tuple(one.absolute_path) for one in every if one.validator not in _MISSING}
    return [
        one
        for one in every
        if one.validator not in _MISSING or tuple(one.absolute_path) not in named
    ]


def explain_mismatch(
    error: ValidationError, wanted: Mapping[str, str]
) -> Iterator[tuple[DataPlace, str]]:
    """Yield the places of what a schema rejects, and what to do about it.

    `wanted` says by key what a text must be, where the schema has a pattern for it.
    """
    place = list(error.absolute_path)
    if error.validator == "additionalProperties":
        assert isinstance(error.schema, Mapping)
        known: Mapping[str, Any] = error.schema["properties"]
        for unknown in unknown_keys(error):
            yield [*place, unknown], _unknown(unknown, name_of(place), known)
    else:
        yield _rejected(error, place, wanted)


def unknown_keys(error: ValidationError) -> Iterator[str]:
    """Yield the keys of a mapping that a schema does not have."""
    assert isinstance(error.schema, Mapping)
    assert isinstance(error.instance, Mapping)
    yield from (key for key in error.instance if key not in error.schema["properties"])


def _rejected(
    error: ValidationError, place: list[str | int], wanted: Mapping[str, str]
) -> tuple[DataPlace, str]:
    name = name_of(place)
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    if error.instance is None and error.validator in ("enum", "type"):
        return place, f"{name}: the value is missing: remove the key, or give it a value"
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
    if error.validator == "enum":
        assert isinstance(error.validator_value, Sequence)
        words = [*map(str, error.validator_value)]
        hint = did_you_mean(str(error.instance), words)
        return place, f"{name}: {echoed(error.instance)} is not one of {', '.join(words)}{hint}"
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
    is_word = wanted == "array" and isinstance(value, str)
    example = clipped(str(value), LONGEST_NAME) if is_word else "..."
    return f"{echoed(value)} is {_TYPES[wanted].format(example)}"


def _unknown(key: str, name: str, known: Mapping[str, Any]) -> str:
    import difflib

    near = difflib.get_close_matches(key, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
    return f"unknown key {echoed(key)}{f' in {name}' if name else ''}{hint}"
