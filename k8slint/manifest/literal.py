"""Edits of a literal block scalar that touch only the lines that differ."""

from __future__ import annotations

import re
from collections.abc import Sequence

from k8slint.manifest.geometry import body_start, content_end
from k8slint.manifest.kept import Data
from k8slint.manifest.lines import newline
from k8slint.manifest.pyyaml import Node, ScalarNode
from k8slint.manifest.splice import Edit
from k8slint.manifest.tree import Document

_HEADER = re.compile(r"\|(-?)[ \t]*(?:#.*)?\r?\n")


def changed_literal(document: Document, old: Node, new: Data) -> Edit | None:
    """The edit that makes the text of a `|` or `|-` another one; None where it cannot be that."""
    if not isinstance(old, ScalarNode) or old.style != "|" or not isinstance(new, str):
        return None
    text = document.text
    header = _HEADER.match(text, body_start(old, text))
    if not header:
        return None
    end = "" if header[1] else "\n"
    before, after = _lines(old.value, end), _lines(new, end)
    if not before or not after:
        return None
    written = text[header.end() : content_end(old, text)].split("\n")
    indent = _indentation(written, before)
    if indent is None:
        return None
    first, behind = _common(before, after)
    come = after[first : len(after) - behind]
    if not all(map(_is_writable, come)):
        return None
    start = header.end() + sum(len(line) + 1 for line in written[:first])
    gone = "\n".join(written[first : len(written) - behind]).rstrip("\r")
    eol = newline(text, header.start())
    lines = eol.join(" " * indent + line if line else line for line in come)
    return Edit(start, start + len(gone), lines)


def _lines(value: str, end: str) -> list[str]:
    """The lines of a text that ends as a block scalar of its kind does; none of any other text.

    The first line with a character says how deep the text is indented, so it cannot begin with a
    blank; at the end, a line of blanks is easily taken for none.
    """
    lines = value.removesuffix(end).split("\n") if value.endswith(end) else [""]
    first = next(filter(None, lines), " ")
    return lines if first[0] not in " \t" and lines[-1].strip() else []


def _indentation(written: Sequence[str], lines: Sequence[str]) -> int | None:
    """How deep lines are indented where they are written; None if something else is."""
    if len(written) != len(lines):
        return None
    bare = [line.rstrip("\r") for line in written]
    indent = next(len(a) - len(b) for a, b in zip(bare, lines, strict=True) if b)
    if indent < 1 or any(a[indent:] != b for a, b in zip(bare, lines, strict=True)):
        return None
    return indent


def _is_writable(line: str) -> bool:
    return line.replace("\t", "").isprintable()


def _common(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How many lines are left alone at the beginning and at the end.

    One of those between stays on either side, so that there always is a line to replace.
    """
    least = min(len(before), len(after)) - 1
    first = 0
    while first < least and before[first] == after[first]:
        first += 1
    behind = 0
    while behind < least - first and before[-1 - behind] == after[-1 - behind]:
        behind += 1
    return first, behind
