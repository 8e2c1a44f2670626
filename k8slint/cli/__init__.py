"""The command line: the only room that prints or exits.

Each command is a module, imported when it is called.
"""

# No `from __future__ import annotations`: typer would compile every option's annotation at start.
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from k8slint import __version__
from k8slint.errors import UsageError

COMMANDS = ("check", "explain", "timeline", "config")


class Commands(TyperGroup):
    """Imports and builds only the command that is called; building all of them takes 2 ms."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "commands": dict.fromkeys(COMMANDS)})

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:  # As for completion.
            _refuse_names(args)
        words: list[str] = super().parse_args(ctx, args)
        return words

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        return typer.main.get_command(import_module(f"k8slint.cli.{cmd_name}").app)


app = typer.Typer(
    name="k8slint",
    cls=Commands,
    help="Lint and fix how Kubernetes pods shut down.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line; exit 2 for a crash, as for anything that keeps the job undone."""
    for name, how in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # Closed by the caller.
            setattr(sys, name, Path(os.devnull).open(how))  # noqa: SIM115 - open to the end
    try:
        app()
    except UsageError as error:
        _fail(str(error))
    except BrokenPipeError:
        from k8slint.cli.output import discard

        discard(sys.stdout)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - Python would exit 1: findings
        _crash(error)


def _refuse_names(words: Sequence[str]) -> None:
    """Raise UsageError for an option that is also a file name: a hook or `*` may have passed it.

    A repository could turn on `--rules=x.yaml` with a file of that name. Checked only here, as
    typer expands `*.yaml` where no shell does.
    """
    for word in takewhile(lambda word: word != "--", words):
        if word.startswith("-") and word != "-" and os.path.lexists(word):
            raise UsageError(
                f"{word} is also the name of a file here: write ./{word} to check it, or put -- "
                f"before all paths"
            )


def _version(show: bool) -> None:
    if show:
        from k8slint.cli.output import write

        write(sys.stdout, f"k8slint {__version__}\n")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


def _crash(error: Exception) -> NoReturn:
    from traceback import format_exception

    from k8slint.outside.terminal import LONGEST_CRASH, clipped
    from k8slint.report.summary import BUGS

    trace = clipped("".join(format_exception(error)), LONGEST_CRASH)
    _fail(f"this is a bug, please report it: {error} ({BUGS})", trace)


def _fail(message: str, trace: str = "") -> NoReturn:
    from k8slint.cli.output import write
    from k8slint.outside.terminal import clipped, printable

    with suppress(UsageError, BrokenPipeError):  # Nobody is left to read it.
        write(sys.stderr, f"{trace}k8slint: {printable(clipped(message))}\n")
    sys.exit(2)
