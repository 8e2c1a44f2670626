"""What became of the files of a run."""

from collections.abc import Mapping, Sequence

from k8slint.lazy import cached_property
from k8slint.lint.files import UNREAD
from k8slint.lint.rule import Rule
from k8slint.lint.rulebook import load_rules
from k8slint.lint.scope import scope_for
from k8slint.lint.settings import Settings
from k8slint.outside.terminal import clipped
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.coverage import Portion
    from k8slint.lint.diagnosis import Diagnostic


class FileReport(NamedTuple):
    """What became of one file.

    `diagnoses` are left, `suppressed` are hidden, `fixed` are gone. `error` is a file that could
    not be read or written, or on which a rule or we crashed, with the traceback in `crash` and
    whether the bug `is_ours`; `failed` is a fix that did not pass its own check: they all mean
    that the job was not done. `fails` tells whether something at or above the threshold is left,
    or would be changed. `judged` are the rules that saw all there is, worked out where a baseline
    has to know. `text` is what the file, or standard input, is to hold. `unsure` says of images
    so far why what they run is unknown. `skipped` says why nothing in it is read, or not all, and
    `in_part` what it is where only its literals are read. `coverage` are the parts of the file
    that were met, as far as it is more than a file with workloads that was read as a whole.
    `ignored` is the number of findings that new suppressions hide, and `unignored` holds those
    that got none, each with the reason.
    """

    path: str
    workloads: int = 0
    diagnoses: "tuple[Diagnostic, ...]" = ()
    suppressed: "tuple[Diagnostic, ...]" = ()
    fixed: "tuple[Diagnostic, ...]" = ()
    skipped: str = ""
    in_part: str = ""
    error: str = ""
    crash: str = ""
    failed: tuple[str, ...] = ()
    diff: str = ""
    fails: bool = False
    text: bytes | None = None
    judged: frozenset[str] = frozenset()
    unsure: tuple[str, ...] = ()
    is_ours: bool = True
    coverage: "tuple[Portion, ...]" = ()
    ignored: int = 0
    unignored: "tuple[tuple[Diagnostic, str], ...]" = ()

    def with_found(self, found: "Sequence[Diagnostic]") -> "FileReport":
        """With findings, apart by whether they are hidden."""
        told = [one.bounded() for one in found]
        seen = tuple(one for one in told if not one.suppressed)
        return self._replace(
            diagnoses=seen, suppressed=tuple(one for one in told if one.suppressed)
        )


class ReviewedFile(NamedTuple):
    """A file of a change under review: its lines, and which of them its diff shows.

    Those are stretches from a first line to a last one, counted from 1.
    """

    lines: "Sequence[str]"
    hunks: "tuple[tuple[int, int], ...]"


class Review(NamedTuple):
    """What a review is about: a commit, and its files with findings by the paths of these."""

    commit: str
    files: "Mapping[str, ReviewedFile]"


class Report:
    """What became of all files, and the settings they were read with.

    `root` is the absolute path of the folder from which a forge names files; without one they go
    by the names they were given. `stale` are the entries of a baseline that hide nothing any more,
    in words and with how often they count, and `written` says what one holds now. `review` is
    there for a report that reviews a change.
    """

    def __init__(
        self,
        files: tuple[FileReport, ...],
        settings: tuple[Settings, ...] = (),
        root: str = "",
        stale: tuple[tuple[str, int], ...] = (),
        written: tuple[str, ...] = (),
        review: Review | None = None,
    ) -> None:
        self.files = files
        self.settings = settings
        self.root = root
        self.stale = stale
        self.written = written
        self.review = review

    @property
    def read(self) -> tuple[FileReport, ...]:
        """Those on files that were read, and not on links that are not followed."""
        return tuple(file for file in self.files if file.skipped not in UNREAD)

    @cached_property
    def diagnoses(self) -> "tuple[Diagnostic, ...]":
        found = (one for file in self.files for one in file.diagnoses)
        return tuple(sorted(found, key=lambda one: one.order))

    @cached_property
    def suppressed(self) -> "tuple[Diagnostic, ...]":
        found = (one for file in self.files for one in file.suppressed)
        return tuple(sorted(found, key=lambda one: one.order))

    @cached_property
    def fixed(self) -> "tuple[Diagnostic, ...]":
        return tuple(one for file in self.files for one in file.fixed)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that looked, in the order of their codes."""
        scopes = [scope_for(settings) for settings in set(self.settings)]
        books = (load_rules(), *(scope.book for scope in scopes))
        known = {rule.code: rule for book in books for rule in book.rules}
        codes = {one.code for one in self.diagnoses}
        codes = codes.union(*(scope.selection.codes for scope in scopes))
        return tuple(known[code] for code in sorted(codes))

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What kept a part of the job undone: the file and the reason."""
        return [
            (file.path, clipped(message))
            for file in self.files
            for message in (file.error, *file.failed)
            if message
        ]

    @property
    def has_failed(self) -> bool:
        """Whether a part of the job could not be done."""
        return any(file.error or file.failed for file in self.files)
