"""Programs that run another program: shells, `env`, `timeout`, `nice`, `tini` and the like."""

from __future__ import annotations

import math
from collections.abc import Callable

from k8slint.shutdown.seconds import Kind, Seconds, between, exactly, unknown
from k8slint.shutdown.shell import mistakes, windows
from k8slint.shutdown.shell.builtins import BUILTINS, set_option
from k8slint.shutdown.shell.effects import Call
from k8slint.shutdown.shell.grammar import parse
from k8slint.shutdown.shell.notes import MAX_DEPTH, Where
from k8slint.shutdown.shell.operands import Odd, duration
from k8slint.shutdown.shell.programs import AT_ONCE, look_up
from k8slint.shutdown.shell.reading import Afterwards
from k8slint.shutdown.shell.shells import Argument, Shell
from k8slint.shutdown.shell.state import (
    ANYTHING,
    FAILED,
    SOMETHING,
    UNSET,
    ZERO,
    State,
    Unknown,
    join,
)
from k8slint.shutdown.shell.syntax import Unreadable, first_line
from k8slint.shutdown.words import SHELLS
from k8slint.shutdown.wrappers import WRAPPERS_BY_NAME, Wrapped, read_shell_call, unwrap

_IS_BASH = {"bash": True, "dash": False, "ash": False}
# What every shell may have in itself, so that no program is needed for it.
_BUILT_IN = frozenset({"echo", "true", "false", "test", "[", "kill", "printf", "pwd"})


def launch(arguments: list[Argument], sh: Shell, st: State) -> State:
    """Run a program. Its name is known."""
    path = str(arguments[0].field)
    name = basename(path)
    if sh.is_direct or name not in _BUILT_IN:
        sh.notes.needs.setdefault(path, None)
    if name != "sleep":
        sh.notes.only_sleeps = sh.notes.only_sleeps and name in _TRANSPARENT
    if not sh.is_direct and sh.notes.depth >= MAX_DEPTH:
        return sh.give_up(st, "it nests more deeply than is followed")
    if name in SHELLS:
        return _shell(name, arguments, sh, st)
    if name in _OPAQUE:
        return _opaque(arguments, sh, st)
    if windows.is_windows(name, arguments):
        return _finished(windows.effect(name, arguments), st)
    if name in WRAPPERS_BY_NAME and name != "exec":
        return _run_wrapped(name, arguments, sh, st)
    if name in AT_ONCE:
        st.await_input()
    effect = look_up(Call(name, arguments, sh, st))
    if effect.may_end_shell and not sh.is_direct:
        st = sh.kill(st, "it may end itself")
        if not st.live:
            return st
    if effect.takes.high > 0:
        st.clock += effect.takes
        if not effect.takes.is_known:
            sh.notes.later(st, Afterwards.GOES_ON)
    st.status = effect.status
    return st


_TRANSPARENT = frozenset({"true", "sh", "bash", "ash", "dash", "busybox", "env", "nice", "tini"})


def _finished(takes: Seconds, st: State) -> State:
    st.clock += takes
    st.status = 0 if takes.is_exact else None
    return st


def basename(path: str) -> str:
    """`sleep` for a path of any kind, also `sleep.exe` of Windows."""
    if path.isalnum():
        return path
    return path.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")


# Shells


def _shell(name: str, arguments: list[Argument], sh: Shell, st: State) -> State:
    """`sh [options] -c script [name [argument...]]`, or a script file."""
    call = read_shell_call(_texts(arguments[1:]))
    if call is None:
        return sh.give_up(st, f"what {name} runs is not known")
    child = _child_of(name, sh)
    inside = _inherited(sh, st)
    for letter, is_on in call.options:
        if letter in _SETTINGS:
            set_option(child, inside, _SETTINGS[letter], is_on=is_on)
        elif letter.isspace():
            mistakes.option_with_script(arguments, sh)
            st.status = FAILED
            return st
        elif letter in {"n", "s", "i"}:
            return sh.give_up(st, f"`{name} -{letter}` is not read")
    rest = arguments[1 + call.start :]
    if not call.has_script:
        return _script_file(name, rest, sh, st)
    if not rest:
        return sh.give_up(st, f"`{name} -c` without a script fails")
    return _run_script(rest, child, inside, sh, st)


_SETTINGS = {"e": "e", "u": "u", "pipefail": "p"}


def _texts(arguments: list[Argument]) -> list[str | None]:
    """The words as far as they are known."""
    return [one.field if isinstance(one.field, str) else None for one in arguments]


def _child_of(name: str, sh: Shell) -> Shell:
    return Shell(
        sh.notes, sh.interpreter, is_bash=_IS_BASH.get(name), base=sh.base, rounds=sh.rounds
    )


def _inherited(sh: Shell, st: State) -> State:
    """What a new shell gets from the one that starts it: the exported variables."""
    exported = st.exported | frozenset(sh.notes.env)
    variables = {name: value for name, value in st.variables.items() if name in exported}
    return State(
        clock=st.clock, variables=variables, exported=exported, sent=st.sent,
        input_ends=st.input_ends, ignores_signals=st.ignores_signals,
    )  # fmt: skip


def _script_file(name: str, rest: list[Argument], sh: Shell, st: State) -> State:
    if not rest:
        if st.input_ends is not None:
            return sh.give_up(st, f"what {name} reads from its input is not known")
        # It reads its script from the input, and a hook has none.
        st.status = 0
        return st
    sh.notes.later(st, Afterwards.GOES_ON)
    st.clock += unknown(f"`{first_line(rest[0].source)}` is a script that is not read")
    st.status = None
    return st


def _run_script(rest: list[Argument], child: Shell, inside: State, sh: Shell, st: State) -> State:
    script = rest[0].field
    if isinstance(script, Unknown):
        return sh.give_up(st, f"what `{first_line(rest[0].source)}` runs is not known")
    sh.notes.steps += 50
    child.script = script
    child.argument, child.fixed = _position(rest[0], script, sh)
    child.name = rest[1].field if len(rest) > 1 else "sh"
    inside.positional = tuple([argument.field for argument in rest[2:]])
    if len(rest) > 1:
        sh.notes.only_sleeps = sh.notes.only_sleeps and not sh.notes.broken
    mistakes.lost_arguments(rest, sh)
    try:
        block = parse(script)
    except Unreadable as error:
        mistakes.find_refused_syntax(rest[0].where, script, sh)
        # A shell runs the lines before a mistake that stands further down.
        return sh.give_up(st, f"{_named(rest[0])}: {error}")
    except RecursionError:
        return sh.give_up(st, "the script nests more deeply than is followed")
    if block.bash_only and child.is_bash is not True:
        # It may not run at all: a shell takes the whole line, and a list is one.
        child.leave(inside).status = FAILED
    sh.notes.depth += 1
    end = sh.interpreter.process(block, child, inside)
    sh.notes.depth -= 1
    st.clock, st.status, st.sent = end.clock, end.status, st.sent | end.sent
    st.orphans = (*st.orphans, *end.jobs, *end.orphans)
    return st


def _position(argument: Argument, script: str, sh: Shell) -> tuple[int, Where | None]:
    """Where the script stands in the command: an argument of its own, or inside another."""
    index, start, _ = argument.where
    if start == 0 and sh.notes.command[index] == script:
        return index, None
    return index, argument.where


def _named(argument: Argument) -> str:
    return f"`{first_line(argument.source)}`"


# Wrappers


def _run_wrapped(name: str, arguments: list[Argument], sh: Shell, st: State) -> State:
    """Run what a program of the table runs."""
    wrapped = unwrap(WRAPPERS_BY_NAME[name], _texts(arguments[1:]))
    if wrapped is None:
        return sh.give_up(st, f"`{first_line(_quote(arguments))}` is not read")
    run = _SPECIAL.get(name, _plainly)
    return run(wrapped, arguments, sh, st)


def _quote(arguments: list[Argument]) -> str:
    return " ".join([argument.source for argument in arguments])


def _plainly(wrapped: Wrapped, arguments: list[Argument], sh: Shell, st: State) -> State:
    return _call_rest(arguments[1 + wrapped.start :], sh, st)


def _call_rest(rest: list[Argument], sh: Shell, st: State) -> State:
    """Run the rest as a program: no function and no builtin of the shell."""
    if not rest:
        st.status = None
        return st
    name = rest[0].field
    if isinstance(name, Unknown):
        return _unknown_program(rest[0], sh, st)
    if name in BUILTINS:
        # `timeout 5 exit` looks for a program of that name.
        return sh.give_up(st, f"`{name}` is not a program")
    before = st.live
    sh.notes.depth += 1
    st = launch(rest, sh, st)
    sh.notes.depth -= 1
    st.live = st.live and before
    return st


def _unknown_program(argument: Argument, sh: Shell, st: State) -> State:
    return sh.give_up(st, f"which program `{argument.source}` runs is not known")


def _env(wrapped: Wrapped, arguments: list[Argument], sh: Shell, st: State) -> State:
    saved = dict(st.variables), st.exported
    if wrapped.has("i") or "-" in _texts(arguments[1:2]):
        st.variables.clear()
    for option, name in wrapped.options:
        if option == "u" and name is not None:
            st.variables[name] = UNSET
    for index in wrapped.assignments:
        sh.notes.only_sleeps = False
        name, _, value = str(arguments[1 + index].field).partition("=")
        st.variables[name] = value
        st.exported |= {name}
    st = _plainly(wrapped, arguments, sh, st)
    st.variables, st.exported = saved
    return st


def _timeout(wrapped: Wrapped, arguments: list[Argument], sh: Shell, st: State) -> State:
    rest = arguments[1 + wrapped.start :]
    if not rest or not wrapped.operands:
        st.status = FAILED
        return st
    limit = duration(arguments[1 + wrapped.operands[0]].field)
    kill_after = duration(wrapped.value("k") or SOMETHING) if wrapped.has("k") else 0.0
    if limit is Odd.BAD or kill_after is Odd.BAD:
        st.status = FAILED
        return st
    begun, traps = st.clock, sh.notes.traps
    marks, reasons = frozenset(sh.notes.endless), dict(sh.notes.reasons)
    inner = sh.forked()
    inner.base = sh.base + begun
    inside = st.copy()
    inside.clock, inside.jobs, inside.orphans, inside.functions = ZERO, (), (), {}
    end = _call_rest(rest, inner, inside)
    end = inner.exited if inner.exited is not None else end
    st.sent |= end.sent
    later = [job._replace(ends=begun + job.ends) for job in end.orphans]
    st.orphans = (*st.orphans, *later)
    if not isinstance(limit, float) or limit == 0 or math.isinf(limit):
        vague = limit is Odd.UNCLEAR
        why = f"the limit of `{first_line(_quote(arguments))}` is not known"
        st.clock += unknown(why) if vague else end.clock
        st.status = None
        return st
    if end.clock.high >= limit and (st.ignores_signals or sh.notes.traps > traps):
        why = f"whether `{first_line(_quote(arguments))}` ends at its limit is up to a trap"
        st.clock += unknown(why, min(end.clock.low, limit))
        st.status = None
        return st
    for where in sh.notes.endless.keys() - marks:
        del sh.notes.endless[where]
    extra = kill_after if isinstance(kill_after, float) else 0.0
    if end.clock.high >= limit:
        sh.notes.reasons = reasons
    st.clock += _capped(end.clock, limit, extra, arguments, sh)
    st.status = _timeout_status(end, limit)
    return st


def _capped(
    takes: Seconds, limit: float, extra: float, arguments: list[Argument], sh: Shell
) -> Seconds:
    if takes.high < limit:
        return takes
    quoted = " ".join(argument.source for argument in arguments)
    sh.notes.reasons[f"`{first_line(quoted)}`"] = None
    if takes.low >= limit and takes.kind is Kind.EXACT:
        return exactly(limit)
    return between(min(takes.low, limit), min(takes.high, limit + extra))


def _timeout_status(end: State, limit: float) -> int | None:
    if end.clock.high < limit:
        return end.status
    # 124 from GNU, 143 from BusyBox.
    return FAILED if end.clock.low > limit else None


def _busybox(wrapped: Wrapped, arguments: list[Argument], sh: Shell, st: State) -> State:
    rest = arguments[1 + wrapped.start :]
    if rest and rest[0].field in SHELLS:
        rest = [rest[0]._replace(field="ash"), *rest[1:]]
    return _call_rest(rest, sh, st)


def _flock(wrapped: Wrapped, arguments: list[Argument], sh: Shell, st: State) -> State:
    """It waits for its lock, and fails where that takes too long or the file is not there."""
    limit = _limit_of(wrapped)
    failed = st.copy()
    failed.status = FAILED
    sh.notes.later(st, Afterwards.GOES_ON)
    if limit is None:
        why = f"how long `{first_line(_quote(arguments))}` waits for its lock is not known"
        st.clock += unknown(why)
    else:
        failed.clock += between(0, limit)
        st.clock += between(0, limit)
    return join(_plainly(wrapped, arguments, sh, st), failed)


def _limit_of(wrapped: Wrapped) -> float | None:
    if wrapped.has("n"):
        return 0.0
    limit = duration(wrapped.value("w") or SOMETHING)
    return limit if isinstance(limit, float) and not math.isinf(limit) else None


def _setsid(wrapped: Wrapped, arguments: list[Argument], sh: Shell, st: State) -> State:
    """It forks where it leads a process group, as the first program of a hook does."""
    if sh.is_direct and not wrapped.has("w"):
        why = f"`{first_line(_quote(arguments))}` goes on in the background"
        return sh.give_up(st, why)
    return _plainly(wrapped, arguments, sh, st)


def _xargs(wrapped: Wrapped, arguments: list[Argument], sh: Shell, st: State) -> State:
    """It runs its command with more words than are written: once, more often, or never."""
    rest = arguments[1 + wrapped.start :]
    if not rest:
        st.status = 0
        return st
    never = st.copy()
    begun = st.clock
    once = _call_rest([*rest, Argument(ANYTHING, rest[-1].where, "...")], sh, st)
    if not once.live:
        return once
    if once.clock != begun:
        sh.notes.later(once, Afterwards.GOES_ON)
        once.clock += unknown(f"how often `{first_line(_quote(arguments))}` runs it is not known")
    once.status = None
    return join(never, once)


def _opaque(arguments: list[Argument], sh: Shell, st: State) -> State:
    sh.notes.later(st, Afterwards.GOES_ON)
    st.clock += unknown(f"what `{arguments[0].source}` runs is not followed")
    st.status = None
    return st


_SPECIAL: dict[str, Callable[[Wrapped, list[Argument], Shell, State], State]] = {
    "env": _env,
    "timeout": _timeout,
    "busybox": _busybox,
    "flock": _flock,
    "setsid": _setsid,
    "xargs": _xargs,
}
_OPAQUE = frozenset(
    {"su", "runuser", "doas", "watch", "script", "ssh", "parallel", "find", "strace"}
)


__all__ = ["basename", "launch"]
