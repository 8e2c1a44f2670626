"""What is to be said differently: operations on places, bound to the nodes that hold them.

An operation names a place by its pointer and says what is to be read there. Bound to a tree it is
a change of one pair of one mapping, or a new item of one list; where that cannot be done for
certain it is refused.
"""

from __future__ import annotations

from k8slint.manifest.kept import Data
from k8slint.manifest.pyyaml import MappingNode, Node, SequenceNode
from k8slint.manifest.values import (
    Pointer,
)
from k8slint.records import NamedTuple
from k8slint.type_names import TypeAlias


class Insertion(NamedTuple):
    """A new pair after the one at `after`, above all for -1, with the comments it brings along."""

    owner: MappingNode
    chain: tuple[Node, ...]
    after: int
    key: str
    value: Data
    comment: str = ""
    leading: tuple[str, ...] = ()


class PairReplacement(NamedTuple):
    """Another key or value for the pair at position `at`."""

    owner: MappingNode
    chain: tuple[Node, ...]
    at: int
    key: str
    value: Data


class Removal(NamedTuple):
    """The pair at position `at` goes; where it moves `to`, its comments `carried` move along."""

    owner: MappingNode
    chain: tuple[Node, ...]
    at: int
    to: Pointer | None = None
    carried: tuple[tuple[int, int], ...] = ()

    @property
    def moves(self) -> bool:
        return self.to is not None


class Addition(NamedTuple):
    """A new item after the last one of a list."""

    owner: SequenceNode
    chain: tuple[Node, ...]
    value: Data


_PairChange: TypeAlias = Insertion | PairReplacement | Removal
NodeChange: TypeAlias = _PairChange | Addition
