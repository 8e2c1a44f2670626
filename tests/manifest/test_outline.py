"""An outline says what the tree does, and only of documents that are as plain as they look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from k8slint.manifest.geometry import walk_nodes
from k8slint.manifest.outline import Outline, outline_of
from k8slint.manifest.source import NotText, Source, decode
from k8slint.manifest.stream import Chunk, split_documents
from k8slint.manifest.tree import YamlError, documents
from tests.fuzz import manifest
from tests.places import ROOT

# Where a value may not be what it looks like, or another key decides.
NONE = {
    "a list": "- a: 1\n",
    "a scalar": "a\n",
    "a repeated key": "a: 1\nb: 2\na: 3\n",
    "a repeated key in quotes": "a: 1\n'a': 2\n",
    "a repeated key in an item": "a: [{b: 1, 'b': 2}]\n",
    "an anchor": "a: &b {c: d}\n",
    "an alias": "a: &b {c: d}\ne: *b\n",
    "a merge": "<<: {a: b}\n",
    "a merge below": "a:\n- b:\n    <<: {a: b}\n",
    "a tagged scalar": "a: !!str b\n",
    "a tagged key": "!!str a: b\n",
    "a tagged item": "a: [!!str b]\n",
    "a tagged list": "a: !!seq [b]\n",
    "a tagged mapping": "a: !!map {b: c}\n",
    "a key that is a mapping": "{a: b}: c\n",
    "a key that is null": "~: a\n",
    "a key that is null in words": "null: a\n",
    "a key that is empty": "? \n: a\n",
}
# Words that are spelt in another way, with the words that are read.
ESCAPED = {
    'a: {b: "\\x63"}\n': "a b c",
    '"\\x62": c\n': "b c",
    '{"a": ["b\\/c"]}\n': "a b/c",
    '{"a": [["b\\/c", d]]}\n': "a b/c d",
    '"a": "b\\\n  c" # d\n': "a bc",
}
# The scalars that stand in `a`, or in its list.
WRITTEN = {
    "a: b\n": ["b"],
    "a: 'b c'\n": ["b c"],
    'a: ["b", c, 1]\n': ["b", "c", "1"],
    "a:\n- |\n  b\n  c\n- d\n": ["b\nc\n", "d"],
    "a: |\n  b \\\n  c\n": ["b \\\nc\n"],
    "a: >\n  b\n  c\n": ["b c\n"],
    "a: b\n  c\n": ["b c"],
    "a:\n": [""],
    "a: {b: c}\n": [],
    "a: [b, {c: d}]\n": ["b"],
    "a: '! b'\nc: '\\'\n": ["! b"],
    "b: c\n": [],
}


def read(text: str) -> Outline | None:
    (document,) = documents(Source("", text), Chunk(0, text))
    return outline_of(document)


@pytest.mark.parametrize("name", NONE)
def test_some_documents_have_none(name: str) -> None:
    assert read(NONE[name]) is None


@pytest.mark.parametrize("text", WRITTEN)
def test_what_is_written(text: str) -> None:
    found = read(text)
    assert found
    assert found.written(found.root, "a") == WRITTEN[text]


@pytest.mark.parametrize("text", ESCAPED)
def test_words_are_there_as_they_are_read(text: str) -> None:
    found = read(text)
    assert found
    assert found.text.split() == ESCAPED[text].split()


def test_which_scalars_have_quotes() -> None:
    found = read("a: 1\nb: '2'\nc: \"3\"\nd: |\n  4\ne: [5]\n")
    assert found
    assert [found.unquoted(found.root, name) for name in "abcdef"] == ["1", "", "", "", "", ""]
    assert [found.scalar(found.root, name) for name in "abcdef"] == ["1", "2", "3", "4\n", "", ""]


def test_a_part_has_its_own_words() -> None:
    found = read("a: [{b: 'c d', e: {f: \"\\x67\"}}, {h: i}]\n")
    assert found
    (first, second) = found.root["a"].value
    part = found.part(first)
    assert part.keys == {"b", "e", "f"}
    assert part.text.split() == ["b", "c", "d", "e", "f", "g"]
    assert part.scalar(part.root, "b") == "c d"
    assert found.part(second).values("h") == found.values("h", second) == ["i"]
    assert found.values("h", first) == []


def test_an_outline_is_of_any_depth() -> None:
    found = read("".join(f"{' ' * n}a:\n" for n in range(500)))
    assert found
    assert found.at(*["a"] * 499) is not None
    assert found.at(*["a"] * 500) is None


def agrees(text: str) -> bool:
    """Whether a text has outlines; they say what its trees do."""
    try:
        parsed = documents(Source("", text), Chunk(0, text))
    except YamlError:
        return False
    found = [outline_of(document) for document in parsed]
    for document, outline in zip(parsed, found, strict=True):
        if outline:
            _compare(outline, document.root, ())
            pairs = [
                pair
                for node in walk_nodes(document.root)
                if isinstance(node, MappingNode)
                for pair in node.value
            ]
            assert outline.keys == {key.value for key, _ in pairs}
            for name in outline.keys & {"a", "b", "image", "name"}:
                scalars = [
                    value.value
                    for key, value in pairs
                    if key.value == name and isinstance(value, ScalarNode)
                ]
                assert sorted(outline.values(name)) == sorted(scalars)
    return any(found)


def _compare(found: Outline, node: Node, way: tuple[str, ...]) -> None:
    keys = found.at(*way)
    assert isinstance(node, MappingNode)
    assert keys is not None
    assert [*keys] == [key.value for key, _ in node.value]
    for key, value in node.value:
        if isinstance(value, MappingNode):
            _compare(found, value, (*way, key.value))
        elif isinstance(value, SequenceNode):
            mappings = [item for item in value.value if isinstance(item, MappingNode)]
            assert len(found.items(keys, key.value)) == len(mappings)
        else:
            assert found.scalar(keys, key.value) == value.value
            assert found.written(keys, key.value) == [value.value]
            assert found.scalars(keys)[key.value] == value.value


def test_random_documents() -> None:
    random = Random(84)
    assert sum(agrees(manifest(random)) for _ in range(2_000)) > 200


def test_fixtures() -> None:
    files = sorted((ROOT / "fixtures").rglob("*.y*ml"))
    assert sum(agrees(chunk.text) for file in files for chunk in _chunks(file)) > 50


def test_corpus(corpus: Path) -> None:
    texts = [chunk.text for file in sorted(corpus.rglob("*.y*ml")) for chunk in _chunks(file)]
    assert sum(map(agrees, texts)) > len(texts) / 2


def _chunks(file: Path) -> Iterator[Chunk]:
    try:
        source = decode(file.read_bytes(), file.name)
    except NotText:
        return
    yield from split_documents(source.text)
