"""Timelines as one HTML page with a filter, which works offline from a file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from k8slint.picture import svg
from k8slint.picture.scene import Scene
from k8slint.picture.svg import element, text
from k8slint.picture.words import costs, needs, sentence, summary, tone, verdict
from k8slint.shutdown.timeline import Timeline

CSS = Path(__file__).with_name("page.css")
SCRIPT = Path(__file__).with_name("page.js")

_TITLE = "How pods shut down"


def render(scenes: Sequence[Scene]) -> str:
    """Return a page with all pods of a run, with styles and script inline."""
    style = svg.CSS.read_text(encoding="utf-8") + CSS.read_text(encoding="utf-8")
    script = SCRIPT.read_text(encoding="utf-8")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{_TITLE} - k8slint"),
        element("style", style),
    )
    body = element("body", *_body(scenes), element("script", script), class_="k8slint")
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _policy(style: str, script: str) -> str:
    """Return a policy that loads nothing: a name in a manifest cannot become a script."""
    return f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'"


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _body(scenes: Sequence[Scene]) -> Iterator[str]:
    yield element("svg", svg.definitions(), class_="definitions", aria_hidden="true")
    yield element("header", element("h1", _TITLE), element("p", text(summary(scenes))))
    yield _form()
    nothing = element("p", "No pod matches.", id="none", hidden="hidden")
    yield element("main", *map(_article, scenes), nothing, *_legend(scenes))


def _form() -> str:
    words = element(
        "input", type="search", name="words", placeholder="shop web", aria_keyshortcuts="/"
    )
    short = element("input", type="checkbox", name="short")
    return element(
        "form",
        element("label", "Filter", words),
        element("label", short, "too little grace only"),
        element("output", "", name="count"),
        hidden="hidden",
        role="search",
    )


def _article(scene: Scene) -> str:
    timeline = scene.timeline
    names = [lane.name for lane in timeline.lanes] if timeline else []
    search = " ".join((scene.title, scene.path, *names)).lower()
    title = element("h2", text(scene.title))
    badge = element("p", text(verdict(scene)), class_=f"verdict {tone(scene)}")
    place = f"{scene.grace}, {scene.path}:{scene.line}"
    return element(
        "article",
        element("header", title, badge if timeline else ""),
        element("p", text(place), class_="place"),
        *(_picture(scene, timeline) if timeline else [element("p", text(scene.missing))]),
        data_search=search,
        **({"data_short": ""} if scene.short_by > 0 else {}),
    )


def _picture(scene: Scene, timeline: Timeline) -> Iterator[str]:
    drawing = svg.lanes(timeline, 20, captions=False)
    name = f"Timeline of {scene.title}, {scene.grace}; the list below says the same in words"
    picture = element(
        "svg",
        *drawing.markup,
        viewBox=f"0 0 {svg.WIDTH} {drawing.bottom + 4:g}",
        role="img",
        aria_label=name,
    )
    yield element("div", picture, class_="scroll")
    rows = [(lane.name, sentence(lane, timeline.grace), "") for lane in timeline.lanes]
    rows.append(("needs", needs(scene), tone(scene)))
    if scene.costs and (said := costs(scene.costs)):
        rows.append(("costs", said, ""))
    yield element("dl", *(_row(*row) for row in rows))


def _row(name: str, said: str, style: str) -> str:
    return element("dt", text(name)) + element("dd", text(said), class_=style)


def _legend(scenes: Sequence[Scene]) -> Iterator[str]:
    timelines = [scene.timeline for scene in scenes if scene.timeline]
    if not timelines:
        return
    drawing = svg.legend(timelines, 0)
    picture = element(
        "svg",
        *drawing.markup,
        viewBox=f"0 0 {svg.WIDTH} {drawing.bottom:g}",
        role="img",
        aria_label="Legend",
    )
    yield element("section", element("div", picture, class_="scroll"), class_="legend")
