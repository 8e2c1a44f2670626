"""What k8slint says of files: that the server rejects or drops something, or nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from tests.command import k8slint
from tests.oracle.build import minor_of
from tests.places import ROOT

# All that k8slint knows of what the server takes, and of files that cannot be read.
RULES = "GS0,GS900"
# What kubectl rejects, and a client without strict decoding gets through without the field.
DROPS = "other clients"
CLAIMS = ("silent", "warns", "fails", "drops", "rejects")


class Claim(NamedTuple):
    """What is said of a file: one of CLAIMS, the findings behind it, and what the file is now."""

    words: str
    findings: tuple[dict[str, Any], ...]
    data: bytes
    graces: tuple[int | None, ...]


def claims_about(
    files: Mapping[str, bytes], version: str, *fixing: str, timeline: bool = False
) -> dict[str, Claim]:
    """Return what k8slint says of files by their names, after the repairs of `fixing`.

    With `timeline`, also the grace period in seconds that it counts with for each pod.
    """
    with TemporaryDirectory(prefix="oracle-") as name:
        folder = Path(name).resolve() / "files"
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        given = ["--isolated", "--kubernetes-version", minor_of(version)]
        checked = ["--select", RULES, "--exit-zero", "--no-gitignore", *given, *fixing]
        found = run("check", folder, checked)["findings"]
        pods = run("timeline", folder, given)["pods"] if timeline else []
        findings = by_path(folder, found)
        graces = by_path(folder, pods)
        return {
            path: Claim(
                claim_of(findings.get(path, [])),
                tuple(findings.get(path, [])),
                (folder / path).read_bytes(),
                tuple((pod["timeline"] or {}).get("grace") for pod in graces.get(path, [])),
            )
            for path in files
        }


def run(command: str, folder: Path, options: list[str]) -> dict[str, Any]:
    """Run k8slint on a folder; its report as JSON."""
    report = folder.with_name(f"{command}.json")
    # Files of JSON are read when they are named, and else left to other tools.
    named = [str(path) for path in sorted(folder.rglob("*.json"))]
    arguments = [*options, "--output-format", f"json={report}", str(folder), *named]
    ran = k8slint(ROOT, command, *arguments)
    if not report.exists():
        sys.exit(f"k8slint {command} failed:\n{ran.err[-2000:]}")
    read: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return read


def by_path(folder: Path, entries: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        path = (ROOT / entry["path"]).resolve().relative_to(folder).as_posix()
        found.setdefault(path, []).append(entry)
    return found


def claim_of(findings: list[dict[str, Any]]) -> str:
    """Return the strongest claim about the server that findings make."""
    return max((_claim(finding) for finding in findings), key=CLAIMS.index, default="silent")


def _claim(finding: Mapping[str, Any]) -> str:
    if finding["severity"] != "error":
        return "warns"
    if DROPS in finding["message"]:
        return "drops"
    if "rejects" in finding["message"] or finding["code"] == "GS900":
        return "rejects"
    return "fails"
