"""Anchors: what is read in several places is changed only if all of them want it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from k8slint.manifest.geometry import children, start_of, walk_nodes
from k8slint.manifest.pyyaml import Node
from k8slint.manifest.splice import Refused
from k8slint.manifest.tree import AliasNode, Document
from k8slint.manifest.values import dereference

# More uses than that are not counted: aliases of aliases make more than anyone could print.
_MOST = 1_000_000


@lru_cache(maxsize=1)
def uses(document: Document) -> Mapping[Node, int]:
    """How many places of a document read each node, counted through aliases."""
    readers: dict[Node, list[Node]] = defaultdict(list)
    for node in walk_nodes(document.root):
        for child in children(node):
            if target := dereference(child):
                readers[target].append(node)
    counted = {document.root: 1}
    # Each node twice: then what reads it is counted. No recursion: that can be a long chain.
    waiting = [(node, False) for node in readers]
    while waiting:
        one, are_readers_counted = waiting.pop()
        if are_readers_counted:
            counted[one] = min(sum(counted[reader] for reader in readers[one]), _MOST)
        elif one not in counted:
            counted[one] = 1  # What holds its own alias is read more than once.
            waiting.append((one, True))
            waiting += ((reader, False) for reader in readers[one])
    return counted


def refuse_shared(document: Document, node: Node, wanted: int) -> None:
    """Raise Refused if more places read a node than want it changed."""
    if not document.anchors:
        return
    read_by = uses(document)[node]
    if read_by > wanted:
        name, line = _anchor_around(document, node)
        raise Refused(
            f"it is part of the anchor &{name} (line {line}), which is used in {read_by} places "
            "that do not all want the change"
        )


def refuse_shared_value(document: Document, owner: Node, value: Node) -> None:
    """Raise Refused if the value of a pair is read elsewhere too, as a whole or in part."""
    if not document.anchors:
        return
    name = document.anchors.get(value)
    if name and uses(document)[value] > uses(document)[owner]:
        line = _line(document, value)
        raise Refused(f"the value is the anchor &{name} (line {line}), which is used elsewhere")
    refuse_anchors(document, value, "replaced")


def refuse_anchors(document: Document, node: Node, done: str) -> None:
    """Raise Refused if a part holds an anchor that is in use."""
    if not document.anchors:
        return
    in_use = _in_use(document)
    for part in walk_nodes(node):
        if part in in_use:
            name, line = document.anchors[part], _line(document, part)
            raise Refused(f"the part to be {done} holds the anchor &{name} (line {line})")


def refuse_aliases(node: Node) -> None:
    """Raise Refused if a part to be moved holds an alias, which may then mean another node."""
    for part in walk_nodes(node):
        if isinstance(part, AliasNode):
            raise Refused(f"the part to be moved holds the alias *{part.name}")


def _anchor_around(document: Document, node: Node) -> tuple[str, int]:
    """Name and line of the innermost anchor that holds a node."""
    holders = _holders(document)
    while node not in document.anchors:
        node = holders[node]
    return document.anchors[node], _line(document, node)


@lru_cache(maxsize=1)
def _in_use(document: Document) -> set[Node]:
    """The nodes that an alias stands for."""
    return {node.target for node in walk_nodes(document.root) if isinstance(node, AliasNode)}


@lru_cache(maxsize=1)
def _holders(document: Document) -> Mapping[Node, Node]:
    """The collection in which each node is written."""
    return {child: node for node in walk_nodes(document.root) for child in children(node)}


def _line(document: Document, node: Node) -> int:
    return document.source.position(document.start + start_of(node))[0]
