"""Mutants, and whole files, as the server and k8slint see them: one row for each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tests.oracle.claims import Claim, claim_of, claims_about
from tests.oracle.drafts import GRACE, POD_SPEC, TEMPLATED
from tests.oracle.judge import REJECTED, Judge, Judged, worst
from tests.oracle.mutants import PLACEHOLDER, Mutant

SILENT = frozenset({"silent", "warns"})
# Groups of objects that nobody changed; patches are among them.
WHOLE_FILES = ("fixtures as they are", "corpus as it is")
FIXES = (("--fix",), ("--fix", "--unsafe-fixes"))
# The words of a server about fields that k8slint speaks of.
SHUTDOWN = re.compile(
    r"lifecycle|preStop|postStart|stopSignal|terminationGracePeriod", re.IGNORECASE
)


class Row(NamedTuple):
    """A mutant or an object: what the server does, what k8slint claims, and what is wrong."""

    group: str
    what: str
    server: str
    claim: str
    faults: tuple[str, ...]
    example: str


def compare_mutants(judge: Judge, mutants: Sequence[Mutant]) -> list[Row]:
    files = {mutant.name: mutant.data for mutant in mutants}
    judged = judge.judge(files)
    claims = claims_about(files, judge.version, timeline=True)
    faults: dict[str, list[str]] = {
        name: [*_faults(worst(judged[name]), claim.words), *_graces(judged[name], claim)]
        for name, claim in claims.items()
    }
    for fix in FIXES:
        for name, fault in _faults_of_fix(judge, files, judged, fix).items():
            faults[name].append(fault)
    return [
        Row(
            mutant.group,
            mutant.what,
            worst(judged[mutant.name]),
            claims[mutant.name].words,
            () if mutant.group == PLACEHOLDER else tuple(faults[mutant.name]),
            _example(judged[mutant.name], claims[mutant.name]),
        )
        for mutant in mutants
    ]


def _faults(server: str, claim: str) -> list[str]:
    """Return in which way a claim about the server is wrong."""
    if server in REJECTED and claim in SILENT:
        return ["rejected, not reported"]
    if server == "unknown" and claim in SILENT:
        return ["unknown field, not reported"]
    if server == "accepted" and claim in {"drops", "rejects"}:
        return ["accepted, reported as refused"]
    if server == "unknown" and claim == "rejects":
        return ["unknown field, reported as rejected"]
    if server in REJECTED and claim == "drops":
        return ["rejected, reported as dropped"]
    if server == "foreign" and claim not in SILENT:
        return ["not a workload, reported"]
    return []


def _graces(judged: Sequence[Judged], claim: Claim) -> list[str]:
    """Compare the grace periods of stored pods with those of the timeline."""
    stored = [grace_of(one) for one in judged if one.stored]
    drawn = list(claim.graces)
    differs = len(stored) == len(drawn) and any(
        grace is not None and grace != max(other, 1)
        for other, grace in zip(stored, drawn, strict=True)
    )
    return ["another grace period in the timeline"] if differs else []


def grace_of(judged: Judged) -> int:
    """Return the grace period of a stored workload, in seconds."""
    here = judged.stored
    for key in POD_SPEC.get(here["kind"], TEMPLATED):
        here = here[key]
    return int(here[GRACE])


def _faults_of_fix(
    judge: Judge,
    files: Mapping[str, bytes],
    judged: Mapping[str, list[Judged]],
    fix: tuple[str, ...],
) -> dict[str, str]:
    """Judge the files that a fix changes, and return what is wrong with the result."""
    claims = claims_about(files, judge.version, *fix)
    changed = {name: claim.data for name, claim in claims.items() if claim.data != files[name]}
    faults: dict[str, str] = {}
    for name, objects in judge.judge(changed).items():
        after, words = worst(objects), f"after {' '.join(fix)}"
        if after == "accepted":
            continue
        if worst(judged[name]) == "accepted":
            faults[name] = f"accepted, no longer {words}"
        elif not claims[name].findings:
            faults[name] = f"refused and silent {words}"
    return faults


def compare_files(judge: Judge, group: str, files: Mapping[str, bytes]) -> list[Row]:
    """Compare objects as they are; what a server says of other fields is not a fault."""
    claims = claims_about(files, judge.version)
    return [
        _row_of_object(group, path, one, claims[path])
        for path, objects in judge.judge(files).items()
        for one in objects
        if one.verdict not in {"foreign", "unreadable"}
    ]


def _row_of_object(group: str, path: str, one: Judged, claim: Claim) -> Row:
    about = [finding for finding in claim.findings if _is_about(finding, one)]
    words = claim_of(about)
    in_scope = any(SHUTDOWN.search(text) for text in one.words)
    is_refused = one.verdict != "accepted"
    server = f"{one.verdict}, other field" if is_refused and not in_scope else one.verdict
    faults = () if server.endswith("other field") else tuple(_faults(one.verdict, words))
    what = f"{path} {one.kind} {one.name}"
    return Row(group, what, server, words, faults, _example([one], claim))


def _is_about(finding: Mapping[str, object], one: Judged) -> bool:
    resource = finding["resource"]
    if not isinstance(resource, dict):
        return False
    kind = f"{resource['apiVersion']}/{resource['kind']}"
    # A generated name is not known yet.
    return kind == one.kind and one.name in {"", resource["name"]}


def _example(judged: Sequence[Judged], claim: Claim) -> str:
    server = next((words for one in judged for words in one.words), "")
    ours = next((str(finding["message"]) for finding in claim.findings), "")
    return f"server: {server[:200]!r}, k8slint: {ours[:200]!r}"
