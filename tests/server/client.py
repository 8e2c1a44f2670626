"""An editor for tests: pygls's own client, which talks to `k8slint server`."""

from __future__ import annotations

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any
from unittest import mock

from lsprotocol import types
from pygls.lsp.client import LanguageClient
from pygls.protocol import default_converter
from pygls.server import JsonRPCServer

from k8slint.config import Overrides
from k8slint.server.editor import Editor
from k8slint.server.serve import make_server
from tests.command import Ran
from tests.copies import Copy
from tests.places import ROOT

PULLS = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        diagnostic=types.DiagnosticClientCapabilities()
    ),
)
PATIENCE = 20.0


class Client(LanguageClient):
    """An editor; `shown` is what it shows of each file, by its path."""

    def __init__(self) -> None:
        super().__init__("tests", "1", converter_factory=_converter_of_client)
        self.shown: dict[str, list[types.Diagnostic]] = defaultdict(list)
        self.messages: list[str] = []
        self.errors: list[Exception] = []
        self.versions: dict[str, int] = {}
        self.applied: list[types.WorkspaceEdit] = []
        self.registered: list[types.Registration] = []
        self.bars: list[str] = []
        self.tokens: list[Any] = []
        self.told = asyncio.Event()
        # The server and its end, if that is a process.
        self.process: Copy | None = None
        self.ended: Ran | None = None
        handlers: dict[str, Callable[[Any], Any]] = {
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: self._published,
            types.WINDOW_SHOW_MESSAGE: self._messaged,
            types.CLIENT_REGISTER_CAPABILITY: self._registered,
            types.WINDOW_WORK_DONE_PROGRESS_CREATE: lambda params: self.tokens.append(
                params.token
            ),
            types.PROGRESS: self._progressed,
            types.WORKSPACE_DIAGNOSTIC_REFRESH: lambda params: None,
            types.WORKSPACE_CODE_LENS_REFRESH: lambda params: None,
            types.WORKSPACE_INLAY_HINT_REFRESH: lambda params: None,
            types.WORKSPACE_APPLY_EDIT: self._apply,
        }
        for method, handler in handlers.items():
            self.feature(method)(_plain(handler))

    def report_server_error(self, error: Exception, source: Any) -> None:
        self.errors.append(error)

    def _messaged(self, params: types.ShowMessageParams) -> None:
        self.messages.append(params.message)
        self.told.set()

    def _published(self, params: types.PublishDiagnosticsParams) -> None:
        self.shown[path_of(params.uri)] = [*params.diagnostics]
        self.told.set()

    def _progressed(self, params: types.ProgressParams) -> None:
        value: Any = params.value
        self.bars.append(value["kind"] if isinstance(value, dict) else value.kind)
        self.told.set()

    def _registered(self, params: types.RegistrationParams) -> None:
        self.registered += params.registrations

    def _apply(self, params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        self.applied.append(params.edit)
        return types.ApplyWorkspaceEditResult(applied=True)

    def open(self, path: Path | str, text: str, *, uri: str = "", language: str = "yaml") -> str:
        uri = uri or Path(path).as_uri()
        self.versions[uri] = 1
        item = types.TextDocumentItem(uri, language, 1, text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def change(self, uri: str, text: str, at: types.Range | None = None) -> None:
        self.versions[uri] += 1
        about = types.VersionedTextDocumentIdentifier(uri=uri, version=self.versions[uri])
        change: types.TextDocumentContentChangeEvent = (
            types.TextDocumentContentChangePartial(at, text)
            if at
            else types.TextDocumentContentChangeWholeDocument(text)
        )
        self.text_document_did_change(types.DidChangeTextDocumentParams(about, [change]))

    def close(self, uri: str) -> None:
        about = types.TextDocumentIdentifier(uri)
        self.text_document_did_close(types.DidCloseTextDocumentParams(about))

    def changed_on_disk(self, *paths: Path) -> None:
        changes = [types.FileEvent(one.as_uri(), types.FileChangeType.Changed) for one in paths]
        self.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes))

    async def pull(self, uri: str) -> list[types.Diagnostic]:
        params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri))
        report = await asyncio.wait_for(self.text_document_diagnostic_async(params), PATIENCE)
        assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
        return [*report.items]

    async def until(self, holds: Any) -> None:
        """Wait until something holds that what is published brings about."""

        async def wait() -> None:
            while not holds():
                self.told.clear()
                await self.told.wait()

        await asyncio.wait_for(wait(), PATIENCE)


@asynccontextmanager
async def editor(
    *folders: Path,
    capabilities: types.ClientCapabilities | None = None,
    options: Any = None,
    arguments: Sequence[str] | None = None,
) -> AsyncIterator[Client]:
    """Connect an editor that has some folders open; no request may fail in the meantime.

    The server is a thread, or a copy of this process where arguments are given.
    """
    client = Client()
    async with _in_thread(client) if arguments is None else _in_process(client, arguments):
        roots = [types.WorkspaceFolder(one.as_uri(), one.name) for one in folders]
        params = types.InitializeParams(
            capabilities=capabilities or types.ClientCapabilities(),
            workspace_folders=roots,
            initialization_options=options,
        )
        await asyncio.wait_for(client.initialize_async(params), PATIENCE)
        client.initialized(types.InitializedParams())
        try:
            yield client
        finally:
            await asyncio.wait_for(client.shutdown_async(None), PATIENCE)
            client.exit(None)
            await asyncio.wait_for(client.stop(), PATIENCE)  # type: ignore[no-untyped-call]
    assert client.errors == []


@asynccontextmanager
async def _in_process(client: Client, arguments: Sequence[str]) -> AsyncIterator[None]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await client.start_tcp(*listener.getsockname())
        connection, _ = listener.accept()
    with connection:
        ends = connection.fileno()
        client.process = Copy(ROOT, "server", *arguments, stdin=ends, stdout=ends)
    with client.process:
        yield
        client.ended = await asyncio.to_thread(client.process.finish, PATIENCE)


@asynccontextmanager
async def _in_thread(client: Client) -> AsyncIterator[None]:
    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as asked, connection.makefile("wb") as answers:
            _make_server().start_io(asked, answers)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, daemon=True)  # One that hangs fails a test, not the run.
        thread.start()
        await client.start_tcp(*listener.getsockname())
        try:
            yield
        finally:
            thread.join(PATIENCE)
            assert not thread.is_alive()


def _make_server() -> Editor:
    """A server that reads and writes with the converter of the one before it."""

    def init(server: Any, protocol: Any, _: Any, *more: Any) -> None:
        real(server, protocol, _converter_of_server, *more)

    real = JsonRPCServer.__init__
    with mock.patch.object(JsonRPCServer, "__init__", init):
        return make_server(Overrides())


# Each compiles a function for each type of a message, which takes longer than most stories.
_converter_of_client = cache(default_converter)
_converter_of_server = cache(default_converter)


def path_of(uri: str) -> str:
    from pygls.uris import to_fs_path

    return to_fs_path(uri) or uri


def _plain(handler: Any) -> Any:
    """A function of its own: pygls writes attributes on what it is given."""

    def call(params: Any) -> Any:
        return handler(params)

    return call
