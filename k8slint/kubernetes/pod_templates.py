"""Custom resources that honour the grace period and hooks through full pod specs.

A user's `pod-templates` are such rows too.
"""

from k8slint.records import NamedTuple


class PodTemplate(NamedTuple):
    """A kind with pods.

    Each of `paths` names keys down to a pod spec; `[]` stands for every item of a list and `*` for
    every key of a mapping. The group `*` stands for any in which the kind is not known otherwise.
    `source` says where the paths are declared, `date` when that was last compared.
    """

    kind: str
    paths: tuple[str, ...]
    group: str = "*"
    source: str = ""
    date: str = ""


_TEMPLATE = ("spec.template.spec",)
_IN_GAME_SERVER = ("spec.template.spec.template.spec",)
_IN_POD_TEMPLATE = ("spec.podTemplate.spec",)
_LLM = ("spec.template", "spec.worker", "spec.prefill.template", "spec.prefill.worker")
_METRICS = ("spec.metrics[].provider.job.spec.template.spec",)
_RUNTIME = ("spec.template.spec.replicatedJobs[].template.spec.template.spec",)
_DEPLOYMENT_OR_DAEMON_SET = (
    "spec.deployment.podTemplate.spec",
    "spec.daemonSet.podTemplate.spec",
)
_RAY_CLUSTER = ("headGroupSpec.template.spec", "workerGroupSpecs[].template.spec")

_ARC = (
    "actions/actions-runner-controller gha-runner-scale-set-0.14.2 apis/actions.github.com",
    "2026-11-29",
)
_AGONES = ("googleforgames/agones v1.56.0 pkg/apis/agones/v1", "2026-11-29")
_ARGO = ("argoproj/argo-rollouts v1.9.1 pkg/apis/rollouts/v1alpha1", "2026-11-29")
_CNPG = ("cloudnative-pg/cloudnative-pg v1.30.0 api/v1/pooler_types.go", "2026-11-29")
_CROSSPLANE = (
    "crossplane/crossplane v2.3.4 apis/pkg/v1beta1/deployment_runtime_config_types.go",
    "2026-11-29",
)
_ECK = ("elastic/cloud-on-k8s v3.5.0 pkg/apis", "2026-11-29")
_FLINK = (
    "apache/flink-kubernetes-operator release-1.15.0 flink-kubernetes-operator-api: spec",
    "2026-11-29",
)
_GRAFANA = ("grafana/grafana-operator v5.24.0 api/v1beta1/typeoverrides.go", "2026-11-29")
_JOBSET = ("kubernetes-sigs/jobset v0.12.0 api/jobset/v1alpha2/jobset_types.go", "2026-11-29")
_KSERVE = (
    "kserve/kserve 01bfd23 pkg/apis/serving/v1alpha1/llm_inference_service_types.go",
    "2026-11-29",
)
_KEDA = ("kedacore/keda v2.20.2 apis/keda/v1alpha1/scaledjob_types.go", "2026-11-29")
_KRUISE = ("openkruise/kruise v1.9.0 apis/apps/v1alpha1", "2026-11-29")
_KUEUE = ("kubernetes-sigs/kueue v0.19.2 apis/kueue/v1beta2/workload_types.go", "2026-11-29")
_LWS = (
    "kubernetes-sigs/lws v0.10.0 api/leaderworkerset/v1/leaderworkerset_types.go",
    "2026-11-29",
)
_NOTEBOOK = ("kubeflow/notebooks v1.11.0 components/notebook-controller/api/v1", "2026-11-29")
_OLM = ("operator-framework/api v0.45.0 pkg/operators/v1alpha1", "2026-11-29")
_OPENSHIFT = ("openshift/api 2a3d73913 apps/v1/types.go", "2026-11-29")
_OPENSHIFT_3 = ("openshift/api 2a3d73913 apps/v1/legacy.go", "2026-11-29")
_RAY = ("ray-project/kuberay v1.7.0 ray-operator/apis/ray/v1", "2026-11-29")
_SPARK = ("kubeflow/spark-operator v2.5.2 api/v1beta2/sparkapplication_types.go", "2026-11-29")
_SPARK_CONNECT = (
    "kubeflow/spark-operator v2.5.2 api/v1alpha1/sparkconnect_types.go",
    "2026-11-29",
)
_TRAINER = ("kubeflow/trainer v2.3.0 pkg/apis/trainer/v1alpha1", "2026-11-29")
_TRAINING = ("kubeflow/trainer v1.9.4 pkg/apis/kubeflow.org/v1", "2026-11-29")
_VOLCANO = ("volcano-sh/apis v1.14.3 pkg/apis/batch/v1alpha1/job.go", "2026-11-29")

CUSTOM = (
    PodTemplate("Rollout", _TEMPLATE, "argoproj.io", *_ARGO),
    PodTemplate("Experiment", ("spec.templates[].template.spec",), "argoproj.io", *_ARGO),
    PodTemplate("AnalysisTemplate", _METRICS, "argoproj.io", *_ARGO),
    PodTemplate("ClusterAnalysisTemplate", _METRICS, "argoproj.io", *_ARGO),
    PodTemplate("AnalysisRun", _METRICS, "argoproj.io", *_ARGO),
    PodTemplate("CloneSet", _TEMPLATE, "apps.kruise.io", *_KRUISE),
    PodTemplate("StatefulSet", _TEMPLATE, "apps.kruise.io", *_KRUISE),
    PodTemplate("DaemonSet", _TEMPLATE, "apps.kruise.io", *_KRUISE),
    PodTemplate("BroadcastJob", _TEMPLATE, "apps.kruise.io", *_KRUISE),
    PodTemplate("ScaledJob", ("spec.jobTargetRef.template.spec",), "keda.sh", *_KEDA),
    PodTemplate(
        "PyTorchJob", ("spec.pytorchReplicaSpecs.*.template.spec",), "kubeflow.org", *_TRAINING
    ),
    PodTemplate("TFJob", ("spec.tfReplicaSpecs.*.template.spec",), "kubeflow.org", *_TRAINING),
    PodTemplate("MPIJob", ("spec.mpiReplicaSpecs.*.template.spec",), "kubeflow.org", *_TRAINING),
    PodTemplate(
        "XGBoostJob", ("spec.xgbReplicaSpecs.*.template.spec",), "kubeflow.org", *_TRAINING
    ),
    PodTemplate(
        "PaddleJob", ("spec.paddleReplicaSpecs.*.template.spec",), "kubeflow.org", *_TRAINING
    ),
    PodTemplate("JAXJob", ("spec.jaxReplicaSpecs.*.template.spec",), "kubeflow.org", *_TRAINING),
    PodTemplate("Notebook", _TEMPLATE, "kubeflow.org", *_NOTEBOOK),
    PodTemplate("TrainingRuntime", _RUNTIME, "trainer.kubeflow.org", *_TRAINER),
    PodTemplate("ClusterTrainingRuntime", _RUNTIME, "trainer.kubeflow.org", *_TRAINER),
    PodTemplate(
        "JobSet",
        ("spec.replicatedJobs[].template.spec.template.spec",),
        "jobset.x-k8s.io",
        *_JOBSET,
    ),
    PodTemplate(
        "LeaderWorkerSet",
        (
            "spec.leaderWorkerTemplate.workerTemplate.spec",
            "spec.leaderWorkerTemplate.leaderTemplate.spec",
        ),
        "leaderworkerset.x-k8s.io",
        *_LWS,
    ),
    PodTemplate("RayCluster", tuple(f"spec.{path}" for path in _RAY_CLUSTER), "ray.io", *_RAY),
    PodTemplate(
        "RayService",
        tuple(f"spec.rayClusterConfig.{path}" for path in _RAY_CLUSTER),
        "ray.io",
        *_RAY,
    ),
    PodTemplate(
        "RayJob",
        (
            *(f"spec.rayClusterSpec.{path}" for path in _RAY_CLUSTER),
            "spec.submitterPodTemplate.spec",
        ),
        "ray.io",
        *_RAY,
    ),
    PodTemplate("Job", ("spec.tasks[].template.spec",), "batch.volcano.sh", *_VOLCANO),
    PodTemplate("Workload", ("spec.podSets[].template.spec",), "kueue.x-k8s.io", *_KUEUE),
    PodTemplate("Fleet", _IN_GAME_SERVER, "agones.dev", *_AGONES),
    PodTemplate("GameServerSet", _IN_GAME_SERVER, "agones.dev", *_AGONES),
    PodTemplate("GameServer", _TEMPLATE, "agones.dev", *_AGONES),
    PodTemplate("DeploymentConfig", _TEMPLATE, "apps.openshift.io", *_OPENSHIFT),
    PodTemplate("DeploymentConfig", _TEMPLATE, "", *_OPENSHIFT_3),
    PodTemplate(
        "FlinkDeployment",
        (
            "spec.podTemplate.spec",
            "spec.jobManager.podTemplate.spec",
            "spec.taskManager.podTemplate.spec",
        ),
        "flink.apache.org",
        *_FLINK,
    ),
    PodTemplate("Pooler", _TEMPLATE, "postgresql.cnpg.io", *_CNPG),
    PodTemplate(
        "Grafana", ("spec.deployment.spec.template.spec",), "grafana.integreatly.org", *_GRAFANA
    ),
    PodTemplate(
        "DeploymentRuntimeConfig",
        ("spec.deploymentTemplate.spec.template.spec",),
        "pkg.crossplane.io",
        *_CROSSPLANE,
    ),
    PodTemplate(
        "AutoscalingRunnerSet",
        ("spec.template.spec", "spec.listenerTemplate.spec"),
        "actions.github.com",
        *_ARC,
    ),
    PodTemplate(
        "EphemeralRunnerSet", ("spec.ephemeralRunnerSpec.spec",), "actions.github.com", *_ARC
    ),
    PodTemplate("EphemeralRunner", ("spec.spec",), "actions.github.com", *_ARC),
    PodTemplate(
        "Elasticsearch",
        ("spec.nodeSets[].podTemplate.spec",),
        "elasticsearch.k8s.elastic.co",
        *_ECK,
    ),
    PodTemplate("Kibana", _IN_POD_TEMPLATE, "kibana.k8s.elastic.co", *_ECK),
    PodTemplate("Logstash", _IN_POD_TEMPLATE, "logstash.k8s.elastic.co", *_ECK),
    PodTemplate("ApmServer", _IN_POD_TEMPLATE, "apm.k8s.elastic.co", *_ECK),
    PodTemplate("Beat", _DEPLOYMENT_OR_DAEMON_SET, "beat.k8s.elastic.co", *_ECK),
    PodTemplate(
        "Agent",
        (*_DEPLOYMENT_OR_DAEMON_SET, "spec.statefulSet.podTemplate.spec"),
        "agent.k8s.elastic.co",
        *_ECK,
    ),
    PodTemplate("EnterpriseSearch", _IN_POD_TEMPLATE, "enterprisesearch.k8s.elastic.co", *_ECK),
    PodTemplate("ElasticMapsServer", _IN_POD_TEMPLATE, "maps.k8s.elastic.co", *_ECK),
    PodTemplate("PackageRegistry", _IN_POD_TEMPLATE, "packageregistry.k8s.elastic.co", *_ECK),
    PodTemplate("AutoOpsAgentPolicy", _IN_POD_TEMPLATE, "autoops.k8s.elastic.co", *_ECK),
    PodTemplate(
        "SparkApplication",
        ("spec.driver.template.spec", "spec.executor.template.spec"),
        "sparkoperator.k8s.io",
        *_SPARK,
    ),
    PodTemplate(
        "ScheduledSparkApplication",
        ("spec.template.driver.template.spec", "spec.template.executor.template.spec"),
        "sparkoperator.k8s.io",
        *_SPARK,
    ),
    PodTemplate(
        "SparkConnect",
        ("spec.server.template.spec", "spec.executor.template.spec"),
        "sparkoperator.k8s.io",
        *_SPARK_CONNECT,
    ),
    PodTemplate("LLMInferenceService", _LLM, "serving.kserve.io", *_KSERVE),
    PodTemplate("LLMInferenceServiceConfig", _LLM, "serving.kserve.io", *_KSERVE),
    PodTemplate(
        "ClusterServiceVersion",
        ("spec.install.spec.deployments[].spec.template.spec",),
        "operators.coreos.com",
        *_OLM,
    ),
)
