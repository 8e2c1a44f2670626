"""Commands by their words alone, as they are before anything is parsed."""

from __future__ import annotations

SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_BETWEEN_WORDS = str.maketrans(dict.fromkeys("\"'[],/", " "))
_BETWEEN_PARTS = dict.fromkeys("|&;()<>`$[],/", " ")
_JOINED = str.maketrans({**_BETWEEN_PARTS, **dict.fromkeys("\"'\\")})
_APART = str.maketrans({**_BETWEEN_PARTS, **dict.fromkeys("\"'\\", " ")})


def words_in(text: str) -> frozenset[str]:
    """The words of a command as YAML writes it, in parts: a program may end a path."""
    return frozenset(text.translate(_BETWEEN_WORDS).split())


def words_in_script(text: str) -> frozenset[str]:
    """The words of a script, in parts as those of `words_in`, however they are quoted.

    Quotes and backslashes join them and part them, as our grammar ends some words there.
    """
    one_line, lines = text.replace("\\\n", ""), text.replace("\\\n", " ")
    spelt = (one_line.translate(_JOINED), lines.translate(_JOINED), lines.translate(_APART))
    return frozenset(word for one in spelt for word in one.split())
