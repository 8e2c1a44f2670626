"""What files held in an earlier commit, and how they differ: the one place that runs git.

Only commands that read objects are run. With no hook, no filter, no helper and no network, none
of them runs anything that the configuration of a repository names.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from k8slint.errors import UsageError
from k8slint.lazy import cached_property
from k8slint.outside.files import MANIFEST_LIMIT
from k8slint.outside.programs import TimedOut, TooMuch, environment, find_program, run_program
from k8slint.type_names import Self

# Seconds for one command: the list of the files of a commit is the longest.
_PATIENCE = 60.0
_BLOB = b"blob"
# The length of object names in hexadecimal digits, and what makes them.
_HASHES = {40: hashlib.sha1, 64: hashlib.sha256}
# Of a diff, the lines that it shows of the new file.
_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
# As forges show a change, whatever the repository has configured.
_AS_FORGES = (
    *("--unified=3", "--inter-hunk-context=0", "--diff-algorithm=myers", "--indent-heuristic"),
    *("--no-ext-diff", "--no-textconv", "--no-color"),
)


class History:
    """The files of one commit of a repository, to use in a `with` block."""

    def __init__(self, root: Path, reference: str) -> None:
        """`root` is the real path of the repository; `reference` names the commit.

        It is the commit where the present one left it: what has happened there since is not ours.
        Raises UsageError where git or the commit cannot be found.
        """
        git = find_program("git", (str(root),))
        if git is None:
            raise UsageError("--changed needs git, which is not on PATH")
        self._root = root
        self._home = tempfile.TemporaryDirectory(prefix="k8slint-", ignore_cleanup_errors=True)
        self._command = (
            *(git, "--no-pager", "--literal-pathspecs", "-c", f"safe.directory={root.as_posix()}"),
            *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
            *("-c", "protocol.allow=never"),
        )
        self._environment = {
            **environment(Path(self._home.name), (str(root),)),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }
        try:
            self._base = self._commit(reference)
            self._blobs = self._blobs_in(self._base)
        except BaseException:
            self._home.cleanup()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._home.cleanup()

    def before(self, path: str, now: bytes) -> bytes | None:
        """Return what a file held, by its path from the root; None if it was not there."""
        name = self._blobs.get(path)
        if name is None:
            return None
        return now if _is_kept_as(now, name) else self._run("cat-file", "blob", name)

    @cached_property
    def head(self) -> str:
        """The name of the present commit."""
        return self._run("rev-parse", "--verify", "HEAD^{commit}").decode().strip()

    def hunks(self, path: str, now: bytes) -> Sequence[tuple[int, int]]:
        """Return the lines of a file that a forge shows as changed, with three around each change.

        They go from a first line to a last one. There are none unless the file is as committed.
        """
        old, new = self._differing.get(path, ("", ""))
        if not new or not _is_kept_as(now, new):
            return ()
        if not old:
            return ((1, now.count(b"\n") + (not now.endswith(b"\n"))),) if now else ()
        return tuple(_shown(self._run("diff", *_AS_FORGES, old, new, "--")))

    @cached_property
    def _differing(self) -> Mapping[str, tuple[str, str]]:
        """The blobs, before and now, of each file that is not as it was, by its path now."""
        words = ("diff-tree", "-r", "-z", "--raw", "--no-abbrev", self._base, self.head)
        try:
            listed = iter(self._run(*words, "--find-renames").split(b"\0"))
        except UsageError:  # A partial clone lacks some of the files to compare.
            listed = iter(self._run(*words, "--no-renames").split(b"\0"))
        found = {}
        for about in listed:
            if not about:
                continue
            _, _, old, new, status = about.decode().split()
            path = next(listed)
            if status.startswith("R"):
                path = next(listed)
            found[path.decode("utf-8", "surrogateescape")] = (old.strip("0") and old, new)
        return found

    def _commit(self, reference: str) -> str:
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
        commit = self._run(*words, unless=f"no commit is called {reference!r} in {self._root}")
        name = commit.decode().strip()
        where = f"{reference!r} and HEAD have no common commit here: fetch more of their history"
        return self._run("merge-base", name, "HEAD", unless=where).decode().split()[0]

    def _blobs_in(self, commit: str) -> Mapping[str, str]:
        listed = self._run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")
        rows = (line.partition(b"\t") for line in listed if line)
        return {
            path.decode("utf-8", "surrogateescape"): about.split()[2].decode()
            for about, _, path in rows
            if about.split()[1] == _BLOB
        }

    def _run(self, *words: str, unless: str = "") -> bytes:
        """Return what a command of git prints; `unless` says what its failure means."""
        try:
            done = run_program(
                (*self._command, *words),
                self._root,
                self._environment,
                _PATIENCE,
                most=max(MANIFEST_LIMIT, 64_000_000),
            )
        except OSError as error:
            raise UsageError(f"--changed: git cannot be run: {error.strerror or error}") from None
        except (TimedOut, TooMuch):
            raise UsageError(f"--changed: git {words[0]} took too long or said too much") from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
            raise UsageError(f"--changed: {unless or said or f'git {words[0]} failed'}")
        return done.stdout


def _is_kept_as(data: bytes, blob: str) -> bool:
    """Whether git keeps a file under a name, also with the line ends of Windows."""
    make = _HASHES[len(blob)]
    return any(
        make(b"blob %d\0%s" % (len(held), held)).hexdigest() == blob
        for held in (data, data.replace(b"\r\n", b"\n"))
    )


def _shown(diff: bytes) -> Iterator[tuple[int, int]]:
    for match in _HUNK.finditer(diff):
        first, count = int(match[1]), int(match[2] or 1)
        if count:
            yield first, first + count - 1
