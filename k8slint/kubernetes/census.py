"""Which pods there are in a run, and which of them a PodDisruptionBudget selects."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, islice

from k8slint.kubernetes.defaults import REPLICATED
from k8slint.kubernetes.near import by_key
from k8slint.kubernetes.objects import DisruptionBudget, Meta, Selector
from k8slint.manifest.scalars import is_placeholder
from k8slint.records import NamedTuple
from k8slint.type_names import TypeAlias

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
# What a budget of no pods may be meant for is looked for among so many workloads of its folder.
_MOST_BESIDE = 200
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

    It `selects_nothing` where that is certain; `meant` are the first two of the workloads beside
    it that it may be meant for then. `together` are those whose pods it counts as one because its
    selector is empty. It `is_alone` where no other budget has its name.
    """

    meant: tuple[PodOwner, ...] = ()
    together: tuple[PodOwner, ...] = ()
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


def select_pods(budgets: Iterable[DisruptionBudget], census: Census) -> bool:
    """Whether each budget selects some of these pods: no others make a difference then."""
    crowd = _Crowd(census.owners, has_others=census.has_others)
    return all(
        one.selector not in (None, Selector())
        and any(space.has_selected(one.selector) for space in crowd.near(one.meta))
        for one in budgets
    )


class _Space:
    """The owners of pods in one namespace, each selector being looked for in them once."""

    def __init__(self, owners: Sequence[PodOwner]) -> None:
        self.are_certain = all(owner.is_certain for owner in owners)
        self._labels = [dict(owner.labels) for owner in owners]
        self._labelled = by_key(
            (pair, labels)
            for labels in self._labels
            for name, some in labels.items()
            for pair in ((name, one) for one in some)
        )
        self._has_selected: dict[Selector, bool] = {}

    def has_selected(self, selector: Selector) -> bool:
        """Whether a selector selects pods of any of them."""
        if selector not in self._has_selected:
            found = (
                [self._labelled.get(pair, ()) for pair in pairs] for pairs in selector.asked_for()
            )
            few = min(found, key=lambda some: sum(map(len, some)), default=[self._labels])
            self._has_selected[selector] = any(map(selector.matches, chain.from_iterable(few)))
        return self._has_selected[selector]


class _Crowd:
    """All owners of pods, found by what they have in common with a budget."""

    def __init__(self, owners: Sequence[PodOwner], *, has_others: bool) -> None:
        self.has_others = has_others
        self.names = frozenset(name for owner in owners for name, _ in owner.labels)
        self._every = _Space(owners)
        named = by_key((name, owner) for owner in owners for name in owner.meta.namespaces)
        self._spaces = {name: _Space(some) for name, some in named.items()}
        # Workloads that are a part of the same thing: of a folder, or of a kustomization.
        self._places = by_key(
            (place, n) for n, owner in enumerate(owners) for place in _places_of(owner.meta)
        )
        self._owners = owners
        self._neighbours: dict[Hashable, list[PodOwner]] = {}
        self._together: dict[Hashable, tuple[PodOwner, ...]] = {}

    def near(self, budget: Meta) -> list[_Space]:
        """The namespaces of those that may be in one with it: nothing says that they are not."""
        if "" in budget.namespaces:
            return [self._every]
        return [self._spaces[name] for name in ("", *budget.namespaces) if name in self._spaces]

    def beside(self, budget: Meta) -> Iterator[PodOwner]:
        """Those near it that stand where it does and have pods as long as they are there."""
        folder, wanted = budget.where.folder, {"", *budget.namespaces}
        key = folder, budget.roots
        if key not in self._neighbours:
            places = (self._places.get(place, ()) for place in (folder, *map(_Root, budget.roots)))
            self._neighbours[key] = [self._owners[n] for n in sorted(set().union(*places))]
        for owner in self._neighbours[key]:
            if "" in budget.namespaces or not wanted.isdisjoint(owner.meta.namespaces):
                yield owner

    def together(self, budget: Meta) -> tuple[PodOwner, ...]:
        """Those of them that are in the very namespace of the budget, one of each name."""
        key = budget.where.folder, budget.roots, budget.namespaces
        if key not in self._together:
            same = (one for one in self.beside(budget) if one.meta.namespaces == budget.namespaces)
            self._together[key] = tuple({one.meta.name: one for one in same}.values())
        return self._together[key]


class _Root(NamedTuple):
    """A kustomization, as a place that is no folder."""

    path: str


def _places_of(owner: Meta) -> Iterator[Hashable]:
    if owner.kind in REPLICATED:
        yield owner.where.folder
        yield from map(_Root, owner.roots)


def _coverage(budget: DisruptionBudget, crowd: _Crowd) -> Coverage:
    selector = budget.selector
    if selector == Selector():
        return Coverage(together=crowd.together(budget.meta))
    if selector is not None and not _surely_selects_nothing(budget, selector, crowd):
        return Coverage()
    beside = islice(crowd.beside(budget.meta), _MOST_BESIDE)
    meant = tuple(islice((owner for owner in beside if _may_be_meant(budget, owner)), 2))
    return Coverage(meant, selects_nothing=selector is None or bool(meant))


def _surely_selects_nothing(budget: DisruptionBudget, selector: Selector, crowd: _Crowd) -> bool:
    near = crowd.near(budget.meta)
    return (
        not crowd.has_others
        and all(space.are_certain for space in near)
        and not any(one.startswith(_PLATFORM) for one in budget.meta.namespaces)
        and all(_is_plain(name, crowd.names) for name in _keys(selector))
        and all(one.operator in _OPERATORS for one in selector.expressions)
        and not any(map(is_placeholder, _texts(budget)))
        and not any(space.has_selected(selector) for space in near)
    )


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
