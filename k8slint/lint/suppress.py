"""Hiding findings by comments and annotations, and finding those that hide nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from k8slint.kubernetes.workload import Container, Workload
from k8slint.lint.diagnosis import Diagnosis
from k8slint.lint.findings import UNKNOWN_IGNORE, UNUSED_IGNORE, Examined, Found, Remark
from k8slint.lint.ignores import Lines, Part, Place, Suppression, Word, in_annotations, in_comments
from k8slint.lint.repairs import about
from k8slint.lint.scope import Scope
from k8slint.manifest.comments import Comment
from k8slint.manifest.operations import Delete, Set
from k8slint.manifest.source import Source
from k8slint.manifest.splice import Edit, apply
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Value
from k8slint.manifest.within import within

_Any = TypeVar("_Any", Found, Diagnosis, Remark)


def suppress(examined: Examined, scope: Scope) -> None:
    """Mark the findings that are hidden, and add those about what hides them."""
    owners = examined.looked_at
    # What a patch says may be about something that only its target has.
    is_whole = not any(pod.is_partial for workload in owners for pod in workload.pods)
    written = [
        *in_comments(examined.source, examined.documents, scope.book),
        *in_annotations(owners, scope.book),
    ]
    ignores = _Ignores(examined.source, written, scope)
    examined.found = ignores.mark(examined.found)
    examined.unreadable = ignores.mark(examined.unreadable)
    examined.remarks = ignores.remarks(knows_all=is_whole and not examined.is_broken)


def suppress_rendered(
    found: Sequence[Diagnosis], source: Source, documents: Sequence[Document], scope: Scope
) -> tuple[list[Diagnosis], list[Diagnosis]]:
    """Findings about what a file is rendered to, with what comments in the file hide.

    Also returns what is wrong with these comments themselves.
    """
    ignores = _Ignores(source, [*in_comments(source, documents, scope.book)], scope)
    marked = ignores.mark(found)
    return marked, [about(source, one, None) for one in ignores.remarks(knows_all=True)]


class _Ignores:
    """The suppressions in a source, which learn what they hide."""

    def __init__(
        self, source: Source, written: Sequence[Suppression | Remark], scope: Scope
    ) -> None:
        self.source = source
        self.scope = scope
        self.unknown = [one for one in written if isinstance(one, Remark)]
        self.suppressions = [one for one in written if isinstance(one, Suppression)]
        today = scope.today or datetime.now(UTC).date()
        self.active = [one for one in self.suppressions if not one.until or today <= one.until]

    def mark(self, found: Sequence[_Any]) -> list[_Any]:
        """The findings with what hides each, unless all are to be shown."""
        marked = [_hidden(one, self.active, self.source) for one in found]
        return marked if self.scope.hides else list(found)

    def remarks(self, *, knows_all: bool) -> list[Remark]:
        """What is wrong with the suppressions, once all findings are marked.

        Which of them are unused only who `knows_all` findings can tell.
        """
        wanted = self.scope.selection.codes
        found = self.mark(self.unknown) if UNKNOWN_IGNORE in wanted else []
        if UNUSED_IGNORE in wanted and knows_all:
            for one in self.suppressions:
                if unused := _unused(one, self.scope, is_active=one in self.active):
                    found += self.mark([unused])
        return found


def _hidden(one: _Any, active: Iterable[Suppression], source: Source) -> _Any:
    """A finding, with what hides it."""
    code = _code(one)
    by = one.suppressed
    for suppression in active:
        named = {rule.code for rule in suppression.rules.values()}
        if code in named and _covers(suppression.area, one, source):
            suppression.hidden.add(code)
            by = by or suppression.hides
    return one._replace(suppressed=by)


def _code(one: Found | Diagnosis | Remark) -> str:
    return one.code if isinstance(one, Diagnosis) else one.rule.code


def _covers(area: Lines | Part | str, one: Found | Diagnosis | Remark, source: Source) -> bool:
    """Whether a finding, or another place that it is about, is in an area."""
    if isinstance(area, Lines):
        return any(area.start <= place < area.end for place in _places(one, source))
    if isinstance(area, str) or isinstance(one, Remark):
        return False
    if isinstance(one, Diagnosis):
        return area.of is not Container and one.resource == area.resource
    pod = one.shutdown.pod
    if area.document is not pod.spec.document:
        return False
    if area.of is Container:
        return any(
            spot.value.pointer[: len(pointer)] == pointer
            for spot in (one.finding.at, one.finding.because)
            if spot
            for pointer in area.pointers
        )
    value = pod.workload.value if area.of is Workload else pod.spec
    return value.pointer in area.pointers


def _places(one: Found | Diagnosis | Remark, source: Source) -> Iterator[Place]:
    """Where in a source the places start that a finding is about."""
    if isinstance(one, Remark):
        yield source.position(one.span[0])
        return
    if isinstance(one, Found):
        spots = (spot for spot in (one.finding.at, one.finding.because) if spot)
        yield from (source.position(spot.mark[0]) for spot in spots)
        others = one.finding.chain
    else:
        others = (one.at, *one.related)
    yield from ((other.line, other.column) for other in others if other.path == source.name)


def _unused(one: Suppression, scope: Scope, *, is_active: bool) -> Remark | None:
    """A finding about the codes of a suppression that hide nothing, if any.

    One that names the rule for this is meant to stay.
    """
    codes = {word: rule.code for word, rule in one.rules.items()}
    if UNUSED_IGNORE in codes.values():
        return None
    stale = [
        word
        for word, code in codes.items()
        if code not in one.hidden and (scope.was_run(code) or isinstance(one.area, str))
    ]
    if not stale:
        return None
    names = [f"`{word.text}`" for word in stale]
    listed = f"{', '.join(names[:-1])} and {names[-1]}" if names[1:] else names[0]
    hide, they = ("hide", "they find") if names[1:] else ("hides", "it finds")
    if not is_active:
        message = f"expired: {listed} {hide} nothing after {one.until}"
    elif isinstance(one.area, str):
        message = f"{listed} {hide} nothing: {one.area}"
    else:
        message = f"{listed} {hide} nothing: {they} nothing {one.area.words}"
    remark = Remark(scope.book.by_code[UNUSED_IGNORE], message, one.span, document=one.document)
    rest = [word for word in one.words if word not in stale and not word.text.startswith("until=")]
    return _deleted(remark, one) if not rest else _shortened(remark, one, stale, listed)


def _deleted(remark: Remark, one: Suppression) -> Remark:
    """With a fix that deletes the whole suppression."""
    if isinstance(one.origin, Comment):
        start, end = one.origin.start, one.origin.start + len(one.origin.text)
        return remark._replace(title="delete the comment", cuts=((start, end),))
    return remark._replace(
        title="delete the annotation", operations=(Delete(_emptied(one.origin).pointer),)
    )


def _emptied(value: Value) -> Value:
    """The widest value in which nothing else is written."""
    parent = value.parent
    while parent and parent.parent and len([*parent.entries()]) == 1:
        value, parent = parent, parent.parent
    return value


def _shortened(remark: Remark, one: Suppression, stale: Sequence[Word], listed: str) -> Remark:
    """With a fix that deletes words of the list, with their commas."""
    cuts = [*_with_commas(one.words, stale)]
    span = _span_of(one, stale)
    if isinstance(one.origin, Comment):
        base = one.origin.start
        return remark._replace(
            span=span,
            title=f"delete {listed} from the comment",
            cuts=tuple((base + start, base + end) for start, end in cuts),
        )
    text = apply(one.origin.text or "", [Edit(start, end, "") for start, end in cuts])
    return remark._replace(
        span=span,
        title=f"delete {listed} from the annotation",
        operations=(Set(one.origin.pointer, text),),
    )


def _span_of(one: Suppression, words: Sequence[Word]) -> tuple[int, int]:
    start, end = words[0].start, words[-1].end
    if isinstance(one.origin, Value):
        return within(one.origin, start, end)
    return one.span[0] + start, one.span[0] + end


def _with_commas(words: Sequence[Word], stale: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """The spans of words with the commas behind them, before them where no other word follows."""
    for index, word in enumerate(words):
        if word in stale:
            if any(other not in stale for other in words[index + 1 :]):
                yield word.start, words[index + 1].start
            else:
                yield words[index - 1].end, word.end
