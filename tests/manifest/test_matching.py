"""What matches a schema is found without `jsonschema`, which says the same."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8slint.config.schema import SHIPPED
from k8slint.manifest.matching import surely_matches

SCHEMA: dict[str, Any] = json.loads(SHIPPED.read_text("utf-8"))
EXAMPLES = {
    key: one["examples"][0] for key, one in SCHEMA["properties"].items() if "examples" in one
}
# Of each keyword: a schema, what matches it, and what does not.
KEYWORDS: dict[str, tuple[dict[str, Any], list[Any], list[Any]]] = {
    "type": ({"type": "number"}, [1, 1.5], [True, "1", None]),
    "types": ({"type": ["object", "null"]}, [{}, None], [[], 0]),
    "an integer": ({"type": "integer"}, [1, 1.0], [True, 1.5, float("inf")]),
    "enum": ({"enum": ["a", "b"]}, ["a"], ["c", 1, []]),
    "pattern": ({"pattern": "^a"}, ["ab", 1], ["ba"]),
    "minLength": ({"minLength": 2}, ["ab", 1], ["a"]),
    "maxLength": ({"maxLength": 2}, ["ab", 111], ["abc"]),
    "minimum": ({"minimum": 2}, [2, "1"], [1, 1.5]),
    "maximum": ({"maximum": 2}, [2, "3", False], [3, 2.5]),
    "minItems": ({"minItems": 1}, [[1], {}], [[]]),
    "maxItems": ({"maxItems": 1}, [[1], {"a": 1, "b": 2}], [[1, 2]]),
    "maxProperties": ({"maxProperties": 1}, [{"a": 1}, [1, 2]], [{"a": 1, "b": 2}]),
    "required": ({"required": ["a"]}, [{"a": 1}, []], [{"b": 1}]),
    "items": ({"items": {"type": "string"}}, [["a"], [], 1], [["a", 1]]),
    "properties": (
        {"properties": {"a": {"type": "string"}}},
        [{"a": "b"}, {"c": 1}, 1],
        [{"a": 1}],
    ),
    "no others": (
        {"properties": {"a": {}}, "additionalProperties": False},
        [{"a": 1}, {}, 1],
        [{"a": 1, "b": 2}],
    ),
    "others": ({"additionalProperties": {"type": "string"}}, [{"a": "b"}], [{"a": 1}]),
    "propertyNames": ({"propertyNames": {"pattern": "^a"}}, [{"ab": 1}, 1], [{"b": 1}]),
    "$ref": ({"$ref": "#/$defs/word", "$defs": {"word": {"type": "string"}}}, ["a"], [1]),
    "allOf": ({"allOf": [{"type": "integer"}, {"minimum": 1}]}, [1], [0, 1.5]),
    "anyOf": ({"anyOf": [{"type": "integer"}, {"minLength": 1}]}, [1, "a"], [""]),
    "oneOf": (
        {
            "oneOf": [
                {"type": "number"},
                {"required": ["a"]},
                {"type": "object", "required": ["b"]},
            ]
        },
        [{"a": 1}, {"b": 1}],
        [{"a": 1, "b": 1}, {"c": 1}, 1],
    ),
    "notes": ({"title": "a", "description": "b", "default": 1, "examples": []}, [1], []),
}


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_it_says_what_jsonschema_says(keyword: str) -> None:
    schema, right, wrong = KEYWORDS[keyword]
    for value in right:
        assert (surely_matches(value, schema), is_valid(value, schema)) == (True, True), value
    for value in wrong:
        assert (surely_matches(value, schema), is_valid(value, schema)) == (False, False), value


def test_what_it_does_not_know_is_left_to_jsonschema() -> None:
    for schema in ({"multipleOf": 2}, {"oneOf": [{"minimum": 1}]}, {"$ref": "other.json"}):
        assert not surely_matches(2, schema)
    assert not surely_matches(1, {"enum": [1]})


def test_it_knows_what_our_schema_says() -> None:
    assert len(EXAMPLES) > 10
    for data in (EXAMPLES, {}, None, {"rules": {"GS101": {"margin": 1, "severity": "off"}}}):
        assert is_valid(data, SCHEMA)
        assert surely_matches(data, SCHEMA)


SCALARS = (
    st.none() | st.booleans() | st.integers(-1, 9) | st.floats() | st.sampled_from(["", "a/b"])
)
KEYS = sorted(
    {key for one in (SCHEMA, *SCHEMA["$defs"].values()) for key in one.get("properties", ())}
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*KEYS, "a"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from([*EXAMPLES]), st.data())
def test_it_takes_nothing_that_jsonschema_refuses(key: str, data: st.DataObject) -> None:
    changed = changed_somewhere(EXAMPLES[key], data)
    if surely_matches({key: changed}, SCHEMA):
        assert is_valid({key: changed}, SCHEMA)


def changed_somewhere(value: Any, data: st.DataObject) -> Any:
    """The value with one part of it, or all of it, made another."""
    if isinstance(value, dict | list) and value and data.draw(st.integers(0, 3)):
        places = range(len(value)) if isinstance(value, list) else [*value]
        at = data.draw(st.sampled_from(places))
        changed = value.copy()
        changed[at] = changed_somewhere(value[at], data)
        return changed
    return data.draw(VALUES)


def is_valid(value: Any, schema: dict[str, Any]) -> bool:
    valid: bool = jsonschema.Draft202012Validator(schema).is_valid(value)
    return valid
