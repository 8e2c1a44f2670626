"""Keys that are written twice where the rules read (GS900)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from k8slint.kubernetes.workload import Workload
from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.findings import SYNTAX_ERROR, resource_of
from k8slint.lint.rule import Severity
from k8slint.lint.scope import LintScope
from k8slint.manifest.geometry import start_of
from k8slint.manifest.pyyaml import MappingNode, Node, ScalarNode
from k8slint.manifest.source import Location
from k8slint.manifest.tree import Document
from k8slint.manifest.values import Value, duplicates

_WHICH = "which of the two values is meant is not in the file; delete the other"


def find_duplicate_keys(workload: Workload, scope: LintScope) -> Iterator[Diagnostic]:
    document = workload.value.document
    rule = scope.book.by_code[SYNTAX_ERROR]
    for mapping in _checked_mappings(workload):
        for overridden, last in _repeated(mapping):
            first = _key_at(document, overridden)
            outcome = (
                "kubectl rejects the file, other clients take the last one"
                if document.is_json
                else "kubectl takes the last one in silence, Kustomize and Flux refuse the file"
            )
            severity = Severity.ERROR if document.is_json else Severity.WARNING
            message = f"`{overridden.value}` is written twice here: {outcome}"
            yield Diagnostic(
                rule.code,
                rule.name,
                rule.rated(severity),
                message,
                _key_at(document, last),
                first._replace(label="not read"),
                resource=resource_of(workload),
                unfixed=_WHICH,
            )


def _repeated(mapping: MappingNode) -> Iterator[tuple[Node, Node]]:
    """The keys of a mapping that later ones override, each with the last one of its name."""
    if overridden := [*duplicates(mapping)]:
        last = {key.value: key for key, _ in mapping.value if isinstance(key, ScalarNode)}
        yield from ((key, last[key.value]) for key in overridden)


# A List of many workloads is searched once.
@lru_cache(maxsize=1)
def _mentions_hooks(text: str) -> bool:
    return "lifecycle" in text


def _key_at(document: Document, key: Node) -> Location:
    start = document.start + start_of(key)
    return document.source.locate((start, start + len(key.value)))


def _checked_mappings(workload: Workload) -> Iterator[MappingNode]:
    """The mappings the rules read: on the way to the pod, its containers and their hooks."""
    seen: set[Node] = set()
    has_hooks = _mentions_hooks(workload.value.document.text)
    for pod in workload.pods:
        values: list[Value | None] = [pod.spec]
        while values[-1] is not None and values[-1].parent is not None:
            values.append(values[-1].parent)
        values += (container.value for container in pod.containers)
        for container in pod.containers if has_hooks else ():
            values.append(container.lifecycle)
            for hook in container.hooks:
                values += (hook.value, *(hook.value.get(name) for name in hook.written))
        for value in values:
            if value and isinstance(value.node, MappingNode) and value.node not in seen:
                seen.add(value.node)
                yield value.node
