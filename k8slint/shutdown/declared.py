"""Drains that a team declares, in annotations and in `drains` of a configuration, or measured.

Where a program has a written drain of its own, the longer of the two counts, so neither hides a
finding about what is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from k8slint.kubernetes.mounts import mounts_known_config
from k8slint.kubernetes.workload import Container, Pod
from k8slint.manifest.scalars import is_placeholder
from k8slint.manifest.values import Value
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.records import NamedTuple
from k8slint.shutdown.command import ContainerCommand
from k8slint.shutdown.drain import Drain, Stage, StatedDrain, drain_of
from k8slint.shutdown.drain_row import DRAIN_KEY, DrainRow, is_drain
from k8slint.shutdown.durations import Unit, parse_duration
from k8slint.shutdown.programs.known import Programs
from k8slint.shutdown.programs.program import KnownProgram
from k8slint.shutdown.seconds import exactly, format_number, unknown
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.shutdown.measured import MeasuredDrain

# A number is that of seconds.
_UNIT = Unit.DURATION


class MalformedDrain(NamedTuple):
    """An annotation that declares nothing, and why."""

    name: str
    value: Value
    why: str


def drain_as_stated(
    container: Container, command: ContainerCommand | None, programs: Programs, signal: str = ""
) -> Drain | None:
    """The drain of a container's program, or what is declared or was measured of it.

    None where nothing is known. `signal` is as in drain_of.
    """
    known = _drain(container, command, programs, signal)
    is_proxy = known is not None and known.program.is_sidecar
    said = _in_annotations(container, is_proxy=is_proxy)
    if said := said or _in_rows(container, programs.drains, is_proxy=is_proxy):
        known = _longer(known, said, container, is_measured=False)
    # How long a proxy takes is up to the app that it serves.
    if programs.measured and not is_proxy:
        row = programs.measured.find(container)
        if row:
            said = _as_measured(row, container)
            known = _longer(known, said, container, is_measured=True)
    return known


def _longer(
    known: Drain | None, said: StatedDrain, container: Container, *, is_measured: bool
) -> Drain:
    """Return what is stated of a drain, unless it is written or stated to be longer."""
    number = format_number(said.span.low)
    if known is None:
        known = Drain(KnownProgram(container.name), exactly(0), (), own=unknown("not known"))
    elif known.is_explicit:
        if known.span.low >= said.span.low:
            if is_measured:
                return known
            *others, last = known.stages
            noted = f"{last.label} (not the declared {number})"
            return known._replace(stages=(*others, last._replace(label=noted)))
        said = _instead_of(said, f"{known.label} {known.span}", is_measured=is_measured)
    return known._replace(
        span=said.span,
        stages=(Stage(said.label, said.span, said.value),),
        is_explicit=True,
        stated=said,
        own=known.by_itself,
    )


def _instead_of(said: StatedDrain, written: str, *, is_measured: bool) -> StatedDrain:
    if not is_measured:
        return said._replace(label=f"{said.label} (not {written})")
    why = f"{said.span.why}; not {written}"
    return said._replace(label=f"measured drain ({why})", span=said.span.because(why))


def _drain(
    container: Container, command: ContainerCommand | None, programs: Programs, signal: str
) -> Drain | None:
    """The drain of a container's program, by flags and variables or else by a mounted file."""
    known = drain_of(container, command, programs, signal)
    if (known and known.settings) or not mounts_known_config(container):
        return known
    # Few containers mount a file that says how long they drain.
    from k8slint.shutdown.mounted_settings import drain_with_files

    return drain_with_files(known, container, command, programs, signal)


def malformed_drains(pod: Pod) -> Iterator[MalformedDrain]:
    """The annotations of a pod and its workload that mean to declare a drain, and do not.

    Those of a workload come with its first pod.
    """
    workload = pod.workload
    owners: list[tuple[Value, tuple[Pod, ...]]] = [(pod.metadata, (pod,))]
    if pod is workload.pods[0] and pod.metadata.pointer != workload.metadata.pointer:
        owners.append((workload.metadata, workload.pods))
    for metadata, pods in owners:
        drains = [one for one in metadata.get("annotations").entries() if is_drain(one[0])]
        names = {one.name for each in pods for one in each.containers if drains and one.runs_hooks}
        for name, value in drains:
            if why := _why_malformed(name, value, names, is_partial=pod.is_partial):
                yield MalformedDrain(name, value, why)


def _why_malformed(name: str, value: Value, names: Collection[str], *, is_partial: bool) -> str:
    text = value.text or ""
    if is_placeholder(text):
        return ""
    if _seconds(value) is None:
        shown = f"`{clipped(text, LONGEST_NAME)}`" if text else "its value"
        return f"{shown} is not a duration such as 25s"
    wanted = name[len(DRAIN_KEY) + 1 :]
    if name == DRAIN_KEY or wanted in names or is_partial:
        return ""
    return f"no container here is called `{clipped(wanted, LONGEST_NAME)}`"


def _in_annotations(container: Container, *, is_proxy: bool) -> StatedDrain | None:
    """What annotations declare for a container: in its name, else for all that are no proxies."""
    own = f"{DRAIN_KEY}.{container.name}"
    is_meant = container.role == "main" and not is_proxy
    for name in (own, DRAIN_KEY) if is_meant else (own,):
        value = container.pod.annotations.get(name)
        seconds = _seconds(value) if value is not None else None
        if value is not None and seconds is not None:
            return _declared(name, name, seconds, value)
    return None


def _seconds(value: Value) -> float | None:
    return parse_duration(value.text or "", _UNIT)


def _in_rows(
    container: Container, rows: Sequence[DrainRow], *, is_proxy: bool
) -> StatedDrain | None:
    for row in rows:
        if row.covers(container, is_proxy=is_proxy):
            return _declared(f"({row.place})", row.place, row.seconds, _place_of(container))
    return None


def _declared(label: str, source: str, seconds: float, value: Value) -> StatedDrain:
    # Few teams declare anything.
    from k8slint.images.fact import Fact, Strength

    fact = Fact(Strength.DECLARED, source)
    return StatedDrain(f"declared {label}", exactly(seconds, source), value, fact)


def _as_measured(row: MeasuredDrain, container: Container) -> StatedDrain:
    from k8slint.images.fact import Fact, Strength

    fact = Fact(Strength.MEASURED, row.place)
    label = f"measured drain ({row.basis})"
    return StatedDrain(label, row.takes, _place_of(container), fact)


def _place_of(container: Container) -> Value:
    name = container.value.get("name")
    return name if name.is_written else container.value
