"""Documents in the text of scalars: a place in one is a place in the file, or it is not read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yaml.nodes import MappingNode

from k8slint.manifest.changes import PairReplacement
from k8slint.manifest.embedded import embedded
from k8slint.manifest.prove import Unproved, prove
from k8slint.manifest.source import Source
from k8slint.manifest.splice import Edit
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import YamlError, documents
from k8slint.manifest.values import Value, root

READ = {
    "plain": "  text: |\n    a: 1\n    b: 2\n",
    "stripped": "  text: |-\n    a: 1\n    b: 2\n",
    "kept": "  text: |+\n    a: 1\n    b: 2\n\n\n  next: 1\n",
    "with a comment": "  text: | # a comment\n    # another\n    a: 1\n    b: 2\n",
    "with an indentation": "  text: |2\n    a: 1\n    b: 2\n",
    "with blank lines": "  text: |\n\n    a: 1\n\n    b: 2\n",
    "with CRLF": "  text: |\r\n    a: 1\r\n    b: 2\r\n",
    "at the end": "  text: |\n    a: 1\n    b: 2",
    "with text in it": "  text: |\n    a: 1\n    b: 2\n    c: |\n      x\n       y\n",
    "with an anchor": "  text: |\n    a: 1\n    b: 2\n    c: &x {}\n    d: *x\n",
}
NOT_READ = {
    "in quotes": '  text: "a: 1"\n',
    "folded": "  text: >\n    a: 1\n",
    "no YAML": "  text: |\n    a: {\n",
    "several documents": "  text: |\n    a: 1\n    ---\n    b: 2\n",
    "empty": "  text: |\n",
    "a directive": "  text: |\n    %YAML 1.2\n    ---\n    a: 1\n",
    "a mapping": "  text: {a: 1}\n",
    "nothing": "  other: 1\n",
}


def value_in(text: str) -> Value:
    source = Source("x.yaml", f"# above\nkey:\n{text}")
    (chunk,) = split_documents(source.text)
    return root(documents(source, chunk)[0]).at("key", "text")


def said(value: Value) -> object:
    found = {key: said(one) for key, one in value.entries()}
    return found or [said(one) for one in value.items()] or value.scalar


@pytest.mark.parametrize("name", READ)
def test_places_are_those_in_the_file(name: str) -> None:
    value = value_in(READ[name])
    inner = embedded(value)
    assert inner
    text = value.document.source.text
    for key in "ab":
        start, end = root(inner).get(key).span
        assert text[start:end] == root(inner).get(key).text
        assert text[:start].endswith(f"{key}: ")


@pytest.mark.parametrize("name", NOT_READ)
def test_what_has_no_places_is_none(name: str) -> None:
    assert embedded(value_in(NOT_READ[name])) is None


@given(st.text("ab12:|>-+ \n#'\"{}&*!%\t", max_size=40))
def test_what_is_read_says_the_same_as_the_bare_text(text: str) -> None:
    lines = "".join(f"    {line}\n" for line in text.split("\n"))
    try:
        value = value_in(f"  text: |\n{lines}")
    except (YamlError, IndexError, ValueError):  # Nothing is embedded in it.
        return
    inner = embedded(value)
    if inner is not None:
        (bare,) = documents(Source("", value.text or ""), next(split_documents(value.text or "")))
        assert said(root(inner)) == said(root(bare))


@pytest.mark.parametrize(
    ("new", "is_proved"), [("2", True), ("2\n  x: 1", False), ("2\n    x: 1", False), ("3", False)]
)
def test_an_edit_is_proved_in_the_document_around_it(new: str, *, is_proved: bool) -> None:
    inner = embedded(value_in("  text: |\n    a: 1\n    b: 2\n  next: 3\n"))
    assert inner
    owner = inner.root
    assert isinstance(owner, MappingNode)
    change = PairReplacement(owner, (owner,), 0, "a", 2)
    span = root(inner).get("a").span
    if is_proved:
        assert "a: 2" in prove(inner, [change], [Edit(*span, new)])
    else:
        with pytest.raises(Unproved):
            prove(inner, [change], [Edit(*span, new)])
