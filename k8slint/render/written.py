"""Written files as trees, and places in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from k8slint.manifest.source import Location, NotText, Source, decode
from k8slint.manifest.stream import cut
from k8slint.manifest.tree import Document, Unreadable, documents
from k8slint.manifest.values import Pointer, Value, root
from k8slint.manifest.within import within
from k8slint.outside.files import read_bytes
from k8slint.render.tools import NotRendered
from k8slint.render.trees import LARGEST

# Kustomize's annotation with the path of the file that an object is from.
ORIGIN = "config.kubernetes.io/origin"


# So many values are made plain data of, aliases read again each time, and so deep.
_MOST_VALUES = 200_000
_DEEPEST = 200


class TooLarge(Exception):
    """A document has more in it than anybody writes."""


class Place(NamedTuple):
    """Where something that was rendered is written: the absolute path of the file, and the value.

    `is_exact` tells whether the place says just what was rendered. `top` is the object, or the
    patch to be merged into it, that the value is in. `within` is the scalar whose text holds the
    place's document, where that is no file of its own: a patch inside a kustomization.
    """

    file: str
    value: Value
    is_exact: bool
    top: Value | None = None
    within: Value | None = None

    def locate(self, label: str = "", part: str = "") -> Location:
        """Where it is; `part` narrows it to a text that stands in it once."""
        source = self.value.document.source
        start, end = self.value.mark
        if part and source.text.count(part, *self.value.span) == 1:
            start = source.text.index(part, *self.value.span)
            end = start + len(part)
        if self.within:
            source = self.within.document.source
            start, end = within(self.within, start, end)
        return source.locate((start, end), label)


@dataclass(eq=False, repr=False)
class Files:
    """Files by their absolute paths, each read once; `changed` ones have other bytes by now.

    `show` tells the path by which one is reported. `originals` are the bytes as they were read.
    `trials` are what charts render with other values in places of files, by their names.
    """

    show: Callable[[str], str] = str
    changed: dict[str, bytes] = field(default_factory=dict)
    originals: dict[str, bytes] = field(default_factory=dict)
    trials: dict[str, dict[tuple[object, ...], str]] = field(default_factory=dict)
    _read: dict[str, tuple[Document, ...]] = field(default_factory=dict)

    def with_changes(self, changed: Mapping[str, bytes]) -> Files:
        """The same files, with other bytes in some of them."""
        unchanged = {path: read for path, read in self._read.items() if path not in changed}
        return Files(self.show, {**self.changed, **changed}, self.originals, _read=unchanged)

    def bytes_of(self, path: str) -> bytes:
        """The bytes of a file; raises OSError."""
        if path in self.changed:
            return self.changed[path]
        if path not in self.originals:
            self.originals[path] = read_bytes(path, LARGEST)
        return self.originals[path]

    def documents(self, path: str) -> tuple[Document, ...]:
        """The documents of a file; none where it cannot be read."""
        if path not in self._read:
            self._read[path] = tuple(parsed(self.source(path)))
        return self._read[path]

    def source(self, path: str) -> Source:
        """The text of a file; nothing where it cannot be read."""
        try:
            return decode(self.bytes_of(path), self.name(path))
        except (OSError, NotText):
            return Source(self.name(path), "")

    def name(self, path: str) -> str:
        """The path by which a file is reported."""
        return self.show(path)


def parsed(source: Source) -> list[Document]:
    """The documents of a text, as far as they can be read."""
    found: list[Document] = []
    for chunk in cut(source.text):
        try:
            found += documents(source, chunk)
        except Unreadable:
            continue
    return found


def objects(document: Document) -> Iterator[Value]:
    """The objects of a document: itself, or the items of a list."""
    top = root(document)
    if (top.get("kind").text or "").endswith("List") and top.get("items").is_written:
        yield from top.get("items").items()
    elif top.is_mapping:
        yield top


def find(start: Value, pointer: Pointer) -> Value:
    """The value under a pointer, written or not."""
    value = start
    for part in pointer:
        if isinstance(part, str):
            value = value.get(part)
            continue
        items = [*value.items()]
        if not 0 <= part < len(items):
            return Value(value.document, (*value.pointer, part), None, None, value)
        value = items[part]
    return value


def counterpart(written: Value, rendered: Value, pointer: Pointer) -> Value:
    """The value in what was written for the one under a pointer in what was rendered.

    Items of lists go by their names where they have any, as patches merge them. Where nothing is
    written it is the place for it.
    """
    for part in pointer:
        if isinstance(part, str):
            written, rendered = written.get(part), rendered.get(part)
            continue
        rendered = find(rendered, (part,))
        items = [*written.items()]
        name = rendered.get("name").text
        if name is not None:
            same = [item for item in items if item.get("name").text == name]
        else:
            same = items[part : part + 1]
        if not same:
            return Value(written.document, (*written.pointer, part), None, None, written)
        written = same[0]
    return written


def data(value: Value) -> Any:
    """A value as plain data. Raises TooLarge."""
    return _data(value, iter(range(_MOST_VALUES)), 0)


def _data(value: Value, left: Iterator[int], depth: int) -> Any:
    if next(left, None) is None or depth > _DEEPEST:
        raise TooLarge
    if value.is_mapping:
        return {name: _data(one, left, depth + 1) for name, one in value.entries()}
    if isinstance(value.node, SequenceNode):
        return [_data(item, left, depth + 1) for item in value.items()]
    return value.scalar


def every(value: Value) -> Iterator[Value]:
    """A value and all that are in it, in the order of the text and each once. Raises TooLarge."""
    waiting, seen = [value], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one.node) in seen:  # By way of an alias.
            continue
        if len(seen) == _MOST_VALUES:
            raise TooLarge
        seen.add(id(one.node))
        yield one
        inside = [child for _, child in one.entries()] or [*one.items()]
        waiting += reversed(inside)


def scalars(value: Value) -> Iterator[Value]:
    """The scalars in a value that can be told from another one. Raises TooLarge."""
    for one in every(value):
        if isinstance(one.node, ScalarNode) and one.text and not isinstance(one.scalar, bool):
            yield one


def words(files: Files, path: str) -> Iterator[str]:
    """The texts that a file of values holds as values, its keys left out. Raises NotRendered."""
    try:
        source = decode(files.bytes_of(path), files.name(path))
        trees = [tree for chunk in cut(source.text) for tree in documents(source, chunk)]
    except (OSError, NotText) as error:
        raise NotRendered(f"{files.name(path)} cannot be read: {error}") from None
    except Unreadable:  # Who reads it all the same finds these words.
        yield from source.text.split()
        return
    waiting = [tree.root for tree in trees]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ScalarNode):
            yield str(node.value)
        elif isinstance(node, MappingNode):
            waiting += (value for _, value in node.value)
        elif isinstance(node, SequenceNode):
            waiting += node.value


def says(written: Value, built: Value) -> bool:
    """Whether what is written is just what was built."""
    try:
        return bool(data(written) == data(built))
    except TooLarge:
        return False


def meaning(text: str) -> list[Any]:
    """The documents of a rendered text as plain data, without what tells of their origin."""
    found = []
    for document in parsed(Source("", text)):
        top = data(root(document))
        metadata = top.get("metadata") if isinstance(top, dict) else None
        if isinstance(metadata, dict) and isinstance(metadata.get("annotations"), dict):
            metadata["annotations"].pop(ORIGIN, None)
            if not metadata["annotations"]:
                del metadata["annotations"]
        found.append(top)
    return found
