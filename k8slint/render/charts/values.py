"""Where values of a chart are written: in files, in GitOps objects, or in texts inside of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

from k8slint.kubernetes.given_values import mapping_in
from k8slint.manifest.pyyaml import ScalarNode
from k8slint.manifest.scalars import resolve
from k8slint.manifest.values import Pointer, Value, root
from k8slint.records import NamedTuple
from k8slint.render.tools import NotRendered
from k8slint.render.written import SourceFiles, TooLarge, data, every, find_value, words
from k8slint.type_names import Any, TypeAlias

# Words of a template with what is put in their place.
Words: TypeAlias = tuple[tuple[str, str], ...]

# The number of the document for values that are a whole file.
_WHOLE = -1


class WrittenValues(NamedTuple):
    """Values in a file, an absolute path: all of it, or a place in one of its documents.

    That holds a mapping, a text of YAML, or a single value, which is set at `target` of the
    values. `replaced` are words of a template with what is put in their place, and `sources` say
    of some where that is written: with other bytes there, it is something else.
    """

    file: str
    document: int = _WHOLE
    pointer: Pointer = ()
    target: Pointer = ()
    replaced: Words = ()
    sources: tuple[tuple[str, WrittenValues], ...] = ()

    def tops(self, files: SourceFiles) -> Iterator[Value]:
        """Yield the mappings, as far as what is in them has places in the file."""
        if self.document == _WHOLE:
            yield from map(root, files.documents(self.file))
        elif not self.target and (top := mapping_in(self.value_in(files))):
            yield top

    def values_of_words(self, files: SourceFiles) -> Iterator[tuple[str, Value]]:
        """Yield the values that are put in the place of words, each with its file."""
        for _, one in self.sources:
            with suppress(IndexError):
                yield one.file, one.value_in(files)

    def content(self, files: SourceFiles) -> bytes:
        """Return what helm is to read. Raises NotRendered."""
        try:
            return self._content(files)
        except (OSError, TooLarge, IndexError) as error:
            name = files.name(self.file)
            raise NotRendered(f"the values in {name} cannot be read: {error}") from None

    def words(self, files: SourceFiles) -> Iterator[str]:
        """Yield the words of the values, any of which may be secret. Raises NotRendered."""
        yield from (new for _, new in self.replaced)
        if self.document == _WHOLE:
            yield from words(files, self.file)
            return
        value = self.value_in(files)
        top = mapping_in(value)
        if top is None:
            yield from (value.text or "").split()
            return
        try:
            for one in every(top):
                if isinstance(one.node, ScalarNode):
                    yield one.text or ""
        except TooLarge:
            raise NotRendered("it has too many values to redact them") from None

    def _content(self, files: SourceFiles) -> bytes:
        if self.document == _WHOLE and not self.replaced:
            return files.bytes_of(self.file)
        value = None if self.document == _WHOLE else self.value_in(files)
        text = value.text if value else files.source(self.file).text
        if value and self.target:
            return json.dumps(_nest(self.target, _as_set(text or ""))).encode()
        if value and text is None:
            return replace_words(json.dumps(data(value)), self._words_now(files)).encode()
        for word, new in self._words_now(files):
            text = (text or "").replace(word, new)
        return (text or "").encode()

    def _words_now(self, files: SourceFiles) -> Words:
        """Return the words with what is put in their place. Raises NotRendered."""
        now = dict(self.replaced)
        for word, one in self.sources:
            if one.file in files.changed:
                new = spoken(one.value_in(files))
                if new is None or "{{" in new:
                    raise NotRendered(f"what {word} stands for is not known any more")
                now[word] = new
        return tuple(now.items())

    def value_in(self, files: SourceFiles) -> Value:
        """Return the value. Raises IndexError if its document is no longer there."""
        return find_value(root(files.documents(self.file)[self.document]), self.pointer)


def spoken(value: Value) -> str | None:
    """Return what an expression writes for a value; None for what is not a plain one."""
    scalar = value.scalar
    if isinstance(scalar, bool):
        return str(scalar).lower()
    is_plain = isinstance(scalar, str) or (isinstance(scalar, int) and str(scalar) == value.text)
    return str(scalar) if is_plain else None


def replace_words(text: str, words: Words) -> str:
    """Return a text of JSON with words in its strings replaced."""
    for word, new in words:
        text = text.replace(json.dumps(word)[1:-1], json.dumps(new)[1:-1])
    return text


def _nest(path: Pointer, value: Any) -> Any:
    """Return a value below mappings with the keys of a path."""
    for key in reversed(path):
        value = {key: value}
    return value


def _as_set(text: str) -> Any:
    """Return what Flux reads from a single value: quotes make it a string."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text.strip(text[0])
    return resolve(text)
