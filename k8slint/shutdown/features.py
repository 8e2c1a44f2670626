"""What a rule can be about: a closed set of features that a pod may have."""

from enum import Flag, auto


class Feature(Flag):
    """Something about a pod by which the rules that look at it are chosen.

    A document may be said to have a feature that its pods lack, but never to lack one that they
    have. What is about programs is about those in containers that get a stop signal.
    """

    HOOK = auto()  # a container has a lifecycle: hooks, or a stop signal
    SETTING = auto()  # a shutdown setting but a plain grace period in its place, or an odd sidecar
    GRACE = auto()  # the grace period is not the default
    DRAIN = auto()  # a program whose drain time is configured
    PROGRAM = auto()  # a known program
    IMAGE = auto()  # a public image that says what runs
    WORKER = auto()  # a known program that processes tasks
    SIGNAL = auto()  # a process that may mishandle the stop signal, and no task: `signals.py`
    ROLLOUT = auto()  # a StatefulSet may stop several pods at once
    SERVED = auto()  # requests from outside reach the pod and others like it
    BUDGET = auto()  # a PodDisruptionBudget selects the pod
    NODE = auto()  # nodes that leave little time: spot nodes, and those of Karpenter
    MESH = auto()  # an annotation says how a mesh's proxy ends


# What may be about a script or a setting that a ConfigMap mounts.
MAY_MOUNT = (
    Feature.HOOK
    | Feature.DRAIN
    | Feature.PROGRAM
    | Feature.WORKER
    | Feature.SIGNAL
    | Feature.IMAGE
)
