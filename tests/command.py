"""The command line, called as a user calls it but without a new process."""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast
from unittest import mock

import typer

from k8slint import cli
from k8slint.cli import in_typer


@dataclass(frozen=True, slots=True)
class Ran:
    """What one call gave back."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def data(self) -> dict[str, Any]:
        """The JSON object on standard output."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def places(self) -> list[str]:
        """`path:line code` of each finding, from concise output."""
        heads = (line.split(" ", 2)[:2] for line in self.text.splitlines())
        return [f"{place.rsplit(':', 2)[0]} {code}" for place, code in heads]


def k8slint(
    folder: Path, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> Ran:
    """Call `k8slint` in a folder; of the environment it sees what is given."""
    streams: dict[str, Any] = {
        "stdin": io.TextIOWrapper(io.BytesIO(stdin)),
        "stdout": io.TextIOWrapper(io.BytesIO()),
        "stderr": io.TextIOWrapper(io.BytesIO()),
    }
    code: Any = 0
    with (
        contextlib.chdir(folder),
        mock.patch.object(sys, "argv", ["k8slint", *arguments]),
        mock.patch.object(typer.main, "get_command", _top_command),
        mock.patch.object(in_typer, "build_command", _built),
        mock.patch.multiple(sys, **streams),
        _environment(env or {}),
    ):
        try:
            cli.main()
        except SystemExit as end:
            code = end.code
    for stream in streams.values():
        stream.flush()
    return Ran(code or 0, _written(streams["stdout"]), _written(streams["stderr"]).decode())


def visible(env: Mapping[str, str]) -> dict[str, str]:
    """The environment that a call sees, with what it is given."""
    kept = {name: text for name, text in os.environ.items() if name not in _THAT_COUNT}
    return {**kept, **env}


def apart(folder: Path, *arguments: str, seconds: float = 30) -> Ran:
    """Call `k8slint` in a copy of this process, which ends or is ended: nothing is imported anew.

    Raises TimeoutError after so many seconds.
    """
    ours, theirs = multiprocessing.Pipe(duplex=False)
    copy = multiprocessing.get_context("fork").Process(
        target=lambda: theirs.send(k8slint(folder, *arguments))
    )
    with ours, theirs:
        copy.start()
        theirs.close()  # So that its end is seen.
        try:
            if not ours.poll(seconds):
                raise TimeoutError(f"it goes on after {seconds} s")
            return cast("Ran", ours.recv())
        finally:
            copy.kill()
            copy.join()


def check(folder: Path, *arguments: str, **how: Any) -> Ran:
    """`k8slint check`, with one line for each finding where no other format is asked for."""
    concise = () if "--output-format" in arguments else ("--output-format", "concise")
    return k8slint(folder, "check", *concise, *arguments, **how)


def make(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder, whatever their names."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def environment(**more: str) -> dict[str, str]:
    """What a new process needs to run this checkout, installed or not."""
    return {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parent.parent.parent), **more}


def bash(script: str, folder: Path, need: Callable[[str], str], **env: str) -> int:
    """Run a script as a workflow does; the exit code."""
    (folder / "step.sh").write_text(script, encoding="utf-8")
    command = [need("bash"), "--noprofile", "--norc", "-eo", "pipefail", "step.sh"]
    return subprocess.run(command, cwd=folder, env=os.environ | env, check=False).returncode


_THAT_COUNT = {
    *("K8SLINT_CONFIG", "K8SLINT_OUTPUT_FORMAT", "NO_COLOR", "FORCE_COLOR"),
    "GITHUB_STEP_SUMMARY",
}


# Made of the options once: that takes longer than most calls.
_top_command = cache(typer.main.get_command)
_commands: dict[str, Any] = {}
_build = in_typer.build_command


def _built(name: str, command: Any) -> Any:
    with mock.patch.object(typer.main, "get_command", _top_command.__wrapped__):
        return _commands.get(name) or _commands.setdefault(name, _build(name, command))


@contextlib.contextmanager
def _environment(env: Mapping[str, str]) -> Iterator[None]:
    """What `mock.patch.dict` does, but only to what differs: each variable costs a call of C."""
    before = {name: os.environ.pop(name, None) for name in {*_THAT_COUNT, *env}}
    os.environ.update(env)
    try:
        yield
    finally:
        for name, text in before.items():
            os.environ.pop(name, None)
            if text is not None:
                os.environ[name] = text


def _written(stream: io.TextIOWrapper) -> bytes:
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue()
