"""Keys and values of a configuration while it is typed, from its schema."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lsprotocol import types

from k8slint.config.check import known_keys
from k8slint.lint.settings import CONFIGURATIONS
from k8slint.records import NamedTuple
from k8slint.server.editor import Editor
from k8slint.server.ignores import complete_rules, page_at
from k8slint.server.positions import EditorText

_LINE = re.compile(
    r"(?P<indent> *)(?P<dashes>(?:- +)*-?)(?P<key>[^\s:#\[{-][^:#]{0,200})?(?P<colon>:)?"
)
# Keys whose values are rules.
_OF_RULES = ("select", "extend-select", "ignore", "per-file-ignores")


class _Entry(NamedTuple):
    """A line of block style: where its key begins, after its dashes, and what it says."""

    column: int
    first: int
    key: str
    has_colon: bool

    @property
    def is_item(self) -> bool:
        return self.first < self.column

    @property
    def bound(self) -> int:
        """Keys before this column are above it: a list may stand as far left as its key."""
        return self.first + 1 if self.is_item else self.column

    @classmethod
    def of(cls, line: str) -> _Entry:
        found = _LINE.match(line)
        assert found
        indent, dashes = found["indent"], found["dashes"]
        key = (found["key"] or "").strip().strip("\"'")
        return cls(len(indent) + len(dashes), len(indent), key, bool(found["colon"]))


def is_configuration(path: str) -> bool:
    return os.path.basename(path) in CONFIGURATIONS


def hover_in_configuration(ls: Editor, text: EditorText, at: types.Position) -> str:
    """Return what a key means, or the page of a rule that is named; empty for neither."""
    number, column = text.column(at)
    line = text.line(number)
    entry = _Entry.of(line)
    above = _keys_above(text, number)
    if entry.key and entry.has_colon and entry.column <= column <= entry.column + len(entry.key):
        key = _schema_at(ls, [*above, entry.key])
        return _describe(entry.key, key) if key else ""
    is_of_rules = {*above, entry.key}.intersection(_OF_RULES)
    return page_at(ls, line, column) if is_of_rules else ""


def complete_configuration(
    ls: Editor, text: EditorText, at: types.Position
) -> list[types.CompletionItem]:
    """Return the keys that can stand at a position, or the values that a key there can have."""
    number, column = text.column(at)
    before = text.line(number)[:column]
    entry = _Entry.of(before)
    above = _keys_above(text, number, entry)
    if entry.has_colon:
        return [*_values(ls, [*above, entry.key])]
    is_item = "-" in before[: entry.column]
    if above and above[0] in _OF_RULES and is_item:
        return complete_rules(ls)
    return [*_keys(_schema_at(ls, above))]


def _values(ls: Editor, path: Sequence[str]) -> Iterator[types.CompletionItem]:
    if path[0] in _OF_RULES:
        yield from complete_rules(ls)
        return
    said = _schema_at(ls, path) or {}
    texts = said.get("enum") or (("true", "false") if said.get("type") == "boolean" else ())
    for text in texts:
        yield types.CompletionItem(str(text), kind=types.CompletionItemKind.Value)


def _keys(schema: Mapping[str, Any] | None) -> Iterator[types.CompletionItem]:
    for key, said in (schema or {}).get("properties", {}).items():
        yield types.CompletionItem(
            key,
            kind=types.CompletionItemKind.Property,
            documentation=said.get("description"),
            insert_text=f"{key}: ",
        )


def _describe(key: str, said: Mapping[str, Any]) -> str:
    lines = [f"**{key}**", said.get("description", "")]
    if "enum" in said:
        lines.append("One of " + ", ".join(f"`{one}`" for one in said["enum"]) + ".")
    if "default" in said:
        lines.append(f"Default: `{said['default']}`")
    return "\n\n".join(filter(None, lines))


def _keys_above(text: EditorText, number: int, entry: _Entry | None = None) -> list[str]:
    """Return the keys that a line is below, the outermost first."""
    here = entry or _Entry.of(text.line(number))
    found: list[str] = []
    own, bound = here.column, here.bound
    for above in range(number - 1, -1, -1):
        one = _Entry.of(text.line(above))
        if not one.key:
            continue
        if one.column < bound:
            if one.has_colon:
                found.append(one.key)
            own, bound = one.column, one.bound
        elif one.column == own < bound + 1 and one.is_item:
            bound = one.bound  # The first key of the item that this one is in.
    return found[::-1]


def _schema_at(ls: Editor, path: Sequence[str]) -> dict[str, Any] | None:
    """Return what the schema says of a path of keys; lists count as their items."""
    whole = known_keys(ls.folders.overrides.rule_folders)
    here: dict[str, Any] | None = whole
    for key in path:
        here = _item(whole, here)
        named = here.get("properties", {}).get(key)
        other = here.get("additionalProperties")
        here = named or (other if isinstance(other, dict) else None)
        if here is None:
            return None
    return _item(whole, here)


def _item(whole: dict[str, Any], here: dict[str, Any] | None) -> dict[str, Any]:
    """Follow references, and lists to what is in them, keeping the words of what led there."""
    said = here or {}
    while "$ref" in said or ("items" in said and "properties" not in said):
        if "$ref" in said:
            name = said["$ref"].rpartition("/")[2]
            rest = {key: value for key, value in said.items() if key != "$ref"}
            said = {**whole["$defs"][name], **rest}
        else:
            inner = said["items"]
            if "$ref" not in inner and "properties" not in inner:
                return said
            rest = {key: said[key] for key in ("description", "default") if key in said}
            said = {**inner, **rest}
    return said
