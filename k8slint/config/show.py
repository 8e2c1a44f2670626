"""Configurations as text: the effective settings of a path, and one to start with."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from k8slint.config.check import known_keys
from k8slint.config.load import Reader, merge_extends
from k8slint.config.origin import Origin
from k8slint.lint.settings import Settings
from k8slint.manifest.scalars import resolve
from k8slint.outside.terminal import printable
from k8slint.type_names import Any

_BARE = re.compile(r"[A-Za-z][\w./-]*(?: [\w./-]+)*", re.ASCII)
_WIDTH = 88


def dump_effective(origin: Origin, reader: Reader, settings: Settings, how: str = "") -> str:
    """Return all keys with their effective values as YAML, and the place each comes from.

    `how` says how the file was found, unless it is the nearest one. Raises UsageError.
    """
    chosen = merge_extends(origin, reader) if origin.file else {}
    lines = []
    for key, about in known_keys(settings.rule_folders)["properties"].items():
        if key in chosen:
            value, written = chosen[key]
            lines += [f"# {printable(_shown(written.file))}:{written.line_of((key,))}{how}"]
            lines += _entry(key, value)
        elif "default" in about:
            lines += ["# default", *_entry(key, about["default"])]
        elif key != "extends":
            lines.append(f"# {key} is not set")
    if settings.ignored_here:
        lines.append(f"# ignored here by per-file-ignores: {', '.join(settings.ignored_here)}")
    return "".join(f"{line}\n" for line in lines)


def configuration_head() -> list[str]:
    """Return the first lines of a configuration: editors find the schema by them."""
    return [
        f"# yaml-language-server: $schema={known_keys()['$id']}",
        "# Configuration of k8slint; `k8slint explain` lists the rules.",
    ]


def dump_template() -> str:
    """Return a configuration in which every key is explained and none is set."""
    schema = known_keys()
    lines = configuration_head()
    for key, about in schema["properties"].items():
        lines += ["", *(f"# {line}" for line in textwrap.wrap(about["description"], _WIDTH))]
        lines += [f"#{line}" for line in _entry(key, about["examples"][0])]
    return "".join(f"{line}\n" for line in lines)


def _shown(file: Path) -> str:
    """Return a path relative to the working folder if it is below it, else absolute."""
    absolute, here = file.absolute(), Path.cwd()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)


def _entry(key: str, value: Any) -> Iterator[str]:
    """Yield a key on one line, or with a line for each part of its value."""
    if isinstance(value, dict) and value:
        yield f"{key}:"
        yield from (f"  {_flow(name)}: {_flow(part)}" for name, part in value.items())
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        yield f"{key}:"
        yield from (f"  - {_flow(item)}" for item in value)
    else:
        yield f"{key}: {_flow(value)}"


def _flow(value: Any) -> str:
    """Return a value on one line, quoted if it would be read as something else otherwise."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_flow(key)}: {_flow(part)}' for key, part in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str) and _BARE.fullmatch(value) and resolve(value) == value:
        return value
    # JSON's escapes are also YAML's.
    return printable(json.dumps(value, ensure_ascii=False))
