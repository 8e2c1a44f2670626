"""`k8slint drill`: it tells servers apart by how they stop, and leaves nothing running."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from k8slint.measure.drains.file import read_drains
from tests.command import Ran, k8slint, make
from tests.copies import Copy
from tests.tiers import long_except

pytestmark = pytest.mark.skipif(os.name == "nt", reason="drill needs the signals of Unix")

APP = Path(__file__).with_name("app.py")
AT_ONCE = 4
# Far longer than a drill takes, on a busy machine too.
PATIENCE = 60
# Until a drill knows that what it started runs.
AT_LAST = 0.5


class Case(NamedTuple):
    """How a server of `app.py` stops, and what the report says: `facts` by their keys."""

    behaviour: str
    code: int
    problems: str
    facts: Mapping[str, Any]
    options: Sequence[str] = ()
    manifest: str = ""
    starts: Sequence[str] = (sys.executable, "-S", str(APP))
    has_load: bool = True


HOOK = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: %d
  containers:
  - name: app
    image: example.com/web
    ports: [{name: web, containerPort: 1}]
    lifecycle: {preStop: %s}
"""
SHELL = ("sh", "-c", '"$@"; true', "sh", sys.executable, "-S", str(APP))
LOST = r"\d+ requests? lost"
# Whether one is in flight at the kill is up to the moment.
WORK = "work in progress lost"
KILLED = rf"killed at \d s(; {LOST})?"
WORKER = (sys.executable, "-S", str(APP.with_name("worker.py")))
BUSY = ("--busy-file", "busy")
ASKED = ("--busy-command", "test -e busy")
CASES = {
    "right": Case("right", 0, "", {"killed": False, "exitCode": 0, "newly": {"refused"}}),
    "its exit code is reported": Case("fails", 0, "", {"exitCode": 3}),
    "no handler": Case("no-handler", 1, KILLED, {"signalDelivered": False}),
    "no handler below an init": Case(
        "no-handler", 1, LOST, {"signalDelivered": True, "exitCode": 143}, ["--init"]
    ),
    "exits at once": Case("exits-at-once", 1, LOST, {"killed": False, "exitCode": 0}),
    "never exits": Case("never-exits", 1, KILLED, {"exitCode": 137}),
    "ignores the signal": Case("ignores", 1, KILLED, {"signalDelivered": True}),
    "ends late": Case("slow", 1, r"ended at \S+ s, later than 0.1 s", {}, ["--within", "0.1"]),
    "answers of in-flight requests are errors": Case("errors", 1, LOST, {"killed": False}),
    "cuts answers off": Case("cuts", 1, LOST, {"killed": False}),
    "accepts and resets": Case("resets", 1, LOST, {"newly": {"reset"}}),
    "accepts and answers": Case("accepts-on", 0, "", {"newly": {"answered"}}),
    "turns new ones away": Case("turns-away", 0, "", {"newly": {"server error"}}),
    "keeps idle connections": Case("keeps-open", 0, "", {"kept": True}, ["--idle", "1"]),
    "leaves a child": Case("leaves-child", 0, "", {"left": ["sleep"]}),
    "leaves a child in a session of its own": Case("leaves-daemon", 0, "", {"left": ["sleep"]}),
    "below a shell": Case(
        "right",
        1,
        KILLED,
        {"signalDelivered": False, "left": ["python"]},
        starts=SHELL,
    ),
    "another signal": Case(
        "listens-to-quit", 0, "", {"signal": "SIGQUIT"}, ["--signal", "SIGQUIT"]
    ),
    "a hook sleeps": Case(
        "right",
        0,
        "",
        {"hook": "done", "signalledAt": 1},
        manifest=HOOK % (3, "{sleep: {seconds: 1}}"),
    ),
    "crashes while a hook sleeps": Case(
        "crashes",
        1,
        rf"ended at \S+ s, before the stop signal(; {LOST})?",
        {"signalDelivered": False, "exitCode": 1},
        has_load=False,
        manifest=HOOK % (9, "{sleep: {seconds: 3}}"),
    ),
    "a hook takes it all": Case(
        "ignores",
        1,
        KILLED,
        {"hook": "cut off", "signalledAt": 1, "killAt": 3},
        manifest=HOOK % (1, "{exec: {command: [sleep, '60']}}"),
    ),
    "a hook fails": Case(
        "right",
        0,
        "",
        {"hook": "failed", "signalledAt": 0},
        manifest=HOOK % (3, "{exec: {command: [/nowhere]}}"),
    ),
    "a hook stops the application": Case(
        "right",
        0,
        "",
        {"hook": "ended with the application", "signalDelivered": False},
        manifest=HOOK % (3, "{exec: {command: [sh, -c, 'kill $(cat pid); sleep 60']}}"),
    ),
    "work is finished": Case(
        "right", 0, "", {"work": True, "begun": False}, BUSY, "", WORKER, has_load=False
    ),
    "work is dropped": Case(
        "drops-work", 1, WORK, {"work": False, "killed": False}, BUSY, "", WORKER, has_load=False
    ),
    "work goes on": Case(
        "ignores", 1, rf"killed at 2 s(; {WORK})?", {}, BUSY, "", WORKER, has_load=False
    ),
    "more work is begun": Case(
        "begins-another", 0, "", {"work": True, "begun": True}, BUSY, "", WORKER, has_load=False
    ),
    "a command says that work is finished": Case(
        "right", 0, "", {"killed": False}, ASKED, "", WORKER, has_load=False
    ),
    "only the end counts": Case("right", 0, "", {"begun": False}, (), "", WORKER, has_load=False),
    "no grace, no hook": Case(
        "right",
        0,
        "",
        {"hook": None, "signalledAt": 0, "killAt": 2},
        ["--trigger", "restart-all", "--container", "app"],
        manifest=(HOOK % (3, "{sleep: {seconds: 3}}"))
        + "    restartPolicyRules: [{action: RestartAllContainers}]\n",
    ),
}


def fact(report: dict[str, Any], key: str) -> Any:
    """What a report says, in the form of the table."""
    match key:
        case "newly":
            begun, ended = report["signalledAt"], report["endedAt"]
            found = report["traffic"]["requests"]
            late = [one for one in found if begun <= one["started"] < ended]
            late = [one for one in late if not one["cutWhileClosing"]]
            return {one["outcome"] for one in late} - {"connected"}
        case "kept":
            return any(one["kept"] for one in report["traffic"]["idle"])
        case "hook":
            return report["hook"] and report["hook"]["end"]
        case "work":
            return all(one["done"] for one in report["work"])
        case "begun":
            return any(one["started"] > report["signalledAt"] for one in report["work"])
        case "left":
            return [name.rstrip("0123456789.") for name in report["left"]]
        case "signalledAt" | "killAt":
            return round(report[key])
    return report[key]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def words_of(case: Case, folder: Path) -> Sequence[str]:
    """The call that drills a case, with what it needs in a folder."""
    port = free_port()
    make(folder, {"web.yaml": case.manifest.replace("containerPort: 1", f"containerPort: {port}")})
    words = [*(["web.yaml"] if case.manifest else ["--grace", "2"]), *case.options]
    load = ["--load", f"http://localhost:{port}/", "--hold", "0.5"] if case.has_load else []
    command = ["drill", "--isolated", *words, *load, "--output-format", "json"]
    return [*command, "--", *case.starts, case.behaviour, str(port)]


def begin(words: Sequence[str], folder: Path) -> tuple[BaseProcess, Connection]:
    """Start a drill in a copy of this process: what a drill adopts is its own process's."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    copy = multiprocessing.get_context("fork").Process(
        target=lambda: theirs.send(k8slint(folder, *words))
    )
    copy.start()
    theirs.close()
    return copy, ours


@pytest.fixture(scope="module")
def drilled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Ran]:
    """What the drill of each case that this run asks for printed, a few at a time."""
    for name in ("measure.drill", "picture.drill_data", "picture.run"):
        import_module(f"k8slint.{name}")  # Once, not in each copy.
    asked = [
        str(item.callspec.params["name"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.function is test_it_tells_servers_apart
    ]
    waiting, done = {name: CASES[name] for name in asked}, {}
    running: dict[str, tuple[BaseProcess, Connection]] = {}
    while waiting or running:
        for name in [*waiting][: AT_ONCE - len(running)]:
            folder = tmp_path_factory.mktemp("drill")
            running[name] = begin(words_of(waiting.pop(name), folder), folder)
        name, (copy, ours) = next(iter(running.items()))
        assert ours.poll(PATIENCE), name
        done[name] = ours.recv()
        copy.join()
        running.pop(name)
    return done


QUICK = (
    *("right", "no handler", "answers of in-flight requests are errors"),
    *("leaves a child", "a hook takes it all", "work is dropped"),
)


@pytest.mark.parametrize("name", long_except(CASES, *QUICK))
def test_it_tells_servers_apart(name: str, drilled: Mapping[str, Ran]) -> None:
    case = CASES[name]
    ran = drilled[name]
    assert ran.out, ran.err
    report, said = ran.data, ran.text
    assert ran.code == case.code, said
    assert re.fullmatch(case.problems, "; ".join(report["problems"])), said
    for key, value in case.facts.items():
        found = fact(report, key)
        assert value <= found if key == "newly" else found == value, (key, said)


EXITS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, "SIGKILL": -9}


@pytest.mark.parametrize("name", long_except(EXITS, "SIGTERM", "SIGKILL"))
def test_nothing_is_left_running(tmp_path: Path, name: str) -> None:
    hook = HOOK % (60, "{exec: {command: [sh, -c, 'echo $$ > hook; sleep 61']}}")
    case = Case("never-exits", 0, "", {}, ["--hold", "0"], hook)
    with Copy(tmp_path, *words_of(case, tmp_path)) as drill:
        wait_for(lambda: (tmp_path / "hook").exists() and (tmp_path / "hook").read_text())
        pids = [int((tmp_path / one).read_text()) for one in ("pid", "hook")]
        assert all(map(is_running, pids))
        time.sleep(AT_LAST)
        drill.send(signal.Signals[name])
        done = drill.finish()
    assert (done.code, done.out) == (EXITS[name], b"")
    wait_for(lambda: not any(map(is_running, pids)))


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Process 1 may be slow to reap what others have left.
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return not Path("/proc/self").exists()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


@pytest.mark.parametrize(("behaviour", "killed"), [("right", False), ("ignores", True)])
def test_the_drain_is_kept_where_check_reads_it(
    tmp_path: Path, behaviour: str, killed: bool
) -> None:
    hook = HOOK % (1, "{sleep: {seconds: 0}}")
    words = words_of(Case(behaviour, 0, "", {}, HOLD, hook, WORKER, has_load=False), tmp_path)
    end = words.index("--")
    ran = k8slint(tmp_path, *words[:end], "--write", "drains.yaml", *words[end:])
    (row,) = read_drains(str(tmp_path / "drains.yaml"))
    assert (row.workload, row.container, row.image) == ("Pod/web", "app", "example.com/web")
    assert (row.by, row.stops, row.killed) == ("drill", 1, killed)
    assert row.longest == pytest.approx(ran.data["drain"], abs=0.1)
    assert f"drains.yaml: Pod/web, container app: drain {row.longest:g} s ({row.basis})" in ran.err
    assert "it counts from 20 stops on" in ran.err


def test_what_loses_requests_leaves_no_drain_that_check_believes(tmp_path: Path) -> None:
    hook = HOOK % (2, "{sleep: {seconds: 0}}")
    words = words_of(CASES["exits at once"]._replace(manifest=hook), tmp_path)
    end = words.index("--")
    ran = k8slint(tmp_path, *words[:end], "--write", "drains.yaml", *words[end:])
    assert "drains.yaml: nothing was added: requests or work were lost" in ran.err
    assert not (tmp_path / "drains.yaml").exists()


HOLD = ("--hold", "0.2", *BUSY)


MISTAKES = {
    "drill far.yaml --output-format json=./far.yaml -- true": "far.yaml: cannot be written: it is",
    "drill --write drains.yaml -- true": "--write needs a manifest",
    "drill far.yaml --write web.yaml --busy-file x -- true": "web.yaml:",
    "drill far.yaml --write drains.yaml -- true": "--write needs --load, --busy-file or",
    "drill": "drill needs a command",
    "drill web.yaml": "drill needs a command",
    "drill -- /nowhere": "/nowhere: cannot be started: No such file or directory",
    "drill python": "drill needs a command",
    "drill --load http://example.com/ -- true": "'example.com' is not this machine",
    "drill --load http://10.0.0.1/ -- true": "'10.0.0.1' is not this machine",
    "drill --load ftp://localhost/ -- true": "'ftp://localhost/' is not a URL",
    "drill --load localhost:80 -- true": "'localhost:80' is not a URL",
    "drill --ready http://[::1 -- true": "is not a URL",
    "drill --hold inf -- true": "take up to 1000000 seconds",
    "drill --hold nan -- true": "take up to 1000000 seconds",
    "drill --grace 1000001 -- true": "a drill does not wait for 1000001 s",
    "drill --requests 501 -- true": "more than 500 are a load test",
    "drill --signal NOPE -- true": "'SIGNOPE' is not a signal",
    "drill --hold 0.2 -- true": "the command ended with code 0 before the stop began",
    "drill --busy-file web.yaml -- true": "'web.yaml' exists before the start",
    "drill --busy-file x --busy-command y -- true": "exclude each other",
    "drill --busy-file x --ready-within 0.1 -- sleep 9": "no work after 0.1 s: x",
    "drill --ready http://localhost:1/ --ready-within 0.1 -- sleep 9": "not ready after 0.1 s",
    "drill --load http://localhost:1/ --ready-within 0.1 -- sleep 9": "Connection refused",
    "drill web.yaml -- sleep 9": "2 containers: app of Pod a, app of Pod b; name one",
    "drill web.yaml --container x -- sleep 9": "web.yaml has no container called 'x'",
    "drill none.yaml -- sleep 9": "none.yaml",
    "drill far.yaml -- sleep 9": "preStop httpGet: '10.0.0.1' is not this machine",
    "drill init.yaml -- sleep 9": "signals process 1, which outside of a container is that of",
    "drill port.yaml -- sleep 9": "container 'app' has no port 'web'",
    "drill digits.yaml -- sleep 9": "container 'app' has no port '999",
    "drill variable.yaml -- sleep 9": "sleep: cannot be started: illegal environment variable",
    "drill open.yaml -- sleep 9": "the preStop hook is not fully written",
    "drill far.yaml --trigger liveness -- sleep 9": "no container has a livenessProbe",
    "drill grace.yaml -- sleep 9": "--grace N sets one",
}
POD = """
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  terminationGracePeriodSeconds: %s
  containers: [{name: app, image: x, lifecycle: {preStop: %s}}]
"""


@pytest.mark.parametrize("words", MISTAKES)
def test_what_cannot_be_drilled_is_a_mistake_of_the_call(tmp_path: Path, words: str) -> None:
    make(
        tmp_path,
        {
            "web.yaml": "---".join(POD % (name, 1, "{sleep: {seconds: 1}}") for name in "ab"),
            "far.yaml": POD % ("a", 1, "{httpGet: {port: 80, host: 10.0.0.1}}"),
            "init.yaml": POD % ("a", 1, "{exec: {command: [sh, -c, 'sleep 0; kill -CHLD 1']}}"),
            "port.yaml": POD % ("a", 1, "{httpGet: {port: web}}"),
            "digits.yaml": POD % ("a", 1, f"{{httpGet: {{port: '{'9' * 5_000}'}}}}"),
            "variable.yaml": POD
            % ("a", 1, "{sleep: {seconds: 1}}}, env: [{name: 'A=', value: x}], x: {"),
            "open.yaml": POD % ("a", 1, "{exec: {command: ['${HOOK}', {}]}}"),
            "grace.yaml": POD % ("a", "'${GRACE}'", "{sleep: {seconds: 1}}"),
        },
    )
    ran = k8slint(tmp_path, *words.split())
    assert (ran.code, ran.out) == (2, b"")
    assert MISTAKES[words] in ran.err
