"""What the lines of a document tell without a parse, where it is written as most are.

Most manifests have no more than one key or one item on a line. Their lines hold all there is:
which keys stand in which mapping, and every scalar. A document with anything else in it, and be
it only a value that goes on on the next line, has no outline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias

from k8slint.manifest.source import exotic_break

Way: TypeAlias = tuple[str, ...]
# Indentation with the dash of an item, key, and value as it is written; "" for what is not there.
Line: TypeAlias = tuple[str, str, str]
# The keys of a mapping in their order, each with the number of its line.
Keys: TypeAlias = dict[str, int]
# The items of a list: mappings, and lines with scalars.
Items: TypeAlias = list[Keys | int]

# Nothing here can match in two ways, so that a line is given up after one look at it. Possessive
# repeats would say so, but before Python 3.11.5 they match wrongly (python/cpython#106052), and
# `findall` then goes round in circles.

# Words without an indicator in front, up to a comment; none ends like a key.
_PLAIN = r"""(?:[^\s#"'\[\]{}&*!|>%@`?,:-]|[-:](?=\S))\S*(?<!:)(?: +[^\s#]\S*(?<!:))*"""
_QUOTED = r""""[^"\\\n]*"|'[^'\n]*'"""
# A list of scalars and nothing else: no pair, no anchor, no list inside.
_BARE = (
    r"""(?:[^\s#"'\[\]{}&*!|>%@`?,:-]|[-:](?=[^\s,\]]))"""
    r"[^\n\[\]{}&*!?\\:,#]*(?::(?=[^\s,\]])[^\n\[\]{}&*!?\\:,#]*)*"
)
_ITEM = rf"(?:(?:{_QUOTED}) *|{_BARE})"
_LIST = rf"\[ *(?:{_ITEM}(?:, *{_ITEM})*)?\]"
_VALUE = rf"(?:{_PLAIN}|{_QUOTED}|{_LIST}|\{{\}})"
_KEY = rf"""([\w./$-]+|"[\w./$-]+"|'[\w./$-]+'):(?: +({_VALUE}))?"""
_COMMENT = r"(?:(?<!\S)#[^\n]*)?"
_LINE = re.compile(
    rf"^( *(?:- )?)(?! )(?:{_KEY}|(?<=- ){_VALUE}|(?<! )---|(?<!- )) *{_COMMENT}$",
    re.ASCII | re.MULTILINE,
)
_FAR = 1 << 30
# No manifest is nested as deep.
_MAX_DEPTH = 100
_NO_LINE = -1


class Outline:
    """The lines of a document, and which of them belong together.

    `below` has what stands under the key of a line, where that is no scalar of the same line.
    """

    def __init__(
        self, text: str, lines: list[Line], root: Keys, below: dict[int, Keys | Items]
    ) -> None:
        self.text = text
        self.lines = lines
        self.root = root
        self.below = below

    def at(self, *way: str) -> Keys | None:
        """The keys of the mapping that a way of keys leads to; None where there is none."""
        found = self.root
        for name in way:
            below = self.below.get(found.get(name, _NO_LINE))
            if not isinstance(below, dict):
                return None
            found = below
        return found

    def scalar(self, keys: Keys, name: str) -> str:
        """The scalar under a key of a mapping; "" where there is none."""
        return bare(self.lines[keys[name]][2]) if name in keys else ""

    def scalars(self, keys: Keys) -> Iterator[tuple[str, str]]:
        """The keys of a mapping with their scalars."""
        for name, line in keys.items():
            yield name, bare(self.lines[line][2])

    def items(self, keys: Keys, name: str) -> Items:
        """The items of the list in a block under a key of a mapping; none where there is none."""
        below = self.below.get(keys.get(name, _NO_LINE))
        return below if isinstance(below, list) else []

    def written(self, keys: Keys, name: str) -> str:
        """The text of a value that is a scalar or a list of scalars, with dashes and comments."""
        line = keys[name]
        below = self.below.get(line)
        if not isinstance(below, list):
            return self.lines[line][2]
        return "\n".join(self._texts[one] for one in below if isinstance(one, int))

    @cached_property
    def keys(self) -> str:
        """All keys in one text, each on its line."""
        return "\n".join([key for _, key, _ in self.lines])

    @cached_property
    def _texts(self) -> list[str]:
        return self.text.split("\n")

    def values(self, *names: str) -> list[str]:
        """The scalars under keys of any mapping."""
        return [bare(value) for _, key, value in self.lines if key in names]


def outline(text: str) -> Outline | None:
    """The outline of a part that `cut` makes; None where it has none, or where a key is repeated.

    It is true if the text is YAML, which nobody has looked at here.
    """
    if "#@" in text:  # It can be a template of ytt.
        return None
    lines: list[Line] = _LINE.findall(text)
    if len(lines) <= text.count("\n") or not (text.isascii() or exotic_break(text) is None):
        return None
    if '":' in text or "':" in text:
        lines = [(indent, bare(key), value) for indent, key, value in lines]
    blocks = _blocks(lines)
    return Outline(text, lines, *blocks) if blocks else None


def _blocks(lines: list[Line]) -> tuple[Keys, dict[int, Keys | Items]] | None:
    """The root and what is below the other keys; None where the lines do not tell."""
    below: dict[int, Keys | Items] = {}
    # The mappings around a line, from the outermost: column, keys, and the list each is in.
    around: list[tuple[int, Keys, Items | None]] = []
    column = -1
    root: Keys = {}
    keys = root
    items: Items | None = None
    # The list a scalar stood in on the line before, with the column of its dashes.
    scalars: Items = []
    dashes = _FAR
    # Behind a scalar in this column or before it, what is deeper would go on with it.
    scalar_at = _FAR
    # The key above that has no value on its line.
    open_key = _NO_LINE
    for number, (indent, key, value) in enumerate(lines):
        here = len(indent)
        if key:
            if here > column:
                column, keys = here, {key: number}
                if "-" in indent:
                    if indent.index("-") == dashes:
                        items = scalars
                        items.append(keys)
                    elif open_key != _NO_LINE:
                        items = below[open_key] = [keys]
                    else:
                        return None
                elif open_key != _NO_LINE:
                    below[open_key], items = keys, None
                elif around or here:
                    return None
                else:
                    root = keys
                if len(around) == _MAX_DEPTH:
                    return None
                around.append((column, keys, items))
            else:
                while here < column:
                    around.pop()
                    column, keys, items = around[-1] if around else (-1, keys, None)
                if here > column:
                    return None
                if "-" in indent:
                    if items is None:
                        return None
                    keys = {key: number}
                    items.append(keys)
                    around[-1] = column, keys, items
                elif key in keys:
                    return None
                else:
                    keys[key] = number
            dashes = _FAR
            if value:
                scalar_at, open_key = here, _NO_LINE
            else:
                scalar_at, open_key = _FAR, number
        elif "-" in indent:
            dash = indent.index("-")
            if dash > scalar_at:
                return None
            scalar_at = dash
            if dash != dashes:
                dashes = dash
                last = None
                while column > dash:
                    last = around.pop()
                    column, keys, items = around[-1] if around else (-1, keys, None)
                if last and last[2] is not None:
                    scalars = last[2]
                elif open_key != _NO_LINE:
                    scalars = below[open_key] = []
                else:
                    return None
            scalars.append(number)
            open_key = _NO_LINE
    return (root, below) if root else None


def bare(value: str) -> str:
    """A scalar without its quotes."""
    return value[1:-1] if value[:1] in ('"', "'") else value
