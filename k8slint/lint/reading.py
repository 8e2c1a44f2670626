"""From the bytes of a file to its documents, or to what keeps them from being read."""

# No `from __future__ import annotations`: typing would compile the fields of NamedTuples at start.
from collections.abc import Iterator
from typing import NamedTuple

from yaml.nodes import MappingNode, Node, ScalarNode

from k8slint.kubernetes.kinds import KindFilter
from k8slint.lint.diagnosis import Diagnosis
from k8slint.lint.findings import SYNTAX_ERROR
from k8slint.lint.scope import Scope
from k8slint.manifest.source import UTF16, NotText, Source, decode
from k8slint.manifest.tree import Chunk, Document, Unreadable, cut, documents, walk


class Unread(NamedTuple):
    """A document that is no YAML, and where in the source it stops being some."""

    offset: int
    reason: str
    text: str


class Template(NamedTuple):
    """A document that is no YAML before it is rendered."""

    text: str


def read_source(data: bytes, name: str, scope: Scope) -> Source | Diagnosis | None:
    """The text of a file that can hold workloads; a finding where it is no text.

    None for a file in which the kinds do not occur, which is decided on its bytes.
    """
    try:
        if not scope.kinds.may_occur(data):
            if not data.startswith(UTF16):
                return None
            readable = data.decode("utf-16", "replace").encode()
            if not scope.kinds.may_occur(readable):
                return None
        return decode(data, name)
    except NotText as problem:
        text = "" if b"\0" in data else data.decode("utf-8", "replace")
        offset = len(data[: problem.offset].decode("utf-8", "replace"))
        source = Source(name, text)
        return syntax_error(source, f"{problem}: save the file as UTF-8", offset, scope)


def candidates(source: Source, kinds: KindFilter) -> Iterator[Document | Unread | Template]:
    """The documents of a source that can be of some kinds, or what keeps them from being read."""
    for chunk in chunks_of(source, kinds):
        yield from read_chunk(source, chunk)


def chunks_of(source: Source, kinds: KindFilter) -> Iterator[Chunk]:
    return (chunk for chunk in cut(source.text) if kinds.is_candidate(chunk.text))


def read_chunk(source: Source, chunk: Chunk) -> Iterator[Document | Unread | Template]:
    """The documents of a part of a source, or what keeps it from being read."""
    try:
        found = documents(source, chunk)
    except Unreadable as problem:
        if _is_template(chunk):
            yield Template(chunk.text)
        else:
            yield Unread(chunk.start + problem.offset, problem.reason, chunk.text)
        return
    for document in found:
        odd = _is_template(chunk) and _has_odd_key(document.root)
        yield Template(chunk.text) if odd else document


def syntax_error(source: Source, message: str, offset: int, scope: Scope) -> Diagnosis:
    rule = scope.book.by_code[SYNTAX_ERROR]
    at = source.locate((offset, offset))
    return Diagnosis(rule.code, rule.name, rule.rated(), message, at)


def _is_template(chunk: Chunk) -> bool:
    return "{{" in chunk.text or "{%" in chunk.text


def _has_odd_key(root: Node) -> bool:
    """Whether a key is no scalar: that is how `replicas: {{ .x }}` parses."""
    return any(
        not isinstance(key, ScalarNode)
        for node in walk(root)
        if isinstance(node, MappingNode)
        for key, _ in node.value
    )
