"""Simple commands: their words, their assignments, and what they call."""

from __future__ import annotations

import re

from k8slint.shutdown.seconds import unknown
from k8slint.shutdown.shell import mistakes, words
from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell.builtins import BUILTINS, Builtin
from k8slint.shutdown.shell.declarations import assign
from k8slint.shutdown.shell.launch import launch
from k8slint.shutdown.shell.notes import MAX_DEPTH, MAX_STEPS
from k8slint.shutdown.shell.programs import SILENT
from k8slint.shutdown.shell.reading import Afterwards
from k8slint.shutdown.shell.redirections import (
    hides_output,
    open_all,
    redirect,
    redirect_input,
)
from k8slint.shutdown.shell.shells import Argument, Shell
from k8slint.shutdown.shell.state import ANYTHING, Field, State, Unknown, Value, join

_NOT_FOUND = 127
_SPECIAL_BUILTINS = frozenset(
    {":", ".", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times",
     "trap", "unset", "break", "continue"}
)  # fmt: skip


def run_simple(command: s.Simple, sh: Shell, st: State) -> State:
    sh.notes.steps += 1
    if sh.notes.steps > MAX_STEPS:
        return sh.give_up(st, "it does more than is followed")
    arguments = _expand_arguments(command.words, sh, st)
    if not st.live:
        return st
    if command.assignments or command.redirects:
        sh.notes.only_sleeps = False
    if command.words and not arguments and not command.assignments:
        # Only substitutions, and they gave no text: the status is that of the last one.
        return sh.check_failure(st, command)
    if command.redirects:
        return _run_redirected(command, arguments, sh, st)
    return sh.check_failure(_execute(arguments, command.assignments, sh, st), command)


def _expand_arguments(source: tuple[s.Word, ...], sh: Shell, st: State) -> list[Argument]:
    is_sleep = bool(source) and source[0].literal == "sleep"
    fixed, number = sh.fixed, sh.argument
    arguments: list[Argument] = []
    for word in source:
        where = fixed or (number, word.start, word.end)
        if word.literal is not None:
            arguments.append(Argument(word.literal, where, word.source))
            continue
        if is_sleep and _is_mistaken_reference(word, sh):
            # The shell runs a program of that name, which is not there, and gets no text.
            name = word.source.strip('"$()')
            reason = f"`{word.source}` runs a program `{name}`: only the kubelet reads it as a"
            reason += " variable, and not in hooks; sleep gets no time"
            repair = sh.notes.replaced(where, f'"${name}"') if not fixed else None
            sh.notes.break_down(where, reason, repair)
            if word.source.startswith('"'):
                arguments.append(Argument("", where, word.source))
            continue
        fields = words.split_word(word, sh, st)
        arguments += [Argument(_label_pids(field, word), where, word.source) for field in fields]
    return arguments


def _is_mistaken_reference(word: s.Word, sh: Shell) -> bool:
    """`$(NAME)` as the kubelet would expand it elsewhere, for a variable of the container."""
    found = re.fullmatch(r'"?\$\((\w+)\)"?', word.source)
    return found is not None and found[1] in sh.notes.env


def _label_pids(field: Field, word: s.Word) -> Field:
    """`$(pidof app)` is unknown, but whose process id it is, is known."""
    if isinstance(field, Unknown) and (program := words.pids_of(word.source)):
        return Unknown(field.many, program)
    return field


def _execute(
    arguments: list[Argument],
    assignments: tuple[s.Assignment, ...],
    sh: Shell,
    st: State,
) -> State:
    if not assignments and arguments:
        return call(arguments, sh, st)
    name = arguments[0].field if arguments else ""
    is_kept = not arguments or name in BUILTINS or name in st.functions
    saved: dict[str, Value | None] = {}
    substituted = False
    for assignment in assignments:
        saved.setdefault(assignment.name, st.variables.get(assignment.name))
        ran = assignment.value is not None and s.has_substitution(assignment.value)
        substituted |= ran
        if ran:
            st.status = None
        assign(assignment, sh, st)
        if not st.live:
            return st
    if not arguments:
        if not substituted:
            st.status = 0
        return st
    temporary = frozenset(saved) - st.exported
    st.exported |= temporary
    st = call(arguments, sh, st)
    st.exported -= temporary
    if is_kept:
        # bash drops it after the builtin, dash keeps it.
        st.variables = {**st.variables, **dict.fromkeys(saved, ANYTHING)}
    else:
        variables = {**st.variables}
        for name, value in saved.items():
            if value is None:
                variables.pop(name, None)
            else:
                variables[name] = value
        st.variables = variables
    return st


def call(arguments: list[Argument], sh: Shell, st: State) -> State:
    """Run a function, a builtin or a program."""
    name = arguments[0].field
    if isinstance(name, Unknown):
        if len(arguments) == 1 and name.many:
            # Nothing, or any command.
            sh.notes.later(st, Afterwards.GOES_ON)
        return _give_up_on_program(
            f"which program `{arguments[0].source}` runs is not known", sh, st
        )
    if name not in SILENT:
        sh.notes.writes += 1
    builtin: Builtin | None = BUILTINS.get(name)
    if name in st.functions and builtin is None:
        return _run_function(name, arguments, sh, st)
    if builtin is not None:
        return builtin(arguments, sh, st)
    if " " in name and mistakes.find_quoted_command(arguments[0], sh):
        st.status = _NOT_FOUND
        return st
    st = launch(arguments, sh, st)
    if sh.piped and st.status == 0 and name not in SILENT:
        # It fails where it writes after the reader is gone.
        st.status = None
    return st


def _give_up_on_program(why: str, sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    sh.notes.later(st, Afterwards.GOES_ON)
    st.clock += unknown(why)
    # It may be a builtin that changes what comes after.
    return sh.give_up(st, why)


def _run_function(name: str, arguments: list[Argument], sh: Shell, st: State) -> State:
    body = st.functions[name]
    if body is None:
        return sh.give_up(st, f"which `{name}` runs is not known")
    if sh.notes.depth >= MAX_DEPTH:
        return sh.give_up(st, f"the function `{name}` calls itself too often")
    sh.notes.depth += 1
    outer_loops, sh.loops = sh.loops, []
    returned: list[State] = []
    sh.returned.append(returned)
    sh.local.append({})
    outer = st.positional
    st.positional = tuple(argument.field for argument in arguments[1:])
    st = sh.interpreter.run(body, sh, st)
    sh.returned.pop()
    sh.loops = outer_loops
    sh.notes.depth -= 1
    for state in returned:
        st = join(st, state)
    st.positional = outer
    st.variables = {**st.variables, **sh.local.pop()}
    return st


def _run_redirected(command: s.Simple, arguments: list[Argument], sh: Shell, st: State) -> State:
    failed = open_all(command, sh, st)
    if not st.live:
        return st
    if [argument.field for argument in arguments] == ["exec"]:
        if hides_output(command):
            st.streams = st.streams._replace(redirected=True)
        redirect_input(command, st)
        st.status = 0
    else:
        before = st.streams
        redirect(command, st)
        st = _execute(arguments, command.assignments, sh, st)
        st.streams = before
    st = sh.check_failure(st, command)
    if failed is None:
        return st
    if not arguments or arguments[0].field in _SPECIAL_BUILTINS:
        # A special builtin whose redirection fails ends dash, and bash goes on.
        sh.leave(failed)
    return join(st, sh.check_failure(failed, command))
