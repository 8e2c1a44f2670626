"""Where settings come from, and how far they reach."""

from k8slint.records import NamedTuple


class Origin(NamedTuple):
    """Where settings come from: a file, "" for none; patterns are relative to `root`.

    A configuration names nothing outside of the first of the folders `roots` that it is in; one
    that is in none is the user's own and may name anything.
    """

    file: str
    root: str
    roots: tuple[str, ...]

    @property
    def home(self) -> str:
        """The repository of the files, or else the folder of their configuration."""
        return self.roots[0] or self.root
