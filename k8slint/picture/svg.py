"""Timelines as one standalone SVG: no script, reproducible bytes, for light and dark.

Colour, fill and words each say everything, so that any one of them is enough.
"""

from __future__ import annotations

import html
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
)
from k8slint.picture.frame import BETWEEN_LABELS, WIDE, WIDTH, Frame, Scale
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

CSS = Path(__file__).with_name("picture.css")

_BAR_HEIGHT = 28
_MARK_HEIGHT = 22
_NAME_HEIGHT = 18
_LINE = 17
# The approximate width of a character of each size.
_SMALL = 6.4
_BOLD = 7.2
_NORMAL = 7.5
_LARGE = 10.0
_LONGEST_NAME = 15
_MARK_LABEL = 110  # How wide that of a mark is, about.

Attribute: TypeAlias = str | float
Theme: TypeAlias = Literal["light", "dark"]
_IN_THE_DARK = "@media (prefers-color-scheme: dark)"


@dataclass(frozen=True, slots=True)
class Drawing:
    """Markup, and the coordinate of its bottom edge."""

    markup: tuple[str, ...]
    bottom: float


def render(scenes: Sequence[Scene], width: int = WIDTH) -> str:
    """Draw all pods, one below the other, in one file."""
    frame = Frame(width)
    markup: list[str] = []
    y = float(frame.edge)
    for scene in scenes:
        drawing = _scene(scene, y, frame)
        markup += drawing.markup
        y = drawing.bottom + 36
    if timelines := [scene.timeline for scene in scenes if scene.timeline]:
        drawing = legend(timelines, y, frame)
        rule = _line(frame.edge, y - 14, width - frame.edge, y - 14, "rule")
        markup += (rule, *drawing.markup)
        y = drawing.bottom + 10
    title = f"How pods shut down: {scenes_summary(scenes)}"
    said = " ".join(map(description, scenes))
    return standalone(title, said, Drawing(tuple(markup), y), width)


def standalone(title: str, said: str, drawing: Drawing, width: int = WIDTH) -> str:
    """Return a drawing as a file, with its title, and in words what it shows."""
    y = drawing.bottom
    frame = svg_element("rect", x=0.5, y=0.5, width=width - 1, height=y - 1, rx=8, class_="ground")
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
            viewBox=f"0 0 {width} {y:g}",
            width=width,
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


def lanes(
    timeline: Timeline, top: float, captions: Sequence[str] = (), frame: Frame = WIDE
) -> Drawing:
    """Draw the axis and a bar for each container, with its caption below where there is one."""
    scale = Scale(frame, horizon(timeline))
    height = _MARK_HEIGHT + _BAR_HEIGHT + (_NAME_HEIGHT if frame.is_narrow else 0)
    y = top + 26
    found: list[str] = []
    for lane, said in zip_longest(timeline.lanes, captions):
        found += _grid(timeline.grace, scale, y - 8, y + height)
        found += _lane(lane, scale, y)
        y += height + 8
        if said:
            lines = frame.wrap(said, _SMALL, frame.bar_left)
            found += _paragraph(lines, frame.bar_left, y + 8, "quiet")
            y += _LINE * len(lines) + 4
    return Drawing((*_axis(timeline, scale, top), *found), y)


def legend(timelines: Sequence[Timeline], top: float, frame: Frame = WIDE) -> Drawing:
    """Draw a sample of every style in use."""
    used = styles_in(timelines)
    shown = [style for style in STYLES if style in used]
    found: list[str] = []
    columns = max(1, frame.width // 200)
    room = (frame.width - 2 * frame.edge) / columns
    for index, style in enumerate(shown):
        x = frame.edge + room * (index % columns)
        y = top + 24 * (index // columns)
        found += (_sample(style, x, y), _text(STYLES[style], x + 36, y + 11, "quiet"))
    bottom = top + 24 * -(-len(shown) // columns)
    about = (describe_picture(timelines), *sources(timelines))
    lines = [line for said in about for line in frame.wrap(said, _SMALL, frame.edge)]
    text = _paragraph(lines, frame.edge, bottom + 12, "quiet")
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


def _scene(scene: Scene, top: float, frame: Frame) -> Drawing:
    title = heading(scene.title, top, frame)
    place = frame.wrap(f"{scene.grace}, {scene.path}:{scene.line}", _SMALL, frame.edge)
    found = [*title.markup]
    y = title.bottom
    found += _paragraph(place, frame.edge, y, "quiet")
    y += _LINE * len(place)
    if scene.timeline is None:
        lines = frame.wrap(scene.missing, _SMALL, frame.edge)
        text = _paragraph(lines, frame.edge, y + 5, "quiet")
        return Drawing((*found, *text), y + 7 + _LINE * (len(lines) - 1))
    captions = [sentence(lane, scene.timeline.grace) for lane in scene.timeline.lanes]
    drawing = lanes(scene.timeline, y + 5, captions, frame)
    y = drawing.bottom + 20
    rows: list[tuple[str, str, str]] = [("needs", needs_sentence(scene), tone(scene))]
    if scene.costs and (said := costs(scene.costs)):
        rows.append(("costs", said, ""))
    table = rows_of_text(rows, y, frame)
    return Drawing((*found, *drawing.markup, *table.markup), table.bottom)


def rows_of_text(rows: Iterable[tuple[str, str, str]], top: float, frame: Frame = WIDE) -> Drawing:
    """Write names and what there is to say about each, in a style."""
    markup: list[str] = []
    y = top
    for name, said, style in rows:
        lines = frame.wrap(said, _NORMAL, frame.text_left)
        markup.append(_text(name, frame.edge, y, "quiet"))
        markup += _paragraph(lines, frame.text_left, y, style)
        y += _LINE * len(lines) + 3
    return Drawing(tuple(markup), y - _LINE)


def heading(text: str, top: float, frame: Frame = WIDE) -> Drawing:
    """Write a title."""
    lines = frame.wrap(text, _LARGE, frame.edge)
    markup = _paragraph(lines, frame.edge, top + 14, "title", 22)
    return Drawing((*markup,), top + 12 + 22 * len(lines))


def _axis(timeline: Timeline, scale: Scale, top: float) -> Iterator[str]:
    frame, deadline = scale.frame, scale.x(timeline.grace)
    if frame.is_narrow:
        edge = frame.width - frame.edge
        yield _text("seconds", edge, top + 4, "quiet", text_anchor="end")
    else:
        yield _text("seconds", frame.edge, top + 4, "quiet")
    for second in scale.ticks():
        x = scale.x(second)
        if abs(x - deadline) > BETWEEN_LABELS:
            yield _text(str(second), x, top + 4, "quiet", text_anchor="middle")
    yield _text(f"grace {timeline.grace} s", deadline, top + 4, "strong", text_anchor="middle")


def _grid(grace: int, scale: Scale, top: float, bottom: float) -> Iterator[str]:
    for second in scale.ticks():
        yield _line(scale.x(second), top, scale.x(second), bottom, "grid")
    yield _line(scale.x(grace), top, scale.x(grace), bottom, "deadline")


def _lane(lane: Track, scale: Scale, top: float) -> Iterator[str]:
    y = top + _MARK_HEIGHT + (_NAME_HEIGHT if scale.frame.is_narrow else 0)
    yield from _name(lane, scale.frame, top if scale.frame.is_narrow else y)
    row = split_segments(lane, scale.end)
    marks = [piece for piece in row if isinstance(piece, SignalMark)]
    for piece in row:
        if isinstance(piece, Segment):
            yield from _segment(piece, scale, y)
    for mark in marks:
        yield from _mark(mark, scale, y)
        if label := _mark_label(mark, marks, scale):
            said, anchor = label
            x = scale.x(mark.start) + (9 if anchor == "start" else -9)
            yield _text(said, x, y - 5, f"strong says-{mark.style}", text_anchor=anchor)


def _name(lane: Track, frame: Frame, top: float) -> Iterator[str]:
    name = printable(lane.name)
    longest = _LONGEST_NAME + (7 if frame.is_narrow else 0)
    if len(name) > longest:
        name = f"{name[: longest - 1]}…"
    middle = top + _BAR_HEIGHT / 2
    if lane.role != "sidecar":
        yield _text(name, frame.edge, middle + (0 if frame.is_narrow else 5), "name")
    elif frame.is_narrow:
        yield _text(f"{name}, native sidecar", frame.edge, middle, "name")
    else:
        yield _text(name, frame.edge, middle - 3, "name")
        yield _text("native sidecar", frame.edge, middle + 12, "quiet")


def _segment(piece: Segment, scale: Scale, y: float) -> Iterator[str]:
    left, right = scale.x(piece.start), scale.x(piece.end)
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


def _mark(mark: SignalMark, scale: Scale, y: float) -> Iterator[str]:
    x = scale.x(mark.start)
    if mark.style == "signal":
        yield svg_element("path", d=f"M{x:.1f} {y}l-5 -8h10z", class_="signal", stroke_width=0)
        yield _line(x, y, x, y + _BAR_HEIGHT, mark.style)
    else:
        yield svg_element(
            "path",
            d=f"M{x - 4:.1f} {y - 9}l8 8m0 -8l-8 8M{x:.1f} {y}v{_BAR_HEIGHT}",
            class_=mark.style,
        )


def _mark_label(
    mark: SignalMark, marks: Sequence[SignalMark], scale: Scale
) -> tuple[str, str] | None:
    """The label of a mark and which end of it is at the mark: what there is room for.

    The legend and the sentence name the signal too, so that the time alone can stand there.
    """
    x = scale.x(mark.start)
    later = [scale.x(other.start) for other in marks if other.start > mark.start]
    before_next = min(later, default=scale.frame.width + _MARK_LABEL) - x
    to_edge = scale.frame.width - x - 9
    time = f"{format_number(mark.start)} s"
    both = f"{mark.signal} {time}"
    long, short = len(both) * _BOLD, len(time) * _BOLD
    places = (
        (both, "start", before_next >= _MARK_LABEL and long <= to_edge),
        (both, "end", long <= x - 9),
        (time, "start", short <= min(before_next - 15, to_edge)),
        (time, "end", short <= x - 9),
    )
    return next(((said, anchor) for said, anchor, fits in places if fits), None)


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


def _text(said: str, x: float, y: float, style: str, **attributes: Attribute) -> str:
    return svg_element("text", svg_text(said), x=x, y=y, class_=style, **attributes)


def _paragraph(
    lines: Sequence[str], x: float, y: float, style: str, apart: float = _LINE
) -> Iterator[str]:
    for index, line in enumerate(lines):
        yield _text(line, x, y + apart * index, style)


def _line(x1: float, y1: float, x2: float, y2: float, style: str, **attributes: Attribute) -> str:
    return svg_element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=style, **attributes)


def _value(value: Attribute) -> str:
    return value if isinstance(value, str) else f"{round(value, 1):g}"
