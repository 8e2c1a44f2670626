"""YAML text to trees of nodes that know where they stand.

Nodes come from PyYAML's C composer with a resolver that resolves nothing. The composer forgets
where an alias stood and refuses a repeated anchor, so a document that may hold either is built
from parser events instead, into the same node classes plus `AliasNode`. ruamel.yaml's pure parser
feeds the same builder: in place of a missing C parser, and as the second opinion on a fix.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeAlias, cast

import yaml
from yaml.error import Mark, MarkedYAMLError, YAMLError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

from k8slint.manifest.source import UTF16, Source

# Missing where PyYAML was built without libyaml.
CParser: Any = vars(yaml.cyaml)["CParser"] if yaml.__with_libyaml__ else None

Pair: TypeAlias = tuple[Node, Node]

# Deeper than any manifest, well below where libyaml's composer overflows the C stack (50,000).
MAX_DEPTH = 1_000

_MARKER = "\n---"
_MARKER_BYTES = re.compile(rb"\n---(?=[ \t\r\n]|\Z)")
# Of a long stream no more is made a text of at once, in bytes.
_PART = 500_000
_MAX_LINE = 10_000
_MAYBE_ANCHOR = re.compile(r"[&*](?=[\w.-])")
_BEFORE_ANCHOR = frozenset(" \t\n\r[{,:-")
_COMMENT_LINES = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*")
# Not compiled before they are used: few runs do.
_PROPERTIES = r"(?:[&!][^\s,\[\]{}]*(?:\s+(?:#.*\s+)*|\Z))*"
_BLOCK_HEADER = r"[|>][-+0-9]*"
_LONE_CR = r"\r(?!\n)"
_LINES_OF_BLANKS = r"(?:[ \t]*\r?\n)*(?:[ \t]+\Z)?"
_NEXT_COMMENT = r"(?:[ \t]*\r?\n)*([ \t]*)#"
_MAYBE_DEEP = r"(?:[-?:][ \t]+){300}|\n {900}"
_LEAST_DEEP = 600


class AliasNode(Node):
    """`*name`: stands for the anchored `target` without being it."""

    id = "alias"

    def __init__(self, name: str, target: Node, start_mark: Mark, end_mark: Mark) -> None:
        super().__init__(None, None, start_mark, end_mark)  # type: ignore[arg-type]
        self.name = name
        self.target = target


class Unreadable(Exception):
    """The text is no YAML; `offset` counts from the start of the text."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class Document:
    """One YAML document: a piece of a source, starting at `start`, and its tree.

    Marks of nodes count from `start`. `anchors` holds the anchor names by the id of their node.
    """

    def __init__(
        self, source: Source, start: int, text: str, root: Node, anchors: Mapping[int, str]
    ) -> None:
        self.source = source
        self.start = start
        self.text = text
        self.root = root
        self.anchors = anchors


class Chunk(NamedTuple):
    """The text between two `---` markers, the first of them included.

    Comments above the first marker of a stream go with what is below it.
    """

    start: int
    text: str


class Part(NamedTuple):
    """A part of a stream: how many lines are above it, and the line below it."""

    data: bytes
    above: int = 0
    below: str = ""

    def placed(self, source: Source) -> Source:
        """The source made of it, at its place in the stream."""
        return Source(source.name, source.text, bom=source.bom, above=self.above, below=self.below)


def cut(text: str) -> Iterator[Chunk]:
    """Cut a stream at its document markers, which cannot occur inside a document.

    A stream with a `%` directive stays whole, since a directive belongs to what follows it.
    """
    if text.startswith("%") or "\n%" in text:
        yield Chunk(0, text)
        return
    start = 0
    at = text.find(_MARKER)
    while at >= 0:
        after = at + len(_MARKER)
        is_marker = after == len(text) or text[after] in " \t\r\n"
        if is_marker and (start or not _COMMENT_LINES.fullmatch(text, 0, at + 1)):
            if at + 1 > start:
                yield Chunk(start, text[start : at + 1])
            start = at + 1
        at = text.find(_MARKER, after)
    if start < len(text):
        yield Chunk(start, text[start:])


def parts(data: bytes) -> Iterator[Part]:
    """A long stream in parts of whole documents, which are cut as the stream would be."""
    start = above = 0
    is_whole = data.startswith((b"%", *UTF16)) or b"\n%" in data
    while not is_whole and (marker := _MARKER_BYTES.search(data, start + _PART)):
        begin = marker.start() + 1
        line = data[begin : begin + _MAX_LINE].partition(b"\n")[0].rstrip(b"\r")
        yield Part(data[start:begin], above, line.decode("utf-8", "replace"))
        above += data.count(b"\n", start, begin)
        start = begin
    yield Part(data[start:], above)


def documents(source: Source, chunk: Chunk) -> list[Document]:
    """Parse a chunk: one document, or several where `...` ends one.

    Raises Unreadable with the place of the problem.
    """
    text = chunk.text
    try:
        built = _built(text)
    except YAMLError as error:
        raise _unreadable(error, text) from None
    return [Document(source, chunk.start, text, root, anchors) for root, anchors in built]


def is_well_formed(text: str) -> bool:
    """Whether a text without anchors is YAML, told without making a tree."""
    try:
        if CParser is None:  # pragma: no cover - PyYAML built without libyaml
            for _ in _events(text):
                pass
        else:
            CParser(text).raw_parse()
    except YAMLError:
        return False
    return True


# What a fix was proved by is linted next.
@lru_cache(maxsize=1)
def _built(text: str) -> list[tuple[Node, dict[int, str]]]:
    _refuse_depth(text)
    if CParser is None or _may_hold_anchor(text):
        return build(_events(text))
    return [(root, {}) for root in _compose(text)]


def build(events: Iterable[Any]) -> list[tuple[Node, dict[int, str]]]:
    """Roots and anchors of each document in a stream of PyYAML or ruamel.yaml events."""
    built: list[tuple[Node, dict[int, str]]] = []
    stack: list[Node] = []
    keys: list[Node | None] = []
    named: dict[str, Node] = {}
    anchors: dict[int, str] = {}
    root: Node | None = None
    for event in events:
        kind = type(event).__name__
        if kind == "DocumentStartEvent":
            named, anchors, root = {}, {}, None
            continue
        if kind == "DocumentEndEvent":
            if root is not None:
                built.append((root, anchors))
            continue
        if kind in ("SequenceEndEvent", "MappingEndEvent"):
            stack.pop().end_mark = event.end_mark
            keys.pop()
            continue
        node = _node(kind, event, named)
        if node is None:
            continue
        if event.anchor is not None and not isinstance(node, AliasNode):
            named[event.anchor] = node
            anchors[id(node)] = event.anchor
        if not stack:
            root = node
        elif isinstance(stack[-1], MappingNode):
            if (key := keys[-1]) is None:
                keys[-1] = node
            else:
                stack[-1].value.append((key, node))
                keys[-1] = None
        else:
            stack[-1].value.append(node)
        if kind in ("SequenceStartEvent", "MappingStartEvent"):
            stack.append(node)
            keys.append(None)
    return built


def second_reading(text: str) -> list[tuple[Node, dict[int, str]]]:
    """The same text through ruamel.yaml's own parser, for a second opinion.

    Raises Unreadable where that parser cannot read it.
    """
    try:
        return build(_ruamel_events(text))
    except YAMLError as error:
        raise _unreadable(error, text) from None


def walk(root: Node) -> Iterator[Node]:
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
    """Where a node's own text begins, behind its anchor and tag."""
    if is_block(node) and isinstance(node, MappingNode) and node.value:
        return start_of(node.value[0][0])
    properties = re.compile(_PROPERTIES).match(text, start_of(node), end_of(node))
    return properties.end() if properties else start_of(node)


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


def _node(kind: str, event: Any, named: Mapping[str, Node]) -> Node | None:
    begin, end = event.start_mark, event.end_mark
    match kind:
        case "ScalarEvent":
            tag = None if any(event.implicit) and event.tag in (None, "!") else event.tag
            return ScalarNode(cast("str", tag), event.value, begin, end, style=event.style or None)
        case "SequenceStartEvent":
            return SequenceNode(_tag(event), [], begin, end, flow_style=bool(event.flow_style))
        case "MappingStartEvent":
            return MappingNode(_tag(event), [], begin, end, flow_style=bool(event.flow_style))
        case "AliasEvent":
            if event.anchor not in named:
                problem = f"alias *{event.anchor} has no anchor"
                raise MarkedYAMLError(problem=problem, problem_mark=begin)
            return AliasNode(event.anchor, named[event.anchor], begin, end)
    return None


def _tag(event: Any) -> Any:
    """The composer, too, takes `!` for no tag."""
    return None if event.tag == "!" else event.tag


def _may_hold_anchor(text: str) -> bool:
    return any(
        match.start() == 0 or text[match.start() - 1] in _BEFORE_ANCHOR
        for match in _MAYBE_ANCHOR.finditer(text)
    )


def _may_be_deep(text: str) -> bool:
    # Only a long line can be; looking for that first is a tenth of the time of a check.
    longest = max(map(len, text.split("\n")))
    return longest >= _LEAST_DEEP and re.search(_MAYBE_DEEP, text) is not None


def _refuse_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH and not _may_be_deep(text):
        return
    depth = 0
    try:
        for event in _events(text):
            name = type(event).__name__
            if name in ("SequenceStartEvent", "MappingStartEvent"):
                depth += 1
                if depth > MAX_DEPTH:
                    reason = f"nested deeper than {MAX_DEPTH:,} levels"
                    raise Unreadable(reason, event.start_mark.index)
            elif name in ("SequenceEndEvent", "MappingEndEvent"):
                depth -= 1
    except YAMLError:
        return  # The parse that follows reports it.


def _events(text: str) -> Iterator[Any]:
    if CParser is None:  # pragma: no cover - PyYAML built without libyaml
        yield from _ruamel_events(text)
        return
    parser = CParser(text)
    while parser.check_event():
        yield parser.get_event()


def _ruamel_events(text: str) -> list[Any]:
    from ruamel.yaml.error import YAMLError as RuamelError

    # A directive counts for whatever the same reader reads later.
    reader = _ruamel_reader.__wrapped__() if "%" in text else _ruamel_reader()
    try:
        # All at once: what is left half-read would be in the way of the next text.
        return [*reader.parse(text)]
    except RuamelError as error:
        raise _unreadable(error, text) from None
    finally:
        reader.doc_infos.clear()


@cache
def _ruamel_reader() -> Any:
    # pure=True, because ruamel.yaml would otherwise use an old libyaml where it is installed.
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True)


def _unreadable(error: Any, text: str) -> Unreadable:
    if isinstance(error, ReaderError) or not hasattr(error, "problem_mark"):
        offset = min(getattr(error, "position", 0) or 0, len(text))
        reason = getattr(error, "reason", None) or str(error)
        return Unreadable(str(reason), offset)
    mark = error.problem_mark or error.context_mark
    context = f" {error.context}" if error.context else ""
    return Unreadable(f"{error.problem}{context}", min(mark.index, len(text)) if mark else 0)


_compose: Callable[[str], Iterator[Node]]

if CParser is not None:

    class _Composer(CParser):  # type: ignore[misc]
        """Nodes without tags: what a scalar means is decided where it is read."""

        def resolve(self, kind: Any, value: Any, implicit: Any) -> None:
            return None

        # Called around each node, for nothing: built-ins that do nothing with what they are given.
        descend_resolver = staticmethod(operator.is_)
        ascend_resolver = staticmethod(bool)

    def _compose(text: str) -> Iterator[Node]:
        composer = _Composer(text)
        while composer.check_node():
            yield composer.get_node()
