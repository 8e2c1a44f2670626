"""The commands in typer: for help, completion, mistakes, and what `words.py` leaves to it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import Parameter, Signature
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from k8slint import __version__
from k8slint.cli.commands import COMMANDS, load_command, refuse_names
from k8slint.cli.options import CommandGroup, Option, Positional, Subcommand
from k8slint.cli.output import write
from k8slint.errors import UsageError, did_you_mean

_NOT_A_CHOICE = re.compile("'(.*)' is not one of (.*)\\.")


class Commands(TyperGroup):
    """Imports and builds only the command that is called; building all of them takes 2 ms."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "commands": dict.fromkeys(COMMANDS)})

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:  # As for completion.
            refuse_names(args)
        words: list[str] = super().parse_args(ctx, args)
        return words

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        return build_command(cmd_name, load_command(cmd_name))


def build_command(name: str, command: Subcommand | CommandGroup) -> Any:
    """Return a command as typer knows it."""
    if isinstance(command, CommandGroup):
        settings: dict[str, Any] = {"help": command.help, "no_args_is_help": True}
        commands = command.commands
    else:
        settings, commands = {}, {name: command}
    built = typer.Typer(add_completion=False, rich_markup_mode=None, **settings)
    for one, about in commands.items():
        # \b keeps the lines apart.
        epilog = "\n  ".join(("\b\nExamples:", *about.examples)) if about.examples else None
        built.command(one, epilog=epilog, cls=_class(about))(_callback(about))
    return typer.main.get_command(built)


def _class(command: Subcommand) -> type[TyperCommand]:
    """Return a class of command that takes options bare, and whose help groups them."""
    bare = {
        flag: f"{flag}={declared.bare}"
        for name, about in command.options.__annotations__.items()
        for declared in about.__metadata__
        if isinstance(declared, Option) and declared.bare
        for flag in declared.flags_for(name)
    }

    behind = next((name for name, one in _positionals(command) if one.is_behind_dashes), "")

    class Command(TyperCommand):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            end = args.index("--") if "--" in args else len(args)
            given = [bare.get(word, word) for word in args[:end]]
            try:
                rest: list[str] = super().parse_args(
                    ctx, given if behind else [*given, *args[end:]]
                )
            except typer.BadParameter as error:
                error.message = _with_hint(error.message)
                raise
            if behind:
                if ctx.params[behind]:
                    raise UsageError(f"put -- before the command: {ctx.params[behind][0]}")
                ctx.params[behind] = args[end + 1 :] or None
            return rest

        def format_options(self, ctx: Any, formatter: Any) -> None:
            for title, rows in _sections(self.get_params(ctx), ctx, command.groups).items():
                with formatter.section(title):
                    formatter.write_dl(rows)

    return Command


def _with_hint(message: str) -> str:
    """Return a message that refuses a word, with the choice that may have been meant."""
    refused = _NOT_A_CHOICE.fullmatch(message)
    hint = did_you_mean(refused[1], re.findall("'([^']*)'", refused[2])) if refused else ""
    return f"{message.removesuffix('.')}{hint}" if hint else message


def _positionals(command: Subcommand) -> Iterator[tuple[str, Positional]]:
    for name, about in command.options.__annotations__.items():
        for declared in about.__metadata__:
            if isinstance(declared, Positional):
                yield name, declared


def _sections(
    parameters: Iterable[Any], ctx: Any, groups: Mapping[str, tuple[str, ...]]
) -> dict[str, list[tuple[str, str]]]:
    """Return the lines of help by the titles they stand under; what has no group comes last."""
    titles = {name: title for title, names in groups.items() for name in names}
    rest = "Other" if groups else "Options"
    rows: dict[str, list[tuple[str, str]]] = {one: [] for one in ("Arguments", *groups, rest)}
    for parameter in parameters:
        record = parameter.get_help_record(ctx)
        if record:
            is_option = parameter.param_type_name == "option"
            rows[titles.get(parameter.name, rest) if is_option else "Arguments"].append(record)
    return {title: found for title, found in rows.items() if found}


def _callback(command: Subcommand) -> Callable[..., None]:
    """Return a function with the options of a command as typer reads them in its signature."""

    def callback(ctx: typer.Context, **values: Any) -> None:
        sources = {name: ctx.get_parameter_source(name) for name in values}
        by_environment = {
            name for name, source in sources.items() if source and source.name == "ENVIRONMENT"
        }
        raise typer.Exit(command.run(command.options(**values), by_environment))

    parameters = [Parameter("ctx", _BY_NAME, annotation=typer.Context), *_parameters(command)]
    callback.__doc__ = command.run.__doc__
    vars(callback)["__signature__"] = Signature(parameters)
    callback.__annotations__ = {one.name: one.annotation for one in parameters}
    return callback


_BY_NAME = Parameter.KEYWORD_ONLY


def _parameters(command: Subcommand) -> Iterator[Parameter]:
    defaults = vars(command.options)["_field_defaults"]
    for name, about in command.options.__annotations__.items():
        (declared,) = about.__metadata__
        default = _declare(name, declared, defaults[name])
        yield Parameter(name, _BY_NAME, annotation=about.__origin__, default=default)


def _declare(name: str, declared: Option | Positional, default: Any) -> Any:
    texts: Any = {
        "help": declared.help,
        "metavar": declared.metavar,
        "show_default": declared.show_default,
    }
    if completed := declared.completed:
        texts["autocompletion"] = lambda incomplete: _completions(completed(), incomplete)
    if isinstance(declared, Positional):
        return typer.Argument(default, **texts)
    return typer.Option(
        default,
        *declared.flags_for(name),
        envvar=declared.envvar,
        min=declared.min,
        **texts,
    )


def _completions(words: Iterable[str], incomplete: str) -> list[str]:
    """Return the words that go on from what was typed, or from the last one of a list."""
    before, comma, _ = incomplete.rpartition(",")
    return [f"{before}{comma}{word}" for word in words]


app = typer.Typer(
    name="k8slint",
    cls=Commands,
    help="Lint and fix how Kubernetes pods shut down.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(show: bool) -> None:
    if show:
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
