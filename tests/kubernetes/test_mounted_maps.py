"""ConfigMaps are found by the workloads that mean them, in linear time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product
from types import SimpleNamespace
from typing import Any, cast
from unittest import mock

from k8slint.kubernetes import mounted_maps
from k8slint.kubernetes.bundles import NO_ALTERNATIVES, Bundles
from k8slint.kubernetes.kustomization import AS_WRITTEN
from k8slint.kubernetes.mounted_maps import ConfigMaps, ObjectsRead, WaitingMaps
from k8slint.kubernetes.near import indexed, where_is
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


def config_map(path: str, name: str = "conf") -> ConfigMap:
    place = Location(path, 1, 1, 1, 1, "")
    return ConfigMap(Meta("ConfigMap", name, ("",), place, where_is(path)), {})


class CountingMaps(WaitingMaps):
    """Counts what it is asked."""

    def __init__(self, path: str) -> None:
        super().__init__(frozenset({"conf"}), partial(_read, path))
        self.asked = 0

    def named(self, name: str) -> Sequence[ConfigMap]:
        self.asked += 1
        return super().named(name)


def workload(path: str) -> Workload:
    one = SimpleNamespace(
        where=where_is(path),
        kind="Deployment",
        name="web",
        namespaces=("",),
        kustomized=AS_WRITTEN,
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


def test_those_that_wait_are_read_for_their_names_only() -> None:
    reads = []

    def read(number: int) -> ObjectsRead:
        reads.append(number)
        names = ("conf", "other") if number else ()
        return [config_map(f"deploy/{number}.yaml", name) for name in names], frozenset()

    names = frozenset({"conf", "other"})
    waiting = [WaitingMaps(names, partial(read, number)) for number in range(MANY)]
    bundles = Bundles(frozenset(), NO_ALTERNATIVES)
    maps = ConfigMaps([], bundles, waiting)
    assert maps
    assert not maps(workload("deploy/web.yaml"), "web")
    assert not maps.have_any({"web", ""})
    assert not reads
    for name in ("conf", "other", "conf"):
        assert len(maps(workload("deploy/web.yaml"), name)) == MANY - 1
        assert maps.have_any({"web", name})
    assert sorted(reads) == [*range(MANY)]
    assert not ConfigMaps([], bundles, waiting[:1]).have_any(names), "nothing in it can matter"
    assert not ConfigMaps([], bundles)


def test_all_workloads_share_what_was_read() -> None:
    waiting = [CountingMaps(f"{number}/maps.yaml") for number in range(MANY)]
    maps = ConfigMaps([], Bundles(frozenset(), NO_ALTERNATIVES), waiting)
    with mock.patch.object(mounted_maps, "indexed", wraps=indexed) as indexing:
        for number in range(MANY):
            assert maps(workload(f"{number}/web.yaml"), "conf")
            assert maps.have_any({"conf"})
    assert indexing.call_count == 1
    assert {one.asked for one in waiting} == {1}


def test_one_without_a_name_is_not_meant() -> None:
    maps = ConfigMaps([config_map("web.yaml", "")], Bundles(frozenset(), NO_ALTERNATIVES))
    assert not maps(workload("web.yaml"), "")
    assert not maps(workload("other.yaml"), "")
    assert not maps.have_any({""})


def test_those_that_wait_stand_among_the_others() -> None:
    """What stands in the first two folders counts, whichever of them waits."""
    paths = [f"{folder}/maps.yaml" for folder in ("a", "b", "c")]
    bundles = Bundles(frozenset(), NO_ALTERNATIVES)
    for waits in product((False, True), repeat=3):
        known = [config_map(path) for path, one in zip(paths, waits, strict=True) if not one]
        waiting = [CountingMaps(path) for path, one in zip(paths, waits, strict=True) if one]
        found = ConfigMaps(known, bundles, waiting)(workload("web/web.yaml"), "conf")
        assert [one.meta.at.path for one in found] == paths[:2]


def _read(path: str) -> ObjectsRead:
    return [config_map(path)], frozenset()
