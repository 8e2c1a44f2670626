"""Anchors: what is read in several places is changed only if all of them want it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from yaml.nodes import Node

from k8slint.manifest.splice import Refused
from k8slint.manifest.tree import AliasNode, Document, children, start_of, walk
from k8slint.manifest.values import dereference


@lru_cache(maxsize=1)
def uses(document: Document) -> Mapping[int, int]:
    """How many places of a document read each node, by its id, counted through aliases."""
    readers: dict[int, list[int]] = defaultdict(list)
    for node in walk(document.root):
        for child in children(node):
            if target := dereference(child):
                readers[id(target)].append(id(node))
    counted = {id(document.root): 1}

    def count(identity: int) -> int:
        if identity not in counted:
            counted[identity] = 1  # What holds its own alias is read more than once.
            counted[identity] = sum(count(reader) for reader in readers[identity])
        return counted[identity]

    for identity in list(readers):
        count(identity)
    return counted


def refuse_shared(document: Document, node: Node, wanted: int) -> None:
    """Raises Refused where more places read a node than want it changed."""
    if not document.anchors:
        return
    read_by = uses(document)[id(node)]
    if read_by > wanted:
        name, line = _anchor_around(document, node)
        raise Refused(
            f"it is part of the anchor &{name} (line {line}), which is used in {read_by} places "
            "that do not all want the change"
        )


def refuse_shared_value(document: Document, owner: Node, value: Node) -> None:
    """Raises Refused where the value of a pair is read elsewhere too, as a whole or in part."""
    if not document.anchors:
        return
    name = document.anchors.get(id(value))
    if name and uses(document)[id(value)] > uses(document)[id(owner)]:
        line = _line(document, value)
        raise Refused(f"the value is the anchor &{name} (line {line}), which is used elsewhere")
    refuse_anchors(document, value, "replaced")


def refuse_anchors(document: Document, node: Node, done: str) -> None:
    """Raises Refused where a part holds an anchor that is in use."""
    if not document.anchors:
        return
    in_use = {id(n.target) for n in walk(document.root) if isinstance(n, AliasNode)}
    for part in walk(node):
        if id(part) in in_use:
            name, line = document.anchors[id(part)], _line(document, part)
            raise Refused(f"the part to be {done} holds the anchor &{name} (line {line})")


def refuse_aliases(node: Node) -> None:
    """Raises Refused where a part to be moved holds an alias, which may then mean another node."""
    for part in walk(node):
        if isinstance(part, AliasNode):
            raise Refused(f"the part to be moved holds the alias *{part.name}")


def _anchor_around(document: Document, node: Node) -> tuple[str, int]:
    """Name and line of the innermost anchor that holds a node."""
    holders = [
        anchored
        for anchored in walk(document.root)
        if id(anchored) in document.anchors and any(part is node for part in walk(anchored))
    ]
    return document.anchors[id(holders[-1])], _line(document, holders[-1])


def _line(document: Document, node: Node) -> int:
    return document.source.position(document.start + start_of(node))[0]
