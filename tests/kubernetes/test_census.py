"""Budgets and pods are joined in linear time: twice as many take twice as many calls."""

from __future__ import annotations

import cProfile
from collections.abc import Callable

import pytest

from k8slint.kubernetes.census import Census, PodOwner, count_pods
from k8slint.kubernetes.near import where_is
from k8slint.kubernetes.objects import DisruptionBudget, Meta, Selector
from k8slint.manifest.source import Location

MANY = 50
# Twice as many calls, and some for what is kept.
MOST = 2.5


def meta(kind: str, number: int, namespace: str = "shop") -> Meta:
    place = Location(f"{kind}s-{number}.yaml", 1, 1, 1, 1, "")
    return Meta(kind, f"{kind}-{number}", (namespace,), place, where_is(place.path))


def owner(number: int, label: str = "", namespace: str = "shop") -> PodOwner:
    labels = (("app", frozenset({label or f"app-{number}"})),)
    return PodOwner(meta("Deployment", number, namespace), labels, is_certain=True)


def budget(number: int, selector: Selector | None, namespace: str = "shop") -> DisruptionBudget:
    return DisruptionBudget(meta("PodDisruptionBudget", number, namespace), selector, "", "1")


def labelled(label: str) -> Selector:
    return Selector((("app", label),))


# Budgets and the owners of pods, by their numbers.
SHAPES: dict[str, tuple[Callable[[int], DisruptionBudget], Callable[[int], PodOwner]]] = {
    "each its own": (lambda n: budget(n, labelled(f"app-{n}")), owner),
    "all the same": (lambda n: budget(n, labelled("web")), lambda n: owner(n, "web")),
    "whole namespaces": (lambda n: budget(n, Selector()), owner),
    "any namespace": (lambda n: budget(n, labelled(f"app-{n}"), ""), owner),
    "namespaces of their own": (
        lambda n: budget(n, labelled(f"app-{n}"), f"team-{n}"),
        lambda n: owner(n, namespace=""),
    ),
    "nothing, beside several it may be meant for": (
        lambda n: budget(n, labelled("app")),
        owner,
    ),
}


def calls(name: str, many: int) -> int:
    budget_of, owner_of = SHAPES[name]
    census = Census(tuple(map(owner_of, range(many))))
    profile = cProfile.Profile()
    profile.runcall(count_pods, [budget_of(n) for n in range(many)], [census])
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize("name", SHAPES)
def test_twice_as_many_take_twice_as_many_calls(name: str) -> None:
    assert calls(name, 2 * MANY) <= MOST * calls(name, MANY)


def test_a_whole_namespace_is_shared_by_all_budgets_of_it() -> None:
    budgets = [budget(n, Selector()) for n in range(MANY)]
    owners = [owner(n) for n in range(MANY)]
    counted = count_pods(budgets, [Census(tuple(owners))])
    found = [one.together for one in map(counted.of, budgets) if one]
    assert len(found) == MANY
    assert all(one is found[0] for one in found)
    assert found[0] == tuple(owners)
