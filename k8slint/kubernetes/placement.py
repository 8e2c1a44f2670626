"""Which nodes a pod can run on, by their labels and taints."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from k8slint.kubernetes.facts import expression
from k8slint.kubernetes.objects import Expression, NodePool, Taint
from k8slint.manifest.scalars import decimal
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from k8slint.kubernetes.workload import Pod
    from k8slint.manifest.values import Value

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


class NodeTerms(NamedTuple):
    """What a node has to fulfil: all that holds `always`, and all of any one of the `terms`.

    The terms of a required affinity are alternatives; the node selector holds for each of them.
    """

    always: tuple[Constraint, ...]
    terms: tuple[tuple[Constraint, ...], ...]


class Toleration(NamedTuple):
    """What lets a pod onto nodes with a taint; the value is None where any will do."""

    key: str
    effect: str
    value: str | None


class Needs(NamedTuple):
    """All that a pod says about its nodes, apart from where it says so."""

    always: tuple[Expression, ...]
    terms: tuple[tuple[Expression, ...], ...]
    tolerations: tuple[Toleration, ...]


# The expressions about each label.
_ByLabel: TypeAlias = Mapping[str, Sequence[Expression]]


def read_needs(pod: Pod) -> Needs:
    """What a node has to be like for a pod to run on it."""
    always, terms = read_node_terms(pod)
    return Needs(
        tuple(one.expression for one in always),
        tuple(tuple(one.expression for one in term) for term in terms),
        tuple(map(_toleration, pod.spec.get("tolerations").items())),
    )


def read_node_terms(pod: Pod) -> NodeTerms:
    """Where a pod can run, by its labels."""
    selector = pod.spec.get("nodeSelector").entries()
    always = tuple(
        Constraint(Expression(name, "In", (value.text or "",)), value) for name, value in selector
    )
    required = pod.spec.at(
        "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
    )
    terms = [term for term in required.get("nodeSelectorTerms").items() if term.is_mapping]
    return NodeTerms(always, tuple(tuple(_constraints(term)) for term in terms) or ((),))


def preferences(pod: Pod) -> Iterator[Constraint]:
    """What a node fulfils at best."""
    affinity = pod.spec.at("affinity", "nodeAffinity")
    for item in affinity.get("preferredDuringSchedulingIgnoredDuringExecution").items():
        yield from _constraints(item.get("preference"))


def tolerations(pod: Pod, taint: Taint) -> Iterator[Value]:
    """The tolerations that let a pod onto a node with a taint (`Toleration.ToleratesTaint`)."""
    enough = _covering(taint)
    return (item for item in pod.spec.get("tolerations").items() if _toleration(item) in enough)


def _toleration(item: Value) -> Toleration:
    is_any = item.get("operator").text == "Exists"
    value = None if is_any else item.get("value").text or ""
    return Toleration(item.get("key").text or "", item.get("effect").text or "", value)


def _covering(taint: Taint) -> set[Toleration]:
    """All tolerations of a taint: of its key or, with any value, of all."""
    return {
        Toleration(*one)
        for effect in ("", taint.effect)
        for one in (
            ("", effect, None),
            *((taint.key, effect, value) for value in (None, taint.value) if taint.key),
        )
    }


class NodeOffer(NamedTuple):
    """What holds for the labels of all nodes of a NodePool, and what tolerates each of its taints.

    A pod needs one of each set of tolerations.
    """

    pool: NodePool
    labels: _ByLabel
    tolerations: tuple[frozenset[Toleration], ...]


class NodeOffers:
    """NodePools, by what they offer pods."""

    def __init__(self, pools: Iterable[NodePool]) -> None:
        self._offers = [*map(_offer, pools)]
        self._tolerations = frozenset().union(*(t for o in self._offers for t in o.tolerations))
        self._by_label: dict[str, list[NodeOffer]] = defaultdict(list)
        for offer in self._offers:
            for name in offer.labels:
                self._by_label[name].append(offer)

    def relevant(self, wanted: Needs) -> Needs:
        """What of the needs of a pod makes a difference here."""
        tolerated = tuple(one for one in wanted.tolerations if one in self._tolerations)
        return wanted._replace(tolerations=tolerated)

    def admitting(self, wanted: Needs) -> Iterator[NodePool]:
        """The NodePools on a node of which Karpenter can put a pod."""
        always, terms = _by_label(wanted.always), [*map(_by_label, wanted.terms)]
        tolerated = {*wanted.tolerations}
        for pool, offered, tolerations in self._with_labels(always):
            if any(map(tolerated.isdisjoint, tolerations)):
                continue
            # More about a label than what is impossible makes it no better.
            if not all(_is_possible(name, always[name], offered) for name in always):
                continue
            if any(_can_meet(term, always, offered) for term in terms):
                yield pool

    def _with_labels(self, always: _ByLabel) -> Sequence[NodeOffer]:
        """Those that say something of the rarest of the labels that a node has to have."""
        said = (
            self._by_label.get(name, ())
            for name, wanted in always.items()
            if not name.startswith(_ON_SOME_NODES)
            and not all(one.admits(_MISSING) for one in wanted)
        )
        return min(said, key=len, default=self._offers)


def _can_meet(term: _ByLabel, always: _ByLabel, offered: _ByLabel) -> bool:
    """Whether a node can have labels that fulfil a term together with what holds always."""
    return all(
        _is_possible(name, [*always.get(name, ()), *wanted], offered)
        for name, wanted in term.items()
    )


def _offer(pool: NodePool) -> NodeOffer:
    labels = _by_label(
        [
            *(Expression(name, "In", (value,)) for name, value in pool.labels.items()),
            *pool.requirements,
            Expression("karpenter.sh/nodepool", "In", (pool.meta.name,)),
            *(Expression(name, "Exists", ()) for name in _ON_EVERY_NODE),
        ]
    )
    hard = (taint for taint in pool.taints if taint.effect != "PreferNoSchedule")
    return NodeOffer(pool, labels, tuple(frozenset(_covering(taint)) for taint in hard))


def _by_label(expressions: Iterable[Expression]) -> _ByLabel:
    found: dict[str, list[Expression]] = defaultdict(list)
    for one in map(_by_todays_name, expressions):
        found[one.key].append(one)
    return dict(found)


def _is_possible(name: str, wanted: Sequence[Expression], offered: _ByLabel) -> bool:
    """Whether a value of one label, or its absence, fulfils all expressions about it.

    It is enough to try the values that are named, their neighbours and one more. A label of which
    the NodePool says nothing is missing (`Requirements.Compatible` in pkg/scheduling).
    """
    expressions = [*wanted, *offered.get(name, ())]
    if all(one.admits(_MISSING) for one in expressions):
        return True
    if name not in offered and not name.startswith(_ON_SOME_NODES):
        return False
    named = {value for one in expressions for value in one.values}
    numbers = [number for value in named if (number := decimal(value)) is not None]
    near = {str(number + step) for number in numbers for step in (-1, 1)}
    return any(map(_fulfilling(expressions), named | near | {"0", "another"}))


def _fulfilling(expressions: Iterable[Expression]) -> Callable[[str], bool]:
    """Whether a value fulfils all expressions, which are worked out once for all values."""
    limits: dict[str, list[int]] = {"Gt": [], "Lt": []}
    allowed: frozenset[str] | None = None
    denied: set[str] = set()
    for one in expressions:
        match one.operator:
            case "In":
                named = frozenset(one.values)
                allowed = named if allowed is None else allowed & named
            case "NotIn":
                denied.update(one.values)
            case "Gt" | "Lt" if (limit := one.limit) is not None:
                limits[one.operator].append(limit)
            case "Exists":
                pass
            case _:
                return lambda value: False
    low, high = max(limits["Gt"], default=-math.inf), min(limits["Lt"], default=math.inf)
    is_bounded = any(limits.values())

    def fulfils(value: str) -> bool:
        if value in denied or not (allowed is None or value in allowed):
            return False
        number = decimal(value) if is_bounded else 0
        return number is not None and (not is_bounded or low < number < high)

    return fulfils


def _by_todays_name(one: Expression) -> Expression:
    return one._replace(key=_FORMER_NAMES.get(one.key, one.key))


def _constraints(term: Value) -> Iterator[Constraint]:
    for item in term.get("matchExpressions").items():
        yield Constraint(expression(item), item)
