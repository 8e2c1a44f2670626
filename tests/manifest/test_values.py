"""What the API server reads from a scalar, a mapping, an alias."""

from __future__ import annotations

import math

import pytest
from yaml.nodes import ScalarNode

from k8slint.manifest.scalars import Scalar, as_int64, is_placeholder, resolve
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import Document, documents
from k8slint.manifest.values import Value, duplicates, json_pointer, read_scalar, root

# What is written, what is read, what an int64 field makes of it.
SCALARS: tuple[tuple[str, Scalar, int | None], ...] = (
    ("60", 60, 60),
    ("+60", 60, 60),
    ("-1", -1, -1),
    ("0x3C", 60, 60),
    ("0X3c", 60, 60),
    ("0b111100", 60, 60),
    ("6_0", 60, 60),
    ("1_0", 10, 10),
    ("060", 48, 48),
    ("0o60", 48, 48),
    ("0O60", 48, 48),
    ("-060", -48, -48),
    ("08", 8.0, 8),
    ("09", 9.0, 9),
    ("60.0", 60.0, 60),
    ("6.0e1", 60.0, 60),
    (".6e2", 60.0, 60),
    ("1e2", 100.0, 100),
    ("1E2", 100.0, 100),
    ("1e+2", 100.0, 100),
    ("60.5", 60.5, None),
    ('"60"', "60", None),
    ("'60'", "60", None),
    ("!!str 60", "60", None),
    ("!!float 30", 30.0, 30),
    ('!!float "30"', 30.0, 30),
    ("!!int 2.0", "2.0", None),
    ("!!null", None, None),
    ("!!null 5", "5", None),
    ("|\n  60", "60\n", None),
    ("60s", "60s", None),
    ("1:30", "1:30", None),
    ("-_1", -1, -1),
    ("_1", "_1", None),
    ("--1", "--1", None),
    ("+.5", 0.5, None),
    ("-c", "-c", None),
    ("1:00", "1:00", None),
    ("~", None, None),
    ("null", None, None),
    ("", None, None),
    ("yes", True, None),
    ("on", True, None),
    ("y", True, None),
    ("Off", False, None),
    ("oN", "oN", None),
    (".inf", math.inf, None),
    ("-.Inf", -math.inf, None),
    ("9223372036854775807", 2**63 - 1, 2**63 - 1),
    ("-9223372036854775808", -(2**63), -(2**63)),
    ("9223372036854775808", 2**63, None),
    ("1e20", 1e20, None),
    ("2001-01-01", "2001-01-01", None),
    ("0x", "0x", None),
    ("1e", "1e", None),
    ("٣", "٣", None),
    (".", ".", None),
    ("_1", "_1", None),
    ("<<", "<<", None),
)

# A document, a path in it, what is read there.
PLACES: tuple[tuple[str, str, Scalar], ...] = (
    ("a: 1\na: 2", "a", 2),
    ("a: {b: 1}\na: {c: 2}", "a.b", None),
    ("x: &x {k: 45}\na: {k: 60, <<: *x}", "a.k", 45),
    ("x: &x {k: 45}\na: {<<: *x, k: 60}", "a.k", 60),
    ("x: &x {k: 45}\ny: &y {k: 50}\na: {<<: [*x, *y]}", "a.k", 45),
    ("x: &x {k: 45}\ny: &y {k: 50}\na: {<<: *x, <<: *y}", "a.k", 50),
    ("x: &x {k: 45}\ny: &y {<<: *x}\na: {<<: *y}", "a.k", 45),
    ("x: &x {k: 45}\na: {'<<': *x}", "a.k", None),
    ("x: &x 45\na: *x", "a", 45),
    ("x: &x {k: 45}\na: *x", "a.k", 45),
    ("x: &x 1\ny: &x 2\na: *x", "a", 2),
    ("a: {<<: 1}", "a.k", None),
    ("a: &a {<<: *a, k: 1}", "a.k", 1),
    ("'a': {\"b\": 1}", "a.b", 1),
    ("on: 1", "on", 1),
    ("a: [1]", "a.b", None),
    ("A: 1", "a", None),
    ("? a\n: 1", "a", 1),
    ("[1]: 1\na: 2", "a", 2),
)


def parse(text: str) -> Document:
    source = Source("test.yaml", text)
    (document,) = (found for chunk in split_documents(text) for found in documents(source, chunk))
    return document


def at(text: str, path: str) -> Value:
    return root(parse(text)).at(*path.split("."))


@pytest.mark.parametrize(("text", "value", "number"), SCALARS)
def test_scalar(text: str, value: Scalar, number: int | None) -> None:
    found = at(f"a: {text}\n", "a")
    assert (type(found.scalar), found.scalar) == (type(value), value)
    assert as_int64(found.scalar) == number
    assert found.is_written == (value is not None)


# What goyaml.v2's resolve.go lists.
WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("~", "null", "Null", "NULL"), None),
    **dict.fromkeys(
        ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"], True
    ),
    **dict.fromkeys(
        ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"], False
    ),
    **dict.fromkeys([".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"], math.inf),
    **dict.fromkeys(["-.inf", "-.Inf", "-.INF"], -math.inf),
    **{word: word for word in ("yEs", "tRUE", "oN", "nULL", "Off.", "inf", "-inf", "nan")},
}


@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_is_not_a_text(word: str) -> None:
    assert (type(resolve(word)), resolve(word)) == (type(WORDS[word]), WORDS[word])


@pytest.mark.parametrize(("prefix", "base"), [("0x", 16), ("0b", 2), ("0o", 8), ("0", 8)])
def test_an_integer_has_64_digits_at_most(prefix: str, base: int) -> None:
    assert resolve(f"{prefix}{'1' * 64}") == int("1" * 64, base)
    longer = resolve(f"{prefix}{'1' * 65}")
    assert not isinstance(longer, int)


def test_a_scalar_that_is_not_a_number() -> None:
    assert math.isnan(float(str(resolve(".nan"))))
    assert as_int64(math.nan) is None


def test_an_explicit_integer_is_read_from_quotes() -> None:
    assert at('a: !!int "60"', "a").scalar == 60


@pytest.mark.parametrize(("text", "path", "value"), PLACES)
def test_place(text: str, path: str, value: Scalar) -> None:
    assert at(text, path).scalar == value


def test_mappings_that_merge_each_other_are_read_once() -> None:
    lines = ["a0: &a0 {k: 1}"]
    lines += [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, 60)]
    lines += ["b: &b", *["- {<<: *b, x: 1}"] * 20]
    document = root(parse("\n".join(lines)))
    assert document.at("a59", "k").scalar == 1
    assert document.at("a59", "absent").key is None
    for item in document.get("b").items():
        assert [name for name, _ in item.entries()] == ["x"]
        assert item.get("absent").key is None


def test_a_long_chain_of_merges_ends() -> None:
    lines = ["a0: &a0 {k: 1}", *(f"a{i}: &a{i} {{<<: *a{i - 1}}}" for i in range(1, 3_000))]
    document = root(parse("\n".join(lines)))
    assert document.at("a50", "k").scalar == 1
    assert document.at("a2999", "k").scalar is None


def test_entries_and_items_have_pointers() -> None:
    document = root(parse("a:\n- b: 1\n  c/d: 2\n"))
    (item,) = document.get("a").items()
    found = {json_pointer(value.pointer): value.scalar for _, value in item.entries()}
    assert found == {"/a/0/b": 1, "/a/0/c~1d": 2}
    assert [*document.get("a").entries()] == []
    assert [*item.items()] == []


@pytest.mark.parametrize(
    ("path", "marked", "head"),
    [
        ("a", "a", "a"),
        ("a.b", "text", "b"),
        ("a.c", "{d: 1}", "c"),
        ("a.empty", "empty", "empty"),
        ("a.absent", "a", "a"),
        ("a.absent.deeper", "a", "a"),
        ("l", "l", "l"),
        ("absent", "a", "a"),
    ],
)
def test_where_it_stands(path: str, marked: str, head: str) -> None:
    text = "# c\na:\n  b: text # c\n  c: {d: 1}\n  empty:\nl:\n- 1\n"
    value = at(text, path)
    start, end = value.mark
    first, last = value.head
    assert (text[start:end], text[first:last]) == (marked, head)


def test_offsets_count_from_the_start_of_the_source() -> None:
    text = "a: 1\n---\nb: 2\n"
    source = Source("test.yaml", text)
    _, document = (found for chunk in split_documents(text) for found in documents(source, chunk))
    start, end = root(document).get("b").span
    assert (start, text[start:end]) == (12, "2")


def test_duplicates_are_the_overridden_keys() -> None:
    document = parse("a: 1\nb: 2\na: 3\n<<: {}\n<<: {}\na: 4\n")
    assert [key.start_mark.line for key in duplicates(document.root)] == [0, 2]


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("{{ .x }}", True),
        ("${X}", True),
        ("$(X)", True),
        ("$X", True),
        ("<% x %>", True),
        ("%x%", True),
        ("@x@", True),
        ("__x__", True),
        ("<name>", True),
        ("{x}", True),
        ("GRACE", True),
        ("PLACE", True),
        ("PT10S", False),
        ("30", False),
        ("$5", False),
        ("a < b", False),
        ("OK", False),
        ("text", False),
    ],
)
def test_placeholder(text: str, waits: bool) -> None:
    assert is_placeholder(text) is waits


def test_a_node_reads_alone() -> None:
    (_, value), *_ = parse("a: 060").root.value
    assert isinstance(value, ScalarNode)
    assert read_scalar(value) == 48
