"""A preStop hook, run for real."""

from __future__ import annotations

from enum import StrEnum
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic

from k8slint.measure.drill.actions import (
    ExecAction,
    FailingAction,
    HandlerAction,
    HttpAction,
    SleepAction,
)
from k8slint.measure.drill.http import FAILURES, ask, connection_to, reason_of
from k8slint.outside.app import AppProcess
from k8slint.records import NamedTuple

_PAUSE = 0.01
_AGENT = "kube-lifecycle/k8slint"


class HookEnd(StrEnum):
    """How a hook ended."""

    DONE = "done"
    FAILED = "failed"
    CUT = "cut off"
    WITH_APP = "ended with the application"


class HookRun(NamedTuple):
    """What became of a hook, and after how many seconds; `why` says more of a failure."""

    action: str
    took: float
    end: HookEnd
    why: str = ""


def run_hook(action: HandlerAction, app: AppProcess, grace: float) -> HookRun:
    """Run a hook for at most the grace period, and never wait longer.

    A command that is cut off goes on until the container ends, and ends with it.
    """
    begun = monotonic()
    end, why = HookEnd.DONE, ""
    match action:
        case SleepAction(seconds):
            Event().wait(min(seconds, grace))
            end = HookEnd.CUT if seconds > grace else HookEnd.DONE
        case ExecAction(command):
            end, why = _run(command, app, begun + grace)
        case HttpAction():
            end, why = _ask(action, grace)
        case FailingAction(why):
            end = HookEnd.FAILED
    return HookRun(str(action), min(monotonic() - begun, grace), end, why)


def _run(command: tuple[str, ...], app: AppProcess, deadline: float) -> tuple[HookEnd, str]:
    try:
        process = app.start_beside(command)
    except OSError as error:
        return HookEnd.FAILED, f"{command[0]}: {error.strerror}"
    while monotonic() < deadline:
        code = app.wait_beside(process, _PAUSE)
        if code is not None:
            return (HookEnd.FAILED, f"exit code {code}") if code else (HookEnd.DONE, "")
        if app.ended.is_set():
            app.end_beside(process)
            return HookEnd.WITH_APP, ""
    return HookEnd.CUT, ""


def _ask(action: HttpAction, grace: float) -> tuple[HookEnd, str]:
    """Any answer is a success; without a limit of its own a request lasts as long as the grace."""
    answers: SimpleQueue[tuple[HookEnd, str]] = SimpleQueue()

    def send() -> None:
        connection = connection_to(action, grace + 1)
        try:
            status = ask(connection, action, _AGENT, last=True)
        except FAILURES as error:
            answers.put((HookEnd.FAILED, reason_of(error)))
        else:
            answers.put((HookEnd.DONE, f"status {status}"))
        finally:
            connection.close()

    Thread(target=send, daemon=True).start()
    try:
        return answers.get(timeout=grace)
    except Empty:
        return HookEnd.CUT, ""
