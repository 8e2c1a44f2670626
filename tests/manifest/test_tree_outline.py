"""The outline of a tree says what the tree does; `test_features.py` compares it with lines."""

from __future__ import annotations

from random import Random

import pytest
from yaml.nodes import MappingNode, Node, SequenceNode

from k8slint.manifest.outline import bare
from k8slint.manifest.source import Source
from k8slint.manifest.stream import Chunk
from k8slint.manifest.tree import YamlError, documents
from k8slint.manifest.tree_outline import TreeOutline, outline_of
from tests.fuzz import manifest

# An outline has nothing to say these with.
NONE = {
    "a list": "- a: 1\n",
    "a repeated key": "a: 1\nb: 2\na: 3\n",
    "a repeated key in an item": "a: [{b: 1, 'b': 2}]\n",
    "a list in a list": "a: [[b]]\n",
    "an escape": 'a: {b: "\\x62"}\n',
    "an escape in a key": '"\\x62": c\n',
    "an escape in an item": '{"a": ["b\\/c"]}\n',
    "an anchor": "a: &b {c: d}\n",
    "an alias": "a: &b {c: d}\ne: *b\n",
    "a merge": "<<: {a: b}\n",
    "a tagged scalar": "a: !!str b\n",
    "a tagged key": "!!str a: b\n",
    "a tagged item": "a: [!!str b]\n",
    "a tagged list": "a: !!seq [b]\n",
    "a tagged mapping": "a: !!map {b: c}\n",
    "a key that is a mapping": "{a: b}: c\n",
    "a key that is null": "~: a\n",
    "a key that is null in words": "null: a\n",
    "a key that is empty": "? \n: a\n",
    "deep mappings": "".join(f"{' ' * n}a:\n" for n in range(200)),
}
# The text of all that stands in `a`.
WRITTEN = {
    "a: b\n": "b",
    "a: 'b c'\n": '"b c"',
    'a: ["b", c, 1]\n': '"b"\nc\n1',
    "a:\n- |\n  b\n  c\n- d\n": '"b\nc\n"\nd',
    "a: |\n  b \\\n  c\n": '"b \\\nc\n"',
    "a: >\n  b\n  c\n": '"b c\n"',
    "a: b\n  c\n": "b c",
    "a:\n": "",
    "a: {b: c}\n": "",
    "a: [b, {c: d}]\n": "b",
    "'~': x\na: y\n": "y",
    "'<<': x\na: y\n": "y",
}


def read(text: str) -> TreeOutline | None:
    found = documents(Source("", text), Chunk(0, text))
    assert len(found) == 1
    return outline_of(found[0])


@pytest.mark.parametrize("name", NONE)
def test_some_documents_have_none(name: str) -> None:
    assert read(NONE[name]) is None


@pytest.mark.parametrize("text", WRITTEN)
def test_what_is_written(text: str) -> None:
    found = read(text)
    assert found
    assert found.written(found.root, "a") == WRITTEN[text]


def test_it_says_what_the_tree_does() -> None:
    random = Random(84)
    count = 0
    for _ in range(2_000):
        text = manifest(random)
        try:
            parsed = documents(Source("", text), Chunk(0, text))
        except YamlError:
            continue
        for document in parsed:
            if found := outline_of(document):
                count += 1
                _compare(found, document.root, ())
    assert count > 200


def _compare(found: TreeOutline, node: Node, way: tuple[str, ...]) -> None:
    keys = found.at(*way)
    assert isinstance(node, MappingNode)
    assert keys is not None
    assert [*keys] == [key.value for key, _ in node.value]
    for key, value in node.value:
        if isinstance(value, MappingNode):
            _compare(found, value, (*way, key.value))
        elif isinstance(value, SequenceNode):
            assert len(found.items(keys, key.value)) == len(value.value)
        else:
            assert found.scalar(keys, key.value) == value.value
            assert value.value in found.values(key.value)
            assert bare(found.written(keys, key.value)) == value.value
