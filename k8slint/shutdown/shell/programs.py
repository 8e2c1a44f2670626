"""What known programs do when a hook runs them: how long they take and what they stop.

A program that is not here takes an unknown time. Those that take none do their work and return,
with no wait of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from k8slint.shutdown.seconds import unknown
from k8slint.shutdown.shell import network, signals, sleeping
from k8slint.shutdown.shell.clients import STOPPERS, run_client
from k8slint.shutdown.shell.conditions import test
from k8slint.shutdown.shell.effects import (
    NOTHING,
    Call,
    Effect,
    Program,
    returns_at_once,
    run_endlessly,
)
from k8slint.shutdown.shell.reading import Afterwards
from k8slint.shutdown.shell.state import ANYTHING, ZERO, Field, Unknown

_AT_ONCE = (
    "arch awk base64 basename blkid cat chgrp chmod chown cksum cmp comm cp cut date df diff "
    "dirname dmesg du egrep expr fgrep fold free gawk getconf grep gunzip gzip head hexdump "
    "hostname id ifconfig install ip ip6tables ipset iptables jq ldconfig link ln logger "
    "logname ls lsof mawk md5sum mkdir mkfifo mknod mktemp mv netstat nft nl nproc od paste "
    "printenv printf pwd readlink realpath rev rm rmdir route sed sha1sum sha256sum sort ss "
    "stat stty sum sysctl tac tee touch tr tty uname uniq unlink uptime wc which who whoami xxd "
    "yq zcat "
)
_OF_SCRIPTS = (".sh", ".bash", ".py", ".rb", ".pl", ".php", ".js")
AT_ONCE = frozenset(_AT_ONCE.split())
SILENT = frozenset({"sleep", "usleep", "true", "false", "test", "[", "[[", ":"})


def look_up(call: Call) -> Effect:
    """What the call does; unknown for a program that is not known here."""
    program = _PROGRAMS.get(call.name)
    if program:
        return program(call)
    if effect := run_client(call):
        return effect
    if call.name.endswith(_OF_SCRIPTS):
        return Effect(unknown(f"{call.quoted} is a script that is not read"))
    return Effect(unknown(f"how long {call.quoted} runs is not known"))


def _run_test(call: Call) -> Effect:
    operands = call.operands
    if call.name == "[":
        if not operands or operands[-1] != "]":
            return Effect(ZERO, None if any(isinstance(f, Unknown) for f in operands) else 2)
        operands = operands[:-1]
    status = test(operands)
    if status is None and call.sh.rounds:
        call.sh.notes.later(call.st, Afterwards.WATCHES)
    return Effect(ZERO, status)


def _run_seq(call: Call) -> Effect:
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


def _run_printf(call: Call) -> Effect:
    """`printf -v name` is bash's; dash has no such option, and the name stays what it was."""
    call.st.await_input()
    match call.operands:
        case ["-v", str(name), *_]:
            call.st.store(name, ANYTHING)
            return Effect(ZERO)
        case ["-v", _, *_]:
            call.st.variables = dict.fromkeys(call.st.variables, ANYTHING)
            return Effect(ZERO)
    return NOTHING


def _run_yes(call: Call) -> Effect:
    return run_endlessly(call, f"{call.quoted} never ends")


_PROGRAMS: dict[str, Program] = {
    "sleep": sleeping.run_sleep,
    "usleep": sleeping.run_usleep,
    "true": returns_at_once(0),
    "false": returns_at_once(1),
    "test": _run_test,
    "[": _run_test,
    "seq": _run_seq,
    "echo": returns_at_once(0),
    "printf": _run_printf,
    "kill": signals.run_kill,
    "pkill": signals.run_pkill,
    "killall": signals.run_killall,
    "killall5": signals.run_killall,
    "pidof": signals.run_pidof,
    "pgrep": signals.run_pidof,
    "ps": signals.run_pidof,
    "tail": signals.run_tail,
    "yes": _run_yes,
    "ping": network.run_ping,
    "curl": network.run_curl,
    "wget": network.run_wget,
    "nc": network.run_netcat,
    "ncat": network.run_netcat,
    "netcat": network.run_netcat,
    "python": sleeping.run_code,
    "python2": sleeping.run_code,
    "python3": sleeping.run_code,
    "perl": sleeping.run_code,
    "node": sleeping.run_code,
    "nodejs": sleeping.run_code,
    "ruby": sleeping.run_code,
    "php": sleeping.run_code,
}


def list_known_names() -> frozenset[str]:
    """Names that are certainly programs, to distinguish a command from a file name."""
    return frozenset(_PROGRAMS) | AT_ONCE | STOPPERS
