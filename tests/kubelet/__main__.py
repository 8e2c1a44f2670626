"""Compare `k8slint timeline` with the ends of pods on a real kubelet: `make kubelet`.

With --drill, compare `k8slint drill` with them: the same programs, on this machine and in pods.
With --observe, delete the pods through a real API server, and compare what `k8slint observe` sees.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple
from urllib.request import urlopen

from tests.kubelet import drills, observed
from tests.kubelet.control_plane import NEEDS as NEEDS_OF_SERVER
from tests.kubelet.control_plane import missing_program, running_control_plane
from tests.kubelet.measure import (
    EXITED,
    Expected,
    Measured,
    disagreements,
    drawn_end,
    expect,
    kill_lines,
    last_alive,
    measure,
    read_events,
    show,
    timeout_of,
)
from tests.kubelet.node import NEEDS, Node, build_witness, find_busybox, running_node
from tests.kubelet.pods import CASES, FAIL, PROGRAMS, Case, Container, pod
from tests.oracle.build import build

VERSION = "v1.37.2"
APISERVER = "k8s.io/kubernetes/cmd/kube-apiserver"
LEAST_PODS = 60
AT_ONCE = 8
# These end without anything that is done to them.
ALONE = ("startup", "post-start", "deadline", "completion", "restart-all")
PATIENCE = 60
SILENCE = 5
# The kubelet looks for removed manifests every second.
DELAY = 3


def main() -> int:
    parser = argparse.ArgumentParser(prog="make kubelet", description=__doc__, epilog=NEEDS)
    parser.add_argument("names", nargs="*", metavar="POD", help="only these pods")
    parser.add_argument(
        "--late", type=float, default=1.0, help="seconds of delay that are allowed"
    )
    parser.add_argument("--kubelet", type=Path, help="a kubelet that is built already")
    parser.add_argument("--drill", action="store_true", help="drill apps, then stop them in pods")
    parser.add_argument("--observe", action="store_true", help="delete pods and observe that")
    parser.add_argument("--apiserver", type=Path, help="a kube-apiserver that is built already")
    parser.add_argument("--keep", action="store_true", help="keep the folder with logs")
    options = parser.parse_args()
    cases = drills.CASES if options.drill else CASES
    if options.observe:
        cases = {name: CASES[name] for name in observed.NAMES}
    names = options.names or [*cases]
    if unknown := set(names) - {*cases}:
        parser.error(f"no pod {', '.join(sorted(unknown))}")
    busybox = find_busybox()
    if isinstance(busybox, str):
        sys.exit(f"make kubelet: {busybox}. It needs {NEEDS}.")
    if options.observe and (program := missing_program()):
        sys.exit(f"make kubelet: no program `{program}`. --observe needs {NEEDS_OF_SERVER}.")
    kubelet = options.kubelet or build(VERSION, "kubelet", "k8s.io/kubernetes/cmd/kubelet")
    # A socket in it has a path of 107 characters at most.
    folder = Path(mkdtemp(prefix="kubelet-", dir="/tmp"))
    try:
        wrong = measure_pods(folder, kubelet.resolve(), busybox, options, names)
    finally:
        if options.keep:
            print(f"logs: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return int(bool(wrong))


def measure_pods(
    folder: Path, kubelet: Path, busybox: Path, options: argparse.Namespace, names: Sequence[str]
) -> list[str]:
    """Run and end pods; return the names of those that ended in another way than they had to."""
    programs = {"witness": build_witness(folder)}
    if options.drill:
        programs |= drills.build_programs(folder)
        drilled = drills.drill_all(folder / "drills", programs)
    if options.observe:
        server = options.apiserver or build(VERSION, "kube-apiserver", APISERVER)
        with running_control_plane(folder / "plane", server.resolve()) as plane:
            way = ("--kubeconfig", str(plane.kubeconfig("admin")))
            with running_node(folder, kubelet, busybox, programs, *way) as node:
                return observed.observe_all(node, plane, names)
    with running_node(folder, kubelet, busybox, programs) as node:
        if options.drill:
            return compare_with_drills(node, {name: drilled[name] for name in names})
        outcomes = list(play(node, {name: CASES[name] for name in names}, options.late))
        # A busy machine is late once; what differs twice is a fault.
        doubtful = [one.name for one in outcomes if one.differences]
        again = {f"{name}-again": CASES[name] for name in doubtful}
        outcomes = [one for one in outcomes if not one.differences]
        if again:
            outcomes += play(node, again, options.late)
    wrong = summarize(outcomes)
    if not options.names and len(names) < LEAST_PODS:
        wrong.append(f"fewer than {LEAST_PODS} pods")
    return wrong


def compare_with_drills(node: Node, drilled: dict[str, drills.Drilled]) -> list[str]:
    """Stop in pods what was drilled; return the names of the pods that ended otherwise."""
    (node.folder / "pods").mkdir(exist_ok=True)
    print(f"{'pod':28}{'drilled':>10}{'kubelet':>10}  apart")
    wrong, names = [], [*drilled]
    for first in range(0, len(names), AT_ONCE):
        batch = {name: drills.CASES[name] for name in names[first : first + AT_ONCE]}
        start(node, batch)
        finish(node, batch)
        for name in batch:
            measured = measure(node.log, node.witnesses / name, name, zone())
            found = [*drills.differences(drilled[name], measured)]
            ended = measured[0].died if measured else None
            apart = "-" if ended is None else f"{ended - drilled[name].ended:+.2f} s"
            end = "-" if ended is None else f"{ended:.2f}"
            by = "killed" if drilled[name].was_killed else ""
            print(f"{name:28}{drilled[name].ended:>10.2f}{end:>10}  {apart} {by}", flush=True)
            for words in found:
                print(f"    differs: {words}", flush=True)
            wrong += [name] if found else []
    print(f"{len(names)} pods, {len(wrong)} ended otherwise than drilled", *wrong)
    return wrong


class Outcome(NamedTuple):
    """What became of a pod, and what was drawn for its containers."""

    name: str
    measured: list[Measured]
    expected: dict[str, Expected]
    differences: list[str]


def summarize(outcomes: Sequence[Outcome]) -> list[str]:
    """Print the totals; return the names of the pods that ended in another way than drawn."""
    equal = [
        one.timeout == timeout_of(outcome.expected[one.container])
        for outcome in outcomes
        for one in outcome.measured
        if one.container in outcome.expected
        and timeout_of(outcome.expected[one.container]) is not None
    ]
    wrong = [outcome.name for outcome in outcomes if outcome.differences]
    ended = sum(len(outcome.measured) for outcome in outcomes)
    print(f"{len(outcomes)} pods, {ended} containers ended")
    print(f"stop timeouts: {sum(equal)} of {len(equal)} with an exact one are equal")
    print(f"pods that ended in another way than drawn: {len(wrong)}", *wrong)
    return wrong


def play(node: Node, cases: dict[str, Case], late: float) -> Iterator[Outcome]:
    """Run and end pods a few at a time, and print each."""
    configuration = node.folder / "k8slint.yaml"
    configuration.write_text(PROGRAMS)
    (node.folder / "pods").mkdir(exist_ok=True)
    print(f"{'pod':28}{'container':10}{'signal':>10}{'at':>8}{'drawn':>14}{'end':>8}  drawn")
    names = [*cases]
    for first in range(0, len(names), AT_ONCE):
        batch = {name: cases[name] for name in names[first : first + AT_ONCE]}
        start(node, batch)
        asked = time.time()
        finish(node, batch)
        for name, case in batch.items():
            measured = measure(node.log, node.witnesses / name, name, zone())
            expected = expect(manifest_of(node, name), configuration, case.trigger)
            print_rows(name, case, measured, expected)
            print_delay(node, name, case, asked)
            found = [*disagreements(case, measured, expected, late)]
            for words in found:
                print(f"    differs: {words}", flush=True)
            yield Outcome(name, measured, expected, found)
            (node.manifests / f"{name}.json").unlink(missing_ok=True)


def zone() -> float:
    """Return how far local time, in which the kubelet writes its log, is from UTC."""
    return float(time.localtime().tm_gmtoff)


def manifest_of(node: Node, name: str) -> Path:
    return node.folder / "pods" / f"{name}.json"


def start(node: Node, batch: dict[str, Case]) -> None:
    """Give the kubelet some pods, and wait for their containers to run."""
    for name, case in batch.items():
        text = json.dumps(pod(name, case, str(node.witnesses)), indent=1)
        manifest_of(node, name).write_text(text)
        # Renamed, so that the kubelet never reads half of it.
        hidden = node.manifests / f".{name}.json"
        hidden.write_text(text)
        hidden.rename(node.manifests / f"{name}.json")
    until = time.monotonic() + PATIENCE
    while not all(has_started(node, name, case) for name, case in batch.items()):
        if time.monotonic() > until:
            late = [name for name, case in batch.items() if not has_started(node, name, case)]
            print(f"not started within {PATIENCE} s: {', '.join(late)}")
            return
        time.sleep(0.2)
    time.sleep(2)


def has_started(node: Node, name: str, case: Case) -> bool:
    containers = (*case.containers, *case.sidecars)
    return all(is_up(node.witnesses / name / one["name"], one) for one in containers)


def is_up(events: Path, container: Container) -> bool:
    """Whether a witness has written that it started, or a server answers its probe."""
    port = container.get("readinessProbe", {}).get("httpGet", {}).get("port")
    if port is None:
        return bool([*read_events(events)])
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
            return True
    except OSError:
        return False


def finish(node: Node, batch: dict[str, Case]) -> None:
    """End pods in their ways, and wait until none of their containers is alive."""
    for name, case in batch.items():
        if case.trigger == "delete":
            (node.manifests / f"{name}.json").unlink()
        elif case.trigger == "liveness":
            (node.witnesses / name / Path(FAIL).name).touch()
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and not all(
        has_ended(node, name, case) for name, case in batch.items()
    ):
        time.sleep(0.5)


def has_ended(node: Node, name: str, case: Case) -> bool:
    """Whether the containers that the kubelet ends are dead, or were started again."""
    measured = measure(node.log, node.witnesses / name, name, zone())
    if not measured or any(one.timeout is None for one in measured):
        return False
    if case.trigger in {"liveness", "startup", "post-start", "restart-all"}:
        return all(has_restarted(node, name, one.container) for one in measured)
    if {line.container for line in kill_lines(node.log, name, zone()) if line.step == EXITED} == {
        one.container for one in measured
    }:
        return True
    # One that ends before it is stopped is not reported as exited.
    now = time.time()
    alive = [last_alive(node.witnesses / name / one.container, 0.0) for one in measured]
    return all(at is not None and now - at > SILENCE for at in alive)


def has_restarted(node: Node, name: str, container: str) -> bool:
    events = [*read_events(node.witnesses / name / container)]
    return sum(what == "start" for _, what in events) > 1


def print_delay(node: Node, name: str, case: Case, asked: float) -> None:
    """Print what held back the end of a pod; the times of its containers are from then on."""
    began = min((line.at for line in kill_lines(node.log, name, zone())), default=asked)
    if case.trigger == "delete" and began - asked > DELAY:
        print(f"    began {began - asked:.1f} s after its manifest was removed")


def print_rows(
    name: str, case: Case, measured: Sequence[Measured], expected: dict[str, Expected]
) -> None:
    for one in measured:
        drawn = expected.get(one.container)
        signalled, end = ("-" if at is None else f"{at:.2f}" for at in (one.signalled, one.died))
        print(
            f"{name:28}{one.container:10}{one.signal or '-':>10}{signalled:>8}"
            f"{show(drawn.signalled) if drawn else '-':>14}{end:>8}  "
            f"{show(drawn_end(case, one.container, drawn)) if drawn else '-'}",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
