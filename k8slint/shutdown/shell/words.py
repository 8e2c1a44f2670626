"""Words to what they become: variables, defaults, arithmetic, substitutions, splitting."""

from __future__ import annotations

import re

from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell.arithmetic import assigned_names, evaluate, number
from k8slint.shutdown.shell.shells import Shell
from k8slint.shutdown.shell.state import (
    ANYTHING,
    FAILED,
    SOMETHING,
    UNSET,
    Field,
    State,
    Unknown,
    Value,
)

MAX_TEXT = 100_000
# Their values change without an assignment, or the shell gives them a meaning of its own.
_MOVING = frozenset(
    {"SECONDS", "RANDOM", "EPOCHSECONDS", "EPOCHREALTIME", "LINENO", "_", "OPTIND", "SRANDOM"}
)

_PIDS = re.compile(r"(?:\$\(|`)\s*(?:pidof|pgrep)\s(?:[^|;&]*\s)?([^\s|;&)`]+)\s*[)`]")


def pids_of(source: str) -> str:
    """The program of which `$(pidof app)` gives the process ids; empty for other text."""
    found = _PIDS.search(source)
    return found[1] if found else ""


def fields(word: s.Word, sh: Shell, st: State) -> list[Field]:
    """The words that one word of the script becomes, after splitting."""
    if word.literal is not None:
        return [word.literal]
    is_whole = True
    if len(word.parts) > 1:
        parts = [part for part in word.parts if not (isinstance(part, s.Text) and not part.text)]
        is_whole = len(parts) == 1
        if not is_whole and _has_all_parameters(parts):
            return [ANYTHING]
    done: list[Field] = []
    current: str | None = None
    unknown: Unknown | None = None
    glob = many = False
    for part in word.parts:
        if isinstance(part, s.Text):
            glob |= not part.quoted and any(sign in part.text for sign in "*?[")
            current = (current or "") + part.text
            continue
        if isinstance(part, s.Variable) and part.name in {"@", "*"}:
            return _all_parameters(part, st)
        value = part_value(part, sh, st)
        if isinstance(value, Unknown):
            if part.quoted or isinstance(part, s.Arithmetic):
                value = _whole(value)
            unknown = value if is_whole else SOMETHING if not value.many else ANYTHING
            many |= value.many
            continue
        text = "" if value is UNSET else str(value)
        if part.quoted:
            current = (current or "") + text
            continue
        glob |= any(sign in text for sign in "*?[")
        if "IFS" in st.variables:
            many = True
            continue
        pieces = text.split()
        if not pieces:
            # Only white space: it ends the word before it.
            if text and current is not None:
                done.append(current)
                current = None
            continue
        if text[0].isspace() and current is not None:
            done.append(current)
            current = None
        current = (current or "") + pieces[0]
        for piece in pieces[1:]:
            done.append(current)
            current = piece
        if text[-1].isspace():
            done.append(current)
            current = None
    if many or (unknown and done):
        return [unknown if is_whole and unknown else ANYTHING]
    if unknown:
        return [unknown]
    if current is not None:
        done.append(current)
    return [ANYTHING] if glob else done


def text(word: s.Word, sh: Shell, st: State) -> Value:
    """The word as one text, as in an assignment: nothing is split and no files are matched."""
    if word.literal is not None:
        return word.literal
    if len(word.parts) == 1 and not isinstance(word.parts[0], s.Text):
        value = part_value(word.parts[0], sh, st)
        return "" if value is UNSET else value
    joined = ""
    unknown = False
    for part in word.parts:
        if isinstance(part, s.Text):
            joined += part.text
            continue
        value = part_value(part, sh, st)
        if isinstance(value, Unknown):
            unknown = True
        elif value is not UNSET:
            joined += str(value)
    if unknown or len(joined) > MAX_TEXT:
        return SOMETHING
    return joined


def part_value(part: s.Part, sh: Shell, st: State) -> Value:
    """What one part of a word is replaced by."""
    match part:
        case s.Text():
            return part.text
        case s.Variable():
            sh.notes.only_sleeps = False
            return _variable(part, sh, st)
        case s.Arithmetic():
            return _arithmetic(part.expression, sh, st)
        case s.Substitution():
            sh.notes.only_sleeps = False
            return sh.follow.substitute(part, sh, st)
        case s.Opaque():
            return ANYTHING


def calculate(expression: s.Word, sh: Shell, st: State) -> int | None:
    """The value of an arithmetic expression; variables it changes are unknown from then on."""
    source = text(expression, sh, st)
    for name in assigned_names(expression.source):
        st.variables[name] = SOMETHING
    if not isinstance(source, str):
        return None

    def value_of(name: str) -> int | None:
        value = lookup(name, sh, st)
        if isinstance(value, str):
            return number(value.strip())
        return 0 if value is UNSET and not st.nounset else None

    return evaluate(source, value_of)


def lookup(name: str, sh: Shell, st: State) -> Value:
    """The value of a variable or parameter."""
    if name in _MOVING:
        return ANYTHING
    if name == "?":
        return SOMETHING if st.status in {None, FAILED} else str(st.status)
    if name == "#":
        known = st.positional is not None and not any(_is_many(f) for f in st.positional)
        return str(len(st.positional or ())) if known else SOMETHING
    if name == "0":
        return sh.name
    if name.isdigit():
        return _parameter(int(name), st)
    if name in {"$", "-"}:
        return SOMETHING
    return st.variables.get(name, ANYTHING)


def _parameter(index: int, st: State) -> Value:
    if st.positional is None or any(_is_many(field) for field in st.positional[:index]):
        return ANYTHING
    return st.positional[index - 1] if index <= len(st.positional) else UNSET


def _variable(part: s.Variable, sh: Shell, st: State) -> Value:
    value = lookup(part.name, sh, st)
    operator = part.operator
    if not operator:
        if st.nounset and (value is UNSET or (isinstance(value, Unknown) and value.many)):
            _stop_unset(value, sh, st)
        return value
    if operator == "#":
        return str(len(value)) if isinstance(value, str) else SOMETHING
    if operator == "?" or part.operand is None:
        return ANYTHING if value != "" else ""
    return _default(part, value, sh, st)


def _default(part: s.Variable, value: Value, sh: Shell, st: State) -> Value:
    """`:-`, `-`, `:=`, `=`, `:+` and `+`."""
    assert part.operand is not None
    if isinstance(value, Unknown):
        # Whether the default counts is not known; what it runs and sets, it may.
        text(part.operand, sh, st)
        if part.operator.endswith("="):
            st.variables[part.name] = ANYTHING
        return ANYTHING
    is_given = value != "" if part.operator.startswith(":") else True
    is_given = is_given and value is not UNSET
    if part.operator.endswith("+"):
        return text(part.operand, sh, st) if is_given else ""
    if is_given:
        return value
    default = text(part.operand, sh, st)
    if part.operator.endswith("="):
        st.variables[part.name] = default
    return default


def _stop_unset(value: Value, sh: Shell, st: State) -> None:
    """`set -u`: an unset variable ends the shell, and the image may have left it unset."""
    gone = sh.leave(st)
    gone.status = FAILED
    if value is UNSET:
        st.live = False


def _arithmetic(expression: s.Word, sh: Shell, st: State) -> Value:
    sh.notes.only_sleeps = False
    value = calculate(expression, sh, st)
    return SOMETHING if value is None else str(value)


def _has_all_parameters(parts: list[s.Part]) -> bool:
    return any(isinstance(part, s.Variable) and part.name in {"@", "*"} for part in parts)


def _all_parameters(part: s.Variable, st: State) -> list[Field]:
    if st.positional is None or part.operator or not (part.quoted and part.name == "@"):
        return [] if st.positional == () and not part.operator and not part.quoted else [ANYTHING]
    return list(st.positional)


def _whole(value: Unknown) -> Unknown:
    """Quoted text is one word, whatever it is."""
    return Unknown(pids_of=value.pids_of, job=value.job)


def _is_many(value: Field) -> bool:
    return isinstance(value, Unknown) and value.many
