"""Lists, pipelines, subshells and what runs in the background."""

from __future__ import annotations

from k8slint.shutdown.seconds import Seconds, longest
from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell.builtins import BUILTINS
from k8slint.shutdown.shell.notes import MAX_JOBS
from k8slint.shutdown.shell.redirections import find_hidden_output
from k8slint.shutdown.shell.shells import Shell
from k8slint.shutdown.shell.state import (
    FAILED,
    Job,
    State,
    Unknown,
    join,
    lower_bound_to,
    stretch_to,
    wait_for,
)


def run_and_or(command: s.AndOr, sh: Shell, st: State) -> State:
    parts = [("", command.first), *command.rest]
    surely_ran = True
    for index, (operator, part) in enumerate(parts):
        if not st.live:
            break
        before = parts[index - 1][1]
        if operator and st.status is None and surely_ran and _succeeds(before, sh):
            st.status = 0
        is_last = index == len(parts) - 1
        sh.tested += not is_last
        if not operator:
            st = sh.interpreter.run(part, sh, st)
        elif st.status is None:
            # Whether the part runs is not known: it does on one way and does not on the other.
            surely_ran = False
            skipped, taken = st.copy(), st
            skipped.status = FAILED if operator == "&&" else 0
            taken.status = 0 if operator == "&&" else FAILED
            st = join(sh.interpreter.run(part, sh, taken), skipped)
        elif (st.status == 0) == (operator == "&&"):
            st = sh.interpreter.run(part, sh, st)
        sh.tested -= not is_last
    return st


def _succeeds(command: s.Command, sh: Shell) -> bool:
    return not _asks(command) and sh.assumes_success(command)


_QUESTIONS = frozenset(
    {"[", "test", "grep", "egrep", "fgrep", "pgrep", "pidof", "ps", "which", "type", "hash",
     "command", "cmp", "diff", "ls", "stat", "mountpoint", "ping", "nc", "ncat", "pg_isready"}
)  # fmt: skip


def _asks(command: s.Command) -> bool:
    """Whether a command is a question, whose answer may well be no."""
    match command:
        case s.Test() | s.Calculation():
            return True
        case s.Simple() if command.words:
            name = (command.words[0].literal or "").rpartition("/")[2]
            probes = name in {"kill", "killall", "pkill"}
            return name in _QUESTIONS or (probes and any(w.literal == "-0" for w in command.words))
        case s.Pipeline():
            return command.negated or _asks(command.commands[-1])
        case s.AndOr():
            return _asks(command.rest[-1][1])
        case s.Group() | s.Subshell():
            return _asks(command.body.statements[-1].command)
        case s.Redirected():
            return _asks(command.command)
    return False


def run_pipeline(command: s.Pipeline, sh: Shell, st: State) -> State:
    sh.ask(command.negated)
    if len(command.commands) == 1:
        st = sh.interpreter.run(command.commands[0], sh, st)
    else:
        st = _run_piped(command.commands, sh, st)
    sh.ask(-command.negated)
    if not st.live:
        return st
    if command.negated:
        st.status = None if st.status is None else int(st.status == 0)
        return st
    return sh.check_failure(st, command) if len(command.commands) > 1 else st


def _run_piped(parts: tuple[s.Command, ...], sh: Shell, st: State) -> State:
    """All parts run at the same time, each in a shell of its own."""
    begun = st.clock
    statuses: list[int | None] = []
    end = begun
    input_ends = st.streams.input_ends
    for index, part in enumerate(parts):
        written = sh.notes.writes
        is_last = index == len(parts) - 1
        child = _run_in_child(part, sh, st, input_ends, piped=sh.piped or not is_last)
        statuses.append(child.status)
        clock = child.clock
        if not is_last and sh.notes.writes != written:
            # It dies of a broken pipe when it writes after the reader is gone.
            clock = lower_bound_to(clock, begun.low)
        if not is_last:
            # A reader may wait for a background child that holds the pipe open.
            held = wait_for(clock, (*child.jobs, *child.orphans))
            clock = input_ends = stretch_to(clock, held)
        else:
            st.orphans = (*st.orphans, *child.jobs, *child.orphans)
        end = longest(end, clock)
        st.sent |= child.sent
    st.clock = end
    st.status = statuses[-1]
    pipefail = st.options.pipefail
    if pipefail is None or (pipefail and any(status != 0 for status in statuses[:-1])):
        st.status = None if st.status == 0 else st.status
    return st


def _run_in_child(
    command: s.Command, sh: Shell, st: State, input_ends: Seconds | None, *, piped: bool
) -> State:
    """Run a command in a subshell and see how that ends; the state itself stays as it is."""
    inside, shell = st.forked(), sh.forked()
    shell.piped = piped
    if input_ends is not st.streams.input_ends:
        inside.streams = st.streams._replace(input_ends=input_ends)
    block = command.body if isinstance(command, s.Subshell) else s.Block((s.Statement(command),))
    return sh.interpreter.process(block, shell, inside)


def run_subshell(command: s.Subshell, sh: Shell, st: State) -> State:
    child = _run_in_child(command, sh, st, st.streams.input_ends, piped=sh.piped)
    st.clock, st.status = child.clock, child.status
    st.sent |= child.sent
    st.orphans = (*st.orphans, *child.jobs, *child.orphans)
    return sh.check_failure(st, command)


def run_in_background(command: s.Command, sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    if len(st.jobs) + len(st.orphans) >= MAX_JOBS:
        return sh.give_up(st, "more background jobs run than are followed")
    # To dash a list or condition around it is none of its own.
    child = sh.forked(tested=0)
    end = sh.interpreter.process(s.Block((s.Statement(command),)), child, st.forked())
    number = sh.notes.steps = sh.notes.steps + 1
    hidden = find_hidden_output(command)
    own = bool(hidden) and isinstance(command, s.Simple) and not st.streams.redirected
    # A shell that has no program take its place keeps the original output open.
    keeps = (st.streams.saved or own) and _stays_a_shell(command, st)
    holds = keeps or (not st.streams.redirected and not hidden >= {"1", "2"})
    where = sh.where(*s.find_extent(command))
    source = sh.notes.quote(where)
    ends = wait_for(end.clock, ())
    st.jobs = (*st.jobs, Job(number, ends, holds, keeps or "1" not in hidden, source, where))
    st.orphans = (*st.orphans, *end.jobs, *end.orphans)
    st.store("!", Unknown(job=number))
    st.sent |= end.sent
    st.status = 0
    return st


def _stays_a_shell(command: s.Command, st: State) -> bool:
    """Whether a background command is not just a program, or several in a pipeline."""
    if isinstance(command, s.Pipeline):
        return any(_stays_a_shell(part, st) for part in command.commands)
    if not isinstance(command, s.Simple) or not command.words:
        return True
    name = command.words[0].literal
    return name is None or name in BUILTINS or name in st.functions
