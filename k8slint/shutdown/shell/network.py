"""Programs that wait for an answer: `curl`, `wget`, `nc` and `ping`."""

from __future__ import annotations

from k8slint.shutdown.seconds import unknown
from k8slint.shutdown.shell.effects import Call, Effect, estimate, read_number, run_endlessly
from k8slint.shutdown.shell.operands import option
from k8slint.shutdown.shell.state import Unknown


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
    operands = call.operands
    limit = read_number(option(operands, "-m", "--max-time"))
    retries = any(isinstance(f, str) and f.startswith("--retry") for f in operands)
    if limit is None:
        return Effect(unknown(f"{call.quoted} has no --max-time"))
    if retries or any(isinstance(f, Unknown) and f.many for f in operands):
        return Effect(unknown(f"{call.quoted} may try again"))
    urls = sum(isinstance(f, str) and "://" in f for f in operands)
    return estimate(call, 0, limit * max(1, urls))


def run_wget(call: Call) -> Effect:
    limit = read_number(option(call.operands, "-T", "--timeout"))
    tries = option(call.operands, "-t", "--tries")
    if limit is None:
        return Effect(unknown(f"{call.quoted} has no --timeout"))
    if tries != "1":
        why = "wget's --timeout limits each wait, and it tries again"
        return Effect(unknown(f"{call.quoted}: {why}"))
    # One each to look up, to connect and to read.
    return estimate(call, 0, limit * 3)


def run_netcat(call: Call) -> Effect:
    limit = read_number(option(call.operands, "-w"))
    if limit is None:
        return Effect(unknown(f"{call.quoted} has no -w"))
    return estimate(call, 0, limit * 2)
