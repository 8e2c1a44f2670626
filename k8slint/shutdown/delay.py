"""The delay of a preStop hook: whether there is one, and what adds or lengthens it."""

from __future__ import annotations

from k8slint.kubernetes.gates import NATIVE_SLEEP
from k8slint.kubernetes.versions import dotted
from k8slint.kubernetes.workload import Hook
from k8slint.manifest.operations import Delete, Operation, Set
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.repair import LIFECYCLE_SIBLINGS, Need, NoRepair, risk_of_native_sleep
from k8slint.shutdown.traffic import delays_itself

_UNKNOWN_GRACE = NoRepair("the grace period, which has to grow as well, is not known")


def has_none(stop: Stop) -> bool:
    """Whether a container gets its stop signal at once, and does not delay its own end."""
    return stop.hook is None and not delays_itself(stop.container)


def is_shorter(stop: Stop, seconds: int) -> bool:
    """Whether a container's hook is known to end sooner, and nothing but it delays the stop."""
    return stop.hook_takes.high < seconds and not delays_itself(stop.container)


def add_sleep(
    shutdown: Shutdown, stop: Stop, seconds: int, *, margin: int, window: int
) -> Need | NoRepair:
    """A preStop sleep for a container that has no hook, unless it could not run."""
    action = _action(shutdown, stop, seconds)
    grace = _longer(shutdown, stop, seconds, margin=margin, window=window)
    if action is None:
        version = dotted(shutdown.target.minor or NATIVE_SLEEP.since)
        return NoRepair(
            f"Kubernetes {version} has no native sleep, and the image has no `sleep` binary; use "
            f"another image"
        )
    if grace is None:
        return _UNKNOWN_GRACE
    lifecycle = stop.container.lifecycle
    if lifecycle.is_mapping:
        operation = Set(lifecycle.get("preStop").pointer, action)
    else:
        operation = Set(lifecycle.pointer, {"preStop": action}, LIFECYCLE_SIBLINGS)
    title = f"add a preStop sleep of {seconds} s"
    return Need(
        grace=grace,
        operations=(operation,),
        title=title,
        unsafe=_risk(shutdown, brings_sleep=True),
        sleep=seconds,
    )


def extend_sleep(
    shutdown: Shutdown, stop: Stop, seconds: int, *, margin: int, window: int
) -> Need | NoRepair:
    """More seconds for a hook that is known to sleep and to do nothing else."""
    is_plain = stop.hook is not None and stop.hook.is_well_formed
    if stop.hook is None or not is_plain or not stop.only_sleeps or not stop.hook_takes.is_exact:
        return NoRepair(f"the hook is not a plain sleep; let it take {seconds} s by hand")
    more = seconds - int(stop.hook_takes.low)
    grace = _longer(shutdown, stop, more, margin=margin, window=window)
    operation = _of_length(shutdown, stop.hook, seconds)
    if grace is None:
        return _UNKNOWN_GRACE
    title = f"sleep {seconds} s"
    return Need(
        grace=grace,
        operations=(operation,),
        title=title,
        unsafe=_risk(shutdown, brings_sleep=stop.hook.handlers != ("sleep",)),
        sleep=seconds,
    )


def remove_hook(hook: Hook) -> Delete:
    """Take a hook away, with `lifecycle` where nothing else is in it."""
    lifecycle = hook.container.lifecycle
    is_alone = [name for name, _ in lifecycle.entries()] == [hook.event]
    return Delete(lifecycle.pointer if is_alone else hook.value.pointer)


def _action(shutdown: Shutdown, stop: Stop, seconds: int) -> dict[str, object] | None:
    if shutdown.target.has(NATIVE_SLEEP):
        return {"sleep": {"seconds": seconds}}
    from k8slint.images.tools import find_missing_tool

    if find_missing_tool(stop.container.image or ""):
        return None
    return {"exec": {"command": ["sleep", str(seconds)]}}


def _of_length(shutdown: Shutdown, hook: Hook, seconds: int) -> Operation:
    if hook.handlers == ("sleep",):
        return Set(hook.sleep.value.pointer, seconds)
    if shutdown.target.has(NATIVE_SLEEP):
        return Set(hook.value.get("exec").pointer, {"seconds": seconds}, key="sleep")
    return Set(hook.value.at("exec", "command").pointer, ["sleep", str(seconds)])


def _longer(shutdown: Shutdown, stop: Stop, more: int, *, margin: int, window: int) -> int | None:
    """The grace period that leaves the app what it has, or what it needs where that is written."""
    grace = shutdown.grace.seconds
    if grace is None:
        return None
    drain = stop.explicit_drain
    needed = shutdown.budget(stop, drain, margin=margin, window=window).seconds + more
    return max(needed, grace if drain else grace + more)


def _risk(shutdown: Shutdown, *, brings_sleep: bool) -> str:
    risks = ["every shutdown takes that much longer"]
    if brings_sleep and shutdown.target.has(NATIVE_SLEEP):
        risks.append(risk_of_native_sleep(shutdown))
    return "; ".join(filter(None, risks))
