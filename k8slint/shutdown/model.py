"""One pod's shutdown: its hooks, its drains, and the grace period they need."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from k8slint.kubernetes.cluster import ALONE, Cluster
from k8slint.kubernetes.fields import Grace
from k8slint.kubernetes.gates import STOP_SIGNAL
from k8slint.kubernetes.versions import ClusterTarget
from k8slint.kubernetes.workload import Container, Hook, Pod
from k8slint.lazy import cached_property
from k8slint.manifest.values import Value
from k8slint.shutdown.budget import Budget, Sidecar, Tail, Term
from k8slint.shutdown.command import ContainerCommand, command_in_image, is_of_image
from k8slint.shutdown.declared import drain_as_stated
from k8slint.shutdown.drain import Drain
from k8slint.shutdown.hook import hook_duration, intended_duration, read_hook, scripts_of
from k8slint.shutdown.platforms import Ceiling, PoolLimits, ceilings, pool_limits
from k8slint.shutdown.programs.known import DEFAULT, Programs
from k8slint.shutdown.seconds import Seconds, exactly
from k8slint.shutdown.sidecars import ProxyDrain, proxy_drains
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.images.config import ImageConfig
    from k8slint.shutdown.expected import Expected
    from k8slint.shutdown.timeline import ContainerStop, Timeline
    from k8slint.shutdown.triggers import Trigger


class Stop:
    """How one container stops: its hook first, then its drain, on one budget.

    `revived` is what a hook would take that does not work yet. `sets_signal`: whether the cluster
    honours `lifecycle.stopSignal`.
    """

    def __init__(
        self,
        container: Container,
        programs: Programs = DEFAULT,
        revived: Seconds | None = None,
        *,
        sets_signal: bool = False,
    ) -> None:
        self.container = container
        self.programs = programs
        self.revived = revived
        self.sets_signal = sets_signal

    @property
    def hook(self) -> Hook | None:
        return self.container.pre_stop

    @cached_property
    def hook_takes(self) -> Seconds:
        if self.revived is not None:
            return self.revived
        return hook_duration(self.hook) if self.hook else exactly(0, "no preStop hook")

    @property
    def hook_seconds(self) -> float:
        """The longest that the hook can take, or what is known of it; 0 where there is none."""
        return sum(term.seconds for term in self.hook_term())

    @cached_property
    def hook_counts(self) -> tuple[Seconds, str]:
        """What the hook counts for in a sum, with ` when ...` where that is under a condition.

        The success path counts (ground rule 14): `X && sleep 60` lasts 60 s when X succeeds.
        """
        takes = self.hook_takes
        intended = intended_duration(self.hook) if self.hook and self.revived is None else None
        if intended is None or intended[0].low <= takes.low:
            return takes, ""
        if takes.is_known and intended[0].high < takes.high:
            return takes, ""
        return intended

    @cached_property
    def only_sleeps(self) -> bool:
        """Whether the hook only delays, and does nothing for the app."""
        if self.hook is None:
            return False
        reading = read_hook(self.hook) if self.hook.handlers == ("exec",) else None
        return self.hook.handlers == ("sleep",) or bool(reading and reading.is_pure_sleep)

    @cached_property
    def image(self) -> ImageConfig | None:
        """The config of its image, where that was given."""
        return self.programs.config_of(self.container.image)

    @cached_property
    def command(self) -> ContainerCommand | None:
        """What it runs; None where the image alone knows, empty where it is hidden."""
        return command_in_image(self.container, self.image)

    def origin_of(self, place: Value) -> str:
        """Which config of an image says what stands at a place, in brackets; empty for none."""
        if self.image is None or not is_of_image(place, self.container):
            return ""
        return f" ({self.image.fact.source})"

    @property
    def origin(self) -> str:
        """Which config of an image says what it runs, in brackets; empty for none."""
        words = self.command.words if self.command else ()
        return self.origin_of(words[0].value) if words else ""

    @cached_property
    def drain(self) -> Drain | None:
        """What its program does after the stop signal; None where nothing is known of it."""
        is_own = self.sets_signal and self.container.lifecycle.get("stopSignal").is_written
        signal = self.image.stop_signal if self.image and not is_own else None
        return drain_as_stated(self.container, self.command, self.programs, signal or "")

    @property
    def explicit_drain(self) -> Drain | None:
        """A drain that is written, declared by the team or measured."""
        return self.drain if self.drain and self.drain.is_explicit else None

    @cached_property
    def whole(self) -> Term | None:
        """How long hook and drain took together, where they were measured so."""
        measured = self.programs.measured
        row = measured.find(self.container, covers_hook=True) if measured else None
        label = f"measured stop ({row.basis})" if row else ""
        return Term(label, row.takes, self.container.value) if row else None

    @cached_property
    def expected(self) -> Expected:
        """What it is expected to do by documented facts, too, which no warning stands on."""
        # Few ask, and the tables of images take long to load.
        from k8slint.shutdown.expected import Expected

        return Expected(self.container, self.programs, sets_signal=self.sets_signal)

    def hook_term(self, label: str = "preStop") -> Iterator[Term]:
        if self.hook is not None or self.revived is not None:
            scripts = scripts_of(self.hook) if self.hook and self.revived is None else ""
            place = self.hook.place if self.hook else None
            yield Term(f"{label}{scripts}", self.hook_counts[0], place)


class Shutdown:
    """The model every rule about time asks."""

    def __init__(
        self,
        pod: Pod,
        target: ClusterTarget,
        programs: Programs = DEFAULT,
        cluster: Cluster = ALONE,
    ) -> None:
        self.pod = pod
        self.target = target
        self.programs = programs
        self.cluster = cluster
        self._so_far: dict[tuple[int, int], Sequence[tuple[Container | None, Budget]]] = {}
        self._before: dict[int, Sequence[float]] = {}
        _add_variables_of_images(pod, programs)

    @property
    def grace(self) -> Grace:
        return self.pod.grace

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        """The containers that can be stopped on their own terms: main ones and sidecars."""
        honours = self.target.has(STOP_SIGNAL)
        return tuple(
            Stop(container, self.programs, sets_signal=honours)
            for container in self.pod.containers
            if container.runs_hooks
        )

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[Stop]]:
        found: dict[str, list[Stop]] = defaultdict(list)
        for stop in self.stops:
            found[stop.container.name].append(stop)
        return found

    @cached_property
    def main(self) -> tuple[Stop, ...]:
        return tuple(stop for stop in self.stops if stop.container.role == "main")

    @cached_property
    def sidecars(self) -> tuple[Stop, ...]:
        """The native sidecars, in the order in which they are written."""
        return tuple(stop for stop in self.stops if stop.container.role == "sidecar")

    @cached_property
    def proxy_drains(self) -> tuple[ProxyDrain, ...]:
        """The drains that annotations give to injected proxies."""
        return tuple(proxy_drains(self.annotations))

    @cached_property
    def pool_limits(self) -> PoolLimits:
        """The NodePools of the run that can run the pod, with the time they give it."""
        return pool_limits(self.pod, self.cluster)

    @cached_property
    def ceilings(self) -> tuple[Ceiling, ...]:
        """The spot classes the pod must or may run on."""
        return tuple(ceilings(self.pod))

    @cached_property
    def annotations(self) -> Value:
        return self.pod.metadata.get("annotations")

    def budget(self, stop: Stop, drain: Drain | None, *, margin: int, window: int = 0) -> Budget:
        """The grace period that fits one main container and the sidecars after it.

        Hook and drain share one budget: `killContainer` in
        `pkg/kubelet/kuberuntime/kuberuntime_container.go`. A drain that is not known, or shorter,
        counts as `window`.
        """
        terms = self._tail.behind(_own_terms(stop, drain, window))
        return Budget((*terms, *_margin(margin)))

    def room(self, stop: Stop, *, margin: int) -> int | None:
        """The whole seconds a container's drain can have; None where that is not known, or none.

        What the sidecars behind it need is left to them.
        """
        if self.grace.seconds is None or not stop.hook_takes.is_known:
            return None
        taken = self.budget(stop, None, margin=margin).exact
        left = math.floor(self.grace.seconds - taken)
        return left if left > 0 else None

    def required(self, *, margin: int, window: int) -> Budget:
        """The grace period that fits the slowest container of the pod."""
        return self._longest(margin, window)[0][1]

    def required_with(
        self, container: Container, takes: Seconds, *, margin: int, window: int
    ) -> int:
        """The grace period that fits the pod once a hook that does not work yet takes so long."""
        longest = self._longest(margin, window)
        revived = Stop(container, self.programs, takes)
        match container.role:
            case "main":
                others = (budget for one, budget in longest if one is not container)
                drain = revived.explicit_drain
                own = self.budget(revived, drain, margin=margin, window=window)
                return max(own.seconds, next(others).seconds)
            case "sidecar":
                number = [stop.container for stop in self.sidecars].index(container)
                behind = self._tail.longest_with(number, takes, self._before_sidecars(window))
                needed = [one.seconds for _, one in self._proxy_budgets(margin)]
                return max([math.ceil(round(behind + margin, 6)), *needed])
        return longest[0][1].seconds

    def _longest(self, margin: int, window: int) -> Sequence[tuple[Container | None, Budget]]:
        """The two longest budgets of containers, of injected proxies and of the sidecars alone."""
        if (margin, window) not in self._so_far:
            budgets: list[tuple[Container | None, Budget]] = []
            for stop in self.main:
                drain = stop.explicit_drain
                budget = self.budget(stop, drain, margin=margin, window=window)
                budgets.append((stop.container, budget))
            budgets += self._proxy_budgets(margin)
            budgets.append((None, Budget((*self._tail.behind([]), *_margin(margin)))))
            budgets.sort(key=lambda one: -one[1].seconds)
            self._so_far[margin, window] = budgets[:2]
        return self._so_far[margin, window]

    def _proxy_budgets(self, margin: int) -> Iterator[tuple[None, Budget]]:
        for drain in self.proxy_drains:
            term = Term(drain.name, exactly(drain.seconds), drain.value)
            yield None, Budget((term, *_margin(margin)))

    def _before_sidecars(self, window: int) -> Sequence[float]:
        """What may come before the sidecars: nothing, or what a main container takes itself."""
        if window not in self._before:
            own = (_own_terms(stop, stop.explicit_drain, window) for stop in self.main)
            self._before[window] = sorted({0, *(sum(one.seconds for one in s) for s in own)})
        return self._before[window]

    @cached_property
    def _tail(self) -> Tail:
        return Tail(map(_as_sidecar, self.sidecars))

    def timeline(
        self,
        trigger: Trigger | None = None,
        *,
        limit: int | None = None,
        container: str = "",
        grace: int | None = None,
    ) -> Timeline | None:
        """How the pod ends, when it is deleted or by another trigger.

        None where its grace period is not known. `container` is the one a probe failure stops,
        `limit` the number that comes with a deletion, an eviction or a shutdown of the node (for a
        spot node, the notice of those the pod can run on), `grace` replaces that of the pod.
        """
        # No rule plays a timeline.
        from k8slint.shutdown.timeline import play
        from k8slint.shutdown.triggers import DELETE, SPOT, grace_under

        trigger = trigger or DELETE
        own = self.grace.raw if grace is None else grace
        if own is None:
            return None
        if trigger is SPOT and limit is None:
            limit = min((one.spot.notice for one in self.ceilings), default=None)
        period = grace_under(
            trigger, own, limit=limit, probe=self._probe_grace(trigger, container)
        )
        return play(self.parts(trigger, container), period, trigger, container=container)

    def parts(self, trigger: Trigger, container: str = "") -> list[ContainerStop]:
        """What the containers do that an ending may stop; `container` is one that stops alone."""
        from k8slint.shutdown.triggers import Affected

        is_alone = trigger.scope is Affected.CONTAINER
        stops = self._by_name[container] if is_alone else self.stops
        return [self._part(stop) for stop in stops]

    def _probe_grace(self, trigger: Trigger, container: str) -> int | None:
        name = f"{trigger.name}Probe"
        probes = (probe for stop in self._by_name[container] for probe in stop.container.probes)
        return next((probe.grace.number for probe in probes if probe.name == name), None)

    def _part(self, stop: Stop) -> ContainerStop:
        from k8slint.shutdown.timeline import ContainerStop

        counts, when = stop.hook_counts
        expected = stop.expected
        return ContainerStop(
            stop.container.name,
            "sidecar" if stop.container.role == "sidecar" else "main",
            stop.hook_takes if stop.hook else None,
            expected.drains,
            expected.signal.name,
            (counts, when) if when else None,
            expected.signal.fact,
            expected.drain_fact,
            next(map(hook_duration, stop.container.post_starts), None),
        )


def _as_sidecar(stop: Stop) -> Sidecar:
    drain = stop.explicit_drain
    hook = stop.hook_term(f"preStop of {stop.container.name}")
    return Sidecar(stop.hook_counts[0], tuple(hook), tuple(_terms(drain)) if drain else ())


def _own_terms(stop: Stop, drain: Drain | None, window: int) -> list[Term]:
    """What a container takes itself: a drain that is not known, or shorter, counts as `window`.

    Of that sum, and hook and drain as they were measured together, the longer counts.
    """
    terms = [*stop.hook_term()]
    if drain and drain.span.low >= window:
        terms += _terms(drain)
    elif window:
        terms.append(Term("drain window", exactly(window)))
    whole = stop.whole
    return [whole] if whole and whole.seconds > sum(term.seconds for term in terms) else terms


def _margin(seconds: int) -> Iterator[Term]:
    if seconds:
        yield Term("margin", exactly(seconds))


def _terms(drain: Drain) -> Iterator[Term]:
    for stage in drain.stages:
        yield Term(stage.label, stage.span, stage.value)


def _add_variables_of_images(pod: Pod, programs: Programs) -> None:
    """Tell the containers with hooks which variables their images set, as far as it is known."""
    for container in pod.containers if programs.may_know_images else ():
        if container.lifecycle.is_written:
            config = programs.config_of(container.image)
            container.image_env = dict(config.env or ()) if config else {}
            container.image_source = config.fact.source if config else ""
