"""Timelines as one standalone SVG: no script, reproducible bytes, for light and dark.

Colour, fill and words each say everything, so that any one of them is enough.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Literal, TypeAlias

from k8slint.outside.terminal import keep_units_together, printable
from k8slint.picture.bars import (
    STYLES,
    Segment,
    SignalMark,
    horizon,
    split_segments,
    styles_in,
    ticks,
)
from k8slint.picture.scene import Scene
from k8slint.picture.words import (
    costs,
    describe_picture,
    labels,
    needs_sentence,
    scenes_summary,
    sentence,
    sources,
    tone,
)
from k8slint.shutdown.seconds import format_number
from k8slint.shutdown.timeline import Phase, Timeline, Track

WIDTH = 900
CSS = Path(__file__).with_name("picture.css")

_EDGE = 24
_BAR_LEFT = 164
# Leaves room on the right for the label of a kill at the end.
_BAR_WIDTH = 612
_BAR_HEIGHT = 28
_MARK_HEIGHT = 22
_LINE = 17
# The approximate width of a character of each size.
_SMALL = 6.4
_BOLD = 7.2
_NORMAL = 7.5
_LARGE = 10.0
_LEGEND_COLUMNS = 4
_BETWEEN_LABELS = 58
_LONGEST_NAME = 15

Attribute: TypeAlias = str | float
Theme: TypeAlias = Literal["light", "dark"]
_IN_THE_DARK = "@media (prefers-color-scheme: dark)"


@dataclass(frozen=True, slots=True)
class Drawing:
    """Markup, and the coordinate of its bottom edge."""

    markup: tuple[str, ...]
    bottom: float


def render(scenes: Sequence[Scene]) -> str:
    """Draw all pods, one below the other, in one file."""
    markup: list[str] = []
    y = float(_EDGE)
    for scene in scenes:
        drawing = _scene(scene, y)
        markup += drawing.markup
        y = drawing.bottom + 36
    if timelines := [scene.timeline for scene in scenes if scene.timeline]:
        drawing = legend(timelines, y)
        markup += (_line(_EDGE, y - 14, WIDTH - _EDGE, y - 14, "rule"), *drawing.markup)
        y = drawing.bottom + 10
    title = f"How pods shut down: {scenes_summary(scenes)}"
    return standalone(title, " ".join(map(description, scenes)), Drawing(tuple(markup), y))


def standalone(title: str, said: str, drawing: Drawing) -> str:
    """Return a drawing as a file, with its title, and in words what it shows."""
    y = drawing.bottom
    frame = svg_element("rect", x=0.5, y=0.5, width=WIDTH - 1, height=y - 1, rx=8, class_="ground")
    return (
        svg_element(
            "svg",
            svg_element("title", svg_text(title), id="k8slint-title"),
            svg_element("desc", svg_text(said), id="k8slint-desc"),
            svg_element("style", CSS.read_text(encoding="utf-8")),
            definitions(),
            frame,
            *drawing.markup,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {WIDTH} {y:g}",
            width=WIDTH,
            height=y,
            class_="k8slint",
            role="img",
            aria_labelledby="k8slint-title k8slint-desc",
        )
        + "\n"
    )


def in_theme(drawing: str, theme: Theme) -> str:
    """Return a drawing that is light or dark whatever its reader prefers."""
    drawing = drawing.replace("color-scheme: light dark", f"color-scheme: {theme}")
    return drawing.replace(_IN_THE_DARK, "@media all" if theme == "dark" else "@media not all")


def lanes(timeline: Timeline, top: float, captions: Sequence[str] = ()) -> Drawing:
    """Draw the axis and a bar for each container, with its caption below where there is one."""
    end = horizon(timeline)
    y = top + 26
    found: list[str] = []
    for lane, said in zip_longest(timeline.lanes, captions):
        found += _grid(timeline.grace, end, y - 8, y + _MARK_HEIGHT + _BAR_HEIGHT)
        found += _lane(lane, end, y)
        y += _MARK_HEIGHT + _BAR_HEIGHT + 8
        if said:
            lines = _wrapped(said, _SMALL)
            found += _paragraph(lines, _BAR_LEFT, y + 8, "quiet")
            y += _LINE * len(lines) + 4
    return Drawing((*_axis(timeline, end, top), *found), y)


def legend(timelines: Sequence[Timeline], top: float) -> Drawing:
    """Draw a sample of every style in use."""
    used = styles_in(timelines)
    shown = [style for style in STYLES if style in used]
    found: list[str] = []
    room = (WIDTH - 2 * _EDGE) / _LEGEND_COLUMNS
    for index, style in enumerate(shown):
        x = _EDGE + room * (index % _LEGEND_COLUMNS)
        y = top + 24 * (index // _LEGEND_COLUMNS)
        found += (_sample(style, x, y), _text(STYLES[style], x + 36, y + 11, "quiet"))
    bottom = top + 24 * -(-len(shown) // _LEGEND_COLUMNS)
    lines = [describe_picture(timelines)]
    for source in sources(timelines):
        lines += _wrapped(source, _SMALL, _EDGE)
    text = _paragraph(lines, _EDGE, bottom + 12, "quiet")
    return Drawing((*found, *text), bottom + 18 + _LINE * (len(lines) - 1))


def definitions() -> str:
    """Return the fill patterns of bars; needed once in a document."""
    return svg_element(
        "defs",
        _stripes("hook", 8, 4),
        _stripes("wait", 10, 5, turned=0),
        _stripes("lost", 7, 2.5),
        svg_element(
            "linearGradient",
            svg_element("stop", offset="0", class_="stop-drain", stop_opacity=0.4),
            svg_element("stop", offset="1", class_="stop-drain", stop_opacity=0.04),
            id="k8slint-fade",
        ),
    )


def description(scene: Scene) -> str:
    """Describe the picture of a pod in words."""
    if scene.timeline is None:
        return f"{scene.title}: {scene.missing}."
    said = (
        f"{lane.name}: {sentence(lane, scene.timeline.grace)}" for lane in scene.timeline.lanes
    )
    return f"{scene.title}, {scene.grace}. {'. '.join(said)}. Needs {needs_sentence(scene)}."


def svg_element(name: str, /, *content: str, class_: str = "", **attributes: Attribute) -> str:
    """Return an element around markup; attributes are escaped, `_` in names becomes `-`."""
    all_attributes = {**attributes, **({"class": class_} if class_ else {})}
    written = "".join(
        f' {key.replace("_", "-")}="{html.escape(printable(_value(value)))}"'
        for key, value in all_attributes.items()
    )
    return f"<{name}{written}>{''.join(content)}</{name}>" if content else f"<{name}{written}/>"


def svg_text(content: str) -> str:
    """Escape text; what a manifest says stays text."""
    return html.escape(keep_units_together(printable(content)), quote=False)


def _scene(scene: Scene, top: float) -> Drawing:
    title = heading(scene.title, top)
    place = _wrapped(f"{scene.grace}, {scene.path}:{scene.line}", _SMALL, _EDGE)
    found = [*title.markup]
    y = title.bottom
    found += _paragraph(place, _EDGE, y, "quiet")
    y += _LINE * len(place)
    if scene.timeline is None:
        return Drawing((*found, _text(scene.missing, _EDGE, y + 5, "quiet")), y + 7)
    captions = [sentence(lane, scene.timeline.grace) for lane in scene.timeline.lanes]
    drawing = lanes(scene.timeline, y + 5, captions)
    y = drawing.bottom + 20
    rows: list[tuple[str, str, str]] = [("needs", needs_sentence(scene), tone(scene))]
    if scene.costs and (said := costs(scene.costs)):
        rows.append(("costs", said, ""))
    table = rows_of_text(rows, y)
    return Drawing((*found, *drawing.markup, *table.markup), table.bottom)


def rows_of_text(rows: Iterable[tuple[str, str, str]], top: float) -> Drawing:
    """Write names and what there is to say about each, in a style."""
    markup: list[str] = []
    y = top
    for name, said, style in rows:
        lines = _wrapped(said, _NORMAL)
        markup.append(_text(name, _EDGE, y, "quiet"))
        markup += _paragraph(lines, _BAR_LEFT, y, style)
        y += _LINE * len(lines) + 3
    return Drawing(tuple(markup), y - _LINE)


def heading(text: str, top: float) -> Drawing:
    """Write a title."""
    lines = _wrapped(text, _LARGE, _EDGE)
    return Drawing((*_paragraph(lines, _EDGE, top + 14, "title", 22),), top + 12 + 22 * len(lines))


def _axis(timeline: Timeline, end: float, top: float) -> Iterator[str]:
    deadline = _x(timeline.grace, end)
    yield _text("seconds", _EDGE, top + 4, "quiet")
    for second in _ticks(end):
        x = _x(second, end)
        if abs(x - deadline) > _BETWEEN_LABELS:
            yield _text(str(second), x, top + 4, "quiet", text_anchor="middle")
    yield _text(f"grace {timeline.grace} s", deadline, top + 4, "strong", text_anchor="middle")


def _grid(grace: int, end: float, top: float, bottom: float) -> Iterator[str]:
    for second in _ticks(end):
        yield _line(_x(second, end), top, _x(second, end), bottom, "grid")
    yield _line(_x(grace, end), top, _x(grace, end), bottom, "deadline")


def _ticks(end: float) -> Sequence[int]:
    return ticks(end, _BETWEEN_LABELS / _BAR_WIDTH * end)


def _lane(lane: Track, end: float, top: float) -> Iterator[str]:
    y = top + _MARK_HEIGHT
    middle = y + _BAR_HEIGHT / 2
    name = printable(lane.name)
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 1]}…"
    if lane.role == "sidecar":
        yield _text(name, _EDGE, middle - 3, "name")
        yield _text("native sidecar", _EDGE, middle + 12, "quiet")
    else:
        yield _text(name, _EDGE, middle + 5, "name")
    row = split_segments(lane, end)
    marks = [piece for piece in row if isinstance(piece, SignalMark)]
    for piece in row:
        if isinstance(piece, Segment):
            yield from _segment(piece, end, y)
    for mark in marks:
        yield from _mark(mark, end, y, crowded=_is_crowded(mark, marks, end))


def _segment(piece: Segment, end: float, y: float) -> Iterator[str]:
    left, right = _x(piece.start, end), _x(piece.end, end)
    width = max(right - left, 2)
    half = _BAR_HEIGHT / 2
    thin = piece.phase is Phase.WAIT
    inset = 9 if thin else 0
    yield svg_element(
        "rect",
        x=left,
        y=y + inset,
        width=width,
        height=_BAR_HEIGHT - 2 * inset,
        rx=2,
        class_=piece.style,
    )
    if piece.is_open and piece.phase is Phase.OVERRUN:
        yield svg_element(
            "path", d=f"M{right + 2:.1f} {y}l9 {half}l-9 {half}z", class_=piece.style
        )
    said = next((said for said in labels(piece) if len(said) * _BOLD + 14 < width), "")
    if said:
        height = y - 4 + inset if thin else y + half + 4
        yield _text(said, left + 9, height, f"label on-{piece.style}")


def _mark(mark: SignalMark, end: float, y: float, *, crowded: bool) -> Iterator[str]:
    x = _x(mark.start, end)
    if mark.style == "signal":
        yield svg_element("path", d=f"M{x:.1f} {y}l-5 -8h10z", class_="signal", stroke_width=0)
        yield _line(x, y, x, y + _BAR_HEIGHT, mark.style)
    else:
        yield svg_element(
            "path",
            d=f"M{x - 4:.1f} {y - 9}l8 8m0 -8l-8 8M{x:.1f} {y}v{_BAR_HEIGHT}",
            class_=mark.style,
        )
    said = f"{mark.signal} {format_number(mark.start)} s"
    anchor, shift = ("end", -9.0) if crowded else ("start", 9.0)
    yield _text(said, x + shift, y - 5, f"strong says-{mark.style}", text_anchor=anchor)


def _is_crowded(mark: SignalMark, marks: Sequence[SignalMark], end: float) -> bool:
    """Whether the label of the next mark would overlap that of this one."""
    later = [other for other in marks if other.start > mark.start]
    return any(_x(other.start, end) - _x(mark.start, end) < 110 for other in later)


def _sample(style: str, x: float, y: float) -> str:
    if style == "signal":
        return svg_element("path", d=f"M{x + 14:.1f} {y + 13}l-6 -10h12z", class_=style)
    if style.startswith("kill"):
        return svg_element("path", d=f"M{x + 9:.1f} {y + 2}l10 10m0 -10l-10 10", class_=style)
    thin = style.startswith("wait")
    return svg_element(
        "rect", x=x, y=y + (3 if thin else 0), width=28, height=8 if thin else 14, class_=style
    )


def _stripes(name: str, apart: float, wide: float, turned: int = 45) -> str:
    return svg_element(
        "pattern",
        _line(wide / 2, 0, wide / 2, apart, f"stripe-{name}", stroke_width=wide),
        id=f"k8slint-{name}",
        width=apart,
        height=apart,
        patternUnits="userSpaceOnUse",
        patternTransform=f"rotate({turned})",
    )


def _x(second: float, end: float) -> float:
    return _BAR_LEFT + _BAR_WIDTH * second / end


def _text(said: str, x: float, y: float, style: str, **attributes: Attribute) -> str:
    return svg_element("text", svg_text(said), x=x, y=y, class_=style, **attributes)


def _paragraph(
    lines: Sequence[str], x: float, y: float, style: str, apart: float = _LINE
) -> Iterator[str]:
    for index, line in enumerate(lines):
        yield _text(line, x, y + apart * index, style)


def _line(x1: float, y1: float, x2: float, y2: float, style: str, **attributes: Attribute) -> str:
    return svg_element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=style, **attributes)


def _wrapped(said: str, character: float, left: float = _BAR_LEFT) -> list[str]:
    """Return lines that fit between a column and the edge."""
    return textwrap.wrap(
        keep_units_together(printable(said)), int((WIDTH - left - _EDGE) / character)
    ) or [""]


def _value(value: Attribute) -> str:
    return value if isinstance(value, str) else f"{round(value, 1):g}"
