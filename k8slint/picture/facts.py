"""What is known of containers and images: what runs, the stop signal, the shell, the drain."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from k8slint import __version__
from k8slint.images.dockerfile import BuiltImage
from k8slint.images.fact import Fact, Strength
from k8slint.images.given import GivenImage, full_name
from k8slint.kubernetes.gates import STOP_SIGNAL
from k8slint.kubernetes.workload import Workload
from k8slint.lint.findings import resource_of
from k8slint.lint.identity import Resource
from k8slint.lint.scope import LintScope
from k8slint.outside.terminal import LONGEST_NAME, clipped, printable
from k8slint.picture.data import fact_data, span_data
from k8slint.picture.scene import line_of, part_of
from k8slint.picture.words import describe_source
from k8slint.records import NamedTuple
from k8slint.report.json import dumps, resource
from k8slint.shutdown.command import ContainerCommand
from k8slint.shutdown.drain_row import DRAIN_KEY
from k8slint.shutdown.expected import Expected
from k8slint.shutdown.measured import JudgedDrain, MeasuredDrain, MeasuredDrains
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.mounted import unread_files, unread_settings
from k8slint.shutdown.programs.known import Programs
from k8slint.shutdown.seconds import Kind, Seconds, format_number

_TO_DECLARE = (
    f"the annotation `{DRAIN_KEY}`, or `drains` or a row of `programs` in the configuration"
)


# A file may have a row for each image there was.
_MOST_ROWS = 10

# Stands for the image of a Dockerfile.
BUILT = "k8slint.invalid/built"


class KnownText(NamedTuple):
    """Something about a container in a word, and where it is known from; empty if unknown."""

    text: str = ""
    fact: Fact | None = None


class ContainerFacts(NamedTuple):
    """What is known of one container; `unknown` says what would make the rest known.

    For an image alone there is no `resource`. `measured` are rows about the container, whether
    they count or not.
    """

    resource: Resource | None
    part: str
    path: str
    line: int
    name: str
    image: str
    runs: KnownText
    signal: KnownText
    shell: KnownText
    drain: Seconds
    drain_fact: Fact | None
    unknown: tuple[str, ...]
    hook: Seconds | None = None
    measured: tuple[JudgedDrain, ...] = ()

    @property
    def title(self) -> str:
        if self.resource is None:
            return self.image
        return f"{self.resource} {self.part}".rstrip()


def manifest_of(image: str) -> bytes:
    """Return a manifest of a pod that runs an image as it is."""
    container = {"name": "app", "image": image}
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}}
    return json.dumps(pod).encode()


def facts_of(
    workload: Workload, scope: LintScope, *, is_image: bool = False
) -> Iterator[ContainerFacts]:
    """Yield what is known of each container of a workload that gets a stop signal."""
    for pod in workload.pods:
        for stop in Shutdown(pod, scope.target, scope.programs).stops:
            container, expected = stop.container, stop.expected
            found = expected.shell
            signal = expected.signal
            yield ContainerFacts(
                None if is_image else resource_of(workload).bounded(),
                part_of(pod),
                pod.spec.document.source.name,
                line_of(container.value),
                clipped(container.name, LONGEST_NAME),
                clipped(container.image or "", LONGEST_NAME),
                _runs(stop),
                KnownText(signal.name, signal.fact) if signal.fact else KnownText(),
                KnownText(found.name, found.fact) if found else KnownText(),
                expected.drains,
                expected.drain_fact,
                (*_ways_to_know(expected), *_files_to_read(stop)),
                stop.hook_takes if stop.hook else None,
                tuple(scope.programs.measured.judged(container))
                if scope.programs.measured
                else (),
            )


def unmatched_drains(
    measured: Iterable[MeasuredDrains], containers: Iterable[ContainerFacts]
) -> Iterator[MeasuredDrain]:
    """Yield the measured drains that are about none of some containers."""
    matched = {one.row for container in containers for one in container.measured}
    rows = dict.fromkeys(row for one in measured for row in one.rows)
    return (row for row in rows if row not in matched)


def facts_of_dockerfile(
    built: BuiltImage, path: str, workload: Workload, scope: LintScope
) -> Iterator[ContainerFacts]:
    """Yield what is known of a workload that runs the image `BUILT`, made by a Dockerfile."""
    if built.config is None:
        return
    own = scope.programs
    image = GivenImage((full_name(BUILT),), built.config)
    programs = Programs(own.extra, own.drains, [image], own.measured)
    why = (f"the config of its base image: {built.why}",) if built.why else ()
    for one in facts_of(workload, scope._replace(programs=programs), is_image=True):
        yield one._replace(image=clipped(path, LONGEST_NAME), unknown=(*why, *one.unknown))


def _runs(stop: Stop) -> KnownText:
    """Return the program; never its arguments, which may hold a secret."""
    expected = stop.expected
    command = expected.command
    if command is None or not command.words:
        return KnownText()
    if stop.command and stop.command.entry_is_written:
        return KnownText(_program(command), Fact(Strength.WRITTEN, "command"))
    if expected.image is None or not _is_by_image(expected):
        return KnownText()
    return KnownText(_program(command), expected.image.fact)


def _program(command: ContainerCommand) -> str:
    if command.shell_stays and command.script:
        return f"{command.script.shell}, which stays as PID 1"
    return f"{clipped(command.program)}{'' if command.is_process_one else ', not as PID 1'}"


def _ways_to_know(expected: Expected) -> Iterator[str]:
    command, drain = expected.command, expected.drain
    is_given = expected.programs.config_of(expected.container.image) is not None
    config = "" if is_given else "the config of the image (--images) or "
    if command is None or (not command.entry_is_known and not _is_by_image(expected)):
        yield f"{config}`command` in the manifest, to see what runs"
        yield from _builds_to_name(expected)
    elif not command.words:
        yield "`command` without a template or an unread script, to see what runs"
    if command and command.shell_stays:
        yield "`exec` before the program in its script, to make it PID 1"
    elif drain is None:
        yield f"{_TO_DECLARE}, for how long it drains"
    elif expected.drains.kind is Kind.UNKNOWN:
        yield f"{_TO_DECLARE}, for how long {drain.program.name} drains"
    if expected.signal.fact is None:
        gate = f"(feature gate {STOP_SIGNAL.name})"
        yield f"{config}`lifecycle.stopSignal` {gate}, for the stop signal"


def _files_to_read(stop: Stop) -> Iterator[str]:
    """Say which mounted scripts and settings are not read, and why."""
    for file in (*unread_files(stop.container), *unread_settings(stop)):
        yield f"what is mounted at `{clipped(file.path, LONGEST_NAME)}`: {file.unread}"


def _builds_to_name(expected: Expected) -> Iterator[str]:
    """Say which Dockerfiles may build the image, where that would tell what runs."""
    image, builds = expected.container.image or "", expected.programs.builds
    found = builds.find(image) if builds else None
    if found and found.image is None:
        name = clipped(image, LONGEST_NAME)
        yield f"`# k8slint: image {name}` in the one that builds it: {found.question}"
    elif found and found.image and found.image.why:
        yield f"what {found.question} leaves open: {found.image.why}"


def _is_by_image(expected: Expected) -> bool:
    """Whether its image is known to say what runs, where the manifest does not."""
    return expected.image is not None and expected.image.entrypoint is not None


def facts_json(containers: Sequence[ContainerFacts]) -> str:
    """Return all as one object, version 1; null stands for what is unknown."""
    return dumps(
        {
            "version": 1,
            "tool": {"name": "k8slint", "version": __version__},
            "containers": [_container(one) for one in containers],
        },
        indent=2,
    )


def _container(one: ContainerFacts) -> dict[str, Any]:
    is_image = one.resource is None
    return {
        "path": None if is_image else one.path,
        "line": None if is_image else one.line,
        "resource": resource(one.resource) if one.resource else None,
        "part": one.part,
        "container": None if is_image else one.name,
        "image": one.image or None,
        "runs": _known(one.runs),
        "stopSignal": _known(one.signal),
        "shell": _known(one.shell),
        "preStop": span_data(one.hook) if one.hook else None,
        "drain": {**span_data(one.drain), "fact": fact_data(one.drain_fact)},
        "measured": [_measured_data(judged) for judged in one.measured],
        "wouldTell": [*one.unknown],
    }


def _measured_data(judged: JudgedDrain) -> dict[str, Any]:
    row, why_not = judged
    return {
        "source": row.place,
        "image": row.image,
        "by": row.by,
        "stops": row.stops,
        "killed": row.killed,
        "first": row.first,
        "until": row.until,
        "coversHook": row.covers_hook,
        "max": row.longest,
        "doesNotCount": why_not or None,
    }


def _known(known: KnownText) -> dict[str, Any] | None:
    return {"name": known.text, "fact": fact_data(known.fact)} if known.text else None


def facts_text(containers: Iterable[ContainerFacts]) -> str:
    """Return a paragraph for each container."""
    paragraphs = ("".join(f"{printable(line)}\n" for line in _lines(one)) for one in containers)
    return "\n".join(paragraphs)


def _lines(one: ContainerFacts) -> Iterator[str]:
    if one.resource is None:
        yield one.title
    else:
        yield f"{one.title}  {one.path}:{one.line}"
        yield _row("container", f"{one.name} ({one.image})" if one.image else one.name)
    yield _row("runs", _said(one.runs))
    signal = _said(one.signal, "unknown: SIGTERM unless the image says otherwise")
    yield _row("stop signal", signal)
    yield _row("shell", _said(one.shell))
    if one.hook:
        yield _row("preStop", _hook(one.hook))
    yield _row("drain", _said(KnownText(_drain(one.drain), one.drain_fact)))
    for number, row in enumerate(_measured(one.measured)):
        yield _row("" if number else "measured", row)
    for number, source in enumerate(_sources(one)):
        yield _row("" if number else "sources", source)
    for number, way in enumerate(one.unknown):
        yield _row("" if number else "to know more", way)


def _hook(takes: Seconds) -> str:
    if takes.kind is Kind.UNBOUNDED:
        length = "no limit"
    else:
        length = f"{takes} s" if takes.is_known or takes.low else "unknown"
    return f"{length}: {takes.why}" if takes.why else length


def _drain(takes: Seconds) -> str:
    if takes.kind is Kind.UNBOUNDED:
        length = "no limit"
    elif not takes.is_known:
        length = "unknown"
    else:
        length = f"up to {format_number(takes.high)} s" if takes.high else "exits at once"
    return f"{length}: {takes.why}"


def _measured(rows: Sequence[JudgedDrain]) -> Iterator[str]:
    """Yield what was measured, and why it does not count where it does not."""
    for row, why_not in rows[:_MOST_ROWS]:
        at_least = "at least " if row.killed else ""
        whole = ", with the hook before it" if row.covers_hook else ""
        end = f": does not count, {why_not}" if why_not else ""
        yield f"{at_least}{format_number(row.longest)} s{whole}, {row.basis} ({row.place}){end}"
    if len(rows) > _MOST_ROWS:
        yield f"and {len(rows) - _MOST_ROWS} more rows"


def _sources(one: ContainerFacts) -> Iterable[str]:
    facts = (one.runs.fact, one.signal.fact, one.shell.fact, one.drain_fact)
    return dict.fromkeys(
        describe_source(fact) for fact in facts if fact and fact.strength is not Strength.WRITTEN
    )


def _row(name: str, text: str) -> str:
    return f"  {name:12}  {text}"


def _said(known: KnownText, otherwise: str = "unknown") -> str:
    if not known.text:
        return otherwise
    return f"{known.text} ({known.fact.strength})" if known.fact else known.text
