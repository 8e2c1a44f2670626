"""Suppressions as they are written: in comments and in annotations.

A comment `# k8slint: ignore[GS101] reason` covers its line or, alone on one, the whole node below
it; `file-ignore` covers the file. The annotations `k8slint/ignore: "GS101: reason"` and
`k8slint/ignore.<container>` survive rendering. `until=2027-01-31` among the codes is the last day.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from k8slint.errors import UsageError
from k8slint.kubernetes.workload import Container, Pod, Workload
from k8slint.kubernetes.written_budget import WrittenBudget
from k8slint.lint.covered import WHOLE_FILE, Covered, Lines
from k8slint.lint.diagnosis import Suppressed
from k8slint.lint.findings import UNKNOWN_IGNORE, IgnoreFinding, resource_of
from k8slint.lint.identity import Resource
from k8slint.lint.rule import Rule
from k8slint.lint.rulebook import Rulebook
from k8slint.manifest.comments import Comment, comments
from k8slint.manifest.lines import on_own_line
from k8slint.manifest.source import Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import Document, YamlError, documents
from k8slint.manifest.values import Pointer, Value
from k8slint.manifest.within import locate_within
from k8slint.outside.terminal import LONGEST_NAME, clipped, echoed
from k8slint.records import NamedTuple
from k8slint.shutdown.drain_row import DRAIN_KEY, is_drain

_OURS = re.compile(
    r"(?<!#)#+[ \t]*k8slint(?:[ \t]*:|[ \t]+(?=(?:file-)?ignore\b))[ \t]*", re.IGNORECASE
)
_LIST = re.compile(r"(file-)?ignore\[([^\]]*)\]")
_WORD = re.compile(r"[^,\s](?:[^,]*[^,\s])?")
_UNTIL = re.compile(r"until=(\d{4}-\d\d-\d\d)", re.ASCII)
# What may stand above the first key of a file: a `#` among it is a comment for certain.
_FIRST_LINES = re.compile(r"(?:(?:---)?[ \t]*(?:#[^\n]*|\r)?\n|%[^\n]*\n)*")
_FIRST_COMMENT = re.compile(r"#[^\r\n]*")
# For so many unknown words of a file the nearest known ones are looked for.
_HINTS = 100
_PREFIX = "k8slint/"
IGNORE_KEY = "k8slint/ignore"


class IgnoreWord(NamedTuple):
    """An item of a list of codes, with its offsets in the text it was read from."""

    text: str
    start: int
    end: int


class IgnoredPart(NamedTuple):
    """What an annotation covers: a workload, pods or containers, by their values' pointers."""

    document: Document
    of: type
    pointers: frozenset[Pointer]
    resource: Resource
    words: str


@dataclass(eq=False, repr=False)
class Suppression:
    """A comment or an annotation with the rules it names.

    `origin` is the comment from its `#`, or the value of the annotation. Where it covers nothing,
    `area` says why. `hidden` are the codes of what it hid.
    """

    origin: Comment | Value
    document: Document | None
    span: tuple[int, int]
    area: Lines | IgnoredPart | str
    words: tuple[IgnoreWord, ...]
    rules: dict[IgnoreWord, Rule]
    until: date | None
    hides: Suppressed
    hidden: set[str] = field(default_factory=set)


def parse_comments(
    source: Source, parsed: Sequence[Document], book: Rulebook
) -> Iterator[Suppression | IgnoreFinding]:
    """The suppressions in the comments of parsed documents, and above all documents."""
    names = _Names(book)
    first = _FIRST_LINES.match(source.text)
    above = first.end() if first else 0
    if "k8slint" in source.text[:above] and not any(one.start == 0 for one in parsed):
        document = _first_document(source)
        for match in _FIRST_COMMENT.finditer(source.text, 0, above):
            comment = Comment(match.start(), match[0])
            for found in _in_comment(source, comment, None, above, names):
                if isinstance(found, Suppression):
                    found.document = document
                yield found
    by_text: dict[int, list[Document]] = {}
    for one in parsed:
        by_text.setdefault(one.start, []).append(one)
    for together in by_text.values():
        text = together[0].text
        if "k8slint" in text:
            covered = Covered(source, together)
            for comment in comments(text, [one.root for one in together]):
                yield from _in_comment(source, comment, covered, above, names)


def parse_annotations(
    owners: Iterable[Workload], book: Rulebook
) -> Iterator[Suppression | IgnoreFinding]:
    """The suppressions in the annotations of workloads and of their pod templates."""
    names = _Names(book)
    for workload in owners:
        resource = resource_of(workload)
        top = IgnoredPart(
            workload.value.document,
            Workload,
            frozenset({workload.value.pointer}),
            resource,
            "in this workload",
        )
        yield from _annotated(workload.value, workload.pods, top, names)
        for pod in workload.pods:
            template = pod.spec.parent
            if template and template.pointer != workload.value.pointer:
                part = top._replace(
                    of=Pod, pointers=frozenset({pod.spec.pointer}), words="in this pod"
                )
                yield from _annotated(template, [pod], part, names)


def parse_budget_annotations(
    budgets: Iterable[WrittenBudget], book: Rulebook
) -> Iterator[Suppression | IgnoreFinding]:
    """The suppressions in the annotations of PodDisruptionBudgets."""
    names = _Names(book)
    for budget in budgets:
        document, pointers = budget.value.document, frozenset({budget.value.pointer})
        part = IgnoredPart(
            document, WrittenBudget, pointers, resource_of(budget), "in this budget"
        )
        yield from _annotated(budget.value, (), part, names)


def _first_document(source: Source) -> Document | None:
    """The document at the start of a source, whatever it is about."""
    chunk = next(split_documents(source.text))
    try:
        return next(iter(documents(source, chunk)), None)
    except YamlError:
        return None


def _in_comment(
    source: Source, comment: Comment, covered: Covered | None, above: int, names: _Names
) -> Iterator[Suppression | IgnoreFinding]:
    match = _OURS.search(comment.text)
    if not match:
        return
    document = covered.documents[0] if covered else None
    base = document.start if document else 0
    text = comment.text[match.start() :]
    start = base + comment.start + match.start()
    found = _LIST.match(comment.text, match.end())
    if not found:
        message = (
            "this hides nothing: write `# k8slint: ignore[GS101] reason`, with the code or the "
            "name of each rule (file-ignore for the whole file)"
        )
        yield _unknown(names.book, message, (start, start + len(text.rstrip())))
        return
    span = (start, base + comment.start + found.end())
    reason = comment.text[found.end() :].strip()
    if _OURS.search(reason):
        message = "one comment holds one suppression: this part of it hides nothing"
        second = base + comment.start + comment.text.index(reason)
        yield _unknown(names.book, message, (second, second + len(reason)))
    if found[1] and not (start < above and on_own_line(source.text, start)):
        message = (
            "file-ignore stands alone on one of the first lines of a file, above its first key: "
            "here it hides nothing"
        )
        yield _unknown(names.book, message, span)
        return
    if not found[1] and not covered:
        return  # Above a document that is not read.
    words = _words(found[2], found.start(2) - match.start())
    rules, until, wrong = names.read(words)
    for word, message in wrong:
        place = (start + word.start, start + word.end) if word else span
        yield _unknown(names.book, message, place)
    if rules:
        line, _ = source.position(start)
        own = Comment(comment.start + match.start(), text)
        area = covered.by(comment) if covered and not found[1] else WHOLE_FILE
        hides = Suppressed("comment", reason, line)
        yield Suppression(own, document, span, area, words, rules, until, hides)


def _annotated(
    owner: Value, pods: Sequence[Pod], part: IgnoredPart, names: _Names
) -> Iterator[Suppression | IgnoreFinding]:
    containers: Mapping[str, frozenset[Pointer]] | None = None
    for name, value in owner.at("metadata", "annotations").entries():
        if not name.startswith(_PREFIX) or is_drain(name):
            continue
        key, dot, container = name.partition(".")
        if key != IGNORE_KEY or (dot and not container):
            shown = clipped(name, LONGEST_NAME)
            message = (
                f"`{shown}` does nothing: the annotations are `{IGNORE_KEY}`, `{DRAIN_KEY}`, and "
                f"both with `.<container>`"
            )
            yield _unknown(names.book, message, value.head)
            continue
        text = value.text or ""
        codes, _, reason = text.partition(":")
        words = _words(codes, 0)
        rules, until, wrong = names.read(words)
        for word, message in wrong:
            yield _unknown(
                names.book, message, locate_within(value, *word[1:]) if word else value.span
            )
        if rules:
            line, _ = value.document.source.position(value.head[0])
            area: IgnoredPart | str = part
            if container:
                containers = _by_name(pods) if containers is None else containers
                area = _in_container(part, containers, container)
            hides = Suppressed("annotation", " ".join(reason.split()), line)
            span = value.head[0], value.span[1]
            yield Suppression(value, value.document, span, area, words, rules, until, hides)


def _by_name(pods: Sequence[Pod]) -> Mapping[str, frozenset[Pointer]]:
    """The containers of pods, by their pointers."""
    found: dict[str, set[Pointer]] = defaultdict(set)
    for pod in pods:
        for one in pod.containers:
            found[one.name].add(one.value.pointer)
    return {name: frozenset(pointers) for name, pointers in found.items()}


def _in_container(
    part: IgnoredPart, containers: Mapping[str, frozenset[Pointer]], name: str
) -> IgnoredPart | str:
    if name not in containers:
        return f"no container here is called `{name}`"
    return part._replace(of=Container, pointers=containers[name], words=f"in container `{name}`")


def _words(text: str, offset: int) -> tuple[IgnoreWord, ...]:
    return tuple(
        IgnoreWord(match[0], match.start() + offset, match.end() + offset)
        for match in _WORD.finditer(text)
    )


class _Names:
    """The rules by what a file calls them."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self._problems: dict[str, str] = {}

    def read(
        self, words: Sequence[IgnoreWord]
    ) -> tuple[dict[IgnoreWord, Rule], date | None, list[tuple[IgnoreWord | None, str]]]:
        """The rules of a list, its last day, and what is wrong; a wrong day makes all void."""
        rules: dict[IgnoreWord, Rule] = {}
        days: list[date] = []
        wrong: list[tuple[IgnoreWord | None, str]] = []
        for word in words:
            if word.text.startswith("until="):
                try:
                    match = _UNTIL.fullmatch(word.text)
                    days.append(date.fromisoformat(match[1] if match else ""))
                except ValueError:
                    shown = clipped(word.text, LONGEST_NAME)
                    message = f"`{shown}` is not a date (until=2027-01-31): nothing is hidden"
                    return {}, None, [(word, message)]
            elif problem := self._problem(word.text):
                wrong.append((word, problem))
            else:
                rules[word] = self.book.find(word.text)
        if not rules and not wrong:
            message = "no rule is named, so nothing is hidden: write the code or the name of each"
            wrong.append((None, message))
        return rules, min(days, default=None), wrong

    def _problem(self, word: str) -> str:
        """Why a word names no rule; empty where it does."""
        if word not in self._problems:
            self._problems[word] = self._looked_up(word)
        return self._problems[word]

    def _looked_up(self, word: str) -> str:
        try:
            _, codes = self.book.matching(word, hints=len(self._problems) < _HINTS)
        except UsageError as error:
            return str(error)
        rules = [self.book.by_code[code] for code in codes]
        if any(word in (rule.code, rule.name) for rule in rules):
            return ""
        return f"{echoed(word)} stands for several rules and hides nothing: name each of them"


def _unknown(book: Rulebook, message: str, span: tuple[int, int]) -> IgnoreFinding:
    return IgnoreFinding(book.by_code[UNKNOWN_IGNORE], message, span)
