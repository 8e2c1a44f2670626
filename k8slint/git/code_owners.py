"""Who owns which file, by a CODEOWNERS file as GitHub reads it.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from itertools import accumulate

from k8slint.errors import UsageError
from k8slint.git.patterns import MOST_WILDCARDS, Patterns
from k8slint.outside.files import CODE_OWNERS_LIMIT, read_bytes, read_named, resolve_within

# The first that is there counts.
PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")

_WORD = re.compile(rb"(?:\\.|[^\\\s])+")
# Visible ASCII but `#`: `@user`, `@org/team` or an address.
_OWNER = re.compile(rb"[!\"$-?A-~]{0,200}@[!\"$-~]{1,200}")
# More of them own nothing: each finding names them all.
_MOST_OWNERS = 50
_MOST_CHARACTERS = 2_000


class CodeOwners:
    """The rules of a CODEOWNERS file, of which the last that matches a path applies.

    Other than in ignore files, `!` and `[a-z]` have no meaning, and `docs/*` is about the files of
    a folder alone. Raises UsageError for patterns that would take too long to match.
    """

    def __init__(self, data: bytes, name: str = "CODEOWNERS") -> None:
        self._owners: list[tuple[str, ...]] = []
        whole: list[bytes] = []
        files: list[bytes] = []
        for line in data.splitlines():
            pattern, owners = _parse_line(line)
            if pattern:
                is_about_files = pattern.endswith(b"/*")
                whole.append(b"" if is_about_files else pattern)
                files.append(pattern if is_about_files else b"")
                self._owners.append(owners)
        self._whole, self._files = Patterns(whole), Patterns(files)
        if (weight := self._whole.weight + self._files.weight) > MOST_WILDCARDS:
            raise UsageError(
                f"{name}: patterns with wildcards have {weight:,} bytes in all, and no more than "
                f"{MOST_WILDCARDS:,} are matched"
            )

    def of(self, path: str) -> tuple[str, ...]:
        """Return the owners of a file, by its path from the root of the repository."""
        file = os.fsencode(path)
        number = max(
            self._files.last(file, is_folder=False), self._whole.last(file, is_folder=False)
        )
        above = file
        while b"/" in above:
            above = above.rpartition(b"/")[0]
            number = max(number, self._whole.last(above, is_folder=True))
        return self._owners[number - 1] if number else ()


def read_code_owners(root: str, file: str = "") -> CodeOwners:
    """Read the CODEOWNERS file of a repository, or the one that the command line names.

    Raises UsageError.
    """
    name = file
    try:
        if file:
            return CodeOwners(read_named(file, CODE_OWNERS_LIMIT), file)
        for name in PLACES:
            path = os.path.join(root, name)
            if os.path.lexists(path):
                inside = resolve_within(path, os.path.realpath(root))
                return CodeOwners(read_bytes(inside, CODE_OWNERS_LIMIT), name)
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror or error}") from None
    raise UsageError(f"--codeowners: {root} has none of {', '.join(PLACES)}; name the file")


def _parse_line(line: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the pattern of a line and its owners; no pattern for a line that is none.

    A line with anything but owners after its pattern is passed over, as GitHub does it. Of more
    than 50 owners, or 2,000 characters, the first count.
    """
    words = _WORD.findall(line)
    if not words or words[0].startswith((b"#", b"!", b"[", b"^[")):
        return b"", ()
    pattern, *rest = words
    owners = []
    for word in rest:
        if word.startswith(b"#"):
            break
        if not _OWNER.fullmatch(word):
            return b"", ()
        owners.append(word.decode())
    return re.sub(rb"(?<!\\)[][]", rb"\\\g<0>", pattern), _first(owners)


def _first(owners: Sequence[str]) -> tuple[str, ...]:
    lengths = accumulate(map(len, owners[:_MOST_OWNERS]))
    fitting = sum(length <= _MOST_CHARACTERS for length in lengths)
    return tuple(owners[:fitting])
