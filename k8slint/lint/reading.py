"""From the bytes of a file to its documents, or to what keeps them from being read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from k8slint.kubernetes.kinds import KindFilter
from k8slint.lint.files import JINJA, SUBSTITUTION, TEMPLATE, YTT
from k8slint.lint.findings import SYNTAX_ERROR
from k8slint.lint.rule import Severity
from k8slint.lint.scope import LintScope
from k8slint.manifest.geometry import find_odd_key
from k8slint.manifest.kubectl import find_ignored
from k8slint.manifest.scalars import is_ytt
from k8slint.manifest.source import Source
from k8slint.manifest.stream import Chunk, ReadRefusal, split_documents
from k8slint.manifest.tree import Document, YamlError, documents
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from k8slint.lint.diagnosis import Diagnostic

_NAME = r"[A-Za-z_][\w.]*"
# What other template languages leave in a line that YAML cannot read: @IMAGE@, %IMAGE%,
# {images[web]}, {name}-web and [YOUR REGISTRY]/web at the start of a value, or anything of that
# kind alone on its line.
# Compiled where it is asked for: few files hold such.
_HOLE = (
    rf"(?m)[:-][ \t]+(?:@\w+@|%\w+%|\{{{_NAME}(?:\[[^][\n]*\]|\}}[^\s,}}\]])"
    rf"|\[[A-Z][A-Z0-9 _-]+\][^\s,}}\]])"
    rf"|^[ \t]*(?:- +)?(?:__\w+__|@\w+@|%\w+%|<%[^\n]*%>|<[A-Za-z][\w .-]*>|\$\w+"
    rf"|\$?\{{{_NAME}\}}|\$\({_NAME}\))[ \t]*$"
)


class UnreadableDocument(NamedTuple):
    """A document that is not YAML, and where in the source the error is."""

    offset: int
    reason: str
    text: str


class Template(NamedTuple):
    """A document that is not YAML until it is rendered, and why it is skipped until then."""

    text: str
    skip: str


class IgnoredText(NamedTuple):
    """What kubectl does not read, after the end of a document."""

    offset: int


ChunkRead: TypeAlias = Document | UnreadableDocument | Template | IgnoredText


def candidates(source: Source, kinds: KindFilter) -> Iterator[ChunkRead]:
    """The documents of a source that can be of some kinds, or what keeps them from being read."""
    for chunk in chunks_of(source, kinds):
        yield from read_chunk(source, chunk)


def chunks_of(source: Source, kinds: KindFilter) -> Iterator[Chunk]:
    return (chunk for chunk in split_documents(source.text) if kinds.is_candidate(chunk.text))


def read_chunk(source: Source, chunk: Chunk) -> Iterator[ChunkRead]:
    """The documents of a part of a source, or what keeps it from being read."""
    if is_ytt(chunk.text):
        yield Template(chunk.text, YTT)
        return
    if ignored := find_ignored(chunk.text):
        end, offset = ignored
        yield IgnoredText(chunk.start + offset)
        chunk = chunk._replace(text=chunk.text[:end])
    try:
        found = documents(source, chunk)
    except YamlError as problem:
        if language := _language(chunk.text):
            yield Template(chunk.text, language)
        elif re.search(_HOLE, _lines_before(chunk.text, problem.offset)):
            yield Template(chunk.text, SUBSTITUTION)
        else:
            yield UnreadableDocument(chunk.start + problem.offset, problem.reason, chunk.text)
        return
    for document in found:
        language = _language(chunk.text)
        odd = language and find_odd_key(document.root)
        yield Template(chunk.text, language) if odd else document


def syntax_error(
    source: Source, message: str, offset: int, scope: LintScope, severity: Severity | None = None
) -> Diagnostic:
    from k8slint.lint.diagnosis import Diagnostic

    rule = scope.book.by_code[SYNTAX_ERROR]
    at = source.locate((offset, offset))
    return Diagnostic(
        rule.code, rule.name, rule.rated(severity), message, at, unfixed=rule.unfixed
    )


def refused_by_kubectl(
    source: Source, what: str, refusals: Iterable[ReadRefusal], scope: LintScope
) -> Iterator[Diagnostic]:
    for offset, reason in refusals:
        message = f"kubectl cannot read the {what}: {reason}"
        yield syntax_error(source, message, offset, scope)


def _lines_before(text: str, offset: int) -> str:
    """The line of an offset and the one before that is not blank."""
    end = text.find("\n", offset)
    written = text[: end if end >= 0 else None].rstrip()
    start = written.rfind("\n")
    return written[written.rstrip().rfind("\n", 0, max(start, 0)) + 1 :]


def _language(text: str) -> str:
    """The language of a text that may be a template; empty where it is YAML and nothing else."""
    if "{" not in text:  # One character is found in a tenth of the time.
        return ""
    if "{%" in text:
        return JINJA
    return TEMPLATE if "{{" in text else ""
