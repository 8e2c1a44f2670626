"""The Kubernetes version that manifests are for."""

from __future__ import annotations

import re

from k8slint.outside.terminal import echoed
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.kubernetes.gates import Gate, Minor

# Kubernetes supports its three latest minors; in November 2026 the oldest of them is 1.35.
OLDEST_SUPPORTED: Minor = (1, 35)
# The newest of those that the table of gates was compared with.
NEWEST_KNOWN: Minor = (1, 37)

_VERSION = r"v?(\d{1,9})\.(\d{1,9})(?:\.\d+)?"


class ClusterTarget(NamedTuple):
    """The cluster the manifests are for; `minor` is None if not given."""

    minor: Minor | None = None
    feature_gates: frozenset[str] = frozenset()

    def has(self, gate: Gate) -> bool:
        """Whether what a gate guards is there; an unknown cluster is one still supported upstream.

        Not where that depends on the patch release.
        """
        is_declared = gate.name in self.feature_gates
        return is_declared or gate.default_in(self.minor or OLDEST_SUPPORTED) is True

    def lacks(self, gate: Gate) -> bool:
        """Whether what a gate guards is certain not to be there."""
        is_off = self.minor is not None and gate.default_in(self.minor) is False
        return is_off and gate.name not in self.feature_gates


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
