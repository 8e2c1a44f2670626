"""What starting costs: `--version` against `import typer`, `--help` against an empty app."""

from __future__ import annotations

import ast
import re
import tempfile
from pathlib import Path

from tests.benchmarks.measure import K8SLINT, PYTHON, compare
from tests.places import ROOT

# As ours starts.
PRELUDE = "import atexit, gc, sys; gc.disable(); atexit.register(gc.freeze)"


def empty_app() -> str:
    """A typer app with the commands and options of ours that does nothing."""
    start = "import typer\napp = typer.Typer(no_args_is_help=True, rich_markup_mode=None)"
    options = _emptied("options").replace("typer.Context", "object")
    files = ("check/options", "check/__init__", "explain", "timeline")
    commands = [_emptied(name).replace("of_check.", "") for name in files]
    config = _emptied("config", "config_commands")
    end = "app.add_typer(config_commands, name='config')\napp()"
    return "\n".join((start, options, *commands, config, end))


def _emptied(name: str, app: str = "app") -> str:
    """A file of the command line whose commands do nothing."""
    module = ast.parse((ROOT / "k8slint" / "cli" / f"{name}.py").read_text(encoding="utf-8"))
    kept: list[ast.stmt] = []
    for part in module.body:
        text = ast.unparse(part)
        if isinstance(part, ast.FunctionDef):
            if part.decorator_list:
                part.body = [ast.Pass()]
            elif name != "options":
                continue
        is_ours = isinstance(part, ast.ImportFrom | ast.If) and "k8slint" in text
        if not is_ours and not (app == "app" and text.startswith("app = ")):
            kept.append(part)
    flat = ast.unparse(ast.Module(kept, []))
    return flat if app == "app" else re.sub(r"\bapp\b", app, flat)


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
