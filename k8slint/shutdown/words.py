"""Commands by their words alone, as they are before anything is parsed."""

from __future__ import annotations

SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_BETWEEN_WORDS = str.maketrans(dict.fromkeys("\"'[],/", " "))


def words_in(text: str) -> frozenset[str]:
    """The words of a command as YAML writes it, in parts: a program may end a path."""
    return frozenset(text.translate(_BETWEEN_WORDS).split())
