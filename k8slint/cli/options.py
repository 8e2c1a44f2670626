"""The options that several commands take, and what is made of them."""

# No `from __future__ import annotations`: typer would compile every option's annotation at start.
import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from k8slint.errors import UsageError

if TYPE_CHECKING:
    from k8slint.kubernetes.versions import Minor


class When(StrEnum):
    """When to colour."""

    auto = "auto"
    always = "always"
    never = "never"


Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH ... | -]", help="Files and folders, or - for stdin.", show_default="."
    ),
]
Configuration = Annotated[
    Path | None,
    typer.Option("--config", envvar="K8SLINT_CONFIG", help="Configuration for all files."),
]
Isolated = Annotated[
    bool, typer.Option("--isolated", help="Read no configuration and no baseline.")
]
RuleFolders = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="DIR", help="Folders with rules of your own."),
]
KubernetesVersion = Annotated[
    str | None, typer.Option(metavar="X.Y", help="The cluster the manifests are for.")
]
Color = Annotated[When, typer.Option(help="When to colour.")]


def examples(*commands: str) -> str:
    """What stands below the options, with a mark that keeps the lines apart."""
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)


def is_isolated(ctx: typer.Context, *, isolated: bool) -> bool:
    """Whether no configuration counts; one named on the command line would contradict that."""
    named = ctx.params["config"] and not is_from_environment(ctx, "config")
    if isolated and named:
        raise UsageError("--isolated reads no configuration, --config names one: leave out either")
    return isolated


def is_from_environment(ctx: typer.Context, option: str) -> bool:
    source = ctx.get_parameter_source(option)
    return source is not None and source.name == "ENVIRONMENT"


def folders(rules: Iterable[Path] | None) -> tuple[Path, ...]:
    """Each folder once, by one spelling: so that workers and caches know it."""
    return tuple(dict.fromkeys(Path(os.path.abspath(folder)) for folder in rules or ()))


def minor_of(version: str) -> "Minor":
    from k8slint.kubernetes.versions import parse_minor

    try:
        return parse_minor(version)
    except ValueError as error:
        raise UsageError(f"--kubernetes-version: {error}") from None


def words_of(values: Iterable[str] | None) -> tuple[str, ...]:
    """Options that take lists take commas and repetition alike."""
    return tuple(
        word.strip() for value in values or () for word in value.split(",") if word.strip()
    )
