"""Timelines as one HTML page with a filter, which works offline from a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from k8slint.picture.scene import Scene
from k8slint.picture.sheet import (
    NONE,
    Filter,
    filter_form,
    folder_filter,
    html_page,
    page_legend,
    pod_names,
    pod_picture,
    switch,
)
from k8slint.picture.svg import svg_element, svg_text
from k8slint.picture.words import scenes_summary, tone, verdict

_TITLE = "How pods shut down"
_ORDERS = {"path": "path", "short": "seconds missing"}


def render(scenes: Sequence[Scene]) -> str:
    """Return a page with all pods of a run."""
    return html_page(_TITLE, *_body(scenes))


def _body(scenes: Sequence[Scene]) -> Iterator[str]:
    yield svg_element(
        "header", svg_element("h1", _TITLE), svg_element("p", svg_text(scenes_summary(scenes)))
    )
    namespaces = Counter(scene.resource.namespace or NONE for scene in scenes)
    filters = (
        folder_filter(scene.path for scene in scenes),
        Filter("namespace", "Namespace", namespaces),
    )
    yield filter_form(filters, _ORDERS, switch("short", "too little grace only"))
    nothing = svg_element("p", "No pod matches.", id="none", hidden="hidden")
    cards = svg_element("div", *map(_article, scenes), id="cards")
    yield svg_element("main", cards, nothing, *page_legend(scenes))


def _article(scene: Scene) -> str:
    timeline = scene.timeline
    title = svg_element("h2", svg_text(scene.title))
    badge = svg_element("p", svg_text(verdict(scene)), class_=f"verdict {tone(scene)}")
    place = f"{scene.grace}, {scene.path}:{scene.line}"
    return svg_element(
        "article",
        svg_element("header", title, badge if timeline else ""),
        svg_element("p", svg_text(place), class_="place"),
        *(
            pod_picture(scene, timeline)
            if timeline
            else (svg_element("p", svg_text(scene.missing)),)
        ),
        data_search=" ".join(pod_names(scene)).lower(),
        data_path=scene.path,
        data_namespace=scene.resource.namespace or NONE,
        **({"data_short": str(scene.short_by)} if scene.short_by > 0 else {}),
    )
