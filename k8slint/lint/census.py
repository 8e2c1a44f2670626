"""The second look at a run, for budgets alone: whose pods there are, and what else makes pods.

Pods are made of more than workloads: an operator makes them of its own objects, Helm and Kustomize
of what is somewhere else. Where anything in a run may do so, nobody can tell which pods there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from k8slint.kubernetes.census import Census, PodOwner
from k8slint.kubernetes.kinds import RESOURCE_VERSION, Kinds, kinds_in
from k8slint.kubernetes.kustomization import NAMES, Kustomized
from k8slint.kubernetes.objects import Meta
from k8slint.kubernetes.workload import Workload, workloads
from k8slint.lint.reading import IgnoredText, read_chunk
from k8slint.lint.result import let_go_of
from k8slint.lint.scope import scope_for
from k8slint.lint.survey import keep_trees
from k8slint.lint.task import Task, display_path, read_input
from k8slint.manifest.scalars import is_placeholder
from k8slint.manifest.source import NotText, decode, is_wide, searchable
from k8slint.manifest.stream import split_documents, split_stream
from k8slint.manifest.tree import Document
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.kubernetes.live import Owners
    from k8slint.lint.parsed import ParsedFiles
    from k8slint.manifest.stream import Trees

_OTHERS = Census(has_others=True)
# Of texts in Latin-1, in which a part of a letter may be a letter or a blank.
_GROUP = re.compile(r"""(?a)apiVersion["']?\s*:\s*["']?([\w.-]+\.[\w.-]+)/""")
# Groups whose objects make no pods, or only those kinds do: of the others nobody here can tell.
# A Gateway of the Gateway API may have its proxy made for it, and Prometheus is one of pods.
_MAKERS: dict[str, frozenset[str]] = {
    "argoproj.io": frozenset(
        {"Application", "ApplicationSet", "ClusterWorkflowTemplate", "CronWorkflow"}
        | {"Experiment", "Sensor", "EventBus", "EventSource", "Workflow", "WorkflowTemplate"}
        | {"ArgoCD", "AnalysisRun", "AnalysisTemplate", "ClusterAnalysisTemplate"}
    ),
    "cert-manager.io": frozenset(),
    "external-secrets.io": frozenset(),
    "gateway.networking.k8s.io": frozenset({"Gateway"}),
    "kustomize.config.k8s.io": frozenset(),
    "monitoring.coreos.com": frozenset(
        {"Alertmanager", "Prometheus", "PrometheusAgent", "ThanosRuler"}
    ),
    "networking.istio.io": frozenset(),
    "security.istio.io": frozenset(),
    "traefik.io": frozenset(),
    "route.openshift.io": frozenset(),
}
# A definition comes with the operator whose objects it defines.
_DEFINITION = "CustomResourceDefinition"
# Groups of Kubernetes itself.
_BUILT_IN = frozenset(
    f"{group}.k8s.io"
    for group in (
        *("admissionregistration", "apiextensions", "apiregistration", "authentication"),
        *("authorization", "certificates", "coordination", "discovery", "events"),
        *("flowcontrol.apiserver", "networking", "node", "rbac.authorization", "resource"),
        *("scheduling", "storage"),
    )
)
# What is built of files that are somewhere else, or by a program.
_REMOTE = re.compile(
    r"""(?am)^\s*-\s*["']?(?:[a-z+]+://|git@|github\.com[/:])|^\s*-\s*\S+\?ref="""
    r"|^(?:helmCharts|helmChartInflationGenerator|generators|transformers)\s*:"
)
_DEPENDENCIES = re.compile(r"(?am)^(?:dependencies|releases|helmfiles)\s*:")


def collect_census(
    data: bytes,
    name: str,
    kinds: Kinds,
    kustomized: Kustomized,
    parsed: ParsedFiles | None = None,
) -> Census:
    """Whose pods the bytes of a file show; its trees are kept for those who lint it.

    Those of a file for which there is no room are let go of one by one.
    """
    if is_wide(data):
        return _OTHERS
    text = searchable(data)
    found = kinds_in(text)
    has_others = _may_make_pods(text, name, found)
    if not kinds.may_be_among(found):
        return Census(has_others=has_others)
    owners: list[PodOwner] = []
    trees: dict[int, Trees] = {}
    if parsed and not parsed.has_room_for_trees(data):
        parsed = None
    live = _live_owners(data, name, kinds)
    try:
        for part in split_stream(data):
            source = part.placed(decode(part.data, name))
            for chunk in split_documents(source.text):
                if not kinds.is_candidate(chunk.text):
                    continue
                documents = [*read_chunk(source, chunk)]
                if parsed and (kept := keep_trees(chunk, documents).trees):
                    trees[chunk.start] = kept
                for read in documents:
                    if not isinstance(read, Document):
                        has_others = has_others or not isinstance(read, IgnoredText)
                        continue
                    for workload in workloads(read, kinds, kustomized):
                        if live and not live.stands_for(workload.value):
                            continue
                        owners += _owners(workload)
                        # Who else has pods may give them other labels than their template.
                        has_others = has_others or not _has_labels_of_template(workload)
                        let_go_of(workload)
    except NotText:
        return _OTHERS
    if parsed:
        parsed.keep_trees(name, data, trees)
    return Census(tuple(owners), has_others)


def _live_owners(data: bytes, name: str, kinds: Kinds) -> Owners | None:
    """Return the workloads in a file that a cluster returned: what they made is counted once."""
    if RESOURCE_VERSION.encode() not in data:
        return None
    from k8slint.kubernetes.live import Owners
    from k8slint.lint.live import read_live

    try:
        sources = [part.placed(decode(part.data, name)) for part in split_stream(data)]
    except NotText:
        return None
    return Owners(one for source in sources for one in read_live(source, kinds))


def may_be_whole(tasks: Iterable[Task]) -> bool:
    """Whether no file says that there are pods which are written nowhere."""
    return not any(map(_says_others, tasks))


def _says_others(task: Task) -> bool:
    try:
        text = searchable(read_input(task))
    except OSError:
        return True
    return _may_make_pods(text, task.path, kinds_in(text))


def read_census(task: Task, parsed: ParsedFiles | None = None) -> Census:
    """Whose pods the file of a task shows."""
    try:
        data = read_input(task)
    except OSError:
        return _OTHERS
    kinds = scope_for(task.settings).kinds
    return collect_census(data, display_path(task.path), kinds, task.kustomized, parsed)


def _may_make_pods(text: str, name: str, kinds: frozenset[str]) -> bool:
    """Whether pods may be made of a file that are not written in it."""
    base = name.rpartition("/")[2]
    if base in NAMES and _REMOTE.search(text):
        return True
    if base in ("Chart.yaml", "requirements.yaml", "helmfile.yaml") and _DEPENDENCIES.search(text):
        return True
    if _DEFINITION in kinds:
        return True
    for group in {*_GROUP.findall(text)}:
        makers = frozenset() if group in _BUILT_IN else _MAKERS.get(group)
        if makers is None or not makers.isdisjoint(kinds):
            return True
    return False


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
        workload.where,
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
