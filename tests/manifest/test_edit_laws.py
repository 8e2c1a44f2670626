"""Whatever is asked of whatever document: it is refused, or done and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError as RuamelError

from k8slint.manifest.edit import plan
from k8slint.manifest.operations import Append, Delete, Move, Operation, Set
from k8slint.manifest.prove import prove
from k8slint.manifest.source import NotText, decode
from k8slint.manifest.splice import Refused
from k8slint.manifest.stream import split_documents
from k8slint.manifest.tree import Document, YamlError, documents
from k8slint.manifest.values import Pointer
from tests.fuzz import kyaml_text, manifest, operations
from tests.tables import DUMPER, LOADER
from tests.tiers import tries

LIKELY = settings(
    max_examples=tries(60),
    phases=[Phase.generate],
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
# Files of the corpus that are tried, of about 900, and variants of each.
SAMPLE = 36


def by_pyyaml(text: str) -> Any:
    return plain(yaml.compose(text, Loader=LOADER))


def by_ruamel(text: str) -> Any:
    return plain(YAML(typ="safe", pure=True).compose(text))


def plain(node: Any) -> Any:
    """Nodes of either library as data; scalars as their type and text."""
    if node is None or str(node.tag).endswith(":null"):
        return None
    if isinstance(node.value, str):
        return str(node.tag).rpartition(":")[2], node.value
    if node.id == "sequence":
        return [plain(item) for item in node.value]
    merged: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for key, value in node.value:
        if str(key.tag).endswith(":merge"):
            every = value.value if value.id == "sequence" else [value]
            for mapping in reversed([one for one in every if one.id == "mapping"]):
                merged |= plain(mapping)
        else:
            own[key.value] = plain(value)
    return merged | own


def as_plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {key: as_plain(child) for key, child in value.items()}
    if isinstance(value, str):
        return "str", value
    if isinstance(value, int):
        return "int", str(value)
    assert isinstance(value, Sequence)
    return [as_plain(child) for child in value]


def done(data: Any, wanted: Sequence[Operation]) -> Any:
    """Data with the changes made the simple way."""
    for operation in wanted:
        match operation:
            case Set(pointer, value, _, key):
                holder = within(data, pointer[:-1])
                if key:
                    del holder[pointer[-1]]
                holder[key or pointer[-1]] = as_plain(value)
            case Append(pointer, value):
                within(data, pointer).append(as_plain(value))
            case Delete(pointer):
                del within(data, pointer[:-1])[pointer[-1]]
            case Move(pointer, to, _, value):
                moved = within(data, pointer[:-1]).pop(pointer[-1])
                within(data, to[:-1])[to[-1]] = moved if value is None else as_plain(value)
    return data


def within(data: Any, pointer: Pointer) -> Any:
    for part in pointer:
        if isinstance(part, str) and data.get(part) is None:
            data[part] = {}
        data = data[part]
    return data


def hold_the_laws(document: Document, wanted: Sequence[Operation]) -> bool:
    """Whether the changes are made; they are made as the laws demand or refused."""
    before = document.text
    try:
        planned = plan(document, wanted)
        after = prove(document, planned.changes, planned.edits)
    except Refused:
        return False
    for reading in (by_pyyaml, by_ruamel):
        try:
            data = reading(before)
        except (yaml.YAMLError, RuamelError, ValueError, RecursionError):
            continue
        assert reading(after) == done(data, wanted)
    if not planned.edits:
        assert after == before
        return True
    first, last = planned.edits[0].start, max(edit.end for edit in planned.edits)
    head, tail = before[: first - document.start], before[last - document.start :]
    assert after.startswith(head)
    assert after.endswith(tail)
    if all(isinstance(operation, Set) and not operation.key for operation in wanted):
        assert again(document, after, wanted) == after
    return True


def again(document: Document, text: str, wanted: Sequence[Operation]) -> str:
    (second,) = read(document.source.encode(text))
    try:
        planned = plan(second, wanted)
    except Refused:
        return text
    return prove(second, planned.changes, planned.edits)


def read(data: bytes) -> list[Document]:
    source = decode(data, "law.yaml")
    return [
        document for chunk in split_documents(source.text) for document in documents(source, chunk)
    ]


@LIKELY
@given(st.randoms(use_true_random=False))
def test_generated_manifests(random: Random) -> None:
    try:
        found = read(manifest(random).encode())
    except YamlError:
        return
    for document in found:
        hold_the_laws(document, operations(document, random))


def crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def without_final_newline(text: str) -> str:
    return text.rstrip("\r\n")


def with_trailing_blanks(text: str) -> str:
    return "".join(
        f"{line}  \n" if line.rstrip().endswith(":") else f"{line}\n" for line in text.splitlines()
    )


def indented(text: str) -> str:
    return written(text, indent=4)


def in_flow(text: str) -> str:
    return written(text, default_flow_style=True, width=60)


def written(text: str, **style: Any) -> str:
    data = strings(text)
    return str(yaml.dump_all(data, Dumper=DUMPER, allow_unicode=True, sort_keys=False, **style))


def in_json(text: str) -> str:
    (value,) = strings(text)
    return json.dumps(value, indent=2) + "\n"


def in_kyaml(text: str) -> str:
    return "".join(map(kyaml_text, strings(text)))


def strings(text: str) -> list[Any]:
    """Documents with every scalar as text, so that no library's types matter."""
    return [*yaml.load_all(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))]


def same(text: str) -> str:
    return text


def with_mark(text: str) -> str:
    return f"\ufeff{text}"


VARIANTS: tuple[Callable[[str], str], ...] = (
    *(same, crlf, with_mark, without_final_newline, with_trailing_blanks),
    *(indented, in_flow, in_json, in_kyaml),
)


@cache
def corpus_texts(folder: Path) -> list[str]:
    """Some texts of the corpus, always the same, without those that no library reads."""
    return [*islice(readable(folder), SAMPLE)]


def readable(folder: Path) -> Iterator[str]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml", ".json"))
    Random(0).shuffle(paths)
    for path in paths:
        data = path.read_bytes()
        if len(data) < 4_000:
            try:
                text = decode(data, path.name).text
                strings(text)
            except (NotText, yaml.YAMLError):
                continue
            yield text


@pytest.mark.parametrize("variant", VARIANTS)
def test_corpus(corpus: Path, variant: Callable[[str], str]) -> None:
    random = Random(variant.__name__)
    made = 0
    for text in corpus_texts(corpus):
        try:
            found = read(variant(text).encode())
        except (YamlError, ValueError, RecursionError):
            continue
        for document in found[:3]:
            made += hold_the_laws(document, operations(document, random))
    assert made > SAMPLE / 4
