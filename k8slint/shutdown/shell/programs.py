"""What known programs do when a hook runs them: how long they take and what they stop.

A program that is not here takes an unknown time. Those that take none do their work and return,
with no wait of their own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from k8slint.shutdown.seconds import Seconds, between, exactly, unbounded, unknown
from k8slint.shutdown.shell.conditions import test
from k8slint.shutdown.shell.notes import Where
from k8slint.shutdown.shell.operands import (
    Odd,
    corrected_duration,
    duration,
    option,
    signal_name,
)
from k8slint.shutdown.shell.reading import Afterwards
from k8slint.shutdown.shell.shells import Argument, Shell
from k8slint.shutdown.shell.state import ZERO, Field, State, Unknown, loosened


class Call(NamedTuple):
    """A program that is run, with its arguments and where they stand."""

    name: str
    arguments: Sequence[Argument]
    sh: Shell
    st: State

    @property
    def operands(self) -> list[Field]:
        return [argument.field for argument in self.arguments[1:]]

    @property
    def where(self) -> Where:
        """The whole of the call, as far as it stands in one argument of the hook."""
        first, last = self.arguments[0].where, self.arguments[-1].where
        return (first[0], first[1], last[2]) if first[0] == last[0] else first

    @property
    def operand_where(self) -> Where:
        """The whole of the call, or its first operand where each word is an argument."""
        return self.arguments[1].where if self.sh.is_direct else self.where

    @property
    def quoted(self) -> str:
        text = " ".join([argument.source for argument in self.arguments])
        line = text.partition("\n")[0]
        return f"`{line if len(line) <= 60 else line[:57] + '...'}`"

    @property
    def now(self) -> Seconds:
        return self.sh.base + self.st.clock


class Effect(NamedTuple):
    """How long a program runs and its exit status, None when that is not known."""

    takes: Seconds
    status: int | None = None
    may_end_shell: bool = False


Program = Callable[[Call], Effect]

_AT_ONCE = (
    "arch awk base64 basename blkid cat chgrp chmod chown cksum cmp comm cp cut date df diff "
    "dirname dmesg du egrep expr fgrep fold free gawk getconf grep gunzip gzip head hexdump "
    "hostname id ifconfig install ip ip6tables ipset iptables jq ldconfig link ln logger "
    "logname ls lsof mawk md5sum mkdir mkfifo mknod mktemp mv netstat nft nl nproc od paste "
    "printenv printf pwd readlink realpath rev rm rmdir route sed sha1sum sha256sum sort ss "
    "stat stty sum sysctl tac tee touch tr tty uname uniq unlink uptime wc which who whoami xxd "
    "yq zcat "
)
_SCRIPT_FILE = re.compile(r"\.(?:sh|bash|py|rb|pl|php|js)$")
_NOTHING = Effect(ZERO)
AT_ONCE = frozenset(_AT_ONCE.split())
SILENT = frozenset({"sleep", "usleep", "true", "false", "test", "[", "[[", ":"})


def look_up(call: Call) -> Effect:
    """What the call does; unknown for a program that is not known here."""
    program = _PROGRAMS.get(call.name)
    if program:
        return program(call)
    if call.name in AT_ONCE:
        return _NOTHING
    if effect := _stop_command(call):
        return effect
    if _SCRIPT_FILE.search(call.name):
        return Effect(unknown(f"{call.quoted} is a script inside the image"))
    return Effect(unknown(f"how long {call.quoted} runs is not known"))


# Sleeping


def _sleep(call: Call) -> Effect:
    durations = [duration(field) for field in call.operands]
    if not durations:
        _no_operand(call)
        return Effect(ZERO, 1)
    seconds = [value for value in durations if isinstance(value, float)]
    if len(seconds) == len(durations):
        return _slept(call, sum(seconds))
    if Odd.BAD in durations:
        _bad_operand(call, durations)
        return Effect(ZERO, 1)
    return _unclear_sleep(call, durations)


def _slept(call: Call, seconds: float) -> Effect:
    call.sh.notes.later(call.st, Afterwards.SLEEPS)
    if math.isinf(seconds):
        call.sh.notes.never_ends(call.operand_where, f"{call.quoted} never ends")
        return Effect(unbounded(f"{call.quoted} never ends"), 0)
    call.sh.notes.reasons[call.quoted] = None
    return Effect(exactly(seconds), 0)


def _unclear_sleep(call: Call, durations: list[float | Odd]) -> Effect:
    call.sh.notes.later(call.st, Afterwards.SLEEPS)
    vague = next(
        argument.source
        for argument, value in zip(call.arguments[1:], durations, strict=True)
        if value is Odd.UNCLEAR
    )
    return Effect(unknown(f"{call.quoted}: the value of `{vague}` is not known"))


def _no_operand(call: Call) -> None:
    if not call.sh.notes.broken:  # else why it has none has been said
        reason = f"{call.quoted} gives sleep no time: it fails at once"
        call.sh.notes.break_down(call.where, reason)


def _bad_operand(call: Call, durations: list[float | Odd]) -> None:
    argument = call.arguments[1 + durations.index(Odd.BAD)]
    field = str(argument.field)
    right = corrected_duration(field)
    repair = None
    if right and field == argument.source:
        repair = _with_source(call, argument, right)
    shown = f"`{field}`" if field else "an empty text"
    by = "" if field == argument.source else f" (from `{argument.source}`)"
    reason = f"{call.quoted}: {shown}{by} is no time that sleep reads: it fails at once"
    call.sh.notes.break_down(argument.where, reason, repair)


def _with_source(call: Call, argument: Argument, text: str) -> tuple[str, ...] | None:
    notes = call.sh.notes
    index, start, end = argument.where
    if notes.command[index][start:end] != argument.source:
        return None
    return notes.replaced(argument.where, text)


def _usleep(call: Call) -> Effect:
    match call.operands:
        case [str(micros)] if micros.isascii() and micros.isdigit() and len(micros) < 16:
            return _slept(call, int(micros) / 1_000_000)
    return Effect(unknown(f"{call.quoted} is not read"))


# Signals


def _kill(call: Call) -> Effect:
    name: str | None = "TERM"
    arguments = list(call.arguments[1:])
    if (arguments and arguments[0].field == "-s" and len(arguments) > 1) or (
        arguments and arguments[0].field in {"-n", "--signal"} and len(arguments) > 1
    ):
        name, arguments = signal_name(arguments[1].field), arguments[2:]
    elif arguments and isinstance(first := arguments[0].field, str) and first[:1] == "-":
        if first.startswith(("-l", "-L", "--list")):
            return _NOTHING
        if first != "--":
            name = signal_name(first[1:].removeprefix("-signal="))
        arguments = arguments[1:]
    if arguments and arguments[0].field == "--":
        arguments = arguments[1:]
    if name == "0":
        return _probe(call)
    ends_shell = False
    for argument in arguments:
        ends_shell |= _kill_one(call, name, argument)
    return Effect(ZERO, None, may_end_shell=ends_shell)


def _kill_one(call: Call, name: str | None, argument: Argument) -> bool:
    """Send one signal; True when it may hit the shell that sends it."""
    target = argument.field
    if isinstance(target, Unknown) and target.job is not None:
        call.st.jobs = tuple(
            replace(job, ends=loosened(job.ends, 0)) if job.number == target.job else job
            for job in call.st.jobs
        )
        return False
    pid: int | None = None
    program: str | None = None
    if isinstance(target, Unknown):
        program = target.pids_of or None
    elif re.fullmatch(r"-?\d{1,9}", target):
        pid = abs(int(target))
    # Process group 0 and every process (-1) include, or may include, the hook itself.
    call.sh.notes.send(call.st, call.where, name, call.now, pid=pid, program=program)
    return (
        target == "0"
        or argument.source in {"$$", '"$$"'}
        or (isinstance(target, Unknown) and not program)
    )


def _probe(call: Call) -> Effect:
    """It asks whether a process is there: in a loop that is waiting for its end."""
    if call.sh.rounds:
        call.sh.notes.later(call.st, Afterwards.WATCHES)
    return _NOTHING


def _pkill(call: Call) -> Effect:
    name: str | None = "TERM"
    patterns: list[Argument] = []
    matches_command_line = False
    skip = False
    for argument in call.arguments[1:]:
        field = argument.field
        if skip:
            skip = False
        elif not isinstance(field, str) or field[:1] != "-":
            patterns.append(argument)
        elif field in {"-s", "--signal"} and call.name == "pkill":
            name, skip = None, True
        elif field.startswith("--signal="):
            name = signal_name(field.removeprefix("--signal="))
        elif field in {"-u", "-U", "-g", "-G", "-P", "-t", "-F", "--euid", "--uid", "--parent"}:
            skip = True
        elif (signal := signal_name(field[1:])) is not None:
            name = signal
        elif field == "--full" or ("f" in field.lstrip("-") and not field.startswith("--")):
            matches_command_line = True
    named = option(call.operands, "--signal")
    if name is None and isinstance(named, str):
        name = signal_name(named)
    if name == "0":
        return _probe(call)
    pattern = patterns[-1].field if patterns else None
    program = pattern if isinstance(pattern, str) else None
    call.sh.notes.send(call.st, call.where, name, call.now, program=program)
    may_end = not call.sh.is_direct and _hits_itself(
        call.sh, pattern, whole_line=matches_command_line
    )
    if may_end:
        call.sh.notes.reasons[f"{call.quoted} may end the hook's own shell"] = None
    return Effect(ZERO, None, may_end)


def _hits_itself(sh: Shell, pattern: Field | None, *, whole_line: bool) -> bool:
    """`pkill -f name` matches the command line of the hook's own shell, which has the name."""
    if not isinstance(pattern, str):
        return True
    shown = sh.script if whole_line else "sh bash dash ash busybox"
    try:
        return re.search(pattern, shown) is not None
    except (re.error, RecursionError, OverflowError):
        return True


def _killall(call: Call) -> Effect:
    waits = any(isinstance(f, str) and f in {"-w", "--wait"} for f in call.operands)
    named = option(call.operands, "-s", "--signal")
    name: str | None = "TERM" if named is None else signal_name(named)
    programs: list[str] = []
    for field in call.operands:
        if not isinstance(field, str):
            continue
        if field[:1] != "-":
            programs.append(field)
        elif (signal := signal_name(field[1:])) is not None:
            name = signal
    if name == "0":
        return _probe(call)
    program = programs[-1] if programs else None
    call.sh.notes.send(call.st, call.where, name, call.now, program=program)
    if waits:
        call.sh.notes.later(call.st, Afterwards.WATCHES)
        return _endless(call, f"{call.quoted} waits without a limit")
    shells = {"sh", "bash", "dash", "ash", "busybox"}
    return Effect(ZERO, None, program is None or program in shells)


def _endless(call: Call, why: str) -> Effect:
    call.sh.notes.never_ends(call.where, why)
    return Effect(unbounded(why))


def _pidof(call: Call) -> Effect:
    return _probe(call)


def _tail(call: Call) -> Effect:
    operands = call.operands
    follows = any(
        (isinstance(f, str) and (f in {"--follow", "--retry"} or f.startswith("--follow=")))
        or (isinstance(f, str) and re.fullmatch(r"-[a-zA-Z]*[fF][a-zA-Z0-9]*", f) is not None)
        for f in operands
    )
    pid = option(operands, "--pid", "--pid")
    if pid is not None and follows:
        call.sh.notes.later(call.st, Afterwards.WATCHES)
        return _endless(call, f"{call.quoted} waits without a limit")
    if follows:
        return _endless(call, f"{call.quoted} never ends")
    return _NOTHING


# Programs that stop others

_Q, _T = "QUIT", "TERM"
_RETURNING_STOPS: dict[tuple[str, ...], tuple[str | None, str]] = {
    # http://nginx.org/en/docs/control.html: quit is QUIT, stop is TERM; both only send it.
    ("nginx", "-s", "quit"): (_Q, "nginx"),
    ("nginx", "-s", "stop"): (_T, "nginx"),
    ("openresty", "-s", "quit"): (_Q, "nginx"),
    ("openresty", "-s", "stop"): (_T, "nginx"),
    # https://httpd.apache.org/docs/2.4/stopping.html
    ("apachectl", "-k", "graceful-stop"): ("WINCH", "httpd"),
    ("apache2ctl", "-k", "graceful-stop"): ("WINCH", "apache2"),
    ("httpd", "-k", "graceful-stop"): ("WINCH", "httpd"),
    ("apache2", "-k", "graceful-stop"): ("WINCH", "apache2"),
    ("apachectl", "graceful-stop"): ("WINCH", "httpd"),
    ("apache2ctl", "graceful-stop"): ("WINCH", "apache2"),
    ("uwsgi", "--stop"): ("INT", "uwsgi"),
    # bin/kafka-server-stop.sh ends with `kill -s TERM $PIDS`.
    ("kafka-server-stop.sh",): (_T, "kafka"),
    ("kafka-server-stop",): (_T, "kafka"),
}
_WORKING_STOPS = (
    ("nodetool", "drain"), ("nodetool", "decommission"), ("nodetool", "stopdaemon"),
    ("consul", "leave"), ("kong", "quit"), ("kong", "stop"), ("ray", "stop"),
    ("rabbitmqctl", "stop_app"), ("rabbitmqctl", "stop"), ("rabbitmqctl", "shutdown"),
    ("contour", "envoy", "shutdown"), ("pg_ctl", "stop"), ("redis-cli", "shutdown"),
    ("mysqladmin", "shutdown"), ("mongod", "--shutdown"), ("caddy", "stop"),
    ("supervisorctl", "stop"), ("supervisorctl", "shutdown"), ("catalina.sh", "stop"),
    ("concourse", "retire-worker"), ("concourse", "land-worker"), ("wait-shutdown",),
    ("patronictl", "switchover"), ("varnishadm", "stop"), ("cockroach", "node", "drain"),
)  # fmt: skip


_STOPPERS = frozenset(start[0] for start in (*_RETURNING_STOPS, *_WORKING_STOPS))


def _stop_command(call: Call) -> Effect | None:
    if call.name not in _STOPPERS:
        return None
    operands = [field for field in call.operands if isinstance(field, str)]
    for start, (name, program) in _RETURNING_STOPS.items():
        if start[0] == call.name and _has_in_order(operands, start[1:]):
            call.sh.notes.send(call.st, call.where, name, call.now, program=program)
            return _NOTHING
    for start in _WORKING_STOPS:
        if start[0] == call.name and _has_in_order(operands, start[1:]):
            call.sh.notes.send(call.st, call.where, None, call.now, program=start[0])
            return Effect(unknown(f"how long {call.quoted} takes is not known"))
    return None


def _has_in_order(operands: list[str], words: tuple[str, ...]) -> bool:
    """Whether these words are among the operands in this order, options in between."""
    rest = iter(operands)
    return all(word in rest for word in words)


# Waiting on the network


def _ping(call: Call) -> Effect:
    count = option(call.operands, "-c")
    if count is None:
        count = option(call.operands, "-n")
        if call.sh.script or not isinstance(count, str):
            return _endless(call, f"{call.quoted} has no count: it never ends")
    interval = option(call.operands, "-i")
    times, every = _number(count), 1.0 if interval is None else _number(interval)
    deadline = _number(option(call.operands, "-w"))
    if deadline:
        return _estimated(call, 0, deadline)
    if times is None or every is None:
        return Effect(unknown(f"{call.quoted}: its count is not known"))
    # iputils sends one a second and waits up to 10 s for the last answer.
    return _estimated(call, 0, max(0.0, times - 1) * every + 10)


def _curl(call: Call) -> Effect:
    operands = call.operands
    limit = _number(option(operands, "-m", "--max-time"))
    retries = any(isinstance(f, str) and f.startswith("--retry") for f in operands)
    if limit is None:
        return Effect(unknown(f"{call.quoted} has no --max-time"))
    if retries or any(isinstance(f, Unknown) and f.many for f in operands):
        return Effect(unknown(f"{call.quoted} may try again"))
    urls = sum(isinstance(f, str) and "://" in f for f in operands)
    return _estimated(call, 0, limit * max(1, urls))


def _wget(call: Call) -> Effect:
    limit = _number(option(call.operands, "-T", "--timeout"))
    tries = option(call.operands, "-t", "--tries")
    if limit is None:
        return Effect(unknown(f"{call.quoted} has no --timeout"))
    if tries != "1":
        why = "wget's --timeout limits each wait, and it tries again"
        return Effect(unknown(f"{call.quoted}: {why}"))
    # One each to look up, to connect and to read.
    return _estimated(call, 0, limit * 3)


def _netcat(call: Call) -> Effect:
    limit = _number(option(call.operands, "-w"))
    if limit is None:
        return Effect(unknown(f"{call.quoted} has no -w"))
    return _estimated(call, 0, limit * 2)


def _estimated(call: Call, low: float, high: float) -> Effect:
    if high > 0:
        call.sh.notes.reasons[call.quoted] = None
        call.sh.notes.later(call.st, Afterwards.GOES_ON)
    return Effect(between(low, high))


def _number(field: Field | None) -> float | None:
    if isinstance(field, str) and re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", field, re.ASCII):
        return float(field)
    return None


# Interpreters with a line of code

_NUMBER = r"\s*(\d+(?:\.\d+)?)\s*"
_SLEEP_CODE: dict[str, tuple[str, re.Pattern[str], float]] = {
    "python": (
        "-c",
        re.compile(
            rf"\s*(?:import time\s*[;\n]\s*time\.sleep\({_NUMBER}\)"
            rf"|from time import sleep\s*[;\n]\s*sleep\({_NUMBER}\)"
            rf"|__import__\(['\"]time['\"]\)\.sleep\({_NUMBER}\))\s*;?\s*"
        ),
        1,
    ),
    "perl": (
        "-e",
        re.compile(
            rf"\s*(?:sleep\s*\(?\s*(\d+)\s*\)?|select\((?:\s*undef\s*,){{3}}{_NUMBER}\))\s*;?\s*"
        ),
        1,
    ),
    "node": (
        "-e",
        re.compile(
            rf"\s*setTimeout\((?:\(\)\s*=>\s*\{{\s*\}}|function\s*\(\)\s*\{{\s*\}}),{_NUMBER}\)\s*;?\s*"
        ),
        1 / 1000,
    ),
    "ruby": ("-e", re.compile(rf"\s*sleep[ (]{_NUMBER}\)?\s*"), 1),
    "php": ("-r", re.compile(r"\s*sleep\(\s*(\d+)\s*\)\s*;\s*"), 1),
}


def _interpreter(call: Call) -> Effect:
    language = re.sub(r"[\d.]+$", "", call.name)
    flag, pattern, unit = _SLEEP_CODE["node" if language == "nodejs" else language]
    match call.operands:
        case [str(given), str(code)] if given == flag:
            if found := pattern.fullmatch(code):
                return _slept(call, round(float(found[found.lastindex or 1]) * unit, 9))
            return Effect(unknown(f"what {call.quoted} does is not read"))
    return Effect(unknown(f"what {call.quoted} does is not known"))


def constantly(status: int | None) -> Program:
    effect = Effect(ZERO, status)
    return lambda _: effect


def _test(call: Call) -> Effect:
    operands = call.operands
    if call.name == "[":
        if not operands or operands[-1] != "]":
            return Effect(ZERO, None if any(isinstance(f, Unknown) for f in operands) else 2)
        operands = operands[:-1]
    status = test(operands)
    if status is None and call.sh.rounds:
        call.sh.notes.later(call.st, Afterwards.WATCHES)
    return Effect(ZERO, status)


def _seq(call: Call) -> Effect:
    return Effect(ZERO, 0 if sequence(call.operands) is not None else None)


def sequence(operands: Sequence[Field], limit: int = 100_000) -> list[str] | None:
    """The numbers that `seq` prints; None when they are not known or too many."""
    if not 1 <= len(operands) <= 3:
        return None
    numbers: list[int] = []
    for operand in operands:
        if not isinstance(operand, str) or not re.fullmatch(r"-?(?:0|[1-9]\d{0,9})", operand):
            return None
        numbers.append(int(operand))
    first = numbers[0] if len(numbers) > 1 else 1
    step = numbers[1] if len(numbers) == 3 else 1
    if step == 0 or abs((numbers[-1] - first) // step) > limit:
        return None
    last = numbers[-1] + (1 if step > 0 else -1)
    return [str(value) for value in range(first, last, step)]


def _yes(call: Call) -> Effect:
    return _endless(call, f"{call.quoted} never ends")


_PROGRAMS: dict[str, Program] = {
    "sleep": _sleep,
    "usleep": _usleep,
    "true": constantly(0),
    "false": constantly(1),
    "test": _test,
    "[": _test,
    "seq": _seq,
    "echo": constantly(0),
    "kill": _kill,
    "pkill": _pkill,
    "killall": _killall,
    "killall5": _killall,
    "pidof": _pidof,
    "pgrep": _pidof,
    "ps": _pidof,
    "tail": _tail,
    "yes": _yes,
    "ping": _ping,
    "curl": _curl,
    "wget": _wget,
    "nc": _netcat,
    "ncat": _netcat,
    "netcat": _netcat,
    **dict.fromkeys(
        ("python", "python2", "python3", "perl", "node", "nodejs", "ruby", "php"), _interpreter
    ),
}


def known_for_sleeping() -> frozenset[str]:
    """Names that are surely programs, for one who has to tell a command from a file name."""
    return frozenset(_PROGRAMS) | AT_ONCE | _STOPPERS
