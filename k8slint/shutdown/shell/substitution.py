"""`$(...)`: its time counts, and its text where that is evident."""

from __future__ import annotations

from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell import words
from k8slint.shutdown.shell.programs import SILENT, sequence
from k8slint.shutdown.shell.shells import Shell
from k8slint.shutdown.shell.state import ANYTHING, State, Unknown, Value, wait_for


def substitute(part: s.Substitution, sh: Shell, st: State) -> Value:
    """Run `$(...)`: the time counts, and its text is known for `echo`, `printf` and `seq`."""
    output = _predict_output(part.body, sh, st)
    if output is not None:
        st.status = 0
        return output
    child = sh.forked(tested=0)
    inside = st.forked()
    # bash, unless it is `sh`, forgets `set -e` inside a substitution.
    if st.options.errexit:
        inside.options = inside.options._replace(errexit=None)
    end = sh.interpreter.process(part.body, child, inside)
    # It waits until nobody holds its output open any more.
    children = (*end.jobs, *end.orphans)
    held = tuple(job for job in children if job.holds_stdout)
    st.orphans = (*st.orphans, *(job for job in children if not job.holds_stdout))
    st.clock = wait_for(end.clock, held)
    st.status = end.status
    st.sent |= end.sent
    return "" if _prints_nothing(part.body) else ANYTHING


def _prints_nothing(body: s.Block) -> bool:
    """Whether every command in it is one that writes nothing to its output."""
    for statement in body.statements:
        command = statement.command
        if not isinstance(command, s.Simple) or not command.words:
            return False
        if command.words[0].literal not in SILENT | {"kill", "killall", "pkill", "wait"}:
            return False
        if any(
            redirect.target is None or redirect.operator == ">&" for redirect in command.redirects
        ):
            return False
        if any(word.literal in {"-l", "-L", "--help", "-v"} for word in command.words):
            return False
    return True


def _predict_output(body: s.Block, sh: Shell, st: State) -> str | None:
    if len(body.statements) != 1 or not isinstance(body.statements[0].command, s.Simple):
        return None
    command = body.statements[0].command
    if command.redirects or command.assignments or not command.words:
        return None
    if body.statements[0].background:
        return None
    name = command.words[0].literal
    if name not in {"echo", "seq"} or name in st.functions:
        return None
    if any(s.has_substitution(word) for word in command.words):
        return None
    fields = [field for word in command.words[1:] for field in words.split_word(word, sh, st)]
    if name == "seq":
        sh.notes.needs["seq"] = None
        numbers = sequence(fields)
        return None if numbers is None else "\n".join(numbers)
    if any(isinstance(f, Unknown) or f[:1] == "-" or "\\" in f for f in fields):
        return None
    return " ".join(str(field) for field in fields).rstrip("\n")
