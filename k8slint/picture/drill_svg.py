"""A drill as one standalone SVG: what happened, under what was predicted."""

from __future__ import annotations

from k8slint.measure.drill.run import Drill
from k8slint.measure.drill.words import remarks
from k8slint.outside.terminal import clipped
from k8slint.picture import svg
from k8slint.picture.drill import drill_timeline, lane_captions, verdict_on


def drill_svg(drill: Drill, title: str) -> str:
    """Draw a drill, with what happened in words below it."""
    head = svg.heading(title, 24)
    lanes = svg.lanes(drill_timeline(drill), head.bottom + 5, lane_captions(drill))
    rows = [
        (one.about, clipped(one.text), "short" if one.is_problem else "") for one in remarks(drill)
    ]
    verdict = verdict_on(drill)
    rows.append(("drill", verdict, "short" if drill.problems else "enough"))
    above = ["", *(about for about, _, _ in rows)]
    shown = [
        ("" if about == before else about, text, style)
        for before, (about, text, style) in zip(above, rows, strict=False)
    ]
    table = svg.rows_of_text(shown, lanes.bottom + 20)
    drawing = svg.Drawing((*head.markup, *lanes.markup, *table.markup), table.bottom + 36)
    said = ". ".join(f"{about}: {text}" for about, text, _ in rows)
    return svg.standalone(title, f"{said}.", drawing)
