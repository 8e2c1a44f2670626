"""What ends a pod or a container, and how much grace each ending gives.

Crashes, lost nodes and pods that the kubelet finds again after a restart are left out: nothing in
a manifest changes how these end.
"""

from __future__ import annotations

from enum import Enum, auto

from k8slint.records import NamedTuple


class Affected(Enum):
    """What an ending stops."""

    POD = auto()
    CONTAINER = auto()
    SIDECARS = auto()
    """The main containers have finished by themselves."""


class GraceSource(Enum):
    """Where the grace period of an ending comes from."""

    POD = auto()
    PROBE = auto()
    """The probe's own period, else that of the pod."""
    LIMIT = auto()
    """A number given with the request."""
    SMALLER = auto()
    """That of the pod, cut down to a limit."""
    NONE = auto()


class Trigger(NamedTuple):
    """One way to end.

    `title` says in words what happens, `source` where in Kubernetes' code that is decided and
    `date` when it was last compared, with 1.37.2. `grace` says where the period comes from,
    `limit` the usual one where nobody says another, and `least` the shortest that is given:
    whoever tears down a pod gives 1 s, a container alone can get 0, and then its hook is skipped.
    """

    name: str
    title: str
    source: str
    date: str
    scope: Affected = Affected.POD
    grace: GraceSource = GraceSource.POD
    limit: int | None = None
    least: int = 1
    runs_hooks: bool = True
    drops_endpoint: bool = False


_WORKER = ("pkg/kubelet/pod_workers.go: calculateEffectiveGracePeriod", "2026-11-29")
_KUBECTL = ("kubectl/pkg/cmd/delete/delete.go", "2026-11-29")
_EVICTION = ("pkg/kubelet/eviction/eviction_manager.go", "2026-11-29")
_NODE = ("pkg/kubelet/nodeshutdown/nodeshutdown_manager.go: killPods", "2026-11-29")
_CONTAINER = (
    "pkg/kubelet/kuberuntime/kuberuntime_container.go: setTerminationGracePeriod",
    "2026-11-29",
)
# They pass no override, so nothing makes 1 of 0.
_DONE = (
    "pkg/kubelet/pod_workers.go: completeSync; the kubelet logs gracePeriod=null",
    "2026-11-29",
)
_RESTART = ("pkg/kubelet/kuberuntime/kuberuntime_manager.go, KEP-5532", "2026-11-29")

TRIGGERS = (
    Trigger(
        "delete",
        "delete, rollout, scale-down, drain, eviction API",
        *_WORKER,
        drops_endpoint=True,
    ),
    Trigger(
        "now",
        "kubectl delete --now or --force",
        *_KUBECTL,
        grace=GraceSource.LIMIT,
        limit=1,
        drops_endpoint=True,
    ),
    Trigger(
        "eviction", "hard eviction by the kubelet", *_EVICTION, grace=GraceSource.LIMIT, limit=1
    ),
    # evictionMaxPodGracePeriod is 0 by default, which counts as 1.
    Trigger(
        "soft-eviction",
        "soft eviction by the kubelet",
        *_EVICTION,
        grace=GraceSource.SMALLER,
        limit=1,
    ),
    Trigger(
        "preemption",
        "the kubelet makes room for a critical pod",
        "pkg/kubelet/preemption/preemption.go",
        "2026-11-29",
    ),
    Trigger("node-shutdown", "graceful node shutdown", *_NODE, grace=GraceSource.SMALLER),
    Trigger("spot", "the provider reclaims the node", *_NODE, grace=GraceSource.SMALLER),
    Trigger(
        "liveness",
        "a failed liveness probe",
        *_CONTAINER,
        scope=Affected.CONTAINER,
        grace=GraceSource.PROBE,
        least=0,
    ),
    Trigger(
        "startup",
        "a failed startup probe",
        *_CONTAINER,
        scope=Affected.CONTAINER,
        grace=GraceSource.PROBE,
        least=0,
    ),
    Trigger(
        "change",
        "a changed image or a resized container",
        *_CONTAINER,
        scope=Affected.CONTAINER,
        least=0,
    ),
    Trigger(
        "post-start", "a failed postStart hook", *_CONTAINER, scope=Affected.CONTAINER, least=0
    ),
    Trigger("deadline", "activeDeadlineSeconds", *_DONE, least=0),
    Trigger(
        "completion", "the main containers have finished", *_DONE, scope=Affected.SIDECARS, least=0
    ),
    Trigger(
        "restart-all",
        "a rule that restarts all containers",
        *_RESTART,
        grace=GraceSource.NONE,
        least=0,
        runs_hooks=False,
    ),
)

TRIGGERS_BY_NAME = {trigger.name: trigger for trigger in TRIGGERS}
DELETE = TRIGGERS_BY_NAME["delete"]
SPOT = TRIGGERS_BY_NAME["spot"]


def grace_under(
    trigger: Trigger, pod: int, *, limit: int | None = None, probe: int | None = None
) -> int:
    """The whole seconds an ending gives, for a pod whose own period is `pod`."""
    limit = trigger.limit if limit is None else limit
    own = max(pod, 0)
    match trigger.grace:
        case GraceSource.NONE:
            own = 0
        case GraceSource.PROBE if probe is not None:
            own = probe
        case GraceSource.LIMIT if limit is not None:
            own = limit
        case GraceSource.SMALLER if limit is not None:
            own = min(own, limit)
    return max(own, trigger.least)
