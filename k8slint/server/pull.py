"""Diagnostics for an editor that asks for them."""

from __future__ import annotations

from hashlib import sha256

from lsprotocol import types

from k8slint.server.editor import Editor, in_turn


def document_diagnostic(
    ls: Editor, params: types.DocumentDiagnosticParams
) -> types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport:
    path = ls.documents.path_of(params.text_document.uri)
    ls.settle(path)
    published = ls.published_for(path)
    result = _name_of(published)
    if result == params.previous_result_id:
        return types.RelatedUnchangedDocumentDiagnosticReport(result)
    return types.RelatedFullDocumentDiagnosticReport(published, result_id=result)


def workspace_diagnostic(
    ls: Editor, params: types.WorkspaceDiagnosticParams
) -> types.WorkspaceDiagnosticReport:
    """What is known of all files: what has not been checked yet comes later."""
    before = {one.uri: one.value for one in params.previous_result_ids}
    known = {ls.documents.path_of(uri): uri for uri in before}
    items = []
    for path in sorted({*ls.published_paths, *known}):
        uri = known.get(path) or ls.documents.uri_of(path)
        document = ls.documents.by_path(path)
        version = document.version if document else None
        published = ls.published_for(path)
        result = _name_of(published)
        items.append(
            types.WorkspaceUnchangedDocumentDiagnosticReport(uri, result, version=version)
            if before.get(uri) == result
            else types.WorkspaceFullDocumentDiagnosticReport(
                uri, published, version=version, result_id=result
            )
        )
    return types.WorkspaceDiagnosticReport(items)


def _name_of(published: list[types.Diagnostic]) -> str:
    """Return a name that equal results have."""
    return sha256(repr(published).encode("utf-8", "replace")).hexdigest()[:16]


def register_pull(server: Editor) -> None:
    options = types.DiagnosticOptions(
        inter_file_dependencies=True, workspace_diagnostics=True, identifier="k8slint"
    )
    server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)(in_turn(document_diagnostic))
    server.feature(types.WORKSPACE_DIAGNOSTIC)(in_turn(workspace_diagnostic))
