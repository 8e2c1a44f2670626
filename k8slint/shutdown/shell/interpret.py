"""Follow a script through its lists, branches, loops and functions, with the clock running.

Where it is not known which way a shell goes, both are followed and joined, so the span covers
whatever dash, bash and BusyBox would do.
"""

from __future__ import annotations

from collections.abc import Callable

from k8slint.shutdown.seconds import unknown
from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell.branches import run_calculation, run_case, run_if, run_test
from k8slint.shutdown.shell.calls import call, run_simple
from k8slint.shutdown.shell.declarations import run_declaration
from k8slint.shutdown.shell.lists import (
    run_and_or,
    run_in_background,
    run_pipeline,
    run_subshell,
)
from k8slint.shutdown.shell.loops import run_for, run_loop
from k8slint.shutdown.shell.redirections import run_redirected
from k8slint.shutdown.shell.shells import Interpreter, Shell
from k8slint.shutdown.shell.state import State, join
from k8slint.shutdown.shell.substitution import substitute
from k8slint.type_names import Any


def run_process(body: s.Block, sh: Shell, st: State) -> State:
    """Run a whole shell process to its end; the state has everything it may have ended in."""
    # A shell that never ends leaves a state with an unbounded clock behind.
    end = run_block(body, sh, st)
    if sh.exited is not None:
        end = join(sh.exited, end)
    end.live = True
    if end.options.exit_trap:
        end.clock += unknown("it sets a trap for its own exit")
    return end


def run_block(block: s.Block, sh: Shell, st: State) -> State:
    for statement in block.statements:
        if not st.live:
            break
        if statement.background:
            st = run_in_background(statement.command, sh, st)
        else:
            st = run(statement.command, sh, st)
    return st


def run(command: s.Command, sh: Shell, st: State) -> State:
    """Run one command; the returned state replaces the given one."""
    return _KINDS[type(command)](command, sh, st)


def _run_group(command: s.Group, sh: Shell, st: State) -> State:
    return run_block(command.body, sh, st)


def _define(command: s.Function, sh: Shell, st: State) -> State:
    st.functions = {**st.functions, command.name: command.body}
    st.status = 0
    return st


def _leave_unread(command: s.Unread, sh: Shell, st: State) -> State:
    return sh.give_up(st, command.why)


_KINDS: dict[type, Callable[[Any, Shell, State], State]] = {
    s.Simple: run_simple,
    s.AndOr: run_and_or,
    s.Pipeline: run_pipeline,
    s.Group: _run_group,
    s.If: run_if,
    s.Loop: run_loop,
    s.For: run_for,
    s.Case: run_case,
    s.Test: run_test,
    s.Subshell: run_subshell,
    s.Function: _define,
    s.Declaration: run_declaration,
    s.Redirected: run_redirected,
    s.Calculation: run_calculation,
    s.Unread: _leave_unread,
}
INTERPRETER = Interpreter(substitute, run_block, run, run_process, call)
