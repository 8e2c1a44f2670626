"""What the rules found in one source, or that one of them failed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from k8slint.lint.rulefile import OURS
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.kubernetes.workload import Workload
    from k8slint.kubernetes.written_budget import WrittenBudget
    from k8slint.lint.diagnosis import Diagnostic
    from k8slint.lint.findings import IgnoreFinding, Violation
    from k8slint.lint.identity import Resource
    from k8slint.lint.rule import Rule
    from k8slint.manifest.source import Source
    from k8slint.manifest.stream import Chunk
    from k8slint.manifest.tree import Document
    from k8slint.shutdown.programs.known import Programs


class RuleCrash(Exception):
    """A rule failed: a bug of ours, unless the rule is somebody else's."""

    def __init__(self, rule: Rule, error: BaseException) -> None:
        super().__init__(f"{rule.code} ({rule.name}) failed: {error!r}")
        self.is_ours = rule.code.startswith(OURS)


class LintResult:
    """What the rules found in one source, with its trees still there."""

    def __init__(self, source: Source, unreadable: Iterable[Diagnostic] = ()) -> None:
        self.source = source
        self.workloads = 0
        self.pods = 0
        self.keys = count()
        self.found: list[Violation] = []
        self.unreadable = [*unreadable]
        self.remarks: list[IgnoreFinding] = []
        # Why a document is skipped; empty where none is.
        self.skipped = ""
        # Whether something may be made of the file elsewhere, the documents that may be GitOps
        # objects, and how many pods in values were looked at, by where their documents begin.
        self.delivers = False
        self.deliveries: list[Chunk] = []
        self.in_values: dict[int, int] = {}
        # What it is where only its literals were read.
        self.in_part = ""
        # Whether a document could not be read at all, so that nothing may be changed.
        self.is_broken = False
        self.looked_at: list[Workload] = []
        self.budgets: list[WrittenBudget] = []
        # The objects with annotations that hide something.
        self.ignored: set[Resource] = set()
        # The documents in which something may hide findings; empty where nothing does.
        self.documents: list[Document] = []

    @property
    def has_findings(self) -> bool:
        return bool(self.found or self.remarks or self.unreadable)

    def lacks_files(self, programs: Programs) -> bool:
        """Whether what a rule would find may depend on a ConfigMap that is not in the run."""
        from k8slint.shutdown.mounted import lacks_files

        return lacks_files(self.looked_at, programs)

    def forget(self) -> None:
        """Let go of the trees, once all that was found is put into words.

        Pods and their containers refer to each other, and such cycles are not collected: 20 kB of
        memory for each document of a run.
        """
        for workload in self.looked_at:
            let_go_of(workload)
        self.looked_at.clear()
        self.budgets.clear()
        self.documents.clear()


def let_go_of(workload: Workload) -> None:
    """Break the circles of a workload, its pods and their containers."""
    for pod in workload.pods:
        for container in vars(pod).get("containers", ()):  # A census looks at none.
            vars(container).clear()
        vars(pod).clear()
    vars(workload).clear()
