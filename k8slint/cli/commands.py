"""Which commands there are; each is a module, imported when it is called."""

import os
from collections.abc import Iterable
from importlib import import_module
from itertools import takewhile

from k8slint.cli.options import CommandGroup, Subcommand
from k8slint.errors import UsageError

COMMANDS = (
    *("check", "init", "explain", "timeline", "drill", "observe", "facts"),
    *("merge", "config", "server"),
)


def load_command(name: str) -> Subcommand | CommandGroup:
    """Return one of the commands."""
    command: Subcommand | CommandGroup = import_module(f"k8slint.cli.{name}").COMMAND
    return command


def refuse_names(words: Iterable[str]) -> None:
    """Raise UsageError for an option that is also a file name: a hook or `*` may have passed it.

    A repository could turn on `--rules=x.yaml` with a file of that name. To be checked once typer
    has expanded `*.yaml`, where no shell does.
    """
    for word in takewhile(lambda word: word != "--", words):
        if word.startswith("-") and word != "-" and os.path.lexists(word):
            raise UsageError(
                f"{word} is also the name of a file here: write ./{word} to check it, or put -- "
                f"before all paths"
            )
