"""Shells that run a script: one that is an argument, or one that a ConfigMap mounts."""

from __future__ import annotations

from k8slint.kubernetes.mounts import MountedFile, interpreter_of
from k8slint.shutdown.seconds import unknown
from k8slint.shutdown.shell import mistakes
from k8slint.shutdown.shell.builtins import set_option
from k8slint.shutdown.shell.grammar import parse
from k8slint.shutdown.shell.notes import Where
from k8slint.shutdown.shell.reading import Afterwards
from k8slint.shutdown.shell.shells import Argument, Shell
from k8slint.shutdown.shell.state import FAILED, ShellOptions, State, Streams, Unknown
from k8slint.shutdown.shell.syntax import Unreadable, first_line
from k8slint.shutdown.shell_call import read_shell_call
from k8slint.shutdown.words import SHELLS

_IS_BASH = {"bash": True, "dash": False, "ash": False}


def run_shell(name: str, arguments: list[Argument], sh: Shell, st: State) -> State:
    """`sh [options] -c script [name [argument...]]`, or a script file."""
    call = read_shell_call(texts_of(arguments[1:]))
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
        return _script_file(name, rest, child, inside, sh, st)
    if not rest:
        return sh.give_up(st, f"`{name} -c` without a script fails")
    return _run_script(rest, child, inside, sh, st)


_SETTINGS = {"e": "e", "u": "u", "pipefail": "p"}


def texts_of(arguments: list[Argument]) -> list[str | None]:
    """The words as far as they are known."""
    return [one.field if isinstance(one.field, str) else None for one in arguments]


def _child_of(name: str, sh: Shell) -> Shell:
    child = Shell(sh.notes, sh.interpreter, sh.base, sh.rounds)
    child.is_bash = _IS_BASH.get(name)
    return child


def _inherited(sh: Shell, st: State) -> State:
    """What a new shell gets from the one that starts it: the exported variables."""
    exported = st.exported | frozenset(sh.notes.env)
    variables = {name: value for name, value in st.variables.items() if name in exported}
    inside = State(variables)
    inside.clock, inside.exported, inside.sent = st.clock, exported, st.sent
    if st.streams.input_ends is not None:
        inside.streams = Streams(input_ends=st.streams.input_ends)
    if st.options.ignores_signals:
        inside.options = ShellOptions(ignores_signals=True)
    return inside


def _script_file(
    name: str, rest: list[Argument], child: Shell, inside: State, sh: Shell, st: State
) -> State:
    if not rest:
        if st.streams.input_ends is not None:
            return sh.give_up(st, f"what {name} reads from its input is not known")
        # It reads its script from the input, and a hook has none.
        st.status = 0
        return st
    path = rest[0].field
    file = find_file(path, sh) if isinstance(path, str) else None
    if file and file.text is not None:
        child.argument, child.name = sh.notes.number_of(file), file.path
        inside.positional = tuple([argument.field for argument in rest[1:]])
        sh.notes.only_sleeps = False
        return _run_text(file.text, rest[0], child, inside, sh, st)
    return _leave_unread(rest[0], file, sh, st)


def _leave_unread(script: Argument, file: MountedFile | None, sh: Shell, st: State) -> State:
    why = f" ({file.unread})" if file and file.unread else ""
    sh.notes.later(st, Afterwards.GOES_ON)
    st.clock += unknown(f"`{first_line(script.source)}` is a script that is not read{why}")
    st.status = None
    return st


def _run_script(rest: list[Argument], child: Shell, inside: State, sh: Shell, st: State) -> State:
    script = rest[0].field
    if isinstance(script, Unknown):
        return sh.give_up(st, f"what `{first_line(rest[0].source)}` runs is not known")
    child.argument, child.fixed = _position(rest[0], script, sh)
    child.name = rest[1].field if len(rest) > 1 else "sh"
    inside.positional = tuple([argument.field for argument in rest[2:]])
    if len(rest) > 1:
        sh.notes.only_sleeps = sh.notes.only_sleeps and not sh.notes.broken
    mistakes.lost_arguments(rest, sh)
    return _run_text(script, rest[0], child, inside, sh, st)


def _run_text(
    script: str, written: Argument, child: Shell, inside: State, sh: Shell, st: State
) -> State:
    """Run a script in a shell of its own; `written` is what it, or its file, is named by."""
    sh.notes.steps += 50
    child.script = script
    try:
        block = parse(script)
    except Unreadable as error:
        where = child.fixed or (child.argument, 0, len(script))
        mistakes.find_refused_syntax(where, script, sh)
        # A shell runs the lines before a mistake that stands further down.
        return sh.give_up(st, f"{_named(written)}: {error}")
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
    if start == 0 and sh.notes.text_of(index) == script:
        return index, None
    return index, argument.where


def _named(argument: Argument) -> str:
    return f"`{first_line(argument.source)}`"


def find_file(path: str, sh: Shell) -> MountedFile | None:
    """Return what a ConfigMap puts under a path; a script may have left the working folder."""
    if sh.notes.find_file is None or "/" not in path or not (path[0] == "/" or sh.is_direct):
        return None
    return sh.notes.find_file(path)


def run_file(file: MountedFile, arguments: list[Argument], sh: Shell, st: State) -> State:
    """Run a mounted script as a program: its first line names what reads it."""
    where, source = arguments[0].where, arguments[0].source
    is_first = sh.is_direct and not sh.notes.depth
    if file.text is None or file.is_executable is None:
        return _leave_unread(arguments[0], file, sh, st)
    interpreter = interpreter_of(file.text)
    if not file.is_executable or (interpreter is None and is_first):
        if is_first:
            sh.notes.number_of(file)
            sh.notes.break_down(where, _why_refused(file))
        st.status = FAILED
        return st
    program, *options = interpreter or ("sh",)
    name = program.rpartition("/")[2]
    if name == "env" and options:
        name, *options = options[0].removeprefix("-S").split()
    if name not in SHELLS or (interpreter is None and sh.is_direct):
        return _leave_unread(arguments[0], file, sh, st)
    sh.notes.needs.pop(file.path, None)
    sh.notes.needs.setdefault(program, None)
    words = [Argument(word, where, source) for word in (program, *options, file.path)]
    return run_shell(name, [*words, *arguments[1:]], sh, st)


def _why_refused(file: MountedFile) -> str:
    if not file.is_executable:
        mode = f"{file.mode or 0:04o}"
        return f"`{file.path}` ({file.label}) has mode {mode}, so the kernel does not execute it"
    return f"`{file.path}` ({file.label}) does not begin with `#!`: exec format error"
