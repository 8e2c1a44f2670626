"""Proof that a changed document says what was intended and nothing else.

V1 it parses; V2 its tree is the old tree with the changes made; V3 undoing the edits gives the
old bytes; V4 every comment is still there; V5 ruamel.yaml's own parser reads the same tree. That
the rules find nothing new is for the caller to see.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce

from k8slint.manifest.changes import Addition, Insertion, NodeChange, PairReplacement, Removal
from k8slint.manifest.comments import Comment, comments
from k8slint.manifest.embedded import EmbeddedDocument, embedded
from k8slint.manifest.geometry import children, is_block, start_of
from k8slint.manifest.kept import Data, Kept, kept_in
from k8slint.manifest.lines import line_start
from k8slint.manifest.pyyaml import MappingNode, Node, ScalarNode, SequenceNode
from k8slint.manifest.removal import own_span
from k8slint.manifest.splice import Edit, Refused, apply, undo
from k8slint.manifest.stream import Chunk
from k8slint.manifest.tree import AliasNode, Document, YamlError, documents, parse_with_ruamel
from k8slint.manifest.values import Value, read_scalar, reads_as, root
from k8slint.records import NamedTuple

Tree = tuple[Node, Mapping[Node, str]]


class Unproved(Exception):
    """The edits do not do what was intended: a bug here, so nothing may be written."""


class _Expectation(NamedTuple):
    """What a new tree is compared with: the old anchors and new ones, the changes by mapping.

    In a part that was `moved`, scalars may be quoted in another way if they read the same. Of the
    old entries those that were `spared` are not there.
    """

    before: Mapping[Node, str]
    after: Mapping[Node, str]
    changes: Mapping[Node, Sequence[NodeChange]]
    moved: bool = False
    spared: Collection[Node] = ()


def prove(
    document: Document,
    changes: Sequence[NodeChange],
    edits: Sequence[Edit],
    cuts: Sequence[Edit] = (),
    others: Sequence[Document] = (),
) -> str:
    """The document's text after the edits, given in offsets of its source.

    Those of them that are `cuts` take away comments, and no value. `others` are documents of the
    same text that change, too. Raises Unproved, or Refused where edits touch.
    """
    neighbours = _neighbours(document, others)
    local = [edit.shifted(-document.start) for edit in edits]
    text = apply(document.text, local)
    if undo(document.text, text, local) != document.text:
        raise Unproved("undoing the edits does not give the old text back")
    try:
        after = documents(document.source, Chunk(document.start, text))
    except YamlError as error:
        raise Unproved(f"the result is not valid YAML: {error.reason}") from None
    try:
        _prove_trees(neighbours, changes, [(one.root, one.anchors) for one in after], "the result")
        if cuts or not _agrees_in_parts(document, changes, after):
            prove_second_reading(neighbours, changes, text)
    except RecursionError:
        raise Refused("the document is nested too deeply") from None
    local_cuts = [cut.shifted(-document.start) for cut in cuts]
    _prove_comments(neighbours, changes, local, local_cuts, (text, after))
    _prove_json(document.text, text)
    if isinstance(document, EmbeddedDocument):
        _prove_holder(document, text, after)
    return text


def _prove_trees(
    before: Sequence[Document], changes: Sequence[NodeChange], after: Sequence[Tree], what: str
) -> None:
    if len(before) != len(after):
        raise Unproved(f"{what} has {len(after)} documents")
    by_owner = _by_owner(changes)
    for old, (top, anchors) in zip(before, after, strict=True):
        if not _same(old.root, top, _Expectation(old.anchors, anchors, by_owner)):
            raise Unproved(f"{what} does not say what was intended")


def _by_owner(changes: Sequence[NodeChange]) -> Mapping[Node, Sequence[NodeChange]]:
    by_owner: dict[Node, list[NodeChange]] = defaultdict(list)
    for change in changes:
        by_owner[change.owner].append(change)
    return by_owner


def _neighbours(document: Document, others: Sequence[Document]) -> list[Document]:
    """The documents of the same text: itself, and others where `...` or `%` keeps them joined."""
    text = document.text
    if "\n..." not in text and "\n%" not in text and not text.startswith("%"):
        return [document]
    every = documents(document.source, Chunk(document.start, text))
    known = {start_of(one.root): one for one in (document, *others)}
    return [known.get(start_of(one.root), one) for one in every]


def _same(old: Node, new: Node, expected: _Expectation) -> bool:
    if type(old) is not type(new) or old.tag != new.tag:
        return False
    if expected.before.get(old) != expected.after.get(new):
        return False
    if isinstance(old, ScalarNode) and isinstance(new, ScalarNode):
        if expected.moved and reads_as(read_scalar(old), new):
            return True
        return bool(old.value == new.value and bool(old.style) == bool(new.style))
    if isinstance(old, AliasNode) and isinstance(new, AliasNode):
        return old.name == new.name
    if isinstance(old, SequenceNode):
        items = _wanted_items(old, expected)
        return len(items) == len(new.value) and all(
            _matches(a, b, expected) for a, b in zip(items, new.value, strict=True)
        )
    assert isinstance(old, MappingNode)
    wanted = _wanted(old, expected)
    return len(wanted) == len(new.value) and all(
        _matches(key, new_key, expected) and _matches(value, new_value, expected)
        for (key, value), (new_key, new_value) in zip(wanted, new.value, strict=True)
    )


def _wanted(old: MappingNode, expected: _Expectation) -> list[tuple[Data | Node, Data | Node]]:
    changes = expected.changes.get(old, ())
    if not changes and not expected.spared:  # As for most.
        return [*old.value]
    pairs: list[list[tuple[Data | Node, Data | Node]]] = [
        [],  # Above all that is there.
        *([] if pair[0] in expected.spared else [pair] for pair in old.value),
    ]
    for change in changes:
        match change:
            case Insertion(after=after, key=key, value=value):
                pairs[after + 1].append((key, value))
            case PairReplacement(at=at, key=key, value=value):
                old_key = old.value[at][0]
                pairs[at + 1][0] = (old_key if old_key.value == key else key, value)
            case Removal(at=at):
                del pairs[at + 1][0]
    return [pair for group in pairs for pair in group]


def _wanted_items(old: SequenceNode, expected: _Expectation) -> list[Data | Node]:
    changes = expected.changes.get(old, ())
    items = [item for item in old.value if item not in expected.spared]
    return [*items, *(change.value for change in changes if isinstance(change, Addition))]


def _matches(wanted: Data | Node, new: Node, expected: _Expectation) -> bool:
    if isinstance(wanted, Node):
        return _same(wanted, new, expected)
    if isinstance(wanted, Kept):
        return _same(wanted.node, new, expected._replace(moved=True))
    if new.tag is not None:
        return False
    if isinstance(wanted, (str, int)):
        return isinstance(new, ScalarNode) and reads_as(wanted, new)
    if isinstance(wanted, Mapping):
        return (
            isinstance(new, MappingNode)
            and [key.value for key, _ in new.value] == [*wanted]
            and all(_matches(wanted[key.value], value, expected) for key, value in new.value)
        )
    return (
        isinstance(new, SequenceNode)
        and len(new.value) == len(wanted)
        and all(_matches(a, b, expected) for a, b in zip(wanted, new.value, strict=True))
    )


def _prove_comments(
    neighbours: Sequence[Document],
    changes: Sequence[NodeChange],
    edits: Sequence[Edit],
    cuts: Sequence[Edit],
    after: tuple[str, Sequence[Document]],
) -> None:
    """Comments may only go with a removed pair or by cuts, which take away nothing else.

    They change their order only with a moved pair.
    """
    before_text, (text, read) = neighbours[0].text, after
    removals = [change for change in changes if isinstance(change, Removal)]
    gone = _Spans(own_span(before_text, removal) for removal in removals if not removal.moves)
    cut = _Spans((edit.start, edit.end) for edit in edits)
    before = [*comments(before_text, [one.root for one in neighbours])]
    spans = [(one.start, one.start + len(one.text)) for one in before]
    spoken = _Spans(spans)
    if any(one.text or spoken.outside(before_text, one.start, one.end).strip() for one in cuts):
        raise Unproved("more than a comment would be deleted")
    taken = _Spans((one.start, one.end) for one in cuts)
    before = [Comment(start, taken.outside(before_text, start, end)) for start, end in spans]
    kept = [
        one.text for one in before if one.text and not (one.start in gone and one.start in cut)
    ]
    found = [one.text for one in comments(text, [one.root for one in read])]
    new = [change.value for change in changes if not isinstance(change, Removal)]
    moved = any(removal.moves for removal in removals) or any([*kept_in(v)] for v in new)
    if (Counter(kept) != Counter(found)) if moved else (kept != found):
        raise Unproved("a comment would be lost or changed")


class _Spans:
    """Stretches of a text, found by an offset in them."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            elif start < end:
                self._starts.append(start)
                self._ends.append(end)

    def __contains__(self, offset: int) -> bool:
        number = bisect_right(self._starts, offset)
        return number > 0 and offset < self._ends[number - 1]

    def outside(self, text: str, start: int, end: int) -> str:
        """What stands between two offsets and in none of the spans."""
        pieces = []
        for number in range(bisect_right(self._ends, start), bisect_left(self._starts, end)):
            pieces.append(text[start : max(self._starts[number], start)])
            start = self._ends[number]
        return "".join([*pieces, text[start:end]])


def _agrees_in_parts(
    document: Document, changes: Sequence[NodeChange], after: Sequence[Document]
) -> bool:
    """Whether ruamel.yaml reads the changed parts of the result as intended.

    It takes 2 s for a megabyte, so what is not changed is spared. The text of a block collection,
    at its own column, reads alone as it does in its place, and so do some of its entries: only
    anchors and directives reach in from outside, and where there are any the whole is read.
    """
    if len(after) != 1 or document.anchors or "%" in document.text[:1]:
        return False
    holders = {node for change in changes for node in change.chain}
    owners: set[Node] = {change.owner for change in changes}
    expected = _Expectation({}, {}, _by_owner(changes))
    text = after[0].text
    for old, node in _changed_parts(document.root, after[0].root, holders, owners):
        spared = [*_spared(old, node, text, holders, expected)]
        part = _without(text, node, [span for _, span in spared]) if is_block(node) else text
        try:
            ((root, anchors),) = parse_with_ruamel(part)
        except (YamlError, ValueError):
            return False
        kept = expected._replace(after=anchors, spared={entry for entry, _ in spared})
        if not _same(old, root, kept):
            return False
    return True


def _spared(
    old: Node,
    new: Node,
    text: str,
    holders: Collection[Node],
    expected: _Expectation,
    sides: tuple[bool, bool] = (False, False),
) -> Iterator[tuple[Node, tuple[int, int]]]:
    """The old entries that say nothing about a change, with their lines in the new text.

    That is all that is not on the way to a change, nor next to one: of an entry that is, its first
    or last entries are, all the way down. So are those of a collection whose `sides` are.
    """
    if not is_block(new):
        return
    if isinstance(old, SequenceNode):
        wanted = [(item, item) for item in _wanted_items(old, expected)]
    else:
        assert isinstance(old, MappingNode)
        wanted = _wanted(old, expected)
    entries = [pair if isinstance(pair, tuple) else (pair, pair) for pair in new.value]
    starts = [*(_own_line(text, key, new) for key, _ in entries), _end(text, new)]
    # Where something was removed is not told: it may be next to any of them.
    lacks = any(isinstance(change, Removal) for change in expected.changes.get(old, ()))
    changed = [lacks or not all(isinstance(one, Node) for one in pair) for pair in wanted]
    around = [lacks or sides[0], *changed, lacks or sides[1]]
    for number, ((key, value), (_, new_value)) in enumerate(zip(wanted, entries, strict=True)):
        if not isinstance(value, Node):
            continue
        beside = around[number], around[number + 2]
        start, end = starts[number : number + 2]
        if start is None or end is None:
            yield from _spared(value, new_value, text, holders, expected, (True, True))
        elif value in holders or any(beside):
            yield from _spared(value, new_value, text, holders, expected, beside)
        elif isinstance(key, Node):
            yield key, (start, end)


def _own_line(text: str, key: Node, owner: Node) -> int | None:
    """The start of the line that a key, or an item after its dash, has for itself."""
    start = line_start(text, start_of(key))
    before = text[start : start_of(key)].strip(" ")
    return start if before == ("-" if isinstance(owner, SequenceNode) else "") else None


def _without(text: str, node: Node, spans: Sequence[tuple[int, int]]) -> str:
    """The lines of a block collection but for those between some offsets."""
    start = start_of(node)
    first = line_start(text, start)
    lines = " " * (start - first) + text[start : _end(text, node)]
    return apply(lines, [Edit(begin - first, end - first, "") for begin, end in spans])


def _end(text: str, node: Node) -> int:
    """Where the lines of a block collection end: its mark is at the token that follows."""
    mark = node.end_mark.index
    return mark if mark == len(text) else line_start(text, mark)


def _changed_parts(
    old: Node, new: Node, holders: set[Node], owners: set[Node]
) -> Iterator[tuple[Node, Node]]:
    """The innermost block collections, in both trees, outside of which nothing changes."""
    pairs = zip(children(old), children(new), strict=False)
    inside = [(one, other) for one, other in pairs if one in holders]
    if old in owners or not all(is_block(other) for _, other in inside):
        yield old, new
        return
    for one, other in inside:
        yield from _changed_parts(one, other, holders, owners)


def prove_second_reading(
    before: Sequence[Document], changes: Sequence[NodeChange], text: str
) -> None:
    try:
        _prove_trees(before, changes, parse_with_ruamel(text), "ruamel.yaml's reading")
    except (Unproved, YamlError, ValueError) as error:
        try:
            _prove_trees(before, (), parse_with_ruamel(before[0].text), "")
        except Unproved:
            raise Refused("PyYAML and ruamel.yaml read the document differently") from None
        except (YamlError, ValueError):
            return  # ruamel.yaml cannot read what was there either, tabs for example.
        raise Unproved(f"ruamel.yaml does not read what was intended: {error}") from None


def _prove_holder(document: EmbeddedDocument, text: str, after: Sequence[Document]) -> None:
    """The document around it says the same, but for the scalar, which says what was intended."""
    holder, outer = document.holder, document.holder.document
    owner = holder.parent.node if holder.parent else None
    pairs = owner.value if isinstance(owner, MappingNode) else ()
    at = next((number for number, (_, value) in enumerate(pairs) if value is holder.node), None)
    if at is None or not isinstance(owner, MappingNode):
        raise Refused("the text that holds it is written elsewhere")
    start = document.start - outer.start
    whole = outer.text[:start] + text + outer.text[start + len(document.text) :]
    try:
        found = documents(outer.source, Chunk(outer.start, whole))
    except YamlError as error:
        raise Unproved(f"the result is not valid YAML: {error.reason}") from None
    new = next((one for one in found if start_of(one.root) == start_of(outer.root)), found[0])
    value = reduce(_step, holder.pointer, root(new))
    inner = embedded(value)
    if inner is None or not _same(after[0].root, inner.root, _Expectation({}, {}, {})):
        raise Unproved("the text does not say what was intended")
    change = PairReplacement(owner, (), at, str(owner.value[at][0].value), value.text or "")
    _prove_trees([outer], [change], [(new.root, new.anchors)], "the document around it")


def _step(value: Value, part: str | int) -> Value:
    return value.get(part) if isinstance(part, str) else [*value.items()][part]


def _prove_json(old: str, new: str) -> None:
    if not old.lstrip().startswith("{"):
        return
    import json

    try:
        json.loads(old)
    except ValueError:
        return
    try:
        json.loads(new)
    except ValueError as error:
        raise Unproved(f"the result is not valid JSON: {error}") from None
