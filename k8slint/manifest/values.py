"""What the API server reads from a tree.

Manifests reach it through sigs.k8s.io/yaml, which is goyaml.v2: its scalars (`scalars.py`), its
merge keys (applied in order, so one after a key overwrites it) and its duplicate keys (the last
one wins).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from k8slint.manifest.geometry import end_of, start_of
from k8slint.manifest.lines import leading_start, line_start
from k8slint.manifest.pyyaml import MappingNode, Node, ScalarNode, SequenceNode
from k8slint.manifest.scalars import Scalar, resolve
from k8slint.manifest.tree import AliasNode, Document, OpenMapping, UnknownNode
from k8slint.records import NamedTuple
from k8slint.type_names import TypeAlias

Pointer: TypeAlias = tuple[str | int, ...]

MERGE = "<<"
_MAX_MERGED = 100
# A mapping with more keys than that is gone through once for all of them.
_MANY = 50
_new = tuple.__new__


class Value(NamedTuple):
    """A place in a document: what is written there, or where it would be written.

    `node` is None where nothing is written, and never an alias. `key` is the node of the key it
    stands under. `pointer` is the path as the API server sees it.
    """

    document: Document
    pointer: Pointer
    node: Node | None
    key: Node | None
    parent: Value | None

    def get(self, name: str) -> Value:
        """The value under a key, written or not."""
        # What rules do most: going round Value(...) and `find_pair` makes it a third faster.
        document, pointer, mapping, _, _ = self
        pair = key = node = None
        if isinstance(mapping, MappingNode):
            if len(mapping.value) > _MANY:
                pair = find_pair(mapping, name)
            else:
                for one in reversed(mapping.value):
                    text = one[0].value
                    if text == name:
                        pair = one
                        break
                    if text == MERGE:
                        pair = find_pair(mapping, name)
                        break
                else:
                    if isinstance(mapping, OpenMapping):
                        pair = find_pair(mapping, name)
        if pair:
            key, node = pair
            if isinstance(node, AliasNode):
                node = node.target
        return _new(Value, (document, (*pointer, name), node, key, self))

    def at(self, *names: str) -> Value:
        """The value under a path of keys."""
        value = self
        for name in names:
            value = value.get(name)
        return value

    def text_of(self, name: str) -> str:
        """The text of the scalar under a key; "" where there is none."""
        pair = find_pair(self.node, name)
        node = dereference(pair[1]) if pair else None
        return str(node.value) if isinstance(node, ScalarNode) else ""

    def items(self) -> Iterator[Value]:
        """The items of a list; nothing for anything else."""
        document, pointer, sequence, _, _ = self
        if isinstance(sequence, SequenceNode):
            for index, node in enumerate(sequence.value):
                if isinstance(node, AliasNode):
                    node = node.target
                yield _new(Value, (document, (*pointer, index), node, None, self))

    def entries(self) -> Iterator[tuple[str, Value]]:
        """The keys of a mapping with their effective values; nothing for anything else."""
        document, pointer, mapping, _, _ = self
        if not isinstance(mapping, MappingNode):
            return
        said: Mapping[str, tuple[Node, Node]]
        pairs = mapping.value
        said = {pair[0].value: pair for pair in pairs if isinstance(pair[0], ScalarNode)}
        names: Iterable[str] = said
        if MERGE in said:
            said = _pairs(mapping)
            names = dict.fromkeys(keys(mapping))
        for name in names:
            key, node = said.get(name, (None, None))
            if isinstance(node, AliasNode):
                node = node.target
            yield name, _new(Value, (document, (*pointer, name), node, key, self))

    @property
    def is_written(self) -> bool:
        """Whether there is a value other than null."""
        node = self.node
        if node is None:
            return False
        return not (isinstance(node, ScalarNode) and read_scalar(node) is None)

    @property
    def is_unknown(self) -> bool:
        """Whether an action of a template decides all of it, or whether it is there at all."""
        return isinstance(self.node, UnknownNode)

    @property
    def script(self) -> str | None:
        """The text of a scalar as a shell is to read it; None for one that is unknown.

        What an action of a template writes there is unknown, as a variable is that nobody sets,
        also in a file that is YAML as it stands.
        """
        if self.is_unknown or not isinstance(self.node, ScalarNode):
            return None
        if "{{" not in self.node.value:
            return str(self.node.value)
        from k8slint.manifest.masking import mask_words

        return mask_words(self.node.value)

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, MappingNode)

    @property
    def scalar(self) -> Scalar:
        """What the API server reads from a scalar; None for collections too."""
        return read_scalar(self.node) if isinstance(self.node, ScalarNode) else None

    @property
    def text(self) -> str | None:
        """The text of a scalar of any type; None if there is no scalar, or null."""
        return str(self.node.value) if isinstance(self.node, ScalarNode) else None

    @property
    def span(self) -> tuple[int, int]:
        """Offsets of the value in the source, or of the nearest thing written above it."""
        node = self.node
        if node is None or (isinstance(node, ScalarNode) and not node.value and self.key):
            node = self.key
        if node is None:
            return self.parent.head if self.parent else (0, 0)
        offset = self.document.start
        return offset + start_of(node), offset + end_of(node)

    @property
    def mark(self) -> tuple[int, int]:
        """Offsets to point at: a block collection is shown by its key, anything else whole."""
        node = self.node
        if isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style:
            return self.head
        return self.span

    @property
    def is_explained(self) -> bool:
        """Whether a comment stands on the lines directly above its key."""
        if self.key is None:
            return False
        text, at = self.document.text, start_of(self.key)
        return leading_start(text, at) < line_start(text, at)

    @property
    def head(self) -> tuple[int, int]:
        """Offsets of the key, or of the first thing in a list item."""
        node = self.key or self.node
        if node is None:
            return self.parent.head if self.parent else (0, 0)
        while isinstance(node, (MappingNode, SequenceNode)) and node.value:
            first = node.value[0]
            node = first[0] if isinstance(first, tuple) else first
        offset = self.document.start
        return offset + start_of(node), offset + end_of(node)


def root(document: Document) -> Value:
    return Value(document, (), dereference(document.root), None, None)


def dereference(node: Node | None) -> Node | None:
    """The node an alias stands for."""
    return node.target if isinstance(node, AliasNode) else node


def find_pair(
    node: Node | None, name: str, searched: set[Node] | None = None
) -> tuple[Node, Node] | None:
    """The key and value that decide what a mapping says under a name."""
    if not isinstance(node, MappingNode):
        return None
    if searched is None and len(node.value) > _MANY:
        return _pairs(node).get(name) or _written_by_action(node, name)
    for key, value in reversed(node.value):
        text = key.value
        if text == name:
            if isinstance(key, ScalarNode):
                return key, value
        elif text == MERGE and is_merge(key):
            searched = set() if searched is None else searched
            for merged in _not_yet(searched, node, value):
                if found := find_pair(merged, name, searched):
                    return found
    return _written_by_action(node, name) if isinstance(node, OpenMapping) else None


def _written_by_action(node: Node, name: str) -> tuple[Node, Node] | None:
    """The pair that an action of a template may write into a mapping."""
    written = node.written_by_action(name) if isinstance(node, OpenMapping) else None
    if written is None:
        return None
    return UnknownNode(written.tag, name, written.start_mark, written.end_mark), written


@lru_cache(maxsize=16)
def _pairs(node: MappingNode) -> Mapping[str, tuple[Node, Node]]:
    """What `lookup` finds in a mapping under each name there is."""
    found: dict[str, tuple[Node, Node]] = {}
    _collect(node, found, set())
    return found


def _collect(node: Node, found: dict[str, tuple[Node, Node]], searched: set[Node]) -> None:
    """Add what a mapping says, the strongest first, and what is merged into it."""
    for key, value in reversed(node.value) if isinstance(node, MappingNode) else ():
        if isinstance(key, ScalarNode):
            found.setdefault(key.value, (key, value))
            if is_merge(key):
                for merged in _not_yet(searched, node, value):
                    _collect(merged, found, searched)


def is_merge(key: Node) -> bool:
    """Whether a key is `<<`, which brings in the keys of other mappings."""
    return key.value == MERGE and isinstance(key, ScalarNode) and not key.style


def merged_mappings(value: Node) -> list[Node]:
    """What stands after a `<<`, strongest first."""
    target = dereference(value)
    if isinstance(target, SequenceNode):
        return [node for item in target.value if (node := dereference(item))]
    return [target] if target else []


def _not_yet(seen: set[Node], node: Node, merge: Node) -> Iterator[Node]:
    """What a mapping merges, each once: mappings that merge each other could go on for ever."""
    seen.add(node)
    for merged in merged_mappings(merge):
        if merged not in seen and len(seen) < _MAX_MERGED:
            yield merged


def keys(node: Node | None, read: set[Node] | None = None) -> Iterator[str]:
    """The key names of a mapping, merged ones included, in the order of the text."""
    if not isinstance(node, MappingNode):
        return
    read = set() if read is None else read
    for key, value in node.value:
        if is_merge(key):
            for merged in _not_yet(read, node, value):
                yield from keys(merged, read)
        elif isinstance(key, ScalarNode):
            yield key.value


def duplicates(node: Node) -> Iterator[Node]:
    """The key nodes of a mapping that a later key of the same name overrides."""
    if isinstance(node, MappingNode) and not _are_distinct(node):
        last: dict[str, Node] = {}
        for key, _ in node.value:
            if isinstance(key, ScalarNode) and key.value != MERGE:
                if key.value in last:
                    yield last[key.value]
                last[key.value] = key


def _are_distinct(node: MappingNode) -> bool:
    try:
        return len({key.value for key, _ in node.value}) == len(node.value)
    except TypeError:  # A collection as a key.
        return False


def read_scalar(node: ScalarNode) -> Scalar:
    """A scalar as goyaml.v2 resolves it."""
    text: str = node.value
    if node.tag and node.tag.endswith(":null") and resolve(text) is None:
        return None
    if node.tag and node.tag.endswith(":int"):
        number = resolve(text)
        return text if isinstance(number, float) else number
    if node.tag and node.tag.endswith(":float"):
        number = resolve(text)
        return number if isinstance(number, bool) or not isinstance(number, int) else float(number)
    return text if node.style or node.tag else resolve(text)


def reads_as(value: Scalar, node: ScalarNode) -> bool:
    """Whether a scalar reads as a value, of the same type."""
    found = read_scalar(node)
    return found == value and type(found) is type(value)


def is_placeholder_node(node: Node) -> bool:
    """Whether this is a template engine's `{name}`, which YAML reads as a mapping."""
    if not isinstance(node, MappingNode) or len(node.value) != 1:
        return False
    key, value = node.value[0]
    are_scalars = isinstance(key, ScalarNode) and isinstance(value, ScalarNode)
    return are_scalars and start_of(value) == end_of(value)


def json_pointer(pointer: Pointer) -> str:
    """A pointer as RFC 6901 writes it."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in pointer)
