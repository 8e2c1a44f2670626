"""From a configuration file, and those it extends, to settings."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from k8slint.config.check import Chosen, check_file, check_words
from k8slint.config.read import Written, read
from k8slint.kubernetes.pod_templates import PodTemplate
from k8slint.kubernetes.versions import Target, parse_minor
from k8slint.lint import rulebook
from k8slint.lint.rule import Severity
from k8slint.lint.settings import Settings
from k8slint.shutdown import program


@cache
def load(file: Path, rule_folders: tuple[Path, ...] = (), *, preview: bool = False) -> Settings:
    """The settings of a file; `preview` is what the call asks for.

    Raises UsageError.
    """
    chosen = merged(file, rule_folders)
    says = {key: one.value for key, one in chosen.items()}
    book = rulebook.load(rule_folders)
    check_words(chosen, book, preview=preview or says.get("preview", False))
    rules: dict[str, dict[str, Any]] = says.get("rules", {})
    levels = {word: of["severity"] for word, of in rules.items() if "severity" in of}
    off = (word for word, level in levels.items() if level == "off")
    minor = says.get("kubernetes-version")
    gates = frozenset(says.get("feature-gates", ()))
    return Settings(
        select=tuple(says.get("select", ("DEFAULT",))),
        extend_select=tuple(says.get("extend-select", ())),
        ignore=(*says.get("ignore", ()), *off),
        exclude=tuple(says.get("exclude", ())),
        context=tuple(str(file.parent / path) for path in says.get("context", ())),
        fail_on=Severity.parse(says.get("fail-on", "warning")),
        target=Target(parse_minor(minor) if minor else None, gates),
        per_file_ignores=tuple(
            (pattern, tuple(words)) for pattern, words in says.get("per-file-ignores", {}).items()
        ),
        options=tuple(
            (word, option, value)
            for word, options in rules.items()
            for option, value in options.items()
            if option != "severity"
        ),
        severities=tuple(
            (word, Severity.parse(level)) for word, level in levels.items() if level != "off"
        ),
        preview=says.get("preview", False),
        programs=tuple(map(program.read, says.get("programs", ()))),
        pod_templates=tuple(
            PodTemplate(**{**one, "paths": tuple(one["paths"])})
            for one in says.get("pod-templates", ())
        ),
        charts=tuple(
            (_real(file, chart), tuple((name, _reals(file, of)) for name, of in named.items()))
            for chart, named in says.get("charts", {}).items()
        ),
        render_timeout=says.get("render-timeout", 60),
    )


def _real(file: Path, path: str) -> str:
    return os.path.realpath(file.parent / path)


def _reals(file: Path, paths: list[str]) -> tuple[str, ...]:
    return tuple(_real(file, path) for path in paths)


def merged(file: Path, rule_folders: tuple[Path, ...] = ()) -> dict[str, Chosen]:
    """What counts for each key: what the file says, else what the one it extends says.

    Raises UsageError.
    """
    chosen: dict[str, Chosen] = {}
    chain: list[Written] = []
    following: Path | None = file
    while following:
        written = _read_next(following, chain)
        check_file(written, rule_folders)
        said = {key: Chosen(value, written) for key, value in written.data.items()}
        if chain and "context" in said:
            said["context"] = Chosen(_moved(said["context"].value, following, file), written)
        chosen = said | chosen
        chain.append(written)
        extended = written.data.get("extends")
        following = written.file.parent / extended if extended else None
    chosen.pop("extends", None)
    return chosen


def _read_next(file: Path, chain: list[Written]) -> Written:
    if not chain:
        return read(file)
    last = chain[-1]
    if not file.is_file():
        last.refuse(("extends",), f"extends: there is no file {file}")
    if any(file.samefile(one.file) for one in chain):
        circle = " -> ".join(str(one.file) for one in chain)
        last.refuse(("extends",), f"extends goes in a circle: {circle} -> {file}")
    return read(file)


def _moved(paths: list[str], source: Path, target: Path) -> list[str]:
    """Paths from one file as paths from another."""
    return [os.path.relpath(source.parent / path, target.parent) for path in paths]
