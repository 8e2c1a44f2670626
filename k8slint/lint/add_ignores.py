"""Hiding what is left: suppressions written where findings are, and each change proved.

A finding gets a comment at the end of its line. Where a `#` there would be part of a value, it
gets one above the key or item that holds it, and where no comment can stand, an annotation.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence

from k8slint.kubernetes.kustomization import Kustomized
from k8slint.kubernetes.written_budget import WrittenBudget
from k8slint.lint.covered import WHOLE_FILE, Lines
from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.findings import UNKNOWN_IGNORE, UNUSED_IGNORE, IgnoreFinding, Violation
from k8slint.lint.identity import Identity
from k8slint.lint.ignores import IGNORE_KEY, Suppression, parse_comments
from k8slint.lint.inspect import inspect
from k8slint.lint.repairs import BROKEN
from k8slint.lint.result import LintResult
from k8slint.lint.rulebook import Rulebook
from k8slint.lint.scope import LintScope
from k8slint.manifest.added_comments import (
    comment_behind,
    comment_on_own_line,
    entry_around,
    line_for_comment,
    prove_comments_added,
)
from k8slint.manifest.changes import NodeChange
from k8slint.manifest.comments import Comment
from k8slint.manifest.edit import plan
from k8slint.manifest.lines import line_start, on_own_line
from k8slint.manifest.operations import Set
from k8slint.manifest.prove import Unproved, prove
from k8slint.manifest.source import Source
from k8slint.manifest.splice import Edit, Refused, apply
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import Document, YamlError, documents
from k8slint.manifest.values import Value
from k8slint.records import NamedTuple
from k8slint.type_names import TypeAlias

# So often a file is linted again with other suppressions, in search of those that do not work.
_MOST_ATTEMPTS = 20
# The name of an annotation, after its `/`, is no longer.
_LONGEST_KEY = 63
_IN_TEMPLATE = (
    "nothing is added to a template that is not rendered; write it by hand, or use "
    "--write-baseline"
)
NOT_HIDDEN = "a suppression there would not hide it"


class IgnoredSource(NamedTuple):
    """What a file is to hold, what is found in it then, and why the rest of that is not hidden."""

    text: str
    examined: LintResult
    refused: dict[Identity, str]


class _Note(NamedTuple):
    """A suppression to write: its edits by offsets in the source, and the findings it is for.

    That of an annotation changes the tree, that of a comment does not.
    """

    document: Document
    edits: tuple[Edit, ...]
    found: tuple[Violation, ...]
    changes: tuple[NodeChange, ...] = ()

    def is_useless(self, visible: Container[Identity]) -> bool:
        """Whether a finding that it is for is visible all the same."""
        return any(one.identity in visible for one in self.found)


def add_ignores(
    before: LintResult,
    scope: LintScope,
    kustomized: Kustomized,
    reason: str,
    is_for: Callable[[Violation], bool] = lambda _: True,
) -> IgnoredSource:
    """Write suppressions for the findings of a source that nothing hides yet, in memory.

    Each is left out, and another place tried, unless it hides its findings and no rule finds
    anything else than before.
    """
    run = _Run(before, scope, kustomized, reason)
    refused = {one.identity: _why_never(one) for one in _others(before)}
    if before.is_broken:
        refused |= dict.fromkeys((one.identity for one in _left(before)), BROKEN)
        return IgnoredSource(before.source.text, before, refused)
    for write in (run.on_lines, run.above, run.annotated):
        if wanted := [*filter(is_for, _left(run.examined))]:
            run.settle([*write(wanted)])
    refused |= {one.identity: run.refused.get(one.identity, "") for one in _left(run.examined)}
    return IgnoredSource(run.examined.source.text, run.examined, refused)


def _left(examined: LintResult) -> list[Violation]:
    return [one for one in examined.found if not one.suppressed]


def _others(examined: LintResult) -> Iterator[Diagnostic | IgnoreFinding]:
    yield from (one for one in examined.unreadable if not one.suppressed)
    yield from (one for one in examined.remarks if not one.suppressed)


def _why_never(one: Diagnostic | IgnoreFinding) -> str:
    return why_never(one.code if isinstance(one, Diagnostic) else one.rule.code)


def why_never(code: str) -> str:
    """Why a finding that is not about an object gets no suppression."""
    if code == UNUSED_IGNORE:
        return "it is about a suppression, which --fix deletes"
    if code == UNKNOWN_IGNORE:
        return "it is about a suppression, which has to be corrected"
    return "it is about the file itself, which has to be corrected"


class _Useless(Exception):
    """Some suppressions hide nothing where they stand: `visible` is what is found with them."""

    def __init__(self, visible: Container[Identity]) -> None:
        super().__init__()
        self.visible = visible


class _Run:
    """The suppressions of one file on their way; `examined` is the file with those that work."""

    def __init__(
        self, before: LintResult, scope: LintScope, kustomized: Kustomized, reason: str
    ) -> None:
        self.examined = before
        self.scope = scope
        self.kustomized = kustomized
        self.reason = reason
        self.attempts = 0
        self.refused: dict[Identity, str] = {}

    def settle(self, notes: Sequence[_Note]) -> None:
        """Write the suppressions that work; in halves where it is not known which ones do not."""
        base = self.examined
        accepted: list[_Note] = []
        waiting = [[*notes]] if notes else []
        while waiting:
            some = waiting.pop()
            if self.attempts == _MOST_ATTEMPTS:
                self._refuse(some, "too many other suppressions of the file do not work")
                continue
            self.attempts += 1
            try:
                self._write(base, [*accepted, *some])
                accepted += some
            except _Useless as problem:
                useless = [one for one in (*accepted, *some) if one.is_useless(problem.visible)]
                if rest := [one for one in some if not one.is_useless(problem.visible)]:
                    waiting.append(rest)
                self._refuse(useless, NOT_HIDDEN)
            except (Unproved, Refused) as problem:
                self._refuse(some, str(problem))
                half = len(some) // 2
                waiting += [some[half:], some[:half]] if half else []

    def _write(self, base: LintResult, notes: Sequence[_Note]) -> None:
        """Write suppressions, if what is found then is as wanted and the change is proved.

        Raises _Useless, Unproved or Refused.
        """
        source = base.source
        text = apply(source.text, [edit for note in notes for edit in note.edits])
        found = inspect(source.saying(text), self.scope, self.kustomized)
        visible = _count_visible(found)
        hidden = Counter(one.identity for note in notes for one in note.found)
        if visible - (_count_visible(base) - hidden):
            if any(note.is_useless(visible) for note in notes):
                raise _Useless(visible)
            raise Refused(NOT_HIDDEN)
        edits = [edit for together in _by_text(notes) for edit in _proved(together)]
        if apply(source.text, edits) != text:
            raise Unproved("what is proved is not what is written")
        self.examined = found

    def _refuse(self, notes: Iterable[_Note], reason: str) -> None:
        self.refused |= {one.identity: reason for note in notes for one in note.found}

    def on_lines(self, found: Sequence[Violation]) -> Iterator[_Note]:
        """Comments at the ends of lines, one for all findings of each."""

        def write(texts: _Texts, document: Document, at: int, codes: Sequence[str]) -> Edit:
            there = texts.comment_at(document, line_start(document.text, at))
            if there and not on_own_line(document.text, there[0].start):
                return _extended(*there, codes)
            return comment_behind(document, at, self._comment(codes))

        return self._commented(found, _line_of, write)

    def above(self, found: Sequence[Violation]) -> Iterator[_Note]:
        """Comments above keys and items, one for all findings of each."""

        def write(texts: _Texts, document: Document, at: int, codes: Sequence[str]) -> Edit:
            text, begin = document.text, line_start(document.text, at)
            there = texts.comment_at(document, line_start(text, begin - 1)) if begin else None
            if there and on_own_line(text, there[0].start):
                return _extended(*there, codes)
            return comment_on_own_line(document, at, self._comment(codes))

        return self._commented(found, _entry_of, write)

    def _comment(self, codes: Sequence[str]) -> str:
        return f"# k8slint: ignore[{', '.join(codes)}] {self.reason}".rstrip()

    def _commented(
        self,
        found: Sequence[Violation],
        place_of: Callable[[Document, Violation], int],
        write: Callable[[_Texts, Document, int, Sequence[str]], Edit],
    ) -> Iterator[_Note]:
        texts = _Texts(self.examined.source, self.scope.book)
        places: dict[tuple[Document, int], list[Violation]] = defaultdict(list)
        for one in found:
            try:
                document = texts.around(one)
                places[document, place_of(document, one)].append(one)
            except Refused as reason:
                self.refused[one.identity] = str(reason)
        for (document, at), together in places.items():
            edit = write(texts, document, at, _codes(together))
            yield _Note(document, (edit.shifted(document.start),), tuple(together))

    def annotated(self, found: Sequence[Violation]) -> Iterator[_Note]:
        """Annotations of objects and their containers."""
        owners: dict[Value, list[Violation]] = defaultdict(list)
        for one in found:
            if one.document.template is None:
                owners[object_of(one)].append(one)
        for owner, some in owners.items():
            try:
                operations = annotate(owner, some, self.reason)
                changed = plan(owner.document, operations)
                yield _Note(owner.document, changed.edits, tuple(some), changed.changes)
            except Refused as problem:
                self.refused |= {one.identity: str(problem) for one in some}


class _Texts:
    """The documents of a source, whatever is in them, and the suppressions in their comments."""

    def __init__(self, source: Source, book: Rulebook) -> None:
        self.source = source
        self.book = book
        self._chunks = [*split_documents(source.text)]
        self._documents: dict[int, Document] = {}
        self._comments: dict[Document, dict[int, _Written]] = {}

    def around(self, found: Violation) -> Document:
        """Return the document of the file that a finding is in; raises Refused."""
        if found.document.template is not None:
            raise Refused(_IN_TEMPLATE)
        at = found.finding.at.mark[0]
        chunk = self._chunks[bisect_right(self._chunks, at, key=lambda one: one.start) - 1]
        if chunk.start not in self._documents:
            try:
                (self._documents[chunk.start],) = documents(self.source, chunk)
            except (YamlError, ValueError):
                raise Refused("its document has no `---` between it and others") from None
        return self._documents[chunk.start]

    def comment_at(self, document: Document, line: int) -> _Written | None:
        """Return the comment on the line that starts at an offset, if codes can be added to it."""
        if document not in self._comments:
            written = parse_comments(self.source, [document], self.book)
            self._comments[document] = {
                line_start(document.text, one.origin.start): (one.origin, one)
                for one in written
                if isinstance(one, Suppression)
                and isinstance(one.origin, Comment)
                and isinstance(one.area, Lines)
                and one.area is not WHOLE_FILE
                and not one.until
            }
        return self._comments[document].get(line)


_Written: TypeAlias = tuple[Comment, Suppression]


def annotate(owner: Value, found: Iterable[Violation], reason: str) -> list[Set]:
    """The operations that hide findings by annotations of an object.

    Those of a container get an annotation for it. Raises Refused.
    """
    if not owner.get("kind").is_written:
        raise Refused("it is not part of an object that could have an annotation")
    by_key: dict[str, list[Violation]] = defaultdict(list)
    for one in found:
        name = one.container.name if one.container else ""
        key = f"{IGNORE_KEY}.{name}" if name else IGNORE_KEY
        is_long = len(key.partition("/")[2]) > _LONGEST_KEY
        by_key[IGNORE_KEY if is_long else key].append(one)
    operations = []
    for key, some in by_key.items():
        value = owner.at("metadata", "annotations").get(key)
        operations.append(Set(value.pointer, _said(value, _codes(some), reason)))
    return operations


def _said(value: Value, codes: Sequence[str], given: str) -> str:
    """What an annotation is to say, which may say something already."""
    known, colon, reason = (value.text or "").partition(":")
    if "until=" in known:
        raise Refused("its annotation ends on a day")
    if not {one.strip() for one in known.split(",")}.isdisjoint(codes):
        raise Refused("its annotation names the rule and does not hide it")
    listed = ",".join(filter(None, (known.strip(), *codes)))
    if colon:
        return f"{listed}:{reason}"
    return f"{listed}: {given}" if given else listed


def _extended(comment: Comment, there: Suppression, codes: Sequence[str]) -> Edit:
    """The edit that adds codes to those of a comment."""
    end = comment.start + there.words[-1].end
    return Edit(end, end, "".join(f", {code}" for code in codes))


def _codes(found: Iterable[Violation]) -> list[str]:
    return sorted({one.rule.code for one in found})


def _line_of(document: Document, found: Violation) -> int:
    return line_for_comment(document, found.finding.at.mark[0] - document.start)


def _entry_of(document: Document, found: Violation) -> int:
    owner = object_of(found)
    inside = owner.span[0] - document.start
    return entry_around(document, found.finding.at.mark[0] - document.start, inside)


def object_of(found: Violation) -> Value:
    """The object that a finding is about."""
    if isinstance(found.subject, WrittenBudget):
        return found.subject.value
    return found.subject.pod.workload.value


def _count_visible(examined: LintResult) -> Counter[Identity]:
    found = (one.identity for one in (*_left(examined), *_others(examined)))
    return Counter(found)


def _by_text(notes: Iterable[_Note]) -> Iterable[list[_Note]]:
    by_start: dict[int, list[_Note]] = defaultdict(list)
    for note in notes:
        by_start[note.document.start].append(note)
    return by_start.values()


def _proved(notes: Sequence[_Note]) -> list[Edit]:
    """The edits that write suppressions into one document; raises Unproved or Refused."""
    document = notes[0].document
    edits = [edit for note in notes for edit in note.edits]
    changes = [change for note in notes for change in note.changes]
    if changes:
        text = prove(document, changes, edits)
    else:
        text = prove_comments_added(document, edits)
    return [Edit(document.start, document.start + len(document.text), text)]
