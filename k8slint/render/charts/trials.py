"""Trials: render a chart with a change, to see what in the result comes from where."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from functools import lru_cache
from itertools import chain

from k8slint.manifest.source import Source
from k8slint.manifest.stream import Chunk, split_documents
from k8slint.manifest.tree import Document, YamlError, documents
from k8slint.manifest.values import Value, root
from k8slint.render.charts.helm import Chart
from k8slint.render.tools import NotRendered, Workshop
from k8slint.render.written import SourceFiles

# The most trials of a chart in a run, and the most characters of their output.
_MOST = 500
_MOST_RENDERED = 100_000_000


def render_with(
    chart: Chart,
    key: Hashable,
    changed: Callable[[], Mapping[str, bytes]],
    files: SourceFiles,
    place: Workshop,
) -> str:
    """Render with other bytes in some files; nothing if that fails.

    `key` stands for the change, which is made once.
    """
    texts = files.trials_of(chart.name).texts
    if key not in texts:
        if len(texts) >= _MOST or sum(map(len, texts.values())) > _MOST_RENDERED:
            return ""
        try:
            texts[key] = chart.build(place, {**files.changed, **changed()})
        except NotRendered:
            texts[key] = ""
    return texts[key]


def same_object(text: str, document: Document) -> Document | None:
    """Return the document of a rendered text about the same object as another document."""
    wanted = _identity(root(document))
    name = wanted[-1] or ""
    chunks = _split(text)
    named = (chunk for chunk in chunks if name in chunk.text)
    others = (chunk for chunk in chunks if name not in chunk.text)
    for chunk in chain(named, others):
        with suppress(YamlError):
            for one in documents(Source("", text), chunk):
                if _identity(root(one)) == wanted:
                    return one
    return None


@lru_cache(maxsize=1)
def _split(text: str) -> tuple[Chunk, ...]:
    """Return the parts of a text, in which one object after the other is looked for."""
    return tuple(split_documents(text))


def _identity(top: Value) -> tuple[str | None, ...]:
    return (
        top.get("kind").text,
        top.at("metadata", "namespace").text,
        top.at("metadata", "name").text,
    )
