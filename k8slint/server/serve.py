"""The server, from its start to its end."""

from __future__ import annotations

import gc
import logging
import sys
from pathlib import Path

from k8slint.config import Overrides
from k8slint.errors import UsageError
from k8slint.server.actions import register_actions
from k8slint.server.commands import register_commands
from k8slint.server.completion import register_completion
from k8slint.server.editor import LOG, Editor
from k8slint.server.folders import EditorFolders
from k8slint.server.hover import register_hover
from k8slint.server.pull import register_pull
from k8slint.server.sync import register_sync

_PYGLS = logging.getLogger("pygls")


def serve(overrides: Overrides, config: Path | None, log: Path | None) -> int:
    """Answer an editor over standard input and output until it is done; return the exit code.

    Raises UsageError for a log that cannot be written.
    """
    for logger in (LOG, _PYGLS):
        logger.addHandler(logging.NullHandler())  # Else Python writes to standard error.
    if log:
        start_log(log)
    server = make_server(overrides, config)
    gc.freeze()
    gc.enable()  # Requests and answers hold cycles, and this process lives on.
    streams = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # What a rule prints would be taken for an answer.
    server.start_io(*streams)
    return server.exit_code


def make_server(overrides: Overrides, config: Path | None = None) -> Editor:
    server = Editor(EditorFolders(overrides, config))
    for register in (
        register_sync,
        register_pull,
        register_actions,
        register_hover,
        register_completion,
        register_commands,
    ):
        register(server)
    return server


def start_log(file: Path) -> None:
    """Write what the server does, without any text of a document, to a file."""
    try:
        handler = logging.FileHandler(file, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--log {file}: {error.strerror or error}") from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    _PYGLS.addHandler(handler)
    _PYGLS.setLevel(logging.WARNING)
