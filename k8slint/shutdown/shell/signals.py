"""Programs that send signals, or look for those that would get them."""

from __future__ import annotations

import re

from k8slint.shutdown.shell.effects import NOTHING, Call, Effect, probe, run_endlessly
from k8slint.shutdown.shell.operands import option, signal_name
from k8slint.shutdown.shell.reading import Afterwards
from k8slint.shutdown.shell.shells import Argument, Shell
from k8slint.shutdown.shell.state import ZERO, Field, Unknown, lower_bound_to


def run_kill(call: Call) -> Effect:
    name: str | None = "TERM"
    arguments = list(call.arguments[1:])
    if (arguments and arguments[0].field == "-s" and len(arguments) > 1) or (
        arguments and arguments[0].field in {"-n", "--signal"} and len(arguments) > 1
    ):
        name, arguments = signal_name(arguments[1].field), arguments[2:]
    elif arguments and isinstance(first := arguments[0].field, str) and first[:1] == "-":
        if first.startswith(("-l", "-L", "--list")):
            return NOTHING
        if first != "--":
            name = signal_name(first[1:].removeprefix("-signal="))
        arguments = arguments[1:]
    if arguments and arguments[0].field == "--":
        arguments = arguments[1:]
    if name == "0":
        return probe(call)
    ends_shell = False
    for argument in arguments:
        ends_shell |= _send_one(call, name, argument)
    return Effect(ZERO, None, may_end_shell=ends_shell)


def _send_one(call: Call, name: str | None, argument: Argument) -> bool:
    """Send one signal; True when it may hit the shell that sends it."""
    target = argument.field
    if isinstance(target, Unknown) and target.job is not None:
        call.st.jobs = tuple(
            job._replace(ends=lower_bound_to(job.ends, 0)) if job.number == target.job else job
            for job in call.st.jobs
        )
        return False
    pid: int | None = None
    program: str | None = None
    if target == "0" or isinstance(target, Unknown) or target.startswith("%"):
        # It may be meant for jobs; dash has none by such a name.
        call.st.jobs = tuple(
            [job._replace(ends=lower_bound_to(job.ends, 0)) for job in call.st.jobs]
        )
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


def run_pkill(call: Call) -> Effect:
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
        return probe(call)
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


def run_killall(call: Call) -> Effect:
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
        return probe(call)
    program = programs[-1] if programs else None
    call.sh.notes.send(call.st, call.where, name, call.now, program=program)
    if waits:
        call.sh.notes.later(call.st, Afterwards.WATCHES)
        return run_endlessly(call, f"{call.quoted} waits without a limit")
    shells = {"sh", "bash", "dash", "ash", "busybox"}
    return Effect(ZERO, None, program is None or program in shells)


def run_pidof(call: Call) -> Effect:
    return probe(call)


def run_tail(call: Call) -> Effect:
    operands = call.operands
    follows = any(
        (isinstance(f, str) and (f in {"--follow", "--retry"} or f.startswith("--follow=")))
        or (isinstance(f, str) and re.fullmatch(r"-[a-zA-Z]*[fF][a-zA-Z0-9]*", f) is not None)
        for f in operands
    )
    pid = option(operands, "--pid", "--pid")
    if pid is not None and follows:
        call.sh.notes.later(call.st, Afterwards.WATCHES)
        return run_endlessly(call, f"{call.quoted} waits without a limit")
    if follows:
        return run_endlessly(call, f"{call.quoted} never ends")
    return NOTHING
