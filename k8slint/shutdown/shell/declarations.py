"""Assignments, and declarations such as `export` and `local`."""

from __future__ import annotations

from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell import words
from k8slint.shutdown.shell.shells import Shell
from k8slint.shutdown.shell.state import ANYTHING, FAILED, State, Unknown, Value


def assign(assignment: s.Assignment, sh: Shell, st: State) -> None:
    """`name=value`, with the time its substitutions take."""
    sh.notes.only_sleeps = False
    if sh.protect(st, (assignment.name,)):
        return
    if assignment.value is None:
        st.store(assignment.name, ANYTHING)
        return
    value = words.text(assignment.value, sh, st)
    if assignment.appends:
        # Only bash knows `+=`.
        value = ANYTHING
    if isinstance(value, Unknown) and (pids := words.pids_of(assignment.value.source)):
        value = Unknown(value.many, pids)
    st.store(assignment.name, value)


def run_declaration(command: s.Declaration, sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    is_local = command.keyword == "local"
    names = (*(assignment.name for assignment in command.assignments), *command.names)
    if is_local and not sh.is_in_function:
        # bash complains and goes on, the others end.
        sh.leave(st).status = FAILED
        st.status = FAILED
        return sh.check_failure(st, command)
    if is_local and sh.local:
        for name in names:
            sh.local[-1].setdefault(name, st.variables.get(name, ANYTHING))
    for assignment in command.assignments:
        assign(assignment, sh, st)
        if not st.live:
            return st
        value = st.variables[assignment.name]
        # dash splits the value of a declaration, and not every shell has `declare`.
        if command.keyword in {"declare", "typeset"} or _may_split(assignment, value):
            st.store(assignment.name, ANYTHING)
    if command.keyword == "export":
        st.exported |= frozenset(names)
    elif command.keyword == "readonly":
        st.readonly |= frozenset(names)
    else:
        st.variables = {**st.variables, **dict.fromkeys(command.names, ANYTHING)}
    st.status = 0 if is_local or command.keyword in {"export", "readonly"} else None
    return sh.check_failure(st, command) if st.live else st


def _may_split(assignment: s.Assignment, value: Value) -> bool:
    if assignment.value is None or assignment.value.literal is not None:
        return False
    return not isinstance(value, str) or bool(set(value) & set(" \t\n*?["))
