"""Findings as plain data: every place worked out, nothing of the parsed tree left."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from k8slint.lint.rule import Safety, Severity
from k8slint.manifest.source import Source
from k8slint.manifest.splice import Edit

Offer: TypeAlias = Literal["fix", "unsafe", "named"]


class Location(NamedTuple):
    """A stretch of a file, lines and columns counted from 1, with the text of its first line."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    label: str = ""


class Resource(NamedTuple):
    """The object a finding is about, and the container where it is about one."""

    api_version: str
    kind: str
    namespace: str
    name: str
    container: str = ""

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        text = f"{self.kind} {place}".strip()
        return f"{text}, container {self.container}" if self.container else text


class TextEdit(NamedTuple):
    """Replace what stands between two positions, counted from 1, by `content`."""

    line: int
    column: int
    end_line: int
    end_column: int
    content: str


class Fix(NamedTuple):
    """What would repair a finding.

    `offered` says what it takes: `fix`, `unsafe` (`--unsafe-fixes` too), or `named` (the rule is
    milder than what `--fix` repairs and has to be named). `refused` says why the text cannot be
    changed for certain; such a fix has no edits.
    """

    applicability: Safety
    offered: Offer
    title: str
    edits: tuple[TextEdit, ...] = ()
    unsafe: str = ""
    refused: str = ""


class Diagnosis(NamedTuple):
    """A finding of a rule in a file."""

    code: str
    name: str
    severity: Severity
    message: str
    at: Location
    because: Location | None = None
    resource: Resource | None = None
    pointer: str = ""
    fix: Fix | None = None

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        return self.at.path, self.at.line, self.at.column, self.code, self.message

    @property
    def identity(self) -> tuple[str, str, str]:
        """What stays the same when other lines of the file change."""
        return self.code, str(self.resource), self.pointer.rsplit("/", 1)[0]


def locate(source: Source, span: tuple[int, int], label: str = "") -> Location:
    line, column = source.position(span[0])
    end_line, end_column = source.position(span[1])
    return Location(source.name, line, column, end_line, end_column, source.line(line), label)


def text_edit(source: Source, edit: Edit) -> TextEdit:
    return TextEdit(*source.position(edit.start), *source.position(edit.end), edit.text)
