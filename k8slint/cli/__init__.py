"""The command line: the only room that prints or exits."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from k8slint.cli.commands import COMMANDS, load_command, refuse_names
from k8slint.cli.options import CommandGroup
from k8slint.cli.words import read_options
from k8slint.errors import UsageError
from k8slint.type_names import NoReturn


def main() -> None:
    """Run the command line; exit 2 for a crash, as for anything that keeps the job undone."""
    for name, how in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # Closed by the caller.
            setattr(sys, name, Path(os.devnull).open(how))  # noqa: SIM115 - open to the end
    try:
        run = find_call(sys.argv[1:])
        if run is None:
            from k8slint.cli.in_typer import app

            app(prog_name=_called_as())
        else:
            sys.exit(run())
    except UsageError as error:
        _fail(error.messages)
    except BrokenPipeError:
        from k8slint.cli.output import discard

        discard(sys.stdout)
        sys.exit(1)
    except KeyboardInterrupt:  # Typer does the same.
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - Python would exit 1: findings
        _crash(error)


def _called_as() -> str | None:
    """Return what help calls this program; None is the name of its file, as completion needs."""
    is_plugin = Path(sys.argv[0]).stem == "kubectl-k8slint"
    return "kubectl k8slint" if is_plugin and "completion" not in "".join(sys.argv[1:2]) else None


def find_call(words: Sequence[str]) -> Callable[[], int] | None:
    """Return what an ordinary call runs; None for one that typer has to deal with.

    Raises UsageError.
    """
    if _is_of_typer(words):
        return None
    name, *rest = words
    command = load_command(name)
    if isinstance(command, CommandGroup):
        if not rest or rest[0] not in command.commands:
            return None
        name, *rest = rest
        command = command.commands[name]
    call = read_options(command, rest)
    if call is None:
        return None
    refuse_names(words)
    return lambda: command.run(*call)


def _is_of_typer(words: Sequence[str]) -> bool:
    """Whether a call is for typer whatever its options: one without a command, or for completion.

    Also where no shell expands `*.yaml`, which typer does.
    """
    return (
        not words
        or words[0] not in COMMANDS
        or any(name.startswith("_") and name.endswith("_COMPLETE") for name in os.environ)
        or (os.name == "nt" and any(set("*?[~$%").intersection(word) for word in words))
    )


def _crash(error: Exception) -> NoReturn:
    from traceback import format_exception

    from k8slint.outside.terminal import LONGEST_CRASH, clipped
    from k8slint.report.summary import BUGS

    trace = clipped("".join(format_exception(error)), LONGEST_CRASH)
    _fail([f"this is a bug, please report it: {error} ({BUGS})"], trace)


def _fail(messages: Sequence[str], trace: str = "") -> NoReturn:
    from k8slint.cli.output import complain, write

    with suppress(UsageError, BrokenPipeError):  # Nobody is left to read it.
        write(sys.stderr, trace)
        complain(messages)
    sys.exit(2)
