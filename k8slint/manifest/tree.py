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
from functools import lru_cache

from k8slint.lazy import cached_property
from k8slint.manifest.lines import line_end
from k8slint.manifest.pyyaml import (
    CParser,
    MappingNode,
    Mark,
    MarkedYAMLError,
    Node,
    ScalarNode,
    SequenceNode,
    YAMLError,
)
from k8slint.manifest.source import Source
from k8slint.manifest.stream import Chunk, Trees
from k8slint.type_names import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from k8slint.manifest.masking import View

# Deeper than any manifest, well below where libyaml's composer overflows the C stack (50,000).
MAX_TREE_DEPTH = 1_000

_MAYBE_ANCHOR = re.compile(r"[&*][\w.-]")
_BEFORE_ANCHOR = frozenset(" \t\n\r[{,:-")
# The shortest line on which so much can begin, and the blanks that stand between on it.
_LEAST_DEEP = 600
_LEAST_BLANKS = 300


class AliasNode(Node):
    """`*name`: stands for the anchored `target` without being it."""

    id = "alias"

    def __init__(self, name: str, target: Node, start_mark: Mark, end_mark: Mark) -> None:
        super().__init__(None, None, start_mark, end_mark)  # type: ignore[arg-type]
        self.name = name
        self.target = target


class UnknownNode(ScalarNode):
    """What an action of a template writes: any value, or nothing."""


class OpenMapping(MappingNode):
    """A mapping of a template into which actions may write more keys.

    `writers` are what they write, each with the keys it may write; None for any.
    """

    writers: list[tuple[frozenset[str] | None, UnknownNode]]

    def written_by_action(self, name: str) -> UnknownNode | None:
        """What an action may write under a key; None where none can."""
        found = (node for names, node in self.writers if names is None or name in names)
        return next(found, None)


_TAB = "a tab is used as indentation, for which YAML allows only spaces"


class YamlError(Exception):
    """The text is not YAML; `offset` counts from the start of the text."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class Document:
    """One YAML document: a piece of a source, starting at `start`, and its tree.

    Marks of nodes count from `start`. `anchors` holds the names of nodes with one.
    That of a `template` is the masked text of one of its views; `literals` is it as it is edited,
    and `has_hooks_of_actions` says whether to read it as if its actions wrote hooks.
    """

    template: View | None = None
    literals: Document | None = None
    has_hooks_of_actions = False

    def __init__(
        self, source: Source, start: int, text: str, root: Node, anchors: Mapping[Node, str]
    ) -> None:
        self.source = source
        self.start = start
        self.text = text
        self.root = root
        self.anchors = anchors

    @cached_property
    def is_json(self) -> bool:
        """Whether kubectl reads it as JSON, which is stricter about numbers and repeated keys."""
        if not self.text.lstrip().startswith("{"):
            return False
        import json

        try:
            json.loads(self.text)
        except (ValueError, RecursionError):
            return False
        return True


def documents(source: Source, chunk: Chunk, *, keep: bool = True) -> list[Document]:
    """Parse a chunk: one document, or several where `...` ends one.

    Where a tree is not to be changed, it is kept for the next time. Raises Unreadable with the
    place of the problem.
    """
    text = chunk.text
    try:
        built = (chunk.trees or _built(text)) if keep else _built.__wrapped__(text)
    except YAMLError as error:
        raise _unreadable(error, text) from None
    return [Document(source, chunk.start, text, root, anchors) for root, anchors in built]


def with_trees(chunk: Chunk) -> Chunk:
    """The chunk with the trees of its documents, which were read last."""
    return chunk._replace(trees=_built(chunk.text))


# What a fix was proved by is linted next.
@lru_cache(maxsize=1)
def _built(text: str) -> Trees:
    _refuse_depth(text)
    if CParser is None or _may_hold_anchor(text):
        return build(_events(text))
    return [(root, {}) for root in _compose(text)]


def build(events: Iterable[Any]) -> Trees:
    """Roots and anchors of each document in a stream of PyYAML or ruamel.yaml events."""
    built: Trees = []
    stack: list[Node] = []
    keys: list[Node | None] = []
    named: dict[str, Node] = {}
    anchors: dict[Node, str] = {}
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
            anchors[node] = event.anchor
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


def parse_with_ruamel(text: str) -> Trees:
    """The same text through ruamel.yaml's own parser, for a second opinion.

    Raises Unreadable where that parser cannot read it.
    """
    try:
        return build(_ruamel_events(text))
    except YAMLError as error:
        raise _unreadable(error, text) from None


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
        (not at or text[at - 1] in _BEFORE_ANCHOR) and _MAYBE_ANCHOR.match(text, at)
        for at in _find_each("&*", text)
    )


def _find_each(marks: str, text: str) -> Iterator[int]:
    """Where each of some characters stands in a text.

    Most texts have few of them, which `find` finds in a tenth of the time of a pattern or `count`.
    """
    for mark in marks:
        at = text.find(mark)
        while at >= 0:
            yield at
            at = text.find(mark, at + 1)


def _may_be_deep(text: str) -> bool:
    start = 0
    while start + _LEAST_DEEP <= len(text):
        end = text.rfind("\n", start, start + _LEAST_DEEP)
        if end < 0:
            end = line_end(text, start)
            blanks = text.count(" ", start, end) + text.count("\t", start, end)
            if blanks >= _LEAST_BLANKS:
                return True
        start = end + 1
    return False


def _refuse_depth(text: str) -> None:
    if len(text) <= MAX_TREE_DEPTH:  # Each level takes a character.
        return
    if text.count("[") + text.count("{") <= MAX_TREE_DEPTH and not _may_be_deep(text):
        return
    depth = 0
    try:
        for event in _events(text):
            name = type(event).__name__
            if name in ("SequenceStartEvent", "MappingStartEvent"):
                depth += 1
                if depth > MAX_TREE_DEPTH:
                    reason = f"nested deeper than {MAX_TREE_DEPTH:,} levels"
                    raise YamlError(reason, event.start_mark.index)
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
    from k8slint.manifest.ruamel import RuamelError, parse_events

    try:
        return parse_events(text)
    except RuamelError as error:
        raise _unreadable(error, text) from None


def _unreadable(error: Any, text: str) -> YamlError:
    if not hasattr(error, "problem_mark"):
        offset = min(getattr(error, "position", 0) or 0, len(text))
        return YamlError(_why(text[offset : offset + 1], error), offset)
    mark = error.problem_mark or error.context_mark
    context = f" {error.context}" if error.context else ""
    offset = min(mark.index, len(text)) if mark else 0
    is_tab = text.startswith("\t", offset) and "cannot start any token" in error.problem
    return YamlError(_TAB if is_tab else f"{error.problem}{context}", offset)


def _why(character: str, error: Any) -> str:
    if character and not character.isprintable():
        return f"YAML allows no control characters, and here is U+{ord(character):04X}"
    return str(getattr(error, "reason", None) or error)


_compose: Callable[[str], Iterator[Node]]

if CParser is not None:

    class _Composer(CParser):  # type: ignore[misc]
        """Nodes without tags: what a scalar means is decided where it is read."""

        def resolve(self, kind: Any, value: Any, implicit: Any) -> None:
            return None

        # Called for each node, for nothing: as methods these would take 3 % of a check.
        descend_resolver = operator.is_
        ascend_resolver = bool

    def _compose(text: str) -> Iterator[Node]:
        composer = _Composer(text)
        while composer.check_node():
            yield composer.get_node()
