"""Changes of a text as an editor makes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from lsprotocol import types

from k8slint.lint.diagnosis import TextEdit
from k8slint.report.json import meeting_joined
from k8slint.server.documents import OpenDocument
from k8slint.server.positions import EditorText, Splice

# More changed lines than that are replaced as one.
_MOST_COMPARED = 5_000


def splices_of(text: EditorText, edits: Sequence[TextEdit]) -> list[Splice]:
    """Return the edits of a fix by their offsets."""
    return [
        Splice(
            text.own_offset(one.line, one.column),
            text.own_offset(one.end_line, one.end_column),
            one.content,
        )
        for one in meeting_joined(edits)
    ]


def apply_splices(text: str, splices: Sequence[Splice]) -> str:
    for one in sorted(splices, reverse=True):
        text = f"{text[: one.start]}{one.content}{text[one.end :]}"
    return text


def splices_between(old: str, new: str) -> list[Splice]:
    """Return what makes one text of another, line by line."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    return [
        Splice(starts[a], starts[b], "".join(after[c:d]))
        for a, b, c, d in _changed_lines(before, after)
    ]


def _changed_lines(
    before: Sequence[str], after: Sequence[str]
) -> Iterator[tuple[int, int, int, int]]:
    least = min(len(before), len(after))
    same = next((n for n in range(least) if before[n] != after[n]), least)
    ends = range(1, least - same + 1)
    behind = next((n - 1 for n in ends if before[-n] != after[-n]), least - same)
    a, b, c, d = same, len(before) - behind, same, len(after) - behind
    if (b - a) + (d - c) > _MOST_COMPARED:
        yield a, b, c, d
        return
    compared = SequenceMatcher(None, before[a:b], after[c:d], autojunk=False)
    for tag, one, other, third, last in compared.get_opcodes():
        if tag != "equal":
            yield a + one, a + other, c + third, c + last


def workspace_edit(
    document: OpenDocument,
    splices: Sequence[Splice],
    *,
    is_versioned: bool,
    snippet: str = "",
) -> types.WorkspaceEdit:
    """Return the change of one document; with a `snippet` in place of the only text."""
    text = document.text
    edits = [types.TextEdit(text.range_of(one.start, one.end), one.content) for one in splices]
    if not is_versioned:
        return types.WorkspaceEdit(changes={document.uri: edits})
    about = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    snippets = [types.SnippetTextEdit(edits[0].range, types.StringValue(snippet))]
    change = types.TextDocumentEdit(about, snippets if snippet else edits)
    return types.WorkspaceEdit(document_changes=[change])
