"""Stops for people: a line for each, and a table of workloads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from k8slint.measure.observe.observer import ObservedStop
from k8slint.measure.observe.predicted import Difference, find_mismatches
from k8slint.measure.observe.stops import ContainerEnd, EndedBy, PodStop
from k8slint.measure.observe.tally import Contrast, Tally, WorkloadTally
from k8slint.outside.terminal import printable
from k8slint.shutdown.seconds import Seconds, format_number

PRECISION = "Times are differences of whole seconds, right within 1 s."
_HEADS = ("WORKLOAD", "STOPS", "MEDIAN", "P99", "MAX", "KILLED", "NOT SEEN", "PREDICTED")
_HOW = {
    EndedBy.KILLED: "killed at the deadline",
    EndedBy.SIGKILL: "SIGKILL at no known deadline",
    EndedBy.OOM_KILLED: "out of memory",
    EndedBy.NOT_SEEN: "end not seen",
}
_SAYS = {
    Difference.LATER: "ended later",
    Difference.SOONER: "ended sooner",
    Difference.KILLED: "killed",
    Difference.NOT_KILLED: "not killed",
}


def stop_line(stop: ObservedStop) -> str:
    """Return one stop as a line."""
    ending = stop.ending
    parts = [_clock(ending.began), ending.owner.title, ending.name, _took(ending)]
    parts += [_container(end, ending, stop) for end in ending.ends]
    if ending.how != "delete":
        parts.append(ending.how)
    if ending.is_shortened:
        parts.append(f"shortened from {ending.first_grace} s")
    elif ending.first_grace is not None and ending.first_grace != ending.own_grace:
        parts.append(f"--grace-period {ending.first_grace}, the pod has {ending.own_grace}")
    parts += [
        f"{one.container}: predicted {_seconds(one.predicted)}"
        for one in find_mismatches(ending, stop.predicted)
    ]
    return printable("  ".join(parts))


def table_lines(tally: Tally) -> list[str]:
    """Return a line for each workload, mismatches first, with what differed below."""
    if not tally.stops:
        return ["No pod stopped."]
    found = [*tally.in_order()]
    rows = [_HEADS, *map(_row, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_align(_HEADS, widths)]
    for row, one in zip(rows[1:], found, strict=True):
        lines.append(_align(row, widths))
        lines += (printable(f"  {line}") for line in _below(one))
    return lines


def note_lines(tally: Tally) -> Iterator[str]:
    """Yield what limits the numbers."""
    if tally.stops:
        yield PRECISION
    for node, seconds in sorted(tally.skews.items()):
        side = "ahead of" if seconds > 0 else "behind"
        yield printable(
            f"The clock of {node} is at least {format_number(abs(seconds))} s {side} the API "
            f"server's: its stops are not compared."
        )
    if tally.passed_over:
        yield f"Stops of more workloads than there is room for, not counted: {tally.passed_over}."


def _row(one: WorkloadTally) -> tuple[str, ...]:
    return (
        printable(one.owner.title),
        str(one.stops),
        _number(one.quantile(0.5)),
        _number(one.quantile(0.99)),
        _number(one.max),
        str(one.killed),
        str(one.not_seen),
        _seconds(one.predicted.ends) if one.predicted else "unknown",
    )


def _align(row: Sequence[str], widths: Sequence[int]) -> str:
    """Words to the left, numbers to the right."""
    first, *numbers, last = zip(row, widths, strict=True)
    middle = (text.rjust(width) for text, width in numbers)
    return "  ".join((first[0].ljust(first[1]), *middle, last[0])).rstrip()


def _below(one: WorkloadTally) -> Iterator[str]:
    for contrast, count in one.contrasts.most_common():
        yield _contrast(one, contrast, count)
    for words, count in (
        ("containers out of memory", one.outcomes[EndedBy.OOM_KILLED]),
        ("containers ended by SIGKILL at no known deadline", one.outcomes[EndedBy.SIGKILL]),
        ("stops with a failed preStop hook", one.failed_hooks or 0),
        ("stops with a shortened deadline, not compared", one.shortened),
        ("force deletes, after which no end is seen", one.forced),
    ):
        if count:
            yield f"{words}: {count}"


def _contrast(one: WorkloadTally, contrast: Contrast, count: int) -> str:
    track = one.predicted.tracks.get(contrast.container) if one.predicted else None
    predicted = f", predicted {_seconds(track.ends)}" if track else ""
    stops = "1 stop" if count == 1 else f"{count} stops"
    longest = format_number(one.longest[contrast])
    return (
        f"{contrast.container}: {_SAYS[contrast.difference]} in {stops} ({longest} s{predicted})"
    )


def _container(end: ContainerEnd, ending: PodStop, stop: ObservedStop) -> str:
    outcome = ending.outcome_of(end)
    how = _HOW.get(outcome) or f"exit code {end.code}"
    took = ending.seconds_of(end)
    after = f" after {format_number(took)} s" if took is not None and len(ending.ends) > 1 else ""
    hook = ", preStop hook failed" if end.name in (stop.failed_hooks or ()) else ""
    return f"{end.name}: {how}{after}{hook}"


def _took(ending: PodStop) -> str:
    took = "?" if ending.seconds is None else format_number(ending.seconds)
    return f"{took} s" if ending.grace is None else f"{took} of {ending.grace} s"


def _clock(began: float | None) -> str:
    return datetime.fromtimestamp(began, UTC).strftime("%H:%M:%SZ") if began else "--:--:-- "


def _number(seconds: int | None) -> str:
    return "-" if seconds is None else f"{seconds} s"


def _seconds(span: Seconds) -> str:
    return f"{span} s"
