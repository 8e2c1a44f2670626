"""Watching a cluster through kubectl, over everything that interrupts it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import sys
import time as clock
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from k8slint.lint.scope import scope_for
from k8slint.lint.settings import Settings
from k8slint.measure import kubectl
from k8slint.measure.observe import following, observer
from k8slint.measure.observe.following import Listed, Unreachable
from k8slint.measure.observe.observer import ObservedStop
from k8slint.measure.observe.predicted import Predictor
from k8slint.measure.observe.session import Watching
from k8slint.outside.programs import Crew
from tests.command import Ran, k8slint
from tests.copies import Copy
from tests.measure.api_server import ApiServer
from tests.measure.seen_pods import (
    ended,
    failed_hook,
    pod,
    stopping,
    variables,
)
from tests.places import ROOT
from tests.terminal import at_terminal
from tests.tiers import long_except

HOOKED = pod(web={"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}})
# Seconds that anything may take on a busy machine.
PATIENCE = 30


@pytest.fixture(autouse=True)
def _haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observer, "SETTLING", 0.05)
    monkeypatch.setattr(following, "_FIRST_PAUSE", 0.05)


class Watched:
    """A watch of all pods, step by step."""

    def __init__(self, folder: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in variables(folder, program).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(folder / "work")
        self.crew = Crew()
        found = kubectl.find_kubectl(None, self.crew)
        self.watching = Watching(found, "", Predictor(scope_for(Settings())))
        self.stops: list[ObservedStop] = []
        self.said: list[Listed | Unreachable] = []

    def until(self, is_so: Callable[[], bool]) -> None:
        """Take in what comes until something is so."""
        deadline = clock.monotonic() + PATIENCE
        while not is_so():
            assert clock.monotonic() < deadline, (self.stops, self.said)
            for one in self.watching.step(0.05):
                (self.stops if isinstance(one, ObservedStop) else self.said).append(one)  # type: ignore[arg-type]

    def told(self) -> list[tuple[str, str, float | None, list[str]]]:
        """Each stop: its pod, how, the seconds and the outcomes."""
        return [
            (
                one.ending.name,
                one.ending.how,
                one.ending.seconds,
                [*map(str, map(one.ending.outcome_of, one.ending.ends))],
            )
            for one in self.stops
        ]


def watches(api: ApiServer, plural: str = "pods") -> int:
    return sum("watch=1" in one and urlsplit(one).path.endswith(plural) for one in api.asked)


Play = Callable[[ApiServer, Watched], None]
Told = list[tuple[str, str, float | None, list[str]]]


def stop(api: ApiServer, found: dict[str, Any], after: float, code: int = 0) -> None:
    """Let a pod end as the kubelet reports it: its end, its removal, and that it is gone."""
    grace = found["spec"]["terminationGracePeriodSeconds"]
    api.put("pods", ended(stopping(found, grace), after, code))
    api.put("pods", ended(stopping(found, 0, at=after), after, code))
    api.remove("pods", ended(stopping(found, 0, at=after), after, code))


def an_end(api: ApiServer, seen: Watched) -> None:
    api.put("pods", stopping(HOOKED, 30))
    stop(api, HOOKED, 12)


def a_dropped_connection(api: ApiServer, seen: Watched) -> None:
    """Also that of events, of which nothing is known until they are read again."""
    api.put("pods", stopping(HOOKED, 30))
    seen.until(lambda: seen.watching.observer.unfinished == 1)
    lists = len(seen.said)
    api.drop("pods", "events")
    seen.until(lambda: any(isinstance(one, Listed) for one in seen.said[lists:]))
    api.put("events", failed_hook(HOOKED))
    seen.until(lambda: bool(seen.watching.observer._failed))
    stop(api, HOOKED, 12)
    seen.until(lambda: bool(seen.stops))
    assert seen.stops[0].failed_hooks == frozenset({"web"})


def half_a_line(api: ApiServer, seen: Watched) -> None:
    api.cuts_line = True
    a_dropped_connection(api, seen)


def a_bookmark(api: ApiServer, seen: Watched) -> None:
    """What is older than a bookmark is never asked for again."""
    api.put("pods", stopping(HOOKED, 30))
    seen.until(lambda: seen.watching.observer.unfinished == 1)
    before = watches(api)
    with api.changed:
        api.bookmark("pods")
        api.oldest = api.version
        api.drop("pods")
    seen.until(lambda: watches(api) > before)
    stop(api, HOOKED, 12)
    seen.until(lambda: bool(seen.stops))
    assert [one.kind for one in seen.said if isinstance(one, Listed)].count("pods") == 1


def gone(api: ApiServer, seen: Watched) -> None:
    """The end comes while nobody watches, and the version is no longer known."""
    api.put("pods", stopping(HOOKED, 30))
    seen.until(lambda: seen.watching.observer.unfinished == 1)
    with api.changed:
        api.forget()
        api.put("pods", ended(stopping(HOOKED, 30), 12))
    seen.until(lambda: any(isinstance(one, Listed) and one.unseen for one in seen.said))


def gone_while_it_stops(api: ApiServer, seen: Watched) -> None:
    """The new list has the pod still: it has not vanished."""
    api.put("pods", stopping(HOOKED, 30))
    seen.until(lambda: seen.watching.observer.unfinished == 1)
    api.forget()
    seen.until(lambda: any(isinstance(one, Listed) and one.unseen for one in seen.said))
    assert seen.watching.observer.unfinished == 1
    stop(api, HOOKED, 12)


def gone_as_an_event(api: ApiServer, seen: Watched) -> None:
    api.sends_gone_as_event = True
    gone(api, seen)


def vanished(api: ApiServer, seen: Watched) -> None:
    """A new list no longer has the pod: nobody saw how it ended."""
    api.put("pods", stopping(HOOKED, 30))
    seen.until(lambda: seen.watching.observer.unfinished == 1)
    with api.changed:
        api.forget()
        api.remove("pods", HOOKED)


def a_shortened_deadline(api: ApiServer, seen: Watched) -> None:
    api.put("pods", stopping(HOOKED, 30))
    api.put("pods", stopping(HOOKED, 6))
    stop(api, {**HOOKED, "spec": {**HOOKED["spec"], "terminationGracePeriodSeconds": 6}}, 6, 137)


def a_force_delete(api: ApiServer, seen: Watched) -> None:
    api.put("pods", stopping(HOOKED, 0))
    api.remove("pods", stopping(HOOKED, 0))


def an_object_that_stays(api: ApiServer, seen: Watched) -> None:
    """A finalizer keeps the pod of a Job; its stop is one all the same."""
    api.put("pods", stopping(HOOKED, 30))
    api.put("pods", ended(stopping(HOOKED, 30), 12))
    seen.until(lambda: bool(seen.stops))
    stop(api, HOOKED, 12)
    seen.until(lambda: not seen.watching.observer._stopping)


def stops_at_first(api: ApiServer, seen: Watched) -> None:
    an_end(api, seen)


ENDS: Told = [("web-7c9d-x1", "delete", 12, ["ended"])]
UNSEEN: Told = [("web-7c9d-x1", "delete", None, ["not-seen"])]
PLAYS: dict[str, tuple[Play, Told]] = {
    "an end": (an_end, ENDS),
    "a dropped connection": (a_dropped_connection, ENDS),
    "half a line": (half_a_line, ENDS),
    "a bookmark": (a_bookmark, ENDS),
    "410": (gone, ENDS),
    "410 while it stops": (gone_while_it_stops, ENDS),
    "410 as an event": (gone_as_an_event, ENDS),
    "vanished": (vanished, UNSEEN),
    "a shortened deadline": (
        a_shortened_deadline,
        [("web-7c9d-x1", "delete", 6, ["killed"])],
    ),
    "a force delete": (
        a_force_delete,
        [("web-7c9d-x1", "force delete", None, ["not-seen"])],
    ),
    "an object that stays": (an_object_that_stays, ENDS),
}


def played(api: ApiServer, folder: Path, play: Play, patch: pytest.MonkeyPatch, by: str) -> Told:
    api.put("pods", HOOKED)
    seen = Watched(folder, by, patch)
    try:
        seen.until(lambda: watches(api) > 0 and watches(api, "events") > 0)
        play(api, seen)
        seen.until(lambda: bool(seen.stops))
        for _ in range(3):  # Nothing is told twice.
            seen.until(lambda: True)
            seen.stops += [one for one in seen.watching.step(0.1) if isinstance(one, ObservedStop)]
        return seen.told()
    finally:
        seen.crew.end()


QUICK = (
    *("an end", "half a line", "a bookmark", "410", "vanished", "a shortened deadline"),
    "an object that stays",
)


@pytest.mark.parametrize("name", long_except(PLAYS, *QUICK))
def test_a_stop_is_seen_over_every_interruption(
    api: ApiServer, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    play, told = PLAYS[name]
    assert played(api, folder, play, monkeypatch, "") == told


@pytest.mark.parametrize("name", PLAYS)
def test_the_real_kubectl_sees_the_same(
    api: ApiServer,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    need: Callable[[str], str],
    name: str,
) -> None:
    play, told = PLAYS[name]
    assert played(api, folder, play, monkeypatch, need("kubectl")) == told


def begun(folder: Path, *arguments: str) -> Copy:
    """A call of `k8slint observe`, with a scenario beside it."""
    return Copy(folder / "work", "observe", *arguments, env=variables(folder))


def ended_by(call: Copy, number: int = signal.SIGTERM) -> Ran:
    call.send(number)
    return call.finish()


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = clock.monotonic() + PATIENCE
    while not is_so():
        assert clock.monotonic() < deadline
        clock.sleep(0.05)


def shop_day(api: ApiServer) -> None:
    """Two pods of one workload, one killed; a third whose hook fails; a fourth still stops."""
    first, second, third, fourth = (
        pod(f"web-7c9d-x{number}", web=HOOKED["spec"]["containers"][0]) for number in range(4)
    )
    api.put("pods", stopping(fourth, 30))
    for one in (first, second, third):
        api.put("pods", stopping(one, 30))
    api.put("events", failed_hook(third))
    stop(api, first, 12)
    stop(api, second, 30, 137)
    stop(api, third, 3)


def test_all_that_is_written(api: ApiServer, folder: Path) -> None:
    arguments = ["--output-format", "text", "--output-format", "jsonl=stops.jsonl"]
    arguments += ["--output-format", "prometheus=stops.prom", "--write", "drains.yaml"]
    with begun(folder, "--isolated", *arguments) as call:
        wait_for(lambda: watches(api) > 0 and watches(api, "events") > 0)
        shop_day(api)
        work = folder / "work"
        wait_for(lambda: (work / "stops.jsonl").read_text(encoding="utf-8").count("\n") == 3)
        done = ended_by(call)
    assert (done.code, done.err) == (0, NOTES)
    assert done.out.decode() == TABLE
    stops = [json.loads(line) for line in (work / "stops.jsonl").read_text("utf-8").splitlines()]
    assert [(one["pod"], one["seconds"]) for one in stops] == [
        ("web-7c9d-x0", 12),
        ("web-7c9d-x1", 30),
        ("web-7c9d-x2", 3),
    ]
    assert stops[1]["containers"][0]["outcome"] == "killed"
    assert stops[1]["containers"][0]["predicted"] == {"low": 5, "high": 30, "killed": "maybe"}
    assert [one["containers"][0]["hookFailed"] for one in stops] == [False, False, True]
    assert stops[0]["began"] == "2026-11-30T10:00:00Z"
    sums = (work / "stops.prom").read_text(encoding="utf-8")
    assert dict(samples(sums)) == SUMS
    drains = yaml.safe_load((work / "drains.yaml").read_text(encoding="utf-8"))["drains"]
    assert [(one.get("drain"), one.get("stop"), one.get("killed")) for one in drains] == [
        ({"median": 7, "p99": 25, "max": 25}, None, 1),
        (None, {"median": 3, "p99": 3, "max": 3}, None),
    ]


NOTES = """\
Watching the pods of shop; Ctrl-C ends.
Times are differences of whole seconds, right within 1 s.
Still stopping at the end, not counted: 1.
"""
TABLE = """\
10:00:00Z  shop/Deployment/web  web-7c9d-x0  12 of 30 s  web: exit code 0
10:00:00Z  shop/Deployment/web  web-7c9d-x1  30 of 30 s  web: killed at the deadline
10:00:00Z  shop/Deployment/web  web-7c9d-x2  3 of 30 s  web: exit code 0, preStop hook failed\
  web: predicted 5 to 30 s
WORKLOAD             STOPS  MEDIAN   P99   MAX  KILLED  NOT SEEN  PREDICTED
shop/Deployment/web      3    12 s  30 s  30 s       1         0  5 to 30 s
  web: ended sooner in 1 stop (3 s, predicted 5 to 30 s)
  stops with a failed preStop hook: 1
"""
SUMS = {
    'stop_seconds{quantile="0.5"}': 12,
    'stop_seconds{quantile="0.99"}': 30,
    'stop_seconds{quantile="1"}': 30,
    "stop_seconds_sum": 45,
    "stop_seconds_count": 3,
    "stops_total": 3,
    "killed_total": 1,
    "not_seen_total": 0,
    "failed_hooks_total": 1,
    "mismatches_total": 1,
    "predicted_low_seconds": 5,
    "predicted_high_seconds": 30,
}
_SAMPLE = re.compile(
    r'k8slint_observed_(\w+)\{namespace="shop",kind="Deployment",name="web"'
    r'(?:,(quantile="[\d.]+"))?\} (\d+)'
)


def samples(text: str) -> Iterator[tuple[str, int]]:
    """The numbers of a workload; each line is one, or a comment about the metric that follows."""
    for line in text.splitlines():
        if not re.fullmatch(r"# (HELP k8slint_\w+ [\w ]+\.|TYPE k8slint_\w+ \w+)", line):
            found = _SAMPLE.fullmatch(line)
            assert found, line
            name, quantile, value = found.groups()
            yield f"{name}{{{quantile}}}" if quantile else name, int(value)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_the_sums_and_ends_kubectl(
    api: ApiServer, folder: Path, number: int
) -> None:
    with begun(folder, "--isolated") as call:
        wait_for(lambda: watches(api) > 0 and watches(api, "events") > 0)
        an_end(api, None)  # type: ignore[arg-type]
        running = set(programs_below(folder))
        assert len(running) == 2
        clock.sleep(1)
        done = ended_by(call, number)
    assert done.code == 0
    assert b"shop/Deployment/web      1    12 s" in done.out
    wait_for(lambda: not running.intersection(programs_below(folder)))


def programs_below(folder: Path) -> Iterator[int]:
    """The processes that run the kubectl of a test."""
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(folder / "bin" / "kubectl").encode() in one.read_bytes():
                yield int(one.parent.name)


def observed(folder: Path, *arguments: str, **more: str) -> Ran:
    return k8slint(folder / "work", "observe", *arguments, env={**variables(folder), **more})


def test_pods_that_nobody_may_read_are_an_error(api: ApiServer, folder: Path) -> None:
    api.forbidden = {"pods"}
    done = observed(folder, "--for", "20s")
    assert (done.code, done.out) == (2, b"")
    said = 'Error from server (Forbidden): pods is forbidden: User "eve" cannot list resource'
    assert f"k8slint: pods cannot be read: {said}" in done.err
    assert "docs/recipes/observe.md" in done.err


def test_events_that_nobody_may_read_are_not_taken_for_none(api: ApiServer, folder: Path) -> None:
    api.forbidden = {"events"}
    with begun(
        folder, "--output-format", "jsonl", "--output-format", "prometheus=stops.prom"
    ) as call:
        wait_for(lambda: watches(api) > 0)
        clock.sleep(0.3)
        an_end(api, None)  # type: ignore[arg-type]
        clock.sleep(1.5)
        done = ended_by(call)
    assert done.code == 0
    assert "Events cannot be read, so failed preStop hooks are not seen: Error from" in done.err
    assert json.loads(done.out)["containers"][0]["hookFailed"] is None
    sums = dict(samples((folder / "work" / "stops.prom").read_text(encoding="utf-8")))
    assert "failed_hooks_total" not in sums
    assert sums["stops_total"] == 1


WRONG = {
    "--for 5": (["--for", "5"], "--for: '5' is not a time such as 90s, 10m or 2h"),
    "--for 0s": (["--for", "0s"], "--for: '0s' is not a time such as 90s, 10m or 2h"),
    "-n and -A": (
        ["-n", "shop", "-A"],
        "--namespace names one namespace, --all-namespaces all: drop one of them",
    ),
    "a path": (["-n", "../nodes"], "'../nodes' is not the name of a namespace"),
    "a query": (["-n", "a?b=c"], "'a?b=c' is not the name of a namespace"),
    "no context": (
        ["--context", "none"],
        'error: context "none" does not exist; name a namespace with -n, or all with -A',
    ),
    "a format": (
        ["--output-format", "json"],
        "--output-format: 'json' is not one of text, jsonl, prometheus; did you mean jsonl?",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_call(folder: Path, case: str) -> None:
    arguments, message = WRONG[case]
    done = observed(folder, *arguments)
    assert (done.code, done.out, done.err) == (2, b"", f"k8slint: {message}\n")


def test_kubectl_is_not_taken_from_the_working_folder(folder: Path) -> None:
    shutil.copytree(folder / "bin", folder / "work" / "bin")
    done = observed(folder, PATH=str(folder / "work" / "bin"))
    why = "kubectl is not on the PATH, or only in or below the working folder"
    assert (done.code, done.err) == (2, f"k8slint: {why}\n")


@pytest.mark.parametrize("name", ["work", "", "/"])
def test_kubectl_may_be_in_ones_own_home(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("PATH", str(folder / "bin"))
    monkeypatch.chdir(folder / name)
    assert kubectl.find_kubectl(None, Crew()).program == str(folder / "bin" / "kubectl")


def test_what_kubectl_never_lists_is_not_taken_for_no_stops(folder: Path) -> None:
    hangs = f"#!{sys.executable} -IS\nimport time\ntime.sleep(61)\n"
    (folder / "bin" / "kubectl").write_text(hangs, encoding="utf-8")
    done = observed(folder, "-n", "shop", "--for", "1s")
    assert (done.code, done.out) == (2, b"")
    assert "k8slint: kubectl has not listed the pods in this time: nothing was seen" in done.err


def test_a_namespace_and_a_context_are_those_of_the_call(api: ApiServer, folder: Path) -> None:
    for arguments, path in (
        (["--context", "other"], "/api/v1/namespaces/other/pods"),
        (["-n", "web"], "/api/v1/namespaces/web/pods"),
        (["-A"], "/api/v1/pods"),
    ):
        api.asked.clear()
        done = observed(folder, *arguments, "--for", "0.5s")
        assert (done.code, done.out) == (0, b"No pod stopped.\n")
        assert path in [urlsplit(one).path for one in api.asked]


def test_only_what_the_role_allows_is_asked_for(api: ApiServer, folder: Path) -> None:
    """The ClusterRole of the recipe, against each request of a run with everything in it."""
    page = (ROOT / "docs" / "recipes" / "observe.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(apiVersion: rbac.*?)```", page, re.DOTALL)
    role, _ = yaml.safe_load_all(text)
    assert [rule["apiGroups"] for rule in role["rules"]] == [[""]]
    allowed = {
        (plural, verb)
        for rule in role["rules"]
        for plural in rule["resources"]
        for verb in rule["verbs"]
    }
    with begun(folder, "-A", "--write", "drains.yaml") as call:
        wait_for(lambda: watches(api) > 0 and watches(api, "events") > 0)
        shop_day(api)
        api.forget()
        wait_for(lambda: watches(api) > 1)
        assert ended_by(call).code == 0
    asked = {
        (urlsplit(one).path.rpartition("/")[2], "watch" if "watch=1" in one else "list")
        for one in api.asked
    }
    assert asked == allowed
    assert {urlsplit(one).path for one in api.asked} == {"/api/v1/pods", "/api/v1/events"}


def test_kubectl_gets_no_secret_of_the_job(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "work")
    given = {
        **variables(folder),
        "KUBECONFIG": "a:/b",
        "AWS_PROFILE": "x",
        "HTTPS_PROXY": "y",
        "GITHUB_TOKEN": "s",
        "K8SLINT_CONFIG": "s",
        "LD_PRELOAD": "s",
        "PYTHONPATH": "s",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    got = kubectl.find_kubectl(None, Crew()).environment
    assert got["KUBECONFIG"] == f"{folder / 'work' / 'a'}{os.pathsep}/b"
    assert (got["AWS_PROFILE"], got["HTTPS_PROXY"], got["HOME"]) == ("x", "y", str(folder))
    assert got["KUBECTL_KUBERC"] == "false"
    assert "s" not in got.values()


HOSTILE = 'a\x1b[31m\u202e\nb"},{ # TYPE'


def test_text_of_the_cluster_reaches_no_terminal_raw(api: ApiServer, folder: Path) -> None:
    odd = pod(HOSTILE)
    odd["metadata"]["ownerReferences"][0]["kind"] = HOSTILE
    odd["spec"]["nodeName"] = HOSTILE
    odd["spec"]["containers"][0]["name"] = odd["status"]["containerStatuses"][0]["name"] = HOSTILE
    arguments = ["text", "jsonl=stops.jsonl", "prometheus=stops.prom"]
    formats = [word for one in arguments for word in ("--output-format", one)]
    with begun(folder, *formats, "--write", "drains.yaml") as call:
        wait_for(lambda: watches(api) > 0)
        api.put("pods", stopping(odd, 30))
        stop(api, odd, -20)
        work = folder / "work"
        wait_for(lambda: (work / "stops.jsonl").read_bytes().count(b"\n") == 1)
        done = ended_by(call)
    assert done.code == 0
    assert b"a\\x1b[31m" in done.out
    for text in (
        done.out.decode(),
        done.err,
        (work / "stops.jsonl").read_text(encoding="utf-8"),
        (work / "stops.prom").read_text(encoding="utf-8"),
    ):
        assert not set(text) & {"\x1b", "\u202e"}
    assert json.loads((work / "stops.jsonl").read_text("utf-8"))["pod"] == HOSTILE
    assert not (work / "drains.yaml").exists()
    for line in (work / "stops.prom").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r'(# .*|k8slint_\w+\{(\w+="([^"\\]|\\["\\])*",?)+\} \d+)', line), line


def test_a_terminal_shows_the_table_as_it_grows(api: ApiServer, folder: Path) -> None:
    call = ("observe", "--isolated")
    env = variables(folder) | {"TERM": "xterm"}
    with at_terminal(folder / "work", *call, columns=100, env=env) as terminal:
        wait_for(lambda: watches(api) > 0 and watches(api, "events") > 0)
        an_end(api, None)  # type: ignore[arg-type]
        terminal.wait_for("shop/Deployment/web      1    12 s")
        os.kill(terminal.process, signal.SIGINT)
        terminal.finish()
    assert terminal.code == 0
    assert "Stops: 1. Stopping now: 0." in terminal.shown
    *_, end = terminal.shown.partition("\x1b[?25h")
    assert end.count("shop/Deployment/web") == 1
    assert end.endswith("right within 1 s.\n")
