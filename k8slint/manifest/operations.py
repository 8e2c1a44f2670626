"""Operations: what is to be read at a place, named by its pointer."""

from collections.abc import Mapping

from k8slint.manifest.values import Pointer
from k8slint.records import NamedTuple
from k8slint.type_names import TypeAlias

Siblings: TypeAlias = "tuple[str | tuple[str, ...], ...]"


class Keep(NamedTuple):
    """In the data of an operation: the value at a pointer, in its own text."""

    pointer: Pointer


class Set(NamedTuple):
    """Let `value` be read at `pointer`.

    A missing key is inserted after the first of the `after` siblings there is, and of a group of
    them after the last; `key` renames an existing one.
    """

    pointer: Pointer
    value: object
    after: Siblings = ()
    key: str | None = None


class Append(NamedTuple):
    """Let `value` be read after the last item of the list at `pointer`."""

    pointer: Pointer
    value: Mapping[str, object]


class Delete(NamedTuple):
    """Let nothing be written at `pointer`."""

    pointer: Pointer


class Move(NamedTuple):
    """Let the value at `pointer` be written at `to` instead, with its comments.

    `value` replaces it on the way.
    """

    pointer: Pointer
    to: Pointer
    after: Siblings = ()
    value: int | None = None


Operation: TypeAlias = Set | Append | Delete | Move
