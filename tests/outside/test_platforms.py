"""What Windows and macOS do not have is not relied on: names that the standard library documents.

Where no such system is at hand, their absence is played: names are taken away, and paths are
Windows' own.
"""

from __future__ import annotations

import ast
import ntpath
import os
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

import pytest
import yaml

from k8slint.cli import output
from k8slint.cli.options import When
from k8slint.git.history import History
from k8slint.outside import files
from k8slint.outside.files import FileRefused, resolve_within
from tests.command import environment, make
from tests.manifests import ERROR
from tests.places import DATA, ROOT
from tests.syntax import module_of

DOCUMENTED = yaml.safe_load((DATA / "only_unix.yaml").read_text(encoding="utf-8"))
MODULES = DOCUMENTED.pop("modules")
ONLY_UNIX: dict[str, list[str]] = DOCUMENTED
# Where they are used all the same, and why that is never reached on Windows.
GUARDED = {
    "__main__.py": ("signal.SIGALRM signal.alarm", 'hasattr(signal, "alarm")'),
    "lint/alike.py": (
        "os.fchmod os.fchown os.getxattr os.listxattr os.removexattr os.setxattr",
        'hasattr(os, "fchown") hasattr(os, "listxattr")',
    ),
    "lint/write.py": ("fcntl os.fchmod", 'except ImportError: hasattr(os, "fchmod")'),
    "outside/programs.py": (
        "os.killpg resource signal.SIGKILL",
        'if _IS_WINDOWS: if sys.platform != "linux":',
    ),
    # `drill` refuses to run there.
    "measure/drill/run.py": ("signal.SIGKILL", ""),
    "outside/app.py": ("os.WNOHANG os.getsid os.killpg signal.SIGKILL", ""),
}

# As far as the standard library goes it is still on Linux, so it is imported before.
WITHOUT = """
import asyncio, asyncio.subprocess, concurrent.futures.process, concurrent.futures.thread, ctypes
import getpass, http.server, importlib.metadata, multiprocessing.connection, os, platform
import multiprocessing.pool, multiprocessing.popen_fork, multiprocessing.popen_spawn_posix
import multiprocessing.synchronize, pathlib, pkgutil, shutil, signal, socket, subprocess, sys
import tempfile, urllib.request, webbrowser
import {third_party}

for module in {modules!r}:
    sys.modules[module] = None
for module, names in {names!r}.items():
    for name in names:
        vars(sys.modules[module]).pop(name, None)
os.supports_dir_fd = os.supports_fd = os.supports_follow_symlinks = set()

import k8slint
from k8slint.lint.rulebook import load_rules

count = 0
for found in pkgutil.walk_packages(k8slint.__path__, "k8slint."):
    if not found.name.startswith("k8slint.rules"):
        __import__(found.name)
        count += 1
assert load_rules().rules
from k8slint.__main__ import main
print(count, flush=True)
sys.argv[1:] = ["check", "--fix", "--output-format", "sarif=a.sarif", "."]
main()
"""
THIRD_PARTY = ("jsonschema", "pygls.lsp.server", "rich.console", "rich.progress", "typer", "yaml")


@pytest.mark.long
def test_everything_runs_without_what_only_unix_has(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": ERROR, "run.py": ""})
    (tmp_path / "run.py").write_text(
        WITHOUT.format(
            modules=MODULES, names=ONLY_UNIX, third_party=", ".join((*THIRD_PARTY, "watchfiles"))
        ),
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "run.py"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 200
    assert "1 fixed" in done.stderr
    assert "terminationGracePeriodSeconds: 70" in (tmp_path / "a.yaml").read_text()
    assert (tmp_path / "a.sarif").stat().st_size


def test_every_use_of_what_only_unix_has_is_guarded() -> None:
    used: dict[str, set[str]] = {}
    for path in sorted((ROOT / "k8slint").rglob("*.py")):
        if found := {*names_of_unix(module_of(path))}:
            used[path.relative_to(ROOT / "k8slint").as_posix()] = found
    assert {path: " ".join(sorted(found)) for path, found in used.items()} == {
        path: names for path, (names, _) in GUARDED.items()
    }
    for name, (_, guards) in GUARDED.items():
        text = (ROOT / "k8slint" / name).read_text(encoding="utf-8")
        for guard in guards.replace(": ", ":\0").replace(") ", ")\0").split("\0"):
            assert guard in text, (name, guard)


def names_of_unix(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in ONLY_UNIX.get(node.value.id, ()):
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module:
            unix = ONLY_UNIX.get(node.module, [])
            names = [one.name for one in node.names if node.module in MODULES or one.name in unix]
            yield from (f"{node.module}.{name}" for name in names)


# What a path in a repository at C:\Repo is, and how the real path of it would be.
WINDOWS: dict[str, tuple[str, str, str]] = {
    "below": (r"C:\Repo\a.yaml", r"C:\Repo\a.yaml", ""),
    "a drive as editors write it": (r"c:\Repo\a.yaml", r"C:\Repo\a.yaml", ""),
    "another drive": (r"D:\a.yaml", r"D:\a.yaml", "it leads out of"),
    "a share": (r"\\evil\share\a.yaml", "", "it leads out of"),
    "above": (r"C:\Repo\..\a.yaml", r"C:\a.yaml", "it leads out of"),
    "a name with the same beginning": (r"C:\Repository\a", r"C:\Repository\a", "it leads out of"),
    "a short name of .git": (r"C:\Repo\GIT~1\config", r"C:\Repo\.git\config", "git's own folder"),
    "another case of .git": (r"C:\Repo\.GIT\config", r"C:\Repo\.GIT\config", "git's own folder"),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_a_path_of_windows_stays_in_its_repository(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path, real, reason = WINDOWS[name]
    windows = types.SimpleNamespace(**vars(os) | {"path": ntpath, "sep": "\\"})
    monkeypatch.setattr(files, "os", windows)
    asked = []

    def resolved(path: str) -> str:
        asked.append(path)
        return real

    if not reason:
        assert resolve_within(path, r"C:\Repo", resolved) == real
        return
    with pytest.raises(FileRefused, match=reason):
        resolve_within(path, r"C:\Repo", resolved)
    assert asked == ([path] if real and real[0] == "C" else []), "a share would be logged in to"


@pytest.mark.parametrize("name", [".git", ".GIT", ".g\u200cit", ".\u202agit", ".gi\ufefft"])
def test_a_name_that_is_git_on_a_mac_is_refused(tmp_path: Path, name: str) -> None:
    """HFS+ takes no notice of case, nor of some characters (CVE-2014-9390)."""
    with pytest.raises(FileRefused, match="git's own folder"):
        resolve_within(str(tmp_path / name / "config"), str(tmp_path))
    assert resolve_within(str(tmp_path / ".gitt\u200c"), str(tmp_path))


def test_the_console_of_windows_is_told_to_obey_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    colorama = types.ModuleType("colorama")
    vars(colorama)["just_fix_windows_console"] = lambda: asked.append("fix")
    monkeypatch.setitem(sys.modules, "colorama", colorama)
    output.make_painter(When.always, sys.stdout)
    assert asked == []
    monkeypatch.setattr(output, "_IS_WINDOWS", True)
    output.make_painter(When.never, sys.stdout)
    assert asked == []
    output.make_painter(When.always, sys.stdout)
    assert asked == ["fix"]


def test_git_gets_the_folder_as_it_writes_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("k8slint.git.history.find_program", lambda *_: "git.exe")
    monkeypatch.setattr("k8slint.git.history.environment", lambda *_: {})

    def run(words: tuple[str, ...], *_: object, **__: object) -> object:
        asked.append(words)
        return subprocess.CompletedProcess(words, 0, b"0" * 40 + b"\n", b"")

    monkeypatch.setattr("k8slint.git.history.run_program", run)
    monkeypatch.setattr(History, "_blobs_in", lambda *_: {})
    with History(PureWindowsPath(r"C:\Repo"), "HEAD"):  # type: ignore[arg-type]
        assert "safe.directory=C:/Repo" in asked[0]
