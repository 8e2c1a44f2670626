"""What the proof of an edit lets pass, and what it does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from k8slint.manifest import prove as module
from k8slint.manifest.edit import Plan, plan
from k8slint.manifest.operations import Append, Delete, Operation, Set
from k8slint.manifest.prove import Unproved, prove
from k8slint.manifest.source import Source
from k8slint.manifest.splice import Edit, apply
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import Document, documents, parse_with_ruamel

TEXT = """\
kind: Deployment # what it is
metadata:
  name: web
  labels:
    untouched: far away
spec:
  replicas: 2
  template:
    spec:
      volumes:
      - name: first
        emptyDir: {}
      - name: second
        emptyDir: {} # untouched
      - name: third
        emptyDir: {}
      containers:
      - name: app
        image: example.com/web:1
        env:
        - {name: A, value: untouched}
        args:
        - one
        - two
        - three
      # the last one
      nodeSelector:
        zone: a
        size: large # untouched
        disk: fast
  paused: false
"""
POD = ("spec", "template", "spec")
GRACE = Set((*POD, "terminationGracePeriodSeconds"), 45, ("containers",))

# Offsets of the text between the marks are replaced in the result of a planned repair.
CORRUPTED = (
    ("another value", "Seconds: 45", "Seconds: 54", "the result does not say what was intended"),
    ("another type", "Seconds: 45", "Seconds: '45'", "the result does not say what was intended"),
    ("a value elsewhere", "replicas: 2", "replicas: 3", "the result does not say"),
    ("a key elsewhere", "paused:", "pausd:", "the result does not say what was intended"),
    ("quotes elsewhere", "zone: a", "zone: 'a'", "the result does not say what was intended"),
    ("an item less", "        - two\n", "", "the result does not say what was intended"),
    ("an anchor more", "paused: f", "paused: &a f", "the result does not say what was intended"),
    ("a document more", "  paused: false\n", "  paused: false\n...\n---\nx\n", "2 documents"),
    ("no YAML", "paused: false", "paused: ]", "the result is not valid YAML"),
    ("a comment less", " # what it is", "", "a comment would be lost or changed"),
    ("another comment", "# what it is", "# what it was", "a comment would be lost or changed"),
)


def document(text: str) -> Document:
    source = Source("x.yaml", text)
    (chunk,) = split_documents(text)
    (read,) = documents(source, chunk)
    return read


def planned(text: str, *wanted: Operation) -> Plan:
    return plan(document(text), wanted)


def proved(one: Plan, edits: tuple[Edit, ...] | None = None) -> str:
    return prove(one.document, one.changes, one.edits if edits is None else edits)


@pytest.mark.parametrize(
    ("old", "new", "reason"), [case[1:] for case in CORRUPTED], ids=[case[0] for case in CORRUPTED]
)
def test_a_corrupted_edit_is_not_proved(old: str, new: str, reason: str) -> None:
    good = planned(TEXT, GRACE)
    after = proved(good)
    assert after.count(old) == 1
    whole = Edit(0, len(TEXT), after.replace(old, new))
    with pytest.raises(Unproved, match=reason):
        proved(good, (whole,))


def test_json_stays_json() -> None:
    """A comma more is fine in YAML, and says the same."""
    good = planned('{"a": {"b": [1]}, "c": 2}', Set(("c",), 3))
    with pytest.raises(Unproved, match="the result is not valid JSON"):
        proved(good, (*good.edits, Edit(15, 15, ",")))


def test_a_byte_that_changes_outside_of_the_edits_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A blank more changes no value and no comment: only the way back tells."""
    good = planned(TEXT, GRACE)

    def apply_and_more(text: str, edits: Sequence[Edit]) -> str:
        return apply(text, edits).replace("paused: false", "paused:  false")

    monkeypatch.setattr(module, "apply", apply_and_more)
    with pytest.raises(Unproved, match="undoing the edits does not give the old text back"):
        proved(good)


OPERATIONS: tuple[tuple[Operation, ...], ...] = (
    (GRACE,),
    (Set((*POD, "containers", 0, "image"), "example.com/web:2"),),
    (Set((*POD, "containers", 0, "lifecycle"), {"preStop": {"sleep": {"seconds": 5}}}),),
    (Append((*POD, "containers"), {"name": "more"}),),
    (Delete((*POD, "nodeSelector")),),
    (GRACE, Set(("spec", "replicas"), 3)),
    (GRACE, Set((*POD, "containers", 0, "args"), ["one"])),
)


def shown_to_ruamel(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    shown: list[str] = []

    def read(text: str) -> Any:
        shown.append(text)
        return parse_with_ruamel(text)

    monkeypatch.setattr(module, "parse_with_ruamel", read)
    return shown


@pytest.mark.parametrize("operations", OPERATIONS, ids=str)
def test_the_second_reader_is_shown_what_changes_and_not_what_is_far(
    operations: tuple[Operation, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = shown_to_ruamel(monkeypatch)
    after = proved(planned(TEXT, *operations))
    assert "far away" not in "".join(shown)
    new = [line for line in after.splitlines() if line not in TEXT.splitlines()]
    for line in new:
        assert any(line in part.splitlines() for part in shown), line


# What is next to a change, at the side of it.
SHOWN: tuple[tuple[Operation, str], ...] = (
    (
        GRACE,
        """\
      containers:
      - name: app
        args:
        - three
      terminationGracePeriodSeconds: 45
      # the last one
      nodeSelector:
        zone: a
""",
    ),
    (
        Set(("spec", "replicas"), 3),
        """\
  replicas: 3
  template:
    spec:
      volumes:
      - name: first
""",
    ),
    (
        Append((*POD, "volumes"), {"name": "more"}),
        """\
      - name: third
        emptyDir: {}
      - name: more
""",
    ),
    # Anything may be where something was.
    (
        Delete((*POD, "containers")),
        """\
      volumes:
      - name: first
      - name: third
        emptyDir: {}
      # the last one
      nodeSelector:
        zone: a
        disk: fast
""",
    ),
)


@pytest.mark.parametrize(("operation", "part"), SHOWN, ids=str)
def test_the_second_reader_is_shown_both_neighbours(
    operation: Operation, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = shown_to_ruamel(monkeypatch)
    proved(planned(TEXT, operation))
    assert shown == [part]


def test_the_second_reader_is_shown_no_more_where_entries_share_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "spec:\n  a:\n  - b:\n      c: 1\n      d: 2\n      e: 3\n    f: 4\n  h: 5\n"
    shown = shown_to_ruamel(monkeypatch)
    proved(planned(text, Set(("spec", "h"), 6)))
    assert shown == [text.replace("      d: 2\n", "").replace("spec:\n", "").replace("5", "6")]


@pytest.mark.parametrize("operations", OPERATIONS, ids=str)
def test_a_second_reader_that_disagrees_is_heard(
    operations: tuple[Operation, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = planned(TEXT, *operations)
    after = proved(good)
    for line in {*after.splitlines()} - {*TEXT.splitlines()}:

        def misread(text: str, line: str = line) -> Any:
            key, colon, value = line.rpartition(" ")
            return parse_with_ruamel(text.replace(line, f"{key}{colon}x{value}"))

        monkeypatch.setattr(module, "parse_with_ruamel", misread)
        with pytest.raises(Unproved, match="ruamel"):
            proved(good)


def test_a_change_in_one_of_many_containers_is_read_without_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    containers = "".join(f"- name: c{n}\n  image: i{n}\n  tty: true\n" for n in range(9))
    shown = shown_to_ruamel(monkeypatch)
    first, last = Set(("spec", 4, "image"), "new"), Set(("spec", 7, "image"), "new")
    one = planned(f"spec:\n{containers}", first)
    two = planned(f"spec:\n{containers}", first, last)
    assert proved(one).count("new") == 1
    assert proved(two).count("new") == 2
    four = "  name: c4\n  image: new\n  tty: true\n"
    assert shown == [four, four, four.replace("c4", "c7")]


def test_a_reading_leaves_nothing_behind_for_the_next() -> None:
    first = parse_with_ruamel("{a: 1, b:2}\n")
    bad = ("%YAML 1.1\n---\n{a: 1, b:2}\n", "a: *b\n", "a: [\n", "a: 'b\n", "\x00", "--- a\n--- b")
    kept = []
    for text in bad:
        try:
            parse_with_ruamel(text)
        except Exception as error:  # noqa: BLE001 - kept on purpose, with all that it holds
            kept.append(error)
        assert _plain(parse_with_ruamel("{a: 1, b:2}\n")) == _plain(first), text
    assert len(kept) > 3


def _plain(read: Any) -> list[str]:
    return [repr([(key.value, value.value) for key, value in root.value]) for root, _ in read]
