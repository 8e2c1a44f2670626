"""Three doors: nothing else starts a program, opens a named file, or prints."""

from __future__ import annotations

import ast
import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.places import ROOT
from tests.syntax import nodes_of

PACKAGE = ROOT / "k8slint"


class Door(NamedTuple):
    """What only some rooms use: names and methods, the rooms, and single uses elsewhere.

    A name is followed through `import` and `from ... import ... as`; a method is one of any
    object. Patterns are those of fnmatch, and an exception is written as in the source.
    """

    rooms: tuple[str, ...]
    names: tuple[str, ...]
    methods: tuple[str, ...] = ()
    elsewhere: Mapping[str, tuple[str, ...]] = {}


LOG = ("logging", "logging.getLogger('k8slint')")
LOGS = (
    *("logging", "logging.getLogger('pygls')", "logging.INFO", "logging.WARNING"),
    *("logging.NullHandler()", "logging.FileHandler(file, encoding='utf-8')"),
    "logging.Formatter('%(asctime)s %(name)s %(levelname)s %(message)s')",
)
DOORS = {
    "starts a program": Door(
        rooms=("outside/programs.py", "outside/app.py", "outside/app_container.py"),
        names=(
            *("subprocess*", "pty*", "webbrowser*", "ctypes*", "runpy*", "posix*", "nt.*"),
            *("multiprocessing*", "concurrent.futures*", "asyncio*", "os.[*]", "os.exec*"),
            *("os.system", "os.popen", "os.startfile", "os.fork*", "os.posix_spawn*", "os.spawn*"),
        ),
        elsewhere={
            # The arithmetic of paths.
            "images/build_files.py": (
                *("posixpath", "posixpath.split(path)", "posixpath.join(*parts)"),
                "posixpath.normpath(posixpath.join(*parts))",
            ),
            "images/builds.py": ("posixpath", "posixpath.basename(path)"),
            "kubernetes/mounts.py": (
                *("posixpath", "posixpath.normpath(path.replace('//', '/'))"),
                "posixpath.normpath(f'/{below}/{path[len(at) + 1:]}')",
                "posixpath.normpath(item.get('path').text or '')",
            ),
            # The one pool of processes: workers are k8slint itself.
            "lint/workers.py": (
                *("concurrent.futures.ProcessPoolExecutor", "concurrent.futures.Future"),
                *("concurrent.futures.wait", "concurrent.futures.FIRST_COMPLETED"),
                "multiprocessing.connection.Connection",
                "multiprocessing.Pipe",
                "multiprocessing.parent_process",
            ),
            # Threads, which start nothing.
            "lint/write.py": ("concurrent.futures.ThreadPoolExecutor",),
            "render/tools.py": (
                "concurrent.futures.Future",
                "concurrent.futures.ThreadPoolExecutor",
            ),
            # The loop that answers an editor, and a thread.
            "server/editor.py": (
                *("asyncio", "asyncio.Task", "asyncio.get_running_loop()"),
                *("asyncio.sleep(_QUIET)", "asyncio.sleep(0)", "asyncio.sleep(_HEARING)"),
                "asyncio.Lock()",
            ),
            "server/rendering.py": (
                *("asyncio", "asyncio.CancelledError"),
                "asyncio.to_thread(_render, editor, folder, crew)",
            ),
        },
    ),
    "opens a file": Door(
        rooms=("outside/*",),
        names=(
            *("open", "*.open", "os.fdopen", "io.open*", "io.FileIO", "io.[*]", "os.[*]"),
            *("builtins*", "__builtins__*", "linecache*", "fileinput*", "mmap*", "tempfile*"),
            *("zipfile*", "tarfile*", "gzip*", "bz2*", "lzma*", "shutil.copy*", "shutil.move"),
            *("shelve*", "dbm*", "sqlite3*", "pickle*", "marshal*", "logging*", "pkgutil*"),
            "importlib.resources*",
        ),
        methods=("open", "read_bytes", "read_text", "write_bytes", "write_text"),
        elsewhere={
            "cli/__init__.py": ("Path(os.devnull).open(how)",),
            "cli/output.py": ("os.open(os.devnull, os.O_WRONLY)",),
            # The environment's, not the repository's.
            "cli/check/emit.py": ("Path(file).open('ab')",),
            # A report that grows while stops are watched, where the command line says.
            "cli/observing.py": ("Path(file).open('wb', buffering=0)",),
            # A new file, where the command line says.
            "cli/config.py": ("file.open('xb')",),
            # They come with k8slint.
            "config/check.py": ("SHIPPED.read_text(encoding='utf-8')",),
            "picture/sheet.py": (
                "svg.CSS.read_text(encoding='utf-8')",
                "PAGE_CSS.read_text(encoding='utf-8')",
                "SCRIPT.read_text(encoding='utf-8')",
            ),
            "picture/svg.py": ("CSS.read_text(encoding='utf-8')",),
            "lint/rendered/redact.py": (
                "file.read_text('utf-8', 'replace')",
                "path.read_text('utf-8')",
            ),
            # Replaces what was read by way of the door, under a lock, in the folder that was
            # checked; a report goes where the command line says.
            "lint/write.py": (
                "io.FileIO",
                "place.open('r+b')",
                "place.open('xb', permissions)",
                "Path(path).write_bytes(data)",
            ),
            "lint/file_places.py": (
                "io.FileIO",
                "os.open",
                "os.open(name, flags | _FILE, permissions, dir_fd=self.folder)",
                "os.open(top, _FOLDER)",
                "os.open(one, _FOLDER, dir_fd=outer)",
            ),
            # An empty home for git.
            "git/history.py": (
                "tempfile",
                "tempfile.TemporaryDirectory(prefix='k8slint-', ignore_cleanup_errors=True)",
            ),
            # The temporary folder, and the copies in it that the tools get.
            "render/tools.py": ("tempfile", "tempfile.mkdtemp(prefix='k8slint-')"),
            "render/trees.py": ("copied.write_bytes(read_inside(path, root, budget))",),
            "render/charts/helm.py": (
                "path.write_bytes(repack(data, name, budget, network=place.network))",
                "(here / CHART).write_text(json.dumps({**chart, 'dependencies': told}), 'utf-8')",
                "shutil.copytree(made, target, copy_function=_link)",
                "shutil.copyfile(source, target)",
                "path.write_bytes(content)",
                "copied.write_bytes(content)",
            ),
            "render/overlays/kustomize.py": (
                "inside(tree, one.place).write_text(text, encoding='utf-8')",
                "(here / NAMES[0]).write_text(json.dumps(wrapper), encoding='utf-8')",
                "shutil.copy(schema, here / 'openapi.json')",
                "copied.write_bytes(data)",
            ),
            "render/gitops/post_rendered.py": (
                "(here / _HELM_OUTPUT).write_text(text, encoding='utf-8')",
                "(here / NAMES[0]).write_text(json.dumps(kustomization), encoding='utf-8')",
            ),
            "render/charts/release.py": ("path.write_bytes(one.content(files))",),
            # Packed charts, in memory, and one that is unpacked into the copies.
            "render/charts/archives.py": (
                "tarfile.open(fileobj=BytesIO(packed), mode='r:gz')",
                "target.write_bytes(file.read())",
                *("gzip", "gzip.GzipFile(fileobj=BytesIO(data))"),
                *("tarfile", "tarfile.TarInfo", "tarfile.TarInfo(str(path))", "tarfile.TarError"),
                *("tarfile.REGTYPE", "tarfile.AREGTYPE"),
                "tarfile.open(fileobj=unzipped, mode='r:')",
                "tarfile.open(fileobj=packed, mode='w:gz', compresslevel=1)",
            ),
            # Documents, not files; and a log where the command line says.
            "server/editor.py": LOG,
            "server/serve.py": LOGS,
            "server/sync.py": (
                "ls.documents.open(params.text_document)",
                "ls.open(document.path, document.text.data)",
            ),
            # What an action may write, and an open quote: not files.
            "manifest/openings.py": ("_Opener(document, document.template).open()",),
            "shutdown/shell/refused.py": ("self.open",),
        },
    ),
    "prints": Door(
        rooms=("cli/output.py",),
        names=(
            "print",
            "builtins*",
            "logging*",
            "*.echo",
            "*.secho",
            "sys.__stdout__",
            "sys.__stderr__",
            "os.write",
            "pprint*",
            "warnings.warn*",
        ),
        methods=("write", "writelines", "buffer", "print", "echo", "secho"),
        elsewhere={
            # Of the page of a rule, which comes with k8slint, into a text.
            "cli/explain.py": ("console.print(Markdown(page))",),
            "cli/streams.py": ("sys.stdin.buffer",),
            # Into files: see above.
            "cli/check/emit.py": ("page.write(_rendered(report, 'markdown').encode())",),
            "cli/config.py": ("stream.write(dump_template().encode())",),
            "cli/observing.py": ("stream.write(line.encode())",),
            "lint/write.py": ("os.write(file.fileno(), rest)",),
            # Of the text that it parses.
            "manifest/ruamel.py": ("self.buffer",),
            # To a shell that waits for the number of a process.
            "outside/app.py": (r"keeper.stdin.write(b'%d\n' % process.pid)",),
            "server/editor.py": LOG,
            "server/serve.py": (*LOGS, "sys.stdin.buffer", "sys.stdout.buffer"),
        },
    ),
}


class Use(NamedTuple):
    """A use as it is written, with its line."""

    line: int
    text: str


# What must not pass anywhere, by the door that it goes round.
ROUND = {
    "starts a program": (
        *(
            "from os import system",
            "from os import system as s\ns('x')",
            "import os\nos.system('x')",
        ),
        *("import os as o\no.popen('x')", "from multiprocessing import Process", "import pty"),
        *("import multiprocessing as m\nm.Process()", "from multiprocessing.pool import Pool"),
        *("from concurrent.futures import ProcessPoolExecutor", "import concurrent.futures"),
        *("import concurrent.futures as f", "import concurrent.futures.process", "import asyncio"),
        *("from subprocess import run", "import subprocess as s", "from os import execvp, path"),
        *("from concurrent import futures", "import os\nstart = os.posix_spawn", "import ctypes"),
        "from os import *",
    ),
    "opens a file": (
        *("open('x')", "import io\nio.FileIO('x')", "from io import FileIO", "f = open\nf('x')"),
        *(
            "import codecs\ncodecs.open('x')",
            "from codecs import open",
            "p.open()",
            "p.open('rb')",
        ),
        *("Path('x').read_text()", "x = path.read_bytes", "import os\nos.open('x', 0)"),
        *("from os import open as o", "import io\nio.open_code('x')", "import linecache"),
        *("import builtins\nbuiltins.open('x')", "__builtins__['open']('x')", "from io import *"),
        *("import shutil\nshutil.copyfile(a, b)", "import shutil as s\ns.move(a, b)"),
        "import os\nos.fdopen(1)",
    ),
    "prints": (
        *("print('x')", "p = print", "import sys\nsys.stdout.write('x')", "import builtins"),
        *(
            "import sys\nsys.stdout.buffer.write(b'x')",
            "from sys import stdout\nstdout.write('x')",
        ),
        *(
            "import sys\nout = sys.stdout.buffer",
            "import os\nos.write(1, b'x')",
            "import typer\ntyper.echo('x')",
        ),
        *(
            "import sys\nsys.stderr.writelines([])",
            "import click as c\nc.secho('x')",
            "from typer import echo",
        ),
        *("import sys\nsys.__stdout__", "console.print('x')", "import logging"),
    ),
}


class Words(NamedTuple):
    """What a module imports and names, whatever the door; and the calls of what it names."""

    imports: list[Use]
    names: list[tuple[ast.Name | ast.Attribute, str]]
    calls: dict[ast.AST, ast.Call]


def words_in(nodes: Iterable[ast.AST]) -> Words:
    meant: dict[str, str] = {}
    words = Words([], [], {})
    parts: list[ast.Name | ast.Attribute] = []
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for name, whole in imported(node):
                meant[name] = whole
                words.imports.append(Use(node.lineno, whole))
        elif isinstance(node, ast.Call):
            words.calls[node.func] = node
        elif isinstance(node, (ast.Name, ast.Attribute)):
            parts.append(node)
    for part in parts:
        first, dot, rest = dotted(part).partition(".")
        known = dot or first not in meant
        words.names.append((part, f"{meant.get(first, first)}{dot}{rest}" if known else ""))
    return words


@cache
def words_of(path: Path) -> Words:
    return words_in(nodes_of(path))


def uses(words: Words, door: Door) -> Iterator[Use]:
    """Where a module uses what belongs behind a door, as it is written there."""
    yield from (use for use in words.imports if matches(use.text, door.names))
    for part, name in words.names:
        is_method = isinstance(part, ast.Attribute) and part.attr in door.methods
        if is_method or (name and matches(name, door.names)):
            yield Use(part.lineno, ast.unparse(words.calls.get(part, part)))


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """The names that a statement imports, and what each stands for."""
    for one in node.names:
        if isinstance(node, ast.ImportFrom):
            yield one.asname or one.name, f"{node.module}.{one.name}"
        elif one.asname:
            yield one.asname, one.name
        else:
            first = one.name.partition(".")[0]
            yield one.name, one.name
            yield first, first


def dotted(part: ast.expr) -> str:
    """A name and its attributes, those of anything else behind `?`."""
    if isinstance(part, ast.Attribute):
        return f"{dotted(part.value)}.{part.attr}"
    return part.id if isinstance(part, ast.Name) else "?"


def matches(text: str, patterns: tuple[str, ...]) -> bool:
    return bool(together(patterns).match(text))


@cache
def together(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(fnmatch.translate, patterns)))


@cache
def used(what: str) -> list[tuple[str, Use]]:
    """All uses outside of the rooms behind a door, by the names of the files."""
    door = DOORS[what]
    names = {path: path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")}
    names |= {path: f"rules/{path.name}" for path in (ROOT / "rules").glob("*.py")}
    return [
        (name, use)
        for path, name in sorted(names.items())
        if not matches(name, door.rooms)
        for use in uses(words_of(path), door)
    ]


@pytest.mark.parametrize("what", DOORS)
def test_only_the_room_behind_a_door(what: str) -> None:
    allowed = DOORS[what].elsewhere
    found = [(name, use) for name, use in used(what) if use.text not in allowed.get(name, ())]
    assert found == []


@pytest.mark.parametrize("what", DOORS)
def test_every_exception_is_needed(what: str) -> None:
    found = {(name, use.text) for name, use in used(what)}
    allowed = DOORS[what].elsewhere.items()
    assert {(name, text) for name, texts in allowed for text in texts} - found == set()


@pytest.mark.parametrize(("what", "code"), [(what, one) for what in ROUND for one in ROUND[what]])
def test_there_is_no_way_round(what: str, code: str) -> None:
    assert [*uses(words_in(ast.walk(ast.parse(code))), DOORS[what])]
