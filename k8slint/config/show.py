"""Configurations as text: the settings that count for a path, and one to begin with."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from k8slint.config.check import known_keys
from k8slint.config.load import Reader, merged
from k8slint.config.origin import Origin
from k8slint.lint.settings import Settings
from k8slint.manifest.values import resolve
from k8slint.outside.terminal import printable

_BARE = re.compile(r"[A-Za-z][\w./-]*(?: [\w./-]+)*", re.ASCII)
_WIDTH = 88


def effective(origin: Origin, reader: Reader, settings: Settings, how: str = "") -> str:
    """All keys with what counts for `settings`, as YAML, and the place each one comes from.

    `how` says how the file was found, where it is not the nearest one. Raises UsageError.
    """
    chosen = merged(origin, reader) if origin.file else {}
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
        lines.append(f"# per-file-ignores leave out here: {', '.join(settings.ignored_here)}")
    return "".join(f"{line}\n" for line in lines)


def template() -> str:
    """A configuration in which every key is explained, and none set."""
    schema = known_keys()
    lines = [
        f"# yaml-language-server: $schema={schema['$id']}",
        "# What k8slint checks here: `k8slint explain` lists the rules.",
    ]
    for key, about in schema["properties"].items():
        lines += ["", *(f"# {line}" for line in textwrap.wrap(about["description"], _WIDTH))]
        lines += [f"#{line}" for line in _entry(key, about["examples"][0])]
    return "".join(f"{line}\n" for line in lines)


def _shown(file: Path) -> str:
    """A path as short as it can be said where the call is made."""
    absolute, here = file.absolute(), Path.cwd()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)


def _entry(key: str, value: Any) -> Iterator[str]:
    """A key on one line, or on one for each part of what stands under it."""
    if isinstance(value, dict) and value:
        yield f"{key}:"
        yield from (f"  {_flow(name)}: {_flow(part)}" for name, part in value.items())
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        yield f"{key}:"
        yield from (f"  - {_flow(item)}" for item in value)
    else:
        yield f"{key}: {_flow(value)}"


def _flow(value: Any) -> str:
    """A value on one line, with quotes where it would be read as something else without."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_flow(key)}: {_flow(part)}' for key, part in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str) and _BARE.fullmatch(value) and resolve(value) == value:
        return value
    # The escapes are those of YAML too.
    return printable(json.dumps(value, ensure_ascii=False))
