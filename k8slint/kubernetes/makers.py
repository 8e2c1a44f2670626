"""What else than workloads makes pods, told from the bytes of a file."""

from __future__ import annotations

import re

from k8slint.kubernetes.kustomization import NAMES

_GROUP = re.compile(rb"""apiVersion["']?\s*:\s*["']?([\w.-]+\.[\w.-]+)/""")
# Groups whose objects make no pods, or only those kinds do: of the others nobody here can tell.
# A Gateway of the Gateway API may have its proxy made for it, and Prometheus is one of pods.
_MAKERS: dict[bytes, frozenset[bytes]] = {
    b"argoproj.io": frozenset(
        {b"Application", b"ApplicationSet", b"ClusterWorkflowTemplate", b"CronWorkflow"}
        | {b"Experiment", b"Sensor", b"EventBus", b"EventSource", b"Workflow", b"WorkflowTemplate"}
        | {b"ArgoCD", b"AnalysisRun", b"AnalysisTemplate", b"ClusterAnalysisTemplate"}
    ),
    b"cert-manager.io": frozenset(),
    b"external-secrets.io": frozenset(),
    b"gateway.networking.k8s.io": frozenset({b"Gateway"}),
    b"kustomize.config.k8s.io": frozenset(),
    b"monitoring.coreos.com": frozenset(
        {b"Alertmanager", b"Prometheus", b"PrometheusAgent", b"ThanosRuler"}
    ),
    b"networking.istio.io": frozenset(),
    b"security.istio.io": frozenset(),
    b"traefik.io": frozenset(),
    b"route.openshift.io": frozenset(),
}
# A definition comes with the operator whose objects it defines.
_DEFINITION = b"CustomResourceDefinition"
# Groups of Kubernetes itself.
_BUILT_IN = re.compile(
    rb"(?:admissionregistration|apiextensions|apiregistration|authentication|authorization"
    rb"|certificates|coordination|discovery|events|flowcontrol\.apiserver|networking|node"
    rb"|rbac\.authorization|resource|scheduling|storage)\.k8s\.io"
)
# What is built of files that are somewhere else, or by a program.
_REMOTE = re.compile(
    rb"""(?m)^\s*-\s*["']?(?:[a-z+]+://|git@|github\.com[/:])|^\s*-\s*\S+\?ref="""
    rb"|^(?:helmCharts|helmChartInflationGenerator|generators|transformers)\s*:"
)
_DEPENDENCIES = re.compile(rb"(?m)^(?:dependencies|releases|helmfiles)\s*:")


def may_make_pods(data: bytes, name: str, kinds: frozenset[bytes]) -> bool:
    """Whether pods may be made of a file that are not written in it."""
    base = name.rpartition("/")[2]
    if base in NAMES and _REMOTE.search(data):
        return True
    if base in ("Chart.yaml", "requirements.yaml", "helmfile.yaml") and _DEPENDENCIES.search(data):
        return True
    if _DEFINITION in kinds:
        return True
    for group in {*_GROUP.findall(data)}:
        makers = frozenset() if _BUILT_IN.fullmatch(group) else _MAKERS.get(group)
        if makers is None or not makers.isdisjoint(kinds):
            return True
    return False
