"""What a drill found: printed, written and kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from k8slint.cli.options import When
from k8slint.cli.output import OutputTarget, make_painter, terminal_width, write, write_file

if TYPE_CHECKING:
    from k8slint.measure.drill.run import Drill


def write_reports(
    result: Drill, shown: Sequence[str], targets: Sequence[OutputTarget], color: When
) -> Iterator[str]:
    """Write each report; yield the problems with those that cannot be written."""
    for target in targets:
        output = _rendered(result, shown, target, color)
        if target.file:
            yield from write_file(target.file, output)
        else:
            write(sys.stdout, output)


def _rendered(result: Drill, shown: Sequence[str], target: OutputTarget, color: When) -> str:
    from k8slint.picture import drill as drawn
    from k8slint.picture import terminal

    title = drawn.drill_heading(result, shown)
    match target.format:
        case "json":
            from k8slint.picture.drill_data import drill_json

            return drill_json(result, shown)
        case "junit":
            from k8slint.report.drill import drill_junit

            return drill_junit(result, title)
        case "svg":
            from k8slint.picture.drill_svg import drill_svg

            return drill_svg(result, title)
    if target.file:
        return drawn.drill_text(result, title, wrap=False)
    width = terminal_width(sys.stdout)
    glyphs = terminal.glyphs_for(sys.stdout.encoding or "utf-8")
    paint = make_painter(color, sys.stdout)
    return drawn.drill_text(
        result, title, paint, width=width or 80, wrap=width is not None, glyphs=glyphs
    )


def keep_drain(result: Drill, file: str) -> str:
    """Add the measured drain to a file; return in words what became of it."""
    from datetime import UTC, datetime

    from k8slint.measure.drains.write import write_drains
    from k8slint.measure.drill.run import measured_stop
    from k8slint.shutdown.measured import LEAST_STOPS
    from k8slint.shutdown.seconds import format_number

    stop = measured_stop(result, f"{datetime.now(UTC):%Y-%m-%d}")
    if stop is None:
        lost = "requests or work were lost" if result.has_losses else ""
        why = lost or "the application ended before the stop signal"
        return f"{file}: nothing was added: {why}"
    (row,) = write_drains(file, [stop]).changed
    drain = f"drain {format_number(row.longest)} s ({row.basis})"
    few = f"; it counts from {LEAST_STOPS} stops on" if row.stops < LEAST_STOPS else ""
    return f"{file}: {row.workload}, container {row.container}: {drain}{few}"
