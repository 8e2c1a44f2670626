"""Which pods there are in a run, and which of them a PodDisruptionBudget selects."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from k8slint.kubernetes.defaults import REPLICATED
from k8slint.kubernetes.near import folder_of
from k8slint.kubernetes.objects import DisruptionBudget, Meta, Selector
from k8slint.manifest.scalars import is_placeholder
from k8slint.records import NamedTuple

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
# A shorter word is in many others.
_LEAST_WORD = 3
_OPERATORS = frozenset({"In", "NotIn", "Exists", "DoesNotExist"})

BudgetKey: TypeAlias = tuple[object, ...]


class PodOwner(NamedTuple):
    """A workload with the labels of its pods; not certain are those that others may change."""

    meta: Meta
    labels: tuple[tuple[str, frozenset[str]], ...]
    is_certain: bool


class Census(NamedTuple):
    """The pods of a file; `has_others`: more may be created from what is in it."""

    owners: tuple[PodOwner, ...] = ()
    has_others: bool = False


class Coverage(NamedTuple):
    """What is known of the pods of a budget.

    `selected` are the workloads whose pods it selects, `beside` those that stand where it does
    and have pods as long as they are there; `meant` are those of them that it may be meant for.
    It `selects_nothing` where that is certain, and `is_alone` where no other budget has its name.
    """

    selected: tuple[PodOwner, ...] = ()
    beside: tuple[PodOwner, ...] = ()
    meant: tuple[PodOwner, ...] = ()
    selects_nothing: bool = False
    is_alone: bool = True


class Headcount(NamedTuple):
    """What the budgets of a run select; it `is_whole` where all pods are known."""

    coverages: Mapping[BudgetKey, Coverage] = {}
    is_whole: bool = False

    def of(self, budget: DisruptionBudget) -> Coverage | None:
        """What is known of the pods of a budget; None if they were not counted."""
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
    crowd = _Crowd(owners, has_others=has_others)
    names = Counter(budget.meta.name for budget in budgets)
    coverages = {
        key_of(budget): _coverage(budget, crowd)._replace(is_alone=names[budget.meta.name] == 1)
        for budget in budgets
    }
    return Headcount(coverages, is_whole=not has_others)


class _Crowd:
    """All owners of pods by their numbers, found by what they have in common with a budget."""

    def __init__(self, owners: Sequence[PodOwner], *, has_others: bool) -> None:
        self.owners = owners
        self.has_others = has_others
        self.every = frozenset(range(len(owners)))
        self.labels = [dict(owner.labels) for owner in owners]
        self.names = frozenset(name for labels in self.labels for name in labels)
        self.uncertain = frozenset(n for n in self.every if not owners[n].is_certain)
        self._spaces = self._found_by(lambda n: owners[n].meta.namespaces)
        # Workloads that are a part of the same thing: of a folder, or of a kustomization.
        self._places = self._found_by(lambda n: _places_of(owners[n].meta))
        self._labelled = self._found_by(
            lambda n: [(name, one) for name, some in owners[n].labels for one in some]
        )

    def near(self, budget: Meta) -> frozenset[int]:
        """Those that may be in one namespace with it: nothing says that they are not."""
        if "" in budget.namespaces:
            return self.every
        return frozenset(self._at(self._spaces, ("", *budget.namespaces)))

    def beside(self, budget: Meta) -> set[int]:
        return self._at(self._places, (folder_of(budget.at.path), *map(_Root, budget.roots)))

    def selected(self, selector: Selector, near: frozenset[int]) -> Iterator[int]:
        few = near
        for pair in selector.labels:
            few = few & self._labelled.get(pair, frozenset())
        return (n for n in sorted(few) if selector.matches(self.labels[n]))

    def _found_by(
        self, keys_of: Callable[[int], Iterable[Hashable]]
    ) -> Mapping[Hashable, set[int]]:
        found: dict[Hashable, set[int]] = defaultdict(set)
        for n in self.every:
            for key in keys_of(n):
                found[key].add(n)
        return dict(found)

    @staticmethod
    def _at(index: Mapping[Hashable, set[int]], keys: Iterable[Hashable]) -> set[int]:
        return set().union(*(index.get(key, ()) for key in keys))


class _Root(NamedTuple):
    """A kustomization, as a place that is no folder."""

    path: str


def _places_of(owner: Meta) -> Iterator[Hashable]:
    if owner.kind in REPLICATED:
        yield folder_of(owner.at.path)
        yield from map(_Root, owner.roots)


def _coverage(budget: DisruptionBudget, crowd: _Crowd) -> Coverage:
    selector = budget.selector
    near = crowd.near(budget.meta)
    beside = tuple(crowd.owners[n] for n in sorted(near & crowd.beside(budget.meta)))
    meant = tuple(owner for owner in beside if _may_be_meant(budget, owner))
    if selector is None:
        return Coverage((), beside, meant, selects_nothing=True)
    found = tuple(crowd.owners[n] for n in crowd.selected(selector, near))
    is_certain = (
        not crowd.has_others
        and bool(meant)
        and near.isdisjoint(crowd.uncertain)
        and not any(one.startswith(_PLATFORM) for one in budget.meta.namespaces)
        and all(_is_plain(name, crowd.names) for name in _keys(selector))
        and all(one.operator in _OPERATORS for one in selector.expressions)
        and not any(map(is_placeholder, _texts(budget)))
    )
    return Coverage(found, beside, meant, selects_nothing=is_certain and not found)


def _may_be_meant(budget: DisruptionBudget, owner: PodOwner) -> bool:
    """Whether a budget may be there for a workload: a file holds both, or their words are alike.

    What stands in one folder need not belong together: there are budgets for pods of others, too.
    """
    if budget.meta.at.path == owner.meta.at.path:
        return bool(owner.labels)
    labels = budget.selector.labels if budget.selector else ()
    asked = {budget.meta.name, *(value for _, value in labels)}
    has = {owner.meta.name, *(value for _, values in owner.labels for value in values)}
    return any(
        min(len(one), len(other)) >= _LEAST_WORD and (one in other or other in one)
        for one in asked
        for other in has
    )


def _is_plain(name: str, written: AbstractSet[str]) -> bool:
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
