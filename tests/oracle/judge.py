"""What a Kubernetes API server makes of files, by the program of judge/main.go."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.oracle.build import build

# From harmless to final. The last three are rejected whoever sends the object.
VERDICTS = ("foreign", "accepted", "unknown", "invalid", "undecodable", "unreadable")
REJECTED = frozenset(VERDICTS[3:])


class Judged(NamedTuple):
    """One object of a file: see `object` in judge/main.go."""

    kind: str
    name: str
    verdict: str
    words: tuple[str, ...]
    stored: Any


class Judge(NamedTuple):
    """The server of one version."""

    version: str
    program: Path

    def judge(self, files: Mapping[str, bytes]) -> dict[str, list[Judged]]:
        """Return the objects of each file, by the names of the files."""
        asked = "".join(
            json.dumps({"name": name, "data": base64.b64encode(data).decode()}) + "\n"
            for name, data in files.items()
        )
        done = subprocess.run(
            [self.program], input=asked, stdout=subprocess.PIPE, text=True, check=True
        )
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert [one["name"] for one in answers] == [*files]
        return {one["name"]: [judged_of(found) for found in one["objects"]] for one in answers}


def build_judge(version: str) -> Judge:
    return Judge(version, build(version, "judge", Path(__file__).with_name("judge")))


def judged_of(found: dict[str, Any]) -> Judged:
    words = tuple(found["words"] or ())
    return Judged(found["kind"], found["objectName"], found["verdict"], words, found.get("stored"))


def worst(objects: list[Judged]) -> str:
    """Return the worst verdict on the objects of a file."""
    return max((one.verdict for one in objects), key=VERDICTS.index, default="foreign")
