"""What the API server fills in, and how it is spelt."""

GRACE_KEY = "terminationGracePeriodSeconds"

# SetDefaults_PodSpec in pkg/apis/core/v1/defaults.go, for built-in kinds and templates alike.
DEFAULT_GRACE = 30

# Kinds whose pods are counted by `replicas`, one where `replicas` is left out.
REPLICATED = frozenset(
    {
        "Deployment",
        "StatefulSet",
        "ReplicaSet",
        "ReplicationController",
        "Rollout",
        "CloneSet",
        "DeploymentConfig",
    }
)
