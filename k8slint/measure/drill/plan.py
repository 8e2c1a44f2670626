"""What a drill does to one container, as the model of a shutdown says."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence

from k8slint.errors import UsageError
from k8slint.images.fact import Fact, Strength
from k8slint.kubernetes.workload import Container
from k8slint.measure.drill.actions import ExecAction, HandlerAction, HttpAction, action_of_hook
from k8slint.measure.drill.ready import ReadyCheck, ready_check_of
from k8slint.outside.terminal import echoed
from k8slint.records import NamedTuple
from k8slint.shutdown.measured import workload_key
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.seconds import Seconds, exactly, unbounded, unknown
from k8slint.shutdown.timeline import ContainerStop, Track, play
from k8slint.shutdown.triggers import Trigger, grace_under
from k8slint.shutdown.variables import variables

# Those of a container are about its own file system.
_OF_THE_IMAGE = frozenset({"PATH", "HOME", "PWD"})
_GIVEN = Fact(Strength.WRITTEN, "--signal")
_USUAL = "SIGTERM"


class DrillPlan(NamedTuple):
    """The end of one container: `parts` are all that the ending stops.

    `has_init` is whether the application is not process 1 of its container. `unset` are variables
    of the manifest whose values are not in it. `workload` is a `workload_key`; it is empty
    without a manifest.
    """

    name: str
    parts: tuple[ContainerStop, ...]
    grace: int
    trigger: Trigger
    signal: str
    hook: HandlerAction | None = None
    check: ReadyCheck | None = None
    ports: tuple[int, ...] = ()
    variables: Mapping[str, str] = {}
    unset: tuple[str, ...] = ()
    has_init: bool = False
    workload: str = ""
    image: str = ""

    @property
    def signal_number(self) -> int:
        return signal_number(self.signal)

    @property
    def hook_can_end(self) -> bool:
        """Whether the hook may end the application, as one does that runs `nginx -s quit`."""
        return isinstance(self.hook, (ExecAction, HttpAction))

    @property
    def predicted(self) -> Track:
        """What the model expects of the container."""
        return self._play(self.parts)

    def ending(self, hook: float | None) -> Track:
        """Return when the signals are sent, given what the hook took."""
        return self._play([self._measure(part, hook, None) for part in self.parts])

    def happened(self, hook: float | None, drain: float, *, was_killed: bool) -> Track:
        """Return what happened as the model shows it."""
        takes = (
            unbounded("measured: it did not end by itself", drain)
            if was_killed
            else exactly(drain, "measured")
        )
        return self._play([self._measure(part, hook, takes) for part in self.parts])

    def _measure(
        self, part: ContainerStop, hook: float | None, drain: Seconds | None
    ) -> ContainerStop:
        if part.name != self.name:
            return part
        took = None if hook is None else exactly(hook, "measured")
        return part._replace(
            hook=took, drain=drain or part.drain, signal=self.signal, intended=None, starting=None
        )

    def _play(self, parts: Sequence[ContainerStop]) -> Track:
        lanes = play(parts, self.grace, self.trigger, container=self.name).lanes
        return next(lane for lane in lanes if lane.name == self.name)


def plan_for(
    shutdown: Shutdown, container: Container, trigger: Trigger, grace: int, stop_signal: str | None
) -> DrillPlan:
    """Return the plan for a container of a manifest. Raises UsageError.

    `grace` is what the ending gives; `stop_signal` replaces that of manifest and image.
    """
    parts = tuple(shutdown.parts(trigger, container.name))
    (own,) = (part for part in parts if part.name == container.name)
    if stop_signal:
        given = own._replace(signal=_check_name(stop_signal), signal_fact=_GIVEN)
        parts = tuple(given if part is own else part for part in parts)
    runs_hook = container.pre_stop and trigger.runs_hooks and grace > 0
    known = variables(container)
    spec, workload = container.pod.spec, container.pod.workload
    return DrillPlan(
        container.name,
        parts,
        grace,
        trigger,
        _check_name(stop_signal or own.signal),
        action_of_hook(container.pre_stop) if container.pre_stop and runs_hook else None,
        ready_check_of(container),
        tuple(_ports(container)),
        {name: one.text for name, one in known.items() if one.text and name not in _OF_THE_IMAGE},
        tuple(name for name, one in known.items() if one.text is None),
        any(spec.get(key).scalar is True for key in ("shareProcessNamespace", "hostPID")),
        workload_key(workload.kind, workload.namespace, workload.name),
        container.image or "",
    )


def plan_alone(
    trigger: Trigger, pod_grace: int, limit: int | None, stop_signal: str | None
) -> DrillPlan:
    """Return the plan for a container without a manifest: no hook, no probe. Raises UsageError."""
    name = _check_name(stop_signal or _USUAL)
    given = _GIVEN if stop_signal else Fact(Strength.WRITTEN, "default")
    part = ContainerStop("app", "main", None, unknown("not measured yet"), name, None, given)
    grace = grace_under(trigger, pod_grace, limit=limit)
    return DrillPlan(part.name, (part,), grace, trigger, name)


def signal_number(name: str) -> int:
    """Return the number of a signal by its name, such as SIGTERM or SIGRTMIN+3."""
    base, plus, more = name.partition("+")
    return signal.Signals[base] + (int(more) if plus else 0)


def _check_name(name: str) -> str:
    name = name if name.startswith("SIG") else f"SIG{name}"
    try:
        signal_number(name)
    except (KeyError, ValueError):
        raise UsageError(f"{echoed(name)} is not a signal of this system") from None
    return name


def _ports(container: Container) -> Sequence[int]:
    found = (item.get("containerPort").scalar for item in container.value.get("ports").items())
    return [port for port in found if isinstance(port, int)]
