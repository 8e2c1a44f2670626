"""What a look at the lines of a document rules out about its pod, before it is parsed.

Each of these functions may say yes for nothing, and says no only where it is certain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property

from k8slint.kubernetes.cluster import Cluster
from k8slint.kubernetes.kustomization import Kustomized
from k8slint.kubernetes.objects import NodePool
from k8slint.kubernetes.workload import DEFAULT_GRACE, GRACE_KEY
from k8slint.manifest.outline import Keys, Outline, Way
from k8slint.shutdown.command import words_in
from k8slint.shutdown.program import Program
from k8slint.shutdown.programs import Programs
from k8slint.shutdown.wrappers import SHELLS

_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


class Glance:
    """A document by its outline, among the other objects of a run.

    `way` leads to its pod spec; None where there may be several, or none. `options` are those of
    the rules, as far as they were set.
    """

    def __init__(
        self,
        outline: Outline,
        way: Way | None,
        kustomized: Kustomized,
        programs: Programs,
        cluster: Cluster,
        options: Mapping[str, Mapping[str, int | str]],
    ) -> None:
        self.outline = outline
        self.way = way
        self.kustomized = kustomized
        self.programs = programs
        self.cluster = cluster
        self.options = options

    @cached_property
    def pod(self) -> Keys | None:
        return self.outline.at(*self.way) if self.way else None

    @cached_property
    def stopped(self) -> list[Keys] | None:
        """The containers that may get a stop signal; None where it is not certain which."""
        outline, pod = self.outline, self.pod
        if pod is None:
            return None
        found = [one for one in outline.items(pod, "containers") if isinstance(one, dict)]
        # Those before the others have no end of their own, unless they are started again.
        init = (one for one in outline.items(pod, "initContainers") if isinstance(one, dict))
        return [*found, *(one for one in init if "restartPolicy" in one)]

    @cached_property
    def words(self) -> frozenset[str]:
        """What can be a word of a command; none where only images say what is run."""
        outline, text = self.outline, self.outline.text
        if "command" not in text and "args" not in text:
            return frozenset()
        if self.stopped is not None:
            text = " ".join(
                outline.written(one, name)
                for one in self.stopped
                for name in ("command", "args")
                if name in one
            )
        return words_in(text)

    @cached_property
    def images(self) -> list[str]:
        if self.stopped is None:
            return self.outline.values("image")
        return [self.outline.scalar(one, "image") for one in self.stopped]

    @cached_property
    def labels(self) -> dict[str, str] | None:
        """The labels of the pod; None where it is not certain which they are."""
        if not self.way:
            return None
        found = self.outline.at(*self.way[:-1], "metadata", "labels")
        return dict(self.outline.scalars(found or {}))

    @cached_property
    def grace(self) -> int | None:
        """The grace period; None where it is anything but one plain number in its place."""
        count = self.outline.text.count(GRACE_KEY)
        if not count:
            return DEFAULT_GRACE
        if count > 1 or self.pod is None or GRACE_KEY not in self.pod:
            return None
        written = self.outline.lines[self.pod[GRACE_KEY]][2]
        return int(written) if _NUMBER.fullmatch(written) else None

    @cached_property
    def known(self) -> list[Program]:
        """The known programs that may be run; all but those that a shell puts together."""
        return [*self.programs.may_be_run(self.words, self.images)]

    @cached_property
    def is_entered(self) -> bool:
        """Whether requests from outside may come to the pod and others like it."""
        return is_served_by_many(self, is_entered=True)

    @cached_property
    def sets_drain(self) -> bool:
        """Whether a container may run a program with a drain that is written down."""
        text = self.outline.text
        return (
            runs_shell(self)
            or any(program.may_be_set(text) for program in self.known)
            or any(mark in text for mark in self.programs.marks)
        )


def runs_shell(glance: Glance) -> bool:
    """Whether a container may run a shell, whose words can be spelt in many ways."""
    return not SHELLS.isdisjoint(glance.words)


def runs(*names: str) -> Callable[[Glance], bool]:
    """Whether a container may run a command with one of some names, or a shell that does."""
    wanted = frozenset(names)

    def may_run(glance: Glance) -> bool:
        return runs_shell(glance) or not glance.words.isdisjoint(wanted)

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


def has_grace_below(seconds: int) -> Callable[[Glance], bool]:
    """Whether the grace period may be set to less than that."""
    return lambda glance: glance.grace is None or glance.grace < seconds


def has_odd_grace(glance: Glance) -> bool:
    """Whether a grace period may be anything but one plain number in its place."""
    return glance.grace is None


def is_selected(glance: Glance, *, is_entered: bool = False) -> bool:
    """Whether a Service may select the pod, or one that is entered from outside."""
    labels = glance.labels
    return (
        _is_relabelled(glance)
        or labels is None
        or glance.cluster.may_have_service(labels, is_entered=is_entered)
    )


def is_served_by_many(glance: Glance, *, is_entered: bool = False) -> bool:
    """Whether a Service may select the pod and others like it, or one entered from outside."""
    outline, kustomized = glance.outline, glance.kustomized
    if glance.way is None:
        return True
    spec, metadata = outline.at("spec") or {}, outline.at("metadata") or {}
    has_many = outline.scalar(spec, "replicas") not in ("", "0", "1") or kustomized.replicas
    name = outline.scalar(metadata, "name") or outline.scalar(metadata, "generateName")
    if not has_many and not glance.cluster.may_scale(name):
        return False
    return is_selected(glance, is_entered=is_entered)


def is_entered(glance: Glance) -> bool:
    """Whether requests from outside may come to the pod and others like it."""
    return glance.is_entered


def has_budget(glance: Glance) -> bool:
    """Whether a PodDisruptionBudget may select the pod that may let none go."""
    return (
        _is_relabelled(glance) or glance.labels is None or glance.cluster.may_block(glance.labels)
    )


def _is_relabelled(glance: Glance) -> bool:
    """Whether kustomizations may give the pod labels that are not in its document."""
    return bool(glance.kustomized.selector_labels or glance.kustomized.template_labels)


def has_node_pool(glance: Glance) -> bool:
    """Whether Karpenter may run the pod."""
    return glance.cluster.has_any(NodePool)
