r"""Make a stranger's text fit for a terminal, a log and a patch.

Names, values and lines of a repository can hold characters that move the cursor or reverse or hide
text, and commands to the program that reads a log. They are shown as Python writes them (`\x1b`,
`\u202e`), never dropped. A format with escapes of its own passes these to `escaped`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from k8slint.type_names import Literal, TypeAlias

# No message of ours is this long, but what it quotes may be.
LONGEST = 1_000
# For a name or a path of keys; Kubernetes accepts names of at most 253 characters.
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
# Invisible, though they are letters and marks (Default_Ignorable_Code_Point of Unicode).
_UNSEEN = (
    *((0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800)),
    *((0x3164, 0x3164), (0xFE00, 0xFE0E), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF)),
)
NO_BREAK = "\xa0"
_UNIT = re.compile(r"(?<=\d) (?=s\b)")
# The most marks above and below one letter that a language needs (UTS 39, section 5.4).
_MOST_MARKS = 4
_IN_C = {"\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r"}


def printable(text: str) -> str:
    """Escape a text so that it stays on its line and moves no cursor."""
    return escaped(text, backslashed)


def escaped(text: str, write: Callable[[str], str], kept: str = "") -> str:
    """Replace each character that must not reach a terminal by what `write` makes of it.

    Those of `kept` stay as they are.
    """
    if text.isascii() and text.isprintable() and "##" not in text:
        return text

    def written(odd: re.Match[str]) -> str:
        return "".join(
            char if is_fit or char in kept else write(char) for char, is_fit in _judged(odd[0])
        )

    return re.sub(_ODD, written, text)


def keep_units_together(text: str) -> str:
    """Put a no-break space between each number and its unit."""
    return _UNIT.sub(NO_BREAK, text)


def backslashed(char: str) -> str:
    """Return a character as Python writes it in a string."""
    text = char.encode("unicode_escape", "surrogatepass").decode()
    return text if text != char else f"\\x{ord(char):02x}"


def fit(text: str, *, has_commands: bool = False) -> str:
    """Escape whole lines of output, except for our own colours and links.

    Without `has_commands`, no line begins with a command that GitHub's runner obeys.
    """
    together = text.replace("\n", "")
    if not together.isascii() or not together.isprintable() or "##" in together:
        pieces = re.split(_OURS, text)
        pieces[::2] = [escaped(piece, backslashed, "\n\t") for piece in pieces[::2]]
        text = "".join(pieces)
    return text if has_commands or "::" not in text else re.sub(_AT_START, r"\1\\x3a", text)


def fit_json(text: str) -> str:
    """Escape JSON for output: the same data, with the escapes of JSON."""
    return "\n".join(escaped(line, _in_json) for line in text.split("\n"))


def clipped(text: str, longest: int = LONGEST) -> str:
    """Shorten a text by cutting out its middle."""
    if len(text) <= longest:
        return text
    end = longest // 3
    return f"{text[: longest - end - 1]}…{text[-end:]}"


def echoed(value: object) -> str:
    """A name or a value as a message repeats it: as Python writes it, and short."""
    return clipped(repr(value), LONGEST_NAME)


def quoted(path: str) -> str:
    """Return a path as git writes it: in quotes with C's escapes, unless it is plain.

    Letters of all languages are plain, as with git's `core.quotePath=false`.
    """
    inside = escaped(re.sub(r'["\\]', r"\\\g<0>", path), _in_c)
    is_plain = inside == path == path.strip() and not path.startswith(":")
    return path if is_plain else f'"{inside}"'


def name_bytes(name: str) -> bytes:
    """Return the bytes of a file name; one of Windows may hold any half of a surrogate pair."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")


def _in_json(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _in_c(char: str) -> str:
    if char in _IN_C:
        return f"\\{_IN_C[char]}"
    return "".join(f"\\{byte:03o}" for byte in name_bytes(char))


def _judged(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each character, and whether it may be shown as it is."""
    marks = 0
    before: _Kind = "plain"
    for char in text:
        kind = _kind(char)
        marks = marks + 1 if kind == "mark" else 0
        # U+FE0F makes an emoji; one is enough.
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
