"""Making a stranger's text fit for a terminal, a log and a patch."""

from __future__ import annotations

_NO_BREAK = "\N{NO-BREAK SPACE}"


def printable(text: str) -> str:
    """A text that stays on its line and moves no cursor, whatever a manifest or a name says."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char
        if char.isprintable() or char == _NO_BREAK
        else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )
