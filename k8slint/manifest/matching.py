"""Whether plain data matches a JSON Schema, for the keywords of our schemas.

Importing `jsonschema` takes one and a half times as long as checking a small file. So it is
imported only to explain mistakes: data without any is recognised here. A keyword that is not known
here is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import NoneType

from k8slint.type_names import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (NoneType,),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}
_NOTES = frozenset({"$schema", "$id", "$defs", "title", "description", "default", "examples"})
_DEFINITION = "#/$defs/"


def surely_matches(data: Any, schema: Mapping[str, Any]) -> bool:
    """Whether data matches; False too where only `jsonschema` can tell."""
    return _fits(data, schema, schema)


def _fits(value: Any, schema: Any, root: Mapping[str, Any]) -> bool:
    if isinstance(schema, bool):
        return schema
    for keyword, wanted in schema.items():
        if keyword in _NOTES:
            continue
        if keyword in _OF_ALL:
            fits = _OF_ALL[keyword](value, wanted)
        elif keyword in _OF_PARTS:
            fits = _OF_PARTS[keyword](value, wanted, root)
        elif keyword == "additionalProperties":
            known = schema.get("properties", ())
            others = [value[key] for key in _keys(value) if key not in known]
            fits = all(_fits(one, wanted, root) for one in others)
        else:
            return False
        if not fits:
            return False
    return True


def _is_of(value: Any, names: str | Sequence[str]) -> bool:
    every = [names] if isinstance(names, str) else names
    if "integer" in every and isinstance(value, float) and value.is_integer():
        return True
    return any(type(value) in _TYPES[name] for name in every)


def _keys(value: Any) -> Sequence[str]:
    return [*value] if isinstance(value, dict) else []


def _is_one(value: Any, schemas: Sequence[Mapping[str, Any]], root: Mapping[str, Any]) -> bool:
    """Whether one of several fits and no other, where their keywords are told without doubt."""
    names = {keyword for one in schemas for keyword in one}
    return names <= {"type", "required"} and sum(_fits(value, one, root) for one in schemas) == 1


_OF_ALL: dict[str, Callable[[Any, Any], bool]] = {
    "type": _is_of,
    "enum": lambda value, words: isinstance(value, str) and value in words,
    "pattern": lambda value, at: not isinstance(value, str) or bool(re.search(at, value)),
    "minLength": lambda value, least: not isinstance(value, str) or len(value) >= least,
    "maxLength": lambda value, most: not isinstance(value, str) or len(value) <= most,
    "minimum": lambda value, least: not isinstance(value, int | float) or value >= least,
    "maximum": lambda value, most: not isinstance(value, int | float) or value <= most,
    "minItems": lambda value, least: not isinstance(value, list) or len(value) >= least,
    "maxItems": lambda value, most: not isinstance(value, list) or len(value) <= most,
    "maxProperties": lambda value, most: len(_keys(value)) <= most,
    "required": lambda value, keys: not isinstance(value, dict) or value.keys() >= {*keys},
}
_OF_PARTS: dict[str, Callable[[Any, Any, Mapping[str, Any]], bool]] = {
    "$ref": lambda value, name, root: (
        name.startswith(_DEFINITION)
        and _fits(value, root["$defs"][name.removeprefix(_DEFINITION)], root)
    ),
    "allOf": lambda value, schemas, root: all(_fits(value, one, root) for one in schemas),
    "anyOf": lambda value, schemas, root: any(_fits(value, one, root) for one in schemas),
    "oneOf": _is_one,
    "items": lambda value, schema, root: (
        not isinstance(value, list) or all(_fits(one, schema, root) for one in value)
    ),
    "properties": lambda value, schemas, root: all(
        _fits(value[key], schemas[key], root) for key in _keys(value) if key in schemas
    ),
    "propertyNames": lambda value, schema, root: all(
        _fits(key, schema, root) for key in _keys(value)
    ),
}
