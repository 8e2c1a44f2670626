"""What is rendered because a GitOps object says so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, eq=False, kw_only=True)
class Ordered:
    """A rendering that an object has made.

    `owner` is the file of that object, `kind` and `object_name` are its own, and `line` is where
    it begins.
    """

    owner: str = ""
    kind: str = ""
    object_name: str = ""
    line: int = 0

    @property
    def title(self) -> str:
        """What the object is called."""
        return f"{self.kind} {self.object_name}".strip()
