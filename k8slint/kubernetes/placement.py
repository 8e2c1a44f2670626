"""Which nodes a pod can run on, by their labels and taints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from k8slint.kubernetes.objects import Expression, NodePool, Taint, expression
from k8slint.kubernetes.workload import Pod
from k8slint.manifest.values import Value, decimal

# What Karpenter puts on every node (kubernetes-sigs/karpenter pkg/apis/v1/labels.go).
_ON_EVERY_NODE = (
    "karpenter.sh/capacity-type",
    "karpenter.sh/initialized",
    "karpenter.sh/registered",
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "kubernetes.io/os",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/zone",
)
# What it or the provider puts on some, without a word in the NodePool.
_ON_SOME_NODES = (
    "topology.kubernetes.io/region",
    "node.kubernetes.io/windows-build",
    "topology.k8s.aws/zone-id",
    "karpenter.k8s.",
    "karpenter.azure.com/",
    "eks.amazonaws.com/instance-",
    "eks.amazonaws.com/compute-type",
)
_FORMER_NAMES = {
    "beta.kubernetes.io/arch": "kubernetes.io/arch",
    "beta.kubernetes.io/os": "kubernetes.io/os",
    "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
}
_MISSING: frozenset[str] = frozenset()


class Constraint(NamedTuple):
    """A requirement on the labels of a node, with the place where it is written."""

    expression: Expression
    value: Value


Way: TypeAlias = tuple[Constraint, ...]


def ways(pod: Pod) -> tuple[Way, ...]:
    """What a node has to fulfil: all constraints of any one of the ways.

    The terms of a required affinity are alternatives; the node selector holds for each of them.
    """
    selector = pod.spec.get("nodeSelector").entries()
    always = tuple(
        Constraint(Expression(name, "In", (value.text or "",)), value) for name, value in selector
    )
    required = pod.spec.at(
        "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
    )
    terms = [term for term in required.get("nodeSelectorTerms").items() if term.is_mapping]
    return tuple((*always, *_constraints(term)) for term in terms) or (always,)


def preferences(pod: Pod) -> Iterator[Constraint]:
    """What a node fulfils at best."""
    affinity = pod.spec.at("affinity", "nodeAffinity")
    for item in affinity.get("preferredDuringSchedulingIgnoredDuringExecution").items():
        yield from _constraints(item.get("preference"))


def tolerations(pod: Pod, taint: Taint) -> Iterator[Value]:
    """The tolerations that let a pod onto a node with a taint (`Toleration.ToleratesTaint`)."""
    for item in pod.spec.get("tolerations").items():
        exists = item.get("operator").text == "Exists"
        key, effect = item.get("key").text or "", item.get("effect").text or ""
        if key not in ("", taint.key) or (not key and not exists):
            continue
        if effect in ("", taint.effect) and (
            exists or (item.get("value").text or "") == taint.value
        ):
            yield item


def is_admitted(pod: Pod, pool: NodePool) -> bool:
    """Whether Karpenter can put a pod on a node of a NodePool."""
    hard = (taint for taint in pool.taints if taint.effect != "PreferNoSchedule")
    if not all(any(tolerations(pod, taint)) for taint in hard):
        return False
    offered = [
        *(Expression(name, "In", (value,)) for name, value in pool.labels.items()),
        *pool.requirements,
        Expression("karpenter.sh/nodepool", "In", (pool.meta.name,)),
        *(Expression(name, "Exists", ()) for name in _ON_EVERY_NODE),
    ]
    return any(_can_meet([one.expression for one in way], offered) for way in ways(pod))


def _can_meet(wanted: Iterable[Expression], offered: Iterable[Expression]) -> bool:
    """Whether a node can have labels that fulfil both sides."""
    wanted, offered = [*map(_by_todays_name, wanted)], [*map(_by_todays_name, offered)]
    return all(
        _is_possible(
            name,
            [one for one in wanted if one.key == name],
            [one for one in offered if one.key == name],
        )
        for name in {one.key for one in wanted}
    )


def _is_possible(name: str, wanted: list[Expression], offered: list[Expression]) -> bool:
    """Whether a value of one label, or its absence, fulfils all expressions about it.

    It is enough to try the values that are named, their neighbours and one more. A label of which
    the NodePool says nothing is missing (`Requirements.Compatible` in pkg/scheduling).
    """
    expressions = [*wanted, *offered]
    named = {value for one in expressions for value in one.values}
    numbers = [number for value in named if (number := decimal(value)) is not None]
    near = {str(number + step) for number in numbers for step in (-1, 1)}
    values = [_MISSING]
    if offered or name.startswith(_ON_SOME_NODES):
        values += (frozenset({value}) for value in named | near | {"0", "another"})
    return any(all(one.admits(value) for one in expressions) for value in values)


def _by_todays_name(one: Expression) -> Expression:
    return one._replace(key=_FORMER_NAMES.get(one.key, one.key))


def _constraints(term: Value) -> Iterator[Constraint]:
    for item in term.get("matchExpressions").items():
        yield Constraint(expression(item), item)
