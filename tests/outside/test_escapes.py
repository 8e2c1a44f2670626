"""What becomes of a stranger's characters: laws of the one module that knows what may be shown."""

from __future__ import annotations

import json
import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8slint.outside.terminal import (
    LONGEST,
    clipped,
    fit,
    fit_json,
    printable,
    quoted,
)
from tests.hostile.texts import TEXTS, watch_characters, watch_lines

HOSTILE = st.lists(st.sampled_from(TEXTS) | st.text(), max_size=5).map("".join)
NAMES = st.binary(min_size=1, max_size=60).map(os.fsdecode) | HOSTILE.filter(bool)

MARK = "\u0301"
# A text, how it is printed, and how a path of that name is quoted.
WRITTEN: dict[str, tuple[str, str]] = {
    "web.yaml": ("web.yaml", "web.yaml"),
    "a b's.yaml": ("a b's.yaml", "a b's.yaml"),
    "é 日本 ⚠️ 1️⃣": ("é 日本 ⚠️ 1️⃣", "é 日本 ⚠️ 1️⃣"),
    "e\u0301 ก\u0e31\u0e48": ("e\u0301 ก\u0e31\u0e48", "e\u0301 ก\u0e31\u0e48"),
    "a\u00a0b\u3000c": ("a\u00a0b\u3000c", "a\u00a0b\u3000c"),
    "\x1b[31m": (r"\x1b[31m", r'"\033[31m"'),
    "a\tb\r\n": (r"a\tb\r\n", r'"a\tb\r\n"'),
    "\x7f\x85\x9b": (r"\x7f\x85\x9b", r'"\177\302\205\302\233"'),
    "\u202egpj": (r"\u202egpj", r'"\342\200\256gpj"'),
    "a\u200b\ufeff\u2060": (r"a\u200b\ufeff\u2060", r'"a\342\200\213\357\273\277\342\201\240"'),
    "\U000e0041\u034f": (r"\U000e0041\u034f", r'"\363\240\201\201\315\217"'),
    "a\ufe0f\ufe0f": ("a\ufe0f\\ufe0f", '"a\ufe0f\\357\\270\\217"'),
    f"e{MARK * 6}": (rf"e{MARK * 4}\u0301\u0301", rf'"e{MARK * 4}\314\201\314\201"'),
    "\udcff": (r"\udcff", r'"\377"'),
    "##[error]": (r"#\x23[error]", r'"#\043[error]"'),
    "## [x] #[y]": ("## [x] #[y]", "## [x] #[y]"),
    "###vso[a]": (r"##\x23vso[a]", r'"##\043vso[a]"'),
    "::error::": ("::error::", '"::error::"'),
    'a"b\\c': ('a"b\\c', r'"a\"b\\c"'),
    " a ": (" a ", '" a "'),
}


@pytest.mark.parametrize(("text", "expected"), WRITTEN.items(), ids=range(len(WRITTEN)))
def test_texts_are_printed_and_quoted(text: str, expected: tuple[str, str]) -> None:
    assert (printable(text), quoted(text)) == expected


# The ends of each range of what is invisible though it is a letter or a mark.
@pytest.mark.parametrize(
    "char",
    [
        *("\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u180b", "\u180f", "\u2800"),
        *("\u3164", "\ufe00", "\ufe0e", "\uffa0", "\U000e0100", "\U000e01ef"),
    ],
)
def test_what_is_invisible_is_written_out(char: str) -> None:
    assert printable(f"a{char}b") == f"a{char.encode('unicode_escape').decode()}b"


@given(HOSTILE)
def test_what_is_printable_stays_on_its_line(text: str) -> None:
    shown = printable(text)
    watch_characters(shown)
    assert "\n" not in shown
    assert printable(shown) == shown
    if text.isascii() and text.isprintable() and "##" not in text:
        assert shown == text


@given(HOSTILE)
def test_lines_are_fit_once(text: str) -> None:
    shown = fit(text)
    ours = r"\x1b\[[\d;]*m|\x1b\]8;;(https://[!-~]*?)?\x1b\\"
    watch_lines(re.sub(ours, "", shown).replace("\t", " "))
    assert fit(shown) == shown
    assert shown.count("\n") == text.count("\n"), "a line is a line"


PAINTED = {
    "\x1b[1;31merror\x1b[0m": "",
    "\x1b]8;;https://github.com/k8slint\x1b\\GS101\x1b]8;;\x1b\\": "",
    "\x1b[1mbold\x1b[2J\x1b[0m": "\x1b[1mbold\\x1b[2J\x1b[0m",
    "\x1b]0;title\x07": r"\x1b]0;title\x07",
    "\x1b]8;;file:///etc\x1b\\x": r"\x1b]8;;file:///etc\x1b\x",
    "\x1b[1m::x": "",
}


@pytest.mark.parametrize(("text", "expected"), PAINTED.items(), ids=range(len(PAINTED)))
def test_only_our_own_controls_get_out(text: str, expected: str) -> None:
    assert fit(text) == (expected or text)


@given(st.dictionaries(HOSTILE, HOSTILE))
def test_json_says_the_same(data: dict[str, str]) -> None:
    text = fit_json(json.dumps(data, ensure_ascii=False))
    watch_characters(text)
    assert json.loads(text) == data


@given(st.text(), st.integers(10, 50))
def test_a_clipped_text_is_no_longer_than_it_may_be(text: str, longest: int) -> None:
    shown = clipped(text, longest)
    assert len(shown) == min(len(text), longest)
    if len(text) > longest:
        at = shown.rindex("…", 0, longest - longest // 3)
        assert text.startswith(shown[:at])
        assert text.endswith(shown[at + 1 :])
    assert len(clipped("x" * 10**6)) == LONGEST


@given(NAMES)
def test_quotes_can_be_undone(name: str) -> None:
    watch_lines(quoted(name))
    assert unquoted(quoted(name)) == name


def unquoted(text: str) -> str:
    """As git and patch read it."""
    if not text.startswith('"'):
        return text
    escape = rb'\\([abtnvfr"\\]|[0-7]{3})'
    inside = os.fsencode(text[1:-1])
    letters = dict(zip(b'abtnvfr"\\', b'\a\b\t\n\v\f\r"\\', strict=True))
    return os.fsdecode(
        re.sub(
            escape,
            lambda match: bytes(
                [letters[match[1][0]] if match[1][0] in letters else int(match[1], 8)]
            ),
            inside,
        )
    )
