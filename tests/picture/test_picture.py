"""Pictures of timelines: what they look like, and what holds for any of them."""

from __future__ import annotations

import fcntl
import json
import math
import os
import pty
import struct
import termios
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Literal
from unittest import mock
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from k8slint.images.fact import Fact, Strength
from k8slint.lint.identity import Resource
from k8slint.lint.rulebook import load_rules
from k8slint.lint.settings import Settings
from k8slint.lint.task import Task
from k8slint.outside.terminal import printable
from k8slint.picture import data, html, svg, terminal, words
from k8slint.picture.bars import STYLES, Segment, horizon, split_segments, ticks
from k8slint.picture.frame import LEAST_WIDTH
from k8slint.picture.page import add_pictures
from k8slint.picture.run import play_bytes
from k8slint.picture.scene import BudgetTerm, Needed, Played, Scene
from k8slint.picture.terminal import ASCII, BLOCKS, Glyphs
from k8slint.shutdown.seconds import Seconds, between, exactly, unknown
from k8slint.shutdown.timeline import ContainerStop, Phase, play
from k8slint.shutdown.triggers import TRIGGERS_BY_NAME
from tests.command import k8slint, make
from tests.copies import Copy
from tests.manifests import CLEAN, ERROR
from tests.places import DATA, ROOT
from tests.tiers import tries

EXPECTED = DATA / "picture"
SHOP = "fixtures/timeline/shop.yaml"
ODD = "tests/data/picture/odd.yaml"


def scenes(path: str, trigger: str = "delete", grace: int | None = None) -> tuple[Scene, ...]:
    ending = Played(TRIGGERS_BY_NAME[trigger], grace)
    staged = play_bytes((ROOT / path).read_bytes(), Task(path, Settings()), ending)
    assert not staged.unreadable
    return staged.scenes


def one(text: str, trigger: str = "delete", grace: int | None = None) -> Scene:
    task = Task("pod.yaml", Settings())
    (scene,) = play_bytes(text.encode(), task, Played(TRIGGERS_BY_NAME[trigger], grace)).scenes
    return scene


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, and how."""

    path: str = SHOP
    trigger: str = "delete"
    grace: int | None = None
    width: int = 80
    wrap: bool = True
    glyphs: Glyphs = BLOCKS


PICTURES = {
    "shop": Picture(),
    "shop-40": Picture(width=40),
    "shop-120-unwrapped": Picture(width=120, wrap=False),
    "shop-ascii": Picture(glyphs=ASCII),
    "shop-liveness": Picture(trigger="liveness"),
    "shop-eviction": Picture(trigger="eviction"),
    "shop-node-shutdown": Picture(trigger="node-shutdown"),
    "shop-grace-90": Picture(grace=90),
    "odd": Picture(ODD),
    "odd-32-ascii": Picture(ODD, width=32, glyphs=ASCII),
    "odd-spot": Picture(ODD, trigger="spot"),
    "odd-grace-0": Picture(ODD, grace=0),
}


@pytest.mark.parametrize("name", PICTURES)
def test_what_is_drawn_is_what_was_looked_at(name: str) -> None:
    """Expected pictures are written anew with K8SLINT_UPDATE=1: read the difference."""
    how = PICTURES[name]
    played = [*map(with_made_up_sources, scenes(how.path, how.trigger, how.grace))]
    drawn = terminal.render(played, width=how.width, wrap=how.wrap, glyphs=how.glyphs)
    file = EXPECTED / f"{name}.txt"
    if os.environ.get("K8SLINT_UPDATE"):
        file.write_text(drawn, encoding="utf-8")
    assert drawn == file.read_text(encoding="utf-8")


def with_made_up_sources(scene: Scene) -> Scene:
    """Facts are compared with their sources from time to time, and pictures stay as they are."""
    if scene.timeline is None:
        return scene
    lanes = [
        lane._replace(
            signal_fact=lane.signal_fact and made_up(lane.signal_fact, "image"),
            drain_fact=lane.drain_fact and made_up(lane.drain_fact, "program"),
        )
        for lane in scene.timeline.lanes
    ]
    return replace(scene, timeline=scene.timeline._replace(lanes=tuple(lanes)))


def made_up(fact: Fact, what: str) -> Fact:
    if fact.strength is not Strength.DOCUMENTED:
        return fact
    return fact._replace(source=f"source of the {what}", date="2026-11-29")


def spans(most: int) -> st.SearchStrategy[Seconds]:
    seconds = st.integers(0, most) | st.sampled_from([0.5, 9.5])
    return st.one_of(
        st.builds(exactly, seconds),
        st.builds(lambda low, more: between(low, low + more, "why"), seconds, seconds),
        st.builds(lambda low: unknown("nobody knows", low), seconds),
    )


NAMES = st.text(min_size=1, max_size=70)
PARTS = st.builds(
    ContainerStop,
    NAMES,
    st.sampled_from(["main", "sidecar"]),
    st.none() | spans(4000),
    spans(4000),
    st.sampled_from(["SIGTERM", "SIGQUIT", "SIGRTMIN+3"]),
    st.none() | st.tuples(spans(4000), NAMES),
    starting=st.none() | spans(4000),
)


@st.composite
def any_scene(draw: st.DrawFn) -> Scene:
    timeline = play(draw(st.lists(PARTS, min_size=1, max_size=4)), draw(st.integers(0, 4000)))
    entries = (BudgetTerm(draw(NAMES), 5, exactly(5), 3),)
    return Scene(
        Resource("v1", "Pod", draw(st.just("") | NAMES), draw(NAMES)),
        draw(NAMES),
        7,
        "",
        f"grace period {timeline.grace} s (default)",
        timeline,
        Needed(draw(st.integers(0, 5000)), is_minimum=False, entries=entries, sum=draw(NAMES)),
    )


@given(any_scene(), st.integers(32, 130), st.sampled_from([BLOCKS, ASCII]))
@settings(max_examples=tries(60))
def test_no_line_is_wider_than_the_terminal(scene: Scene, width: int, glyphs: Glyphs) -> None:
    for line in terminal.render([scene], width=width, glyphs=glyphs).splitlines():
        assert cell_len(line) <= width
        assert printable(line) == line


@given(any_scene(), st.integers(32, 130))
@settings(max_examples=tries(60))
def test_every_phase_is_visible_at_any_width(scene: Scene, width: int) -> None:
    seen: set[str] = set()

    def watch(text: str, role: str, rule: str = "") -> str:
        if text.strip():
            seen.add(role)
        return text

    timeline = scene.timeline
    assert timeline
    terminal.render([scene], watch, width=width)
    for lane in timeline.lanes:
        row = split_segments(lane, horizon(timeline))
        drawn = {piece.phase for piece in row if isinstance(piece, Segment)}
        for stretch in lane.stretches:
            lasts = stretch.end.high > stretch.start.high
            ends_late = stretch.phase is Phase.OVERRUN and math.isinf(stretch.end.high)
            if lasts and not ends_late:
                assert stretch.phase in drawn
        assert {str(phase) for phase in drawn} | {"signal"} <= seen


@given(any_scene())
@settings(max_examples=tries(40))
def test_pieces_follow_each_other_without_a_gap(scene: Scene) -> None:
    assert scene.timeline
    end = horizon(scene.timeline)
    assert end >= scene.timeline.grace
    for lane in scene.timeline.lanes:
        reached = 0.0
        for piece in split_segments(lane, end):
            assert piece.start == pytest.approx(min(reached, piece.start))
            assert piece.start >= 0
            assert piece.style in STYLES
            reached = max(reached, piece.end)
        assert reached <= end


@given(any_scene())
@settings(max_examples=tries(40))
def test_svg_is_well_formed_and_html_holds_only_our_elements(scene: Scene) -> None:
    tree = ET.fromstring(svg.render([scene]))
    assert {element.tag.split("}")[1] for element in tree.iter()} <= SVG_ELEMENTS
    assert elements(html.render([scene])) <= SVG_ELEMENTS | HTML_ELEMENTS


@given(any_scene(), st.integers(LEAST_WIDTH, 1_200))
@settings(max_examples=tries(60))
def test_svg_fits_its_width(scene: Scene, width: int) -> None:
    """By the width that its characters are reckoned with; a word is never longer than a line."""
    drawn = ET.fromstring(svg.render([scene], width))
    assert drawn.get("width") == str(width)
    for element in drawn.iter():
        left = float(element.get("x", "0"))
        if element.tag.endswith("}rect"):
            assert left + float(element.get("width", "0")) <= width
        elif element.tag.endswith("}text") and element.get("text-anchor") != "middle":
            style = (element.get("class") or "").split()[0]
            size = {"title": 10, "quiet": 6.4, "strong": 7.2, "name": 7.2}.get(style, 7.5)
            length = size * len(element.text or "")
            first, last = (
                (left - length, left)
                if element.get("text-anchor") == "end"
                else (left, left + length)
            )
            assert last <= width, (element.text, last)
            assert first >= 0, (element.text, first)


@pytest.mark.parametrize(
    ("width", "hook", "drain", "labels"),
    [
        (900, 15, 30, ["stop signal 15 s", "SIGKILL 30 s"]),
        (LEAST_WIDTH, 15, 30, ["15 s", "SIGKILL 30 s"]),
        (LEAST_WIDTH, 25, 10, ["stop signal 25 s", "SIGKILL 30 s"]),
        (LEAST_WIDTH, 10, 60, ["10 s", "SIGKILL 30 s"]),
    ],
)
def test_a_mark_without_room_for_its_signal_says_the_time(
    width: int, hook: int, drain: int, labels: list[str]
) -> None:
    """Cut off at the left, `stop signal 15 s` would read `signal 15 s`."""
    text = (ROOT / "docs" / "picture" / "web.yaml").read_text(encoding="utf-8")
    scene = one(text.replace("seconds: 15", f"seconds: {hook}").replace('"30"', f'"{drain}"'))
    drawn = ET.fromstring(svg.render([scene], width))
    marks = [one for one in drawn.iter() if " says-" in (one.get("class") or "")]
    assert [(mark.text or "").replace("\xa0", " ") for mark in marks] == labels


SVG_ELEMENTS = {
    *("svg", "title", "desc", "style", "defs", "pattern", "linearGradient", "stop", "rect"),
    *("line", "path", "text"),
}
HTML_ELEMENTS = {
    *("html", "head", "meta", "body", "header", "main", "h1", "h2", "p", "form", "label", "input"),
    *("output", "article", "div", "dl", "dt", "dd", "section", "script", "lineargradient"),
    *("select", "option"),
}


class Elements(HTMLParser):
    """The names of all elements, and the attributes that could run or load something."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.risky: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.risky += [
            name for name, _ in attrs if name.startswith("on") or name in ("src", "href", "style")
        ]


def elements(page: str) -> set[str]:
    parser = Elements()
    parser.feed(page)
    assert parser.names.count("script") == 1
    assert not parser.risky
    return set(parser.names)


def test_what_a_manifest_says_stays_text() -> None:
    page = html.render(scenes(ODD))
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "</svg>\u202e" not in page
    elements(page)


def test_pictures_ask_nobody_for_anything() -> None:
    drawn, page = svg.render(scenes(SHOP)), html.render(scenes(SHOP))
    assert drawn.count("http") == drawn.count('xmlns="http://www.w3.org/2000/svg"') == 1
    assert page.count("http") == page.count("http-equiv") == 1
    assert "@import" not in page
    assert "<script" not in drawn


def test_svg_says_in_words_what_it_draws() -> None:
    tree = ET.fromstring(svg.render(scenes(SHOP)))
    space = "{http://www.w3.org/2000/svg}"
    assert tree.get("role") == "img"
    assert tree.get("aria-labelledby") == "k8slint-title k8slint-desc"
    assert tree.findtext(f"{space}title") == "How pods shut down: 4 pods, 2 with too little grace"
    said = (tree.findtext(f"{space}desc") or "").replace("\N{NO-BREAK SPACE}", " ")
    signal = "stop signal of the image (SIGTERM unless it says otherwise) at 15 s"
    assert f"app: preStop 15 s; {signal}; drains up to 20 s" in said
    assert "Needs preStop 15 + gunicorn --graceful-timeout 20 + margin 5 = 40 s" in said


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        ("{exec: {command: [sleep, '60']}}", "not stopped while postStart runs (60 s); "),
        ("{httpGet: {port: 80}}", "not stopped while postStart runs (of unknown length); "),
        ("{sleep: {seconds: 0}}", ""),
    ],
)
def test_a_post_start_hook_holds_up_the_stop_of_its_pod(hook: str, said: str) -> None:
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n"
        "  - name: app\n    image: example.com/web:1\n"
        "    livenessProbe: {tcpSocket: {port: 80}}\n"
        f"    lifecycle: {{postStart: {hook}, preStop: {{sleep: {{seconds: 5}}}}}}\n"
    )
    for trigger, expected in (("delete", said), ("liveness", "")):
        timeline = one(text, trigger).timeline
        assert timeline is not None
        (lane,) = timeline.lanes
        assert words.sentence(lane, 30).partition("preStop 5 s")[0] == expected


@pytest.mark.parametrize("draw", [terminal.render, svg.render, html.render, data.render])
def test_the_same_input_gives_the_same_bytes(draw: object) -> None:
    assert callable(draw)
    assert draw(scenes(ODD)) == draw(scenes(ODD))
    assert draw([]).count("NaN") == 0


def test_the_legend_names_what_is_drawn_and_nothing_else() -> None:
    (scene,) = (scene for scene in scenes(SHOP) if scene.resource.name == "edge")
    assert terminal.render([scene]).splitlines()[-3:-1] == [
        "══ preStop hook   ▼ stop signal   ▒▒ drain, at most   ·· slack",
        "Ending: delete, rollout, scale-down, drain, eviction API. Each phase is drawn at",
    ]
    tree = ET.fromstring(svg.render([scene]))
    texts = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[-5:-1] == ["preStop hook", "stop signal", "drain, at most", "slack"]


@pytest.mark.parametrize(
    ("trigger", "grace", "said"),
    [
        ("delete", None, "grace period 60 s (line 74)"),
        ("delete", 0, "grace period 1 s (--grace; the pod has 60 s)"),
        ("delete", 60, "grace period 60 s (--grace)"),
        ("delete", 10, "grace period 10 s (--grace; the pod has 60 s)"),
        ("spot", None, "grace period 25 s (notice of GKE Spot, line 73; the pod has 60 s)"),
        ("spot", 40, "grace period 40 s (--grace; the pod has 60 s)"),
        ("node-shutdown", None, "grace period 60 s (line 74; the node may give less: --grace N)"),
        ("node-shutdown", 20, "grace period 20 s (--grace; the pod has 60 s)"),
        ("node-shutdown", 90, "grace period 60 s (line 74)"),
        ("eviction", None, "grace period 1 s (hard eviction by the kubelet; the pod has 60 s)"),
        ("eviction", 7, "grace period 7 s (--grace; the pod has 60 s)"),
        ("now", None, "grace period 1 s (kubectl delete --now or --force; the pod has 60 s)"),
        (
            "soft-eviction",
            None,
            "grace period 1 s (soft eviction by the kubelet; the pod has 60 s)",
        ),
        ("soft-eviction", 90, "grace period 60 s (line 74)"),
        ("preemption", None, "grace period 60 s (line 74)"),
    ],
)
def test_where_the_grace_period_comes_from(trigger: str, grace: int | None, said: str) -> None:
    (scene,) = (one for one in scenes(ODD, trigger, grace) if "script" in one.resource.name)
    assert scene.grace == said


def test_a_probe_ends_the_containers_that_have_it_one_at_a_time() -> None:
    drawn = {scene.title: scene for scene in scenes(SHOP, "liveness")}
    web = drawn["Deployment shop/web, container app"]
    assert web.timeline
    assert web.timeline.grace == 5
    assert web.grace == "grace period 5 s (livenessProbe, line 15; the pod has 30 s (default))"
    assert web.costs is None
    assert drawn["DaemonSet infra/edge"].missing == "no container has a livenessProbe"


TASK = """apiVersion: batch/v1
kind: Job
metadata: {name: report}
spec:
  template:
    spec:
      activeDeadlineSeconds: 600
      terminationGracePeriodSeconds: 0
      containers:
      - name: app
        image: example.com/report:1
        startupProbe: {tcpSocket: {port: 1}, terminationGracePeriodSeconds: 7}
        restartPolicyRules:
        - {action: RestartAllContainers, exitCodes: {operator: In, values: [9]}}
        lifecycle: {postStart: {exec: {command: [warm]}}, preStop: {sleep: {seconds: 5}}}
      - {name: log, image: "example.com/log:1"}
      initContainers:
      - {name: proxy, image: "example.com/proxy:1", restartPolicy: Always}
"""
SERVER = (
    "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{name: app}]}}}"
)
SERVER = SERVER.replace("{name: app}", '{name: app, image: "example.com/web:1"}')

# Of each scene the containers that are stopped, or why there is nothing to draw, and the seconds.
PLAYED = {
    "delete": (["app log proxy", 1], ["app", 30]),
    "now": (["app log proxy", 1], ["app", 1]),
    "eviction": (["app log proxy", 1], ["app", 1]),
    "soft-eviction": (["app log proxy", 1], ["app", 1]),
    "preemption": (["app log proxy", 1], ["app", 30]),
    "node-shutdown": (["app log proxy", 1], ["app", 30]),
    "spot": (["app log proxy", 1], ["app", 30]),
    "liveness": (["no container has a livenessProbe"], ["no container has a livenessProbe"]),
    "startup": (["app", 7], ["no container has a startupProbe"]),
    "change": (["app", 0, "log", 0, "proxy", 0], ["app", 30]),
    "post-start": (["app", 0], ["no container has a postStart hook"]),
    "deadline": (["app log proxy", 0], ["no activeDeadlineSeconds"]),
    "completion": (["proxy", 0], ["its main containers are restarted when they finish"]),
    "restart-all": (
        ["app log proxy", 0],
        ["no container has a rule with RestartAllContainers"],
    ),
}


@pytest.mark.parametrize("trigger", TRIGGERS_BY_NAME)
def test_what_an_ending_stops(trigger: str) -> None:
    def played(text: str) -> list[str | int]:
        said: list[str | int] = []
        staged = play_bytes(
            text.encode(), Task("x.yaml", Settings()), Played(TRIGGERS_BY_NAME[trigger])
        )
        for scene in staged.scenes:
            if scene.timeline is None:
                said.append(scene.missing)
            else:
                names = " ".join(lane.name for lane in scene.timeline.lanes)
                said += [names, scene.timeline.grace]
        return said

    assert (played(TASK), played(SERVER)) == PLAYED[trigger]


def test_a_task_without_a_sidecar_leaves_nothing_to_stop() -> None:
    alone = TASK[: TASK.index("      initContainers")]
    assert one(alone, "completion").missing == "no native sidecar that would keep running"


def test_a_restart_of_all_containers_knows_no_other_grace_period() -> None:
    scene = one(TASK.replace("Seconds: 0", "Seconds: 45"), "restart-all", 20)
    assert scene.grace == (
        "grace period 0 s (a rule that restarts all containers; the pod has 45 s)"
    )


def test_costs_know_the_kind_of_workload() -> None:
    drawn = {scene.resource.name: scene.costs for scene in scenes(SHOP)}
    assert str(drawn["web"] and drawn["web"].update) == "30 s"
    assert str(drawn["orders"] and drawn["orders"].update) == "5 x 60 = 300 s"
    assert str(drawn["orders"] and drawn["orders"].drain_one_by_one) == "5 x 60 = 300 s"
    assert drawn["edge"]
    assert drawn["edge"].for_each_node
    assert drawn["edge"].drain is None


def test_a_grace_period_that_is_not_known_can_be_played() -> None:
    patch = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: app\n"
    assert one(patch).timeline is None
    assert one(patch).grace == "grace period unknown"
    played = one(patch, grace=20)
    assert played.timeline
    assert played.grace == "grace period 20 s (--grace)"


@pytest.mark.parametrize("trigger", TRIGGERS_BY_NAME)
def test_a_pod_without_containers_has_no_picture(trigger: str) -> None:
    scene = one("apiVersion: v1\nkind: Pod\nspec:\n  terminationGracePeriodSeconds: 5\n", trigger)
    assert scene.timeline is None
    assert scene.missing.startswith("no ")
    for picture in (terminal.render([scene]), svg.render([scene]), html.render([scene])):
        assert scene.missing in picture


@pytest.mark.parametrize(("end", "apart"), [(30, 1), (30, 7), (3600, 100), (0.5, 9), (9e9, 2e8)])
def test_ticks_are_few_and_start_at_zero(end: float, apart: float) -> None:
    found = ticks(end, apart)
    assert found[0] == 0
    assert all(later - earlier >= apart for earlier, later in pairwise(found))
    assert found[-1] <= end


def test_json_is_plain_and_has_no_infinity() -> None:
    found = json.loads(data.render(scenes(ODD)), parse_constant=pytest.fail)
    assert found["version"] == 1
    by_name = {pod["resource"]["name"]: pod for pod in found["pods"]}
    hook = by_name["hook-without-limit"]["timeline"]["containers"][0]["phases"][0]
    assert hook["takes"] == {
        "low": 0,
        "high": None,
        "kind": "unbounded",
        "why": "loop with no limit",
    }
    terms = by_name["drain-for-an-hour"]["needed"]["terms"]
    assert [(term["label"], term["line"]) for term in terms] == [
        ("gunicorn --graceful-timeout", 39),
        ("margin", None),
    ]
    assert by_name["patch"]["timeline"] is None


# The command.


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("pod.yaml", 0, ""),
        (".", 0, "Skipped 1 unrendered template: `timeline` needs what actions write (pipe"),
        ("other.yaml", 0, "No workload found in 1 file."),
        ("empty", 0, "No workload found in 0 files."),
        ("missing.yaml", 2, "missing.yaml: no such file or folder"),
        ("missing.yaml pod.yaml", 2, "missing.yaml: no such file or folder"),
        ("broken.yaml", 2, "broken.yaml:3: cannot be read"),
        ("- pod.yaml", 2, "- must be the only path"),
        ("--trigger never pod.yaml", 2, "--trigger"),
        ("--grace -1 pod.yaml", 2, "--grace"),
        ("--output-format pdf pod.yaml", 2, "not one of text, svg, html, json"),
        ("--output-format svg= pod.yaml", 2, "'svg=' lacks a file name"),
        ("--output-format svg --output-format text pod.yaml", 2, "svg and text cannot both go"),
        ("--output-format svg=no/where.svg pod.yaml", 2, "no/where.svg: cannot be written"),
        ("--output-format svg=pod.yaml .", 2, "it is one of the files to check"),
        ("--kubernetes-version x pod.yaml", 2, "--kubernetes-version"),
        ("--config none.yaml pod.yaml", 2, "none.yaml: cannot be read"),
        ("--trigger spot --grace 25 --kubernetes-version 1.31 pod.yaml", 0, ""),
    ],
)
def test_exit_codes(tmp_path: Path, arguments: str, code: int, said: str) -> None:
    make(
        tmp_path,
        {
            "pod.yaml": ERROR,
            "template.yaml": "kind: Pod\nspec:\n  {{- if .x }}\n  a: b\n  {{- end }}\n",
            "other.yaml": "kind: Service\nspec: {}\n",
        },
    )
    (tmp_path / "empty").mkdir()
    if "broken" in arguments:
        make(tmp_path, {"broken.yaml": "kind: Pod\nspec: [\n"})
    ran = k8slint(tmp_path, "timeline", *arguments.split())
    assert ran.code == code, ran.err
    assert said in ran.err
    assert bool(ran.err) == bool(said)


def test_standard_input_and_several_formats_at_once(tmp_path: Path) -> None:
    formats = ("svg=a.svg", "html=a.html", "json=a.json", "text=a.txt", "text")
    options = [word for name in formats for word in ("--output-format", name)]
    ran = k8slint(tmp_path, "timeline", *options, "-", stdin=CLEAN.encode())
    assert ran.code == 0, ran.err
    assert ran.text.startswith("Pod web  <stdin>:1\ngrace period 70 s (line 6)\n")
    assert (tmp_path / "a.txt").read_text() == ran.text
    assert ET.fromstring((tmp_path / "a.svg").read_text()).get("class") == "k8slint"
    assert "<stdin>" not in (tmp_path / "a.html").read_text()
    assert json.loads((tmp_path / "a.json").read_text())["pods"][0]["path"] == "<stdin>"


def test_without_a_path_the_folder_is_drawn(tmp_path: Path) -> None:
    make(tmp_path, {"b.yaml": CLEAN, "a/c.yaml": ERROR, ".k8slint.yaml": "exclude: [b.yaml]\n"})
    ran = k8slint(tmp_path, "timeline", "--output-format", "json")
    assert [pod["path"] for pod in ran.data["pods"]] == ["a/c.yaml"]


@pytest.mark.parametrize(("when", "colours"), [("always", True), ("auto", False)])
def test_colours_only_add_to_the_text(tmp_path: Path, when: str, colours: bool) -> None:
    make(tmp_path, {"pod.yaml": ERROR})
    ran = k8slint(tmp_path, "timeline", "--color", when, "pod.yaml")
    assert ("\x1b[" in ran.text) == colours


@pytest.mark.parametrize("width", [40, 100])
def test_a_terminal_decides_the_width(width: int) -> None:
    shown = in_terminal(width, "utf-8")
    lines = shown.splitlines()
    assert max(map(len, lines)) <= width
    assert max(map(len, lines)) > width - 4
    assert "▼" in shown


def test_a_terminal_without_block_characters_gets_letters() -> None:
    shown = in_terminal(80, "ascii")
    assert shown.isascii()
    assert "T" in shown


def in_terminal(width: int, encoding: Literal["utf-8", "ascii"]) -> str:
    """What `k8slint timeline` shows in a terminal of some width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    env = {"NO_COLOR": "1", "PYTHONIOENCODING": encoding}
    with mock.patch.dict(os.environ):
        os.environ.pop("COLUMNS", None)
        os.environ.pop("LINES", None)
        call = Copy(ROOT, "timeline", SHOP, env=env, stdout=theirs)
    with call:
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:  # Linux says so when the other end is closed.
            pass
        assert call.finish().code == 0
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def test_the_pages_of_budget_rules_show_pictures() -> None:
    book = load_rules()
    for rule in book.rules:
        pictures = add_pictures(rule).page.count("```text")
        about_time = rule.code.startswith("GS1") or rule.code == "GS001"
        assert (pictures > 0) == about_time, rule.code
