"""What is to be said differently: operations on places, bound to the nodes that hold them.

An operation names a place by its pointer and says what is to be read there. Bound to a tree it is
a change of one pair of one mapping; where that cannot be done for certain it is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from k8slint.manifest import style
from k8slint.manifest.style import Data, line_end, line_start
from k8slint.manifest.tree import AliasNode, Document, content_end, start_of, walk
from k8slint.manifest.values import MERGE, Pointer, dereference, lookup


class Refused(Exception):
    """The change cannot be made without risk to something else; the text says what."""


@dataclass(frozen=True, slots=True)
class Keep:
    """In the data of an operation: the value at a pointer, in its own text."""

    pointer: Pointer


@dataclass(frozen=True, slots=True)
class Set:
    """Let `value` be read at `pointer`.

    A missing key is inserted after the first of the `after` siblings there is; `key` renames an
    existing one.
    """

    pointer: Pointer
    value: object
    after: tuple[str, ...] = ()
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Let nothing be written at `pointer`."""

    pointer: Pointer


@dataclass(frozen=True, slots=True)
class Move:
    """Let the value at `pointer` be written at `to` instead, with its comments.

    `value` replaces it on the way.
    """

    pointer: Pointer
    to: Pointer
    after: tuple[str, ...] = ()
    value: int | None = None


Operation: TypeAlias = Set | Delete | Move


@dataclass(frozen=True, slots=True)
class Insertion:
    """A new pair after the one at `after`, with the comments it brings along."""

    owner: MappingNode
    chain: tuple[Node, ...]
    after: int
    key: str
    value: Data
    comment: str = ""
    leading: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replacement:
    """Another key or value for the pair at `index`."""

    owner: MappingNode
    chain: tuple[Node, ...]
    index: int
    key: str
    value: Data


@dataclass(frozen=True, slots=True)
class Removal:
    """The pair at `index` goes, with the comment lines above it where they move along."""

    owner: MappingNode
    chain: tuple[Node, ...]
    index: int
    with_leading: bool = False


Change: TypeAlias = Insertion | Replacement | Removal


def agreed(document: Document, operations: Sequence[Operation]) -> tuple[Change, ...]:
    """The changes of all operations, those that meet in a shared node made once.

    Several pointers lead to the same node through aliases; such a node is changed only if the
    same change is wanted at every place where it is used.
    """
    users: dict[tuple[object, ...], set[Pointer]] = defaultdict(set)
    changes: dict[tuple[object, ...], Change] = {}
    for operation in operations:
        for change in _bind(document, operation):
            identity = _identity(change)
            changes[identity] = change
            users[identity].add(operation.pointer)
    if document.anchors:
        uses = _uses(document)
        for identity, change in changes.items():
            _refuse_shared(document, change, uses, len(users[identity]))
    return tuple(changes.values())


def _identity(change: Change) -> tuple[object, ...]:
    match change:
        case Insertion(owner, _, _, key, value):
            return "insert", id(owner), key, repr(value)
        case Replacement(owner, _, index, key, value):
            return "replace", id(owner), index, key, repr(value)
        case Removal(owner, _, index):
            return "remove", id(owner), index


def _bind(document: Document, operation: Operation) -> Iterator[Change]:
    match operation:
        case Set(pointer, value, after, key):
            yield _bind_set(document, pointer, _data(document, value), after, key)
        case Delete(pointer):
            yield _bind_removal(document, pointer)
        case Move(pointer, to, after, value):
            removal = replace(_bind_removal(document, pointer), with_leading=True)
            key, node = removal.owner.value[removal.index]
            if value is None:
                _refuse_anchors(document, node, "moved")
            new: Data = style.kept(document.text, key, node) if value is None else value
            insertion = _bind_set(document, to, new, after, None)
            if not isinstance(insertion, Insertion):
                raise Refused(
                    f"`{to[-1]}` is already written at line {_line(document, insertion)}"
                )
            comment, leading = _own_comments(document, removal)
            yield removal
            yield replace(insertion, comment=comment, leading=leading)


def _bind_set(
    document: Document, pointer: Pointer, value: Data, after: tuple[str, ...], key: str | None
) -> Change:
    chain, missing = _trace(document, pointer[:-1])
    name = str(pointer[-1])
    if missing:
        for part in reversed((*missing[1:], name)):
            value = {str(part): value}
        return _bind_set(document, pointer[: len(pointer) - len(missing)], value, after, None)
    owner = chain[-1]
    if not isinstance(owner, MappingNode):
        raise Refused(f"`{pointer[-2]}` is no mapping")
    _refuse_odd_keys(document, owner)
    found = [index for index, (k, _) in enumerate(owner.value) if k.value == name]
    if len(found) > 1:
        raise Refused(f"`{name}` is written twice in the same mapping")
    if found:
        if lookup(owner, name) != owner.value[found[0]]:
            raise Refused(f"a `<<` below `{name}` overrides it")
        return Replacement(owner, chain, found[0], key or name, value)
    if not owner.value:
        parent, empty_key = chain[-2], pointer[-2]
        if isinstance(parent, MappingNode):
            index = next(i for i, (k, _) in enumerate(parent.value) if k.value == empty_key)
            return Replacement(parent, chain[:-1], index, str(empty_key), {name: value})
    return Insertion(owner, chain, _sibling(owner, after, document.text), name, value)


def _bind_removal(document: Document, pointer: Pointer) -> Removal:
    chain, missing = _trace(document, pointer[:-1])
    owner = chain[-1]
    if missing or not isinstance(owner, MappingNode):
        raise Refused(f"`{pointer[-1]}` is not written in a mapping of its own")
    _refuse_odd_keys(document, owner)
    found = [index for index, (k, _) in enumerate(owner.value) if k.value == pointer[-1]]
    if not found:
        raise Refused(f"`{pointer[-1]}` comes in through a merge key")
    if len(found) > 1:
        raise Refused(f"`{pointer[-1]}` is written twice in the same mapping")
    if len(owner.value) == 1:
        raise Refused(f"`{pointer[-1]}` is the only key of its mapping")
    removal = Removal(owner, chain, found[0])
    _refuse_anchors(document, owner.value[found[0]][1], "removed", aliases=False)
    return removal


def _trace(document: Document, pointer: Pointer) -> tuple[tuple[Node, ...], Pointer]:
    """The nodes from the root to the value at a pointer, and the parts that are not written."""
    node = dereference(document.root)
    assert node is not None
    chain = [node]
    for depth, part in enumerate(pointer):
        child: Node | None = None
        if isinstance(part, int) and isinstance(node, SequenceNode):
            child = node.value[part]
        elif pair := lookup(node, str(part)):
            child = pair[1]
        child = dereference(child)
        if child is None or (isinstance(child, ScalarNode) and depth < len(pointer)):
            return tuple(chain), pointer[depth:]
        node = child
        chain.append(node)
    return tuple(chain), ()


def _data(document: Document, value: object) -> Data:
    if isinstance(value, Keep):
        chain, missing = _trace(document, value.pointer[:-1])
        part = value.pointer[-1]
        node = chain[-1]
        pair = lookup(node, str(part)) if isinstance(part, str) else None
        if missing or pair is None or isinstance(pair[1], AliasNode):
            raise Refused(f"`{part}` is written elsewhere")
        _refuse_anchors(document, pair[1], "moved")
        return style.kept(document.text, *pair)
    if isinstance(value, Mapping):
        return {str(key): _data(document, child) for key, child in value.items()}
    if isinstance(value, (str, int)):
        return value
    assert isinstance(value, Sequence)
    return [_data(document, child) for child in value]


def _sibling(owner: MappingNode, after: Sequence[str], text: str) -> int:
    """The index of the pair a new one goes behind."""
    names = [key.value for key, _ in owner.value]
    preferred = next((names.index(name) for name in after if name in names), len(names) - 1)
    merges = [index for index, name in enumerate(names) if name == MERGE]
    index = max([preferred, *merges])
    if owner.flow_style or not _ends_the_file(owner, index, text):
        return index
    earlier = (i for i in range(index, -1, -1) if not _ends_the_file(owner, i, text))
    return next((i for i in earlier if i >= max(merges, default=0)), index)


def _ends_the_file(owner: MappingNode, index: int, text: str) -> bool:
    """Whether a pair is followed by neither text nor a line end."""
    return "\n" not in text[content_end(owner.value[index][1], text) :] and not text.endswith("\n")


# What is refused.


def _refuse_odd_keys(document: Document, owner: MappingNode) -> None:
    text = document.text
    for key, _ in owner.value:
        if not isinstance(key, ScalarNode):
            raise Refused("a key of the mapping is no plain text")
        before = text[line_start(text, start_of(key)) : start_of(key)]
        if not owner.flow_style and "?" in before:
            raise Refused("the mapping has an explicit `?` key")


def _refuse_anchors(document: Document, node: Node, done: str, *, aliases: bool = True) -> None:
    referenced = {id(n.target) for n in walk(document.root) if isinstance(n, AliasNode)}
    for part in walk(node):
        if id(part) in document.anchors and id(part) in referenced:
            raise Refused(f"the part to be {done} holds the anchor &{document.anchors[id(part)]}")
        if aliases and isinstance(part, AliasNode):
            raise Refused(f"the part to be {done} holds the alias *{part.name}")


def _uses(document: Document) -> dict[int, int]:
    """How many places of the document read each node, counted through aliases."""
    references: dict[int, list[int]] = defaultdict(list)
    for node in walk(document.root):
        children: list[Node] = []
        if isinstance(node, MappingNode):
            children = [part for pair in node.value for part in pair]
        elif isinstance(node, SequenceNode):
            children = node.value
        for child in children:
            target = dereference(child)
            if target is not None:
                references[id(target)].append(id(node))
    uses = {id(document.root): 1}

    def count(identity: int) -> int:
        if identity not in uses:
            uses[identity] = 0  # An anchor that holds its own alias adds nothing.
            uses[identity] = sum(count(parent) for parent in references[identity])
        return uses[identity]

    for identity in list(references):
        count(identity)
    return uses


def _refuse_shared(
    document: Document, change: Change, uses: Mapping[int, int], wanted: int
) -> None:
    if uses[id(change.owner)] > wanted:
        for node in reversed(change.chain):
            if name := document.anchors.get(id(node)):
                line, _ = document.source.position(document.start + start_of(node))
                raise Refused(
                    f"it is part of the anchor &{name} (line {line}), which is used in "
                    f"{uses[id(change.owner)]} places that do not all want the change"
                )
        raise Refused("it is part of an anchor used in several places")
    if isinstance(change, Replacement):
        old = change.owner.value[change.index][1]
        name = document.anchors.get(id(old))
        if name and uses[id(old)] > uses[id(change.owner)]:
            line, _ = document.source.position(document.start + start_of(old))
            raise Refused(
                f"the value is the anchor &{name} (line {line}), which is used elsewhere"
            )
        if not isinstance(old, ScalarNode):
            _refuse_anchors(document, old, "replaced", aliases=False)


def _line(document: Document, change: Change) -> int:
    assert not isinstance(change, Insertion)
    key, _ = change.owner.value[change.index]
    return document.source.position(document.start + start_of(key))[0]


def _own_comments(document: Document, removal: Removal) -> tuple[str, tuple[str, ...]]:
    """The comment behind a pair and the comment lines directly above it."""
    text = document.text
    key, value = removal.owner.value[removal.index]
    start = start_of(key)
    end = key.end_mark.index + 1 if is_block(value) else content_end(value, text)
    rest = text[end : line_end(text, end)]
    behind = rest if rest.lstrip().startswith("#") else ""
    if removal.owner.flow_style or not style.on_own_line(text, start):
        return behind, ()
    above = text[leading_start(text, start) : line_start(text, start)]
    return behind, tuple(line.strip() for line in above.splitlines())


def leading_start(text: str, start: int) -> int:
    """Where the comment lines begin that stand directly above a key, at its column."""
    at = line_start(text, start)
    indent = text[at:start]
    while at:
        above = line_start(text, at - 1)
        if not text.startswith(indent + "#", above):
            break
        at = above
    return at


def is_block(node: Node) -> bool:
    return isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style
