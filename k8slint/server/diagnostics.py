"""Findings as an editor shows them."""

from __future__ import annotations

import os
from collections.abc import Iterator

from lsprotocol.types import (
    CodeDescription,
    DiagnosticRelatedInformation,
    DiagnosticSeverity,
    DiagnosticTag,
    Position,
    Range,
)
from lsprotocol.types import Diagnostic as ShownDiagnostic
from lsprotocol.types import Location as ShownLocation

from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.findings import UNUSED_IGNORE
from k8slint.lint.rule import Severity
from k8slint.manifest.source import Location
from k8slint.report.page import url
from k8slint.server.documents import Documents
from k8slint.server.folders import ConfigMistake
from k8slint.server.kept import Shown
from k8slint.server.positions import EditorText

SOURCE = "k8slint"
_SEVERITIES = {
    Severity.ERROR: DiagnosticSeverity.Error,
    Severity.WARNING: DiagnosticSeverity.Warning,
    Severity.INFO: DiagnosticSeverity.Information,
}


class Translator:
    """Puts findings into the words and positions of an editor."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self._texts: dict[str, EditorText] = {}

    def translate(self, path: str, shown: Shown) -> list[ShownDiagnostic]:
        """Return what is shown of a file."""
        self._texts.clear()
        translated = [self._translate(path, one) for one in shown.found]
        for one in shown.old:
            translated.append(self._translate(path, one))
            translated[-1].data = {"old": True}
        return translated

    def _translate(self, path: str, one: Diagnostic) -> ShownDiagnostic:
        page = url(one.code)
        return ShownDiagnostic(
            self._text_of(path).locate(one.at),
            one.sentence,
            severity=_SEVERITIES[one.severity],
            code=one.code,
            code_description=CodeDescription(page) if page else None,
            source=SOURCE,
            tags=[DiagnosticTag.Unnecessary] if one.code == UNUSED_IGNORE else None,
            related_information=[*self._related(path, one)] or None,
        )

    def _related(self, path: str, one: Diagnostic) -> Iterator[DiagnosticRelatedInformation]:
        for place in one.related:
            yield self._information(path, place, one)

    def _information(
        self, path: str, place: Location, one: Diagnostic
    ) -> DiagnosticRelatedInformation:
        """Return a place with what it says; one in no file here is named instead."""
        file = os.path.abspath(place.path) if os.path.isfile(place.path) else ""
        if place.path == one.at.path:
            file = path
        if not file:
            text = f"{place.label or place.path} ({place.place})"
            return DiagnosticRelatedInformation(self._location(path, one.at), text)
        label = place.label or place.text.strip()
        return DiagnosticRelatedInformation(self._location(file, place), label)

    def _location(self, path: str, place: Location) -> ShownLocation:
        at = self._text_of(path).locate(place)
        return ShownLocation(self.documents.uri_of(path), at)

    def _text_of(self, path: str) -> EditorText:
        if path not in self._texts:
            self._texts[path] = self.documents.text_of(path)
        return self._texts[path]


def show_mistake(mistake: ConfigMistake) -> ShownDiagnostic:
    """Return a mistake in a configuration as a finding in it."""
    start = Position(mistake.line - 1, 0)
    at = Range(start, Position(mistake.line, 0))
    return ShownDiagnostic(at, mistake.message, severity=DiagnosticSeverity.Error, source=SOURCE)


def show_error(message: str) -> ShownDiagnostic:
    """Return why a file could not be checked as a finding at its start."""
    at = Range(Position(0, 0), Position(0, 0))
    return ShownDiagnostic(at, message, severity=DiagnosticSeverity.Error, source=SOURCE)
