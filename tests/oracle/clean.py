"""Workloads that a server accepts and k8slint does not report, as a start for mutants."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.oracle.claims import claims_about
from tests.oracle.drafts import Draft
from tests.oracle.judge import Judge, worst
from tests.places import ROOT

MANIFESTS = (".json", ".yaml", ".yml")
# Larger ones have no other pod specs, and cost time.
LARGEST = 3_500


def corpus() -> Path | None:
    """Return the folder of real manifests, if there is one on this machine."""
    folder = Path(os.environ.get("K8SLINT_CORPUS") or ROOT.parent / "shared" / "corpus")
    return folder if folder.is_dir() else None


def manifests(folder: Path) -> dict[str, bytes]:
    """Return the manifests below a folder by their paths in it."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in MANIFESTS)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def clean_workloads(judge: Judge, folders: Iterable[Path]) -> list[dict[str, Any]]:
    """Return the workloads of folders that are clean once they are drafts."""
    found: dict[str, dict[str, Any]] = {}
    for folder in folders:
        for data in manifests(folder).values():
            for document in documents(data):
                if is_small_workload(document):
                    found.setdefault(json.dumps(document, sort_keys=True), document)
    drafts = {
        f"{number:05}.yaml": Draft(document).text().encode()
        for number, document in enumerate(found.values())
    }
    judged = judge.judge(drafts)
    claims = claims_about(drafts, judge.version)
    return [
        document
        for name, document in zip(drafts, found.values(), strict=True)
        if worst(judged[name]) == "accepted" and not claims[name].findings
    ]


def documents(data: bytes) -> Iterator[Any]:
    try:
        yield from yaml.load_all(data, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        # Templates and broken files are no start for a mutant; they are judged as they are.
        return


def is_small_workload(document: Any) -> bool:
    try:
        Draft(document)
        return len(json.dumps(document)) < LARGEST
    except (TypeError, KeyError, AttributeError, IndexError, ValueError):
        return False
