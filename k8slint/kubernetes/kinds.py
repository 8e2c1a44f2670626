"""Where pod specs live, kind by kind.

A path names keys down to the pod spec; `[]` stands for every item of a list and `*` for every key
of a mapping. Sources: `k8s.io/api` types.go for the built-in kinds, the published CRD schemas for
the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from k8slint.manifest.outline import Outline, Way
from k8slint.manifest.values import Value

Paths: TypeAlias = tuple[str, ...]

_TEMPLATE = ("spec.template.spec",)

# Kinds whose objects the API server defaults and validates as pods.
BUILT_IN: dict[str, Paths] = {
    "Pod": ("spec",),
    "PodTemplate": ("template.spec",),
    "ReplicationController": _TEMPLATE,
    "ReplicaSet": _TEMPLATE,
    "Deployment": _TEMPLATE,
    "StatefulSet": _TEMPLATE,
    "DaemonSet": _TEMPLATE,
    "Job": _TEMPLATE,
    "CronJob": ("spec.jobTemplate.spec.template.spec",),
}
_BUILT_IN_GROUPS = frozenset({"", "apps", "batch", "extensions"})

_RAY_CLUSTER = ("headGroupSpec.template.spec", "workerGroupSpecs[].template.spec")
_METRICS = ("spec.metrics[].provider.job.spec.template.spec",)

# Kinds that honour the grace period and hooks through a full pod spec.
CUSTOM: dict[tuple[str, str], Paths] = {
    ("argoproj.io", "Rollout"): _TEMPLATE,
    ("argoproj.io", "Experiment"): ("spec.templates[].template.spec",),
    ("argoproj.io", "AnalysisTemplate"): _METRICS,
    ("argoproj.io", "ClusterAnalysisTemplate"): _METRICS,
    ("argoproj.io", "AnalysisRun"): _METRICS,
    ("apps.kruise.io", "CloneSet"): _TEMPLATE,
    ("apps.kruise.io", "StatefulSet"): _TEMPLATE,
    ("apps.kruise.io", "DaemonSet"): _TEMPLATE,
    ("apps.kruise.io", "BroadcastJob"): _TEMPLATE,
    ("keda.sh", "ScaledJob"): ("spec.jobTargetRef.template.spec",),
    ("kubeflow.org", "PyTorchJob"): ("spec.pytorchReplicaSpecs.*.template.spec",),
    ("kubeflow.org", "TFJob"): ("spec.tfReplicaSpecs.*.template.spec",),
    ("kubeflow.org", "MPIJob"): ("spec.mpiReplicaSpecs.*.template.spec",),
    ("kubeflow.org", "XGBoostJob"): ("spec.xgbReplicaSpecs.*.template.spec",),
    ("kubeflow.org", "PaddleJob"): ("spec.paddleReplicaSpecs.*.template.spec",),
    ("kubeflow.org", "JAXJob"): ("spec.jaxReplicaSpecs.*.template.spec",),
    ("kubeflow.org", "Notebook"): _TEMPLATE,
    ("trainer.kubeflow.org", "TrainingRuntime"): (
        "spec.template.spec.replicatedJobs[].template.spec.template.spec",
    ),
    ("trainer.kubeflow.org", "ClusterTrainingRuntime"): (
        "spec.template.spec.replicatedJobs[].template.spec.template.spec",
    ),
    ("jobset.x-k8s.io", "JobSet"): ("spec.replicatedJobs[].template.spec.template.spec",),
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"): (
        "spec.leaderWorkerTemplate.workerTemplate.spec",
        "spec.leaderWorkerTemplate.leaderTemplate.spec",
    ),
    ("ray.io", "RayCluster"): tuple(f"spec.{path}" for path in _RAY_CLUSTER),
    ("ray.io", "RayService"): tuple(f"spec.rayClusterConfig.{path}" for path in _RAY_CLUSTER),
    ("ray.io", "RayJob"): (
        *(f"spec.rayClusterSpec.{path}" for path in _RAY_CLUSTER),
        "spec.submitterPodTemplate.spec",
    ),
    ("batch.volcano.sh", "Job"): ("spec.tasks[].template.spec",),
    ("kueue.x-k8s.io", "Workload"): ("spec.podSets[].template.spec",),
    ("agones.dev", "Fleet"): ("spec.template.spec.template.spec",),
    ("agones.dev", "GameServerSet"): ("spec.template.spec.template.spec",),
    ("agones.dev", "GameServer"): _TEMPLATE,
    ("apps.openshift.io", "DeploymentConfig"): _TEMPLATE,
    ("", "DeploymentConfig"): _TEMPLATE,  # the group of OpenShift 3
    ("flink.apache.org", "FlinkDeployment"): (
        "spec.podTemplate.spec",
        "spec.jobManager.podTemplate.spec",
        "spec.taskManager.podTemplate.spec",
    ),
    ("postgresql.cnpg.io", "Pooler"): _TEMPLATE,
    ("grafana.integreatly.org", "Grafana"): ("spec.deployment.spec.template.spec",),
    ("pkg.crossplane.io", "DeploymentRuntimeConfig"): (
        "spec.deploymentTemplate.spec.template.spec",
    ),
    ("actions.github.com", "AutoscalingRunnerSet"): (
        "spec.template.spec",
        "spec.listenerTemplate.spec",
    ),
    ("actions.github.com", "EphemeralRunnerSet"): ("spec.ephemeralRunnerSpec.spec",),
    ("actions.github.com", "EphemeralRunner"): ("spec.spec",),
    ("elasticsearch.k8s.elastic.co", "Elasticsearch"): ("spec.nodeSets[].podTemplate.spec",),
    ("kibana.k8s.elastic.co", "Kibana"): ("spec.podTemplate.spec",),
    ("logstash.k8s.elastic.co", "Logstash"): ("spec.podTemplate.spec",),
    ("apm.k8s.elastic.co", "ApmServer"): ("spec.podTemplate.spec",),
    ("beat.k8s.elastic.co", "Beat"): (
        "spec.deployment.podTemplate.spec",
        "spec.daemonSet.podTemplate.spec",
    ),
    ("agent.k8s.elastic.co", "Agent"): (
        "spec.deployment.podTemplate.spec",
        "spec.daemonSet.podTemplate.spec",
    ),
    ("sparkoperator.k8s.io", "SparkApplication"): (
        "spec.driver.template.spec",
        "spec.executor.template.spec",
    ),
    ("operators.coreos.com", "ClusterServiceVersion"): (
        "spec.install.spec.deployments[].spec.template.spec",
    ),
}

# Objects that hold others: `kubectl get -o yaml` and OpenShift templates.
CONTAINERS_OF_OBJECTS = {"List": "items", "Template": "objects"}

# A value may have an anchor or a tag; `{{` is a kind that a template decides.
_KIND_KEY = re.compile(r"""kind["']?\s*:\s*(?:[&!]\S+\s+)?["']?([A-Za-z]\w*|\{\{)""")
_KIND_BYTES = re.compile(_KIND_KEY.pattern.encode())


def kinds_in(data: bytes) -> frozenset[bytes]:
    """All that a file gives as a kind, wherever it does: a byte scan, no parse."""
    return frozenset(_KIND_BYTES.findall(data))


class KindFilter:
    """Which files and documents can hold objects of some kinds, by their text alone."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._words = frozenset({b"{{", *(name.encode() for name in self._names)})

    def may_occur(self, data: bytes) -> bool:
        """Whether a file can hold an object of these kinds."""
        return self.may_be_among(kinds_in(data))

    def may_be_among(self, found: frozenset[bytes]) -> bool:
        """Whether an object of these kinds can be among what a file gives as kinds."""
        return not found.isdisjoint(self._words) or any(word.endswith(b"List") for word in found)

    def is_candidate(self, text: str) -> bool:
        """Whether one document can be such an object.

        A `kind` in the first column is the document's own and decides; elsewhere it may be the
        document's (flow style) or that of something inside.
        """
        nested = False
        for match in _KIND_KEY.finditer(text):
            known = match[1] in self._names or match[1].endswith("List") or match[1] == "{{"
            start = match.start()
            if start == 0 or text[start - 1] == "\n":
                return known
            nested = nested or known
        return nested

    def named_in(self, text: str) -> Iterator[str]:
        """The kinds that a text speaks of, `{{` for one that a template decides."""
        for match in _KIND_KEY.finditer(text):
            if match[1] in self._names or match[1] == "{{":
                yield match[1]


class Kinds(KindFilter):
    """The kinds with pods a run looks for: the known ones and those a user added.

    Both by group and kind; a user's group `*` stands for any in which the kind is not known.
    """

    def __init__(self, extra: dict[tuple[str, str], Paths] | None = None) -> None:
        self._custom = CUSTOM | (extra or {})
        super().__init__({*BUILT_IN, *CONTAINERS_OF_OBJECTS, *(kind for _, kind in self._custom)})

    def pods_in(self, outline: Outline) -> list[Way] | None:
        """The ways to the pod specs of a document; None where it may be more than one workload."""
        kind = outline.scalar(outline.root, "kind")
        paths = self.pod_specs(kind, outline.scalar(outline.root, "apiVersion"))
        if len(paths) != 1 or kind in CONTAINERS_OF_OBJECTS or kind.endswith("List"):
            return None
        way = tuple(paths[0].split("."))
        if outline.at(*way) is not None:
            return [way]
        is_empty = "{}" in outline.values(way[-1])
        return None if is_empty or "*" in way or "[" in paths[0] else []

    def pod_specs(self, kind: str, api_version: str) -> Paths:
        """The paths to an object's pod specs; none where the kind has no pods."""
        group = group_of(api_version)
        if kind in BUILT_IN and (group in _BUILT_IN_GROUPS or not api_version):
            return BUILT_IN[kind]
        if not api_version:
            return next((p for (_, name), p in self._custom.items() if name == kind), ())
        return self._custom.get((group, kind)) or self._custom.get(("*", kind), ())


def group_of(api_version: str) -> str:
    return api_version.partition("/")[0] if "/" in api_version else ""


def is_built_in(kind: str, api_version: str) -> bool:
    return kind in BUILT_IN and group_of(api_version) in _BUILT_IN_GROUPS


def follow(root: Value, path: str) -> Iterator[Value]:
    """The values a path leads to."""
    found: Iterable[Value] = (root,)
    for part in path.split("."):
        name, is_list = part.removesuffix("[]"), part.endswith("[]")
        if name == "*":
            found = [child for value in found for _, child in value.entries()]
            continue
        found = [value.get(name) for value in found]
        if is_list:
            found = [item for value in found for item in value.items()]
    yield from found
