"""What `make kubelet` makes of a log, and which differences it names; no kubelet runs here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kubelet import drills
from tests.kubelet.measure import Expected, Measured, disagreements, kill_lines, measure
from tests.kubelet.pods import CASES, Case, app, side

# Three lines of a kubelet's log, and what they are about in this test.
LOG = """\
I1129 21:14:03.100000   99 a.go:891] "Killing container with a grace period override" \
pod="default/web-node" podUID="u" containerName="app" containerID="containerd://c" gracePeriod=8
I1129 21:14:03.100500   99 a.go:786] "Running preStop hook" pod="default/web-node" podUID="u" \
containerName="app" containerID="containerd://c"
I1129 21:14:04.000000   99 a.go:912] "Killing container with a grace period" \
pod="default/web-two-node" podUID="u" containerName="app" gracePeriod=1
I1129 21:14:06.100000   99 a.go:912] "Killing container with a grace period" \
pod="default/web-node" podUID="u" containerName="app" containerID="containerd://c" gracePeriod=5
"""
MEASURED = Measured("app", 5, "SIGTERM", 3.02, 8.05)
DRAWN = {"app": Expected("SIGTERM", (3, 3), (8, 8), (3, 8))}
CASE = Case(8, (app(),))


def test_a_log_and_a_witness_make_an_end(tmp_path: Path) -> None:
    log = tmp_path / "kubelet.log"
    log.write_text(LOG)
    start = min(line.at for line in kill_lines(log, "web", 0))
    assert measure(log, tmp_path, "web", 0) == [Measured("app", 5, None, None, None)]
    (tmp_path / "app").write_text(f"{start - 9} start\n{start + 1} SIGQUIT\n{start + 3} SIGTERM\n")
    (tmp_path / "app.alive").write_text(f"{start + 8:.3f}")
    (ended,) = measure(log, tmp_path, "web", 0)
    assert ended[:3] == ("app", 5, "SIGTERM")
    assert [round(at or 0, 2) for at in ended[3:]] == [3, 8]


DIFFERENT: dict[str, tuple[Measured, list[str]]] = {
    "as drawn": (MEASURED, []),
    "a little late": (MEASURED._replace(signalled=3.9, died=8.9), []),
    "another signal": (MEASURED._replace(signal="SIGQUIT"), ["app: SIGQUIT, not SIGTERM"]),
    "early": (MEASURED._replace(signalled=2.5), ["app: signalled at 2.50 s, not 3 s"]),
    "late": (MEASURED._replace(signalled=4.5), ["app: signalled at 4.50 s, not 3 s"]),
    "killed early": (MEASURED._replace(died=7.0), ["app: ended at 7.00 s, not 8 s"]),
    "killed late": (MEASURED._replace(died=9.5), ["app: ended at 9.50 s, not 8 s"]),
    "another timeout": (MEASURED._replace(timeout=4), ["app: stop timeout 4 s, not 5 s"]),
    "an unknown container": (
        MEASURED._replace(container="other"),
        ["other: not in the timeline"],
    ),
}


@pytest.mark.parametrize(("measured", "words"), DIFFERENT.values(), ids=DIFFERENT)
def test_what_differs_is_named(measured: Measured, words: list[str]) -> None:
    assert [*disagreements(CASE, [measured], DRAWN, 1.0)] == words


def test_a_pod_that_is_not_ended_is_named() -> None:
    assert [*disagreements(CASE, [], DRAWN, 1.0)] == ["the kubelet did not end it"]


def test_there_are_enough_pods_of_every_kind() -> None:
    assert len(CASES) >= 60
    assert {case.trigger for case in CASES.values()} == {
        *("delete", "liveness", "startup", "post-start", "deadline", "completion", "restart-all"),
    }
    assert side()["restartPolicy"] == "Always"


DRILLED: dict[str, tuple[Measured | None, list[str]]] = {
    "alike": (MEASURED._replace(died=4.9), []),
    "later": (MEASURED._replace(died=5.2), ["drilled: 4.00 s, the kubelet: 5.20 s"]),
    "earlier": (MEASURED._replace(died=2.9), ["drilled: 4.00 s, the kubelet: 2.90 s"]),
    "not ended": (MEASURED._replace(died=None), ["the kubelet did not end it"]),
    "not there": (None, ["the kubelet did not end it"]),
}


@pytest.mark.parametrize(("measured", "words"), DRILLED.values(), ids=DRILLED)
def test_a_drill_that_ends_otherwise_is_named(measured: Measured | None, words: list[str]) -> None:
    found = drills.differences(
        drills.Drilled(4.0, was_killed=True), [measured] if measured else []
    )
    assert [*found] == words


def test_enough_apps_are_drilled_each_on_a_port_of_its_own() -> None:
    assert len(drills.CASES) >= 20
    containers = [case.containers[0] for case in drills.CASES.values()]
    ports = [one["readinessProbe"]["httpGet"]["port"] for one in containers if "env" in one]
    assert len({*ports}) == len(ports) > 15
    used = " ".join(word for one in containers for word in one["command"])
    assert [name for name in drills.PROGRAMS if f"/bin/{name}" not in used] == []


def test_the_programs_of_a_pod_are_found_on_this_machine(tmp_path: Path) -> None:
    programs = {"server": Path("/built/server")}
    words = ["sh", "-c", "/bin/server | cat", "-log", "/log/app"]
    found = [drills.on_this_machine(word, programs, tmp_path) for word in words]
    assert found == ["sh", "-c", "/built/server | cat", "-log", f"{tmp_path}/app"]
