"""Drains that a team declares: in annotations, and in `drains` of a configuration.

Where a program has a written drain of its own, the longer of the two counts, so a declaration
hides no finding about what is written.
"""

from collections.abc import Collection, Iterator, Sequence

from k8slint.kubernetes.mounts import mounts_known_config
from k8slint.kubernetes.workload import Container, Pod
from k8slint.manifest.scalars import is_placeholder
from k8slint.manifest.values import Value
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.records import NamedTuple
from k8slint.shutdown.command import ContainerCommand
from k8slint.shutdown.drain import Declared, Drain, Stage, drain_of
from k8slint.shutdown.drain_row import DRAIN_KEY, DrainRow, is_drain
from k8slint.shutdown.durations import Unit, parse_duration
from k8slint.shutdown.programs.known import Programs
from k8slint.shutdown.programs.program import KnownProgram
from k8slint.shutdown.seconds import exactly, format_number

# A number is that of seconds.
_UNIT = Unit.DURATION


class MalformedDrain(NamedTuple):
    """An annotation that declares nothing, and why."""

    name: str
    value: Value
    why: str


def drain_as_declared(
    container: Container, command: ContainerCommand | None, programs: Programs, signal: str = ""
) -> Drain | None:
    """The drain of a container's program, or what is declared of it; None where nothing is known.

    `signal` is as in drain_of.
    """
    known = _drain(container, command, programs, signal)
    is_proxy = known is not None and known.program.is_sidecar
    said = _in_annotations(container, is_proxy=is_proxy)
    said = said or _in_rows(container, programs.drains, is_proxy=is_proxy)
    if said is None:
        return known
    label = said.label
    if known is None:
        known = Drain(KnownProgram(container.name), exactly(0), ())
    elif known.is_explicit:
        written = f"{known.label} {known.span}"
        if known.span.low >= said.seconds:
            *others, last = known.stages
            noted = f"{last.label} (not the declared {format_number(said.seconds)})"
            return known._replace(stages=(*others, last._replace(label=noted)))
        label += f" (not {written})"
    span = exactly(said.seconds)
    stages = (Stage(label, span, said.value),)
    return known._replace(span=span, stages=stages, is_explicit=True, declared=said)


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


def _in_annotations(container: Container, *, is_proxy: bool) -> Declared | None:
    """What annotations declare for a container: in its name, else for all that are no proxies."""
    own = f"{DRAIN_KEY}.{container.name}"
    is_meant = container.role == "main" and not is_proxy
    for name in (own, DRAIN_KEY) if is_meant else (own,):
        value = container.pod.annotations.get(name)
        seconds = _seconds(value) if value is not None else None
        if value is not None and seconds is not None:
            return Declared(name, f"declared {name}", seconds, value)
    return None


def _seconds(value: Value) -> float | None:
    return parse_duration(value.text or "", _UNIT)


def _in_rows(container: Container, rows: Sequence[DrainRow], *, is_proxy: bool) -> Declared | None:
    for row in rows:
        if row.covers(container, is_proxy=is_proxy):
            name = container.value.get("name")
            at = name if name.is_written else container.value
            return Declared(row.place, f"declared ({row.place})", row.seconds, at)
    return None
