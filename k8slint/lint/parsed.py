"""What the survey has found out about files that are linted next, as far as it takes no memory."""

from __future__ import annotations

from k8slint.kubernetes.kinds import kinds_of
from k8slint.manifest.stream import Chunk, split_documents
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from k8slint.manifest.stream import Trees

# The text of a document, and what may be its kinds.
ChunkWithKinds: TypeAlias = "tuple[Chunk, frozenset[str]]"
# Where a document begins and ends, what may be its kinds, and its trees if they are kept.
ParsedPart: TypeAlias = "tuple[int, int, frozenset[str], Trees | None]"

# So many bytes of files whose trees are kept: those take up to 30 times as much.
_ROOM = 500_000
# So many files: what is known of one takes half a kilobyte.
_MOST = 5_000


class ParsedFile(NamedTuple):
    """Where the documents of a file begin and end, with their kinds, and trees of a few.

    That is so for what has the same hash.
    """

    hash: int
    parts: Sequence[ParsedPart]

    def chunks_of(self, text: str) -> Iterator[ChunkWithKinds]:
        """The documents of the file, which holds a text."""
        for start, end, kinds, trees in self.parts:
            yield Chunk(start, text[start:end], trees), kinds


class ParsedFiles:
    """Files by their paths, each until it is taken; of many the first ones."""

    def __init__(self) -> None:
        self._room = _ROOM
        self._files: dict[str, ParsedFile] = {}
        self._kinds: dict[frozenset[str], frozenset[str]] = {}

    @property
    def is_full(self) -> bool:
        return len(self._files) >= _MOST

    def has_room_for_trees(self, data: bytes) -> bool:
        return len(data) <= self._room

    def share(self, kinds: frozenset[str]) -> frozenset[str]:
        """Return the first set that is the same: each takes 200 bytes, and most are alike."""
        return self._kinds.setdefault(kinds, kinds)

    def add(self, path: str, data: bytes, parts: Sequence[ParsedPart]) -> None:
        if any(part[-1] for part in parts):
            self._room -= len(data)
        self._files[path] = ParsedFile(hash(data), parts)

    def keep_trees(self, path: str, data: bytes, trees: Mapping[int, Trees]) -> None:
        """Keep trees of documents, by where these begin, of a file that is known."""
        found = self._files.get(path)
        if found and trees and self.has_room_for_trees(data) and found.hash == hash(data):
            parts = [(*part[:-1], trees.get(part[0], part[-1])) for part in found.parts]
            self.add(path, data, parts)

    def take(self, path: str, data: bytes) -> ParsedFile | None:
        """Return what is known of a file that holds such bytes."""
        found = self._files.pop(path, None)
        return found if found and found.hash == hash(data) else None


def divide(text: str) -> Iterator[ChunkWithKinds]:
    return ((chunk, kinds_of(chunk.text)) for chunk in split_documents(text))
