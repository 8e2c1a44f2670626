"""What findings need, merged into one edit per key, with the safety of the whole."""

import math
from collections.abc import Iterable, Iterator, Sequence

from k8slint.kubernetes.defaults import DEFAULT_GRACE, GRACE_KEY
from k8slint.kubernetes.fields import Grace
from k8slint.kubernetes.gates import NATIVE_SLEEP
from k8slint.kubernetes.versions import dotted
from k8slint.kubernetes.workload import Container, Hook, Pod
from k8slint.manifest.operations import Delete, Move, Operation, Set
from k8slint.manifest.values import Pointer
from k8slint.records import NamedTuple
from k8slint.shutdown.budget import MARGIN, WINDOW
from k8slint.shutdown.command import with_argument
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.seconds import Seconds, format_number

# Where people put the key: after the first of these siblings there is, of a group the last.
GRACE_SIBLINGS = ("serviceAccountName", "securityContext", "containers")
LIFECYCLE_SIBLINGS = (("startupProbe", "readinessProbe", "livenessProbe"), "ports")

# Below this a grace period leaves time for nothing (GS106).
TINY_GRACE = 5

# Up to here a longer grace period only lets a hung pod linger; nobody is killed earlier.
SAFE_GRACE = 120
# A liveness or startup failure waits for the pod's grace period where the probe has none.
SAFE_GRACE_WITH_PROBE = 60
_LEAST_PROBE_GRACE = 30


class Need(NamedTuple):
    """What would have to be true for a finding to be gone.

    Needs of one pod about the grace period are met together: the strongest counts. `operations`
    say what else to change, `title` in words; `unsafe` says why that could hurt a running
    workload. `grace_from` moves a misplaced key to where it counts. `sleep` is how long the hook
    that the operations write sleeps.
    """

    grace: int | None = None
    grace_removed: bool = False
    grace_from: Pointer | None = None
    respell: bool = False
    operations: tuple[Operation, ...] = ()
    title: str = ""
    unsafe: str = ""
    sleep: int = 0

    @property
    def is_about_grace(self) -> bool:
        return self.grace is not None or self.grace_removed


class NoRepair(NamedTuple):
    """Why nothing is known to meet a need, and what would change that, in words."""

    why: str


def fit_grace_period(
    shutdown: Shutdown, hook: Hook, takes: Seconds, need: Need, *, margin: int, window: int
) -> Need:
    """A need that brings a hook to life, and with it the grace period the pod needs then."""
    if shutdown.grace.seconds is None or not takes.low:
        return need
    required = math.ceil(takes.low)
    if hook.event == "preStop":
        required = shutdown.required_with(hook.container, takes, margin=margin, window=window)
    return need._replace(grace=max(required, need.grace or 0))


def add_argument(stop: Stop, argument: str, need: Need) -> Need | NoRepair:
    """A need for one more argument to what a container runs, if that is written as a list."""
    is_plain = stop.command is None or stop.command.is_plain
    operation = with_argument(stop.container, argument) if is_plain else None
    if operation is None:
        return NoRepair(f"the arguments are not items of a list; add {argument} by hand")
    return need._replace(operations=(operation,))


def no_room(shutdown: Shutdown, stop: Stop) -> NoRepair:
    """Why a container's drain can have no part of the grace period, or how much is unknown."""
    if shutdown.grace.seconds is None:
        return NoRepair("the grace period is not known, so neither is how much of it is left")
    if not stop.hook_takes.is_known:
        return NoRepair("how long preStop takes is not known, so neither is what it leaves")
    return NoRepair(f"nothing is left of the grace period {shutdown.grace}; raise it first")


def risk_of_native_sleep(shutdown: Shutdown) -> str:
    """Why a cluster may not know the native sleep action; empty where it does."""
    if not shutdown.pod.workload.is_built_in:
        return "the schema of a custom resource may drop the field"
    if shutdown.target.minor is None:
        return (
            f"it needs Kubernetes {dotted(NATIVE_SLEEP.since)}, and no kubernetes-version is set"
        )
    return ""


def waits_long(grace: float, hook: float) -> bool:
    """Whether a container that no longer works is kept for long, and not by its hook."""
    return grace > max(SAFE_GRACE, 2 * hook)


def probe_grace(hook: float, *, margin: int, window: int) -> int:
    """The grace period of a liveness probe that leaves a hook of some seconds its time."""
    return max(_LEAST_PROBE_GRACE, math.ceil(hook) + window + margin)


def use_native_sleep(shutdown: Shutdown, place: Pointer, seconds: int | None) -> Need | None:
    """The need for the native sleep action in place of the handler at `place`.

    None where it is not certain that the server knows the action, or there is nothing to sleep.
    """
    is_known = shutdown.pod.workload.is_built_in and shutdown.target.has(NATIVE_SLEEP)
    if seconds is None or not is_known:
        return None
    return Need(
        operations=(Set(place, {"seconds": seconds}, key="sleep"),),
        title=f"use the native sleep action for {seconds} s",
    )


class Repair(NamedTuple):
    """Operations that stand or fall together, for the needs at `needs`."""

    needs: tuple[int, ...]
    operations: tuple[Operation, ...]
    title: str
    unsafe: str


def solve(shutdown: Shutdown, needs: Sequence[Need]) -> Iterator[Repair]:
    """Meet the needs of one pod: everything that touches the grace period in one repair."""
    shrinks = any(need.grace_removed or need.grace_from for need in needs)
    together: list[int] = []
    separate: list[int] = []
    for index, need in enumerate(needs):
        is_met_together = need.is_about_grace and (shrinks or not _has_room(shutdown, need))
        (together if is_met_together else separate).append(index)
    # What the grace period has to be is known once a hook is gone: that takes another round.
    is_later = any(_removes_hook(needs[index]) for index in separate)
    if together and not is_later:
        yield _grace_repair(shutdown, together, [needs[index] for index in together])
    yield from separately(needs, separate)


def separately(needs: Sequence[Need], indexes: Iterable[int]) -> Iterator[Repair]:
    """Meet the needs at some indexes one by one, those that are the same at once."""
    same: dict[str, list[int]] = {}
    for index in indexes:
        same.setdefault(repr(needs[index].operations), []).append(index)
    for group in same.values():
        first = needs[group[0]]
        yield Repair(tuple(group), first.operations, first.title, first.unsafe)


def _removes_hook(need: Need) -> bool:
    names = ("lifecycle", "preStop", "postStart")
    return any(isinstance(one, Delete) and one.pointer[-1] in names for one in need.operations)


def risk_of(shutdown: Shutdown, need: Need) -> str:
    """Why meeting one need alone could make a running workload worse; empty where it cannot."""
    shrinks = need.grace_removed or need.grace_from
    if need.is_about_grace and (shrinks or not _has_room(shutdown, need)):
        return _risk(shutdown, [need], _goal(shutdown, [need]))
    return need.unsafe


def _has_room(shutdown: Shutdown, need: Need) -> bool:
    """Whether the grace period there is covers what a need for something else asks of it."""
    grace = shutdown.grace.seconds
    return bool(need.operations) and grace is not None and (need.grace or 0) <= grace


class _Goal(NamedTuple):
    """What some needs come to together: how long the grace period is wanted to be.

    `current` is what it is without them, the default where it is removed; None where that is not
    known. `misplaced` are keys that are to move, the strongest first.
    """

    wanted: int
    current: int | None
    is_removed: bool
    misplaced: tuple[tuple[int, Pointer], ...]


def _goal(shutdown: Shutdown, needs: Sequence[Need]) -> _Goal:
    grace = shutdown.grace
    misplaced = sorted(
        ((need.grace or 0, need.grace_from) for need in needs if need.grace_from), reverse=True
    )
    # A period this short was written on purpose, and is not stretched a little but given up.
    is_removed = any(need.grace_removed for need in needs) or _is_tiny(grace)
    current = DEFAULT_GRACE if is_removed else grace.seconds
    wanted = max((need.grace for need in needs if need.grace is not None), default=0)
    if not misplaced:
        wanted = max(wanted, current or 0)
    return _Goal(wanted, current, is_removed, tuple(misplaced))


def _grace_repair(shutdown: Shutdown, indexes: list[int], needs: list[Need]) -> Repair:
    goal = _goal(shutdown, needs)
    operations, title = _grace_change(shutdown, needs, goal)
    titles = [title, *(need.title for need in needs if need.title)]
    if goal.wanted > SAFE_GRACE >= (shutdown.grace.seconds or 0):
        for operation, title in _probe_changes(shutdown, needs, goal.wanted):
            operations.append(operation)
            titles.append(title)
    operations += {repr(op): op for need in needs for op in need.operations}.values()
    return Repair(
        tuple(indexes),
        tuple(operations),
        " and ".join(dict.fromkeys(filter(None, titles))),
        _risk(shutdown, needs, goal),
    )


def _probe_changes(
    shutdown: Shutdown, needs: Sequence[Need], grace: int
) -> Iterator[tuple[Operation, str]]:
    """What keeps a long grace period from the liveness probes, as GS702 asks by default."""
    sleeps: dict[Container, int] = {}
    for need in needs:
        for operation in need.operations if need.sleep else ():
            if container := shutdown.pod.container_around(operation.pointer):
                sleeps[container] = max(need.sleep, sleeps.get(container, 0))
    for stop in shutdown.stops:
        hook = max(stop.hook_seconds, sleeps.get(stop.container, 0))
        for probe in stop.container.probes_without_grace:
            if probe.name == "livenessProbe" and waits_long(grace, hook):
                seconds = probe_grace(hook, margin=MARGIN, window=WINDOW)
                title = f"set {probe.name}.{GRACE_KEY} of {stop.container.name} to {seconds}"
                yield Set(probe.grace.value.pointer, seconds), title


def _grace_change(
    shutdown: Shutdown, needs: Sequence[Need], goal: _Goal
) -> tuple[list[Operation], str]:
    """What to do about the grace period itself, also in words."""
    grace, pod, wanted = shutdown.grace, shutdown.pod, goal.wanted
    pointer = grace.value.pointer
    if goal.misplaced:
        (moved, source), *others = goal.misplaced
        operations = _moved(source, pointer, moved, wanted)
        operations += (Delete(dead) for _, dead in others)
        if source[:-1] == pointer[:-1]:
            return operations, f"rename {source[-1]} to {GRACE_KEY}, {wanted}"
        return operations, f"move {source[-1]} to the pod spec as {GRACE_KEY} {wanted}"
    if goal.is_removed and wanted == DEFAULT_GRACE:
        counts = (
            "the value of the patched object" if pod.is_partial else f"the default of {wanted} s"
        )
        return [Delete(pointer)], f"remove {GRACE_KEY} {grace.raw}, so that {counts} applies"
    if goal.current is None or wanted > goal.current or any(need.respell for need in needs):
        return [Set(pointer, wanted, GRACE_SIBLINGS)], _grace_title(shutdown, wanted)
    return [], ""


def _risk(shutdown: Shutdown, needs: Sequence[Need], goal: _Goal) -> str:
    risks = [need.unsafe for need in needs]
    risks.append(
        _risk_of_changing(
            shutdown, goal.wanted, moved=bool(goal.misplaced), removed=goal.is_removed
        )
    )
    return "; ".join(dict.fromkeys(filter(None, risks)))


def _is_tiny(grace: Grace) -> bool:
    return not grace.is_default and grace.raw is not None and 0 <= grace.raw < TINY_GRACE


def _moved(source: Pointer, pointer: Pointer, moved: int, wanted: int) -> list[Operation]:
    if source[:-1] == pointer[:-1]:
        return [Set(source, wanted, key=GRACE_KEY)]
    return [Move(source, pointer, GRACE_SIBLINGS, None if wanted == moved else wanted)]


def _grace_title(shutdown: Shutdown, wanted: int) -> str:
    grace = shutdown.grace
    if wanted == grace.raw:
        return f"write {GRACE_KEY} as {wanted}"
    default = " (default)" if grace.is_default else ""
    title = f"raise {GRACE_KEY} from {grace.raw}{default} to {wanted}"
    kind = shutdown.pod.workload.kind
    if kind in ("StatefulSet", "DaemonSet") and grace.seconds is not None:
        more = wanted - grace.seconds
        title += f" (a {kind} can then wait {more} s longer for each pod)"
    return title


def _risk_of_changing(shutdown: Shutdown, wanted: int, *, moved: bool, removed: bool) -> str:
    grace, pod = shutdown.grace, shutdown.pod
    if moved and wanted < DEFAULT_GRACE:
        return f"the pod now has the default of {DEFAULT_GRACE} s, and would get less"
    if removed and pod.is_partial:
        return "the patched object may have its own grace period and hooks"
    if removed and _has_hooks(pod):
        return f"a grace period of {grace.raw} s is often deliberate"
    return _risk_of_raising(shutdown, grace.seconds or 0, wanted)


def _has_hooks(pod: Pod) -> bool:
    return any(container.pre_stop for container in pod.containers)


def _risk_of_raising(shutdown: Shutdown, current: int, wanted: int) -> str:
    """Why a longer grace period could make a running workload worse; empty where it cannot."""
    if wanted <= current:
        return ""
    pod = shutdown.pod
    workload = pod.workload
    if workload.value.at("spec", "strategy", "type").text == "Recreate":
        return "a Recreate Deployment has no pod while the old ones stop, and the gap would grow"
    if pod.takes_host_ports:
        return "the host port stays in use while the old pod stops, and the gap would grow"
    for ceiling in shutdown.ceilings:
        if wanted > ceiling.spot.notice:
            return f"{ceiling.spot.name} gives only {ceiling.spot.notice} s of notice"
    for pool, limit in shutdown.pool_limits.falling:
        if wanted > limit:
            return f"{pool.meta} terminates its pods after {format_number(limit)} s"
    if wanted > SAFE_GRACE:
        return f"a hung pod could linger for {wanted} s, more than {SAFE_GRACE} s"
    if wanted > SAFE_GRACE_WITH_PROBE and pod.probe_without_grace:
        container, probe = pod.probe_without_grace
        return (
            f"after a failed {probe.name}, {container.name} could hang for {wanted} s "
            f"before it is restarted"
        )
    return ""
