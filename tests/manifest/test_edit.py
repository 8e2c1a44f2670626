"""Edits by example: the cases are in `data/edit/`, which explains their notation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
import yaml
from yaml.nodes import MappingNode

from k8slint.manifest.edit import Edit, apply, plan
from k8slint.manifest.operations import Append, Delete, Keep, Move, Operation, Set, Siblings
from k8slint.manifest.prove import prove
from k8slint.manifest.source import decode
from k8slint.manifest.splice import Refused
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import Document, documents
from k8slint.manifest.values import Pointer, Value, root
from tests.places import DATA

CASES = DATA / "edit"
GRACE = "terminationGracePeriodSeconds"
AFTER: dict[str, Siblings] = {
    "lifecycle": ("imagePullPolicy", "image"),
    "preStop": ("imagePullPolicy", "image"),
    "hook": (("startupProbe", "livenessProbe"), "ports"),
    GRACE: ("serviceAccountName", "securityContext", "restartPolicy", "containers"),
}
MARKS = {"␍": "\r", "␉": "\t", "␠": " ", "␂": "\ufeff", "␤": "\x85", "⏎": "\u2028", "␄\n": ""}

CASE = re.compile(
    r"^## (?P<name>.+)\n(?:(?!```|## ).*\n)*"
    r"```\w*\n(?P<before>(?:(?!```).*\n)*)```\n\n"
    r"(?P<operations>(?:- .+\n)+)\n"
    r"(?:refused: (?P<refused>.+)\n|```\w*\n(?P<after>(?:(?!```).*\n)*)```\n)",
    re.MULTILINE,
)
OPERATION = re.compile(
    r"(?P<verb>set|append|delete|move) (?P<pointer>/.+?)"
    r"(?: to (?P<to>/.+?))?(?: as (?P<key>\w+))?(?: = (?P<value>.+))?"
)


class Case(NamedTuple):
    name: str
    before: str
    operations: tuple[str, ...]
    after: str
    refused: str | None


class KeepLoader(yaml.SafeLoader):
    """Reads `!keep /a/b` as what is written there."""


KeepLoader.add_constructor("!keep", lambda _, node: Keep(pointer(node.value)))


def cases() -> Iterator[Case]:
    for path in sorted(CASES.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        found = [*CASE.finditer(text)]
        assert len(found) == text.count("\n## "), f"{path.name} has a case of another form"
        for match in found:
            operations = tuple(line[2:] for line in match["operations"].splitlines())
            before, after = unmarked(match["before"]), unmarked(match["after"] or "")
            yield Case(match["name"], before, operations, after, match["refused"])


def unmarked(text: str) -> str:
    for mark, character in MARKS.items():
        text = text.replace(mark, character)
    return text


def pointer(text: str) -> Pointer:
    return tuple(int(part) if part.isdecimal() else part for part in text.split("/")[1:])


def operations(document: Document, line: str) -> Iterator[Operation]:
    if line == "ins":
        yield from inserted(document)
        return
    match = OPERATION.fullmatch(line)
    assert match, line
    place = pointer(match["pointer"])
    value = yaml.load(match["value"] or "", Loader=KeepLoader)
    match match["verb"]:
        case "set":
            yield Set(place, value, AFTER.get(str(place[-1]), ()), key=match["key"])
        case "append":
            yield Append(place, value)
        case "delete":
            yield Delete(place)
        case "move":
            to = pointer(match["to"])
            yield Move(place, to, AFTER.get(str(to[-1]), ()), value=value)


def inserted(document: Document) -> Iterator[Operation]:
    for pod in pod_specs(root(document)):
        for containers in (pod.get("initContainers"), pod.get("containers")):
            for container in containers.items():
                place = (*container.pointer, "lifecycle", "preStop")
                yield Set(place, {"sleep": {"seconds": 5}}, AFTER["preStop"])
        yield Set((*pod.pointer, GRACE), 45, AFTER[GRACE])


def pod_specs(value: Value) -> Iterator[Value]:
    for item in value.get("items").items():
        yield from pod_specs(item)
    for spec in (value.get("spec"), value.at("spec", "template", "spec")):
        if isinstance(spec.node, MappingNode) and spec.get("containers").key:
            yield spec


def edited(data: bytes, lines: tuple[str, ...]) -> bytes:
    source = decode(data, "case.yaml")
    edits: list[Edit] = []
    for chunk in split_documents(source.text):
        for document in documents(source, chunk):
            planned = plan(document, [op for line in lines for op in operations(document, line)])
            prove(document, planned.changes, planned.edits)
            edits += planned.edits
    return source.encode(apply(source.text, edits))


@pytest.mark.parametrize("case", [*cases()], ids=lambda case: case.name)
def test_edit(case: Case) -> None:
    before = case.before.encode()
    if case.refused:
        with pytest.raises(Refused) as refusal:
            edited(before, case.operations)
        assert str(refusal.value) == case.refused
        return
    after = edited(before, case.operations)
    assert after.decode() == case.after
    if case.operations == ("ins",):
        assert edited(after, case.operations) == after
