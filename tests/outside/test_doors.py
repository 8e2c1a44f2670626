"""Three doors: nothing else starts a program, opens a named file for reading, or prints."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import ROOT

PACKAGE = ROOT / "k8slint"

STARTS = {
    *("subprocess", "pty", "multiprocessing.Process", "asyncio.create_subprocess_exec"),
    *("asyncio.create_subprocess_shell", "os.system", "os.popen", "os.startfile", "webbrowser"),
    *(f"os.{name}" for name in ("fork", "forkpty", "posix_spawn", "posix_spawnp")),
    *(f"os.exec{suffix}" for suffix in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
    *(f"os.spawn{suffix}" for suffix in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
}
OPENS = (
    *("open(*", "*.open(*", "*.read_bytes(*", "*.read_text(*", "*.write_bytes(*"),
    *("*.write_text(*", "shutil.copy*"),
)
# Calls outside of the door, by file and by how they are written: whose file is it?
ALLOWED = {
    "cli/__init__.py": ("Path(os.devnull).open(*)",),
    "cli/output.py": ("os.open(os.devnull, *)",),
    # The environment's, not the repository's.
    "cli/check/emit.py": ("Path(file).open('ab')",),
    # A new file, where the command line says.
    "cli/config.py": ("file.open('xb')",),
    # They come with k8slint.
    "config/check.py": ("SHIPPED.read_text(*)",),
    "picture/html.py": ("svg.CSS.read_text(*)", "CSS.read_text(*)", "SCRIPT.read_text(*)"),
    "picture/svg.py": ("CSS.read_text(*)",),
    # The copies in the temporary folder that the tools get.
    "render/*.py": ("*",),
    "lint/rendered/redact.py": ("path.read_text('utf-8')", "Path(file).read_text('utf-8', *)"),
    # Replaces what was read by way of the door, under a lock, in the folder that was checked.
    "lint/write.py": ("*",),
}


def openings(path: Path) -> Iterator[tuple[int, str]]:
    """Each call that opens a file: its line, and how it is written."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Call):
            called = f"{ast.unparse(node.func)}("
            if any(match(called, one) for one in OPENS):
                yield node.lineno, ast.unparse(node)


def sources(but: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not fnmatch.fnmatch(name, but):
            yield name, path
    for path in sorted((ROOT / "rules").glob("*.py")):
        yield f"rules/{path.name}", path


def test_one_module_starts_programs() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, path in sources(but="outside/programs.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if (isinstance(node, ast.Import) and any(one.name in STARTS for one in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module in STARTS)
        or (isinstance(node, ast.Attribute) and ast.unparse(node) in STARTS)
    ]
    assert found == []


def test_one_room_opens_files() -> None:
    found = []
    for name, path in sources(but="outside/*"):
        allowed = [one for file, all_of in ALLOWED.items() for one in all_of if match(name, file)]
        found += [
            f"{name}:{line}: {written}"
            for line, written in openings(path)
            if not any(match(written, one) for one in allowed)
        ]
    assert found == []


def match(text: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(text, pattern)


@pytest.mark.parametrize("file", ALLOWED)
def test_every_exception_is_needed(file: str) -> None:
    written = [
        one
        for name, path in sources(but="outside/*")
        if match(name, file)
        for _, one in openings(path)
    ]
    for pattern in ALLOWED[file]:
        assert any(match(one, pattern) for one in written), f"{file}: nothing is like {pattern}"
