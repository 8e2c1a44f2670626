"""`k8slint config`."""

# No `from __future__ import annotations`: the options stand in annotations, and are read at start.
import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

from k8slint.cli.options import (
    CommandGroup,
    Configuration,
    Isolated,
    Positional,
    RuleFolders,
    Subcommand,
    refuse_contradiction,
    unique_folders,
)
from k8slint.cli.output import write
from k8slint.errors import UsageError
from k8slint.outside.terminal import printable
from k8slint.records import NamedTuple


class ShowOptions(NamedTuple):
    """The options of `config show`."""

    path: Annotated[str, Positional("A file or a folder.")] = "."
    config: Configuration = None
    isolated: Isolated = False
    rules: RuleFolders = None


class SchemaOptions(NamedTuple):
    """The options of `config schema`."""

    rules: RuleFolders = None


class InitOptions(NamedTuple):
    """The options of `config init`."""

    folder: Annotated[Path, Positional("Folder to write it to.")] = Path()


def show_config(options: ShowOptions, by_environment: Collection[str]) -> int:
    """Print the effective settings of a path and where each comes from."""
    from k8slint.config import Configurations, Overrides, for_file
    from k8slint.config.show import dump_effective
    from k8slint.lint.files import root_of
    from k8slint.lint.folders import Folders

    path, none = options.path, options.isolated
    if not os.path.lexists(path):
        raise UsageError(f"{path}: no such file or folder")
    refuse_contradiction(options.config, by_environment, isolated=none)
    folder = root_of(path)
    overrides = Overrides(
        isolated=none, rule_folders=unique_folders(options.rules), named=(folder,)
    )
    configurations = Configurations(Folders(), overrides, options.config)
    settings = configurations.settings_for(folder)
    if not os.path.isdir(path):
        settings = for_file(settings, path)
    origin = configurations.origin_of(folder)
    how = " (K8SLINT_CONFIG)" if "config" in by_environment and origin.file else ""
    text = dump_effective(origin, configurations.reader, settings, how)
    text += "" if none else _about_baseline(settings.root)
    write(sys.stdout, text)
    return 0


def print_schema(options: SchemaOptions, _: Collection[str]) -> int:
    """Print the JSON Schema of configurations, for editors."""
    from k8slint.config.schema import as_text
    from k8slint.lint.rulebook import load_rules

    write(sys.stdout, as_text(load_rules(unique_folders(options.rules))))
    return 0


def init_config(options: InitOptions, _: Collection[str]) -> int:
    """Write a .k8slint.yaml that explains every key."""
    from k8slint.config import find_config
    from k8slint.config.show import dump_template
    from k8slint.lint.folders import Folders
    from k8slint.lint.settings import CONFIGURATIONS

    folder = options.folder
    file = folder / CONFIGURATIONS[0]
    if there := find_config(os.path.abspath(folder), Folders()):
        raise UsageError(f"{folder / Path(there).name} already exists and is not overwritten")
    try:
        with file.open("xb") as stream:
            stream.write(dump_template().encode())
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror or error}") from None
    write(sys.stderr, f"Wrote {printable(str(file))}.\n")
    return 0


COMMAND = CommandGroup(
    "Show or create a configuration, or print its schema.",
    {
        "show": Subcommand(ShowOptions, show_config),
        "schema": Subcommand(SchemaOptions, print_schema),
        "init": Subcommand(InitOptions, init_config),
    },
)


def _about_baseline(root: Path) -> str:
    """Return a comment that names the baseline, if there is one."""
    from k8slint.lint.files import make_relative
    from k8slint.lint.settings import BASELINE

    file = root / BASELINE
    named = f"# baseline: {printable(make_relative(str(file)))}\n"
    return named if os.path.lexists(file) else ""
