"""How much of what a run met was read: what it was, how far that went, and why no further.

The sets are closed: text, JSON and `--fail-on-skipped` know each kind and each reason.
"""

from __future__ import annotations

from enum import StrEnum

from k8slint.records import NamedTuple


class PortionKind(StrEnum):
    """What is counted as one. The value is its name for machines, `noun` that for people."""

    WORKLOADS = "workload-file"
    TEMPLATE = "template"
    GITOPS = "gitops"
    OVERLAY = "overlay"
    CHART = "chart"
    SCRIPT = "script"
    FILE = "file"
    """A file that may hold any of these, and was not opened."""

    @property
    def noun(self) -> str:
        return _NOUNS.get(self, self.value)


_NOUNS = {PortionKind.WORKLOADS: "workload file", PortionKind.GITOPS: "GitOps object"}


class Extent(StrEnum):
    READ = "read"
    IN_PART = "in-part"
    NOT_READ = "not-read"

    @property
    def words(self) -> str:
        return self.value.replace("-", " ")


class Reason(StrEnum):
    """Why something was read in part or not at all. The value is its name for machines."""

    UNRENDERED = "unrendered"
    """It has to be rendered first, which was not asked for, or cannot be done by us."""
    VALUES_UNKNOWN = "values-unknown"
    """It was read as it is written; what its actions or substitutions write is unknown."""
    NOT_YAML = "not-yaml"
    """A document is not YAML, which GS900 reports."""
    NO_TOOL = "no-tool"
    """The program that renders it is not on the PATH."""
    FAILED = "failed"
    """The program that renders it failed, or refused it."""
    OUT_OF_TIME = "out-of-time"
    REMOTE = "remote"
    """A chart, a base or a source is neither in the run nor vendored."""
    VALUES_MISSING = "values-missing"
    """Values come from a Secret, or from a file or an object that is not in the run."""
    GENERATED = "generated"
    """A generator decides what it consists of, such as that of an ApplicationSet."""
    VARIES = "varies"
    """Parts differ from one rendering to the next and are set aside."""
    IN_IMAGE = "in-image"
    """A script that is only in the image."""
    UNKNOWN_SHELL = "unknown-shell"
    """A script in a language that is not read, or built while it runs."""
    TOO_LARGE = "too-large"
    OUTSIDE = "outside"
    """A link out of the repository or the checked folder, which is not followed."""
    UNREADABLE = "unreadable"
    """The system refuses to read the file, or it crashed us or a rule."""

    @property
    def words(self) -> str:
        """The reason, to stand after what was not read."""
        return _WORDS[self]


# They stand after one thing or several: `1 chart: rendering failed`.
_WORDS = {
    Reason.UNRENDERED: "not rendered",
    Reason.VALUES_UNKNOWN: "what placeholders stand for is unknown",
    Reason.NOT_YAML: "not valid YAML",
    Reason.NO_TOOL: "the program to render with is not on the PATH",
    Reason.FAILED: "rendering failed",
    Reason.OUT_OF_TIME: "rendering took too long",
    Reason.REMOTE: "the chart or source is not in this run",
    Reason.VALUES_MISSING: "values are not in this run",
    Reason.GENERATED: "a generator decides what is in it",
    Reason.VARIES: "a part differs from one rendering to the next",
    Reason.IN_IMAGE: "only in the image",
    Reason.UNKNOWN_SHELL: "in a language that is not read",
    Reason.TOO_LARGE: "too large",
    Reason.OUTSIDE: "behind a link out of the repository or the checked folder",
    Reason.UNREADABLE: "cannot be read",
}


class Portion(NamedTuple):
    """One thing that a run met in a file, and how far it was read.

    `name` is that of an object in the file (`HelmRelease shop/web`), which begins at `line`; both
    are empty for the file itself. `detail` is the reason at length, fit to be printed: values and
    Secrets are redacted by who makes it.
    """

    kind: PortionKind
    extent: Extent
    reason: Reason | None = None
    name: str = ""
    line: int = 0
    detail: str = ""
