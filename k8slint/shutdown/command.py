"""What a container runs, once the wrappers around it are taken off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from k8slint.kubernetes.workload import Container
from k8slint.manifest.operations import Set
from k8slint.manifest.values import Value

if TYPE_CHECKING:
    from k8slint.shutdown.script import Statement

SHELLS = frozenset({"sh", "bash", "ash", "dash", "busybox"})
_INITS = frozenset({"tini", "tini-static", "docker-init", "dumb-init", "catatonit"})
# Programs that become the one they are given: they exec it after some preparation.
_PREPARERS = frozenset(
    {"exec", "nohup", "ddtrace-run", "opentelemetry-instrument", "setarch", "catchsegv"}
)
_USERS = frozenset({"gosu", "su-exec"})
_RUNNERS = {"bundle": "exec", "poetry": "run", "pipenv": "run", "newrelic-admin": "run-program"}
_OPTIONS_WITH_VALUE = {
    "env": frozenset({"-u", "--unset", "-C", "--chdir"}),
    "nice": frozenset({"-n"}),
    "tini": frozenset({"-p", "-e"}),
    "dumb-init": frozenset({"-r", "--rewrite"}),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "python": frozenset({"-W", "-X"}),
}
_PYTHON = r"(?:python|pypy)[\d.]*"
_ASSIGNMENT = r"[A-Za-z_]\w*="
_MAX_WRAPPERS = 20
_BETWEEN_WORDS = str.maketrans(dict.fromkeys("\"'[],/", " "))


def words_in(text: str) -> frozenset[str]:
    """The words of a command as YAML writes it, in parts: a program may end a path."""
    return frozenset(text.translate(_BETWEEN_WORDS).split())


class Word(NamedTuple):
    """A word of a command and the list item it stands in."""

    text: str
    value: Value


class Script(NamedTuple):
    """A script given to a shell with `-c`; None for statements that cannot be told apart."""

    shell: str
    text: str
    value: Value
    statements: tuple[Statement, ...] | None

    @property
    def last(self) -> Statement | None:
        """The command the script ends with, unless it ends inside a condition or a loop."""
        if not self.statements:
            return None
        last = self.statements[-1]
        return None if last.is_nested or not last.words else last

    @property
    def becomes_its_last(self) -> bool:
        """Whether the shell ends by turning into the last command."""
        return self.last is not None and self.last.words[0] == "exec"


class Command(NamedTuple):
    """The program a container ends up running, and how it gets there.

    `words` begin with the program; they are empty where a script hides it. `wrappers` are the
    words in front of it. `entry_is_known` is False where only `args` are written, so that the
    image decides what they are given to.
    """

    words: tuple[Word, ...]
    wrappers: tuple[str, ...] = ()
    script: Script | None = None
    entry_is_known: bool = True

    @property
    def program(self) -> str:
        return basename(self.words[0].text) if self.words else ""

    @property
    def arguments(self) -> tuple[Word, ...]:
        return self.words[1:]

    @property
    def has_init(self) -> bool:
        """Whether process 1 is a small init that passes signals on."""
        return not _INITS.isdisjoint(self.wrappers)

    @property
    def is_process_one(self) -> bool:
        """Whether the kubelet's stop signal goes straight to the program."""
        return not self.has_init and (self.script is None or self.script.becomes_its_last)

    @property
    def is_plain(self) -> bool:
        """Whether the program's own arguments are list items: no script holds them."""
        return bool(self.words) and self.script is None


def command_of(container: Container) -> Command | None:
    """What a container runs; None where it is left to the image, empty where it is hidden."""
    own = words_of(container.value.get("command"))
    arguments = words_of(container.value.get("args"))
    if own is None or arguments is None:
        return Command(())
    if not own and not arguments:
        return None
    return _unwrapped((*own, *arguments), entry_is_known=bool(own))


def words_of(items: Value) -> tuple[Word, ...] | None:
    """A list of strings; empty where it is not written, None where something else is."""
    if items.node is None:
        return ()
    words = tuple(Word(item.text or "", item) for item in items.items())
    if any(not isinstance(word.value.scalar, str) for word in words):
        return None
    return words if words or not items.is_written else None


def is_on_one_line(value: Value) -> bool:
    """Whether a value can be written anew without losing the way it is laid out."""
    start, end = value.span
    return "\n" not in value.document.source.text[start:end].rstrip()


def basename(text: str) -> str:
    return text.rpartition("/")[2]


def with_argument(container: Container, argument: str) -> Set | None:
    """Append an argument to what a container runs; None where that is no list of one-line texts.

    It goes where the arguments are: to `args`, else to `command`.
    """
    for name in ("args", "command"):
        items = container.value.get(name)
        if not items.is_written:
            continue
        words = words_of(items)
        if not words or not all(is_on_one_line(word.value) for word in words):
            return None
        return Set(items.pointer, [*(word.text for word in words), argument])
    return None


def _unwrapped(words: tuple[Word, ...], *, entry_is_known: bool) -> Command:
    wrappers: list[str] = []
    script: Script | None = None
    for _ in range(_MAX_WRAPPERS):
        if not words:
            break
        rest = _without_wrapper(words)
        if rest is None:
            break
        if rest is words:
            inner = _script(words)
            if inner is None:
                break
            script = inner
            wrappers.append(basename(words[0].text))
            last = inner.last
            words = tuple(Word(text, inner.value) for text in last.words) if last else ()
            continue
        taken = words[: len(words) - len(rest)]
        wrappers += [basename(taken[0].text), *(word.text for word in taken[1:])]
        words = rest
    return Command(words, tuple(wrappers), script, entry_is_known)


def _without_wrapper(words: tuple[Word, ...]) -> tuple[Word, ...] | None:
    """What a wrapper runs; the words themselves for a shell; None for any other program."""
    name = basename(words[0].text)
    if name in SHELLS:
        return words
    if name in _INITS:
        return _behind_options(words, "dumb-init" if name == "dumb-init" else "tini")
    if name in _PREPARERS:
        return _behind_options(words, name)
    if name in _USERS:
        return words[2:]
    if name in ("env", "nice", "stdbuf"):
        rest = _behind_options(words, name)
        while rest and re.match(_ASSIGNMENT, rest[0].text):
            rest = rest[1:]
        return rest
    if _RUNNERS.get(name) == (words[1].text if len(words) > 1 else ""):
        return words[2:]
    if re.fullmatch(_PYTHON, name):
        return _module(words)
    return None


def _module(words: tuple[Word, ...]) -> tuple[Word, ...] | None:
    """`python -m gunicorn app` runs gunicorn, `python /usr/bin/gunicorn app` too."""
    rest = words[1:]
    while rest and rest[0].text.startswith("-"):
        if rest[0].text == "-m":
            return rest[1:]
        if rest[0].text == "-c":
            return None
        rest = rest[2 if rest[0].text in _OPTIONS_WITH_VALUE["python"] else 1 :]
    return rest if rest and not rest[0].text.endswith(".py") else None


def _behind_options(words: tuple[Word, ...], name: str) -> tuple[Word, ...]:
    with_value = _OPTIONS_WITH_VALUE.get(name, frozenset())
    rest = words[1:]
    while rest and rest[0].text.startswith("-"):
        if rest[0].text == "--":
            return rest[1:]
        rest = rest[2 if rest[0].text in with_value else 1 :]
    return rest


def _script(words: tuple[Word, ...]) -> Script | None:
    """The script of `sh -c`, whatever options stand around it."""
    shell, rest = basename(words[0].text), words[1:]
    if shell == "busybox":
        if not rest or rest[0].text not in SHELLS:
            return None
        rest = rest[1:]
    reads_script = False
    while rest and rest[0].text[:1] in ("-", "+") and len(rest[0].text) > 1:
        flags = rest[0].text
        rest = rest[1:]
        if flags == "--":
            break
        if flags.startswith("--"):
            continue
        reads_script = reads_script or "c" in flags[1:]
        if flags.endswith("o") and rest:
            rest = rest[1:]
    if not reads_script or not rest:
        return None
    text = rest[0].text
    # Few containers start with a script, and its grammar is slow to compile.
    from k8slint.shutdown.script import statements

    found = statements(text)
    return Script(shell, text, rest[0].value, None if found is None else tuple(found))


def flag_values(words: Sequence[Word], flag: str) -> Iterator[Word]:
    """The values of `--flag=N` and `--flag N`, in order; the last one counts."""
    following = None
    prefix = f"{flag}="
    for word in words:
        if following:
            yield word
            following = None
        elif word.text == flag:
            following = word
        elif word.text.startswith(prefix):
            yield Word(word.text[len(prefix) :], word.value)
    if following:
        yield Word("", following.value)
