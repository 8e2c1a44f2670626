"""Positions in texts, whatever stands in them and however an editor counts."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from lsprotocol.types import Position

from k8slint.manifest.source import Stretch
from k8slint.server.edits import apply_splices, splices_between
from k8slint.server.hover import fenced
from k8slint.server.positions import EditorText

# Half of a surrogate pair too, which JSON can spell.
TEXTS = st.text(st.sampled_from("a \t\n\r\f\x85\u2028é🦊\ufeff\ud83d-:#"), max_size=40)
ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-32"])


@given(TEXTS, ENCODINGS, st.integers(0, 40))
def test_an_offset_is_found_again_by_its_position(text: str, encoding: str, offset: int) -> None:
    offset = min(offset, len(text))
    if text[offset - 1 : offset + 1] == "\r\n":
        offset -= 1
    there = EditorText(text, encoding)
    assert there.offset(there.position(offset)) == offset


@given(TEXTS, ENCODINGS, st.integers(0, 50), st.integers(0, 50))
def test_a_position_that_is_nowhere_is_the_nearest_place(
    text: str, encoding: str, line: int, character: int
) -> None:
    there = EditorText(text, encoding)
    offset = there.offset(Position(line, character))
    found = there.position(offset)
    assert 0 <= offset <= len(text)
    assert found.line <= line
    assert found.character <= character or found.line < line


@given(TEXTS, TEXTS)
def test_what_is_between_two_texts_makes_one_of_the_other(old: str, new: str) -> None:
    assert apply_splices(old, splices_between(old, new)) == new


@given(TEXTS, st.integers(0, 40), st.integers(1, 40))
def test_a_place_that_was_found_is_in_the_text(text: str, line: int, column: int) -> None:
    there = EditorText(text, "utf-16")
    at = there.locate(Stretch(line, column, line + 1, column))
    assert at.start <= at.end
    assert 0 <= there.offset(at.start) <= len(text)
    assert there.data.decode() == text.replace("\ud83d", "?")


@given(TEXTS, ENCODINGS)
def test_places_of_k8slint_count_from_behind_the_byte_order_mark(text: str, encoding: str) -> None:
    plain, marked = EditorText(text, encoding), EditorText(f"\ufeff{text}", encoding)
    if not text.startswith("\ufeff"):
        assert [*map(plain.own_place, range(len(text)))] == [*range(len(text))]
    own = [*map(marked.own_place, range(len(text) + 1))]
    assert own == [0, *range(len(text))]


@given(st.text("`a\n", max_size=20))
@example("a\n````\na")
def test_no_text_leaves_its_fence(text: str) -> None:
    first, *inner, last = fenced(text).split("\n")
    assert first == f"{last}text"
    assert {*last} == {"`"}
    assert all(last not in line for line in inner)
