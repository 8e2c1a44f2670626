"""Follow a script through its lists, branches, loops and functions, with the clock running.

Where it is not known which way a shell goes, both are followed and joined, so the span covers
whatever dash, bash and BusyBox would do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import cast

from k8slint.shutdown.seconds import Kind, Seconds, longest, unknown
from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell import words
from k8slint.shutdown.shell.arithmetic import assigned_names
from k8slint.shutdown.shell.builtins import BUILTINS, Builtin, assign
from k8slint.shutdown.shell.conditions import test
from k8slint.shutdown.shell.launch import launch
from k8slint.shutdown.shell.loops import run_for, run_loop
from k8slint.shutdown.shell.notes import MAX_DEPTH, MAX_STEPS
from k8slint.shutdown.shell.programs import SILENT, sequence
from k8slint.shutdown.shell.reading import Afterwards
from k8slint.shutdown.shell.shells import Argument, Follow, Shell
from k8slint.shutdown.shell.state import (
    ANYTHING,
    FAILED,
    Field,
    Job,
    State,
    Unknown,
    Value,
    join,
    wait_for,
)

_SAFE_TARGETS = frozenset(
    {"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/stdin", "/proc/1/fd/1", "/proc/1/fd/2",
     "/proc/self/fd/1", "/proc/self/fd/2", "/dev/fd/1", "/dev/fd/2"}
)  # fmt: skip


def run_process(body: s.Block, sh: Shell, st: State) -> State:
    """Run a whole shell process to its end; the state has everything it may have ended in."""
    # A shell that never ends leaves a state with an unbounded clock behind.
    end = run_block(body, sh, st)
    if sh.exited is not None:
        end = join(sh.exited, end)
    end.live = True
    if end.exit_trap:
        end.clock += unknown("it sets a trap for its own exit")
    return end


def run_block(block: s.Block, sh: Shell, st: State) -> State:
    for statement in block.statements:
        if not st.live:
            break
        if statement.background:
            st = _background(statement.command, sh, st)
        else:
            st = run(statement.command, sh, st)
    return st


def run(command: s.Command, sh: Shell, st: State) -> State:
    """Run one command; the returned state replaces the given one."""
    match command:
        case s.Simple():
            return _simple(command, sh, st)
        case s.AndOr():
            return _and_or(command, sh, st)
        case s.Pipeline():
            return _pipeline(command, sh, st)
        case s.Group():
            return run_block(command.body, sh, st)
        case s.If():
            return _if(command, sh, st)
        case s.Loop():
            return run_loop(command, sh, st)
        case s.For():
            return run_for(command, sh, st)
        case s.Case():
            return _case(command, sh, st)
        case s.Test():
            return _test(command, sh, st)
        case s.Subshell():
            return check_failure(sh, _subshell(command.body, sh, st))
        case s.Function():
            st.functions[command.name] = command.body
            st.status = 0
            return st
        case s.Declaration():
            return _declaration(command, sh, st)
        case s.Redirected():
            return _redirected(command.redirects, sh, st, lambda: command.command)
        case s.Calculation():
            return _calculation(command, sh, st)
        case s.Unread():
            return give_up(sh, st, command.why)
    raise AssertionError(command)


def give_up(sh: Shell, st: State, why: str) -> State:
    """From here on nothing is known: neither what happens nor how long it takes."""
    sh.notes.only_sleeps = False
    sh.notes.later(st, Afterwards.GOES_ON)
    gone = st.copy()
    gone.clock += unknown(why)
    gone.status = None
    sh.leave(gone)
    st.live = False
    return st


def check_failure(sh: Shell, st: State) -> State:
    """`set -e`: a failure outside a condition ends the shell."""
    if st.errexit is False or sh.tested or st.status == 0 or not st.live:
        return st
    gone = sh.leave(st)
    if st.errexit and st.status is not None:
        st.live = False
    elif st.errexit:
        st.status = 0
        gone.status = FAILED
    return st


# Lists and pipelines


def _and_or(command: s.AndOr, sh: Shell, st: State) -> State:
    parts = [("", command.first), *command.rest]
    for index, (operator, part) in enumerate(parts):
        if not st.live:
            break
        is_last = index == len(parts) - 1
        sh.tested += not is_last
        if not operator:
            st = run(part, sh, st)
        elif st.status is None:
            # Whether the part runs is not known: it does on one way and does not on the other.
            skipped, taken = st.copy(), st
            skipped.status = FAILED if operator == "&&" else 0
            taken.status = 0 if operator == "&&" else FAILED
            st = _joined(run(part, sh, taken), skipped)
        elif (st.status == 0) == (operator == "&&"):
            st = run(part, sh, st)
        sh.tested -= not is_last
    return st


def _joined(first: State, second: State) -> State:
    return join(first, second)


def _pipeline(command: s.Pipeline, sh: Shell, st: State) -> State:
    sh.tested += command.negated
    if len(command.commands) == 1:
        st = run(command.commands[0], sh, st)
        sh.tested -= command.negated
    else:
        st = _piped(command.commands, sh, st)
        sh.tested -= command.negated
    if not st.live:
        return st
    if command.negated:
        st.status = None if st.status is None else int(st.status == 0)
        return st
    return check_failure(sh, st) if len(command.commands) > 1 else st


def _piped(parts: tuple[s.Command, ...], sh: Shell, st: State) -> State:
    """All parts run at the same time, each in a shell of its own."""
    begun = st.clock
    statuses: list[int | None] = []
    end = begun
    for index, part in enumerate(parts):
        written = sh.notes.writes
        child = _in_child(part, sh, st)
        statuses.append(child.status)
        clock = child.clock
        is_last = index == len(parts) - 1
        if not is_last and sh.notes.writes != written:
            # It dies of a broken pipe when it writes after the reader is gone.
            clock = _may_end_at(clock, begun.low)
        if not is_last:
            # A reader may wait for a background child that holds the pipe open.
            held = wait_for(clock, (*child.jobs, *child.orphans))
            clock = _cover(clock, held)
        else:
            st.orphans = (*st.orphans, *child.jobs, *child.orphans)
        end = longest(end, clock)
        st.sent |= child.sent
    st.clock = end
    st.status = statuses[-1]
    if st.pipefail is None or (st.pipefail and any(status != 0 for status in statuses[:-1])):
        st.status = None if st.status == 0 else st.status
    return st


def _may_end_at(span: Seconds, low: float) -> Seconds:
    if low >= span.low:
        return span
    kind = Kind.ESTIMATED if span.kind is Kind.EXACT else span.kind
    return Seconds(low, span.high, kind, span.why)


def _cover(low: Seconds, high: Seconds) -> Seconds:
    """From the beginning of the one to the end of the other, when that is later."""
    if high == low:
        return low
    if high.kind >= Kind.UNKNOWN:
        return Seconds(low.low, math.inf, high.kind, high.why)
    return Seconds(low.low, high.high, Kind.ESTIMATED, low.why) if high.high > low.high else low


def _in_child(command: s.Command, sh: Shell, st: State) -> State:
    """Run a command in a subshell and see how that ends; the state itself stays as it is."""
    block = command.body if isinstance(command, s.Subshell) else s.Block((s.Statement(command),))
    return run_process(block, sh.forked(), _forked(st))


def _forked(st: State) -> State:
    inside = st.copy()
    inside.jobs = inside.orphans = ()
    inside.exit_trap = False
    return inside


def _subshell(body: s.Block, sh: Shell, st: State) -> State:
    child = _in_child(s.Subshell(body), sh, st)
    st.clock, st.status = child.clock, child.status
    st.sent |= child.sent
    st.orphans = (*st.orphans, *child.jobs, *child.orphans)
    return st


def _background(command: s.Command, sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    child = sh.forked(tested=0)
    end = run_process(s.Block((s.Statement(command),)), child, _forked(st))
    number = sh.notes.steps = sh.notes.steps + 1
    hidden = _hidden_output(command)
    holds = not st.output_redirected and not hidden >= {"1", "2"}
    where = sh.where(*_span(command))
    source = sh.notes.quote(where)
    ends = wait_for(end.clock, ())
    st.jobs = (*st.jobs, Job(number, ends, holds, "1" not in hidden, source, where))
    st.orphans = (*st.orphans, *end.jobs, *end.orphans)
    st.variables["!"] = Unknown(job=number)
    st.sent |= end.sent
    st.status = 0
    return st


def _hides_output(command: s.Command) -> bool:
    """Whether both its output and its errors go somewhere else."""
    return _hidden_output(command) >= {"1", "2"}


def _hidden_output(command: s.Command) -> set[str]:
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


def _span(command: s.Command) -> tuple[int, int]:
    """Where a command stands, as far as its parts tell."""
    match command:
        case s.Simple() | s.Loop() | s.For() | s.Unread():
            return command.start, command.end
        case s.Group() | s.Subshell():
            return _block_span(command.body)
        case s.Pipeline():
            return _span(command.commands[0])[0], _span(command.commands[-1])[1]
        case s.AndOr():
            return _span(command.first)[0], _span(command.rest[-1][1])[1]
        case s.Redirected():
            return _span(command.command)
        case s.If():
            return _block_span(command.branches[0][0])
        case s.Case():
            return command.subject.start, command.subject.end
        case s.Test() if command.words:
            return command.words[0].start, command.words[-1].end
    return 0, 0


def _block_span(block: s.Block) -> tuple[int, int]:
    statements = block.statements
    if not statements:
        return 0, 0
    return _span(statements[0].command)[0], _span(statements[-1].command)[1]


# Branches


def _if(command: s.If, sh: Shell, st: State) -> State:
    done: State | None = None
    for condition, body in command.branches:
        sh.tested += 1
        st = run_block(condition, sh, st)
        sh.tested -= 1
        if not st.live:
            break
        if st.status == 0:
            st = run_block(body, sh, st)
            break
        if st.status is None:
            taken = st.copy()
            taken.status = 0
            taken = run_block(body, sh, taken)
            done = taken if done is None else join(done, taken)
            st.status = FAILED
    else:
        if command.otherwise:
            st = run_block(command.otherwise, sh, st)
        else:
            st.status = 0
    return st if done is None else join(done, st)


def _case(command: s.Case, sh: Shell, st: State) -> State:
    subject = words.text(command.subject, sh, st)
    done: State | None = None
    status = st.status if _runs_something(command.subject) else 0
    for patterns, body in command.items:
        matches = _matches_any(subject, patterns, sh, st)
        if matches is False:
            continue
        taken = st if matches else st.copy()
        taken.status = 0
        taken = run_block(body, sh, taken)
        if matches:
            return taken if done is None else join(done, taken)
        done = taken if done is None else join(done, taken)
    st.status = 0 if status == 0 else None
    return st if done is None else join(done, st)


def _runs_something(word: s.Word) -> bool:
    return word.literal is None and any(isinstance(part, s.Substitution) for part in word.parts)


def _matches_any(
    subject: Value, patterns: tuple[s.Word, ...], sh: Shell, st: State
) -> bool | None:
    known = True
    for pattern in patterns:
        matches = _matches(subject, pattern, sh, st)
        if matches:
            return True if known else None
        known = known and matches is not None
    return False if known else None


def _matches(subject: Value, pattern: s.Word, sh: Shell, st: State) -> bool | None:
    if pattern.source == "*":
        return True
    if not isinstance(subject, str):
        return None
    regex = ""
    for part in pattern.parts:
        value = words.part_value(part, sh, st)
        if not isinstance(value, str):
            return None
        if isinstance(part, s.Text) and not part.quoted:
            if "[" in value or "(" in value:
                return None
            regex += re.escape(value).replace(r"\*", ".*").replace(r"\?", ".")
        elif getattr(part, "quoted", False) or not set(value) & set("*?["):
            regex += re.escape(value)
        else:
            return None
    return re.fullmatch(regex, subject, re.DOTALL) is not None


def _test(command: s.Test, sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    if command.double and sh.is_bash is not True:
        # dash has no `[[`, BusyBox may have one.
        for word in command.words:
            words.text(word, sh, st)
        st.status = None
    elif command.double:
        st.status = _double_test(command, sh, st)
    else:
        operands = [field for word in command.words for field in words.fields(word, sh, st)]
        st.status = test(operands)
    if st.status is None and sh.rounds:
        sh.notes.later(st, Afterwards.WATCHES)
    return check_failure(sh, st) if st.live else st


def _double_test(command: s.Test, sh: Shell, st: State) -> int | None:
    """Patterns and lists inside `[[` are not followed."""
    values = [words.text(word, sh, st) for word in command.words]
    if any(not isinstance(value, str) for value in values):
        return None
    operands = cast(list[Field], values)
    if len(operands) == 3 and operands[1] in {"=", "==", "!="}:
        right = command.words[2]
        if right.literal is None or set(right.source) & set("*?[(|"):
            return None
        operands[1] = "!=" if operands[1] == "!=" else "="
    return test(operands)


def _calculation(command: s.Calculation, sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    changed = assigned_names(command.expression.source)
    value = words.calculate(command.expression, sh, st)
    if sh.is_bash is not True:
        # For others `((...))` is two subshells that run a command of that name.
        value = None
    st.status = None if value is None or changed else int(value == 0)
    return check_failure(sh, st) if st.live else st


# Simple commands


def _simple(command: s.Simple, sh: Shell, st: State) -> State:
    sh.notes.steps += 1
    if sh.notes.steps > MAX_STEPS:
        return give_up(sh, st, "it does more than is followed")
    arguments = _arguments(command.words, sh, st)
    if not st.live:
        return st
    if command.assignments or command.redirects:
        sh.notes.only_sleeps = False
    if command.words and not arguments and not command.assignments:
        # Only substitutions, and they gave no text: the status is that of the last one.
        return check_failure(sh, st)
    if command.redirects:
        return _redirected(command.redirects, sh, st, lambda: None, arguments, command)
    return _execute(arguments, command.assignments, sh, st)


def _arguments(source: tuple[s.Word, ...], sh: Shell, st: State) -> list[Argument]:
    is_sleep = bool(source) and source[0].literal == "sleep"
    arguments: list[Argument] = []
    for word in source:
        where = sh.where(word.start, word.end)
        if word.literal is not None:
            arguments.append(Argument(word.literal, where, word.source))
            continue
        if is_sleep and _mistaken_reference(word, sh):
            # The shell runs a program of that name, which is not there, and gets no text.
            name = word.source.strip('"$()')
            reason = f"`{word.source}` runs a program `{name}`: only the kubelet reads it as a"
            reason += " variable, and not in hooks; sleep gets no time"
            repair = sh.notes.replaced(where, f'"${name}"') if not sh.fixed else None
            sh.notes.break_down(where, reason, repair)
            if word.source.startswith('"'):
                arguments.append(Argument("", where, word.source))
            continue
        fields = words.fields(word, sh, st)
        arguments += [Argument(_labelled(field, word), where, word.source) for field in fields]
    return arguments


def _mistaken_reference(word: s.Word, sh: Shell) -> bool:
    """`$(NAME)` as the kubelet would expand it elsewhere, for a variable of the container."""
    found = re.fullmatch(r'"?\$\((\w+)\)"?', word.source)
    return found is not None and found[1] in sh.notes.env


def _labelled(field: Field, word: s.Word) -> Field:
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
    if not assignments:
        if not arguments:
            st.status = 0
        else:
            st = _call(arguments, sh, st)
        return check_failure(sh, st)
    name = arguments[0].field if arguments else ""
    is_kept = not arguments or name in BUILTINS or name in st.functions
    saved: dict[str, Value | None] = {}
    substituted = False
    for assignment in assignments:
        saved.setdefault(assignment.name, st.variables.get(assignment.name))
        ran = assignment.value is not None and _runs_something(assignment.value)
        substituted |= ran
        if ran:
            st.status = None
        assign(assignment, sh, st)
    if not arguments:
        if not substituted:
            st.status = 0
        return check_failure(sh, st) if st.live else st
    temporary = frozenset(saved) - st.exported
    st.exported |= temporary
    st = _call(arguments, sh, st)
    st.exported -= temporary
    for variable, value in saved.items():
        if is_kept:
            # bash drops it after the builtin, dash keeps it.
            st.variables[variable] = ANYTHING
        elif value is None:
            st.variables.pop(variable, None)
        else:
            st.variables[variable] = value
    return check_failure(sh, st) if st.live else st


def _call(arguments: list[Argument], sh: Shell, st: State) -> State:
    """Run a function, a builtin or a program."""
    name = arguments[0].field
    if isinstance(name, Unknown):
        if len(arguments) == 1 and name.many:
            # Nothing, or any command.
            sh.notes.later(st, Afterwards.GOES_ON)
        return _unknown_program(f"which program `{arguments[0].source}` runs is not known", sh, st)
    if name not in SILENT:
        sh.notes.writes += 1
    builtin: Builtin | None = BUILTINS.get(name)
    if name in st.functions and builtin is None:
        return _function(name, arguments, sh, st)
    if builtin is not None:
        return builtin(arguments, sh, st)
    return launch(arguments, sh, st)


def _unknown_program(why: str, sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    sh.notes.later(st, Afterwards.GOES_ON)
    st.clock += unknown(why)
    # It may be a builtin that changes what comes after.
    return give_up(sh, st, why)


def _function(name: str, arguments: list[Argument], sh: Shell, st: State) -> State:
    body = st.functions[name]
    if body is None:
        return give_up(sh, st, f"which `{name}` runs is not known")
    if sh.notes.depth >= MAX_DEPTH:
        return give_up(sh, st, f"the function `{name}` calls itself too often")
    sh.notes.depth += 1
    outer_loops, sh.loops = sh.loops, []
    returned: list[State] = []
    sh.returned.append(returned)
    sh.local.append({})
    outer = st.positional
    st.positional = tuple(argument.field for argument in arguments[1:])
    st.status = 0
    st = run(body, sh, st)
    sh.returned.pop()
    sh.loops = outer_loops
    sh.notes.depth -= 1
    for state in returned:
        st = join(st, state)
    st.positional = outer
    st.variables.update(sh.local.pop())
    return st


def substitute(part: s.Substitution, sh: Shell, st: State) -> Value:
    """Run `$(...)`: the time counts, and its text is known for `echo`, `printf` and `seq`."""
    output = _output(part.body, sh, st)
    if output is not None:
        st.status = 0
        return output
    child = sh.forked(tested=0)
    inside = _forked(st)
    # bash, unless it is `sh`, forgets `set -e` inside a substitution.
    inside.errexit = None if st.errexit else st.errexit
    end = run_process(part.body, child, inside)
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


def _output(body: s.Block, sh: Shell, st: State) -> str | None:
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
    if any(_runs_something(word) for word in command.words):
        return None
    fields = [field for word in command.words[1:] for field in words.fields(word, sh, st)]
    if name == "seq":
        sh.notes.needs["seq"] = None
        numbers = sequence(fields)
        return None if numbers is None else "\n".join(numbers)
    if any(isinstance(f, Unknown) or f[:1] == "-" or "\\" in f for f in fields):
        return None
    return " ".join(str(field) for field in fields).rstrip("\n")


# Redirections and declarations


def _redirected(
    redirects: tuple[s.Redirect, ...],
    sh: Shell,
    st: State,
    command: Callable[[], s.Command | None],
    arguments: list[Argument] | None = None,
    simple: s.Simple | None = None,
) -> State:
    """Run a command with its redirections; one that fails keeps the command from running."""
    sh.notes.only_sleeps = False
    may_fail = False
    for redirect in redirects:
        why = _trouble(redirect, sh, st)
        if why is not None and why:
            return give_up(sh, st, why)
        may_fail |= why is not None
    if not st.live:
        return st
    failed: State | None = None
    if may_fail:
        failed = st.copy()
        failed.status = FAILED
    if simple is not None and arguments is not None:
        st = _redirected_simple(redirects, arguments, simple, sh, st)
        is_special = not arguments or arguments[0].field in _SPECIAL_BUILTINS
        if failed is not None and is_special:
            # A special builtin whose redirection fails ends dash, and bash goes on.
            sh.leave(failed)
    else:
        inner = command()
        assert inner is not None
        hidden = st.output_redirected
        st.output_redirected = hidden or _hides_output(s.Redirected(inner, redirects))
        st = run(inner, sh, st)
        st.output_redirected = hidden
    return st if failed is None else join(st, check_failure(sh, failed))


_SPECIAL_BUILTINS = frozenset(
    {":", ".", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times",
     "trap", "unset", "break", "continue"}
)  # fmt: skip


def _redirected_simple(
    redirects: tuple[s.Redirect, ...],
    arguments: list[Argument],
    simple: s.Simple,
    sh: Shell,
    st: State,
) -> State:
    hides = _hides_output(s.Simple((), (), redirects, 0, 0))
    if [argument.field for argument in arguments] == ["exec"]:
        st.output_redirected = st.output_redirected or hides
        st.status = 0
        return st
    hidden = st.output_redirected
    st.output_redirected = hidden or hides
    st = _execute(arguments, simple.assignments, sh, st)
    st.output_redirected = hidden
    return st


def _trouble(redirect: s.Redirect, sh: Shell, st: State) -> str | None:
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
    if target.startswith(("/dev/tcp/", "/dev/udp/")):
        return f"how long connecting to `{target}` takes is not known"
    return None if target in _SAFE_TARGETS else ""


def _declaration(command: s.Declaration, sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    is_local = command.keyword == "local" and bool(sh.local)
    names = (*(assignment.name for assignment in command.assignments), *command.names)
    if is_local:
        for name in names:
            sh.local[-1].setdefault(name, st.variables.get(name, ANYTHING))
    for assignment in command.assignments:
        assign(assignment, sh, st)
        value = st.variables[assignment.name]
        # dash splits the value of a declaration, and not every shell has `declare`.
        if command.keyword in {"declare", "typeset"} or _may_split(assignment, value):
            st.variables[assignment.name] = ANYTHING
    if command.keyword == "export":
        st.exported |= frozenset(names)
    elif command.keyword != "readonly":
        st.variables.update(dict.fromkeys(command.names, ANYTHING))
    st.status = 0 if is_local or command.keyword in {"export", "readonly"} else None
    return check_failure(sh, st) if st.live else st


def _may_split(assignment: s.Assignment, value: Value) -> bool:
    if assignment.value is None or assignment.value.literal is not None:
        return False
    return not isinstance(value, str) or bool(set(value) & set(" \t\n*?["))


FOLLOW = Follow(substitute, run_block, run_process, _call, give_up)
