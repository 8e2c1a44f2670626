"""What the lines of a document tell without a parse, where it is written as most are.

Most manifests have no more than one key or one item on a line. Their lines hold all there is:
which keys stand in which mapping, and every scalar. A document with anything else in it, and be
it only a value that goes on on the next line, has no outline.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from k8slint.manifest.source import exotic_break

Way: TypeAlias = tuple[str, ...]

# Words without an indicator in front, up to a comment; none ends like a key.
_PLAIN = r"""(?:[^\s#"'\[\]{}&*!|>%@`?,:-]|[-:](?=\S))\S*+(?<!:)(?: ++[^\s#]\S*+(?<!:))*+"""
# A list of scalars and nothing else: no pair, no anchor, no list inside.
_LIST = r"""\[(?:[^\n\[\]{}&*!?\\:]|(?<!["']):(?=[^\s,\]]))*+\]"""
_VALUE = rf"""(?:{_PLAIN}|"[^"\\\n]*+"|'[^'\n]*+'|{_LIST}|\{{\}})"""
_KEY = rf"([\w./$-]++):(?: ++({_VALUE}))?+"
_COMMENT = r"(?:(?<!\S)#[^\n]*+)?+"
_LINE = re.compile(
    rf"^( *+(?:- )?+)(?:{_KEY}|(?<=- ){_VALUE}|(?<! )---|(?<!- )) *+{_COMMENT}$",
    re.ASCII | re.MULTILINE,
)
_FAR = 1 << 30
# No manifest is nested as deep.
_MAX_DEPTH = 100


@dataclass(eq=False, repr=False)
class Outline:
    """The lines of a document with its keys, and where there are mappings.

    A line is its indentation with the dash of an item, its key and its value as it is written,
    each "" where there is none. `mappings` are the ways of keys that lead to one, with `[]` for an
    item of a list.
    """

    text: str
    lines: list[tuple[str, str, str]]
    mappings: set[Way]

    @cached_property
    def pairs(self) -> frozenset[tuple[str, ...]]:
        """The keys of all mappings, each with its value as it is written."""
        return frozenset([line[1:] for line in self.lines])

    def top(self, name: str) -> str:
        """The scalar under a key of the root."""
        found = (value for indent, key, value in self.lines if key == name and not indent)
        return _bare(next(found, ""))

    def values(self, *names: str) -> list[str]:
        """The scalars under keys of any mapping."""
        return [_bare(value) for _, key, value in self.lines if key in names]


def spellings(value: str) -> tuple[str, ...]:
    """The ways in which a scalar can be written in an outline."""
    return value, f'"{value}"', f"'{value}'"


def outline(text: str) -> Outline | None:
    """The outline of a part that `cut` makes; None where it has none, or where a key is repeated.

    It is true if the text is YAML, which nobody has looked at here.
    """
    lines: list[tuple[str, str, str]] = _LINE.findall(text)
    if len(lines) <= text.count("\n") or not (text.isascii() or exotic_break(text) is None):
        return None
    mappings: set[Way] = set()
    # The mappings around a line, from the outermost: column, keys and way of each.
    around: list[tuple[int, set[str], Way]] = []
    column = -1
    keys: set[str] = set()
    way: Way = ()
    # Behind a scalar in this column or before it, what is deeper would go on with it.
    scalar_at = _FAR
    last = ""
    for indent, key, value in lines:
        here = len(indent)
        if not key:
            if indent and indent[-2:] == "- ":
                if here > scalar_at + 2:
                    return None
                scalar_at = here - 2
        elif here > column:
            column, keys = here, {key}
            if around:
                way = (*way, last, "[]") if "-" in indent else (*way, last)
            elif here:
                return None
            if len(around) == _MAX_DEPTH:
                return None
            around.append((column, keys, way))
            mappings.add(way)
            scalar_at = here if value else _FAR
            last = key
        else:
            while here < column:
                around.pop()
                column, keys, way = around[-1] if around else (-1, keys, way)
            if here > column:
                return None
            if "-" in indent:
                keys = {key}
                around[-1] = column, keys, way
            elif key in keys:
                return None
            else:
                keys.add(key)
            scalar_at = here if value else _FAR
            last = key
    return Outline(text, lines, mappings) if mappings else None


def _bare(value: str) -> str:
    return value[1:-1] if value[:1] in ('"', "'") else value
