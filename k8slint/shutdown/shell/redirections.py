"""Redirections: which may fail, and which hide the output of a command."""

from __future__ import annotations

import re

from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell import words
from k8slint.shutdown.shell.shells import Shell
from k8slint.shutdown.shell.state import FAILED, State, join

# Others may belong to another user: a pipe that is a container's output, and a file of course.
_SAFE_TARGETS = frozenset({"/dev/null"})
# Connecting to a port of the own machine is done or refused at once.
_LOCAL_PORT = r"/dev/(?:tcp|udp)/(?:localhost|127\.0\.0\.1|::1)/"


def run_redirected(command: s.Redirected, sh: Shell, st: State) -> State:
    """Run a compound command with its redirections."""
    failed = open_all(command, sh, st)
    if not st.live:
        return st
    before = st.streams
    redirect(command, st)
    st = sh.interpreter.run(command.command, sh, st)
    st.streams = before
    if failed is None:
        return st
    options = failed.options
    if options.errexit:
        # BusyBox goes on after a loop or a group that it could not redirect.
        failed.options = options._replace(errexit=None)
    failed = sh.check_failure(failed, command)
    failed.options = options
    return join(st, failed)


def redirect(command: s.Simple | s.Redirected, st: State) -> None:
    """Give a command the streams that it asks for."""
    if not st.streams.redirected and hides_output(command):
        st.streams = st.streams._replace(redirected=True, saved=True)
    redirect_input(command, st)


def redirect_input(command: s.Simple | s.Redirected, st: State) -> None:
    """From a file or here-document there is something to read at once, from /dev/null nothing."""
    for one in command.redirects:
        if one.operator.startswith("<") and one.fd in {"", "0"}:
            is_empty = one.target is not None and one.target.literal == "/dev/null"
            st.streams = st.streams._replace(input_ends=None if is_empty else st.clock)


def open_all(command: s.Simple | s.Redirected, sh: Shell, st: State) -> State | None:
    """The state in which a redirection has failed; None where that cannot be.

    One that fails keeps its command from running.
    """
    sh.notes.only_sleeps = False
    doubtful = ""
    for redirect in command.redirects:
        why = _find_trouble(redirect, sh, st)
        if why:
            sh.give_up(st, why)
            return None
        if why is not None and redirect.target:
            verb = "read" if redirect.operator.startswith("<") else "write to"
            doubtful = f"can {verb} `{redirect.target.source}`"
    if not doubtful or not st.live or sh.assumes_success(command, doubtful):
        return None
    failed = st.copy()
    failed.status = FAILED
    return failed


def _find_trouble(redirect: s.Redirect, sh: Shell, st: State) -> str | None:
    """None when it surely works, "" when it may fail, and why when it may take any time."""
    if redirect.target is None:
        return None
    if redirect.operator in {"<<", "<<-", "<<<"}:
        words.text(redirect.target, sh, st)
        if redirect.operator == "<<<":
            return "" if sh.is_bash else "`<<<` differs between shells"
        return None
    target = words.text(redirect.target, sh, st)
    if redirect.operator in {"&>", "&>>"} and not sh.is_bash:
        # dash reads `a &> f` as `a &` and `> f`.
        return f"`{redirect.operator}` differs between shells"
    if not isinstance(target, str):
        return ""
    if redirect.operator in {">&", "<&"}:
        return None if target in {"0", "1", "2", "-"} else ""
    if re.match(_LOCAL_PORT, target):
        return ""
    if target.startswith(("/dev/tcp/", "/dev/udp/")):
        return f"how long connecting to `{target}` takes is not known"
    return None if target in _SAFE_TARGETS else ""


def hides_output(command: s.Command) -> bool:
    """Whether both its output and its errors go somewhere else."""
    return find_hidden_output(command) >= {"1", "2"}


def find_hidden_output(command: s.Command) -> set[str]:
    """Which of output (1) and errors (2) go somewhere else."""
    if not isinstance(command, s.Simple | s.Redirected):
        return set()
    hidden: set[str] = set()
    for redirect in command.redirects:
        if redirect.operator in {">", ">>", ">|"}:
            hidden.add(redirect.fd or "1")
        elif redirect.operator in {"&>", "&>>"}:
            hidden |= {"1", "2"}
        elif redirect.operator == ">&" and redirect.target:
            if redirect.target.source in hidden or redirect.target.source == "-":
                hidden.add(redirect.fd or "1")
            else:
                hidden.discard(redirect.fd or "1")
    return hidden
