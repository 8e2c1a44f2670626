"""A drill: an application is started, put under load, and stopped as the kubelet stops it."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from time import monotonic

from k8slint.errors import UsageError
from k8slint.measure.drains.write import MeasuredStop
from k8slint.measure.drill.hook import HookRun, run_hook
from k8slint.measure.drill.load import Load, LoadPlan
from k8slint.measure.drill.plan import DrillPlan
from k8slint.measure.drill.ready import refuse_ended, wait_until_ready
from k8slint.measure.drill.requests import TrafficSeen
from k8slint.measure.drill.work import BusySign, WorkPeriod, WorkWatch
from k8slint.outside.app import AppProcess, PrintedLine
from k8slint.records import NamedTuple
from k8slint.shutdown.measured import image_key
from k8slint.shutdown.seconds import format_number
from k8slint.shutdown.timeline import Track

# Seconds until a killed process is gone.
_KILLED = 5
# Seconds more that a request may wait than the drill takes.
_MORE = 5


class Exercise(NamedTuple):
    """What a drill does with the application before and during the stop; times in seconds."""

    ready_within: float = 60
    hold: float = 1
    load: LoadPlan | None = None
    busy: BusySign | None = None
    within: float | None = None


class Drill(NamedTuple):
    """What happened. Times are seconds since the stop began.

    `delivered`: whether the stop signal was sent; the kernel drops one that process 1 of a
    container does not handle. `code` is the exit code, negative for a signal. `deadline` is when
    SIGKILL was due.
    """

    plan: DrillPlan
    exercise: Exercise
    ready: float
    hook: HookRun | None
    signalled: float
    delivered: bool
    deadline: float
    ended: float
    was_killed: bool
    code: int
    traffic: TrafficSeen | None
    work: tuple[WorkPeriod, ...]
    left: tuple[str, ...]
    output: tuple[PrintedLine, ...]

    @property
    def drain(self) -> float:
        """Seconds from the stop signal to the end."""
        return max(self.ended - self.signalled, 0)

    @property
    def ended_early(self) -> bool:
        """Whether it ended before the stop signal, though nothing had told it to."""
        return self.ended < self.signalled and not self.plan.hook_can_end

    @property
    def happened(self) -> Track:
        """What happened, as the model draws it."""
        took = round(self.hook.took, 2) if self.hook else None
        return self.plan.happened(took, round(self.drain, 2), was_killed=self.was_killed)

    @property
    def lost_work(self) -> Sequence[WorkPeriod]:
        return [one for one in self.work if one.ended >= 0 and not one.is_done]

    @property
    def has_losses(self) -> bool:
        """Whether requests or work were lost."""
        return bool(self.lost_work or (self.traffic and self.traffic.lost))

    @property
    def problems(self) -> Sequence[str]:
        """Why the drill failed, in words; empty if it did not."""
        return [*_problems(self)]


def run_drill(plan: DrillPlan, exercise: Exercise, app: AppProcess) -> Drill:
    """Play the end of a container on an application that was just started.

    Raises UsageError if the application does not become ready, or ends before the stop.
    """
    started = monotonic()
    watch = WorkWatch(exercise.busy, app) if exercise.busy else None
    if plan.check:
        wait_until_ready(app, plan.check, exercise.ready_within)
    if watch:
        watch.wait_until_busy(exercise.ready_within)
    ready = monotonic() - started
    longest = exercise.hold + plan.grace + _MORE
    load = Load(exercise.load, longest) if exercise.load else None
    try:
        if load:
            load.start(exercise.hold)
        app.ended.wait(exercise.hold)
        refuse_ended(app, "before the stop began")
        if load:
            load.refuse_unanswered()
        if watch:  # It may have none any more.
            watch.wait_until_busy(exercise.ready_within)
        return _stop(plan, exercise, app, ready, load, watch)
    finally:
        if load:
            load.close()


def measured_stop(drill: Drill, day: str) -> MeasuredStop | None:
    """Return the drain that was measured on a day; None if there was none, or no workload.

    An application that ends by itself and loses what it had to finish does not drain.
    """
    plan = drill.plan
    if not plan.workload or drill.ended < drill.signalled:
        return None
    if drill.has_losses and not drill.was_killed:
        return None
    return MeasuredStop(
        plan.workload,
        plan.name,
        image_key(plan.image),
        "drill",
        day,
        drill.drain,
        killed=drill.was_killed,
    )


def _stop(
    plan: DrillPlan,
    exercise: Exercise,
    app: AppProcess,
    ready: float,
    load: Load | None,
    watch: WorkWatch | None,
) -> Drill:
    began = monotonic()
    if load:
        load.begin_stop(plan.grace)
    hook = run_hook(plan.hook, app, plan.grace) if plan.hook else None
    track = plan.ending(hook.took if hook else None)
    app.ended.wait(max(0, began + track.signalled_at.high - monotonic()))
    if load:
        load.begin_drain()
    signalled = monotonic()
    delivered = _deliver(plan, app)
    deadline = track.killed_at.high
    app.ended.wait(max(0, began + deadline - monotonic()))
    was_killed = not app.ended.is_set()
    if was_killed:
        app.send(signal.SIGKILL)
        if not app.ended.wait(_KILLED):
            raise UsageError(f"the command did not end {_KILLED} s after SIGKILL")
    left = tuple(app.left())
    app.end_family()
    ended = app.ended_at
    code = app.code
    assert code is not None
    return Drill(
        plan,
        exercise,
        ready,
        hook,
        signalled - began,
        delivered,
        deadline,
        ended - began,
        was_killed,
        code,
        load.finish(began, min(signalled, ended), ended, was_killed=was_killed) if load else None,
        watch.finish(began, was_killed=was_killed) if watch else (),
        left,
        tuple(_since(app, signalled, began)),
    )


def _deliver(plan: DrillPlan, app: AppProcess) -> bool:
    """Send the stop signal, unless the kernel would keep it from process 1 of a container."""
    number = plan.signal_number
    if app.ended.is_set() or not (plan.has_init or app.hears(number)):
        return False
    app.send(number)
    return True


def _since(app: AppProcess, moment: float, began: float) -> Iterator[PrintedLine]:
    """Yield what was printed since a moment, by seconds since the stop began."""
    for line in [*app.lines]:
        if line.at >= moment:
            yield line._replace(at=line.at - began)


def _problems(drill: Drill) -> Iterator[str]:
    if drill.was_killed:
        yield f"killed at {seconds(drill.deadline)}"
    if drill.ended_early:
        yield f"ended at {seconds(drill.ended)}, before the stop signal"
    if drill.traffic and (lost := drill.traffic.lost):
        yield f"{counted(len(lost), 'request')} lost"
    if drill.lost_work:
        yield "work in progress lost"
    within = drill.exercise.within
    if within is not None and drill.ended > within and not drill.was_killed:
        yield f"ended at {seconds(drill.ended)}, later than {seconds(within)}"


def seconds(moment: float) -> str:
    """Write a measured time; more than a hundredth of a second is noise."""
    return f"{format_number(round(moment, 2))} s"


def counted(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
