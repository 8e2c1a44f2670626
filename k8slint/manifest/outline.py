"""What can be read from the lines of a document without a parse, if it is written as most are.

Most manifests have no more than one key or one item on a line. Their lines hold all there is:
which keys stand in which mapping, and every scalar. A document with anything else in it, and be
it only a value that goes on on the next line, has no outline.
"""

from __future__ import annotations

import re
from functools import cached_property

from k8slint.manifest.source import exotic_break
from k8slint.type_names import TypeAlias

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
_KEY = rf"""([\w./$-]+|"[\w./$-]+"|'[\w./$-]+'):(?: +({_VALUE})|)"""
_COMMENT = r"(?:(?<!\S)#[^\n]*)?"
_LINE = re.compile(
    rf"^( *- | *)(?! )(?:{_KEY}|(?<=- ){_VALUE}|(?<! )---|(?<!- )) *{_COMMENT}$",
    re.ASCII | re.MULTILINE,
)
_FAR = 1 << 30
# No manifest is nested as deep.
MAX_OUTLINE_DEPTH = 100
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

    def scalars(self, keys: Keys) -> dict[str, str]:
        """The keys of a mapping with their scalars."""
        return {name: bare(self.lines[line][2]) for name, line in keys.items()}

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

    True only if the text is YAML, which is not checked here.
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
    """The root and what is below the other keys; None if the lines do not show it."""
    reader = _Reader()
    for number, (indent, key, value) in enumerate(lines):
        if key:
            if not reader.read_pair(number, indent, key, has_value=bool(value)):
                return None
        elif "-" in indent and not reader.read_item(number, indent.index("-")):
            return None
    return (reader.root, reader.below) if reader.root else None


class _Reader:
    """The mappings and lists around a line, while a document is read line by line.

    What reads a line says whether the lines so far tell all there is.
    """

    __slots__ = (
        *("root", "below", "around", "column", "keys", "items"),
        *("scalars", "dashes", "open_key"),
    )

    def __init__(self) -> None:
        self.root: Keys = {}
        self.below: dict[int, Keys | Items] = {}
        # The mappings around the line, from the outermost: column, keys, and the list each is in.
        self.around: list[tuple[int, Keys, Items | None]] = []
        # The innermost of them.
        self.column = -1
        self.keys = self.root
        self.items: Items | None = None
        # The list a scalar stood in on the line before, with the column of its dashes.
        self.scalars: Items = []
        self.dashes = _FAR
        # The key on the line before, where it has no value there: what is deeper is below it.
        self.open_key = _NO_LINE

    def read_pair(self, number: int, indent: str, key: str, *, has_value: bool) -> bool:
        """Read a line with a key, and maybe its value."""
        here = len(indent)
        if here > self.column:
            if not self._open(here, indent, {key: number}):
                return False
        else:
            if here < self.column:
                self._leave(here)
            if here > self.column:
                return False
            if "-" in indent:
                if self.items is None:
                    return False
                self.keys = {key: number}
                self.items.append(self.keys)
                self.around[-1] = here, self.keys, self.items
            elif key in self.keys:
                return False
            else:
                self.keys[key] = number
        self.dashes = _FAR
        self.open_key = _NO_LINE if has_value else number
        return True

    def read_item(self, number: int, dash: int) -> bool:
        """Read a line with a dash and a scalar."""
        if dash != self.dashes:
            self.dashes = dash
            left = self._leave(dash)
            if left is not None:
                self.scalars = left
            elif self.open_key != _NO_LINE:
                self.scalars = self.below[self.open_key] = []
            else:
                return False
        self.scalars.append(number)
        self.open_key = _NO_LINE
        return True

    def _open(self, column: int, indent: str, keys: Keys) -> bool:
        """Enter a mapping that is deeper than the last one, where something says what it is in."""
        items = None
        if "-" in indent:
            if indent.index("-") == self.dashes:
                items = self.scalars
                items.append(keys)
            elif self.open_key != _NO_LINE:
                items = self.below[self.open_key] = [keys]
            else:
                return False
        elif self.open_key != _NO_LINE:
            self.below[self.open_key] = keys
        elif self.around or column:
            return False
        else:
            self.root = keys
        self.column, self.keys, self.items = column, keys, items
        self.around.append((column, keys, items))
        return len(self.around) <= MAX_OUTLINE_DEPTH

    def _leave(self, column: int) -> Items | None:
        """Leave the mappings that are deeper than a column; the list that the last one was in."""
        items = None
        while self.column > column:
            *_, items = self.around.pop()
            self.column, self.keys, self.items = (
                self.around[-1] if self.around else (-1, self.keys, None)
            )
        return items


def bare(value: str) -> str:
    """A scalar without its quotes."""
    return value[1:-1] if value[:1] in ('"', "'") else value
