"""YAML in a scalar of YAML: a document of its own, with its places in the same file.

The lines of a literal block scalar are indented alike, and a block mapping may be, too. So they
are parsed where they are, and every place in the tree is one in the file.
"""

from __future__ import annotations

from collections.abc import Mapping

from k8slint.manifest.geometry import children, content_end, start_of
from k8slint.manifest.lines import next_line
from k8slint.manifest.pyyaml import Node, ScalarNode
from k8slint.manifest.source import Source
from k8slint.manifest.stream import Chunk
from k8slint.manifest.tree import AliasNode, Document, YamlError, documents
from k8slint.manifest.values import Value


class EmbeddedDocument(Document):
    """A document that is the text of a scalar, its `holder`."""

    def __init__(
        self,
        holder: Value,
        source: Source,
        start: int,
        text: str,
        root: Node,
        anchors: Mapping[Node, str],
    ) -> None:
        super().__init__(source, start, text, root, anchors)
        self.holder = holder


def embedded(value: Value) -> EmbeddedDocument | None:
    """Return the document in a scalar.

    None if the text is not one YAML document, or if it does not read the same where it is, as in
    quotes.
    """
    node = value.node
    if not isinstance(node, ScalarNode) or node.style != "|":
        return None
    outer = value.document
    end = content_end(node, outer.text)
    if node.value.endswith("\n") and outer.text[end - 1] != "\n":
        end = next_line(outer.text, end)
    start = outer.text.find("\n", start_of(node), end) + 1
    if not start or "\n---" in f"\n{node.value}":
        return None
    try:
        (inner,) = documents(outer.source, Chunk(outer.start + start, outer.text[start:end]))
        (bare,) = documents(Source("", node.value), Chunk(0, node.value))
    except (YamlError, ValueError):
        return None
    if not _are_alike(inner.root, bare.root):
        return None
    return EmbeddedDocument(
        value, outer.source, inner.start, inner.text, inner.root, inner.anchors
    )


def _are_alike(one: Node, other: Node) -> bool:
    """Whether two trees say the same, anchors apart."""
    waiting = [(one, other)]
    while waiting:
        one, other = waiting.pop()
        if type(one) is not type(other) or one.tag != other.tag:
            return False
        if isinstance(one, AliasNode) and isinstance(other, AliasNode):
            if one.name != other.name:
                return False
            continue
        if isinstance(one, ScalarNode) and isinstance(other, ScalarNode):
            if (one.value, one.style) != (other.value, other.style):
                return False
            continue
        below, beside = [*children(one)], [*children(other)]
        if len(below) != len(beside):
            return False
        waiting += zip(below, beside, strict=True)
    return True
