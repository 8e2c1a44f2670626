"""The engine of the playground in node, and the same requests answered here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from docs.playground import build
from tests.places import ROOT

PACKAGES = ROOT / "build" / "playground-packages"
IS_INSTALLED = (PACKAGES / "ready").exists()
TRIAL = build.HERE / "trial"
# A pod with a hook.
POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: a}}
spec:
  terminationGracePeriodSeconds: {grace}
  containers:
  - {{name: a, image: a, lifecycle: {{preStop: {hook}}}}}
"""
# Settings with every rule.
ALL: dict[str, Any] = {"select": ["ALL"]}


class Told(NamedTuple):
    """An answer, with the processor time it took, in milliseconds."""

    answer: dict[str, Any]
    cpu: float


class Engine:
    """A process of node that runs the engine of a built page."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ask(self, **request: Any) -> Told:
        """Return the answer to a request; raises AssertionError where there is none."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{json.dumps(request)}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the engine has ended"
        told = json.loads(line)
        assert "failed" not in told["told"], told["told"]["failed"]
        return Told(told["told"], told["took"]["cpu"])

    def run(self, code: str, given: Any) -> Any:
        """Return what a Python expression is for `given`, which is JSON, as it is."""
        return self.ask(code=code, given=given).answer


@contextmanager
def engine(node: str, folder: Path) -> Iterator[Engine]:
    """Start the engine of the page in a folder."""
    command = [node, str(TRIAL / "engine.mjs"), str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield Engine(process)
        finally:
            assert process.stdin
            process.stdin.close()


def page_here(folder: Path) -> Any:
    """Return what answers requests in this process, with its files in a new folder."""
    folder.mkdir()
    sys.path.insert(0, str(build.HERE / "python"))
    try:
        from page import Page  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    return Page(str(folder))


def answers(ask: Any, files: Mapping[str, str], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that the page shows of some files."""
    told = {"check": ask(do="check", files=files, settings=settings)}
    for name in files if "files" in told["check"] else ():
        told[f"draw {name}"] = ask(do="draw", name=name)
        findings = told["check"]["files"][name]["findings"]
        for unsafe in (False, True) if findings else ():
            told[f"fix {name} {unsafe}"] = ask(do="fix", name=name, unsafe=unsafe)
        for number, one in enumerate(findings):
            if one["fix"] and not one["fix"]["refused"]:
                told[f"repair {name} {number}"] = ask(do="repair", name=name, number=number)
    return told


def differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    """Yield where two answers differ, apart from the words of parsers about broken YAML."""
    for name in dict.fromkeys((*here, *there)):
        one, other = (without_words(told.get(name)) for told in (here, there))
        if one != other:
            yield f"{name}:\n  here  {json.dumps(one)[:2000]}\n  there {json.dumps(other)[:2000]}"


def without_words(told: Any) -> Any:
    """Return an answer without the messages of GS900, which quote the parser."""
    if isinstance(told, list):
        return [*map(without_words, told)]
    if not isinstance(told, dict):
        return told
    kept = {key: without_words(value) for key, value in told.items()}
    if told.get("code") == "GS900":
        del kept["message"]
    return kept


def other_words(here: Any, there: Any) -> Iterator[tuple[str, str]]:
    """Yield the messages of GS900 that differ in two answers."""
    if isinstance(here, dict) and isinstance(there, dict):
        if here.get("code") == "GS900" and here["message"] != there.get("message"):
            yield here["message"], there.get("message", "")
        for key in here.keys() & there.keys():
            yield from other_words(here[key], there[key])
    elif isinstance(here, Sequence) and not isinstance(here, str):
        for one, other in zip(here, there, strict=False):
            yield from other_words(one, other)
