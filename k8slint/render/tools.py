"""Calling the tools that render, where they can do nothing but that."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple

from k8slint.outside import programs

# Where no one listens: what the tools would fetch over HTTP fails at once.
_NOWHERE = "http://127.0.0.1:9"
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


# Names for what is made in a workshop.
numbers = count(1)


class NotRendered(Exception):
    """Nothing came out; the text says why and what to do."""


class Workshop(NamedTuple):
    """A temporary folder to render in, and what the tools may do.

    `timeout` is in seconds and for one rendering.
    """

    folder: Path
    timeout: int = 60
    network: bool = False


@contextmanager
def workshop(timeout: int, *, network: bool) -> Iterator[Workshop]:
    """A workshop that is gone afterwards with all that was written in it."""
    with tempfile.TemporaryDirectory(prefix="k8slint-", ignore_cleanup_errors=True) as folder:
        # Kustomize compares real paths.
        yield Workshop(Path(folder).resolve(), timeout, network)


def kustomize() -> tuple[str, ...]:
    """The command that builds a kustomization; empty where there is none."""
    if found := shutil.which("kustomize"):
        return found, "build"
    found = shutil.which("kubectl")
    return (found, "kustomize") if found else ()


def helm() -> tuple[str, ...]:
    """The command that renders a chart; empty where there is none."""
    found = shutil.which("helm")
    return (found, "template") if found else ()


def run(command: Sequence[str], place: Workshop) -> str:
    """What a tool prints.

    It reads no cluster's credentials, keeps its caches in the workshop, and without leave reaches
    no network: not over HTTP, nor by way of git. Raises NotRendered.
    """
    tool = Path(command[0]).stem
    try:
        done = programs.run(command, place.folder, _environment(place), place.timeout)
    except programs.TimedOut:
        raise NotRendered(
            f"{tool} did not end within {place.timeout} s (render-timeout in the configuration)"
        ) from None
    except OSError as error:
        raise NotRendered(f"{tool} cannot be run: {error.strerror or error}") from None
    if done.returncode:
        raise NotRendered(f"{tool} failed: {_reason(done.stderr) or f'exit {done.returncode}'}")
    try:
        return done.stdout.decode()
    except UnicodeDecodeError:
        raise NotRendered(f"{tool} printed something that is no UTF-8 text") from None


def inside(tree: Path, path: str) -> Path:
    """Where an absolute path is in a copy of what leads to it."""
    return tree.joinpath(*Path(path).parts[1:])


def copy(folder: str, target: Path, above: frozenset[str] = frozenset()) -> None:
    """Copy the contents of a folder, to be changed at will.

    What a link leads to is copied in its place: a link would let a change out of the workshop.
    Raises NotRendered.
    """
    real = os.path.realpath(folder)
    if real in above:
        return
    try:
        target.mkdir(parents=True, exist_ok=True)
        for entry in os.scandir(folder):
            if entry.is_dir() and entry.name not in _NOT_COPIED:
                copy(entry.path, target / entry.name, above | {real})
            elif entry.is_file():
                shutil.copyfile(entry.path, target / entry.name)
    except OSError as error:
        raise NotRendered(f"{folder} cannot be copied: {error.strerror or error}") from None


_NOT_COPIED = frozenset({".git", "node_modules"})


def without(reason: str, secrets: Iterable[str]) -> str:
    """A message without words that may be secrets, however short or long."""
    for word in sorted({word for word in secrets if len(word) >= _LEAST}, key=len, reverse=True):
        reason = reason.replace(word, "***")
    return reason


# Shorter ones are parts of other words.
_LEAST = 4


def _environment(place: Workshop) -> Mapping[str, str]:
    kept = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("HELM_", "KUSTOMIZE_", "GIT_"))
    }
    caches = {name: str(place.folder / "cache") for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME")}
    helms = {f"HELM_{name}_HOME": str(place.folder / "helm") for name in _HELM_HOMES}
    ours = {
        **caches,
        **helms,
        "HELM_PLUGINS": str(place.folder / "helm" / "plugins"),
        "KUBECONFIG": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
    }
    if not place.network:
        kept = {name: text for name, text in kept.items() if name.lower() not in _PROXIES}
        ours |= {name.upper(): _NOWHERE for name in _PROXIES}
        ours |= {"NO_PROXY": "", "GIT_ALLOW_PROTOCOL": "none", "HOME": str(place.folder)}
    return {**kept, **ours}


_HELM_HOMES = ("CACHE", "CONFIG", "DATA")


def _reason(printed: bytes) -> str:
    """What a tool says about its failure, on one line."""
    lines = (line.strip() for line in printed.decode("utf-8", "replace").splitlines())
    said = " ".join(line for line in lines if line and not line.startswith(_WARNINGS))
    if wrapped := _LOGGED.match(said):
        said = wrapped[1]
    said = said.removeprefix("Error: ").removeprefix("error: ")
    return said.removesuffix(" Use --debug flag to render out invalid YAML")


_WARNINGS = ("WARNING", "# Warning", "level=WARN")
# How kubectl wraps what kustomize says.
_LOGGED = re.compile(r'E\d{4} .*?"command failed" err=<?\s*(.*?)\s*>?$', re.DOTALL)
