"""A part of a run, for jobs that share the files of one repository among them."""

from __future__ import annotations

import os
import re
from hashlib import sha256

from k8slint.errors import UsageError
from k8slint.lint.files import repository_of
from k8slint.lint.task import Context, Task, display_path
from k8slint.outside.terminal import name_bytes
from k8slint.records import NamedTuple

# More jobs than any service starts at once.
_MOST = 100_000


class Shard(NamedTuple):
    """One of several parts, counted from 1."""

    number: int
    of: int

    def divide(self, tasks: list[Task], around: Context) -> tuple[list[Task], Context]:
        """Return the tasks of this part, with those of the others as their context."""
        root = os.path.realpath(repository_of(".") or ".")
        mine = [task for task in tasks if self.holds(task.path, root)]
        own = {task.path for task in mine}
        others = tuple(task for task in tasks if task.path not in own)
        return mine, around._replace(context=(*others, *around.context))

    def holds(self, path: str, root: str) -> bool:
        """Whether a file belongs to this part, by its path in the repository at `root` alone."""
        try:
            name = os.path.relpath(os.path.realpath(path), root)
        except ValueError:  # On another drive of Windows.
            name = path
        digest = sha256(name_bytes(display_path(name))).digest()
        return int.from_bytes(digest[:8]) % self.of == self.number - 1


def parse_shard(text: str) -> Shard:
    """Parse `2/8`. Raises UsageError."""
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    shard = Shard(*map(int, found.groups())) if found else Shard(0, 0)
    if not 1 <= shard.number <= shard.of <= _MOST:
        raise UsageError(f"--shard: {text!r} is not a part of several, such as 1/4 to 4/4")
    return shard
