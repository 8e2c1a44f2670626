"""Redact words of values and Secrets in everything that is reported about a rendering.

A secret cannot be recognized by its key or its looks. So each word of a values file is redacted
unless it is known to be public: a number, the name or the image of something, a word of a
template, or one that k8slint itself uses.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import quote

from k8slint.lazy import cached_property
from k8slint.lint.diagnosis import Diagnostic, Fix
from k8slint.lint.reports import FileReport
from k8slint.lint.rulebook import Rulebook
from k8slint.lint.rulefile import shipped_folder
from k8slint.manifest.source import Location, Source
from k8slint.manifest.stream import split_documents
from k8slint.manifest.values import Value
from k8slint.records import NamedTuple
from k8slint.render.written import TooLarge, parsed, scalars, top_objects

# Shorter words are parts of others.
_LEAST = 4
_MASK = "***"
# A number, of seconds or bytes too: findings consist of them.
_NUMBER = re.compile(r"[-+]?\d{1,7}(?:\.\d{1,3})?(?:%|[A-Za-z]{1,2})?|(?:\d{1,5}(?:h|ms?|s))+")
_PART = re.compile(rf"[\w.+-]{{{_LEAST},}}")
_WORD = re.compile(r"[a-z0-9]+")
# The keys of an object whose values are public, and those below which the keys are the user's
# own.
_PUBLIC = re.compile(
    "name|namespace|generateName|kind|apiVersion|image|type|\\w+ClassName|secretName"
    "|service(?:Account)?Name"
)
_FREE = frozenset({"data", "stringData", "binaryData", "annotations", "labels"})


class _Texts(NamedTuple):
    """The public texts, and their words."""

    text: str
    words: frozenset[str]


class Redaction:
    """Takes words out of texts, unless they are in a public text."""

    def __init__(self, words: Iterable[str], public: Iterable[str]) -> None:
        self._words = {word.strip() for word in words}
        self._public = public
        self._known: dict[str, bool] = {}

    def text(self, text: str, *, keeps_length: bool = False) -> str:
        """Return a text without the words."""
        if not self._forms:
            return text
        lower, shown, at = _lower(text), [], 0
        while at < len(text):
            size = next(self._sizes(lower, at), 0)
            shown.append(text[at] if not size else "*" * size if keeps_length else _MASK)
            at += size or 1
        return "".join(shown)

    def diagnosis(self, one: Diagnostic) -> Diagnostic:
        """Return a finding without the words; the names of its object stay."""
        hides = one.suppressed
        return one._replace(
            message=self.text(one.message),
            at=self._location(one.at),
            because=self._location(one.because) if one.because else None,
            chain=tuple(map(self._location, one.chain)),
            fix=self._fix(one.fix) if one.fix else None,
            suppressed=hides._replace(reason=self.text(hides.reason)) if hides else None,
            unfixed=self.text(one.unfixed),
            owners=tuple(map(self.text, one.owners)),
        )

    def report(self, file: FileReport) -> FileReport:
        """Return the report on a file without the words."""
        return file._replace(
            diagnoses=tuple(map(self.diagnosis, file.diagnoses)),
            suppressed=tuple(map(self.diagnosis, file.suppressed)),
            fixed=tuple(map(self.diagnosis, file.fixed)),
            error=self.text(file.error),
            failed=tuple(map(self.text, file.failed)),
            diff=self.text(file.diff, keeps_length=True),
            coverage=tuple(one._replace(detail=self.text(one.detail)) for one in file.coverage),
            unignored=tuple((self.diagnosis(one), self.text(why)) for one, why in file.unignored),
        )

    def _location(self, place: Location) -> Location:
        text = self.text(place.text, keeps_length=True)  # Columns count in it.
        return place._replace(text=text, label=self.text(place.label))

    def _fix(self, fix: Fix) -> Fix:
        is_whole = all(self.text(edit.content) == edit.content for edit in fix.edits)
        return fix._replace(
            title=self.text(fix.title),
            edits=fix.edits if is_whole else (),
            unsafe=self.text(fix.unsafe),
            refused=self.text(fix.refused),
        )

    def _sizes(self, lower: str, at: int) -> Iterator[int]:
        """Yield the lengths of the words that begin at an offset, the longest first."""
        for form in self._forms.get(lower[at : at + _LEAST], ()):
            if lower.startswith(form, at) and not self._is_public(form):
                yield len(form)

    @cached_property
    def _forms(self) -> dict[str, list[str]]:
        """The spellings of the words, by their beginnings."""
        every = {_lower(form) for word in self._words for form in _forms_of(word)}
        found: dict[str, list[str]] = defaultdict(list)
        for form in sorted(every, key=len, reverse=True):
            if len(form) >= _LEAST and not _NUMBER.fullmatch(form):
                found[form[:_LEAST]].append(form)
        return found

    def _is_public(self, form: str) -> bool:
        """Whether a text is public, or each of its parts: a command, an address."""
        if form not in self._known:
            self._known[form] = any(form in known.text for known in self._texts)
            parts = {one for one in _WORD.findall(form) if not _NUMBER.fullmatch(one)}
            if parts and form.isascii() and not self._known[form]:
                self._known[form] = not parts.difference(*(known.words for known in self._texts))
        return self._known[form]

    @cached_property
    def _texts(self) -> tuple[_Texts, ...]:
        return _texts_of("\n".join(self._public)), _own()


def names(source: Source) -> Iterator[str]:
    """Yield the names in the objects of a rendered text, which are public."""
    for one in _objects(source):
        for scalar in _scalars(one):
            key = scalar.pointer[-1] if scalar.pointer else ""
            is_free = not _FREE.isdisjoint(scalar.pointer)
            if isinstance(key, str) and _PUBLIC.fullmatch(key) and not is_free:
                yield scalar.text or ""


def secrets(source: Source) -> Iterator[str]:
    """Yield the words of the Secrets in a rendered text."""
    for one in _objects(source, "Secret"):
        if one.get("kind").text == "Secret":
            yield from (word.text or "" for word in _scalars(one.get("stringData")))
            for word in _scalars(one.get("data")):
                yield (coded := word.text or "")
                with suppress(ValueError):
                    yield base64.b64decode(coded, validate=True).decode("utf-8", "replace")


def _lower(text: str) -> str:
    """Return a text in lower case, with each character in its place."""
    if text.isascii():
        return text.lower()
    return "".join(small if len(small := one.lower()) == 1 else one for one in text)


def _objects(source: Source, word: str = "") -> Iterator[Value]:
    """The objects of a text, one document after the other, of those with a word in them."""
    for chunk in split_documents(source.text):
        if word in chunk.text:
            for document in parsed(source.saying(chunk.text)):
                yield from top_objects(document)


def _scalars(value: Value) -> Iterator[Value]:
    with suppress(TooLarge):
        yield from scalars(value)


def _forms_of(word: str) -> Iterator[str]:
    """Yield a word, the words in it, and how a template or a message may write it."""
    yield word
    yield from word.split()
    yield from _PART.findall(word)
    for line in (word, f"{word}\n"):
        yield base64.b64encode(line.encode("utf-8", "replace")).decode().rstrip("=")
    yield json.dumps(word)[1:-1]
    yield shlex.quote(word).strip("'")
    yield word.replace("'", "''")
    yield quote(word)
    yield quote(word, safe="")


def rule_texts(books: Iterable[Rulebook]) -> Iterator[str]:
    """Return the texts of rules, custom ones too."""
    files = {shipped_folder() / rule.file for book in books for rule in book.rules}
    yield from (file.read_text("utf-8", "replace") for file in files)


@cache
def _own() -> _Texts:
    """Return the text of k8slint, of which no word is a secret, but for the names of images."""
    folder = Path(__file__).parent.parent.parent
    images = folder / "images" / "public"
    files = (path for path in folder.rglob("*.py") if images not in path.parents)
    return _texts_of("\n".join(path.read_text("utf-8") for path in files))


def _texts_of(text: str) -> _Texts:
    lower = _lower(text)
    return _Texts(lower, frozenset(_WORD.findall(lower)))
