"""Edits of texts that are long, deep or wide: cases 7, 49 and 63 of the test list."""

from __future__ import annotations

import pytest

from k8slint.manifest.edit import plan
from k8slint.manifest.operations import Set
from k8slint.manifest.prove import prove
from k8slint.manifest.source import Source
from k8slint.manifest.splice import Refused
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import YamlError, documents

SET = Set(("spec", "terminationGracePeriodSeconds"), 45, ("containers",))


def fixed(text: str) -> str:
    source = Source("x.yaml", text)
    done = ""
    for chunk in split_documents(text):
        (document,) = documents(source, chunk)
        planned = plan(document, [SET])
        done += prove(document, planned.changes, planned.edits)
    return done


def test_twenty_levels_are_fixed() -> None:
    levels = "".join(f"{' ' * (n + 1)}k{n}:\n" for n in range(20))
    text = f"spec:\n  containers: []\nother:\n{levels}{' ' * 21}end: 1\n"
    grace = "  terminationGracePeriodSeconds: 45\n"
    assert fixed(text) == text.replace("  containers: []\n", f"  containers: []\n{grace}")


@pytest.mark.parametrize("depth", [600, 3_000])
def test_thousands_of_levels_are_refused(depth: int) -> None:
    text = f"spec:\n  containers: []\nother: {'[' * depth}{']' * depth}\n"
    with pytest.raises((Refused, YamlError), match=r"too deep|deeper"):
        fixed(text)


def test_a_long_line_stays_as_it_is() -> None:
    line = f"  note: {'x' * 5_000} # {'y' * 5_000}\n"
    text = f"spec:\n{line}  containers: []\n"
    assert fixed(text) == text + "  terminationGracePeriodSeconds: 45\n"


def test_more_lines_than_some_parsers_take() -> None:
    lines = "".join(f"  key-{n}: value\n" for n in range(33_000))
    text = f"spec:\n  containers: []\n---\nspec:\n  containers: []\ndata:\n{lines}"
    grace = "  terminationGracePeriodSeconds: 45\n"
    assert fixed(text) == text.replace("  containers: []\n", f"  containers: []\n{grace}")


class ReadText(str):
    """A text that counts how often the actions of a template are looked for in all of it."""

    __slots__ = ()
    searches = 0

    def __contains__(self, part: object) -> bool:
        type(self).searches += part == "{{"
        return super().__contains__(str(part))


def test_a_document_is_searched_for_actions_once() -> None:
    text = "spec:\n  containers: []\n"
    (document,) = documents(Source("x.yaml", text), next(iter(split_documents(text))))
    document.text = ReadText(text)
    for grace in range(9):
        assert plan(document, [SET._replace(value=grace)]).edits
    assert ReadText.searches == 1
