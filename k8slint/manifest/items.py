"""Edits of a list of words that touch only the items that differ."""

from __future__ import annotations

from collections.abc import Sequence

from k8slint.manifest import block, style
from k8slint.manifest.comments import refuse_lost_comments
from k8slint.manifest.folded import changed_folded
from k8slint.manifest.geometry import content_end, is_block_scalar, start_of
from k8slint.manifest.kept import Data
from k8slint.manifest.literal import changed_literal
from k8slint.manifest.pyyaml import Node, ScalarNode, SequenceNode
from k8slint.manifest.splice import Edit, Refused
from k8slint.manifest.tree import Document
from k8slint.manifest.values import read_scalar, reads_as
from k8slint.type_names import TypeGuard


def changed_items(document: Document, old: Node, new: Data) -> Edit | None:
    """The edit that makes a list of words another one; None where it has to be written anew.

    A list in brackets on one line can grow and shrink, one with dashes grow at its end; in any
    other only single items change. Raises Refused for one whose lines cannot be kept.
    """
    if not isinstance(old, SequenceNode) or not old.value:
        return None
    if not isinstance(new, Sequence) or isinstance(new, str):
        return None
    words = [word for word in new if isinstance(word, (str, int))]
    if len(words) < len(new):
        return None
    first, behind = _common(old.value, words)
    gone = old.value[first : len(old.value) - behind]
    come = words[first : len(words) - behind]
    text = document.text
    quote, quoted = _quotes(old.value)
    written = [_written(word, quote, quoted=quoted) for word in come]
    if not old.flow_style and first == len(old.value):
        return None if _has_tags(old.value) else block.append_words(document, old, written)
    if len(gone) == len(come) == 1 and _is_plain_word(gone[0], document):
        return _changed_item(document, gone[0], come[0], quote)
    if not all(_is_plain_word(item, document) and not is_block_scalar(item) for item in old.value):
        return None
    if not old.flow_style or "\n" in text[start_of(old) : old.end_mark.index] or not come:
        return None
    if gone:
        span = start_of(gone[0]), gone[-1].end_mark.index
        refuse_lost_comments(document, span, "replaced", ())
        return Edit(*span, ", ".join(written))
    if first < len(old.value):
        at = start_of(old.value[first])
        return Edit(at, at, "".join(f"{word}, " for word in written))
    at = old.value[-1].end_mark.index
    return Edit(at, at, "".join(f", {word}" for word in written))


def _written(word: str | int, quote: str, *, quoted: bool) -> str:
    if isinstance(word, int):
        return style.plain_or_quoted(word)
    return style.word(word, quote, quoted=quoted)


def _has_tags(items: Sequence[Node]) -> bool:
    return any(item.tag is not None for item in items)


def _is_plain_word(item: Node, document: Document) -> TypeGuard[ScalarNode]:
    """Whether an item is nothing but a text: no tag, no anchor, no alias."""
    return (
        isinstance(item, ScalarNode)
        and item.tag is None
        and item not in document.anchors
        and start_of(item) < item.end_mark.index
    )


def _changed_item(document: Document, item: ScalarNode, word: str | int, quote: str) -> Edit:
    text = document.text
    start, end = start_of(item), content_end(item, text)
    if edit := changed_literal(document, item, word) or changed_folded(document, item, word):
        return edit
    if "\n" in text[start:end]:
        raise Refused("the value is written over several lines")
    return Edit(start, end, _written(word, item.style or quote, quoted=bool(item.style)))


def _common(old: Sequence[Node], new: Sequence[str | int]) -> tuple[int, int]:
    """How many items are the same at the beginning, and at the end of the rest."""
    first = 0
    while first < min(len(old), len(new)) and _says(old[first], new[first]):
        first += 1
    behind = 0
    rest = min(len(old), len(new)) - first
    while behind < rest and _says(old[-1 - behind], new[-1 - behind]):
        behind += 1
    return first, behind


def _says(node: Node, word: str | int) -> bool:
    if isinstance(word, int) and node.value != str(word):  # `060` reads as 48.
        return False
    return isinstance(node, ScalarNode) and reads_as(word, node)


def _quotes(items: Sequence[Node]) -> tuple[str, bool]:
    """The quotes of a list's items, and whether all of its texts have some."""
    scalars = [item for item in items if isinstance(item, ScalarNode)]
    styles = [scalar.style for scalar in scalars if isinstance(read_scalar(scalar), str)]
    return "'" if styles.count("'") > styles.count('"') else '"', all(styles)
