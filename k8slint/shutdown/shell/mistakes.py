"""Commands that cannot work, whatever is in the image (GS205)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from k8slint.shutdown.shell.notes import Notes, Where
from k8slint.shutdown.shell.programs import list_known_names
from k8slint.shutdown.shell.refused import refusal
from k8slint.shutdown.shell.shells import Argument, Shell

_SHELL_SIGNS = frozenset("|&;<>()$`\"'\\*?[]#~{}\n")
# Compiled where they are asked for: few hooks make such a mistake.
_POSITIONAL = r"\$(?:\{?[#!]?[0-9@*#]|\{#)|\bshift\b|(?:^|[\s;&|])(?:\.|source)\s|\bset\b"
_REFERENCE = r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)"
# They read an argument as a language of their own, where `$(X)` may mean something.
_READERS = frozenset(
    {
        *("python", "perl", "ruby", "node", "php", "lua", "awk", "gawk", "mawk", "sed", "make"),
        *("su", "sudo", "runuser", "ssh", "script", "watch", "xargs", "flock", "parallel"),
        *("powershell", "pwsh", "cmd", "eval", "tclsh", "groovy", "jshell", "kubectl", "docker"),
        *("crictl", "nsenter", "chroot", "sh", "bash", "ash", "dash", "zsh", "ksh", "fish"),
        "busybox",
    }
)
_VERSION = "0123456789."


def check_arguments(notes: Notes) -> None:
    """What is wrong with the argument vector itself, before anything runs."""
    command = notes.command
    if command and not command[0]:
        notes.break_down((0, 0, 0), "its first item is empty, and no program has that name")
    elif len(command) == 1:
        _one_string(command[0], notes)
    elif "$(" in " ".join(command) and not any(
        word.rsplit("/", 1)[-1].removesuffix(".exe").rstrip(_VERSION) in _READERS
        for word in command
    ):
        _report_unexpanded(command, notes)


def _one_string(text: str, notes: Notes) -> None:
    """`["sleep 5"]`: no program has that name."""
    if not _is_command_line(text):
        return
    where = (0, 0, len(text))
    reason = f"{notes.quote(where)} is one argument: no program has that name"
    notes.break_down(where, reason, _split(text))


def _is_command_line(text: str) -> bool:
    """Whether a text is a program's name and operands, and not the name of one program."""
    name = text.split(maxsplit=1)[0] if text.split() else ""
    if len(text.split()) < 2 or "{{" in text or "\\" in name:
        return False
    if name.rsplit("/", 1)[-1] in _known_programs():
        return True
    return "/" not in name and re.fullmatch(r"[a-z][a-z0-9_-]*", name) is not None


def _split(text: str) -> tuple[str, ...]:
    """The text as an argument vector, through a shell if it needs one."""
    if _SHELL_SIGNS.isdisjoint(text):
        words = tuple(text.split())
        is_shell = words[0].rsplit("/", 1)[-1] in {"sh", "bash", "ash", "dash"}
        if is_shell and len(words) > 3 and words[1] == "-c":
            return (*words[:2], " ".join(words[2:]))
        return words
    try:
        words = tuple(shlex.split(text))
    except ValueError:
        words = ()
    if words and words[0].rsplit("/", 1)[-1] in {"sh", "bash", "ash", "dash"} and len(words) == 3:
        return words
    return ("sh", "-c", text)


def _known_programs() -> frozenset[str]:
    return list_known_names() | {"sh", "bash", "ash", "dash", "env", "timeout", "exec"}


def _report_unexpanded(command: Sequence[str], notes: Notes) -> None:
    """The kubelet expands `$(NAME)` in `command` and `args`, not in hooks."""
    for index, word in enumerate(command):
        for found in re.finditer(_REFERENCE, word):
            name = found[1]
            if name not in notes.env and name != name.upper():
                continue
            where = (index, found.start(), found.end())
            reason = f"`{found[0]}` stays as it is: a hook's command is not expanded"
            notes.break_down(where, reason, _through_shell(command, notes))


def _through_shell(command: Sequence[str], notes: Notes) -> tuple[str, ...] | None:
    words: list[str] = []
    for word in command:
        text = re.sub(_REFERENCE, r"${\1}", word)
        if text != word:
            rest = re.sub(_REFERENCE, "", word)
            if not _SHELL_SIGNS.isdisjoint(rest):
                return None
            words.append(f'"{text}"')
        else:
            words.append(shlex.quote(word))
    return ("sh", "-c", f"exec {' '.join(words)}")


def option_with_script(arguments: Sequence[Argument], sh: Shell) -> None:
    """`["sh", "-c sleep 5"]`: the shell takes the whole text for options."""
    for argument in arguments[1:]:
        field = argument.field
        if isinstance(field, str) and (found := re.match(r"(-[a-z]*c) +(\S.*)", field, re.DOTALL)):
            repair = None
            index = argument.where[0]
            if sh.notes.text_of(index) == field:
                command = list(sh.notes.command)
                command[index : index + 1] = [found[1], found[2]]
                repair = tuple(command)
            reason = f"{sh.notes.quote(argument.where)} is one argument: the shell refuses it"
            sh.notes.break_down(argument.where, reason, repair)
            return


def lost_arguments(rest: Sequence[Argument], sh: Shell) -> None:
    """`[sh, -c, sleep, "5"]`: only the first argument after `-c` is the script."""
    script, *others = rest
    text = script.field
    if not others or not isinstance(text, str) or re.search(_POSITIONAL, text) or not sh.is_direct:
        return
    is_one_word = re.fullmatch(r"[\w./-]+", text.strip()) is not None
    names = {"sh", "bash", "ash", "dash", "-", "--", "_", "", text}
    if len(others) == 1 and (not is_one_word or str(others[0].field).rsplit("/", 1)[-1] in names):
        return
    lost = " ".join(other.source for other in others)
    first = others[0].where
    reason = (
        f"only `{text.strip().split(chr(10))[0][:60]}` is the script: the shell takes "
        f"`{lost.split(chr(10))[0][:60]}` for the script's own arguments and never runs it"
    )
    sh.notes.break_down(first, reason, _join(rest, sh) if is_one_word else None)


def _join(rest: Sequence[Argument], sh: Shell) -> tuple[str, ...] | None:
    words = [str(argument.field) for argument in rest]
    if any(not word or not _SHELL_SIGNS.isdisjoint(word) or " " in word for word in words):
        return None
    start = rest[0].where[0]
    if list(sh.notes.command[start:]) != words:
        return None
    return (*sh.notes.command[:start], " ".join(words))


def find_quoted_command(argument: Argument, sh: Shell) -> bool:
    """`'sleep 15'` in a script: one word, and no program has that name."""
    text = str(argument.field)
    if not _is_command_line(text):
        return False
    reason = f"`{argument.source}` is one quoted word: no program has that name"
    is_written = not sh.fixed and argument.source[1:-1] == text
    repair = sh.notes.replaced(argument.where, text) if is_written else None
    sh.notes.break_down(argument.where, reason, repair)
    return True


def find_refused_syntax(where: Where, script: str, sh: Shell) -> None:
    """A script with one of the mistakes that every shell is known to refuse."""
    found = refusal(script)
    if found is None:
        return
    reason, start, end = found
    if sh.notes.text_of(where[0]) == script:
        where = (where[0], start, end)
    sh.notes.break_down(where, reason)
