"""Commands by their words alone, as they are before anything is parsed."""

from __future__ import annotations

SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_QUOTES = b"\"'"
_BETWEEN = b"[],/"
_BETWEEN_IN_SCRIPTS = b"[],/|&;()<>`$"


def words_in(text: str) -> frozenset[str]:
    """The words of a command as YAML writes it, in parts: a program may end a path."""
    return _split(text, _BETWEEN + _QUOTES)


def words_in_script(text: str) -> frozenset[str]:
    """The words that a shell makes of a script, in parts, however they are quoted."""
    return _split(text.replace("\\\n", ""), _BETWEEN_IN_SCRIPTS, b"\\" + _QUOTES)


def _split(text: str, between: bytes, without: bytes = b"") -> frozenset[str]:
    # As a text it takes ten times as long to translate.
    table = bytes.maketrans(between, b" " * len(between))
    data = text.encode("utf-8", "surrogatepass").translate(table, without)
    return frozenset(data.decode("utf-8", "surrogatepass").split())
