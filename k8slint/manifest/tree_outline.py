"""The outline of a document that is parsed: for those whose lines do not tell all there is."""

from __future__ import annotations

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from k8slint.manifest.geometry import end_of, start_of
from k8slint.manifest.outline import MAX_OUTLINE_DEPTH, Items, Keys, Line, Outline
from k8slint.manifest.tree import Document
from k8slint.manifest.values import MERGE

# What is no text as a key without quotes.
_NO_TEXTS = frozenset({"", "~", "null", "Null", "NULL"})


class _Unusual(Exception):
    """The document says something that no outline has."""


class TreeOutline(Outline):
    """The outline of a tree: a line stands for each key and each scalar in a list.

    Flow style is as good as blocks here: a list is always below its key.
    """

    def written(self, keys: Keys, name: str) -> str:
        line = keys[name]
        below = self.below.get(line)
        if not isinstance(below, list):
            return self.lines[line][2]
        return "\n".join(self.lines[one][2] for one in below if isinstance(one, int))


def outline_of(document: Document) -> TreeOutline | None:
    """The outline of a document; None if it has keys that are repeated, merged or not texts.

    Nor has one with anchors, with tags, or with escapes, which hide words from who looks for them
    in its text.
    """
    if document.anchors or not isinstance(document.root, MappingNode):
        return None
    reader = _TreeReader(document.text)
    try:
        root = reader.read_keys(document.root, 1)
    except _Unusual:
        return None
    return TreeOutline(document.text, reader.lines, root, reader.below)


class _TreeReader:
    """The lines that a tree stands for, from the root down."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.may_have_escapes = "\\" in text
        self.lines: list[Line] = []
        self.below: dict[int, Keys | Items] = {}

    def read_keys(self, mapping: MappingNode, depth: int) -> Keys:
        if mapping.tag or depth > MAX_OUTLINE_DEPTH:
            raise _Unusual
        found: Keys = {}
        lines = self.lines
        for key, value in mapping.value:
            name = key.value
            if not isinstance(key, ScalarNode) or key.tag or name in found:
                raise _Unusual
            if not key.style and (name in _NO_TEXTS or name == MERGE):
                raise _Unusual
            if self.may_have_escapes:
                self._refuse_escapes(key)
            number = found[name] = len(lines)
            if isinstance(value, ScalarNode):
                lines.append(("", name, self._scalar(value)))
                continue
            lines.append(("", name, ""))
            if isinstance(value, MappingNode):
                self.below[number] = self.read_keys(value, depth + 1)
            else:
                self.below[number] = self._read_items(value, depth + 1)
        return found

    def _read_items(self, items: Node, depth: int) -> Items:
        if not isinstance(items, SequenceNode) or items.tag:
            raise _Unusual
        found: Items = []
        for item in items.value:
            if isinstance(item, MappingNode):
                found.append(self.read_keys(item, depth + 1))
            elif isinstance(item, ScalarNode):
                found.append(len(self.lines))
                self.lines.append(("- ", "", self._scalar(item)))
            else:
                raise _Unusual
        return found

    def _scalar(self, scalar: ScalarNode) -> str:
        """A scalar, in quotes where it has any."""
        if scalar.tag:
            raise _Unusual
        if not scalar.style:
            return str(scalar.value)
        if self.may_have_escapes:
            self._refuse_escapes(scalar)
        return f'"{scalar.value}"'

    def _refuse_escapes(self, scalar: ScalarNode) -> None:
        if scalar.style == '"' and "\\" in self.text[start_of(scalar) : end_of(scalar)]:
            raise _Unusual
