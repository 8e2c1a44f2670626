"""What else than the workloads of a run makes pods: then nobody can tell which there are."""

from __future__ import annotations

import pytest

from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN
from k8slint.lint.census import collect_census

# Objects of controllers whose objects are known, and whether they are made into pods.
MADE: dict[str, dict[str, bool]] = {
    "argoproj.io": {
        **dict.fromkeys(("Application", "ApplicationSet", "ArgoCD", "CronWorkflow"), True),
        **dict.fromkeys(("ClusterWorkflowTemplate", "Workflow", "WorkflowTemplate"), True),
        **dict.fromkeys(("Experiment", "Sensor", "EventBus", "EventSource"), True),
        **dict.fromkeys(("AnalysisRun", "AnalysisTemplate", "ClusterAnalysisTemplate"), True),
        "AppProject": False,
    },
    "cert-manager.io": {"Certificate": False},
    "external-secrets.io": {"ExternalSecret": False},
    "gateway.networking.k8s.io": {"Gateway": True, "HTTPRoute": False},
    "kustomize.config.k8s.io": {"Kustomization": False},
    "monitoring.coreos.com": {
        **dict.fromkeys(("Alertmanager", "Prometheus", "PrometheusAgent", "ThanosRuler"), True),
        "ServiceMonitor": False,
    },
    "networking.istio.io": {"VirtualService": False},
    "security.istio.io": {"AuthorizationPolicy": False},
    "traefik.io": {"IngressRoute": False},
    "route.openshift.io": {"Route": False},
    # Kubernetes itself, whose definitions come with an operator.
    "rbac.authorization.k8s.io": {"ClusterRole": False},
    "networking.k8s.io": {"Ingress": False},
    "apiextensions.k8s.io": {"CustomResourceDefinition": True},
    # Nobody here knows what these are.
    "shop.example.com": {"Shop": True},
    "x-k8s.io": {"Thing": True},
    # No name of a group.
    "ex\u00eample.com": {"Shop": False},
}
# Files that say what is built of others.
BUILT = {
    "kustomization.yaml": {
        "resources:\n- ../base\n": False,
        "resources:\n- https://example.com/base.yaml\n": True,
        "resources:\n- github.com/shop/base\n": True,
        "resources:\n- git@github.com:shop/base\n": True,
        "resources:\n- shop/base?ref=v1\n": True,
        "resources:\n- \u5e97/\u00e0?ref=v1\n": True,
        "helmCharts:\n- name: a\n": True,
        "helmChartInflationGenerator:\n- chartName: a\n": True,
        "generators:\n- a.yaml\n": True,
        "transformers:\n- a.yaml\n": True,
    },
    "web.yaml": {"resources:\n- https://example.com/base.yaml\n": False},
    "Chart.yaml": {"name: a\n": False, "dependencies:\n- name: a\n": True},
    "requirements.yaml": {"dependencies:\n- name: a\n": True},
    "helmfile.yaml": {"releases:\n- name: a\n": True, "helmfiles:\n- a.yaml\n": True},
}


def may_make_pods(text: str, name: str = "a.yaml") -> bool:
    return collect_census(text.encode(), name, Kinds(), AS_WRITTEN).has_others


@pytest.mark.parametrize(
    ("group", "kind", "expected"),
    [(group, kind, made) for group, kinds in MADE.items() for kind, made in kinds.items()],
)
def test_which_objects_make_pods(group: str, kind: str, expected: bool) -> None:
    assert may_make_pods(f"apiVersion: {group}/v1\nkind: {kind}\n") == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [(name, text, made) for name, texts in BUILT.items() for text, made in texts.items()],
)
def test_what_is_built_of_files_elsewhere(name: str, text: str, expected: bool) -> None:
    assert may_make_pods(text, name) == expected
