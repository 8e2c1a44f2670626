"""A timeline in words, for those who cannot see the picture and below it for everyone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from k8slint.images.fact import Fact, Strength
from k8slint.outside.terminal import clipped, printable
from k8slint.picture.bars import Segment
from k8slint.picture.scene import Costs, Scene
from k8slint.shutdown.seconds import Kind, Seconds, format_number
from k8slint.shutdown.timeline import Certainty, Interval, Phase, Timeline, Track


def sentence(lane: Track, grace: int) -> str:
    """Say what happens to one container."""
    return printable(clipped("; ".join(_clauses(lane, grace))))


def needs_sentence(scene: Scene) -> str:
    """Return the arithmetic, and whether the grace period covers it."""
    timeline = scene.timeline
    if timeline is None:
        return printable(scene.needed.sum)
    return printable(f"{scene.needed.sum} of {timeline.grace} s: {verdict(scene)}")


def verdict(scene: Scene) -> str:
    """Say whether the grace period is long enough, as far as is known."""
    if scene.short_by > 0:
        return f"{scene.short_by} s short"
    if any(stretch.phase is Phase.HOOK and stretch.is_open for stretch in _stretches(scene)):
        return "how long the preStop hook takes is not known"
    enough = f"{-scene.short_by} s to spare" if scene.short_by else "just enough"
    return enough if _is_known(scene) else f"{enough}, as far as is known"


def tone(scene: Scene) -> Literal["short", "enough", "unsure"]:
    """Return whether the verdict is bad, good, or good only as far as is known."""
    if scene.short_by > 0:
        return "short"
    return "enough" if _is_known(scene) else "unsure"


def costs(waits: Costs) -> str:
    """Say how long others wait for the pods; empty if the manifest does not say."""
    each = " for each node" if waits.for_each_node else ""
    parts = [f"rolling update up to {waits.update}{each}"] if waits.update else []
    if waits.drain:
        one_by_one = waits.drain_one_by_one
        slower = f", or {one_by_one} if a disruption budget allows one pod at a time"
        parts.append(f"node drain up to {waits.drain}{slower if one_by_one else ''}")
    return "; ".join(parts)


def labels(piece: Segment) -> tuple[str, ...]:
    """Return labels for a phase's bar, the longest one first."""
    said = _label(piece)
    match piece.style:
        case "hook" | "drain" | "slack":
            return said, f"{format_number(piece.end - piece.start)} s"
        case "hook-open" | "drain-open":
            return said, said.partition(",")[0]
    return (said,)


def scenes_summary(scenes: Sequence[Scene]) -> str:
    """Summarize the whole picture in a line."""
    short = sum(scene.short_by > 0 for scene in scenes)
    pods = "1 pod" if len(scenes) == 1 else f"{len(scenes)} pods"
    return f"{pods}, {short} with too little grace" if short else pods


def describe_picture(timelines: Iterable[Timeline]) -> str:
    """Return the line below a picture: which ending it shows, and how to read it."""
    endings = dict.fromkeys(timeline.trigger.title for timeline in timelines)
    return f"Ending: {'; '.join(endings)}. Each phase is drawn at its longest."


def sources(timelines: Iterable[Timeline]) -> Iterator[str]:
    """Yield where the facts in a picture are from that the manifests do not write themselves."""
    facts = {
        fact
        for timeline in timelines
        for lane in timeline.lanes
        for fact in (lane.signal_fact, lane.drain_fact)
        if fact and fact.strength is not Strength.WRITTEN
    }
    for fact in sorted(facts):
        yield printable(clipped(f"{str(fact.strength).capitalize()}: {describe_source(fact)}."))


def describe_source(fact: Fact) -> str:
    """Return where something is known from, and since when."""
    verb = "built" if fact.strength is Strength.IMAGE else "read"
    return f"{fact.source}, {verb} on {fact.date}" if fact.date else fact.source


def _label(piece: Segment) -> str:
    takes = _span(piece.takes)
    match piece.style:
        case "hook":
            is_cut = piece.takes.low > piece.end - piece.start
            return f"preStop {takes}{', cut' if is_cut else ''}"
        case "hook-maybe" if piece.start == 0:
            return f"preStop {takes}"
        case "hook-open":
            return "preStop, duration unknown"
        case "wait" | "wait-maybe" | "wait-open":
            return "keeps serving"
        case "drain" | "drain-maybe":
            return f"drain {takes}"
        case "drain-open":
            is_unbounded = piece.takes.kind is Kind.UNBOUNDED
            return f"drain, {'no limit' if is_unbounded else 'duration unknown'}"
        case "overrun" | "overrun-maybe" | "overrun-open" if piece.takes.is_known:
            return f"{takes} lost"
        case "slack":
            return f"{format_number(piece.end - piece.start)} s to spare"
    return ""


def _is_known(scene: Scene) -> bool:
    return all(stretch.takes.is_known for stretch in _stretches(scene))


def _stretches(scene: Scene) -> Iterator[Interval]:
    for lane in scene.timeline.lanes if scene.timeline else ():
        yield from lane.stretches


def _clauses(lane: Track, grace: int) -> Iterator[str]:
    by_phase = {stretch.phase: stretch for stretch in lane.stretches}
    if lane.starting and lane.starting.high:
        long = _span(lane.starting) if lane.starting.is_known else "of unknown length"
        yield f"not stopped while postStart runs ({long})"
    if hook := by_phase.get(Phase.HOOK):
        yield (
            _intended(*lane.intended, grace)
            if lane.intended
            else _hook(hook, lane.hook_is_cut, grace)
        )
    if Phase.WAIT in by_phase:
        yield "keeps serving until the containers before it have ended"
    yield f"{_signal(lane)} at {lane.signalled_at} s"
    yield _drain(by_phase[Phase.DRAIN].takes, lane.drain_fact)
    if overrun := by_phase.get(Phase.OVERRUN):
        yield _kill(lane, overrun)
    else:
        left = grace - lane.ends.high
        spare = f", {format_number(left)} s left" if left > 0 else ""
        yield f"ended by {format_number(lane.ends.high)} s{spare}"


def _hook(hook: Interval, is_cut: Certainty, grace: int) -> str:
    if not hook.takes.is_known and is_cut is not Certainty.YES:
        return f"preStop of unknown length, cut at {grace} s ({hook.takes.why})"
    text = f"preStop {_span(hook.takes)}"
    match is_cut:
        case Certainty.YES:
            return f"{text}, cut at {grace} s"
        case Certainty.MAYBE:
            return f"{text}, cut at {grace} s if still running"
    return text


def _intended(takes: Seconds, when: str, grace: int) -> str:
    text = f"preStop {_span(takes)}{when}"
    if takes.low > grace:
        return f"{text}, cut at {grace} s"
    return text if takes.high <= grace else f"{text}, cut at {grace} s if need be"


def _signal(lane: Track) -> str:
    match lane.signal_fact:
        case None:
            return f"stop signal of the image ({lane.signal} unless it says otherwise)"
        case Fact(strength=Strength.WRITTEN, source=source):
            return f"{lane.signal} ({source})"
        case fact:
            return f"{lane.signal} (stop signal of the image, {fact.strength})"


def _drain(takes: Seconds, fact: Fact | None) -> str:
    if not takes.is_known and takes.kind is not Kind.UNBOUNDED:
        return f"drain of unknown length ({takes.why})"
    worth = f", {fact.strength}" if fact and fact.strength is not Strength.WRITTEN else ""
    why = f"({takes.why}{worth})"
    if takes.kind is Kind.UNBOUNDED:
        return f"drain without a limit {why}"
    return f"exits at once {why}" if takes.high == 0 else f"drains {_span(takes)} {why}"


def _kill(lane: Track, overrun: Interval) -> str:
    kill = f"SIGKILL at {lane.killed_at} s"
    if math.isinf(overrun.takes.high):
        return f"{kill} if it still runs"
    return f"{kill}, {_span(overrun.takes)} too early"


def _span(span: Seconds) -> str:
    if span.is_known and span.low == 0 and span.high > 0:
        return f"up to {format_number(span.high)} s"
    return f"{span} s"
