"""Files that hold GitOps objects beside others: what is rendered of them is one report of two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType

from k8slint.coverage import Extent, Portion, PortionKind
from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.findings import UNKNOWN_IGNORE, UNUSED_IGNORE
from k8slint.lint.identity import Resource
from k8slint.lint.reports import FileReport
from k8slint.records import NamedTuple


class Rendered(NamedTuple):
    """The reports on files of renderings, by their paths, and what of GitOps objects was rendered.

    `delivered` are the objects whose charts were rendered, by their kinds and names; `portions`
    say so of all of them, by file. Only a part is rendered of the files `beside`.
    """

    reports: Mapping[str, FileReport]
    delivered: AbstractSet[tuple[str, str]] = frozenset()
    portions: Mapping[str, Sequence[Portion]] = MappingProxyType({})
    beside: AbstractSet[str] = frozenset()

    def whole(self, path: str) -> FileReport | None:
        """Return the report on a file of which nothing but renderings is looked at."""
        return None if path in self.beside else self.reports.get(path)

    def complete(self, plain: FileReport) -> FileReport:
        """Return the report on a file as it stands, with what is rendered of it."""
        path = plain.path
        plain = with_portions(plain, self.portions.get(path, ()))
        if path not in self.reports:
            return plain
        return with_rendered(plain, self.reports[path], self.delivered)


def is_delivered(resource: Resource | None, delivered: AbstractSet[tuple[str, str]]) -> bool:
    """Whether a finding is about the values of an object whose chart was rendered."""
    return resource is not None and (resource.kind, resource.name) in delivered


def with_rendered(
    plain: FileReport, rendered: FileReport, delivered: AbstractSet[tuple[str, str]]
) -> FileReport:
    """Return one report on a file as it stands and on what is rendered of it."""

    def both(one: Sequence[Diagnostic], other: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        own = [found for found in one if not is_delivered(found.resource, delivered)]
        return tuple(sorted([*own, *other], key=lambda found: found.order))

    # A comment is unused if it hides nothing in either.
    useless = _about_comments(plain) & _about_comments(rendered)
    plain, rendered = _without_remarks(plain, set()), _without_remarks(rendered, useless)
    return rendered._replace(
        workloads=plain.workloads + rendered.workloads,
        diagnoses=both(plain.diagnoses, rendered.diagnoses),
        suppressed=both(plain.suppressed, rendered.suppressed),
        fixed=both(plain.fixed, rendered.fixed),
        error=rendered.error or plain.error,
        crash=plain.crash,
        failed=(*plain.failed, *rendered.failed),
        diff=rendered.diff + plain.diff,
        fails=plain.fails or rendered.fails,
        skipped=plain.skipped,
        judged=plain.judged & rendered.judged,
        unsure=plain.unsure,
        is_ours=plain.is_ours,
        coverage=(*plain.coverage, *rendered.coverage),
        ignored=plain.ignored + rendered.ignored,
        unignored=(*plain.unignored, *rendered.unignored),
    )


def with_portions(report: FileReport, known: Sequence[Portion]) -> FileReport:
    """Return a report in which what became of GitOps objects replaces what is said of them."""
    if not known:
        return report
    own = {one.line: one for one in report.coverage if one.kind is PortionKind.GITOPS}
    found = []
    for one in known:
        before = own.pop(one.line, None)
        if before and one.extent is Extent.NOT_READ:  # Literals in its values may have been read.
            one = one._replace(extent=before.extent)
        found.append(one)
    rest = [one for one in report.coverage if one.kind is not PortionKind.GITOPS]
    return report._replace(coverage=(*rest, *own.values(), *found))


def combine_portions(portions: Iterable[Portion]) -> list[Portion]:
    """Return one portion for each object: it is read in part if only some of its sources are."""
    found: dict[tuple[str, int], Portion] = {}
    for one in portions:
        known = found.setdefault((one.name, one.line), one)
        if known.extent is not one.extent:
            why = one if one.reason else known
            found[one.name, one.line] = why._replace(extent=Extent.IN_PART)
    return [*found.values()]


def _about_comments(report: FileReport) -> set[tuple[str, int, int]]:
    return {_place(one) for one in report.diagnoses if _is_remark(one)}


def _without_remarks(report: FileReport, kept: AbstractSet[tuple[str, int, int]]) -> FileReport:
    found = tuple(one for one in report.diagnoses if not _is_remark(one) or _place(one) in kept)
    return report._replace(diagnoses=found)


def _is_remark(one: Diagnostic) -> bool:
    return one.code in (UNUSED_IGNORE, UNKNOWN_IGNORE)


def _place(one: Diagnostic) -> tuple[str, int, int]:
    return one.code, one.at.line, one.at.column
