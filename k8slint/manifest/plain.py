"""Files of our own in YAML, as plain data with the line on which each part is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

from k8slint.manifest.geometry import start_of, walk_nodes
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import Document, YamlError, documents
from k8slint.manifest.values import Value, duplicates, root
from k8slint.outside.terminal import LONGEST_NAME, clipped, echoed
from k8slint.records import NamedTuple
from k8slint.type_names import Any, TypeAlias

DataPlace: TypeAlias = Sequence[str | int]


class NotPlain(Exception):
    """A text is not one mapping of plain data; `line` is 0 where no line is to blame."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(f"{line}: {reason}" if line else reason)
        self.reason = reason
        self.line = line


class PlainData(NamedTuple):
    """The mapping that a text holds, and the line on which a key or an item is written.

    `item_lines` are those of all items of a list.
    """

    data: dict[str, Any]
    line_of: Callable[[DataPlace], int]
    item_lines: Callable[[DataPlace], list[int]]


def read_data(source: Source, kind: str) -> PlainData:
    """Read a text that holds one mapping; `kind` is what it is, such as `a configuration`.

    A text without any document is an empty mapping. Raises NotPlain.
    """
    try:
        return _read(source, kind)
    except RecursionError:
        raise NotPlain(f"nested too deeply for {kind}") from None


def _read(source: Source, kind: str) -> PlainData:
    trees: list[Document] = []
    for chunk in split_documents(source.text):
        try:
            trees += documents(source, chunk)
        except YamlError as error:
            line, _ = source.position(chunk.start + error.offset)
            raise NotPlain(clipped(error.reason, LONGEST_NAME), line) from None
    if not any(root(tree).is_written for tree in trees):
        return PlainData({}, lambda _: 1, lambda _: [])
    if len(trees) != 1 or not root(trees[0]).is_mapping:
        raise NotPlain("must be a single mapping of keys to values")
    if trees[0].anchors:
        raise NotPlain(f"anchors and aliases are not supported in {kind}")
    top = root(trees[0])
    for node in walk_nodes(trees[0].root):
        for key in duplicates(node):
            line, _ = source.position(trees[0].start + start_of(key))
            raise NotPlain(f"key {echoed(key.value)} is written twice", line)

    def line_at(value: Value) -> int:
        return source.position(value.head[0])[0]

    return PlainData(
        _plain(top),
        lambda place: line_at(_at(top, place)),
        lambda place: [line_at(item) for item in _at(top, place).items()],
    )


def _plain(value: Value) -> Any:
    """Return data as editors read it: `on` and `off` are words, unlike in a manifest."""
    if value.is_mapping:
        return {name: _plain(child) for name, child in value.entries()}
    if value.text is None:
        return [_plain(item) for item in value.items()]
    scalar = value.scalar
    is_word = isinstance(scalar, bool) and value.text.lower() not in ("true", "false")
    is_endless = isinstance(scalar, float) and not isfinite(scalar)
    return value.text if is_word or is_endless else scalar


def _at(top: Value, place: DataPlace) -> Value:
    value = top
    for part in place:
        value = value.get(part) if isinstance(part, str) else list(value.items())[part]
    return value
