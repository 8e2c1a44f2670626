"""The feature gates, and whether Kubernetes' own table says the same."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from k8slint.kubernetes.gates import GATES, STATEFUL_SET_UNAVAILABLE, STOP_SIGNAL, Gate, Minor
from k8slint.kubernetes.versions import ClusterTarget, parse_minor

MODULES = Path(os.environ.get("GOMODCACHE") or Path.home() / "go" / "pkg" / "mod") / "k8s.io"
TABLES = ("kube_features.go", "versioned_kube_features.go")
VERSIONED = r'MustParse\("([\d.]+)"\), Default: (\w+)'


def default_of(gate: Gate, text: str, minor: Minor) -> bool | None:
    """The default that a table of Kubernetes gives; None where it lacks the gate."""
    found = re.search(
        rf"^\t{gate.name}:\s+\{{(?:(.*?)^\t\}}|(Default: .*?)\}})", text, re.DOTALL | re.MULTILINE
    )
    if found is None:
        return None
    if found[2]:
        return "Default: true" in found[2]
    steps = [(parse_minor(since), default) for since, default in re.findall(VERSIONED, found[1])]
    return [default for since, default in steps if since <= minor][-1:] == ["true"]


@pytest.mark.parametrize("gate", GATES, ids=[gate.name for gate in GATES])
def test_kubernetes_has_the_same_defaults(gate: Gate) -> None:
    compared = 0
    for module in sorted(MODULES.glob("kubernetes@v1.*")):
        minor = parse_minor(module.name.removeprefix("kubernetes@"))
        folder = module / "pkg" / "features"
        text = "".join(
            (folder / name).read_text(encoding="utf-8")
            for name in TABLES
            if (folder / name).is_file()
        )
        if minor < (1, 28) or not text:
            continue
        compared += 1
        theirs = default_of(gate, text, minor)
        if gate.gone and minor >= gate.gone:
            assert theirs is None
        elif (ours := gate.default_in(minor)) is not None:
            assert bool(theirs) is ours, module.name
    if not compared:
        pytest.skip("no source of Kubernetes in the module cache of Go")


@pytest.mark.parametrize(
    ("version", "gates", "has", "lacks"),
    [
        ("1.34", (), False, True),
        ("1.35", (), False, False),
        ("1.36", (), False, True),
        ("1.36", ("MaxUnavailableStatefulSet",), True, False),
        ("1.37", (), True, False),
        ("", (), False, False),
    ],
)
def test_what_a_cluster_has(version: str, gates: tuple[str, ...], has: bool, lacks: bool) -> None:
    target = ClusterTarget(parse_minor(version) if version else None, frozenset(gates))
    assert target.has(STATEFUL_SET_UNAVAILABLE) == has
    assert target.lacks(STATEFUL_SET_UNAVAILABLE) == lacks


def test_rows() -> None:
    for gate in GATES:
        minors = [minor for minor, _ in gate.steps]
        assert minors == sorted(set(minors)), gate.name
        assert gate.guards
        assert gate.gone is None or gate.gone > gate.since
    assert STOP_SIGNAL.default_in((1, 37)) is False
