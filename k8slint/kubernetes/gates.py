"""Feature gates that decide what a manifest says about shutdowns, and their defaults by version.

Source: `pkg/features/kube_features.go` and `versioned_kube_features.go` of k8s.io/kubernetes, from
1.28.0 to 1.37.2; a test compares the table with those that are at hand.
"""

from __future__ import annotations

from k8slint.records import NamedTuple
from k8slint.type_names import TypeAlias

Minor: TypeAlias = tuple[int, int]

_READ = "2026-11-29"


class Gate(NamedTuple):
    """A feature gate.

    `guards` says what it lets through: a field that is dropped while it is off, or a behaviour.
    `steps` are the minors in which its default changes, with the new one; None where that depends
    on the patch release. Before the first there is no gate, and no field. It was removed in `gone`
    with the feature on for good. `date` is when all that was last compared.
    """

    name: str
    guards: str
    steps: tuple[tuple[Minor, bool | None], ...]
    gone: Minor | None = None
    date: str = _READ

    def default_in(self, minor: Minor) -> bool | None:
        """Whether it is on there by default; None where that depends on the patch release."""
        found: bool | None = False
        for since, default in self.steps:
            if minor >= since:
                found = default
        return found

    @property
    def since(self) -> Minor:
        """The first minor from which on it is on by default."""
        return next(minor for minor, default in self.steps if default)


NATIVE_SLEEP = Gate(
    "PodLifecycleSleepAction",
    "the sleep action of hooks",
    (((1, 29), False), ((1, 30), True)),
    gone=(1, 37),
)
ZERO_SLEEP = Gate(
    "PodLifecycleSleepActionAllowZero",
    "a sleep action of 0 s",
    (((1, 32), False), ((1, 33), True)),
    gone=(1, 37),
)
UNHEALTHY_POD_EVICTION = Gate(
    "PDBUnhealthyPodEvictionPolicy",
    "spec.unhealthyPodEvictionPolicy of a PodDisruptionBudget",
    (((1, 26), False), ((1, 27), True)),
    gone=(1, 33),
)
STOP_SIGNAL = Gate(
    "ContainerStopSignals",
    "lifecycle.stopSignal of a container",
    (((1, 33), False),),
)
# 1.35.0 to 1.35.3 have it on, 1.35.4 and newer off.
STATEFUL_SET_UNAVAILABLE = Gate(
    "MaxUnavailableStatefulSet",
    "spec.updateStrategy.rollingUpdate.maxUnavailable of a StatefulSet",
    (((1, 24), False), ((1, 35), None), ((1, 36), False), ((1, 37), True)),
)
STATEFUL_SET_RECREATE = Gate(
    "StatefulSetRecreateStrategy",
    "spec.updateStrategy.type Recreate of a StatefulSet",
    (((1, 37), False),),
)
RESTART_ALL_CONTAINERS = Gate(
    "RestartAllContainersOnContainerExits",
    "the action RestartAllContainers of a container's restartPolicyRules",
    (((1, 35), False), ((1, 36), True)),
)
GATES = (
    *(NATIVE_SLEEP, ZERO_SLEEP, UNHEALTHY_POD_EVICTION, STOP_SIGNAL, STATEFUL_SET_UNAVAILABLE),
    *(STATEFUL_SET_RECREATE, RESTART_ALL_CONTAINERS),
)
