"""Source files as trees, and places in them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field

from k8slint.manifest.pyyaml import MappingNode, Node, ScalarNode, SequenceNode
from k8slint.manifest.source import Location, NotText, Source, decode
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import Document, YamlError, documents
from k8slint.manifest.values import Pointer, Value, root
from k8slint.manifest.within import locate_within
from k8slint.outside.files import read_bytes
from k8slint.records import NamedTuple
from k8slint.render.tools import NotRendered
from k8slint.render.trees import LARGEST
from k8slint.type_names import Any

# Kustomize's annotation with the file that an object comes from.
ORIGIN = "config.kubernetes.io/origin"


# The most values that are turned into plain data, counting aliases each time, and how deep.
_MOST_VALUES = 200_000
_DEEPEST = 200


class TooLarge(Exception):
    """A document has more values than people write."""


class SourcePlace(NamedTuple):
    """Where a rendered value is written: the absolute path of the file, and the value.

    `is_exact` says whether it is exactly the rendered value. `top` is the object that the value
    is in, or the patch to merge into it. `within` is the scalar that contains the document if
    that is not a file: a patch inside a kustomization.
    """

    file: str
    value: Value
    is_exact: bool
    top: Value | None = None
    within: Value | None = None

    def locate(self, label: str = "", part: str = "") -> Location:
        """Return its location; `part` narrows it to a text that occurs in it once."""
        source = self.value.document.source
        start, end = self.value.mark
        if part and source.text.count(part, *self.value.span) == 1:
            start = source.text.index(part, *self.value.span)
            end = start + len(part)
        if self.within:
            source = self.within.document.source
            start, end = locate_within(self.within, start, end)
        return source.locate((start, end), label)


class TemplateLine(NamedTuple):
    """A line of a template: its file, where it begins, and its text."""

    path: str
    start: int
    text: str


@dataclass(eq=False, repr=False)
class Trials:
    """What a chart renders with changes, by what stands for them, and its lines to be marked."""

    texts: dict[Hashable, str] = field(default_factory=dict)
    lines: tuple[TemplateLine, ...] = ()


@dataclass(eq=False, repr=False)
class SourceFiles:
    """Files by their absolute paths, each read once; `changed` holds new bytes of some.

    `show` returns the path to report a file by. `originals` are the bytes as read.
    """

    show: Callable[[str], str] = str
    changed: dict[str, bytes] = field(default_factory=dict)
    originals: dict[str, bytes] = field(default_factory=dict)
    _trials: dict[str, Trials] = field(default_factory=dict)
    _read: dict[str, tuple[Document, ...]] = field(default_factory=dict)

    def with_changes(self, changed: Mapping[str, bytes]) -> SourceFiles:
        """Return the same files with other bytes in some of them."""
        unchanged = {path: read for path, read in self._read.items() if path not in changed}
        return SourceFiles(self.show, {**self.changed, **changed}, self.originals, _read=unchanged)

    def trials_of(self, chart: str) -> Trials:
        """Return the trials of a chart by its name."""
        return self._trials.setdefault(chart, Trials())

    def bytes_of(self, path: str) -> bytes:
        """Return the bytes of a file; raises OSError."""
        if path in self.changed:
            return self.changed[path]
        if path not in self.originals:
            self.originals[path] = read_bytes(path, LARGEST)
        return self.originals[path]

    def documents(self, path: str) -> tuple[Document, ...]:
        """Return the documents of a file; none if it cannot be read."""
        if path not in self._read:
            self._read[path] = tuple(parsed(self.source(path)))
        return self._read[path]

    def source(self, path: str) -> Source:
        """Return the text of a file; empty if it cannot be read."""
        try:
            return decode(self.bytes_of(path), self.name(path))
        except (OSError, NotText):
            return Source(self.name(path), "")

    def name(self, path: str) -> str:
        """Return the path to report a file by."""
        return self.show(path)


def parsed(source: Source) -> list[Document]:
    """Return the documents of a text that can be read."""
    found: list[Document] = []
    for chunk in split_documents(source.text):
        try:
            found += documents(source, chunk)
        except YamlError:
            continue
    return found


def top_objects(document: Document) -> Iterator[Value]:
    """Yield the objects of a document: itself, or the items of a list."""
    top = root(document)
    if (top.get("kind").text or "").endswith("List") and top.get("items").is_written:
        yield from top.get("items").items()
    elif top.is_mapping:
        yield top


def find_value(start: Value, pointer: Pointer) -> Value:
    """Return the value under a pointer, written or not."""
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
    """Return the written value for the one under a pointer in a rendered object.

    Items of lists match by name if they have one, as patches merge them. If nothing is written,
    it is the place where it would be.
    """
    for part in pointer:
        if isinstance(part, str):
            written, rendered = written.get(part), rendered.get(part)
            continue
        rendered = find_value(rendered, (part,))
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
    """Return a value as plain data. Raises TooLarge."""
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
    """Yield a value and all values in it, in text order and each once. Raises TooLarge."""
    waiting, seen = [value], set[Node | None]()
    while waiting:
        one = waiting.pop()
        if one.node in seen:  # Reached through an alias.
            continue
        if len(seen) == _MOST_VALUES:
            raise TooLarge
        seen.add(one.node)
        yield one
        inside = [child for _, child in one.entries()] or [*one.items()]
        waiting += reversed(inside)


def scalars(value: Value) -> Iterator[Value]:
    """Yield the scalars in a value that are distinctive. Raises TooLarge."""
    for one in every(value):
        if isinstance(one.node, ScalarNode) and one.text and not isinstance(one.scalar, bool):
            yield one


def words(files: SourceFiles, path: str) -> Iterator[str]:
    """Yield the texts of a values file without its keys. Raises NotRendered."""
    try:
        source = decode(files.bytes_of(path), files.name(path))
        trees = [
            tree for chunk in split_documents(source.text) for tree in documents(source, chunk)
        ]
    except (OSError, NotText) as error:
        raise NotRendered(f"{files.name(path)} cannot be read: {error}") from None
    except YamlError:  # A reader that accepts it would find these words.
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


def builds_alike(written: Value, built: Value) -> bool:
    """Whether a written value equals the built one."""
    try:
        return bool(data(written) == data(built))
    except TooLarge:
        return False


def meaning(text: str) -> list[Any]:
    """Return the documents of a rendered text as plain data, without their origins."""
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
