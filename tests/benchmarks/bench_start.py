"""What starting costs: `--version` against `import typer`, `--help` against an empty app."""

from __future__ import annotations

import ast
import tempfile
from pathlib import Path

from tests.benchmarks.measure import K8SLINT, PYTHON, ROOT, compare

# As ours starts.
PRELUDE = "import atexit, gc, sys; gc.disable(); atexit.register(gc.freeze)"


def empty_app() -> str:
    """A typer app with the commands and options of ours that does nothing."""
    module = ast.parse((ROOT / "k8slint" / "cli.py").read_text(encoding="utf-8"))
    kept: list[ast.stmt] = []
    for part in module.body:
        if isinstance(part, ast.FunctionDef) and part.decorator_list:
            part.body = [ast.Pass()]
        if "k8slint" not in ast.unparse(part) or not isinstance(part, ast.ImportFrom | ast.If):
            kept.append(part)
    return f"{ast.unparse(ast.Module(kept, []))}\n\napp()\n"


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
