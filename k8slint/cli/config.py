"""`k8slint config`."""

# No `from __future__ import annotations`: typer would compile every option's annotation at start.
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from k8slint.cli.options import (
    Configuration,
    Isolated,
    RuleFolders,
    is_from_environment,
    is_isolated,
    unique_folders,
)
from k8slint.cli.output import write
from k8slint.errors import UsageError
from k8slint.outside.terminal import printable

app = typer.Typer(
    help="Show or create a configuration, or print its schema.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command("show")
def show_config(
    ctx: typer.Context,
    path: Annotated[str, typer.Argument(help="A file or a folder.")] = ".",
    config: Configuration = None,
    isolated: Isolated = False,
    rules: RuleFolders = None,
) -> None:
    """Print the effective settings of a path and where each comes from."""
    from k8slint.config import Configurations, Overrides, for_file
    from k8slint.config.show import dump_effective
    from k8slint.lint.files import root_of
    from k8slint.lint.folders import Folders

    if not os.path.lexists(path):
        raise UsageError(f"{path}: no such file or folder")
    none = is_isolated(ctx, isolated=isolated)
    folder = root_of(path)
    overrides = Overrides(isolated=none, rule_folders=unique_folders(rules), named=(folder,))
    configurations = Configurations(Folders(), overrides, config)
    settings = configurations.settings_for(folder)
    if not os.path.isdir(path):
        settings = for_file(settings, path)
    origin = configurations.origin_of(folder)
    named = is_from_environment(ctx, "config") and origin.file
    how = " (K8SLINT_CONFIG)" if named else ""
    text = dump_effective(origin, configurations.reader, settings, how)
    text += "" if none else _about_baseline(settings.root)
    write(sys.stdout, text)


@app.command("schema")
def print_schema(rules: RuleFolders = None) -> None:
    """Print the JSON Schema of configurations, for editors."""
    from k8slint.config.schema import as_text
    from k8slint.lint.rulebook import load_rules

    write(sys.stdout, as_text(load_rules(unique_folders(rules))))


@app.command("init")
def init_config(
    folder: Annotated[Path, typer.Argument(help="Folder to write it to.")] = Path(),
) -> None:
    """Write a .k8slint.yaml that explains every key."""
    from k8slint.config import find_config
    from k8slint.config.show import dump_template
    from k8slint.lint.folders import Folders
    from k8slint.lint.settings import CONFIGURATIONS

    file = folder / CONFIGURATIONS[0]
    if there := find_config(os.path.abspath(folder), Folders()):
        raise UsageError(f"{folder / Path(there).name} already exists and is not overwritten")
    try:
        with file.open("xb") as stream:
            stream.write(dump_template().encode())
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror or error}") from None
    write(sys.stderr, f"Wrote {printable(str(file))}.\n")


def _about_baseline(root: Path) -> str:
    """Return a comment that names the baseline, if there is one."""
    from k8slint.lint.files import make_relative
    from k8slint.lint.settings import BASELINE

    file = root / BASELINE
    named = f"# baseline: {printable(make_relative(str(file)))}\n"
    return named if os.path.lexists(file) else ""
