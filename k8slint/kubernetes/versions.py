"""Which field exists since which Kubernetes minor version."""

from __future__ import annotations

import re
from typing import TypeAlias

from k8slint.outside.terminal import echoed
from k8slint.records import NamedTuple

Minor: TypeAlias = tuple[int, int]

# Kubernetes supports its three latest minors; in November 2026 the oldest of them is 1.35.
OLDEST_SUPPORTED: Minor = (1, 35)

# Gate PodLifecycleSleepAction: alpha 1.29 (off, the field is dropped), beta 1.30, GA 1.34.
NATIVE_SLEEP: Minor = (1, 30)
# Gate PodLifecycleSleepActionAllowZero: alpha 1.32 (off), beta 1.33, GA 1.34.
ZERO_SLEEP: Minor = (1, 33)
# Gate PDBUnhealthyPodEvictionPolicy: alpha 1.26 (off, the field is dropped), beta 1.27, GA 1.31
# (pkg/features/kube_features.go, read on 2026-11-29).
UNHEALTHY_POD_EVICTION: Minor = (1, 27)
# SetDefaults_Pod makes a negative grace period of a Pod 1 (pkg/apis/core/v1/defaults.go of
# v1.37.2, read on 2026-11-29); before, and in templates, it is stored as it is written.
POSITIVE_GRACE: Minor = (1, 37)
# Gate of lifecycle.stopSignal: alpha, off by default in every release through 1.37.
STOP_SIGNAL_GATE = "ContainerStopSignals"

_VERSION = r"v?(\d{1,9})\.(\d{1,9})(?:\.\d+)?"


class ClusterTarget(NamedTuple):
    """The cluster the manifests are for; `minor` is None if not given."""

    minor: Minor | None = None
    feature_gates: frozenset[str] = frozenset()

    def has(self, since: Minor) -> bool:
        """Whether the field exists there; an unknown cluster is one still supported upstream."""
        return (self.minor or OLDEST_SUPPORTED) >= since


def parse_minor(text: str) -> Minor:
    """`1.31` or `v1.31.4` as a pair.

    Raises ValueError.
    """
    match = re.fullmatch(_VERSION, text.strip())
    if not match:
        raise ValueError(f"{echoed(text)} is not a Kubernetes version such as 1.31")
    return int(match[1]), int(match[2])


def dotted(minor: Minor) -> str:
    return f"{minor[0]}.{minor[1]}"
