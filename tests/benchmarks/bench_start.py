"""What starting costs: `--version` against `import typer`, `--help` against an empty app."""

from __future__ import annotations

import re
import tempfile
from enum import EnumType
from pathlib import Path
from typing import get_args

from k8slint.cli.commands import COMMANDS, load_command
from k8slint.cli.options import CommandGroup, Option, Subcommand
from tests.benchmarks.measure import K8SLINT, PYTHON, compare

# As ours starts.
PRELUDE = "import atexit, gc, sys; gc.disable(); atexit.register(gc.freeze)"


def empty_app() -> str:
    """A typer app with the commands and options of ours that does nothing."""
    lines = [
        *("import typer", "from enum import StrEnum", "from pathlib import *"),
        "app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)",
        "config = typer.Typer(no_args_is_help=True)",
        "app.add_typer(config, name='config')",
    ]
    for name in COMMANDS:
        command = load_command(name)
        if isinstance(command, CommandGroup):
            for one, inner in command.commands.items():
                lines += _empty_command(name, one, inner)
        else:
            lines += _empty_command("app", name, command)
    return "\n".join((*lines, "app()"))


def _empty_command(app: str, name: str, command: Subcommand) -> list[str]:
    lines, parameters = [], []
    for field, about in command.options.__annotations__.items():
        (declared,) = about.__metadata__
        kind = about.__origin__
        default = repr(vars(command.options)["_field_defaults"][field])
        enums = (one for one in (kind, *get_args(kind)) if isinstance(one, EnumType))
        lines += [
            f"{one.__name__} = StrEnum({one.__name__!r}, {[*map(str, one)]})" for one in enums
        ]
        default = re.sub(r"<(\w+)\..*: ('.*')>", r"\1(\2)", default)
        of = re.sub(
            r"[\w.]+\.(?=[A-Z])", "", kind.__name__ if isinstance(kind, type) else repr(kind)
        )
        is_option = isinstance(declared, Option)
        flags = declared.flags_for(field) if is_option else ()
        made_by = "Option" if is_option else "Argument"
        words = {key: value for key, value in declared._asdict().items() if key not in _OURS}
        made = f"typer.{made_by}({default}, *{flags}, **{words})"
        parameters.append(f"{field}: {of} = {made}")
    return [*lines, f"@{app}.command({name!r})", f"def _({', '.join(parameters)}): pass"]


# What typer has no word for.
_OURS = ("flags", "completed", "bare", "is_behind_dashes")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder, "empty.py")
        empty.write_text(empty_app(), encoding="utf-8")
        compare(
            "--version / import typer",
            [*K8SLINT, "--version"],
            [*PYTHON, "import typer"],
            limit=1.3,
        )
        for command in ([], ["check"]):
            words = [*command, "--help"]
            compare(
                f"{' '.join(words)} / an empty app with the same options",
                [*K8SLINT, *words],
                [*PYTHON, f"{PRELUDE}; sys.path.append({folder!r}); import empty", *words],
                limit=1.2,
            )


if __name__ == "__main__":
    main()
