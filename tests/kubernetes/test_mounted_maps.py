"""ConfigMaps are found by the workloads that mean them, in linear time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from k8slint.kubernetes.bundles import NO_ALTERNATIVES, Bundles
from k8slint.kubernetes.kustomization import AS_WRITTEN
from k8slint.kubernetes.mounted_maps import ConfigMaps
from k8slint.kubernetes.objects import ConfigMap, Meta
from k8slint.kubernetes.workload import Workload
from k8slint.manifest.source import Location

MANY = 50


class CountingBundles(Bundles):
    """Counts what it is asked."""

    asked = 0

    def may_meet(self, workload: Workload, one: Any) -> bool:
        self.asked += 1
        return super().may_meet(workload, one)


def config_map(path: str) -> ConfigMap:
    return ConfigMap(Meta("ConfigMap", "conf", ("",), Location(path, 1, 1, 1, 1, "")), {})


def workload(path: str) -> Workload:
    one = SimpleNamespace(
        path=path, kind="Deployment", name="web", namespaces=("",), kustomized=AS_WRITTEN
    )
    return cast("Workload", one)


def test_those_in_the_file_of_a_workload_are_all_that_it_means() -> None:
    bundles = CountingBundles(frozenset(), NO_ALTERNATIVES)
    maps = ConfigMaps([config_map(f"deploy/{number}.yaml") for number in range(MANY)], bundles)
    for number in range(MANY):
        (found,) = maps(workload(f"deploy/{number}.yaml"), "conf")
        assert found.meta.at.path == f"deploy/{number}.yaml"
    assert bundles.asked == 0


def test_all_workloads_of_a_folder_mean_the_same() -> None:
    bundles = CountingBundles(frozenset(), NO_ALTERNATIVES)
    maps = ConfigMaps([config_map(f"deploy/{number}.yaml") for number in range(MANY)], bundles)
    for number in range(MANY):
        assert len(maps(workload(f"deploy/web-{number}.yaml"), "conf")) == MANY
    assert bundles.asked == MANY
