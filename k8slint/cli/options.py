"""The options that several commands share, and how their values are read."""

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
    """When to colour the output."""

    auto = "auto"
    always = "always"
    never = "never"


PathArguments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH ... | -]", help="Files and folders, or - for stdin.", show_default="."
    ),
]
Configuration = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="K8SLINT_CONFIG", help="Use this configuration for every file."
    ),
]
Isolated = Annotated[
    bool, typer.Option("--isolated", help="Ignore all configurations and baselines.")
]
RuleFolders = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="DIR", help="Directory of custom rules (repeatable)."),
]
KubernetesVersion = Annotated[
    str | None,
    typer.Option(metavar="X.Y", help="Version of the cluster that the manifests are for."),
]
Color = Annotated[When, typer.Option(help="When to colour the output.")]


def format_examples(*commands: str) -> str:
    """Return the epilog of a command; its mark keeps the lines apart."""
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)


def is_isolated(ctx: typer.Context, *, isolated: bool) -> bool:
    """Whether to read no configuration; raises UsageError if the command line names one."""
    named = ctx.params["config"] and not is_from_environment(ctx, "config")
    if isolated and named:
        raise UsageError(
            "--isolated reads no configuration, --config names one: drop one of the two"
        )
    return isolated


def is_from_environment(ctx: typer.Context, option: str) -> bool:
    source = ctx.get_parameter_source(option)
    return source is not None and source.name == "ENVIRONMENT"


def unique_folders(rules: Iterable[Path] | None) -> tuple[Path, ...]:
    """Deduplicate folders by absolute path, so that workers and caches agree on them."""
    return tuple(dict.fromkeys(Path(os.path.abspath(folder)) for folder in rules or ()))


def minor_of(version: str) -> "Minor":
    from k8slint.kubernetes.versions import parse_minor

    try:
        return parse_minor(version)
    except ValueError as error:
        raise UsageError(f"--kubernetes-version: {error}") from None


def split_list(values: Iterable[str] | None) -> tuple[str, ...]:
    """Split the values of a list option: it takes commas, repetition, or both."""
    return tuple(
        word.strip() for value in values or () for word in value.split(",") if word.strip()
    )
