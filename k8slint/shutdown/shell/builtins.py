"""The shell's own commands: those that change the shell itself."""

from __future__ import annotations

from collections.abc import Callable

from k8slint.manifest.scalars import decimal
from k8slint.shutdown.seconds import between, unknown
from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell.grammar import parse
from k8slint.shutdown.shell.operands import option, signal_name
from k8slint.shutdown.shell.shells import Argument, Shell, merged
from k8slint.shutdown.shell.state import (
    ANYTHING,
    FAILED,
    UNSET,
    Field,
    State,
    Unknown,
    wait_for,
)

Builtin = Callable[[list[Argument], Shell, State], State]


def _succeed(arguments: list[Argument], sh: Shell, st: State) -> State:
    st.status = 0
    return st


def _open_end(arguments: list[Argument], sh: Shell, st: State) -> State:
    """`cd`, `umask`: nothing that matters here, but they may fail."""
    sh.notes.only_sleeps = False
    st.status = None
    return st


def _exit(arguments: list[Argument], sh: Shell, st: State) -> State:
    if len(arguments) > 1:
        st.status = _exit_status(arguments[1].field)
    sh.leave(st)
    st.live = False
    return st


def _exit_status(field: Field) -> int | None:
    status = _count(field)
    # Above that dash refuses it.
    return status % 256 if status is not None and status < 2**31 else None


def _count(field: Field) -> int | None:
    return decimal(field) if isinstance(field, str) else None


def _return(arguments: list[Argument], sh: Shell, st: State) -> State:
    if len(arguments) > 1:
        st.status = _exit_status(arguments[1].field)
    if sh.returned:
        sh.returned[-1].append(st.copy())
        st.live = False
        return st
    # dash ends here, bash complains and goes on.
    sh.leave(st)
    st.status = None
    return st


def _break(arguments: list[Argument], sh: Shell, st: State) -> State:
    return _jump(arguments, sh, st, goes_on=False)


def _continue(arguments: list[Argument], sh: Shell, st: State) -> State:
    return _jump(arguments, sh, st, goes_on=True)


def _jump(arguments: list[Argument], sh: Shell, st: State, *, goes_on: bool) -> State:
    levels = _count(arguments[1].field) if len(arguments) > 1 else 1
    if levels is None or not 1 <= levels < 100:
        return sh.give_up(st, f"`{arguments[0].source}` with an unknown count")
    if not sh.loops:
        return sh.give_up(st, f"`{arguments[0].source}` stands outside a loop")
    st.status = 0
    loop = sh.loops[-min(levels, len(sh.loops))]
    if goes_on:
        loop.continued = merged(loop.continued, st)
    else:
        loop.left = merged(loop.left, st)
    st.live = False
    return st


def _wait(arguments: list[Argument], sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    asked = [argument.field for argument in arguments[1:]]
    if not asked:
        st.clock, st.jobs, st.status = wait_for(st.clock, st.jobs), (), 0
        return st
    numbers = {field.job for field in asked if isinstance(field, Unknown) and field.job}
    chosen = tuple(job for job in st.jobs if job.number in numbers)
    st.status = None
    if len(numbers) == len(asked):
        st.clock = wait_for(st.clock, chosen)
        st.jobs = tuple(job for job in st.jobs if job.number not in numbers)
    elif st.jobs:
        # Which child it waits for is not known: perhaps none, perhaps all.
        longest_wait = wait_for(st.clock, st.jobs)
        low = st.clock.low
        if longest_wait.is_known:
            st.clock = between(low, longest_wait.high)
        else:
            st.clock = unknown(longest_wait.why, low)
    return st


def _set(arguments: list[Argument], sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    st.status = 0
    operands = [argument.field for argument in arguments[1:]]
    while operands:
        field = operands.pop(0)
        if field == "--":
            st.positional = tuple(operands)
            return st
        if isinstance(field, Unknown) or field[:1] not in {"-", "+"} or len(field) < 2:
            st.positional = (field, *operands)
            return st
        is_on = field[0] == "-"
        for letter in field[1:]:
            if letter == "o":
                name = operands.pop(0) if operands else ""
                if name not in _LONG_OPTIONS:
                    # dash ends at an option it does not have.
                    return sh.give_up(st, f"`set -o {name}` differs between shells")
                set_option(sh, st, _LONG_OPTIONS[str(name)], is_on=is_on)
            elif letter in "eux":
                set_option(sh, st, letter, is_on=is_on)
            elif letter not in "abCfmhv":
                return sh.give_up(st, f"`set {field}` is not read")
    return st


_LONG_OPTIONS = {"errexit": "e", "nounset": "u", "xtrace": "x", "pipefail": "p"}


def set_option(sh: Shell, st: State, letter: str, *, is_on: bool) -> None:
    """`e`, `u` and `p` for pipefail matter here; the others do not."""
    if letter == "e":
        st.options = st.options._replace(errexit=is_on)
    elif letter == "u":
        st.options = st.options._replace(nounset=is_on)
    elif letter == "p":
        st.options = st.options._replace(pipefail=is_on if sh.is_bash else None)
        if not sh.is_bash:
            # dash before 0.5.13 has no pipefail and ends there.
            sh.leave(st).status = FAILED


def _shift(arguments: list[Argument], sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    count = _count(arguments[1].field) if len(arguments) > 1 else 1
    words = st.positional
    if count is None or words is None or any(isinstance(f, Unknown) and f.many for f in words):
        st.positional, st.status = None, None
        return st
    if count > len(words):
        # dash ends here, bash goes on.
        sh.leave(st).status = FAILED
        st.status = FAILED
        return st
    st.positional = words[count:]
    st.status = 0
    return st


def _unset(arguments: list[Argument], sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    st.status = 0
    for argument in arguments[1:]:
        field = argument.field
        if isinstance(field, Unknown):
            return sh.give_up(st, f"what `{arguments[0].source}` unsets is not known")
        if sh.protect(st, (field,)):
            return st
        if field == "-f":
            st.functions = dict.fromkeys(st.functions)
        elif field[:1] != "-":
            st.store(field, UNSET)
            st.exported -= {field}
    return st


def _export(arguments: list[Argument], sh: Shell, st: State) -> State:
    return sh.give_up(st, f"`{arguments[0].source}` is not read")


def _eval(arguments: list[Argument], sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    fields = [argument.field for argument in arguments[1:]]
    if any(isinstance(field, Unknown) for field in fields):
        return sh.give_up(st, "what `eval` runs is not known")
    sh.notes.steps += 50
    script = " ".join(str(field) for field in fields)
    try:
        block = parse(script)
    except s.Unreadable as error:
        return sh.give_up(st, f"`eval`: {error}")
    if block.bash_only and sh.is_bash is not True:
        sh.leave(st).status = FAILED
    fixed, sh.fixed = sh.fixed, arguments[0].where
    st = sh.interpreter.block(block, sh, st)
    sh.fixed = fixed
    return st


def _exec(arguments: list[Argument], sh: Shell, st: State) -> State:
    rest = arguments[1:]
    if not rest:
        st.status = 0
        return st
    if isinstance(rest[0].field, Unknown) or rest[0].field[:1] == "-":
        return sh.give_up(st, "what `exec` runs is not known")
    functions, st.functions = st.functions, {}
    if rest[0].field in BUILTINS:
        return sh.give_up(st, f"`exec {rest[0].field}` runs no builtin")
    st = sh.interpreter.call(rest, sh, st)
    st.functions = functions
    if st.live:
        sh.leave(st)
        st.live = False
    return st


def _trap(arguments: list[Argument], sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    st.status = 0
    names = [argument.field for argument in arguments[2:]]
    action = arguments[1].field if len(arguments) > 1 else ""
    is_signal = any(name not in {"0", "EXIT"} for name in names)
    if action == "":
        if is_signal:
            st.options = st.options._replace(ignores_signals=True)
        sh.notes.traps += st.options.ignores_signals
    if action in {"", "-"}:
        return st
    if any(name in {"0", "EXIT"} or signal_name(name) is None for name in names):
        st.options = st.options._replace(exit_trap=True)
    if is_signal:
        st.options = st.options._replace(traps_signals=True)
        sh.notes.traps += 1
    return st


def _read(arguments: list[Argument], sh: Shell, st: State) -> State:
    """The kubelet gives a hook no input, so `read` ends at once, unless it reads from a pipe."""
    st.await_input()
    sh.notes.only_sleeps = False
    fields = [argument.field for argument in arguments[1:]]
    limit = option(fields, "-t")
    for field in fields:
        if isinstance(field, str) and field.isidentifier():
            st.store(field, ANYTHING)
    st.store("REPLY", ANYTHING)
    st.status = None
    if isinstance(limit, str) and limit.replace(".", "", 1).isdigit() and limit.isascii():
        sh.notes.reasons[" ".join(argument.source for argument in arguments)] = None
        st.clock += between(0, float(limit))
    return st


def _source(arguments: list[Argument], sh: Shell, st: State) -> State:
    name = arguments[1].source if len(arguments) > 1 else ""
    return sh.give_up(st, f"`{name}` is a script that is not read")


def _command(arguments: list[Argument], sh: Shell, st: State) -> State:
    rest = arguments[1:]
    if not rest:
        return _succeed(arguments, sh, st)
    if rest[0].field in {"-v", "-V"}:
        return _open_end(arguments, sh, st)
    if isinstance(rest[0].field, Unknown) or rest[0].field[:1] == "-":
        return sh.give_up(st, "what `command` runs is not known")
    functions, st.functions = st.functions, {}
    st = sh.interpreter.call(rest, sh, st)
    st.functions = st.functions or functions
    return st


def _let(arguments: list[Argument], sh: Shell, st: State) -> State:
    return sh.give_up(st, f"`{arguments[0].source}` differs between shells")


BUILTINS: dict[str, Builtin] = {
    ":": _succeed,
    "cd": _open_end,
    "umask": _open_end,
    "ulimit": _open_end,
    "jobs": _open_end,
    "type": _open_end,
    "hash": _open_end,
    "times": _open_end,
    "getopts": _let,
    "exit": _exit,
    "return": _return,
    "break": _break,
    "continue": _continue,
    "wait": _wait,
    "set": _set,
    "shift": _shift,
    "unset": _unset,
    "export": _export,
    "readonly": _export,
    "eval": _eval,
    "exec": _exec,
    "trap": _trap,
    "read": _read,
    ".": _source,
    "source": _source,
    "command": _command,
    "builtin": _let,
    "let": _let,
    "alias": _let,
    "unalias": _let,
    "declare": _let,
    "local": _let,
    "shopt": _let,
    "disown": _let,
    "fg": _let,
    "bg": _let,
    "mapfile": _let,
    "readarray": _let,
    "pushd": _let,
    "popd": _let,
    "enable": _let,
    "suspend": _let,
    "caller": _open_end,
    "logout": _let,
}
