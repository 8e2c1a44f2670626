"""What the rules found, with the views it was found in still there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from k8slint.kubernetes.written_budget import WrittenBudget
from k8slint.lint.identity import Identity, Resource
from k8slint.lint.rule import Finding, Rule, Severity
from k8slint.manifest.values import json_pointer
from k8slint.records import NamedTuple
from k8slint.shutdown.repair import Need, NoRepair
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.kubernetes.workload import Container, Workload
    from k8slint.lint.diagnosis import Diagnostic, Suppressed
    from k8slint.manifest.operations import Operation
    from k8slint.manifest.tree import Document
    from k8slint.shutdown.model import Shutdown

SYNTAX_ERROR = "GS900"
UNUSED_IGNORE = "GS901"
UNKNOWN_IGNORE = "GS902"
_LATER = "what it needs is known once another fix has removed a hook of this pod"
_UNSAID = "its rule has none"


class Violation(NamedTuple):
    """A finding with the views it was made from; `pod` is the number of its pod, from 0.

    It is about a pod, or about a budget, which is in none. `key` is its number in its source, by
    which its repairs are kept.
    """

    rule: Rule
    finding: Finding
    subject: Shutdown | WrittenBudget
    container: Container | None
    pod: int | None
    key: int
    suppressed: Suppressed | None = None
    owners: tuple[str, ...] = ()

    @property
    def severity(self) -> Severity:
        return self.rule.rated(self.finding.severity)

    @property
    def resource(self) -> Resource:
        if isinstance(self.subject, WrittenBudget):
            return resource_of(self.subject)
        return resource_of(self.subject.pod.workload, self.container)

    @property
    def document(self) -> Document:
        return self.finding.at.value.document

    @property
    def need(self) -> Need | None:
        need = self.finding.need
        return need if isinstance(need, Need) else None

    @property
    def unfixed(self) -> str:
        """Why nothing is known to repair it, where nothing is."""
        match self.finding.need:
            case Need():
                return _LATER
            case NoRepair(why):
                return why
        return self.rule.unfixed or _UNSAID

    @property
    def identity(self) -> Identity:
        pointer = json_pointer(self.finding.at.value.pointer)
        return Identity(self.resource, self.rule.code, pointer, self.pod)


class IgnoreFinding(NamedTuple):
    """A finding about a suppression itself; `title` says what its fix deletes.

    That is either `cuts` from comments of the document, by their offsets in it, or a matter of
    `operations`.
    """

    rule: Rule
    message: str
    span: tuple[int, int]
    title: str = ""
    document: Document | None = None
    cuts: tuple[tuple[int, int], ...] = ()
    operations: tuple[Operation, ...] = ()
    suppressed: Suppressed | None = None

    @property
    def severity(self) -> Severity:
        return self.rule.rated()

    @property
    def identity(self) -> Identity:
        return Identity(None, self.rule.code)

    @property
    def key(self) -> tuple[str, tuple[int, int]]:
        """What its repairs are kept by."""
        return self.rule.code, self.span


def resource_of(owner: Workload | WrittenBudget, container: Container | None = None) -> Resource:
    return Resource(
        owner.api_version,
        owner.kind,
        owner.namespace,
        owner.name,
        container.name if container else "",
    )


def are_about_all(found: Iterable[Diagnostic], ignored: AbstractSet[Resource]) -> bool:
    """Whether only the whole file decides about some findings in parts of it.

    Those about an annotation that hides something may depend on all pods of the file. What is
    written twice is hidden in all objects of a name if one of them has such an annotation.
    """
    remarks = (UNUSED_IGNORE, UNKNOWN_IGNORE)
    return any(
        one.code in remarks or (one.code == SYNTAX_ERROR and one.resource in ignored)
        for one in found
    )


def visible(diagnoses: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Those that nothing hides."""
    return [one for one in diagnoses if not one.suppressed]
