"""Files that the survey has parsed and that are linted next: few, for the memory."""

from __future__ import annotations

from k8slint.kubernetes.kinds import kinds_of
from k8slint.manifest.stream import split_documents
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from k8slint.manifest.source import Source
    from k8slint.manifest.stream import Chunk

# The text of a document, and what may be its kinds.
ChunkWithKinds: TypeAlias = "tuple[Chunk, frozenset[str]]"

# So many bytes of files; their trees take up to 30 times as much.
_ROOM = 500_000


class ParsedFile(NamedTuple):
    """What a file holds, its text, and the chunks of that."""

    data: bytes
    source: Source
    chunks: tuple[ChunkWithKinds, ...]


class ParsedFiles:
    """Files by their paths, each until it is taken; of many the first ones."""

    def __init__(self) -> None:
        self._room = _ROOM
        self._files: dict[str, ParsedFile] = {}

    def has_room_for(self, data: bytes) -> bool:
        return len(data) <= self._room

    def add(self, path: str, file: ParsedFile) -> None:
        self._room -= len(file.data)
        self._files[path] = file

    def take(self, path: str) -> ParsedFile | None:
        return self._files.pop(path, None)


def divide(text: str) -> Iterator[ChunkWithKinds]:
    return ((chunk, kinds_of(chunk.text)) for chunk in split_documents(text))
