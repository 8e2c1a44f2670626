"""Where something stands, in code points and as editors count it."""

from __future__ import annotations

import tracemalloc
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8slint import api
from k8slint.lint.diagnosis import text_edit
from k8slint.manifest import source as manifest_source
from k8slint.manifest.edit import Edit
from k8slint.manifest.source import Encoding, Source

# A text, what is looked for in it, and line and column of its start and end in code points, UTF-8
# and UTF-16.
PLACES = {
    "plain": ("a: b\n", "b", (1, 4, 1, 5), (1, 4, 1, 5), (1, 4, 1, 5)),
    "two bytes": ("é: b", "b", (1, 4, 1, 5), (1, 5, 1, 6), (1, 4, 1, 5)),
    "three bytes": ("中: b", "b", (1, 4, 1, 5), (1, 6, 1, 7), (1, 4, 1, 5)),
    "astral": ("𐍈: b", "b", (1, 4, 1, 5), (1, 7, 1, 8), (1, 5, 1, 6)),
    "an emoji": ("🚀 b", "b", (1, 3, 1, 4), (1, 6, 1, 7), (1, 4, 1, 5)),
    "an emoji of five": ("👩‍🚀️ b", "b", (1, 6, 1, 7), (1, 16, 1, 17), (1, 8, 1, 9)),
    "a combining accent": ("e\u0301: b", "b", (1, 5, 1, 6), (1, 6, 1, 7), (1, 5, 1, 6)),
    "a tab": ("a:\tb", "b", (1, 4, 1, 5), (1, 4, 1, 5), (1, 4, 1, 5)),
    "CRLF": ("é\r\n🚀: b\r\n", "b", (2, 4, 2, 5), (2, 7, 2, 8), (2, 5, 2, 6)),
    "found itself": ("a: 🚀", "🚀", (1, 4, 1, 5), (1, 4, 1, 8), (1, 4, 1, 6)),
    "only behind it": ("b: 🚀\n", "b", (1, 1, 1, 2), (1, 1, 1, 2), (1, 1, 1, 2)),
    "half of a pair": ("\ud83d: b", "b", (1, 4, 1, 5), (1, 6, 1, 7), (1, 4, 1, 5)),
    "over lines": ("🚀 b\né c\n", "b\né c", (1, 3, 2, 4), (1, 6, 2, 5), (1, 4, 2, 4)),
    "at the end": ("é\n🚀\n", "", (3, 1, 3, 1), (3, 1, 3, 1), (3, 1, 3, 1)),
}


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("above", [0, 7])
def test_columns_are_those_of_editors(name: str, above: int) -> None:
    text, word, points, *expected = PLACES[name]
    source = Source("a.yaml", text, above=above)
    start = text.index(word) if word else len(text)
    at = source.locate((start, start + len(word)))
    edit = text_edit(source, Edit(start, start + len(word), "x"))
    encodings: tuple[Encoding, ...] = ("utf-8", "utf-16")
    for place in (at, edit):
        found = place.line, place.column, place.end_line, place.end_column
        assert found == (points[0] + above, points[1], points[2] + above, points[3])
        for encoding, (line, column, end_line, end_column) in zip(
            encodings, expected, strict=True
        ):
            moved = line + above, column, end_line + above, end_column
            assert source.count_columns(place, encoding) == moved, encoding


@given(st.text("a🚀é\n\r", max_size=40), st.data())
def test_a_place_encoded_is_what_stands_there(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    source = Source("a.yaml", text)
    ways: tuple[tuple[Encoding, str, int], ...]
    ways = ("utf-8", "utf-8", 1), ("utf-16", "utf-16-le", 2)
    for encoding, codec, size in ways:
        place = source.count_columns(source.locate((start, end)), encoding)
        starts = [0, *(at + 1 for at, char in enumerate(text) if char == "\n")]
        bounds = (
            len(text[: starts[line - 1]].encode(codec)) + (column - 1) * size
            for line, column in (place[:2], place[2:])
        )
        first, last = bounds
        assert text.encode(codec)[first:last].decode(codec) == text[start:end]


def test_the_byte_order_mark_takes_no_column() -> None:
    text = "\ufeffkind: 🚀 # é\n"
    place = api.Stretch(1, 9, 1, 10)
    assert api.count_columns(text, place) == (1, 10, 1, 11)
    assert api.count_columns(text, place, "utf-8") == (1, 12, 1, 13)


def test_where_lines_begin_takes_less_memory_than_the_lines() -> None:
    source = Source("web.yaml", "\n" * 100_000)
    tracemalloc.start()
    try:
        assert len(source._line_starts) == 100_000
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 12 * 100_000


@pytest.mark.parametrize("far", [-1_000, 0, 1_000])
@given(st.text("a\r\n", max_size=20), st.lists(st.integers(0, 20), max_size=20))
def test_a_place_is_the_same_in_any_order(far: int, text: str, offsets: list[int]) -> None:
    source = Source("a.yaml", text)
    with mock.patch.object(manifest_source, "_FAR", far):
        for offset in (min(one, len(text)) for one in offsets):
            above = text[:offset].split("\n")
            assert source.position(offset) == (len(above), len(above[-1]) + 1)
            assert source.line(offset) == (text.split("\n")[len(above) - 1]).rstrip("\r")
