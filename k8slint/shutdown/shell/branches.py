"""Branches and conditions: `if`, `case`, `[`, `[[` and `((`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell import words
from k8slint.shutdown.shell.arithmetic import assigned_names
from k8slint.shutdown.shell.conditions import test
from k8slint.shutdown.shell.reading import Afterwards
from k8slint.shutdown.shell.shells import Shell
from k8slint.shutdown.shell.state import ANYTHING, FAILED, Field, State, Value, join
from k8slint.type_names import cast


def run_if(command: s.If, sh: Shell, st: State) -> State:
    done: State | None = None
    for condition, body in command.branches:
        sh.ask(1)
        st = sh.interpreter.block(condition, sh, st)
        sh.ask(-1)
        if not st.live:
            break
        if st.status == 0:
            st = sh.interpreter.block(body, sh, st)
            break
        if st.status is None:
            taken = st.copy()
            taken.status = 0
            taken = sh.interpreter.block(body, sh, taken)
            done = taken if done is None else join(done, taken)
            st.status = FAILED
    else:
        if command.otherwise:
            st = sh.interpreter.block(command.otherwise, sh, st)
        else:
            st.status = 0
    return st if done is None else join(done, st)


def run_case(command: s.Case, sh: Shell, st: State) -> State:
    subject = words.text(command.subject, sh, st)
    done: State | None = None
    # What `$?` is in front of a body: that of the command before, or of a substitution.
    before = None if s.has_substitution(command.subject) else st.status
    status = st.status if s.has_substitution(command.subject) else 0
    for patterns, body in command.items:
        matches = _matches_any(subject, patterns, sh, st)
        if matches is False:
            continue
        taken = st if matches else st.copy()
        taken.status = before if body.statements else 0
        taken = sh.interpreter.block(body, sh, taken)
        if matches:
            return taken if done is None else join(done, taken)
        done = taken if done is None else join(done, taken)
    st.status = 0 if status == 0 else None
    return st if done is None else join(done, st)


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
    if not pattern.parts:
        return subject == pattern.literal
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


def run_test(command: s.Test, sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    if command.double and sh.is_bash is not True:
        # dash has no `[[`, BusyBox may have one: what is false fails in all of them.
        st.status = FAILED if _run_double_test(command, sh, st) == 1 else None
    elif command.double:
        st.status = _run_double_test(command, sh, st)
    else:
        operands = [field for word in command.words for field in words.split_word(word, sh, st)]
        st.status = test(operands)
    if st.status is None and sh.rounds:
        sh.notes.later(st, Afterwards.WATCHES)
    return sh.check_failure(st, command) if st.live else st


def _run_double_test(command: s.Test, sh: Shell, st: State) -> int | None:
    """Patterns inside `[[` are not followed, nor are lists but those of `&&`."""
    values = [words.text(word, sh, st) for word in command.words]
    sources = [word.source for word in command.words]
    if "&&" not in sources or not _GROUPING.isdisjoint(sources):
        return _one_double_test(command.words, values)
    cuts = [-1, *(at for at, source in enumerate(sources) if source == "&&"), len(sources)]
    found = [
        _one_double_test(command.words[start + 1 : end], values[start + 1 : end])
        for start, end in pairwise(cuts)
    ]
    return 1 if 1 in found else 0 if set(found) == {0} else None


_GROUPING = frozenset({"||", "(", ")"})


def _one_double_test(given: Sequence[s.Word], values: Sequence[Value]) -> int | None:
    if any(not isinstance(value, str) for value in values):
        return None
    operands = cast(list[Field], [*values])
    if len(operands) == 3 and operands[1] in {"=", "==", "!="}:
        right = given[2]
        if right.literal is None or set(right.source) & set("*?[(|"):
            return None
        operands[1] = "!=" if operands[1] == "!=" else "="
    return test(operands)


def run_calculation(command: s.Calculation, sh: Shell, st: State) -> State:
    sh.notes.only_sleeps = False
    changed = assigned_names(command.expression.source)
    value = words.calculate(command.expression, sh, st)
    if sh.is_bash is not True:
        # For others `((...))` is two subshells that run a command of that name.
        value = None
        st.variables = {**st.variables, **dict.fromkeys(changed, ANYTHING)}
    st.status = None if value is None or changed else int(value == 0)
    return sh.check_failure(st, command) if st.live else st
