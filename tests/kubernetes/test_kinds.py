"""Which objects have pods, and where: every row of the tables of kinds with an object."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from k8slint.kubernetes import facts, kinds
from k8slint.kubernetes.kinds import BUILT_IN, Kinds, PodPaths
from k8slint.kubernetes.pod_templates import CUSTOM, PodTemplate
from k8slint.kubernetes.workload import workloads
from k8slint.lint import parsed as parsed_files
from k8slint.manifest.outline import outline_of
from k8slint.manifest.source import Source
from k8slint.manifest.stream import Chunk, split_documents
from k8slint.manifest.tree import Document, YamlError, documents
from k8slint.manifest.values import root
from tests.command import k8slint
from tests.tables import check_examples, check_keys, table
from tests.tiers import tries

# The first row is what the others are made of.
CASES: list[dict[str, Any]] = table("kinds.yaml")[1:]


def parsed(data: dict[str, Any]) -> Document:
    source = Source("x.json", json.dumps(data))
    (document,) = (
        found for chunk in split_documents(source.text) for found in documents(source, chunk)
    )
    return document


def pods_in(document: Document, known: Kinds) -> list[str | None]:
    """The first container of each pod that is found."""
    return [
        pod.containers[0].name if pod.containers else None
        for workload in workloads(document, known)
        for pod in workload.pods
    ]


def test_every_row_is_understood() -> None:
    for number, case in enumerate(CASES, start=2):
        check_keys(case, f"kinds.yaml, row {number}", ["object", "pods"])


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{n} {case['object'].get('kind')}" for n, case in enumerate(CASES)]
)
def test_the_pods_of_an_object(case: dict[str, Any]) -> None:
    document, known = parsed(case["object"]), Kinds()
    assert pods_in(document, known) == case["pods"]
    assert known.is_candidate(document.source.text) or not case["pods"]
    outline = outline_of(document)
    ways = known.pods_in(outline) if outline else None
    assert ways is None or len(ways) == len(case["pods"]), "its outline says something else"


def are_noticed(kind: str) -> bool:
    """Whether an example of a kind finds other pods than it has to."""
    known = Kinds()
    return any(
        pods_in(parsed(case["object"]), known) != case["pods"]
        for case in CASES
        if case["object"]["kind"] == kind
    )


@pytest.mark.parametrize("row", CUSTOM, ids=lambda row: f"{row.kind}.{row.group}")
def test_an_example_notices_every_fault_in_a_row(
    row: PodTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = tuple(one for one in CUSTOM if one is not row)

    def is_noticed(instead: tuple[PodTemplate, ...]) -> bool:
        monkeypatch.setattr(kinds, "CUSTOM", (*others, *instead))
        return are_noticed(row.kind)

    check_examples(row, f"tests/data/kinds.yaml, {row.kind}", is_noticed)


@pytest.mark.parametrize("kind", BUILT_IN)
def test_an_example_notices_every_fault_in_a_built_in_kind(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = {name: paths for name, paths in BUILT_IN.items() if name != kind}

    def is_noticed(instead: tuple[PodPaths, ...]) -> bool:
        known = {**others, kind: instead[0]} if instead else others
        monkeypatch.setattr(kinds, "BUILT_IN", known)
        return are_noticed(kind)

    check_examples(BUILT_IN[kind], f"tests/data/kinds.yaml, {kind}", is_noticed)


@pytest.mark.parametrize("group", kinds._BUILT_IN_GROUPS)
def test_an_example_notices_a_lost_group(group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_BUILT_IN_GROUPS", kinds._BUILT_IN_GROUPS - {group})
    assert any(map(are_noticed, BUILT_IN)), f"no example in kinds.yaml is of the group {group!r}"


def test_a_kind_of_any_group_gives_way_to_one_that_is_known() -> None:
    theirs = [
        PodTemplate("Rollout", ("spec.pod",)),
        PodTemplate("Fleet", ("spec.x",), "agones.dev"),
    ]
    known = Kinds(theirs)
    assert known.pod_specs("Rollout", "argoproj.io/v1alpha1") == ("spec.template.spec",)
    assert known.pod_specs("Rollout", "example.com/v1") == ("spec.pod",)
    assert known.pod_specs("Fleet", "agones.dev/v1") == ("spec.x",)


def test_only_a_config_map_is_searched_for_marks() -> None:
    with mock.patch.object(facts, "may_matter", return_value=True) as searched:
        assert not facts.FACTS.are_in("kind: Deployment\n", frozenset({"Deployment"}))
        assert facts.FACTS.are_in("kind: Service\n", frozenset({"Service", "ConfigMap"}))
        assert not searched.called
        assert facts.FACTS.are_in("kind: ConfigMap\n", frozenset({"ConfigMap"}))
        assert searched.call_count == 1


# What may stand between the lines of a ConfigMap, or in place of one.
LINES = (
    *("", "  ", "  # x", "    # x", "# x", "    x", "   x", "  - x", "...", "\t", "    name: x"),
    *("  name: x", "  name: x y", "  name: 'x'", "  name: 'x", "  name: x # y", "  name: &a x"),
    *("  name: {x: y}", "  name:", "  name: |", "  name: 12", "  name: null", "  name : x"),
    *("  'name': x", "  x'", "  name-x: y", "   name: x", " name: x", "  x: |", '  x: "', '  "'),
    *("metadata: {name: x}", "metadata:", "data:", "spec: {kind: Pod}", "kind: Pod", "---", "{"),
    *("metadata : {name: x}", "'metadata': {name: x}", "  <<: {name: x}", "  ? name", "  : x"),
    *("  !!str name: x", '  "n\\x61me": x', "  x: {a: b,", "  }", "  x: y\r  name: x"),
    *('"m\\x65tadata": {name: x}', "<<: {a: &b c}", "? a", "?", ": b", "'a': b", '"a": b', "%a"),
)


SOLE = st.sampled_from(("  name: web", *(line for line in LINES if "name" in line))).map(
    lambda name: ["kind: ConfigMap", "metadata:", name, "data:", "  a: b"]
)


@example(["kind: ConfigMap", "metadata:", "  name: web"], 3, "# x\n  name: x")
@example(["kind: ConfigMap", "metadata:", "  name: web x"], 0, "")
@example(["kind: ConfigMap", "metadata:", "  name: 'web"], 3, "  x'")
@settings(max_examples=tries(500))
@given(
    SOLE | SOLE.flatmap(st.permutations),
    st.integers(0, 5),
    st.lists(st.sampled_from(LINES), max_size=3).map("\n".join),
)
def test_a_sole_name_is_the_name_of_the_object(lines: list[str], at: int, more: str) -> None:
    text = "\n".join((*lines[:at], *([more] if more else []), *lines[at:], ""))
    name = kinds.sole_name(text)
    if not name:
        return
    try:
        tops = [root(one) for one in documents(Source("x", text), Chunk(0, text))]
    except YamlError:
        return
    found = {top.at("metadata", "name").scalar for top in tops if top.text_of("kind")}
    assert {one for one in found if isinstance(one, str)} <= {name}
    assert len(found) < 2


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ("", "web"),
        ("  labels:\n    name: x\n", "web"),
        ("  labels: # x\n    a: 'b'\n    c: \"d\" # e\n  # x\n  names:\n  - name: x\n", "web"),
        ("\n  # x\n", "web"),
        ("# x\n", "web"),
        ("# x\n  name: x\n", ""),
        ("    x\n", ""),
        ("\n    x\n", ""),
        ("  name: x\n", ""),
        ("  'name': x\n", ""),
        ("  x: y\n  name: x\n", ""),
        ("'a': b\n", "web"),
        ("'a': b\n# metadata\n", ""),
        ('"a": "\\n"\n', ""),
        ('a: "\\n"\n# metadata\n', "web"),
    ],
)
def test_which_name_is_sole(more: str, name: str) -> None:
    text = f"kind: ConfigMap\nmetadata:\n  name: web\n{more}"
    assert kinds.sole_name(text) == kinds.sole_name(f"{text}data:\n  x: y\n") == name
    long = text.replace("web", "w" * 300)  # The API takes 253 letters.
    assert not kinds.sole_name(long)


@pytest.mark.parametrize(
    "text",
    [
        # Another key gives the metadata.
        "kind: ConfigMap\nmetadata:\n  name: web\n'metadata':\n  name: x\n",
        "kind: ConfigMap\nmetadata:\n  name: web\nmetadata :\n  name: x\n",
        "kind: ConfigMap\nmetadata:\n  name: web\n? metadata\n: name: x\n",
        "kind: ConfigMap\nmetadata:\n  name: web\n!!str metadata: {name: x}\n",
        "kind: ConfigMap\nmetadata:\n  name: web\n<<: {metadata: {name: x}}\n",
        'kind: ConfigMap\nmetadata:\n  name: web\n"m\\x65tadata": {name: x}\n',
        'kind: ConfigMap\nmetadata:\n  name: web\n? "meta\\\n  data"\n: {name: x}\n',
        "kind: ConfigMap\nmetadata:\n  name: web\ndata: {}\x85metadata: {name: x}\n",
        "metadata: {name: x}\nkind: ConfigMap\nmetadata:\n  name: web\n",
        # What looks like it is a part of a text or a collection.
        "kind: ConfigMap\n'metadata': {name: x}\ndata:\n  a: '\nmetadata:\n  name: web\n  '\n",
        " 'metadata': {name: x}\n kind: ConfigMap\n data:\n  a: '\nmetadata:\n  name: web\nb'\n",
        "{'metadata': {name: x}, kind: ConfigMap, data: {a: b,\nmetadata:\n  name: web\nb: c}}\n",
        # Another key gives the name.
        "kind: ConfigMap\nmetadata:\n  name: web\n  'name': x\n",
        "kind: ConfigMap\nmetadata:\n  name: web\n  name : x\n",
        "kind: ConfigMap\nmetadata:\n  name: web\n  ? name\n  : x\n",
        "kind: ConfigMap\nmetadata:\n  name: web\n  !!str name: x\n",
        "kind: ConfigMap\nmetadata:\n  name: web\n  <<: {name: x}\n",
        'kind: ConfigMap\nmetadata:\n  name: web\n  "n\\x61me": x\n',
        "kind: ConfigMap\nmetadata:\n  a: {b: c,\n  name: web\n  }\n  name: x\n",
        "kind: ConfigMap\nmetadata:\n  name: web\n  a: '\ndata:\n  '\n  name: x\n",
        "kind: ConfigMap\nmetadata:\n  name: web\n  a#: '\ndata:\n  '\n  name: x\n",
        'kind: ConfigMap\nmetadata:\n  name: web\n  a: "\\"\ndata:\n  "\n  name: x\n',
        "kind: ConfigMap\nmetadata:\n  name: web\n  a: [\ndata:\n  ]\n  name: x\n",
        "kind: ConfigMap\nmetadata:\n  a: {b: c,\n  name: web\n  }\r  name: x\n",
        "kind: ConfigMap\nmetadata:\n  a: {b: c,\n  name: web\n  }\u2028  name: x\n",
    ],
)
def test_a_name_that_another_may_replace_is_not_sole(text: str) -> None:
    assert not kinds.sole_name(text)


def test_a_sole_name_is_looked_for_in_linear_time() -> None:
    for lines in (
        "\n",
        "  x\n",
        "  # x\n",
        "  name\n",
        "   \n",
        "  name: x\n",
        "metadata:\n",
        "---\n",
    ):
        for end in ("x", "", "  name: x y"):
            text = f"kind: ConfigMap\nmetadata:\n{lines * 50_000}{end}"
            start = process_time()
            kinds.sole_name(text)
            kinds.sole_name(text.replace("metadata:\n", "metadata:\n  name: x\n", 1))
            kinds.sole_name(f"{lines * 50_000}{end}\nmetadata:\n  name: x\n")
            assert process_time() - start < 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kind: Pod\nspec: {x: {kind: Job}}\n", {"Pod"}),
        ("spec: {x: {kind: Job}}\nkind: Pod\n", {"Pod"}),
        ("kindness: 1\n  kind:\nkind: Pod\n", {"Pod"}),
        ("kind:\nkind: Pod\n", {"Pod"}),
        ("apiVersion: v1\nkind:\nkind : Pod\n", {"Pod"}),
        ("kind: # a\n  # b\n  Pod\n", {"Pod"}),
        ("kind: kindred\n", {"kindred"}),
        ("kind:\u0085  Pod\n", {"Pod"}),  # Three more line breaks of YAML.
        ("kind:\u2028  Pod\n", {"Pod"}),
        ("kind: Pod\u00e9\n", {"Pod\u00e9"}),
        ('{"kind": "Pod", "spec": {"kind": "Job"}}', {"Pod", "Job"}),
        ("kind: !!str 'Pod'\n", {"Pod"}),
        ("kind: {{ .Values.kind }}\n", {"{{"}),
        ("kind: PodList\nitems: []\n", {"List"}),
        ("metadata: {name: kind}\n", set()),
    ],
)
def test_what_may_be_the_kind_of_a_document(text: str, found: set[str]) -> None:
    assert kinds.kinds_of(text) == found


def test_a_document_is_searched_for_its_kind_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("---\n".join(f"kind: {kind}\n" for kind in BUILT_IN))
    with mock.patch.object(parsed_files, "kinds_of", wraps=kinds.kinds_of) as searched:
        k8slint(tmp_path, "check", "--isolated", "--select", "ALL", ".")
    assert searched.call_count == len(BUILT_IN)
