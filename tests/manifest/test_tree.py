"""Text to trees: where documents and nodes begin and end, and what is no YAML."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from yaml.error import YAMLError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from k8slint.manifest import stream, tree
from k8slint.manifest.geometry import (
    body_start,
    children,
    content_end,
    end_of,
    start_of,
    walk_nodes,
)
from k8slint.manifest.source import NotText, Source, decode, exotic_break
from k8slint.manifest.stream import split_documents, split_stream
from k8slint.manifest.tree import (
    MAX_TREE_DEPTH,
    AliasNode,
    Document,
    OpenMapping,
    UnknownNode,
    YamlError,
    documents,
    parse_with_ruamel,
)
from k8slint.manifest.values import root
from tests.fuzz import manifest

CHUNKS: tuple[tuple[str, list[str]], ...] = (
    ("", []),
    ("a: 1\n", ["a: 1\n"]),
    ("---\na\n---\nb\n", ["---\na\n", "---\nb\n"]),
    ("a\n--- # c\nb", ["a\n", "--- # c\nb"]),
    ("a\n---\tb\n", ["a\n", "---\tb\n"]),
    ("a\r\n---\r\nb\r\n", ["a\r\n", "---\r\nb\r\n"]),
    ("a\n---", ["a\n", "---"]),
    ("---\n---\n", ["---\n", "---\n"]),
    ("# c\n---\na\n---\nb\n", ["# c\n---\na\n", "---\nb\n"]),
    ("\n # c\r\n\n---\na\n", ["\n # c\r\n\n---\na\n"]),
    ("---\n# c\n---\na\n", ["---\n# c\n", "---\na\n"]),
    ("# c\na\n---\nb\n", ["# c\na\n", "---\nb\n"]),
    ("\t\n# c\n  # d\n\n---\na\n", ["\t\n# c\n  # d\n\n---\na\n"]),
    ("# c\n a # d\n---\nb\n", ["# c\n a # d\n", "---\nb\n"]),
    ("a: |\n  ---\n ---\nb: 1\n", ["a: |\n  ---\n ---\nb: 1\n"]),
    ("a\n---b\n", ["a\n---b\n"]),
    ("a\n----\n", ["a\n----\n"]),
    ("a\n...\n---\nb\n", ["a\n...\n", "---\nb\n"]),
    ("%YAML 1.2\n---\na\n---\nb\n", ["%YAML 1.2\n---\na\n---\nb\n"]),
    ("a\n...\n%YAML 1.2\n---\nb\n", ["a\n...\n%YAML 1.2\n---\nb\n"]),
)

# A document, and the texts of its nodes from the root on, keys and values alike.
SPANS: tuple[tuple[str, list[str]], ...] = (
    ("a: 1 # c\n\n# d\n", ["a: 1", "a", "1"]),
    ("a:\n- b # c\n\nd: e\n", ["a:\n- b # c\n\nd: e", "a", "- b", "b", "d", "e"]),
    ("{a: [1, 2 ] }\n", ["{a: [1, 2 ] }", "a", "[1, 2 ]", "1", "2"]),
    ("a: &x\n  b: 1\n", ["a: &x\n  b: 1", "a", "&x\n  b: 1", "b", "1"]),
    ("&x a: &y 1\nb: *y\n", ["&x a: &y 1\nb: *y", "&x a", "&y 1", "b", "*y"]),
    ("a: 🦊 é # c\n", ["a: 🦊 é", "a", "🦊 é"]),
    ("a: 'x\n\n  y'\nb: u\n  v\n", ["a: 'x\n\n  y'\nb: u\n  v", "a", "'x\n\n  y'", "b", "u\n  v"]),
    ("a:\nb:\n", ["a:\nb:", "a", "", "b", ""]),
    ("? a\n: b\n", ["? a\n: b", "a", "b"]),
)

# A block scalar below `a:`, what follows it, and how much of it is content.
ENDS: tuple[tuple[str, str], ...] = (
    ("|\n  x\n", "\n\nb: 1\n"),
    ("|\n  x\n  # y\n", "# c\nb: 1\n"),
    ("|+\n  x\n\n\n", "b: 1\n"),
    ("|+\n  x\n\n", " # c\nb: 1\n"),
    ("|2-\n     x\n   y\n", "\nb: 1\n"),
    ("|\n  x\n    \n", "  \n\nb: 1\n"),
    ("|\r\n  x\r\n", "\r\nb: 1\r\n"),
    (">-\n  x\n\n  y", ""),
    ("|\n", "\n\nb: 1\n"),
    ("&n |\n  x\n", "\nb: 1\n"),
)

UNREADABLE: tuple[tuple[str, str, int], ...] = (
    ("a: b: c\n", "mapping values are not allowed", 4),
    ("a: -\n", "block sequence entries are not allowed", 3),
    ("a: [\n", "did not find expected node content", 5),
    ("a:\n\tb: 1\n", "a tab is used as indentation", 3),
    ("a: @b\n", "found character that cannot start any token", 3),
    ("a: *x\n", "alias *x has no anchor", 3),
    ("a: 1\nb: *y\nc: &y 1\n", "alias *y has no anchor", 8),
    ("a: \x00\n", "YAML allows no control characters, and here is U+0000", 3),
    ("a: 1\n\x07", "YAML allows no control characters, and here is U+0007", 5),
    ("%YAML 3.0\n---\na: 1\n", "found incompatible YAML document", 0),
    ("a: {{ .x }\nb: 1\n", "did not find expected", 11),
    ("{{- if .x }}\na: 1\n{{- end }}\n", "did not find expected", 2),
    ("a: 1\n  b: 2\n", "mapping values are not allowed", 8),
)

DEEP: tuple[Callable[[int], str], ...] = (
    lambda depth: "[" * depth,
    lambda depth: "{a: " * depth,
    lambda depth: "[" * depth + "]" * depth,
    lambda depth: "[{a: " * (depth // 2),
    lambda depth: "- " * depth + "a",
    lambda depth: "? " * depth + "a",
    lambda depth: "- ? " * (depth // 2) + "a",
    lambda depth: "-\t" * depth + "a",
    lambda depth: "a: [" + "- " * depth + "]",
    lambda depth: "&x [" * depth,
    lambda depth: "!!seq [" * depth,
    lambda depth: '{"a":' * depth,
    lambda depth: "[\n" * depth,
    lambda depth: "- !!seq\n" + "".join(f"{' ' * i}- \n" for i in range(1, depth // 50)),
)


def parse(text: str) -> list[Document]:
    source = Source("test.yaml", text)
    return [document for chunk in split_documents(text) for document in documents(source, chunk)]


def shape(node: Node, anchors: dict[Node, str]) -> Any:
    """All that a tree says, marks included."""
    place = node.start_mark.index, end_of(node), node.tag, anchors.get(node)
    if isinstance(node, AliasNode):
        return *place, "*", node.name
    if isinstance(node, ScalarNode):
        return *place, node.value, node.style or None
    assert isinstance(node, (MappingNode, SequenceNode))
    inside = [shape(child, anchors) for child in children(node)]
    return *place, node.id, bool(node.flow_style), inside


@pytest.mark.parametrize(("text", "chunks"), CHUNKS)
def test_cut(text: str, chunks: list[str]) -> None:
    found = [*split_documents(text)]
    assert [chunk.text for chunk in found] == chunks
    assert all(text.startswith(chunk.text, chunk.start) for chunk in found)


@pytest.mark.parametrize(("text", "spans"), SPANS)
def test_marks(text: str, spans: list[str]) -> None:
    (document,) = parse(text)
    found = [text[start_of(node) : end_of(node)] for node in walk_nodes(document.root)]
    assert [*map(str.rstrip, found)] == spans


@pytest.mark.parametrize(("content", "rest"), ENDS)
def test_block_scalars_end_with_their_content(content: str, rest: str) -> None:
    text = f"a: {content}{rest}"
    (document,) = parse(text)
    end = content_end(document.root.value[0][1], text)
    assert text[3:end].rstrip("\r\n") == content.rstrip("\r\n")
    if "+" in content:
        assert text[3:end] == content


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("&x\n a: 1", "a: 1"),
        ("!!map # c\n # d\n a: 1", "a: 1"),
        ("&x !!int 5", "5"),
        ("!!int &x 5", "5"),
        ("&x {a: 1}", "{a: 1}"),
        ("&x", ""),
        ("!", ""),
        ("&x\n - a", "- a"),
        ("&a:b 1", "1"),
        ("text", "text"),
        ("*x", "*x"),
    ],
)
def test_body_starts_behind_anchor_and_tag(text: str, body: str) -> None:
    text = f"k: [&x 1]\nv: {text}\n" if text.startswith("*") else f"v: {text}\n"
    (document,) = parse(text)
    node = document.root.value[-1][1]
    assert text[body_start(node, text) : end_of(node)] == body


@pytest.mark.parametrize(("text", "reason", "offset"), UNREADABLE)
def test_unreadable(text: str, reason: str, offset: int) -> None:
    with pytest.raises(YamlError) as error:
        parse(text)
    assert error.value.reason.startswith(reason)
    assert error.value.offset == offset


@pytest.mark.parametrize("deep", DEEP)
def test_deep_nesting_is_refused_quickly(deep: Callable[[int], str]) -> None:
    start = time.monotonic()
    with pytest.raises(YamlError):
        parse(deep(100_000))
    assert time.monotonic() - start < 5


def test_the_deepest_that_is_read() -> None:
    deepest = "[" * MAX_TREE_DEPTH + "]" * MAX_TREE_DEPTH
    parse(deepest)
    for begin, end in (("[", "]"), ("{a: ", "}"), ("{? ", "}")):
        with pytest.raises(YamlError) as error:
            parse(f"{begin}{deepest}{end}")
        assert error.value.reason == "nested deeper than 1,000 levels"
        assert error.value.offset == len(begin) + MAX_TREE_DEPTH - 1


def test_many_brackets_are_not_deep() -> None:
    (document,) = parse("- [{a: 1}]\n" * 2_000)
    assert len(document.root.value) == 2_000


def test_an_alias_bomb_costs_nothing() -> None:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    start = time.monotonic()
    (document,) = parse("\n".join(lines))
    assert sum(1 for _ in walk_nodes(document.root)) < 200
    assert len([*root(document).get("a9").items()]) == 9
    assert time.monotonic() - start < 1


def test_an_alias_knows_where_it_stands() -> None:
    (document,) = parse("a: &x 1\nb: *x\nc: &x 2\nd: *x\n")
    aliases = [node for node in walk_nodes(document.root) if isinstance(node, AliasNode)]
    assert [(start_of(node), node.target.value) for node in aliases] == [(11, "1"), (25, "2")]
    assert sorted(document.anchors.values()) == ["x", "x"]


def test_a_node_is_equal_only_to_itself() -> None:
    """Sets and dictionaries of nodes tell places apart, not what is written there."""
    kinds = [Node]
    for kind in kinds:
        assert kind.__eq__ is object.__eq__
        assert kind.__hash__ is object.__hash__
        kinds += kind.__subclasses__()
    assert {AliasNode, UnknownNode, OpenMapping} <= {*kinds}


def test_documents_without_content() -> None:
    assert parse("# only a comment\n") == parse("") == []
    assert [document.root.value for document in parse("--- # c\n---\n")] == ["", ""]


def test_a_mark_and_line_ends_are_no_part_of_values() -> None:
    source = decode(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x\r\n", "test.yaml")
    (document,) = parse(source.text)
    assert [node.value for _, node in document.root.value] == ["1", "x\n"]
    assert source.position(start_of(document.root.value[1][0])) == (2, 1)
    assert source.line(2) == "a: 1"
    assert source.encode(source.text) == b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x\r\n"


def test_a_directive_does_not_hide_documents() -> None:
    first, second = parse("%YAML 1.2\n---\na: 1\n---\nb: 2\n")
    assert [document.root.value[0][0].value for document in (first, second)] == ["a", "b"]


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        ("a: é".encode("latin-1"), "byte 0xe9 is not valid UTF-8", 3),
        ("a".encode("utf-16"), "the file is UTF-16 or UTF-32", 0),
        ("a".encode("utf-32"), "the file is UTF-16 or UTF-32", 0),
        (b"\xfe\xff\x00a", "the file is UTF-16 or UTF-32", 0),
    ],
)
def test_not_text(data: bytes, reason: str, offset: int) -> None:
    with pytest.raises(NotText) as error:
        decode(data, "test.yaml")
    assert (error.value.reason, error.value.offset) == (reason, offset)


@pytest.mark.parametrize(
    ("text", "offset"), [("a\r\nb", None), ("a\rb", 1), ("\x85", 0), ("a\u2028", 1), ("\u2029", 0)]
)
def test_exotic_break(text: str, offset: int | None) -> None:
    assert exotic_break(text) == offset


def texts() -> Iterator[str]:
    for seed in range(300):
        yield manifest(Random(seed))


def corpus_texts(corpus: Path) -> Iterator[str]:
    for path in sorted(corpus.rglob("*.y*ml")):
        if path.stat().st_size < 20_000:
            try:
                yield decode(path.read_bytes(), path.name).text
            except NotText:
                continue


def the_same_on_both_ways(text: str) -> bool:
    """Whether a text without aliases was read, from events as by the composer."""
    try:
        composed = [*tree._compose(text)]
    except YAMLError:
        return False
    built = tree.build(tree._events(text))
    if any(anchors for _, anchors in built):
        return False
    assert [shape(root, {}) for root, _ in built] == [shape(root, {}) for root in composed]
    return True


def test_both_ways_give_the_same_tree() -> None:
    assert sum(map(the_same_on_both_ways, texts())) > 100


def test_both_ways_give_the_same_tree_for_the_corpus(corpus: Path) -> None:
    assert sum(map(the_same_on_both_ways, corpus_texts(corpus))) > 500


def test_the_second_reading_says_the_same() -> None:
    read = 0
    for text in texts():
        try:
            (document,) = parse(text)
            ((other, _),) = parse_with_ruamel(text)
        except (YamlError, ValueError):
            continue
        read += 1
        assert said(document.root) == said(other)
    assert read > 100


def said(node: Node) -> Any:
    if isinstance(node, AliasNode):
        return "*", node.name
    if isinstance(node, MappingNode):
        return [(said(key), said(value)) for key, value in node.value]
    if isinstance(node, SequenceNode):
        return [*map(said, node.value)]
    assert isinstance(node, ScalarNode)
    return node.value, bool(node.style)


def test_a_long_stream_comes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_PART", 40)
    monkeypatch.setattr(stream, "_LONG", 0)
    random = Random(90)
    for _ in range(300):
        text = "---\n".join(manifest(random) for _ in range(random.randint(1, 6)))
        data = text.encode()
        found = [*split_stream(data)]
        assert b"".join(part.data for part in found) == data
        whole, start = Source("", text), 0
        for part in found:
            source = part.placed(decode(part.data, ""))
            for offset in range(0, len(source.text) + 1, 7):
                assert source.locate((offset, offset)) == whole.locate((start + offset,) * 2)
            start += len(source.text)
        chunks = [chunk.text for part in found for chunk in split_documents(part.data.decode())]
        assert chunks == [chunk.text for chunk in split_documents(text)]


def test_a_stream_that_is_not_long_is_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_PART", 1)
    data = b"a: 1\n---\nb: 2\n---\nc: 3\n"
    for long, parts in ((len(data), 1), (len(data) - 1, 3)):
        monkeypatch.setattr(stream, "_LONG", long)
        assert len([*split_stream(data)]) == parts


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ('{"a": 1}{"b": 2}', ['{"a": 1}', '{"b": 2}']),
        ('\n{"a": {}}\n\n{"b": "}{"}\n', ['\n{"a": {}}', '\n\n{"b": "}{"}\n']),
        ('{"a": "}{"}\n', ['{"a": "}{"}\n']),
        # Whatever is not JSON all through is left to YAML.
        ("{a: 1}\n{b: 2}\n", ["{a: 1}\n{b: 2}\n"]),
        ('{"a": 1}\n{"b": 2}\nc: 3\n', ['{"a": 1}\n{"b": 2}\nc: 3\n']),
        ("{{ if .a }}\n{{ end }}\n", ["{{ if .a }}\n{{ end }}\n"]),
        ('{"a": 1}\n---\n{"b": 2}\n', ['{"a": 1}\n', '---\n{"b": 2}\n']),
    ],
)
def test_a_stream_of_json_is_cut_between_its_objects(text: str, objects: list[str]) -> None:
    chunks = [*split_documents(text)]
    assert "".join(chunk.text for chunk in chunks) == text
    assert [chunk.text.strip() for chunk in chunks] == [one.strip() for one in objects]
    assert [text[chunk.start :][: len(chunk.text)] for chunk in chunks] == [
        chunk.text for chunk in chunks
    ]
