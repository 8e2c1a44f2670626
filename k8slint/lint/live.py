"""What a cluster returned: each thing is judged once, where people can change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from k8slint.kubernetes.kinds import RESOURCE_VERSION, Kinds
from k8slint.kubernetes.live import (
    LiveObject,
    Maker,
    Owners,
    live_object,
    maker_of,
    writer_of,
)
from k8slint.kubernetes.workload import Workload, workloads
from k8slint.lint.findings import Violation
from k8slint.lint.reading import ChunkRead, chunks_of, read_chunk
from k8slint.lint.rule import Spot
from k8slint.lint.scope import LintScope
from k8slint.manifest.source import Source
from k8slint.manifest.tree import Document
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.shutdown.repair import NoRepair


def read_live(source: Source, kinds: Kinds) -> Iterator[LiveObject]:
    """Yield the workloads in a text that a cluster returned."""
    for chunk in chunks_of(source, kinds):
        if RESOURCE_VERSION in chunk.text:
            yield from live_in(read_chunk(source, chunk), kinds)


def live_in(documents: Iterable[ChunkRead], kinds: Kinds) -> Iterator[LiveObject]:
    """Yield the workloads that a cluster returned."""
    for read in documents:
        for workload in workloads(read, kinds) if isinstance(read, Document) else ():
            if live := live_object(workload.value):
                yield live


def with_owners(scope: LintScope, source: Source) -> LintScope:
    """Return the scope with the workloads of one text, where nothing is known of others."""
    from copy import copy

    cluster = copy(scope.cluster)
    cluster.owners = Owners(read_live(source, scope.kinds))
    return scope._replace(cluster=cluster)


def as_live(found: Violation, workload: Workload, count: int) -> Violation:
    """Return what is found in an object of a cluster, with who wrote it and how often it is there.

    What a controller keeps as it is cannot be repaired.
    """
    finding = found.finding
    controller = maker_of(workload.value)
    if controller:
        many = f"{count} pods of {_name(controller)}" if count > 1 else ""
        why = f"{_name(controller)} made it and keeps it so; change that, or what made that"
        need = NoRepair(why) if finding.need else None
        return found._replace(
            finding=finding._replace(message=_with(finding.message, many), need=need)
        )
    writer = writer_of(finding.at.value, workload.value)
    message = _with(finding.message, f"written by {writer}" if writer else "")
    because = finding.because and _with_writer(finding.because, workload)
    return found._replace(finding=finding._replace(message=message, because=because))


def _with_writer(spot: Spot, workload: Workload) -> Spot:
    writer = writer_of(spot.value, workload.value)
    is_default = spot.label.endswith("(default)")  # Named for it is who created the object.
    return spot if is_default or not writer else spot._replace(label=f"{spot.label}, by {writer}")


def _with(message: str, more: str) -> str:
    return f"{message} ({more})" if more else message


def _name(controller: Maker) -> str:
    return clipped(f"{controller.kind} {controller.name}", LONGEST_NAME)
