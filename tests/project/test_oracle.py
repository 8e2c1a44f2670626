"""The oracle's table notices what is worse than recorded; the oracle itself is `make oracle`."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.oracle import table
from tests.oracle.claims import claims_about
from tests.oracle.compare import Row
from tests.oracle.mutants import PLACEHOLDER, make_mutants
from tests.places import ROOT

MISSED = "rejected, not reported"
GOOD = Row("grace period", "045", "accepted", "silent", (), "")
REPORTED = Row("grace period", '"45"', "invalid", "rejects", (), "")
KNOWN = Row("sleep", "!!int", "undecodable", "silent", (MISSED,), "")
DROPPED = Row("misspelt key", "preStopp", "unknown", "drops", (), "")
ROWS = [*(GOOD, REPORTED, DROPPED) * 100, KNOWN]
REFUSED = "refused and silent after --fix"

# Rows that come on top, and what the table says of them.
WORSE: dict[str, tuple[Row, list[str]]] = {
    "better": (REPORTED, []),
    "a placeholder": (Row(PLACEHOLDER, "${GRACE}", "undecodable", "silent", (), ""), []),
    "a new fault": (
        Row("grace period", "TRUE", "undecodable", "silent", (MISSED,), ""),
        ["rejected, not reported: grace period: TRUE (1, recorded 0)"],
    ),
    "a known fault once more": (
        KNOWN,
        ["rejected, not reported: sleep: !!int (2, recorded 1)"],
    ),
    "a fix": (
        Row("sleep", "! 45", "undecodable", "rejects", (REFUSED,), ""),
        [
            "refused and silent after --fix: sleep: ! 45 (1, recorded 0)",
            "refused and silent after --fix: sleep: ! 45",
        ],
    ),
}


@pytest.mark.parametrize(("row", "words"), WORSE.values(), ids=WORSE)
def test_what_is_worse_is_named(tmp_path: Path, row: Row, words: list[str]) -> None:
    recorded = table.table_of(ROWS)
    table.write(recorded, tmp_path / "1.37.json", {"version": "v1.37.2"})
    before = table.read(tmp_path / "1.37.json")
    assert before == recorded
    now = table.table_of([*ROWS, row])
    assert [*table.regressions(now, before), *table.missed_targets(now, before)] == words


def test_lost_mutants_are_noticed() -> None:
    now = table.table_of(ROWS[: len(ROWS) // 2])
    assert [*table.regressions(now, table.table_of(ROWS))] == [
        *(
            "fewer cases: grace period (100, recorded 200)",
            "fewer cases: misspelt key (50, recorded 100)",
        ),
        "fewer cases: sleep (0, recorded 1)",
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (KNOWN, "rejected objects: 90.1 % reported, not 98.0 %"),
        (DROPPED._replace(claim="silent"), "unknown fields: 90.9 % reported, not 95.0 %"),
    ],
)
def test_a_missed_target_is_named_even_if_every_fault_is_recorded(row: Row, words: str) -> None:
    now = table.table_of([*ROWS, *[row] * 10])
    assert [*table.missed_targets(now, now)] == [words]


def test_a_summary_counts_placeholders_apart() -> None:
    row = Row(PLACEHOLDER, "${GRACE}", "undecodable", "silent", (), "")
    first, second = table.summary(table.table_of([*ROWS, row]))
    assert first.startswith("rejected whoever sends it: 101, reported 99.0 %")
    assert "without 1 placeholders" in first
    assert second.startswith("unknown fields: 100, reported 100.0 %")


@pytest.mark.parametrize("path", sorted(table.RECORDED.glob("*.json")), ids=lambda path: path.stem)
def test_recorded_tables_reach_the_targets(path: Path) -> None:
    recorded = table.read(path)
    assert [*table.missed_targets(recorded, recorded)] == []
    assert sum(recorded.group_sizes().values()) > 4_000


POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: GRACE
  containers: [{name: web, image: "registry.example.com/web:1", KEY: {preStop: {sleep: HOOK}}}]
"""
# Grace period, key and hook of the pod; what k8slint says the server does, before and after --fix.
CLAIMED: dict[str, tuple[str, str, str, str, str]] = {
    "nothing": ("45", "lifecycle", "{seconds: 5}", "silent", "silent"),
    "a string": ('"45"', "lifecycle", "{seconds: 5}", "rejects", "silent"),
    "broken": ("[45", "lifecycle", "{seconds: 5}", "rejects", "rejects"),
    "unknown": ("45", "lifecycle", "{seconds: 5, minutes: 1}", "drops", "drops"),
    "misspelt": ("45", "lifecyle", "{seconds: 5}", "drops", "silent"),
}


def test_messages_are_read_as_claims_about_the_server() -> None:
    files = {
        f"{name}.yaml": POD.replace("GRACE", grace)
        .replace("KEY", key)
        .replace("HOOK", hook)
        .encode()
        for name, (grace, key, hook, _, _) in CLAIMED.items()
    }
    for fix, place in (((), 3), (("--fix", "--unsafe-fixes"), 4)):
        claims = claims_about(files, "v1.37.2", *fix, timeline=not fix)
        assert {name: claims[f"{name}.yaml"].words for name in CLAIMED} == {
            name: row[place] for name, row in CLAIMED.items()
        }
    assert claims["nothing.yaml"].data == files["nothing.yaml"]
    assert claims["a string.yaml"].data == files["a string.yaml"].replace(b'"45"', b"45")


@pytest.mark.long
def test_mutants_follow_their_seed() -> None:
    pod = yaml.safe_load(
        POD.replace("GRACE", "45").replace("KEY", "lifecycle").replace("HOOK", "{}")
    )
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod["spec"]}
    kinds = ("DaemonSet", "Deployment", "StatefulSet")
    clean = [pod, *({"kind": kind, "spec": {"template": template}} for kind in kinds)]
    first, again, other = make_mutants(clean, 1), make_mutants(clean, 1), make_mutants(clean, 2)
    assert first == again
    assert {one.data for one in first} - {one.data for one in other}
    assert len(first) > 4_000
    assert len({one.name for one in first}) == len(first)
    assert not [one for one in first if b"VERBATIM" in one.data]


def test_the_two_newest_versions_are_recorded() -> None:
    text = (ROOT / "tests" / "oracle" / "__main__.py").read_text(encoding="utf-8")
    minors = sorted(path.stem for path in table.RECORDED.glob("*.json"))
    assert len(minors) == 2
    assert all(f'"v{minor}.' in text for minor in minors)
