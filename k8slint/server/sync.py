"""What an editor says: folders, documents and files that come, change and go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lsprotocol import types

from k8slint.lint.files import SUFFIXES
from k8slint.lint.folders import MARKERS
from k8slint.lint.settings import BASELINE
from k8slint.server.documents import path_of_uri
from k8slint.server.editor import LOG, Editor, Wishes

_WATCHED = (
    *(f"**/*{suffix}" for suffix in SUFFIXES),
    *(f"**/{name}" for name in sorted({*MARKERS, BASELINE, ".gitignore"} - {".git"})),
    "**/*[Dd]ockerfile*",
)
_FOLDERS = types.FileOperationRegistrationOptions(
    [
        types.FileOperationFilter(
            types.FileOperationPattern("**", matches=types.FileOperationPatternKind.Folder),
            scheme="file",
        )
    ]
)


def initialize(ls: Editor, params: types.InitializeParams) -> None:
    ls.begin(params, str(ls.workspace.position_encoding or "utf-16"))
    folders = params.workspace_folders or []
    uris = [folder.uri for folder in folders] or [params.root_uri or ""]
    for path in filter(None, map(path_of_uri, uris)):
        ls.folders.open_folder(path)
        LOG.info("opened folder %s", path)
    if ls.folders.roots:
        ls.documents.untitled_in = ls.folders.roots[0]


def initialized(ls: Editor, params: types.InitializedParams) -> None:
    workspace = ls.client_capabilities.workspace
    watches = workspace.did_change_watched_files if workspace else None
    if watches and watches.dynamic_registration:
        options = types.DidChangeWatchedFilesRegistrationOptions(
            [
                *(types.FileSystemWatcher(pattern) for pattern in _WATCHED),
                types.FileSystemWatcher("**", kind=types.WatchKind.Delete),
            ]
        )
        method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        registration = types.Registration("k8slint/files", method, options)
        ls.client_register_capability(types.RegistrationParams([registration]))
    ls.start_round()


def shutdown(ls: Editor, params: None) -> None:
    ls.stop()


def leave(ls: Editor, params: None) -> None:
    ls.leave()


def did_open(ls: Editor, params: types.DidOpenTextDocumentParams) -> None:
    document = ls.documents.open(params.text_document)
    ls.open(document.path, document.text.data)


def did_change(ls: Editor, params: types.DidChangeTextDocumentParams) -> None:
    about = params.text_document
    if document := ls.documents.change(about.uri, about.version, params.content_changes):
        ls.change(document.path, document.text.data)


def did_save(ls: Editor, params: types.DidSaveTextDocumentParams) -> None:
    path = ls.documents.path_of(params.text_document.uri)
    if ls.folders.is_about_others(path) or not path.endswith(SUFFIXES):
        ls.change(path, None)


def did_close(ls: Editor, params: types.DidCloseTextDocumentParams) -> None:
    if document := ls.documents.close(params.text_document.uri):
        ls.change(document.path, None)


def did_change_watched_files(ls: Editor, params: types.DidChangeWatchedFilesParams) -> None:
    for change in params.changes:
        path = path_of_uri(change.uri)
        is_telling = ls.folders.is_about_others(path) or path.endswith(SUFFIXES)
        # Of a folder that is deleted with all that is in it, only the folder is reported.
        is_gone = change.type is types.FileChangeType.Deleted
        if is_telling or not is_gone or ls.folders.have_below(path):
            _changed_on_disk(ls, change.uri)


def did_create_files(ls: Editor, params: types.CreateFilesParams) -> None:
    for file in params.files:
        _changed_on_disk(ls, file.uri)


def did_rename_files(ls: Editor, params: types.RenameFilesParams) -> None:
    for file in params.files:
        _changed_on_disk(ls, file.old_uri)
        _changed_on_disk(ls, file.new_uri)


def did_delete_files(ls: Editor, params: types.DeleteFilesParams) -> None:
    for file in params.files:
        _changed_on_disk(ls, file.uri)


def _changed_on_disk(ls: Editor, uri: str) -> None:
    path = path_of_uri(uri)
    if path and (ls.folders.is_about_others(path) or not ls.documents.by_path(path)):
        ls.change(path, None)


def did_change_folders(ls: Editor, params: types.DidChangeWorkspaceFoldersParams) -> None:
    for folder in params.event.removed:
        ls.folders.close_folder(path_of_uri(folder.uri))
    for folder in params.event.added:
        if path := path_of_uri(folder.uri):
            ls.folders.open_folder(path)
    ls.start_round()


def did_change_configuration(ls: Editor, params: types.DidChangeConfigurationParams) -> None:
    ls.wishes = Wishes.of(params.settings, ls.wishes.timeline_command)
    ls.ask_to_look_again()


_HANDLERS: dict[str, Callable[[Editor, Any], None]] = {
    types.INITIALIZE: initialize,
    types.INITIALIZED: initialized,
    types.SHUTDOWN: shutdown,
    types.EXIT: leave,
    types.TEXT_DOCUMENT_DID_OPEN: did_open,
    types.TEXT_DOCUMENT_DID_CHANGE: did_change,
    types.TEXT_DOCUMENT_DID_SAVE: did_save,
    types.TEXT_DOCUMENT_DID_CLOSE: did_close,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: did_change_watched_files,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: did_change_folders,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: did_change_configuration,
}
_OF_FOLDERS: dict[str, Callable[[Editor, Any], None]] = {
    types.WORKSPACE_DID_CREATE_FILES: did_create_files,
    types.WORKSPACE_DID_RENAME_FILES: did_rename_files,
    types.WORKSPACE_DID_DELETE_FILES: did_delete_files,
}


def register_sync(server: Editor) -> None:
    """Have the server hear what an editor says."""
    for method, handler in _HANDLERS.items():
        server.feature(method)(handler)
    for method, handler in _OF_FOLDERS.items():
        server.feature(method, _FOLDERS)(handler)
