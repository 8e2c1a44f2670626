"""Text edits: making them, and undoing them."""

from __future__ import annotations

from collections.abc import Iterable

from k8slint.records import NamedTuple


class Refused(Exception):
    """The change cannot be made without risk to something else; the text says what."""


class Edit(NamedTuple):
    """Replace the text between two offsets of a source; `depth` orders insertions at one place."""

    start: int
    end: int
    text: str
    depth: int = 0

    def shifted(self, by: int) -> Edit:
        return Edit(self.start + by, self.end + by, self.text, self.depth)


def in_order(edits: Iterable[Edit]) -> list[Edit]:
    """Edits in the order of the text; of several insertions at one place the deepest first."""
    return sorted(edits, key=lambda edit: (edit.start, edit.end > edit.start, -edit.depth))


def refuse_touching(edits: Iterable[Edit]) -> None:
    """Raise Refused if two edits touch the same bytes; they are in the order of the text."""
    at = 0
    for edit in edits:
        if edit.start < at:
            raise Refused("two changes touch the same text")
        at = edit.end


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made.

    Raises Refused where two of them touch the same bytes.
    """
    pieces: list[str] = []
    at = 0
    ordered = in_order(edits)
    refuse_touching(ordered)
    for edit in ordered:
        pieces += (text[at : edit.start], edit.text)
        at = edit.end
    return "".join([*pieces, text[at:]])


def undo(old: str, new: str, edits: Iterable[Edit]) -> str:
    """The old text again, taken from the new one outside the edits."""
    pieces: list[str] = []
    at = shift = 0
    for edit in in_order(edits):
        begin = edit.start + shift
        pieces += (new[at:begin], old[edit.start : edit.end])
        at = begin + len(edit.text)
        shift += len(edit.text) - (edit.end - edit.start)
    return "".join([*pieces, new[at:]])
