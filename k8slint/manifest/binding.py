"""Operations bound to the nodes of a document, as changes that get along with each other."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from k8slint.manifest.changes import (
    Addition,
    Insertion,
    NodeChange,
    PairReplacement,
    Removal,
    _PairChange,
)
from k8slint.manifest.geometry import (
    body_start,
    content_end,
    is_block,
    is_block_scalar,
    last_leaf,
    start_of,
)
from k8slint.manifest.kept import Data, Kept, capture_value, kept_end
from k8slint.manifest.lines import leading_start, line_end, line_start, on_own_line
from k8slint.manifest.operations import Append, Delete, Keep, Move, Operation, Set, Siblings
from k8slint.manifest.pyyaml import MappingNode, Node, ScalarNode, SequenceNode
from k8slint.manifest.sharing import (
    refuse_aliases,
    refuse_anchors,
    refuse_shared,
    refuse_shared_value,
)
from k8slint.manifest.splice import Refused
from k8slint.manifest.tree import AliasNode, Document
from k8slint.manifest.values import (
    MERGE,
    Pointer,
    dereference,
    duplicates,
    find_pair,
    merged_mappings,
    read_scalar,
)

_COMMENT = re.compile(r"#.*")
_COLON_IN_BLOCK = re.compile(r"[ \t]*:")
_COLON_IN_FLOW = re.compile(r"\s*:")
_BEHIND = re.compile(r"(?:[ \t]*,)?([ \t]*)(#.*)")


def merge_changes(document: Document, operations: Sequence[Operation]) -> tuple[NodeChange, ...]:
    """The changes of all operations, those that meet in a shared node made once.

    Several pointers lead to the same node through aliases; such a node is changed only if the
    same change is wanted at every place where it is used.
    """
    wanted_by: dict[tuple[object, ...], set[Pointer]] = defaultdict(set)
    changes: dict[tuple[object, ...], NodeChange] = {}
    for operation in operations:
        for change in _bind(document, operation):
            identity = _identity(change)
            changes[identity] = change
            wanted_by[identity].add(operation.pointer)
    for identity, change in changes.items():
        refuse_shared(document, change.owner, len(wanted_by[identity]))
        if isinstance(change, PairReplacement):
            refuse_shared_value(document, change.owner, change.owner.value[change.at][1])
    _refuse_conflicts([*changes.values()])
    return tuple(changes.values())


def colon_behind(text: str, owner: MappingNode, key: Node) -> int:
    """Where the colon of a pair ends.

    Raises Refused where a pair has none of its own.
    """
    colon = _COLON_IN_FLOW if owner.flow_style else _COLON_IN_BLOCK
    if match := colon.match(text, key.end_mark.index):
        return match.end()
    raise Refused(f"`{key.value}` is written without a colon")


def _identity(change: NodeChange) -> tuple[object, ...]:
    match change:
        case Insertion(owner, _, _, key, value, comment, leading):
            return "insert", owner, key, repr(value), comment, leading
        case PairReplacement(owner, _, index, key, value):
            return "replace", owner, index, key, repr(value)
        case Removal(owner, _, index, to):
            return "remove", owner, index, to
        case Addition(owner, _, value):
            return "append", owner, repr(value)


def _bind(document: Document, operation: Operation) -> Iterator[NodeChange]:
    match operation:
        case Set(pointer, value, after, key):
            yield _bind_set(document, pointer, _data(document, value), after, key)
        case Append(pointer, value):
            yield _bind_append(document, pointer, _data(document, value))
        case Delete(pointer):
            yield _bind_removal(document, pointer)
        case Move():
            yield from _bind_move(document, operation)


def _bind_set(
    document: Document, pointer: Pointer, value: Data, after: Siblings, key: str | None
) -> Insertion | PairReplacement:
    chain, missing = _trace(document, pointer[:-1])
    name = str(pointer[-1])
    if missing:
        for part in reversed((*missing[1:], name)):
            value = {str(part): value}
        return _bind_set(document, pointer[: len(pointer) - len(missing)], value, after, None)
    owner = chain[-1]
    if not isinstance(owner, MappingNode):
        raise Refused(f"{_named(pointer[:-1])} is not a mapping")
    if not owner.value:
        return _bind_in_empty(pointer, chain, {name: value})
    _refuse_odd_mapping(document, owner)
    index = _index(owner, name)
    if index is None:
        return Insertion(owner, chain, _sibling(owner, after, document.text), name, value)
    if find_pair(owner, name) != owner.value[index]:
        raise Refused(f"a `<<` below `{name}` overrides it")
    return PairReplacement(owner, chain, index, key or name, value)


def _bind_in_empty(pointer: Pointer, chain: tuple[Node, ...], value: Data) -> PairReplacement:
    """The pair whose value is `{}`, with something in it."""
    parent = chain[-2] if len(chain) > 1 else None
    if not isinstance(parent, MappingNode):
        raise Refused("an empty mapping that stands in a list or alone is not filled")
    name = str(pointer[-2])
    index = _index(parent, name)
    if index is None:
        raise Refused(f"`{name}` comes in through a merge key")
    return PairReplacement(parent, chain[:-1], index, name, value)


def _bind_append(
    document: Document, pointer: Pointer, value: Data
) -> Addition | Insertion | PairReplacement:
    chain, missing = _trace(document, pointer)
    owner = chain[-1]
    if missing:
        raise Refused(f"{_named(pointer)} is not written")
    if not isinstance(owner, SequenceNode):
        raise Refused(f"{_named(pointer)} is not a list")
    if owner.value:
        return Addition(owner, chain, value)
    if not pointer or isinstance(pointer[-1], int):
        raise Refused("an empty list that stands in a list or alone is not filled")
    return _bind_set(document, pointer, [value], (), None)


def _bind_removal(document: Document, pointer: Pointer) -> Removal:
    chain, missing = _trace(document, pointer[:-1])
    owner, name = chain[-1], str(pointer[-1])
    if missing or not isinstance(owner, MappingNode):
        raise Refused(f"`{name}` is not written in a mapping")
    if find_pair(owner, name) is None:
        raise Refused(f"`{name}` is not written")
    _refuse_odd_mapping(document, owner)
    index = _index(owner, name)
    if index is None:
        raise Refused(f"`{name}` comes in through a merge key")
    if any(find_pair(node, name) for node in _merged(owner)):
        raise Refused(f"`{name}` would then come in through a merge key")
    if len(owner.value) == 1:
        raise Refused(f"`{name}` is the only key of its mapping")
    refuse_anchors(document, owner.value[index][1], "removed")
    refuse_anchors(document, owner.value[index][0], "removed")
    return Removal(owner, chain, index)


def _bind_move(document: Document, move: Move) -> Iterator[NodeChange]:
    removal = _bind_removal(document, move.pointer)
    if any(key.value == MERGE for key, _ in removal.owner.value):
        raise Refused("its mapping has a merge key, which may say the same")
    key, node = removal.owner.value[removal.at]
    refuse_aliases(node)
    new: Data = capture_value(document.text, key, node) if move.value is None else move.value
    insertion = _bind_set(document, move.to, new, move.after, None)
    comment, leading, carried = _own_comments(document, removal)
    if isinstance(new, Kept):
        carried = (*carried, (new.start, kept_end(new, document.text)))
    if isinstance(insertion, PairReplacement):
        old_key, _ = insertion.owner.value[insertion.at]
        if old_key.value == move.to[-1] or comment or leading:
            line = document.source.position(document.start + start_of(old_key))[0]
            raise Refused(f"`{old_key.value}` is already written at line {line}")
    else:
        insertion = insertion._replace(comment=comment, leading=leading)
    yield removal._replace(to=move.to, carried=carried)
    yield insertion


def _trace(document: Document, pointer: Pointer) -> tuple[tuple[Node, ...], Pointer]:
    """The nodes from the root to the value at a pointer, and the parts that are not written."""
    node = dereference(document.root)
    assert node is not None
    chain = [node]
    for depth, part in enumerate(pointer):
        child = dereference(_child(node, part, pointer[:depth]))
        if child is None or (isinstance(child, ScalarNode) and read_scalar(child) is None):
            return tuple(chain), pointer[depth:]
        node = child
        chain.append(node)
    return tuple(chain), ()


def _child(node: Node, part: str | int, pointer: Pointer) -> Node | None:
    if isinstance(part, int):
        if not isinstance(node, SequenceNode):
            raise Refused(f"{_named(pointer)} is not a list")
        if part not in range(len(node.value)):
            raise Refused(f"there is no item {part} in {_named(pointer)}")
        item: Node = node.value[part]
        return item
    if not isinstance(node, MappingNode):
        raise Refused(f"{_named(pointer)} is not a mapping")
    pair = find_pair(node, part)
    return pair[1] if pair else None


def _named(pointer: Pointer) -> str:
    return f"`{pointer[-1]}`" if pointer else "the document"


def _data(document: Document, value: object) -> Data:
    if isinstance(value, Keep):
        chain, missing = _trace(document, value.pointer[:-1])
        part = value.pointer[-1]
        pair = find_pair(chain[-1], part) if isinstance(part, str) else None
        if missing or pair is None or isinstance(pair[1], AliasNode):
            raise Refused(f"`{part}` is written elsewhere")
        refuse_anchors(document, pair[1], "moved")
        refuse_aliases(pair[1])
        return capture_value(document.text, *pair)
    if isinstance(value, Mapping):
        return {str(key): _data(document, child) for key, child in value.items()}
    if isinstance(value, (str, int)):
        return value
    assert isinstance(value, Sequence)
    return [_data(document, child) for child in value]


def _index(owner: MappingNode, name: str) -> int | None:
    return _indexes(owner).get(name)


# Of one mapping many pairs may change.
@lru_cache(maxsize=4)
def _indexes(owner: MappingNode) -> Mapping[str, int]:
    """The index of the first pair under each name."""
    pairs = [*enumerate(owner.value)]
    return {key.value: i for i, (key, _) in reversed(pairs) if isinstance(key, ScalarNode)}


@lru_cache(maxsize=4)
def _merged(owner: MappingNode) -> Sequence[Node]:
    """The mappings that merge keys bring in."""
    values = [value for key, value in owner.value if key.value == MERGE]
    return [node for value in values for node in merged_mappings(value)]


def _sibling(owner: MappingNode, after: Siblings, text: str) -> int:
    """The index of the pair a new one goes after."""
    names = [key.value for key, _ in owner.value]
    groups = [(group,) if isinstance(group, str) else group for group in after]
    there = [[names.index(name) for name in group if name in names] for group in groups]
    wanted = [max(indexes) for indexes in there if indexes]
    least = max([index for index, name in enumerate(names) if name == MERGE], default=0)
    index = max(wanted[0] if wanted else len(names) - 1, least)
    if owner.flow_style or not _ends_the_file(owner, index, text):
        return index
    is_stuck = not wanted or is_block_scalar(last_leaf(owner.value[index][1]))
    others = [*wanted, *(range(index, -1, -1) if is_stuck else ())]
    found = (i for i in others if i >= least and not _ends_the_file(owner, i, text))
    return next(found, index)


def _ends_the_file(owner: MappingNode, index: int, text: str) -> bool:
    """Whether a pair is followed by neither text nor a line end."""
    return text.find("\n", content_end(owner.value[index][1], text)) < 0


def _own_comments(
    document: Document, removal: Removal
) -> tuple[str, tuple[str, ...], tuple[tuple[int, int], ...]]:
    """The comment after a pair, the comment lines directly above it, and where they stand."""
    text = document.text
    key, value = removal.owner.value[removal.at]
    start = start_of(key)
    behind, span = "", (start, start)
    end = content_end(value, text)
    if is_block(value):
        end = colon_behind(text, removal.owner, key)
    match = _BEHIND.match(text, end, line_end(text, end))
    if match and not is_block_scalar(value):
        in_braces = removal.owner.flow_style and not on_own_line(text, start)
        if not in_braces:
            # ruamel.yaml takes a tab before a comment in some places and not in others.
            blanks = " " if "\t" in match[1] else match[1] or " "
            behind, span = blanks + match[2], match.span()
    if not on_own_line(text, start):
        return behind, (), (span,)
    first, last = leading_start(text, start), line_start(text, start)
    above = tuple(line.lstrip() for line in text[first:last].splitlines())
    return behind, above, ((first, last), span)


def _refuse_odd_mapping(document: Document, owner: MappingNode) -> None:
    """Raise Refused for a mapping whose pairs cannot be distinguished, in text or in meaning."""
    if oddity := _oddity(document, owner):
        raise Refused(oddity)


@lru_cache(maxsize=4)
def _oddity(document: Document, owner: MappingNode) -> str:
    """Return why the pairs of a mapping cannot be distinguished; empty if they can."""
    text = document.text
    if owner.flow_style and text[body_start(owner, text)] != "{":
        return "the mapping has no braces of its own"
    for key in duplicates(owner):
        return f"`{key.value}` is written twice in the same mapping"
    before = start_of(owner)
    has_mark = text.find("?", before, owner.end_mark.index) >= 0
    for key, value in owner.value if has_mark else ():
        if "?" in _COMMENT.sub("", text[before : start_of(key)]):
            return "the mapping has an explicit `?` key"
        before = content_end(value, text)
    return ""


def _refuse_conflicts(changes: Sequence[NodeChange]) -> None:
    """Raise Refused if changes conflict."""
    by_owner: dict[Node, list[_PairChange]] = defaultdict(list)
    gone: set[Node] = set()
    for change in changes:
        if isinstance(change, Addition):
            continue
        by_owner[change.owner].append(change)
        if not isinstance(change, Insertion):
            gone.add(change.owner.value[change.at][1])
    if any(node in gone for change in changes for node in change.chain):
        raise Refused("one change is inside what another one changes")
    for together in by_owner.values():
        _refuse_conflicts_in_one(together)


def _refuse_conflicts_in_one(changes: Sequence[_PairChange]) -> None:
    owner = changes[0].owner
    touched = Counter(change.at for change in changes if not isinstance(change, Insertion))
    removed = {change.at for change in changes if isinstance(change, Removal)}
    names = Counter(key.value for i, (key, _) in enumerate(owner.value) if i not in touched)
    names.update(change.key for change in changes if not isinstance(change, Removal))
    for name, times in names.items():
        if times > 1 and name != MERGE:
            raise Refused(f"`{name}` would be written twice")
    if touched.total() > len(touched):
        raise Refused("the same key is wanted in different ways")
    if len(removed) == len(owner.value):
        raise Refused("nothing would be left of the mapping")
    if owner.flow_style and removed and touched.total() < len(changes):
        raise Refused("entries come and go in the same `{ }`")
