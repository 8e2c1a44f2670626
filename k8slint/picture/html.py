"""Timelines as one HTML page with a filter, which works offline from a file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from k8slint.picture import svg
from k8slint.picture.frame import WIDTH
from k8slint.picture.scene import Scene
from k8slint.picture.svg import svg_element, svg_text
from k8slint.picture.words import costs, needs_sentence, scenes_summary, sentence, tone, verdict
from k8slint.shutdown.timeline import Timeline

PAGE_CSS = Path(__file__).with_name("page.css")
SCRIPT = Path(__file__).with_name("page.js")

_TITLE = "How pods shut down"


def render(scenes: Sequence[Scene]) -> str:
    """Return a page with all pods of a run, with styles and script inline."""
    style = svg.CSS.read_text(encoding="utf-8") + PAGE_CSS.read_text(encoding="utf-8")
    script = SCRIPT.read_text(encoding="utf-8")
    head = svg_element(
        "head",
        svg_element("meta", charset="utf-8"),
        svg_element("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        svg_element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        svg_element("meta", name="color-scheme", content="light dark"),
        svg_element("title", f"{_TITLE} - k8slint"),
        svg_element("style", style),
    )
    body = svg_element("body", *_body(scenes), svg_element("script", script), class_="k8slint")
    return f"<!doctype html>\n{svg_element('html', head, body, lang='en')}\n"


def _policy(style: str, script: str) -> str:
    """Return a policy that loads nothing: a name in a manifest cannot become a script."""
    return f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'"


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _body(scenes: Sequence[Scene]) -> Iterator[str]:
    yield svg_element("svg", svg.definitions(), class_="definitions", aria_hidden="true")
    yield svg_element(
        "header", svg_element("h1", _TITLE), svg_element("p", svg_text(scenes_summary(scenes)))
    )
    yield _form()
    nothing = svg_element("p", "No pod matches.", id="none", hidden="hidden")
    yield svg_element("main", *map(_article, scenes), nothing, *_legend(scenes))


def _form() -> str:
    words = svg_element(
        "input", type="search", name="words", placeholder="shop web", aria_keyshortcuts="/"
    )
    short = svg_element("input", type="checkbox", name="short")
    return svg_element(
        "form",
        svg_element("label", "Filter", words),
        svg_element("label", short, "too little grace only"),
        svg_element("output", "", name="count"),
        hidden="hidden",
        role="search",
    )


def _article(scene: Scene) -> str:
    timeline = scene.timeline
    names = [lane.name for lane in timeline.lanes] if timeline else []
    search = " ".join((scene.title, scene.path, *names)).lower()
    title = svg_element("h2", svg_text(scene.title))
    badge = svg_element("p", svg_text(verdict(scene)), class_=f"verdict {tone(scene)}")
    place = f"{scene.grace}, {scene.path}:{scene.line}"
    return svg_element(
        "article",
        svg_element("header", title, badge if timeline else ""),
        svg_element("p", svg_text(place), class_="place"),
        *(_picture(scene, timeline) if timeline else [svg_element("p", svg_text(scene.missing))]),
        data_search=search,
        **({"data_short": ""} if scene.short_by > 0 else {}),
    )


def _picture(scene: Scene, timeline: Timeline) -> Iterator[str]:
    drawing = svg.lanes(timeline, 20)
    name = f"Timeline of {scene.title}, {scene.grace}; the list below says the same in words"
    picture = svg_element(
        "svg",
        *drawing.markup,
        viewBox=f"0 0 {WIDTH} {drawing.bottom + 4:g}",
        role="img",
        aria_label=name,
    )
    yield svg_element("div", picture, class_="scroll")
    rows = [(lane.name, sentence(lane, timeline.grace), "") for lane in timeline.lanes]
    rows.append(("needs", needs_sentence(scene), tone(scene)))
    if scene.costs and (said := costs(scene.costs)):
        rows.append(("costs", said, ""))
    yield svg_element("dl", *(_row(*row) for row in rows))


def _row(name: str, said: str, style: str) -> str:
    return svg_element("dt", svg_text(name)) + svg_element("dd", svg_text(said), class_=style)


def _legend(scenes: Sequence[Scene]) -> Iterator[str]:
    timelines = [scene.timeline for scene in scenes if scene.timeline]
    if not timelines:
        return
    drawing = svg.legend(timelines, 0)
    picture = svg_element(
        "svg",
        *drawing.markup,
        viewBox=f"0 0 {WIDTH} {drawing.bottom:g}",
        role="img",
        aria_label="Legend",
    )
    yield svg_element("section", svg_element("div", picture, class_="scroll"), class_="legend")
