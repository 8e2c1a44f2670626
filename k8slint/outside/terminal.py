r"""Making a stranger's text fit for a terminal, a log and a patch.

Names, values and lines of a repository can hold what moves the cursor, turns or hides text, or is
a command to the program that reads a log. It is shown as Python writes it (`\x1b`, `\u202e`), and
never left out. What a format can say in its own way it says exactly: `escaped` takes that way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal, TypeAlias

# No message is as long; what it echoes may be.
LONGEST = 1_000
# Of a name or a path of keys; Kubernetes takes no name longer than 253 characters.
LONGEST_NAME = 300
# A traceback of more than a hundred calls.
LONGEST_CRASH = 20_000

_Kind: TypeAlias = Literal["plain", "mark", "odd"]

# GitHub's runner takes `##[command]` for a command wherever it stands, and `::command::` at the
# start of a line (actions/runner, ActionCommand.cs); Azure's agent `##vso[` (Command.cs), and
# TeamCity `##teamcity[`. Letters of Latin, and what pictures are drawn with, need no closer look.
_ODD = r"[^ -~¡-¬®-\u02ff\u2500-\u25ff]+|(?<=#)#(?=[\w.-]*\[)"
_AT_START = r"(?m)^([^\S\n]*):(?=:)"
# Colours, and links to our own pages.
_OURS = r"(\x1b\[[0-9;]*m|\x1b\]8;[\w=;.-]*?;(?:https://[!-~]*?)?\x1b\\)"

_BLANKS = frozenset("\xa0\u202f\u205f\u3000").union(map(chr, range(0x2000, 0x200B)))
# Drawn as nothing, though they are letters and marks (Default_Ignorable_Code_Point of Unicode).
_UNSEEN = (
    *((0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800)),
    *((0x3164, 0x3164), (0xFE00, 0xFE0E), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF)),
)
# Marks above and below one letter, of which no language needs more (UTS 39, section 5.4).
_MOST_MARKS = 4
_IN_C = {"\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r"}


def printable(text: str) -> str:
    """A text that stays on its line and moves no cursor, whatever a manifest or a name says."""
    return escaped(text, backslashed)


def escaped(text: str, write: Callable[[str], str], kept: str = "") -> str:
    """A text in which each character that is not to reach a terminal is written in another way.

    Those of `kept` stay as they are.
    """
    if text.isascii() and text.isprintable() and "##" not in text:
        return text

    def written(odd: re.Match[str]) -> str:
        return "".join(
            char if is_fit or char in kept else write(char) for char, is_fit in _judged(odd[0])
        )

    return re.sub(_ODD, written, text)


def backslashed(char: str) -> str:
    """A character as Python writes it in a string."""
    text = char.encode("unicode_escape", "surrogatepass").decode()
    return text if text != char else f"\\x{ord(char):02x}"


def fit(text: str, *, has_commands: bool = False) -> str:
    """Whole lines as they may leave: with our own colours and links, and no other control.

    Without `has_commands` no line begins in a way that GitHub's runner obeys.
    """
    together = text.replace("\n", "")
    if not together.isascii() or not together.isprintable() or "##" in together:
        pieces = re.split(_OURS, text)
        pieces[::2] = [escaped(piece, backslashed, "\n\t") for piece in pieces[::2]]
        text = "".join(pieces)
    return text if has_commands or "::" not in text else re.sub(_AT_START, r"\1\\x3a", text)


def fit_json(text: str) -> str:
    """JSON as it may leave: the same data, by the escapes of JSON."""
    return escaped(text, _in_json, "\n")


def clipped(text: str, longest: int = LONGEST) -> str:
    """A text with what is too much of it taken out of its middle."""
    if len(text) <= longest:
        return text
    end = longest // 3
    return f"{text[: longest - end - 1]}…{text[-end:]}"


def echoed(value: object) -> str:
    """A name or a value as a message repeats it: as Python writes it, and short."""
    return clipped(repr(value), LONGEST_NAME)


def quoted(path: str) -> str:
    """A path as git writes it: in quotes with C's escapes, where it is not plain.

    Letters of all languages are plain, as with git's `core.quotePath=false`.
    """
    inside = escaped(re.sub(r'["\\]', r"\\\g<0>", path), _in_c)
    is_plain = inside == path == path.strip() and not path.startswith(":")
    return path if is_plain else f'"{inside}"'


def _in_json(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _in_c(char: str) -> str:
    if char in _IN_C:
        return f"\\{_IN_C[char]}"
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogateescape"))


def _judged(text: str) -> Iterator[tuple[str, bool]]:
    """Each character, and whether it may be shown as it is."""
    marks = 0
    before: _Kind = "plain"
    for char in text:
        kind = _kind(char)
        marks = marks + 1 if kind == "mark" else 0
        # An emoji is one by U+FE0F, of which one says enough.
        is_repeated = char == "\ufe0f" and before != "plain"
        yield char, kind != "odd" and marks <= _MOST_MARKS and not is_repeated
        before = kind


@lru_cache(maxsize=4096)
def _kind(char: str) -> _Kind:
    code = ord(char)
    if char in _BLANKS:
        return "plain"
    if not char.isprintable() or char == "#":
        return "odd"
    if code < 0x300:
        return "plain"
    if any(first <= code <= last for first, last in _UNSEEN):
        return "odd"
    from unicodedata import category

    return "mark" if category(char) in ("Mn", "Me") else "plain"
