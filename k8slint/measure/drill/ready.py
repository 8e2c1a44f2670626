"""Waiting until an application is ready, by its readiness probe or by a URL."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from time import monotonic
from typing import Any

from k8slint.errors import UsageError
from k8slint.kubernetes.fields import whole
from k8slint.kubernetes.workload import Container
from k8slint.measure.drill.actions import (
    ExecAction,
    GrpcAction,
    HandlerAction,
    HttpAction,
    TcpAction,
    action_of_probe,
)
from k8slint.measure.drill.http import FAILURES, ask, connection_to, reach, reason_of
from k8slint.outside.app import AppProcess
from k8slint.outside.terminal import clipped, printable
from k8slint.records import NamedTuple

_QUICK = 0.05
_TAKEN = 1.0
_LINES = 10
# Numbers of a probe are int32.
_MOST = 2**31
_AGENT = "kube-probe/k8slint"
# Of grpc.health.v1.HealthCheckResponse.
_SERVING = b"\x08\x01"


class ReadyCheck(NamedTuple):
    """How readiness is found out: times in seconds, as in a probe."""

    action: HandlerAction
    delay: float = 0
    period: float = _QUICK
    timeout: float = 1
    successes: int = 1


def ready_check_of(container: Container) -> ReadyCheck | None:
    """Return the readiness probe of a container; None where it has none. Raises UsageError."""
    for probe in container.probes:
        if probe.name == "readinessProbe":

            def number(key: str, usual: int, value: Any = probe.value) -> int:
                found = whole(value.get(key)).number or 0
                return found if 0 < found < _MOST else usual  # No API server takes another.

            return ReadyCheck(
                action_of_probe(probe, container),
                number("initialDelaySeconds", 0),
                number("periodSeconds", 10),
                number("timeoutSeconds", 1),
                number("successThreshold", 1),
            )
    return None


def refuse_taken(action: HandlerAction) -> None:
    """Raise UsageError if something accepts connections where the application will be asked."""
    if isinstance(action, (HttpAction, TcpAction, GrpcAction)):
        with suppress(OSError):
            reach(action.host, action.port, _TAKEN)
            raise UsageError(
                f"{action.host}:{action.port} is taken by another program: stop that first"
            )


def wait_until_ready(app: AppProcess, check: ReadyCheck, limit: float) -> None:
    """Return when the application is ready. Raises UsageError if it ends, or after the limit."""
    begun = monotonic()
    deadline = begun + limit
    app.ended.wait(min(check.delay, limit))
    passed, why = 0, "there was no time to ask"
    while not app.ended.is_set() and monotonic() < deadline:
        asked = monotonic()
        why = _ask_once(app, check)
        passed = 0 if why else passed + 1
        if passed >= check.successes:
            return
        pause = asked + check.period - monotonic()
        app.ended.wait(max(0, min(pause, deadline - monotonic())))
    refuse_ended(app, "before it was ready")
    raise UsageError(f"not ready after {limit:g} s: {check.action}: {why}{last_words(app)}")


def refuse_ended(app: AppProcess, when: str) -> None:
    """Raise UsageError if the application has ended."""
    if app.ended.is_set():
        raise UsageError(f"the command ended with code {app.code} {when}{last_words(app)}")


def last_words(app: AppProcess) -> str:
    """Return what an application printed last, to be added to a message."""
    app.ended.wait(_QUICK)
    lines = [printable(clipped(line.text, 200)) for line in [*app.lines][-_LINES:]]
    return f"; it printed: {' | '.join(lines)}" if lines else "; it printed nothing"


def _ask_once(app: AppProcess, check: ReadyCheck) -> str:
    """Return why a check failed; empty if it did not."""
    try:
        match check.action:
            case HttpAction() as action:
                connection = connection_to(action, check.timeout)
                try:
                    status = ask(connection, action, _AGENT, last=True)
                finally:
                    connection.close()
                return "" if 200 <= status < 400 else f"status {status}"
            case TcpAction(host, port):
                reach(host, port, check.timeout)
            case ExecAction(command):
                return _exit_of(app, command, check.timeout)
            case GrpcAction() as action:
                return _health_of(action, check.timeout)
    except FAILURES as error:
        return reason_of(error)
    return ""


def _exit_of(app: AppProcess, command: tuple[str, ...], timeout: float) -> str:
    process = app.start_beside(command)
    try:
        code = app.wait_beside(process, timeout)
    finally:
        app.end_beside(process)
    if code is None:
        return f"no end after {timeout:g} s"
    return f"exit code {code}" if code else ""


def _health_of(action: GrpcAction, timeout: float) -> str:
    """Ask the health service of gRPC; its two messages are short enough to be written here."""
    try:
        grpc: Any = import_module("grpc")
    except ImportError:
        raise UsageError(
            "the readinessProbe uses gRPC: install grpcio, or use --ready URL"
        ) from None
    name = action.service.encode()[:127]
    request = b"\x0a" + bytes([len(name)]) + name if name else b""
    options = [("grpc.enable_http_proxy", 0)]
    with grpc.insecure_channel(f"{action.host}:{action.port}", options) as channel:
        call = channel.unary_unary("/grpc.health.v1.Health/Check", bytes, bytes)
        try:
            answer: bytes = call(request, timeout=timeout)
        except grpc.RpcError as error:
            code: Any = error
            return f"gRPC {code.code().name}"
    return "" if answer == _SERVING else "not serving"
