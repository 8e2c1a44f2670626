"""When the containers of a pod were signalled and killed, and when k8slint said they would be."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from tests.kubelet.pods import Case
from tests.places import ROOT

# A line of the kubelet's log: the day without a year, the time, a message, and keys with values.
LINE = re.compile(r'^[IWE](\d{4} \d\d:\d\d:\d\d\.\d+) .*?\] "([^"]*)"(.*)$')
PAIR = re.compile(r'(\w+)="?([^" ]+)')
# pkg/kubelet/kuberuntime/kuberuntime_container.go, killContainer
STOP_CALL = "Killing container with a grace period"
EXITED = "Container exited normally"
STEPS = (
    *("Killing container with a grace period override", "Running preStop hook"),
    *(STOP_CALL, EXITED),
)
# Clocks of two processes, rounded to milliseconds.
EARLY = 0.15


class Line(NamedTuple):
    """A step of the end of a container in the kubelet's log."""

    at: float
    step: str
    container: str
    grace: int | None


class Measured(NamedTuple):
    """A container's end, in seconds after the end of its pod began; None is never."""

    container: str
    timeout: int | None
    signal: str | None
    signalled: float | None
    died: float | None


class Expected(NamedTuple):
    """The same in `k8slint timeline`: from the earliest to the latest."""

    signal: str
    signalled: tuple[float, float | None]
    killed: tuple[float, float | None]
    ends: tuple[float, float | None]


def kill_lines(log: Path, pod: str, zone: float) -> Iterator[Line]:
    for text in log.read_text(encoding="utf-8", errors="replace").splitlines():
        found = LINE.match(text)
        if not found or found[2] not in STEPS:
            continue
        pairs = dict(PAIR.findall(found[3]))
        if pairs.get("pod", "").startswith(f"default/{pod}-node"):
            year = datetime.now(UTC).year
            at = datetime.strptime(f"{year}{found[1]} +0000", "%Y%m%d %H:%M:%S.%f %z")
            grace = pairs.get("gracePeriod", "")
            number = int(grace) if grace.lstrip("-").isdigit() else None
            yield Line(at.timestamp() - zone, found[2], pairs["containerName"], number)


def measure(log: Path, folder: Path, pod: str, zone: float) -> list[Measured]:
    """Return the first end of each container that the kubelet ended.

    `zone` is how far the kubelet's clock is from UTC, in seconds.
    """
    lines = [*kill_lines(log, pod, zone)]
    start = min((line.at for line in lines), default=0.0)
    names = dict.fromkeys(line.container for line in lines)
    return [
        _measured(folder, name, [one for one in lines if one.container == name], start)
        for name in names
    ]


def _measured(folder: Path, name: str, lines: list[Line], start: float) -> Measured:
    calls = [line for line in lines if line.step == STOP_CALL]
    # What a hook sends itself comes before.
    called = calls[0].at - EARLY if calls else start
    events = [*read_events(folder / name)]
    restarts = [at for at, what in events if what == "start" and at > start]
    last = restarts[0] if restarts else float("inf")
    exited = next((line.at - start for line in lines if line.step == EXITED), None)
    signals = [one for one in events if one[1].startswith("SIG") and called < one[0] < last]
    return Measured(
        name,
        calls[0].grace if calls else None,
        signals[0][1] if signals else None,
        signals[0][0] - start if signals else None,
        # The next container has the signs of life of the one before; programs of others give none.
        exited if restarts else last_alive(folder / name, start) or exited,
    )


def read_events(path: Path) -> Iterator[tuple[float, str]]:
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            at, _, what = line.partition(" ")
            yield float(at), what


def last_alive(path: Path, start: float) -> float | None:
    alive = path.with_name(f"{path.name}.alive")
    text = alive.read_text(encoding="utf-8") if alive.exists() else ""
    return float(text) - start if text else None


def expect(manifest: Path, configuration: Path, trigger: str) -> dict[str, Expected]:
    """Return what k8slint says of each container of a manifest."""
    command = [sys.executable, "-m", "k8slint", "timeline", "--config", str(configuration)]
    done = subprocess.run(
        [*command, "--trigger", trigger, "--output-format", "json", str(manifest)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    (pod,) = json.loads(done.stdout)["pods"]
    if pod["timeline"] is None:
        raise ValueError(f"{manifest.name}: no timeline: {pod['missing']}")
    return {
        one["name"]: Expected(
            one["signal"], span(one["signalledAt"]), span(one["killedAt"]), span(one["ends"])
        )
        for one in pod["timeline"]["containers"]
    }


def span(seconds: dict[str, Any]) -> tuple[float, float | None]:
    return seconds["low"], seconds["high"]


def disagreements(
    case: Case, measured: list[Measured], expected: dict[str, Expected], late: float
) -> Iterator[str]:
    """Yield in words where a pod ended in another way than drawn; `late` seconds are allowed."""
    if not measured:
        yield "the kubelet did not end it"
    for one in measured:
        drawn = expected.get(one.container)
        if drawn is None:
            yield f"{one.container}: not in the timeline"
            continue
        yield from (f"{one.container}: {words}" for words in _differences(case, one, drawn, late))


def _differences(case: Case, one: Measured, drawn: Expected, late: float) -> Iterator[str]:
    if one.signal and one.signal != drawn.signal:
        yield f"{one.signal}, not {drawn.signal}"
    if one.signalled is not None and not is_within(one.signalled, drawn.signalled, late):
        yield f"signalled at {one.signalled:.2f} s, not {show(drawn.signalled)}"
    until = drawn_end(case, one.container, drawn)
    if one.died is not None and not is_within(one.died, until, late):
        yield f"ended at {one.died:.2f} s, not {show(until)}"
    timeout = timeout_of(drawn)
    if timeout is not None and one.timeout is not None and one.timeout != timeout:
        yield f"stop timeout {one.timeout} s, not {timeout} s"


def drawn_end(case: Case, name: str, drawn: Expected) -> tuple[float, float | None]:
    """Return when a container ends: killed, if it ignores signals, which k8slint does not know."""
    container = next(one for one in (*case.containers, *case.sidecars) if one["name"] == name)
    return drawn.killed if "-ignore" in " ".join(container["command"]) else drawn.ends


def timeout_of(drawn: Expected) -> int | None:
    """Return the timeout the kubelet gives the runtime, in whole seconds, if it is exact."""
    if drawn.signalled[0] != drawn.signalled[1] or drawn.killed[0] != drawn.killed[1]:
        return None
    return round(drawn.killed[0] - drawn.signalled[0])


def is_within(at: float, drawn: tuple[float, float | None], late: float) -> bool:
    low, high = drawn
    return low - EARLY <= at and (high is None or at <= high + late)


def show(drawn: tuple[float, float | None]) -> str:
    low, high = drawn
    if low == high:
        return f"{low:g} s"
    return f"{low:g} s or later" if high is None else f"{low:g} to {high:g} s"
