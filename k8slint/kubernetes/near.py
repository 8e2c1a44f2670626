"""Which objects of a run belong together, by their namespaces or else by their folders."""

from __future__ import annotations

import itertools
import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter

from k8slint.kubernetes.objects import FilePlace, IngressClass, Namespace, NodePool, Object
from k8slint.type_names import Protocol, TypeAlias, TypeVar

_T = TypeVar("_T", bound=Object)
Entry = TypeVar("Entry")
_Found_co = TypeVar("_Found_co", covariant=True)

# What stands in folders of these names shows how things can be used, or is there to be tested.
_EXAMPLES = frozenset(
    (
        *("doc", "docs", "example", "examples", "fixtures", "sample", "samples"),
        *("testdata", "tests", "tutorial", "tutorials"),
    )
)

# Up to here folders belong together without a namespace that says so: `services/` beside
# `deployments/`, or a folder and one two levels below it.
_NEIGHBOURS = 2
# So many folders, and pairs of them, are remembered: more than most repositories have.
_KEPT = 65_536

# Objects by a key, and by where it counts: the namespace, or else a folder and how many levels
# below it they are.
_Place: TypeAlias = "str | tuple[str, int]"
PlaceKey: TypeAlias = tuple[_Place, Hashable]
Index: TypeAlias = dict[PlaceKey, list[Entry]]


class Indexed(Protocol[_Found_co]):
    """An index, or what makes of one when it is asked."""

    def get(self, place: PlaceKey, otherwise: tuple[()], /) -> Sequence[_Found_co]: ...


def indexed(keyed: Iterable[tuple[str, Hashable, _T]], *, folders: int = 1) -> Index[_T]:
    """Objects by namespace and key, those without a namespace by the folders that are near.

    Of those of one name that are equally near, in several folders, those in the first of these
    `folders` stand for all; but not for what is no example, where they are one.
    """
    index: Index[_T] = defaultdict(list)
    first: dict[tuple[_Place, Hashable, str, str, str], set[str]] = defaultdict(set)
    for namespace, key, one in keyed:
        if namespace:
            index[namespace, key].append(one)
            continue
        _, folder, examples = one.meta.where
        name = one.meta.kind, one.meta.name, examples
        for place in _reach(folder):
            seen = first[(place, key, *name)]
            if len(seen) < folders:
                seen.add(folder)
            if folder in seen:
                index[place, key].append(one)
    return index


def by_key(keyed: Iterable[tuple[Hashable, Entry]]) -> dict[Hashable, list[Entry]]:
    """What has one key together, in its order."""
    found: dict[Hashable, list[Entry]] = defaultdict(list)
    for key, one in keyed:
        found[key].append(one)
    return found


def with_places(objects: Iterable[_T]) -> Iterator[tuple[str, str, _T]]:
    """Objects with their names, once in each namespace that they may be in."""
    for one in objects:
        for namespace in one.meta.namespaces:
            yield namespace, one.meta.name, one


def at(
    index: Indexed[Entry],
    where: FilePlace,
    namespace: str,
    keys: Sequence[Hashable],
    is_meant: Callable[[Entry], bool] = lambda one: True,
) -> list[Entry]:
    """What an index has for one of the keys in a namespace, or else in the nearest folder."""
    for ring in ((namespace,),) if namespace else _rings(where.folder):
        found = [
            one
            for place in ring
            for key in keys
            for one in index.get((place, key), ())
            if is_meant(one)
        ]
        if found:
            return found
    return []


def nearest(where: FilePlace, found: Iterable[_T]) -> tuple[_T, ...]:
    """Those of the objects that meet in one cluster with what stands in a file, the nearest first.

    Of objects of one name only the nearest: there cannot be two in a cluster, so a repository
    that has more is for several. Where no namespace is written nothing but the folders tells what
    belongs together: only those in the nearest folder count, and none that is far away.
    """
    every = [*found]
    if not every:
        return ()
    distinct = {one.meta: one for one in every}.values() if len(every) > 1 else every
    near = [(_distance(where, one.meta.where), one) for one in distinct]
    folder = min((steps for (steps, _), one in near if not is_placed(one)), default=0)
    shortest: dict[tuple[str, str], tuple[int, bool]] = {}
    kept = []
    for distance, one in near:
        if is_placed(one) or distance[0] == folder <= _NEIGHBOURS:
            name = (one.meta.kind, one.meta.name)
            shortest[name] = min(distance, shortest.get(name, distance))
            kept.append((name, distance, one))
    kept.sort(key=itemgetter(1))
    return tuple(one for name, distance, one in kept if distance == shortest[name])


def is_placed(one: Object) -> bool:
    """Whether something says which namespace an object is in, or it needs none."""
    return one.meta.namespaces != ("",) or isinstance(one, (IngressClass, Namespace, NodePool))


def where_is(path: str) -> FilePlace:
    """Where a file is: the same record for all objects in it."""
    return _where_is(path, os.getcwd())  # noqa: PTH109 - a Path is slow


def examples_around(folder: str) -> str:
    """The innermost folder of examples that a folder is or is in; empty for none."""
    while folder and folder.rpartition("/")[2].lower() not in _EXAMPLES:
        folder = folder.rpartition("/")[0]
    return folder


@lru_cache(maxsize=8)
def _where_is(path: str, working_folder: str) -> FilePlace:
    folder, _, name = path.rpartition("/")
    folder, examples = _placed(folder, working_folder)
    return FilePlace(f"{folder}/{name}", folder, examples)


@lru_cache(maxsize=_KEPT)
def _placed(folder: str, working_folder: str) -> tuple[str, str]:
    """One spelling for each folder, without a slash at its end, and the examples around it."""
    one = os.path.abspath(folder).replace(os.sep, "/").rstrip("/")  # noqa: PTH100 - stays text
    return one, examples_around(one)


def _distance(one: FilePlace, other: FilePlace) -> tuple[int, bool]:
    """How many folders they are away from each other, and whether they are two files."""
    return (0, False) if one.file == other.file else (_steps(one.folder, other.folder), True)


@lru_cache(maxsize=_KEPT)
def _steps(folder: str, other: str) -> int:
    """How many folders up and down the way from one to the other leads."""
    here, there = folder.split("/"), other.split("/")
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(here, there, strict=False))
    return len(here) + len(there) - 2 * sum(1 for _ in same)


@lru_cache(maxsize=_KEPT)
def _rings(folder: str) -> tuple[tuple[_Place, ...], ...]:
    """Where to look for what is near a folder, the nearest first."""
    above = [place for place, _ in _reach(folder)]
    return tuple(
        tuple((place, distance - up) for up, place in enumerate(above[: distance + 1]))
        for distance in range(_NEIGHBOURS + 1)
    )


def _reach(folder: str) -> Iterator[tuple[str, int]]:
    """A folder and those above it that are near, each with the number of levels."""
    for levels in range(_NEIGHBOURS + 1):
        yield folder, levels
        if not folder:
            break
        folder = folder.rpartition("/")[0]
