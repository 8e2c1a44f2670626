"""Nodes of a tree in the text: which there are, and where each starts and ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from k8slint.manifest.pyyaml import MappingNode, Node, ScalarNode, SequenceNode

# Not compiled before they are used: few runs do.
_PROPERTIES = r"(?:[&!][^\s,\[\]{}]*(?:\s+(?:#.*\s+)*|\Z))*"
_BLOCK_HEADER = r"[|>][-+0-9]*"
_LONE_CR = r"\r(?!\n)"
_LINES_OF_BLANKS = r"(?:[ \t]*\r?\n)*(?:[ \t]+\Z)?"
_NEXT_COMMENT = r"(?:[ \t]*\r?\n)*([ \t]*)#"


def walk_nodes(root: Node) -> Iterator[Node]:
    """Every node once, in the order of the text; aliases are not followed."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, MappingNode):
            for key, value in reversed(node.value):
                stack += (value, key)
        elif isinstance(node, SequenceNode):
            stack.extend(reversed(node.value))


def walk_keys(root: Node) -> Iterator[ScalarNode]:
    """Every key once that is a scalar, in any order; aliases are not followed."""
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, MappingNode):
            for key, value in node.value:
                if isinstance(key, ScalarNode):
                    yield key
                else:
                    stack.append(key)
                if not isinstance(value, ScalarNode):
                    stack.append(value)
        elif isinstance(node, SequenceNode):
            stack += node.value


def find_odd_key(root: Node) -> Node | None:
    """The first key that is not a scalar; that is how `replicas: {{ .x }}` parses."""
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, MappingNode):
            inner = []
            for key, value in node.value:
                if not isinstance(key, ScalarNode):
                    odd: Node = key
                    return odd
                if not isinstance(value, ScalarNode):
                    inner.append(value)
            stack.extend(reversed(inner))
        elif isinstance(node, SequenceNode):
            stack.extend(reversed(node.value))
    return None


def children(node: Node) -> Iterator[Node]:
    """The keys and values, or items, of a collection."""
    if isinstance(node, MappingNode):
        for pair in node.value:
            yield from pair
    elif isinstance(node, SequenceNode):
        yield from node.value


def start_of(node: Node) -> int:
    return node.start_mark.index


def end_of(node: Node) -> int:
    """Where a node's text ends; a block collection's mark would be at the next token."""
    return last_leaf(node).end_mark.index


def last_leaf(node: Node) -> Node:
    """The scalar, alias or flow collection a node's text ends with."""
    while isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def body_start(node: Node, text: str) -> int:
    """Where a node's own text begins, after its anchor and tag."""
    if is_block(node) and isinstance(node, MappingNode) and node.value:
        return start_of(node.value[0][0])
    start = start_of(node)
    if not text.startswith(("&", "!"), start):
        return start
    properties = re.compile(_PROPERTIES).match(text, start, end_of(node))
    return properties.end() if properties else start


def content_end(node: Node, text: str) -> int:
    """Where a node's content ends, without blank lines that belong to no value.

    Those below a block scalar belong to it only when they are kept (`+`).
    """
    leaf = last_leaf(node)
    end = leaf.end_mark.index
    start = start_of(leaf)
    if start == end:  # The mark of what is left out stands at the next token.
        while end and text[end - 1] in " \t\r\n":
            end -= 1
    if not is_block_scalar(leaf):
        return end
    if keeps_blank_lines(leaf, text):
        line = text.rfind("\n", 0, end) + 1
        is_last = line < end == len(text)
        return end if is_last or text[line:end].strip() else line
    content_start = start + len(text[start:end].split("\n", 1)[0])
    bare_end = start + _without_blank_lines(text[start:end])
    if not leaf.value.rstrip("\n").endswith((" ", "\t")):
        return bare_end
    # A line of blanks that goes beyond the indentation is content.
    indent = _indent(text[content_start:end]) - _indent(leaf.value)
    below = re.finditer(r"(?<=\n)[ \t]+", text[bare_end:end])
    return max([bare_end, *(bare_end + m.end() for m in below if len(m[0]) > indent)])


def _without_blank_lines(lines: str) -> int:
    """Where the blank lines at the end of some lines begin, from the line end before them."""
    at = len(lines.rstrip(" \t\r\n"))
    for lone in re.compile(_LONE_CR).finditer(lines, at):
        at = lone.end()
    at = lines.find("\n", at)
    if at < 0:
        return len(lines)
    return at - 1 if lines[at - 1 : at] == "\r" else at


def _indent(lines: str) -> int:
    """The blanks in front of the first line that has anything else."""
    first = next((line for line in lines.split("\n") if line.strip()), "")
    return len(first) - len(first.lstrip(" "))


def is_block_scalar(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.style in ("|", ">")


def keeps_blank_lines(node: Node, text: str) -> bool:
    """Whether a block scalar's header has the `+` indicator."""
    if not is_block_scalar(node):
        return False
    header = re.compile(_BLOCK_HEADER).match(text, body_start(node, text))
    return bool(header and "+" in header[0])


def scalar_grows(node: Node, text: str, at: int, depth: int) -> bool:
    """Whether a node that would end at an offset would take in the lines below as its content.

    So does a block scalar with blank lines that it keeps, or with what is deeper than the column
    `depth` of its key: blanks, and comments.
    """
    if not is_block_scalar(node):
        return False
    blanks = re.compile(_LINES_OF_BLANKS).match(text, at)
    lines = blanks[0].split("\n") if blanks else []
    if any(len(line.rstrip("\r")) > depth for line in lines):
        return True
    comment = re.compile(_NEXT_COMMENT).match(text, at)
    is_deep = bool(comment and len(comment[1]) > depth)
    return is_deep or bool(len(lines) > 1 and keeps_blank_lines(node, text))


def is_block(node: Node) -> bool:
    """Whether a node is a collection without brackets."""
    return isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style
