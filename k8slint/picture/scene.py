"""What there is to show of the end of one pod, as plain data without the parsed tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from k8slint.kubernetes.workload import Container, Pod, Workload
from k8slint.lazy import cached_property
from k8slint.lint.findings import resource_of
from k8slint.lint.identity import Resource
from k8slint.lint.scope import LintScope
from k8slint.manifest.scalars import as_int64
from k8slint.manifest.values import Value
from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.shutdown.budget import MARGIN, WINDOW, Budget
from k8slint.shutdown.exempt import runs_to_its_end
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.platforms import Ceiling, ceilings
from k8slint.shutdown.rollout import Cost, node_drain, update_of
from k8slint.shutdown.seconds import Seconds
from k8slint.shutdown.timeline import Timeline, Track
from k8slint.shutdown.triggers import DELETE, GraceSource, Trigger
from k8slint.shutdown.triggers import Affected as Reach


@dataclass(frozen=True, slots=True)
class Played:
    """Which end to play; `grace` replaces that of the pod, or is what the node gives."""

    trigger: Trigger = DELETE
    grace: int | None = None

    @property
    def takes_a_limit(self) -> bool:
        """Whether `grace` limits that of the pod instead of replacing it."""
        return self.trigger.grace in (GraceSource.LIMIT, GraceSource.SMALLER)

    @property
    def probe(self) -> str:
        """The probe that ends a container."""
        return f"{self.trigger.name}Probe"


@dataclass(frozen=True, slots=True)
class BudgetTerm:
    """One term of the sum, with the line it is written in."""

    label: str
    seconds: float
    span: Seconds
    line: int | None


@dataclass(frozen=True, slots=True)
class Needed:
    """The grace period a pod needs."""

    seconds: int
    is_minimum: bool
    entries: tuple[BudgetTerm, ...]
    sum: str


@dataclass(frozen=True, slots=True)
class Costs:
    """The longest time that others wait for the pods of a workload."""

    update: Cost | None
    drain: Cost | None
    drain_one_by_one: Cost | None
    for_each_node: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """The end of one pod, or of one of its containers, and what to say about it.

    `part` distinguishes the pods of one object. If `timeline` is None, `missing` says why.
    """

    resource: Resource
    path: str
    line: int
    part: str
    grace: str
    timeline: Timeline | None
    needed: Needed
    missing: str = ""
    costs: Costs | None = None

    @property
    def title(self) -> str:
        return f"{self.resource} {self.part}".rstrip()

    @property
    def short_by(self) -> int:
        """Seconds of grace that are missing; negative if some are left."""
        return self.needed.seconds - self.timeline.grace if self.timeline else 0


@dataclass(frozen=True, slots=True)
class Staged:
    """The scenes of one source, and the places that could not be read."""

    scenes: tuple[Scene, ...]
    unreadable: tuple[str, ...] = ()
    is_template: bool = False


@dataclass(frozen=True, eq=False)
class _Play:
    """One ending of one pod, or of the `container` that fails its probe."""

    shutdown: Shutdown
    ending: Played
    container: Container | None = None

    @cached_property
    def timeline(self) -> Timeline | None:
        name = self.container.name if self.container else ""
        trigger, grace = self.ending.trigger, self.ending.grace
        if not self.ending.takes_a_limit:
            return self.shutdown.timeline(trigger, container=name, grace=grace)
        if self.notice and grace is None:
            grace = self.notice.spot.notice
        return self.shutdown.timeline(trigger, container=name, limit=grace)

    @cached_property
    def notice(self) -> Ceiling | None:
        """The spot class of the pod that gives the shortest notice."""
        if self.ending.trigger.name != "spot":
            return None
        found = ceilings(self.shutdown.pod)
        return min(found, key=lambda ceiling: ceiling.spot.notice, default=None)

    @property
    def grace(self) -> str:
        """The grace period in words, and where it comes from."""
        own = self.shutdown.grace
        if self.timeline is None:
            return own.label if own.seconds is not None else "grace period unknown"
        grace = self.timeline.grace
        origin = self._replaced_by(grace)
        if origin and own.seconds not in (None, grace):
            origin += f"; the pod has {own}"
        return f"grace period {grace} s ({origin or self._own_origin()})"

    def _replaced_by(self, grace: int) -> str:
        """Return what sets the grace period instead of the pod; empty if nothing does."""
        own, ending = self.shutdown.grace.seconds, self.ending
        probe = _probe_grace(self.container, ending) if self.container else None
        if probe and probe.is_written:
            return f"{ending.probe}, line {line_of(probe)}"
        if ending.trigger.grace is GraceSource.NONE:
            return ending.trigger.title
        if ending.grace is not None and (
            grace == max(ending.grace, 1) or not ending.takes_a_limit
        ):
            return "--grace"
        if own == grace:
            return ""
        if own is not None and own < grace:
            return "the minimum"
        if self.notice:
            return f"notice of {self.notice.spot.name}, line {line_of(self.notice.value)}"
        return ending.trigger.title

    def _own_origin(self) -> str:
        own, ending = self.shutdown.grace, self.ending
        origin = "default" if own.is_default else f"line {line_of(own.value)}"
        is_limited = ending.trigger.grace is GraceSource.SMALLER
        if is_limited and ending.grace is None and not self.notice:
            origin += "; the node may give less: --grace N"
        return origin


def scenes_of(workload: Workload, scope: LintScope, ending: Played) -> Iterator[Scene]:
    """Yield the end of every pod of a workload, or of each container that stops alone."""
    for pod in workload.pods:
        shutdown = Shutdown(pod, scope.target, scope.programs)
        if reason := _cannot_happen(shutdown, ending):
            yield _scene(_Play(shutdown, ending), reason, is_drawn=False)
        elif ending.trigger.scope is Reach.CONTAINER:
            for container in _stopped_alone(shutdown, ending):
                yield _scene(_Play(shutdown, ending, container), _PLAY_ONE)
        else:
            yield _scene(_Play(shutdown, ending), _PLAY_ONE)


_PLAY_ONE = "--grace N sets one"


def _stopped_alone(shutdown: Shutdown, ending: Played) -> Iterator[Container]:
    """Yield the containers that an ending stops one at a time."""
    for stop in shutdown.stops:
        container = stop.container
        match ending.trigger.name:
            case "change":
                yield container
            case "post-start":
                if any(hook.event == "postStart" for hook in container.hooks):
                    yield container
            case _:
                if _probe_grace(container, ending) is not None:
                    yield container


def _cannot_happen(shutdown: Shutdown, ending: Played) -> str:
    """Return why a pod cannot end like that; empty if it can."""
    pod = shutdown.pod
    if not shutdown.stops and ending.trigger.scope is not Reach.CONTAINER:
        return "no container"
    match ending.trigger.name:
        case "liveness" | "startup" if not any(_stopped_alone(shutdown, ending)):
            return f"no container has a {ending.probe}"
        case "post-start" if not any(_stopped_alone(shutdown, ending)):
            return "no container has a postStart hook"
        case "change" if not shutdown.stops:
            return "no container"
        case "deadline" if not pod.spec.get("activeDeadlineSeconds").is_written:
            return "no activeDeadlineSeconds"
        case "completion" if not runs_to_its_end(pod):
            return "its main containers are restarted when they finish"
        case "completion" if not shutdown.sidecars:
            return "no native sidecar that would keep running"
        case "restart-all" if not any(map(_restarts_all, pod.containers)):
            return "no container has a rule with RestartAllContainers"
    return ""


def _restarts_all(container: Container) -> bool:
    """Whether an exit of a container can restart all containers (KEP-5532)."""
    rules = container.value.get("restartPolicyRules").items()
    return any(rule.get("action").text == "RestartAllContainers" for rule in rules)


def _scene(play: _Play, missing: str, *, is_drawn: bool = True) -> Scene:
    """Return the scene of a play; `missing` says why there is nothing to draw."""
    pod, timeline = play.shutdown.pod, play.timeline if is_drawn else None
    if timeline:
        timeline = timeline._replace(lanes=tuple(map(_bounded, timeline.lanes)))
    return Scene(
        resource_of(pod.workload, play.container).bounded(),
        pod.spec.document.source.name,
        line_of(pod.workload.value),
        part_of(pod),
        play.grace,
        timeline,
        _needed(play.shutdown),
        "" if timeline else missing,
        _costs(play.shutdown, timeline) if timeline and play.ending.trigger is DELETE else None,
    )


def _bounded(lane: Track) -> Track:
    return lane._replace(name=clipped(lane.name, LONGEST_NAME))


def _probe_grace(container: Container, ending: Played) -> Value | None:
    """Return where a probe of a container sets its own grace period, or would."""
    probes = {probe.name: probe.grace.value for probe in container.probes}
    return probes.get(ending.probe)


# Each container of a pod that fails its probe has a picture of its own.
@lru_cache(maxsize=1)
def _needed(shutdown: Shutdown) -> Needed:
    """Return the sum of what is drawn, with defaults of programs as well as written numbers."""
    budgets = [
        shutdown.budget(stop, stop.expected.drain, margin=MARGIN, window=WINDOW)
        for stop in shutdown.main
    ]
    budgets.append(shutdown.required(margin=MARGIN, window=WINDOW))
    longest: Budget = max(budgets, key=lambda budget: budget.exact)
    entries = (
        BudgetTerm(
            clipped(term.label),
            term.seconds,
            term.span,
            line_of(term.value) if term.value else None,
        )
        for term in longest.terms
    )
    return Needed(longest.seconds, longest.is_minimum, tuple(entries), clipped(str(longest)))


def _costs(shutdown: Shutdown, timeline: Timeline) -> Costs:
    workload = shutdown.pod.workload
    update = update_of(workload, timeline.ends, shutdown.target)
    if workload.kind == "DaemonSet":  # A node drain does not evict its pods.
        return Costs(update, None, None, for_each_node=True)
    replicas = as_int64(workload.value.at("spec", "replicas").scalar) or 1
    return Costs(
        update,
        node_drain(replicas, timeline.ends),
        node_drain(replicas, timeline.ends, at_once=1) if replicas > 1 else None,
        for_each_node=False,
    )


def part_of(pod: Pod) -> str:
    """Return what distinguishes a pod from others of its object; empty if there are none."""
    if len(pod.workload.pods) == 1:
        return ""
    inside = pod.spec.pointer[len(pod.workload.value.pointer) :]
    return ".".join(map(str, inside))


def line_of(value: Value) -> int:
    """Return the line a value is written in."""
    line, _ = value.document.source.position(value.head[0])
    return line
