"""The names of `tree_sitter` and `tree_sitter_bash` that k8slint uses, over web-tree-sitter.

A browser has no compiled packages; the same parser and grammar come to it as WebAssembly. The
page's worker registers the module `web_tree_sitter`, whose `parse` takes a script and returns
JSON: the kinds of nodes, and four numbers for each node, parents first: its kind, where it starts
and ends, and how many children it has, counted from -1 downwards where it is not named.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import cached_property
from types import ModuleType


class Node:
    """A node with its children. `has_error` is known of the root only."""

    def __init__(self, kind: str, start_byte: int, end_byte: int, *, is_named: bool) -> None:
        self.type = kind
        self.start_byte = start_byte
        self.end_byte = end_byte
        self.is_named = is_named
        self.children: list[Node] = []

    @property
    def child_count(self) -> int:
        return len(self.children)

    @cached_property
    def named_children(self) -> list[Node]:
        return [child for child in self.children if child.is_named]

    @property
    def named_child_count(self) -> int:
        return len(self.named_children)


class Root(Node):
    """The node of a whole script."""

    has_error = False


class Tree:
    """What a parser returns."""

    def __init__(self, root_node: Root) -> None:
        self.root_node = root_node


class Language:
    """The one language there is."""

    def __init__(self, language: object) -> None:
        self.language = language


class Parser:
    """Parses scripts of ASCII, in which a byte is a code unit of JavaScript."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def parse(self, source: bytes) -> Tree:
        """Return the tree of a script; raises UnicodeDecodeError where it is not ASCII."""
        import web_tree_sitter  # type: ignore[import-not-found]

        parsed = json.loads(web_tree_sitter.parse(source.decode("ascii")))
        root = _built(parsed["kinds"], parsed["nodes"])
        root.has_error = parsed["hasError"]
        return Tree(root)


def _built(kinds: Sequence[str], numbers: Sequence[int]) -> Root:
    """Return the tree of nodes that are listed parents first."""
    root = Root(kinds[numbers[0]], numbers[1], numbers[2], is_named=True)
    open_nodes: list[tuple[Node, int]] = [(root, _count(numbers[3]))]
    for at in range(4, len(numbers), 4):
        kind, start, end, children = numbers[at : at + 4]
        while len(open_nodes[-1][0].children) == open_nodes[-1][1]:
            open_nodes.pop()
        node = Node(kinds[kind], start, end, is_named=children >= 0)
        open_nodes[-1][0].children.append(node)
        open_nodes.append((node, _count(children)))
    return root


def _count(children: int) -> int:
    return children if children >= 0 else -1 - children


_grammar = ModuleType("tree_sitter_bash")
_grammar.language = lambda: "bash"  # type: ignore[attr-defined]
sys.modules["tree_sitter_bash"] = _grammar
