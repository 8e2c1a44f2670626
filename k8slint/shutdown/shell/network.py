"""Programs that wait for an answer: `curl`, `wget`, `nc` and `ping`."""

from __future__ import annotations

from k8slint.shutdown.seconds import unbounded, unknown
from k8slint.shutdown.shell.effects import Call, Effect, estimate, read_number, run_endlessly
from k8slint.shutdown.shell.operands import option
from k8slint.shutdown.shell.state import Field, Unknown


def run_ping(call: Call) -> Effect:
    count = option(call.operands, "-c")
    if count is None:
        count = option(call.operands, "-n")
        if call.sh.script or not isinstance(count, str):
            return run_endlessly(call, f"{call.quoted} has no count: it never ends")
    interval = option(call.operands, "-i")
    times, every = read_number(count), 1.0 if interval is None else read_number(interval)
    deadline = read_number(option(call.operands, "-w"))
    if deadline:
        return estimate(call, 0, deadline)
    if times is None or every is None:
        return Effect(unknown(f"{call.quoted}: its count is not known"))
    # iputils sends one a second and waits up to 10 s for the last answer.
    return estimate(call, 0, max(0.0, times - 1) * every + 10)


def run_curl(call: Call) -> Effect:
    """Source: curl(1); without --max-time nothing limits a transfer (2026-11)."""
    operands = call.operands
    if any(isinstance(field, Unknown) and field.many for field in operands):
        return Effect(unknown(f"which options {call.quoted} has is not known"))
    written = option(operands, "-m", "--max-time")
    if written is None:
        return Effect(unbounded(f"{call.quoted} has no --max-time"))
    limit, again = read_number(written), _time_of_retries(operands)
    if limit is None or again is None:
        return Effect(unknown(f"the limit of {call.quoted} is not known"))
    tries, pauses = again
    urls = sum(isinstance(field, str) and "://" in field for field in operands)
    return estimate(call, 0, (limit * tries + pauses) * max(1, urls))


def _time_of_retries(operands: list[Field]) -> tuple[float, float] | None:
    """How often curl tries, and the pauses between: 1 s, 2 s and so on up to 10 minutes."""
    retries = read_number(option(operands, "--retry") or "0")
    pause = option(operands, "--retry-delay")
    if retries is None or (pause is not None and read_number(pause) is None):
        return None
    if pause is not None:
        return retries + 1, retries * (read_number(pause) or 0)
    return retries + 1, sum(min(2.0**attempt, 600) for attempt in range(min(int(retries), 1000)))


def run_wget(call: Call) -> Effect:
    """Source: wget(1), busybox networking/wget.c; the limits are of single waits (2026-11)."""
    limit = read_number(option(call.operands, "-T", "--timeout"))
    tries = option(call.operands, "-t", "--tries")
    if limit is None:
        return Effect(unbounded(f"{call.quoted} has no --timeout"))
    if tries != "1":
        why = "wget's --timeout limits each wait, and it tries again"
        return Effect(unbounded(f"{call.quoted}: {why}"))
    # One each to look up, to connect and to read.
    return estimate(call, 0, limit * 3)


def run_netcat(call: Call) -> Effect:
    limit = read_number(option(call.operands, "-w"))
    if limit is None:
        return Effect(unbounded(f"{call.quoted} has no -w"))
    return estimate(call, 0, limit * 2)
