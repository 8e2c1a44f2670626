"""Timelines for a terminal, with a distinct character for everything that has a colour."""
# ruff: noqa: RUF001 - strokes that look like letters are meant

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells, set_cell_size

from k8slint.outside.terminal import printable
from k8slint.picture.bars import (
    STYLES,
    Piece,
    SignalMark,
    horizon,
    split_segments,
    styles_in,
    ticks,
)
from k8slint.picture.scene import Scene
from k8slint.picture.words import costs, describe_picture, needs_sentence, sentence, sources, tone
from k8slint.report.text import Paint, plain
from k8slint.shutdown.timeline import Timeline, Track

WIDEST = 120
NARROWEST = 32

_INDENT = "  "
_SECONDS = "seconds"
_LEAST_BETWEEN_LABELS = 3
_APART = "   "
_TONES = {"short": "overrun", "enough": "drain", "unsure": ""}
# A number stays with its unit.
_BETWEEN_WORDS = re.compile(r" (?!s\b)")


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters to draw with: for each style two that repeat, or one for a mark."""

    styles: dict[str, str]
    tip: str
    ruler: str
    tick: str
    start: str
    deadline: str
    ellipsis: str

    @property
    def all(self) -> str:
        marks = (self.tip, self.ruler, self.tick, self.start, self.deadline, self.ellipsis)
        return "".join((*self.styles.values(), *marks))


BLOCKS = Glyphs(
    styles={
        "hook": "══",
        "hook-maybe": "═ ",
        "hook-open": "═ ",
        "wait": "──",
        "wait-maybe": "─ ",
        "wait-open": "─ ",
        "signal": "▼",
        "drain": "██",
        "drain-maybe": "▒▒",
        "drain-open": "░░",
        "kill": "╳",
        "kill-maybe": "╳",
        "overrun": "╱╱",
        "overrun-maybe": "╱ ",
        "overrun-open": "╱ ",
        "slack": "··",
    },
    tip="▶",
    ruler="─",
    tick="┴",
    start="└",
    deadline="┃",
    ellipsis="…",
)
ASCII = Glyphs(
    styles={
        "hook": "==",
        "hook-maybe": "= ",
        "hook-open": "= ",
        "wait": "--",
        "wait-maybe": "- ",
        "wait-open": "- ",
        "signal": "T",
        "drain": "##",
        "drain-maybe": "++",
        "drain-open": "??",
        "kill": "X",
        "kill-maybe": "X",
        "overrun": "//",
        "overrun-maybe": "/ ",
        "overrun-open": "/ ",
        "slack": "..",
    },
    tip=">",
    ruler="-",
    tick="+",
    start="+",
    deadline="|",
    ellipsis="~",
)


def glyphs_for(encoding: str) -> Glyphs:
    """Return block characters if an encoding has them, else ASCII."""
    try:
        BLOCKS.all.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return BLOCKS


def render(
    scenes: Sequence[Scene],
    paint: Paint = plain,
    *,
    width: int = 80,
    wrap: bool = True,
    glyphs: Glyphs = BLOCKS,
    legend: bool = True,
) -> str:
    """Draw all pods, one below the other, then the legend.

    Bars fill the width; sentences are wrapped to it only with `wrap`.
    """
    width = min(max(width, NARROWEST), WIDEST)
    lines: list[str] = []
    for scene in scenes:
        page = Layout(paint, glyphs, width, _name_width(scene, width), wrap)
        lines += (*_scene(scene, page), "")
    timelines = [scene.timeline for scene in scenes if scene.timeline]
    if legend and timelines:
        lines += _legend(timelines, Layout(paint, glyphs, width, 0, wrap))
    return "".join(f"{line.rstrip()}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout; `names` is the width of the first column."""

    paint: Paint
    glyphs: Glyphs
    width: int
    names: int
    wraps: bool

    @property
    def bar(self) -> int:
        return self.width - len(_INDENT) * 2 - self.names

    def scale(self, end: float) -> float:
        """Return the columns for each second of bars that last until `end`."""
        return (self.bar - 1) / end

    def row(self, name: str, role: str, rest: str) -> str:
        """Return a line with a name in the first column."""
        if cell_len(name) > self.names:
            name = set_cell_size(name, self.names - 1) + self.glyphs.ellipsis
        padding = " " * (self.names - cell_len(name))
        return f"{_INDENT}{self.paint(name, role) if name else ''}{padding}{_INDENT}{rest}"

    def text(self, name: str, role: str, text: str, text_role: str) -> Iterator[str]:
        """Yield text beside a name, in as many lines as it takes."""
        for line in _wrap(text, self.bar) if self.wraps else [text]:
            yield self.row(name, role, self.paint(line, text_role) if text_role else line)
            name = ""


def _name_width(scene: Scene, width: int) -> int:
    lanes = scene.timeline.lanes if scene.timeline else ()
    longest = max((cell_len(printable(lane.name)) for lane in lanes), default=0)
    return min(max(longest, len(_SECONDS)), width // 4)


def _scene(scene: Scene, page: Layout) -> Iterator[str]:
    yield from _head(scene, page)
    if scene.timeline is None:
        yield from page.text("", "dim", printable(scene.missing), "dim")
        return
    yield ""
    timeline = scene.timeline
    yield from draw_lanes(
        timeline, [sentence(one, timeline.grace) for one in timeline.lanes], page
    )
    yield ""
    yield from page.text("needs", "dim", needs_sentence(scene), _TONES[tone(scene)])
    if scene.costs and (said := costs(scene.costs)):
        yield from page.text("costs", "dim", said, "")


def draw_lanes(timeline: Timeline, captions: Sequence[str], page: Layout) -> Iterator[str]:
    """Yield the axis, and a bar for each container with its caption below."""
    end = horizon(timeline)
    scale = page.scale(end)
    yield from _axis(timeline, end, scale, page)
    for lane, said in zip(timeline.lanes, captions, strict=True):
        name = printable(lane.name)
        yield page.row(name, "path", _bar(lane, end, scale, page))
        text = f"{name}: {said}" if cell_len(name) > page.names else said
        yield from page.text("", "dim", text, "dim")


def _head(scene: Scene, page: Layout) -> Iterator[str]:
    title, place = printable(scene.title), printable(f"{scene.path}:{scene.line}")
    if not page.wraps or cell_len(title) + cell_len(place) + 2 <= page.width:
        yield f"{page.paint(title, 'path')}  {page.paint(place, 'dim')}"
    else:
        for line in _wrap(title, page.width):
            yield page.paint(line, "path")
        for line in _wrap(place, page.width):
            yield page.paint(line, "dim")
    for line in _wrap(scene.grace, page.width) if page.wraps else [scene.grace]:
        yield line


def _axis(timeline: Timeline, end: float, scale: float, page: Layout) -> Iterator[str]:
    """Yield the labels, and the ruler with the deadline in it."""
    apart = (len(str(int(end))) + _LEAST_BETWEEN_LABELS) / scale
    marked = {round(second * scale): str(second) for second in ticks(end, apart)}
    deadline = round(timeline.grace * scale)
    labels = _labels(marked, deadline, str(timeline.grace), page.bar)
    yield page.row(_SECONDS, "dim", _label_row(labels, str(timeline.grace), page))
    glyphs = page.glyphs
    ruler = [glyphs.tick if column in marked else glyphs.ruler for column in range(page.bar)]
    ruler[0] = glyphs.start
    before, after = "".join(ruler[:deadline]), "".join(ruler[deadline + 1 :])
    paint = page.paint
    yield page.row(
        "", "dim", paint(before, "dim") + paint(glyphs.deadline, "path") + paint(after, "dim")
    )


def _labels(marked: dict[int, str], deadline: int, grace: str, width: int) -> dict[int, str]:
    """Return where each label starts, moved left at the edge; the deadline's has priority."""
    place = min(deadline, width - len(grace))
    placed = {min(column, width - len(text)): text for column, text in marked.items()}
    return {place: grace} | {
        start: text
        for start, text in placed.items()
        if start + len(text) < place or start > place + len(grace)
    }


def _label_row(labels: dict[int, str], grace: str, page: Layout) -> str:
    painted, filled = "", 0
    for start, text in sorted(labels.items()):
        painted += " " * (start - filled) + page.paint(text, "path" if text == grace else "dim")
        filled = start + len(text)
    return painted


def _bar(lane: Track, end: float, scale: float, page: Layout) -> str:
    row = split_segments(lane, end)
    starts = _columns(row, scale, page.bar)
    text = " " * starts[0]
    for piece, start, stop in zip(row, starts, starts[1:], strict=False):
        text += page.paint(_draw(piece, stop - start, page.glyphs), _role(piece.style))
    return text


def _columns(row: Sequence[Piece], scale: float, width: int) -> list[int]:
    """Return where each piece starts and the last one ends, each at least a column wide."""
    starts: list[int] = []
    least = 0
    for piece in row:
        starts.append(max(round(piece.start * scale), least))
        least = starts[-1] + 1
    starts.append(max(round(row[-1].end * scale), least))
    most = width
    for index in reversed(range(len(starts))):
        starts[index] = min(starts[index], most)
        most = starts[index] - 1
    return starts


def _draw(piece: Piece, width: int, glyphs: Glyphs) -> str:
    pattern = glyphs.styles[piece.style]
    if isinstance(piece, SignalMark):
        return pattern
    filled = (pattern * width)[:width]
    return filled[:-1] + glyphs.tip if piece.is_open else filled


def _legend(timelines: Sequence[Timeline], page: Layout) -> Iterator[str]:
    """Yield the legend of the styles in use."""
    used = styles_in(timelines)
    line, filled = "", 0
    for style, name in STYLES.items():
        if style not in used:
            continue
        sample = page.glyphs.styles[style].ljust(1)
        if style.endswith("-open"):
            sample = sample[0] + page.glyphs.tip
        size = cell_len(f"{sample} {name}") + len(_APART)
        if filled and filled + size - len(_APART) > page.width:
            yield line
            line, filled = "", 0
        line += f"{page.paint(sample, _role(style))} {name}{_APART}"
        filled += size
    yield line
    said = describe_picture(timelines)
    for text in (said, *sources(timelines)):
        yield from _wrap(text, page.width) if page.wraps else [text]


def _role(style: str) -> str:
    return style.partition("-")[0]


def _wrap(text: str, width: int) -> Iterator[str]:
    """Yield lines of whole words; only a word longer than a line is broken."""
    line = ""
    for word in _BETWEEN_WORDS.split(text):
        for part in chop_cells(word, width) or [""]:
            longer = f"{line} {part}" if line else part
            if line and cell_len(longer) > width:
                yield line
                line = part
            else:
                line = longer
    yield line
