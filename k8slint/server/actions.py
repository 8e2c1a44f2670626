"""What can be done about findings: repair one, repair all that is safe, or ignore one here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from lsprotocol import types

from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.findings import SYNTAX_ERROR
from k8slint.lint.identity import Identity
from k8slint.server.documents import OpenDocument
from k8slint.server.editor import Editor, in_turn
from k8slint.server.edits import apply_splices, splices_between, splices_of, workspace_edit
from k8slint.server.positions import EditorText, Splice

FIX_ALL = "source.fixAll.k8slint"
_REASON = "reason"
# Characters; each repair is tried before it is offered, which takes seconds in longer texts.
_LONGEST = 5_000_000
_LIST = re.compile(r"#[^#\n]{0,80}k8slint: ignore\[[^]\n]{0,400}(?=\])")


def code_actions(ls: Editor, params: types.CodeActionParams) -> list[types.CodeAction]:
    """What can be done about the findings of a range."""
    document = ls.documents.by_uri(params.text_document.uri)
    if document is None or len(document.text.text) > _LONGEST:
        return []
    ls.settle(document.path)
    if ls.task_of(document.path) is None:  # Not checked, or by a configuration with a mistake.
        return []
    actions = _Actions(ls, document)
    only = params.context.only
    found: list[types.CodeAction] = []
    if _wants(only, types.CodeActionKind.QuickFix):
        found += actions.about(params.range)
    if _wants(only, FIX_ALL):
        found += actions.fix_all()
    return found


def _wants(only: Sequence[str] | None, kind: str) -> bool:
    """Whether an editor asks for a kind of action, by its name or that of a wider kind."""
    return not only or any(f"{kind}.".startswith(f"{one}.") for one in only)


class _Actions:
    """The actions for one document."""

    def __init__(self, editor: Editor, document: OpenDocument) -> None:
        self.editor = editor
        self.document = document
        workspace = editor.client_capabilities.workspace
        edits = workspace.workspace_edit if workspace else None
        self.is_versioned = bool(edits and edits.document_changes)
        self.takes_snippets = self.is_versioned and bool(edits and edits.snippet_edit_support)

    @property
    def text(self) -> EditorText:
        return self.document.text

    def about(self, at: types.Range) -> Iterator[types.CodeAction]:
        shown = self.editor.shown_of(self.document.path)
        published = self.editor.published_for(self.document.path)
        for one, diagnostic in zip(shown.found if shown else (), published, strict=False):
            if _meet(diagnostic.range, at) and not one.through:
                yield from self._repair(one, diagnostic)
                yield from self._ignore(one, diagnostic)

    def fix_all(self) -> Iterator[types.CodeAction]:
        """Return what `check --fix` would write."""
        report = self.editor.folders.fix(self.document.path)
        if not report or not report.text or report.error or report.failed:
            return
        new = report.text.decode()
        if splices := splices_between(self.text.data.decode(), new):
            count = len(report.fixed)
            what = "1 finding" if count == 1 else f"{count} findings"
            yield types.CodeAction(
                f"k8slint: fix {what} (all that is safe)",
                kind=FIX_ALL,
                edit=self._edit(splices),
            )

    def _repair(self, one: Diagnostic, diagnostic: types.Diagnostic) -> Iterator[types.CodeAction]:
        fix = one.fix
        if not fix or fix.refused or not fix.edits:
            return
        splices = splices_of(self.text, fix.edits)
        brought = self._brought(splices, one)
        if brought is None:
            return
        more = f" (then {', '.join(brought)} is found)" if brought else ""
        risk = f" (unsafe: {fix.unsafe or 'pods may stop in another way'})"
        is_safe = fix.applicability == "safe"
        yield types.CodeAction(
            f"{one.code}: {fix.title}{'' if is_safe else risk}{more}",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[diagnostic],
            is_preferred=is_safe and not brought,
            edit=self._edit(splices),
        )

    def _ignore(self, one: Diagnostic, diagnostic: types.Diagnostic) -> Iterator[types.CodeAction]:
        """Offer a comment that hides a finding and no other, at the first place where it does."""
        if self.document.path.endswith(".json"):
            return
        for splice, has_reason in _comments(self.text, one):
            if self._brought([splice], one) != []:
                continue
            snippet = ""
            if has_reason and self.takes_snippets:
                snippet = splice.content.replace(f" {_REASON}", f" ${{1:{_REASON}}}")
            edit = workspace_edit(
                self.document, [splice], is_versioned=self.is_versioned, snippet=snippet
            )
            yield types.CodeAction(
                f"Ignore {one.code} here, with a reason",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[diagnostic],
                is_preferred=False,
                edit=edit,
            )
            return

    def _edit(self, splices: Sequence[Splice]) -> types.WorkspaceEdit:
        return workspace_edit(self.document, splices, is_versioned=self.is_versioned)

    def _brought(self, splices: Sequence[Splice], one: Diagnostic) -> list[str] | None:
        """Return the codes of what comes once a finding goes by a change; None if it stays."""
        shown = self.editor.shown_of(self.document.path)
        before = _identities(shown.found if shown else ())
        after = _identities(self._try(splices))
        own = one.identity.across_repairs()
        codes = sorted({found.code for found in after - before})
        return None if SYNTAX_ERROR in codes or after[own] >= before[own] else codes

    def _try(self, splices: Sequence[Splice]) -> Sequence[Diagnostic]:
        """Return what would be found in the text once changed."""
        data = apply_splices(self.text.text, splices).encode("utf-8", "replace")
        report = self.editor.folders.try_text(self.document.path, data)
        return report.diagnoses if report else ()


def _comments(text: EditorText, one: Diagnostic) -> Iterator[tuple[Splice, bool]]:
    """Yield the places where a comment may hide a finding, and whether it needs a reason.

    That is the list of one that is on its line, the end of the line, or a line of its own above.
    """
    start = text.own_offset(one.at.line, 1)
    number = text.position(start).line
    line = text.line(number)[0 if number else text.skipped :]
    if listed := _LIST.search(line):
        yield Splice(start + listed.end(), start + listed.end(), f", {one.code}"), False
    comment = f"# k8slint: ignore[{one.code}] {_REASON}"
    end = start + len(line)
    yield Splice(end, end, f"  {comment}"), True
    indent = line[: len(line) - len(line.lstrip())]
    line_end = "\r\n" if "\r\n" in text.text else "\n"
    yield Splice(start, start, f"{indent}{comment}{line_end}"), True


def _identities(found: Sequence[Diagnostic]) -> Counter[Identity]:
    return Counter(one.identity.across_repairs() for one in found)


def _meet(one: types.Range, other: types.Range) -> bool:
    return one.start <= other.end and other.start <= one.end


def register_actions(server: Editor) -> None:
    options = types.CodeActionOptions([types.CodeActionKind.QuickFix, FIX_ALL])
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(in_turn(code_actions))
