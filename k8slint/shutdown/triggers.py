"""What ends a pod or a container, and how much grace each ending gives.

Source of every row: `pkg/kubelet` and `kubectl` of Kubernetes 1.36
(`calculateEffectiveGracePeriod` in `pod_workers.go`, `setTerminationGracePeriod` in
`kuberuntime_container.go`, `eviction_manager.go`, `nodeshutdown_manager.go`).
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple


class Scope(Enum):
    """What an ending stops."""

    POD = auto()
    CONTAINER = auto()
    SIDECARS = auto()
    """The main containers have finished by themselves."""
    NOTHING = auto()
    """Nobody is left to send a signal."""


class Source(Enum):
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
    """One way to end. `limit` is the usual one where nobody says another."""

    name: str
    title: str
    scope: Scope = Scope.POD
    source: Source = Source.POD
    limit: int | None = None
    runs_hooks: bool = True
    drops_endpoint: bool = False


TRIGGERS = (
    Trigger("delete", "delete, rollout, scale-down, drain, eviction API", drops_endpoint=True),
    Trigger(
        "grace-period",
        "kubectl delete --grace-period=N",
        source=Source.LIMIT,
        drops_endpoint=True,
    ),
    Trigger(
        "now", "kubectl delete --now or --force", source=Source.LIMIT, limit=1, drops_endpoint=True
    ),
    Trigger("eviction", "hard eviction by the kubelet", source=Source.LIMIT, limit=1),
    # evictionMaxPodGracePeriod is 0 by default, which counts as 1.
    Trigger("soft-eviction", "soft eviction by the kubelet", source=Source.SMALLER, limit=0),
    Trigger("preemption", "the kubelet makes room for a critical pod"),
    Trigger("node-shutdown", "graceful node shutdown", source=Source.SMALLER),
    Trigger("spot", "the provider takes the node back", source=Source.SMALLER),
    Trigger("liveness", "a failed liveness probe", Scope.CONTAINER, Source.PROBE),
    Trigger("startup", "a failed startup probe", Scope.CONTAINER, Source.PROBE),
    Trigger("change", "a changed image or a resize of the container", Scope.CONTAINER),
    Trigger("post-start", "a failed postStart hook", Scope.CONTAINER),
    Trigger("deadline", "activeDeadlineSeconds"),
    Trigger("completion", "the main containers have finished", Scope.SIDECARS),
    Trigger(
        "restart-all",
        "a rule that restarts all containers",
        source=Source.NONE,
        runs_hooks=False,
    ),
    Trigger(
        "orphan",
        "a pod found after a kubelet restart",
        source=Source.LIMIT,
        limit=1,
        runs_hooks=False,
    ),
    Trigger("crash", "the node or the process crashes", Scope.NOTHING, Source.NONE),
)

BY_NAME = {trigger.name: trigger for trigger in TRIGGERS}
DELETE = BY_NAME["delete"]
SPOT = BY_NAME["spot"]


def grace_under(
    trigger: Trigger, pod: int, *, limit: int | None = None, probe: int | None = None
) -> int:
    """The whole seconds an ending gives, for a pod whose own period is `pod`.

    Whoever tears down a pod gives at least 1 s; a container alone can get 0, and then its hook is
    skipped.
    """
    limit = trigger.limit if limit is None else limit
    own = max(pod, 0)
    match trigger.source:
        case Source.NONE:
            return 0
        case Source.PROBE:
            return own if probe is None else probe
        case Source.LIMIT if limit is not None:
            own = limit
        case Source.SMALLER if limit is not None:
            own = min(own, limit)
    return own if trigger.scope is Scope.CONTAINER else max(own, 1)
