"""Words to what they become: variables, defaults, arithmetic, substitutions, splitting."""

from __future__ import annotations

import re

from k8slint.manifest.scalars import decimal
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

# The kubelet and the runtime set the others.
_IMAGE_VARIABLE = (
    r"(?a)(?!(?:HOSTNAME|HOME|PATH|PWD|SHLVL|KUBERNETES_\w+|\w+_SERVICE_(?:HOST|PORT))$)"
    r"[A-Za-z_]\w*"
)
_FILE_SIGNS = frozenset("*?[")
_PIDS = r"(?:\$\(|`)\s*(?:pidof|pgrep)\s(?:[^|;&]*\s)?([^\s|;&)`]+)\s*[)`]"


def pids_of(source: str) -> str:
    """The program of which `$(pidof app)` gives the process ids; empty for other text."""
    found = re.search(_PIDS, source)
    return found[1] if found else ""


def split_word(word: s.Word, sh: Shell, st: State) -> list[Field]:
    """The words that one word of the script becomes."""
    if word.literal is not None:
        return [word.literal]
    is_whole = True
    if len(word.parts) > 1:
        parts = [part for part in word.parts if not (isinstance(part, s.Text) and not part.text)]
        is_whole = len(parts) == 1
        if not is_whole and _has_all_parameters(parts):
            return [ANYTHING]
    splitter = _Splitter(is_whole=is_whole, is_split_oddly="IFS" in st.variables)
    for part in word.parts:
        if isinstance(part, s.Text):
            splitter.add_text(part.text, quoted=part.quoted)
            continue
        if isinstance(part, s.Variable) and part.name in {"@", "*"}:
            return _all_parameters(part, st)
        value = part_value(part, sh, st)
        if isinstance(value, Unknown):
            stays_whole = part.quoted or isinstance(part, s.Arithmetic)
            splitter.add_unknown(_whole(value) if stays_whole else value)
        elif part.quoted:
            splitter.add_text("" if value is UNSET else str(value), quoted=True)
        else:
            splitter.add_split("" if value is UNSET else str(value))
    return splitter.finish()


class _Splitter:
    """Puts the words together that the parts of one word become.

    `is_whole`: the word is a single expansion. `is_split_oddly`: not at white space, or not only.
    """

    def __init__(self, *, is_whole: bool, is_split_oddly: bool) -> None:
        self.is_whole = is_whole
        self.is_split_oddly = is_split_oddly
        self.done: list[Field] = []
        self.current: str | None = None
        self.unknown: Unknown | None = None
        self.may_match_files = False
        self.is_many = False

    def add_text(self, text: str, *, quoted: bool) -> None:
        self.may_match_files |= not quoted and not _FILE_SIGNS.isdisjoint(text)
        self.current = (self.current or "") + text

    def add_unknown(self, value: Unknown) -> None:
        self.unknown = value if self.is_whole else ANYTHING if value.many else SOMETHING
        self.is_many |= value.many

    def add_split(self, text: str) -> None:
        """The text of an expansion without quotes: white space ends a word."""
        self.may_match_files |= not _FILE_SIGNS.isdisjoint(text)
        if self.is_split_oddly:
            self.is_many = True
            return
        if text[:1].isspace():
            self.end_word()
        for index, piece in enumerate(text.split()):
            if index:
                self.end_word()
            self.current = (self.current or "") + piece
        if text[-1:].isspace():
            self.end_word()

    def end_word(self) -> None:
        if self.current is not None:
            self.done.append(self.current)
            self.current = None

    def finish(self) -> list[Field]:
        if self.is_many or (self.unknown and self.done):
            return [self.unknown if self.is_whole and self.unknown else ANYTHING]
        if self.unknown:
            return [self.unknown]
        self.end_word()
        return [ANYTHING] if self.may_match_files else self.done


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
            return sh.interpreter.substitute(part, sh, st)
        case s.Opaque():
            if part.runs:
                sh.give_up(st, part.why)
            return ANYTHING


def calculate(expression: s.Word, sh: Shell, st: State) -> int | None:
    """The value of an arithmetic expression; variables it changes are unknown from then on."""
    source = text(expression, sh, st)
    changed = assigned_names(expression.source)
    sh.protect(st, changed)
    for name in changed:
        st.store(name, SOMETHING)
    if not isinstance(source, str):
        return None

    def value_of(name: str) -> int | None:
        value = lookup(name, sh, st)
        if isinstance(value, str):
            return number(value.strip())
        if st.options.nounset and (value is UNSET or value.many):
            # bash ends here; to dash and BusyBox it is 0.
            sh.leave(st).status = FAILED
        return 0 if value is UNSET and not st.options.nounset else None

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
    if (index := decimal(name)) is not None:
        return _parameter(index, st)
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
        if st.options.nounset and (value is UNSET or (isinstance(value, Unknown) and value.many)):
            _stop_unset(value, sh, st)
        return value
    if operator == "#":
        return str(len(value)) if isinstance(value, str) else SOMETHING
    if operator in {"?", ":?"}:
        return _demanded(part, value, sh, st)
    if part.operand is None:
        if operator == "/" and sh.is_bash is not True:
            # dash does not know it, and ends here.
            sh.leave(st).status = FAILED
        return ANYTHING if value != "" else ""
    return _default(part, value, sh, st)


def _default(part: s.Variable, value: Value, sh: Shell, st: State) -> Value:
    """`:-`, `-`, `:=`, `=`, `:+` and `+`."""
    assert part.operand is not None
    if isinstance(value, Unknown) and _is_left_to_the_image(part.name, sh, st):
        value = UNSET
    if isinstance(value, Unknown):
        # Whether the default counts is not known; what it runs and sets, it may.
        text(part.operand, sh, st)
        if part.operator.endswith("="):
            st.store(part.name, ANYTHING)
        return ANYTHING
    is_given = value != "" if part.operator.startswith(":") else True
    is_given = is_given and value is not UNSET
    if part.operator.endswith("+"):
        return text(part.operand, sh, st) if is_given else ""
    if is_given:
        return value
    default = text(part.operand, sh, st)
    if part.operator.endswith("="):
        st.store(part.name, default)
    return default


def _demanded(part: s.Variable, value: Value, sh: Shell, st: State) -> Value:
    """`${X:?}` ends the shell where X is not set, and `:` says that empty counts as that."""
    is_known = isinstance(value, str) or value is UNSET
    if is_known and value is not UNSET and (value or part.operator == "?"):
        return value
    if is_known or not sh.notes.assumes(f"`{part.name}` is set"):
        sh.leave(st).status = FAILED
    if is_known:
        st.live = False
    return ANYTHING if is_known else value


def _is_left_to_the_image(name: str, sh: Shell, st: State) -> bool:
    """Whether only the image could set a variable, which is then taken to be unset."""
    if name in st.variables or sh.notes.env_is_open or not re.fullmatch(_IMAGE_VARIABLE, name):
        return False
    return sh.notes.assumes(f"the image does not set `{name}`")


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
    return Unknown(pids_of=value.pids_of, job=value.job, choices=value.choices)


def _is_many(value: Field) -> bool:
    return isinstance(value, Unknown) and value.many
