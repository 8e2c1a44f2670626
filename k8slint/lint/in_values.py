"""Rules about the grace period of a pod, run over the values that charts are given.

What a chart makes of them is not read here. So only what stands in them counts, and what is found
is a warning at most.
"""

from __future__ import annotations

from k8slint.kubernetes.given_values import values_given
from k8slint.kubernetes.pods_in_values import pods_in_values
from k8slint.lint.engine import run_rules
from k8slint.lint.findings import Violation
from k8slint.lint.reading import read_chunk
from k8slint.lint.result import LintResult
from k8slint.lint.rule import Severity
from k8slint.lint.scope import LintScope
from k8slint.manifest.stream import Chunk
from k8slint.manifest.tree import Document
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need
from k8slint.shutdown.traffic import Traffic

# A hook that is longer than the grace period: nothing else about a pod can be told from values.
_TELLING = ("GS001", "GS101")
_UNSAFE = "what the chart makes of this value is not known without rendering it"


def examine_values(chunk: Chunk, scope: LintScope, examined: LintResult) -> list[Document]:
    """Run rules over the values that a part of a source gives to charts.

    Returns its documents.
    """
    read = [one for one in read_chunk(examined.source, chunk) if isinstance(one, Document)]
    if pods := sum(examine_given(document, scope, examined) for document in read):
        examined.in_values[chunk.start] = pods
    return read


def examine_given(document: Document, scope: LintScope, examined: LintResult) -> int:
    """Run rules over the values that a document gives to charts; return how many pods it has."""
    rules = [one for one in scope.selection.runnable if one[0].code in _TELLING]
    before = examined.pods
    for given in values_given(document, examined.source.name):
        for pod in pods_in_values(given):
            traffic = Traffic(Shutdown(pod, scope.target, scope.programs), scope.cluster)
            found = run_rules(traffic, rules, examined)
            examined.found += map(_as_of_values, found)
            examined.looked_at.append(pod.workload)
            examined.workloads += 1
            examined.pods += 1
    return examined.pods - before


def _as_of_values(found: Violation) -> Violation:
    """Return a finding with what is certain about values that nobody has rendered."""
    finding = found.finding
    need = finding.need
    if isinstance(need, Need):
        need = need._replace(unsafe=_UNSAFE)
    weaker = min(found.severity, Severity.WARNING)
    return found._replace(
        finding=finding._replace(
            message=f"in the values of a chart, {finding.message}", need=need, severity=weaker
        )
    )
