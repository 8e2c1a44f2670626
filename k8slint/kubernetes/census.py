"""Which pods there are in a run, and which of them a PodDisruptionBudget selects."""

# No `from __future__ import annotations`: typing would compile the fields of NamedTuples at start.
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from k8slint.kubernetes.near import folder_of
from k8slint.kubernetes.objects import DisruptionBudget, Meta, Selector
from k8slint.manifest.values import is_placeholder

# The pods there are those of the platform, whoever runs it.
_PLATFORM = ("kube-", "openshift-", "gke-", "gmp-", "aks-", "calico-", "tigera-")
# Controllers of Kubernetes and of Argo Rollouts give these to their pods; those with a domain,
# which webhooks add as well, are told by that.
_ADDED = frozenset(
    {
        "controller-revision-hash",
        "controller-uid",
        "job-name",
        "pod-template-generation",
        "pod-template-hash",
        "rollouts-pod-template-hash",
    }
)
# Recommended labels are written by whoever writes the manifest.
_WRITTEN_DOMAINS = frozenset({"", "app.kubernetes.io"})
_OPERATORS = frozenset({"In", "NotIn", "Exists", "DoesNotExist"})

BudgetKey: TypeAlias = tuple[object, ...]


class PodOwner(NamedTuple):
    """A workload with the labels of its pods; not certain are those that others may change."""

    meta: Meta
    labels: tuple[tuple[str, frozenset[str]], ...]
    is_certain: bool


class Census(NamedTuple):
    """The pods of a file; `has_others` tells whether more may be made of what is in it."""

    owners: tuple[PodOwner, ...] = ()
    has_others: bool = False


class Coverage(NamedTuple):
    """What is known of the pods of a budget.

    `selected` are the workloads whose pods it selects, `beside` those that stand where it does.
    It `selects_nothing` where that is certain, and `is_alone` where no other budget has its name.
    """

    selected: tuple[PodOwner, ...] = ()
    beside: tuple[PodOwner, ...] = ()
    selects_nothing: bool = False
    is_alone: bool = True


class Headcount(NamedTuple):
    """What the budgets of a run select; it `is_whole` where all pods are known."""

    coverages: Mapping[BudgetKey, Coverage] = {}
    is_whole: bool = False

    def of(self, budget: DisruptionBudget) -> Coverage | None:
        """What is known of the pods of a budget; None where nobody counted them."""
        return self.coverages.get(key_of(budget))


NOT_COUNTED = Headcount()


def key_of(budget: DisruptionBudget) -> BudgetKey:
    """What a budget is known by while lines above it move."""
    meta = budget.meta
    return meta.at.path, meta.name, meta.namespaces, meta.roots, budget.selector


def count_pods(budgets: Sequence[DisruptionBudget], censuses: Iterable[Census]) -> Headcount:
    """What each budget selects of the pods of a complete set."""
    owners: list[PodOwner] = []
    has_others = False
    for one in censuses:
        owners += one.owners
        has_others = has_others or one.has_others
    labels = {name for owner in owners for name, _ in owner.labels}
    names = Counter(budget.meta.name for budget in budgets)
    coverages = {
        key_of(budget): _coverage(budget, owners, labels, has_others=has_others)._replace(
            is_alone=names[budget.meta.name] == 1
        )
        for budget in budgets
    }
    return Headcount(coverages, is_whole=not has_others)


def _coverage(
    budget: DisruptionBudget, owners: list[PodOwner], written: set[str], *, has_others: bool
) -> Coverage:
    selector = budget.selector
    near = [owner for owner in owners if _may_be_together(budget.meta, owner.meta)]
    beside = tuple(owner for owner in near if _is_beside(budget.meta, owner.meta))
    if selector is None:
        return Coverage((), beside, selects_nothing=True)
    found = tuple(owner for owner in near if selector.matches(dict(owner.labels)))
    is_certain = (
        not has_others
        and bool(beside)
        and all(owner.is_certain for owner in near)
        and not any(one.startswith(_PLATFORM) for one in budget.meta.namespaces)
        and all(_is_plain(name, written) for name in _keys(selector))
        and all(one.operator in _OPERATORS for one in selector.expressions)
        and not any(map(is_placeholder, _texts(budget)))
    )
    return Coverage(found, beside, selects_nothing=is_certain and not found)


def _may_be_together(one: Meta, other: Meta) -> bool:
    """Whether two objects may be in one namespace: nothing says that they are not."""
    here, there = set(one.namespaces), set(other.namespaces)
    return "" in here | there or not here.isdisjoint(there)


def _is_beside(one: Meta, other: Meta) -> bool:
    """Whether two objects are parts of one thing: of a folder, or of a kustomization."""
    return folder_of(one.at.path) == folder_of(other.at.path) or not set(one.roots).isdisjoint(
        other.roots
    )


def _is_plain(name: str, written: set[str]) -> bool:
    """Whether a label is on pods only where a manifest says so."""
    domain = name.rpartition("/")[0]
    return name in written or (name not in _ADDED and domain in _WRITTEN_DOMAINS)


def _keys(selector: Selector) -> Iterator[str]:
    yield from (name for name, _ in selector.labels)
    yield from (one.key for one in selector.expressions)


def _texts(budget: DisruptionBudget) -> Iterator[str]:
    """All words that decide what a budget selects."""
    yield from budget.meta.namespaces
    if budget.selector:
        yield from (text for pair in budget.selector.labels for text in pair)
        for one in budget.selector.expressions:
            yield from (one.key, *one.values)
