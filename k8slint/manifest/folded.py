"""Edits of a text that is folded over several lines, where words are added to it."""

from __future__ import annotations

import re
from itertools import islice

from k8slint.manifest.geometry import body_start, content_end
from k8slint.manifest.kept import Data
from k8slint.manifest.pyyaml import Node, ScalarNode
from k8slint.manifest.splice import Edit
from k8slint.manifest.tree import Document

_HEADER = re.compile(r">[-+\d]*[ \t]*(?:#.*)?\r?\n")
# What means the same in a plain text and in a folded one.
_WORDS = re.compile(r"[\w./-]+(?: [\w./-]+)* ?", re.ASCII)
_PRINTED = re.compile(r"[^ \t\r\n]")


def changed_folded(document: Document, old: Node, new: Data) -> Edit | None:
    """The edit that adds words to a plain text or a `>`; None where it cannot be that.

    Folding changes nothing but blanks and line ends, so a character is found by how many others
    stand in front of it.
    """
    if not isinstance(old, ScalarNode) or old.style in ("'", '"', "|"):
        return None
    added = _added(old.value, new) if isinstance(new, str) else None
    if added is None:
        return None
    at, words = added
    text, start = document.text, body_start(old, document.text)
    if header := _HEADER.match(text, start) if old.style == ">" else None:
        start = header.end()
    before = sum(1 for _ in _PRINTED.finditer(old.value, 0, at))
    printed = _PRINTED.finditer(text, start, content_end(old, text))
    place = next(islice(printed, before, None), None)
    return Edit(place.start(), place.start(), words) if place else None


def _added(before: str, after: str) -> tuple[int, str] | None:
    """Where words have been put in front of another one, and which."""
    at = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    if at is None or before[at].isspace() or not after.endswith(before[at:]):
        return None
    words = after[at : len(after) - len(before) + at]
    return (at, words) if _WORDS.fullmatch(words) else None
