"""Findings as plain data: every place worked out, nothing of the parsed tree left."""

from __future__ import annotations

import re
from collections.abc import Sequence

from k8slint.lint.identity import Identity, Resource
from k8slint.lint.rule import Safety, Severity
from k8slint.manifest.source import Location, Source
from k8slint.manifest.splice import Edit
from k8slint.outside.terminal import clipped
from k8slint.records import NamedTuple
from k8slint.type_names import Literal, TypeAlias

Offer: TypeAlias = Literal["fix", "unsafe", "named"]

_SUPPRESSED = "it is suppressed, and suppressed findings are not fixed"


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


class Suppressed(NamedTuple):
    """What hides a finding; a baseline has neither a reason nor a line."""

    by: Literal["comment", "annotation", "baseline"]
    reason: str = ""
    line: int | None = None


class Diagnostic(NamedTuple):
    """A finding of a rule in a file.

    `chain` leads over other objects to what the finding says, each with its part in it. `pod` is
    the number of the pod it is about, from 0. `through` names the overlays and charts that render
    what it is about, where it is about something rendered. `unfixed` says why there is no `fix`,
    and what would make one. `owners` are those of its object or file, where they were asked for.
    """

    code: str
    name: str
    severity: Severity
    message: str
    at: Location
    because: Location | None = None
    resource: Resource | None = None
    pointer: str = ""
    fix: Fix | None = None
    chain: tuple[Location, ...] = ()
    pod: int | None = None
    suppressed: Suppressed | None = None
    through: tuple[str, ...] = ()
    unfixed: str = ""
    owners: tuple[str, ...] = ()

    def bounded(self) -> Diagnostic:
        """With texts that are short however long what they echo is; edits stay whole."""
        fix, hides = self.fix, self.suppressed
        return self._replace(
            message=clipped(self.message),
            at=_bounded(self.at),
            because=_bounded(self.because) if self.because else None,
            chain=tuple(map(_bounded, self.chain)),
            fix=fix._replace(
                title=clipped(fix.title), unsafe=clipped(fix.unsafe), refused=clipped(fix.refused)
            )
            if fix
            else None,
            suppressed=hides._replace(reason=clipped(hides.reason)) if hides else None,
            unfixed=clipped(self.unfixed),
        )

    @property
    def why_unfixed(self) -> str:
        """Why `--fix` leaves it as it is, whatever the other options; empty where it need not."""
        if self.suppressed:
            return _SUPPRESSED
        return self.fix.refused if self.fix else self.unfixed

    def with_fix(self, fix: Fix) -> Diagnostic:
        return self._replace(fix=fix, unfixed="")

    @property
    def related(self) -> tuple[Location, ...]:
        """All other places the finding is about."""
        return (self.because, *self.chain) if self.because else self.chain

    @property
    def sentence(self) -> str:
        """The message, with what renders the place it is about."""
        return f"{self.message} ({self.renderers})" if self.through else self.message

    @property
    def renderers(self) -> str:
        """What renders the place it is about, in words."""
        return clipped(", ".join(self.through))

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        return self.at.path, self.at.line, self.at.column, self.code, self.message

    @property
    def identity(self) -> Identity:
        return Identity(self.resource, self.code, self.pointer, self.pod)

    @property
    def as_read(self) -> tuple[object, ...]:
        """What it tells a reader: renderings whose findings agree in that have found one thing.

        Their objects and pods differ, and come from the same lines.
        """
        return self.code, self.at, self.because, self.message, self.suppressed


def _bounded(place: Location) -> Location:
    return place._replace(label=clipped(place.label))


def apply_edits(text: str, edits: Sequence[TextEdit]) -> str:
    """A text once edited; edits are in the order of their places, as those of a fix are."""
    bom = text[: text.startswith("\ufeff")]
    starts = [len(bom), *(match.end() for match in re.finditer("\n", text))]
    for one in reversed(edits):
        start = starts[one.line - 1] + one.column - 1
        end = starts[one.end_line - 1] + one.end_column - 1
        text = f"{text[:start]}{one.content}{text[end:]}"
    return text


def text_edit(source: Source, edit: Edit) -> TextEdit:
    return TextEdit(*source.position(edit.start), *source.position(edit.end), edit.text)
