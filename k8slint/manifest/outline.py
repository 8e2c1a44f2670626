"""What a document says, by its keys: for those where nothing misleads who looks for words.

Most documents give each key once, as a text. Then a key or a word that is not in the text is not
in the tree either, and a value is found without asking what else decides about it. A document with
anything else in it has no outline.
"""

from __future__ import annotations

from k8slint.lazy import cached_property
from k8slint.manifest.pyyaml import MappingNode, Node, ScalarNode, SequenceNode
from k8slint.manifest.tree import Document
from k8slint.type_names import TypeAlias

Way: TypeAlias = tuple[str, ...]
# The keys of a mapping with what stands under them.
Keys: TypeAlias = dict[str, Node]

# What is no text as a key without quotes, and the key that brings in others.
_NO_TEXTS = frozenset({"", "~", "null", "Null", "NULL", "<<"})


class Outline:
    """The tree of a document, or of a part of one, that is as plain as this.

    All its words are in `text` as they are read, and all its keys are `keys`.
    """

    def __init__(self, text: str, keys: frozenset[str], tree: Node) -> None:
        self.text = text
        self.keys = keys
        self._tree = tree

    def part(self, tree: Node) -> Outline:
        """The outline of a mapping in it."""
        return Outline("\n".join(_scalars_in(tree) or ()), _names_in(tree) or frozenset(), tree)

    @cached_property
    def root(self) -> Keys:
        """The keys of the outermost mapping."""
        return _keys_of(self._tree)

    def at(self, *way: str) -> Keys | None:
        """The keys of the mapping that a way of keys leads to; None where there is none."""
        found = self.root
        for name in way:
            below = found.get(name)
            if not isinstance(below, MappingNode):
                return None
            found = {key.value: value for key, value in below.value}
        return found

    def scalar(self, keys: Keys, name: str) -> str:
        """The scalar under a key of a mapping; "" where there is none."""
        value = keys.get(name)
        return str(value.value) if isinstance(value, ScalarNode) else ""

    def unquoted(self, keys: Keys, name: str) -> str:
        """The scalar under a key of a mapping; "" where it has quotes, or there is none."""
        value = keys.get(name)
        return str(value.value) if isinstance(value, ScalarNode) and not value.style else ""

    def scalars(self, keys: Keys) -> dict[str, str]:
        """The keys of a mapping with their scalars; "" for what is none."""
        return {name: self.scalar(keys, name) for name in keys}

    def items(self, keys: Keys, name: str) -> list[Keys]:
        """The mappings in the list under a key of a mapping; none where there is none."""
        value = keys.get(name)
        found = value.value if isinstance(value, SequenceNode) else ()
        return [_keys_of(item) for item in found if isinstance(item, MappingNode)]

    def written(self, keys: Keys, name: str) -> list[str]:
        """The scalar under a key of a mapping, or those in the list there."""
        value = keys.get(name)
        found = value.value if isinstance(value, SequenceNode) else (value,)
        return [item.value for item in found if isinstance(item, ScalarNode)]

    def values(self, name: str, below: Node | None = None) -> list[str]:
        """The scalars under a key of any mapping, or of those in a node."""
        found: list[str] = []
        waiting = [below or self._tree]
        while waiting:
            node = waiting.pop()
            if isinstance(node, MappingNode):
                for key, value in node.value:
                    if not isinstance(value, ScalarNode):
                        waiting.append(value)
                    elif key.value == name:
                        found.append(value.value)
            else:
                waiting += (item for item in node.value if not isinstance(item, ScalarNode))
        return found


def outline_of(document: Document) -> Outline | None:
    """The outline of a document.

    None if it has keys that are repeated, merged or no texts, anchors or tags.
    """
    root, text = document.root, document.text
    if document.anchors or not isinstance(root, MappingNode):
        return None
    names = _names_in(root)
    if names is None or not names.isdisjoint(_NO_TEXTS):
        return None
    # Most have neither tags nor escapes in quotes.
    may_be_escaped = "\\" in text and '"' in text
    if "!" in text or may_be_escaped:
        scalars = _scalars_in(root)
        if scalars is None:
            return None
        text = "\n".join(scalars) if may_be_escaped else text
    return Outline(text, names, root)


def _names_in(root: Node) -> frozenset[str] | None:
    """All keys in a tree; None where one is a collection, or repeated in its mapping."""
    names: set[str] = set()
    found = [root]
    for node in found:
        if isinstance(node, MappingNode):
            own: set[str] = set()
            try:
                for key, value in node.value:
                    own.add(key.value)
                    if type(value) is not ScalarNode:  # What an action writes holds no keys.
                        found.append(value)
            except TypeError:  # The value of a collection is a list.
                return None
            if len(own) < len(node.value):
                return None
            names |= own
        elif isinstance(node, SequenceNode):
            found += [item for item in node.value if type(item) is not ScalarNode]
    return frozenset(names)


def _scalars_in(root: Node) -> list[str] | None:
    """All scalars in a tree, keys too; None where something has a tag."""
    scalars: list[str] = []
    waiting = [root]
    for node in waiting:
        if node.tag:
            return None
        if isinstance(node, ScalarNode):
            scalars.append(node.value)
        elif isinstance(node, MappingNode):
            for pair in node.value:
                waiting += pair
        else:
            waiting += node.value
    return scalars


def _keys_of(mapping: Node) -> Keys:
    return {key.value: value for key, value in mapping.value}
