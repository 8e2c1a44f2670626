"""Hiding findings by comments and annotations, and finding those that hide nothing."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from datetime import UTC, date, datetime
from heapq import heappop, heappush

from k8slint.kubernetes.workload import Container, Pod, Workload
from k8slint.kubernetes.written_budget import WrittenBudget
from k8slint.lint.covered import Lines, TextPosition
from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.findings import UNKNOWN_IGNORE, UNUSED_IGNORE, IgnoreFinding, Violation
from k8slint.lint.ignores import (
    IgnoredPart,
    IgnoreWord,
    Suppression,
    parse_annotations,
    parse_budget_annotations,
    parse_comments,
)
from k8slint.lint.repairs import ignore_diagnostic
from k8slint.lint.result import LintResult
from k8slint.lint.scope import LintScope
from k8slint.manifest.comments import Comment
from k8slint.manifest.operations import Delete, Set
from k8slint.manifest.source import Source
from k8slint.manifest.splice import Edit, apply
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Value, keys
from k8slint.manifest.within import locate_within
from k8slint.type_names import TypeVar

_Any = TypeVar("_Any", Violation, Diagnostic, IgnoreFinding)


def suppress(examined: LintResult, scope: LintScope) -> None:
    """Mark the findings that are hidden, and add those about what hides them."""
    owners = examined.looked_at
    # What a patch says may be about something that only its target has.
    is_whole = not any(pod.is_partial for workload in owners for pod in workload.pods)
    written = [
        *parse_comments(examined.source, examined.documents, scope.book),
        *parse_annotations(owners, scope.book),
        *parse_budget_annotations(examined.budgets, scope.book),
    ]
    ignores = _Ignores(examined.source, written, scope)
    areas = [one.area for one in ignores.suppressions]
    examined.ignored = {one.resource for one in areas if isinstance(one, IgnoredPart)}
    examined.found = ignores.mark(examined.found)
    examined.unreadable = ignores.mark(examined.unreadable)
    knows_all = is_whole and not examined.is_broken and not examined.lacks_files(scope.programs)
    examined.remarks = ignores.remarks(knows_all=knows_all)


def suppress_rendered(
    found: Sequence[Diagnostic], source: Source, documents: Sequence[Document], scope: LintScope
) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Findings about what a file is rendered to, with what comments in the file hide.

    Also returns what is wrong with these comments themselves.
    """
    ignores = _Ignores(source, [*parse_comments(source, documents, scope.book)], scope)
    marked = ignores.mark(found)
    return marked, [
        ignore_diagnostic(source, one, None) for one in ignores.remarks(knows_all=True)
    ]


class _Ignores:
    """The suppressions in a source, which learn what they hide."""

    def __init__(
        self, source: Source, written: Sequence[Suppression | IgnoreFinding], scope: LintScope
    ) -> None:
        self.source = source
        self.scope = scope
        self.unknown = [one for one in written if isinstance(one, IgnoreFinding)]
        self.suppressions = [one for one in written if isinstance(one, Suppression)]
        self.today = scope.today or datetime.now(UTC).date()
        self.by_code: dict[str, _Hiding] = defaultdict(_Hiding)
        for one in self.suppressions:
            if _is_active(one, self.today):
                for code in {rule.code for rule in one.rules.values()}:
                    self.by_code[code].add(one)

    def mark(self, found: Sequence[_Any]) -> list[_Any]:
        """The findings with what hides each, unless all are to be shown."""
        numbers: dict[str, list[int]] = defaultdict(list)
        for number, one in enumerate(found):
            numbers[_code(one)].append(number)
        marked = list(found)
        for code in numbers.keys() & self.by_code.keys():
            some = [found[number] for number in numbers[code]]
            hidden = self.by_code[code].hide(code, some, self.source)
            for number, by in zip(numbers[code], hidden, strict=True):
                one = found[number]
                if by and not one.suppressed:
                    marked[number] = one._replace(suppressed=by.hides)
        return marked if self.scope.hides else list(found)

    def remarks(self, *, knows_all: bool) -> list[IgnoreFinding]:
        """What is wrong with the suppressions, once all findings are marked.

        Which of them are unused only who `knows_all` findings can tell.
        """
        wanted = self.scope.selection.codes
        found = self.mark(self.unknown) if UNKNOWN_IGNORE in wanted else []
        if UNUSED_IGNORE in wanted and knows_all:
            unused = (_unused(one, self.scope, self.today) for one in self.suppressions)
            found += self.mark([one for one in unused if one])
        return found


class _Hiding:
    """The suppressions that name one rule, found by what they cover."""

    def __init__(self) -> None:
        self.suppressions: list[Suppression] = []
        # By their numbers among these.
        self.lines: list[tuple[TextPosition, TextPosition, int]] = []
        self.parts: dict[Hashable, list[int]] = defaultdict(list)

    def add(self, one: Suppression) -> None:
        number, area = len(self.suppressions), one.area
        self.suppressions.append(one)
        if isinstance(area, Lines):
            self.lines.append((area.start, area.end, number))
        elif isinstance(area, IgnoredPart):
            for pointer in area.pointers:
                self.parts[area.document, area.of, pointer].append(number)
            if area.of is not Container:
                self.parts[area.resource].append(number)

    def hide(self, code: str, found: Sequence[_Any], source: Source) -> list[Suppression | None]:
        """What hides each of some findings, the first of several; they all learn of it."""
        first: dict[int, int] = {}
        for index, number in (*self._in_lines(found, source), *self._in_parts(found)):
            self.suppressions[number].hidden.add(code)
            first[index] = min(number, first.get(index, number))
        return [
            self.suppressions[first[index]] if index in first else None
            for index in range(len(found))
        ]

    def _in_parts(self, found: Sequence[_Any]) -> Iterator[tuple[int, int]]:
        """The numbers of findings, each with those of the parts that hold it."""
        for index, one in enumerate(found):
            for key in _keys(one):
                yield from ((index, number) for number in self.parts.get(key, ()))

    def _in_lines(self, found: Sequence[_Any], source: Source) -> Iterator[tuple[int, int]]:
        """The numbers of findings, each with that of the first lines that hold one of its places.

        All lines that hold some place come up, the others with any one of the findings there.
        """
        places = sorted(
            (place, index) for index, one in enumerate(found) for place in _places(one, source)
        )
        for start, end, number in self.lines:
            at = bisect_left(places, (start, -1))
            if at < len(places) and places[at][0] < end:
                yield places[at][1], number
        waiting = sorted(self.lines, reverse=True)
        around: list[tuple[int, TextPosition]] = []
        for place, index in places:
            while waiting and waiting[-1][0] <= place:
                _, end, number = waiting.pop()
                heappush(around, (number, end))
            while around and around[0][1] <= place:
                heappop(around)
            if around:
                yield index, around[0][0]


def _keys(one: Violation | Diagnostic | IgnoreFinding) -> Iterator[Hashable]:
    """What annotations that cover a finding are found by."""
    if isinstance(one, Diagnostic):
        yield one.resource
    elif isinstance(one, Violation):
        if isinstance(one.subject, WrittenBudget):
            yield one.document, WrittenBudget, one.subject.value.pointer
            return
        pod = one.subject.pod
        document, spec = pod.spec.document, pod.spec.pointer
        yield document, Workload, pod.workload.value.pointer
        yield document, Pod, spec
        for spot in (one.finding.at, one.finding.because):
            if spot:
                yield document, Container, spot.value.pointer[: len(spec) + 2]


def _is_active(one: Suppression, today: date) -> bool:
    return not one.until or today <= one.until


def _code(one: Violation | Diagnostic | IgnoreFinding) -> str:
    return one.code if isinstance(one, Diagnostic) else one.rule.code


def _places(one: Violation | Diagnostic | IgnoreFinding, source: Source) -> Iterator[TextPosition]:
    """Where in a source the places start that a finding is about."""
    if isinstance(one, IgnoreFinding):
        yield source.position(one.span[0])
        return
    if isinstance(one, Violation):
        spots = (spot for spot in (one.finding.at, one.finding.because) if spot)
        yield from (source.position(spot.mark[0]) for spot in spots)
        others = one.finding.chain
    else:
        others = (one.at, *one.related)
    yield from ((other.line, other.column) for other in others if other.path == source.name)


def _unused(one: Suppression, scope: LintScope, today: date) -> IgnoreFinding | None:
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
    if not _is_active(one, today):
        message = f"expired: {listed} {hide} nothing after {one.until}"
    elif isinstance(one.area, str):
        message = f"{listed} {hide} nothing: {one.area}"
    else:
        message = f"{listed} {hide} nothing: {they} nothing {one.area.words}"
    remark = IgnoreFinding(
        scope.book.by_code[UNUSED_IGNORE], message, one.span, document=one.document
    )
    gone = {*stale}
    rest = [word for word in one.words if word not in gone and not word.text.startswith("until=")]
    return _deleted(remark, one) if not rest else _shortened(remark, one, stale, listed)


def _deleted(remark: IgnoreFinding, one: Suppression) -> IgnoreFinding:
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
    while parent and parent.parent and _has_one_key(parent):
        value, parent = parent, parent.parent
    return value


def _has_one_key(mapping: Value) -> bool:
    names = keys(mapping.node)
    first = next(names, None)
    return first is not None and all(name == first for name in names)


def _shortened(
    remark: IgnoreFinding, one: Suppression, stale: Sequence[IgnoreWord], listed: str
) -> IgnoreFinding:
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


def _span_of(one: Suppression, words: Sequence[IgnoreWord]) -> tuple[int, int]:
    start, end = words[0].start, words[-1].end
    if isinstance(one.origin, Value):
        return locate_within(one.origin, start, end)
    return one.span[0] + start, one.span[0] + end


def _with_commas(
    words: Sequence[IgnoreWord], stale: Sequence[IgnoreWord]
) -> Iterator[tuple[int, int]]:
    """The spans of words with the commas after them, before them where no other word follows."""
    gone = {*stale}
    last_kept = max(index for index, word in enumerate(words) if word not in gone)
    for index, word in enumerate(words):
        if word in gone:
            if index < last_kept:
                yield word.start, words[index + 1].start
            else:
                yield words[index - 1].end, word.end
