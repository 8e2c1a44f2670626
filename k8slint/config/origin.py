"""Where settings come from, and how far they reach."""

# No `from __future__ import annotations`: typing would compile the fields of NamedTuples at start.
from typing import NamedTuple


class Origin(NamedTuple):
    """Where settings come from: a file, "" for none; patterns are relative to `root`.

    A configuration names nothing outside of the first of the folders `roots` that it is in; one
    that is in none is the user's own and may name anything.
    """

    file: str
    root: str
    roots: tuple[str, ...]
