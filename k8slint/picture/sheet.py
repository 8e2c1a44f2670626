"""What HTML pages have in common: a page that works offline from a file, its form, and pods."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from k8slint.picture import svg
from k8slint.picture.frame import WIDE, Frame
from k8slint.picture.scene import Scene
from k8slint.picture.svg import svg_element, svg_text
from k8slint.picture.words import costs, needs_sentence, sentence, tone
from k8slint.records import NamedTuple
from k8slint.shutdown.timeline import Timeline

PAGE_CSS = Path(__file__).with_name("page.css")
SCRIPT = Path(__file__).with_name("page.js")

# What a choice says of that which has none, such as an object without a namespace.
NONE = "(none)"
# A list of more choices is of no use.
_MOST_CHOICES = 300
# A window of 375 px has room for the second.
_FRAMES = (WIDE, Frame(349))


class Filter(NamedTuple):
    """A choice of the form: its name in the address, its label, and its values with counts."""

    name: str
    label: str
    values: Mapping[str, int]
    is_sorted: bool = True

    @property
    def is_useful(self) -> bool:
        """Whether there is anything to choose."""
        return len(self.values) > 1


def html_page(title: str, *body: str) -> str:
    """Return a page with styles and script inline, and a policy that loads nothing.

    A name in a manifest cannot become a script.
    """
    style = svg.CSS.read_text(encoding="utf-8") + PAGE_CSS.read_text(encoding="utf-8")
    script = SCRIPT.read_text(encoding="utf-8")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    head = svg_element(
        "head",
        svg_element("meta", charset="utf-8"),
        svg_element("meta", http_equiv="Content-Security-Policy", content=policy),
        svg_element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        svg_element("meta", name="color-scheme", content="light dark"),
        svg_element("meta", name="referrer", content="no-referrer"),
        svg_element("title", svg_text(f"{title} - k8slint")),
        svg_element("style", style),
    )
    patterns = svg_element("svg", svg.definitions(), class_="definitions", aria_hidden="true")
    content = svg_element("body", patterns, *body, svg_element("script", script), class_="k8slint")
    return f"<!doctype html>\n{svg_element('html', head, content, lang='en')}\n"


def filter_form(
    filters: Iterable[Filter], orders: Mapping[str, str], *switches: str, unit: str = ""
) -> str:
    """Return the form: words, choices, orders by name with the usual one first, and switches."""
    words = svg_element(
        "input", type="search", name="words", placeholder="shop web", aria_keyshortcuts="/"
    )
    options = (svg_element("option", svg_text(said), value=name) for name, said in orders.items())
    sort = svg_element("select", *options, name="sort")
    return svg_element(
        "form",
        svg_element("label", "Filter", words),
        *(_choice(one) for one in filters if one.is_useful),
        svg_element("label", "Sort by", sort),
        *switches,
        svg_element("output", "", name="count", **({"data_unit": unit} if unit else {})),
        hidden="hidden",
        role="search",
    )


def switch(name: str, label: str) -> str:
    """Return a checkbox of the form."""
    box = svg_element("input", type="checkbox", name=name)
    return svg_element("label", box, svg_text(label), class_="switch")


def folders_above(path: str) -> Iterator[str]:
    """Yield the folders that a path is in, inner ones first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        if path:
            yield path


def folder_filter(paths: Iterable[str]) -> Filter:
    counts = Counter(folder for path in paths for folder in folders_above(path))
    return Filter("folder", "Folder", counts)


def pod_picture(scene: Scene, timeline: Timeline) -> Iterator[str]:
    """Yield the timeline of a pod, drawn for both kinds of screens, and the same in words."""
    name = f"Timeline of {scene.title}, {scene.grace}; the list below says the same in words"
    for frame in _FRAMES:
        yield _drawing(svg.lanes(timeline, 20, frame=frame), name, frame, below=4)
    rows = [(lane.name, sentence(lane, timeline.grace), "") for lane in timeline.lanes]
    rows.append(("needs", needs_sentence(scene), tone(scene)))
    if scene.costs and (said := costs(scene.costs)):
        rows.append(("costs", said, ""))
    yield svg_element("dl", *(_row(*row) for row in rows))


def pod_names(scene: Scene) -> list[str]:
    """Return the names that words look for in a pod."""
    lanes = scene.timeline.lanes if scene.timeline else ()
    return [scene.title, scene.path, *(lane.name for lane in lanes)]


def page_legend(scenes: Sequence[Scene]) -> Iterator[str]:
    """Yield a sample of every style in use, if anything is drawn."""
    timelines = [scene.timeline for scene in scenes if scene.timeline]
    if timelines:
        drawn = (
            _drawing(svg.legend(timelines, 0, frame), "Legend", frame, below=0)
            for frame in _FRAMES
        )
        yield svg_element("section", *drawn, class_="legend", aria_label="Legend")


def _choice(one: Filter) -> str:
    kept = dict(sorted(one.values.items(), key=lambda item: -item[1])[:_MOST_CHOICES])
    names = sorted(kept) if one.is_sorted else [name for name in one.values if name in kept]
    options = [
        svg_element("option", svg_text(f"{name} ({kept[name]})"), value=name) for name in names
    ]
    if more := len(one.values) - len(kept):
        said = f"{more} more: filter by words"
        options.append(svg_element("option", said, disabled="disabled"))
    first = svg_element("option", "all", value="")
    return svg_element("label", one.label, svg_element("select", first, *options, name=one.name))


def _drawing(drawing: svg.Drawing, name: str, frame: Frame, below: float) -> str:
    return svg_element(
        "svg",
        *drawing.markup,
        viewBox=f"0 0 {frame.width} {drawing.bottom + below:g}",
        role="img",
        aria_label=name,
        class_="narrow" if frame.is_narrow else "wide",
    )


def _row(name: str, said: str, style: str) -> str:
    return svg_element("dt", svg_text(name)) + svg_element("dd", svg_text(said), class_=style)


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
