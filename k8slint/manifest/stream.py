"""A stream of documents, cut into the text of each before anything is parsed."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator

from k8slint.manifest.source import UTF16, Source
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from k8slint.manifest.pyyaml import Node

# The root of each document of a text, and the names of nodes with an anchor.
Trees: TypeAlias = "list[tuple[Node, dict[Node, str]]]"

_MARKER = "\n---"
# The beginning of a line that begins like a marker, up to what is no comment.
_ODD_MARKER = r"---[^\S\n]*[^\s#]"
_MARKER_BYTES = re.compile(rb"\n---(?=[ \t\r\n]|\Z)")
# Longer streams are looked at in parts, of which no more is made a text of at once, in bytes.
_LONG = 1_000_000
_PART = 500_000
_MAX_LINE = 10_000
_JSON = rb"(?:\xef\xbb\xbf)?\s*\{"
_NEXT_OBJECT = r"}[ \t\r\n]*{"
_COMMENT_LINES = re.compile(r"[ \t\n]*(?:#[^\n]*\n[ \t\n]*)*")


class Chunk(NamedTuple):
    """The text between two `---` markers, the first of them included.

    Comments above the first marker of a stream go with what is below it. `trees` is what it was
    parsed to, where that is kept.
    """

    start: int
    text: str
    trees: Trees | None = None


class ReadRefusal(NamedTuple):
    """Something that keeps kubectl from reading a file or a document, and its offset."""

    offset: int
    reason: str


class StreamPart(NamedTuple):
    """A part of a stream: how many lines are above it, and the line below it."""

    data: bytes
    above: int = 0
    below: str = ""

    def placed(self, source: Source) -> Source:
        """The source made of it, at its place in the stream."""
        return Source(source.name, source.text, bom=source.bom, above=self.above, below=self.below)


def split_documents(text: str) -> Iterator[Chunk]:
    """Cut a stream at its document markers, which cannot occur inside a document.

    A stream with a `%` directive stays whole, since a directive belongs to what follows it.
    One of JSON objects is cut between them, as kubectl does.
    """
    if _may_be_objects(text):
        starts = _starts_of_objects(text)
        for start, end in zip(starts, (*starts[1:], len(text)), strict=False):
            yield Chunk(start, text[start:end])
        if starts:
            return
    if _may_have_directive(text):
        yield Chunk(0, text)
        return
    start = 0
    # Searched for from the end, which takes half the time where there is none.
    until = text.rfind(_MARKER) + len(_MARKER)
    at = text.find(_MARKER, 0, until)
    while at >= 0:
        after = at + len(_MARKER)
        is_marker = after == len(text) or text[after] in " \t\r\n"
        if is_marker and (start or not _COMMENT_LINES.fullmatch(text, 0, at + 1)):
            if at + 1 > start:
                yield Chunk(start, text[start : at + 1])
            start = at + 1
        at = text.find(_MARKER, after, until)
    if start < len(text):
        yield Chunk(start, text[start:])


def _may_be_objects(text: str) -> bool:
    """Whether a stream may be one of JSON objects: only all of it tells."""
    return text.lstrip().startswith("{") and re.search(_NEXT_OBJECT, text) is not None


def _starts_of_objects(text: str) -> list[int]:
    """Where each object of a stream of JSON begins; empty where it holds anything else."""
    from json import JSONDecoder

    decoder, at = JSONDecoder(), 0
    starts: list[int] = []
    while rest := re.compile(r"[ \t\r\n]*(?=[^ \t\r\n])").match(text, at):
        starts.append(rest.end() if starts else 0)
        try:
            _, at = decoder.raw_decode(text, rest.end())
        except (ValueError, RecursionError):
            return []
    return starts


def find_refusals(text: str) -> Iterator[ReadRefusal]:
    """What kubectl refuses in a stream, which it cuts at all lines that begin with `---`.

    Source: `YAMLReader` in `pkg/util/yaml/decoder.go` of k8s.io/apimachinery v0.37.2.
    """
    for directive in ("%YAML", "%TAG") if _may_have_directive(text) else ():
        if found := re.match(directive, text) or re.search(f"\n{directive}", text):
            at = found.end() - len(directive)
            yield ReadRefusal(at, f"it takes `{directive}` for a document of its own")
    if odd := re.match(_ODD_MARKER, text) or re.search(f"\n{_ODD_MARKER}", text):
        yield ReadRefusal(odd.end() - 1, "only a comment may follow `---` on its line")


def _may_have_directive(text: str) -> bool:
    """Whether a line begins with `%`."""
    # One character is found in a twentieth of the time that two take, and these from the end in a
    # third of it where they are missing.
    return "%" in text and (text.startswith("%") or text.rfind("\n%") >= 0)


def is_long(size: int) -> bool:
    """Whether a stream of so many bytes is looked at in parts, for the memory."""
    return size > _LONG


def split_stream(data: bytes, above: int = 0) -> Iterator[StreamPart]:
    """A long stream in parts of whole documents, which are cut as the stream would be.

    With lines `above` it where it is a part itself. One that is not long is its only part.
    """
    start, is_whole = 0, not is_long(len(data)) or _stays_whole(data)
    while not is_whole and (marker := _MARKER_BYTES.search(data, start + _PART)):
        begin = marker.start() + 1
        line = data[begin : begin + _MAX_LINE].partition(b"\n")[0].rstrip(b"\r")
        yield StreamPart(data[start:begin], above, line.decode("utf-8", "replace"))
        above += data.count(b"\n", start, begin)
        start = begin
    yield StreamPart(data[start:], above)


def _stays_whole(data: bytes) -> bool:
    if data.startswith(UTF16):
        return True
    # From the end, which takes a third of the time where there is none.
    if data.rfind(b"\n%") >= 0 or data.startswith((b"%", BOM_UTF8 + b"%")):
        return True
    is_json = re.match(_JSON, data) is not None
    return is_json and _may_be_objects(data.decode("utf-8-sig", "replace"))


def are_text(parts: Iterable[StreamPart]) -> bool:
    """Whether all of a stream is UTF-8."""
    try:
        for part in parts:
            part.data.decode()
    except UnicodeDecodeError:
        return False
    return True
