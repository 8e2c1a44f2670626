"""Completion, which is for what k8slint alone knows: its configuration, and names of rules."""

from __future__ import annotations

from lsprotocol import types

from k8slint.server.configuration import complete_configuration, is_configuration
from k8slint.server.editor import Editor, in_turn
from k8slint.server.ignores import complete_ignore


def complete(ls: Editor, params: types.CompletionParams) -> types.CompletionList:
    document = ls.documents.by_uri(params.text_document.uri)
    items: list[types.CompletionItem] = []
    if document:
        text, at = document.text, params.position
        items = (
            complete_configuration(ls, text, at)
            if is_configuration(document.path)
            else complete_ignore(ls, document.path, text, at)
        )
    return types.CompletionList(is_incomplete=False, items=items)


def register_completion(server: Editor) -> None:
    options = types.CompletionOptions(trigger_characters=["[", ",", "-"])
    server.feature(types.TEXT_DOCUMENT_COMPLETION, options)(in_turn(complete))
