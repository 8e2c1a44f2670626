"""An editor that is connected: what it has open, and what it was last shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Generator, Mapping
from itertools import chain
from time import monotonic
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from k8slint import __version__
from k8slint.errors import UsageError
from k8slint.lint.reports import FileReport
from k8slint.lint.task import Task
from k8slint.records import NamedTuple
from k8slint.server.diagnostics import Translator, show_error, show_mistake
from k8slint.server.documents import Documents
from k8slint.server.folders import (
    ConfigMistake,
    EditorFolders,
    is_about_others,
    is_below,
    paths_of,
)
from k8slint.server.kept import Shown, show_again
from k8slint.server.pods import PodsRead

LOG = logging.getLogger("k8slint")
_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")

# Seconds without a keystroke until a text is checked, and those for which checking may keep the
# editor waiting for anything else.
_QUIET = 0.12
_SLICE = 0.02
# Seconds in which what has come is heard before a request begins: it may be cancelled there.
_HEARING = 0.003
# Checks of more files than that show their progress.
_MANY = 100
_PROGRESS = "k8slint/checking"


class Wishes(NamedTuple):
    """What a user has switched on; `timeline_command` is what a code lens runs in the editor."""

    code_lens: bool = True
    inlay_hints: bool = True
    timeline_command: str = ""

    @classmethod
    def of(cls, said: Any, before: str = "") -> Wishes:
        """Read the settings of an editor, each as it is spelt there, whatever else they hold.

        What a code lens runs belongs to the editor and is no setting: one `before` stays.
        """
        if isinstance(said, dict) and isinstance(said.get("k8slint"), dict):
            said = said["k8slint"]
        settings = said if isinstance(said, dict) else {}
        command = settings.get("timelineCommand")
        return cls(
            settings.get("codeLens") is not False,
            settings.get("inlayHints") is not False,
            command if isinstance(command, str) else before,
        )


class _Protocol(LanguageServerProtocol):
    """The protocol without pygls's own texts, whose lines also end where no editor ends one."""

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(
        self, params: types.DidOpenTextDocumentParams
    ) -> Generator[Any, Any, None]:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_OPEN], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(
        self, params: types.DidChangeTextDocumentParams
    ) -> Generator[Any, Any, None]:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(
        self, params: types.DidCloseTextDocumentParams
    ) -> Generator[Any, Any, None]:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CLOSE], (params,), None

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # type: ignore[override]
        self, params: types.ExecuteCommandParams
    ) -> Any:
        """Run a command in the task of its request: pygls's own goes on when that is cancelled."""
        command = self.fm.commands.get(params.command)
        asked = params.arguments or ()
        if command is None or len(asked) != 1 or not isinstance(asked[0], dict):
            what = f"{params.command} takes one object" if command else "there is no such command"
            raise JsonRpcInvalidParams(what)
        return await command(asked[0])


class Editor(LanguageServer):
    """An editor, with its folders.

    Changes are collected, and applied once there has been none for a moment or an answer is due.
    """

    documents: Documents
    translator: Translator
    wishes = Wishes()
    pulls = False
    exit_code = 0

    def __init__(self, folders: EditorFolders) -> None:
        super().__init__("k8slint", __version__, protocol_cls=_Protocol)
        self.folders = folders
        self._changed: dict[str, bytes | None] = {}
        self._shown: dict[str, Shown] = {}
        self._published: dict[str, list[types.Diagnostic]] = {}
        self._mistakes: frozenset[ConfigMistake] = frozenset()
        # What was rendered of a chart or overlay, by its folder, as long as no file of it changes.
        self._rendered: dict[str, dict[str, FileReport]] = {}
        self.pods = PodsRead()
        self._opened: set[str] = set()
        self._turn = asyncio.Lock()
        self._round: asyncio.Task[None] | None = None
        self._has_news = False
        self._is_over = False

    def begin(self, params: types.InitializeParams, encoding: str) -> None:
        """Take over what an editor says of itself."""
        self.documents = Documents(encoding)
        self.translator = Translator(self.documents)
        self.wishes = Wishes.of(params.initialization_options)
        text = params.capabilities.text_document
        self.pulls = bool(text and text.diagnostic)

    async def take_turn(self) -> None:
        """Wait until a request may begin, one at a time; it never does if cancelled before."""
        async with self._turn:
            await asyncio.sleep(_HEARING)

    def stop(self) -> None:
        """Check nothing more: nobody is left to hear of it."""
        self._is_over = True
        if self._round:
            self._round.cancel()

    def leave(self) -> None:
        """Take note of an `exit`, which is a failure without a `shutdown` before (LSP 3.17)."""
        self.exit_code = 0 if self._is_over else 1

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Tell an editor of a failure, unless telling it is what fails."""
        LOG.error("failed: %s", error, exc_info=error)
        if not self._is_over:
            self._is_over = True
            super().report_server_error(error, source)
            self._is_over = False

    def window_show_message(self, params: types.ShowMessageParams) -> None:
        """Show a message in which nothing is a link: VS Code runs commands by those it finds."""
        super().window_show_message(
            types.ShowMessageParams(params.type, params.message.replace("](", "] ("))
        )

    def open(self, path: str, text: bytes) -> None:
        """Take note of a document that has been opened, of which an editor wants to be shown all.

        Emacs forgets what it was shown of a file when it opens that.
        """
        self._opened.add(path)
        self.change(path, text)

    def change(self, path: str, text: bytes | None) -> None:
        """Take note of an unsaved text, or with None of a file that has changed."""
        self._changed[path] = text
        self.start_round()

    def start_round(self) -> None:
        """Check what has to be checked, once nothing has changed for a moment."""
        if self._round:
            self._round.cancel()
        if self._is_over:
            return
        self._round = asyncio.get_running_loop().create_task(self._check_all())
        self._round.add_done_callback(_log_failure)

    def settle(self, path: str) -> None:
        """Check one file at once, with all that has changed."""
        self._apply()
        self._check(path)

    def published_for(self, path: str) -> list[types.Diagnostic]:
        """Return what is shown of a file."""
        mistakes = (show_mistake(one) for one in self._mistakes if one.path == path)
        return [*self._published.get(path, ()), *mistakes]

    @property
    def published_paths(self) -> list[str]:
        """The files of which something is shown."""
        return sorted({*self._published, *(one.path for one in self._mistakes)})

    def shown_of(self, path: str) -> Shown | None:
        return self._shown.get(path)

    def show_rendered(self, folder: str, reports: Mapping[str, FileReport]) -> None:
        """Show what was found in a chart or overlay once rendered, until it changes."""
        before = self._rendered.pop(folder, {})
        for path in before:
            self._shown.pop(path, None)
        if reports:
            self._rendered[folder] = dict(reports)
        for path in {**before, **reports}:
            self._check(path)

    def task_of(self, path: str) -> Task | None:
        """Return a file with its settings as it is now; None for one that is not checked."""
        self._apply()
        try:
            return self.folders.task_of(path)
        except UsageError:
            return None

    def _apply(self) -> None:
        changed, self._changed = self._changed, {}
        for path in paths_of(changed):
            self.folders.update(path, changed[path])
            if is_about_others(path):
                self.pods.forget()
            for folder in [one for one in self._rendered if is_below(path, one)]:
                self.show_rendered(folder, {})

    async def _check_all(self) -> None:
        await asyncio.sleep(_QUIET)
        started = monotonic()
        self._apply()
        waiting = self.folders.unchecked()
        self._tell_mistakes()
        waiting.sort(key=lambda path: self.documents.by_path(path) is None)
        gone = [path for path in self._published if not self._is_there(path)]
        await self._check_each([*gone, *waiting])
        if self._has_news:
            self._has_news = False
            self.ask_to_look_again()
        LOG.info("checked %d files in %.3f s", len(waiting), monotonic() - started)

    async def _check_each(self, paths: list[str]) -> None:
        """Check files, and let go of the processor in between."""
        bar = _ProgressBar(self, len(paths))
        until = monotonic() + _SLICE
        try:
            for count, path in enumerate(paths):
                self._check(path)
                if monotonic() > until:
                    await bar.show(count)
                    await asyncio.sleep(0)
                    until = monotonic() + _SLICE
        finally:
            bar.end()

    def _check(self, path: str) -> None:
        """Check one file, and tell the editor where that has changed."""
        try:
            found = self._find(path)
        except UsageError:  # Shown as a mistake of a configuration; what was found stays.
            return
        before = self._published.pop(path, [])
        if found:
            self._published[path] = found
        if found != before or (found and path in self._opened):
            self._publish(path)
        self._opened.discard(path)

    def _find(self, path: str) -> list[types.Diagnostic]:
        rendered = (of[path] for of in self._rendered.values() if path in of)
        report = next(rendered, None) or self.folders.check(path)
        task = self.folders.task_of(path)
        before = self._shown.pop(path, None)
        if report is None:
            return []
        if report.error:
            return [show_error(report.error)]
        if not report.diagnoses and not before:
            return []
        text = self.documents.text_of(path).text
        shown = show_again(before, text, report, task) if task else Shown(text, report.diagnoses)
        if not shown.found and not shown.old:
            return []
        self._shown[path] = shown
        return self.translator.translate(path, shown)

    def _is_there(self, path: str) -> bool:
        try:
            return self.folders.task_of(path) is not None
        except UsageError:
            return True

    def _tell_mistakes(self) -> None:
        mistakes = frozenset(chain.from_iterable(self.folders.mistakes.values()))
        changed = mistakes ^ self._mistakes
        new = mistakes - self._mistakes
        self._mistakes = mistakes
        for path in {one.path for one in changed}:
            self._publish(path)
        for one in new:
            text = f"k8slint: {one.path}:{one.line}: {one.message}"
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, text))

    def _publish(self, path: str) -> None:
        """Send what is shown of a file, unless the editor asks for it."""
        self._has_news = True
        if self.pulls:
            return
        document = self.documents.by_path(path)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(
                self.documents.uri_of(path),
                self.published_for(path),
                version=document.version if document else None,
            )
        )

    def ask_to_look_again(self) -> None:
        """Have an editor ask anew for what it asks for by itself."""
        workspace = self.client_capabilities.workspace
        if workspace is None:
            return
        diagnostics, lenses, hints = (
            workspace.diagnostics,
            workspace.code_lens,
            workspace.inlay_hint,
        )
        if self.pulls and diagnostics and diagnostics.refresh_support:
            self.workspace_diagnostic_refresh(None)
        if lenses and lenses.refresh_support:
            self.workspace_code_lens_refresh(None)
        if hints and hints.refresh_support:
            self.workspace_inlay_hint_refresh(None)


def in_turn(
    answer: Callable[[Editor, _Asked], _Answer],
) -> Callable[[Editor, _Asked], Coroutine[Any, Any, _Answer]]:
    """Have requests of a kind begin one after the other, those that are still wanted."""

    async def answer_in_turn(ls: Editor, asked: _Asked) -> _Answer:
        await ls.take_turn()
        return answer(ls, asked)

    return answer_in_turn


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        LOG.error("the check failed", exc_info=error)


class _ProgressBar:
    """The progress of a long check, for an editor that can show it."""

    def __init__(self, editor: Editor, total: int) -> None:
        window = editor.client_capabilities.window
        self.editor = editor
        self.total = total
        self.is_wanted = total > _MANY and bool(window and window.work_done_progress)
        self.is_shown = False

    async def show(self, count: int) -> None:
        if not self.is_wanted:
            return
        said = f"{count} of {self.total} files"
        progress = self.editor.work_done_progress
        if not self.is_shown:
            if _PROGRESS not in progress.tokens:
                await progress.create_async(_PROGRESS)
            self.is_shown = True
            progress.begin(_PROGRESS, types.WorkDoneProgressBegin("k8slint", percentage=0))
        share = 100 * count // self.total
        progress.report(_PROGRESS, types.WorkDoneProgressReport(message=said, percentage=share))

    def end(self) -> None:
        if self.is_shown:
            self.editor.work_done_progress.end(_PROGRESS, types.WorkDoneProgressEnd())
