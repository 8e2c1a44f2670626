"""The names of `tree_sitter` and `tree_sitter_bash` that k8slint uses, over web-tree-sitter.

A browser has no compiled packages; the same parser and grammar come to it as WebAssembly. The
page's worker registers the module `web_tree_sitter`, whose `parse` takes a script and returns
JSON: the names of kinds and fields, and five numbers for each node, parents first: its kind, its
field (0: none), where it starts and ends, and the number of the node behind all that is in it,
counted from -1 downwards where it is not named.

Nodes are made when they are asked for, as in the compiled package: objects that hold each other a
thousand deep would end Python in a browser, whose stack is small, once they are freed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType

_WIDTH = 5


class Tree:
    """What a parser returns."""

    def __init__(self, names: Sequence[str], numbers: Sequence[int], *, has_error: bool) -> None:
        self.names = names
        self.numbers = numbers
        self.root_node = Root(self, 0)
        self.root_node.has_error = has_error


class Node:
    """A node of a tree by its number."""

    def __init__(self, tree: Tree, number: int) -> None:
        self._tree = tree
        self._at = number * _WIDTH

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and (self._tree, self._at) == (other._tree, other._at)

    def __hash__(self) -> int:
        return hash((self._tree, self._at))

    @property
    def type(self) -> str:
        return self._tree.names[self._tree.numbers[self._at]]

    @property
    def start_byte(self) -> int:
        return self._tree.numbers[self._at + 2]

    @property
    def end_byte(self) -> int:
        return self._tree.numbers[self._at + 3]

    @property
    def is_named(self) -> bool:
        return self._tree.numbers[self._at + 4] >= 0

    @property
    def children(self) -> list[Node]:
        return [*self._inside()]

    @property
    def child_count(self) -> int:
        return len(self.children)

    @property
    def named_children(self) -> list[Node]:
        return [child for child in self._inside() if child.is_named]

    @property
    def named_child_count(self) -> int:
        return len(self.named_children)

    def children_by_field_name(self, name: str) -> list[Node]:
        return [child for child in self._inside() if child.field == name]

    def child_by_field_name(self, name: str) -> Node | None:
        return next(iter(self.children_by_field_name(name)), None)

    @property
    def field(self) -> str:
        return self._tree.names[self._tree.numbers[self._at + 1]]

    @property
    def _next(self) -> int:
        number = self._tree.numbers[self._at + 4]
        return number if number >= 0 else -1 - number

    def _inside(self) -> Iterator[Node]:
        number = self._at // _WIDTH + 1
        while number < self._next:
            child = Node(self._tree, number)
            yield child
            number = child._next


class Root(Node):
    """The node of a whole script, the only one that knows whether there is an error."""

    has_error = False


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
        return Tree(parsed["names"], parsed["nodes"], has_error=parsed["hasError"])


_grammar = ModuleType("tree_sitter_bash")
_grammar.language = lambda: "bash"  # type: ignore[attr-defined]
sys.modules["tree_sitter_bash"] = _grammar
