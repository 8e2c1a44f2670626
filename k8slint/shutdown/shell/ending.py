"""What a script ends with: the command that a container is left running."""

import re
from collections.abc import Iterable, Iterator

from k8slint.records import NamedTuple
from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell.grammar import parse

_QUOTED = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^'"\\]+)""", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Ending(NamedTuple):
    """The simple command that a script ends with, and what stands around it.

    `words` are without quotes, with expansions as they are written; `start` is where the first of
    them stands. `operator` is the `&&`, `||` or `|` in front, and `head` the program at the
    beginning of its pipeline. `in_company`: it, or the statement before, runs in the background.
    """

    words: tuple[str, ...]
    start: int
    operator: str
    head: str
    is_redirected: bool
    in_company: bool

    @property
    def takes_over(self) -> bool:
        """Whether the shell turns into the command."""
        return self.words[0] == "exec"


class Script(NamedTuple):
    """What a script comes down to for the container that runs it.

    There is no `ending` where it ends in a condition, a loop, a subshell or a function.
    `commands` are the names of all simple commands in it, also of those that only may run.
    """

    ending: Ending | None
    commands: frozenset[str]
    ends_in_loop: bool = False


def read_script(text: str) -> Script:
    """Read a script that starts a program; nothing is known of one that is not understood."""
    try:
        block = parse(text)
        found = [*s.walk(block)]
    except (s.Unreadable, RecursionError):
        return Script(None, frozenset())
    functions = {one.name for one in found if isinstance(one, s.Function)}
    ending = _end_of(block)
    if ending and ending.words[0] in functions:
        ending = None
    return Script(ending, frozenset(_names(found)), _ends_in_loop(block))


def waits_for_last(shell: str, text: str, last: Ending) -> bool:
    """Whether a shell waits for the last command of a script instead of turning into it.

    `shell` is dash, bash or BusyBox.
    """
    if last.operator in ("|", "||"):
        return True
    below = _lines_below(text)
    match shell:
        case "bash":
            return last.is_redirected or below not in ([], [""])
        case "BusyBox":
            return bool(below)
    return True


def _lines_below(text: str) -> list[str]:
    """The lines below the last command: comments and empty ones, as after a newline."""
    lines = text.split("\n")
    end = len(lines)
    while end > 1 and lines[end - 1].strip()[:1] in ("", "#"):
        end -= 1
    return lines[end:]


def _ends_in_loop(block: s.Block) -> bool:
    last = block.statements[-1] if block.statements else None
    return bool(last and isinstance(last.command, s.Loop | s.For) and not last.background)


def _names(commands: Iterable[s.Command]) -> Iterator[str]:
    for one in commands:
        if isinstance(one, s.Simple) and one.words:
            yield _show(one.words[0])


def _end_of(block: s.Block) -> Ending | None:
    if not block.statements:
        return None
    *before, last = block.statements
    command, operator = last.command, ""
    if isinstance(command, s.AndOr):
        operator, command = command.rest[-1]
    head = command
    if isinstance(command, s.Pipeline):
        if command.negated:
            return None
        head, command = command.commands[0], command.commands[-1]
        operator = "|"
    if not isinstance(command, s.Simple) or not command.words:
        return None
    words = tuple([_show(word) for word in command.words])
    first = head.words if isinstance(head, s.Simple) and head.words else command.words
    return Ending(
        words,
        command.words[0].start,
        operator,
        _show(first[0]),
        bool(command.redirects),
        last.background or bool(before and before[-1].background),
    )


def _show(word: s.Word) -> str:
    """A word without its quotes, its expansions as they are written."""
    if word.literal is not None:
        return word.literal
    source = word.source
    if not {"'", '"', "\\"} & {*source}:
        return source
    return "".join(
        [
            single or _ESCAPE.sub(r"\1", double) or escaped or plain
            for single, double, escaped, plain in _QUOTED.findall(source)
        ]
    )
