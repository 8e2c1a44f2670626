"""Apps that are drilled on this machine and stopped by the kubelet: both have to end alike."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tests.kubelet.measure import Measured
from tests.kubelet.pods import LOG, Case, Container, app, pod, run, shell, sleep
from tests.oracle.build import go
from tests.places import FIXTURES, ROOT

# Of fixtures/apps/go: they need nothing but themselves.
PROGRAMS = ("server", "no_handler", "exit_at_once", "main_returns", "endless_cleanup")
# Its exit from the drill, and that of the same program in a pod, may differ by so many seconds.
APART = 1.0
AT_ONCE = 8
FIRST_PORT = 21_300


def served(*command: str, hook: Container | None = None, limit: int = 2) -> Container:
    """Return a container with one of the Go servers; `numbered` gives it a port."""
    variables = {"SHUTDOWN_SECONDS": str(limit)}
    env = [{"name": name, "value": value} for name, value in variables.items()]
    probe = {"httpGet": {"path": "/healthz", "port": 0}, "periodSeconds": 1}
    return app(hook, command=[*command], env=env, readinessProbe=probe)


def behind_shell(program: str, hook: Container | None = None) -> Container:
    return served("sh", "-c", f"{program} | cat", hook=hook)


def numbered(cases: Mapping[str, Case]) -> dict[str, Case]:
    """Give the server of each case a port of its own, since the pods share the host's network."""
    found = {}
    for port, (name, case) in enumerate(cases.items(), FIRST_PORT):
        (container,) = case.containers
        if "readinessProbe" in container:
            probe = {**container["readinessProbe"], "httpGet": {"path": "/healthz", "port": port}}
            env = [*container["env"], {"name": "PORT", "value": str(port)}]
            case = case._replace(containers=({**container, "env": env, "readinessProbe": probe},))
        found[name] = case
    return found


CASES = numbered(
    {
        "drill-server": Case(4, (served("/bin/server"),)),
        "drill-server-native": Case(6, (served("/bin/server", hook=sleep(2)),)),
        "drill-server-exec": Case(5, (served("/bin/server", hook=run("sleep", "1.5")),)),
        "drill-server-equal": Case(3, (served("/bin/server", hook=sleep(3)),)),
        "drill-server-too-long": Case(3, (served("/bin/server", hook=run("sleep", "9")),)),
        "drill-no-handler": Case(4, (served("/bin/no_handler"),)),
        "drill-no-handler-native": Case(5, (served("/bin/no_handler", hook=sleep(2)),)),
        "drill-exit": Case(4, (served("/bin/exit_at_once"),)),
        "drill-exit-exec": Case(5, (served("/bin/exit_at_once", hook=run("sleep", "2")),)),
        "drill-exit-failing": Case(5, (served("/bin/exit_at_once", hook=run("false")),)),
        "drill-main": Case(4, (served("/bin/main_returns"),)),
        "drill-main-shell": Case(
            6, (served("/bin/main_returns", hook=shell("sleep 1; sleep 1")),)
        ),
        "drill-endless": Case(3, (served("/bin/endless_cleanup"),)),
        "drill-endless-native": Case(5, (served("/bin/endless_cleanup", hook=sleep(2)),)),
        "drill-endless-equal": Case(3, (served("/bin/endless_cleanup", hook=sleep(3)),)),
        "drill-endless-one": Case(1, (served("/bin/endless_cleanup", hook=run("sleep", "5")),)),
        "drill-shell": Case(3, (behind_shell("/bin/server"),)),
        "drill-shell-native": Case(4, (behind_shell("/bin/server", sleep(2)),)),
        "drill-drains": Case(6, (app(sleep(1), drain=2),)),
        "drill-drains-too-long": Case(4, (app(run("sleep", "1"), drain=9),)),
        "drill-ignores": Case(4, (app(sleep(1)),)),
        "drill-zero": Case(0, (app(run("sleep", "3")),)),
    }
)


class Drilled(NamedTuple):
    """How a drill ended: seconds from the begin of the stop, and whether by SIGKILL."""

    ended: float
    was_killed: bool


def build_programs(folder: Path) -> dict[str, Path]:
    """Build the Go servers, for the pods and for the drills."""
    found = {name: folder / name for name in PROGRAMS}
    for name, path in found.items():
        go("build", "-o", str(path), f"{name}.go", cwd=FIXTURES / "apps" / "go")
    return found


def drill_all(folder: Path, programs: Mapping[str, Path]) -> dict[str, Drilled]:
    """Drill every case, a few at once."""
    folder.mkdir()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda name: drill(name, CASES[name], folder, programs), CASES)
        return dict(zip(CASES, found, strict=True))


def drill(name: str, case: Case, folder: Path, programs: Mapping[str, Path]) -> Drilled:
    """Drill the one container of a case, with the programs where they are on this machine."""
    log = folder / name
    log.mkdir()
    manifest = folder / f"{name}.json"
    manifest.write_text(json.dumps(pod(name, case, str(folder))))
    (container,) = case.containers
    words = [on_this_machine(word, programs, log) for word in container["command"]]
    command = [sys.executable, "-m", "k8slint", "drill", "--output-format", "json"]
    done = subprocess.run(
        [*command, str(manifest), "--", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 1}:
        raise ValueError(f"{name}: {done.stderr}")
    data = json.loads(done.stdout)
    return Drilled(data["endedAt"], data["killed"])


def on_this_machine(word: str, programs: Mapping[str, Path], log: Path) -> str:
    for name, path in programs.items():
        word = word.replace(f"/bin/{name}", str(path))
    return word.replace(LOG, str(log))


def differences(drilled: Drilled, measured: Sequence[Measured]) -> Iterator[str]:
    """Yield in words where a pod ended in another way than its drill."""
    ended = measured[0].died if measured else None
    if ended is None:
        yield "the kubelet did not end it"
    elif abs(ended - drilled.ended) > APART:
        yield f"drilled: {drilled.ended:.2f} s, the kubelet: {ended:.2f} s"
