"""What lines tell without a parse: as much as the tree, wherever they tell anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from k8slint.manifest.geometry import walk_nodes
from k8slint.manifest.outline import Items, Keys, Outline, bare, outline
from k8slint.manifest.source import NotText, Source, decode
from k8slint.manifest.stream import Chunk, split_documents
from k8slint.manifest.tree import YamlError, documents, is_well_formed
from tests.fuzz import manifest
from tests.manifests import CLEAN, ERROR, workload
from tests.places import ROOT

TEXTS = (
    *(CLEAN, ERROR, workload("Deployment"), workload("CronJob", spec="a:\n- b: 1\n")),
    *(
        "a: 1\n",
        "a:\n- b: c\n  d:\n    e: f\n- g\n- h: i\n- j\n",
        "--- # c\na:\n  - b\n  - c: d\n    e: 'f'\n  - -g: h\ni: [j, \"k\"]\nl: {}\n",
    ),
)

# No line of these tells all there is about it, or it is no document that has keys.
NONE = {
    "a list": "- a: 1\n",
    "a scalar": "a\n",
    "a repeated key": "a: 1\nb: 2\na: 3\n",
    "a repeated key in quotes": "a: 1\n'a': 2\n",
    "a repeated key in an item": "a:\n- b: 1\n  b: 2\n",
    "a block scalar": "a: |\n  b\n",
    "a folded item": "a:\n- >\n  b\n",
    "a scalar that goes on": "a: b\n  c\n",
    "an item that goes on": "a:\n- b\n  c\n",
    "a dash that goes on with a scalar": "a: b\n  - c\n",
    "a dash that goes on with an item": "a:\n- b\n  - c\n",
    "a marker that goes on": "a: b\n  ---\n",
    "a scalar on the next line": "a:\n  b\n",
    "a quoted scalar that goes on": "a: 'b\n  c: d'\n",
    "an escape": 'a: "\\x62"\n',
    "a mapping in braces": "a: {b: c}\n",
    "a pair in brackets": "a: [b: c]\n",
    "a quoted pair in brackets": 'a: ["b":c]\n',
    "a list that goes on": "a: [b,\nc: d]\n",
    "an anchor": "a: &b c\n",
    "an alias": "a: [*b]\n",
    "a tag": "a: !!str b\n",
    "a merge": "<<: a\n",
    "an explicit key": "? a\n",
    "a dash alone": "a:\n-\n  b: c\n",
    "a dash with blanks": "a:\n-  \n  b: c\n",
    "two dashes": "a:\n- - b\n",
    "no blank behind the colon": "a:b\n",
    "a line end of Windows": "a: b\r\n",
    "a break inside a comment": "a: b # c\u2028d: e\n",
    "a column between two others": "a:\n    b: 1\n  c: 2\n",
    "an end of the document": "a: b\n...\n",
    "a directive": "%YAML 1.2\n---\na: b\n",
    "deep mappings": "".join(f"{' ' * n}a:\n" for n in range(200)),
}


def read(text: str) -> Node | None:
    """The root of a text that is one document; None for any other."""
    try:
        found = documents(Source("", text), Chunk(0, text))
    except YamlError:
        return None
    return found[0].root if len(found) == 1 else None


def of_lines(lines: Outline, found: Keys | Items) -> Any:
    """What stands in the blocks of an outline: mappings, lists, and numbers of lines."""
    if isinstance(found, list):
        return [one if isinstance(one, int) else of_lines(lines, one) for one in found]
    return {
        key: of_lines(lines, lines.below[line]) if line in lines.below else line
        for key, line in found.items()
    }


def of_nodes(node: Node) -> Any:
    """The same of a tree."""
    if isinstance(node, MappingNode) and not node.flow_style:
        return {
            key.value: key.start_mark.line if is_flat(value) else of_nodes(value)
            for key, value in node.value
        }
    if isinstance(node, SequenceNode) and not node.flow_style:
        return [of_nodes(item) for item in node.value]
    return node.start_mark.line


def is_flat(node: Node) -> bool:
    return isinstance(node, ScalarNode) or bool(getattr(node, "flow_style", False))


def agrees(text: str) -> bool:
    """Whether a text has an outline; it says what the tree does."""
    found = outline(text)
    if found is None or not is_well_formed(text):
        return False
    root = read(text)
    assert isinstance(root, MappingNode), text
    assert of_lines(found, found.root) == of_nodes(root), text
    pairs = []
    for node in walk_nodes(root):
        if isinstance(node, MappingNode):
            names = [key.value for key, _ in node.value]
            assert len({*names}) == len(names), text
            pairs += node.value
    pairs.sort(key=lambda pair: pair[0].start_mark.index)
    written = [line[1:] for line in found.lines if line[1]]
    assert [key.value for key, _ in pairs] == [name for name, _ in written], text
    for (key, value), (_, raw) in zip(pairs, written, strict=True):
        if isinstance(value, ScalarNode):
            assert bare(raw) == value.value, text
            assert value.value in found.values(key.value), text
    for key, value in root.value:
        if isinstance(value, ScalarNode):
            assert found.scalar(found.root, key.value) == value.value, text
    return True


@pytest.mark.parametrize("text", TEXTS)
def test_most_documents_have_one(text: str) -> None:
    assert agrees(text)


@pytest.mark.parametrize("name", NONE)
def test_others_have_none(name: str) -> None:
    found = outline(NONE[name])
    assert found is None or not is_well_formed(NONE[name])


def test_what_is_well_formed() -> None:
    assert is_well_formed("a: [b]\n")
    assert not is_well_formed("a: [b\n")
    assert not is_well_formed("a: b\n c: d\n")


def test_random_documents() -> None:
    random = Random(80)
    texts = (manifest(random) for _ in range(5_000))
    assert sum(map(agrees, texts)) > 100


LINES = (
    *("a: 1", "a:", "b:", "b: x", "- a: 1", "- b", "-", "- - a", "c: [d, e]", "c: {}", "---", ""),
    *("# a: 1", "a: 'b'", 'a: "b" # c', "a: b c", "a: b: c", "- a: {b: c}", "a: |", "'a': b"),
    *(
        "-   a: 1",
        "-  b",
        "  b: c",
        "- b:",
        '"c": { }',
        "c: ['*', \"{d: e}\", f-g ]",
        "c: [d 'e, f']",
    ),
)


@settings(max_examples=500)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(LINES)), max_size=8))
def test_random_lines(lines: list[tuple[int, str]]) -> None:
    text = "".join(f"{'  ' * depth}{line}\n" for depth, line in lines)
    for chunk in split_documents(text):
        agrees(chunk.text)


def test_fixtures() -> None:
    files = sorted((ROOT / "fixtures").rglob("*.y*ml"))
    assert sum(agrees(chunk.text) for file in files for chunk in _chunks(file)) > 20


def test_corpus(corpus: Path) -> None:
    texts = [chunk.text for file in sorted(corpus.rglob("*.y*ml")) for chunk in _chunks(file)]
    assert sum(map(agrees, texts)) > len(texts) / 2


def _chunks(file: Path) -> Iterator[Chunk]:
    try:
        source = decode(file.read_bytes(), file.name)
    except NotText:
        return
    yield from split_documents(source.text)
