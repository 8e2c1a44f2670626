"""What the reports of a drill say, of one that is made up."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from k8slint.measure.drill.hook import HookEnd, HookRun
from k8slint.measure.drill.plan import plan_alone
from k8slint.measure.drill.requests import IdleConnection, Outcome, SentRequest, TrafficSeen
from k8slint.measure.drill.run import Drill, Exercise
from k8slint.measure.drill.work import BusySign, WorkPeriod
from k8slint.outside.app import PrintedLine
from k8slint.picture.drill import drill_heading, drill_text
from k8slint.picture.drill_data import drill_data, drill_json
from k8slint.picture.drill_svg import drill_svg
from k8slint.report.drill import drill_junit
from k8slint.shutdown.triggers import DELETE
from tests.hostile.texts import WATCHED
from tests.places import DATA

COMMAND = ["python", "app.py"]
REQUESTS = (
    SentRequest(-2.0, -1.0, Outcome.ANSWERED, 200),
    SentRequest(-1.0, 1.0, Outcome.ANSWERED, 200),
    SentRequest(-0.5, 2.0, Outcome.RESET, 0, "reset"),
    SentRequest(0.5, 0.6, Outcome.ANSWERED, 200),
    SentRequest(1.9, 1.95, Outcome.RESET),
    SentRequest(2.0, 2.0, Outcome.REFUSED),
)
SEEN = TrafficSeen(
    REQUESTS, (IdleConnection(True, 0.25), IdleConnection(False)), 0.0, 4.25, was_killed=False
)
DRILL = Drill(
    plan_alone(DELETE, 10, None, None),
    Exercise(busy=BusySign("/tmp/busy")),
    ready=0.125,
    hook=None,
    signalled=0.0,
    delivered=True,
    deadline=10,
    ended=4.25,
    was_killed=False,
    code=0,
    traffic=SEEN,
    work=(),
    left=(),
    output=(),
)
PICTURE = DATA / "picture" / "drill.txt"


def test_the_picture_shows_what_happened_under_what_was_predicted() -> None:
    """It is written anew with K8SLINT_UPDATE=1: read the difference."""
    drawn = drill_text(DRILL, drill_heading(DRILL, COMMAND))
    if os.environ.get("K8SLINT_UPDATE"):
        PICTURE.write_text(drawn, encoding="utf-8")
    assert drawn == PICTURE.read_text(encoding="utf-8")


SAID: Mapping[str, tuple[dict[str, Any], str, bool]] = {
    "the preStop hook failed": (
        {"hook": HookRun("run x", 0.5, HookEnd.FAILED, "exit code 1"), "signalled": 0.5},
        "preStop    run x: failed after 0.5 s: exit code 1",
        False,
    ),
    "killed": (
        {"was_killed": True, "ended": 10, "code": -9},
        "end        SIGKILL at 10 s: it had not ended by itself",
        True,
    ),
    "no handler": ({"delivered": False}, "SIGTERM at 0 s is lost: no handler", False),
    "before the signal": ({"signalled": 5.0}, "at 4.25 s, exit code 0, before the stop sig", True),
    "late": ({"exercise": Exercise(within=4)}, "exit code 0, later than 4 s", True),
    "in time": ({"exercise": Exercise(within=5)}, "by itself at 4.25 s, exit code 0", False),
    "by a signal": ({"code": -15}, "by SIGTERM (exit code 143)", False),
    "by an unknown one": ({"code": -99}, "by signal 99 (exit code 227)", False),
    "work was lost": ({"work": (WorkPeriod(-1, 4.25, False),)}, "not done at 4.25 s", True),
    "work was done": ({"work": (WorkPeriod(1, 2, True),)}, "begun at 1 s, done at 2 s", False),
    "work before": ({"work": (WorkPeriod(-3, -2, False),)}, "drill      passed", False),
    "one was left": ({"left": ("sleep",)}, "1 process was left running and killed: sle", False),
    "two were left": (
        {"left": ("b", "a")},
        "2 processes were left running and killed: a, b",
        False,
    ),
    "much output": (
        {"output": tuple(PrintedLine(1, str(number)) for number in range(12))},
        "and 2 more lines",
        False,
    ),
    "nothing was in flight": (
        {"traffic": SEEN._replace(requests=())},
        "none had been in fl",
        False,
    ),
    "it was left open": (
        {"traffic": SEEN._replace(requests=(), idle=(IdleConnection(True, math.inf),))},
        "1 connection: open until the end",
        False,
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_all_is_said_and_counts_as_it_should(name: str) -> None:
    changes, text, fails = SAID[name]
    answered = SEEN._replace(requests=REQUESTS[:2])
    drill = DRILL._replace(traffic=answered)._replace(**changes)
    said = drill_text(drill, "", wrap=False)
    assert text in said
    assert bool(drill.problems) is fails
    assert ("drill      failed" in said) is fails
    assert drill_data(drill, COMMAND)["passed"] is not fails
    assert drill_svg(drill, "").count('class="short"') == (2 if fails else 0)


def test_junit_has_a_test_for_each_thing_that_can_go_wrong() -> None:
    bad = DRILL._replace(
        was_killed=True,
        exercise=Exercise(busy=BusySign("x")),
        work=(WorkPeriod(-1, 4.25, False),),
    )
    for drill, failures in ((DRILL._replace(exercise=Exercise()), [0, 1]), (bad, [1, 1, 1])):
        root = fromstring(drill_junit(drill, "python app.py"))
        assert [len(case) for case in root.iter("testcase")] == failures
        assert root.get("failures") == str(sum(failures))
        assert root.get("tests") == str(len(failures))


ODD = "\x1b[2J\u202e ::error::x ##[command] \x07"


def test_what_an_application_prints_reaches_nothing_raw() -> None:
    drill = DRILL._replace(
        output=(PrintedLine(1, ODD),), left=(ODD,), hook=HookRun(ODD, 0, HookEnd.FAILED, ODD)
    )
    heading = drill_heading(drill, [ODD])
    reports = {
        "text": drill_text(drill, heading),
        "json": drill_json(drill, [ODD]),
        "junit": drill_junit(drill, heading),
        "svg": drill_svg(drill, heading),
    }
    for name, report in reports.items():
        WATCHED[name](report)
    assert json.loads(reports["json"])["output"][0]["text"] == ODD


def sent(started: float, ended: float, outcome: Outcome, status: int = 0) -> SentRequest:
    return SentRequest(started, ended, outcome, status)


# What became of requests, and how many count as lost: the signal at 1 s, the end at 4 s.
COUNTED: Mapping[str, tuple[tuple[SentRequest, ...], int]] = {
    "over before the stop": ((sent(-2, -1, Outcome.RESET),), 0),
    "in flight at the stop": ((sent(-1, 2, Outcome.RESET),), 1),
    "in flight at the signal": ((sent(0.5, 2, Outcome.CUT),), 1),
    "an error in flight": ((sent(0.5, 2, Outcome.ERROR),), 1),
    "an error of one just sent": ((sent(0.9, 2, Outcome.ERROR),), 0),
    "a failure of one just sent": ((sent(0.9, 2, Outcome.ERROR, status=500),), 1),
    "an error as it exits": ((sent(0.9, 3.95, Outcome.ERROR),), 1),
    "in the queue of a listener that closes": (
        (sent(0.9, 1.1, Outcome.RESET), sent(1.1, 1.1, Outcome.REFUSED)),
        0,
    ),
    "turned away": ((sent(1.5, 2, Outcome.ERROR),), 0),
    "refused as the stop begins": ((sent(-0.1, 0.1, Outcome.REFUSED),), 0),
    "refused during the hook": ((sent(0.5, 0.6, Outcome.REFUSED),), 0),
    "only connected": ((sent(2, 2, Outcome.CONNECTED),), 0),
    "a new one waits for ever": ((sent(2, 9, Outcome.TIMED_OUT),), 1),
    "a new one is reset": ((sent(2, 2.1, Outcome.RESET),), 1),
    "reset as the listener closes": (
        (sent(1.9, 2.1, Outcome.RESET), sent(2, 2.1, Outcome.REFUSED)),
        0,
    ),
    "begun while another is refused": (
        (sent(2, 2.1, Outcome.REFUSED), sent(2.05, 2.2, Outcome.RESET)),
        0,
    ),
    "reset after one was refused": (
        (sent(2, 2.1, Outcome.REFUSED), sent(2.2, 2.3, Outcome.RESET)),
        1,
    ),
    "reset long before": ((sent(1.5, 3, Outcome.RESET), sent(2, 2, Outcome.REFUSED)), 1),
    "reset at the end": ((sent(3.9, 4, Outcome.RESET),), 0),
    "after the end": ((sent(4.1, 4.1, Outcome.RESET),), 0),
}


@pytest.mark.parametrize("name", COUNTED)
def test_a_request_is_lost_if_a_client_could_expect_an_answer(name: str) -> None:
    requests, lost = COUNTED[name]
    seen = TrafficSeen(requests, (), 1, 4, was_killed=False)
    assert len(seen.lost) == lost
    assert len(seen.lost) + len(seen.closing) <= len(requests)


def test_what_waits_at_the_kill_is_lost_however_young() -> None:
    seen = TrafficSeen((sent(3.9, 4, Outcome.RESET),), (), 1, 4, was_killed=True)
    assert (len(seen.lost), len(seen.closing)) == (1, 0)


def test_what_an_exit_cuts_off_is_lost_however_young() -> None:
    requests = (sent(0.9, 1.15, Outcome.RESET), sent(1.16, 1.16, Outcome.REFUSED))
    for ended, lost in ((1.2, 1), (1.5, 0)):
        assert len(TrafficSeen(requests, (), 1, ended, was_killed=False).lost) == lost


def test_a_request_that_a_quick_exit_finds_in_a_queue_is_bad_luck() -> None:
    requests = tuple(sent(started, 1.02, Outcome.ERROR) for started in (0.9, 0.97))
    seen = TrafficSeen(requests, (), 1, 1.03, was_killed=False)
    assert (seen.lost, seen.closing) == ([requests[0]], [requests[1]])
