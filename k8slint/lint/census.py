"""The second look at a run, for budgets alone: whose pods there are, and what else makes pods.

Pods are made of more than workloads: an operator makes them of its own objects, Helm and Kustomize
of what is somewhere else. Where anything in a run may do so, nobody can tell which pods there are.
"""

from __future__ import annotations

from collections.abc import Iterator

from k8slint.kubernetes.census import Census, PodOwner
from k8slint.kubernetes.kinds import Kinds, kinds_in
from k8slint.kubernetes.kustomization import Kustomized
from k8slint.kubernetes.makers import may_make_pods
from k8slint.kubernetes.objects import Meta
from k8slint.kubernetes.workload import Workload, workloads
from k8slint.lint.reading import read_chunk
from k8slint.lint.scope import scope_for
from k8slint.lint.task import Task, display_path, read_input
from k8slint.manifest.source import UTF16, NotText, decode
from k8slint.manifest.stream import split_documents, split_stream
from k8slint.manifest.tree import Document
from k8slint.manifest.values import is_placeholder

_OTHERS = Census(has_others=True)


def collect_census(data: bytes, name: str, kinds: Kinds, kustomized: Kustomized) -> Census:
    """Whose pods the bytes of a file show."""
    if data.startswith(UTF16):
        return _OTHERS
    found = kinds_in(data)
    has_others = may_make_pods(data, name, found)
    if not kinds.may_be_among(found):
        return Census(has_others=has_others)
    owners: list[PodOwner] = []
    try:
        for part in split_stream(data):
            source = part.placed(decode(part.data, name))
            for chunk in split_documents(source.text):
                for read in read_chunk(source, chunk) if kinds.is_candidate(chunk.text) else ():
                    if not isinstance(read, Document):
                        has_others = True
                        continue
                    for workload in workloads(read, kinds, kustomized):
                        owners += _owners(workload)
                        # Who else has pods may give them other labels than their template.
                        has_others = has_others or not _has_labels_of_template(workload)
    except NotText:
        return _OTHERS
    return Census(tuple(owners), has_others)


def read_census(task: Task) -> Census:
    """Whose pods the file of a task shows."""
    try:
        data = read_input(task)
    except OSError:
        return _OTHERS
    kinds = scope_for(task.settings).kinds
    return collect_census(data, display_path(task.path), kinds, task.kustomized)


def _has_labels_of_template(workload: Workload) -> bool:
    return workload.is_built_in or (workload.kind, workload.api_version.partition("/")[0]) == (
        "Rollout",
        "argoproj.io",
    )


def _owners(workload: Workload) -> Iterator[PodOwner]:
    metadata = workload.value.get("metadata")
    name = metadata.get("name")
    place = name if name.is_written else workload.value.get("kind")
    kustomized = workload.kustomized
    meta = Meta(
        workload.kind,
        workload.name,
        workload.namespaces,
        workload.value.document.source.locate(place.mark),
        kustomized.roots,
    )
    for pod in workload.pods:
        texts = [text for name, values in pod.labels.items() for text in (name, *values)]
        is_certain = (
            not workload.is_patch
            and not kustomized.is_patched
            and not any(map(is_placeholder, (*texts, *workload.namespaces)))
        )
        yield PodOwner(meta, tuple(pod.labels.items()), is_certain)
