"""Programs that run another program: shells, `env`, `timeout`, `nice`, `tini` and the like."""

from __future__ import annotations

import math
from collections.abc import Callable

from k8slint.shutdown.seconds import Kind, Seconds, between, exactly, unknown
from k8slint.shutdown.shell import windows
from k8slint.shutdown.shell.builtins import BUILTINS
from k8slint.shutdown.shell.effects import Call
from k8slint.shutdown.shell.notes import MAX_DEPTH
from k8slint.shutdown.shell.operands import Odd, duration
from k8slint.shutdown.shell.programs import AT_ONCE, look_up
from k8slint.shutdown.shell.reading import Afterwards
from k8slint.shutdown.shell.scripts import find_file, run_file, run_shell, texts_of
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
from k8slint.shutdown.shell.syntax import first_line
from k8slint.shutdown.words import SHELLS
from k8slint.shutdown.wrappers import WRAPPERS_BY_NAME, Wrapped, unwrap

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
    if "/" in path and (file := find_file(path, sh)):
        return run_file(file, arguments, sh, st)
    if name in AT_ONCE and name != "printf":  # which may set a variable
        st.await_input()
        st.status = None
        return st
    if name in SHELLS:
        return run_shell(name, arguments, sh, st)
    if name in _OPAQUE:
        return _opaque(arguments, sh, st)
    if windows.is_windows(name, arguments):
        return _finish(windows.effect(name, arguments), st)
    if name in WRAPPERS_BY_NAME and name != "exec":
        return _run_wrapped(name, arguments, sh, st)
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


def _finish(takes: Seconds, st: State) -> State:
    st.clock += takes
    st.status = 0 if takes.is_exact else None
    return st


def basename(path: str) -> str:
    """`sleep` for a path of any kind, also `sleep.exe` of Windows."""
    if path.isalnum():
        return path
    return path.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")


# Wrappers


def _run_wrapped(name: str, arguments: list[Argument], sh: Shell, st: State) -> State:
    """Run what a program of the table runs."""
    wrapped = unwrap(WRAPPERS_BY_NAME[name], texts_of(arguments[1:]))
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
    saved = st.variables, st.exported
    if wrapped.has("i") or "-" in texts_of(arguments[1:2]):
        st.variables = {}
    for option, name in wrapped.options:
        if option == "u" and name is not None:
            st.store(name, UNSET)
    for index in wrapped.assignments:
        sh.notes.only_sleeps = False
        name, _, value = str(arguments[1 + index].field).partition("=")
        st.store(name, value)
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
    if end.clock.high >= limit and (st.options.ignores_signals or sh.notes.traps > traps):
        why = f"whether `{first_line(_quote(arguments))}` ends at its limit is up to a trap"
        st.clock += unknown(why, min(end.clock.low, limit))
        st.status = None
        return st
    for where in sh.notes.endless.keys() - marks:
        del sh.notes.endless[where]
    extra = kill_after if isinstance(kill_after, float) else 0.0
    if end.clock.high >= limit:
        sh.notes.reasons = reasons
    st.clock += _cap(end.clock, limit, extra, arguments, sh)
    st.status = _timeout_status(end, limit)
    return st


def _cap(
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
        rest = [Argument("ash", rest[0].where, rest[0].source), *rest[1:]]
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
