"""What a look at the lines of a document rules out about its pod, before it is parsed.

Each of these functions may say yes for nothing, and says no only where it is certain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from k8slint.kubernetes.cluster import ALONE, Cluster
from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.kubernetes.objects import NodePool
from k8slint.manifest.outline import Outline
from k8slint.shutdown.command import SHELLS
from k8slint.shutdown.drain import MARKS
from k8slint.shutdown.program import Program
from k8slint.shutdown.programs import DEFAULT, Programs

# A program is the last part of a path in a word of its own.
_BETWEEN_WORDS = str.maketrans(dict.fromkeys("\"'[],/", " "))


@dataclass(eq=False, repr=False)
class Glance:
    """A document with one pod by its outline, among the other objects of a run."""

    outline: Outline
    kustomized: Kustomized = AS_WRITTEN
    programs: Programs = DEFAULT
    cluster: Cluster = ALONE

    @cached_property
    def words(self) -> frozenset[str]:
        """What can be a word of a command; none where only images say what is run."""
        text = self.outline.text
        has_any = "command" in text or "args" in text
        return frozenset(text.translate(_BETWEEN_WORDS).split() if has_any else ())

    @cached_property
    def images(self) -> list[str]:
        return self.outline.values("image")

    @cached_property
    def known(self) -> list[Program]:
        """The known programs that may be run; all but those that a shell puts together."""
        return [*self.programs.may_be_run(self.words, self.images)]

    @cached_property
    def sets_drain(self) -> bool:
        """Whether a container may run a program with a drain that is written down."""
        text = self.outline.text
        return (
            runs_shell(self)
            or any(program.may_be_set(text) for program in self.known)
            or any(mark in text for mark in MARKS)
        )


def runs_shell(glance: Glance) -> bool:
    """Whether a container may run a shell, whose words can be spelt in many ways."""
    return not SHELLS.isdisjoint(glance.words)


def runs(*names: str) -> Callable[[Glance], bool]:
    """Whether a container may run a command with one of some names, or a shell that does."""

    def may_run(glance: Glance) -> bool:
        return runs_shell(glance) or not glance.words.isdisjoint(names)

    return may_run


def runs_program(name: str) -> Callable[[Glance], bool]:
    """Whether a container may run the known program of a name."""

    def may_run(glance: Glance) -> bool:
        return runs_shell(glance) or any(program.name == name for program in glance.known)

    return may_run


def sets_drain(glance: Glance) -> bool:
    """Whether a container may run a program with a drain that is written down."""
    return glance.sets_drain


def runs_known(glance: Glance) -> bool:
    """Whether a container may run a program whose drain is known."""
    return bool(glance.known) or sets_drain(glance)


def runs_worker(glance: Glance) -> bool:
    """Whether a container may be a known worker."""
    return sets_drain(glance) or any(program.is_worker for program in glance.known)


def is_served_by_many(glance: Glance) -> bool:
    """Whether a Service may select the pod and others like it."""
    outline, cluster, kustomized = glance.outline, glance.cluster, glance.kustomized
    has_many = not {"0", "1"}.issuperset(outline.values("replicas")) or bool(kustomized.replicas)
    if not has_many and not cluster.may_have_scaler(outline):
        return False
    return _is_relabelled(glance) or cluster.may_have_service(outline)


def has_budget(glance: Glance) -> bool:
    """Whether a PodDisruptionBudget may select the pod."""
    return _is_relabelled(glance) or glance.cluster.may_have_budget(glance.outline)


def _is_relabelled(glance: Glance) -> bool:
    """Whether kustomizations may give the pod labels that are not in its document."""
    return bool(glance.kustomized.selector_labels or glance.kustomized.template_labels)


def has_node_pool(glance: Glance) -> bool:
    """Whether Karpenter may run the pod."""
    return glance.cluster.has_any(NodePool)
