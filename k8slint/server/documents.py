"""The documents that an editor has open, and the files of those that it has not."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from lsprotocol.types import TextDocumentContentChangeEvent, TextDocumentItem
from pygls.uris import from_fs_path, to_fs_path

from k8slint.outside.files import read_bytes
from k8slint.server.positions import EditorText

# What may stand in the name of a file; an untitled document gets one.
_ODD = re.compile(r"[^\w.-]+")
_MANIFEST_LANGUAGES = ("yaml", "json", "helm")


class OpenDocument:
    """A document that an editor has open; `path` is that of its file, or made up for it."""

    def __init__(self, item: TextDocumentItem, path: str, encoding: str) -> None:
        self.uri = item.uri
        self.path = path
        self.language = item.language_id
        self.version = item.version
        self.text = EditorText(item.text, encoding)


class Documents:
    """The open documents, by their paths."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self.untitled_in = os.getcwd()
        self._open: dict[str, OpenDocument] = {}
        self._paths: dict[str, str] = {}
        # As the editor spells them, of closed ones too: what is shown of these is to go.
        self._uris: dict[str, str] = {}

    def __iter__(self) -> Iterator[OpenDocument]:
        return iter([*self._open.values()])

    def open(self, item: TextDocumentItem) -> OpenDocument:
        document = OpenDocument(item, self._path_for(item), self.encoding)
        self._paths[item.uri] = document.path
        self._uris[document.path] = item.uri
        self._open[document.path] = document
        return document

    def close(self, uri: str) -> OpenDocument | None:
        return self._open.pop(self._paths.pop(uri, ""), None)

    def change(
        self, uri: str, version: int, changes: Sequence[TextDocumentContentChangeEvent]
    ) -> OpenDocument | None:
        """Apply the changes of a document, one after the other; None if it is not open."""
        document = self.by_uri(uri)
        if document:
            for change in changes:
                at = getattr(change, "range", None)
                document.text = document.text.changed(at, change.text)
            document.version = version
        return document

    def by_uri(self, uri: str) -> OpenDocument | None:
        return self._open.get(self._paths.get(uri, ""))

    def by_path(self, path: str) -> OpenDocument | None:
        return self._open.get(path)

    def path_of(self, uri: str) -> str:
        """Return the path of a document, open or not; empty if no file can be meant."""
        return self._paths.get(uri) or path_of_uri(uri)

    def uri_of(self, path: str) -> str:
        """Return the name of a document as the editor spells it."""
        return self._uris.get(path) or from_fs_path(path) or ""

    def text_of(self, path: str) -> EditorText:
        """Return what a document or file holds; empty for one that cannot be read."""
        if document := self._open.get(path):
            return document.text
        try:
            data = read_bytes(path)
        except OSError:
            data = b""
        return EditorText(data.decode("utf-8", "replace"), self.encoding)

    def _path_for(self, item: TextDocumentItem) -> str:
        if path := path_of_uri(item.uri):
            return path
        suffix = ".yaml" if item.language_id.startswith(_MANIFEST_LANGUAGES) else ""
        name = _ODD.sub("-", item.uri)[-100:]
        return os.path.join(self.untitled_in, f"{name}{suffix}")


def path_of_uri(uri: str) -> str:
    """Return the absolute path that a URI names; empty for one that names no file."""
    path = to_fs_path(uri)
    return os.path.abspath(path) if path else ""
